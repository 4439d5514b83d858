"""What must hold of a practice's database at every moment, whoever worked at once and whatever was killed.

It is looked at past the program, with plain questions and plain sums, so that no mistake of the program's can hide
itself in its own test.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from pymongo.database import Database

from hmsdesk.database.verification import Heads, verify
from hmsdesk.models.registry import RECORDS

Rows = dict[Any, dict[str, Any]]
_SIGNS = {"payment": 1, "refund": -1, "correction": -1, "reversal": 1}


def unsound(database: Database[dict[str, Any]], heads: Heads) -> list[str]:
    """All that is not as it must be, a sentence each. heads: as the practice's computers know them."""
    kept = _Kept(database)
    return [
        *_trail(database, heads),
        *_claims(kept),
        *_stock(kept),
        *_hand_outs(kept),
        *_charges(kept),
        *_bills(kept),
        *_drawers(kept),
        *_numbers(kept),
    ]


class _Kept:
    """Collections, read once."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._database = database
        self._read: dict[str, Rows] = {}

    def __getitem__(self, name: str) -> Rows:
        if name not in self._read:
            self._read[name] = {row["_id"]: row for row in self._database[name].find()}
        return self._read[name]

    def of(self, name: str) -> Iterable[dict[str, Any]]:
        """The rows alone."""
        return self[name].values()


def _trail(database: Database[dict[str, Any]], heads: Heads) -> Iterator[str]:
    """Every chain link by link, and every record against its last entry; what one operation wrote, in one piece."""
    practice = database.practice.find_one() or {}
    collections = [record.collection() for record in RECORDS]
    for finding in verify(database, practice["public_key"], heads, collections).findings:
        yield f"{finding.what} ({finding.where})"
    places = defaultdict(list)
    for entry in database.audit.find({}, ["operation", "n", "chain", "seq"]):
        places[entry["operation"]].append((entry["n"], entry["chain"], entry["seq"]))
    for operation, found in places.items():
        first = min(found)
        if sorted(found) != [(n, first[1], first[2] + n) for n in range(len(found))]:
            yield f"operation {operation} is in the trail in pieces"


def _claims(kept: _Kept) -> Iterator[str]:
    """A doctor's time and seats: who is booked has them, and nobody else."""
    due = {
        claim: row["_id"]
        for row in kept.of("appointments")
        if row["status"] not in ("cancelled", "no-show")
        for claim in row["claims"]
    }
    have = {row["_id"]: row["appointment"] for row in kept.of("slot_claims")}
    for claim in sorted({*due.items()} - {*have.items()}):
        yield f"an appointment has no claim of {claim}"
    for claim in sorted({*have.items()} - {*due.items()}):
        yield f"a claim has no appointment: {claim}"


def _stock(kept: _Kept) -> Iterator[str]:
    """A lot holds what its ledger comes to, entry by entry, and never less than nothing."""
    by_lot = defaultdict(list)
    for entry in kept.of("stock_movements"):
        by_lot[entry["lot"]].append(entry)
    for lot in kept.of("stock_lots"):
        entries = by_lot.pop(lot["_id"], [])
        if sum(entry["change"] for entry in entries) != lot["quantity"]:
            yield f"lot {lot['lot']} holds {lot['quantity']}, which is not what its ledger says"
        if any(entry["after"] < 0 for entry in entries):
            yield f"lot {lot['lot']} held less than nothing"
        before = Counter(entry["after"] - entry["change"] for entry in entries)
        after = Counter(entry["after"] for entry in entries)
        # Each begins where another one ended, but for the first, and nothing follows the last.
        if before + Counter([lot["quantity"]]) != after + Counter([0]):
            yield f"the entries of lot {lot['lot']} don't follow one another"
    for lot in by_lot:
        yield f"the ledger speaks of lot {lot}, which is not there"


def _hand_outs(kept: _Kept) -> Iterator[str]:
    """What was handed out has left the stock; turns are taken once and in order; nothing beyond what was prescribed."""
    undone = {row["takes_back"] for row in kept.of("dispensations") if "takes_back" in row}
    moved = Counter[Any]()
    given = Counter[Any]()
    turns = defaultdict(list)
    for row in kept.of("dispensations"):
        turns[row["prescription"]].append(row["turn"])
        for part in row.get("lines", []) if row["kind"] == "handed out" else []:
            moved[part["lot"]] += 0 if row["_id"] in undone else part["quantity"]
            given[row["prescription"], part["line"]] += 0 if row["_id"] in undone else part["quantity"]
    ledger = Counter[Any]()
    for entry in kept.of("stock_movements"):
        if entry["kind"] in ("dispensed", "taken back"):
            ledger[entry["lot"]] -= entry["change"]
    if +moved != +ledger:
        yield "what was handed out is not what left the stock"
    cancelled = {row["prescription"] for row in kept.of("prescription_cancellations")}
    for prescription, taken in turns.items():
        if prescription not in cancelled and sorted(taken) != list(range(1, len(taken) + 1)):
            yield f"prescription {prescription} has turns {sorted(taken)}"
    for (prescription, line), number in given.items():
        if number > kept["prescriptions"][prescription]["lines"][line - 1]["quantity"]:
            yield f"more than was prescribed was handed out for {prescription}"


