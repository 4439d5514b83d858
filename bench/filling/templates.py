"""What is told many times over: each appointment of the demo practice that is over, with all that came of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from hmsdesk.models.appointments import FREEING
from hmsdesk.models.row import Row
from hmsdesk.models.stock import DISPENSED

# What hangs on an appointment, in the order in which one leads to the next.
KEPT = (
    "appointments",
    "observations",
    "encounters",
    "encounter_notes",
    "prescriptions",
    "dispensations",
    "stock_movements",
    "charges",
    "invoices",
    "payments",
)


@dataclass
class Visit:
    """One appointment and what came of it. rows: by collection."""

    appointment: Row
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def holds_its_time(self) -> bool:
        """Whether nobody else may have its place in the calendar."""
        return self.appointment["status"] not in FREEING


@dataclass
class Templates:
    """What a copy of the demo's days is made of.

    visits: what was over at the beginning of today. lots, deliveries, receipts (movements): of the dispensary.
    closings: of its only cashier. health: what is known of patients. numbers: prescriptions' numbers that are taken.
    last_number: up to which bills and receipts are numbered.
    """

    visits: list[Visit]
    lots: list[Row]
    deliveries: list[Row]
    receipts: list[Row]
    closings: list[Row]
    health: list[Row]
    patients: list[Row]
    staff: list[Row]
    numbers: set[str]
    last_number: int


def read(database: Database[Row], until: datetime) -> Templates:
    """The demo's days up to a moment. The database: as somebody may read it who may read everything."""
    rows = {name: list(database[name].find()) for name in KEPT if name != "appointments"}
    bills = [number for one in rows["invoices"] for number in (one["number"], *one.get("receipts", ()))]
    papers = [*bills, *(one["number"] for one in rows["payments"])]
    over = list(database.appointments.find({"start": {"$lt": until}}).sort("start", 1))
    by = {
        "observations": _by(rows["observations"], "appointment"),
        "encounters": _by(rows["encounters"], "_id"),
        "encounter_notes": _by(rows["encounter_notes"], "_id"),
        "prescriptions": _by(rows["prescriptions"], "encounter"),
        "dispensations": _by(rows["dispensations"], "prescription"),
        "stock_movements": _by([one for one in rows["stock_movements"] if one["kind"] == DISPENSED], "note"),
        "charges": _by(rows["charges"], "about"),
        "invoices": _by([one | {"_charge": one["lines"][0]["charge"]} for one in rows["invoices"]], "_charge"),
        "payments": _by(rows["payments"], "invoice"),
    }
    return Templates(
        visits=[_visit(appointment, by) for appointment in over],
        lots=list(database.stock_lots.find()),
        deliveries=list(database.deliveries.find({"created_at": {"$lt": until}})),
        receipts=[one for one in rows["stock_movements"] if one["kind"] != DISPENSED and one["created_at"] < until],
        closings=list(database.closings.find({"at": {"$lt": until}}).sort("at", 1)),
        health=list(database.patient_health.find()),
        patients=list(database.patients.find()),
        staff=list(database.staff.find({"profession": "doctor"})),
        numbers={one["number"] for one in rows["prescriptions"]},
        last_number=max((int(number.rpartition("-")[2]) for number in papers), default=0),
    )


def _by(rows: list[Row], name: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        if name in row:
            found[row[name]].append({key: value for key, value in row.items() if key != "_charge"})
    return found


def _visit(appointment: Row, by: dict[str, dict[Any, list[Row]]]) -> Visit:
    def of(name: str, keys: list[Any]) -> list[Row]:
        return [row for key in keys for row in by[name].get(key, [])]

    visit: list[ObjectId] = [appointment["_id"]]
    rows = {"appointments": [appointment]} | {
        name: of(name, visit) for name in ("observations", "encounters", "encounter_notes", "prescriptions")
    }
    rows["dispensations"] = of("dispensations", _ids(rows["prescriptions"]))
    rows["stock_movements"] = of("stock_movements", [one["number"] for one in rows["prescriptions"]])
    rows["charges"] = of("charges", visit + _ids(rows["dispensations"]))
    rows["invoices"] = of("invoices", _ids(rows["charges"]))
    rows["payments"] = of("payments", _ids(rows["invoices"]))
    return Visit(appointment, rows)


def _ids(rows: list[Row]) -> list[ObjectId]:
    return [row["_id"] for row in rows]
