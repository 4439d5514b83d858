"""A medicine the clinic prescribes and hands out (FHIR Medication)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pymongo import IndexModel

from hmsdesk.models.fields import ChoiceField, InUseField, MoneyField, TextField, WholeNumberField, WordsField
from hmsdesk.models.record import Cell, Listing, Order, Record
from hmsdesk.models.text import fold

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
# What a medicine is made as. One of another form isn't given in its place: a tablet that releases slowly is no tablet.
FORMS = (
    ("tablet", "Tablet"),
    ("slow tablet", "Tablet, slow release"),
    ("chewable", "Tablet, chewable or effervescent"),
    ("capsule", "Capsule"),
    ("slow capsule", "Capsule, slow release"),
    ("syrup", "Syrup or suspension"),
    ("drops", "Drops"),
    ("powder", "Powder or granules"),
    ("cream", "Cream"),
    ("ointment", "Ointment"),
    ("gel", "Gel"),
    ("inhaler", "Inhaler"),
    ("spray", "Spray"),
    ("solution", "Solution"),
    ("injection", "Injection"),
    ("pen", "Pen"),
    ("suppository", "Suppository"),
)


class IngredientField(TextField):
    """What a medicine is made of, in whatever words: what the checks find out depends on their understanding it."""


def in_stock(medicine: Mapping[str, Any]) -> str:
    """What is left of a medicine, as its list was told; empty where it wasn't."""
    return f"{medicine['stock']:,}" if "stock" in medicine else ""


def stock_status(medicine: Mapping[str, Any]) -> str:
    """The status of a medicine that runs low, or of which nothing is left; empty for any other."""
    if "stock" not in medicine or medicine.get("active") is False:
        return ""
    low = "reorder_level" in medicine and medicine["stock"] <= medicine["reorder_level"]
    return ("low-stock" if medicine["stock"] else "out-of-stock") if low else ""


class Medicine(Record):
    """One product in one strength and form."""

    meta: ClassVar[dict[str, Any]] = {"collection": "medicines"}

    name = TextField(
        verbose_name="Name", required=True, unique=True, max_length=120, width=0, help_text="With strength and form"
    )
    name_ar = TextField(verbose_name="Name in Arabic", max_length=120)
    ingredient = IngredientField(verbose_name="Active ingredient", required=True, max_length=120, width=180)
    unit = ChoiceField(
        verbose_name="Counted in",
        choices=tuple((code, several.capitalize()) for code, (_, several) in UNITS.items()),
        required=True,
        width=110,
        filter=True,
    )
    strength = TextField(
        verbose_name="Strength",
        max_length=40,
        group="Given in its place",
        help_text="500 mg, 5 mg/ml. Products of one ingredient, strength and form can be given for one another",
    )
    form = ChoiceField(verbose_name="Form", choices=FORMS, group="Given in its place")
    price = MoneyField(
        verbose_name="Price", width=110, group="Dispensary", help_text="Of one of what it is counted in: one tablet"
    )
    reorder_level = WholeNumberField(
        verbose_name="Reorder at",
        group="Dispensary",
        width=130,
        help_text="It counts as low when so many are left; what has expired isn't counted",
    )
    advice = WordsField(
        verbose_name="Said when it is handed out",
        max_length=120,
        max_words=8,
        group="Dispensary",
        help_text="Ready phrases: Take it with food",
    )
    active = InUseField()

    LISTING: ClassVar[Listing] = Listing(
        noun="medicine",
        plural="medicines",
        title="name",
        subtitle="name_ar",
        search=("name", "name_ar", "ingredient"),
        orders=(Order("name", "Name"), Order("ingredient", "Ingredient")),
        # What is left is what the level is about.
        cells={"reorder_level": Cell("In stock", lambda row, _: in_stock(row), stock_status)},
        file=("reorder_level",),
        indexes=(
            IndexModel(
                [("reorder_level", 1)],
                name="has a reorder level",
                partialFilterExpression={"reorder_level": {"$exists": True}},
            ),
        ),
    )


def interchangeable(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether one product may stand for another: the same ingredient, strength, form, and unit it is counted in.

    Never where a strength or form isn't recorded: nobody knows then.
    """
    return "" not in _made(one) and _made(one) == _made(other)


def _made(medicine: Mapping[str, Any]) -> tuple[str, ...]:
    named = ("ingredient", "strength", "form", "unit")
    return tuple(fold(str(medicine.get(name) or "")).replace(" ", "") for name in named)


def counted(quantity: int, unit: str) -> str:
    """60 tablets, 1 bottle."""
    one, several = UNITS[unit]
    return f"{quantity:,} {one if quantity == 1 else several}"
