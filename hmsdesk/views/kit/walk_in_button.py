"""The way to letting somebody in who comes without a booking, wherever the day is shown."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit.buttons import Button, normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.keys import on_key

MODULE, WALK_IN = "appointments", "walk-in"
KEY = "Ctrl+Shift+W"


def walk_in_button(context: Context, page: QWidget) -> Button:
    """A button for a page's head, and its key on the whole page."""

    def go() -> None:
        context.navigate(MODULE, WALK_IN)

    button = normal("Walk-in", "walk")
    button.setObjectName("walkIn")
    button.setToolTip(KEY)
    button.clicked.connect(lambda _: go())
    on_key(page, KEY, "Let somebody in without a booking", go)
    return button
