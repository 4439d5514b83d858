"""The first tab of a chart: what happened, the course of the vital signs, and what holds now, side by side."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from hmsdesk.controllers.charts import Chart
from hmsdesk.models.dates import worded
from hmsdesk.models.medication import Taken
from hmsdesk.models.patient_health import CONDITION_STATUSES
from hmsdesk.models.patients import Patient
from hmsdesk.models.prescription_doses import dose_words
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, quiet
from hmsdesk.views.kit.chips import STATUSES, Status
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.deeds import Entry
from hmsdesk.views.kit.live_vitals import LiveVitals
from hmsdesk.views.kit.vital_words import VitalWords
from hmsdesk.views.kit.waiting_words import status_of, when_suits, with_whom
from hmsdesk.views.patients.entries import PANEL_LEAST, ScrolledEntries
from hmsdesk.views.patients.timeline import TimelinePanel

EDIT, HEALTH_PART = "edit", "health"
TIMELINE, NARROW, SIDE = 282, 256, 300
ANY = 16_777_215
# Below this the third column goes under the others.
THREE_COLUMNS = 1080
_SHOWN = ("phone", "phone_of", "email", "address")
# From so many days on somebody sees to it that there is more.
SOON_OVER = 5


class Overview(QWidget):
    """Each part stays as it is, with its focus and its place, unless it has something else to say."""

    def __init__(self, context: Context, chart: Chart, words: VitalWords, go: Callable[[str], None], room: int) -> None:
        """go: leads to the form of a part of the chart. room: how wide it will be, px."""
        super().__init__()
        self._context = context
        self._go = go
        may = context.session.may
        patient = chart.patient
        self.timeline = TimelinePanel(context, patient["_id"], words, "Timeline")
        self.vitals = LiveVitals(context, patient, words) if may("observations", "read") else None
        edit = self._edit(HEALTH_PART, "allergies and problems") if may("patient_health", "update") else None
        self.problems = ScrolledEntries("Problems", edit) if chart.health is not None else None
        self.medication = ScrolledEntries("Medication") if may("prescriptions", "read") else None
        edit = self._edit(EDIT, "details") if may("patients", "update") else None
        self.details = ScrolledEntries("Details", edit)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.SPACE_12)
        self._is_wide = room >= THREE_COLUMNS
        self._place(self._is_wide)
        self.show_chart(chart)

    def _place(self, wide: bool) -> None:
        """Three columns; where there is too little room two, with what holds now below the others."""
        self._is_wide = wide
        while self._grid.takeAt(0) is not None:
            pass
        side = [panel for panel in (self.problems, self.medication, self.details) if panel is not None]
        if self.vitals is None:
            self._in_columns([self.timeline], side)
        elif wide:
            self._in_columns([self.timeline, self.vitals], side)
        else:
            self._in_two_rows(self.vitals)
        for panel in side:
            panel.set_fitting(wide)

    def _in_columns(self, high: list[QWidget], side: list[ScrolledEntries]) -> None:
        rows = len(side) + 1
        for n, widget in enumerate(high):
            self._grid.addWidget(widget, 0, n, rows, 1)
        for n, panel in enumerate(side):
            self._grid.addWidget(panel, n, len(high))
            panel.setFixedWidth(SIDE)
        self._stretch((0, 1, 0) if len(high) > 1 else (1, 0, 0), (1,) * len(side) + (0,))
        self.timeline.setMinimumWidth(TIMELINE)
        self.timeline.setMaximumWidth(TIMELINE if len(high) > 1 else ANY)

    def _in_two_rows(self, vitals: QWidget) -> None:
        self._grid.addWidget(self.timeline, 0, 0)
        self._grid.addWidget(vitals, 0, 1, 1, 2)
        self._grid.addWidget(self.details, 1, 0)
        for n, panel in enumerate(panel for panel in (self.problems, self.medication) if panel is not None):
            self._grid.addWidget(panel, 1, n + 1)
        for free in (self.problems, self.medication, self.details):
            if free is not None:
                free.setMinimumWidth(0)
                free.setMaximumWidth(ANY)
        for narrow in (self.timeline, self.details):
            narrow.setFixedWidth(NARROW)
        self._stretch((0, 1, 1), (5, 2))

    def _stretch(self, columns: tuple[int, ...], rows: tuple[int, ...]) -> None:
        for n, stretch in enumerate((*columns, 0, 0)[:3]):
            self._grid.setColumnStretch(n, stretch)
        for n, stretch in enumerate((*rows, 0, 0, 0, 0)[:4]):
            self._grid.setRowStretch(n, stretch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= THREE_COLUMNS
        if wide != self._is_wide:
            self._place(wide)
        self._share()

    def _share(self) -> None:
        """In a low window what concerns health is read whole before how to reach somebody is."""
        side = [panel for panel in (self.problems, self.medication, self.details) if panel is not None]
        # Below them is a row for what is left over, with a gap of its own.
        room = self.height() - theme.SPACE_12 * len(side)
        for n, panel in enumerate(side):
            most = max(PANEL_LEAST, room - PANEL_LEAST * (len(side) - n - 1))
            panel.set_most(most)
            room -= min(panel.needed(), most)

    def show_chart(self, chart: Chart) -> None:
        """Show it as it stands now."""
        if self.problems is not None and chart.health is not None:
            known = chart.health.get("conditions", [])
            self.problems.set_count(str(len(known)) if known else "")
            self.problems.show_entries(_problems(chart.health), "No problems recorded.")
        if self.medication is not None:
            self.medication.set_count(str(len(chart.medication)) if chart.medication else "")
            today = self._context.session.locale.today()
            taken = [_taken(one, one.days_left(today)) for one in chart.medication]
            self.medication.show_entries(taken, "Nothing that was prescribed here is still being taken.")
        details = [*map(_listed, chart.listed), *self._known(chart.patient)]
        self.details.show_entries(details, "No phone or address recorded.")
        self._share()

    def _known(self, patient: Row) -> list[Entry]:
        locale = self._context.session.locale
        known = [getattr(Patient, name) for name in _SHOWN if patient.get(name)]
        entries = [Entry(field.show(patient[field.name], locale), field.verbose_name) for field in known]
        for contact in patient.get("emergency_contacts", []):
            who = contact.get("relationship", "Emergency contact")
            entries.append(Entry(contact["name"], f"{who} · {Patient.phone.show(contact['phone'], locale)}"))
        return [*entries, *_insured(patient)]

    def _edit(self, part: str, what: str) -> Button:
        button = quiet("Edit", "pencil-outline")
        button.setObjectName(f"chartEdit-{part}")
        button.setAccessibleName(f"Edit {what}")
        button.clicked.connect(lambda: self._go(part))
        return button


def _insured(patient: Row) -> list[Entry]:
    """With whom, under which number, and how much of a bill that pays."""
    if not patient.get("insurer"):
        return []
    percent = patient.get("insurance_percent")
    pays = f"pays {percent} %" if percent is not None else ""
    known = ("Insurance", patient.get("policy", ""), pays)
    return [Entry(patient["insurer"], " · ".join(part for part in known if part))]


def _listed(entry: Row) -> Entry:
    """What somebody waits for: Dr Sara El-Masry, from 17 Nov."""
    return Entry("On the waiting list", f"{with_whom(entry)} · {when_suits(entry)}", status_of(entry))


def _problems(health: Row) -> list[Entry]:
    entries = [_condition(one) for one in health.get("conditions", [])]
    if health.get("history"):
        entries.append(Entry("History", health["history"]))
    return entries


def _condition(one: Row) -> Entry:
    state = dict(CONDITION_STATUSES).get(one.get("status", ""), "")
    since = f"since {worded(one['since'])}" if one.get("since") else ""
    return Entry(one["name"], " · ".join(part for part in (state, since) if part))


def _taken(one: Taken, left: int) -> Entry:
    if one.withheld:
        became = "refused" if one.is_refused else "set-aside"
        return Entry(one.line["name"], one.told(dose_words(one.line)[0]), STATUSES[became])
    days = "last day" if left == 1 else f"{left} days left"
    status = Status(days, "warning", "clock-outline") if left <= SOON_OVER else None
    return Entry(one.line["name"], dose_words(one.line)[0], status)
