"""The demo dispensary's stock over the year: what came in, what went out, and what is left of which lot."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bson import ObjectId

from hmsdesk.controllers.demo.kept import unsearched
from hmsdesk.controllers.demo.medicines import DemoMedicine
from hmsdesk.controllers.references import called
from hmsdesk.database.loading import Loading
from hmsdesk.models.deliveries import Delivery
from hmsdesk.models.medicines import Medicine
from hmsdesk.models.row import Row
from hmsdesk.models.stock import DISPENSED, RECEIVED, StockLot, StockMovement

SUPPLIERS = ("Cairo Medical Stores", "United Pharma Supply", "Delta Drug House")
# Of these only as much comes in from so long before the end as will be gone about then, so that they run low.
_RUN_OUT = ("salbutamol", "glargine", "ors", "timolol", "warfarin")
_RUN_OUT_DAYS = 45
# Nobody orders what a supplier has promised for these days.
_PROMISED_DAYS = 6
_FRESH, _SHORT = timedelta(days=25), timedelta(days=150)
# These expire soon after the end, or have.
_EXPIRING = {"ibuprofen": 13, "omeprazole": 62, "doxycycline": 84, "chloramphenicol": -9}


@dataclass
class Shelf:
    """The lots of one medicine, in the order they came in. row: the medicine as it is kept. used: what went out."""

    medicine: DemoMedicine
    row: Row
    lots: list[Row] = field(default_factory=list)
    used: int = 0

    def usable(self, day: date) -> list[Row]:
        """What may be handed out on a day, the earliest expiry first."""
        left = [lot for lot in self.lots if lot["quantity"] and lot["expires"] >= day.isoformat()]
        return sorted(left, key=lambda lot: lot["expires"])


class Shelves:
    """All shelves. `last`: the day the year ends."""

    def __init__(self, loading: Loading, chance: random.Random, shelves: dict[str, Shelf], last: date) -> None:
        self._loading = loading
        self._chance = chance
        self._first: date | None = None
        self._last = last
        self._numbers = 1000
        self.by_key = shelves
        self.locale = loading.session.locale

    def receive(self, at: datetime, day: date) -> None:
        """What has run low comes in in the morning."""
        self._first = self._first or day
        wanted = [(shelf, self._wanted(shelf, day)) for shelf in self.by_key.values()]
        lots = [self._lot(shelf, day, quantity) for shelf, quantity in wanted if quantity > 0]
        if not lots:
            return
        named = [{name: lot[name] for name in ("medicine", "lot", "expires", "quantity")} for lot in lots]
        self._numbers += self._chance.randrange(1, 9)
        supplier, invoice = self._chance.choice(SUPPLIERS), f"S-{self._numbers}"
        values: Row = {"supplier": supplier, "invoice": invoice, "day": day.isoformat(), "lots": named}
        self._loading.add("deliveries", values | {"find": Delivery.derived(values)}, "receive delivery", at)
        for lot in lots:
            lot["received_at"] = at
            self._enter(lot, RECEIVED, lot["quantity"], invoice, at)

    def take(self, key: str, wanted: int, note: str, at: datetime, day: date) -> list[tuple[Row, int]]:
        """Take so much from the lots that expire first, as far as it reaches: (lot, how much)."""
        parts = []
        self.by_key[key].used += wanted
        for lot in self.by_key[key].usable(day):
            part = min(wanted, lot["quantity"])
            if not part:
                break
            wanted -= part
            lot["quantity"] -= part
            self._enter(lot, DISPENSED, -part, note, at)
            parts.append((lot, part))
        return parts

    def keep(self) -> None:
        """Keep every lot as it stands at the end."""
        for shelf in self.by_key.values():
            for lot in shelf.lots:
                values = {name: value for name, value in lot.items() if name != "received_at"}
                found = StockLot.derived(values | called("medicine", Medicine, shelf.row))
                self._loading.add("stock_lots", values | {"find": found}, "receive", lot["received_at"])

    def _wanted(self, shelf: Shelf, day: date) -> int:
        """How much of it comes in on a day; none where enough is left."""
        left = sum(lot["quantity"] for lot in shelf.usable(day))
        if left > shelf.row["reorder_level"]:
            return 0
        ahead = (self._last - day).days
        if shelf.medicine.key in _RUN_OUT and ahead < _RUN_OUT_DAYS and shelf.lots:
            assert self._first is not None  # noqa: S101 (set by who asks)
            a_day = shelf.used / max((day - self._first).days, 1)
            return int(a_day * ahead) - left if ahead > _PROMISED_DAYS else 0
        return int(shelf.medicine.a_month * self._chance.uniform(1.2, 2.0)) + 1

    def _lot(self, shelf: Shelf, day: date, quantity: int) -> Row:
        key = shelf.medicine.key
        expires = day + timedelta(days=self._chance.randrange(300, 800))
        soon = self._last + timedelta(days=_EXPIRING.get(key, 9999))
        if _FRESH <= soon - day <= _SHORT:
            expires = soon
        letters = "".join(letter for letter in key.upper() if letter.isalpha())[:2]
        number = f"{letters}{day:%y%m}{len(shelf.lots) + 1:02}"
        lot: Row = {"_id": ObjectId(), "medicine": shelf.row["_id"], "lot": number}
        shelf.lots.append(lot | {"expires": expires.isoformat(), "quantity": quantity})
        return shelf.lots[-1]

    def _enter(self, lot: Row, kind: str, change: int, note: str, at: datetime) -> None:
        entered = {"lot": lot["_id"], "medicine": lot["medicine"], "kind": kind, "change": change}
        values: Row = entered | {"after": lot["quantity"], "note": note}
        self._loading.add("stock_movements", values | unsearched(StockMovement), "create", at)
