"""A patient's vital signs as they stand now: the panel that fetches by itself."""

from __future__ import annotations

from functools import partial

from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.state_view import Action
from hmsdesk.views.kit.vital_signs import VitalsPanel
from hmsdesk.views.kit.vital_words import VitalWords


class LiveVitals(VitalsPanel):
    """Fetches by itself, and again when somebody measures."""

    def __init__(self, context: Context, patient: Row, words: VitalWords, *, latest: bool = True) -> None:
        go = partial(context.navigate, "vitals", str(patient["_id"]))
        may = context.session.may(OBSERVATIONS.resource, CREATE)
        record: Action | None = ("Record vital signs", go) if may else None
        super().__init__(words, record, latest=latest)
        self._context = context
        self._patient = patient
        self._latest = tasks.Latest(self)
        context.live.follow(self, {OBSERVATIONS.resource}, self.look_again)
        self.look_again()

    def look_again(self) -> None:
        """Fetch what was measured as it stands now."""
        known = partial(OBSERVATIONS.known, self._context.session, self._patient)
        self._latest.ask(known, self.show_vitals, partial(self.show_problem, retry=self.look_again))
