"""The administrator's desk."""

from __future__ import annotations

from hmsdesk.tour.parts.everyone import Known
from hmsdesk.tour.stage import Hands


def see_figures(hands: Hands, _: Known) -> Known:
    """The day's figures followed by themselves what the others did."""
    hands.click("rail-home")
    hands.find("figure-taken")
    hands.see("Seen: ")
    return {}


def verify(hands: Hands, known: Known) -> Known:
    """Ctrl+K leads to the trail; every entry and every record is checked."""
    hands.find_page("Trail")
    hands.click("verify")
    hands.fill("Password", known["password"])
    hands.click("dialogYes")
    hands.see("The trail holds")
    return {}


PARTS = (see_figures, verify)
