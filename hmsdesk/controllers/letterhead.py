"""The practice's letterhead, the same on all its papers."""

from __future__ import annotations

from hmsdesk.database.session import Session
from hmsdesk.models.practice import Practice
from hmsdesk.printing.heading import Letterhead


def letterhead(session: Session) -> Letterhead:
    """What the practice's record says of it. Raises NotAllowed, Unreachable."""
    with session.reading("practice") as collection:
        practice = collection.find_one({}) or {}
    return Letterhead(
        name=practice["name"],
        name_ar=practice.get("name_ar", ""),
        address=practice.get("address", ""),
        address_ar=practice.get("address_ar", ""),
        phone=Practice.phone.show(practice.get("phone"), session.locale),
    )
