"""One visit of the demo told again: of another patient, at another time, with numbers and ids of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bson import ObjectId
from nacl.signing import SigningKey

from bench.filling.plan import Plan, doctor_id, lot_id
from bench.filling.templates import KEPT, Templates, Visit
from hmsdesk.controllers.references import called
from hmsdesk.models.encounters import Encounter
from hmsdesk.models.invoices import Invoice
from hmsdesk.models.patients import Patient
from hmsdesk.models.payments import Payment
from hmsdesk.models.prescription_code import content_of
from hmsdesk.models.prescriptions import Prescription, turn_claim
from hmsdesk.models.row import Row

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DRAWN = 6
# In whose name a record was made stays as it is, also where the doctor is another one.
_STAYS = ("created_by", "updated_by", "signer", "find")


class Teller:
    """keys: the demo's doctors' signing keys, by account. cashier: whose drawers the copies' payments lie in."""

    def __init__(
        self, templates: Templates, plan: Plan, keys: Mapping[ObjectId, SigningKey], cashier: ObjectId
    ) -> None:
        self._templates = templates
        self._plan = plan
        self._keys = keys
        self._cashier = cashier
        self._lots = {lot["_id"]: number for number, lot in enumerate(templates.lots)}
        self._doctors = {row["_id"]: number for number, row in enumerate(templates.staff)}
        self._span = templates.last_number + 1
        self._drawers = max((one["drawer"] for one in templates.closings), default=0)

    def visit(self, number: int, patient: Row, into: dict[str, list[Row]]) -> date:
        """Add the rows of one of all visits to those of each collection; the day it was on."""
        copy, place = self._plan.told(number)
        template = self._templates.visits[place]
        again = _Again(self._ids(copy, template, patient), self._plan.earlier(copy))
        made = {name: [again.row(row) for row in template.rows[name]] for name in KEPT}
        self._name(made, patient, copy, number)
        for name, rows in made.items():
            into[name] += rows
        appointment = made["appointments"][0]
        appointment["claims"] = [again.claim(claim) for claim in appointment["claims"]]
        if template.holds_its_time:
            claims = [{"_id": claim, "appointment": appointment["_id"]} for claim in appointment["claims"]]
            into["slot_claims"] += claims
        into["prescription_turns"] += [{"_id": turn_claim(one["prescription"], 1)} for one in made["dispensations"]]
        start: datetime = appointment["start"]
        return start.date()

    def closings(self, copy: int) -> list[Row]:
        """The drawers of a copy."""
        again = _Again({}, self._plan.earlier(copy))
        rows = [again.row(row) | {"_id": ObjectId()} for row in self._templates.closings]
        for row in rows:
            row |= {"cashier": self._cashier, "drawer": self._drawer(row["drawer"], copy)}
            if "receipts" in row:
                row["receipts"] = [self._number(one, copy) for one in row["receipts"]]
        return rows

    def counted(self) -> Mapping[str, int]:
        """How far bills, receipts and drawers were numbered, by the beginning of the series."""
        papers = (self._plan.copies + 1) * self._span
        return {"INV": papers, "REC": papers, "drawer": self._plan.copies * self._drawers}

    def lots(self, copy: int) -> list[Row]:
        """The lots of a copy, of which nothing is left by now."""
        return [
            _Again({}, self._plan.earlier(copy)).row(lot)
            | {"_id": lot_id(copy, number), "lot": f"{lot['lot']}-{copy}", "quantity": 0}
            | {"expires": _day(lot["expires"], self._plan.earlier(copy))}
            for number, lot in enumerate(self._templates.lots)
        ]

    def lot(self, copy: int, lot: ObjectId) -> ObjectId:
        """The id of a lot in a copy."""
        return lot_id(copy, self._lots[lot])

    def _ids(self, copy: int, template: Visit, patient: Row) -> dict[ObjectId, ObjectId]:
        ids = {row["_id"]: ObjectId() for name in KEPT for row in template.rows[name]}
        ids[template.appointment["patient"]] = patient["_id"]
        for row in template.rows["stock_movements"]:
            ids[row["lot"]] = self.lot(copy, row["lot"])
        if group := self._plan.group(copy):
            doctor = template.appointment["practitioner"]
            ids[doctor] = doctor_id(group, self._doctors[doctor])
        return ids

    def _name(self, made: dict[str, list[Row]], patient: Row, copy: int, number: int) -> None:
        """What is found by the patient's name, by a number or by both."""
        title = called("patient", Patient, patient)
        for row in made["encounters"]:
            row["find"] = Encounter.derived(title)
        for place, row in enumerate(made["prescriptions"]):
            old = row["number"]
            row["number"] = self._prescription_number(number + place * self._plan.visits, row["issued_at"])
            row["valid_until"] = _day(row["valid_until"], self._plan.earlier(copy))
            # Further doctors have no account, and so no key to sign with.
            row["practitioner"] = row["signer"]
            row["content"] = content_of(row, patient)
            row["signature"] = self._keys[row["signer"]].sign(row["content"]).signature
            row["find"] = row["find"] | super(Prescription, Prescription).derived(row | title)
            for moved in made["stock_movements"]:
                moved["note"] = row["number"] if moved["note"] == old else moved["note"]
        by_id = {}
        for row in made["invoices"]:
            row["number"] = self._number(row["number"], copy)
            if "receipts" in row:
                row["receipts"] = [self._number(one, copy) for one in row["receipts"]]
            row["find"] = Invoice.derived(row | title)
            by_id[row["_id"]] = row
        for row in made["payments"]:
            row |= {"number": self._number(row["number"], copy), "cashier": self._cashier}
            row["drawer"] = self._drawer(row["drawer"], copy)
            row["find"] = Payment.derived(row | title | called("invoice", Invoice, by_id[row["invoice"]]))

    def _number(self, number: str, copy: int) -> str:
        series, year, one = number.split("-")
        then = int(year) - round(self._plan.earlier(copy).days / 365.25)
        return f"{series}-{then % 100:02}-{(copy + 1) * self._span + int(one):05}"

    def _drawer(self, drawer: int, copy: int) -> int:
        return self._plan.order(copy) * self._drawers + drawer

    def _prescription_number(self, drawn: int, at: datetime) -> str:
        rest, letters = drawn * 48271 + 11, []
        for _ in range(_DRAWN):
            rest, letter = divmod(rest, len(_LETTERS))
            letters.append(_LETTERS[letter])
        number = f"RX-{at.year % 100:02}-{''.join(letters)}"
        taken = number in self._templates.numbers
        return self._prescription_number(drawn + 2 * self._plan.visits, at) if taken else number


