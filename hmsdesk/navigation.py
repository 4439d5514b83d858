"""The pages of the program: one row a module. What a role may not read is absent from its window."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.meant import find_meant
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
from hmsdesk.models.patients import age_and_sex
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.security.permissions import Role, may
from hmsdesk.views.found import FOUND, find_bills, find_medicines, find_prescriptions, of_the_clinic
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.no_such_page import page_of
from hmsdesk.views.kit.palette import Entry, Source
from hmsdesk.views.kit.rail import NavGroup, NavItem
from hmsdesk.views.kit.walk_in_button import MODULE as WALK_IN_MODULE
from hmsdesk.views.kit.walk_in_button import WALK_IN


@dataclass(frozen=True)
class Module:
    """One row: where it stands in the rail, what it needs, and which view makes its pages.

    view: the module under hmsdesk.views whose make_page(context, record) is called, imported at the first visit.
    action: what the role must be allowed to do to `resource` for the page to be of use to it.
    roles: those it is for; empty: all that may.
    under: the module in whose place of the rail it stands, for pages that are only reached from others.
    about: the resources whose records its places name, where that isn't its own.
    adding: where in it one adds a record; "" for its list, where owners do that; None where one adds nothing.
    sought: other words that people look for it by.
    """

    name: str
    word: str
    icon: str
    group: str
    resource: str
    view: str
    action: str = "read"
    roles: tuple[Role, ...] = ()
    under: str = ""
    about: str = ""
    adding: str | None = "new"
    sought: str = ""

    def is_meant(self, typed: str) -> bool:
        """Whether what was typed is part of what it is called, or begins another word for it."""
        sought = fold(typed).strip()
        others = self.sought.split() if len(sought) >= _TELLING else []
        begun = all(any(word.startswith(part) for word in others) for part in sought.split())
        return sought in fold(self.word) or (bool(others) and begun)

    @property
    def in_rail(self) -> bool:
        """Whether it has a place of its own in the rail."""
        return not self.under

    def is_for(self, role: Role) -> bool:
        """Whether the role has this page."""
        return may(role, self.resource, self.action) and role in (self.roles or Role)


WALK_IN_WORDS = "walk-in walk in let somebody in check in new"
# Fewer letters begin too many words.
_TELLING = 3
FRONT_DESK, MY_DAY, CARE, DISPENSARY = "Front desk", "My day", "Care", "Dispensary"
# What one who does everything sets up, rather than works with each day, is folded: their rail has all there is.
NOT_DAILY = ("Stock", "Clinic", "Administration")
ALONE = (MY_DAY, CARE, "Money", *NOT_DAILY)
TREATING = (Role.DOCTOR, Role.NURSE)
# Those who have a home of their own to begin the day with.
AT_HOME = (Role.ADMINISTRATOR, Role.RECEPTIONIST, Role.PHARMACIST, *TREATING, Role.SOLO)
# For them the first heading is the day as a whole, not a desk they don't stand at.
OWN_DAY = (*TREATING, Role.ADMINISTRATOR, Role.PHARMACIST, Role.SOLO)
# Their own work isn't part of this version: they are told so first of all.
WAITING = (Role.LABORATORY, Role.REPRESENTATIVE, Role.PATIENT)

MODULES: tuple[Module, ...] = (
    Module("welcome", "Welcome", "home-outline", "Start", "departments", "welcome", roles=WAITING),
    Module("home", "Today", "home-outline", "Front desk", "departments", "home", roles=AT_HOME, adding=None),
    Module(
        "appointments",
        "Bookings",
        "calendar-today-outline",
        "Front desk",
        "appointments",
        "appointments",
        under="home",
        adding="book",
        sought="bookings",
    ),
    Module("calendar", "Calendar", "calendar-outline", "Front desk", "appointments", "calendar", adding=None),
    Module("dispensary", "Dispense", "line-scan", "Dispensary", "dispensations", "dispensary", "create"),
    Module(
        "patients", "Patients", "account-multiple-outline", "Front desk", "patients", "patients", sought="charts people"
    ),
    Module(
        "waiting_list",
        "Waiting list",
        "clipboard-clock-outline",
        "Front desk",
        "waiting_list",
        "waiting_list",
        sought="queue",
    ),
    Module(
        "cash_desk",
        "Cash desk",
        "cash-register",
        "Money",
        "payments",
        "cash_desk",
        "create",
        about="patients",
        adding=None,
        sought="pay till bills drawer open count close refund give money back take",
    ),
    Module(
        "invoices", "Invoices", "receipt-text-outline", "Money", "invoices", "invoices", adding=None, sought="bills"
    ),
    Module("payments", "Payments", "cash-multiple", "Money", "payments", "payments", adding=None),
    Module(
        "closings",
        "Day closings",
        "clipboard-check-outline",
        "Money",
        "closings",
        "closings",
        adding=None,
        sought="drawer reports close",
    ),
    Module("visit", "Visits", "stethoscope", "Care", "encounter_notes", "visit", about="encounters", adding=None),
    Module("prescriptions", "Prescriptions", "pill-multiple", "Care", "prescriptions", "prescriptions"),
    Module(
        "prescribe",
        "Prescribe",
        "pencil-outline",
        "Care",
        "prescriptions",
        "prescribe",
        "create",
        under="prescriptions",
        about="patients",
    ),
    Module(
        "note_templates",
        "Note templates",
        "text-box-outline",
        "Care",
        "note_templates",
        "note_templates",
        "update",
    ),
    Module(
        "vitals",
        "Record vital signs",
        "pulse",
        "Care",
        "observations",
        "vitals",
        "create",
        under="patients",
        about="appointments patients",
    ),
    Module("medicines", "Medicines", "pill", "Stock", "medicines", "medicines", "update", sought="drugs formulary"),
    Module(
        "stock_lots",
        "Lots and expiry",
        "package-variant-closed",
        "Stock",
        "stock_lots",
        "stock",
        sought="inventory expiry",
    ),
    Module("deliveries", "Deliveries", "truck-outline", "Stock", "deliveries", "deliveries"),
    Module("stock_count", "Stock count", "clipboard-check-outline", "Stock", "stock_counts", "stock_count", "create"),
    Module("stock_ledger", "Stock ledger", "swap-horizontal", "Stock", "stock_movements", "stock_ledger"),
    Module(
        "departments",
        "Departments",
        "sitemap-outline",
        "Clinic",
        "departments",
        "departments",
        sought="specialties clinics",
    ),
    Module(
        "services", "Services", "format-list-bulleted", "Clinic", "services", "services", sought="prices fees tariff"
    ),
    Module("staff", "Staff", "doctor", "Clinic", "staff", "staff", sought="doctors nurses employees"),
    Module(
        "schedules",
        "Schedules",
        "calendar-clock-outline",
        "Clinic",
        "schedules",
        "schedules",
        "update",
        sought="hours week shifts",
    ),
    Module(
        "clinic_days",
        "Clinic days",
        "calendar-remove-outline",
        "Clinic",
        "clinic_days",
        "clinic_days",
        "update",
        sought="holidays closed vacation leave opening",
    ),
    Module(
        "preferences",
        "Preferences",
        "tune",
        "Administration",
        "preferences",
        "preferences",
        "update",
        adding="",
        sought="settings options configuration",
    ),
    Module(
        "accounts",
        "Accounts",
        "account-key-outline",
        "Administration",
        "accounts",
        "accounts",
        "oversee",
        adding="",
        sought="users passwords roles permissions access owners practice address phone letterhead recovery code",
    ),
    Module(
        "workstations",
        "Workstations",
        "monitor",
        "Administration",
        "workstations",
        "workstations",
        "oversee",
        adding="",
        sought="computers",
    ),
    Module("backups", "Backups", "backup-restore", "Administration", "backups", "backups", adding=None),
    Module(
        "sign_ins",
        "Sign-ins",
        "login-variant",
        "Administration",
        "sign_in_attempts",
        "sign_ins",
        adding=None,
        sought="logins failed attempts passwords security",
    ),
    Module(
        "trail",
        "Trail",
        "text-box-search-outline",
        "Administration",
        "audit",
        "trail",
        sought="audit log history security",
    ),
)


def groups_for(role: Role) -> list[NavGroup]:
    """The rail of a role."""
    headings: dict[str, list[NavItem]] = {}
    for module in MODULES:
        if module.in_rail and module.is_for(role):
            also = tuple(one.name for one in MODULES if one.under == module.name)
            item = NavItem(module.name, module.word, module.icon, also)
            headings.setdefault(heading_of(module, role), []).append(item)
    if role is not Role.SOLO:
        return [NavGroup(heading, items) for heading, items in headings.items()]
    # What is prescribed comes before what is handed out.
    headings[CARE].sort(key=lambda item: item.module == "dispensary")
    ordered = sorted(headings, key=ALONE.index)
    return [NavGroup(heading, headings[heading], heading in NOT_DAILY) for heading in ordered]


def heading_of(module: Module, role: Role) -> str:
    """The heading a page stands under in a role's rail."""
    if role in OWN_DAY and module.group == FRONT_DESK:
        return MY_DAY
    # One who does everything has no dispensary apart from the consulting room.
    return CARE if role is Role.SOLO and module.group == DISPENSARY else module.group


