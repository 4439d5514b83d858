"""The dispensary: a scanned page becomes a prescription with a verdict, and medicines leave the earliest lots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.medicines import in_stock, movement
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Standing
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput, NotFound, UserError
from hmsdesk.models.dates import worded
from hmsdesk.models.medicines import counted
from hmsdesk.models.prescription_code import NotACode, content_of, decode, read_content
from hmsdesk.models.prescriptions import Dispensation
from hmsdesk.models.record import Row
from hmsdesk.models.stock import DISPENSED
from hmsdesk.security.permissions import CREATE, READ

DISPENSATIONS = Keeping(Dispensation)
_QUEUE = 60


class Verdict(StrEnum):
    """What the page is worth, from best to worst."""

    GENUINE = "genuine"
    DISPENSED = "dispensed"
    EXPIRED = "expired"
    NOT_HERE = "not here"
    UNKNOWN_SIGNER = "unknown signer"
    FORGED = "forged"


@dataclass(frozen=True)
class Line:
    """One prescribed medicine as the dispensary sees it. owed: still to hand out. lots: the earliest expiry first."""

    number: int
    medicine: ObjectId
    name: str
    unit: str
    dose: Row
    prescribed: int
    owed: int
    lots: tuple[Row, ...]

    @property
    def stock(self) -> int:
        """How much could be handed out now."""
        return sum(lot["quantity"] for lot in self.lots)


@dataclass(frozen=True)
class OpenedPrescription:
    """A prescription in front of the pharmacist. Nothing may be handed out unless the verdict is GENUINE."""

    verdict: Verdict
    title: str
    explained: str
    prescription: Row | None = None
    patient: Row | None = None
    health: Row | None = None
    lines: tuple[Line, ...] = ()
    handed_out: tuple[Row, ...] = ()


def open_code(session: Session, scanned: str) -> OpenedPrescription:
    """What a scanned code, or a typed number, opens. Raises NotAllowed, NotFound, Unreachable."""
    try:
        content, signature = decode(scanned)
    except NotACode:
        return open_number(session, scanned)
    checked = PRESCRIPTIONS.check(session, content, signature)
    if checked.standing is Standing.ALTERED:
        return _forged()
    if checked.standing is Standing.UNKNOWN_SIGNER or checked.content is None:
        return OpenedPrescription(
            Verdict.UNKNOWN_SIGNER,
            "The signer is not known here",
            "This practice never certified the key it was signed with.",
        )
    row = _by_number(session, checked.content.number)
    if row is None:
        return OpenedPrescription(
            Verdict.NOT_HERE,
            "This prescription is not in the records",
            f"{checked.content.number} was signed genuinely.",
        )
    if row["content"] != content:
        return _forged()
    return open_prescription(session, row)


def open_number(session: Session, number: str) -> OpenedPrescription:
    """The prescription with a number. Raises NotFound."""
    row = _by_number(session, number)
    if row is None:
        raise NotFound("No prescription has this number.", "Scan the code on the page, or check each letter.")
    return open_prescription(session, row)


def open_prescription(session: Session, row: Row) -> OpenedPrescription:
    """A prescription's record, its signature checked, with what is still owed of it and from which lots."""
    patient = PATIENTS.get(session, row["patient"])
    checked = PRESCRIPTIONS.check(session, row["content"], row["signature"])
    if checked.standing is not Standing.GENUINE or content_of(row, _as_signed(patient, row)) != row["content"]:
        return _forged()
    lines = _lines(session, row)
    with session.reading(DISPENSATIONS.resource) as collection:
        earlier = tuple(collection.find({"prescription": row["_id"]}).sort("turn", 1))
    signed = f"Signed by {checked.signer} on {session.locale.local(row['issued_at']):%d %b %Y at %H:%M}."
    until = worded(row["valid_until"])
    health = PATIENTS.health(session, patient)
    verdict, title, explained = (
        Verdict.GENUINE,
        "Signature is genuine, nothing was changed",
        f"{signed} Valid until {until}.",
    )
    if not any(line.owed for line in lines):
        last = session.locale.local(earlier[-1]["created_at"])
        verdict, title = Verdict.DISPENSED, "Already dispensed in full"
        explained = f"The last of it was handed out on {last:%d %b %Y at %H:%M}. {signed}"
    elif row["valid_until"] < session.locale.today().isoformat():
        verdict, title, explained = Verdict.EXPIRED, "No longer valid", f"It was valid until {until}. {signed}"
    return OpenedPrescription(verdict, title, explained, row, patient, health, lines, earlier)


def dispense(session: Session, prescription: Row, quantities: Mapping[int, int], operation: str) -> Row:
    """Hand out so much of each line, from the lots that expire first. All of it or nothing.

    Raises InvalidInput with `line.N` for a quantity that can't be, Conflict where somebody was faster, NotAllowed.
    """
    session.require(DISPENSATIONS.resource, CREATE)
    opened = open_prescription(session, prescription)
    turn = len(opened.handed_out) + 1
    try:
        if opened.verdict is not Verdict.GENUINE:
            raise UserError(opened.title, opened.explained)
        taken = _from_lots(opened, quantities)
        return write(session, operation, lambda work: _hand_out(session, work, prescription, turn, taken))
    except (Repeated, UserError) as refused:
        done = _find(session, record_id(operation))
        if done is not None:
            return done
        if isinstance(refused, InvalidInput) and "turn" in refused.fields:
            raise Conflict(
                "Somebody else handed this out in the same moment.", "Look at what is still owed.", prescription
            ) from None
        raise


