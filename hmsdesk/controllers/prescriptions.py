"""Prescribing: what a doctor signs, and whether a signature is to be believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.by_words import any_of
from hmsdesk.controllers.dispensary.hand_outs import DISPENSATIONS, done_for
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescription_checks import (
    LINES,
    chosen,
    examine,
    first_questions,
    further_questions,
    medicines_of,
    settled,
)
from hmsdesk.controllers.references import called
from hmsdesk.controllers.staff import STAFF
from hmsdesk.database import directory
from hmsdesk.database.audit import Event
from hmsdesk.database.questions import Question
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import InvalidInput, NotFound, UserError
from hmsdesk.models.appointments import APPROVED, PENDING
from hmsdesk.models.declaration import checked, clean_values
from hmsdesk.models.dispensations import standing
from hmsdesk.models.fields import ReferenceField
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import Patient
from hmsdesk.models.prescription_code import Content, NotACode, content_of, encode, read_content
from hmsdesk.models.prescription_doses import quantity_for
from hmsdesk.models.prescriptions import (
    IN_FULL,
    IN_PART,
    MEDICINE,
    MOST_LINES,
    Prescription,
    checked_line,
    made_of,
    number_for,
    valid_until,
)
from hmsdesk.models.row import Row
from hmsdesk.models.staff import DOCTOR
from hmsdesk.models.text import fold
from hmsdesk.security.certificates import Certificate, Untrusted
from hmsdesk.security.permissions import CREATE, READ, may
from hmsdesk.security.signing import is_signed_bytes

_DRAWS = 5
_AHEAD = "ahead"
# What is signed of a patient, and found by.
SIGNED_OF = ("identifier", "name", "name_ar", "birth_date")
_VISIT = ReferenceField(refers_to="encounters")


@dataclass(frozen=True)
class Prescribe:
    """What a doctor signs, checked by the fields of Prescription.

    lines: as PrescribedLine, without name and unit. encounter: the visit it is written in, if it is in one.
    overrides: as Override, without `found`: why a line is prescribed in spite of what a check finds.
    """

    patient: ObjectId
    lines: tuple[dict[str, Any], ...]
    diagnosis: str = ""
    advice: str = ""
    encounter: ObjectId | None = None
    overrides: tuple[dict[str, Any], ...] = ()


class Authenticity(StrEnum):
    """What is to be thought of a signature."""

    GENUINE = "genuine"
    ALTERED = "altered"
    UNKNOWN_SIGNER = "unknown signer"


@dataclass(frozen=True)
class Checked:
    """A signed content that was checked. signer: the prescriber's name as certified, if there is one.

    prescribers: as whom, of the staff, they may have signed it.
    """

    authenticity: Authenticity
    content: Content | None
    signer: str
    prescribers: tuple[ObjectId, ...] = ()


class Prescriptions(Keeping):
    """Prescriptions are signed once, and never changed."""

    def sign(self, session: Session, prescribed: Prescribe, operation: str) -> Row:
        """Sign and send a prescription, if nothing is found against it that has no reason.

        Raises InvalidInput with `lines.N.field` for a line's field and `lines.N.overrides` for a conflict, NotAllowed.
        """
        for resource, action in ((self.resource, CREATE), (PATIENTS.resource, READ), (MEDICINES.resource, READ)):
            session.require(resource, action)
        typed = _cleaned(prescribed, session.locale)
        for draw in range(_DRAWS):
            try:
                row, titles = write(session, operation, partial(self._sign, session, prescribed, typed, draw))
                return self.as_got(session, row, titles)
            except Repeated:
                pass
            except InvalidInput as taken:
                # Another prescription was given this number; the next draw is as good.
                if set(taken.fields) != {"number"}:
                    raise
                continue
            return self.get(session, record_id(operation))
        raise UserError("No number could be given to this prescription.", "Please try again.")

    def open(self, session: Session, prescription: ObjectId) -> Row:
        """A prescription to be looked at, once that is in the trail. Raises UserError if it is not as it was signed."""
        row = self.get(session, prescription)
        patient = PATIENTS.get(session, row["patient"])
        opening = Event("open prescription", self.resource, prescription, reason=_named(row, patient))
        write(session, uuid4().hex, lambda work: work.note(opening))
        if self.check_record(session, row, patient).authenticity is not Authenticity.GENUINE:
            raise UserError(
                "This prescription is not as it was signed.", "Hand nothing out for it, and tell an administrator."
            )
        return row

    def code(self, prescription: Row) -> str:
        """The text of the code on the page."""
        return encode(prescription["content"], prescription["signature"])

    def check(
        self, session: Session, content: bytes, signature: bytes, signers: Sequence[Row] | None = None
    ) -> Checked:
        """Whether a content was signed by the prescriber it names, with a key the practice certified.

        signers: what was found for `signer_of` the content, where that was asked before. Raises Unreachable.
        """
        try:
            said = read_content(content)
        except NotACode:
            return Checked(Authenticity.ALTERED, None, "")
        if signers is None:
            signers = session.answers({"signer": _account(said.signer)})["signer"]
        certificate = _certificate(session, signers)
        if certificate is None or not any(may(role, self.resource, CREATE) for role in certificate.roles):
            return Checked(Authenticity.UNKNOWN_SIGNER, said, "")
        genuine = any(is_signed_bytes(key, content, signature) for key in certificate.signing_keys())
        authenticity = Authenticity.GENUINE if genuine else Authenticity.ALTERED
        return Checked(authenticity, said, certificate.name, (certificate.person, certificate.member))

    def check_record(self, session: Session, row: Row, patient: Row, signers: Sequence[Row] | None = None) -> Checked:
        """Whether a record still says what its prescriber signed. patient: the one it names now.

        signers: as `check` takes them. Raises Unreachable.
        """
        found = self.check(session, row.get("content", b""), row.get("signature", b""), signers)
        if found.authenticity is Authenticity.GENUINE and not _is_as_signed(row, patient, found):
            return replace(found, authenticity=Authenticity.ALTERED)
        return found

    def of_patient(self, session: Session, patient: ObjectId) -> list[Row]:
        """A patient's prescriptions, the newest first. Raises NotAllowed, Unreachable."""
        with session.reading(self.resource) as collection:
            rows = list(collection.find({"patient": patient}).sort([("issued_at", -1)]).limit(100))
        self.add_titles(session, rows)
        return rows

    def add_titles(self, session: Session, rows: list[Row]) -> None:
        """The titles, and what became of each.

        As `cancelled` the cancellation of what was taken back, as `refused` why nothing more is handed out, as
        `set_aside` why nobody waits for it now, as `handed_out` IN_PART or IN_FULL.
        """
        super().add_titles(session, rows)
        ids = [row["_id"] for row in rows]
        taken_back = CANCELLATIONS.of(session, ids)
        done = done_for(session, ids) if session.may(DISPENSATIONS.resource, READ) else {}
        for row in rows:
            if row["_id"] in taken_back:
                row["cancelled"] = taken_back[row["_id"]]
            now = standing(done.get(row["_id"], []))
            if now.refusal:
                row["refused"] = now.refusal["reason"]
            if now.aside:
                row["set_aside"] = now.aside["reason"]
            if now.hand_outs:
                row["handed_out"] = IN_PART if now.has_rest(row) else IN_FULL

    def _matches(self, query: Query) -> list[Row]:
        """Also by what was prescribed."""
        asked = query.filters.get(MEDICINE)
        by_medicine = any_of(str(asked), "find.medicines", "find.medicine_words") if asked else []
        return [*super()._matches(query), *by_medicine]

    def _hint(self, query: Query, path: str) -> list[tuple[str, int]]:
        """Where a name is typed as well, that finds fewer."""
        if query.filters.get(MEDICINE) and not query.text.strip():
            return [("find.medicines", 1), (path, 1), ("_id", 1)]
        return super()._hint(query, path)

    def repeated(self, session: Session, prescription: ObjectId) -> Row:
        """The lines and diagnosis of an earlier prescription to begin another with, its medicines as they are now.

        What is no longer in use, or counted in something else by now, comes with its name and without its medicine.
        Raises NotAllowed, NotFound, Unreachable.
        """
        earlier = self.get(session, prescription)
        now = _medicines(session, earlier["lines"])
        lines = [_again(line, now.get(line["medicine"])) for line in earlier["lines"]]
        return {"lines": lines, "diagnosis": earlier.get("diagnosis") or ""}

    @staticmethod
    def _checked_lines(session: Session, lines: Sequence[Mapping[str, Any]], medicines: Iterable[Row]) -> Row:
        """The lines as they will be signed, with what their medicines are made of. Raises InvalidInput."""
        if not lines:
            raise InvalidInput({"lines": "Add a medicine first."})
        if len(lines) > MOST_LINES:
            raise InvalidInput({"lines": f"At most {MOST_LINES} medicines on one prescription."})
        found: dict[ObjectId | None, Row] = {row["_id"]: row for row in medicines}
        problems: dict[str, str] = {}
        right = []
        for n, line in enumerate(lines):
            cleaned, wrong = checked_line(line, found.get(chosen(line)), session.locale)
            problems |= {f"lines.{n}.{name}": problem for name, problem in wrong.items()}
            right.append(cleaned)
        if problems:
            raise InvalidInput(problems)
        return {"lines": right} | made_of(found.values())

    def _sign(self, session: Session, prescribed: Prescribe, typed: Row, draw: int, work: Work) -> tuple[Row, Row]:
        """The prescription, and the titles of what it refers to. typed: what is kept of it besides the lines."""
        # As the server has it in this very transaction: what was recorded since it was typed counts.
        found = work.answers(self._asked(session, prescribed, work))
        doctor, patient = _the_doctor(found[STAFF.resource]), _the_patient(found[PATIENTS.resource])
        written = self._checked_lines(session, prescribed.lines, found[LINES])
        lines = written["lines"]
        found |= work.answers(further_questions(found))
        report = examine(session, patient, lines, work.at, found)
        overrides = settled(report, prescribed.overrides, session.locale)
        follows = {
            "number": number_for(work.operation, session.locale.local(work.at).year, draw),
            "practitioner": session.identity.member,
            "issued_at": work.at.replace(microsecond=0),
            "valid_until": valid_until(session.locale.local(work.at).date()),
            "lines": lines,
            "overrides": checked("overrides", Prescription.overrides, overrides, session.locale),
            "next_visit": min((row["start"] for row in found[_AHEAD]), default=None),
        }
        values = typed | {name: value for name, value in follows.items() if value}
        named = written | called("patient", Patient, patient)
        # All of it is cleaned by now; the lines take long.
        built = Prescription.composed(values, session.locale, named) | {"signer": session.identity.person}
        content = content_of(built, patient)
        signature = session.keys.signing_key.sign(content).signature
        signed = built | {"content": content, "signature": signature}
        row = work.insert(self.resource, signed, "sign prescription", _named(built, patient))
        return row, {"patient:title": patient["name"], "practitioner:title": doctor["name"]}

    @staticmethod
    def _asked(session: Session, prescribed: Prescribe, work: Work) -> dict[str, Question]:
        """Who prescribes, to whom, the medicines, and what speaks against them; when the patient comes next."""
        own = record_id(work.operation)
        return {
            STAFF.resource: Question(STAFF.resource, {"_id": session.identity.member}),
            # What lies encrypted in the rest of the record would be opened for nothing.
            PATIENTS.resource: Question(PATIENTS.resource, {"_id": {"$eq": prescribed.patient}}, SIGNED_OF),
            _AHEAD: _bookings_ahead(prescribed.patient, work.at),
            **first_questions(session, prescribed.patient, prescribed.lines, work.at, own),
        }