def make_page(context: Context, role: Role, module: str, record: str) -> QWidget:
    """The page of a module. Raises KeyError for one the role doesn't have."""
    found = {one.name: one for one in MODULES if one.is_for(role)}[module]
    return page_of(import_module(f"hmsdesk.views.{found.view}").make_page, context, module, record)


def first_module(role: Role) -> str:
    """Where a role begins its day."""
    return next(module.name for module in MODULES if module.in_rail and module.is_for(role))


def word_of(module: str, role: Role | None = None) -> str:
    """What a module is called; "" for one there isn't, or that the role doesn't have."""
    return next((one.word for one in MODULES if one.name == module and (role is None or one.is_for(role))), "")


def subject_of(session: Session, place: str, typed: Mapping[str, object]) -> str:
    """Who or what the form at a place is about, as typed or as the server knows it; "" where that is not known."""
    name, _, record = place.partition("/")
    module = next((one for one in MODULES if one.name == name), None)
    if module is None:
        return ""
    keepers = [KEEPERS[resource] for resource in (module.about or module.resource).split()]
    record = record.partition("/")[0]
    if not ObjectId.is_valid(record):
        return str(typed.get(keepers[0].record.LISTING.title) or "")
    for keeper in keepers if module.is_for(session.identity.role) else ():
        with suppress(UserError):
            return keeper.record.title_of(keeper.get(session, ObjectId(record)))
    return ""


