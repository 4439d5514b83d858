"""The one way to scroll what is higher than its place."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget


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

    def bring_into_sight(self, now: QWidget) -> None:
        """Scroll to what Tab came to from outside; what is clicked is in sight, and stays where it is."""
        page = self.widget()
        if page is not None and page.isAncestorOf(now) and now.visibleRegion().isEmpty():
            self.ensureWidgetVisible(now)


_followed: list[QApplication] = []


def _follow_focus() -> None:
    """Once for all of a program: one that is being destroyed can't be told of the focus that goes with it."""
    application = QApplication.instance()
    if isinstance(application, QApplication) and application not in _followed:
        _followed[:] = [application]
        application.focusChanged.connect(_on_focus)


def _on_focus(_before: QWidget | None, now: QWidget | None) -> None:
    around = now
    while now is not None and around is not None:
        if isinstance(around, Scroll):
            around.bring_into_sight(now)
        around = around.parentWidget()
