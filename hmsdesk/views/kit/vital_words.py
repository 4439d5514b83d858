"""Vital signs in words and figures: which charts there are of them, what is abnormal, and the tables behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hmsdesk.models.dates import day_and_month, worded
from hmsdesk.models.locale import Locale
from hmsdesk.models.measures import GlucoseField
from hmsdesk.models.observations import BMI, BMI_UNIT, IN_ERROR, Observation, flag_of, number_of
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.models.vital_ranges import Norms, norms
from hmsdesk.views.kit.chart import Line, Marker, Point
from hmsdesk.views.kit.data_table import Figure, Figures

PRESSURE = "pressure"


@dataclass(frozen=True)
class Charted:
    """One chart.

    short, tiny: its name where there is less room, and still less. names: the values it shows.
    step: what lies between normal and high, where the limit is told as that from which on it is high (140), and not
    as the last that is normal; what is low isn't drawn there, between the lines of two values.
    """

    key: str
    title: str
    short: str
    names: tuple[str, ...]
    step: str = ""
    tiny: str = ""


CHARTS: tuple[Charted, ...] = (
    Charted(PRESSURE, "Blood pressure", "Pressure", ("systolic", "diastolic"), "1"),
    Charted("heart_rate", "Pulse", "Pulse", ("heart_rate",)),
    Charted("temperature", "Temperature", "Temperature", ("temperature",), tiny="Temp."),
    Charted("weight", "Weight", "Weight", ("weight",)),
    Charted(BMI, "Body mass index", "BMI", (BMI,)),
    Charted("oxygen", "Oxygen saturation", "Oxygen", ("oxygen",)),
    Charted("respiratory_rate", "Breathing", "Breathing", ("respiratory_rate",)),
    Charted("glucose", "Glucose", "Glucose", ("glucose",)),
    Charted("height", "Height", "Height", ("height",)),
    Charted("pain", "Pain, 0 to 10", "Pain", ("pain",)),
)
_LOOKS: tuple[tuple[str, Marker], ...] = (("accent", "circle"), ("info", "square"))


class VitalWords:
    """How one patient's values are read: flags are for their age on the day they were measured."""

    def __init__(self, birth_date: str | None, locale: Locale) -> None:
        self._birth_date = birth_date
        self.locale = locale
        self._glucose = GlucoseField.unit_in(locale)
        self._norms: dict[date, Norms] = {}

    def norms_on(self, row: Mapping[str, Any]) -> Norms:
        """What was normal for the patient when it was measured."""
        day = self.locale.local(row["at"]).date()
        if day not in self._norms:
            self._norms[day] = norms(self._birth_date, day)
        return self._norms[day]

    def unit(self, name: str) -> str:
        """What stands behind the number; empty for a plain number."""
        if name == "glucose":
            return self._glucose
        return BMI_UNIT if name == BMI else str(getattr(Observation, name).unit)

    def number(self, name: str, value: Any) -> Decimal | None:
        """A kept value as it is charted."""
        return number_of(name, value, self._glucose)

    def flag(self, chart: Charted, row: Mapping[str, Any]) -> str:
        """High or Low, if one of the chart's values is."""
        known = self.norms_on(row)
        return next((flag for name in chart.names if (flag := flag_of(name, row.get(name), known))), "")

    def short(self, chart: Charted, row: Mapping[str, Any], *, unit: bool = True) -> str:
        """148/92; 38.2 °C; empty for what wasn't measured."""
        numbers = [self.number(name, row.get(name)) for name in chart.names]
        if numbers[0] is None:
            return ""
        words = "/".join("–" if number is None else f"{number:f}" for number in numbers)
        behind = self.unit(chart.names[0]) if unit and chart.key not in (PRESSURE, BMI) else ""
        return f"{words} {behind}".strip()

    def lines(self, chart: Charted, rows: Sequence[Row]) -> list[Line]:
        """The chart's lines, with the limits of what is normal today."""
        known = norms(self._birth_date, self.locale.today())
        made = []
        for name, (token, marker) in zip(chart.names, _LOOKS, strict=False):
            points = [self._point(name, row) for row in rows if row.get(name) is not None]
            label = name if len(chart.names) > 1 else ""
            limits = tuple(float(limit) for limit in _limits(known, name, chart))
            made.append(Line(label, token, marker, tuple(points), limits))
        return made

    def _point(self, name: str, row: Row) -> Point:
        number = self.number(name, row[name])
        assert number is not None
        at = self.locale.local(row["at"]).replace(tzinfo=None)
        return Point(at, float(number), f"{number:f}", flag_of(name, row[name], self.norms_on(row)))

    def normal(self, chart: Charted) -> str:
        """normal below 140/90; normal 51 to 100; normal from 95; empty where nothing is."""
        known = norms(self._birth_date, self.locale.today())
        limits = [_limits(known, name, chart) for name in chart.names]
        if not limits[0]:
            return ""
        words = [f"{limit.normalize():f}" for one in limits for limit in one]
        if chart.step:
            return f"normal below {'/'.join(words)}"
        return f"normal {' to '.join(words)}" if len(words) > 1 else f"normal from {words[0]}"

    def when(self, row: Mapping[str, Any]) -> str:
        """17 Nov 2026, 10:24."""
        return f"{worded(self.locale.local(row['at']))}, {clock(row['at'], self.locale)}"

    def day(self, at: Any) -> str:
        """3 Sep; with the year, if it was in another one; today."""
        day = self.locale.local(at).date()
        today = self.locale.today()
        if day == today:
            return "today"
        return day_and_month(day) if day.year == today.year else worded(day)

    def of_chart(self, chart: Charted, rows: Sequence[Row]) -> Figures:
        """What the chart shows as a table, the newest first."""
        headings = ("Measured", *(self._heading(name) for name in chart.names), "By")
        shown = [row for row in rows if any(row.get(name) is not None for name in chart.names)]
        return Figures(headings, tuple(self._figures(row, chart.names) for row in reversed(shown)))

    def _figures(self, row: Row, names: Sequence[str]) -> tuple[Figure, ...]:
        known = self.norms_on(row)
        values = [
            (number, flag_of(name, row.get(name), known)) for name in names for number in [self._figure(name, row)]
        ]
        by = Figure(str(row.get("created_by:title", "")))
        return (Figure(self.when(row)), *(Figure(words, flag) for words, flag in values), by)

    def _figure(self, name: str, row: Row) -> str:
        number = self.number(name, row.get(name))
        return "" if number is None else f"{number:f}"

    def _heading(self, name: str) -> str:
        title = "Body mass index" if name == BMI else str(getattr(Observation, name).verbose_name)
        unit = self.unit(name)
        return f"{title}, {unit}" if unit else title

    def of_all(self, rows: Sequence[Row]) -> Figures:
        """Every measuring, the newest first; what was entered in error is struck through and judged no more."""
        headings = ("Measured", *(self._titled(chart) for chart in CHARTS), "By")
        return Figures(headings, tuple(self._whole(row) for row in reversed(rows)))

    def _titled(self, chart: Charted) -> str:
        unit = self.unit(chart.names[0])
        # What is counted in a minute, and pressures, have no other unit anywhere.
        return chart.short if unit in ("", "/min", "mmHg", BMI_UNIT) else f"{chart.short}, {unit}"

    def _whole(self, row: Row) -> tuple[Figure, ...]:
        wrong = row["status"] == IN_ERROR
        cells = [
            Figure(self.short(chart, row, unit=False), "" if wrong else self.flag(chart, row), wrong)
            for chart in CHARTS
        ]
        when = f"{self.when(row)} · note" if row.get("note") else self.when(row)
        return (Figure(when, struck=wrong), *cells, Figure(str(row.get("created_by:title", ""))))

    def told(self, row: Row, most: int = 2) -> str:
        """148/92, 38.2 °C: the first few of what was measured for one line; the pressure, then what is abnormal."""
        first, *others = CHARTS
        in_order = [first, *sorted(others, key=lambda chart: not self.flag(chart, row))]
        words = [words for chart in in_order if (words := self.short(chart, row))]
        return ", ".join(words[:most])


def _limits(known: Norms, name: str, chart: Charted) -> list[Decimal]:
    span = known.normal.get(name)
    if span is None:
        return []
    if chart.step and span.most is not None:
        return [span.most + Decimal(chart.step)]
    return [limit for limit in (span.least, span.most) if limit is not None]
