"""Finding a diagnosis by code, by words in any order, and by what people say."""

import threading
import time

import pytest

from hmsdesk.controllers import diagnosis_codes
from hmsdesk.controllers.diagnosis_codes import find, index
from hmsdesk.models.diagnosis_words import SHORT_FORMS
from hmsdesk.models.text import fold

FEW = 8


def codes(typed):
    return [one.code for one in find(typed, FEW)]


@pytest.mark.parametrize("typed", ["E11.9", "e119", "E11 9", "e11.9"])
def test_a_whole_code_is_found_however_it_is_written(typed):
    assert codes(typed) == ["E11.9"]


def test_a_code_is_found_by_how_it_begins():
    assert codes("I1")[0] == "I10"
    assert all(code.startswith("J45") for code in codes("j45"))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("flu", "J11.1"),
        ("High blood pressure", "I10"),
        ("diabetes", "E11.9"),
        ("diab", "E11.9"),
        ("UTI", "N39.0"),
        ("heart attack", "I21.9"),
        ("sore throat", "J02.9"),
    ],
)
def test_what_people_say_comes_first(typed, code):
    assert codes(typed)[0] == code


def test_what_came_without_anything_worse_comes_before_what_came_with_it():
    assert codes("gastri").index("K29.70") < codes("gastri").index("K29.71")


@pytest.mark.parametrize("typed", ["diabetes", "type 2 diabetes", "hypertension"])
def test_what_only_the_pregnant_and_newborn_have_comes_after_what_everybody_can(typed):
    assert not any(code[0] in "OP" for code in codes(typed))


@pytest.mark.parametrize(("typed", "code"), [("gestational diabetes", "O24"), ("neonatal jaundice", "P59")])
def test_what_they_have_is_found_by_its_name(typed, code):
    assert codes(typed)[0].startswith(code)


def test_words_are_found_in_any_order_and_as_far_as_they_are_typed():
    assert set(codes("sinusitis acute")) == set(codes("acute sinusitis"))
    assert "J01.90" in codes("acu sinus")


def test_accents_and_capitals_make_no_difference():
    assert codes("MÉNIÈRE") == codes("meniere")
    assert codes("meniere")[0].startswith("H81")


def test_what_needs_no_finer_code_comes_before_its_heading():
    found = find("cholera", FEW)
    assert found[0].is_leaf
    assert "A00" in [one.code for one in found]


def test_the_classifications_own_other_words_are_found():
    assert "A00.0" in codes("classical cholera")


@pytest.mark.parametrize("typed", ["xyzzy", "", "   ", "زكام", "(", "\\", "1"])
def test_what_is_not_there_is_not_found(typed):
    assert [one for one in codes(typed) if typed.strip() in ("xyzzy", "", "زكام", "(", "\\")] == []


def test_every_short_form_leads_to_codes_there_are_and_is_typed_folded():
    known = {one.code for one in index().codes}
    assert {code for means in SHORT_FORMS.values() for code in means} <= known
    assert [form for form in SHORT_FORMS if fold(form) != form] == []


def test_the_index_is_made_once_however_many_ask(monkeypatch):
    made = []
    diagnosis_codes._index.cache_clear()
    monkeypatch.setattr(diagnosis_codes, "_read", lambda _: made.append(1) or time.sleep(0.05) or [])
    threads = [threading.Thread(target=diagnosis_codes.index) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    diagnosis_codes._index.cache_clear()
    assert made == [1]
