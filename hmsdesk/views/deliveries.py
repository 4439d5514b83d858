"""What suppliers brought: the list, and the form in which a whole delivery is received."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.stock.deliveries import DELIVERIES, suppliers
from hmsdesk.controllers.stock.undelivering import take_delivery_back
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.asking import Ask, reason_field
from hmsdesk.views.kit.buttons import danger, link, normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.line_editors import LineEditor
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.records import NEW, form_page, list_page
from hmsdesk.views.kit.words import Label

# Across the pane.
WORDS = theme.DETAIL_PANE - 2 - 2 * theme.SPACE_16


def make_page(context: Context, record: str) -> QWidget:
    """The list, or the form of a new one."""
    if not record:
        page = list_page(context, "deliveries", DELIVERIES)
        page.detail.offer(partial(_correcting, context, page))
        return page
    form = form_page(context, "deliveries", DELIVERIES, record)
    if record == NEW and form.form is not None:
        supplier = cast(LineEditor, form.form.fields.rows["supplier"].editor)
        tasks.run(form, partial(suppliers, context.session), supplier.complete, lambda _: None)
    return form


def _correcting(context: Context, page: ListPage, row: Row) -> Sequence[QWidget]:
    """How what was entered wrongly is put right: a delivery itself stays as it was entered."""
    if not context.session.may("stock_movements", CREATE):
        return []
    if back := row.get("taken_back"):
        when = day_and_time(back["created_at"], context.session.locale)
        who = back.get("created_by:title")
        return [_words(f"Taken back {when}{f' by {who}' if who else ''}: {back['note']}", "takenBack")]
    whole = normal("Take back…")
    whole.setObjectName("takeDeliveryBack")
    whole.clicked.connect(lambda _: _ask_back(context, page, row))
    lots = link("Lots and expiry")
    lots.setObjectName("toLots")
    lots.clicked.connect(lambda _: context.navigate("stock_lots", ""))
    words = "Entered wrongly? Take it back and enter it anew. Or choose the lot in Lots and expiry, then Correct…"
    return [whole, _words(words, "howCorrected"), lots]


def _words(words: str, name: str) -> Label:
    label = Label(words, muted=True, size="small", wrap=True)
    label.setObjectName(name)
    label.setFixedWidth(WORDS)
    return label


def _ask_back(context: Context, page: ListPage, row: Row) -> None:
    """All of a delivery leaves the stock again."""
    text = "What it brought leaves the stock again. Nothing else may have been done with its lots since."
    about = " · ".join(part for part in (row["supplier"], row.get("invoice", "")) if part)
    words = (f"Take the delivery of {about} back?", text)
    ask = Ask(page, words, {"reason": reason_field()}, danger("Take back"), context.session.locale)

    def work(values: dict[str, str], operation: str) -> None:
        take_delivery_back(context.session, row["_id"], values["reason"], operation)

    def done(_: None) -> None:
        context.toasts.show(f"The delivery of {about} is taken back")
        page.refresh()

    ask.do(work, done)
