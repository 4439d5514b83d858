"""What a page of the window has: margins that grow with the window, and the way back to where it was asked from."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button


def is_wide(widget: QWidget) -> bool:
    """Whether the window a widget lies in has room to spare."""
    return widget.window().width() >= theme.WIDE_WINDOW


def margin_of(widget: QWidget) -> int:
    """What is left free at the edges of a page, px."""
    return theme.SPACE_24 if is_wide(widget) else theme.SPACE_16


class KeyboardStart(QWidget):
    """Passes the keyboard on to where one begins. (With a focus proxy, Tab would pass by all that lies before it.)"""

    def __init__(self) -> None:
        super().__init__()
        self._first: QWidget | None = None
        self._typed_early = ""

    def begin_at(self, widget: QWidget) -> None:
        """Where the keyboard is to be when this is gone to; what was typed before is typed there."""
        self._first = widget
        self._type_on_soon()

    def _type_on_soon(self) -> None:
        if self._typed_early:
            # Once whoever says where one begins has given it the keyboard.
            QTimer.singleShot(0, self, self._type_on)

    def _type_on(self) -> None:
        field = self.window().focusWidget() or self
        if not self.isAncestorOf(field):
            # Whoever has gone elsewhere, or locked, finds it where they come back.
            return
        typed, self._typed_early = self._typed_early, ""
        if isinstance(field, QLineEdit | QPlainTextEdit | QAbstractItemView):
            for letter in typed:
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    QApplication.sendEvent(field, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """While a page is fetched, what is typed waits for the field it is meant for."""
        held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if self._first is None and event.text().isprintable() and event.text() and not held:
            self._typed_early += event.text()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._first is not None:
            self._first.setFocus(event.reason())
            self._type_on_soon()


class Page(KeyboardStart):
    """One column. above: what is left free over its first line, px."""

    stands_under = ""
    """The module in whose place of the rail it stands, where that depends on where one came from."""

    def __init__(self, above: int = 0, spacing: int = 0) -> None:
        super().__init__()
        self._above = above
        self._column = QVBoxLayout(self)
        self._column.setSpacing(spacing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        margin = margin_of(self)
        self._column.setContentsMargins(margin, self._above, margin, margin)


class BackButton(Button):
    """‹ Patients: back to where one came from; the chevron points against the reading direction."""

    def __init__(self, where: str, leave: Callable[[], object]) -> None:
        super().__init__(where, "quiet", theme.back_icon())
        self.lead_to(where)
        self.clicked.connect(lambda _: leave())

    def lead_to(self, where: str) -> None:
        """Name another place."""
        self.set_text(where)
        self.setAccessibleName(f"Back to {where}")
