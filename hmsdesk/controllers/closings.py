"""A cashier's drawer: opened with some cash, filled by what is taken, counted and closed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial

from hmsdesk.controllers import references
from hmsdesk.controllers.dated import Dated
from hmsdesk.controllers.payments import PAYMENTS, drawer_of
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput
from hmsdesk.models.closings import (
    CLOSED,
    CORRECTED,
    OPENED,
    OPENINGS,
    Closing,
    CountedPieces,
    Takings,
    opening_that_counts,
    takings,
)
from hmsdesk.models.declaration import checked
from hmsdesk.models.fields import MoneyField
from hmsdesk.models.money import ZERO, amount_of, money
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE


@dataclass(frozen=True)
class Drawer:
    """A cashier's drawer as it stands now. number: how many they have closed before, and one.

    opening: what says how much it was opened with, which is `opened` or the last correction of it.
    """

    number: int
    opened: Row | None = None
    payments: list[Row] = field(default_factory=list)
    opening: Row | None = None

    @classmethod
    def of(cls, number: int, openings: Iterable[Row], payments: list[Row]) -> Drawer:
        """A drawer of its opening and what was corrected of it, and what it took."""
        known = list(openings)
        opened = next((one for one in known if one["kind"] == OPENED), None)
        return cls(number, opened, payments, opening_that_counts(known))

    @property
    def opened_with(self) -> Decimal:
        """The cash it was opened with."""
        return amount_of((self.opening or {}).get("opened_with"))

    @property
    def takings(self) -> Takings:
        """What it took."""
        return takings(self.payments)

    @property
    def cash(self) -> Decimal:
        """The cash there should be in it."""
        return self.takings.cash_with(self.opened_with)

    @property
    def since(self) -> datetime | None:
        """When it was opened, or took something first; None where neither has happened."""
        moments = [one["at"] for one in (*self.payments[:1], *([self.opened] if self.opened else []))]
        return min(moments, default=None)


@dataclass(frozen=True)
class CountDrawer:
    """What was counted: notes and coins by their value, or one sum."""

    counted: object = None
    pieces: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""


class Closings(Dated):
    """Drawers are opened and closed. A mistaken opening is corrected by another entry; none is changed."""

    def drawer(self, session: Session) -> Drawer:
        """The signed-in cashier's drawer. Raises NotAllowed, Unreachable."""
        mine = {"cashier": session.identity.person}
        with session.reading(self.resource) as closings:
            last = closings.find_one(mine | {"kind": CLOSED}, sort=[("drawer", -1)])
            number = (last or {"drawer": 0})["drawer"] + 1
            openings = list(closings.find(_openings(session, number)))
        with session.reading(PAYMENTS.resource) as payments:
            taken = list(payments.find(mine | {"drawer": number}).sort([("at", 1), ("_id", 1)]))
        return Drawer.of(number, openings, taken)

    def usual_float(self, session: Session) -> Decimal:
        """What this cashier's drawer was last opened with. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as closings:
            mine = {"cashier": session.identity.person, "kind": OPENED}
            last = closings.find_one(mine, sort=[("drawer", -1)])
            openings = list(closings.find(_openings(session, last["drawer"]))) if last else []
        return amount_of((opening_that_counts(openings) or {}).get("opened_with"))

    def closed_at(self, session: Session, row: Row) -> datetime | None:
        """When the drawer of an opening, or of a closing itself, was closed; None of one that is still open.

        Raises NotAllowed, Unreachable.
        """
        same = {"cashier": row["cashier"], "drawer": row["drawer"], "kind": CLOSED}
        with session.reading(self.resource) as closings:
            found = closings.find_one(same, ["at"])
        return found["at"] if found else None

    def openings(self, session: Session, row: Row) -> list[Row]:
        """How the drawer of a closing, or of an opening itself, was opened, and what was corrected of it, in order.

        Raises NotAllowed, Unreachable.
        """
        same = {"cashier": row["cashier"], "drawer": row["drawer"], "kind": {"$in": list(OPENINGS)}}
        with session.reading(self.resource) as closings:
            following = {one.get("corrects"): one for one in closings.find(same)}
        made = [following.get(None)]
        while made[-1] is not None:
            made.append(following.get(made[-1]["_id"]))
        return [one for one in made if one is not None]

    def open(self, session: Session, opened_with: object, operation: str) -> Row:
        """Open the cashier's drawer with so much cash. Raises InvalidInput, Conflict where it is open, NotAllowed."""
        session.require(self.resource, CREATE)
        amount = _money(session, opened_with, "opened_with")
        return self._write(session, operation, partial(self._open, session, amount, _named(session)))

    def correct(self, session: Session, seen: Drawer, opened_with: object, reason: str, operation: str) -> Row:
        """Put right what the open drawer was opened with. What was said before stays, and counts no more.

        seen: as it was looked at. Raises InvalidInput, Conflict where it was corrected or closed meanwhile, NotAllowed.
        """
        session.require(self.resource, CREATE)
        amount = _money(session, opened_with, "opened_with")
        if amount_of(amount) == seen.opened_with:
            raise InvalidInput({"opened_with": "This is what it says already."})
        said = checked("reason", Closing.reason, reason, session.locale)
        if said is None:
            raise InvalidInput({"reason": "Why was it wrong?"})
        facts = {"opened_with": amount, "reason": said}
        return self._write(session, operation, partial(self._correct, session, seen, facts, _named(session)))

    def close(self, session: Session, seen: Drawer, count: CountDrawer, operation: str) -> Row:
        """Close the drawer with what was counted in it. What is taken after belongs to the next one.

        seen: as it was counted. Raises InvalidInput where a difference has no reason, Conflict where something was
        taken meanwhile or it is closed already, NotAllowed.
        """
        session.require(self.resource, CREATE)
        pieces: list[Row] = [
            {"value": _money(session, value, "counted"), "number": number}
            for value, typed in count.pieces.items()
            if typed and (number := checked("counted", CountedPieces.number, typed, session.locale))
        ]
        whole = sum((amount_of(one["value"]) * one["number"] for one in pieces), ZERO)
        counted = amount_of(_money(session, count.counted, "counted")) if count.counted not in (None, "") else whole
        if pieces and counted != whole:
            raise InvalidInput({"counted": "The notes and coins come to another sum."})
        if count.counted in (None, "") and not pieces:
            raise InvalidInput({"counted": "Count the cash in the drawer."})
        facts = {"counted": counted, "pieces": pieces, "reason": count.reason}
        return self._write(session, operation, partial(self._close, session, seen, facts, _named(session)))

    def _write(self, session: Session, operation: str, work: partial[None]) -> Row:
        try:
            write(session, operation, work)
        except Repeated:
            pass
        except InvalidInput as refused:
            if "drawer" in refused.fields:
                raise Conflict("This drawer was just opened or closed.", "Look at it again.", {}) from None
            raise
        return self.get(session, record_id(operation))

    def _open(self, session: Session, amount: Row, named: Row, work: Work) -> None:
        number = work.hold(drawer_of(session.identity.person)) + 1
        values = {"cashier": session.identity.person, "drawer": number, "kind": OPENED, "at": work.at}
        built = Closing.build(values | {"opened_with": amount}, session.locale, named)
        work.insert(self.resource, built | {"_id": record_id(work.operation)}, "open drawer")

    def _correct(self, session: Session, seen: Drawer, facts: Row, named: Row, work: Work) -> None:
        now = self._held(session, work.hold(drawer_of(session.identity.person)) + 1, work)
        if now.opened is None or now.opening is None or not _same_opening(now, seen):
            raise Conflict("This drawer was just corrected or closed.", "Look at it again.", {})
        if now.takings.cash_with(amount_of(facts["opened_with"])) < 0:
            raise InvalidInput({"opened_with": "More cash than that was given back from this drawer."})
        values = {"cashier": session.identity.person, "drawer": now.number, "kind": CORRECTED, "at": work.at, **facts}
        built = Closing.build(values, session.locale, named) | {"_id": record_id(work.operation)}
        built |= {"corrects": now.opening["_id"], "opened_at": now.opened["at"]}
        work.insert(self.resource, built, "correct opening", facts["reason"])

    def _held(self, session: Session, number: int, work: Work) -> Drawer:
        """The drawer, into which nothing else is entered while this goes on."""
        mine = {"cashier": session.identity.person, "drawer": number}
        openings = work.find_all(self.resource, _openings(session, number))
        return Drawer.of(number, openings, work.find_all(PAYMENTS.resource, mine))

    def _close(self, session: Session, seen: Drawer, facts: Row, named: Row, work: Work) -> None:
        """The number counts on first: whoever takes something in this moment takes it before or after it."""
        cashier, currency = session.identity.person, session.locale.currency
        now = self._held(session, work.next_number(drawer_of(cashier)), work)
        if not _same_opening(now, seen):
            words = "The drawer was just opened, closed, or its opening corrected."
            raise Conflict(words, "Look at the drawer again, then close it.", {})
        if len(now.payments) != len(seen.payments):
            raise Conflict("Something was taken meanwhile.", "Look at the drawer again, then close it.", {})
        difference = facts["counted"] - now.cash
        values = {
            "cashier": cashier,
            "drawer": now.number,
            "kind": CLOSED,
            "at": work.at,
            "opened_with": money(now.opened_with, currency),
            "expected": money(now.cash, currency),
            "counted": money(facts["counted"], currency),
            "missing": money(-difference, currency) if difference < 0 else None,
            "surplus": money(difference, currency) if difference > 0 else None,
            "reason": facts["reason"],
            "taken": _taken_by(now.takings, currency),
            "pieces": facts["pieces"],
        }
        built = Closing.build(values, session.locale, named) | {"_id": record_id(work.operation)}
        receipts = sorted(one["number"] for one in now.payments)
        built |= {"receipts": [receipts[0], receipts[-1]]} if receipts else {}
        work.insert(self.resource, built | ({"opened_at": now.opened["at"]} if now.opened else {}), "close drawer")


