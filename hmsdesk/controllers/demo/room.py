"""What the demo's nurse and doctors do with a patient: measure, write the visit, prescribe and sign."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from uuid import uuid4

from bson import Decimal128, ObjectId

from hmsdesk.controllers.demo.cases import Case
from hmsdesk.controllers.demo.kept import unsearched
from hmsdesk.controllers.demo.persons import Person
from hmsdesk.controllers.demo.shelves import Shelf
from hmsdesk.controllers.references import called
from hmsdesk.database.loading import Loading
from hmsdesk.models.charges import CHARGED, FOR_VISIT, Charge
from hmsdesk.models.encounter_notes import MAIN, EncounterNote
from hmsdesk.models.encounters import FINISHED, IN_PROGRESS, Encounter
from hmsdesk.models.observations import FINAL, Observation
from hmsdesk.models.patients import Patient
from hmsdesk.models.prescription_code import content_of
from hmsdesk.models.prescription_doses import quantity_for
from hmsdesk.models.prescriptions import Prescription, made_of, number_for, valid_until
from hmsdesk.models.row import Row

_ENOUGH = Decimal("0.1")


class Room:
    """One doctor's room. nurse, doctor: in whose names it is kept. services: by their code. numbers: of prescriptions
    that the practice has, of all rooms.
    """

    def __init__(
        self,
        chance: random.Random,
        nurse: Loading,
        doctor: Loading,
        services: Mapping[str, Row],
        shelves: Mapping[str, Shelf],
        numbers: set[str],
    ) -> None:
        self._chance = chance
        self._nurse = nurse
        self._doctor = doctor
        self._services = services
        self._shelves = shelves
        self._numbers = numbers

    def measure(self, person: Person, case: Case, appointment: ObjectId, at: datetime, day: date) -> None:
        """Vital signs, as the patient's usual ones and the illness have it."""
        about: Row = {"patient": person.row["_id"], "appointment": appointment, "at": at, "status": FINAL}
        values = about | self._vitals(person, case, person.age(day))
        self._nurse.add("observations", values | unsearched(Observation), "record vitals", at)

    def visit(
        self, member: Row, person: Person, case: Case, visit: ObjectId, span: tuple[datetime, datetime | None]
    ) -> list[Row]:
        """The visit and its note; what it is charged with. span: when it began, and ended if it is over."""
        begin, end = span
        done = self._done(member, case)
        values: Row = {
            "_id": visit,
            "patient": person.row["_id"],
            "practitioner": member["_id"],
            "appointment": visit,
            "started_at": begin,
            "status": FINISHED if end else IN_PROGRESS,
            "services": done,
            "find": Encounter.derived(called("patient", Patient, person.row)),
        }
        note: Row = {"_id": visit, "patient": person.row["_id"], "reason": case.reason, "diagnoses": []}
        if end:
            values["ended_at"] = note["closed_at"] = end
            note |= self._written(case)
        note["find"] = EncounterNote.derived(note) | {"started_at": begin}
        self._doctor.add("encounters", values, "close visit" if end else "begin visit", begin)
        self._doctor.add("encounter_notes", note, "close visit" if end else "begin visit", begin)
        return [self._charged(person, member, visit, one, n, end) for n, one in enumerate(done)] if end else []

    def prescribe(self, member: Row, person: Person, case: Case, visit: ObjectId, at: datetime) -> Row | None:
        """A signed prescription of what the case asks for and no allergy is against; None for nothing."""
        wanted = [one for one in case.medicines if person.may_take(one[0])]
        if not wanted:
            return None
        session, operation = self._doctor.session, uuid4().hex
        issued = at.replace(microsecond=0)
        local = session.locale.local(issued)
        values: Row = {
            "number": self._number(operation, local.year),
            "patient": person.row["_id"],
            "practitioner": member["_id"],
            "issued_at": issued,
            "valid_until": valid_until(local.date()),
            "diagnosis": case.diagnosis,
            "lines": [self._line(*one) for one in wanted],
            "signer": member["_id"],
            "encounter": visit,
        }
        content = content_of(values, person.row)
        signed = {"content": content, "signature": session.keys.signing_key.sign(content).signature}
        named = f"{values['number']} of {person.row['identifier']}"
        medicines = made_of(self._shelves[one[0]].row for one in wanted)
        found = {"find": Prescription.derived(values | called("patient", Patient, person.row) | medicines)}
        return self._doctor.add("prescriptions", values | signed | found, "sign prescription", issued, named)

    def _number(self, operation: str, year: int) -> str:
        # Of ten thousand at random, in every twentieth practice two would be the same.
        draws = (number_for(operation, year, draw) for draw in count())
        number = next(one for one in draws if one not in self._numbers)
        self._numbers.add(number)
        return number

    def _done(self, member: Row, case: Case) -> list[Row]:
        """The consultation, or what it is replaced by, and what was done besides."""
        if "FOLLOW" in case.services:
            return [self._service("FOLLOW")]
        consultation = self._services["CONS"]
        label = f"{consultation['name']}, {member['name']}"
        fee = {"service": consultation["_id"], "label": label, "quantity": 1, "price": member["consultation_fee"]}
        return [fee, *(self._service(code) for code in case.services)]

    def _service(self, code: str) -> Row:
        service = self._services[code]
        return {"service": service["_id"], "label": service["name"], "quantity": 1, "price": service["price"]}

    def _written(self, case: Case) -> Row:
        diagnosis = {"text": case.diagnosis, "code": case.code, "rank": MAIN, "certainty": "confirmed"}
        note: Row = {"findings": case.findings, "diagnoses": [diagnosis], "plan": case.plan}
        if case.follow_up:
            return note | {"outcome": "treatment", "follow_up_days": case.follow_up}
        return note | {"outcome": "better"}

    def _charged(self, person: Person, member: Row, visit: ObjectId, done: Row, place: int, at: datetime) -> Row:
        values: Row = {
            "patient": person.row["_id"],
            "practitioner": member["_id"],
            "reason": FOR_VISIT,
            "kind": CHARGED,
            **{name: done[name] for name in ("label", "quantity", "price")},
            "amount": done["price"],
            "about": visit,
            "place": place,
            **unsearched(Charge),
        }
        return self._doctor.add("charges", values, "charge", at)

    def _line(self, key: str, dose: int, route: str, frequency: str, days: int) -> Row:
        medicine = self._shelves[key].row
        named = {"medicine": medicine["_id"], "name": medicine["name"], "unit": medicine["unit"]}
        quantity = quantity_for(medicine["unit"], route, dose, frequency, days)
        taken = {"dose": dose, "route": route, "frequency": frequency, "days": days}
        return named | taken | {"quantity": quantity, "substitution": True}

    def _vitals(self, person: Person, case: Case, age: int) -> Row:
        usual = {name: value + self._chance.gauss(0, abs(value) * 0.03) for name, value in person.baseline.items()}
        temperature = self._chance.gauss(38.6, 0.4) if case.vitals == "fever" else self._chance.gauss(36.7, 0.2)
        if case.vitals == "fever":
            usual["heart_rate"] += 14
        if case.vitals == "pressure":
            usual["systolic"] += self._chance.gauss(18, 9)
            usual["diastolic"] += self._chance.gauss(9, 5)
        measured: Row = {
            "heart_rate": round(usual["heart_rate"]),
            "temperature": _tenths(temperature),
            "respiratory_rate": max(8, round(usual["respiratory_rate"] + (6 if case.vitals == "breath" else 0))),
            "oxygen": min(100, round(self._chance.gauss(94 if case.vitals == "breath" else 97.6, 0.9))),
            "weight": _tenths(usual["weight"]),
            "height": round(person.baseline["height"]),
        }
        if age >= 3:
            systolic = round(usual["systolic"])
            measured |= {"systolic": systolic, "diastolic": min(systolic - 15, round(usual["diastolic"]))}
        if case.vitals == "sugar":
            measured["glucose"] = {"value": Decimal128(str(round(self._chance.gauss(165, 38)))), "unit": "mg/dL"}
        return measured


def _tenths(number: float) -> Decimal128:
    return Decimal128(Decimal(number).quantize(_ENOUGH))
