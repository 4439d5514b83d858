"""When a doctor receives whom (FHIR Schedule): working hours by weekday, slot length and daily limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

from mongoengine import EmbeddedDocument

from hmsdesk.models.fields import ChoiceField, Fault, PartsField, ReferenceField, WholeNumberField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Cell, Listing, Order, Record
from hmsdesk.models.server_rules import Rule, each
from hmsdesk.models.times import TimeField

FOR_PATIENTS, FOR_REPRESENTATIVES = "patients", "representatives"
PURPOSES = ((FOR_PATIENTS, "Patients"), (FOR_REPRESENTATIVES, "Representatives"))
WEEKDAYS = (
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
)
CELL_MINUTES = 5
LONGEST_MINUTES = 240


def following(hours: Mapping[str, Any]) -> dict[str, Any]:
    """The same hours on the next weekday: what one usually adds after them."""
    days = [day for day, _ in WEEKDAYS]
    day = hours.get("weekday")
    after = days[(days.index(day) + 1) % len(days)] if day in days else ""
    return {**hours, "weekday": after}


class WeekdayField(ChoiceField):
    """A day of the week."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=WEEKDAYS, **kwargs)


class Hours(EmbeddedDocument):
    """One span of one weekday, in the practice's wall time."""

    weekday = WeekdayField(verbose_name="Day", required=True)
    starts = TimeField(verbose_name="From", required=True)
    ends = TimeField(verbose_name="To", required=True)
    purpose = ChoiceField(verbose_name="For", choices=PURPOSES, required=True, default=FOR_PATIENTS)

    @staticmethod
    def told(part: Mapping[str, Any]) -> str:
        """Sunday 09:00–15:00; whom for is only said where it isn't patients."""
        span = f"{dict(WEEKDAYS).get(part.get('weekday', ''), '')} {part.get('starts')}–{part.get('ends')}"
        return span if part.get("purpose") == FOR_PATIENTS else f"{span}, {dict(PURPOSES)[part['purpose']].lower()}"


def in_a_line(hours: Sequence[Mapping[str, Any]]) -> str:
    """A week's hours for patients, days that are alike together: Sun-Thu 09:00-15:00, Sat 10:00-14:00."""
    by_day: dict[int, list[str]] = {}
    for number, (day, _) in enumerate(WEEKDAYS):
        spans = sorted(
            f"{part['starts']}–{part['ends']}"
            for part in hours
            if part["weekday"] == day and part["purpose"] == FOR_PATIENTS
        )
        if spans:
            by_day[number] = spans
    alike: dict[str, list[int]] = {}
    for number, spans in by_day.items():
        alike.setdefault(" and ".join(spans), []).append(number)
    usual_first = sorted(alike.items(), key=lambda one: -len(one[1]))
    return ", ".join(f"{_days_in_words(days)} {spans}" for spans, days in usual_first)


def _days_in_words(days: Sequence[int]) -> str:
    """Runs of days, over the end of the week too: Sat-Mon, Wed."""
    if len(days) == len(WEEKDAYS):
        return "Daily"
    firsts = [day for day in days if (day - 1) % len(WEEKDAYS) not in days]
    return ", ".join(_run(first, days) for first in firsts)


def _run(first: int, days: Sequence[int]) -> str:
    last = first
    while (last + 1) % len(WEEKDAYS) in days:
        last = (last + 1) % len(WEEKDAYS)
    names = [WEEKDAYS[day][1][:3] for day in (first, last)]
    return names[0] if first == last else "–".join(names)


def _fault(hours: Sequence[Mapping[str, Any]]) -> Fault | None:
    """Which span can't be kept, and why."""
    spans = sorted((part["weekday"], part["starts"], part["ends"], n) for n, part in enumerate(hours))
    names = dict(WEEKDAYS)
    for day, starts, ends, n in spans:
        if ends <= starts:
            return Fault(n, "ends", f"{names[day]}: {starts} to {ends} ends before it begins.")
        for name, time in (("starts", starts), ("ends", ends)):
            if int(time[-2:]) % CELL_MINUTES:
                return Fault(n, name, f"{names[day]}: times in steps of {CELL_MINUTES} minutes.")
    for (day, _, ends, _), (next_day, starts, _, n) in pairwise(spans):
        if day == next_day and starts < ends:
            return Fault(n, "starts", f"{names[day]}: two spans overlap at {starts}.")
    return None


class Schedule(Record):
    """One doctor's week."""

    meta: ClassVar[dict[str, Any]] = {"collection": "schedules"}

    practitioner = ReferenceField(
        verbose_name="Doctor", refers_to="staff", among="doctors", required=True, unique=True, width=0
    )
    slot_minutes = WholeNumberField(
        verbose_name="Appointments of",
        min_value=CELL_MINUTES,
        max_value=LONGEST_MINUTES,
        unit="min",
        step=CELL_MINUTES,
        required=True,
        default=20,
        width=124,
        help_text="Every booking takes this long",
    )
    patient_limit = WholeNumberField(
        verbose_name="Patients a day",
        min_value=1,
        max_value=200,
        required=True,
        default=20,
        width=110,
        help_text="No more can be booked on one day",
    )
    representative_limit = WholeNumberField(
        verbose_name="Representatives a day",
        min_value=0,
        max_value=50,
        required=True,
        default=2,
        help_text="0: the doctor receives none",
    )
    hours = PartsField(
        Hours,
        verbose_name="Hours",
        required=True,
        max_parts=40,
        in_line=True,
        adding="Add hours",
        following=following,
        fault=_fault,
        width=330,
        help_text="A day may have several: a morning and an afternoon",
    )

    LISTING: ClassVar[Listing] = Listing(
        noun="schedule",
        plural="schedules",
        title="practitioner:title",
        search=("practitioner",),
        orders=(Order("practitioner", "Doctor"), Order("created_at", "Added")),
        cells={"hours": Cell("Hours", lambda row, _: in_a_line(row.get("hours") or ()))},
        file=("representative_limit",),
    )

    HELD: ClassVar[tuple[Rule, ...]] = (each("hours", {"$lt": ["$$this.starts", "$$this.ends"]}),)

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """Spans end after they begin, and no two of a day overlap."""
        fault = _fault(values["hours"])
        return {"hours": fault.told} if fault else {}
