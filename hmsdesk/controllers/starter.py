"""What a new practice may begin with, so that nobody types it: departments, services, and doctors' usual week."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.staff import STAFF, member
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import write
from hmsdesk.models.declaration import checked
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS, Schedule
from hmsdesk.models.services import Service
from hmsdesk.models.staff import DOCTOR, StaffMember
from hmsdesk.security.permissions import Role


@dataclass(frozen=True)
class Offer:
    """Something to be ticked. price: in Egyptian pounds, as the clinics this was taken from ask for it."""

    code: str
    name: str
    name_ar: str
    price: str = ""
    minutes: int = 0


PRICES_IN = "EGP"
DEPARTMENT_OFFERS = (
    Offer("FAM", "Family medicine", "طب الأسرة"),
    Offer("CARD", "Cardiology", "أمراض القلب"),
    Offer("DERM", "Dermatology", "الأمراض الجلدية"),
    Offer("ENT", "Ear, nose and throat", "الأنف والأذن والحنجرة"),
    Offer("GAST", "Gastroenterology", "الجهاز الهضمي"),
    Offer("SURG", "General surgery", "الجراحة العامة"),
    Offer("GYN", "Gynaecology and obstetrics", "أمراض النساء والتوليد"),
    Offer("INT", "Internal medicine", "الأمراض الباطنة"),
    Offer("NEUR", "Neurology", "المخ والأعصاب"),
    Offer("EYE", "Ophthalmology", "طب العيون"),
    Offer("ORTH", "Orthopaedics", "جراحة العظام"),
    Offer("PAED", "Paediatrics", "طب الأطفال"),
    Offer("PSY", "Psychiatry", "الطب النفسي"),
    Offer("URO", "Urology", "المسالك البولية"),
)
SERVICE_OFFERS = (
    Offer("CONS", "Consultation", "كشف", "350", 20),
    Offer("FOLLOW", "Follow-up visit", "إعادة كشف", "150", 10),
    Offer("ECG", "Electrocardiogram", "رسم قلب", "200", 15),
    Offer("US-ABD", "Ultrasound, abdomen", "موجات صوتية على البطن", "400", 20),
    Offer("DRESS", "Dressing", "غيار على جرح", "80", 10),
    Offer("INJ", "Injection", "حقن", "30", 5),
    Offer("VACC", "Vaccination", "تطعيم", "120", 10),
)
FROM_SUNDAY = ("sun", "mon", "tue", "wed", "thu")
FROM_MONDAY = ("mon", "tue", "wed", "thu", "fri")
OPENS, CLOSES = "09:00", "15:00"
# ISO 3166 countries whose working week begins on Sunday.
_SUNDAY_COUNTRIES = ("EG", "SA", "JO")


@dataclass(frozen=True)
class Start:
    """What was ticked. services: code -> price as it was typed. doctors: names, each of whom gets the week."""

    departments: Sequence[str] = ()
    services: Mapping[str, str] | None = None
    days: Sequence[str] = ()
    opens: str = OPENS
    closes: str = CLOSES
    doctors: Sequence[str] = ()


def usual_days(country: str) -> tuple[str, ...]:
    """The working days of a country, where nobody has said otherwise."""
    return FROM_SUNDAY if country in _SUNDAY_COUNTRIES else FROM_MONDAY


def week(days: Iterable[str], opens: str = OPENS, closes: str = CLOSES, purpose: str = FOR_PATIENTS) -> list[Row]:
    """The same hours on each of some days, in the form of a schedule's hours."""
    return [{"weekday": day, "starts": opens, "ends": closes, "purpose": purpose} for day in days]


def add_departments(session: Session, codes: Iterable[str] | None = None) -> dict[str, Row]:
    """The departments offered, or some of them, by their code. Raises what Keeping.create raises."""
    chosen = [one for one in DEPARTMENT_OFFERS if codes is None or one.code in set(codes)]
    return {one.code: DEPARTMENTS.create(session, _department(one), uuid4().hex) for one in chosen}


def add_services(session: Session, prices: Mapping[str, str] | None = None) -> dict[str, Row]:
    """The services offered, or those a price is given for, by their code. Raises what Keeping.create raises."""
    prices = {one.code: one.price for one in SERVICE_OFFERS} if prices is None else prices
    chosen = [one for one in SERVICE_OFFERS if one.code in prices]
    return {one.code: SERVICES.create(session, _service(one, prices[one.code]), uuid4().hex) for one in chosen}


def add_week(session: Session, doctor: Row, hours: list[Row]) -> Row:
    """A doctor's week. Raises what Keeping.create raises."""
    return SCHEDULES.create(session, {"practitioner": doctor["_id"], "hours": hours}, uuid4().hex)


def begin(session: Session, start: Start) -> None:
    """Everything that was ticked; what is there already is left as it is, so that it may be sent again.

    Raises InvalidInput, NotAllowed, Unreachable.
    """
    prices, hours = dict(start.services or {}), week(start.days, start.opens, start.closes)
    _check(session, start, prices, hours)
    for code in _missing(session, DEPARTMENTS.resource, start.departments):
        add_departments(session, [code])
    for code in _missing(session, SERVICES.resource, prices):
        add_services(session, {code: prices[code]})
    for name in start.doctors:
        doctor = _doctor(session, name)
        if start.days and not _has_week(session, doctor):
            add_week(session, doctor, hours)


def _check(session: Session, start: Start, prices: Mapping[str, str], hours: list[Row]) -> None:
    """Before the first of it is there. Raises InvalidInput."""
    for name in start.doctors:
        checked("name", StaffMember.name, name, session.locale)
    for price in prices.values():
        checked("price", Service.price, price, session.locale)
    if start.days:
        Schedule.build({"practitioner": ObjectId(), "hours": hours}, session.locale)


def _department(offer: Offer) -> dict[str, object]:
    return {"name": offer.name, "name_ar": offer.name_ar, "code": offer.code, "specialty": offer.name}


def _service(offer: Offer, price: str) -> dict[str, object]:
    named: dict[str, object] = {"name": offer.name, "name_ar": offer.name_ar, "code": offer.code}
    return named | {"price": price, "minutes": offer.minutes}


def _missing(session: Session, resource: str, codes: Iterable[str]) -> list[str]:
    wanted = list(codes)
    with session.reading(resource) as collection:
        there = {row["code"] for row in collection.find({"code": {"$in": wanted}}, ["code"])}
    return [code for code in wanted if code not in there]


def _doctor(session: Session, name: str) -> Row:
    """The member of staff of that name. A solo practice's owner is their own: both have the same id."""
    if session.identity.role is Role.SOLO and name == session.identity.name:
        return enter_one_alone(session)
    with session.reading(STAFF.resource) as staff:
        there: Row | None = staff.find_one({"name": name})
    return STAFF.create(session, {"name": name, "profession": DOCTOR}, uuid4().hex) if there is None else there


def enter_one_alone(session: Session) -> Row:
    """Who does everything is a doctor of the practice, entered under the id of their account if they aren't yet.

    Raises NotAllowed, Unreachable.
    """
    person = session.identity.person
    there = member(session, session.identity.member)
    if there is not None:
        return there
    values = {"name": session.identity.name, "profession": DOCTOR, "email": session.identity.email}
    built = StaffMember.build(values, session.locale)
    return write(session, uuid4().hex, lambda work: work.insert(STAFF.resource, {"_id": person} | built))


def _has_week(session: Session, doctor: Row) -> bool:
    with session.reading(SCHEDULES.resource) as schedules:
        return schedules.find_one({"practitioner": doctor["_id"]}, ["_id"]) is not None
