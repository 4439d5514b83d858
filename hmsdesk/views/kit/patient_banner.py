"""Whom a form or a history is about: the patient's banner, in its lower height."""

from __future__ import annotations

from functools import partial

from bson import ObjectId

from hmsdesk.controllers.charts import open_visit
from hmsdesk.controllers.patients import PATIENTS, PatientAndHealth
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.banner import Banner, PatientSummary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.patient_summary import summary_of, visit_words

Seen = tuple[PatientAndHealth, Row | None]
"""A patient, and the visit that is going on, if any."""


class PatientBanner(Banner):
    """Fetches the patient by itself, and again when something of them is changed."""

    def __init__(self, context: Context, patient: ObjectId) -> None:
        super().__init__(compact=True)
        self.hide()
        self._context = context
        self._patient = patient
        self._latest = tasks.Latest(self)
        context.live.follow(self, ("patients", "patient_health"), self._fetch, patient)
        context.live.follow(self, ("encounters",), self._fetch)
        self._fetch()

    def _fetch(self) -> None:
        look = partial(look_at, self._context, self._patient)
        # Without the banner the page is still right; what is wrong with the server the page itself says.
        self._latest.ask(look, self._on_known, lambda _: None)

    def _on_known(self, seen: Seen) -> None:
        self.show_patient(summary_of_seen(seen, self._context.session.locale))
        self.show()


def look_at(context: Context, patient: ObjectId) -> Seen:
    """What a banner says of a patient whose chart is open already. Raises NotAllowed, NotFound, Unreachable."""
    return PATIENTS.look_again(context.session, patient), open_visit(context.session, patient)


def summary_of_seen(seen: Seen, locale: Locale) -> PatientSummary:
    """The banner's words for it."""
    known, visit = seen
    return summary_of(known.patient, known.health, locale, visit_words(visit, locale))
