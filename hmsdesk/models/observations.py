"""Vital signs (FHIR Observation, the vital-signs panel): what was measured of a patient at one time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from bson import Decimal128
from pymongo import IndexModel

from hmsdesk.models.dates import day_and_month
from hmsdesk.models.declaration import Encryption, Problem
from hmsdesk.models.fields import ChoiceField, ReferenceField, TextField, WholeNumberField, WordsField
from hmsdesk.models.locale import Locale
from hmsdesk.models.measures import MG_DL, GlucoseField, LengthField, MeasureField, WeightField, glucose_in, rounded
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import Rule, either, needs, ordered, present
from hmsdesk.models.times import MomentField
from hmsdesk.models.vital_ranges import YEAR, Norms, age_in_days, is_adult, norms

# FHIR Observation.status
FINAL, IN_ERROR = "final", "entered-in-error"
STATUSES = ((FINAL, "Valid"), (IN_ERROR, "Entered in error"))
# What the trail and the news call the recording of vital signs, also of the appointment they are recorded for.
VITALS_RECORDED = "record vitals"
# In the order in which one measures.
MEASURED = (
    "systolic",
    "diastolic",
    "heart_rate",
    "temperature",
    "respiratory_rate",
    "oxygen",
    "weight",
    "height",
    "glucose",
    "pain",
)
BMI = "bmi"
BMI_UNIT = "kg/m²"
# Nobody with these lives: one of the two was mistyped, or they stand in each other's place.
_LEAST_INDEX, _MOST_INDEX = 5, 150
# Who gained or lost more than a tenth within three months, or an adult who is taller or shorter by more than this, is
# more often mistyped than true. It is the program's own measure, and asked about only. Infants gain more than that.
_WEIGHT_CHANGE, _WEIGHT_DAYS, _GROWING_DAYS = Decimal("0.1"), 90, 2 * YEAR
_HEIGHT_CHANGE = 5


class ConfirmedField(WordsField):
    """Which values were confirmed although they are unusual, by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, max_words=len(MEASURED), **kwargs)

    def clean(self, raw: object, locale: Locale) -> list[str] | None:
        names = super().clean(raw, locale)
        if names and not set(names) <= set(MEASURED):
            raise Problem("Only what was measured can be confirmed.")
        return sorted(names) if names else None

    def json_schema(self) -> dict[str, Any]:
        return super().json_schema() | {"items": {"enum": list(MEASURED)}}

    def show(self, value: Any, locale: Locale) -> str:
        return ", ".join(str(getattr(Observation, name).verbose_name) for name in value or [])


