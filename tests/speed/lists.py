"""Every list in every way it can be asked for: its orders, filters and aspects, searched, from both ends and deep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bench.practice import Practice
from hmsdesk.controllers.backups import BACKUPS
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.controllers.sign_ins import SIGN_INS
from hmsdesk.controllers.stock.counting import Sheet
from hmsdesk.controllers.stock.ledger import LEDGER
from hmsdesk.controllers.trail import TRAIL
from hmsdesk.database.session import Session
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.encounters import DIAGNOSIS
from hmsdesk.models.fields import ChoiceField, ReferenceField, YesNoField
from hmsdesk.models.patients import CONDITION, VISIT_DAYS
from hmsdesk.models.prescriptions import MEDICINE
from hmsdesk.models.record import DAYS
from hmsdesk.security.permissions import READ

# What is typed into every list that can be searched: a letter, parts of names, a number, what nobody is called.
TYPED = ("m", "mo", "moh ali", "محم", "0100", "26", "qqqq")
# Nearly every list has this many pages less one.
_PAGES = 2


def keepers() -> Iterator[Keeping]:
    """Of each list."""
    yield from KEEPERS.values()
    yield from (TRAIL, BACKUPS, SIGN_INS, LEDGER, Sheet({}, blind=False))


def read(made: Practice) -> None:
    """Ask for each."""
    for keeper in keepers():
        session = next((one for one in made.everybody() if one.may(keeper.resource, READ)), None)
        if session is None:
            continue
        for filters in _filters(keeper, session):
            _list(keeper, session, Query(filters=filters), whole=len(filters) < 2)
        for text in TYPED if keeper.record.LISTING.search else ():
            _list(keeper, session, Query(text=text))
        for filters in _filters(keeper, session) if keeper.record.LISTING.search else ():
            _list(keeper, session, Query(text=TYPED[0], filters=filters), whole=False)


def _list(keeper: Keeping, session: Session, query: Query, *, whole: bool = True) -> None:
    for order in keeper.record.LISTING.orders:
        ordered = replace(query, order=order.field)
        _ends(keeper, session, ordered)
        if whole:
            _deep(keeper, session, replace(ordered, descending=order.descending))
    keeper.count(session, query)
    keeper.sums(session, query)


def _ends(keeper: Keeping, session: Session, query: Query) -> None:
    """Home and End, up and down."""
    for descending in (False, True):
        keeper.page(session, replace(query, descending=descending))
        keeper.page(session, replace(query, descending=descending, backwards=True))


def _deep(keeper: Keeping, session: Session, query: Query) -> None:
    """Onwards, back again, and to a typed letter."""
    start = None
    for _ in range(_PAGES):
        rows = keeper.page(session, replace(query, start=start)).rows
        start = rows[-1] if rows else start
    if start is not None:
        keeper.page(session, replace(query, start=start, backwards=True))
    if keeper.record.path(query.order).startswith("find."):
        keeper.page(session, replace(query, prefix="s"))
        keeper.page(session, replace(query, prefix="m", backwards=True))


def _filters(keeper: Keeping, session: Session) -> Iterator[dict[str, Any]]:
    """None, each filter that is offered with some of its values, and two at once."""
    yield {}
    offered = [{name: value} for name, values in _offered(keeper, session).items() for value in values]
    yield from offered
    names = list(_offered(keeper, session))
    if len(names) > 1:
        yield {name: next(iter(_offered(keeper, session)[name])) for name in names[:2]}


def _offered(keeper: Keeping, session: Session) -> dict[str, list[Any]]:
    fields = declared_fields(keeper.record)
    chips = {name: _values(keeper, session, name, one) for name, one in fields.items() if getattr(one, "filter", False)}
    aspects = {
        aspect.name: _SAMPLES.get(aspect.name, [session.identity.person])
        for aspect in keeper.record.LISTING.aspects
        if session.may(aspect.resource, READ)
    }
    return {name: values for name, values in (chips | aspects).items() if values}


def _values(keeper: Keeping, session: Session, name: str, field: object) -> list[Any]:
    if isinstance(field, YesNoField):
        return [True, False]
    if isinstance(field, ChoiceField):
        return [value for value, _ in field.choices or ()]
    if isinstance(field, ReferenceField):
        rows = keeper.page(session, Query(backwards=True)).rows
        return list({row[name] for row in rows if row.get(name) is not None})[:1]
    return []


_TODAY = date.today()  # noqa: DTZ011 (any day near those that were told)
_SAMPLES: dict[str, list[Any]] = {
    DAYS: [_TODAY.isoformat(), ((_TODAY - timedelta(days=40)).isoformat(), (_TODAY - timedelta(days=9)).isoformat())],
    CONDITION: ["h", "diab", "asthma, hyper"],
    VISIT_DAYS: [(_TODAY - timedelta(days=3)).isoformat(), (f"{_TODAY.year - 1}-01-01", _TODAY.isoformat())],
    DIAGNOSIS: ["e11", "acute", "asthma, hyper"],
    MEDICINE: ["para", "amoxi, metf"],
}
