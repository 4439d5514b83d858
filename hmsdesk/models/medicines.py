"""A medicine the clinic prescribes and hands out (FHIR Medication)."""

from typing import Any, ClassVar

from hmsdesk.models.fields import ChoiceField, InUseField, TextField
from hmsdesk.models.record import Listing, Order, Record

# The unit a quantity is counted in: (code, one, several).
UNITS = {
    "tablet": ("tablet", "tablets"),
    "capsule": ("capsule", "capsules"),
    "bottle": ("bottle", "bottles"),
    "tube": ("tube", "tubes"),
    "inhaler": ("inhaler", "inhalers"),
    "ampoule": ("ampoule", "ampoules"),
    "sachet": ("sachet", "sachets"),
    "pen": ("pen", "pens"),
    "suppository": ("suppository", "suppositories"),
}


class Medicine(Record):
    """One product in one strength and form."""

    meta: ClassVar[dict[str, Any]] = {"collection": "medicines"}

    name = TextField(
        verbose_name="Name", required=True, unique=True, max_length=120, width=0, help_text="With strength and form"
    )
    name_ar = TextField(verbose_name="Name in Arabic", max_length=120)
    ingredient = TextField(verbose_name="Active ingredient", required=True, max_length=120, width=180)
    unit = ChoiceField(
        verbose_name="Counted in",
        choices=tuple((code, several.capitalize()) for code, (_, several) in UNITS.items()),
        required=True,
        width=110,
        filter=True,
    )
    active = InUseField()

    LISTING: ClassVar[Listing] = Listing(
        noun="medicine",
        plural="medicines",
        title="name",
        subtitle="name_ar",
        search=("name", "name_ar", "ingredient"),
        orders=(Order("name", "Name"), Order("ingredient", "Ingredient")),
    )


def counted(quantity: int, unit: str) -> str:
    """60 tablets, 1 bottle."""
    one, several = UNITS[unit]
    return f"{quantity:,} {one if quantity == 1 else several}"
