"""Buttons: primary (at most one on a page), normal, quiet and danger; filter chips."""

from typing import Literal, NamedTuple

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QShortcut
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.words import paint_line

ButtonKind = Literal["primary", "normal", "quiet", "link", "danger"]
GAP = theme.SPACE_8
SHORTCUT_GAP = 10
# As soon as the frame says that the server is silent.
PATIENCE_MS = 1500
WAITING = "Waiting for the server…"


class IconButton(QToolButton):
    """An icon alone. Enter presses it as it presses every other button."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)


class _Look(NamedTuple):
    ground: str
    ground_hover: str
    border: str
    words: str


_LOOKS: dict[ButtonKind, _Look] = {
    "primary": _Look("accent", "accent_hover", "accent", "on_accent"),
    "normal": _Look("surface_raised", "hover", "line_strong", "text"),
    "quiet": _Look("", "hover", "", "accent"),
    "link": _Look("", "", "", "accent"),
    "danger": _Look("surface_raised", "danger_soft", "danger", "danger"),
}
_DISABLED = _Look("neutral_soft", "neutral_soft", "neutral_soft", "text_muted")
_DISABLED_QUIET = _Look("", "", "", "text_muted")
_FILTERING = _Look("accent_soft", "accent_soft", "accent", "accent")


def paint_box(painter: QPainter, rect: QRect, ground: str, border: str, width: int = 1) -> None:
    """A box with the corners everything has; the border lies inside the rectangle."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    half = width / 2
    painter.setBrush(theme.color(ground) if ground else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color(border), width) if border else Qt.PenStyle.NoPen)
    inset = half if border else 0
    box = QRectF(rect).adjusted(inset, inset, -inset, -inset)
    painter.drawRoundedRect(box, theme.CORNER - inset, theme.CORNER - inset)


