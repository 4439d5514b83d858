"""Lists that can be narrowed down to days: from midnight to midnight on the practice's wall."""

from __future__ import annotations

from dataclasses import replace

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Between, Count, Page, Query, Total
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models.booking import whole_day
from hmsdesk.models.dates import span
from hmsdesk.models.declaration import Problem
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import DAYS, Record
from hmsdesk.models.row import Row


def in_utc(query: Query, locale: Locale, moment: str) -> Query:
    """The days that are asked for, as what the field `moment` must be then. Raises InvalidInput."""
    if DAYS not in query.filters:
        return query
    try:
        first, last = span(query.filters[DAYS])
    except Problem as problem:
        raise InvalidInput({DAYS: str(problem)}) from None
    begins, ends = whole_day(first, locale).start, whole_day(last, locale).end
    return replace(query, filters={**query.filters, moment: Between(begins, ends)})


class Dated(Keeping):
    """Keeping records that bear a moment, and have an aspect DAYS."""

    def __init__(self, record: type[Record], moment: str) -> None:
        super().__init__(record)
        self._moment = moment

    def page(self, session: Session, query: Query) -> Page:
        """One page of the list. Raises InvalidInput for days that are none, NotAllowed, Unreachable."""
        return super().page(session, in_utc(query, session.locale, self._moment))

    def count(self, session: Session, query: Query) -> Count:
        """How many rows the search and filters find. Raises InvalidInput, NotAllowed, Unreachable."""
        return super().count(session, in_utc(query, session.locale, self._moment))

    def sums(self, session: Session, query: Query) -> list[Total] | None:
        """What the rows that the search and filters find come to; None of too many, unless days narrow them.

        Raises InvalidInput, NotAllowed, Unreachable.
        """
        return super().sums(session, in_utc(query, session.locale, self._moment))

    def _matches(self, query: Query) -> list[Row]:
        asked = super()._matches(query)
        path, _ = self._order(query)
        if self._moment not in query.filters or path == self._moment or self.record.sought(query.text):
            return asked
        # Unless something is said of what it begins with, the server looks in an index only after it has fetched a row.
        return [*asked, {path: {"$gte": ""}}]
