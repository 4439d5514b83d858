"""The tab of vital signs: their course, every measuring below it, and what is done about a mistake."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.observations import OBSERVATIONS, Vitals
from hmsdesk.models.observations import IN_ERROR, Observation
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import UPDATE
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.asking import Ask, reason_field
from hmsdesk.views.kit.buttons import Button, danger, normal, quiet
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.data_table import DataTable
from hmsdesk.views.kit.history import HistoryPane
from hmsdesk.views.kit.live_vitals import LiveVitals
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.vital_words import VitalWords
from hmsdesk.views.kit.words import Label

PANEL, HISTORY = 220, 360
ERROR_WORDS = (
    "stays in the chart, struck through and with the reason, and counts no more. "
    "What was only mistyped is corrected instead."
)


class VitalsTab(QWidget):
    """Follows what the panel fetches."""

    def __init__(self, context: Context, patient: Row, words: VitalWords) -> None:
        super().__init__()
        self._context = context
        self._patient = patient
        self._words = words
        self._rows: list[Row] = []
        self.panel = LiveVitals(context, patient, words, latest=False)
        self.panel.shown.connect(self._show)
        self.panel.setFixedHeight(PANEL)
        self.table = DataTable("All measurements", chooses=True)
        self.table.setObjectName("measurings")
        self.table.row_chosen.connect(lambda _: self._offer())
        self.table.opened.connect(lambda _: self._correct.click())
        self._said = Label(muted=True, size="small")
        self._said.setObjectName("measuringSaid")
        self._history: HistoryPane | None = None
        self._build()
        self._offer()

    def _build(self) -> None:
        self._correct = self._button(normal("Correct", "pencil-outline"), "measuringCorrect", self._on_correct)
        self._wrong = self._button(danger("Entered in error…"), "measuringWrong", self._on_wrong)
        self._earlier = self._button(quiet("History", "history"), "measuringHistory", self._on_history)
        panel = Panel("All measurements")
        panel.body.setContentsMargins(0, 0, 0, 0)
        panel.body.setSpacing(0)
        panel.body.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        foot.setSpacing(theme.SPACE_8)
        foot.addWidget(self._said, 1)
        for button in (self._earlier, self._wrong, self._correct):
            foot.addWidget(button)
        panel.body.addLayout(foot)
        self._lower = QHBoxLayout()
        self._lower.setSpacing(theme.SPACE_12)
        self._lower.addWidget(panel, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_12)
        column.addWidget(self.panel)
        column.addLayout(self._lower, 1)

    @staticmethod
    def _button(button: Button, name: str, on_clicked: object) -> Button:
        button.set_compact()
        button.setObjectName(name)
        button.clicked.connect(lambda _: on_clicked())  # type: ignore[operator]
        return button

    def _show(self, vitals: Vitals) -> None:
        chosen = self._chosen()
        self._rows = vitals.rows[::-1]
        self.table.show_figures(self._words.of_all(vitals.rows))
        if chosen is not None:
            self._choose(chosen["_id"])
        self._offer()

    def _choose(self, record: ObjectId) -> None:
        line = next((n for n, row in enumerate(self._rows) if row["_id"] == record), -1)
        if line >= 0:
            self.table.selectRow(line)

    def _chosen(self) -> Row | None:
        line = self.table.currentIndex().row()
        return self._rows[line] if 0 <= line < len(self._rows) else None

    def _offer(self) -> None:
        """What can be done with the chosen measuring; why not where it can't."""
        row = self._chosen()
        may = self._context.session.may(OBSERVATIONS.resource, UPDATE)
        wrong = row is not None and row["status"] == IN_ERROR
        for button in (self._correct, self._wrong):
            button.setVisible(may)
            button.setEnabled(row is not None and not wrong)
        self._earlier.setEnabled(row is not None)
        self._said.setText("Choose a measurement to correct it." if row is None else self._about(row))

    def _about(self, row: Row) -> str:
        if row["status"] == IN_ERROR:
            return f"Entered in error: {row.get('error_reason', '')}"
        return str(row.get("note", ""))

    def _on_correct(self) -> None:
        row = self._chosen()
        if row is not None:
            self._context.navigate("vitals", f"{self._patient['_id']}/{row['_id']}")

    def _on_wrong(self) -> None:
        row = self._chosen()
        if row is None:
            return
        session = self._context.session

        def mark(values: dict[str, Any], operation: str) -> Row:
            return OBSERVATIONS.mark_in_error(
                session, row["_id"], row["version"], str(values["error_reason"]), operation
            )

        words = ("Entered in error?", f"What was measured on {self._words.when(row)} {ERROR_WORDS}")
        asked = {"error_reason": reason_field("Why", Observation.error_reason.max_length)}
        Ask(self, words, asked, danger("Strike through"), session.locale).do(mark, self._on_marked)

    def _on_marked(self, _: Row) -> None:
        self._context.toasts.show("It is struck through now", "What it said stays readable, with the reason.")
        self.panel.look_again()

    def _on_history(self) -> None:
        row = self._chosen()
        if self._history is not None:
            self._history.hide()
            self._history.deleteLater()
            self._history = None
        elif row is not None:
            self._history = HistoryPane(OBSERVATIONS, self._context.session, row["_id"])
            self._history.setFixedWidth(HISTORY)
            self._history.closed.connect(self._on_history)
            self._lower.addWidget(self._history)
            self._history.setFocus()
