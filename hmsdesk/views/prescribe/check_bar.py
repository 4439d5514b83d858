"""The three checks, always in sight, each in one of its honest states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.models.medicine_checks import Check, Outcome, Report, State
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.chips import SOFT, WORDS, Tone
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.words import Label, tip

INDENT, HEIGHT = 30, 52
LOOKS: dict[State, tuple[Tone, str]] = {
    State.CONFLICT: ("danger", "alert-circle-outline"),
    State.NOT_CHECKED: ("warning", "help-circle-outline"),
    State.REMARK: ("warning", "information-outline"),
    State.NONE_FOUND: ("good", "check-circle-outline"),
}
NONE_FOUND = {
    Check.ALLERGY: "No allergy conflict",
    Check.DOUBLE: "No double therapy",
    Check.INTERACTION: "No listed interaction",
}
NOT_CHECKED = {
    Check.ALLERGY: "Allergies: not checked",
    Check.DOUBLE: "Double therapy: not checked",
    Check.INTERACTION: "Interactions: not checked",
}
ONE, SEVERAL = 0, 1
CONFLICTS = {
    Check.ALLERGY: ("allergy conflict", "allergy conflicts"),
    Check.DOUBLE: ("double therapy", "double therapies"),
    Check.INTERACTION: ("interaction", "interactions"),
}


@dataclass(frozen=True)
class Said:
    """What a cell says."""

    tone: Tone
    icon: str
    title: str
    below: str = ""
    whole: str = ""


def said_of(check: Check, outcome: Outcome, report: Report, names: Sequence[str], kept: int) -> Said:
    """The words of one check. names: of the lines that it found conflicts at; kept: how many have a reason."""
    tone, icon = LOOKS[outcome.state]
    whole = ". ".join(outcome.unchecked)
    if outcome.state is State.NOT_CHECKED:
        more = f" and {len(outcome.unchecked) - 1} more" if len(outcome.unchecked) > 1 else ""
        return Said(tone, icon, NOT_CHECKED[check], f"{outcome.unchecked[0]}{more}", whole)
    if outcome.state is State.NONE_FOUND:
        return Said(tone, icon, NONE_FOUND[check], _looked_at(check, report))
    words = f"{outcome.found} {CONFLICTS[check][SEVERAL if outcome.found > 1 else ONE]}"
    below = ", ".join(dict.fromkeys(names))
    if outcome.state is State.REMARK:
        return Said(tone, icon, f"To be known: {words}" if check is not Check.DOUBLE else "A renewal", below)
    if outcome.unchecked:
        below = f"{below}. Not all is checked"
    if kept >= outcome.found:
        return Said("warning", "information-outline", f"{words}, kept", below, whole)
    return Said(tone, icon, words, below, whole)


def _looked_at(check: Check, report: Report) -> str:
    lines = "1 line" if len(report.lines) == 1 else f"{len(report.lines)} lines"
    if check is Check.ALLERGY:
        known = "none known" if not report.allergies else f"{report.allergies} recorded"
        return f"{lines}, allergies: {known}"
    current = "1 current medicine" if report.running == 1 else f"{report.running} current medicines"
    return f"{lines} and {current}"


class _Cell(QWidget):
    def __init__(self, check: Check) -> None:
        super().__init__()
        self.setObjectName(f"check-{check.name.lower()}")
        self.setMinimumHeight(HEIGHT)
        self._said = Said("neutral", "", "")
        self.title = Label(bold=True, wrap=True)
        self.below = Label(size="small", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_8, theme.SPACE_8, theme.SPACE_8, theme.SPACE_8)
        row.setSpacing(0)
        row.addSpacing(INDENT - theme.SPACE_8)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.below)
        column.addStretch()
        row.addLayout(column, 1)

    def say(self, said: Said) -> None:
        self._said = said
        self.title.setText(said.title)
        self.title.set_tone(WORDS[said.tone] if said.tone != "neutral" else "muted")
        self.below.setText(said.below)
        self.setToolTip(tip(said.whole))
        self.setAccessibleName(f"{said.title}. {said.below}")
        self.setAccessibleDescription(said.whole)
        self.update()

    @property
    def tone(self) -> Tone:
        return self._said.tone

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        if self._said.tone in ("danger", "warning"):
            paint_box(painter, self.rect(), SOFT[self._said.tone], "")
        if self._said.icon:
            box = placed(self, QRect(theme.SPACE_8, theme.SPACE_8, theme.ICON_BUTTON, theme.ICON_BUTTON + 2))
            theme.paint_icon(painter, box, self._said.icon, WORDS[self._said.tone])


class CheckBar(QFrame):
    """Allergies, double therapy, interactions; and below them what the checks never look at."""

    def __init__(self, coverage: str) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.cells = {check: _Cell(check) for check in Check}
        row = QHBoxLayout()
        row.setSpacing(1)
        for cell in self.cells.values():
            row.addWidget(cell, 1)
        covered = Label(coverage, muted=True, size="small", wrap=True)
        covered.setObjectName("coverage")
        covered.setContentsMargins(theme.SPACE_8, 0, theme.SPACE_8, theme.SPACE_4)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(theme.SPACE_4)
        column.addLayout(row)
        column.addWidget(covered)
        self.say_nothing_yet()

    def say_nothing_yet(self) -> None:
        """There is no medicine to be checked."""
        for check, cell in self.cells.items():
            cell.say(Said("neutral", "", NOT_CHECKED[check], "No medicine yet"))

    def say_checking(self) -> None:
        """An answer is on its way; what was said before may be true no longer."""
        for cell in self.cells.values():
            cell.say(Said("neutral", "progress-clock", "Checking…"))

    def say_failed(self, why: str) -> None:
        """Nothing is known: that looks like nothing is known."""
        for check, cell in self.cells.items():
            cell.say(Said("warning", "help-circle-outline", NOT_CHECKED[check], why))

    def show_report(self, report: Report, names: dict[Check, list[str]], kept: dict[Check, int]) -> None:
        """Say how each check came out."""
        for check, cell in self.cells.items():
            cell.say(said_of(check, report.outcomes[check], report, names[check], kept[check]))
