"""The pages of the program: one row a module. What a role may not read is absent from its window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.registry import look_up
from hmsdesk.models.text import fold
from hmsdesk.security.permissions import Role, may
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.palette import Entry, Source
from hmsdesk.views.kit.rail import NavGroup, NavItem


@dataclass(frozen=True)
class Module:
    """One row: where it stands in the rail, what it needs, and which view makes its pages.

    view: the module under hmsdesk.views whose make_page(context, record) is called, imported at the first visit.
    action: what the role must be allowed to do to `resource` for the page to be of use to it.
    in_rail: False for pages that are only reached from others.
    """

    name: str
    word: str
    icon: str
    group: str
    resource: str
    view: str
    action: str = "read"
    in_rail: bool = True

    def is_for(self, role: Role) -> bool:
        """Whether the role has this page."""
        return may(role, self.resource, self.action)


# What stands under "Front desk" is the day of those who treat patients.
FRONT_DESK, MY_DAY = "Front desk", "My day"
TREATING = (Role.DOCTOR, Role.NURSE)

MODULES: tuple[Module, ...] = (
    Module("appointments", "Today", "calendar-today-outline", "Front desk", "appointments", "appointments"),
    Module("dispensary", "Dispense", "line-scan", "Dispensary", "dispensations", "dispensary", "create"),
    Module("patients", "Patients", "account-multiple-outline", "Front desk", "patients", "patients"),
    Module("prescriptions", "Prescriptions", "pill-multiple", "Care", "prescriptions", "prescriptions"),
    Module("prescribe", "Prescribe", "pencil-outline", "Care", "prescriptions", "prescribe", "create", in_rail=False),
    Module("medicines", "Medicines", "pill", "Stock", "medicines", "medicines", "update"),
    Module("stock_lots", "Lots and expiry", "package-variant-closed", "Stock", "stock_lots", "stock"),
    Module("departments", "Departments", "sitemap-outline", "Clinic", "departments", "departments"),
    Module("services", "Services", "format-list-bulleted", "Clinic", "services", "services"),
    Module("staff", "Staff", "doctor", "Clinic", "staff", "staff"),
    Module("schedules", "Schedules", "calendar-clock-outline", "Clinic", "schedules", "schedules", "update"),
    Module("clinic_days", "Clinic days", "calendar-remove-outline", "Clinic", "clinic_days", "clinic_days", "update"),
    Module("accounts", "Accounts", "account-key-outline", "Administration", "accounts", "accounts", "oversee"),
    Module("workstations", "Workstations", "monitor", "Administration", "workstations", "workstations", "oversee"),
    Module("trail", "Trail", "text-box-search-outline", "Administration", "audit", "trail"),
)


def groups_for(role: Role) -> list[NavGroup]:
    """The rail of a role."""
    headings: dict[str, list[NavItem]] = {}
    for module in MODULES:
        if module.in_rail and module.is_for(role):
            heading = MY_DAY if role in TREATING and module.group == FRONT_DESK else module.group
            headings.setdefault(heading, []).append(NavItem(module.name, module.word, module.icon))
    return [NavGroup(heading, items) for heading, items in headings.items()]


def make_page(context: Context, role: Role, module: str, record: str) -> QWidget:
    """The page of a module. Raises KeyError for one the role doesn't have."""
    found = {one.name: one for one in MODULES if one.is_for(role)}[module]
    page: QWidget = import_module(f"hmsdesk.views.{found.view}").make_page(context, record)
    return page


def first_module(role: Role) -> str:
    """Where a role begins its day."""
    return next(module.name for module in MODULES if module.in_rail and module.is_for(role))


def word_of(module: str, role: Role) -> str:
    """What a module is called; "" for one the role doesn't have."""
    return next((one.word for one in MODULES if one.name == module and one.is_for(role)), "")


def palette_sources(context: Context) -> list[Source]:
    """What Ctrl+K finds, besides the actions of the window."""
    role = context.session.identity.role
    pages = [module for module in MODULES if module.in_rail and module.is_for(role)]

    def find_pages(typed: str) -> list[Entry]:
        return [
            Entry(page.word, page.group, page.icon, partial(context.navigate, page.name, ""))
            for page in pages
            if fold(typed) in fold(page.word)
        ]

    def find_patients(typed: str) -> list[Entry]:
        found = look_up(context.session, "patients", typed) if typed.strip() else []
        return [
            Entry(title, more, "account-outline", partial(context.navigate, "patients", str(patient)))
            for patient, title, more in found
        ]

    patients = [Source("Patients", find_patients, remote=True)] if may(role, "patients", "read") else []
    return [*patients, Source("Pages", find_pages)]
