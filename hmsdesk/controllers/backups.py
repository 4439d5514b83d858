"""The backups that were made, as an administrator reads of them, and whether the last one is too old."""

from __future__ import annotations

from datetime import datetime, timedelta

from hmsdesk.controllers.dated import in_utc
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Count, Page, Query, asked
from hmsdesk.database.session import Session
from hmsdesk.models.backups import Backup
from hmsdesk.models.row import Row

# A long weekend without anybody in the clinic is no reason to worry.
OLD_AFTER = timedelta(days=4)


class Backups(Keeping):
    """Lists them. Whoever makes one writes of it, and nobody changes that."""

    def page(self, session: Session, query: Query) -> Page:
        """One page, with the names of workstations. Raises InvalidInput, NotAllowed, Unreachable."""
        return super().page(session, in_utc(query, session.locale, "at"))

    def count(self, session: Session, query: Query) -> Count:
        """How many the filters find. Raises InvalidInput, NotAllowed, Unreachable."""
        return super().count(session, in_utc(query, session.locale, "at"))

    def _matches(self, query: Query) -> list[Row]:
        return [asked("at", query.filters["at"])] if "at" in query.filters else []

    def _hint(self, query: Query, path: str) -> list[tuple[str, int]]:
        return [(path, -1), ("_id", -1)]


BACKUPS = Backups(Backup)


def last_backup(session: Session) -> datetime | None:
    """When the practice was as the last backup has it; None where there never was one. Raises NotAllowed, Unreachable.

    What says that it is from the future is not believed: it would keep the warning away for as long.
    """
    with session.reading(BACKUPS.resource) as kept:
        row = kept.find_one({"at": {"$lte": session.now()}}, ["at"], sort=[("at", -1), ("_id", -1)])
    return row["at"] if row else None


def overdue_backup(session: Session) -> tuple[bool, datetime | None]:
    """Whether the last one is too old, and when the practice was as it has it. Raises NotAllowed, Unreachable."""
    with session.reading("practice") as kept:
        practice = kept.find_one({}, ["created_at"]) or {}
    last = last_backup(session)
    return is_overdue(last, practice["created_at"], session.now()), last


def is_overdue(last: datetime | None, founded_at: datetime, now: datetime) -> bool:
    """Whether so much would be lost that somebody should be told. A practice has a while for its first one."""
    return now - (last or founded_at) > OLD_AFTER
