"""Whatever may be typed, pasted, scanned or handed over: strategies read off the declared fields.

For each kind of field: values that are right, values that are almost right, and values that mean harm.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from bson import Decimal128, ObjectId
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from hmsdesk.models.declaration import declared_fields, typed_fields
from hmsdesk.models.emails import EmailAddressField
from hmsdesk.models.fields import (
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
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.times import MomentField, TimeField
from tests.field_values import right

Strategy = SearchStrategy[Any]

HOSTILE_TEXTS = (
    "", "   ", "\n", "x" * 10_000, "👩\u200d⚕️" * 2_000, "\u202ecimedra\u202c", "\u2066a\u2069", "a\x00b",
    "\x00", "\ud800", "a\udfffb", "\ufeff", "\u200b\u200f", "e\u0301" * 60, "Z" + "\u0335" * 500, "<b>bold</b>",
    "<img src='file:///etc/passwd'>", "<a href='x'>y</a>&amp;&lt;", "<script>alert(1)</script>", "$where",
    "$gt", "find.name", "name.$[]", '{"$gt": ""}', "{patient}", "{0}", "{", "%s%n", "%(name)s", "\\",
    "'; drop table patients; --", "=1+1", "../../etc/passwd", "C:\\con", "0", "-1", "-0", "+5", "1e9", "1_000",
    "0x10", "NaN", "Infinity", "-Infinity", "9" * 400, "𝟘", "٣", "½", "²", "0001-01-01", "9999-12-31",
    "31/12/9999", "1 Jan 0001", "2026-02-30", "29/02/2100", "None", "null", "true", "\t", "\r\n", "a\u2028b",
    "ﷺ" * 40, "ß", "İ", "ǆ", "\uffff", "\U0010ffff", "\U000e0041", "é", "ـ" * 20, "\u0600", "\u061c",
)  # fmt: skip
# What would be seen where text is taken for markup.
HARM = "<b>zz</b><img src='zz.png'>"
OPERATORS: tuple[Any, ...] = (
    {"$gt": ""}, {"$ne": None}, {"$where": "sleep(9)"}, {"$regex": ".*"}, {"$in": []}, {"$no_such_operator": 1},
    [{"$ne": None}], {"$expr": {"$eq": [1, 1]}}, {"value": {"$gt": 0}, "currency": "EGP"}, {"a.b": 1}, {"": ""},
)  # fmt: skip
OF_OTHER_KINDS: tuple[Any, ...] = (
    {}, [], [[]], [{}], [None], ["x"] * 1_000, 5, -1, 0, 10**30, -(10**30), 2**31, 2**63, 1.5, float("nan"),
    float("inf"), True, False, None, b"\0", b"x" * 12, object, ObjectId(), str(ObjectId()), Decimal("NaN"),
    Decimal("sNaN"), Decimal("Infinity"), Decimal("1e5000"), Decimal128("NaN"), Decimal128("Infinity"),
    Decimal128("1E+6000"), frozenset(), date.min, date.max, datetime.min, datetime.max,  # noqa: DTZ901 (what has no time zone is to be tried)
    datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    timedelta.max, complex(1, 1), ("a",), range(3),
)  # fmt: skip

ANY_CHARACTER = st.characters(codec=None, exclude_categories=())
ANY_TEXT = st.one_of(st.sampled_from(HOSTILE_TEXTS), st.text(ANY_CHARACTER, max_size=40))
WORDS = st.text(
    st.one_of(st.characters(codec="utf-8", categories=("L", "M", "N", "P", "Zs")), st.sampled_from("ءآبتثة \u064b'-.")),
    max_size=60,
)
ANYTHING = st.one_of(
    ANY_TEXT,
    st.sampled_from(OPERATORS),
    st.sampled_from(OF_OTHER_KINDS),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.binary(max_size=20),
    st.datetimes(timezones=st.none() | st.just(UTC)),
    st.dictionaries(st.sampled_from(["$gt", "$where", "name", "value", "a.b"]), ANY_TEXT, max_size=2),
    st.lists(ANY_TEXT, max_size=3),
)
DIGITS = "0123456789٠١٢٣٤٥٦٧٨٩"
_DAYS = st.integers(-3, 40).map(str)
_YEARS = st.integers(0, 9999).map(lambda year: f"{year:04}") | st.sampled_from(["26", "1968", "2199", "2201"])


def _of_text(field: TextField) -> Strategy:
    most = field.max_length
    at_the_limit = st.sampled_from([most - 1, most, most + 1]).map(lambda n: "a" * n)
    grown = st.sampled_from(["ß", "ﷺ", "ŉ", "İ", "a b "]).map(lambda letter: letter * most)
    return st.one_of(WORDS, at_the_limit, grown.map(lambda text: text[:most]))


def _of_code(field: CodeField) -> Strategy:
    return st.text("abzABZ0189-_ كß", max_size=field.max_length + 1)


def _of_address(field: EmailAddressField) -> Strategy:
    part = st.text("abc.-_+'\"@ ß", max_size=12)
    return st.one_of(st.emails(), st.builds("{}@{}".format, part, part), st.just("a@b." + "c" * 250))


def _of_phone(field: PhoneField) -> Strategy:
    return st.builds(lambda plus, digits: plus + digits, st.sampled_from(["", "+", "+20", "00", "tel:"]), _grouped())


def _grouped() -> Strategy:
    return st.text(DIGITS + " -()./x\u202a\u202c", max_size=24)


def _of_choice(field: ChoiceField) -> Strategy:
    codes = [code for code, _ in field.choices]
    return st.sampled_from([*codes, *(word for _, word in field.choices), *(code.upper() for code in codes)])


def _of_whole_number(field: WholeNumberField) -> Strategy:
    near = st.integers(field.min_value - 2, field.max_value + 2)
    return st.one_of(near, near.map(str), near.map("{:,}".format), near.map(" {} ".format), near.map(float))


def _of_date(field: DateField) -> Strategy:
    said = st.builds(
        "{0}{3}{1}{3}{2}".format, _DAYS, _DAYS | st.sampled_from(["Feb", "مارس"]), _YEARS, st.sampled_from(list("-/. "))
    )
    words = st.sampled_from(["today", "tomorrow", "sun", "+7", "+999", "24/11", "06/27", "2026-11", "1968"])
    return st.one_of(st.dates().map(date.isoformat), st.dates(), said, words, _YEARS)


def _of_time(field: TimeField) -> Strategy:
    return st.builds(
        "{}{}{}{}".format, _DAYS, st.sampled_from([":", ".", "h", ""]), _DAYS, st.sampled_from(["", " pm"])
    )


def _of_moment(field: MomentField) -> Strategy:
    return st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-12))]) | st.none())


def _amounts() -> Strategy:
    number = st.decimals(-100, 20_000_000, allow_nan=False, places=3)
    return st.one_of(number, number.map(str), number.map("{:,}".format), st.text(DIGITS + ".,٬٫-", max_size=14))


def _of_money(field: MoneyField) -> Strategy:
    kept = st.fixed_dictionaries({"value": _amounts(), "currency": st.sampled_from(["EGP", "USD", "egp", "", "EGPX"])})
    return st.one_of(_amounts(), kept)


def _of_measure(field: MeasureField) -> Strategy:
    near = st.decimals(field.min_value - 1, field.max_value + 1, places=2, allow_nan=False)
    return st.one_of(
        near, near.map(str), near.map(lambda one: str(one).replace(".", ",")), st.just("1/2"), st.just("½")
    )


def _of_glucose(field: GlucoseField) -> Strategy:
    units = st.sampled_from(["mg/dL", "mmol/L", "g/L", None])
    return st.one_of(_amounts(), st.fixed_dictionaries({"value": _amounts(), "unit": units}))


def _of_reference(field: ReferenceField) -> Strategy:
    return st.sampled_from([ObjectId(), str(ObjectId()), "0" * 24, "x" * 12, "é" * 6])


def _of_parts(field: PartsField) -> Strategy:
    fields = declared_fields(field.part).items()
    part = st.fixed_dictionaries({}, optional={name: typed(inner) for name, inner in fields} | {"$set": ANYTHING})
    whole = st.fixed_dictionaries({name: st.just(right(inner)) | typed(inner) for name, inner in fields})
    return st.one_of(
        st.lists(st.one_of(part, whole), max_size=3),
        st.just([{name: right(inner) for name, inner in fields}] * (field.max_parts + 1)),
    )


def _of_words(field: WordsField) -> Strategy:
    return st.lists(st.one_of(st.just(right(field)[0]), typed(field.text)), max_size=4)


# The most particular kind first.
_NEAR: dict[type, Callable[[Any], Strategy]] = {
    CodeField: _of_code,
    EmailAddressField: _of_address,
    PhoneField: _of_phone,
    TextField: _of_text,
    ChoiceField: _of_choice,
    WholeNumberField: _of_whole_number,
    YesNoField: lambda field: st.booleans(),
    DateField: _of_date,
    TimeField: _of_time,
    MomentField: _of_moment,
    MoneyField: _of_money,
    MeasureField: _of_measure,
    GlucoseField: _of_glucose,
    ReferenceField: _of_reference,
    PartsField: _of_parts,
    WordsField: _of_words,
}


def typed(field: Any) -> Strategy:
    """What may come into a field: right, almost right, or anything."""
    near = next(strategy(field) for kind, strategy in _NEAR.items() if isinstance(field, kind))
    return st.one_of(near, st.just(right(field)), ANYTHING)


def values_of(record: Any) -> dict[str, Strategy]:
    """Field -> what may come into it, for all that a person fills in."""
    return {name: typed(field) for name, field in typed_fields(record).items()}


def bare(shown: str) -> str:
    """What is shown without what the program itself puts into it: lines, and isolates around names and numbers."""
    return shown.translate(dict.fromkeys(map(ord, "\u2066\u2068\u2069")) | {ord("\n"): " "})
