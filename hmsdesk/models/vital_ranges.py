"""Which vital signs are normal at an age, and which are so unusual that they are more likely a slip.

Normal: for children the ranges of the PALS provider manual (American Heart Association, 2015: heart rates awake,
respiratory rates, blood pressures). For adults: pressure from 90/60 to 139/89 mmHg (WHO guideline for hypertension in
adults, 2021: from 140 or 90 on it is high), pulse from 51 (NEWS2: 50 and less score) to 100 /min (AHA: tachycardia
above), breathing 12 to 20 /min and temperature 36.1 to 38.0 °C (NEWS2, Royal College of Physicians 2017: score 0).
Newborns' temperature 36.5 to 37.5 °C (WHO, Thermal protection of the newborn, 1997). Oxygen 95 % or more (WHO pulse
oximetry training manual, 2011). Glucose 70 to 199 mg/dL (ADA: below 70 is low; WHO: from 200 on, at any time of day,
diabetes). Body mass index of adults 18.5 to 29.9 (WHO: underweight below, obesity above).

Unusual: for adults beyond what NEWS2 gives its highest score, roughly; for children a third beyond what is normal;
weight and height beyond about three standard deviations of WHO's Child Growth Standards (2006) and Reference (2007),
rounded outwards. What is unusual can be true: it is asked about, never refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

YEAR = 365.25
ADULT_DAYS = 19 * YEAR
HIGH, LOW = "High", "Low"


@dataclass(frozen=True)
class Span:
    """From the least to the most, both included; None: no limit that way."""

    least: Decimal | None
    most: Decimal | None

    def flag(self, number: Decimal) -> str:
        """High or Low for what lies outside; empty for what lies within."""
        if self.least is not None and number < self.least:
            return LOW
        return HIGH if self.most is not None and number > self.most else ""


@dataclass(frozen=True)
class Norms:
    """What is normal and what isn't unusual at one age, by the name of the value. Glucose in mg/dL."""

    normal: Mapping[str, Span]
    usual: Mapping[str, Span]


def _span(least: object, most: object) -> Span:
    return Span(*(None if one is None else Decimal(str(one)) for one in (least, most)))


_BY_AGE = ("heart_rate", "respiratory_rate", "systolic", "diastolic")
# Up to which age in days, and then in the order of _BY_AGE.
_PALS: tuple[tuple[float, tuple[tuple[int, int], ...]], ...] = (
    (28, ((100, 205), (30, 53), (67, 84), (35, 53))),
    (1 * YEAR, ((100, 190), (30, 53), (72, 104), (37, 56))),
    (3 * YEAR, ((98, 140), (22, 37), (86, 106), (42, 63))),
    (6 * YEAR, ((80, 120), (20, 28), (89, 112), (46, 72))),
    (10 * YEAR, ((75, 118), (18, 25), (97, 115), (57, 76))),
    (12 * YEAR, ((75, 118), (18, 25), (102, 120), (61, 80))),
    (16 * YEAR, ((60, 100), (12, 20), (110, 131), (64, 83))),
)
_ADULT_NORMAL = dict(
    zip(_BY_AGE, (_span(51, 100), _span(12, 20), _span(90, 139), _span(60, 89)), strict=True),
)
_ADULT_USUAL = dict(
    zip(_BY_AGE, (_span(40, 150), _span(8, 35), _span(70, 219), _span(40, 130)), strict=True),
)
_AT_ANY_AGE_NORMAL = {
    "temperature": _span("36.1", "38.0"),
    "oxygen": _span(95, None),
    "glucose": _span(70, 199),
}
_NEWBORN_TEMPERATURE = _span("36.5", "37.5")
_AT_ANY_AGE_USUAL = {
    "temperature": _span("35.0", "40.5"),
    "oxygen": _span(85, None),
    "glucose": _span(54, 400),
}
_ADULT_INDEX = _span("18.5", "29.9")
# Years, kg, cm: about three standard deviations below and above the median, boys and girls together.
_GROWTH: tuple[tuple[float, tuple[float, float], tuple[float, float]], ...] = (
    (0, (2.0, 5.0), (43, 56)),
    (0.25, (4.0, 9.0), (55, 68)),
    (0.5, (5.1, 11.0), (58, 75)),
    (1, (6.3, 13.4), (66, 83)),
    (2, (8.1, 17.2), (75, 97)),
    (5, (12.1, 30.0), (95, 124)),
    (10, (18.0, 70.0), (118, 159)),
    (15, (30.0, 120.0), (140, 193)),
    (19, (35.0, 180.0), (140, 205)),
)
# Where the age isn't known nobody can say what is normal, and only what is unusual at every age is asked about.
_UNKNOWN_USUAL = {"heart_rate": (40, 270), "respiratory_rate": (8, 70), "systolic": (50, 219), "diastolic": (26, 130)}


def age_in_days(birth_date: str | None, on: date) -> int | None:
    """How old somebody is; a year alone, or a year and month, count from their middle. None if it isn't known."""
    if not birth_date:
        return None
    parts = [int(part) for part in birth_date.split("-")]
    middle = (7, 1) if len(parts) == 1 else (15,) if len(parts) == 2 else ()
    try:
        return max(0, (on - date(*parts, *middle)).days)
    except (TypeError, ValueError):
        # The server takes a 31 February from who writes past the program.
        return None


def is_adult(birth_date: str | None, on: date) -> bool:
    """Whether somebody has stopped growing."""
    days = age_in_days(birth_date, on)
    return days is not None and days >= ADULT_DAYS


def norms(birth_date: str | None, on: date) -> Norms:
    """What is normal and usual for somebody on a day."""
    days = age_in_days(birth_date, on)
    if days is None:
        unknown = {name: _span(*limits) for name, limits in _UNKNOWN_USUAL.items()}
        return Norms(_AT_ANY_AGE_NORMAL, _AT_ANY_AGE_USUAL | unknown)
    row = next((limits for until, limits in _PALS if days < until), None)
    normal = _ADULT_NORMAL if row is None else {name: _span(*one) for name, one in zip(_BY_AGE, row, strict=True)}
    usual = _ADULT_USUAL if row is None else {name: _wider(*one) for name, one in zip(_BY_AGE, row, strict=True)}
    known = dict(_AT_ANY_AGE_NORMAL) | normal
    if days < 28:
        known["temperature"] = _NEWBORN_TEMPERATURE
    if days >= ADULT_DAYS:
        known["bmi"] = _ADULT_INDEX
    return Norms(known, _AT_ANY_AGE_USUAL | usual | _growth(days / YEAR))


def weight_class(index: Decimal) -> str:
    """What WHO calls an adult's body mass index."""
    limits = (("18.5", "underweight"), ("25", "normal weight"), ("30", "overweight"))
    return next((word for below, word in limits if index < Decimal(below)), "obesity")


def _wider(least: int, most: int) -> Span:
    return _span(least * 3 // 4, most * 4 // 3)


def _growth(years: float) -> dict[str, Span]:
    years = min(years, _GROWTH[-1][0])
    before, after = next((one, other) for one, other in pairwise(_GROWTH) if years <= other[0])
    part = (years - before[0]) / (after[0] - before[0])

    def between(column: int) -> Span:
        limits = ((a + (b - a) * part) for a, b in zip(before[column], after[column], strict=True))  # type: ignore[arg-type]
        return _span(*(round(limit, 1) for limit in limits))

    return {"weight": between(1), "height": between(2)}
