"""The catalogue of medicines, as the generated pages show them, and the way to each one's stock card."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.form_page import FormPage
from hmsdesk.views.kit.records import NEW, form_page, list_page, records_page


def make_page(context: Context, record: str) -> QWidget:
    """The list, or a record's form. NEW/NAME: a medicine that was looked for in vain, and is added on the way."""
    new, _, name = record.partition("/")
    if new == NEW and name:
        return _adding(context, record, name)
    if record:
        return records_page(context, "medicines", MEDICINES, record)
    page = list_page(context, "medicines", MEDICINES)
    # What is left of each stands in it.
    context.live.follow(page, {"stock_lots"}, page.refresh)

    def offered(row: Row) -> Sequence[QWidget]:
        if not context.session.may("stock_movements", READ):
            return []
        card = normal("Stock card")
        card.setObjectName("stockCard")
        card.clicked.connect(lambda _: context.navigate("stock_ledger", str(row["_id"])))
        return [card]

    page.detail.offer(offered)
    return page


def _adding(context: Context, place: str, name: str) -> FormPage:
    page = form_page(context, "medicines", MEDICINES, NEW, place, goes_back=True)
    if page.form is not None and not page.form.is_edited():
        page.form.fields.restore({"name": name})
    return page
