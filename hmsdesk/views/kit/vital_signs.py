"""The panel of a patient's vital signs: a chart over a year, the table behind it, and the latest of each kind."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box, quiet
from hmsdesk.views.kit.chart import LineChart
from hmsdesk.views.kit.data_table import DataTable
from hmsdesk.views.kit.direction import open_menu, placed
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.segments import Segment, SegmentedControl
from hmsdesk.views.kit.state_view import Action, StateView
from hmsdesk.views.kit.vital_words import CHARTS, Charted, VitalWords
from hmsdesk.views.kit.words import GivingLabel, Label, paint_line

if TYPE_CHECKING:
    from hmsdesk.controllers.observations import Vitals

MONTHS = 12
# So many stand side by side; more go on in rows of five, which hold the ten there are.
IN_A_ROW, IN_ROWS = 6, 5
CHART, TABLE = "chart", "table"
CELL = 49
ROOM_TO_CHOOSE = 600


class LatestCell(QAbstractButton):
    """The last value of one kind; pressed, the chart shows its course."""

    def __init__(self, chart: Charted, words: str, flag: str, when: str) -> None:
        super().__init__()
        self.chart = chart
        self.words, self.flag, self.when = words, flag, when
        self.line = self.column = 0
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setObjectName(f"latest-{chart.key}")
        self.setAccessibleName(" ".join(filter(None, (f"{chart.short}: {words}", flag, when))))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(CELL)

    def sizeHint(self) -> QSize:
        return QSize(80, CELL)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        if self.isChecked() or self.underMouse():
            painter.fillRect(self.rect(), theme.color("accent_soft" if self.isChecked() else "hover"))
        if self.column:
            painter.fillRect(placed(self, QRect(0, 0, 1, self.height())), theme.color("line"))
        if self.line:
            painter.fillRect(0, 0, self.width(), 1, theme.color("line"))
        room = self.width() - theme.SPACE_12
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        title = f"{self.chart.tiny or self.chart.short} {self.when}" if self.when else self.chart.short
        self._write(painter, QRect(theme.SPACE_12, 7, room, 16), title)
        painter.setFont(theme.font(bold=True))
        painter.setPen(theme.color("danger" if self.flag else "text"))
        self._write(painter, QRect(theme.SPACE_12, 24, room, 18), self.words)
        if self.flag:
            start = theme.SPACE_12 + painter.fontMetrics().horizontalAdvance(self.words) + theme.SPACE_4
            painter.setFont(theme.font())
            self._write(painter, QRect(start, 24, self.width() - start, 18), self.flag)
        if self.hasFocus():
            paint_box(painter, self.rect(), "", "accent", 2)

    def _write(self, painter: QPainter, box: QRect, words: str) -> None:
        paint_line(painter, placed(self, box), words, self.layoutDirection())


class VitalsPanel(QFrame):
    """Stays at the kind that was chosen while others measure."""

    chosen = Signal(str)
    shown = Signal(object)
    """What it shows now, after it was fetched."""

    def __init__(self, words: VitalWords, record: Action | None = None, *, latest: bool = True) -> None:
        """record: the word and the way for recording, where nothing is there yet and the role may.

        latest: whether the last of each kind stand below.
        """
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName("Vital signs")
        self._words = words
        self._record = record
        self._with_latest = latest
        self._vitals: Vitals | None = None
        self._kind = CHARTS[0]
        self._cells: list[LatestCell] = []
        self.chart = LineChart()
        self.table = DataTable("Values of the chart")
        self._state = StateView()
        self._pages = QStackedWidget()
        for page in (self._state, self.chart, self.table):
            self._pages.addWidget(page)
        self._build()
        self._state.show_loading()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._head())
        column.addWidget(self._pages, 1)
        self._foot = QWidget()
        self._grid = QGridLayout(self._foot)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        column.addWidget(Separator())
        column.addWidget(self._foot)
        self._foot.hide()

    def _head(self) -> QFrame:
        frame = QFrame()
        frame.setObjectName("panelTitle")
        frame.setFixedHeight(theme.PANEL_TITLE + 1)
        row = QHBoxLayout(frame)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_8)
        self._title = Label(bold=True)
        self._title.setObjectName("vitalsTitle")
        self._unit = GivingLabel(muted=True)
        self._normal = GivingLabel(size="small")
        self._normal.set_tone("good")
        self._choose = quiet("Vitals").set_compact()
        self._choose.trailing_icon = "chevron-down"
        self._choose.setObjectName("vitalsChoose")
        self._choose.setAccessibleName("Choose which vital sign is shown")
        self._choose.clicked.connect(self._on_choose)
        segments = (Segment(CHART, "Chart"), Segment(TABLE, "Table"))
        self.switch = SegmentedControl("Chart or table", segments, CHART, theme.CONTROL_COMPACT)
        self.switch.chosen.connect(lambda _: self._fill())
        for widget in (self._title, self._unit, self._normal):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self._choose)
        row.addWidget(self.switch)
        return frame

    def show_vitals(self, vitals: Vitals) -> None:
        """Show what was measured, as it stands now."""
        self._vitals = vitals
        if not any(name in vitals.latest for name in self._kind.names):
            measured = (one for one in CHARTS if any(name in vitals.latest for name in one.names))
            self._kind = next(measured, CHARTS[0])
        self._show_latest(vitals)
        self._fill()
        self.shown.emit(vitals)

    def show_problem(self, problem: Exception, retry: object) -> None:
        """Say why it can't be shown."""
        self._state.show_problem(problem, retry)  # type: ignore[arg-type]
        self._pages.setCurrentWidget(self._state)

    def choose(self, key: str) -> None:
        """Show another kind."""
        self._kind = next(chart for chart in CHARTS if chart.key == key)
        self._fill()
        self.chosen.emit(key)

    def _on_choose(self) -> None:
        menu = Menu(self)
        for cell in self._cells:
            action = menu.addAction(cell.chart.title)
            action.setCheckable(True)
            action.setChecked(cell.chart is self._kind)
            action.triggered.connect(partial(self._on_menu, cell.chart.key))
        open_menu(menu, self._choose)

    def _on_menu(self, key: str, _checked: bool = False) -> None:
        self.choose(key)

    def _show_latest(self, vitals: Vitals) -> None:
        shown = [(one.chart.key, one.words, one.flag, one.when) for one in self._cells]
        made = [cell for chart in CHARTS if (cell := self._cell(chart, vitals))]
        if [(one.chart.key, one.words, one.flag, one.when) for one in made] == shown:
            return
        had_focus = next((one.chart.key for one in self._cells if one.hasFocus()), "")
        for cell in self._cells:
            self._grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        self._cells = made
        for n, cell in enumerate(made):
            cell.clicked.connect(partial(self._on_menu, cell.chart.key))
            cell.line, cell.column = divmod(n, IN_A_ROW if len(made) <= IN_A_ROW else IN_ROWS)
            self._grid.addWidget(cell, cell.line, cell.column)
            if cell.chart.key == had_focus:
                cell.setFocus()
        self._foot.setVisible(bool(made) and self._with_latest)

    def _cell(self, chart: Charted, vitals: Vitals) -> LatestCell | None:
        first = vitals.latest.get(chart.names[0])
        if first is None:
            return None
        of_then = {
            name: one.value
            for name in chart.names
            if (one := vitals.latest.get(name)) is not None and one.at == first.at
        }
        row = of_then | {"at": first.at}
        newest = max(one.at for one in vitals.latest.values())
        when = self._words.day(first.at) if first.at != newest else ""
        return LatestCell(chart, self._words.short(chart, row), self._words.flag(chart, row), when)

    def _fill(self) -> None:
        if self._vitals is None:
            return
        kind, words, rows = self._kind, self._words, self._vitals.series
        for cell in self._cells:
            cell.setChecked(cell.chart is kind)
        self._title.setText(kind.title)
        unit = words.unit(kind.names[0])
        self._unit.setText(f"{unit}, {MONTHS} months" if unit else f"{MONTHS} months")
        lines = words.lines(kind, rows)
        is_there = any(line.points for line in lines)
        self._normal.setText(f"···· {words.normal(kind)}" if is_there and words.normal(kind) else "")
        self._fit()
        self.chart.show_lines(f"{kind.title}, {unit}, the last {MONTHS} months", lines, unit)
        if self.switch.current() == TABLE:
            self.table.show_figures(words.of_chart(kind, rows))
        if not is_there:
            self._say_nothing()
        self._pages.setCurrentWidget(
            self._state if not is_there else self.chart if self.switch.current() == CHART else self.table
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The values below choose as well: where there is little room what is shown goes before the choice."""
        self._choose.setVisible(len(self._cells) > 1 and self.width() >= ROOM_TO_CHOOSE)

    def _say_nothing(self) -> None:
        title = f"Nothing in the last {MONTHS} months" if self._cells else "No vital signs yet"
        text = "What nurses and doctors measure is shown here over time."
        self._state.show_empty("pulse", title, text, self._record)
