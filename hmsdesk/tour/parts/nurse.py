"""The vital signs: at the nurse's desk, or by a doctor without a nurse."""

from __future__ import annotations

from PySide6.QtCore import Qt

from hmsdesk.tour.parts.everyone import CONTROL, ENTER, PATIENT, Known
from hmsdesk.tour.stage import Hands

# Pressure, pulse, temperature, breathing, oxygen, weight, height: in the order of the form.
MEASURED = ("148", "92", "96", "38.6", "18", "97", "82.5", "174")
MISREAD = "41.9"


def hear_of_arrival(hands: Hands, _: Known) -> Known:
    """The card came by itself, and F8 lists it among what is new."""
    hands.see_row(PATIENT, "cards-needs-vitals")
    hands.press(Qt.Key.Key_F8)
    hands.see_row(PATIENT, "noticeList")
    return {}


def measure(hands: Hands, _: Known) -> Known:
    """Enter on the card, and each value with Enter; before it is saved an unusual one is asked about."""
    hands.leave_dialog()
    hands.enter_at("cards-needs-vitals", PATIENT)
    hands.labelled("Systolic pressure")
    hands.type_on(*MEASURED[:3], MISREAD, *MEASURED[4:])
    hands.press(ENTER, CONTROL)
    hands.find("confirm-temperature")
    return {}


def correct(hands: Hands, _: Known) -> Known:
    """A number typed at the question takes the value's place; Ctrl+Enter saves."""
    hands.keys(MEASURED[3])
    hands.press(ENTER, CONTROL)
    hands.see("are saved")
    return {}


def measure_in_visit(hands: Hands, _: Known) -> Known:
    """A doctor without a nurse measures in the visit, with Ctrl+M."""
    hands.find("visitVitals")
    hands.press(Qt.Key.Key_M, CONTROL)
    hands.labelled("Systolic pressure")
    hands.type_on(*MEASURED)
    hands.press(ENTER, CONTROL)
    hands.see("are saved")
    hands.find("visitClose")
    return {}


PARTS = (hear_of_arrival, measure, correct, measure_in_visit)
