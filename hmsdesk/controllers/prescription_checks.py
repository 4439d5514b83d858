"""Checking what is prescribed against what the server knows of the patient now: allergies, and medicines that run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.medicine_tables import knowledge
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.database.questions import Answers, Question
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models.allergies import AllergyState, allergy_state
from hmsdesk.models.dates import worded
from hmsdesk.models.declaration import Problem
from hmsdesk.models.locale import Locale
from hmsdesk.models.medicine_checks import HIDDEN, NOT_RECORDED, Finding, KnownAllergy, Medication, Report, check
from hmsdesk.models.prescription_doses import SINGLE
from hmsdesk.models.prescriptions import Override
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.security.permissions import READ

# Whatever runs was prescribed at most so long ago (PrescribedLine.days).
LONGEST_DAYS = 366
# What is prescribed again is a renewal when no more than this is left of it, and less than half: a week of an
# antibiotic that began today is given twice.
RENEWED_DAYS = 7
_MOST_OFFERED = 6
_MOST_LOOKED_AT = 60

LINES = "medicines of the lines"
_RUNNING, _HEALTH = "running", "health"
_CANCELLED, _TAKEN = "cancelled of the running", "medicines of the running"


@dataclass(frozen=True)
class Surroundings:
    """What is known of a patient that a prescription is checked against."""

    taken: tuple[Medication, ...]
    allergies: tuple[KnownAllergy, ...] | None
    no_allergies: str
    unread: tuple[str, ...]

    def check(self, lines: Sequence[Medication]) -> Report:
        """The three checks of some lines."""
        return check(knowledge(), lines, self.taken, self.allergies, self.no_allergies, self.unread)


def look(session: Session, patient: Row, lines: Sequence[Row], but: ObjectId | None = None) -> Report:
    """What is found about lines that are being written, or were (`but`: the prescription they are of).

    Raises NotAllowed, Unreachable.
    """
    now = session.now()
    found = session.answers(first_questions(session, patient["_id"], lines, now, but))
    found |= session.answers(further_questions(found))
    return examine(session, patient, lines, now, found, by_name=True)


def first_questions(
    session: Session, patient: ObjectId, lines: Sequence[Mapping[str, Any]], now: datetime, but: ObjectId | None = None
) -> dict[str, Question]:
    """What the checks of some lines ask first, so that it can be asked together with more."""
    since = now - timedelta(days=LONGEST_DAYS)
    running = {"patient": patient, "issued_at": {"$gte": since}, "_id": {"$ne": but}}
    asked = {_RUNNING: Question("prescriptions", running, order=(("_id", 1),)), LINES: medicines_of(lines)}
    if session.may("patient_health", READ):
        asked[_HEALTH] = Question("patient_health", {"_id": patient}, ("allergies", "no_known_allergies"))
    return asked


def further_questions(found: Answers) -> dict[str, Question]:
    """What they ask of what was found for the first: of the prescriptions that may still run. Often nothing."""
    rows = found[_RUNNING]
    if not rows:
        return {}
    taken_back = {"prescription": {"$in": [row["_id"] for row in rows]}}
    return {
        _CANCELLED: Question("prescription_cancellations", taken_back, ("prescription",)),
        _TAKEN: medicines_of(line for row in rows for line in lines_of(row)),
    }


def examine(
    session: Session,
    patient: Row,
    lines: Sequence[Mapping[str, Any]],
    now: datetime,
    found: Answers,
    *,
    by_name: bool = False,
) -> Report:
    """The checks on what was found for the `first_questions` and the `further_questions`.

    lines: medicine and route. by_name: who noted an allergy is asked for too.
    """
    recorded_by = _recorded_by(session, patient["_id"]) if by_name else _nobody
    known = _surroundings(session, patient, now, found, recorded_by)
    medicines = _by_id(found[LINES])
    return known.check([_medication(medicines, line) for line in lines])


def _surroundings(
    session: Session, patient: Row, now: datetime, found: Answers, recorded_by: Callable[[str], str]
) -> Surroundings:
    running, medicines = _running(session, now, found), _by_id(found.get(_TAKEN, ()))
    today = session.locale.local(now).date()
    taken = [
        _medication(medicines, line, source=f"{one.number} until {worded(one.end)}", renewed=one.is_nearly_over(today))
        for line, one in zip(running.lines, running.courses, strict=True)
    ]
    health = next(iter(found.get(_HEALTH, ())), None)
    unknown = NOT_RECORDED if _HEALTH in found else HIDDEN
    asked = allergy_state(health) in (AllergyState.RECORDED, AllergyState.NONE_KNOWN)
    allergies = tuple(_known(patient, one, recorded_by) for one in (health or {}).get("allergies", []))
    return Surroundings(tuple(taken), allergies if asked else None, unknown, tuple(running.unread))


def _nobody(_substance: str) -> str:
    return ""


def settled(report: Report, given: Sequence[Any], locale: Locale) -> list[Row]:
    """The reasons that are signed: one for each conflict there is, with what was found.

    Raises InvalidInput at `lines.N.overrides` for a conflict that has none.
    """
    whole = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list | tuple) else []
    reasons = {(str(one.get("line")), str(one.get("check")), fold(str(one.get("about")))): one for one in whole}
    problems: dict[str, str] = {}
    kept = []
    for n in range(len(report.lines)):
        for finding in report.conflicts(n):
            try:
                reason = Override.reason.clean(reasons.get((str(n + 1), *finding.key), {}).get("reason"), locale)
            except Problem as problem:
                problems[f"lines.{n}.overrides"] = str(problem)
                continue
            if reason is None:
                problems.setdefault(f"lines.{n}.overrides", f"{finding.title}. Decide about it first.")
            else:
                kept.append(override(n + 1, finding, reason))
    if problems:
        raise InvalidInput(problems)
    return kept


def override(line: int, finding: Finding, reason: str) -> Row:
    """Why a line, counted from 1, is prescribed in spite of a finding."""
    values = {"check": finding.check.value, "about": finding.about, "found": finding.title}
    return {"line": line, **values, "reason": reason}


def alternatives(session: Session, patient: Row, lines: Sequence[Row], at: int) -> list[Row]:
    """Medicines of the catalogue, of another class but for the same, that nothing speaks against in place of a line.

    Raises NotAllowed, Unreachable.
    """
    known, now = knowledge(), session.now()
    around_them = session.answers(first_questions(session, patient["_id"], lines, now))
    around_them |= session.answers(further_questions(around_them))
    medicines = _by_id(around_them[LINES])
    made = known.composition(medicines.get(lines[at]["medicine"], {}).get("ingredient", "")).known
    classes = {code for one in made for code in one.classes}
    names = {name for area in {known.classes[code].area for code in classes} for name in known.members(area)}
    if not names:
        return []
    with session.reading(MEDICINES.resource) as collection:
        where = {"find.ingredient": {"$in": sorted(names)}, "active": True}
        found = list(collection.find(where).sort([("find.name", 1)]).limit(_MOST_LOOKED_AT))
    around = _surroundings(session, patient, now, around_them, _nobody)
    prescribed = [_medication(medicines, line) for line in lines]
    before = around.check(prescribed)
    fitting = []
    for other in found:
        instead = Medication(other["name"], other["ingredient"], lines[at].get("route") or "")
        after = around.check([*prescribed[:at], instead, *prescribed[at + 1 :]])
        adds = any(len(new) > len(old) for new, old in zip(after.lines[at + 1 :], before.lines[at + 1 :], strict=True))
        if not classes & _classes(other["ingredient"]) and not after.lines[at] and not adds:
            fitting.append(other)
    # A syrup is no tablet: what is counted as the other was comes first.
    unit = medicines.get(lines[at]["medicine"], {}).get("unit")
    return sorted(fitting, key=lambda one: one["unit"] != unit)[:_MOST_OFFERED]


def _classes(ingredient: str) -> set[str]:
    return {code for one in knowledge().composition(ingredient).known for code in one.classes}


@dataclass(frozen=True)
class _Course:
    """From when to when a line of an earlier prescription is taken, and that one's number."""

    number: str
    begin: date
    end: date

    def is_nearly_over(self, today: date) -> bool:
        """Whether it is time to prescribe it again."""
        left, gone = (self.end - today).days, (today - self.begin).days
        return left <= RENEWED_DAYS and left < gone


