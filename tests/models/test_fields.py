"""Each kind of field: what it takes, what it refuses and in which words, and that it never breaks on anything."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from bson import Decimal128, ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st
from mongoengine import EmbeddedDocument

from hmsdesk.models.declaration import Problem
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
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import amount_of, as_typed, in_column, share
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.times import MomentField, TimeField
from hmsdesk.models.workstations import PrefixField
from tests.factories import EGYPT

RECORD = ObjectId()


class Contact(EmbeddedDocument):
    """A part for the tests."""

    name = TextField(verbose_name="Name", required=True, max_length=20)
    phone = PhoneField(verbose_name="Phone")


FIELDS: dict[str, Any] = {
    "text": TextField(max_length=40),
    "lines": TextField(max_length=40, multiline=True),
    "code": CodeField(max_length=8),
    "prefix": PrefixField(),
    "email": EmailAddressField(),
    "phone": PhoneField(),
    "choice": ChoiceField(choices=(("male", "Male"), ("female", "Female"))),
    "number": WholeNumberField(min_value=0, max_value=240, unit="min"),
    "yes or no": YesNoField(),
    "date": DateField(),
    "partial date": DateField(partial=True, past=True),
    "time": TimeField(),
    "moment": MomentField(),
    "money": MoneyField(),
    "reference": ReferenceField(refers_to="staff"),
    "parts": PartsField(Contact, max_parts=3),
    "words": WordsField(max_length=20, max_words=3),
}
HOSTILE: list[Any] = [
    "\x00", "Ali\x00", "\ud800", "a\u202eb", "\u2066\u2066", "x" * 10_000, "9" * 10_000, {"$gt": ""}, {"$where": "1"},
    [{"$ne": None}], ["x"] * 1000, [[]], [None], [5], 10**30, -1, 1.5, float("nan"), b"bytes", b"123456789012",
    Decimal("NaN"), Decimal("Infinity"), Decimal128("sNaN"), {"value": "x", "currency": "EGP"}, {"currency": None},
    {"value": Decimal128("NaN"), "currency": "EGP"}, {"value": 1, "currency": "<script>"}, "1e999999", "-0.001", {},
    pytest.param(object(), id="an object"), [{}],
    [{"name": "Heba", "role": "admin"}], [{"name": {"$gt": ""}}], True, frozenset(),
]  # fmt: skip
EMPTY: dict[str, list[Any]] = {
    "text": ["", "   ", "\u200b"], "lines": ["", "\n \n"], "code": [" "], "prefix": [" "],
    "email": [""], "phone": ["", "\u202a\u202c"],
    "choice": [""], "number": [""], "date": ["", " "], "partial date": [""], "time": [""], "moment": [""],
    "money": [""], "reference": [""], "parts": [[], ""], "words": [[], ["", " "]], "yes or no": [],
}  # fmt: skip


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("wrong", HOSTILE, ids=lambda value: repr(value)[:30])
def test_nothing_that_is_handed_over_breaks_a_field(kind, wrong):
    """It is refused in words, or it is right: then it stays what it is, and can be shown."""
    field = FIELDS[kind]
    try:
        kept = field.clean(wrong, EGYPT)
    except Problem as problem:
        said = str(problem)
    else:
        said = "Right."
        assert field.clean(kept, EGYPT) == kept
        assert isinstance(field.show(kept, EGYPT), str)
    assert said.endswith((".", "?"))


@pytest.mark.parametrize(("kind", "empty"), [(kind, one) for kind, some in EMPTY.items() for one in [*some, None]])
def test_what_is_empty_is_nothing(kind, empty):
    assert FIELDS[kind].clean(empty, EGYPT) is None
    assert FIELDS[kind].show(None, EGYPT) == ""


RAW = st.one_of(
    st.text(max_size=50),
    st.integers(),
    st.booleans(),
    st.floats(),
    st.decimals(),
    st.datetimes(),
    st.dates(),
    st.binary(max_size=12),
    st.lists(st.text(max_size=10), max_size=4),
    st.lists(st.dictionaries(st.sampled_from(["name", "phone", "$gt"]), st.text(max_size=10)), max_size=4),
    st.fixed_dictionaries(
        {"value": st.one_of(st.text(), st.decimals(), st.integers()), "currency": st.text(max_size=4)}
    ),
)


@pytest.mark.parametrize("kind", FIELDS)
@given(raw=RAW)
@settings(max_examples=60, deadline=None)
def test_cleaning_is_done_once(kind, raw):
    field = FIELDS[kind]
    try:
        kept = field.clean(raw, EGYPT)
    except Problem:
        return
    assert field.clean(kept, EGYPT) == kept
    assert isinstance(field.show(kept, EGYPT), str)
    if kept is not None:
        assert isinstance(field.search_text(kept), str)


@pytest.mark.parametrize("hidden", ["Ali\x00", "Ali\u202e", "\ud800", "a\x1bb"])
@pytest.mark.parametrize("kind", ["text", "lines", "code", "email"])
def test_hidden_characters_are_said(kind, hidden):
    with pytest.raises(Problem, match="hidden control characters"):
        FIELDS[kind].clean(hidden, EGYPT)


def test_text_that_is_too_long_says_by_how_much():
    with pytest.raises(Problem, match="At most 40 characters; this has 10,000"):
        FIELDS["text"].clean("x" * 10_000, EGYPT)


def test_lines_are_kept_where_they_are_meant():
    assert FIELDS["lines"].clean(" a  b \r\n\n c ", EGYPT) == "a b\n\nc"
    assert FIELDS["text"].clean(" a  b \n c ", EGYPT) == "a b c"


def test_a_code_grows_no_longer_than_it_may_be():
    with pytest.raises(Problem):
        FIELDS["code"].clean("ßßßßßß", EGYPT)
    assert FIELDS["code"].clean("card-1", EGYPT) == "CARD-1"


@pytest.mark.parametrize("wrong", ["a b", "card!", "-a", "ك"])
def test_a_code_is_letters_and_digits(wrong):
    with pytest.raises(Problem, match="Only letters, digits and hyphens"):
        FIELDS["code"].clean(wrong, EGYPT)


@pytest.mark.parametrize("wrong", ["B", "BKA", "B1", "B-", "ßß", "كك", "\u200bBK"])
def test_the_letters_of_patient_ids_are_two(wrong):
    with pytest.raises(Problem, match="Exactly two letters from A to Z"):
        FIELDS["prefix"].clean(wrong, EGYPT)
    assert FIELDS["prefix"].clean(" bk ", EGYPT) == "BK"


@pytest.mark.parametrize(
    ("typed", "kept"), [("Mona@Clinic.EXAMPLE", "Mona@clinic.example"), (" a.b+c@example.com ", "a.b+c@example.com")]
)
def test_an_address_is_kept_in_one_form(typed, kept):
    assert FIELDS["email"].clean(typed, EGYPT) == kept


@pytest.mark.parametrize("wrong", ["mona", "mona@", "@x.com", "a@b", "a b@example.com", "a@exa mple.com", "a@@b.com"])
def test_what_is_no_address_is_said_with_an_example(wrong):
    with pytest.raises(Problem, match=r"name@example\.com"):
        FIELDS["email"].clean(wrong, EGYPT)


@pytest.mark.parametrize(
    "typed",
    [
        "0100 555 0112",
        "01005550112",
        "+20 100 555 0112",
        "0020 100 555 0112",
        "100 555 0112",
        "(0100) 555-0112",
        "\u202a0100 555 0112\u202c",
        "٠١٠٠ ٥٥٥ ٠١١٢",
        "tel:+20-100-555-0112",
    ],
)
def test_a_phone_is_kept_as_one_number(typed):
    kept = FIELDS["phone"].clean(typed, EGYPT)
    assert kept == "+201005550112"
    assert FIELDS["phone"].show(kept, EGYPT) == "0100 555 0112"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("0100 555 011", "One digit is missing: a mobile number has 11 digits"),
        ("0100 555", "missing"),
        ("0100 555 0112 345 67", "too many digits"),
        ("12", "missing"),
        ("0999 555 0112", "check its digits"),
        ("call me", "Letters don't belong in a phone number"),
        ("0100 555 O112", "Letters don't belong in a phone number"),
        ("0100 555 ext 5", "Letters don't belong in a phone number"),
        ("٠١٠٠ س", "Letters don't belong in a phone number"),
        ("()", "not a phone number"),
    ],
)
def test_what_is_wrong_with_a_phone_is_said(typed, told):
    with pytest.raises(Problem, match=told):
        FIELDS["phone"].clean(typed, EGYPT)


def test_a_phone_abroad_is_shown_with_its_country():
    kept = FIELDS["phone"].clean("+44 7400 123456", EGYPT)
    assert FIELDS["phone"].show(kept, EGYPT) == "+44 7400 123456"


def test_a_phone_is_found_by_all_its_forms():
    assert FIELDS["phone"].search_text("+201005550112").split() == [
        "+201005550112", "01005550112", "1005550112", "5550112",
    ]  # fmt: skip


def test_a_choice_is_one_of_its_codes():
    assert FIELDS["choice"].clean("male", EGYPT) == "male"
    assert FIELDS["choice"].show("male", EGYPT) == "Male"
    with pytest.raises(Problem, match="Choose one of: Male, Female"):
        FIELDS["choice"].clean("Male", EGYPT)


@pytest.mark.parametrize(("typed", "kept"), [("20", 20), (" 20 ", 20), ("20\x1f\x85", 20), (0, 0), ("٢٠", 20)])
def test_a_number_is_read(typed, kept):
    assert FIELDS["number"].clean(typed, EGYPT) == kept


@pytest.mark.parametrize("wrong", ["20.5", "1,000", "-1", "241", "twenty", True, 1.0])
def test_a_number_is_whole_and_within_its_limits(wrong):
    with pytest.raises(Problem, match="whole number"):
        FIELDS["number"].clean(wrong, EGYPT)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("350", "350.00"),
        ("350.5", "350.50"),
        ("1,240.00", "1240.00"),
        (0, "0.00"),
        ("0", "0.00"),
        ("٦٠٠", "600.00"),
        ("١٬٢٤٠٫٥٠", "1240.50"),
        ("۳۵۰", "350.00"),
    ],
)
def test_money_is_decimal_with_its_currency(typed, kept):
    assert FIELDS["money"].clean(typed, EGYPT) == {"value": Decimal128(kept), "currency": "EGP"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("-5", "below zero"),
        ("1.005", "two digits"),
        ("ten", "not an amount"),
        ("1000000000000", "too large"),
        (3.5, "not an amount"),
        ("10000000", "too large"),
        ("NaN", "not an amount"),
        ({"value": "5", "currency": "$"}, "currency"),
    ],
)
def test_what_is_no_amount_is_said(typed, told):
    with pytest.raises(Problem, match=told):
        FIELDS["money"].clean(typed, EGYPT)


@pytest.mark.parametrize("wrong", ["Dr Sara", "0" * 23, b"123456789012", 5, {"$gt": ""}])
def test_a_reference_is_chosen_from_a_list(wrong):
    with pytest.raises(Problem, match="Choose one from the list"):
        FIELDS["reference"].clean(wrong, EGYPT)
    assert FIELDS["reference"].clean(str(RECORD), EGYPT) == RECORD


def test_a_part_that_is_wrong_is_named_by_its_place():
    right = {"name": "Heba", "phone": "0101 555 0172"}
    assert FIELDS["parts"].clean([right], EGYPT) == [{"name": "Heba", "phone": "+201015550172"}]
    with pytest.raises(Problem, match="Entry 2: Name is needed"):
        FIELDS["parts"].clean([right, {"name": ""}], EGYPT)
    with pytest.raises(Problem, match="There is no such field"):
        FIELDS["parts"].clean([right | {"role": "admin"}], EGYPT)
    with pytest.raises(Problem, match="At most 3"):
        FIELDS["parts"].clean([right] * 4, EGYPT)


def test_words_are_each_kept_once():
    assert FIELDS["words"].clean(["a", " a ", "b"], EGYPT) == ["a", "b"]
    assert FIELDS["words"].show(["a", "b"], EGYPT) == "a, b"


def test_a_date_of_the_future_is_no_past_one():
    with pytest.raises(Problem, match="in the future"):
        FIELDS["partial date"].clean("2199", EGYPT)
    assert FIELDS["date"].clean("1 Jan 2199", EGYPT) == "2199-01-01"


class TestAmountsAsTyped:
    @pytest.mark.parametrize(
        ("typed", "kept"), [("350", "350.00"), ("1,350.5", "1350.50"), ("1350.50", "1350.50"), ("12,345,678", None)]
    )
    def test_commas_stand_between_thousands(self, typed, kept):
        field = MoneyField()
        if kept is None:
            with pytest.raises(Problem):
                field.clean(typed, EGYPT)
        else:
            assert str(field.clean(typed, EGYPT)["value"]) == kept

    @pytest.mark.parametrize("typed", ["1,50", "1e5", "1,5000", ",5", "1,,000", "0x10", "1_000"])
    def test_what_could_mean_two_things_is_asked_about(self, typed):
        with pytest.raises(Problem):
            MoneyField().clean(typed, EGYPT)


JORDAN = Locale("JO", "JOD", "Asia/Amman")


def test_dinars_have_three_digits_behind_the_point():
    kept = FIELDS["money"].clean("12.345", JORDAN)
    assert kept == {"value": Decimal128("12.345"), "currency": "JOD"}
    assert FIELDS["money"].clean("12.5", JORDAN) == {"value": Decimal128("12.500"), "currency": "JOD"}
    assert FIELDS["money"].show(kept, JORDAN) == "JOD 12.345"
    with pytest.raises(Problem, match="three digits"):
        FIELDS["money"].clean("1.0005", JORDAN)


def test_a_share_in_dinars_is_rounded_to_the_thousandth():
    whole = amount_of(FIELDS["money"].clean("12.345", JORDAN))
    assert share(whole, 33) == Decimal("4.074")
    assert in_column(whole * 3) == "37.035"
    assert as_typed(whole - share(whole, 33)) == "8.271"
    assert in_column(share(Decimal("99.99"), 60)) == "59.99"