def _openings(session: Session, number: int) -> Row:
    """What asks for the opening of a cashier's drawer, and what was corrected of it."""
    return {"cashier": session.identity.person, "drawer": number, "kind": {"$in": list(OPENINGS)}}


def _same_opening(now: Drawer, seen: Drawer) -> bool:
    """Whether it is still the same drawer, opened with the same."""
    known = [(one.number, (one.opening or {}).get("_id")) for one in (now, seen)]
    return known[0] == known[1]


def _named(session: Session) -> Row:
    """What closings are searched by: whose drawer it is."""
    return references.titles(session, Closing, {"cashier": session.identity.person})


def _taken_by(sums: Takings, currency: str) -> list[Row]:
    return [
        {"method": method, "payments": one.payments}
        | {"taken": money(one.taken, currency), "returned": money(one.returned, currency)}
        | ({"undone": money(one.undone, currency)} if one.undone else {})
        for method, one in sums.by.items()
    ]


def _money(session: Session, typed: object, name: str) -> Row:
    amount: Row | None = checked(name, MoneyField(), typed, session.locale)
    if amount is None:
        raise InvalidInput({name: "An amount is needed."})
    return amount


def payments_of(session: Session, closing: Row) -> list[Row]:
    """What a closed drawer took, in order, with the patients' names. Raises NotAllowed, Unreachable."""
    with session.reading(PAYMENTS.resource) as payments:
        mine = {"cashier": closing["cashier"], "drawer": closing["drawer"]}
        rows = list(payments.find(mine).sort([("number", 1)]))
    PAYMENTS.add_titles(session, rows)
    return rows


CLOSINGS = Closings(Closing, "at")
