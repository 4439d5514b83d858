"""The window one comes in by, before anybody is signed in: a painted side, and beside it what is asked."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPen, QPolygonF, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.brand import Mark
from hmsdesk.views.kit.clinic_picker import Clinic
from hmsdesk.views.kit.habits import choose_direction, choose_look
from hmsdesk.views.kit.segments import Segment, SegmentedControl
from hmsdesk.views.kit.words import Label, tip

SWITCHES_BOTTOM = 48
NAME_LINE = 32
SIDE_MARGIN_TOP = 40
BRAND = 32
SIDE_SHARE, FORM_SHARE = 500, 866
PULSE = ((150, 0), (164, -27), (190, 37), (216, -49), (238, 14), (250, 0))


class Side(QWidget):
    """The painted side: brand, clinic in both scripts, this workstation, and one line of decoration."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(f"{name}Side")
        self._gap = QSpacerItem(0, 0)
        # Arabic lines are higher than Latin ones; both take the same room.
        self._name = BrandLine(bold=True, size="title", line=NAME_LINE, most=2)
        self._other_name = BrandLine(bold=True, size="title", line=NAME_LINE, most=2)
        self._address = BrandLine(muted=True)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(theme.SPACE_16)
        self._facts.setVerticalSpacing(3)
        self._facts.setColumnStretch(1, 1)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(48, SIDE_MARGIN_TOP, 48, 40)
        column.setSpacing(0)
        column.addLayout(self._brand())
        column.addSpacerItem(self._gap)
        for label in (self._name, self._other_name):
            column.addWidget(label)
        column.addSpacing(10)
        column.addWidget(self._address)
        column.addStretch()
        column.addLayout(self._facts)

    def _brand(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Mark(BRAND, "on_brand", "brand"))
        row.addWidget(brand_label("HMSDesk", bold=True))
        row.addStretch()
        return row

    def set_top(self, top: int) -> None:
        """Where the clinic's name begins, in line with the form's title."""
        self._gap.changeSize(0, max(theme.SPACE_16, top - 2 - SIDE_MARGIN_TOP - BRAND))
        self._column.invalidate()

    def show_clinic(self, clinic: Clinic) -> None:
        """Name the practice one is about to enter."""
        self._name.say(clinic.name)
        self._other_name.say(clinic.other_name)
        self._other_name.setVisible(bool(clinic.other_name))
        self._address.say(clinic.address)

    def add_fact(self, name: str, value: str) -> None:
        """One line at the foot."""
        row = self._facts.rowCount()
        self._facts.addWidget(brand_label(name, muted=True, size="small"), row, 0)
        self._facts.addWidget(brand_label(value, size="small"), row, 1)

    def add_to_foot(self, widget: QWidget) -> None:
        """Show something of one's own at the foot."""
        self._column.addWidget(widget)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # PySide's fillRect first makes the names of a hundred and seventy gradients.
        painter.setBackground(theme.color("brand"))
        painter.eraseRect(self.rect())
        middle = round(self.height() * 0.508)
        points = [(0, 0), *PULSE, (self.width(), 0)]
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            points = [(self.width() - x, y) for x, y in points]
        painter.setPen(QPen(theme.color("brand_line"), 2))
        painter.drawPolyline(QPolygonF([QPointF(x, middle + y) for x, y in points]))


def brand_label(text: str = "", muted: bool = False, bold: bool = False, size: theme.TextSize = "body") -> Label:
    """Words on the painted side."""
    label = Label(text, bold=bold, size=size)
    label.set_tone("on-brand-muted" if muted else "on-brand")
    return label


