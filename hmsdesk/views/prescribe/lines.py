"""The medicines of a prescription, one below the other. Ins adds one, Ctrl+Del takes one away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.models.locale import Locale
from hmsdesk.models.medicine_checks import Check, Report
from hmsdesk.models.prescriptions import MOST_LINES
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import quiet
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.tab_order import put_before
from hmsdesk.views.kit.words import Label
from hmsdesk.views.prescribe.catalogue import Catalogue
from hmsdesk.views.prescribe.columns import DAYS, DOSE, FREQUENCY, NUMBER, QUANTITY, REMOVE, ROUTE, told_of
from hmsdesk.views.prescribe.line import MedicineEditor

HEADINGS = (("Dose", DOSE), ("Route", ROUTE), ("How often", FREQUENCY), ("Days", DAYS), ("Quantity", QUANTITY))
NUMBERS = ("Days", "Quantity")


class Lines(QFrame):
    """Edits all lines; there is always at least one."""

    edited = Signal()
    reasoned = Signal()
    removed = Signal(dict, int)
    """What was taken away, and from which place."""

    def __init__(self, catalogue: Catalogue, locale: Locale, substitution: bool = True) -> None:
        super().__init__()
        self._substitution = substitution
        self.setObjectName("panel")
        self._catalogue = catalogue
        self._locale = locale
        self.editors: list[MedicineEditor] = []
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, theme.SPACE_8)
        self._column.setSpacing(0)
        self._add = quiet("Add a medicine", "plus", "Ins")
        self._add.setObjectName("addLine")
        self._add.clicked.connect(self.add)
        self.foot = QWidget()
        self.beside = QHBoxLayout(self.foot)
        self.beside.setContentsMargins(0, 0, 0, 0)
        self.beside.addWidget(self._add)
        self.beside.addStretch()
        self._column.addWidget(self.foot)
        self._column.addStretch()
        self._lay_out()
        on_key(self, "Ins", "Add a medicine", self.add)
        self._append({})

    def _lay_out(self) -> None:
        self._scroll = Scroll(self._list)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._head())
        column.addWidget(Separator())
        column.addWidget(self._scroll, 1)

    def _head(self) -> QWidget:
        head = QWidget()
        head.setFixedHeight(theme.TABLE_HEADER)
        row = QHBoxLayout(head)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(_fixed("#", NUMBER))
        row.addWidget(Label("Medicine", muted=True, size="small"), 1)
        for name, width in HEADINGS:
            label = _fixed(name, width)
            if name in NUMBERS:
                # At the right in either direction, as the numbers below.
                label.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
                label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(label)
        row.addWidget(_fixed("", REMOVE))
        # The headings stay over their fields where a scroll bar takes room from these.
        beside = _fixed("", 0)
        row.addSpacing(-theme.SPACE_8)
        row.addWidget(beside)
        bar = self._scroll.verticalScrollBar()
        bar.rangeChanged.connect(lambda _, most: beside.setFixedWidth(bar.sizeHint().width() if most else 0))
        return head

    # What they hold

    def raw(self) -> list[Row]:
        """What was typed, as a draft keeps it; empty lines are left out."""
        return [editor.raw() for editor in self.editors if not editor.is_empty()]

    def show_raw(self, raw: Sequence[Mapping[str, object]]) -> None:
        """Show what a draft kept; nothing: one empty line."""
        for editor in self.editors:
            self._discard(editor)
        self.editors = []
        for one in raw or [{}]:
            self._append(one)

    def complete(self) -> list[Row]:
        """The lines that can be signed as they are."""
        return [values for values, problems in (editor.checked() for editor in self.editors) if not problems]

    def written(self) -> dict[str, Any]:
        """What the page shows: the complete lines, the reasons kept for them, and which wait for a decision."""
        checked = [(editor, *editor.checked()) for editor in self.editors]
        complete = [(editor, values) for editor, values, problems in checked if not problems]
        numbered = list(enumerate((editor for editor, _ in complete), start=1))
        overrides = [{"line": n, **one} for n, editor in numbered for one in editor.findings.overrides()]
        waits = [n for n, editor in numbered if editor.findings.unresolved()]
        return {"lines": [values for _, values in complete], "overrides": overrides, "waits": waits}

    def missing(self) -> str:
        """What is still to be done before they can be signed; empty when nothing is."""
        if all(editor.is_empty() for editor in self.editors):
            return "Add a medicine first"
        for number, editor in enumerate(self.editors, start=1):
            problems = editor.checked()[1]
            if editor.is_blank():
                continue
            if editor.is_empty():
                return f"Choose medicine {number}, or remove its line"
            if problems:
                return f"Medicine {number}: {told_of(*next(iter(problems.items())))}".rstrip(".")
        return ""

    def number_of(self, editor: MedicineEditor) -> int:
        """The number that a line bears in the list."""
        return self.editors.index(editor) + 1

    # What was found about them

    def chosen(self) -> list[MedicineEditor]:
        """The lines that have a medicine, whatever else is missing: these can be checked."""
        return [editor for editor in self.editors if editor.medicine.chosen is not None]

    def to_check(self) -> list[Row]:
        """What the checks ask of those lines."""
        raw = [editor.raw() for editor in self.chosen()]
        return [{name: one[name] for name in ("medicine", "name", "route")} for one in raw]

    def show_report(self, report: Report) -> None:
        """Open what was found inside the lines that were checked, if they still are what was checked."""
        more = []
        for editor, findings in zip(self.chosen(), report.lines, strict=True):
            before = editor.findings.unresolved()
            editor.findings.show_findings(findings, editor.medicine.text())
            if len(editor.findings.unresolved()) > len(before):
                more.append(editor)
        if more:
            self._bring_into_view(more[0])

    def overrides(self) -> list[Row]:
        """The reasons for what is found now, each with its line, counted from 1."""
        return [
            {"line": n, **one} for n, editor in enumerate(self.chosen(), start=1) for one in editor.findings.overrides()
        ]

    def undecided(self) -> str:
        """What must be resolved first; empty where nothing must."""
        open_ones = [finding for editor in self.editors for finding in editor.findings.unresolved()]
        if not open_ones:
            return ""
        one_kind = {finding.check for finding in open_ones}
        what = f"{open_ones[0].check.value} " if len(one_kind) == 1 and open_ones[0].check is not Check.DOUBLE else ""
        return f"Resolve {len(open_ones)} {what}conflict{'s' * (len(open_ones) > 1)} first"

    def go_to_undecided(self) -> bool:
        """Lead to the first reason that is missing; whether there is one."""
        return any(editor.findings.go_to_reason() for editor in self.editors if editor.findings.unresolved())

    def go_to_missing(self) -> None:
        """Say at the fields what is still missing, and lead to the first of it."""
        for editor in self._to_sign():
            editor.show_problems()
        wrong = next((editor for editor in self._to_sign() if editor.checked()[1]), None)
        if wrong is not None:
            wrong.go_to_first_problem()
            self._bring_into_view(wrong)

    def show_problems(self, problems: Mapping[str, str]) -> bool:
        """Show what the server refused, at its fields (`lines.N.field`); whether any of it was about a line."""
        mine = {name: why for name, why in problems.items() if name.startswith("lines.")}
        to_sign = self._to_sign()
        for n, editor in enumerate(to_sign):
            start = f"lines.{n}."
            editor.show_problems(
                {name.removeprefix(start): why for name, why in mine.items() if name.startswith(start)}
            )
        wrong = [n for n in range(len(to_sign)) if any(name.startswith(f"lines.{n}.") for name in mine)]
        if wrong:
            self._bring_into_view(to_sign[wrong[0]])
            to_sign[wrong[0]].go_to_first_problem()
        return bool(wrong)

    # What the person does

    def add(self) -> None:
        """One more line; or to the empty one, if there is one."""
        empty = next((editor for editor in self.editors if editor.is_empty()), None)
        editor = empty or self._append({})
        editor.medicine.setFocus()
        self._bring_into_view(editor)
        self.edited.emit()

    def _to_sign(self) -> list[MedicineEditor]:
        """The lines in which something is written; the first where nothing is in any."""
        return [editor for editor in self.editors if not editor.is_blank()] or self.editors[:1]

    def close_lines(self) -> None:
        """They are signed: what would change them goes away."""
        for editor in [one for one in self.editors if one.is_blank()]:
            self.editors.remove(editor)
            self._discard(editor)
        self._renumber()
        self.foot.hide()
        for editor in self.editors:
            editor.close_line()

    def add_raw(self, raw: Sequence[Mapping[str, object]]) -> None:
        """Further lines, as many as there is room for; an empty one gives way to them."""
        for editor in [one for one in self.editors if one.is_empty()]:
            self.editors.remove(editor)
            self._discard(editor)
        for one in raw[: MOST_LINES - len(self.editors)]:
            editor = self._append(one)
            if one.get("medicine") is None:
                editor.show_problems({"medicine": f"{one.get('name')} is no longer in use here. Choose another."})
        if not self.editors:
            self._append({})
        self.edited.emit()

    def put_back(self, raw: Mapping[str, object], place: int) -> None:
        """A line that was taken away, in its old place."""
        self._append(raw, min(place, len(self.editors)))
        self.edited.emit()

    def _append(self, raw: Mapping[str, object], place: int | None = None) -> MedicineEditor:
        editor = MedicineEditor(self._catalogue, self._locale, self._substitution)
        editor.restore(raw)
        at = len(self.editors) if place is None else place
        self.editors.insert(at, editor)
        self._column.insertWidget(at, editor)
        if self.isVisible():
            put_before(self.editors[at + 1].medicine if at + 1 < len(self.editors) else self._add, editor)
        editor.edited.connect(self.edited)
        editor.reasoned.connect(self.reasoned)
        editor.findings.kept.connect(self._on_kept)
        editor.removed.connect(lambda: self._on_removed(editor))
        editor.done.connect(self.add)
        self._renumber()
        return editor

    def _on_removed(self, editor: MedicineEditor) -> None:
        place = self.editors.index(editor)
        raw = editor.raw()
        was_empty = editor.is_empty()
        self.editors.remove(editor)
        self._discard(editor)
        if not self.editors:
            self._append({})
        self._renumber()
        self.editors[min(place, len(self.editors) - 1)].medicine.setFocus()
        self.edited.emit()
        if not was_empty:
            self.removed.emit(raw, place)

    def _on_kept(self) -> None:
        """A reason was given by key or click: on to the next that is wanted, or to a further medicine."""
        if not self.go_to_undecided():
            self._add.setFocus()

    def _discard(self, editor: MedicineEditor) -> None:
        self._column.removeWidget(editor)
        editor.hide()
        editor.deleteLater()

    def _renumber(self) -> None:
        for number, editor in enumerate(self.editors, start=1):
            editor.set_number(number)
        self._add.setVisible(len(self.editors) < MOST_LINES)
        self.foot.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for editor in self.editors:
            put_before(self._add, editor)

    def _bring_into_view(self, editor: MedicineEditor) -> None:
        # A line that was just added has no place until the layout had its turn.
        def show() -> None:
            top = editor.mapTo(self._list, QPoint(0, 0)).y()
            self._scroll.ensureVisible(0, top + editor.height(), 0, 0)
            # Where there isn't room for all of it: what it is, and the gravest that was found about it.
            self._scroll.ensureVisible(0, top, 0, 0)

        QTimer.singleShot(0, editor, show)


def _fixed(name: str, width: int) -> Label:
    label = Label(name, muted=True, size="small")
    label.setFixedWidth(width)
    return label