class _Again:
    """ids: what stands for what. earlier: by how much."""

    def __init__(self, ids: Mapping[ObjectId, ObjectId], earlier: timedelta) -> None:
        self._ids = ids
        self._earlier = earlier

    def row(self, row: Row) -> Row:
        """A record, with what is found of it as it was but for its moments."""
        again: Row = {name: value if name in _STAYS else self._value(value) for name, value in row.items()}
        if "started_at" in again["find"]:
            again["find"] = again["find"] | {"started_at": again["find"]["started_at"] - self._earlier}
        return again

    def claim(self, claim: str) -> str:
        """A cell of a doctor's time, or a seat of their day."""
        doctor, moment, *rest = claim.split("|")
        known = self._ids.get(ObjectId(doctor), doctor)
        then = datetime.fromisoformat(moment) - self._earlier
        return "|".join([str(known), then.strftime("%Y-%m-%dT%H:%M" if "T" in moment else "%Y-%m-%d"), *rest])

    def _value(self, value: Any) -> Any:
        if isinstance(value, ObjectId):
            return self._ids.get(value, value)
        if isinstance(value, datetime):
            return value - self._earlier
        if isinstance(value, dict):
            return {name: self._value(one) for name, one in value.items()}
        return [self._value(one) for one in value] if isinstance(value, list) else value


def _day(day: str, earlier: timedelta) -> str:
    return (date.fromisoformat(day) - earlier).isoformat()