def queue(session: Session) -> list[tuple[Row, bool]]:
    """The latest valid prescriptions, the longest waiting first, and whether part of each was handed out already."""
    session.require(DISPENSATIONS.resource, READ)
    today = session.locale.today().isoformat()
    with session.reading("prescriptions") as prescriptions:
        rows = list(prescriptions.find({"valid_until": {"$gte": today}}).sort([("issued_at", -1)]).limit(_QUEUE))
    handed = _handed_out(session, [row["_id"] for row in rows])
    PRESCRIPTIONS.add_titles(session, rows)
    waiting = [(row, row["_id"] in handed) for row in rows if _is_owed(row, handed.get(row["_id"], {}))]
    return waiting[::-1]


def _forged() -> OpenedPrescription:
    return OpenedPrescription(
        Verdict.FORGED,
        "Altered or forged: do not hand anything out",
        "The code on this page was not signed as it stands. Keep the page and ask the doctor.",
    )


def _by_number(session: Session, typed: str) -> Row | None:
    with session.reading("prescriptions") as prescriptions:
        row: Row | None = prescriptions.find_one({"find.number": typed.strip().lower()})
    return row


def _as_signed(patient: Row, row: Row) -> Row:
    """The patient as the signed content names them; corrected names don't make old prescriptions false."""
    said = read_content(row["content"])
    return patient | {"identifier": said.patient, "name": said.patient_name, "birth_date": said.birth_date}


def _lines(session: Session, row: Row) -> tuple[Line, ...]:
    handed = _handed_out(session, [row["_id"]]).get(row["_id"], {})
    lots = in_stock(session, [line["medicine"] for line in row["lines"]])
    return tuple(
        Line(
            number=n,
            medicine=line["medicine"],
            name=line["name"],
            unit=line["unit"],
            dose=line,
            prescribed=line["quantity"],
            owed=max(0, line["quantity"] - handed.get(n, 0)),
            lots=tuple(lots[line["medicine"]]),
        )
        for n, line in enumerate(row["lines"], start=1)
    )


def _handed_out(session: Session, prescriptions: list[ObjectId]) -> dict[ObjectId, dict[int, int]]:
    """Prescription -> line -> how much was handed out of it."""
    found: dict[ObjectId, dict[int, int]] = {}
    with session.reading(DISPENSATIONS.resource) as collection:
        for one in collection.find({"prescription": {"$in": prescriptions}}, ["prescription", "lines"]):
            sums = found.setdefault(one["prescription"], {})
            for part in one["lines"]:
                sums[part["line"]] = sums.get(part["line"], 0) + part["quantity"]
    return found


def _is_owed(row: Row, handed: Mapping[int, int]) -> bool:
    return any(line["quantity"] > handed.get(n, 0) for n, line in enumerate(row["lines"], start=1))


def _from_lots(opened: OpenedPrescription, quantities: Mapping[int, int]) -> list[Row]:
    """How much of which lot each line takes. Raises InvalidInput."""
    problems: dict[str, str] = {}
    taken: list[Row] = []
    left = {lot["_id"]: lot["quantity"] for line in opened.lines for lot in line.lots}
    for line in opened.lines:
        wanted = quantities.get(line.number, 0)
        if not 0 <= wanted <= line.owed:
            problems[f"line.{line.number}"] = f"At most {counted(line.owed, line.unit)} are owed."
            continue
        for lot in line.lots:
            part = min(wanted, left[lot["_id"]])
            if part:
                taken.append({"line": line.number, "lot": lot["_id"], "quantity": part})
                left[lot["_id"]] -= part
                wanted -= part
        if wanted:
            problems[f"line.{line.number}"] = f"Only {counted(line.stock, line.unit)} in stock."
    if not taken and not problems:
        problems["lines"] = "Nothing is to be handed out."
    if problems:
        raise InvalidInput(problems)
    return taken


def _hand_out(session: Session, work: Work, prescription: Row, turn: int, taken: list[Row]) -> Row:
    for part in taken:
        used: dict[str, Any] = {"$inc": {"quantity": -part["quantity"]}}
        enough = {"quantity": {"$gte": part["quantity"]}}
        lot = work.commute("stock_lots", part["lot"], used, "dispense", only_if=enough)
        note = prescription["number"]
        change = movement(session, lot, DISPENSED, -part["quantity"], lot["quantity"], note)
        work.insert("stock_movements", change)
    values = {"prescription": prescription["_id"], "turn": turn, "lines": taken}
    built = Dispensation.build(values, session.locale)
    return work.insert(DISPENSATIONS.resource, {"_id": record_id(work.operation)} | built, "dispense")


def _find(session: Session, dispensation: ObjectId) -> Row | None:
    with session.reading(DISPENSATIONS.resource) as collection:
        row: Row | None = collection.find_one({"_id": dispensation})
    return row
