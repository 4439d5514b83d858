"""Who signed in and who failed to, as an administrator reads it, and where somebody tried much too often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.dated import in_utc
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Count, Page, Query, asked
from hmsdesk.database.session import Session
from hmsdesk.models.row import Row
from hmsdesk.models.sign_ins import FAILED, NARROWED_BY, OUTCOMES, SUCCEEDED, UNKNOWN, SignIn

# So many failures in such a time are more than somebody who forgot a password makes. After the third the pauses double
# (security.throttle): at one computer ten take four minutes of waiting, which people who forgot spend asking for a new
# one. Whoever guesses has the patience, or tries at several computers. An hour is one fit of tries; slips of a week
# don't add up to it.
MANY_FAILURES, WITHIN = 10, timedelta(hours=1)
# An administrator who comes in the morning should see what was tried at night.
TOLD_FOR = timedelta(hours=24)
UNKNOWN_EMAIL = "An unknown e-mail"
NOT_HERE = "Not known here any more"
# Whoever has a workstation's own credential may add as many as they like.
_MOST_LOOKED_AT = 10_000
_MOST_TOLD = 10
# Begins the name of a page about a workstation.
_AT = "at-"


class SignIns(Keeping):
    """Lists the tries. The program of a workstation writes them, and nobody changes them."""

    def page(self, session: Session, query: Query) -> Page:
        """One page, with the names of people and workstations.

        Raises InvalidInput for days that are none, NotAllowed, Unreachable.
        """
        return super().page(session, in_utc(query, session.locale, "at"))

    def count(self, session: Session, query: Query) -> Count:
        """How many the filters find. Raises InvalidInput, NotAllowed, Unreachable."""
        return super().count(session, in_utc(query, session.locale, "at"))

    def add_titles(self, session: Session, rows: list[Row]) -> None:
        """Whose account it was and where, in words whatever was written, and how it went."""
        for row in rows:
            row["account"] = row.get("account")
            row["workstation"] = _as_id(row["workstation"])
            row["outcome"] = _outcome(row)
        super().add_titles(session, rows)
        for row in rows:
            nobody = UNKNOWN_EMAIL if row["account"] is None else NOT_HERE
            row["account:title"] = row.get("account:title") or nobody
            row["workstation:title"] = row.get("workstation:title") or str(row["workstation"])

    def _matches(self, query: Query) -> list[Row]:
        filters = query.filters
        days = [("at", filters["at"])] if "at" in filters else []
        return [asked(name, value) for name, value in (*_kept(filters), *days)]

    def _hint(self, query: Query, path: str) -> list[tuple[str, int]]:
        newest_first = [(path, -1), ("_id", -1)]
        kept = dict(_kept(query.filters))
        by = next((name for name in NARROWED_BY if name in kept), None)
        return [(by, 1), *newest_first] if by else newest_first


SIGN_INS = SignIns(SignIn)


@dataclass(frozen=True)
class ManyFailures:
    """An account that failed to be signed in to much too often; where the e-mails were unknown, a workstation.

    name: whose account, or which workstation. number: the most within WITHIN. last: when that went on last.
    """

    name: str
    number: int
    last: datetime
    account: ObjectId | None
    workstation: ObjectId | None


def many_failures(session: Session) -> list[ManyFailures]:
    """Where there were MANY_FAILURES within WITHIN during the last TOLD_FOR. Raises NotAllowed, Unreachable."""
    now = session.now()
    # Workstations write by clocks of their own.
    lately = {"$gte": now - TOLD_FOR, "$lte": now + WITHIN}
    minutes = int(WITHIN.total_seconds() // 60)
    window = {"$count": {}, "window": {"range": [-minutes, "current"], "unit": "minute"}}
    where = {"$cond": [{"$ifNull": ["$account", False]}, "", "$workstation"]}
    steps: list[Row] = [
        {"$match": {"succeeded": False, "at": lately}},
        {"$sort": {"at": -1}},
        {"$limit": _MOST_LOOKED_AT},
        {"$project": {"at": 1, "whose": {"account": {"$ifNull": ["$account", None]}, "workstation": where}}},
        {"$setWindowFields": {"partitionBy": "$whose", "sortBy": {"at": 1}, "output": {"number": window}}},
        {"$match": {"number": {"$gte": MANY_FAILURES}}},
        {"$group": {"_id": "$whose", "number": {"$max": "$number"}, "last": {"$max": "$at"}}},
        {"$sort": {"last": -1, "_id": 1}},
        {"$limit": _MOST_TOLD},
    ]
    with session.reading(SIGN_INS.resource) as attempts:
        found = list(attempts.aggregate(steps))
    rows: list[Row] = [{**one["_id"], "at": one["last"], "succeeded": False} for one in found]
    SIGN_INS.add_titles(session, rows)
    return [_told(row, one["number"]) for row, one in zip(rows, found, strict=True)]


def _told(row: Row, number: int) -> ManyFailures:
    if row["account"] is not None:
        return ManyFailures(row["account:title"], number, row["at"], row["account"], None)
    place = row["workstation"] if isinstance(row["workstation"], ObjectId) else None
    return ManyFailures(row["workstation:title"], number, row["at"], None, place)


def _kept(asked: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What the filters ask of what is kept, by its name."""
    kept: list[tuple[str, Any]] = [("account", asked["account"])] if "account" in asked else []
    if asked.get("outcome") == UNKNOWN:
        kept.append(("account", None))
    if "workstation" in asked:
        kept.append(("workstation", str(asked["workstation"])))
    if "outcome" in asked:
        kept.append(("succeeded", asked["outcome"] == SUCCEEDED))
    return kept


def _outcome(row: Row) -> str:
    if row["succeeded"]:
        return SUCCEEDED
    return UNKNOWN if row["account"] is None else FAILED


def _as_id(kept: str) -> ObjectId | str:
    return ObjectId(kept) if ObjectId.is_valid(kept) else kept


def place_of(failures: ManyFailures) -> str:
    """The name of the page that shows these failures alone, as `narrowed` reads it."""
    return f"{_AT}{failures.workstation or ''}" if failures.account is None else str(failures.account)


def narrowed(session: Session, place: str) -> list[tuple[str, Any, str]]:
    """What the page of a place is narrowed down by: filter, value and words. Raises NotAllowed, Unreachable."""
    workstation = place.startswith(_AT)
    row: Row = {"at": session.now(), "succeeded": False, "account": None, "workstation": ""}
    record = place.removeprefix(_AT)
    if workstation:
        row["workstation"] = record
    elif ObjectId.is_valid(record):
        row["account"] = ObjectId(record)
    SIGN_INS.add_titles(session, [row])
    found: list[tuple[str, Any, str]] = [("outcome", row["outcome"], dict(OUTCOMES)[row["outcome"]])]
    name = "workstation" if workstation else "account"
    if isinstance(row[name], ObjectId):
        found.append((name, row[name], row[f"{name}:title"]))
    return found
