"""The chart of a patient with 1,000 visits: beside the bare reads it needs, and beside the chart of who came seldom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

from bson import ObjectId
from pymongo.database import Database
from pymongo.monitoring import register

from bench.filling.plan import patient_id
from bench.listening import Started
from bench.measure import Figure, ratio
from bench.practice import Practice, Row
from hmsdesk.controllers import charts, timeline
from hmsdesk.controllers.listing import COUNT_LIMIT
from hmsdesk.database.session import Session
from hmsdesk.models.appointments import CHECKED_IN, IN_CONSULTATION, WITH_NURSE
from hmsdesk.models.encounters import IN_PROGRESS
from hmsdesk.models.medication import LONGEST_DAYS

ROUNDS = 60
_HERE = [CHECKED_IN, WITH_NURSE, IN_CONSULTATION]


class _Counter(Started):
    """Counts what is sent."""

    def __init__(self) -> None:
        self.sent = 0

    def started(self, event: Any) -> None:
        """One more."""
        self.sent += 1


# Connections that are made from now on are listened to.
COUNTER = _Counter()
register(COUNTER)


def run(practice: Practice) -> list[Figure]:
    """The chart as a doctor sees it first: what is known of the patient, and the newest page of what happened."""
    doctor = practice.doctor
    patient = practice.frequent
    program, bare = _program(doctor, patient), _Bare(doctor, patient).read
    short = [_program(doctor, one) for one in _who_came_seldom(doctor)]
    trips, few = _trips(program), max(_trips(one) for one in short)
    visits = doctor.server.database.encounters.count_documents({"patient": patient})
    beside = ratio("long chart to a short", program, short[0], ROUNDS, float("inf"))
    measured = ratio("chart", program, bare, ROUNDS, 2.0)
    return [
        replace(measured, detail=f"{visits:,} visits, {measured.detail}"),
        Figure("chart, round trips", trips / few, "x short", 1.0, f"{trips} against {few}; time {beside.figure:.1f} x"),
    ]


def _who_came_seldom(session: Session) -> list[ObjectId]:
    """Patients with few records; among so many there are some of each kind."""
    appointments = session.server.database.appointments
    numbers = (patient_id(number) for number in range(1, 500))
    return list(islice((one for one in numbers if 2 < appointments.count_documents({"patient": one}) < 10), 12))


def _program(session: Session, patient: ObjectId) -> Callable[[int], object]:
    """Without the entry that its opening leaves in the trail, which is a write of its own."""
    return lambda _: (charts.look_again(session, patient), timeline.page(session, patient))


def _trips(work: Callable[[int], object]) -> int:
    # What is asked once a sign-in is asked by now.
    work(0)
    before = COUNTER.sent
    work(0)
    return COUNTER.sent - before


class _Bare:
    """The same rows, by nothing but finds and counts."""

    def __init__(self, session: Session, patient: ObjectId) -> None:
        self._database: Database[Row] = session.server.database
        self._patient = patient
        self._since = session.now() - timedelta(days=LONGEST_DAYS + 1)

    def read(self, _: int) -> object:
        """What a chart shows of its patient, and the first page of the timeline."""
        ours = {"patient": self._patient}
        there = [
            self._all("patients", {"_id": self._patient}),
            self._all("patient_health", {"_id": self._patient}),
            self._all("encounters", ours | {"status": IN_PROGRESS}, limit=1),
            self._all("appointments", ours | {"status": {"$in": _HERE}}, limit=2),
            self._all("waiting_list", ours | {"status": {"$in": ["waiting", "offered"]}}),
        ]
        taken = self._all("prescriptions", ours | {"issued_at": {"$gte": self._since}}, sort="issued_at", limit=200)
        ids = [row["_id"] for row in taken]
        there.append(self._all("prescription_cancellations", {"prescription": {"$in": ids}}))
        withheld = {"prescription": {"$in": ids}, "kind": {"$in": ["refused", "set aside"]}}
        there.append(self._all("dispensations", withheld))
        waiting = [row["_id"] for row in self._all("uninvoiced", ours)]
        there.append(self._all("charges", {"_id": {"$in": waiting}}))
        there.append(self._all("invoices", ours | {"state": {"$in": ["open", "part-paid"]}}))
        return there, self._counts(), self._newest()

    def _counts(self) -> list[int]:
        kinds = timeline.KINDS
        return [
            self._database[kind.resource].count_documents(
                {"patient": self._patient, **kind.where}, limit=COUNT_LIMIT + 1, hint=kind.counted
            )
            for kind in kinds
        ]

    def _newest(self) -> object:
        found: dict[str, list[Row]] = {}
        for kind in timeline.KINDS:
            where = {"patient": self._patient, **kind.where}
            found[kind.resource] = self._all(kind.resource, where, sort=kind.at, limit=timeline.PAGE + 1)
        visits = [row["_id"] for row in found["encounters"]]
        people = {row["created_by"] for rows in found.values() for row in rows}
        prescribed = [row["_id"] for row in found["prescriptions"]]
        doctors = {row["practitioner"] for name in ("encounters", "appointments") for row in found[name]}
        return [
            self._all("encounter_notes", {"_id": {"$in": visits}}),
            self._all("dispensations", {"prescription": {"$in": prescribed}}),
            self._all("prescription_cancellations", {"prescription": {"$in": prescribed}}),
            self._all("staff", {"_id": {"$in": list(doctors)}}),
            self._all("accounts", {"_id": {"$in": list(people)}}),
        ]

    def _all(self, collection: str, where: Row, *, sort: str = "", limit: int = 0) -> list[Row]:
        found = self._database[collection].find(where).limit(limit)
        return list(found.sort([(sort, -1), ("_id", -1)]) if sort else found)
