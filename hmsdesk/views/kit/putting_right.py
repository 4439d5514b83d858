"""Putting right what a lot holds: asked for, done, and undone from the message that tells of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget
from shiboken6 import isValid

from hmsdesk.controllers.stock.adjusting import adjust, put_back
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.dates import worded
from hmsdesk.models.fields import TextField
from hmsdesk.models.row import Row
from hmsdesk.models.stock import EXPIRED
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.buttons import danger
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.toast import Action

GONE_ON = "This can't be undone any more."
What = Callable[[dict[str, Any]], tuple[str, int, str]]
"""What was answered, as a kind of movement, a change and a reason."""


def write_off(context: Context, owner: QWidget, row: Row, done: Callable[[], object]) -> Ask:
    """What has expired, or soon will, leaves the stock, all of it. row: a lot with its `medicine:title`."""
    over = row["expires"] < context.session.locale.today().isoformat()
    when = "It has expired." if over else f"It can be used until {worded(row['expires'])}."
    words = (f"Write off lot {row['lot']}?", f"{called(row)}: all {row['quantity']:,} of it. {when}")
    why = TextField(
        verbose_name="Why, and how it is destroyed",
        required=True,
        max_length=160,
        default="Expired" if over else "Expires too soon",
    )
    ask = Ask(owner, words, {"reason": why}, danger("Write off"), context.session.locale)
    put_right(context, owner, ask, row, lambda values: (EXPIRED, -row["quantity"], values["reason"]), done)
    return ask


def lot_menu(context: Context, owner: QWidget, row: Row, done: Callable[[], object]) -> QMenu:
    """What is done about a lot that expires, where it is told of."""
    menu = Menu(owner)
    menu.setObjectName("expiringLot")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addAction("Write off…").triggered.connect(lambda _: write_off(context, owner, row, done))
    menu.addAction("Open the lot").triggered.connect(lambda _: context.navigate("stock_lots", str(row["_id"])))
    return menu


def put_right(context: Context, owner: QWidget, ask: Ask, row: Row, what: What, done: Callable[[], object]) -> None:
    """Ask, do it, tell of it, and let it be undone."""

    def work(values: dict[str, Any], operation: str) -> tuple[Row, str]:
        kind, change, reason = what(values)
        return adjust(context.session, row["_id"], kind, change, reason, operation), operation

    def on_done(answer: tuple[Row, str]) -> None:
        lot, operation = answer
        back = partial(put_back, context.session, operation, uuid4().hex)
        _tell(context, lot, row, ("Undo", partial(_undo, context, owner, row, back, done)))
        done()

    ask.do(work, on_done)


def _undo(context: Context, owner: QWidget, row: Row, back: Callable[[], Row], done: Callable[[], object]) -> None:
    """The ledger keeps both: what was done by mistake, and that it was put back."""

    def on_done(lot: Row) -> None:
        _tell(context, lot, row)
        if isValid(owner):
            done()

    def on_failed(problem: Exception) -> None:
        known = UserError(GONE_ON, str(problem.message)) if isinstance(problem, InvalidInput) else in_words(problem)
        context.toasts.show_problem(known, partial(_undo, context, owner, row, back, done))

    # The message outlives its page, and so does what is told of it.
    tasks.run(context.toasts, back, on_done, on_failed)


def _tell(context: Context, lot: Row, row: Row, action: Action | None = None) -> None:
    context.toasts.show(f"{called(row)}: {lot['quantity']:,} of lot {lot['lot']} now", action=action)


def called(row: Row) -> str:
    """The name of a lot's medicine."""
    return str(row.get("medicine:title") or "")
