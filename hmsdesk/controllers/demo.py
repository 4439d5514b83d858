"""A demo practice: invented people, an account for each role, so that everything can be tried."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.founding import Founding
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
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
    (Role.DOCTOR, "Sara El-Masry", "sara.elmasry@nileclinic.example"),
    (Role.NURSE, "Amal Fawzy", "amal.fawzy@nileclinic.example"),
    (Role.RECEPTIONIST, "Mona Adel", "mona.adel@nileclinic.example"),
    (Role.PHARMACIST, "Hany Fouad", "hany.fouad@nileclinic.example"),
    (Role.LABORATORY, "Nadia Kamel", "nadia.kamel@nileclinic.example"),
    (Role.REPRESENTATIVE, "Tarek Said", "tarek.said@pharma.example"),
    (Role.PATIENT, "Mohamed Ali Hassan", "mohamed.ali@patients.example"),
)
DEPARTMENT_NAMES = (
    ("Family medicine", "طب الأسرة", "FAM"),
    ("Cardiology", "أمراض القلب", "CARD"),
    ("Dermatology", "الأمراض الجلدية", "DERM"),
    ("Ear, nose and throat", "الأنف والأذن والحنجرة", "ENT"),
    ("Gastroenterology", "الجهاز الهضمي", "GAST"),
    ("General surgery", "الجراحة العامة", "SURG"),
    ("Gynaecology and obstetrics", "أمراض النساء والتوليد", "GYN"),
    ("Internal medicine", "الأمراض الباطنة", "INT"),
    ("Neurology", "المخ والأعصاب", "NEUR"),
    ("Ophthalmology", "طب العيون", "EYE"),
    ("Orthopaedics", "جراحة العظام", "ORTH"),
    ("Paediatrics", "طب الأطفال", "PAED"),
    ("Psychiatry", "الطب النفسي", "PSY"),
    ("Urology", "المسالك البولية", "URO"),
)


def accounts() -> Iterator[tuple[str, str, str]]:
    """E-mail, password and role of each person of the demo practice."""
    return ((email, PASSWORD, role.value) for role, _, email in PEOPLE)


def make(workplace: Workplace) -> None:
    """Found the demo practice in an empty data folder; its secrets lie in a private file. Raises UserError."""
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
    session = _people(workplace, email)
    _departments(session)


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


def _people(workplace: Workplace, owner_email: str) -> Session:
    door = workplace.door()
    session = door.sign_in(owner_email, PASSWORD)
    with owning(door, session, PASSWORD) as owner:
        for role, name, email in PEOPLE[1:]:
            owner.create_active({"name": name, "email": email}, [role], PASSWORD)
    return session


def _departments(session: Session) -> None:
    for name, name_ar, code in DEPARTMENT_NAMES:
        values = {"name": name, "name_ar": name_ar, "code": code, "specialty": name}
        DEPARTMENTS.create(session, values, uuid4().hex)
