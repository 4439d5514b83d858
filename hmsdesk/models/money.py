"""Sums of money: decimals with a currency, to its smallest unit, never floats.

A number keeps its decimal places through sums and products, so that it is shown with as many as it was kept with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bson import Decimal128

from hmsdesk.models.row import Row

ZERO = Decimal("0.00")
_CENTS = 2
# ISO 4217: the currencies whose smallest unit is a thousandth; that of the others here is a hundredth.
_IN_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_MINUS = "\u2212"


def digits(currency: str) -> int:
    """How many digits stand behind the point in a currency."""
    return 3 if currency in _IN_THOUSANDTHS else _CENTS


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount with all the digits its currency has."""
    return amount.quantize(Decimal(1).scaleb(-digits(currency)))


def amount_of(money: Mapping[str, Any] | None) -> Decimal:
    """What MoneyField keeps, as a number; nothing kept is zero."""
    return money["value"].to_decimal() if money else ZERO


def nothing(currency: str) -> Decimal:
    """Zero, with all the digits of its currency."""
    return rounded(ZERO, currency)


def money(amount: Decimal, currency: str) -> Row:
    """A number as MoneyField keeps it."""
    return {"value": Decimal128(rounded(amount, currency)), "currency": currency}


def total(amounts: Iterable[Mapping[str, Any] | None]) -> Decimal:
    """The sum of what MoneyField keeps."""
    return sum((amount_of(one) for one in amounts), ZERO)


def share(amount: Decimal, percent: int) -> Decimal:
    """So many percent of an amount, to its smallest unit; half of one is rounded up.

    Each line of a bill is rounded alone, and the patient pays what the insurance leaves of it: so both parts add up
    to the line, and the lines to the bill, without a cent that belongs to nobody.
    """
    return (amount * percent / 100).quantize(Decimal(1).scaleb(-_places(amount)), ROUND_HALF_UP)


def in_column(amount: Decimal) -> str:
    """As it stands below a header that names the currency: 1,350.50, or −120.00 with a real minus sign."""
    return f"{amount:,.{_places(amount)}f}".replace("-", _MINUS)


def as_typed(amount: Decimal) -> str:
    """As it stands in a field: 1350.50."""
    return f"{amount:.{_places(amount)}f}"


def _places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(_CENTS, -exponent) if isinstance(exponent, int) else _CENTS


def worded(amount: Decimal, currency: str) -> str:
    """EGP 1,350.50."""
    return f"{currency} {in_column(amount)}"