def _the_doctor(found: Sequence[Row]) -> Row:
    if not found or found[0]["profession"] != DOCTOR:
        raise UserError("You are not entered as a doctor.", "An administrator adds you to the members of staff.")
    return found[0]


def _the_patient(found: Sequence[Row]) -> Row:
    if not found:
        raise NotFound("This patient is not here.", "It may have been removed meanwhile.")
    return found[0]


def _bookings_ahead(patient: ObjectId, now: datetime) -> Question:
    """When the patient is booked next."""
    ahead = {"patient": patient, "start": {"$gt": now}, "status": {"$in": [PENDING, APPROVED]}}
    return Question("appointments", ahead, ("start",))


def _named(prescription: Row, patient: Row) -> str:
    """What the trail calls a prescription: an administrator reads the trail, and no prescription."""
    kept = ", override" if prescription.get("overrides") else ""
    return f"{prescription['number']} of {patient['identifier']}{kept}"


def _cleaned(prescribed: Prescribe, locale: Locale) -> Row:
    """What is kept of it but for the lines. Raises InvalidInput."""
    asked = {name: getattr(prescribed, name) for name in ("patient", "diagnosis", "advice")}
    cleaned, problems = clean_values(Prescription, asked, locale, only=asked.__contains__)
    if problems:
        raise InvalidInput(problems)
    visit = checked("encounter", _VISIT, prescribed.encounter, locale)
    return cleaned | ({"encounter": visit} if visit is not None else {})


