"""Measured values as decimal numbers with a unit, never floats: 36.8 °C is kept as exactly that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bson import Decimal128
from mongoengine.base import BaseField

from hmsdesk.models.declaration import Kept, Problem
from hmsdesk.models.locale import Locale
from hmsdesk.models.text import western_digits

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
# What stands before the fraction: a point, a comma, or the Arabic comma for it.
_POINTS = str.maketrans(",٫", "..")
# Countries of the program whose laboratories give glucose in mmol/L; mg/dL is usual in the others.
_IN_MILLIMOLES = ("GB",)
MG_DL, MMOL_L = "mg/dL", "mmol/L"
# One mmol of glucose (180.156 g/mol) in a litre, as mg in a decilitre.
_MG_DL_OF_A_MMOL_L = Decimal("18.0156")


def number_typed(raw: object) -> Decimal:
    """A number as it was typed, 36.8 or 36,8, or as it is kept. Raises Problem."""
    if isinstance(raw, Decimal128):
        raw = raw.to_decimal()
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        raw = format(raw, "f")
    text = western_digits(raw.strip()).translate(_POINTS) if isinstance(raw, str) else ""
    if not _NUMBER.fullmatch(text):
        raise Problem("This is not a number. Write it as 36.8 or 36,8.")
    return Decimal(text)


def rounded(number: Decimal, places: int) -> Decimal:
    """To so many digits behind the point, halves away from zero, as one does by hand."""
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


_PLACES = {0: "A whole number, without a point.", 1: "At most one digit behind the point."}


def within(number: Decimal, least: Decimal, most: Decimal, places: int, unit: str = "") -> Decimal:
    """The number with its usual digits behind the point. Raises Problem for what can't be."""
    if not least <= number <= most:
        raise Problem(f"From {least.normalize():f} to {most.normalize():f}" + (f" {unit}." if unit else "."))
    if number != rounded(number, places):
        raise Problem(_PLACES.get(places, f"At most {places} digits behind the point."))
    return rounded(number, places)


class MeasureField(Kept, BaseField):
    """A measured number. min_value and max_value are included; unit is shown behind it. One digit behind the point."""

    numeric = True
    places = 1

    def __init__(
        self, min_value: str, max_value: str, unit: str, also: tuple[str, str, str] = ("", "1", "0"), **kwargs: Any
    ) -> None:
        """also: another unit it is often read off in, how much of `unit` one of it is, and where `unit` begins in it:
        0, of degrees Fahrenheit 32."""
        self.min_value = Decimal(min_value)
        self.max_value = Decimal(max_value)
        self.unit = unit
        self.also = also
        super().__init__(**kwargs)

    def clean(self, raw: object, locale: Locale) -> Any:
        if raw is None or raw == "":
            return None
        number = number_typed(raw)
        try:
            return self.kept(within(number, self.min_value, self.max_value, self.places_of(number), self.unit))
        except Problem as problem:
            raise Problem(f"{problem} {self._in_other_unit(number)}".strip()) from None

    def places_of(self, number: Decimal) -> int:
        """As many digits behind the point as can be measured of so much."""
        return self.places

    def kept(self, number: Decimal) -> Any:
        """The form in which it is stored, one for each number."""
        return Decimal128(number)

    def _in_other_unit(self, number: Decimal) -> str:
        other, factor, begins = self.also
        told = rounded((number - Decimal(begins)) * Decimal(factor), self.places)
        if not other or self.min_value <= number <= self.max_value or not self.min_value <= told <= self.max_value:
            return ""
        return f"{number:f} {other} is {told.normalize():f} {self.unit}."

    def show(self, value: Any, locale: Locale) -> str:
        return "" if value is None else f"{value.to_decimal():f} {self.unit}"

    def json_schema(self) -> dict[str, Any]:
        return {
            "bsonType": "decimal",
            "minimum": Decimal128(self.min_value),
            "maximum": Decimal128(self.max_value),
            "multipleOf": Decimal128(Decimal(1).scaleb(-self.places)),
        }


class WeightField(MeasureField):
    """In kg, of the newborn to the gram: what a child under `FINE` gets of a medicine hangs on less than 100 g."""

    FINE = 20
    places = 3

    def places_of(self, number: Decimal) -> int:
        return self.places if number < self.FINE else 1

    def kept(self, number: Decimal) -> Decimal128:
        """3.25, 3.5, 91.4: no zeros but the first behind the point."""
        short = number.normalize()
        exponent = short.as_tuple().exponent
        return Decimal128(short if isinstance(exponent, int) and exponent < 0 else rounded(number, 1))


