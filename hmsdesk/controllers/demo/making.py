"""Founding the demo practice and filling it: people, what the clinic offers, and a year of its days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from hmsdesk.controllers import starter
from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.demo.desk import Desk
from hmsdesk.controllers.demo.medicines import MEDICINES as PRODUCTS
from hmsdesk.controllers.demo.people import DOCTORS, PASSWORD, PEOPLE, PRACTICE, SOLO_PRACTICE, STAFF_FACTS, email_of
from hmsdesk.controllers.demo.persons import Person, persons
from hmsdesk.controllers.demo.room import Room
from hmsdesk.controllers.demo.shelves import Shelf, Shelves
from hmsdesk.controllers.demo.touches import last_touches
from hmsdesk.controllers.demo.year import OPENS, Doctor, Year
from hmsdesk.controllers.founding import Founding
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.loading import Loading
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
from hmsdesk.models.booking import wall_or_later
from hmsdesk.models.clinic_days import CLOSED, OPEN
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_REPRESENTATIVES
from hmsdesk.security.permissions import Role
from hmsdesk.settings import PROFILE_FILE, SecretStore, write_private

_SEED = 20261117
# Its password is known to everybody: more memory for it would only make everybody wait.
_MIB = 64
# Fixed public holidays: month, day, name.
_HOLIDAYS = (
    (1, 7, "Christmas (Coptic)"),
    (4, 25, "Sinai Liberation Day"),
    (5, 1, "Labour Day"),
    (7, 23, "Revolution Day"),
    (10, 6, "Armed Forces Day"),
)
# The roles in which records are made, beside the doctors' own.
_MAKING = (Role.ADMINISTRATOR, Role.NURSE, Role.RECEPTIONIST, Role.PHARMACIST)
# Patients were registered from so long before the first day on.
_REGISTERED_BEFORE = timedelta(days=500)


@dataclass(frozen=True)
class Size:
    """How much of it. ahead, behind: days from today on, and before it."""

    patients: int = 5000
    ahead: int = 28
    behind: int = 365
    doctors: int = len(DOCTORS)


@dataclass(frozen=True)
class Makers:
    """In whose names things are kept: by role, and each doctor's."""

    by_role: dict[Role, Session]
    doctors: dict[str, Session]

    def sessions(self) -> list[Session]:
        """Each once, whoever has several parts."""
        return list({id(one): one for one in (*self.by_role.values(), *self.doctors.values())}.values())

    def close(self) -> None:
        """Sign everybody out."""
        for session in self.sessions():
            session.close()


def accounts(*, solo: bool = False) -> Iterator[tuple[str, str, str]]:
    """E-mail, password and role of the people who sign in. The other doctors sign in with the same password."""
    return ((email, PASSWORD, role.value) for role, _, email in _people(solo))


def make(workplace: Workplace, size: Size, *, solo: bool = False, timezone: str = "") -> None:
    """Found the demo practice in an empty data folder; its secrets lie in a private file. Raises UserError.

    solo: of one doctor who does everything, in place of a clinic. timezone: an IANA name; else its country's.
    """
    _, name, email = _people(solo)[0]
    founding = Founding(
        practice=(SOLO_PRACTICE if solo else PRACTICE) | ({"timezone": timezone} if timezone else {}),
        owner_name=name,
        owner_email=email,
        owner_password=PASSWORD,
        solo=solo,
        workstation="Consulting room" if solo else "Reception desk 1",
        patient_prefix="BK",
        secret_store=SecretStore.FILE,
    )
    workplace.settings = replace(workplace.settings, argon2_mib=_MIB)
    workplace.found(founding)
    write_private(_mark(workplace), workplace.profile().fingerprint.encode())
    unfinished = _unfinished(workplace)
    write_private(unfinished, b"")
    door = workplace.door()
    owner = door.sign_in(email, PASSWORD)
    if solo:
        size = replace(size, doctors=1)
        staff = _alone(owner)
        makers = Makers(dict.fromkeys(_MAKING, owner), {email: owner})
    else:
        staff = _staff(owner, starter.add_departments(owner), size)
        with owning(door, owner, PASSWORD) as owning_now:
            _accounts(owning_now, staff, size)
        makers = _makers(door, owner, size)
    try:
        known = _fill(makers, [staff[doctor.email] for doctor in DOCTORS[: size.doctors]], size)
        last_touches(makers.by_role[Role.RECEPTIONIST], makers.doctors[DOCTORS[0].email], known)
    finally:
        makers.close()
    unfinished.unlink()


