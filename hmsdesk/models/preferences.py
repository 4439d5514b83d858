"""What a practice has decided about its ways: limits, warnings and paper. One record, the same for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from bson import ObjectId

from hmsdesk.models.fields import ChoiceField, WholeNumberField, YesNoField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.server_rules import Rule, ordered

# There is only one.
THE_ONE = ObjectId("0" * 23 + "1")
PAPERS = (("A5", "A5"), ("A4", "A4"))
LANGUAGES = (("en", "English"), ("ar", "Arabic"))


class Preferences(Record):
    """How the clinic works. What nobody has decided is as it is declared here."""

    meta: ClassVar[dict[str, Any]] = {"collection": "preferences"}

    waiting_long = WholeNumberField(
        verbose_name="Waiting is long after",
        min_value=1,
        max_value=600,
        unit="min",
        required=True,
        default=20,
        group="Waiting",
        help_text="In one status: waiting, vitals, with the doctor or to pay",
    )
    waiting_too_long = WholeNumberField(
        verbose_name="Waiting is too long after",
        min_value=1,
        max_value=600,
        unit="min",
        required=True,
        default=40,
        group="Waiting",
    )
    near_expiry_days = WholeNumberField(
        verbose_name="Warn of expiry",
        min_value=1,
        max_value=720,
        unit="days before",
        required=True,
        default=90,
        group="Dispensary",
    )
    label_language = ChoiceField(
        verbose_name="Language of labels", choices=LANGUAGES, required=True, default="en", group="Dispensary"
    )
    itemised_bills = YesNoField(
        ("Medicines are named", "One line for all medicines"),
        verbose_name="Bills name medicines",
        required=True,
        default=False,
        group="Bills",
        help_text="A bill that names medicines tells others what the patient has",
    )
    paper = ChoiceField(
        verbose_name="Prescriptions are printed on", choices=PAPERS, required=True, default="A5", group="Prescriptions"
    )
    substitution = YesNoField(
        ("Usually allowed", "Usually not allowed"),
        verbose_name="Substitution by an equal product",
        required=True,
        default=True,
        group="Prescriptions",
        help_text="What a line of a prescription begins with; the doctor changes it",
    )

    LISTING: ClassVar[Listing] = Listing(
        noun="preferences",
        plural="preferences",
        adding="",
        title="paper",
        search=(),
        orders=(Order("created_at", "Made"),),
    )

    @classmethod
    def title_of(cls, row: Mapping[str, Any]) -> str:
        """There is only one."""
        return "How the clinic works"

    HELD: ClassVar[tuple[Rule, ...]] = (ordered("waiting_long", "waiting_too_long", apart=True),)

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """Too long comes after long."""
        if values["waiting_too_long"] <= values["waiting_long"]:
            return {"waiting_too_long": "It must be more than what is long."}
        return {}
