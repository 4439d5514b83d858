"""The day of a doctor who does everything: who is next, the whole board, what is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hmsdesk.views.home.doctor import DoctorHome
from hmsdesk.views.home.lanes import DONE, TO_PAY, VITALS, WAITING, WITH_DOCTOR, Lane


class SoloHome(DoctorHome):
    """The doctor's home with the desk's lanes."""

    LANES: ClassVar[Sequence[Lane]] = (WAITING, VITALS, WITH_DOCTOR, TO_PAY, DONE)
