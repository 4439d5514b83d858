"""Prescribing: what a doctor signs, and whether a signature is to be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from bson import ObjectId
from pydantic import BaseModel, ConfigDict

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.staff import member
from hmsdesk.database import directory
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.prescription_code import Content, NotACode, content_of, encode, read_content
from hmsdesk.models.prescriptions import Prescription, valid_until
from hmsdesk.models.record import Row
from hmsdesk.models.staff import DOCTOR
from hmsdesk.security.certificates import Untrusted
from hmsdesk.security.permissions import CREATE
from hmsdesk.security.signing import is_signed_bytes

_SPEAKABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Prescribe(BaseModel):
    """What a doctor signs. lines: as models.prescriptions.PrescribedLine, without name and unit."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    patient: ObjectId
    lines: tuple[dict[str, Any], ...]
    diagnosis: str = ""
    advice: str = ""


class Standing(StrEnum):
    """What is to be thought of a signature."""

    GENUINE = "genuine"
    ALTERED = "altered"
    UNKNOWN_SIGNER = "unknown signer"


@dataclass(frozen=True)
class Checked:
    """A signed content that was checked. signer: the prescriber's name as certified, if there is one."""

    standing: Standing
    content: Content | None
    signer: str


class Prescriptions(Keeping):
    """Prescriptions are signed once, and never changed."""

    def sign(self, session: Session, prescribed: Prescribe, operation: str) -> Row:
        """Sign and send a prescription. Raises InvalidInput with `lines.N.field` for a line's field, NotAllowed."""
        session.require(self.resource, CREATE)
        prescriber = member(session, session.identity.person)
        if prescriber is None or prescriber["profession"] != DOCTOR:
            raise UserError("You are not entered as a doctor.", "An administrator adds you to the members of staff.")
        patient = PATIENTS.get(session, prescribed.patient)
        lines = self._with_medicines(session, prescribed.lines)
        try:
            return write(session, operation, lambda work: self._sign(session, work, prescribed, patient, lines))
        except Repeated:
            return self.get(session, record_id(operation))

    def code(self, prescription: Row) -> str:
        """The text of the code on the page."""
        return encode(prescription["content"], prescription["signature"])

    def check(self, session: Session, content: bytes, signature: bytes) -> Checked:
        """Whether a content was signed by the doctor it names, and with a key the practice certified."""
        try:
            said = read_content(content)
        except NotACode:
            return Checked(Standing.ALTERED, None, "")
        with session.server.asked() as database:
            practice = database.practice.find_one({}) or {}
            try:
                known = directory.look_up(database, practice["public_key"], {"_id": said.signer})
            except Untrusted:
                known = None
        if known is None:
            return Checked(Standing.UNKNOWN_SIGNER, said, "")
        certificate = known.certificate
        genuine = any(is_signed_bytes(key, content, signature) for key in certificate.signing_keys())
        return Checked(Standing.GENUINE if genuine else Standing.ALTERED, said, certificate.name)

    def of_patient(self, session: Session, patient: ObjectId) -> list[Row]:
        """A patient's prescriptions, the newest first."""
        with session.reading(self.resource) as collection:
            rows = list(collection.find({"patient": patient}).sort([("issued_at", -1)]).limit(100))
        self.add_titles(session, rows)
        return rows

    def _with_medicines(self, session: Session, lines: Sequence[Mapping[str, Any]]) -> list[Row]:
        ids = [line.get("medicine") for line in lines]
        with session.reading("medicines") as medicines:
            found = {row["_id"]: row for row in medicines.find({"_id": {"$in": ids}})}
        missing = {f"lines.{n}.medicine": "Choose a medicine." for n, one in enumerate(ids) if one not in found}
        if missing or not lines:
            raise InvalidInput(missing or {"lines": "Add a medicine first."})
        return [
            {**line, "name": found[one]["name"], "unit": found[one]["unit"]}
            for line, one in zip(lines, ids, strict=True)
        ]

    def _sign(self, session: Session, work: Work, prescribed: Prescribe, patient: Row, lines: list[Row]) -> Row:
        values = {
            "number": _number(work, session),
            "patient": prescribed.patient,
            "practitioner": session.identity.person,
            "issued_at": work.at.replace(microsecond=0),
            "valid_until": valid_until(session.locale.local(work.at).date()),
            "diagnosis": prescribed.diagnosis,
            "advice": prescribed.advice,
            "lines": lines,
        }
        built = Prescription.build(values, session.locale) | {"signer": session.identity.person}
        content = content_of(built, patient)
        signature = session.keys.signing_key.sign(content).signature
        return work.insert(self.resource, built | {"content": content, "signature": signature}, "sign prescription")


def _number(work: Work, session: Session) -> str:
    """A short number, the same each time the operation is sent: RX-26-7KQ3M9."""
    drawn = int.from_bytes(sha256(f"number/{work.operation}".encode()).digest()[:8], "big")
    letters = []
    for _ in range(6):
        drawn, letter = divmod(drawn, len(_SPEAKABLE))
        letters.append(_SPEAKABLE[letter])
    return f"RX-{session.locale.local(work.at):%y}-{''.join(letters)}"


PRESCRIPTIONS = Prescriptions(Prescription)
