"""The invented people, medicines and bookings of the demo practice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from hmsdesk.controllers import demo_visits, starter
from hmsdesk.controllers.appointments import APPOINTMENTS, BookAppointment, Refusal
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.demo_bills import add_bills
from hmsdesk.controllers.demo_stock import OLD_LOTS, OTHER_PRODUCTS, facts_of
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.opening import look_again
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.database.session import Session
from hmsdesk.models.clinic_days import OPEN
from hmsdesk.models.prescription_doses import quantity_for
from hmsdesk.models.record import Row
from hmsdesk.models.schedules import FOR_REPRESENTATIVES
from hmsdesk.models.vital_ranges import is_adult
from hmsdesk.models.waiting_list import MORNING, URGENT

# name, Arabic name, ingredient, unit, what is in stock: (lot, days until it expires, quantity)
MEDICINE_NAMES: tuple[tuple[str, str, str, str, tuple[tuple[str, int, int], ...]], ...] = (
    ("Metformin 850 mg tablet", "ميتفورمين 850 مجم أقراص", "metformin", "tablet", (("MF2407", 500, 480),)),
    (
        "Amlodipine 5 mg tablet",
        "أملوديبين 5 مجم أقراص",
        "amlodipine",
        "tablet",
        (("AM1188", 72, 14), ("AM1203", 400, 300)),
    ),
    ("Paracetamol 500 mg tablet", "باراسيتامول 500 مجم أقراص", "paracetamol", "tablet", (("PC9031", 590, 1260),)),
    ("Azithromycin 500 mg tablet", "أزيثروميسين 500 مجم أقراص", "azithromycin", "tablet", (("AZ0412", 160, 48),)),
    ("Amoxicillin 500 mg capsule", "أموكسيسيلين 500 مجم كبسول", "amoxicillin", "capsule", (("AX5540", 300, 210),)),
    ("Omeprazole 20 mg capsule", "أوميبرازول 20 مجم كبسول", "omeprazole", "capsule", (("OM3310", 88, 96),)),
    ("Atorvastatin 20 mg tablet", "أتورفاستاتين 20 مجم أقراص", "atorvastatin", "tablet", (("AT7712", 420, 240),)),
    ("Ibuprofen 400 mg tablet", "إيبوبروفين 400 مجم أقراص", "ibuprofen", "tablet", (("IB7650", 210, 300),)),
    (
        "Salbutamol 100 micrograms inhaler",
        "سالبوتامول 100 ميكروجرام بخاخ",
        "salbutamol",
        "inhaler",
        (("SB0921", 330, 12),),
    ),
    ("Cetirizine 10 mg tablet", "سيتريزين 10 مجم أقراص", "cetirizine", "tablet", (("CT4418", 380, 150),)),
    (
        "Insulin glargine 100 units/ml pen",
        "إنسولين جلارجين 100 وحدة قلم",
        "insulin glargine",
        "pen",
        (("IG2210", 120, 3),),
    ),
    (
        "Oral rehydration salts sachet",
        "محلول معالجة الجفاف أكياس",
        "oral rehydration salts",
        "sachet",
        (("OR1107", 700, 12),),
    ),
)
MEN = (
    ("Mohamed", "محمد"), ("Ahmed", "أحمد"), ("Mahmoud", "محمود"), ("Ali", "علي"), ("Omar", "عمر"), ("Youssef", "يوسف"),
    ("Karim", "كريم"), ("Samir", "سمير"), ("Tarek", "طارق"), ("Hassan", "حسن"), ("George", "جورج"), ("Mina", "مينا"),
    ("Khaled", "خالد"), ("Sameh", "سامح"), ("Adam", "آدم"), ("Yassin", "ياسين"), ("Sherif", "شريف"), ("Wael", "وائل"),
)  # fmt: skip
WOMEN = (
    ("Mariam", "مريم"), ("Salma", "سلمى"), ("Aisha", "عائشة"), ("Mona", "منى"), ("Huda", "هدى"), ("Nadia", "نادية"),
    ("Rania", "رانيا"), ("Dina", "دينا"), ("Layan", "ليان"), ("Karima", "كريمة"), ("Suad", "سعاد"), ("Yara", "يارا"),
    ("Malak", "ملك"), ("Heba", "هبة"), ("Nour", "نور"), ("Amal", "أمل"), ("Farida", "فريدة"), ("Aline", "ألين"),
)  # fmt: skip
FAMILIES = (
    ("Hassan", "حسن"), ("Sayed", "سيد"), ("Fathy", "فتحي"), ("Bakr", "بكر"), ("Shawky", "شوقي"), ("Ragab", "رجب"),
    ("Nassar", "نصار"), ("Darwish", "درويش"), ("Girgis", "جرجس"), ("Boutros", "بطرس"), ("Wahba", "وهبة"),
    ("Anwar", "أنور"), ("Taha", "طه"), ("Zaki", "زكي"), ("Aziz", "عزيز"), ("Salem", "سالم"), ("Gaber", "جابر"),
    ("Kamel", "كامل"), ("Mansour", "منصور"), ("Rashed", "راشد"), ("Farouk", "فاروق"), ("Naguib", "نجيب"),
)  # fmt: skip
STREETS = ("Mossadak St", "Tahrir St", "Nile St", "Gamal St", "El Batal St", "Haram St")
ALLERGIES = (("Penicillin", "anaphylaxis", "high"), ("Sulfonamides", "rash", "low"), ("Ibuprofen", "wheezing", "high"))
CONDITIONS = ("Type 2 diabetes", "High blood pressure", "Asthma", "Osteoarthritis", "Migraine")

_BOOKINGS_A_DAY = 7
_SEED = 20261117


@dataclass(frozen=True)
class Makers:
    """The sessions in whose names the demo's records are made."""

    administrator: Session
    doctor: Session
    receptionist: Session
    pharmacist: Session


