"""The lines of an opened prescription: what is owed, from which lot, how much is there, and how much goes out now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary.opening import Line
from hmsdesk.models.dates import worded
from hmsdesk.models.medicines import counted
from hmsdesk.models.prescription_doses import dose_words
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import STATUSES, short_by
from hmsdesk.views.kit.editor import mark_invalid
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label

PRESCRIBED, OWED, LOT, STOCK, HAND_OUT, STATE = 76, 64, 132, 64, 88, 112
HEADINGS = (
    ("Prescribed", PRESCRIBED, True),
    ("Owed", OWED, True),
    ("Lot, expiry", LOT, False),
    ("In stock", STOCK, True),
    ("Hand out", HAND_OUT, False),
    ("Status", STATE, False),
)
ROW = 48


def _cell(widget: QWidget, width: int) -> QWidget:
    widget.setFixedWidth(width)
    return widget


def _number(number: int, width: int, tone: str = "") -> Label:
    label = Label(f"{number:,}", bold=bool(tone))
    label.set_tone(tone)
    return _at_right(label, width)


def _at_right(label: Label, width: int) -> Label:
    """Numbers and their headings stand at the right in either direction, so that units stand below each other."""
    label.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setFixedWidth(width)
    return label


def _two(first: Label, second: Label) -> QWidget:
    cell = QWidget()
    column = QVBoxLayout(cell)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addStretch()
    column.addWidget(first)
    column.addWidget(second)
    column.addStretch()
    return cell


class _Spin(QSpinBox):
    """How much. A letter belongs to a scanner, which is led to its field."""

    scanning = Signal(str)

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.setAccessibleName(f"Hand out of {line.name}")
        self.setObjectName(f"handOut{line.number}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        self.setRange(0, min(line.owed, line.stock))
        self.setValue(self.maximum())
        self.lineEdit().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.text().isalpha():
            self.scanning.emit(event.text())
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().isalpha():
            self.scanning.emit(event.text())
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class LineRow(QWidget):
    """One medicine."""

    changed = Signal()
    scanning = Signal(str)

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.line = line
        self.spin = _Spin(line)
        self.spin.setFixedWidth(HAND_OUT)
        self.spin.valueChanged.connect(self._on_changed)
        self.spin.scanning.connect(self.scanning)
        self._lot, self._expiry = Label(), Label(size="small", muted=True)
        self._problem = Label(size="small", wrap=True)
        self._problem.setObjectName(f"problem{line.number}")
        self._problem.set_tone("danger")
        self._problem.hide()
        self._lay_out()
        self._show_lot()

    def _lay_out(self) -> None:
        line = self.line
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_12, 4, theme.SPACE_12, 4)
        row.setSpacing(theme.SPACE_12)
        row.addWidget(self._what(), 1)
        row.addWidget(_number(line.prescribed, PRESCRIBED))
        row.addWidget(_number(line.owed, OWED))
        row.addWidget(_cell(_two(self._lot, self._expiry), LOT))
        row.addWidget(_number(line.stock, STOCK, "warning" if line.stock < line.owed else ""))
        row.addWidget(_cell(QWidget() if self.is_done() else self.spin, HAND_OUT))
        row.addWidget(self._state())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        self._problem.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, theme.SPACE_4)
        column.addWidget(self._problem)
        column.addWidget(Separator())

    def _what(self) -> QWidget:
        line = self.line
        words = dose_words(line.dose)[0]
        second = Label(words, muted=True, size="small", wrap=True)
        if line.called_now:
            second.setText(f"{words} In the catalogue now: {line.called_now}.")
            second.set_tone("warning")
        what = _two(Label(line.name, bold=True, wrap=True), second)
        what.setMinimumHeight(ROW - 8)
        return what

    def _state(self) -> QWidget:
        line = self.line
        if self.is_done():
            status = STATUSES["in-full"]
        else:
            status = STATUSES["ready"] if line.stock >= line.owed else short_by(line.owed - line.stock)
        cell = QWidget()
        row = QHBoxLayout(cell)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Chip.of(status))
        row.addStretch()
        return _cell(cell, STATE)

    def is_done(self) -> bool:
        """Whether nothing of it is owed any more."""
        return self.line.owed == 0

    @property
    def quantity(self) -> int:
        """How much is to go out now."""
        return 0 if self.is_done() else self.spin.value()

    def set_problem(self, problem: str) -> None:
        """Say what is wrong with the quantity."""
        mark_invalid(self.spin, bool(problem))
        self.spin.setAccessibleDescription(problem)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def _on_changed(self) -> None:
        self.set_problem("")
        self._show_lot()
        self.changed.emit()

    def _show_lot(self) -> None:
        """The lot of the earliest expiry, and how many more it takes."""
        lots, left, used = self.line.lots, self.quantity, 0
        for lot in lots:
            if left <= 0:
                break
            left -= lot["quantity"]
            used += 1
        if not lots or self.is_done():
            self._lot.setText("–")
            self._expiry.hide()
            return
        more = f" and {used - 1} more" if used > 1 else ""
        self._lot.setText(f"\u2066{lots[0]['lot']}\u2069{more}")
        self._expiry.setText(f"to {worded(lots[0]['expires'])}")
        every = (f"{lot['lot']}: {lot['quantity']:,}, to {worded(lot['expires'])}" for lot in lots)
        self._lot.setToolTip("\n".join(every))


class _Head(QWidget):
    """The ground below the headings."""

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface"))
        for y in (0, self.height() - 1):
            painter.fillRect(0, y, self.width(), 1, theme.color("line"))


class LinesTable(QWidget):
    """All lines under their headings."""

    changed = Signal()
    scanning = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.rows: list[LineRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._head())

    def _head(self) -> QWidget:
        head = _Head()
        head.setFixedHeight(theme.TABLE_HEADER)
        row = QHBoxLayout(head)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_12)
        row.addWidget(Label("Medicine", muted=True, size="small"), 1)
        for name, width, numeric in HEADINGS:
            label = Label(name, muted=True, size="small")
            row.addWidget(_at_right(label, width) if numeric else _cell(label, width))
        return head

    def show_lines(self, lines: Sequence[Line], kept: Mapping[int, int]) -> None:
        """Show lines. kept: quantities that were typed, to stay where they still can."""
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [LineRow(line) for line in lines]
        for row in self.rows:
            if row.line.number in kept:
                row.spin.setValue(kept[row.line.number])
            row.changed.connect(self.changed)
            row.scanning.connect(self.scanning)
            self._column.addWidget(row)

    def quantities(self) -> dict[int, int]:
        """Line -> how much is to go out now."""
        return {row.line.number: row.quantity for row in self.rows}

    def show_problems(self, problems: Mapping[str, str]) -> bool:
        """Show what the server refused, at its lines (`line.N`); whether there was any."""
        wrong = [row for row in self.rows if f"line.{row.line.number}" in problems]
        for row in wrong:
            row.set_problem(problems[f"line.{row.line.number}"])
        if wrong:
            wrong[0].spin.setFocus()
        return bool(wrong)

    def left_owed(self) -> list[str]:
        """What stays owed after this hand-out, in words."""
        left = ((row.line.owed - row.quantity, row.line) for row in self.rows)
        return [f"{counted(number, line.unit)} of {line.name}" for number, line in left if number]
