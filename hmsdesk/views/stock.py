"""Lots in stock: the list that marks what expires, and what is done with a lot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.models.fields import ChoiceField, WholeNumberField
from hmsdesk.models.row import Row
from hmsdesk.models.stock import CORRECTED, DAMAGED, LOST
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit.asking import Ask, reason_field
from hmsdesk.views.kit.buttons import Button, normal, primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.putting_right import called, put_right, write_off
from hmsdesk.views.kit.records import list_page, records_page

TAKEN_OFF = ((DAMAGED, "Damaged"), (LOST, "Lost"))
_MOST = 1_000_000


def make_page(context: Context, record: str) -> QWidget:
    """The list, or a record's form."""
    if record:
        return records_page(context, "stock_lots", LOTS, record)
    page = list_page(context, "stock_lots", LOTS)
    deliver = normal("Receive delivery", "truck-outline")
    deliver.setObjectName("receiveDelivery")
    deliver.clicked.connect(lambda _: context.navigate("deliveries", "new"))
    page.add_to_head(deliver)
    page.detail.offer(partial(_actions, context, page))
    return page


def _actions(context: Context, page: ListPage, row: Row) -> Sequence[QWidget]:
    """What can be done with a lot."""
    card = _button("Stock card", "stockCard", lambda: context.navigate("stock_ledger", str(row["medicine"])))
    if not context.session.may("stock_movements", CREATE):
        return [card]
    made = [_button("Correct…", "correct", lambda: _correct(context, page, row))]
    if row["quantity"] and not row.get("over"):
        made.insert(0, _button("Take off…", "takeOff", lambda: _take_off(context, page, row)))
    if row.get("over") or row.get("near"):
        made.insert(0, _button("Write off…", "writeOff", lambda: write_off(context, page, row, page.refresh)))
    return [*made, card]


def _button(words: str, name: str, action: Any) -> Button:
    button = normal(words)
    button.setObjectName(name)
    button.clicked.connect(lambda _: action())
    return button


def _take_off(context: Context, page: ListPage, row: Row) -> None:
    """Something was damaged or lost."""
    fields = {
        "kind": ChoiceField(verbose_name="What happened", choices=TAKEN_OFF, required=True, default=DAMAGED),
        "change": WholeNumberField(verbose_name="How many", min_value=1, max_value=row["quantity"], required=True),
        "reason": reason_field(),
    }
    words = (f"Take some of lot {row['lot']} off the stock?", f"{called(row)}: {row['quantity']:,} in stock.")
    ask = Ask(page, words, fields, primary("Take off"), context.session.locale)

    def taken(values: dict[str, Any]) -> tuple[str, int, str]:
        return values["kind"], -values["change"], values["reason"]

    put_right(context, page, ask, row, taken, page.refresh)


def _correct(context: Context, page: ListPage, row: Row) -> None:
    """The books were wrong."""
    fields = {
        "really": WholeNumberField(verbose_name="There are really", max_value=_MOST, required=True),
        "reason": reason_field(),
    }
    words = (f"Correct lot {row['lot']}?", f"{called(row)}: {row['quantity']:,} in the books.")
    ask = Ask(page, words, fields, primary("Correct"), context.session.locale)

    def corrected(values: dict[str, Any]) -> tuple[str, int, str]:
        return CORRECTED, values["really"] - row["quantity"], values["reason"]

    put_right(context, page, ask, row, corrected, page.refresh)
