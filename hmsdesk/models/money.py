"""Sums of money: decimals with a currency, to the cent, never floats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bson import Decimal128

from hmsdesk.models.row import Row

ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
_MINUS = "\u2212"


def amount_of(money: Mapping[str, Any] | None) -> Decimal:
    """What MoneyField keeps, as a number; nothing kept is zero."""
    return money["value"].to_decimal() if money else ZERO


def money(amount: Decimal, currency: str) -> Row:
    """A number as MoneyField keeps it."""
    return {"value": Decimal128(amount.quantize(_CENT)), "currency": currency}


def total(amounts: Iterable[Mapping[str, Any] | None]) -> Decimal:
    """The sum of what MoneyField keeps."""
    return sum((amount_of(one) for one in amounts), ZERO)


def share(amount: Decimal, percent: int) -> Decimal:
    """So many percent of an amount, to the cent; half a cent is rounded up.

    Each line of a bill is rounded alone, and the patient pays what the insurance leaves of it: so both parts add up
    to the line, and the lines to the bill, without a cent that belongs to nobody.
    """
    return (amount * percent / 100).quantize(_CENT, ROUND_HALF_UP)


def in_column(amount: Decimal) -> str:
    """As it stands below a header that names the currency: 1,350.50, or −120.00 with a real minus sign."""
    return f"{amount:,.2f}".replace("-", _MINUS)


def worded(amount: Decimal, currency: str) -> str:
    """EGP 1,350.50."""
    return f"{currency} {in_column(amount)}"
