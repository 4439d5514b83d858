"""The waiting list: who waits for a time, which free times would suit, and booking one of them with one press.

Not here: putting on the list whom the booking form found no time for, which is a press there.
"""

from __future__ import annotations

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import NEW, form_page
from hmsdesk.views.waiting_list.page import EDIT, MODULE, WaitingListPage


def make_page(context: Context, record: str) -> QWidget:
    """The list; with an id at that entry; with NEW, or an id and EDIT, the form."""
    entry, _, part = record.partition("/")
    if entry == NEW:
        return form_page(context, MODULE, WAITING_LIST, NEW)
    if part == EDIT:
        return form_page(context, MODULE, WAITING_LIST, entry, place=record)
    return WaitingListPage(context, ObjectId(entry) if ObjectId.is_valid(entry) else None)
