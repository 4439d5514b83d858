"""Registering, booking, signing, dispensing and paying, from one workstation and from sixteen at once."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from bson import ObjectId

from bench.clients import Client, all_of, clients
from bench.deeds import DEEDS, OPENS, SLOT_MINUTES, SLOTS_A_DAY
from bench.measure import Figure
from bench.practice import Practice
from bench.workstation import BARE, PROGRAM, Hiring, Stretch, Workstation
from hmsdesk.controllers import demo
from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.database.session import Session
from hmsdesk.models.schedules import FOR_PATIENTS, WEEKDAYS
from hmsdesk.security.permissions import Role

BOUND = 2.0
CLIENTS = 16
# Rounds of each workstation, and how many of them are done before it is the other side's turn.
ALONE, ALONE_TURN = 120, 2
TOGETHER, TOGETHER_TURN = 30, 5
_PATIENTS_EACH = 760
_MEDICINES_EACH = 3


@dataclass
class Side:
    """What was measured of the program, or of bare PyMongo. busy: how long it took in all, s."""

    times: list[float] = field(default_factory=list)
    busy: float = 0.0

    def add(self, stretches: Sequence[Stretch]) -> None:
        """What all workstations did in one turn."""
        self.busy += max(one.ended for one in stretches) - min(one.begun for one in stretches)
        self.times += [time for one in stretches for time in one.times]

    @property
    def a_second(self) -> float:
        """Operations a second, of all workstations together."""
        return len(self.times) / self.busy

    def told(self) -> str:
        """Median and p95, ms."""
        p95 = statistics.quantiles(self.times, n=20)[-1]
        return f"{statistics.median(self.times):.2f} ms (p95 {p95:.2f}, {self.a_second:.0f}/s)"


def run(practice: Practice) -> Iterator[Figure]:
    """Bare: the same inserts and changes in one transaction, made ready beforehand (see bench/rehearsal.py)."""
    number = (1 + CLIENTS) * _PATIENTS_EACH
    with practice.receptionist.reading("patients") as collection:
        patients = [row["_id"] for row in collection.find({}, ["_id"]).sort("_id", 1).limit(number)]
    if len(patients) < number:
        print(f"The benches of writing need {number:,} patients, so that nobody is prescribed the same twice.")
        return
    hirings = _hirings(practice, patients)
    for number, rounds, turn in ((1, ALONE, ALONE_TURN), (CLIENTS, TOGETHER, TOGETHER_TURN)):
        with clients([(Workstation, hiring) for hiring in hirings[:number]]) as there:
            for deed in DEEDS:
                yield _measured(there, deed.name, rounds, turn)
        hirings = hirings[number:]


def _measured(there: list[Client], name: str, rounds: int, turn: int) -> Figure:
    # One turn goes before those that count.
    says = all_of(there, "prepare", name, rounds + turn)[0]
    sides = {PROGRAM: Side(), BARE: Side()}
    for begun in range(0, rounds + turn, turn):
        for side, measured in sides.items():
            done = all_of(there, "run", name, side, turn)
            if begun:
                measured.add(done)
    program, bare = sides[PROGRAM], sides[BARE]
    by_median = statistics.median(program.times) / statistics.median(bare.times)
    by_rate = bare.a_second / program.a_second
    counted = f"{says['sent']} writes, {says['asked']} reads before them"
    title = f"{name}, {len(there)} client{'s' if len(there) > 1 else ''}"
    ways = f"medians {by_median:.2f} x, operations a second {by_rate:.2f} x"
    detail = f"{ways}; {program.told()} against {bare.told()}; {counted}"
    return Figure(title, max(by_median, by_rate), "x bare", BOUND, detail)


# ---------------------------------------------------------------- what they work on


def _hirings(practice: Practice, patients: list[ObjectId]) -> list[Hiring]:
    """Work for one workstation and for all of the others, each with a cashier, a diary and medicines of its own."""
    number = 1 + CLIENTS
    emails = _cashiers(practice, number)
    doctors = [_doctor(practice.administrator) for _ in range(number)]
    medicines = [_medicine(practice.pharmacist) for _ in range(number * _MEDICINES_EACH)]
    return [
        Hiring(
            practice.home,
            practice.door.address,
            n,
            (emails[n], demo.email_of(Role.DOCTOR), demo.email_of(Role.PHARMACIST)),
            patients[n::number],
            doctors[n],
            medicines[n::number],
        )
        for n in range(number)
    ]


def _cashiers(practice: Practice, number: int) -> list[str]:
    emails = [f"{uuid4().hex[:10]}@nileclinic.example" for _ in range(number)]
    with owning(practice.door, practice.administrator, demo.PASSWORD) as owner:
        for email in emails:
            facts = {"name": f"Cashier {email[:4]}", "email": email, "person": None}
            owner.create_active(facts, [Role.RECEPTIONIST], demo.PASSWORD)
    return emails


def _doctor(administrator: Session) -> ObjectId:
    facts = {"name": f"Dr {uuid4().hex[:8]}", "profession": "doctor"}
    doctor = STAFF.create(administrator, facts, uuid4().hex)["_id"]
    open_h = int(OPENS[:2])
    closes = f"{open_h + SLOTS_A_DAY * SLOT_MINUTES // 60:02}:00"
    hours = [{"weekday": day, "starts": OPENS, "ends": closes, "purpose": FOR_PATIENTS} for day, _ in WEEKDAYS]
    week = {"practitioner": doctor, "hours": hours, "slot_minutes": SLOT_MINUTES, "patient_limit": SLOTS_A_DAY}
    SCHEDULES.create(administrator, week, uuid4().hex)
    return doctor  # type: ignore[no-any-return]


def _medicine(pharmacist: Session) -> ObjectId:
    own = uuid4().hex[:8]
    named = {"name": f"Metformin 850 mg {own}", "ingredient": f"unlisted x{own}", "unit": "tablet"}
    values = {**named, "price": "2.50", "reorder_level": 100}
    medicine = MEDICINES.create(pharmacist, values, uuid4().hex)["_id"]
    lot = {"medicine": medicine, "lot": own.upper(), "expires": "2029-12-31", "quantity": 90_000}
    LOTS.create(pharmacist, lot, uuid4().hex)
    return medicine  # type: ignore[no-any-return]