def fill(makers: Makers, doctors: list[Row], patients: int, days: int) -> None:
    """Departments are there already; everything else is made here."""
    chance = random.Random(_SEED)  # noqa: S311 (the demo is the same each time)
    _offer(makers.administrator, doctors)
    medicines = _stock(makers.pharmacist)
    registered = [_register(makers.receptionist, chance) for _ in range(patients)]
    for patient in registered[:: max(1, patients // 40)]:
        _examine(makers.doctor, patient, chance)
    for patient in registered[:: max(1, patients // 12)]:
        _measure(makers.doctor, patient, chance)
    _book(makers.receptionist, doctors, registered, days, chance)
    _wait(makers.receptionist, doctors, registered[-3:])
    for patient in registered[:4]:
        _prescribe(makers.doctor, patient, medicines)
    for patient in registered[3:5]:
        _hand_out(makers, patient, medicines)
    services = SERVICES.page(makers.receptionist, Query()).rows
    add_bills(makers.receptionist, registered[4:], {row["code"]: row for row in services})
    demo_visits.fill(makers.doctor, registered)


def _offer(session: Session, doctors: list[Row]) -> None:
    starter.add_services(session)
    for doctor in doctors:
        starter.add_week(session, doctor, week())
    # Whatever day and hour the demo is tried, something can be booked today.
    today = {"day": session.locale.today().isoformat(), "kind": OPEN, "starts": "00:00", "ends": "23:55"}
    CLINIC_DAYS.create(session, today | {"reason": "Open day of the demo"}, uuid4().hex)
    holiday = session.locale.today() + timedelta(days=21)
    CLINIC_DAYS.create(session, {"day": holiday.isoformat(), "reason": "Public holiday"}, uuid4().hex)


def week() -> list[Row]:
    """The hours of a usual week: Sunday to Thursday, and a shorter Saturday."""
    days = starter.FROM_SUNDAY
    late = starter.week(days[:2], "15:00", "16:00", FOR_REPRESENTATIVES)
    return [*starter.week(days), *late, *starter.week(["sat"], "10:00", "14:00")]


def _stock(session: Session) -> dict[str, Row]:
    made = {}
    for name, name_ar, ingredient, unit, lots in MEDICINE_NAMES:
        values = {"name": name, "name_ar": name_ar, "ingredient": ingredient, "unit": unit}
        made[ingredient] = MEDICINES.create(session, values | facts_of(ingredient), uuid4().hex)
        for lot, days, quantity in lots:
            _receive(session, made[ingredient], lot, days, quantity)
    for name, name_ar, ingredient, lot, days, quantity, price in OTHER_PRODUCTS:
        values = {"name": name, "name_ar": name_ar, "ingredient": ingredient, "unit": made[ingredient]["unit"]}
        other = facts_of(ingredient) | {"price": price, "reorder_level": 0}
        _receive(session, MEDICINES.create(session, values | other, uuid4().hex), lot, days, quantity)
    for ingredient, lot, days, quantity in OLD_LOTS:
        _receive(session, made[ingredient], lot, days, quantity)
    return made


def _receive(session: Session, medicine: Row, lot: str, days: int, quantity: int) -> None:
    expires = (session.locale.today() + timedelta(days=days)).isoformat()
    received = {"medicine": medicine["_id"], "lot": lot, "expires": expires, "quantity": quantity}
    LOTS.create(session, received, uuid4().hex)


def _register(session: Session, chance: random.Random) -> Row:
    gender, firsts = chance.choice((("male", MEN), ("female", WOMEN)))
    parts = [chance.choice(firsts), chance.choice(MEN), chance.choice(FAMILIES)]
    born = session.locale.today() - timedelta(days=chance.randrange(30, 32000))
    values: dict[str, object] = {
        "name": " ".join(part[0] for part in parts),
        "name_ar": " ".join(part[1] for part in parts) if chance.random() < 0.8 else "",
        "birth_date": born.isoformat() if chance.random() < 0.92 else str(born.year),
        "gender": gender,
        "phone": f"01{chance.choice('0125')}{chance.randrange(10**8):08}",
        "address": f"{chance.randrange(1, 90)} {chance.choice(STREETS)}, Dokki, Giza",
    }
    return PATIENTS.create(session, values, uuid4().hex)


def _examine(session: Session, patient: Row, chance: random.Random) -> None:
    substance, reaction, criticality = chance.choice(ALLERGIES)
    allergy = {"substance": substance, "reaction": reaction, "criticality": criticality, "since": "2019"}
    known: dict[str, object] = {"allergies": [allergy]} if chance.random() < 0.5 else {"no_known_allergies": True}
    conditions = [{"name": name, "since": "2016"} for name in chance.sample(CONDITIONS, 2)]
    HEALTH.change(session, patient["_id"], 1, known | {"conditions": conditions}, uuid4().hex)


def _measure(session: Session, patient: Row, chance: random.Random) -> None:
    """A year of an adult's vital signs, about one measuring a month."""
    if not is_adult(patient.get("birth_date"), session.locale.today() - timedelta(days=400)):
        return
    height, weight = chance.randrange(150, 186), chance.randrange(55, 105)
    systolic = chance.randrange(112, 150)
    for month in range(12, 0, -1):
        systolic += chance.randrange(-7, 8)
        values: dict[str, object] = {
            "systolic": min(max(systolic, 102), 168),
            "diastolic": min(max(systolic, 102), 168) * 62 // 100 + chance.randrange(-3, 4),
            "heart_rate": chance.randrange(64, 98),
            "weight": f"{weight + chance.randrange(-20, 21) / 10:.1f}",
            "temperature": f"{36 + chance.randrange(4, 13) / 10:.1f}",
            "oxygen": chance.randrange(95, 100),
        }
        if month in (12, 6):
            values |= {"height": height, "glucose": chance.randrange(88, 190), "respiratory_rate": 16}
        at = session.now() - timedelta(days=month * 30 - chance.randrange(0, 12))
        OBSERVATIONS.record_vitals(session, patient["_id"], values, uuid4().hex, at=at)


def _wait(session: Session, doctors: list[Row], patients: list[Row]) -> None:
    """Some wait for a time, each with other wishes."""
    today = session.locale.today()
    wishes = (
        {"practitioner": doctors[0]["_id"], "priority": URGENT, "note": "Severe headache, rings every day"},
        {"part_of_day": MORNING, "earliest": (today + timedelta(days=1)).isoformat()},
        {"practitioner": doctors[-1]["_id"], "latest": (today + timedelta(days=5)).isoformat()},
    )
    for patient, wish in zip(patients, wishes, strict=False):
        WAITING_LIST.create(session, {"patient": patient["_id"], **wish}, uuid4().hex)


def _book(session: Session, doctors: list[Row], patients: list[Row], days: int, chance: random.Random) -> None:
    for doctor, ahead in ((doctor, ahead) for ahead in range(days) for doctor in doctors):
        day = session.locale.today() + timedelta(days=ahead)
        free = [slot.start for slot in APPOINTMENTS.doctor_day(session, doctor["_id"], day).slots if slot.free]
        for start in sorted(chance.sample(free, min(_BOOKINGS_A_DAY, len(free)))):
            booking = BookAppointment(patient=chance.choice(patients)["_id"], practitioner=doctor["_id"], start=start)
            try:
                APPOINTMENTS.book(session, booking, uuid4().hex)
            except Refusal:
                # The time has passed while the demo was being made.
                continue


def _prescribe(session: Session, patient: Row, medicines: dict[str, Row]) -> None:
    lines = tuple(_lines(medicines))
    PRESCRIPTIONS.sign(
        session, Prescribe(patient=patient["_id"], lines=lines, diagnosis="Acute bronchitis"), uuid4().hex
    )


def _hand_out(makers: Makers, patient: Row, medicines: dict[str, Row]) -> None:
    """Some of what a patient with high blood pressure needs; the rest is owed."""
    usual = {"dose": 1, "route": "oral", "frequency": "once"}
    quantities = {"insulin glargine": (2, 1), "amlodipine": (90, 30), "metformin": (60, 60)}
    lines = tuple(
        usual
        | {"medicine": medicines[name]["_id"], "days": 30, "quantity": asked}
        | ({"route": "injected", "dose": 10} if name == "insulin glargine" else {})
        for name, (asked, _) in quantities.items()
    )
    prescribed = Prescribe(patient=patient["_id"], lines=lines, diagnosis="Type 2 diabetes")
    row = PRESCRIPTIONS.sign(makers.doctor, prescribed, uuid4().hex)
    given = {n: number for n, (_, number) in enumerate(quantities.values(), start=1)}
    dispense(makers.pharmacist, look_again(makers.pharmacist, row["_id"]), given, uuid4().hex)


def _lines(medicines: dict[str, Row]) -> Iterator[Row]:
    for ingredient, frequency, days in (("paracetamol", "every-6-h", 5), ("azithromycin", "once", 3)):
        quantity = quantity_for("tablet", "oral", 1, frequency, days)
        line = {"medicine": medicines[ingredient]["_id"], "dose": 1, "route": "oral", "frequency": frequency}
        yield line | {"days": days, "quantity": quantity}
