"""The shipped knowledge of medicines, read once from resources/medicines."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hmsdesk.models.medicine_knowledge import TABLES, Knowledge, read_tables

FOLDER = Path(__file__).parents[2] / "resources" / "medicines"


@cache
def knowledge() -> Knowledge:
    """The tables as they are shipped."""
    return read_tables({name: (FOLDER / f"{name}.csv").read_text(encoding="utf-8") for name in TABLES})


def coverage() -> str:
    """What was looked at and what never is, for the page that shows the checks."""
    known = knowledge()
    return (
        f"Checked against {known.number_of_ingredients} ingredients in {len(known.classes)} classes and "
        f"{len(known.interactions)} interactions. "
        "Not checked: excipients, food, medicines from elsewhere, doses, other illnesses, pregnancy, kidneys."
    )