def as_signed(patient: Row, row: Row) -> Row:
    """The patient as a prescription names them: a name corrected since doesn't make it false, another patient does."""
    said = read_content(row["content"])
    return patient | {"name": said.patient_name, "birth_date": said.birth_date}


def _is_as_signed(row: Row, patient: Row, checked: Checked) -> bool:
    try:
        same = content_of(row, as_signed(patient, row)) == row["content"]
        # Only one record can be found by its number. A copy that is found by another would be handed out anew.
        only = row["find"]["number"] == fold(row["number"])
        return same and only and row["practitioner"] in checked.prescribers
    except (KeyError, TypeError, AttributeError):
        # What the program always writes is missing or of another kind.
        return False


def signer_of(row: Row) -> dict[str, Question]:
    """The question for the account of who is said to have signed a prescription; none where that can't be read."""
    try:
        return {"signer": _account(read_content(row.get("content", b"")).signer)}
    except NotACode:
        return {}


def _account(person: ObjectId) -> Question:
    return Question("accounts", {"_id": person})


def _certificate(session: Session, accounts: Sequence[Row]) -> Certificate | None:
    if not accounts:
        return None
    with session.server.asked() as database:
        try:
            return directory.known_by(database, session.practice_key, accounts[0]).certificate
        except Untrusted:
            return None


def _again(line: Row, medicine: Row | None) -> Row:
    usable = medicine is not None and medicine.get("active") is not False and medicine["unit"] == line["unit"]
    name = medicine["name"] if usable and medicine else line["name"]
    own = line["quantity"] != quantity_for(line["unit"], line["route"], line["dose"], line["frequency"], line["days"])
    form = medicine.get("form", "") if medicine else ""
    again = {"medicine": line["medicine"] if usable else None, "name": name, "form": form, "own_quantity": own}
    return line | again


def _medicines(session: Session, lines: Sequence[Mapping[str, Any]]) -> dict[ObjectId | None, Row]:
    return {row["_id"]: row for row in session.answers({LINES: medicines_of(lines)})[LINES]}


PRESCRIPTIONS = Prescriptions(Prescription)
