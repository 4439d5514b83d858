"""The dispensary: a scanned page becomes a prescription with a verdict, and medicines leave the earliest lots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Authenticity
from hmsdesk.controllers.stock import in_stock, movement
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Work, record_id, write
from hmsdesk.errors import Conflict, InvalidInput, NotFound, UserError
from hmsdesk.models.dates import worded
from hmsdesk.models.medicines import counted
from hmsdesk.models.prescription_code import PREFIX, NotACode, decode
from hmsdesk.models.prescriptions import Dispensation, tidy_number
from hmsdesk.models.record import Row
from hmsdesk.models.stock import DISPENSED
from hmsdesk.models.text import fold
from hmsdesk.models.times import clock
from hmsdesk.printing.scan import codes_in
from hmsdesk.security.permissions import CREATE, READ

DISPENSATIONS = Keeping(Dispensation)
_QUEUE = 60
_TRIES = 5


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
    """One prescribed medicine as the dispensary sees it. owed: still to hand out. lots: the earliest expiry first.

    called_now: what the catalogue calls the medicine, where that is no longer what was signed.
    """

    number: int
    medicine: ObjectId
    name: str
    unit: str
    dose: Row
    prescribed: int
    owed: int
    lots: tuple[Row, ...]
    called_now: str = ""

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
    if checked.authenticity is not Authenticity.GENUINE or checked.content is None:
        return _not_genuine(checked.authenticity)
    row = _by_number(session, checked.content.number)
    if row is None:
        explained = f"{checked.content.number} is signed genuinely by {checked.signer}, but is not in the records."
        return OpenedPrescription(Verdict.NOT_HERE, "This prescription is not here", explained)
    return open_prescription(session, row["_id"]) if row["content"] == content else _not_genuine(Authenticity.ALTERED)


def open_picture(session: Session, picture: bytes) -> OpenedPrescription:
    """What the code in a photo or scan of the page opens. Raises UserError for what is no picture, and as open_code."""
    found = codes_in(picture)
    if not found:
        raise NotFound("There is no code in this picture.", "Take the photo from nearer, with more light.")
    # A page may bear codes of other programs as well.
    ours = [code for code in found if code.upper().startswith(PREFIX)]
    return open_code(session, (ours or found)[0])


def open_number(session: Session, typed: str) -> OpenedPrescription:
    """The prescription with a number. Raises NotAllowed, NotFound, Unreachable."""
    if typed.strip().upper().startswith(PREFIX):
        raise NotFound(
            "This code was cut short or changed: do not hand anything out.",
            "Scan it again. If it stays like this, keep the page and ask the doctor.",
        )
    number = tidy_number(typed)
    row = _by_number(session, number) if number else None
    if row is None:
        raise NotFound("No prescription has this number.", "Scan the code on the page, or check each letter.")
    return open_prescription(session, row["_id"])


def open_prescription(session: Session, prescription: ObjectId) -> OpenedPrescription:
    """A prescription with its verdict, what is owed of it and from which lots; opening it is in the trail.

    Raises NotAllowed, NotFound, Unreachable.
    """
    opened = look_again(session, prescription)
    if opened.patient is not None:
        PATIENTS.note_opening(session, opened.patient["_id"])
    return opened


def look_again(session: Session, prescription: ObjectId) -> OpenedPrescription:
    """A prescription that is open already, as it stands now. Raises NotAllowed, NotFound, Unreachable."""
    row = PRESCRIPTIONS.get(session, prescription)
    patient = PATIENTS.get(session, row["patient"])
    checked = PRESCRIPTIONS.check_record(session, row, patient)
    if checked.authenticity is not Authenticity.GENUINE:
        return _not_genuine(checked.authenticity)
    # First the lots: a hand-out that has taken from them is then among those that are read after.
    lots = in_stock(session, [line["medicine"] for line in row["lines"]])
    earlier = _hand_outs(session, [prescription])
    lines = _lines(session, row, _handed_out(earlier), lots)
    verdict, title, explained = _worded(session, row, lines, earlier, checked.signer)
    health = PATIENTS.health(session, patient)
    return OpenedPrescription(verdict, title, explained, row, patient, health, lines, tuple(earlier))


def dispense(session: Session, seen: OpenedPrescription, quantities: Mapping[int, int], operation: str) -> Row:
    """Hand out so much of each line, from the lots that expire first. All of it or nothing.

    seen: the prescription as it was looked at. Raises InvalidInput with `line.N` for a quantity that can't be,
    Conflict where somebody handed something out meanwhile, NotAllowed.
    """
    session.require(DISPENSATIONS.resource, CREATE)
    try:
        return _dispense(session, seen, quantities, operation)
    except (Repeated, UserError):
        # It may have been refused because it is done, and only the answer was lost.
        done = _find(session, record_id(operation))
        if done is None:
            raise
        return done


def _dispense(session: Session, seen: OpenedPrescription, quantities: Mapping[int, int], operation: str) -> Row:
    for _ in range(_TRIES):
        now = look_again(session, seen.prescription["_id"]) if seen.prescription else seen
        if now.prescription and len(now.handed_out) != len(seen.handed_out):
            raise _overtaken(now.prescription)
        if now.verdict is not Verdict.GENUINE or now.prescription is None:
            raise UserError(now.title, now.explained)
        turn, taken = len(now.handed_out) + 1, _from_lots(now, quantities)
        try:
            return write(session, operation, partial(_hand_out, session, now.prescription, turn, taken))
        except InvalidInput as refused:
            raise (_overtaken(now.prescription) if "turn" in refused.fields else refused) from None
        except Conflict:
            # Another prescription took from the same lots: see what they hold now.
            continue
    raise UserError("The stock is changing too fast.", "Nothing was handed out. Please try again.")


def _overtaken(prescription: Row) -> Conflict:
    return Conflict("Somebody else handed out of this just now.", "Look at what is still owed.", prescription)


def queue(session: Session) -> list[tuple[Row, bool]]:
    """The latest valid prescriptions, the longest waiting first, and whether part of each was handed out already.

    Raises NotAllowed, Unreachable.
    """
    session.require(DISPENSATIONS.resource, READ)
    today = session.locale.today().isoformat()
    with session.reading("prescriptions") as prescriptions:
        rows = list(prescriptions.find({"valid_until": {"$gte": today}}).sort([("issued_at", -1)]).limit(_QUEUE))
    handed: dict[ObjectId, list[Row]] = {}
    for one in _hand_outs(session, [row["_id"] for row in rows]):
        handed.setdefault(one["prescription"], []).append(one)
    PRESCRIPTIONS.add_titles(session, rows)
    waiting = [(row, row["_id"] in handed) for row in rows if _is_owed(row, _handed_out(handed.get(row["_id"], [])))]
    return waiting[::-1]


def _not_genuine(authenticity: Authenticity) -> OpenedPrescription:
    """What is shown of a page that can't be believed: nothing but that."""
    if authenticity is Authenticity.UNKNOWN_SIGNER:
        return OpenedPrescription(
            Verdict.UNKNOWN_SIGNER,
            "The signer is not known here",
            "This practice has not certified the key it was signed with for prescribing. Ask the doctor.",
        )
    return OpenedPrescription(
        Verdict.FORGED,
        "Altered or forged: do not hand anything out",
        "It does not stand as a doctor of this practice signed it. Keep the page and ask the doctor.",
    )