def palette_sources(context: Context) -> list[Source]:
    """What Ctrl+K finds, besides the actions of the window."""
    role = context.session.identity.role
    pages = [module for module in MODULES if module.in_rail and module.is_for(role)]

    def find_pages(typed: str) -> list[Entry]:
        return [
            Entry(page.word, heading_of(page, role), page.icon, partial(context.navigate, page.name, ""))
            for page in pages
            if page.is_meant(typed)
        ]

    def find_patients(typed: str) -> list[Entry]:
        found = find_meant(context.session, typed, FOUND) if typed.strip() else []
        return [
            Entry(row["name"], _told_apart(row, context), "account-outline", partial(_open_chart, context, row))
            for row in found
        ]

    patients = [Source("Patients", find_patients, remote=True)] if may(role, "patients", "read") else []
    bills = [Source("Bills", partial(find_bills, context), remote=True)] if may(role, "payments", "create") else []
    return [*patients, *bills, *of_the_clinic(context), *_of_the_dispensary(context), Source("Pages", find_pages)]


def _of_the_dispensary(context: Context) -> list[Source]:
    """For whoever dispenses."""
    found = {"Medicines": find_medicines, "Prescriptions": find_prescriptions}
    dispenses = word_of("dispensary", context.session.identity.role)
    return [Source(name, partial(find, context), remote=True) for name, find in found.items() if dispenses]


def find_adding(context: Context, typed: str) -> list[Entry]:
    """What the person may add, found also by what it adds and by the page: "new patient"."""
    found = []
    for module in MODULES:
        words = _adding(module, context)
        if words and all(word in fold(f"{words} add new {module.word}") for word in fold(typed).split()):
            go = partial(context.navigate, module.name, module.adding or "")
            found.append(Entry(words, module.word, "plus", go))
    lets_in = may(context.session.identity.role, WALK_IN_MODULE, "create")
    if lets_in and all(word in fold(WALK_IN_WORDS) for word in fold(typed).split()):
        go = partial(context.navigate, WALK_IN_MODULE, WALK_IN)
        found.append(Entry("Walk-in", "Let somebody in without a booking", "walk", go))
    return found


def _adding(module: Module, context: Context) -> str:
    """Register patient; "" where the person adds nothing by hand."""
    identity = context.session.identity
    listing = KEEPERS[module.resource].record.LISTING if module.resource in KEEPERS else None
    if listing is None or not listing.adding or module.adding is None or not module.is_for(identity.role):
        return ""
    adds = may(identity.role, module.resource, "create") if module.adding else identity.owner
    return f"{listing.adding} {listing.noun}" if adds else ""


def _told_apart(patient: Row, context: Context) -> str:
    """What tells patients of one name apart: BK-4821-7 · 58, M · محمد علي."""
    number = f"\u2066{patient['identifier']}\u2069"
    # Words are painted in the direction they begin in.
    parts = (number, age_and_sex(patient, context.session.locale), patient.get("name_ar", ""))
    return " · ".join(part for part in parts if part)


def _open_chart(context: Context, patient: Row) -> None:
    context.navigate("patients", str(patient["_id"]))
