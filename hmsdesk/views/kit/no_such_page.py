"""What stands where a page was asked for with something that leads to no record."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bson.errors import InvalidId
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.page import BackButton, Page
from hmsdesk.views.kit.state_view import StateView

TITLE = "There is no such page."
TEXT = "It was asked for with something that is no record here. Go back, and choose one from its list."


class NoSuchPage(Page):
    """Says so, and leads back."""

    def __init__(self, leave: Callable[[], object]) -> None:
        super().__init__(above=theme.SPACE_16, spacing=theme.SPACE_8)
        self.setObjectName("noSuchPage")
        back = BackButton("Back", leave)
        back.setObjectName("noSuchPageBack")
        said = StateView()
        said.show_empty("help-circle-outline", TITLE, TEXT)
        self._column.addWidget(back, 0, Qt.AlignmentFlag.AlignLeading)
        self._column.addWidget(said, 1)
        self.begin_at(back)


def page_of(make: Callable[[Context, str], QWidget], context: Context, module: str, record: str) -> QWidget:
    """A module's page; where `record` is asked for as a record's id and can be none, one that says so."""
    try:
        return make(context, record)
    except InvalidId:
        return NoSuchPage(partial(context.close_page, module, record))
