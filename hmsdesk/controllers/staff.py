"""Members of staff: keeping them, and finding the doctors and whose account is whose."""

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import PAGE_SIZE
from hmsdesk.database.session import Session
from hmsdesk.models.row import Row
from hmsdesk.models.staff import DOCTOR, StaffMember

STAFF = Keeping(StaffMember)

_MOST_DOCTORS = PAGE_SIZE * 4


def doctors(session: Session) -> list[Row]:
    """The doctors who work here, by name. Raises NotAllowed, Unreachable."""
    with session.reading(STAFF.resource) as staff:
        found = staff.find({"profession": DOCTOR, "active": True}).sort([("find.name", 1), ("_id", 1)])
        return list(found.limit(_MOST_DOCTORS))


def member(session: Session, person: ObjectId) -> Row | None:
    """The member of staff with an id, such as whose account it is; None for none. Raises NotAllowed, Unreachable."""
    with session.reading(STAFF.resource) as staff:
        row: Row | None = staff.find_one({"_id": person})
    return row
