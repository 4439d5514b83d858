"""What a prescription's dose is called, how much of it is needed, and its number."""

from datetime import date

import pytest
from bson import Decimal128
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.models.declaration import Problem
from hmsdesk.models.medicines import UNITS
from hmsdesk.models.prescription_doses import (
    DOSINGS,
    FREQUENCIES,
    ROUTES,
    dose_words,
    problems_of,
    quantity_for,
    quantity_remark,
)
from hmsdesk.models.prescriptions import PrescribedLine, number_for, tidy_number, valid_until
from tests.factories import EGYPT


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
            line(dose=2, frequency="needed-4", days=5),
            "Take two tablets by mouth if needed, at most four times a day, for 5 days.",
            "قرصان بالفم عند اللزوم، أربع مرات يوميًا على الأكثر، لمدة 5 أيام.",
        ),
        (
            # Each limit says of what time it is one: not of the fourteen days.
            line(frequency="needed-night", days=14),
            "Take one tablet by mouth at night if needed, at most once a night, for 14 days.",
            "قرص واحد بالفم ليلًا عند اللزوم، مرة واحدة كل ليلة على الأكثر، لمدة 14 يومًا.",
        ),
        (
            line(frequency="every-12-h", days=7),
            "Take one tablet by mouth every twelve hours, for 7 days.",
            "قرص واحد بالفم كل اثنتي عشرة ساعة، لمدة 7 أيام.",
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


@pytest.mark.parametrize(
    ("unit", "dose", "english", "arabic"),
    [
        ("tablet", "0.5", "Take half a tablet by mouth once a day, for 7 days.", "نصف قرص بالفم مرة يوميًا، لمدة"),
        ("tablet", "0.25", "Take a quarter of a tablet by mouth", "ربع قرص بالفم"),
        ("tablet", "1.5", "Take one and a half tablets by mouth", "قرص ونصف بالفم"),
        ("tablet", "2.75", "Take two and three quarter tablets by mouth", "قرصان وثلاثة أرباع بالفم"),
        ("tablet", "3.5", "Take three and a half tablets by mouth", "3 أقراص ونصف بالفم"),
        ("bottle", "2.5", "Take 2.5 ml by mouth", "2.5 مل بالفم"),
        ("ampoule", "0.5", "Inject half an ampoule", "نصف أمبول بالحقن"),
        ("pen", "4.5", "Inject 4.5 units", "4.5 وحدة بالحقن"),
    ],
)
def test_a_part_of_one_reads_as_one_would_say_it(unit, dose, english, arabic):
    route = "injected" if unit in ("ampoule", "pen") else "oral"
    said = line(unit, route, Decimal128(dose), "once", 7)
    assert problems_of(said) == {}
    assert dose_words(said)[0].startswith(english)
    assert dose_words(said)[1].startswith(arabic)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1", 1),
        ("1.0", 1),
        ("2.5", "2.5"),
        ("2,5", "2.5"),
        ("½", "0.5"),
        ("1/2", "0.5"),
        ("1 1/2", "1.5"),
        ("٢٫٥", "2.5"),
        (10, 10),
        (Decimal128("0.25"), "0.25"),
    ],
)
def test_a_dose_is_typed_as_it_is_spoken_and_kept_in_one_form(typed, kept):
    cleaned = PrescribedLine.dose.clean(typed, EGYPT)
    assert cleaned == (kept if isinstance(kept, int) else Decimal128(kept))


@pytest.mark.parametrize("typed", ["0", "-1", "half", "1/3", "101", "0.333"])
def test_what_can_be_no_dose_is_told(typed):
    with pytest.raises(Problem):
        PrescribedLine.dose.clean(typed, EGYPT)


@pytest.mark.parametrize(
    ("unit", "route", "dose", "why"),
    [
        ("tablet", "oral", "0.3", "Whole tablets, halves or quarters."),
        ("capsule", "oral", "0.5", "Whole capsules only."),
        ("bottle", "eye", "1.5", "Whole drops only."),
        ("bottle", "oral", "2.52", "In steps of 0.05 ml."),
    ],
)
def test_what_can_not_be_parted_so_is_told(unit, route, dose, why):
    assert problems_of(line(unit, route, Decimal128(dose))) == {"dose": why}


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
        (("tablet", "oral", Decimal128("0.5"), "twice", 30), 30),
        (("tablet", "oral", Decimal128("0.5"), "once", 7), 4),
        (("tablet", "oral", 1, "every-12-h", 7), 14),
        (("tablet", "oral", 1, "every-2-d", 30), 15),
        (("tablet", "oral", 1, "every-2-d", 5), 3),
        (("capsule", "oral", 1, "weekly", 10), 2),
        (("tablet", "oral", 2, "needed-4", 5), 40),
        (("capsule", "oral", 1, "needed-night", 14), 14),
    ],
)
def test_the_quantity_lasts_for_the_whole_time(asked, quantity):
    assert quantity_for(*asked) == quantity


@pytest.mark.parametrize(("frequency", "apart"), [("every-2-d", 2), ("weekly", 7)])
@given(days=st.integers(1, 365))
def test_what_is_not_taken_daily_suffices_for_each_of_its_days_from_the_first_on(frequency, apart, days):
    assert quantity_for("tablet", "oral", 1, frequency, days) == len(range(0, days, apart))


def test_of_what_is_taken_if_needed_there_may_be_less_and_not_more_than_the_most():
    asked = line(frequency="needed-4", days=5)
    assert quantity_remark(asked | {"quantity": 10}) == ""
    assert quantity_remark(asked | {"quantity": 20}) == ""
    assert quantity_remark(asked | {"quantity": 30}) == "30 is more than dose and days come to: 20."
    assert quantity_remark(asked | {"frequency": "four", "quantity": 10}).startswith("10 is less")


@pytest.mark.parametrize("unit", ["ampoule", "sachet", "suppository"])
def test_what_is_left_of_an_opened_one_is_not_counted_on_for_the_next_dose(unit):
    route = next(iter(DOSINGS[unit]))
    assert quantity_for(unit, route, Decimal128("0.5"), "twice", 3) == 6
    assert quantity_for(unit, route, Decimal128("1.5"), "once", 2) == 4


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
