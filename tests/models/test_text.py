"""Text as people type it: made safe, folded, and found again by its beginnings."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.models import text

ANY = st.text(st.characters(codec="utf-8"), max_size=60)


@pytest.mark.parametrize("hidden", ["\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u2028", "\ud800", "\ufffe"])
def test_what_hides_or_reverses_is_recognised(hidden):
    assert text.has_hostile_characters(f"Mohamed{hidden}Ali")


@pytest.mark.parametrize("usual", ["Müller-Lüdenscheidt", "محمّد عليّ", "O'Neill", "a\tb", "a\nb", "🙂", "می‌خواهم"])
def test_what_people_type_is_let_through(usual):
    assert not text.has_hostile_characters(usual)


def test_one_thing_is_told_as_one():
    assert [text.so_many(number, "day") for number in (0, 1, 2, 1000)] == ["0 days", "1 day", "2 days", "1,000 days"]
    assert text.so_many(1, "record is", "records are") == "1 record is"
    assert text.so_many(21, "record is", "records are") == "21 records are"


@given(ANY)
def test_tidying_twice_changes_nothing_more(typed):
    once = text.tidy(typed)
    assert text.tidy(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "  " not in once


@given(ANY)
def test_tidying_lines_twice_changes_nothing_more(typed):
    once = text.tidy(typed, multiline=True)
    assert text.tidy(once, multiline=True) == once


def test_an_accent_behind_something_invisible_is_composed():
    assert text.tidy("e\u200b\u0301") == "é"


@given(ANY)
def test_folding_twice_changes_nothing_more(typed):
    once = text.fold(typed)
    assert text.fold(once) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MÜLLER", "muller"),
        ("أحمد", "احمد"),
        ("مُحَمَّد", "محمد"),
        ("هالة", "هاله"),
        ("مـــنى", "مني"),
        ("٠١٠٠", "0100"),
        ("۰۱۰۰", "0100"),
        ("ﬁ", "fi"),
    ],
)
def test_what_people_take_for_the_same_is_folded_alike(one, other):
    assert text.fold(one) == text.fold(other)


@given(ANY)
def test_every_beginning_of_a_word_is_found(typed):
    kept = text.words(typed)
    edges = set(text.edges(kept))
    assert all(text.longest_edge(word[:n]) in edges for word in kept for n in range(1, len(word) + 1))


@given(ANY)
def test_a_search_for_a_text_finds_it(typed):
    kept = text.words(typed)
    if not any(word.isdigit() for word in kept):
        assert all(any(word.startswith(one) for word in kept) for one in text.sought(typed))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0100 555 0112", ["01005550112"]),
        ("+20 100 555 0112", ["201005550112"]),
        ("0020 100 555 0112", ["201005550112"]),
        ("(0100) 555-0112", ["01005550112"]),
        ("\u202a0100 555 0112\u202c", ["01005550112"]),
        ("٠١٠٠ ٥٥٥ ٠١١٢", ["01005550112"]),
        ("0100 5", ["01005"]),
        ("100 555 0112", ["1005550112"]),
        ("555 0112", ["5550112"]),
        ("4821-7", ["4821", "7"]),
        ("0035-8", ["0035", "8"]),
        ("0035", ["0035"]),
        ("BK-4821-7", ["bk", "4821", "7"]),
        ("Ward 12", ["ward", "12"]),
        ("moh ali", ["moh", "ali"]),
        ("$ne", ["ne"]),
        ("", []),
        ("+", []),
        ("- -", []),
    ],
)
def test_a_phone_number_is_one_word_however_it_is_grouped(typed, words):
    assert text.sought(typed) == words


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_are_folded_as_they_are_among_others(typed):
    assert text.fold(typed + "é") == text.fold(typed) + "e"


def test_two_words_are_found_by_equally_many_letters_of_each_in_either_order():
    kept = text.pairs(text.words("Mohamed Ali Hassan محمد علي 01005550112"))
    assert {"al mo", "ali moh", "hass moha", "ha mo", "عل مح", "علي محم"} <= set(kept)
    assert text.longest_pair(["hassan", "mo"]) == "ha mo"
    assert text.longest_pair(["moham", "hassan", "a"]) == "hass moha"
    assert text.longest_pair(["محمد", "عل"]) == "عل مح"


@pytest.mark.parametrize(
    "typed", [["mo", "moh"], ["ali", "a"], ["mo", "محم"], ["ali", "0100"], ["mohamed"], []], ids=" ".join
)
def test_two_words_that_may_be_one_or_aren_t_kept_together_are_no_pair(typed):
    assert text.longest_pair(typed) == ""


@given(st.lists(st.text("abمح1", min_size=1, max_size=5), max_size=5, unique=True), st.data())
def test_a_pair_of_what_is_typed_is_kept_of_every_name_that_has_both(known, data):
    typed = [word[: data.draw(st.integers(1, len(word)))] for word in known]
    pair = text.longest_pair(typed)
    assert not pair or pair in text.pairs(known)
