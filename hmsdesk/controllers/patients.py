"""Patients: registering, finding, warning of duplicates, and opening a chart."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers import clinical_search
from hmsdesk.controllers.duplicates import Duplicate, duplicates
from hmsdesk.controllers.keeping import Keeping, narrowness
from hmsdesk.controllers.listing import COUNT_LIMIT, PAGE_SIZE, Count, Page, Query
from hmsdesk.database.audit import Event
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models import text
from hmsdesk.models.declaration import clean_values
from hmsdesk.models.patient_health import PatientHealth
from hmsdesk.models.patients import PAIRED, Patient, begun_identifier, identifier, tidy_identifier, tidy_national_id
from hmsdesk.models.patients import born as born_on
from hmsdesk.models.record import SEARCHED
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE, READ, UPDATE

T = TypeVar("T")
# Registers a patient within an operation.
Register = Callable[[Work], Row]

_TRIES = 20
_SPREAD = 4


@dataclass(frozen=True)
class PatientAndHealth:
    """Both sides of a patient. health is None where the role may not know it."""

    patient: Row
    health: Row | None


class Patients(Keeping):
    """Keeping patients, whose IDs are issued here and whose clinical side lies apart."""

    def page(self, session: Session, query: Query) -> Page:
        """One page. Clinical roles may filter by condition and visit day as well; a whole ID finds its patient, and so
        does a whole national ID, before those whom the same letters find otherwise.

        Raises InvalidInput for days that are none, NotAllowed, Unreachable.
        """
        if not clinical_search.is_clinical(query):
            page = super().page(session, self._looked_up(session, query))
            is_first = query.start is None and not query.prefix and not query.backwards
            return Page(self._by_national_id(session, query) + page.rows, page.more) if is_first else page
        path, direction = self._order(query)
        beyond = self._onwards(query, path, direction)
        return clinical_search.page(session, query, path, direction, beyond, self._names(query))

    def count(self, session: Session, query: Query) -> Count:
        """How many the search finds. Raises InvalidInput, NotAllowed, Unreachable."""
        if clinical_search.is_clinical(query):
            return clinical_search.count(session, query, self._names(query))
        found = super().count(session, self._looked_up(session, query))
        return found if found.capped else Count.of(found.number + len(self._by_national_id(session, query)))

    def create(self, session: Session, values: Mapping[str, object], operation: str) -> Row:
        """Register a patient: a new ID of this workstation, and an empty clinical record.

        Raises what Keeping.create raises, and UserError where no ID could be issued.
        """
        return self.registering(session, values, lambda register: self._register(session, register, operation))

    def registering(self, session: Session, values: Mapping[str, object], attempt: Callable[[Register], T]) -> T:
        """Register a patient as a part of an operation: what `attempt` makes of it, once an ID could be issued.

        attempt: does the operation, in which it calls what it is handed. Raises what it raises, InvalidInput,
        NotAllowed, and UserError where no ID could be issued.
        """
        session.require(self.resource, CREATE)
        built = Patient.build(values, session.locale)
        for tried in range(_TRIES):
            # Whoever lost a race doesn't take part in the next one for the very same number.
            ahead = secrets.randbelow(tried * _SPREAD) if tried else 0
            serial, issued = self._next_identifier(session, ahead)
            try:
                return attempt(partial(self._insert, session, built, serial, issued))
            except InvalidInput as taken:
                # Another window of this workstation was faster; the next number is as good.
                if set(taken.fields) != {"identifier"}:
                    raise
        raise UserError("No patient ID could be issued.", "Many are being registered at once. Please try again.")

    def change(
        self, session: Session, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        """Change demographics; the clinical side's copy of the name follows where the role may write it.

        Raises what Keeping.change raises.
        """
        row = super().change(session, record, version, changes, operation)
        if {"name", "name_ar"} & set(changes):
            _copy_name(session, row)
        return row

    def duplicates(self, session: Session, values: Mapping[str, object], operation: str = "") -> list[Duplicate]:
        """Patients who may be the one being registered, the likeliest first.

        operation: by which it is done. Where it was, and its answer lost, nobody is a duplicate of themselves.
        Raises InvalidInput, NotAllowed, Unreachable.
        """
        return [one for one in duplicates(session, values) if one.patient["_id"] != record_id(operation)]

    def history(
        self, session: Session, record: ObjectId, before: int | None = None, limit: int = PAGE_SIZE
    ) -> list[Row]:
        """Earlier demographics; looking at them is in the trail. Raises NotAllowed, NotFound, Unreachable."""
        if before is None:
            _note(session, "open history", self.resource, record)
        return super().history(session, record, before, limit)

    def open_chart(self, session: Session, patient: ObjectId) -> PatientAndHealth:
        """Both sides of a patient, once the opening is in the trail for good.

        Raises NotFound, NotAllowed, Unreachable.
        """
        row = self.get(session, patient)
        self.note_opening(session, patient)
        return PatientAndHealth(row, self.health(session, row))

    def look_again(self, session: Session, patient: ObjectId) -> PatientAndHealth:
        """A patient whose chart is open already, as they stand now. Raises NotFound, NotAllowed, Unreachable."""
        row = self.get(session, patient)
        return PatientAndHealth(row, self.health(session, row))

    def note_opening(self, session: Session, patient: ObjectId) -> None:
        """Leave word in the trail that somebody looks at a patient's health. Raises NotAllowed, Unreachable."""
        _note(session, "open chart", self.resource, patient)

    def health(self, session: Session, patient: Row) -> Row | None:
        """The clinical record, or None where the role may not read it. A stale copy of the name in it is mended.

        Raises Unreachable.
        """
        if not session.may("patient_health", READ):
            return None
        with session.reading("patient_health") as collection:
            health: Row | None = collection.find_one({"_id": patient["_id"]})
        if health is not None and health["find"].get("name") != patient["find"]["name"]:
            return _copy_name(session, patient) or health
        return health

    def _register(self, session: Session, register: Register, operation: str) -> Row:
        try:
            return write(session, operation, register)
        except Repeated:
            return self.get(session, record_id(operation))

    def _insert(self, session: Session, built: Row, serial: int, issued: str, work: Work) -> Row:
        find = Patient.found_by_id(built["find"], issued)
        find |= {"prefix": session.identity.patient_prefix, "serial": serial}
        row = work.insert(self.resource, built | {"identifier": issued, "find": find}, "register")
        work.insert("patient_health", {"_id": row["_id"], "find": PatientHealth.derived({}) | _name_copy(row)})
        return row

    def _next_identifier(self, session: Session, ahead: int) -> tuple[int, str]:
        prefix = session.identity.patient_prefix
        serials = count(self._last_serial(session) + 1 + ahead)
        return next((serial, issued) for serial in serials if (issued := identifier(prefix, serial)))

    def _last_serial(self, session: Session) -> int:
        own = {"find.prefix": session.identity.patient_prefix}
        with session.reading(self.resource) as patients:
            last = patients.find_one(own, ["find.serial"], sort=[("find.serial", -1)], hint="serial")
        return int(last["find"]["serial"]) if last else 0

    def _matches(self, query: Query) -> list[Row]:
        """A patient ID, typed or scanned, finds exactly that patient; its beginning finds no phone numbers."""
        asked = _asked_identifier(query.text)
        if asked is None:
            pair = _asked_pair(query)
            return [*([{PAIRED: pair}] if pair else []), *super()._matches(query)]
        return [{"identifier": asked}, *super()._matches(replace(query, text=""))]

    def _hint(self, query: Query, path: str) -> list[tuple[str, int]]:
        if _asked_identifier(query.text):
            return [("identifier", 1)]
        return Patient.walked(path, PAIRED) if _asked_pair(query) else super()._hint(query, path)

    def _looked_up(self, session: Session, query: Query) -> Query:
        """The same query, by its rarest word alone where fewer are called so than the two words together find.

        Two words are looked up by four letters of each at most. Of all whose name begins with Abdel that leaves many.
        """
        pair = _asked_pair(query)
        edge = text.longest_edge(max(Patient.sought(query.text), key=narrowness)) if pair else ""
        if len(edge) <= max(text.PAIR_EDGES):
            return query
        together = self._number(session, {PAIRED: pair}, COUNT_LIMIT)
        if together <= PAGE_SIZE or self._number(session, {SEARCHED: edge}, together) == together:
            return query
        return _ByOneWord(**vars(query))

    def _number(self, session: Session, asked: Row, most: int) -> int:
        """How many an index knows, up to so many."""
        with session.reading(self.resource) as patients:
            return int(patients.count_documents(asked, limit=most, hint=Patient.walked("find.name", next(iter(asked)))))

    def _listed(self, session: Session) -> AbstractContextManager[Any]:
        # Each has up to two encrypted numbers, which no column shows.
        return session.listing(self.resource)

    def _by_national_id(self, session: Session, query: Query) -> list[Row]:
        """Whom a whole national ID finds, but for those whom the words find. What is typed like a phone is a phone."""
        sought = tidy_national_id(query.text)
        if sought is None or query.text.lstrip().startswith(("0", "+")) or _asked_identifier(query.text):
            return []
        asked = {"national_id": session.equals(self.resource, "national_id", sought)}
        chosen = self._matches(replace(query, text=""))
        otherwise = {"$and": super()._matches(replace(query, filters={}))}
        with session.reading(self.resource) as patients:
            where = {"$and": [asked, *chosen], "$nor": [otherwise]}
            return list(patients.find(where, hint="national ID").limit(query.limit))

    def _names(self, query: Query) -> list[Row]:
        """What the typed search asks of a clinical record's copy of the name."""
        return super()._matches(Query(text=query.text))


