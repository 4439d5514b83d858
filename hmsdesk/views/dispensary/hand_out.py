"""An opened prescription: verdict, lines, what was handed out before, and the button that hands out the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary.handing_out import Given, dispense, to_invoice
from hmsdesk.controllers.dispensary.opening import OpenedPrescription, Verdict, look_again
from hmsdesk.controllers.dispensary.refusing import bring_back
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.errors import Conflict, Unreachable, UserError
from hmsdesk.models.dates import worded
from hmsdesk.models.dispensations import HANDED_OUT, SET_ASIDE
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import UPDATE
from hmsdesk.views.dispensary.asked import ask_aside, ask_despite, ask_refusal, ask_take_back
from hmsdesk.views.dispensary.before import BACK, Before
from hmsdesk.views.dispensary.beneath import Beneath
from hmsdesk.views.dispensary.choosing import choose
from hmsdesk.views.dispensary.foot import Foot
from hmsdesk.views.dispensary.heading import Heading
from hmsdesk.views.dispensary.labels import LabelsDialog, labels_of, print_labels
from hmsdesk.views.dispensary.lines import LinesTable
from hmsdesk.views.dispensary.unsent import Sent, Unsent, Unsents
from hmsdesk.views.dispensary.verdict import SoftLine, VerdictLine
from hmsdesk.views.dispensary.why_not import why_not
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.checked import Checked
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.held import Held
from hmsdesk.views.kit.notice import Action, Notice
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.tab_order import put_before

# What led here from the visit leads back to it.
BACK_KEY = "Ctrl+D"
SET_ASIDE_NOW = "Set aside: nobody waits for it, and the doctor reads why."
CHANGED = "This changed meanwhile. Look at what is still owed."
NOT_DISPENSED = UserError(
    "This could not be dispensed.", "Something in the program went wrong. Look at what is still owed."
)


class HandOut(QFrame):
    """Hands out what is chosen, once for each time it was opened."""

    looked_again = Signal(object)
    dispensed = Signal()
    ready_again = Signal()
    """The printer was chosen: the next one can be scanned."""
    scanning = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._context = context
        self._opened: OpenedPrescription | None = None
        self._operation = uuid4().hex
        self._sent: Sent | None = None
        self._another = False
        self._unsents: Unsents = context.kept.setdefault("dispensary", Unsents())
        self._proposed: dict[int, int] = {}
        self.verdict = VerdictLine()
        self._head = Heading(context.session.locale)
        self.lines = LinesTable(partial(choose, locale=context.session.locale, give=self._give))
        self.beneath = Beneath(context.session.locale)
        self.before = Before(context)
        self._checked = Checked()
        self._held = Held()
        self._looking = tasks.Latest(self)
        self._owed = SoftLine()
        self._owed.setObjectName("staysOwed")
        self.notice = Notice()
        self._foot = Foot()
        self.button, self.refuse = self._foot.button, self._foot.refuse
        self._lay_out()
        self._choose_language()
        self.refuse.clicked.connect(lambda _: self._on_withhold(ask_refusal, self._on_changed))
        self._foot.aside.clicked.connect(lambda _: self._on_withhold(ask_aside, self._on_aside))
        self.before.take_back.connect(self._on_take_back)
        self.before.labels.connect(self._on_labels)
        self.lines.changed.connect(self._say_state)
        self.lines.scanning.connect(self.scanning)
        self.beneath.scanning.connect(self.scanning)
        self.button.clicked.connect(self.dispense)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.verdict)
        column.addWidget(self._head)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self._checked.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, theme.SPACE_8)
        rows.addWidget(self._checked)
        rows.addWidget(self.lines)
        rows.addWidget(self._owed)
        rows.addWidget(self.beneath)
        rows.addWidget(self.before)
        # Only this takes what room is left.
        rows.addStretch(1)
        self._body = Scroll(inside)
        column.addWidget(self._body, 1)
        self._context.toasts.keep_clear(self._foot)
        self.notice.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, theme.SPACE_12)
        column.addWidget(self.notice)
        column.addWidget(self._foot)
        self._rest = QWidget()
        column.addWidget(self._rest, 1)

    # What it shows

    def show_problem(self, problem: UserError) -> None:
        """What was scanned opens nothing."""
        self.keep_typed()
        self._opened = self._sent = None
        self.verdict.judge(None, problem.title, problem.message)
        self._show_parts(False)

    def show_opened(self, opened: OpenedPrescription) -> None:
        """Show a prescription that was just opened, with what was typed for it before another one was."""
        self.keep_typed()
        self._operation, self._sent = uuid4().hex, None
        self.notice.hide()
        unsent = self._unsents.of(opened)
        self.beneath.told.setText(unsent.told)
        self._proposed = {}
        self._show(opened, unsent.amounts, unsent.given)
        self._body.verticalScrollBar().setValue(0)

    def keep_typed(self) -> None:
        """Another one is opened, or another page: what was typed is there again when one comes back to it."""
        if self._opened is not None and self._may_hand_out():
            amounts = self.lines.typed()
            told = self.beneath.told.text()
            unsent = Unsent(amounts if amounts != self._proposed else {}, self.lines.given(), told)
            self._unsents.keep(self._opened, unsent)

    def _show(self, opened: OpenedPrescription, kept: Mapping[int, int], given: Mapping[int, Given]) -> None:
        self._opened = opened
        self.verdict.judge(opened.verdict, opened.title, opened.explained)
        row = opened.prescription
        self._show_parts(row is not None)
        if row is not None:
            self._head.show_opened(opened, row)
            self._show_checks(opened, row)
            self.lines.show_lines(opened, kept, given, closed=opened.verdict is not Verdict.GENUINE)
            self.before.show_opened(opened)
        self._held.release()
        self.lines.setEnabled(opened.verdict is Verdict.GENUINE)
        self._say_state()
        self._put_in_order()

    def _put_in_order(self) -> None:
        """Tab goes down the page: amounts, what goes with them, what was done before, refusing."""
        if self.isVisible():
            put_before(self.beneath.labels, self.lines)
            put_before(self.refuse, self.beneath.phrases)
            put_before(self.refuse, self.before)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._put_in_order()

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
        self._say_beneath(may)
        self.button.setVisible(may)
        self.button.set_text("Dispense in part" if left else "Dispense")
        wrong = self.lines.is_wrong()
        self.button.setEnabled(may and chosen > 0 and not wrong and self._sent is None and not self._another)
        self._foot.why.setText(why_not(self.lines, self._another) if may else "")

    def _say_beneath(self, may: bool) -> None:
        self.beneath.setVisible(may)
        self.refuse.setVisible(may)
        self.refuse.setEnabled(self._sent is None)
        self._foot.aside.setVisible(may and self._opened is not None and self._opened.aside is None)
        self._foot.aside.setEnabled(self._sent is None)
        if not may or self._opened is None:
            return
        quantities = self.lines.quantities()
        out = [row for row in self.lines.rows if row.quantity]
        self.beneath.say_labels(len(out))
        self.beneath.say_to_pay(*to_invoice(self._opened, quantities, self.lines.given()))
        self.beneath.offer([row.product for row in out])

    def wait_for(self, typed: str) -> None:
        """As long as another one's number or name is being typed, this one isn't handed out by mistake."""
        self._another = bool(typed.strip())
        self._say_state()

    # Handing out

    def dispense(self) -> None:
        """Hand out what is chosen."""
        if self._may_hand_out() and self.button.isEnabled() and self._sent is None:
            sent = Sent(self.lines.quantities(), self.lines.given(), self.beneath.told.text().strip())
            against = self._against(sent)
            if against:
                self._ask_despite(against, sent)
            else:
                self._send(sent)

    def _against(self, sent: Sent) -> list[str]:
        """What allergies speak against in what is to go out, a sentence each."""
        found = self._opened.allergies_against if self._opened else {}
        names = {row.line.number: row.line.name for row in self.lines.rows}
        return [f"{names[n]}: {one.title}." for n, one in found.items() if sent.quantities.get(n)]

    def _ask_despite(self, against: list[str], sent: Sent) -> None:
        opened = self._opened

        def given(why: str) -> None:
            if opened is self._opened and self._sent is None:
                self._send(replace(sent, despite=why))
            else:
                self.notice.say("warning", CHANGED)

        ask_despite(self, self._context.session.locale, against, given)

    def _give(self, number: int, given: Given | None) -> None:
        if not self.lines.give(number, given):
            self.notice.say("warning", CHANGED)

    def _send(self, sent: Sent) -> None:
        opened = self._opened
        assert opened is not None
        self._sent = sent
        self.notice.hide()
        self._held.hold(self.lines, self.beneath, self._foot.aside, self.refuse)
        self.button.set_working("Dispensing…")
        self.button.setEnabled(False)
        what = (opened, sent.quantities, self._operation, sent.given, sent.told)
        tasks.run(
            self,
            partial(dispense, self._context.session, *what, despite=sent.despite),
            lambda row: self._on_dispensed(opened, row),
            lambda problem: self._on_failed(opened, sent, problem),
        )

    def _on_dispensed(self, opened: OpenedPrescription, row: Row) -> None:
        assert opened.prescription is not None
        self._unsents.forget(opened.prescription["_id"])
        if self.beneath.labels.isChecked():
            language = self.beneath.language.currentData()
            name = labels_of(opened.prescription)
            print_labels(self, self._context, row["_id"], name, language, self.ready_again.emit)
        if opened is self._opened:
            self._operation, self._sent = uuid4().hex, None
            self._held.leave_focus()
            self.beneath.clear()
            self.notice.say("good", "Handed out.", self._go_on(opened.prescription), key=BACK_KEY)
            self.look_again()
        else:
            self._context.toasts.show(f"{opened.prescription['number']} is handed out")
        self.dispensed.emit()

    def _on_failed(self, opened: OpenedPrescription, sent: Sent, problem: Exception) -> None:
        known = in_words(problem, NOT_DISPENSED)
        if opened is not self._opened:
            self._context.toasts.show_problem(known)
            return
        if isinstance(problem, Unreachable):
            again = partial(self._send, sent)
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

    def opened_id(self) -> ObjectId | None:
        """Which prescription is shown; None where none is."""
        return self._opened.prescription["_id"] if self._opened and self._opened.prescription else None

    def _go_on(self, prescription: Row) -> Action | None:
        """Who writes the visit goes on with it."""
        visit = prescription.get("encounter")
        if visit is None or not self._context.session.may("encounter_notes", UPDATE):
            return None
        return "Back to the visit", partial(self._context.navigate, "visit", str(visit))

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
        kept, given = self.lines.typed(), self.lines.given()
        if len(before.done) != len(now.done):
            # What is sent from here on is another hand-out.
            self._operation = uuid4().hex
            # Nothing is proposed for it, or pressing twice would be one; what was taken back is proposed again.
            handed_out = now.done[-1]["kind"] == HANDED_OUT
            kept = dict.fromkeys((line.number for line in now.lines), 0) if handed_out else {}
        self._show(now, kept, given)
        if len(before.done) != len(now.done):
            self._proposed = self.lines.typed()
        self.looked_again.emit(now)

    # Refusing, setting aside, taking back, labels

    def _on_withhold(self, ask: Callable[..., object], done: Callable[[Row], object]) -> None:
        if self._opened is not None and self._opened.prescription is not None:
            ask(self, self._context, self._opened, done)

    def _on_aside(self, row: Row) -> None:
        self._on_changed(row)
        self.notice.say("info", SET_ASIDE_NOW, (BACK, partial(self._bring_back, row, uuid4().hex)))

    def _bring_back(self, row: Row, operation: str) -> None:
        def failed(problem: Exception) -> None:
            self._context.toasts.show_problem(in_words(problem), partial(self._bring_back, row, operation))
            self.look_again()

        tasks.run(self, partial(bring_back, self._context.session, row["_id"], operation), self._on_changed, failed)

    def _on_take_back(self, row: Row) -> None:
        if row["kind"] == SET_ASIDE:
            self._bring_back(row, uuid4().hex)
        else:
            ask_take_back(self, self._context, row, self._on_changed)

    def _on_changed(self, _: Row) -> None:
        self.notice.hide()
        self.look_again()
        self.dispensed.emit()

    def _on_labels(self, row: Row) -> None:
        if self._opened is not None and self._opened.prescription is not None:
            name, language = labels_of(self._opened.prescription), self.beneath.language.currentData()
            LabelsDialog(self, self._context, row["_id"], name, language)

    def _choose_language(self) -> None:
        """Begin with the language the practice has decided on."""
        session, combo = self._context.session, self.beneath.language

        def chosen(decided: Row) -> None:
            combo.setCurrentIndex(combo.findData(decided["label_language"]))

        tasks.run(self, lambda: PREFERENCES.current(session), chosen, lambda _: None)
