"""A demo practice: invented people, an account for each role, so that everything can be tried."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from hmsdesk.controllers import demo_data, starter
from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.founding import Founding
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
from hmsdesk.models.record import Row
from hmsdesk.models.staff import DOCTOR
from hmsdesk.security.permissions import Role
from hmsdesk.settings import PROFILE_FILE, SecretStore

PRACTICE = {
    "name": "Nile Family Clinic",
    "name_ar": "عيادة النيل للأسرة",
    "address": "14 Tahrir Street, Dokki, Giza",
    "address_ar": "14 شارع التحرير، الدقي، الجيزة",
    "phone": "02 3555 0140",
    "country": "EG",
}
# Known to everybody: a demo practice holds invented people only.
PASSWORD = "seven warm lentil cups"  # noqa: S105
PEOPLE = (
    (Role.ADMINISTRATOR, "Laila Hassan", "laila.hassan@nileclinic.example"),
    (Role.DOCTOR, "Dr Sara El-Masry", "sara.elmasry@nileclinic.example"),
    (Role.NURSE, "Amal Fawzy", "amal.fawzy@nileclinic.example"),
    (Role.RECEPTIONIST, "Mona Adel", "mona.adel@nileclinic.example"),
    (Role.PHARMACIST, "Hany Fouad", "hany.fouad@nileclinic.example"),
    (Role.LABORATORY, "Nadia Kamel", "nadia.kamel@nileclinic.example"),
    (Role.REPRESENTATIVE, "Tarek Said", "tarek.said@pharma.example"),
    (Role.PATIENT, "Mohamed Ali Hassan", "mohamed.ali@patients.example"),
)
# What the members of staff have besides name and e-mail.
STAFF_FACTS: dict[Role, dict[str, str]] = {
    Role.DOCTOR: {
        "profession": "doctor",
        "name_ar": "د. سارة المصري",
        "specialty": "Family medicine",
        "specialty_ar": "طب الأسرة",
        "qualification": "MD, Cairo University",
        "qualification_ar": "دكتوراه، جامعة القاهرة",
        "licence": "48213",
        "consultation_fee": "350",
        "room": "Room 3",
        "phone": "0100 555 0301",
    },
    Role.NURSE: {"profession": "nurse", "name_ar": "أمل فوزي"},
    Role.RECEPTIONIST: {"profession": "receptionist", "name_ar": "منى عادل"},
    Role.PHARMACIST: {"profession": "pharmacist", "name_ar": "هاني فؤاد"},
    Role.LABORATORY: {"profession": "laboratory", "name_ar": "نادية كامل"},
}
# Doctors who don't sign in themselves.
COLLEAGUES = (
    ("Dr Karim Nabil", "د. كريم نبيل", "Cardiology", "أمراض القلب", "CARD", "51877", "Room 1"),
    ("Dr Layla Mahmoud", "د. ليلى محمود", "Paediatrics", "طب الأطفال", "PAED", "50119", "Room 2"),
)

_MAKERS = (Role.DOCTOR, Role.RECEPTIONIST, Role.PHARMACIST)


def accounts() -> Iterator[tuple[str, str, str]]:
    """E-mail, password and role of each person of the demo practice."""
    return ((email, PASSWORD, role.value) for role, _, email in PEOPLE)


def make(workplace: Workplace, patients: int, days: int) -> None:
    """Found the demo practice in an empty data folder; its secrets lie in a private file. Raises UserError.

    days: how many from today on have bookings.
    """
    _, name, email = PEOPLE[0]
    founding = Founding(
        practice=PRACTICE,
        owner_name=name,
        owner_email=email,
        owner_password=PASSWORD,
        solo=False,
        workstation="Reception desk 1",
        patient_prefix="BK",
        secret_store=SecretStore.FILE,
    )
    workplace.found(founding)
    door = workplace.door()
    session = door.sign_in(email, PASSWORD)
    staff = _staff(session, starter.add_departments(session))
    with owning(door, session, PASSWORD) as owner:
        for role, name, email in PEOPLE[1:]:
            person = staff[email]["_id"] if email in staff else None
            owner.create_active({"name": name, "email": email, "person": person}, [role], PASSWORD)
    by_role = {role: door.sign_in(email, PASSWORD) for role, _, email in PEOPLE if role in _MAKERS}
    makers = demo_data.Makers(session, *(by_role[role] for role in _MAKERS))
    doctors = [row for row in staff.values() if row["profession"] == DOCTOR]
    demo_data.fill(makers, doctors, patients, days)
    for one in (session, *by_role.values()):
        one.close()


def forget(workplace: Workplace) -> None:
    """Remove a demo practice, and nothing but a demo practice. Raises UserError for a real one."""
    folder = workplace.settings.home
    if not (folder / PROFILE_FILE).exists():
        return
    refuse_real(workplace)
    workplace.discard(*(path.name for path in folder.iterdir()))


def refuse_real(workplace: Workplace) -> None:
    """Raises UserError unless the data folder holds the demo practice; NotSetUp where it holds none."""
    profile = workplace.profile()
    if profile.practice != PRACTICE["name"] or profile.secret_store is not SecretStore.FILE:
        raise UserError("This is not the demo practice.", f"{workplace.settings.home} holds a real one, left alone.")


def _staff(session: Session, by_code: dict[str, Row]) -> dict[str, Row]:
    """The members of staff, by their e-mail or name."""
    made = {}
    for role, name, email in PEOPLE:
        if role in STAFF_FACTS:
            facts: dict[str, object] = {"name": name, "email": email, "department": by_code["FAM"]["_id"]}
            made[email] = STAFF.create(session, facts | STAFF_FACTS[role], uuid4().hex)
    for name, name_ar, specialty, specialty_ar, code, licence, room in COLLEAGUES:
        facts = {"name": name, "name_ar": name_ar, "specialty": specialty, "specialty_ar": specialty_ar}
        facts |= {"department": by_code[code]["_id"], "licence": licence, "room": room, "profession": "doctor"}
        made[name] = STAFF.create(session, facts | {"consultation_fee": "350"}, uuid4().hex)
    return made
