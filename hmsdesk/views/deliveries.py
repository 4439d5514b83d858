"""What suppliers brought: the list, and the form in which a whole delivery is received."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.stock.deliveries import DELIVERIES, suppliers
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import link
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.line_editors import LineEditor
from hmsdesk.views.kit.records import NEW, form_page, list_page
from hmsdesk.views.kit.words import Label

# Across the pane.
WORDS = theme.DETAIL_PANE - 2 - 2 * theme.SPACE_16


def make_page(context: Context, record: str) -> QWidget:
    """The list, or the form of a new one."""
    if not record:
        page = list_page(context, "deliveries", DELIVERIES)
        page.detail.offer(partial(_correcting, context))
        return page
    form = form_page(context, "deliveries", DELIVERIES, record)
    if record == NEW and form.form is not None:
        supplier = cast(LineEditor, form.form.fields.rows["supplier"].editor)
        tasks.run(form, partial(suppliers, context.session), supplier.complete, lambda _: None)
    return form


def _correcting(context: Context, _: Row) -> Sequence[QWidget]:
    """How what was entered wrongly is put right: a delivery itself stays as it was entered."""
    if not context.session.may("stock_movements", CREATE):
        return []
    words = Label(
        "Entered wrongly? Choose the lot in Lots and expiry, then Correct…", muted=True, size="small", wrap=True
    )
    words.setObjectName("howCorrected")
    words.setFixedWidth(WORDS)
    lots = link("Lots and expiry")
    lots.setObjectName("toLots")
    lots.clicked.connect(lambda _: context.navigate("stock_lots", ""))
    return [words, lots]