def _worded(
    session: Session, row: Row, lines: tuple[Line, ...], earlier: list[Row], signer: str
) -> tuple[Verdict, str, str]:
    """The verdict on a genuine signature, as a title and an explanation."""
    signed = f"Signed by {signer} on {_moment(session, row['issued_at'])}."
    until = worded(row["valid_until"])
    if not any(line.owed for line in lines):
        last = f"The last of it was handed out on {_moment(session, earlier[-1]['created_at'])}."
        return Verdict.DISPENSED, "Already dispensed in full", f"{last} {signed}"
    if row["valid_until"] < session.locale.today().isoformat():
        return Verdict.EXPIRED, "No longer valid", f"It was valid until {until}. {signed}"
    return Verdict.GENUINE, "Signature is genuine, nothing was changed", f"{signed} Valid until {until}."


def _moment(session: Session, moment: datetime) -> str:
    return f"{worded(session.locale.local(moment))} at {clock(moment, session.locale)}"


def _by_number(session: Session, number: str) -> Row | None:
    with session.reading("prescriptions") as prescriptions:
        row: Row | None = prescriptions.find_one({"find.number": fold(number)})
    return row


def _lines(
    session: Session, row: Row, handed: Mapping[int, int], lots: Mapping[ObjectId, list[Row]]
) -> tuple[Line, ...]:
    with session.reading("medicines") as medicines:
        now = {medicine["_id"]: medicine for medicine in medicines.find({"_id": {"$in": list(lots)}})}
    return tuple(
        _line(n, line, handed.get(n, 0), now[line["medicine"]], lots[line["medicine"]])
        for n, line in enumerate(row["lines"], start=1)
    )


