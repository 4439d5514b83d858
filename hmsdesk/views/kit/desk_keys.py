"""The keys of the desk, on the pages where a call or somebody at the counter may find one."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.walk_in_button import KEY, MODULE, WALK_IN

PATIENTS, NEW, REGISTER_KEY = "patients", "new", "Ctrl+N"


def register(context: Context) -> None:
    """Go to the form of a new patient."""
    context.navigate(PATIENTS, NEW)


def add_desk_keys(context: Context, page: QWidget) -> None:
    """Registering, and letting somebody in, for whoever books as well."""
    if not context.session.may(MODULE, CREATE):
        return
    if context.session.may(PATIENTS, CREATE):
        on_key(page, REGISTER_KEY, "Register patient", partial(register, context))
    on_key(page, KEY, "Let somebody in without a booking", partial(context.navigate, MODULE, WALK_IN))