class BrandLine(Label):
    """Words somebody typed, on the painted side: they are cut off with … and never widen the window.

    line: how high a line is; 0 leaves it to the words. most: how many lines they may take.
    """

    def __init__(
        self, muted: bool = False, bold: bool = False, size: theme.TextSize = "body", line: int = 0, most: int = 1
    ) -> None:
        super().__init__(bold=bold, size=size)
        self._line, self._most = line, most
        self.set_tone("on-brand-muted" if muted else "on-brand")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._words = ""

    def say(self, words: str) -> None:
        """Show other words."""
        self._words = words
        self.setAccessibleName(words)
        self._fit()

    def _fit(self) -> None:
        lines: list[str] = []
        rest = self._words
        while rest and len(lines) + 1 < self._most and self._width(rest) > self.width():
            words = rest.split()
            taken = next((n for n in range(len(words) - 1, 0, -1) if self._width(words[:n]) <= self.width()), 0)
            if not taken:
                break
            lines.append(" ".join(words[:taken]))
            rest = " ".join(words[taken:])
        last = self.fontMetrics().elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
        self.setText("\n".join([*lines, last]))
        self.setToolTip(tip("" if last == rest else self._words))
        if self._line:
            self.setFixedHeight(self._line * (len(lines) + 1))

    def _width(self, words: str | list[str]) -> int:
        text = words if isinstance(words, str) else " ".join(words)
        return self.fontMetrics().horizontalAdvance(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class Doorway(QWidget):
    """Lays out the painted side and a form of a fixed width. `dark_chosen` and `direction_chosen` tell the switches.

    top_share: where the form and the clinic's name begin, as a share of the window's height.
    """

    dark_chosen = Signal(bool)
    direction_chosen = Signal(Qt.LayoutDirection)

    def __init__(self, name: str, top_share: float) -> None:
        super().__init__()
        self.setObjectName(name)
        self._name = name
        self._top_share = top_share
        self.side = Side(name)
        self._gap = QSpacerItem(0, 0)

    def set_form(self, form: QWidget, *, fills: bool = False) -> None:
        """Show the form; `fills` gives it all the height there is, for what scrolls."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.side, SIDE_SHARE)
        self._half = half = QVBoxLayout()
        half.setContentsMargins(theme.SPACE_24, theme.SPACE_16, theme.SPACE_24, theme.SPACE_16)
        half.setSpacing(0)
        half.addLayout(self._switches())
        half.addSpacerItem(self._gap)
        middle = QHBoxLayout()
        middle.addStretch()
        middle.addWidget(form)
        middle.addStretch()
        half.addLayout(middle, 1 if fills else 0)
        if not fills:
            half.addStretch()
        row.addLayout(half, FORM_SHARE)

    def _switches(self) -> QHBoxLayout:
        sides = [
            Segment("ltr", "Left to right"),
            Segment("rtl", "Right to left"),
        ]
        self._direction = SegmentedControl("Layout direction", sides, "ltr")
        self._direction.setObjectName(f"{self._name}Direction")
        self._direction.chosen.connect(self._on_direction)
        looks = [Segment("light", "Light", "weather-sunny"), Segment("dark", "Dark", "weather-night")]
        self._look = SegmentedControl("Theme", looks, "light")
        self._look.setObjectName(f"{self._name}Theme")
        self._look.chosen.connect(self._on_theme)
        self._show_switches()
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addStretch()
        row.addWidget(self._direction)
        row.addWidget(self._look)
        return row

    def _show_switches(self) -> None:
        """What is switched here is switched elsewhere, too."""
        mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._direction.show_choice("rtl" if mirrored else "ltr")
        self._look.show_choice("dark" if theme.is_dark() else "light")

    def _on_theme(self, key: str) -> None:
        choose_look(key == "dark")
        self.dark_chosen.emit(key == "dark")

    def _on_direction(self, key: str) -> None:
        direction = Qt.LayoutDirection.RightToLeft if key == "rtl" else Qt.LayoutDirection.LeftToRight
        choose_direction(direction)
        self.direction_chosen.emit(direction)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_switches()

    def resizeEvent(self, event: QResizeEvent) -> None:
        top = max(SWITCHES_BOTTOM + theme.SPACE_16, round(self.height() * self._top_share))
        self._gap.changeSize(0, top - SWITCHES_BOTTOM)
        self.side.set_top(top)
        self._half.invalidate()
        super().resizeEvent(event)
