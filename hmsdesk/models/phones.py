"""Telephone numbers as people type them, kept as E.164: +201005550112."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult

from hmsdesk.models.declaration import Problem
from hmsdesk.models.fields import TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.text import without_directions

# How a number begins that was copied from a web page.
_LINK = "tel:"
# So many last digits of a number are enough to find it.
_TAIL = 7
# The library takes 0.1 ms for a number, and a list that is scrolled asks for the same ones again.
_REMEMBERED = 512
# How people group a mobile number's digits, where they do it otherwise than the library.
_GROUPS = {"EG": (4, 3, 4)}


class PhoneField(TextField):
    """A telephone number, kept as E.164 (+201005550112); a number without + is one of the practice's country."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, raw: object, locale: Locale) -> str | None:
        text = super().clean(without_directions(raw) if isinstance(raw, str) else raw, locale)
        return read(text, locale.country) if text else None

    def show(self, value: Any, locale: Locale) -> str:
        return worded(value, locale.country) if value else ""

    def json_schema(self) -> dict[str, Any]:
        return {"bsonType": "string", "pattern": r"^\+[1-9][0-9]{5,14}\z"}

    def search_text(self, value: Any) -> str:
        return sought(value)


def read(text: str, country: str) -> str:
    """The number that was typed; one without + is a number of this country. Raises Problem."""
    if any(character.isalpha() for character in text.removeprefix(_LINK)):
        # The library would dial some of them as digits, and pass others by.
        raise Problem("Letters don't belong in a phone number. Use digits, as in 0100 555 0112.")
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise Problem("This is not a phone number. Use digits, as in 0100 555 0112.") from None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == ValidationResult.TOO_SHORT:
        raise Problem("A digit is missing: the number is too short.")
    if reason == ValidationResult.TOO_LONG:
        raise Problem("The number has too many digits.")
    if not phonenumbers.is_valid_number(number):
        raise Problem(_missing_digits(number, country) or "No such number exists. Please check its digits.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@lru_cache(_REMEMBERED)
def worded(value: str, country: str) -> str:
    """A kept number as it is dialled from this country."""
    number = phonenumbers.parse(value, country)
    at_home = phonenumbers.region_code_for_number(number) == country
    if at_home and country in _GROUPS and phonenumbers.number_type(number) == PhoneNumberType.MOBILE:
        return _grouped(_inside(number), _GROUPS[country])
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    )


def sought(value: str) -> str:
    """With its country's number, as it is dialled inside the country, without the 0, and its last seven digits."""
    number = phonenumbers.parse(value)
    inside = _inside(number)
    return " ".join(dict.fromkeys((value, inside, str(number.national_number), inside[-_TAIL:])))


def _missing_digits(number: Any, country: str) -> str:
    mobile = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    if mobile is None or number.country_code != mobile.country_code:
        return ""
    typed, whole = str(number.national_number), str(mobile.national_number)
    missing = len(whole) - len(typed)
    if missing <= 0 or typed[:1] != whole[:1]:
        return ""
    count = "One digit is" if missing == 1 else f"{missing} digits are"
    return f"{count} missing: a mobile number has {len(_inside(mobile))} digits."


def _inside(number: Any) -> str:
    """The digits one dials inside the country, the leading 0 included."""
    return re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))


def _grouped(digits: str, lengths: tuple[int, ...]) -> str:
    groups, rest = [], digits
    for length in lengths:
        groups.append(rest[:length])
        rest = rest[length:]
    return " ".join(group for group in (*groups, rest) if group)