def _charges(kept: _Kept) -> Iterator[str]:
    """A charge waits, is on one bill, or was taken back: one of the three. What it is for is there."""
    back = Counter(row["takes_back"] for row in kept.of("charges") if row["kind"] == "taken back")
    billed = Counter(
        line["charge"] for bill in kept.of("invoices") if bill["state"] != "void" for line in bill["lines"]
    )
    for row in kept.of("charges"):
        if row["kind"] != "charged":
            continue
        places = (row["_id"] in kept["uninvoiced"]) + billed[row["_id"]] + back[row["_id"]]
        if places != 1:
            yield f"charge {row['_id']} waits, is billed or taken back {places} times"
        there = any(row["about"] in kept[name] for name in ("appointments", "encounters", "dispensations"))
        if not there:
            yield f"charge {row['_id']} is for something that is not there"
    for claim in kept["uninvoiced"]:
        if claim not in kept["charges"]:
            yield f"charge {claim} waits and is not there"
    charged = {row["about"] for row in kept.of("charges") if row["kind"] == "charged"}
    priced = {row["_id"] for row in kept.of("medicines") if _amount(row.get("price"))}
    for row in kept.of("dispensations"):
        if row["_id"] not in charged and any(part["medicine"] in priced for part in row.get("lines", [])):
            yield f"hand-out {row['_id']} was not charged for"


def _bills(kept: _Kept) -> Iterator[str]:
    """A bill's sums are those of its lines and of its ledger; nobody pays more than there is to pay."""
    ledger = defaultdict(list)
    for entry in kept.of("payments"):
        ledger[entry["invoice"]].append(entry)
    for bill in kept.of("invoices"):
        entries = ledger.pop(bill["_id"], [])
        patient = [one for one in entries if one["method"] != "insurance"]
        paid = _sum(patient)
        if paid != _amount(bill["paid"]):
            yield f"{bill['number']} says {_amount(bill['paid'])} paid, and its ledger {paid}"
        if _sum([one for one in entries if one["method"] == "insurance"]) != _amount(bill["insurance_paid"]):
            yield f"{bill['number']} and its ledger differ on what the insurance paid"
        credited = -_sum([one for one in patient if one["kind"] in ("refund", "reversal")])
        if credited != _amount(bill["credited"]):
            yield f"{bill['number']} says {_amount(bill['credited'])} given back, and its ledger {credited}"
        if not 0 <= paid <= _amount(bill["due"]) - credited:
            yield f"{bill['number']} is overpaid"
        lines = sum((_amount(line["amount"]) - _amount(line.get("discount")) for line in bill["lines"]), Decimal(0))
        if not lines == _amount(bill["total"]) == _amount(bill["due"]) + _amount(bill["insurance"]):
            yield f"the sums of {bill['number']} don't add up"
        if sorted(bill.get("receipts", [])) != sorted(one["number"] for one in entries):
            yield f"{bill['number']} doesn't name its receipts"
    for invoice in ledger:
        yield f"something was paid for bill {invoice}, which is not there"


def _drawers(kept: _Kept) -> Iterator[str]:
    """A drawer is closed once, in order, and with what it took."""
    closed = defaultdict(list)
    for row in kept.of("closings"):
        if row["kind"] != "closed":
            continue
        closed[row["cashier"]].append(row["drawer"])
        taken = [
            one
            for one in kept.of("payments")
            if (one["cashier"], one["drawer"], one["method"]) == (row["cashier"], row["drawer"], "cash")
        ]
        if _amount(row["expected"]) != _amount(row["opened_with"]) + _sum(taken):
            yield f"drawer {row['drawer']} was closed with another sum than it took"
    for cashier, drawers in closed.items():
        if sorted(drawers) != list(range(1, len(drawers) + 1)):
            yield f"the drawers of {cashier} are {sorted(drawers)}"
    for row in kept.of("payments"):
        if row["drawer"] > len(closed[row["cashier"]]) + 1:
            yield f"{row['number']} is in a drawer that was never begun"


def _numbers(kept: _Kept) -> Iterator[str]:
    """Bills and receipts are numbered without a gap, and the counter knows the last."""
    series = defaultdict(list)
    for name in ("invoices", "payments"):
        for row in kept.of(name):
            begins, _, number = row["number"].rpartition("-")
            series[begins].append(int(number))
    for begins, numbers in series.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield f"{begins} has gaps or repeats itself"
        if kept["counters"][begins]["last"] != len(numbers):
            yield f"the counter of {begins} is another one"


def _amount(money: Mapping[str, Any] | None) -> Decimal:
    return money["value"].to_decimal() if money else Decimal(0)  # type: ignore[no-any-return]


def _sum(entries: Iterable[Mapping[str, Any]]) -> Decimal:
    return sum((_SIGNS[one["kind"]] * _amount(one["amount"]) for one in entries), Decimal(0))
