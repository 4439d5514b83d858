"""A department: where an encounter takes place and a practitioner works (FHIR Organization, type dept)."""

from typing import Any, ClassVar

from hmsdesk.models.fields import CodeField, InUseField, TextField
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.record import Listing, Order, Record


class Department(Record):
    """A specialty's part of the clinic, such as cardiology."""

    meta: ClassVar[dict[str, Any]] = {"collection": "departments"}

    name = TextField(verbose_name="Name", required=True, unique=True, max_length=80, width=0)
    name_ar = TextField(verbose_name="Name in Arabic", max_length=80, width=180)
    code = CodeField(
        verbose_name="Code",
        required=True,
        unique=True,
        max_length=8,
        width=90,
        help_text="Short, as on doors and labels: CARD",
    )
    specialty = TextField(verbose_name="Specialty", max_length=80, width=180)
    floor = TextField(verbose_name="Floor or wing", max_length=40, width=130, group="Where it is")
    phone = PhoneField(verbose_name="Phone", width=140, group="Where it is")
    description = TextField(verbose_name="What it does", multiline=True, max_length=1000, group="For patients")
    active = InUseField()

    LISTING: ClassVar[Listing] = Listing(
        noun="department",
        plural="departments",
        title="name",
        subtitle="name_ar",
        search=("name", "name_ar", "code", "specialty", "phone"),
        orders=(Order("name", "Name"), Order("code", "Code")),
    )
