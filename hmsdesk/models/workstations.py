"""A workstation: a computer that may reach the practice's server, until an owner revokes it."""

import re
from typing import Any, ClassVar

from hmsdesk.models.declaration import Problem
from hmsdesk.models.fields import ChoiceField, CodeField, TextField, YesNoField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Listing, Order, Record

ENROLLED, REVOKED = "enrolled", "revoked"
# It may be allowed in and never have come: only the computer itself knows that it has joined.
STATES = ((ENROLLED, "Allowed"), (REVOKED, "Revoked"))


class PrefixField(CodeField):
    """Two capital letters. Any other length would not be told from the rest of a patient ID."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2, **kwargs)

    def clean(self, raw: object, locale: Locale) -> str | None:
        if isinstance(raw, str) and raw.strip() and not re.fullmatch("[A-Z]{2}", raw.strip(), re.IGNORECASE | re.ASCII):
            raise Problem("Exactly two letters from A to Z.")
        return super().clean(raw, locale)

    def json_schema(self) -> dict[str, Any]:
        return {"bsonType": "string", "pattern": r"^[A-Z]{2}\z"}


class Workstation(Record):
    """One computer of the clinic. `prefix` begins the patient IDs that are issued on it."""

    meta: ClassVar[dict[str, Any]] = {"collection": "workstations"}

    name = TextField(verbose_name="Name", required=True, unique=True, max_length=60, width=0)
    prefix = PrefixField(
        verbose_name="Letters of its patient IDs",
        required=True,
        unique=True,
        width=160,
        help_text="Two letters, as in BK-4821-7",
    )
    state = ChoiceField(verbose_name="Access", choices=STATES, required=True, width=140, filter=True)
    backs_up = YesNoField(verbose_name="Backs up daily", words=("Daily", ""), issued=True, width=130)

    LISTING: ClassVar[Listing] = Listing(
        noun="workstation",
        adding="Invite",
        plural="workstations",
        title="name",
        search=("name", "prefix"),
        orders=(Order("name", "Name"),),
    )
