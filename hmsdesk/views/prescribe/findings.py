"""What the checks found about one medicine, inside its line: take it away, put another in its place, or say why not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.models.declaration import Problem
from hmsdesk.models.locale import Locale
from hmsdesk.models.medicine_checks import Check, Finding
from hmsdesk.models.medicine_knowledge import CONFLICT
from hmsdesk.models.prescriptions import Override
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, paint_box, quiet
from hmsdesk.views.kit.chips import SOFT, WORDS, Tone
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.editor import LineField
from hmsdesk.views.kit.flow import FlowLayout
from hmsdesk.views.kit.menu_button import Choice, MenuButton
from hmsdesk.views.kit.words import Label, sentence

ICONS = {
    Check.ALLERGY: "alert-octagon-outline",
    Check.DOUBLE: "content-duplicate",
    Check.INTERACTION: "swap-horizontal",
}
TOLD = "The reason is signed with the prescription and shown to the dispensary."
INDENT = 28
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FindingBox(QFrame):
    """One finding: to be decided (danger), kept with a reason, or only to be known (warning)."""

    remove_asked = Signal()
    replace_asked = Signal(dict)
    decided = Signal(str)
    """The reason; empty where it is taken back."""

    def __init__(self, finding: Finding, reason: str, locale: Locale, name: str) -> None:
        super().__init__()
        self.setObjectName("finding")
        self.finding = finding
        self._locale = locale
        self._name = name
        self._tone: Tone = "danger" if finding.weight == CONFLICT and not reason else "warning"
        self.field: LineField | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_8, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        row.setSpacing(0)
        row.addSpacing(INDENT)
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.SPACE_4)
        row.addLayout(self._column, 1)
        title = Label(sentence(finding.title), bold=True, wrap=True)
        title.setObjectName("findingTitle")
        title.set_tone(self._tone)
        self._column.addWidget(title)
        self._say(finding.explained)
        self._ways: QWidget | None = None
        self._ways_place = QVBoxLayout()
        if finding.weight == CONFLICT and reason:
            self._show_kept(reason)
        elif finding.weight == CONFLICT:
            self._say(finding.advice)
            self._ask()
        else:
            self._say(finding.advice)

    def _say(self, words: str) -> None:
        if words:
            label = Label(sentence(words), wrap=True)
            label.setObjectName("findingWords")
            self._column.addWidget(label)

    def _show_kept(self, reason: str) -> None:
        row = QHBoxLayout()
        kept = Label(sentence(f"Kept: {reason}"), wrap=True)
        kept.setObjectName("keptReason")
        row.addWidget(kept, 1)
        change = quiet("Change").set_compact()
        change.setObjectName("changeReason")
        change.setAccessibleName(f"Decide anew: {self.finding.title}")
        change.clicked.connect(lambda _: self.decided.emit(""))
        row.addWidget(change)
        self._column.addLayout(row)

    def _ask(self) -> None:
        self._column.addLayout(self._ways_place)
        self.offer([])
        label = Label("Or a reason to prescribe it all the same (required)", size="small")
        self.field = LineField(f"Reason to prescribe {self._name} all the same")
        self.field.setObjectName("reason")
        self.field.setPlaceholderText("Why the benefit outweighs the risk")
        self._problem = Label(size="small", wrap=True)
        self._problem.set_tone("danger")
        self._problem.hide()
        keep = normal("Keep with reason")
        keep.setObjectName("keep")
        keep.clicked.connect(lambda _: self._on_keep())
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.field, 1)
        row.addWidget(keep)
        self._column.addWidget(label)
        self._column.addLayout(row)
        self._column.addWidget(self._problem)
        told = Label(TOLD, muted=True, size="small", wrap=True)
        self._column.addWidget(told)

    def offer(self, others: Sequence[Row]) -> None:
        """Show the ways out: take it away, or one of these in its place."""
        if self._ways is not None:
            self._ways_place.removeWidget(self._ways)
            self._ways.hide()
            self._ways.deleteLater()
        self._ways = QWidget()
        flow = FlowLayout(theme.SPACE_8)
        self._ways.setLayout(flow)
        remove = normal(f"Remove {self._name}")
        remove.setObjectName("removeFound")
        remove.clicked.connect(lambda _: self.remove_asked.emit())
        flow.addWidget(remove)
        if others:
            choices = [
                Choice(f"replace{n}", other["name"], "pill", partial(self.replace_asked.emit, other))
                for n, other in enumerate(others)
            ]
            replace = MenuButton("Replace…", "swap-horizontal", choices)
            replace.setObjectName("replace")
            flow.addWidget(replace)
        self._ways_place.addWidget(self._ways)

    def _on_keep(self) -> None:
        assert self.field is not None
        try:
            reason = Override.reason.clean(self.field.text(), self._locale)
            problem = "" if reason else "Say why, or take the medicine away."
        except Problem as wrong:
            reason, problem = None, str(wrong)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.field.set_state("invalid" if problem else "plain")
        if reason:
            self.decided.emit(reason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self.field is not None and self.field.hasFocus() and event.key() in ENTER and not control:
            self._on_keep()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), SOFT[self._tone], self._tone if self._tone == "danger" else "")
        box = placed(self, QRect(theme.SPACE_8, theme.SPACE_8, theme.ICON, theme.ICON))
        theme.paint_icon(painter, box, ICONS[self.finding.check], WORDS[self._tone])


class LineFindings(QWidget):
    """All that was found about one line, and the reasons given."""

    changed = Signal()
    """A reason was given or taken back."""
    kept = Signal()
    """A reason was given: where it was typed is gone."""
    remove_asked = Signal()
    replace_asked = Signal(dict)

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self._locale = locale
        self._name = ""
        self._findings: tuple[Finding, ...] = ()
        self._reasons: dict[tuple[str, str], str] = {}
        self._others: Sequence[Row] = ()
        self.boxes: list[FindingBox] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, theme.SPACE_4, 0, theme.SPACE_4)
        self._column.setSpacing(theme.SPACE_4)
        self.hide()

    def show_findings(self, findings: Sequence[Finding], name: str) -> None:
        """Show these. What is typed as a reason stays while the same was found. name: of the medicine."""
        if tuple(findings) == self._findings and name == self._name:
            return
        self._findings, self._name = tuple(findings), name
        self._build()

    def clear(self) -> None:
        """Another medicine: what was found and said was about the one before."""
        self._reasons, self._others = {}, ()
        self.show_findings((), "")

    def offer(self, others: Sequence[Row]) -> None:
        """What could be prescribed in its place."""
        if [one["_id"] for one in others] == [one["_id"] for one in self._others]:
            return
        self._others = others
        for box in self.boxes:
            if box.field is not None:
                box.offer(others)

    def unresolved(self) -> list[Finding]:
        """What is still to be decided."""
        return [one for one in self._findings if one.weight == CONFLICT and not self._reasons.get(one.key)]

    def conflicts(self) -> list[Finding]:
        """What was or is to be decided."""
        return [one for one in self._findings if one.weight == CONFLICT]

    def overrides(self) -> list[Row]:
        """The reasons for what is found now."""
        return [
            {"check": one.check.value, "about": one.about, "reason": self._reasons[one.key]}
            for one in self.conflicts()
            if self._reasons.get(one.key)
        ]

    def reasons(self) -> list[Row]:
        """All reasons, as a draft keeps them."""
        return [{"check": check, "about": about, "reason": why} for (check, about), why in self._reasons.items()]

    def restore(self, reasons: Sequence[Row]) -> None:
        """The reasons of a draft; they count once the same is found again."""
        self._reasons = {(str(one["check"]), str(one["about"])): str(one["reason"]) for one in reasons}
        self._findings, self._others = (), ()
        self._build()

    def go_to_reason(self) -> bool:
        """Lead to the first that is to be decided; whether there is one."""
        box = next((box for box in self.boxes if box.field is not None), None)
        if box is not None and box.field is not None:
            box.field.setFocus()
        return box is not None

    def _build(self) -> None:
        typed = {box.finding.key: box.field.text() for box in self.boxes if box.field is not None}
        focused = next((box.finding.key for box in self.boxes if box.field is not None and box.field.hasFocus()), None)
        for box in self.boxes:
            self._column.removeWidget(box)
            box.hide()
            box.deleteLater()
        self.boxes = [self._box(finding) for finding in self._findings]
        for box in self.boxes:
            if box.field is not None:
                box.field.setText(typed.get(box.finding.key, ""))
                box.offer(self._others)
                if box.finding.key == focused:
                    box.field.setFocus()
        self.setVisible(bool(self.boxes))

    def _box(self, finding: Finding) -> FindingBox:
        box = FindingBox(finding, self._reasons.get(finding.key, ""), self._locale, self._name)
        box.remove_asked.connect(self.remove_asked)
        box.replace_asked.connect(self.replace_asked)
        box.decided.connect(lambda reason: self._on_decided(finding, reason))
        self._column.addWidget(box)
        return box

    def _on_decided(self, finding: Finding, reason: str) -> None:
        self._reasons[finding.key] = reason
        self._build()
        self.changed.emit()
        if reason:
            self.kept.emit()
        else:
            self.go_to_reason()