def was_broken_off(workplace: Workplace) -> bool:
    """Whether the data folder holds a demo practice that isn't whole, as it was interrupted while it was made."""
    return _unfinished(workplace).exists()


def _mark(workplace: Workplace) -> Path:
    """Which practice in the data folder is the demo: nothing that a person typed says so."""
    return workplace.settings.home / "demo-practice"


def _unfinished(workplace: Workplace) -> Path:
    return workplace.settings.home / "demo-unfinished"


def forget(workplace: Workplace) -> None:
    """Remove a demo practice, and nothing but a demo practice. Raises UserError for a real one."""
    folder = workplace.settings.home
    if not (folder / PROFILE_FILE).exists():
        return
    refuse_real(workplace)
    workplace.discard(*(path.name for path in folder.iterdir()))


def refuse_real(workplace: Workplace) -> None:
    """Raises UserError unless the data folder holds the demo practice; NotSetUp where it holds none."""
    fingerprint, mark = workplace.profile().fingerprint, _mark(workplace)
    if not mark.is_file() or mark.read_text("ascii", errors="replace") != fingerprint:
        raise UserError("This is not the demo practice.", f"{workplace.settings.home} holds a real one, left alone.")


def is_solo(workplace: Workplace) -> bool:
    """Whether the demo practice in the data folder is that of one doctor. Raises NotSetUp where there is none."""
    return workplace.profile().practice == SOLO_PRACTICE["name"]


# People


def _people(solo: bool) -> tuple[tuple[Role, str, str], ...]:
    return ((Role.SOLO, DOCTORS[0].name, DOCTORS[0].email),) if solo else PEOPLE


def _alone(session: Session) -> dict[str, Row]:
    """The one doctor, who is signed in, by their e-mail."""
    doctor = DOCTORS[0]
    department = starter.add_departments(session, [doctor.department])[doctor.department]
    starter.begin(session, starter.Start(doctors=(doctor.name,)))
    own = STAFF.get(session, session.identity.member)
    facts = doctor.facts() | {"department": department["_id"]}
    return {doctor.email: STAFF.change(session, own["_id"], own["version"], facts, uuid4().hex)}


def _staff(session: Session, by_code: dict[str, Row], size: Size) -> dict[str, Row]:
    """The members of staff, by their e-mail."""
    wanted: list[tuple[str, dict[str, object]]] = [
        (email, {"name": name, "email": email, "department": by_code["FAM"]["_id"], **STAFF_FACTS[email]})
        for _, name, email in PEOPLE
        if email in STAFF_FACTS
    ]
    doctors = DOCTORS[: size.doctors]
    wanted += [(one.email, one.facts() | {"department": by_code[one.department]["_id"]}) for one in doctors]
    return {email: STAFF.create(session, facts, uuid4().hex) for email, facts in wanted}


def _accounts(owner: Owner, staff: dict[str, Row], size: Size) -> None:
    """An account for everybody. Most of the time goes into the passwords, which threads share out."""
    wanted = [(name, email, role) for role, name, email in PEOPLE[1:]]
    wanted += [(doctor.name, doctor.email, Role.DOCTOR) for doctor in DOCTORS[1 : size.doctors]]

    def create(one: tuple[str, str, Role]) -> None:
        name, email, role = one
        person = staff[email]["_id"] if email in staff else None
        owner.create_active({"name": name, "email": email, "person": person}, [role], PASSWORD)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(create, wanted))


def _makers(door: Door, administrator: Session, size: Size) -> Makers:
    roles = {role: email_of(role) for role in _MAKING[1:]}
    emails = [*roles.values(), *(doctor.email for doctor in DOCTORS[: size.doctors])]
    with ThreadPoolExecutor(2) as threads:
        signed_in = dict(zip(emails, threads.map(lambda email: door.sign_in(email, PASSWORD), emails), strict=True))
    by_role = {Role.ADMINISTRATOR: administrator} | {role: signed_in.pop(email) for role, email in roles.items()}
    return Makers(by_role, signed_in)


# What the clinic offers


def week() -> list[Row]:
    """The hours of a usual week: Sunday to Thursday, and a shorter Saturday."""
    days = starter.FROM_SUNDAY
    late = starter.week(days[:2], "15:00", "16:00", FOR_REPRESENTATIVES)
    return [*starter.week(days), *late, *starter.week(["sat"], "10:00", "14:00")]