@dataclass
class _Running:
    """The lines of earlier prescriptions that aren't used up, and the course of each.

    Of one medicine given the same way that which lasts longest: it is taken once, and warned of once.
    """

    lines: list[Row] = field(default_factory=list)
    courses: list[_Course] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add(self, row: Row, issued: date, today: date) -> None:
        """What still runs of one prescription."""
        for line in row["lines"]:
            end = issued + timedelta(days=0 if line["frequency"] == SINGLE else line["days"] - 1)
            if end < today:
                continue
            taken = {name: line[name] for name in ("medicine", "name", "route")}
            course = _Course(row["number"], issued, end)
            known = [(one["medicine"], one["route"]) for one in self.lines]
            if (taken["medicine"], taken["route"]) not in known:
                self.lines.append(taken)
                self.courses.append(course)
                continue
            at = known.index((taken["medicine"], taken["route"]))
            if self.courses[at].end < end:
                self.lines[at], self.courses[at] = taken, course


def _running(session: Session, now: datetime, found: Answers) -> _Running:
    """What still runs of earlier prescriptions."""
    running, today = _Running(), session.locale.local(now).date()
    cancelled = {one["prescription"] for one in found.get(_CANCELLED, ())}
    for row in found[_RUNNING]:
        if row["_id"] in cancelled:
            continue
        try:
            running.add(row, session.locale.local(row["issued_at"]).date(), today)
        except (KeyError, TypeError, ValueError):
            # Somebody changed it past the program: that must neither stop the doctor nor be passed over.
            running.unread.append("An earlier prescription can't be read: it is not as it was signed")
    return running


