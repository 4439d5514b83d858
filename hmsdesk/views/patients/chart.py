"""The chart: who the patient is, and what of their health, visits and prescriptions the role may know."""

from __future__ import annotations

from functools import partial

from bson import ObjectId
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.charts import COLLECTIONS, Chart, look_again, open_chart
from hmsdesk.models.allergies import ALLERGY_WORDS, allergy_state
from hmsdesk.models.appointments import IN_CONSULTATION, Appointment
from hmsdesk.models.dates import worded
from hmsdesk.models.patient_health import CONDITION_STATUSES
from hmsdesk.models.patients import Patient
from hmsdesk.models.prescriptions import Prescription
from hmsdesk.models.record import Row
from hmsdesk.models.times import clock
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.banner import Banner
from hmsdesk.views.kit.buttons import normal, primary, quiet
from hmsdesk.views.kit.chips import STATUSES
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.page import BackButton, Page
from hmsdesk.views.kit.parts import StateView
from hmsdesk.views.kit.patient_summary import summary_of
from hmsdesk.views.kit.tab_order import put_before
from hmsdesk.views.patients.entries import EntriesPanel, Entry
from hmsdesk.views.patients.history import HISTORY

MODULE = "patients"
EDIT, HEALTH_PART = "edit", "health"
SIDE = 300
_SHOWN = ("phone", "phone_of", "email", "address")


