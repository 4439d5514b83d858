"""Choosing another lot, or another product of the same kind, for a line; and saying why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu

from hmsdesk.controllers.dispensary.handing_out import Given
from hmsdesk.controllers.dispensary.opening import Product
from hmsdesk.models.locale import Locale
from hmsdesk.models.medicines import counted
from hmsdesk.models.row import Row
from hmsdesk.views.dispensary.lines import LineRow, lot_words
from hmsdesk.views.kit.asking import Ask, reason_field
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.direction import open_menu
from hmsdesk.views.kit.own_order import Menu

# What is done with the answer: the lines may have been built anew before it comes.
Give = Callable[[int, Given | None], object]
DOCTOR_SAYS = {
    True: "The doctor allows another product. Why is it given?",
    None: "The prescription says nothing about another product: ask the doctor first. Why is it given?",
}


def choose(row: LineRow, locale: Locale, give: Give) -> QMenu:
    """Open what can be given for a line."""
    menu = Menu(row)
    menu.setObjectName("lots")
    given = row.given
    for number, lot in enumerate(row.line.lots):
        entry = menu.addAction(lot_words(lot) + (" (first to expire)" if number == 0 else ""))
        entry.setCheckable(True)
        chosen = given is not None and given.lot == lot["_id"]
        entry.setChecked(chosen or (given is None and number == 0))
        # The earliest needs no reason.
        take = partial(give, row.line.number, None) if number == 0 else partial(_ask_lot, row, lot, locale, give)
        entry.triggered.connect(lambda _=False, take=take: take())
    if row.line.others:
        menu.addSeparator()
    for product in row.line.others:
        entry = menu.addAction(f"In its place: {product.name}, {counted(product.stock, row.line.unit)} there")
        entry.setCheckable(True)
        entry.setChecked(given is not None and given.medicine == product.medicine)
        entry.triggered.connect(lambda _=False, product=product: _ask_product(row, product, locale, give))
    open_menu(menu, row.lot)
    return menu


def _ask_lot(row: LineRow, lot: Row, locale: Locale, give: Give) -> None:
    text = f"Lot {row.line.lots[0]['lot']} expires earlier and should go first. Why is this one given?"
    _ask(row, (f"Give lot {lot['lot']}?", text), locale, partial(Given, lot=lot["_id"]), give)


def _ask_product(row: LineRow, product: Product, locale: Locale, give: Give) -> None:
    words = (f"Give {product.name}?", f"In place of {row.line.name}. {DOCTOR_SAYS[row.line.substitution or None]}")
    _ask(row, words, locale, partial(Given, medicine=product.medicine), give)


def _ask(row: LineRow, words: tuple[str, str], locale: Locale, given: partial[Given], give: Give) -> None:
    number = row.line.number
    # The line itself may be made anew meanwhile.
    dialog = Ask(row.parentWidget() or row, words, {"why": reason_field("Why")}, primary("Give it"), locale)
    dialog.then(lambda values: give(number, given(values["why"])))
