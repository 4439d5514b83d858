"""A clinic's day with pencil and paper: bookings, stock and money, in plain Python that knows nothing of the program.

What the program chooses by chance (ids, which seat of a day) is told to it; everything else it says beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)
FREED = ("cancelled", "no-show")
MAY_MOVE = ("pending", "approved")
NEXT = {
    "pending": ("approved", "checked in", "cancelled", "no-show"),
    "approved": ("checked in", "cancelled", "no-show", "pending"),
    "checked in": ("in consultation", "with nurse", "approved", "pending", "cancelled"),
    "with nurse": ("in consultation", "checked in"),
    "in consultation": ("completed", "checked in", "with nurse"),
    "completed": ("in consultation",),
    "cancelled": ("approved", "pending", "checked in"),
    "no-show": ("approved", "pending"),
}
LENGTH = timedelta(minutes=20)
SOON = timedelta(minutes=30)


@dataclass
class Booked:
    """One appointment. was: the places it was moved from, the last one at the end. agreed: given in spite of a rule."""

    patient: Any
    doctor: Any
    start: datetime
    claims: frozenset[str]
    statuses: list[str]
    agreed: bool = False
    was: list[tuple[datetime, Any, frozenset[str], bool]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """What it is now."""
        return self.statuses[-1]

    @property
    def holds(self) -> bool:
        """Whether it keeps its time from others."""
        return self.status not in FREED

    def meets(self, start: datetime) -> bool:
        """Whether another one that begins then would overlap with it."""
        return start < self.start + LENGTH and self.start < start + LENGTH


@dataclass
class Due:
    """What is to be paid for something. bill: what it is on; gone: it was taken back."""

    patient: Any
    about: Any
    amount: Decimal
    bill: Any = None
    gone: bool = False


@dataclass
class Given:
    """One hand-out."""

    patient: Any
    parts: dict[str, int]
    back: bool = False


@dataclass
class Paid:
    """One entry of the ledger."""

    bill: Any
    kind: str
    method: str
    amount: Decimal
    drawer: int
    undone: bool = False


@dataclass
class Bill:
    """One bill."""

    patient: Any
    due: Decimal
    insurance: Decimal
    paid: Decimal = ZERO
    credited: Decimal = ZERO
    insurance_paid: Decimal = ZERO
    void: bool = False

    @property
    def state(self) -> str:
        """How far it is paid."""
        if self.void:
            return "void"
        if self.credited and self.credited == self.due:
            return "refunded"
        if self.paid == self.due - self.credited:
            return "paid"
        return "part-paid" if self.paid else "open"

    def rest(self, method: str) -> Decimal:
        """What is still to be paid, by the patient or by the insurance."""
        if self.void:
            return ZERO
        if method == "insurance":
            return self.insurance - self.insurance_paid
        return self.due - self.credited - self.paid


class Book:
    """What is booked with doctors who receive at the same hours, so many a day."""

    def __init__(self, opens: datetime, closes: datetime, limit: int) -> None:
        self.opens = opens
        self.closes = closes
        self.limit = limit
        self.booked: dict[Any, Booked] = {}

    def claims(self, but: Any = None) -> set[str]:
        """What nobody else can have."""
        return {claim for key, one in self.booked.items() if one.holds and key != but for claim in one.claims}

    def is_taken(self, doctor: Any, start: datetime, but: Any = None) -> bool:
        """Whether somebody has any of a doctor's time then."""
        return any(
            one.holds and one.doctor == doctor and one.meets(start) for key, one in self.booked.items() if key != but
        )

    def refuses(
        self, patient: Any, doctor: Any, start: datetime, now: datetime, reason: str, but: Any = None
    ) -> str | None:
        """The rule by which somebody can't be booked; None where they can."""
        others = [(key, one) for key, one in self.booked.items() if one.holds and key != but]
        against = []
        if not (self.opens <= start and start + LENGTH <= self.closes):
            against.append(("IN_HOURS", True))
        if start <= now:
            against.append(("IN_HOURS", False))
        if self.is_taken(doctor, start, but):
            against.append(("SLOT_FREE", True))
        if sum(one.doctor == doctor for _, one in others) >= self.limit:
            against.append(("LIMIT", True))
        if self.is_elsewhere(patient, start, but):
            against.append(("PATIENT_FREE", True))
        return next((rule for rule, overridable in against if not (reason and overridable)), None)

    def walk_in_at(self, doctor: Any, now: datetime) -> datetime:
        """When somebody is put who has just come: a free time that runs or is near, or else this very moment."""
        start = self.opens
        while start + LENGTH <= self.closes:
            if start + LENGTH > now and start <= now + SOON and not self.is_taken(doctor, start):
                return start
            start += LENGTH
        return now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)

    def goes_back(self, key: Any, start: datetime, doctor: Any) -> bool:
        """Whether a move only undoes the last one: nobody has taken what was given back."""
        one = self.booked[key]
        if not one.was or one.was[-1][:2] != (start, doctor):
            return False
        _, _, claims, agreed = one.was[-1]
        return not (claims & self.claims(but=key)) and (agreed or not self.is_elsewhere(one.patient, start, key))

    def is_elsewhere(self, patient: Any, start: datetime, but: Any = None) -> bool:
        """Whether a patient comes to another one then."""
        return any(
            one.holds and one.patient == patient and one.meets(start) and one.status != "completed"
            for key, one in self.booked.items()
            if key != but
        )

    def may_become(self, key: Any, status: str, now: datetime) -> bool:
        """Whether an appointment's next step may be this one, as far as its own way through the day goes."""
        one = self.booked[key]
        if status not in NEXT[one.status]:
            return False
        if status == "no-show" and one.start > now:
            return False
        if one.status in FREED or (one.status, status) == ("approved", "pending"):
            return len(one.statuses) > 1 and one.statuses[-2] == status
        if one.status == "checked in" and status in MAY_MOVE:
            booked_as = [before for before in one.statuses if before in MAY_MOVE]
            return status == (booked_as or ["approved"])[-1]
        return True

    def has_time_for(self, key: Any, status: str) -> bool:
        """Whether what it gave back, if it needs that again, is still free."""
        one = self.booked[key]
        if one.holds or status in FREED:
            return True
        return not (one.claims & self.claims(but=key)) and (
            one.agreed or not self.is_elsewhere(one.patient, one.start, key)
        )


