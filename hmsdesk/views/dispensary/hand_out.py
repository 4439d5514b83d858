"""An opened prescription: verdict, lines, what was handed out before, and the button that hands out the rest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.opening import OpenedPrescription, Verdict, look_again
from hmsdesk.errors import Conflict, Unreachable, UserError
from hmsdesk.models.dates import worded
from hmsdesk.models.medicines import counted
from hmsdesk.models.record import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.views.dispensary.lines import LinesTable
from hmsdesk.views.dispensary.verdict import SoftLine, VerdictLine
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.checked import Checked
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.held import Held
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.words import Label

NOTHING_IN_STOCK = "Nothing of it is in stock. Receive it under Lots and expiry."
NOT_DISPENSED = UserError(
    "This could not be dispensed.", "Something in the program went wrong. Look at what is still owed."
)


class HandOut(QFrame):
    """Hands out what is chosen, once for each time it was opened."""

    looked_again = Signal(object)
    dispensed = Signal()
    scanning = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._context = context
        self._opened: OpenedPrescription | None = None
        self._operation = uuid4().hex
        # What was sent and got no answer: it can only be sent again as it is.
        self._sent: dict[int, int] | None = None
        self.verdict = VerdictLine()
        self._number = Label(bold=True)
        self._number.setObjectName("prescriptionNumber")
        self._about = Label(muted=True)
        self.lines = LinesTable()
        self._checked = Checked()
        self._held = Held()
        self._looking = tasks.Latest(self)
        self._owed = SoftLine()
        self._owed.setObjectName("staysOwed")
        self._before = QVBoxLayout()
        self.notice = Notice()
        self._why = Label(muted=True, size="small")
        self._why.setObjectName("whyNot")
        self.button = primary("Dispense", "check", "Ctrl+Enter")
        self.button.setObjectName("dispense")
        # A scanner's space bar must not press it.
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._lay_out()
        self.lines.changed.connect(self._say_state)
        self.lines.scanning.connect(self.scanning)
        self.button.clicked.connect(self.dispense)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.verdict)
        column.addWidget(self._heading())
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self._checked.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, theme.SPACE_8)
        rows.addWidget(self._checked)
        rows.addWidget(self.lines)
        rows.addWidget(self._owed)
        self._before.setContentsMargins(theme.SPACE_12, theme.SPACE_12, theme.SPACE_12, theme.SPACE_12)
        self._before.setSpacing(theme.SPACE_4)
        rows.addLayout(self._before)
        rows.addStretch()
        self._body = Scroll(inside)
        column.addWidget(self._body, 1)
        self._foot = self._built_foot()
        self.notice.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, theme.SPACE_12)
        column.addWidget(self.notice)
        column.addWidget(self._foot)
        self._rest = QWidget()
        column.addWidget(self._rest, 1)

    def _heading(self) -> QWidget:
        self._head = QWidget()
        self._head.setFixedHeight(theme.PANEL_TITLE)
        row = QHBoxLayout(self._head)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._number)
        row.addWidget(self._about)
        row.addStretch()
        return self._head

    def _built_foot(self) -> QWidget:
        foot = QWidget()
        column = QVBoxLayout(foot)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Separator())
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        row.setSpacing(theme.SPACE_12)
        row.addStretch()
        row.addWidget(self._why)
        row.addWidget(self.button)
        column.addLayout(row)
        return foot

    # What it shows

    def show_problem(self, problem: UserError) -> None:
        """What was scanned opens nothing."""
        self._opened = self._sent = None
        self.verdict.judge(None, problem.title, problem.message)
        self._show_parts(False)

    def show_opened(self, opened: OpenedPrescription) -> None:
        """Show a prescription that was just opened."""
        self._operation, self._sent = uuid4().hex, None
        self.notice.hide()
        self._show(opened, {})

    def _show(self, opened: OpenedPrescription, kept: Mapping[int, int]) -> None:
        self._opened = opened
        self.verdict.judge(opened.verdict, opened.title, opened.explained)
        row = opened.prescription
        self._show_parts(row is not None)
        if row is not None:
            many = "1 medicine" if len(opened.lines) == 1 else f"{len(opened.lines)} medicines"
            self._number.setText(f"\u2066{row['number']}\u2069")
            self._about.setText(" · ".join(part for part in (row.get("diagnosis", ""), many) if part))
            self._show_checks(opened, row)
            self.lines.show_lines(opened.lines, kept)
            self._show_before(opened)
        self._held.release()
        self.lines.setEnabled(opened.verdict is Verdict.GENUINE)
        self._say_state()

    def _show_checks(self, opened: OpenedPrescription, row: Row) -> None:
        names, prescriber = [line["name"] for line in row["lines"]], str(row.get("practitioner:title") or "the doctor")
        if opened.report is not None:
            self._checked.show_checks(opened.report, names, row.get("overrides") or (), prescriber)

    def _show_parts(self, shown: bool) -> None:
        for part in (self._head, self._body, self._foot):
            part.setVisible(shown)
        self._rest.setVisible(not shown)
        if not shown:
            self.notice.hide()
        self.button.setVisible(self._may_hand_out())

    def _show_before(self, opened: OpenedPrescription) -> None:
        while (item := self._before.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if opened.handed_out:
            self._before.addWidget(Label("Handed out before", bold=True))
        for one in opened.handed_out:
            self._before.addWidget(Label(self._hand_out_words(opened, one), wrap=True))

    def _hand_out_words(self, opened: OpenedPrescription, one: Row) -> str:
        when = day_and_time(one["created_at"], self._context.session.locale)
        sums: dict[int, int] = {}
        for part in one["lines"]:
            sums[part["line"]] = sums.get(part["line"], 0) + part["quantity"]
        lines = {line.number: line for line in opened.lines}
        parts = [f"{counted(number, lines[n].unit)} of {lines[n].name}" for n, number in sums.items() if n in lines]
        return f"{when}   {', '.join(parts)}"

    def _may_hand_out(self) -> bool:
        return self._opened is not None and self._opened.verdict is Verdict.GENUINE

    def _say_state(self) -> None:
        left, chosen = self.lines.left_owed(), sum(self.lines.quantities().values())
        may = self._may_hand_out()
        until = self._opened.prescription["valid_until"] if self._opened and self._opened.prescription else ""
        if may and left:
            verb = "stays" if len(left) == 1 and left[0].startswith("1 ") else "stay"
            words = f"It can be handed out on this prescription until {worded(until)}."
            self._owed.say("warning", "alert-outline", f"{', '.join(left)} {verb} owed", words)
        self._owed.setVisible(may and bool(left))
        self.button.setVisible(may)
        self.button.set_text("Dispense in part" if left else "Dispense")
        self.button.setEnabled(may and chosen > 0 and self._sent is None)
        self._why.setText("" if chosen or not may else self._why_nothing())

    def _why_nothing(self) -> str:
        in_stock = any(row.line.stock for row in self.lines.rows if not row.is_done())
        return "Choose how much to hand out" if in_stock else NOTHING_IN_STOCK

    # Handing out

    def dispense(self) -> None:
        """Hand out what is chosen."""
        if self._may_hand_out() and self.button.isEnabled() and self._sent is None:
            self._send(self.lines.quantities())

    def _send(self, quantities: dict[int, int]) -> None:
        opened = self._opened
        assert opened is not None
        self._sent = quantities
        self.notice.hide()
        self._held.hold(self.lines)
        self.button.set_working("Dispensing…")
        self.button.setEnabled(False)
        work = partial(dispense, self._context.session, opened, quantities, self._operation)
        tasks.run(
            self,
            work,
            lambda _: self._on_dispensed(opened),
            lambda problem: self._on_failed(opened, quantities, problem),
        )

    def _on_dispensed(self, opened: OpenedPrescription) -> None:
        assert opened.prescription is not None
        if opened is self._opened:
            self._operation, self._sent = uuid4().hex, None
            self.notice.say("good", "Handed out. The stock ledger has it.")
            self.look_again()
        else:
            self._context.toasts.show(f"{opened.prescription['number']} is handed out")
        self.dispensed.emit()

    def _on_failed(self, opened: OpenedPrescription, quantities: dict[int, int], problem: Exception) -> None:
        known = in_words(problem, NOT_DISPENSED)
        if opened is not self._opened:
            self._context.toasts.show_problem(known)
            return
        if isinstance(problem, Unreachable):
            again = partial(self._send, quantities)
            self.notice.say("danger", f"{known} Nothing is handed out twice.", ("Try again", again))
            self.button.set_text("Not known yet whether it is handed out")
            return
        self._sent = None
        self._held.release()
        self._say_state()
        if self.lines.show_problems(known.fields):
            return
        self.notice.say("warning" if isinstance(problem, Conflict) else "danger", str(known))
        self.look_again()

    def look_again(self) -> None:
        """Show how it stands now; what was typed stays where it still can."""
        opened = self._opened
        if opened is None or opened.prescription is None or self._sent is not None:
            return
        work = partial(look_again, self._context.session, opened.prescription["_id"])
        self._looking.ask(work, partial(self._on_looked, opened), lambda _: None)

    def _on_looked(self, before: OpenedPrescription, now: OpenedPrescription) -> None:
        if before is not self._opened or self._sent is not None or before == now:
            return
        handed_out = len(before.handed_out) != len(now.handed_out)
        kept = self._typed()
        if handed_out:
            # What is sent from here on is another hand-out; nothing is proposed for it, or pressing twice would be one.
            self._operation = uuid4().hex
            kept = dict.fromkeys((line.number for line in now.lines), 0)
        self._show(now, kept)
        self.looked_again.emit(now)

    def _typed(self) -> dict[int, int]:
        """The quantities that are not those proposed."""
        return {row.line.number: row.quantity for row in self.lines.rows if row.quantity != row.spin.maximum()}