def _clinic_days(session: Session, first: date, last: date) -> list[Row]:
    """Holidays, and today open at all hours: whenever the demo is tried, something can be booked."""
    today = session.locale.today()
    opened: dict[str, object] = {"day": today.isoformat(), "kind": OPEN, "starts": "00:00", "ends": "23:55"}
    wanted: list[dict[str, object]] = [{**opened, "reason": "Open day"}]
    for year in range(first.year, last.year + 1):
        days = [(date(year, month, day), name) for month, day, name in _HOLIDAYS]
        wanted += [
            {"day": day.isoformat(), "kind": CLOSED, "reason": name}
            for day, name in days
            if first <= day <= last and day != today
        ]
    return [CLINIC_DAYS.create(session, values, uuid4().hex) for values in wanted]


def _shelves(session: Session) -> dict[str, Shelf]:
    return {one.key: Shelf(one, MEDICINES.create(session, one.facts(), uuid4().hex)) for one in PRODUCTS}


# The year


def _fill(makers: Makers, doctors: list[Row], size: Size) -> list[Person]:
    """All but the people who work here; the patients. Each record is kept in the name of whoever would make it."""
    chance = random.Random(_SEED)  # noqa: S311 (the demo is the same each time)
    administrator, reception = makers.by_role[Role.ADMINISTRATOR], makers.by_role[Role.RECEPTIONIST]
    now, today = reception.now(), reception.locale.today()
    first, last = today - timedelta(days=size.behind), today + timedelta(days=size.ahead)
    services = starter.add_services(administrator)
    exceptions = _clinic_days(administrator, first, last)
    schedules = [starter.add_week(administrator, row, week()) for row in doctors]
    shelves = _shelves(makers.by_role[Role.PHARMACIST])
    registered = _moments(reception, first, now)
    prefix = reception.identity.patient_prefix
    known = persons(chance, prefix, size.patients, *registered)
    with ExitStack() as stack:
        # Whoever does several things does them one after the other: a person's entries in the trail are one chain.
        each = {id(session): stack.enter_context(Loading(session)) for session in makers.sessions()}
        loading = {role: each[id(session)] for role, session in makers.by_role.items()}
        own = {email: each[id(session)] for email, session in makers.doctors.items()}
        for person in known:
            _register(loading[Role.RECEPTIONIST], person)
        stock = Shelves(loading[Role.PHARMACIST], chance, shelves, today)
        desk = Desk(chance, loading[Role.PHARMACIST], loading[Role.RECEPTIONIST], stock, now)
        numbers: set[str] = set()
        rooms = [
            Room(chance, loading[Role.NURSE], own[doctor.email], services, shelves, numbers)
            for doctor in DOCTORS[: size.doctors]
        ]
        there = [Doctor(*one) for one in zip(DOCTORS, doctors, schedules, rooms, strict=False)]
        year = Year(chance, loading[Role.RECEPTIONIST], desk, persons=known, exceptions=exceptions, now=now)
        for day in (first + timedelta(days=n) for n in range(size.behind + size.ahead)):
            _tell(year, desk, stock, there, day, now)
        stock.keep()
        desk.numbers()
        for person in known:
            doctor = own[chance.choice(DOCTORS[: size.doctors]).email]
            _record_health(doctor, person, person.health(chance))
    return known


def _moments(session: Session, first: date, now: datetime) -> tuple[datetime, datetime]:
    """From when to when patients were registered: the last of them yesterday, or before the only day there is."""
    begin = wall_or_later(first, "08:00", session.locale) - _REGISTERED_BEFORE
    return begin, now - timedelta(days=1)


def _register(loading: Loading, person: Person) -> None:
    at = person.row["registered_at"]
    values = {name: value for name, value in person.row.items() if name != "registered_at"}
    person.row = loading.add("patients", values, "register", at) | {"registered_at": at}


def _record_health(loading: Loading, person: Person, known: Row) -> None:
    row = {"_id": person.row["_id"]} | known
    loading.add("patient_health", row, "register", person.row["registered_at"])


def _tell(year: Year, desk: Desk, stock: Shelves, doctors: list[Doctor], day: date, now: datetime) -> None:
    locale = stock.locale
    opens, closes = (wall_or_later(day, clock, locale) for clock in (OPENS, "17:30"))
    if day == locale.today():
        # Today is open all day: by whoever makes the practice at night, too, the desks are found ready.
        opens = min(opens, now)
    if opens > now:
        year.tell(day, doctors)
        return
    stock.receive(opens, day)
    desk.open_drawer(opens)
    year.tell(day, doctors)
    if closes <= now and day != locale.today():
        desk.close_drawer(closes, opens)
