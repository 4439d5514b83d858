"""The chart: who the patient is, and what of their health, visits and prescriptions the role may know."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bson import ObjectId
from PySide6.QtCore import Qt
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
from hmsdesk.views.kit.chips import STATUSES, Status
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.page import BackButton, Page
from hmsdesk.views.kit.parts import Chip, Label, Panel, StateView
from hmsdesk.views.kit.patient_summary import summary_of
from hmsdesk.views.kit.scroll import Scroll
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
        self._body: QWidget | None = None
        self._back: BackButton | None = None
        self._state = StateView()
        self._column.addWidget(self._state, 1)
        context.live.follow(self, COLLECTIONS, self._on_news)
        self._open()

    def _open(self) -> None:
        self._state.show_loading()
        self._latest.ask(partial(open_chart, self._context.session, self._patient), self._show, self._on_failed)

    def _on_news(self) -> None:
        if self.chart is not None:
            # What is shown stays until the answer comes; a lost server is said in the frame.
            look = partial(look_again, self._context.session, self._patient)
            self._latest.ask(look, self._show, lambda _: None)

    def _on_failed(self, problem: Exception) -> None:
        self._state.show_problem(problem, self._open)

    def _show(self, chart: Chart) -> None:
        self.chart = chart
        self._state.hide()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_12)
        may_edit = self._context.session.may("patient_health", "update")
        banner = Banner(edit_allergies=partial(self._go_to, HEALTH_PART) if may_edit else None)
        visit = _open_visit(chart, self._context)
        banner.show_patient(summary_of(chart.patient, chart.health, self._context.session.locale, visit))
        column.addWidget(banner)
        column.addLayout(self._actions(chart))
        column.addLayout(self._panels(chart), 1)
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.deleteLater()
        self._body = body
        self._column.addWidget(body, 1)

    def _actions(self, chart: Chart) -> QHBoxLayout:
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

    def _panels(self, chart: Chart) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        row.addWidget(self._visits(chart), 1)
        if self._context.session.may("prescriptions", "read"):
            row.addWidget(self._prescriptions(chart), 1)
        side = QVBoxLayout()
        side.setSpacing(theme.SPACE_12)
        if chart.health is not None:
            side.addWidget(self._health(chart.health), 1)
        side.addWidget(self._details(chart.patient), 1)
        holder = QWidget()
        holder.setFixedWidth(SIDE)
        side.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(side)
        row.addWidget(holder)
        return row

    def _visits(self, chart: Chart) -> Panel:
        panel = Panel("Appointments", str(len(chart.appointments)))
        lines = [self._visit(row) for row in chart.appointments]
        _fill(panel, lines, "No appointments yet.")
        return panel

    def _visit(self, row: Row) -> QWidget:
        when = Appointment.start.show(row["start"], self._context.session.locale)
        status = STATUSES[row["status"].replace(" ", "-")]
        return entry(when, str(row.get("practitioner:title", "")), status)

    def _prescriptions(self, chart: Chart) -> Panel:
        panel = Panel("Prescriptions", str(len(chart.prescriptions)))
        lines = [self._prescription(row) for row in chart.prescriptions]
        _fill(panel, lines, "Nothing prescribed yet.")
        return panel

    def _prescription(self, row: Row) -> QWidget:
        signed = Prescription.issued_at.show(row["issued_at"], self._context.session.locale)
        medicines = ", ".join(line["name"] for line in row["lines"])
        return entry(f"{row['number']} · {signed}", f"{row.get('practitioner:title', '')}: {medicines}")

    def _health(self, health: Row) -> Panel:
        may = self._context.session.may("patient_health", "update")
        panel = Panel(
            "Allergies and problems", None, self._edit(HEALTH_PART, "allergies and problems") if may else None
        )
        allergies = ", ".join(one["substance"] for one in health.get("allergies", []))
        lines = [entry(allergies or ALLERGY_WORDS[allergy_state(health)], "Allergies")]
        lines += [_condition(one) for one in health.get("conditions", [])]
        if health.get("history"):
            lines.append(entry("History", health["history"]))
        if not health.get("conditions"):
            lines.append(entry("No problems recorded.", ""))
        _fill(panel, lines)
        return panel

    def _details(self, patient: Row) -> Panel:
        may = self._context.session.may("patients", "update")
        panel = Panel("Details", None, self._edit(EDIT, "details") if may else None)
        locale = self._context.session.locale
        known = [getattr(Patient, name) for name in _SHOWN if patient.get(name)]
        lines = [entry(field.show(patient[field.name], locale), field.verbose_name) for field in known]
        for contact in patient.get("emergency_contacts", []):
            who = contact.get("relationship", "Emergency contact")
            lines.append(entry(contact["name"], f"{who} · {Patient.phone.show(contact['phone'], locale)}"))
        _fill(panel, lines, "Nothing but the name is known.")
        return panel

    def _edit(self, part: str, what: str) -> QAbstractButton:
        button = quiet("Edit", "pencil-outline")
        button.setObjectName(f"chartEdit-{part}")
        button.setAccessibleName(f"Edit {what}")
        button.clicked.connect(lambda: self._go_to(part))
        return button

    def _go_to(self, part: str) -> None:
        self._context.navigate(MODULE, f"{self._patient}/{part}")


def entry(first: str, second: str, status: Status | None = None) -> QWidget:
    """One line of a panel: what it is, below it what more is known, and its state at the end."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
    words = QVBoxLayout()
    words.setSpacing(0)
    words.addWidget(Label(first, wrap=True))
    if second:
        words.addWidget(Label(second, muted=True, size="small", wrap=True))
    row.addLayout(words, 1)
    if status:
        row.addWidget(Chip.of(status), 0, Qt.AlignmentFlag.AlignTop)
    return box


def _fill(panel: Panel, lines: Sequence[QWidget], nothing: str = "") -> None:
    """Put lines into a panel, with thin rules between them; scrolled where there are many."""
    panel.body.setContentsMargins(0, 0, 0, 0)
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for line in lines or [entry(nothing, "")]:
        column.addWidget(line)
        column.addWidget(Separator())
    column.addStretch()
    panel.body.addWidget(Scroll(inside))


def _condition(one: Row) -> QWidget:
    state = dict(CONDITION_STATUSES).get(one.get("status", ""), "")
    since = f"since {worded(one['since'])}" if one.get("since") else ""
    return entry(one["name"], " · ".join(part for part in (state, since) if part))


def _open_visit(chart: Chart, context: Context) -> tuple[str, str] | None:
    """The consultation that is going on: since when, and with whom."""
    going_on = next((row for row in chart.appointments if row["status"] == IN_CONSULTATION), None)
    if going_on is None:
        return None
    began = clock(going_on["stamps"][-1]["at"], context.session.locale)
    return f"Since {began}", str(going_on.get("practitioner:title", ""))
