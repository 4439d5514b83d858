"""The list of the backups that were made."""

from __future__ import annotations

from typing import Any, ClassVar

from pymongo import DESCENDING, IndexModel

from hmsdesk.models.fields import ChoiceField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Listing, Order, Record, days_of
from hmsdesk.models.times import MomentField

ENDING = ".hmsbackup"
BY_HAND, DAILY = "by hand", "daily"
KINDS = ((DAILY, "Daily"), (BY_HAND, "By hand"))
INDEXES = [IndexModel([("at", DESCENDING), ("_id", DESCENDING)], name="newest first")]
_WHOLE = {"bsonType": ["int", "long"], "minimum": 0}
SCHEMA: dict[str, Any] = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "objectId"},
        "at": {"bsonType": "date"},
        "kind": {"enum": [kind for kind, _ in KINDS]},
        "workstation": {"bsonType": "objectId"},
        "name": {"bsonType": "string", "maxLength": 200},
        "records": _WHOLE,
        "size": _WHOLE,
    },
    "required": ["at", "kind", "workstation", "name", "records", "size"],
    "additionalProperties": False,
}


class SizeField(WholeNumberField):
    """The size of a file in bytes."""

    def show(self, value: Any, locale: Locale) -> str:
        return "" if value is None else f"{value / 1e6:,.1f} MB"


class Backup(Record):
    """All that the practice keeps, in one sealed file that is read back after it is written."""

    meta: ClassVar[dict[str, Any]] = {"collection": "backups"}

    at = MomentField(verbose_name="As it was at", width=160)
    name = TextField(verbose_name="File", width=0)
    kind = ChoiceField(verbose_name="Made", choices=KINDS, width=90)
    workstation = ReferenceField(verbose_name="On", refers_to="workstations", width=160)
    records = WholeNumberField(verbose_name="Records", width=90, max_value=10**12)
    size = SizeField(verbose_name="Size", width=90, max_value=10**15)

    LISTING: ClassVar[Listing] = Listing(
        noun="backup",
        plural="backups",
        adding="",
        title="name",
        search=(),
        orders=(Order("at", "Time", descending=True),),
        aspects=(days_of("backups"),),
    )
