"""What everybody does, and what the parts of all of them know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt

from hmsdesk.tour.stage import Hands

Known = dict[str, Any]
Part = Callable[[Hands, Known], Known]

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ENTER = Qt.Key.Key_Return

PATIENT = "Mahmoud Ali Abdelrahman"
PATIENT_AR = "محمود علي عبد الرحمن"
WALKED_IN = "Salma Hany Ezzat"
DOCTOR = "Dr Sara El-Masry"


def sign_in(hands: Hands, known: Known) -> Known:
    """Sign in, whatever role it is."""
    hands.see("Connected")
    hands.fill("E-mail", known["emails"][known["who"]])
    hands.fill("Password", known["password"])
    hands.press(ENTER)
    hands.find("frame")
    return {}


PARTS = (sign_in,)
