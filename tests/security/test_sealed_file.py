"""The file of a backup: whole and as it was written, or refused."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.errors import UserError
from hmsdesk.security.sealed_file import (
    LONGEST_PART,
    MARK,
    Damaged,
    SealedWriter,
    new_key,
    read_header,
    read_parts,
)

HEADER, KEY = b'{"said": "in the clear"}', new_key()
PARTS = [b"one", b"", b"three" * 100, b"the last"]


def written(parts=PARTS, key=KEY):
    out = io.BytesIO()
    writer = SealedWriter(out, HEADER, key)
    for part in parts[:-1]:
        writer.add(part)
    writer.finish(parts[-1])
    return out.getvalue()


FILE = written()


def read(content, key=KEY):
    file = io.BytesIO(content)
    return list(read_parts(file, read_header(file), key))


def test_comes_back_as_it_was_written():
    assert read(FILE) == [(b"one", False), (b"", False), (b"three" * 100, False), (b"the last", True)]


def test_says_nothing_of_its_parts():
    assert HEADER in FILE
    assert not any(part in FILE for part in PARTS if part)


def test_is_another_file_each_time():
    assert written() != FILE


def test_is_closed_to_another_key():
    with pytest.raises(Damaged):
        read(FILE, new_key())


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed_wherever_it_is(place, by):
    changed = bytearray(FILE)
    changed[place] ^= by
    with pytest.raises(UserError):
        read(bytes(changed))


@given(st.integers(0, len(FILE) - 1))
def test_a_missing_end_is_noticed_wherever_it_begins(length):
    with pytest.raises(UserError):
        read(FILE[:length])


def test_something_behind_its_end_is_noticed():
    with pytest.raises(Damaged):
        read(FILE + b"x")


def test_parts_of_another_file_of_the_same_key_do_not_fit_into_it():
    start = len(MARK) + 2 + 4 + len(HEADER) + 24
    with pytest.raises(Damaged):
        read(FILE[:start] + written()[start:])


def test_a_part_that_expands_beyond_measure_is_refused():
    with pytest.raises(Damaged):
        read(written([bytes(LONGEST_PART + 1), b""]))


@pytest.mark.parametrize("content", [b"", b"HMSDesk pass\n", MARK, b"PK\x03\x04" * 100])
def test_another_kind_of_file_is_told_from_it(content):
    with pytest.raises(UserError):
        read(content)


def test_a_later_form_is_told_from_damage():
    with pytest.raises(UserError, match="newer HMSDesk"):
        read(FILE.replace(MARK + b"1\n", MARK + b"2\n"))
