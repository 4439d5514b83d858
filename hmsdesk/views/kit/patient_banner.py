"""Whom a form or a history is about: the patient's banner, in its lower height."""

from __future__ import annotations

from functools import partial

from bson import ObjectId

from hmsdesk.controllers.patients import PATIENTS, PatientAndHealth
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.banner import Banner
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.patient_summary import summary_of


class PatientBanner(Banner):
    """Fetches the patient by itself, and again when something of them is changed."""

    def __init__(self, context: Context, patient: ObjectId) -> None:
        super().__init__(compact=True)
        self.hide()
        self._context = context
        self._patient = patient
        self._latest = tasks.Latest(self)
        context.live.follow(self, ("patients", "patient_health"), self._fetch, patient)
        self._fetch()

    def _fetch(self) -> None:
        look = partial(PATIENTS.look_again, self._context.session, self._patient)
        # Without the banner the page is still right; what is wrong with the server the page itself says.
        self._latest.ask(look, self._on_known, lambda _: None)

    def _on_known(self, known: PatientAndHealth) -> None:
        self.show_patient(summary_of(known.patient, known.health, self._context.session.locale))
        self.show()
