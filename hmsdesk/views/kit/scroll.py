"""The one way to scroll what is higher than its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.field_row import FieldRow


class Scroll(QScrollArea):
    """Scrolls up and down, without a frame, and is no stop of the Tab key."""

    def __init__(self, page: QWidget | None = None) -> None:
        super().__init__(widgetResizable=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        _follow_focus()
        if page is not None:
            self.show_page(page)

    def show_page(self, page: QWidget) -> None:
        """Show this in place of what it showed before, which is destroyed unless it was taken out."""
        self.setWidget(page)
        # A scroll area gives its page a ground of its own; that below is the right one.
        page.setAutoFillBackground(False)

    def show_whole(self, now: QWidget) -> None:
        """Scroll so far that all of it is seen, a field with its label and what is said below it.

        Of what is higher than the place some is enough.
        """
        page, room = self.widget(), self.viewport().height() - 2 * theme.SPACE_8
        if page is None or not page.isAncestorOf(now):
            return
        both = [one for one in (_row_of(now), now) if one is not None and page.isAncestorOf(one)]
        whole = next((one for one in both if one.height() <= room), None)
        if whole is not None:
            middle = whole.mapTo(page, whole.rect().center())
            self.ensureVisible(middle.x(), middle.y(), 0, whole.height() // 2 + theme.SPACE_8)
        elif now.visibleRegion().isEmpty():
            self.ensureWidgetVisible(now)


def bring_into_sight(widget: QWidget) -> None:
    """Scroll to what one was led to, as soon as what is said beside it has its place."""
    QTimer.singleShot(0, widget, lambda: _scroll_to(widget))


def _row_of(widget: QWidget | None) -> FieldRow | None:
    while widget is not None and not isinstance(widget, FieldRow):
        widget = widget.parentWidget()
    return widget


_followed: list[QApplication] = []


def _follow_focus() -> None:
    """Once for all of a program: one that is being destroyed can't be told of the focus that goes with it."""
    application = QApplication.instance()
    if isinstance(application, QApplication) and application not in _followed:
        _followed[:] = [application]
        application.focusChanged.connect(_on_focus)


def _on_focus(_before: QWidget | None, now: QWidget | None) -> None:
    # What is clicked is in sight, and must not move from under the mouse.
    if now is not None and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
        bring_into_sight(now)


def _scroll_to(widget: QWidget) -> None:
    around: QWidget | None = widget
    while around is not None:
        # What was put there just now gets its place first: each hands on what it needs to what is around it.
        QApplication.sendPostedEvents(around, QEvent.Type.LayoutRequest.value)
        if isinstance(around, Scroll):
            around.show_whole(widget)
        around = around.parentWidget()
