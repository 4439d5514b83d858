"""What each person does, step by step, by keys and clicks. A part returns what later steps must know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt

from hmsdesk.tour.stage import Hands

Known = dict[str, Any]
CONTROL = Qt.KeyboardModifier.ControlModifier

PATIENT = "Mahmoud Ali Abdelrahman"
PATIENT_AR = "محمود علي عبد الرحمن"


def sign_in(hands: Hands, known: Known) -> Known:
    """Sign in, whatever role it is."""
    hands.see("Connected")
    hands.fill("E-mail", known["emails"][known["role"]])
    hands.fill("Password", known["password"])
    hands.press(Qt.Key.Key_Return)
    hands.find("frame")
    return {}


def register(hands: Hands, _: Known) -> Known:
    """Register a patient; the chart opens."""
    hands.click("rail-patients")
    hands.click("add")
    hands.fill("Full name", PATIENT)
    hands.fill("Name in Arabic", PATIENT_AR)
    hands.fill("Date of birth", "12 Mar 1968")
    hands.fill("Sex", "Male")
    hands.fill("Mobile phone", "0100 555 0112")
    hands.press(Qt.Key.Key_Return, CONTROL)
    hands.see("is registered")
    return {"patient": hands.place()[1]}


PARTS: dict[str, Callable[[Hands, Known], Known]] = {"sign_in": sign_in, "register": register}