class Button(QPushButton):
    """A button in one of four kinds; `shortcut` works, and stands after the word."""

    def __init__(self, text: str, kind: ButtonKind = "normal", icon: str = "", shortcut: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.icon_name = icon
        self.shortcut_text = shortcut
        self.trailing_icon = ""
        self.is_short = False
        self.is_working = False
        """Whether the server is doing what it was pressed for. It keeps the focus; whoever made it takes no click."""
        self._patience: QTimer | None = None
        self._pressed: QShortcut | None = None
        self.setFixedHeight(theme.CONTROL)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        # Enter presses the button one is on, in a page as well as in a dialog.
        self.setAutoDefault(True)
        self.setAccessibleName(text)
        if "+" in shortcut or shortcut.startswith("F"):
            self._install(shortcut)

    def set_compact(self) -> "Button":
        """Make it as low as a panel's title asks."""
        self.setFixedHeight(theme.CONTROL_COMPACT)
        return self

    def set_short(self, short: bool) -> None:
        """Leave the word out, which is told when one points at it; its icon must say enough."""
        self.is_short = short
        self.setToolTip(self.text() if short else "")
        self.updateGeometry()
        self.update()

    def set_text(self, text: str) -> None:
        """Change the word, for the eye and for a screen reader. It is not working any more."""
        self.is_working = False
        if self._patience is not None:
            self._patience.stop()
        self._say(text)

    def set_working(self, text: str) -> None:
        """Say what the server is asked to do, and after a moment that it lets one wait; `set_text` ends it."""
        self.is_working = True
        self._say(text)
        if self._patience is None:
            self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
            self._patience.timeout.connect(self._say_waiting)
        self._patience.start()

    def _say_waiting(self) -> None:
        self._say(WAITING)

    def _say(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(text)
        if self._pressed is not None:
            self._pressed.setWhatsThis(text)
        self.updateGeometry()

    def _install(self, shortcut: str) -> None:
        keys = [shortcut]
        if "Enter" in shortcut:
            keys.append(shortcut.replace("Enter", "Return"))
        # Its parent is the button, so it sleeps while the page is hidden or the button disabled.
        self._pressed = on_key(self, keys, self.text(), self.click)

    def _padding(self) -> int:
        return {"quiet": 10, "link": 0}.get(self.kind, theme.SPACE_12)

    def _word_font(self) -> QFontMetrics:
        return theme.metrics("body", bold=self.kind == "primary")

    def _look(self) -> _Look:
        if not self.isEnabled() or self.is_working:
            return _DISABLED if _LOOKS[self.kind].ground else _DISABLED_QUIET
        return _LOOKS[self.kind]

    def _content_width(self) -> int:
        word = "" if self.is_short else self.text()
        width = self._word_font().horizontalAdvance(word)
        if self.icon_name:
            width += theme.ICON_BUTTON + (GAP if word else 0)
        if self.shortcut_text:
            width += SHORTCUT_GAP + theme.metrics("small").horizontalAdvance(self.shortcut_text)
        if self.trailing_icon:
            width += theme.SPACE_4 + theme.ICON_BUTTON
        return width

    def _paint_ground(self, painter: QPainter, look: _Look) -> None:
        pointed = self.isEnabled() and (self.underMouse() or self.isDown())
        paint_box(painter, self.rect(), look.ground_hover if pointed else look.ground, look.border)
        if not self.hasFocus():
            return
        if self.kind == "link":
            painter.fillRect(0, (self.height() + 18) // 2, self.width(), 2, theme.color("accent"))
        else:
            paint_box(painter, self.rect(), "", "accent", 2)
            if self.kind == "primary":
                paint_box(painter, self.rect().adjusted(2, 2, -2, -2), "", "surface_raised", 1)

    def _paint_words(self, painter: QPainter, look: _Look) -> None:
        room = self.width() - 2 * self._padding()
        width = min(self._content_width(), room)
        x = self._padding() + (room - width) // 2
        if self.icon_name:
            self._paint_icon(painter, x, self.icon_name, look)
            x += theme.ICON_BUTTON + GAP
        end = self._padding() + (room + width) // 2
        if self.trailing_icon:
            end -= theme.ICON_BUTTON
            self._paint_icon(painter, end, self.trailing_icon, look)
            end -= theme.SPACE_4
        if self.shortcut_text:
            end -= self._paint_shortcut(painter, end, look) + SHORTCUT_GAP
        painter.setPen(theme.color(look.words))
        face = theme.font("body", bold=self.kind == "primary" and self.isEnabled())
        face.setUnderline(self.kind == "link" and self.underMouse())
        painter.setFont(face)
        if not self.is_short:
            paint_line(painter, self._span(x, end - x), self.text(), self.layoutDirection())

    def _paint_icon(self, painter: QPainter, x: int, name: str, look: _Look) -> None:
        theme.paint_icon(painter, self._span(x, theme.ICON_BUTTON), name, look.words)

    def _paint_shortcut(self, painter: QPainter, end: int, look: _Look) -> int:
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color(look.words))
        width = painter.fontMetrics().horizontalAdvance(self.shortcut_text)
        paint_line(painter, self._span(end - width, width), self.shortcut_text, self.layoutDirection())
        return width

    def _span(self, x: int, width: int) -> QRect:
        return placed(self, QRect(x, 0, width, self.height()))

    def sizeHint(self) -> QSize:
        return QSize(self._content_width() + 2 * self._padding(), self.maximumHeight())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter held down presses once: what it leads to may be a button too."""
        if event.isAutoRepeat() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        look = self._look()
        self._paint_ground(painter, look)
        self._paint_words(painter, look)


def primary(text: str, icon: str = "", shortcut: str = "") -> Button:
    """The one thing this page is for."""
    return Button(text, "primary", icon, shortcut)


def normal(text: str, icon: str = "", shortcut: str = "") -> Button:
    """Any other action of a page."""
    return Button(text, "normal", icon, shortcut)


def quiet(text: str, icon: str = "", shortcut: str = "") -> Button:
    """An action beside something else: in a panel's title, a toast, a line of a list."""
    return Button(text, "quiet", icon, shortcut)


def link(text: str) -> Button:
    """An action among words: it has neither ground nor border, and aligns with the words around it."""
    return Button(text, "link")


def danger(text: str) -> Button:
    """An action that takes something away."""
    return Button(text, "danger")


class FilterChip(Button):
    """A filter: its name and a chevron; once it filters, what it lets through and a cross that ends it."""

    cleared = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.value = ""
        self.trailing_icon = "chevron-down"

    def set_value(self, value: str) -> None:
        """What it lets through, in words; empty lets everything through."""
        self.value = value
        self.trailing_icon = "close" if value else "chevron-down"
        self.set_text(f"{self.name}: {value}" if value else self.name)

    def _padding(self) -> int:
        return 11

    def _look(self) -> _Look:
        return _FILTERING if self.value and self.isEnabled() else super()._look()

    def _cross(self) -> QRect:
        width = theme.ICON_BUTTON + theme.SPACE_4 + self._padding()
        return self._span(self.width() - width, width)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.value and self.isDown() and self._cross().contains(event.position().toPoint()):
            self.setDown(False)
            self.cleared.emit()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.value and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.cleared.emit()
            return
        super().keyPressEvent(event)
