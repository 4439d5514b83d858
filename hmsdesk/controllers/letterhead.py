"""The practice's letterhead, the same on all its papers."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from hmsdesk.controllers.accounts import Owner
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import InvalidInput
from hmsdesk.models.declaration import clean_values
from hmsdesk.models.practice import Practice
from hmsdesk.models.row import Row
from hmsdesk.printing.heading import Letterhead

# What an owner may change; the country, the currency and the time zone are those of what is kept already.
CHANGEABLE = ("name", "name_ar", "address", "address_ar", "phone")


def letterhead(session: Session) -> Letterhead:
    """What the practice's record says of it. Raises NotAllowed, Unreachable."""
    practice = practice_facts(session)
    return Letterhead(
        name=practice["name"],
        name_ar=practice.get("name_ar", ""),
        address=practice.get("address", ""),
        address_ar=practice.get("address_ar", ""),
        phone=Practice.phone.show(practice.get("phone"), session.locale),
    )


def practice_facts(session: Session) -> Row:
    """The practice's record. Raises NotAllowed, Unreachable."""
    with session.reading("practice") as collection:
        return collection.find_one({}) or {}


def change_letterhead(owner: Owner, values: Mapping[str, object]) -> Row:
    """Put other words onto all papers from now on; what isn't among `values` stays. The record as it is then.

    Raises InvalidInput, Conflict, Unreachable.
    """
    session = owner.session
    cleaned, problems = clean_values(Practice, values, session.locale, only=values.__contains__)
    problems |= dict.fromkeys(set(values) - set(CHANGEABLE), "This is fixed.")
    if problems:
        raise InvalidInput(problems)
    with session.server.asked() as database:
        practice: Row = database.practice.find_one({}) or {}
    update = {name: cleaned.get(name) for name in values} | {"find": Practice.derived(practice | cleaned)}
    return write(session, uuid4().hex, lambda work: work.change("practice", practice, update))