class ChartPage(Page):
    """One patient on one page. It is shown only once its opening is in the trail."""

    def __init__(self, context: Context, patient: ObjectId) -> None:
        super().__init__(theme.SPACE_12, theme.SPACE_12)
        self.setObjectName("chart")
        self._context = context
        self._patient = patient
        self.chart: Chart | None = None
        self._latest = tasks.Latest(self)
        self._missed = False
        may = context.session.may
        edits_health = may("patient_health", "update")
        self._banner = Banner(edit_allergies=partial(self._go_to, HEALTH_PART) if edits_health else None)
        self._visits, self._prescriptions = EntriesPanel("Appointments"), EntriesPanel("Prescriptions")
        edit = self._edit(HEALTH_PART, "allergies and problems") if edits_health else None
        self._health = EntriesPanel("Allergies and problems", edit)
        edit = self._edit(EDIT, "details") if may("patients", "update") else None
        self._details = EntriesPanel("Details", edit)
        self._back: BackButton | None = None
        self._state = StateView()
        self._column.addWidget(self._state, 1)
        context.live.follow(self, COLLECTIONS, self._on_news)
        self._open()

    def _open(self) -> None:
        self._state.show_loading()
        self._latest.ask(partial(open_chart, self._context.session, self._patient), self._show, self._on_failed)

    def _on_news(self) -> None:
        self._missed = self.chart is None
        if not self._missed:
            # What is shown stays until the answer comes; a lost server is said in the frame.
            look = partial(look_again, self._context.session, self._patient)
            self._latest.ask(look, self._show, lambda _: None)

    def _on_failed(self, problem: Exception) -> None:
        self._state.show_problem(problem, self._open)

    def _show(self, chart: Chart) -> None:
        if self.chart is None:
            self._state.hide()
            self._column.addWidget(self._banner)
            self._column.addLayout(self._actions())
            self._column.addLayout(self._built_panels(chart), 1)
        self.chart = chart
        self._fill(chart)
        assert self._back is not None
        put_before(self._back, self._banner)
        if self._missed:
            self._on_news()

    def _actions(self) -> QHBoxLayout:
        session, patient = self._context.session, str(self._patient)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._way_back())
        row.addStretch()
        history = quiet("History", "history")
        history.setObjectName("chartHistoryButton")
        history.clicked.connect(lambda _: self._context.navigate(MODULE, f"{patient}/{HISTORY}"))
        row.addWidget(history)
        may_prescribe = session.may("prescriptions", "create")
        if session.may("appointments", "create"):
            make = normal if may_prescribe else primary
            book = make("Book", "calendar-plus", "Ctrl+B")
            book.setObjectName("chartBook")
            book.clicked.connect(lambda: self._context.navigate("appointments", f"book/{patient}"))
            row.addWidget(book)
        if may_prescribe:
            prescribe = primary("Prescribe", "pencil-outline", "Ctrl+E")
            prescribe.setObjectName("chartPrescribe")
            prescribe.clicked.connect(lambda: self._context.navigate("prescribe", patient))
            row.addWidget(prescribe)
        return row

    def _way_back(self) -> BackButton:
        """To the list it was opened from, which is as it was left."""
        self._back = BackButton(self._list_behind()[1], lambda: self._context.navigate(self._list_behind()[0], ""))
        self._back.setObjectName("chartBack")
        return self._back

    def _list_behind(self) -> tuple[str, str]:
        module, word = self._context.list_behind()
        return (module, word) if module else (MODULE, "Patients")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._back is not None:
            self._back.lead_to(self._list_behind()[1])

    def _built_panels(self, chart: Chart) -> QHBoxLayout:
        session = self._context.session
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        row.addWidget(self._visits, 1)
        if session.may("prescriptions", "read"):
            row.addWidget(self._prescriptions, 1)
        side = QVBoxLayout()
        side.setSpacing(theme.SPACE_12)
        if chart.health is not None:
            side.addWidget(self._health, 1)
        side.addWidget(self._details, 1)
        holder = QWidget()
        holder.setFixedWidth(SIDE)
        side.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(side)
        row.addWidget(holder)
        return row

    def _fill(self, chart: Chart) -> None:
        """Each part stays as it is, with its focus and its place, unless it has something else to say."""
        visit = _open_visit(chart, self._context)
        self._banner.show_patient(summary_of(chart.patient, chart.health, self._context.session.locale, visit))
        self._visits.set_count(str(len(chart.appointments)))
        self._visits.show_entries([self._visit(row) for row in chart.appointments], "No appointments yet.")
        self._prescriptions.set_count(str(len(chart.prescriptions)))
        prescribed = [self._prescription(row) for row in chart.prescriptions]
        self._prescriptions.show_entries(prescribed, "Nothing prescribed yet.")
        if chart.health is not None:
            self._health.show_entries(_health(chart.health))
        self._details.show_entries(self._known(chart.patient), "Nothing but the name is known.")

    def _visit(self, row: Row) -> Entry:
        when = Appointment.start.show(row["start"], self._context.session.locale)
        return Entry(when, str(row.get("practitioner:title", "")), STATUSES[row["status"].replace(" ", "-")])

    def _prescription(self, row: Row) -> Entry:
        signed = Prescription.issued_at.show(row["issued_at"], self._context.session.locale)
        medicines = ", ".join(line["name"] for line in row["lines"])
        return Entry(f"{row['number']} · {signed}", f"{row.get('practitioner:title', '')}: {medicines}")

    def _known(self, patient: Row) -> list[Entry]:
        locale = self._context.session.locale
        known = [getattr(Patient, name) for name in _SHOWN if patient.get(name)]
        entries = [Entry(field.show(patient[field.name], locale), field.verbose_name) for field in known]
        for contact in patient.get("emergency_contacts", []):
            who = contact.get("relationship", "Emergency contact")
            entries.append(Entry(contact["name"], f"{who} · {Patient.phone.show(contact['phone'], locale)}"))
        return entries

    def _edit(self, part: str, what: str) -> QAbstractButton:
        button = quiet("Edit", "pencil-outline")
        button.setObjectName(f"chartEdit-{part}")
        button.setAccessibleName(f"Edit {what}")
        button.clicked.connect(lambda: self._go_to(part))
        return button

    def _go_to(self, part: str) -> None:
        self._context.navigate(MODULE, f"{self._patient}/{part}")


def _health(health: Row) -> list[Entry]:
    allergies = ", ".join(one["substance"] for one in health.get("allergies", []))
    entries = [Entry(allergies or ALLERGY_WORDS[allergy_state(health)], "Allergies")]
    entries += [_condition(one) for one in health.get("conditions", [])]
    if health.get("history"):
        entries.append(Entry("History", health["history"]))
    if not health.get("conditions"):
        entries.append(Entry("No problems recorded."))
    return entries


def _condition(one: Row) -> Entry:
    state = dict(CONDITION_STATUSES).get(one.get("status", ""), "")
    since = f"since {worded(one['since'])}" if one.get("since") else ""
    return Entry(one["name"], " · ".join(part for part in (state, since) if part))


def _open_visit(chart: Chart, context: Context) -> tuple[str, str] | None:
    """The consultation that is going on: since when, and with whom."""
    going_on = next((row for row in chart.appointments if row["status"] == IN_CONSULTATION), None)
    if going_on is None:
        return None
    began = clock(going_on["stamps"][-1]["at"], context.session.locale)
    return f"Since {began}", str(going_on.get("practitioner:title", ""))
