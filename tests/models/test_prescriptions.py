"""What a prescription's dose is called, how much of it is needed, and its number."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.models.medicines import UNITS
from hmsdesk.models.prescription_doses import DOSINGS, FREQUENCIES, ROUTES, dose_words, problems_of, quantity_for
from hmsdesk.models.prescriptions import number_for, tidy_number, valid_until


def line(unit="tablet", route="oral", dose=1, frequency="twice", days=30, **more):
    return {"unit": unit, "route": route, "dose": dose, "frequency": frequency, "days": days, **more}


@pytest.mark.parametrize(
    ("said", "english", "arabic"),
    [
        (line(), "Take one tablet by mouth twice a day, for 30 days.", "قرص واحد بالفم مرتين يوميًا، لمدة 30 يومًا."),
        (
            line(dose=2, frequency="every-6-h", days=5),
            "Take two tablets by mouth every six hours, for 5 days.",
            "قرصان بالفم كل ست ساعات، لمدة 5 أيام.",
        ),
        (
            line("capsule", dose=3, frequency="three", days=1),
            "Take three capsules by mouth three times a day, for 1 day.",
            "3 كبسولات بالفم ثلاث مرات يوميًا، لمدة يوم واحد.",
        ),
        (
            line("inhaler", "inhaled", 2, "four", 2),
            "Inhale two puffs four times a day, for 2 days.",
            "بختان بالاستنشاق أربع مرات يوميًا، لمدة يومين.",
        ),
        (
            line("bottle", "oral", 5, "every-8-h", 11),
            "Take 5 ml by mouth every eight hours, for 11 days.",
            "5 مل بالفم كل ثماني ساعات، لمدة 11 يومًا.",
        ),
        (
            line("bottle", "eye", 1, "four", 7),
            "Put one drop into the eye four times a day, for 7 days.",
            "قطرة واحدة في العين أربع مرات يوميًا، لمدة 7 أيام.",
        ),
        (
            line("tube", "topical", 1, "night", 14),
            "Apply a thin layer to the skin once a day, at night, for 14 days.",
            "طبقة رقيقة على الجلد مرة يوميًا، ليلًا، لمدة 14 يومًا.",
        ),
        (
            line("pen", "injected", 24, "night", 30),
            "Inject 24 units once a day, at night, for 30 days.",
            "24 وحدة بالحقن مرة يوميًا، ليلًا، لمدة 30 يومًا.",
        ),
        (
            line("ampoule", "injected", 1, "single", 7),
            "Inject one ampoule once only.",
            "أمبول واحد بالحقن مرة واحدة فقط.",
        ),
        (
            line("sachet", dose=1, frequency="weekly", days=28),
            "Take one sachet by mouth once a week, for 4 weeks.",
            "كيس واحد بالفم مرة أسبوعيًا، لمدة 4 أسابيع.",
        ),
        (
            line("suppository", "rectal", 1, "night", 3),
            "Insert one suppository rectally once a day, at night, for 3 days.",
            "لبوسة واحدة عن طريق الشرج مرة يوميًا، ليلًا، لمدة 3 أيام.",
        ),
    ],
)
def test_a_dose_reads_as_one_would_say_it(said, english, arabic):
    assert dose_words(said) == (english, arabic)


def test_instructions_follow_as_a_sentence_of_their_own():
    english, arabic = dose_words(line(instructions="With breakfast and supper"))
    assert english.endswith("for 30 days. With breakfast and supper.")
    assert arabic.endswith("30 يومًا.")


def test_arabic_instructions_stand_in_the_arabic_line():
    english, arabic = dose_words(line(instructions="مع الإفطار والعشاء"))
    assert english.endswith("for 30 days.")
    assert arabic.endswith("مع الإفطار والعشاء.")


def test_every_form_has_a_route_and_words_for_each():
    assert set(DOSINGS) == set(UNITS)
    for unit, dosings in DOSINGS.items():
        assert dosings
        for route, dosing in dosings.items():
            assert route in ROUTES
            for dose in (1, 2, 7, dosing.most):
                for frequency in FREQUENCIES:
                    english, arabic = dose_words(line(unit, route, dose, frequency))
                    assert "  " not in english + arabic
                    assert english.endswith(".")
                    assert unit not in ("bottle", "tube", "inhaler", "pen") or unit not in english


@pytest.mark.parametrize(
    ("asked", "quantity"),
    [
        (("tablet", "oral", 1, "twice", 30), 60),
        (("tablet", "oral", 2, "every-6-h", 5), 40),
        (("capsule", "oral", 1, "weekly", 28), 4),
        (("capsule", "oral", 1, "weekly", 1), 1),
        (("tablet", "oral", 3, "single", 7), 3),
        (("inhaler", "inhaled", 2, "four", 30), 1),
        (("bottle", "oral", 15, "three", 7), 1),
        (("ampoule", "injected", 1, "once", 5), 5),
    ],
)
def test_the_quantity_lasts_for_the_whole_time(asked, quantity):
    assert quantity_for(*asked) == quantity


def test_a_route_the_form_is_not_made_for_is_told():
    assert problems_of(line("tube", "oral"))["route"].startswith("This medicine is given on the skin")
    assert problems_of(line("tablet", "injected")) == {"route": "This medicine is given by mouth."}


@pytest.mark.parametrize(("form", "route"), [("syrup", "eye"), ("drops", "injected"), ("injection", "oral")])
def test_a_bottle_is_not_given_by_a_route_that_what_is_in_it_is_not_made_for(form, route):
    asked = line("bottle", route, 1, "once", 7)
    assert set(problems_of(asked, form)) == {"route"}
    assert problems_of(asked) == {}


def test_a_dose_that_must_be_a_slip_is_told():
    assert problems_of(line("tablet", dose=21)) == {"dose": "At most 20 tablets at a time."}
    assert problems_of(line("pen", "injected", dose=100)) == {}


@given(st.text(max_size=40), st.integers(2000, 2199), st.integers(0, 9))
def test_a_number_is_read_however_it_is_typed(operation, year, draw):
    number = number_for(operation, year, draw)
    assert number == number_for(operation, year, draw)
    for typed in (number, number.lower(), number.replace("-", ""), number.removeprefix("RX-"), f" {number} "):
        assert tidy_number(typed) == number


def test_another_draw_is_another_number():
    assert len({number_for("one", 2026, draw) for draw in range(5)}) == 5


def test_letters_taken_for_digits_do_not_matter():
    assert tidy_number("rx-26-oil123") == "RX-26-011123"


NOT_NUMBERS = ("", "RX", "RX-26-7KQ3M", "RX-26-7KQ3M99", "RX-26-7KQ3MU", "RX-٢٦-7KQ3M9", "$ne", "\0" * 9)


@pytest.mark.parametrize("typed", NOT_NUMBERS)
def test_what_can_be_no_number_is_none(typed):
    assert tidy_number(typed) is None


def test_a_prescription_is_valid_for_thirty_days():
    assert valid_until(date(2026, 11, 17)) == "2026-12-17"
