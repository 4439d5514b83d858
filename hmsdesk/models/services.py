"""A service the clinic offers and charges for (FHIR HealthcareService)."""

from typing import Any, ClassVar

from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.fields import CodeField, InUseField, MoneyField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.record import Listing, Order, Record


class Service(Record):
    """Something that can be booked or done, with its usual price."""

    meta: ClassVar[dict[str, Any]] = {"collection": "services"}

    name = TextField(verbose_name="Name", required=True, unique=True, max_length=80, width=0)
    name_ar = TextField(verbose_name="Name in Arabic", max_length=80, width=180)
    code = CodeField(
        verbose_name="Code", required=True, unique=True, max_length=12, width=100, help_text="Short, as on bills: ECG"
    )
    department = ReferenceField(
        verbose_name="Department",
        refers_to="departments",
        width=170,
        filter=True,
        help_text="Leave it empty if every department does it",
    )
    price = MoneyField(verbose_name="Price", required=True, width=120)
    minutes = WholeNumberField(verbose_name="Usual length", min_value=5, max_value=480, unit="min", width=110)
    active = InUseField("Stop offering", ("Offered", "Not offered"))

    LISTING: ClassVar[Listing] = Listing(
        noun="service",
        plural="services",
        title="name",
        subtitle="name_ar",
        apart=lambda row, locale: declared_fields(Service)["price"].show(row.get("price"), locale),
        search=("name", "name_ar", "code"),
        orders=(Order("name", "Name"), Order("code", "Code")),
    )
