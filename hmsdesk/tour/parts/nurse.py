"""The vital signs: at the nurse's desk, or by a doctor without a nurse."""

from __future__ import annotations

from PySide6.QtCore import Qt

from hmsdesk.tour.parts.everyone import CONTROL, ENTER, PATIENT, Known
from hmsdesk.tour.stage import Hands

# Pressure, pulse, temperature, breathing, oxygen, weight, height: in the order of the form.
UNUSUAL = "41.9"
BEFORE, AFTER = ("148", "92", "96"), ("18", "97", "82.5", "174")


def hear_of_arrival(hands: Hands, _: Known) -> Known:
    """The card came by itself, and F8 lists it among what is new."""
    hands.see_row(PATIENT, "cards-needs-vitals")
    hands.press(Qt.Key.Key_F8)
    hands.see_row(PATIENT, "noticeList")
    return {}


def measure(hands: Hands, _: Known) -> Known:
    """Enter on the card, and each value with Enter; an unusual one is asked about."""
    hands.leave_dialog()
    hands.enter_at("cards-needs-vitals", PATIENT)
    hands.labelled("Systolic pressure")
    hands.type_on(*BEFORE, UNUSUAL)
    hands.find("confirm-temperature")
    return {}


def correct(hands: Hands, _: Known) -> Known:
    """Shift+Tab leads back to it: the right value, the others, Ctrl+Enter."""
    hands.press(Qt.Key.Key_Backtab)
    hands.type_on("38.6", *AFTER)
    hands.press(ENTER, CONTROL)
    hands.see("are saved")
    return {}


def measure_in_visit(hands: Hands, _: Known) -> Known:
    """A doctor without a nurse measures in the visit, with Ctrl+M."""
    hands.find("visitVitals")
    hands.press(Qt.Key.Key_M, CONTROL)
    hands.labelled("Systolic pressure")
    hands.type_on(*BEFORE, "38.6", *AFTER)
    hands.press(ENTER, CONTROL)
    hands.see("are saved")
    hands.find("visitClose")
    return {}


PARTS = (hear_of_arrival, measure, correct, measure_in_visit)
