"""What is known of allergies, in words. It needs no library: the first window is painted before there is one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class AllergyState(StrEnum):
    """What is known of somebody's allergies. That none are known was asked; not recorded means that nobody did."""

    RECORDED = "recorded"
    NONE_KNOWN = "none-known"
    NOT_RECORDED = "not-recorded"
    HIDDEN = "hidden"


ALLERGY_WORDS = {
    AllergyState.RECORDED: "Recorded",
    AllergyState.NONE_KNOWN: "None known",
    AllergyState.NOT_RECORDED: "Not recorded",
    AllergyState.HIDDEN: "Not shown here",
}


def allergy_state(health: Mapping[str, Any] | None) -> AllergyState:
    """What is known of allergies; health is None where the role may not know it."""
    if health is None:
        return AllergyState.HIDDEN
    if health.get("allergies"):
        return AllergyState.RECORDED
    return AllergyState.NONE_KNOWN if health.get("no_known_allergies") else AllergyState.NOT_RECORDED
