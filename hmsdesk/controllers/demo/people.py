"""Who works in the demo practice, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from hmsdesk.security.permissions import Role

PRACTICE = {
    "name": "Nile Family Clinic",
    "name_ar": "عيادة النيل للأسرة",
    "address": "14 Tahrir Street, Dokki, Giza",
    "address_ar": "14 شارع التحرير، الدقي، الجيزة",
    "phone": "02 3555 0140",
    "country": "EG",
}
# The practice of the first of DOCTORS, where they do everything themselves.
SOLO_PRACTICE = {
    "name": "Dr Sara's Practice",
    "name_ar": "عيادة د. سارة",
    "address": "3 Mosaddak Street, Dokki, Giza",
    "address_ar": "3 شارع مصدق، الدقي، الجيزة",
    "phone": "02 3555 0177",
    "country": "EG",
}
# Known to everybody: a demo practice holds invented people only.
PASSWORD = "seven warm lentil cups"  # noqa: S105
# The second of the two receptionists stands there.
CASHIER = "dalia.ramzy@nileclinic.example"
PEOPLE = (
    (Role.ADMINISTRATOR, "Laila Hassan", "laila.hassan@nileclinic.example"),
    (Role.DOCTOR, "Dr Sara El-Masry", "sara.elmasry@nileclinic.example"),
    (Role.NURSE, "Amal Fawzy", "amal.fawzy@nileclinic.example"),
    (Role.RECEPTIONIST, "Mona Adel", "mona.adel@nileclinic.example"),
    (Role.RECEPTIONIST, "Dalia Ramzy", CASHIER),
    (Role.PHARMACIST, "Hany Fouad", "hany.fouad@nileclinic.example"),
    (Role.LABORATORY, "Nadia Kamel", "nadia.kamel@nileclinic.example"),
    (Role.REPRESENTATIVE, "Tarek Said", "tarek.said@pharma.example"),
    (Role.PATIENT, "Mohamed Ali Hassan", "mohamed.ali@patients.example"),
)


def email_of(role: Role) -> str:
    """What the first of them with a role signs in with."""
    return next(email for one, _, email in PEOPLE if one is role)


# What the members of staff who are no doctors have besides name and e-mail, by their e-mail.
STAFF_FACTS: dict[str, dict[str, str]] = {
    "amal.fawzy@nileclinic.example": {"profession": "nurse", "name_ar": "أمل فوزي"},
    "mona.adel@nileclinic.example": {"profession": "receptionist", "name_ar": "منى عادل"},
    CASHIER: {"profession": "receptionist", "name_ar": "داليا رمزي"},
    "hany.fouad@nileclinic.example": {"profession": "pharmacist", "name_ar": "هاني فؤاد"},
    "nadia.kamel@nileclinic.example": {"profession": "laboratory", "name_ar": "نادية كامل"},
}


@dataclass(frozen=True)
class DemoDoctor:
    """One doctor. department: the code of the one they work in. busy: how full their days are, 1 is usual."""

    name: str
    name_ar: str
    specialty: str
    specialty_ar: str
    department: str
    licence: str
    room: str
    fee: str
    busy: float = 1.0

    @property
    def email(self) -> str:
        """What they sign in with: Dr Karim Nabil is karim.nabil@nileclinic.example."""
        first, *rest = self.name.removeprefix("Dr ").lower().replace("-", "").split()
        return f"{first}.{''.join(rest)}@nileclinic.example"

    def facts(self) -> dict[str, object]:
        """As the member of staff is entered, without the department."""
        return {
            "name": self.name,
            "name_ar": self.name_ar,
            "profession": "doctor",
            "specialty": self.specialty,
            "specialty_ar": self.specialty_ar,
            "qualification": "MD, Cairo University",
            "qualification_ar": "دكتوراه، جامعة القاهرة",
            "licence": self.licence,
            "consultation_fee": self.fee,
            "room": self.room,
            "email": self.email,
            "phone": f"0100 555 0{int(self.room.split()[1]) + 300}",
        }


# The first one is the doctor among PEOPLE.
DOCTORS = (
    DemoDoctor("Dr Sara El-Masry", "د. سارة المصري", "Family medicine", "طب الأسرة", "FAM", "48213", "Room 3", "350", 1.3),
    DemoDoctor("Dr Karim Nabil", "د. كريم نبيل", "Cardiology", "أمراض القلب", "CARD", "51877", "Room 1", "500", 1.1),
    DemoDoctor("Dr Layla Mahmoud", "د. ليلى محمود", "Paediatrics", "طب الأطفال", "PAED", "50119", "Room 2", "350", 1.3),
    DemoDoctor("Dr Omar Shaker", "د. عمر شاكر", "Family medicine", "طب الأسرة", "FAM", "47302", "Room 4", "350", 1.2),
    DemoDoctor("Dr Nadine Aziz", "د. نادين عزيز", "Dermatology", "الأمراض الجلدية", "DERM", "52640", "Room 5", "400"),
    DemoDoctor("Dr Hossam Fahmy", "د. حسام فهمي", "Orthopaedics", "جراحة العظام", "ORTH", "46551", "Room 6", "450"),
    DemoDoctor("Dr Mervat Saleh", "د. ميرفت صالح", "Gynaecology and obstetrics", "أمراض النساء والتوليد", "GYN", "45098", "Room 7", "450"),
    DemoDoctor("Dr Ayman Lotfy", "د. أيمن لطفي", "Internal medicine", "الأمراض الباطنة", "INT", "44871", "Room 8", "400", 1.1),
    DemoDoctor("Dr Ghada Wahba", "د. غادة وهبة", "Ear, nose and throat", "الأنف والأذن والحنجرة", "ENT", "53317", "Room 9", "400", 0.9),
    DemoDoctor("Dr Peter Girgis", "د. بيتر جرجس", "Ophthalmology", "طب العيون", "EYE", "49940", "Room 10", "400", 0.8),
    DemoDoctor("Dr Rasha Anwar", "د. رشا أنور", "Neurology", "المخ والأعصاب", "NEUR", "51206", "Room 11", "500", 0.7),
    DemoDoctor("Dr Walid Mansour", "د. وليد منصور", "Urology", "المسالك البولية", "URO", "46012", "Room 12", "450", 0.7),
)  # fmt: skip