def _line(number: int, line: Row, handed: int, now: Row, lots: list[Row]) -> Line:
    return Line(
        number=number,
        medicine=line["medicine"],
        name=line["name"],
        unit=line["unit"],
        dose=line,
        prescribed=line["quantity"],
        owed=max(0, line["quantity"] - handed),
        # What is counted in something else by now can't be handed out by the signed number.
        lots=tuple(lots) if now["unit"] == line["unit"] else (),
        called_now="" if now["name"] == line["name"] and now["unit"] == line["unit"] else now["name"],
    )


def _hand_outs(session: Session, prescriptions: list[ObjectId]) -> list[Row]:
    with session.reading(DISPENSATIONS.resource) as collection:
        return list(collection.find({"prescription": {"$in": prescriptions}}).sort([("prescription", 1), ("turn", 1)]))


def _handed_out(hand_outs: Iterable[Row]) -> dict[int, int]:
    """Line -> how much was handed out of it."""
    sums: dict[int, int] = {}
    for part in (part for one in hand_outs for part in one["lines"]):
        sums[part["line"]] = sums.get(part["line"], 0) + part["quantity"]
    return sums


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
            problems[f"line.{line.number}"] = f"At most {counted(line.owed, line.unit)} can be handed out."
            continue
        parts = _parts(line, wanted, left)
        found = sum(part["quantity"] for part in parts)
        if found < wanted:
            problems[f"line.{line.number}"] = f"Only {counted(found, line.unit)} in stock."
        taken += parts
    if not taken and not problems:
        problems["lines"] = "Nothing is to be handed out."
    if problems:
        raise InvalidInput(problems)
    return taken


def _parts(line: Line, wanted: int, left: dict[ObjectId, int]) -> list[Row]:
    """What a line takes of each lot, as far as they reach; `left` is lessened by it."""
    parts = []
    for lot in line.lots:
        part = min(wanted, left[lot["_id"]])
        if part:
            parts.append({"line": line.number, "lot": lot["_id"], "quantity": part})
            left[lot["_id"]] -= part
            wanted -= part
    return parts


def _hand_out(session: Session, prescription: Row, turn: int, taken: list[Row], work: Work) -> Row:
    for part in taken:
        used: dict[str, Any] = {"$inc": {"quantity": -part["quantity"]}}
        enough = {"quantity": {"$gte": part["quantity"]}}
        lot = work.commute("stock_lots", part["lot"], used, "dispense", only_if=enough)
        note = prescription["number"]
        change = movement(session, lot, DISPENSED, -part["quantity"], lot["quantity"], note)
        work.insert("stock_movements", change)
    values = {"prescription": prescription["_id"], "turn": turn, "lines": taken}
    built = Dispensation.build(values, session.locale)
    handed_out = {"_id": record_id(work.operation)} | built
    return work.insert(DISPENSATIONS.resource, handed_out, "dispense", prescription["number"])


def _find(session: Session, dispensation: ObjectId) -> Row | None:
    with session.reading(DISPENSATIONS.resource) as collection:
        row: Row | None = collection.find_one({"_id": dispensation})
    return row
