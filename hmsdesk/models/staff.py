"""A member of staff (FHIR Practitioner with its PractitionerRole)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from hmsdesk.models.emails import EmailAddressField
from hmsdesk.models.fields import ChoiceField, CodeField, InUseField, MoneyField, ReferenceField, TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.record import Listing, Order, Record

DOCTOR = "doctor"
PROFESSIONS = (
    (DOCTOR, "Doctor"),
    ("nurse", "Nurse"),
    ("pharmacist", "Pharmacist"),
    ("laboratory", "Laboratory technician"),
    ("receptionist", "Receptionist"),
    ("other", "Other"),
)


def placed(row: Mapping[str, Any], _: Locale) -> str:
    """Nurse, Family medicine: what tells two of the same name apart."""
    parts = (dict(PROFESSIONS).get(row.get("profession", ""), ""), row.get("department:title"))
    return ", ".join(str(part) for part in parts if part)


class StaffMember(Record):
    """Somebody who works here. An account refers to it once its person is to sign in."""

    meta: ClassVar[dict[str, Any]] = {"collection": "staff"}

    name = TextField(verbose_name="Name", required=True, max_length=120, width=0)
    name_ar = TextField(verbose_name="Name in Arabic", max_length=120)
    profession = ChoiceField(verbose_name="Profession", choices=PROFESSIONS, required=True, width=160, filter=True)
    department = ReferenceField(verbose_name="Department", refers_to="departments", width=170, filter=True)
    specialty = TextField(verbose_name="Specialty", max_length=80, group="Specialty and fee", help_text="Of a doctor")
    specialty_ar = TextField(verbose_name="Specialty in Arabic", max_length=80, group="Specialty and fee")
    qualification = TextField(
        verbose_name="Qualification",
        max_length=120,
        group="Specialty and fee",
        help_text="As on prescriptions: MD, Cairo University",
    )
    qualification_ar = TextField(verbose_name="Qualification in Arabic", max_length=120, group="Specialty and fee")
    licence = CodeField(verbose_name="Licence number", unique=True, max_length=30, group="Specialty and fee")
    consultation_fee = MoneyField(
        verbose_name="Consultation fee",
        width=172,
        group="Specialty and fee",
        help_text="Of a doctor. Empty: the price of the service with the code CONS",
    )
    phone = PhoneField(verbose_name="Phone", width=140, group="How to reach")
    email = EmailAddressField(verbose_name="E-mail", group="How to reach")
    room = TextField(verbose_name="Room", max_length=40, width=90, group="How to reach")
    active = InUseField("Mark as left", ("Works here", "No longer here"))

    LISTING: ClassVar[Listing] = Listing(
        noun="member of staff",
        plural="staff",
        title="name",
        subtitle="name_ar",
        search=("name", "name_ar", "specialty", "phone", "licence", "email"),
        orders=(Order("name", "Name"), Order("created_at", "Added")),
        apart=placed,
    )