class Health(Keeping):
    """Keeping the clinical side of patients."""

    def get(self, session: Session, record: ObjectId) -> Row:
        """The clinical record, with the patient's name as its title. That it was looked at is in the trail first.

        Raises NotAllowed, NotFound, Unreachable.
        """
        PATIENTS.note_opening(session, record)
        return super().get(session, record) | {"patient": PATIENTS.get(session, record)["name"]}

    def change(
        self, session: Session, record: ObjectId, version: int, changes: Mapping[str, object], operation: str
    ) -> Row:
        """As for every record; besides, raises InvalidInput for what is said to have been before the birth."""
        session.require(self.resource, UPDATE)
        cleaned, problems = clean_values(self.record, changes, session.locale, only=changes.__contains__)
        if not problems:
            problems = _before_birth(self._read_patient(session, record), cleaned)
        if problems:
            raise InvalidInput(problems)
        return super().change(session, record, version, changes, operation)

    @staticmethod
    def _read_patient(session: Session, record: ObjectId) -> Row:
        with session.reading(PATIENTS.resource) as patients:
            return patients.find_one({"_id": record}, ["birth_date", "birth_estimated"]) or {}

    def history(
        self, session: Session, record: ObjectId, before: int | None = None, limit: int = PAGE_SIZE
    ) -> list[Row]:
        """What was known of the patient's health before; looking at it is in the trail.

        Raises NotAllowed, NotFound, Unreachable.
        """
        session.require(self.resource, READ)
        if before is None:
            _note(session, "open history", self.resource, record)
        return super().history(session, record, before, limit)


