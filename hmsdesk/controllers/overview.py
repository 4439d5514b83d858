"""What an administrator looks at first: the figures of the day, what needs attention, and how the system is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bson import ObjectId

from hmsdesk.controllers.account_list import ACCOUNTS, of_members
from hmsdesk.controllers.backups import is_overdue, last_backup
from hmsdesk.controllers.clinic_days import CLINIC_DAYS, between
from hmsdesk.controllers.flow import Flow, look
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.sign_ins import ManyFailures, many_failures
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.standing import Standing, standing
from hmsdesk.controllers.stranded import Stranded, stranded
from hmsdesk.controllers.trail import LastVerified, last_verified
from hmsdesk.database.session import MOST_CLOCK_DIFFERENCE, Session
from hmsdesk.models.booking import whole_day
from hmsdesk.models.closings import takings
from hmsdesk.models.row import Row
from hmsdesk.models.workstations import ENROLLED
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import CREATE, STAFF_ROLES, may
from hmsdesk.settings import Kind

DAYS_AHEAD = 14
DOCTORS, SERVICES_OFFERED, DESK = "doctors", "services", "desk"
_MOST_NAMED = 200


@dataclass(frozen=True)
class Overview:
    """How the practice stands.

    taken: what was paid today, less what was given back. temporary: the names of those who haven't chosen a password
    of their own. left: the names of those who no longer work here and may still sign in. failures: where somebody
    failed to sign in much too often. without_hours: the doctors whom nobody can book. missing: what the first
    booking of a new practice still waits for (DOCTORS, SERVICES_OFFERED, DESK). clinic_days: those of the next
    two weeks. stranded: who is booked at a time that is closed.
    verified: the last verification of the trail, if there ever was one. founded_at: since when there is something to
    verify. backed_up: how the practice was at that time is in the last backup; None where there is none.
    clock_difference: how far the server's clock is ahead of this computer's. bytes_kept: how large this computer's own
    database is; None where it has none.
    """

    flow: Flow
    taken: Decimal
    temporary: Sequence[str]
    left: Sequence[str]
    failures: Sequence[ManyFailures]
    without_hours: Sequence[Row]
    missing: Sequence[str]
    clinic_days: Sequence[Row]
    stranded: Sequence[Stranded]
    standing: Standing
    accounts: int
    workstations: int
    verified: LastVerified | None
    founded_at: datetime
    backed_up: datetime | None
    server_version: str
    clock_difference: timedelta
    bytes_kept: int | None

    def backup_is_overdue(self, now: datetime) -> bool:
        """Whether too much would be lost with the database."""
        return is_overdue(self.backed_up, self.founded_at, now)

    @property
    def clock_is_right(self) -> bool:
        """Whether this computer's clock is near enough to the server's."""
        return abs(self.clock_difference) <= MOST_CLOCK_DIFFERENCE


def overview(session: Session, door: Door) -> Overview:
    """Everything at once. Raises NotAllowed, Unreachable."""
    flow = look(session)
    temporary = ACCOUNTS.page(session, Query(filters={"state": State.TEMPORARY.value}, limit=_MOST_NAMED)).rows
    with session.reading("accounts") as accounts:
        active = accounts.count_documents({"state": {"$ne": State.DISABLED.value}})
    with session.reading("workstations") as workstations:
        enrolled = workstations.count_documents({"state": ENROLLED})
    with session.server.asked() as database:
        version = str(database.client.server_info()["version"])
    return Overview(
        flow=flow,
        taken=_taken(session, flow),
        temporary=[row["name"] for row in temporary],
        left=left_with_account(session),
        failures=many_failures(session),
        without_hours=_without_hours(session, flow.doctors),
        missing=_missing(session, flow.doctors),
        clinic_days=_clinic_days(session, flow),
        stranded=stranded(session),
        standing=standing(door),
        accounts=active,
        workstations=enrolled,
        verified=last_verified(session),
        founded_at=door.practice()["created_at"],
        backed_up=last_backup(session),
        server_version=version,
        clock_difference=session.clock_offset,
        bytes_kept=_bytes_kept(door),
    )


def left_with_account(session: Session, person: ObjectId | None = None) -> list[str]:
    """The names of those who no longer work here and may still sign in. person: asks of this one alone.

    Raises NotAllowed, Unreachable.
    """
    with session.reading(STAFF.resource) as staff:
        gone = [row["_id"] for row in staff.find({"active": False} | ({"_id": person} if person else {}), ["_id"])]
    with session.reading("accounts") as accounts:
        found = accounts.find(of_members(gone) | {"state": {"$ne": State.DISABLED.value}}, ["name"])
        return [row["name"] for row in found.sort([("find.name", 1), ("_id", 1)]).limit(_MOST_NAMED)]


def _taken(session: Session, flow: Flow) -> Decimal:
    begins = whole_day(flow.day, session.locale).start
    with session.reading(PAYMENTS.resource) as payments:
        return takings(payments.find({"at": {"$gte": begins}}, ["kind", "method", "amount"])).kept


def _without_hours(session: Session, doctors: Sequence[Row]) -> list[Row]:
    with session.reading(SCHEDULES.resource) as schedules:
        known: set[ObjectId] = {row["practitioner"] for row in schedules.find({}, ["practitioner"])}
    return [doctor for doctor in doctors if doctor["_id"] not in known]


def _missing(session: Session, doctors: Sequence[Row]) -> list[str]:
    """What nobody has entered yet, in the order in which it is entered."""
    with session.reading(SERVICES.resource) as services:
        offered = services.find_one({"active": {"$ne": False}}, ["_id"])
    booking = [role.value for role in STAFF_ROLES if may(role, "appointments", CREATE)]
    with session.reading("accounts") as accounts:
        at_desk = accounts.find_one({"state": {"$ne": State.DISABLED.value}, "roles": {"$in": booking}}, ["_id"])
    there = {DOCTORS: doctors, SERVICES_OFFERED: offered, DESK: at_desk}
    return [name for name, found in there.items() if not found]


def _clinic_days(session: Session, flow: Flow) -> list[Row]:
    last = flow.day + timedelta(days=DAYS_AHEAD)
    with session.reading(CLINIC_DAYS.resource) as clinic_days:
        rows = list(clinic_days.find(between(flow.day, last)).sort([("day", 1), ("_id", 1)]))
    CLINIC_DAYS.add_titles(session, rows)
    return rows


def _bytes_kept(door: Door) -> int | None:
    """Files come and go while they are counted."""
    if door.profile.kind is not Kind.EMBEDDED:
        return None
    total = 0
    for file in (door.settings.folder() / "db").rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except OSError:
            continue
    return total
