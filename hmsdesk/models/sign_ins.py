"""A try to sign in as people read it. Workstations write it, before anybody is signed in: it is in no chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pymongo import DESCENDING, IndexModel

from hmsdesk.models.fields import ChoiceField, ReferenceField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Cell, Listing, Order, Record, days_of
from hmsdesk.models.times import MomentField

SUCCEEDED, FAILED, UNKNOWN = "succeeded", "failed", "unknown"
OUTCOMES = ((SUCCEEDED, "Signed in"), (FAILED, "Failed"), (UNKNOWN, "Failed, unknown e-mail"))
_NEWEST_FIRST = [("at", DESCENDING), ("_id", DESCENDING)]
# What a list is narrowed down by first, and the index it is then read by.
NARROWED_BY = ("account", "workstation", "succeeded")
INDEXES = [
    IndexModel(_NEWEST_FIRST, name="newest first"),
    *(IndexModel([(name, 1), *_NEWEST_FIRST], name=f"by {name}") for name in NARROWED_BY),
]
SCHEMA: dict[str, Any] = {
    "bsonType": "object",
    "properties": {
        "_id": {"bsonType": "objectId"},
        "at": {"bsonType": "date"},
        "account": {"bsonType": ["objectId", "null"]},
        "workstation": {"bsonType": "string", "maxLength": 64},
        "succeeded": {"bsonType": "bool"},
    },
    "required": ["at", "workstation", "succeeded"],
    "additionalProperties": False,
}


def _outcome(row: Mapping[str, Any], _: Locale) -> str:
    return dict(OUTCOMES)[row["outcome"]]


class SignIn(Record):
    """Who tried to sign in, where and when, and whether they got in. What was typed is kept nowhere."""

    meta: ClassVar[dict[str, Any]] = {"collection": "sign_in_attempts"}

    at = MomentField(verbose_name="Time", width=150)
    account = ReferenceField(verbose_name="Account", refers_to="accounts", width=0, filter=True)
    workstation = ReferenceField(verbose_name="Workstation", refers_to="workstations", width=220, filter=True)
    outcome = ChoiceField(verbose_name="Outcome", choices=OUTCOMES, width=190, filter=True)

    LISTING: ClassVar[Listing] = Listing(
        noun="sign-in",
        plural="sign-ins",
        adding="",
        title="account:title",
        search=(),
        orders=(Order("at", "Time", descending=True),),
        cells={"outcome": Cell("Outcome", _outcome, lambda row: f"sign-in-{row['outcome']}")},
        aspects=(days_of("sign_in_attempts"),),
    )