class LengthField(MeasureField):
    """In cm, whole ones as a whole number; of a newborn the half counts."""

    def kept(self, number: Decimal) -> int | Decimal128:
        return int(number) if number == int(number) else Decimal128(number)

    def show(self, value: Any, locale: Locale) -> str:
        return "" if value is None else f"{value} {self.unit}"

    def json_schema(self) -> dict[str, Any]:
        return super().json_schema() | {"bsonType": ["int", "decimal"]}


class DoseField(MeasureField):
    """So many of what a medicine is counted or measured in; whole ones as a whole number, parts to two digits."""

    places = 2
    _FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75", "1/2": ".5", "1/4": ".25", "3/4": ".75"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("0.05", "100", "", **kwargs)

    def clean(self, raw: object, locale: Locale) -> Any:
        typed = self._with_point(raw) if isinstance(raw, str) else raw
        if isinstance(typed, str) and typed and not _NUMBER.fullmatch(typed.translate(_POINTS)):
            raise Problem("Write a number: 1, 2.5 or 1/2.")
        return super().clean(typed, locale)

    def _with_point(self, typed: str) -> str:
        """1/2, ½ and 1 ½ as they are reckoned with: 0.5, 0.5 and 1.5."""
        text = western_digits(typed.strip())
        for sign, value in self._FRACTIONS.items():
            before = text.removesuffix(sign).strip()
            if text.endswith(sign) and (not before or before.isdigit()):
                return f"{before or 0}{value}"
        return text

    def kept(self, number: Decimal) -> int | Decimal128:
        return int(number) if number == int(number) else Decimal128(number.normalize())

    def show(self, value: Any, locale: Locale) -> str:
        return "" if value is None else str(value)

    def json_schema(self) -> dict[str, Any]:
        return super().json_schema() | {"bsonType": ["int", "long", "decimal"]}


class GlucoseField(Kept, BaseField):
    """Glucose in the unit of the practice's country, which is kept with it (FHIR Quantity): {value, unit}."""

    numeric = True
    LIMITS = {MG_DL: (Decimal(5), Decimal(1500), 0), MMOL_L: (Decimal("0.3"), Decimal("83.3"), 1)}

    @staticmethod
    def unit_in(locale: Locale) -> str:
        """The unit that is typed and shown there."""
        return MMOL_L if locale.country in _IN_MILLIMOLES else MG_DL

    def clean(self, raw: object, locale: Locale) -> dict[str, object] | None:
        if raw is None or raw == "":
            return None
        unit = self.unit_in(locale)
        if isinstance(raw, Mapping):
            unit, raw = str(raw.get("unit")), raw.get("value")
        if unit not in self.LIMITS:
            raise Problem("The unit is not known.")
        number = number_typed(raw)
        try:
            return {"value": Decimal128(within(number, *self.LIMITS[unit], unit)), "unit": unit}
        except Problem as problem:
            raise Problem(f"{problem} {self._in_other_unit(number, unit)}".strip()) from None

    def _in_other_unit(self, number: Decimal, unit: str) -> str:
        """5.6 mmol/L is 101 mg/dL: what a meter of another country shows."""
        other = MG_DL if unit == MMOL_L else MMOL_L
        least, most, _ = self.LIMITS[other]
        if not least <= number <= most:
            return ""
        return f"{number:f} {other} is {glucose_in({'value': Decimal128(number), 'unit': other}, unit):f} {unit}."

    def show(self, value: Any, locale: Locale) -> str:
        return "" if not value else f"{value['value'].to_decimal():f} {value['unit']}"

    def json_schema(self) -> dict[str, Any]:
        return {
            "bsonType": "object",
            "required": ["value", "unit"],
            "properties": {
                "value": {"bsonType": "decimal", "minimum": Decimal128("0.3"), "maximum": Decimal128("1500")},
                "unit": {"enum": [MG_DL, MMOL_L]},
            },
            "additionalProperties": False,
        }


def glucose_in(value: Mapping[str, Any], unit: str) -> Decimal:
    """A kept glucose in another unit, with that unit's usual digits behind the point."""
    number: Decimal = value["value"].to_decimal()
    if value["unit"] == unit:
        return number
    factor = _MG_DL_OF_A_MMOL_L if unit == MG_DL else 1 / _MG_DL_OF_A_MMOL_L
    return rounded(number * factor, GlucoseField.LIMITS[unit][2])
