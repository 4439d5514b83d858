"""What opens beside a place of the calendar and lets the rest be seen: Esc, or a click elsewhere, closes it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, paint_box

WIDTH = 300
GAP = 4


class Popover(QFrame):
    """Lies over its host, at a place of it. border: the token of its edge."""

    closed = Signal()

    def __init__(self, host: QWidget, border: str = "line_strong") -> None:
        super().__init__(host)
        self._host = host
        self.setObjectName("popover")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(WIDTH)
        self._border = border
        self.had_focus = False
        """Whether the keyboard was in it when it was closed."""
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*(theme.SPACE_12,) * 4)
        self.column.setSpacing(theme.SPACE_8)

    def open_beside(self, widget: QWidget, rect: QRect, covered: Sequence[QRect] = ()) -> None:
        """Show it at the side of a place of a widget, or below or above it where there is no room for that.

        covered: what other things lie over, on the screen: it stays above that, as far as there is room.
        """
        seen = rect.intersected(widget.rect()) if rect.intersects(widget.rect()) else widget.rect()
        place = QRect(widget.mapTo(self._host, seen.topLeft()), seen.size())
        host = self._host.rect()
        # Wrapped words are as high as they are wide.
        height = min(max(self.column.heightForWidth(WIDTH), self.minimumSizeHint().height()), host.height())
        after, before = place.right() + 1 + GAP, place.x() - GAP - WIDTH
        first, second = (before, after) if self.isRightToLeft() else (after, before)
        fits = [x for x in (first, second) if host.left() <= x <= host.right() + 1 - WIDTH]
        below, above = place.bottom() + 1 + GAP, place.top() - GAP - height
        if fits:
            x, y = fits[0], place.y()
        else:
            x, y = place.x(), below if below + height <= host.bottom() else above
        x = max(host.left(), min(x, host.right() + 1 - WIDTH))
        floor = min(
            (self._host.mapFromGlobal(one.topLeft()).y() for one in covered if self._meets(one, x)), default=None
        )
        bottom = host.bottom() + 1 if floor is None else min(host.bottom() + 1, floor - GAP)
        y = max(host.top(), min(y, bottom - height))
        self.setGeometry(x, y, WIDTH, height)
        self.show()
        self.raise_()

    def _meets(self, covered: QRect, x: int) -> bool:
        left = self._host.mapFromGlobal(covered.topLeft()).x()
        return left < x + WIDTH and x < left + covered.width()

    def take_focus(self) -> None:
        """Go to the first thing to do here."""
        first = next((one for one in self.findChildren(Button) if one.isEnabled() and not one.isHidden()), None)
        (first or self).setFocus()

    def has_focus(self) -> bool:
        """Whether the keyboard is in it."""
        focused = QApplication.focusWidget()
        return focused is not None and (focused is self or self.isAncestorOf(focused))

    def leave(self) -> None:
        """Close it."""
        self.had_focus = self.has_focus()
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round in it."""
        stops = [one for one in self.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
        stops = [one for one in stops if one.isVisible() and one.isEnabled() and one.focusProxy() is None]
        if not stops:
            return False
        here = next((n for n, one in enumerate(stops) if one is QApplication.focusWidget()), -1 if forward else 0)
        stops[(here + (1 if forward else -1)) % len(stops)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:
        paint_box(QPainter(self), self.rect(), "surface_raised", self._border)
