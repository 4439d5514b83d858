"""Rows of a bill: words at the start, sums below one another at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QWidget

from hmsdesk.models.money import amount_of, in_column
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import IconButton
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label, paint_line, tip

W = TypeVar("W", bound=QWidget)
QUANTITY, SUM, ACTIONS = 60, 88, 60
ROW, HEADER = 32, 32


def sum_label(text: str, width: int = SUM, *, muted: bool = False, bold: bool = False) -> Label:
    """A sum at the right in either direction, so that cents stand below cents."""
    label = Label(text, muted=muted, bold=bold)
    label.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setFixedWidth(width)
    return label


class Words(Label):
    """Words that are cut off where there is no room for them; all of them are told when pointed at."""

    def __init__(self, text: str = "", *, muted: bool = False) -> None:
        super().__init__(text, muted=muted)
        self._token = "text_muted" if muted else "text"
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(tip(text))

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme.color(self._token))
        paint_line(painter, self.rect(), self.text(), self.layoutDirection())


class Name(Words):
    """As wide as its words, and less where there is no room: a long name never makes the window wider."""

    def __init__(self, *, muted: bool = False, bold: bool = False) -> None:
        super().__init__("", muted=muted)
        self.setFont(theme.font(bold=bold))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


class LineRow(QWidget):
    """A row with a line below it; its first cell takes the room. header: on the ground of table headers.

    first: what stands before that cell, as wide as it is.
    """

    def __init__(
        self,
        *cells: QWidget,
        first: QWidget | None = None,
        header: bool = False,
        line: bool = True,
        height: int = ROW,
    ) -> None:
        super().__init__()
        self._header = header
        self._line = line
        self.setFixedHeight(height)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_8)
        if first is not None:
            row.addWidget(first)
        for n, cell in enumerate(cells):
            row.addWidget(cell, 0 if n else 1)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        if self._header:
            painter.fillRect(self.rect(), theme.color("surface"))
        if self._line:
            painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("line"))


def header_row(first: str, labels: Sequence[tuple[str, int]], *, with_actions: bool) -> LineRow:
    """The labels of the columns, the sums' with their widths."""
    cells: list[QWidget] = [Label(first, muted=True, size="small")]
    for text, width in labels:
        label = sum_label(text, width, muted=True)
        label.setFont(theme.font("small"))
        cells.append(label)
    if with_actions:
        cells.append(spacer(ACTIONS))
    return LineRow(*cells, header=True, height=HEADER)


def spacer(width: int) -> QWidget:
    """Nothing, so wide."""
    made = QWidget()
    made.setFixedWidth(width)
    return made


def small_button(name: str, icon: str, action: Callable[[], object], object_name: str = "") -> IconButton:
    """An action of a row. name: told when pointed at, and to a screen reader."""
    button = IconButton()
    button.setObjectName(object_name)
    button.setAccessibleName(name)
    button.setToolTip(tip(name))
    button.setIcon(theme.icon(icon, "text_muted"))
    button.setIconSize(theme.icon_size(theme.ICON_BUTTON))
    button.setFixedSize(theme.CONTROL_COMPACT, theme.CONTROL_COMPACT)
    button.clicked.connect(lambda _: action())
    return button


def actions(*buttons: IconButton) -> QWidget:
    """Up to two actions at the end of a row."""
    box = QWidget()
    box.setFixedWidth(ACTIONS)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addStretch()
    for button in buttons:
        row.addWidget(button)
    return box


def sums_row(label: str, amount: str, *, bold: bool = False, muted: bool = True, tail: int = 0) -> LineRow:
    """One of the sums below the lines; its label stands before it."""
    words = Label(label, muted=muted, bold=bold)
    words.setFixedWidth(150)
    return LineRow(
        QWidget(),
        words,
        sum_label(amount, _wide(amount, bold), muted=muted, bold=bold),
        *tails(tail),
        line=False,
        height=22,
    )


def _wide(amount: str, bold: bool) -> int:
    """As wide as the column above it, unless it is too large for that: so it stands below it in either direction."""
    return max(SUM, QFontMetrics(theme.font(bold=bold)).horizontalAdvance(amount) + 4)


def discount_row(line: Row, tail: int = 0) -> LineRow:
    """What is taken off the line above, and why."""
    less = sum_label(in_column(-amount_of(line["discount"])), muted=True)
    return LineRow(Words(f"Discount: {line['discount_reason']}", muted=True), less, *tails(tail))


def tails(width: int) -> list[QWidget]:
    """The room that actions take in other rows."""
    return [spacer(width)] if width else []


def chip_cell(chip: Chip, width: int) -> QWidget:
    """A chip in a column of its own."""
    box = QWidget()
    box.setFixedWidth(width)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(chip)
    row.addStretch()
    return box


def show_those(wanted: Mapping[W, bool]) -> None:
    """First what goes: all of them shown at once would make the window wider for a moment, and so for good."""
    for widget in sorted(wanted, key=lambda one: wanted[one]):
        widget.setVisible(wanted[widget])


def clear(layout: QLayout) -> None:
    """Take every widget out of a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
