"""What Ctrl+K finds of the server's records, besides patients."""

from __future__ import annotations

from functools import partial

from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.models.medicines import counted
from hmsdesk.models.row import Row
from hmsdesk.models.staff import placed
from hmsdesk.security.permissions import UPDATE, may
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.palette import Entry, Source

# Of each kind.
FOUND = 12
_FEW = 4


def find_bills(context: Context, typed: str) -> list[Entry]:
    """The bills of a number, their own or a receipt's; a name alone is a patient's."""
    if not any(letter.isdecimal() for letter in typed):
        return []
    asked = Query(text=typed, descending=True, limit=_FEW)
    return [
        Entry(
            f"\u2066{row['number']}\u2069",
            str(row.get("patient:title") or ""),
            "receipt-text-outline",
            partial(context.navigate, "cash_desk", f"invoice/{row['_id']}"),
        )
        for row in INVOICES.page(context.session, asked).rows
    ]


def find_staff(context: Context, typed: str) -> list[Entry]:
    """Who works here, by name."""
    found = STAFF.page(context.session, Query(text=typed, limit=_FEW)).rows if typed.strip() else []
    return [
        Entry(
            row["name"],
            placed(row, context.session.locale),
            "doctor",
            partial(context.navigate, "staff", str(row["_id"])),
        )
        for row in found
    ]


def find_services(context: Context, typed: str) -> list[Entry]:
    """What is offered, by name or code."""
    found = SERVICES.page(context.session, Query(text=typed, limit=_FEW)).rows if typed.strip() else []
    return [
        Entry(
            row["name"],
            str(row["code"]),
            "format-list-bulleted",
            partial(context.navigate, "services", str(row["_id"])),
        )
        for row in found
    ]


def find_medicines(context: Context, typed: str) -> list[Entry]:
    """Medicines by name."""
    found = MEDICINES.page(context.session, Query(text=typed, limit=FOUND)).rows if typed.strip() else []
    return [
        Entry(row["name"], _said_of(row), "pill", partial(context.navigate, "medicines", str(row["_id"])))
        for row in found
    ]


def _said_of(medicine: Row) -> str:
    """Its ingredient, and how much of it there is."""
    there = f"{counted(medicine['stock'], medicine['unit'])} in stock" if "stock" in medicine else ""
    return " · ".join(part for part in (medicine["ingredient"], there) if part)


def find_prescriptions(context: Context, typed: str) -> list[Entry]:
    """Prescriptions by whose they are, or by what was spoken of their number, the newest first."""
    asked = Query(text=typed, order="issued_at", descending=True, limit=FOUND)
    found = PRESCRIPTIONS.page(context.session, asked).rows if typed.strip() else []
    return [
        Entry(
            row["number"],
            str(row.get("patient:title") or ""),
            "line-scan",
            partial(context.navigate, "dispensary", str(row["_id"])),
        )
        for row in found
    ]


def of_the_clinic(context: Context) -> list[Source]:
    """For whoever keeps these lists."""
    kept = {"Staff": ("staff", find_staff), "Services": ("services", find_services)}
    role = context.session.identity.role
    return [
        Source(heading, partial(find, context), remote=True)
        for heading, (resource, find) in kept.items()
        if may(role, resource, UPDATE)
    ]