class Shelf:
    """One medicine in lots, the first of which goes first."""

    def __init__(self, lots: tuple[str, ...]) -> None:
        self.lots = dict.fromkeys(lots, 0)
        self.known: set[str] = set()
        self.given: dict[Any, Given] = {}

    def add(self, lot: str, number: int) -> None:
        """So much more, or less."""
        self.lots[lot] += number
        self.known.add(lot)

    def parts(self, number: int) -> dict[str, int]:
        """Of which lots so many would come."""
        parts = {}
        for lot, there in self.lots.items():
            part = min(number, there)
            if part:
                parts[lot] = part
                number -= part
        return parts


class Desk:
    """One cashier's bills and drawer."""

    def __init__(self, drawer: int) -> None:
        self.dues: list[Due] = []
        self.bills: dict[Any, Bill] = {}
        self.ledger: dict[Any, Paid] = {}
        self.drawer = drawer
        self.opened: Decimal | None = None

    def waiting(self, patient: Any) -> list[Due]:
        """What no bill has taken yet."""
        return [one for one in self.dues if one.patient == patient and one.bill is None and not one.gone]

    def standing(self, about: Any) -> Due | None:
        """What is charged for something."""
        return next((one for one in self.dues if one.about == about and not one.gone), None)

    @property
    def cash(self) -> Decimal:
        """What the drawer holds."""
        held = self.opened or ZERO
        for one in self.ledger.values():
            if (one.drawer, one.method) == (self.drawer, "cash"):
                held += one.amount if one.kind in ("payment", "reversal") else -one.amount
        return held

    def may_undo(self, key: Any) -> bool:
        """Whether a payment, or a refund, can be undone as a mistake."""
        one = self.ledger[key]
        bill = self.bills[one.bill]
        if one.undone or one.drawer != self.drawer:
            return False
        if one.kind == "refund":
            return not bill.void
        paid = bill.insurance_paid if one.method == "insurance" else bill.paid
        return one.amount <= paid and (one.method != "cash" or one.amount <= self.cash)

    def enter(self, key: Any, bill: Any, kind: str, method: str, amount: Decimal) -> None:
        """An entry, and what it makes of the bill."""
        self.ledger[key] = Paid(bill, kind, method, amount, self.drawer)
        row = self.bills[bill]
        change = amount if kind in ("payment", "reversal") else -amount
        if method == "insurance":
            row.insurance_paid += change
            return
        row.paid += change
        if kind in ("refund", "reversal"):
            row.credited -= change

    def close(self) -> None:
        """The next drawer is an empty one."""
        self.drawer += 1
        self.opened = None