def lines_of(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The lines of a prescription that name a medicine, whatever somebody made of it past the program."""
    lines = row.get("lines")
    return [one for one in lines if isinstance(one, Mapping) and "medicine" in one] if isinstance(lines, list) else []


def medicines_of(lines: Iterable[Mapping[str, Any]]) -> Question:
    """The medicines that were chosen for lines."""
    return Question(MEDICINES.resource, {"_id": {"$in": list(dict.fromkeys(chosen(line) for line in lines))}})


def chosen(line: Mapping[str, Any]) -> ObjectId | None:
    """The medicine of a line; None where it isn't one."""
    medicine = line.get("medicine")
    return medicine if isinstance(medicine, ObjectId) else None


def _by_id(rows: Iterable[Row]) -> dict[ObjectId, Row]:
    return {row["_id"]: row for row in rows}


def _medication(
    medicines: Mapping[ObjectId, Row], line: Mapping[str, Any], source: str = "", renewed: bool = False
) -> Medication:
    row = medicines.get(line["medicine"], {})
    name = str(line.get("name") or row.get("name", ""))
    return Medication(name, row.get("ingredient", ""), line.get("route") or "", source, renewed)


def _known(patient: Row, allergy: Row, recorded_by: Callable[[str], str]) -> KnownAllergy:
    """Mohamed Ali Hassan had anaphylaxis from Penicillin in 2019 (recorded by Dr Karim Nabil)."""
    substance, since = allergy["substance"], allergy.get("since", "")
    when = f" {'on' if len(since) > 7 else 'in'} {worded(since)}" if since else ""
    who = recorded_by(substance)
    by = f" (recorded by {who})" if who else ""
    if allergy.get("reaction"):
        return KnownAllergy(substance, f"{patient['name']} had {allergy['reaction']} from {substance}{when}{by}.")
    known = f", known{when.replace(' in ', ' since ').replace(' on ', ' since ')}" if when else ""
    return KnownAllergy(substance, f"{patient['name']} is allergic to {substance}{known}{by}.")


def _recorded_by(session: Session, patient: ObjectId) -> Callable[[str], str]:
    """Who first noted an allergy, by name; empty where that isn't known, or who asks may not."""
    if not session.may("patient_health", READ) or not session.may("accounts", READ):
        return lambda _: ""

    def name(substance: str) -> str:
        with session.server.asked() as database:
            kept = database["patient_health_history"].find_one(
                {"record": patient, "row.allergies.substance": substance}, sort=[("version", 1)]
            )
            row = kept["row"] if kept else database["patient_health"].find_one({"_id": patient})
            who = row.get("updated_by") or row.get("created_by") if row else None
            account = database["accounts"].find_one({"_id": who}, ["name"]) if who else None
        return str(account["name"]) if account else ""

    return name
