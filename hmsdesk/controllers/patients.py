"""Patients: registering, finding, warning of duplicates, and opening a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bson import ObjectId
from rapidfuzz import fuzz

from hmsdesk.controllers.keeping import Keeping, begins_with, counted
from hmsdesk.controllers.listing import Count, Page, Query
from hmsdesk.database.audit import Event
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models import text
from hmsdesk.models.patient_health import PatientHealth
from hmsdesk.models.patients import Patient, identifier, tidy_identifier
from hmsdesk.models.record import Row
from hmsdesk.security.permissions import CREATE, READ, UPDATE

# Filters that ask for what is clinical, and are looked up there.
CONDITION, VISIT_DAY = "condition", "visit_day"

_SIMILAR = 84
_CANDIDATES = 200
_TRIES = 20


@dataclass(frozen=True)
class Duplicate:
    """A patient who may be the one being registered, and why."""

    patient: Row
    why: str


@dataclass(frozen=True)
class Opened:
    """A patient whose chart was opened. health is None where the role may not know it."""

    patient: Row
    health: Row | None


class Patients(Keeping):
    """Keeping patients, whose IDs are issued here and whose clinical side lies apart."""

    def page(self, session: Session, query: Query) -> Page:
        """One page. Clinical roles may filter by condition and visit day as well; a whole ID finds its patient."""
        if _is_clinical(query):
            return self._clinical_page(session, query)
        return super().page(session, query)

    def count(self, session: Session, query: Query) -> Count:
        """How many the search finds."""
        if _is_clinical(query):
            with session.reading("patient_health") as collection:
                return counted(collection, _clinical_matches(query))
        return super().count(session, query)

    def create(self, session: Session, values: Mapping[str, object], operation: str) -> Row:
        """Register a patient: a new ID of this workstation, and an empty clinical record."""
        session.require(self.resource, CREATE)
        built = Patient.build(values, session.locale)
        serial = self._last_serial(session)
        for _ in range(_TRIES):
            serial += 1
            issued = identifier(session.identity.patient_prefix, serial)
            if issued is None:
                continue
            try:
                return self._register(session, built, serial, issued, operation)
            except Repeated:
                return self.get(session, record_id(operation))
            except InvalidInput as taken:
                # Another window of this workstation was faster; the next number is as good.
                if set(taken.fields) != {"identifier"}:
                    raise
        raise UserError("No patient ID could be issued.", "Many are being registered at once. Please try again.")

    def change(
        self, session: Session, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        """Change demographics; the clinical side's copy of the name follows where the role may write it."""
        row = super().change(session, record, version, changes, operation)
        if {"name", "name_ar"} & set(changes):
            _copy_name(session, row)
        return row

    def duplicates(self, session: Session, values: Mapping[str, object]) -> list[Duplicate]:
        """Patients with the same phone, or a similar name and the same birth date, the likeliest first."""
        cleaned = Patient.build(values, session.locale)
        with session.reading(self.resource) as patients:
            same_phone = list(patients.find({"phone": cleaned["phone"]}).limit(5)) if "phone" in cleaned else []
        born = cleaned.get("birth_date")
        alike = [(row, _alikeness(row, cleaned)) for row in self._candidates(session, cleaned)]
        found = {row["_id"]: Duplicate(row, "same phone number") for row in same_phone}
        for row, _ in sorted((pair for pair in alike if pair[1] >= _SIMILAR), key=lambda pair: -pair[1]):
            why = "similar name" + (" and the same date of birth" if born and row.get("birth_date") == born else "")
            earlier = found.get(row["_id"])
            found[row["_id"]] = Duplicate(row, f"{earlier.why}, {why}" if earlier else why)
        return list(found.values())[:5]

    def open_chart(self, session: Session, patient: ObjectId) -> Opened:
        """The patient and their health, once the opening is in the trail for good. Raises NotFound, NotAllowed."""
        row = self.get(session, patient)
        write(session, uuid4().hex, lambda work: work.note(Event("open chart", self.resource, patient)))
        return Opened(row, self.health(session, row))

    def health(self, session: Session, patient: Row) -> Row | None:
        """The clinical record, or None where the role may not read it. A stale copy of the name in it is mended."""
        if not session.may("patient_health", READ):
            return None
        with session.reading("patient_health") as collection:
            health: Row | None = collection.find_one({"_id": patient["_id"]})
        if health is not None and health["find"].get("name") != patient["find"]["name"]:
            return _copy_name(session, patient) or health
        return health

    def find_by_identifier(self, session: Session, typed: str) -> Row | None:
        """The patient with an ID, however it was typed or scanned."""
        whole = tidy_identifier(typed)
        if whole is None:
            return None
        with session.reading(self.resource) as patients:
            row: Row | None = patients.find_one({"identifier": whole})
        return row

    def _register(self, session: Session, built: Row, serial: int, issued: str, operation: str) -> Row:
        numbered = built | {"identifier": issued}
        find = Patient.derived(numbered) | {"prefix": session.identity.patient_prefix, "serial": serial}

        def work(work: Work) -> Row:
            row = work.insert(self.resource, numbered | {"find": find}, "register")
            work.insert("patient_health", {"_id": row["_id"], "find": PatientHealth.derived({}) | _name_copy(row)})
            return row

        return write(session, operation, work)

    def _last_serial(self, session: Session) -> int:
        own = {"find.prefix": session.identity.patient_prefix}
        with session.reading(self.resource) as patients:
            last = patients.find_one(own, ["find.serial"], sort=[("find.serial", -1)], hint="serial")
        return int(last["find"]["serial"]) if last else 0

    def _candidates(self, session: Session, cleaned: Row) -> list[Row]:
        """Patients worth comparing: those born the same day, and those whose names begin alike."""
        firsts = [text.longest_edge(word) for word in text.words(cleaned["name"])[:2]]
        with session.reading(self.resource) as patients:
            same_day = {"birth_date": cleaned["birth_date"]} if "birth_date" in cleaned else None
            born = list(patients.find(same_day).limit(_CANDIDATES)) if same_day else []
            named = {"find.edges": {"$all": firsts}}
            rows = born + list(patients.find(named).limit(_CANDIDATES))
        return list({row["_id"]: row for row in rows}.values())

    def _clinical_page(self, session: Session, query: Query) -> Page:
        """Found among the clinical records, which are ordered by the name's copy; shown as demographics."""
        direction = -1 if query.descending != query.backwards else 1
        where = _clinical_matches(query) + self._onwards(query, "find.name", direction)
        with session.reading("patient_health") as collection:
            found = collection.find({"$and": where}, ["_id"]).sort([("find.name", direction), ("_id", direction)])
            ids = [row["_id"] for row in found.limit(query.limit + 1)]
        with session.reading(self.resource) as patients:
            rows = {row["_id"]: row for row in patients.find({"_id": {"$in": ids[: query.limit]}})}
        shown = [rows[one] for one in ids[: query.limit] if one in rows]
        return Page(shown[::-1] if query.backwards else shown, more=len(ids) > query.limit)


