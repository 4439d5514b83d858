"""What each person does, a part for each step, by keys, clicks and scans. A part returns what later ones must know."""

from __future__ import annotations

from hmsdesk.tour.parts import administrator, cash_desk, dispensary, doctor, everyone, nurse, reception
from hmsdesk.tour.parts.everyone import Part

_ROOMS = (everyone, reception, nurse, doctor, dispensary, cash_desk, administrator)
PARTS: dict[str, Part] = {part.__name__: part for room in _ROOMS for part in room.PARTS}
