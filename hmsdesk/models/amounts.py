"""An amount of money as it is typed."""

from __future__ import annotations

import re
from decimal import Decimal

from bson import Decimal128

from hmsdesk.models.declaration import Problem
from hmsdesk.models.text import western_digits

# A comma is taken between thousands only: 1,50 might mean one and a half.
_AMOUNT = re.compile(r"-?(\d{1,3}(,\d{3})+|\d{1,30})(\.\d{1,30})?", re.ASCII)
# An Arabic keyboard has marks of its own for thousands and for the fraction.
_MARKS = str.maketrans("٬٫", ",.")
_NUMBERS = {2: "two", 3: "three"}


def parsed(raw: object, places: int) -> Decimal:
    """What was typed, or came as a number; at most so many digits behind the point. Raises Problem."""
    text = western_digits(raw.strip()).translate(_MARKS) if isinstance(raw, str) else _plain(raw)
    if not _AMOUNT.fullmatch(text):
        raise Problem("This is not an amount. Write it as 350, 350.50 or 1,350.50.")
    amount = Decimal(text.replace(",", ""))
    if abs(amount) >= Decimal(10) ** 12:
        raise Problem("The amount is too large.")
    if amount != round(amount, places):
        raise Problem(f"At most {_NUMBERS[places]} digits behind the point.")
    return amount


def _plain(raw: object) -> str:
    """A number that was not typed, as digits; empty for what is none."""
    if isinstance(raw, Decimal128):
        raw = raw.to_decimal()
    return format(raw, "f") if isinstance(raw, int | Decimal) and not isinstance(raw, bool) else ""
