"""What is measured for left to right, put where it belongs in the direction of the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QMenu, QWidget

from hmsdesk.views.kit import theme


def placed(widget: QWidget, box: QRect) -> QRect:
    """A box of a widget, mirrored where its window is."""
    return mirrored(widget.layoutDirection(), widget.rect(), box)


def mirrored(direction: Qt.LayoutDirection, room: QRect, box: QRect) -> QRect:
    """A box of a room as it stands in a direction: what `QStyle.visualRect` does.

    The first window is painted without QStyle, whose lists of names take PySide as long to make as ten widgets.
    """
    if direction == Qt.LayoutDirection.LeftToRight:
        return box
    return box.translated(room.left() + room.right() - box.left() - box.right(), 0)


def below(widget: QWidget, width: int, *, at_end: bool = False) -> QPoint:
    """Where, on the screen, something so wide opens below a widget: both begin, or end, at the same edge."""
    start = widget.width() - width if at_end else 0
    corner = placed(widget, QRect(start, 0, width, widget.height())).bottomLeft()
    return widget.mapToGlobal(corner + QPoint(0, theme.SPACE_4))


def open_menu(menu: QMenu, widget: QWidget) -> None:
    """Open a menu below the widget it belongs to; closed, it is gone."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(below(widget, menu.sizeHint().width()))
