"""What the dispensary is told of the checks: why a conflict was kept, which medicines act on one another, and whether
an allergy speaks against it now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.models.medicine_checks import Check, Report, State
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.words import IconLine, sentence


class Checked(QWidget):
    """A line for each reason and each interaction, one for how the check of allergies comes out now: never nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("checked")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.lines: list[IconLine] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_4)

    def show_checks(self, report: Report, names: Sequence[str], overrides: Sequence[Row], prescriber: str) -> None:
        """report: what is found now. names: of the medicines, line by line. overrides: what was signed with them."""
        for line in self.lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = []
        for n, finding in report.unsigned_allergies(overrides):
            words = f"{names[n - 1]}: {finding.title}. {finding.explained} It has no reason: ask {prescriber} first."
            self._say(words, "alert-octagon-outline", "danger")
        for one in overrides:
            words = f"{names[one['line'] - 1]}: {one['found']}. Kept by {prescriber}: {one['reason']}"
            self._say(words, "alert-outline", "warning")
        for n, finding in report.unsigned_interactions(overrides):
            self._say(f"{names[n - 1]}: {finding.title}. {finding.explained}", "swap-horizontal", "warning")
        if report.outcomes[Check.ALLERGY].found < len(names) or report.outcomes[Check.ALLERGY].unchecked:
            self._say(*_allergies(report))

    def _say(self, words: str, icon: str, tone: str) -> None:
        line = IconLine(sentence(words), icon, tone)
        line.setAccessibleName(words)
        self.lines.append(line)
        self._column.addWidget(line)


def _allergies(report: Report) -> tuple[str, str, str]:
    outcome = report.outcomes[Check.ALLERGY]
    if outcome.unchecked:
        return f"Allergies: not checked. {'. '.join(outcome.unchecked)}.", "help-circle-outline", "warning"
    if outcome.state is State.CONFLICT:
        return "All other medicines: no allergy conflict found.", "check-circle-outline", "muted"
    recorded = f"{report.allergies} recorded" if report.allergies else "none known"
    return f"No allergy conflict found; allergies: {recorded}.", "check-circle-outline", "good"