class Observation(Record):
    """What was measured of a patient at one time. What was not measured is absent, never zero."""

    meta: ClassVar[dict[str, Any]] = {"collection": "observations"}

    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, width=0)
    appointment = ReferenceField(verbose_name="Appointment", refers_to="appointments")
    at = MomentField(verbose_name="Measured", required=True, issued=True, width=150)
    status = ChoiceField(verbose_name="Status", choices=STATUSES, required=True, issued=True, default=FINAL)
    error_reason = TextField(verbose_name="Why it is wrong", issued=True, max_length=200)
    systolic = WholeNumberField(verbose_name="Systolic pressure", min_value=30, max_value=300, unit="mmHg")
    diastolic = WholeNumberField(verbose_name="Diastolic pressure", min_value=10, max_value=220, unit="mmHg")
    heart_rate = WholeNumberField(verbose_name="Pulse", min_value=10, max_value=350, unit="/min")
    temperature = MeasureField("25", "45", "°C", ("°F", str(Decimal(5) / 9), "32"), verbose_name="Temperature")
    respiratory_rate = WholeNumberField(verbose_name="Breathing", min_value=2, max_value=120, unit="/min")
    oxygen = WholeNumberField(verbose_name="Oxygen", min_value=30, max_value=100, unit="%")
    weight = WeightField("0.3", "600", "kg", ("g", "0.001", "0"), verbose_name="Weight")
    height = LengthField("20", "260", "cm", ("m", "100", "0"), verbose_name="Height")
    glucose = GlucoseField(verbose_name="Glucose")
    pain = WholeNumberField(verbose_name="Pain, 0 to 10", min_value=0, max_value=10)
    note = TextField(verbose_name="Note", max_length=200, encrypted=Encryption.RANDOM)
    confirmed = ConfirmedField(verbose_name="Confirmed although unusual")

    LISTING: ClassVar[Listing] = Listing(
        noun="measuring",
        plural="vital signs",
        adding="",
        title="patient:title",
        search=(),
        orders=(Order("at", "Time"),),
        indexes=(
            IndexModel([("patient", 1), ("at", -1), ("_id", -1)], name="patient"),
            IndexModel([("appointment", 1)], name="appointment"),
        ),
    )

    HELD: ClassVar[tuple[Rule, ...]] = (
        either(*(present(name) for name in MEASURED)),
        needs("diastolic", "systolic"),
        ordered("diastolic", "systolic", apart=True),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """Something was measured, the pressures are the right way round, and the body is one that can be."""
        if not any(values.get(name) is not None for name in MEASURED):
            return {"systolic": "Type at least one value."}
        systolic, diastolic = values.get("systolic"), values.get("diastolic")
        if diastolic is not None and systolic is None:
            return {"systolic": "The systolic pressure is missing."}
        if systolic is not None and diastolic is not None and diastolic >= systolic:
            return {"diastolic": f"It must be lower than the systolic pressure, {systolic}. Are they swapped?"}
        index = bmi_of(values)
        if index is not None and not _LEAST_INDEX <= index <= _MOST_INDEX:
            return {"height": f"With this weight the body mass index would be {index}. One of the two is wrong."}
        return {}


def number_of(name: str, value: Any, unit: str = MG_DL) -> Decimal | None:
    """A kept value as a number; glucose in `unit`. None for what wasn't measured."""
    if value is None:
        return None
    if name == "glucose":
        return glucose_in(value, unit)
    return value.to_decimal() if isinstance(value, Decimal128) else Decimal(value)


def body_mass_index(weight: Decimal, height: Decimal) -> Decimal:
    """kg/m², to one digit behind the point. weight: kg. height: cm, more than 0."""
    return rounded(weight * 10_000 / (height * height), 1)


def bmi_of(values: Mapping[str, Any]) -> Decimal | None:
    """The index of what was measured together; None where one of the two wasn't."""
    weight, height = number_of("weight", values.get("weight")), number_of("height", values.get("height"))
    return None if weight is None or height is None else body_mass_index(weight, height)


def add_indexes(rows: Iterable[Row], birth_date: str | None, locale: Locale) -> None:
    """The body mass index of each row, the oldest first, as `bmi`. An adult's height counts until it is measured again;
    a child's only together with the weight."""
    height = None
    for row in rows:
        height = row.get("height") or (height if is_adult(birth_date, locale.local(row["at"]).date()) else None)
        index = bmi_of({"weight": row.get("weight"), "height": height})
        if index is not None:
            row[BMI] = Decimal128(index)


def flag_of(name: str, value: Any, known: Norms) -> str:
    """High or Low for a kept value outside of what is normal; empty for what is normal or can't be judged."""
    number, span = number_of(name, value), known.normal.get(name)
    return span.flag(number) if number is not None and span is not None else ""


def abnormal(row: Mapping[str, Any], known: Norms, locale: Locale) -> str:
    """Systolic pressure 190 mmHg high, Pulse 130 /min high: what was measured outside of what is normal."""
    told = []
    for name in MEASURED:
        if flag := flag_of(name, row.get(name), known):
            field = getattr(Observation, name)
            told.append(f"{field.verbose_name} {field.show(row[name], locale)} {flag.lower()}")
    return ", ".join(told)


def unusual(values: Mapping[str, Any], known: Norms, locale: Locale) -> dict[str, str]:
    """What is asked about before it is kept: name -> a sentence for the person who measured."""
    asked = {}
    for name in MEASURED:
        number, span = number_of(name, values.get(name)), known.usual.get(name)
        flag = span.flag(number) if number is not None and span is not None else ""
        if flag:
            shown = getattr(Observation, name).show(values[name], locale)
            asked[name] = f"{shown} is unusually {flag.lower()}. Measure again, or confirm."
    return asked


def changed(
    values: Mapping[str, Any], earlier: Sequence[Row], birth_date: str | None, at: datetime, locale: Locale
) -> dict[str, str]:
    """What is asked about because it differs from the last time by more than a body changes: name -> a sentence.

    earlier: what was measured before `at`, the oldest first.
    """
    day = locale.local(at).date()
    weighed = _last("weight", earlier, at - timedelta(days=_WEIGHT_DAYS))
    tall = _last("height", (row for row in earlier if is_adult(birth_date, locale.local(row["at"]).date())))
    age = age_in_days(birth_date, day)
    asked = {}
    more = _more("weight", values, weighed)
    grows = age is not None and age < _GROWING_DAYS
    if weighed and more and (more < 0 or not grows) and abs(more) > weighed["weight"].to_decimal() * _WEIGHT_CHANGE:
        asked["weight"] = _than_before("weight", values, more, ("more", "less"), weighed, locale)
    more = _more("height", values, tall)
    if tall and more and abs(more) > _HEIGHT_CHANGE:
        asked["height"] = _than_before("height", values, more, ("taller", "shorter"), tall, locale)
    return asked


def _last(name: str, earlier: Iterable[Row], since: datetime | None = None) -> Row | None:
    rows = [row for row in earlier if row.get(name) is not None and (since is None or row["at"] >= since)]
    return rows[-1] if rows else None


def _more(name: str, values: Mapping[str, Any], before: Row | None) -> Decimal | None:
    now = number_of(name, values.get(name))
    was = number_of(name, before.get(name)) if before else None
    return None if now is None or was is None else now - was


def _than_before(
    name: str, values: Mapping[str, Any], more: Decimal, words: tuple[str, str], before: Row, locale: Locale
) -> str:
    field = getattr(Observation, name)
    by = f"{abs(more).normalize():f} {field.unit} {words[0] if more > 0 else words[1]}"
    then = day_and_month(locale.local(before["at"]))
    return f"{field.show(values[name], locale)} is {by} than on {then}. Measure again, or confirm."


def to_confirm(
    values: Mapping[str, Any], earlier: Sequence[Row], birth_date: str | None, at: datetime, locale: Locale
) -> dict[str, str]:
    """All that is asked about before it is kept; what is unusual goes before what has only changed."""
    known = norms(birth_date, locale.local(at).date())
    return changed(values, earlier, birth_date, at, locale) | unusual(values, known, locale)
