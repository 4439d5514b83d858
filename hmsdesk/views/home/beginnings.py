"""What a new practice still needs until its first patient can be booked, as things to do."""

from __future__ import annotations

from functools import partial

from hmsdesk.controllers.overview import DESK, DOCTORS, SERVICES_OFFERED
from hmsdesk.views.home.todo import Errand
from hmsdesk.views.kit.context import Context

# Icon, what is missing and what follows from that; and the word and the place that lead to where it is entered.
_WORDS = {
    DOCTORS: ("stethoscope", "No doctor", "is among the staff yet: nobody can be booked.", "Add a doctor"),
    SERVICES_OFFERED: (
        "format-list-bulleted",
        "No service",
        "is offered yet: visits have no price.",
        "Add a service",
    ),
    DESK: (
        "account-key-outline",
        "Nobody",
        "may register and book yet. Make an account for reception or a doctor.",
        "Open accounts",
    ),
}
_PLACES = {DOCTORS: ("staff", "new"), SERVICES_OFFERED: ("services", "new"), DESK: ("accounts", "")}


def beginning_errand(context: Context, missing: str) -> Errand:
    """One line for each."""
    icon, name, words, action = _WORDS[missing]
    return Errand(
        f"missing-{missing}", icon, "warning", name, words, action, partial(context.navigate, *_PLACES[missing])
    )
