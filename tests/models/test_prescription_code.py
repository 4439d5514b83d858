"""The code of a prescription: what is put in comes out, and nothing else is ever taken for it."""

import json
import zlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from bson import Decimal128, ObjectId
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.models.prescription_code import (
    _ALPHABET,
    PREFIX,
    NotACode,
    base45,
    content_of,
    decode,
    encode,
    from_base45,
    read_content,
)

SIGNATURE = bytes(range(64))
PATIENT = {"identifier": "BK-4821-7", "name": "Mohamed Ali Hassan", "birth_date": "1968-03-12"}
LINE = {
    "medicine": ObjectId(),
    "name": "Metformin 850 mg tablet",
    "unit": "tablet",
    "dose": 1,
    "route": "oral",
    "frequency": "twice",
    "days": 30,
    "quantity": 60,
}
PRESCRIPTION = {
    "number": "RX-26-7KQ3M9",
    "issued_at": datetime(2026, 11, 17, 10, 52, tzinfo=UTC),
    "valid_until": "2026-12-17",
    "signer": ObjectId(),
    "lines": [LINE, {**LINE, "instructions": "With food", "name": "أملوديبين 5 مجم"}],
}
CONTENT = content_of(PRESCRIPTION, PATIENT)


@given(st.binary(max_size=400))
def test_base45_gives_back_what_it_was_given(content):
    text = base45(content)
    assert set(text) <= set(_ALPHABET)
    assert from_base45(text) == content


@pytest.mark.parametrize(("content", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"ietf!", "QED8WEX0")])
def test_base45_is_that_of_the_standard(content, text):
    assert base45(content) == text


@given(st.binary(max_size=400))
def test_base45_never_ends_with_a_space_that_could_be_lost(content):
    assert base45(content) == base45(content).rstrip()


@pytest.mark.parametrize("text", ["A", "BB8A", ":::", "ZZZ", "::", "a", "BBé", "GGW"])
def test_what_is_no_base45_is_refused(text):
    with pytest.raises(NotACode):
        from_base45(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.integers(1, 2000))
def test_a_code_gives_back_what_was_signed(words, quantity):
    lines = [{**LINE, "instructions": words, "quantity": quantity}]
    content = content_of(PRESCRIPTION | {"lines": lines}, PATIENT)
    assert decode(encode(content, SIGNATURE)) == (content, SIGNATURE)
    line = read_content(content).lines[0]
    assert (line.instructions, line.quantity) == (words, quantity)


def test_a_part_of_one_is_read_back_as_it_was_signed():
    lines = [{**LINE, "dose": Decimal128("0.5")}, {**LINE, "dose": 2}]
    content = content_of(PRESCRIPTION | {"lines": lines}, PATIENT)
    assert [line.dose for line in read_content(content).lines] == [Decimal("0.5"), 2]


def test_a_code_can_be_typed_in_small_letters_with_space_around():
    code = encode(CONTENT, SIGNATURE)
    assert decode(f"  {code.lower()}\r\n") == (CONTENT, SIGNATURE)


def test_the_content_says_all_that_is_needed_without_the_server():
    said = read_content(CONTENT)
    assert (said.number, said.valid_until, said.signer) == ("RX-26-7KQ3M9", "2026-12-17", PRESCRIPTION["signer"])
    assert said.issued_at == PRESCRIPTION["issued_at"]
    assert (said.patient, said.patient_name, said.birth_date) == ("BK-4821-7", "Mohamed Ali Hassan", "1968-03-12")
    assert [line.instructions for line in said.lines] == ["", "With food"]


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "RX-26-7KQ3M8"},
        {"valid_until": "2027-12-17"},
        {"signer": ObjectId()},
        {"lines": [LINE]},
        {"lines": PRESCRIPTION["lines"][::-1]},
        *({"lines": [{**LINE, name: value}, PRESCRIPTION["lines"][1]]} for name, value in {
            "medicine": ObjectId(), "name": "x", "unit": "pen", "dose": 2, "route": "eye", "frequency": "once",
            "days": 31, "quantity": 61, "instructions": "x",
        }.items()),
    ],
)  # fmt: skip
def test_whatever_matters_changes_what_is_signed(changed):
    assert content_of(PRESCRIPTION | changed, PATIENT) != CONTENT


def test_every_single_changed_character_is_refused():
    code = encode(CONTENT, SIGNATURE)
    for place in range(len(code)):
        for letter in set(_ALPHABET) - {code[place]}:
            with pytest.raises(NotACode):
                decode(code[:place] + letter + code[place + 1 :])


def test_two_swapped_characters_are_refused():
    code = encode(CONTENT, SIGNATURE)
    for place in range(len(code) - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        if swapped != code:
            with pytest.raises(NotACode):
                decode(swapped)


def test_a_code_that_was_cut_short_is_refused():
    code = encode(CONTENT, SIGNATURE)
    for length in range(len(code)):
        with pytest.raises(NotACode):
            decode(code[:length])


@pytest.mark.parametrize("more", ["0", "00", "A", "AAA", "HMS1:"])
def test_a_code_with_something_behind_it_is_refused(more):
    with pytest.raises(NotACode):
        decode(encode(CONTENT, SIGNATURE) + more)


@pytest.mark.parametrize("content", [b"\0" * 50_000_000, b" " * 8193])
def test_a_small_code_that_unpacks_to_much_is_refused(content):
    with pytest.raises(NotACode):
        decode(encode(content, SIGNATURE))


def test_a_text_longer_than_any_code_is_not_even_read():
    with pytest.raises(NotACode):
        decode(PREFIX + "A" * 10_000_000)


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fail(text):
    packed = SIGNATURE + text.encode("utf-8", "replace")
    for scanned in (text, PREFIX + text, PREFIX + base45(packed + zlib.crc32(packed).to_bytes(4, "big"))):
        try:
            decode(scanned)
        except NotACode:
            continue


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


@given(JSON | st.lists(JSON, min_size=9, max_size=9))
def test_signed_bytes_of_another_shape_are_refused(said):
    with pytest.raises(NotACode):
        read_content(json.dumps(said).encode())


HUGE_NUMBER = b"[" + b"9" * 5000 + b"]"


@pytest.mark.parametrize("content", [b"", b"[", b"[" * 8000, b"\xff\xfe", b"1e999", b'["a"]', HUGE_NUMBER])
def test_bytes_that_are_no_content_are_refused(content):
    with pytest.raises(NotACode):
        read_content(content)


@pytest.mark.parametrize("moment", [1e400, -1e30, 10**18, "now", None, []])
def test_a_moment_that_is_none_is_refused(moment):
    said = json.loads(CONTENT)
    said[1] = moment
    with pytest.raises(NotACode):
        read_content(json.dumps(said).encode())