class _ByOneWord(Query):
    """Of the words that were typed one is looked up, though there are two."""


def _asked_pair(query: Query) -> str:
    """What two words that were typed are looked up by together, so that of two common names few are read in vain."""
    return "" if isinstance(query, _ByOneWord) else text.longest_pair(Patient.sought(query.text))


def _asked_identifier(typed: str) -> str | Row | None:
    """What an identifier must be for what was typed: a whole one, or one that begins so; None where it is none."""
    whole, begun = tidy_identifier(typed), begun_identifier(typed)
    return whole or ({"$regex": f"^{begun}"} if begun else None)


def _before_birth(patient: Row, health: Row) -> dict[str, str]:
    """Which entries name a time before the patient was born; of a guessed day of birth nobody can say."""
    born = patient.get("birth_date", "")
    if not born or patient.get("birth_estimated"):
        return {}
    problems = {}
    for name in ("allergies", "conditions"):
        for number, entry in enumerate(health.get(name) or [], start=1):
            since = entry.get("since", "")
            if since and since < born[: len(since)]:
                problems[name] = f"Entry {number}: This is before the birth, {born_on(patient)}."
    return problems


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


def _note(session: Session, action: str, resource: str, record: ObjectId) -> None:
    """Leave word in the trail of something that was looked at."""
    write(session, uuid4().hex, lambda work: work.note(Event(action, resource, record)))


PATIENTS = Patients(Patient)
HEALTH = Health(PatientHealth)
