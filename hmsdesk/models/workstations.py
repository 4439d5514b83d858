"""A workstation: a computer that may reach the practice's server, until an owner revokes it."""

from typing import Any, ClassVar

from hmsdesk.models.fields import ChoiceField, CodeField, TextField
from hmsdesk.models.record import Listing, Order, Record

ENROLLED, REVOKED = "enrolled", "revoked"
STATES = ((ENROLLED, "Enrolled"), (REVOKED, "Revoked"))


class Workstation(Record):
    """One computer of the clinic. `prefix` begins the patient IDs that are issued on it."""

    meta: ClassVar[dict[str, Any]] = {"collection": "workstations"}

    name = TextField(verbose_name="Name", required=True, unique=True, max_length=60, width=0)
    prefix = CodeField(
        verbose_name="Letters of its patient IDs",
        required=True,
        unique=True,
        max_length=2,
        width=160,
        help_text="Two letters, as in BK-4821-7",
    )
    state = ChoiceField(verbose_name="State", choices=STATES, required=True, width=140, filter=True)

    LISTING: ClassVar[Listing] = Listing(
        noun="workstation",
        plural="workstations",
        title="name",
        search=("name", "prefix"),
        orders=(Order("name", "Name"),),
    )
