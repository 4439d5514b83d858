"""Every record the program keeps. What is here is provisioned, listed, documented and tested."""

from hmsdesk.models.accounts import Account
from hmsdesk.models.departments import Department
from hmsdesk.models.practice import Practice
from hmsdesk.models.record import Record
from hmsdesk.models.workstations import Workstation

RECORDS: tuple[type[Record], ...] = (Practice, Account, Workstation, Department)


def record_of(collection: str) -> type[Record]:
    """The record that is kept in a collection."""
    return next(record for record in RECORDS if record.collection() == collection)
