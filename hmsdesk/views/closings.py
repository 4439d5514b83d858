"""Day closings: what drawers were opened with and what was counted in them, and the selected one's report."""

from __future__ import annotations

from typing import cast

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.cash_paper import closing_page
from hmsdesk.controllers.closings import CLOSINGS
from hmsdesk.models.row import Row
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.paper_list import PaperListPage
from hmsdesk.views.kit.paper_view import PaperSize


def make_page(context: Context, _record: str) -> QWidget:
    """The list, the latest first."""
    return ClosingsPage(context)


class ClosingsPage(PaperListPage):
    """Its rows lead nowhere: the report beside them says all there is."""

    nothing = "Select a closing to see its report."

    def __init__(self, context: Context) -> None:
        super().__init__(context, CLOSINGS)

    def paper_of(self, row: Row, size: str) -> bytes:
        return closing_page(self._context.session, row["_id"], cast(PaperSize, size))

    def name_of(self, row: Row) -> str:
        return f"Day closing {row['drawer']} of {row.get('cashier:title', '')}"
