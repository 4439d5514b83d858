"""What a scanned page opens: a prescription with a verdict, what is owed of it, and the lots it can come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bson import ObjectId

from hmsdesk.controllers.charts import open_visit
from hmsdesk.controllers.dispensary.hand_outs import done_question, handed_to
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescription_checks import LINES, examine, first_questions, further_questions, lines_of
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, SIGNED_OF, Authenticity, signer_of
from hmsdesk.controllers.stock.lots import lots_of
from hmsdesk.database.questions import Answers, Question
from hmsdesk.database.session import Session
from hmsdesk.errors import NotFound
from hmsdesk.models.dates import worded
from hmsdesk.models.dispensations import Standing, standing
from hmsdesk.models.locale import Locale
from hmsdesk.models.medicine_checks import Finding, Report
from hmsdesk.models.medicines import interchangeable
from hmsdesk.models.pack_codes import is_pack_code
from hmsdesk.models.prescription_code import PREFIX, NotACode, decode
from hmsdesk.models.prescription_doses import taken_since
from hmsdesk.models.prescriptions import tidy_number
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold, is_arabic
from hmsdesk.models.times import clock
from hmsdesk.printing.scan import codes_in

SET_TO_ARABIC = "The keyboard is set to Arabic: set it to English, and do it again."
_ALIKE, _LOTS, _DONE = "medicines made alike", "lots", "done"
CHECK_LETTERS = "Scan the code on the page, or check each letter."


class Verdict(StrEnum):
    """What the page is worth, from best to worst."""

    GENUINE = "genuine"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    DISPENSED = "dispensed"
    EXPIRED = "expired"
    NOT_HERE = "not here"
    UNKNOWN_SIGNER = "unknown signer"
    FORGED = "forged"


@dataclass(frozen=True)
class Product:
    """A medicine that can be given. lots: what there is of it, the earliest expiry first. price: of one."""

    medicine: ObjectId
    name: str
    lots: tuple[Row, ...]
    price: Row | None = None
    advice: tuple[str, ...] = ()

    @property
    def stock(self) -> int:
        """How much could be handed out now."""
        return sum(lot["quantity"] for lot in self.lots)


@dataclass(frozen=True)
class Line:
    """One prescribed medicine as the dispensary sees it. owed: still to hand out.

    product: what was prescribed. others: what may be given in its place. substitution: what the doctor says of that;
    None: nothing. called_now: what the catalogue calls the medicine, where that is no longer what was signed.
    today: on the practice's clock. begun, before: since when so much that was handed out before is taken without a
    gap; today and none where it is used up.
    """

    number: int
    name: str
    unit: str
    dose: Row
    prescribed: int
    owed: int
    product: Product
    today: date
    begun: date
    before: int = 0
    others: tuple[Product, ...] = ()
    substitution: bool | None = None
    called_now: str = ""

    @property
    def lots(self) -> tuple[Row, ...]:
        """What there is of what was prescribed."""
        return self.product.lots

    @property
    def stock(self) -> int:
        """How much of what was prescribed could be handed out now."""
        return self.product.stock

    def named(self, medicine: ObjectId | None) -> Product | None:
        """The product that is to be given: the one prescribed, unless another is named. None: it may not be."""
        if medicine is None:
            return self.product
        return next((one for one in (self.product, *self.others) if one.medicine == medicine), None)


@dataclass(frozen=True)
class OpenedPrescription:
    """A prescription in front of the pharmacist. Nothing may be handed out unless the verdict is GENUINE.

    done: everything that was done for it. earlier: what the patient got for other prescriptions, the newest first.
    report: what the checks find now, which may be more than when it was signed. visit: the patient's that is open,
    with the doctor's name, if whoever asks may know of it.
    """

    verdict: Verdict
    title: str
    explained: str
    prescription: Row | None = None
    patient: Row | None = None
    health: Row | None = None
    lines: tuple[Line, ...] = ()
    done: tuple[Row, ...] = ()
    earlier: tuple[Row, ...] = ()
    report: Report | None = None
    visit: Row | None = None

    @property
    def handed_out(self) -> tuple[Row, ...]:
        """What was handed out for it, and not taken back."""
        return standing(self.done).hand_outs

    @property
    def aside(self) -> Row | None:
        """That it was set aside, as long as that holds."""
        return standing(self.done).aside

    @property
    def allergies_against(self) -> dict[int, Finding]:
        """Line -> an allergy that speaks against it, where the doctor signed no reason for it."""
        if self.report is None or self.prescription is None:
            return {}
        return dict(self.report.unsigned_allergies(self.prescription.get("overrides") or ()))


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
    if row is None and is_pack_code(typed):
        raise NotFound(
            "This is no prescription's code, but a pack's.",
            "Scan the code on the prescription, or type its number or the patient's name.",
        )
    if row is None:
        say = SET_TO_ARABIC if is_arabic(typed) else CHECK_LETTERS
        raise NotFound("No prescription has this number.", say)
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
    row, now = PRESCRIPTIONS.get(session, prescription), session.now()
    patient = PATIENTS.get(session, row["patient"])
    opened = _opened(session, row, patient, now, session.answers(_first_asked(session, row, now)), by_name=True)
    if opened.patient is None:
        return opened
    health = PATIENTS.health(session, opened.patient)
    earlier = tuple(one for one in handed_to(session, row["patient"]) if one["prescription"] != prescription)
    return replace(opened, health=health, earlier=earlier, visit=open_visit(session, row["patient"]))


def as_it_stands(session: Session, seen: Row) -> OpenedPrescription:
    """A prescription as far as handing out depends on it: without health, what was handed out earlier, visit and names.

    seen: the prescription as it was looked at. Signed as it is it stays the same, and so do the questions that it asks.
    """
    now = session.now()
    asked = _first_asked(session, seen, now)
    itself = {
        "row": Question(PRESCRIPTIONS.resource, {"_id": seen["_id"]}),
        "cancelled": Question(CANCELLATIONS.resource, {"prescription": seen["_id"]}, ("prescription",)),
        "patient": Question(PATIENTS.resource, {"_id": seen["patient"]}, SIGNED_OF),
    }
    found = session.answers(asked | itself)
    row = next(iter(found["row"]), None)
    if row is None or found["cancelled"] or _first_asked(session, row, now) != asked:
        # What is told of it then has names in it; and what somebody changed past the program is looked at as a whole.
        return look_again(session, seen["_id"])
    return _opened(session, row, next(iter(found["patient"]), None), now, found, by_name=False)


def _first_asked(session: Session, row: Row, now: datetime) -> dict[str, Question]:
    """What is to be known of a prescription, whatever stands in it, and of what there is to be handed out for it."""
    asked = first_questions(session, row["patient"], lines_of(row), now, row["_id"]) | signer_of(row)
    # What was prescribed is among what has its ingredient. The lots are looked at before what is done: a hand-out of
    # this moment that has taken from them is then known.
    alike = Question(MEDICINES.resource, {}, joined=(f"{LINES}.find.ingredient", "find.ingredient"))
    return asked | {_ALIKE: alike, _LOTS: lots_of(session, _ALIKE), _DONE: done_question([row["_id"]])}


def _opened(
    session: Session, row: Row, patient: Row | None, now: datetime, found: Answers, *, by_name: bool
) -> OpenedPrescription:
    """A prescription with its verdict. found: what was first asked."""
    if patient is None:
        raise NotFound("This patient is not here.", "It may have been removed meanwhile.")
    checked = PRESCRIPTIONS.check_record(session, row, patient, found.get("signer", ()))
    if checked.authenticity is not Authenticity.GENUINE:
        return _not_genuine(checked.authenticity)
    found |= session.answers(further_questions(found))
    products, done = _products(row, found), found[_DONE]
    lines = _lines(row, standing(done), products, session.locale)
    verdict, title, explained = _worded(session, row, lines, done, checked.signer)
    report = examine(session, patient, row["lines"], now, found, by_name=by_name)
    return OpenedPrescription(verdict, title, explained, row, patient, lines=lines, done=tuple(done), report=report)


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
    session: Session, row: Row, lines: tuple[Line, ...], done: list[Row], signer: str
) -> tuple[Verdict, str, str]:
    """The verdict on a genuine signature, as a title and an explanation."""
    signed = f"Signed by {signer} on {_moment(session, row['issued_at'])}."
    until, now = worded(row["valid_until"]), standing(done)
    if taken_back := row.get("cancelled"):
        title = f"Cancelled by {taken_back['practitioner:title']}: hand nothing out"
        when = _moment(session, taken_back["created_at"])
        return Verdict.CANCELLED, title, f"{when}. Reason: {taken_back['reason']}"
    if now.refusal:
        when = _moment(session, now.refusal["created_at"])
        return Verdict.REFUSED, "The dispensary refused this", f"On {when}: {_ended(now.refusal['reason'])} {signed}"
    if not any(line.owed for line in lines):
        last = f"The last of it was handed out on {_moment(session, now.hand_outs[-1]['created_at'])}."
        return Verdict.DISPENSED, "Already dispensed in full", f"{last} {signed}"
    if row["valid_until"] < session.locale.today().isoformat():
        return Verdict.EXPIRED, "No longer valid", f"It was valid until {until}. {signed}"
    explained = f"{signed} Valid until {until}."
    if now.aside:
        when = _moment(session, now.aside["created_at"])
        explained = f"Set aside on {when}: {_ended(now.aside['reason'])} {explained}"
    return Verdict.GENUINE, "Signature is genuine, nothing was changed", explained


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "؟")) else f"{text}."


def _moment(session: Session, moment: datetime) -> str:
    return f"{worded(session.locale.local(moment))} at {clock(moment, session.locale)}"


def _by_number(session: Session, number: str) -> Row | None:
    with session.reading("prescriptions") as prescriptions:
        row: Row | None = prescriptions.find_one({"find.number": fold(number)})
    return row


def _products(row: Row, found: Answers) -> dict[ObjectId, tuple[Row, list[Product]]]:
    """Each prescribed medicine as the catalogue has it now, and the products that can be given: itself first."""
    known = {one["_id"]: one for one in found[LINES]}
    alike = {one["_id"]: one for one in found[_ALIKE]} | known
    lots: dict[ObjectId, list[Row]] = {one: [] for one in alike}
    for lot in found[_LOTS]:
        lots[lot["medicine"]].append(lot)
    made = {key: _product(one, lots[key]) for key, one in alike.items()}
    wanted = {line["medicine"] for line in row["lines"]}
    return {key: (known[key], [made[key], *_others(known[key], alike, made)]) for key in wanted}


def _others(prescribed: Row, alike: Mapping[ObjectId, Row], made: Mapping[ObjectId, Product]) -> list[Product]:
    """What may stand for a medicine and is here."""
    others = (one for one in alike.values() if one["_id"] != prescribed["_id"] and one.get("active") is not False)
    found = [one for one in others if interchangeable(prescribed, one)]
    return sorted((made[one["_id"]] for one in found if made[one["_id"]].lots), key=lambda product: product.name)


def _product(medicine: Row, lots: list[Row]) -> Product:
    advice = tuple(medicine.get("advice", ()))
    return Product(medicine["_id"], medicine["name"], tuple(lots), medicine.get("price"), advice)


def _lines(
    row: Row, now: Standing, products: Mapping[ObjectId, tuple[Row, list[Product]]], locale: Locale
) -> tuple[Line, ...]:
    handed = _handed_by_line(now, locale)
    return tuple(
        _line(n, line, handed.get(n, []), *products[line["medicine"]], locale.today())
        for n, line in enumerate(row["lines"], start=1)
    )


def _handed_by_line(now: Standing, locale: Locale) -> dict[int, list[tuple[date, int]]]:
    """Line -> when how much was handed out of it, the first first."""
    handed: dict[int, list[tuple[date, int]]] = {}
    for one in now.hand_outs:
        for part in one["lines"]:
            handed.setdefault(part["line"], []).append((locale.local(one["created_at"]).date(), part["quantity"]))
    return handed


def _line(
    number: int, line: Row, handed: list[tuple[date, int]], now: Row, products: list[Product], today: date
) -> Line:
    begun, before = taken_since(line, handed, today)
    counted_alike, allowed = now["unit"] == line["unit"], line.get("substitution")
    return Line(
        number=number,
        name=line["name"],
        unit=line["unit"],
        dose=line,
        prescribed=line["quantity"],
        owed=max(0, line["quantity"] - sum(number for _, number in handed)),
        # What is counted in something else by now can't be handed out by the signed number.
        product=products[0] if counted_alike else replace(products[0], lots=()),
        today=today,
        begun=begun,
        before=before,
        others=tuple(products[1:]) if counted_alike and allowed is not False else (),
        substitution=allowed,
        called_now="" if now["name"] == line["name"] and counted_alike else now["name"],
    )
