"""The keepers of every record, by the collection it is kept in, and what a searching picker finds there."""

from __future__ import annotations

from bson import ObjectId

from hmsdesk.controllers.account_list import ACCOUNTS
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.charges import CHARGES
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.closings import CLOSINGS
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.dispensary.hand_outs import DISPENSATIONS
from hmsdesk.controllers.documents import DOCUMENTS
from hmsdesk.controllers.encounter_notes import ADDENDA, NOTES
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.note_templates import NOTE_TEMPLATES
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.stock.counting import STOCK_COUNTS
from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.controllers.stock.ledger import MOVEMENTS
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.controllers.workstations import WORKSTATIONS
from hmsdesk.database.session import Session
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.practice import Practice
from hmsdesk.models.registry import choice
from hmsdesk.models.row import Row

_KEEPERS = (
    Keeping(Practice),
    PREFERENCES,
    ACCOUNTS,
    WORKSTATIONS,
    DEPARTMENTS,
    SERVICES,
    STAFF,
    SCHEDULES,
    CLINIC_DAYS,
    PATIENTS,
    HEALTH,
    APPOINTMENTS,
    WAITING_LIST,
    ENCOUNTERS,
    NOTES,
    ADDENDA,
    NOTE_TEMPLATES,
    DOCUMENTS,
    OBSERVATIONS,
    MEDICINES,
    LOTS,
    MOVEMENTS,
    DELIVERIES,
    STOCK_COUNTS,
    PRESCRIPTIONS,
    CANCELLATIONS,
    DISPENSATIONS,
    CHARGES,
    INVOICES,
    PAYMENTS,
    CLOSINGS,
)
KEEPERS: dict[str, Keeping] = {keeper.resource: keeper for keeper in _KEEPERS}
_FOUND = 12


def look_up(session: Session, among: str, text: str) -> list[tuple[ObjectId, str, str]]:
    """The records in use that a typed text finds in a choice: id, title and subtitle, the first dozen.

    Raises NotAllowed, Unreachable.
    """
    collection, having = choice(among)
    keeper = KEEPERS[collection]
    listing = keeper.record.LISTING
    in_use = {"active": True} if "active" in declared_fields(keeper.record) else {}
    rows = keeper.page(session, Query(text=text, filters=in_use | having, limit=_FOUND)).rows

    def subtitle(row: Row) -> str:
        apart = listing.apart(row, session.locale) if listing.apart else ""
        return " · ".join(part for part in (apart, str(row.get(listing.subtitle or "") or "")) if part)

    return [(row["_id"], keeper.record.title_of(row), subtitle(row)) for row in rows]
