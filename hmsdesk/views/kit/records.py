"""The pages of a plain domain: its list, and the form of one record or of a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from bson import ObjectId
from PySide6.QtCore import QObject

from hmsdesk.controllers.registry import look_up
from hmsdesk.models.row import Row
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.contract import Found, Keeper
from hmsdesk.views.kit.drafting import Drafting
from hmsdesk.views.kit.form_page import FormPage
from hmsdesk.views.kit.list_page import ListPage

NEW = "new"


def records_page(context: Context, module: str, keeper: Keeper, record: str) -> ListPage | FormPage:
    """The list of a module, or with a record's id (or NEW) its form."""
    return form_page(context, module, keeper, record) if record else list_page(context, module, keeper)


def list_page(context: Context, module: str, keeper: Keeper, opens: str | None = None) -> ListPage:
    """The generated list; opening (see ListPage) and adding lead to the module's other pages."""
    page = ListPage(keeper, context.session, context.toasts, lookup(context), opens)
    page.add_asked.connect(lambda: context.navigate(module, NEW))
    page.open_asked.connect(lambda row: context.navigate(module, str(row["_id"])))
    resource = keeper.record.collection()
    context.live.follow(page, {resource}, page.refresh)
    saved = context.live.saved.connect(lambda kept, record: page.go_to(record) if kept == resource else None)
    page.destroyed.connect(lambda: QObject.disconnect(saved))
    return page


def form_page(
    context: Context, module: str, keeper: Keeper, record: str, place: str = "", *, goes_back: bool = False
) -> FormPage:
    """The form of a record. What was typed is kept as a sealed draft until it is saved.

    place: where in the module it is, if its record alone doesn't say so.
    goes_back: to where one came from, rather than to the list.
    """
    place = place or record
    resource = keeper.record.collection()
    opened = None if record == NEW else ObjectId(record)
    page = FormPage(keeper, context.session, opened, lookup(context), drafting(context, f"{module}/{place}"))
    leave = partial(context.close_page if goes_back else partial(_leave, context), module, place)
    page.saved.connect(partial(_on_saved, context, keeper, leave))
    page.closed.connect(leave)
    context.live.follow(page, {resource}, page.record_changed, opened)
    return page


def lookup(context: Context) -> Any:
    """What pickers find, in the signed-in person's name."""

    def find(collection: str, text: str) -> Sequence[Found]:
        return [Found(*found) for found in look_up(context.session, collection, text)]

    return find


def drafting(context: Context, place: str) -> Drafting:
    """How a form keeps what is typed, and what was left in it the last time."""
    draft = context.drafts.read(place)
    return Drafting(
        keep=partial(context.drafts.keep, place),
        drop=partial(context.drafts.drop, place),
        values=draft.values if draft else None,
        typed_at=draft.typed_at if draft else None,
    )


def _on_saved(context: Context, keeper: Keeper, leave: Callable[[], None], row: Row) -> None:
    title = keeper.record.title_of(row)
    listing = keeper.record.LISTING
    context.toasts.show(f"{title or listing.noun.capitalize()} {listing.saved}")
    leave()
    context.live.saved.emit(keeper.record.collection(), row["_id"])


def _leave(context: Context, module: str, record: str) -> None:
    context.navigate(module, "")
    context.close_page(module, record)
