"""What controllers do with what somebody typed: how each is begun anew, what is right for it, and what may be typed.

The deeds themselves are in deeds_of_the_desk and deeds_of_care. Keeping records needs none: there the declarations say
what may be typed. Which functions there are is read off the modules in tests/controllers/test_any_input.py, so that
none is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st

from hmsdesk.models.appointments import Appointment
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import Role
from tests.billing import Billing
from tests.bookings import doctor_of
from tests.consulting import Consulting
from tests.prescribing import Prescribing
from tests.typing_anything import ANYTHING, Strategy, typed

Begin = Callable[["World"], Callable[..., Any]]


class World:
    """A practice in which all of it can be done."""

    def __init__(self, clinic: Any) -> None:
        self.clinic = clinic
        self.administrator = clinic.administrator
        self.reception = clinic.session(Role.RECEPTIONIST)
        self.nurse = clinic.session(Role.NURSE)
        self.practice = Prescribing(clinic)
        self.pharmacist = self.practice.pharmacist
        self.consulting = Consulting(clinic)
        self.doctor = self.consulting.doctor
        self.billing = Billing(clinic)
        self.patient = self.consulting.patient()
        self.receiving = doctor_of(clinic, patient_limit=200)
        self._taken = 0

    def free_time(self) -> datetime:
        """A start that nobody else has."""
        self._taken += 1
        days, slot = divmod(self._taken, 8)
        today = datetime.now(UTC).replace(hour=7, minute=0, second=0, microsecond=0)
        return today + timedelta(days=20 + days, minutes=20 * slot)


@dataclass(frozen=True)
class Deed:
    """One thing that is done with what was typed.

    begin: makes what must be there, and gives what does it, by the names of what is typed. right: that with nothing
    wrong in it. may_be: what may be typed for each. also: the names of other fields at which something may be told.
    reads: nothing is to be written by it, but that it was opened.
    """

    begin: Begin
    right: Callable[[World], Row]
    may_be: Mapping[str, Strategy]
    also: tuple[str, ...]
    reads: bool


DEEDS: dict[str, Deed] = {}


def deed(
    name: str,
    right: Callable[[World], Row] | Row,
    may_be: Mapping[str, Strategy],
    *,
    also: tuple[str, ...] = (),
    reads: bool = False,
) -> Callable[[Begin], Begin]:
    """Enters what follows under the name of the function that it tries."""

    def enter(begin: Begin) -> Begin:
        DEEDS[name] = Deed(begin, right if callable(right) else lambda _: dict(right), may_be, also, reads)
        return begin

    return enter


def of(record: Any, *names: str, **others: str) -> dict[str, Strategy]:
    """What may be typed into fields of a record. others: by the name that the field has here."""
    named = dict(zip(names, names, strict=True)) | others
    return {here: typed(getattr(record, there)) for here, there in named.items()}


IDS = st.one_of(st.sampled_from([ObjectId(), str(ObjectId()), "", None]), ANYTHING)
DAYS = st.one_of(st.dates(), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
MOMENTS = typed(Appointment.start)
NUMBERS = st.one_of(st.integers(-5, 10**7), ANYTHING)
