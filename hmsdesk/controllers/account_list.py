"""The list of accounts, saying how each stands now rather than how its owner last wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Count, Page, Query
from hmsdesk.database import directory
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models.accounts import Account
from hmsdesk.models.row import Row
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import READ

# The filter of those who chose a password of their own: whose ids they are.
_CHOSE = "chose"
HAS_ONE = "This member of staff has an account already."


class Accounts(Keeping):
    """Lists accounts; owners write them (controllers.accounts).

    A record says TEMPORARY until an owner writes it anew. Who chose a password since is ACTIVE, here and in the filter.
    """

    def page(self, session: Session, query: Query) -> Page:
        """One page. Raises NotAllowed, Unreachable."""
        chose = _who_chose(session)
        page = super().page(session, _asking(query, chose))
        return replace(page, rows=[_as_it_stands(row, chose) for row in page.rows])

    def count(self, session: Session, query: Query) -> Count:
        """How many the search and filters find. Raises NotAllowed, Unreachable."""
        return super().count(session, _asking(query, _who_chose(session)))

    def get(self, session: Session, record: ObjectId) -> Row:
        """One account. Raises NotAllowed, NotFound, Unreachable."""
        return _as_it_stands(super().get(session, record), _who_chose(session))

    def add_titles(self, session: Session, rows: list[Row]) -> None:
        """Whose they are among the staff, too, where both were made with one id. Raises NotAllowed, Unreachable."""
        if not session.may("staff", READ):
            return
        with session.reading("staff") as staff:
            own = {one["_id"] for one in staff.find({"_id": {"$in": [row["_id"] for row in rows]}}, ["_id"])}
        for row in rows:
            if row["_id"] in own:
                row["staff"] = row["_id"]
        super().add_titles(session, rows)

    def _matches(self, query: Query) -> list[Row]:
        if _CHOSE not in query.filters:
            return super()._matches(query)
        state, chose = query.filters["state"], query.filters[_CHOSE]
        others = {name: value for name, value in query.filters.items() if name not in ("state", _CHOSE)}
        asked: Row = {"$or": [{"state": {"$eq": state}}, {"_id": {"$in": chose}}]}
        if state == State.TEMPORARY.value:
            asked = {"state": {"$eq": state}, "_id": {"$nin": chose}}
        return [*super()._matches(replace(query, filters=others)), asked]


ACCOUNTS = Accounts(Account)


def of_members(members: Sequence[ObjectId]) -> Row:
    """What is asked of accounts for those of some members of staff."""
    return {"$or": [{"_id": {"$in": list(members)}}, {"staff": {"$in": list(members)}}]}


def check_has_none(session: Session, staff: ObjectId, field: str = "staff") -> None:
    """That a member of staff has no account yet. Raises InvalidInput at `field`, NotAllowed, Unreachable."""
    with session.reading(ACCOUNTS.resource) as accounts:
        if accounts.find_one(of_members([staff]), ["_id"]) is not None:
            raise InvalidInput({field: HAS_ONE})


def _who_chose(session: Session) -> set[ObjectId]:
    with session.reading("accounts") as accounts:
        return directory.who_chose(accounts.database, session.practice_key)


def _asking(query: Query, chose: set[ObjectId]) -> Query:
    if query.filters.get("state") not in (State.ACTIVE.value, State.TEMPORARY.value):
        return query
    return replace(query, filters={**query.filters, _CHOSE: list(chose)})


def _as_it_stands(row: Row, chose: set[ObjectId]) -> Row:
    return row | {"state": State.ACTIVE.value} if row["_id"] in chose else row
