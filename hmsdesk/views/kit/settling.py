"""Buttons that news of others have put in another place: for a moment they can't be pressed by mistake."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

SETTLE_MS = 600


def let_settle(pane: QWidget, page: QWidget, then: Callable[[], object]) -> None:
    """Called where a pane shows a page anew. then: what is to follow, once its buttons can be pressed."""
    if not pane.underMouse():
        then()
        return
    page.setEnabled(False)

    def settled() -> None:
        page.setEnabled(True)
        then()

    QTimer.singleShot(SETTLE_MS, page, settled)
