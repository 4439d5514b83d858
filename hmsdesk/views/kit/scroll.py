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
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)
        if page is not None:
            self.show_page(page)

    def show_page(self, page: QWidget) -> None:
        """Show this in place of what it showed before, which is destroyed unless it was taken out."""
        self.setWidget(page)
        # A scroll area gives its page a ground of its own; that below is the right one.
        page.setAutoFillBackground(False)

    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Bring into sight what Tab came to from outside; what is clicked is in sight, and stays where it is."""
        page = self.widget()
        if now is not None and page is not None and page.isAncestorOf(now) and now.visibleRegion().isEmpty():
            self.ensureWidgetVisible(now)
