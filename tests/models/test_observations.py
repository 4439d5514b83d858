"""Vital signs: numbers as they are typed, what is normal at an age, what is asked about, and the body mass index."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from bson import Decimal128
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.errors import InvalidInput
from hmsdesk.models.declaration import Problem
from hmsdesk.models.locale import Locale
from hmsdesk.models.measures import MG_DL, MMOL_L, GlucoseField, MeasureField, glucose_in
from hmsdesk.models.observations import (
    MEASURED,
    Observation,
    add_indexes,
    bmi_of,
    body_mass_index,
    changed,
    flag_of,
    number_of,
    unusual,
)
from hmsdesk.models.vital_ranges import age_in_days, norms
from tests.factories import EGYPT, MOMENT, typed

BRITAIN = Locale("GB", "GBP", "Europe/London")
TODAY = date(2026, 11, 17)
NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
ADULT = norms("1968-03-12", TODAY)
FIELD = MeasureField("25", "45", "°C")


def born(years):
    return f"{TODAY.year - years}-{TODAY.month:02}-{TODAY.day:02}"


class TestNumbers:
    @pytest.mark.parametrize("typed", ["36.8", "36,8", " 36.8 ", "٣٦٫٨", "36.80", Decimal("36.8"), Decimal128("36.8")])
    def test_a_number_is_taken_however_it_is_typed(self, typed):
        assert FIELD.clean(typed, EGYPT) == Decimal128("36.8")

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("46", "From 25 to 45 °C."),
            ("-3", "From 25 to 45 °C."),
            ("36.85", "At most one digit behind the point."),
            ("36.8.1", "This is not a number. Write it as 36.8 or 36,8."),
            ("warm", "This is not a number. Write it as 36.8 or 36,8."),
            ("1e2", "This is not a number. Write it as 36.8 or 36,8."),
            (36.8, "This is not a number. Write it as 36.8 or 36,8."),
            (True, "This is not a number. Write it as 36.8 or 36,8."),
        ],
    )
    def test_what_can_not_be_is_refused_in_words(self, typed, said):
        with pytest.raises(Problem, match=said):
            FIELD.clean(typed, EGYPT)

    @given(st.decimals(25, 45, places=1))
    def test_what_is_kept_is_exactly_what_was_typed(self, number):
        kept = FIELD.clean(f"{number}", EGYPT)
        assert kept.to_decimal() == number
        assert FIELD.clean(kept, EGYPT) == kept
        assert FIELD.show(kept, EGYPT) == f"{number:.1f} °C"

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [("3.25", "3.25"), ("3.250", "3.25"), ("3", "3.0"), ("18,455", "18.455"), ("91.4", "91.4"), ("90", "90.0")],
    )
    def test_a_small_weight_is_taken_to_the_gram_and_kept_in_one_form(self, typed, kept):
        found = Observation.weight.clean(typed, EGYPT)
        assert str(found) == kept
        assert Observation.weight.clean(found, EGYPT) == found

    @pytest.mark.parametrize(
        ("name", "typed", "said"),
        [
            ("weight", "91.45", "At most one digit behind the point."),
            ("weight", "3.2505", "At most 3 digits behind the point."),
            ("weight", "3250", "From 0.3 to 600 kg. 3250 g is 3.25 kg."),
            ("height", "1.10", "From 20 to 260 cm. 1.10 m is 110 cm."),
            ("height", "49.55", "At most one digit behind the point."),
            ("temperature", "98.6", "From 25 to 45 °C. 98.6 °F is 37 °C."),
            ("temperature", "101,3", "From 25 to 45 °C. 101.3 °F is 38.5 °C."),
            ("glucose", "5,6", "A whole number, without a point. 5.6 mmol/L is 101 mg/dL."),
            ("glucose", "3", "From 5 to 1500 mg/dL. 3 mmol/L is 54 mg/dL."),
            ("glucose", "2000", "From 5 to 1500 mg/dL."),
        ],
    )
    def test_what_was_read_off_otherwise_is_said_in_the_unit_that_is_meant(self, name, typed, said):
        with pytest.raises(Problem) as refused:
            getattr(Observation, name).clean(typed, EGYPT)
        assert str(refused.value) == said

    def test_half_a_centimetre_counts_and_whole_ones_are_whole(self):
        half = Observation.height.clean("49,5", EGYPT)
        assert (half, Observation.height.show(half, EGYPT)) == (Decimal128("49.5"), "49.5 cm")
        assert Observation.height.clean("175", EGYPT) == 175
        assert body_mass_index(Decimal("3.25"), number_of("height", half)) == Decimal("13.3")

    @given(st.text(max_size=30) | st.floats() | st.integers() | st.none() | st.binary())
    def test_nothing_breaks_the_fields(self, raw):
        for field in (FIELD, GlucoseField(), Observation.weight, Observation.height):
            with suppress(Problem):
                assert field.clean(field.clean(raw, EGYPT), EGYPT) == field.clean(raw, EGYPT)

    def test_glucose_is_in_the_unit_of_the_country_and_says_so(self):
        assert GlucoseField().clean("104", EGYPT) == {"value": Decimal128("104"), "unit": MG_DL}
        assert GlucoseField().clean("5,8", BRITAIN) == {"value": Decimal128("5.8"), "unit": MMOL_L}
        with pytest.raises(Problem, match="A whole number"):
            GlucoseField().clean("5.8", EGYPT)

    def test_a_glucose_of_another_country_stays_what_it_is(self):
        kept = GlucoseField().clean("5.8", BRITAIN)
        assert GlucoseField().clean(kept, EGYPT) == kept
        assert glucose_in(kept, MG_DL) == Decimal(104)
        assert glucose_in({"value": Decimal128("104"), "unit": MG_DL}, MMOL_L) == Decimal("5.8")


class TestRules:
    def test_what_is_typed_is_kept(self):
        built = Observation.build(typed("observations"), EGYPT)
        assert (built["systolic"], built["temperature"]) == (128, Decimal128("36.8"))

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"systolic": "80", "diastolic": "120"}, "diastolic"),
            ({"systolic": "80", "diastolic": "80"}, "diastolic"),
            ({"diastolic": "80"}, "systolic"),
            ({"systolic": "301"}, "systolic"),
            ({"oxygen": "101"}, "oxygen"),
            ({"pain": "11"}, "pain"),
            ({"temperature": "98.6"}, "temperature"),
            ({"weight": "175", "height": "91"}, "height"),
            ({}, "systolic"),
            ({"note": "restless"}, "systolic"),
            ({"systolic": "120", "confirmed": ["patient"]}, "confirmed"),
        ],
    )
    def test_what_can_not_be_is_said_at_its_field(self, values, field):
        with pytest.raises(InvalidInput) as refused:
            Observation.build({"patient": typed("observations")["patient"], **values}, EGYPT)
        assert list(refused.value.fields) == [field]

    def test_one_value_alone_is_enough(self):
        patient = typed("observations")["patient"]
        for name in set(MEASURED) - {"diastolic"}:
            Observation.build({"patient": patient, name: typed("observations")[name]}, EGYPT)


class TestNorms:
    @pytest.mark.parametrize(
        ("birth_date", "name", "number", "flag"),
        [
            ("1968", "systolic", 140, "High"),
            ("1968", "systolic", 139, ""),
            ("1968", "systolic", 89, "Low"),
            ("1968", "diastolic", 90, "High"),
            ("1968", "heart_rate", 101, "High"),
            ("1968", "heart_rate", 50, "Low"),
            ("1968", "oxygen", 94, "Low"),
            ("1968", "oxygen", 100, ""),
            (born(4), "heart_rate", 101, ""),
            (born(4), "heart_rate", 79, "Low"),
            (born(4), "systolic", 113, "High"),
            (born(0), "heart_rate", 160, ""),
            (born(0), "respiratory_rate", 16, "Low"),
            ("2024", "systolic", 140, "High"),
        ],
    )
    def test_what_is_high_or_low_depends_on_the_age(self, birth_date, name, number, flag):
        assert flag_of(name, number, norms(birth_date, TODAY)) == flag

    def test_without_an_age_what_depends_on_it_is_not_judged(self):
        known = norms(None, TODAY)
        assert flag_of("heart_rate", 200, known) == ""
        assert flag_of("temperature", Decimal128("38.2"), known) == "High"
        assert "heart_rate" in unusual({"heart_rate": 300}, known, EGYPT)

    @pytest.mark.parametrize("birth_date", ["2026-02-31", "1968-13-01"])
    def test_a_day_that_is_none_is_no_age(self, birth_date):
        assert age_in_days(birth_date, TODAY) is None

    def test_glucose_is_judged_in_either_unit(self):
        high = {"value": Decimal128("11.5"), "unit": MMOL_L}
        assert flag_of("glucose", high, ADULT) == "High"
        assert flag_of("glucose", {"value": Decimal128("11"), "unit": MMOL_L}, ADULT) == ""

    def test_what_is_unusual_is_asked_about_in_words(self):
        asked = unusual({"systolic": 240, "diastolic": 82, "temperature": Decimal128("34.5")}, ADULT, EGYPT)
        assert asked == {
            "systolic": "240 mmHg is unusually high. Measure again, or confirm.",
            "temperature": "34.5 °C is unusually low. Measure again, or confirm.",
        }

    @pytest.mark.parametrize(
        ("born", "days", "was", "now", "asked"),
        [
            ("1968", 18, "68.2", "86.2", "86.2 kg is 18 kg more than on 30 Oct. Measure again, or confirm."),
            ("1968", 18, "68.2", "60.0", "60.0 kg is 8.2 kg less than on 30 Oct. Measure again, or confirm."),
            ("1968", 18, "68.2", "70.0", ""),
            ("1968", 200, "68.2", "86.2", ""),
            ("2026-08", 18, "4.5", "5.5", ""),
            ("2026-08", 18, "5.5", "4.5", "4.5 kg is 1 kg less than on 30 Oct. Measure again, or confirm."),
        ],
    )
    def test_a_weight_is_compared_with_the_last_one(self, born, days, was, now, asked):
        earlier = [{"at": NOW - timedelta(days=days), "weight": Decimal128(was)}]
        found = changed({"weight": Decimal128(now)}, earlier, born, NOW, EGYPT)
        assert found.get("weight", "") == asked

    def test_an_adult_does_not_grow(self):
        earlier = [{"at": NOW - timedelta(days=400), "height": 156}, {"at": NOW, "weight": Decimal128("60.0")}]
        said = {"height": "165 cm is 9 cm taller than on 13 Oct. Measure again, or confirm."}
        assert changed({"height": 165}, earlier, "1968", NOW, EGYPT) == said
        assert changed({"height": 165}, earlier, "2012", NOW, EGYPT) == {}

    @given(st.integers(0, 110 * 365))
    def test_at_every_age_what_is_normal_is_not_unusual_and_what_is_unusual_can_be_typed(self, days):
        known = norms((TODAY.fromordinal(TODAY.toordinal() - days)).isoformat(), TODAY)
        for name in set(known.normal) & set(known.usual):
            inner, outer = known.normal[name], known.usual[name]
            assert outer.least <= inner.least
            assert inner.most is None or inner.most <= outer.most
        for name, span in known.usual.items():
            field = getattr(Observation, name)
            if name != "glucose":
                assert span.most is None or span.most < field.max_value
                assert span.least > field.min_value

    @given(st.integers(0, 19 * 365))
    def test_what_is_usual_of_a_growing_child_never_shrinks(self, days):
        day = TODAY.toordinal()
        younger, older = (norms(date.fromordinal(day - one).isoformat(), TODAY).usual for one in (days, days + 30))
        for name in ("weight", "height"):
            assert younger[name].most <= older[name].most
            assert younger[name].least <= older[name].least


class TestBodyMassIndex:
    @pytest.mark.parametrize(
        ("weight", "height", "index"),
        [("91.4", 175, "29.8"), ("70.0", 175, "22.9"), ("3.4", 50, "13.6"), ("72.0", 160, "28.1")],
    )
    def test_it_is_weight_by_height_squared(self, weight, height, index):
        assert bmi_of({"weight": Decimal128(weight), "height": height}) == Decimal(index)

    @given(st.integers(3, 6000), st.integers(20, 260))
    def test_it_is_rounded_as_by_hand(self, tenths, height):
        weight = Decimal(tenths) / 10
        exact = weight / (Decimal(height) / 100) ** 2
        assert body_mass_index(weight, Decimal(height)) == exact.quantize(Decimal("0.1"), ROUND_HALF_UP)

    def test_one_without_the_other_is_none(self):
        assert bmi_of({"weight": Decimal128("70")}) is None
        assert bmi_of({"height": 175}) is None

    def test_an_adults_height_counts_until_it_is_measured_again_a_childs_does_not(self):
        def rows():
            measured = ({"height": 175, "weight": Decimal128("70")}, {"weight": Decimal128("72")})
            return [{"at": MOMENT, **one} for one in measured]

        adult, child = rows(), rows()
        add_indexes(adult, "1968", EGYPT)
        add_indexes(child, born(9), EGYPT)
        assert [row.get("bmi") for row in adult] == [Decimal128("22.9"), Decimal128("23.5")]
        assert [row.get("bmi") for row in child] == [Decimal128("22.9"), None]


def test_every_value_can_be_shown_as_a_number():
    built = Observation.build(typed("observations"), EGYPT)
    assert all(isinstance(number_of(name, built[name]), Decimal) for name in MEASURED)
