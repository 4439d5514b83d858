"""Values for each kind of declared field: one that is right as it is kept, and those that break each of its rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bson import Binary, Decimal128, ObjectId

from hmsdesk.database.field_cipher import ENCRYPTED
from hmsdesk.models.accounts import RolesField
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.emails import EmailAddressField
from hmsdesk.models.fields import (
    MOST_MONEY,
    ChoiceField,
    CodeField,
    DateField,
    MoneyField,
    PartsField,
    ReferenceField,
    TextField,
    WholeNumberField,
    WordsField,
    YesNoField,
)
from hmsdesk.models.measures import GlucoseField, MeasureField
from hmsdesk.models.observations import ConfirmedField
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.times import MomentField, TimeField
from hmsdesk.models.workstations import PrefixField
from tests.factories import MOMENT

Breach = tuple[str, Any]
# How BSON numbers what may be encrypted.
_TYPES = {"string": 2, "array": 4}


def looks_encrypted(kind: int) -> Binary:
    """What the server takes for an encrypted value: it can look no further than at its first bytes."""
    return Binary(bytes([2, *bytes(16), kind, *bytes(64)]), ENCRYPTED)


def a_part(part: type) -> dict[str, Any]:
    """One part with all its fields, as it is kept."""
    return {name: right(field) for name, field in declared_fields(part).items()}


# The most particular kind first.
RIGHT: dict[type, Callable[[Any], Any]] = {
    PrefixField: lambda field: "BK",
    CodeField: lambda field: "CARD-1"[: field.max_length],
    EmailAddressField: lambda field: "mona.adel@nileclinic.example",
    PhoneField: lambda field: "+201005550112",
    TextField: lambda field: "Metformin"[: field.max_length],
    ChoiceField: lambda field: field.choices[0][0],
    WholeNumberField: lambda field: max(field.min_value, field.step),
    YesNoField: lambda field: True,
    DateField: lambda field: "2024-02-29",
    TimeField: lambda field: "09:00",
    MomentField: lambda field: MOMENT,
    MoneyField: lambda field: {"value": Decimal128("350.50"), "currency": "EGP"},
    MeasureField: lambda field: Decimal128(field.max_value),
    GlucoseField: lambda field: {"value": Decimal128("104"), "unit": "mg/dL"},
    ReferenceField: lambda field: ObjectId(),
    PartsField: lambda field: [a_part(field.part)],
    ConfirmedField: lambda field: ["pain"],
    RolesField: lambda field: ["doctor"],
    WordsField: lambda field: [right(field.text)],
}


def right(field: Any) -> Any:
    """What the field may keep."""
    if field.encrypted:
        return looks_encrypted(_TYPES[field.json_schema()["bsonType"]])
    return next(value(field) for kind, value in RIGHT.items() if isinstance(field, kind))


def breaches(field: Any) -> Iterator[Breach]:
    """Each rule of the field with a value that breaks it, past the program: its name and the value."""
    yield "nothing", None
    yield "an operator", {"$gt": ""}
    if field.encrypted:
        kind = _TYPES[field.json_schema()["bsonType"]]
        yield "in the clear", "Metformin"
        yield "several in the clear", ["Metformin"]
        yield "bytes that are no encrypted value", bytes(looks_encrypted(kind))
        yield "too short for an encrypted value", Binary(b"", ENCRYPTED)
        yield (
            "another kind of value, encrypted",
            looks_encrypted(next(other for other in _TYPES.values() if other != kind)),
        )
        return
    for kind, broken in _BREACHES.items():
        if isinstance(field, kind):
            yield from broken(field)


def _of_text(field: TextField) -> Iterator[Breach]:
    yield "another type", 5
    yield "a list", ["x"]
    yield "empty", ""
    yield "too long", "X" * (field.max_length + 1)
    if field.max_length > 2:
        for name, hidden in HIDDEN.items():
            yield name, f"X{hidden}X"
        yield "a tab", "X\tX"
    if not field.multiline:
        yield "a second line", "X\n"


HIDDEN = {
    "NUL": "\0",
    "an escape": "\x1b",
    "DEL": "\x7f",
    "a line separator": "\u2028",
    "a direction override": "\u202e",
    "an isolate": "\u2066",
    "a mark of direction": "\u200f",
    "no width": "\u200b",
    "no character": "\uffff",
}


def _of_code(field: CodeField) -> Iterator[Breach]:
    yield "small letters", "bk"
    yield "a blank", "B "
    yield "no Latin letter", "كك"


def _of_prefix(field: PrefixField) -> Iterator[Breach]:
    yield "one letter", "B"
    yield "a digit", "B1"


def _of_address(field: EmailAddressField) -> Iterator[Breach]:
    yield "no address", "nowhere"
    yield "two addresses", "a@nile.example b@nile.example"


def _of_phone(field: PhoneField) -> Iterator[Breach]:
    yield "as it is typed", "0100 555 0112"
    yield "letters", "+20100555x"
    yield "a line's end", "+201005550112\n"


def _of_choice(field: ChoiceField) -> Iterator[Breach]:
    yield "none of the choices", "anything"
    yield "another type", 5


def _of_whole_number(field: WholeNumberField) -> Iterator[Breach]:
    yield "a fraction", field.min_value + 0.5
    yield "a float", float(field.min_value)
    yield "no number", float("nan")
    yield "text", "20"
    yield "too many", field.max_value + 1
    yield "too few", field.min_value - 1
    if field.step > 1:
        yield "between two steps", field.min_value + 1


def _of_yes_or_no(field: YesNoField) -> Iterator[Breach]:
    yield "text", "yes"
    yield "a number", 1


def _of_date(field: DateField) -> Iterator[Breach]:
    yield "words", "12 Mar 1968"
    yield "a month too many", "2024-13-01"
    yield "a day too many", "2024-01-32"
    yield "a day that the month doesn't have", "2026-02-30"
    yield "a day that only leap years have", "2100-02-29"
    yield "the first year", "0001-01-01"
    yield "the last year", "9999-12-31"
    yield "before the earliest", f"{field.earliest - 1}-12-31"
    yield "a line's end", "2024-02-29\n"
    if not field.partial:
        yield "only the month", "2024-02"
    if field.past:
        yield "in the future", "2199-01-01"


def _of_time(field: TimeField) -> Iterator[Breach]:
    yield "an hour too many", "24:00"
    yield "a minute too many", "09:60"
    yield "seconds", "09:00:00"
    yield "a line's end", "09:00\n"


def _of_moment(field: MomentField) -> Iterator[Breach]:
    yield "text", "2026-11-17"
    yield "the first year", datetime(1, 1, 1, tzinfo=UTC)
    yield "the last year", datetime(9999, 12, 31, tzinfo=UTC)


def _of_money(field: MoneyField) -> Iterator[Breach]:
    def egp(amount: Any, **more: Any) -> dict[str, Any]:
        return {"value": amount, "currency": "EGP"} | more

    yield "a bare number", Decimal128("350")
    yield "a float", egp(350.0)
    yield "text", egp("350")
    yield "below zero", egp(Decimal128("-1"))
    yield "more than anything costs", egp(Decimal128(MOST_MONEY + 1))
    yield "no end", egp(Decimal128("Infinity"))
    yield "no number", egp(Decimal128("NaN"))
    yield "less than the smallest coin", egp(Decimal128("1.0001"))
    yield "no currency", {"value": Decimal128("1")}
    yield "no such currency", egp(Decimal128("1"), currency="pounds")
    yield "something more", egp(Decimal128("1"), rate=1)


def _of_measure(field: MeasureField) -> Iterator[Breach]:
    yield "a float", 36.8
    yield "too much", Decimal128(field.max_value + 1)
    yield "too little", Decimal128(field.min_value - Decimal("0.01"))
    yield "too many digits behind the point", Decimal128(field.min_value + Decimal("0.00001"))
    yield "no end", Decimal128("Infinity")
    yield "no number", Decimal128("NaN")


def _of_glucose(field: GlucoseField) -> Iterator[Breach]:
    yield "a float", {"value": 104.0, "unit": "mg/dL"}
    yield "no unit", {"value": Decimal128("104")}
    yield "another unit", {"value": Decimal128("1.04"), "unit": "g/L"}
    yield "no number", {"value": Decimal128("NaN"), "unit": "mg/dL"}


def _of_reference(field: ReferenceField) -> Iterator[Breach]:
    yield "its text", "000000000000000000000000"
    yield "a list", [ObjectId()]


def _of_parts(field: PartsField) -> Iterator[Breach]:
    part = a_part(field.part)
    yield "no list", part
    if field.required:
        yield "an empty list", []
    yield "too many", [part] * (field.max_parts + 1)
    yield "no parts", ["x"]
    yield "a part with something more", [part | {"salary": 1}]
    for name, inner in declared_fields(field.part).items():
        if inner.required:
            yield f"a part without {name}", [{other: value for other, value in part.items() if other != name}]
        for rule, wrong in breaches(inner):
            yield f"{name}: {rule}", [part | {name: wrong}]


def _of_words(field: WordsField) -> Iterator[Breach]:
    word = right(field)[0]
    yield "no list", word
    if field.required:
        yield "an empty list", []
    yield "no words", [5]
    yield "the same twice", [word, word]
    yield "too many", [f"{n}"[: field.text.max_length] for n in range(field.max_words + 1)]
    for rule, wrong in breaches(field.text):
        yield rule, [wrong]


def _of_chosen_words(field: WordsField) -> Iterator[Breach]:
    yield "none of the choices", ["anything"]


_BREACHES: dict[type, Callable[[Any], Iterator[Breach]]] = {
    TextField: _of_text,
    CodeField: _of_code,
    PrefixField: _of_prefix,
    EmailAddressField: _of_address,
    PhoneField: _of_phone,
    ChoiceField: _of_choice,
    WholeNumberField: _of_whole_number,
    YesNoField: _of_yes_or_no,
    DateField: _of_date,
    TimeField: _of_time,
    MomentField: _of_moment,
    MoneyField: _of_money,
    MeasureField: _of_measure,
    GlucoseField: _of_glucose,
    ReferenceField: _of_reference,
    PartsField: _of_parts,
    WordsField: _of_words,
    ConfirmedField: _of_chosen_words,
    RolesField: _of_chosen_words,
}
