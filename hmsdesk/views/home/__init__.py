"""Today, as each role begins it: what waits, for how long, and the next step.

Not here: the table of a day and booking (appointments), and what the steps lead to.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from PySide6.QtWidgets import QWidget

from hmsdesk.security.permissions import Role
from hmsdesk.views.kit.context import Context

_HOMES = {
    Role.RECEPTIONIST: ("reception", "ReceptionHome"),
    Role.DOCTOR: ("doctor", "DoctorHome"),
    Role.NURSE: ("nurse", "NurseHome"),
    Role.PHARMACIST: ("pharmacist", "PharmacistHome"),
    Role.ADMINISTRATOR: ("administrator", "AdministratorHome"),
    Role.SOLO: ("solo", "SoloHome"),
}


def home_of(role: Role) -> Callable[[Context], QWidget]:
    """What makes the home of a role; imports what it needs."""
    file, home = _HOMES[role]
    made: Callable[[Context], QWidget] = getattr(import_module(f"hmsdesk.views.home.{file}"), home)
    return made


def make_page(context: Context, _record: str) -> QWidget:
    """The home of whoever is signed in."""
    return home_of(context.session.identity.role)(context)
