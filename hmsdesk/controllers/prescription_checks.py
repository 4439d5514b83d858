"""Checking what is prescribed against what the server knows of the patient now: allergies, and medicines that run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.medicine_tables import knowledge
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models.allergies import AllergyState, allergy_state
from hmsdesk.models.dates import worded
from hmsdesk.models.declaration import Problem
from hmsdesk.models.locale import Locale
from hmsdesk.models.medicine_checks import HIDDEN, NOT_RECORDED, Finding, KnownAllergy, Medication, Report, check
from hmsdesk.models.prescription_doses import SINGLE
from hmsdesk.models.prescriptions import Override
from hmsdesk.models.record import Row
from hmsdesk.models.text import fold
from hmsdesk.security.permissions import READ

# Whatever runs was prescribed at most so long ago (PrescribedLine.days), and is renewed when so little of it is left.
LONGEST_DAYS = 366
RENEWED_DAYS = 7
_MOST_OFFERED = 6
_MOST_LOOKED_AT = 60

# A collection and what to look for -> the records.
Find = Callable[[str, Mapping[str, Any]], list[Row]]


def look(session: Session, patient: Row, lines: Sequence[Row], but: ObjectId | None = None) -> Report:
    """What is found about lines that are being written, or were (`but`: the prescription they are of).

    Raises NotAllowed, Unreachable.
    """

    def find(collection: str, where: Mapping[str, Any]) -> list[Row]:
        with session.reading(collection) as kept:
            return list(kept.find(where))

    return examine(
        find, session, patient, lines, session.now(), but=but, recorded_by=_recorded_by(session, patient["_id"])
    )


def examine(
    find: Find,
    session: Session,
    patient: Row,
    lines: Sequence[Mapping[str, Any]],
    now: datetime,
    *,
    but: ObjectId | None = None,
    recorded_by: Callable[[str], str] = lambda _: "",
) -> Report:
    """The checks on what `find` finds. lines: medicine and route. recorded_by: who noted an allergy to a substance."""
    running = _running(find, session, patient["_id"], now, but)
    medicines = _medicines(find, [line["medicine"] for line in (*lines, *running.lines)])
    today = session.locale.local(now).date()
    taken = [
        _medication(medicines, line, source=f"{number} until {worded(end)}", renewed=(end - today).days <= RENEWED_DAYS)
        for line, (number, end) in zip(running.lines, running.ends, strict=True)
    ]
    may_know = session.may("patient_health", READ)
    health = next(iter(find("patient_health", {"_id": patient["_id"]})), None) if may_know else None
    unknown = NOT_RECORDED if may_know else HIDDEN
    known = allergy_state(health) in (AllergyState.RECORDED, AllergyState.NONE_KNOWN)
    allergies = [_known(patient, one, recorded_by) for one in (health or {}).get("allergies", [])] if known else None
    made = [_medication(medicines, line) for line in lines]
    return check(knowledge(), made, taken, allergies, unknown, running.unread)


def settled(report: Report, given: Sequence[Mapping[str, Any]], locale: Locale) -> list[Row]:
    """The reasons that are signed: one for each conflict there is, with what was found.

    Raises InvalidInput at `lines.N.overrides` for a conflict that has none.
    """
    reasons = {(one.get("line"), str(one.get("check")), fold(str(one.get("about")))): one for one in given}
    problems: dict[str, str] = {}
    kept = []
    for n in range(len(report.lines)):
        for finding in report.conflicts(n):
            try:
                reason = Override.reason.clean(reasons.get((n + 1, *finding.key), {}).get("reason"), locale)
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
    known = knowledge()
    with session.reading(MEDICINES.resource) as collection:
        row = collection.find_one({"_id": lines[at]["medicine"]})
        made = known.composition(row["ingredient"]).known if row else ()
        areas = {known.classes[code].area for one in made for code in one.classes} - {""}
        names = {name for area in areas for name in known.members(area)}
        where = {"find.ingredient": {"$in": sorted(names)}, "active": True}
        found = list(collection.find(where).sort([("find.name", 1)]).limit(_MOST_LOOKED_AT)) if names else []
    classes = {code for one in made for code in one.classes}
    others = [one for one in found if not classes & _classes(one["ingredient"])]
    offered: list[Row] = []
    for other in others:
        instead = [*lines[:at], {**lines[at], "medicine": other["_id"]}, *lines[at + 1 :]]
        report = look(session, patient, instead)
        if not report.lines[at] and not any(at_least.about == other["name"] for at_least in _later(report, at)):
            offered.append(other)
        if len(offered) == _MOST_OFFERED:
            break
    return offered


def _later(report: Report, at: int) -> Iterable[Finding]:
    return (finding for found in report.lines[at + 1 :] for finding in found)


def _classes(ingredient: str) -> set[str]:
    return {code for one in knowledge().composition(ingredient).known for code in one.classes}


@dataclass
class _Running:
    """The lines of earlier prescriptions that aren't used up, with where each is from and when it ends."""

    lines: list[Row] = field(default_factory=list)
    ends: list[tuple[str, date]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add(self, row: Row, issued: date, today: date) -> None:
        """What still runs of one prescription."""
        for line in row["lines"]:
            end = issued + timedelta(days=0 if line["frequency"] == SINGLE else line["days"] - 1)
            if end >= today:
                self.lines.append({"medicine": line["medicine"], "name": line["name"], "route": line["route"]})
                self.ends.append((row["number"], end))


def _running(find: Find, session: Session, patient: ObjectId, now: datetime, but: ObjectId | None) -> _Running:
    since = now - timedelta(days=LONGEST_DAYS)
    rows = find("prescriptions", {"patient": patient, "issued_at": {"$gte": since}, "_id": {"$ne": but}})
    taken_back = find("prescription_cancellations", {"prescription": {"$in": [row["_id"] for row in rows]}})
    cancelled = {one["prescription"] for one in taken_back}
    running, today = _Running(), session.locale.local(now).date()
    for row in rows:
        if row["_id"] in cancelled:
            continue
        try:
            running.add(row, session.locale.local(row["issued_at"]).date(), today)
        except (KeyError, TypeError, ValueError):
            # Somebody changed it past the program: that must neither stop the doctor nor be passed over.
            running.unread.append("An earlier prescription can't be read: it is not as it was signed")
    return running


def _medicines(find: Find, ids: Sequence[ObjectId]) -> dict[ObjectId, Row]:
    return {row["_id"]: row for row in find("medicines", {"_id": {"$in": list(dict.fromkeys(ids))}})}


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
