"""The page on which vital signs are recorded: who it is, the form, and beside it what was measured before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bson import ObjectId
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout

from hmsdesk.controllers.observations import OBSERVATIONS, Observations, Subject, Vitals
from hmsdesk.models.observations import FINAL, Observation, to_confirm
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock
from hmsdesk.models.vital_ranges import is_adult
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.page import BackButton, Page
from hmsdesk.views.kit.parts import StateView
from hmsdesk.views.kit.patient_banner import PatientBanner
from hmsdesk.views.kit.records import drafting
from hmsdesk.views.kit.vital_signs import VitalsPanel
from hmsdesk.views.kit.vital_words import CHARTS, VitalWords
from hmsdesk.views.kit.words import sentence
from hmsdesk.views.vitals.fields import VitalsFields, VitalsForm
from hmsdesk.views.vitals.measure_row import Known

MODULE = "vitals"
FORM = 600
# Below this there is no room for both.
ROOM_FOR_BOTH = 1000
AGE_UNKNOWN = "The age is not known: pressure, pulse, breathing and body mass index are not judged here."


class Measuring(Observations):
    """The keeper behind the form: what is typed is recorded for one patient, and for an appointment if there is one."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(Observation)
        self._patient = subject.patient["_id"]
        self._appointment = subject.appointment["_id"] if subject.appointment else None

    def create(self, session: Any, values: Mapping[str, object], operation: str) -> Row:
        """Record what was measured now."""
        return self.record_vitals(session, self._patient, values, operation, self._appointment)


@dataclass(frozen=True)
class _Opened:
    subject: Subject
    vitals: Vitals
    row: Row | None


class VitalsPage(Page):
    """Marked as modified while it holds something that isn't saved."""

    def __init__(self, context: Context, place: str, subject: ObjectId, measuring: ObjectId | None) -> None:
        super().__init__(theme.SPACE_12, theme.SPACE_12)
        self.setObjectName("vitals")
        self._context = context
        self._place = place
        self._subject = subject
        self._measuring = measuring
        self._latest = tasks.Latest(self)
        self.form: VitalsForm | None = None
        self.panel: VitalsPanel | None = None
        self._opened: _Opened | None = None
        self._state = StateView()
        self._room = QHBoxLayout()
        self._room.setSpacing(theme.SPACE_12)
        self._column.addLayout(self._way_back())
        self._column.addWidget(self._state, 1)
        context.live.follow(self, {OBSERVATIONS.resource}, self._look_again)
        self._open()

    def _way_back(self) -> QHBoxLayout:
        back = BackButton("Back", self._on_back)
        back.setAccessibleName("Back to where you came from")
        back.setObjectName("vitalsBack")
        row = QHBoxLayout()
        row.addWidget(back)
        row.addStretch()
        return row

    def _open(self) -> None:
        self._state.show_loading()
        failed = partial(self._state.show_problem, retry=self._open)
        self._latest.ask(self._fetch, self._show, failed)

    def _fetch(self) -> _Opened:
        session = self._context.session
        subject = OBSERVATIONS.subject(session, self._subject)
        row = OBSERVATIONS.get(session, self._measuring) if self._measuring else None
        return _Opened(subject, OBSERVATIONS.known(session, subject.patient), row)

    def _show(self, opened: _Opened) -> None:
        self._opened = opened
        self._state.hide()
        patient = opened.subject.patient
        words = VitalWords(patient.get("birth_date"), self._context.session.locale)
        self._column.addWidget(PatientBanner(self._context, patient["_id"]))
        self.form = self._made_form(opened, words)
        self.panel = VitalsPanel(words)
        self.panel.show_vitals(opened.vitals)
        self._room.addWidget(self.form)
        self._room.addWidget(self.panel, 1)
        self._column.addLayout(self._room, 1)
        self._fit()
        self.begin_at(self.form)
        if self.isVisible():
            self.form.setFocus()

    def _made_form(self, opened: _Opened, words: VitalWords) -> VitalsForm:
        session, row, patient = self._context.session, opened.row, opened.subject.patient
        at = row["at"] if row else session.now()
        earlier = [one for one in opened.vitals.rows if one["status"] == FINAL and one["at"] < at]
        adult = is_adult(patient.get("birth_date"), session.locale.local(at).date())
        heights = [one["height"] for one in earlier if one.get("height")] if adult else []
        ask = partial(to_confirm, earlier=earlier, birth_date=patient.get("birth_date"), at=at, locale=session.locale)
        known = Known(words.norms_on({"at": at}), earlier, ask)
        fields = VitalsFields(words, known, heights[-1] if heights else None, self._remarks(opened, known))
        keeper = OBSERVATIONS if row else Measuring(opened.subject)
        kept = drafting(self._context, f"{MODULE}/{self._place}")
        form = VitalsForm(keeper, session, row, drafting=kept, fields=fields)
        form.set_title(f"Correct what was measured on {words.when(row)}" if row else self._title(opened))
        form.setFixedWidth(FORM)
        form.saved.connect(partial(self._on_saved, words))
        form.closed.connect(self._leave)
        form.modified.connect(self.setWindowModified)
        self.setWindowModified(form.is_edited())
        return form

    @staticmethod
    def _remarks(opened: _Opened, known: Known) -> list[tuple[str, str]]:
        """What they come for; and where values can't be judged, that nothing said of one doesn't mean: normal."""
        reason = None if opened.row else (opened.subject.appointment or {}).get("reason")
        said: list[tuple[str, str]] = [(f"Noted when booking: {reason}", "")] if reason else []
        return said if "systolic" in known.norms.normal else [*said, (AGE_UNKNOWN, "warning")]

    def _title(self, opened: _Opened) -> str:
        appointment = opened.subject.appointment
        if appointment is None:
            return "Vital signs"
        when = clock(appointment["start"], self._context.session.locale)
        doctor = appointment.get("practitioner:title")
        return f"Vital signs, for the appointment at {when}" + (f" with {doctor}" if doctor else "")

    def _look_again(self) -> None:
        """Somebody measured or corrected: the panel follows, what is being typed stays."""
        opened, panel = self._opened, self.panel
        if opened is not None and panel is not None:
            known = partial(OBSERVATIONS.known, self._context.session, opened.subject.patient)
            self._latest.ask(known, panel.show_vitals, lambda _: None)
            if self.form is not None and self._measuring is not None:
                get = partial(OBSERVATIONS.get, self._context.session, self._measuring)
                tasks.run(self, get, self.form.record_changed, lambda _: None)

    def _on_saved(self, words: VitalWords, row: Row) -> None:
        assert self._opened is not None
        name = self._opened.subject.patient["name"]
        told = [
            f"{chart.short} {words.short(chart, row)} {flag.lower()}"
            for chart in CHARTS
            if (flag := words.flag(chart, row))
        ]
        self._context.toasts.show(sentence(f"Vital signs of {name} are saved"), ", ".join(told))
        self._leave()

    def _leave(self) -> None:
        self._context.close_page(MODULE, self._place)

    def _on_back(self) -> None:
        if self.form is not None:
            self.form.leave()
        else:
            self._leave()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self.panel is not None:
            self.panel.setVisible(self.width() >= ROOM_FOR_BOTH)
