"""Today, as each role begins it: what waits, for how long, and the next step.

Not here: the table of a day and booking (appointments), and what the steps lead to.
"""

from __future__ import annotations

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


def make_page(context: Context, _record: str) -> QWidget:
    """The home of whoever is signed in."""
    file, home = _HOMES[context.session.identity.role]
    page: QWidget = getattr(import_module(f"hmsdesk.views.home.{file}"), home)(context)
    return page
