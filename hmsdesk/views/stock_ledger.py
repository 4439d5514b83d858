"""The stock ledger; of one medicine it is the stock card."""

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.stock.ledger import LEDGER
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import list_page


def make_page(context: Context, record: str) -> QWidget:
    """The ledger, the newest first. record: a medicine's id, whose stock card it is then."""
    page = list_page(context, "stock_ledger", LEDGER)
    # It is narrowed by its medicine; there are no words in it to look for.
    page.filters.search.hide()
    page.begin_at(page.table)

    def leave_out() -> None:
        # Each lot has its own balance; what there is of a medicine is known on its stock card.
        page.table.leave_out(() if set(page.filters.filters) == {"medicine"} else {"balance"})

    page.filters.changed.connect(leave_out)
    leave_out()

    def narrow(medicine: Row) -> None:
        page.filters.set_filter("medicine", medicine["_id"], medicine["name"])

    if ObjectId.is_valid(record):
        tasks.run(page, lambda: MEDICINES.get(context.session, ObjectId(record)), narrow)
    return page