class Health(Keeping):
    """Keeping the clinical side of patients."""

    def get(self, session: Session, record: ObjectId) -> Row:
        """The clinical record, with the patient's name as its title."""
        return super().get(session, record) | {"patient": PATIENTS.get(session, record)["name"]}


def _is_clinical(query: Query) -> bool:
    return bool({CONDITION, VISIT_DAY} & {name for name, value in query.filters.items() if value})


def _clinical_matches(query: Query) -> list[Row]:
    by_name = [begins_with(word) for word in text.words(query.text)]
    by_condition = [{"find.conditions": word} for word in text.words(str(query.filters.get(CONDITION) or ""))]
    day = query.filters.get(VISIT_DAY)
    return by_condition + ([{"find.visit_days": day}] if day else []) + by_name


def _name_copy(patient: Mapping[str, Any]) -> Row:
    return {name: patient["find"][name] for name in ("words", "edges", "name")}


def _copy_name(session: Session, patient: Row) -> Row | None:
    """Bring the clinical side's copy of the name up to date, where the role may."""
    if not session.may("patient_health", UPDATE):
        return None
    copy = {f"find.{name}": value for name, value in _name_copy(patient).items()}
    return write(
        session, uuid4().hex, lambda work: work.commute("patient_health", patient["_id"], {"$set": copy}, "copy name")
    )


def _alikeness(row: Row, cleaned: Row) -> float:
    """How alike two patients are, 0 to 100: their folded names, less a third where the birth dates differ."""
    one, other = row["find"]["name"], text.fold(cleaned["name"])
    alike = fuzz.token_sort_ratio(one, other)
    born, known = row.get("birth_date"), cleaned.get("birth_date")
    return alike if not born or not known or born == known else alike * 2 / 3


PATIENTS = Patients(Patient)
HEALTH = Health(PatientHealth)
