"""The catalogue of medicines, as the generated pages show them, and the way to each one's stock card."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import list_page, records_page


def make_page(context: Context, record: str) -> QWidget:
    """The list, or a record's form."""
    if record:
        return records_page(context, "medicines", MEDICINES, record)
    page = list_page(context, "medicines", MEDICINES)

    def offered(row: Row) -> Sequence[QWidget]:
        if not context.session.may("stock_movements", READ):
            return []
        card = normal("Stock card")
        card.setObjectName("stockCard")
        card.clicked.connect(lambda _: context.navigate("stock_ledger", str(row["_id"])))
        return [card]

    page.detail.offer(offered)
    return page
