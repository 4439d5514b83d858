"""How the demo's days are told many times over: which copy happened when, with which doctors, to which patient."""

from __future__ import annotations

import random
from array import array
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, gcd

from bson import ObjectId

# So many visits a patient on the average; a few have most of them, and a third has none.
VISITS_A_PATIENT = 1.0
# The first of them comes so often.
FREQUENT = 1000
# So many copies of the demo's days lie behind one another, then further doctors work beside those that are there.
_MOST_PERIODS = 24
# Where among all that is loaded the ids of a kind lie.
_PATIENT, _LOT, _DOCTOR = 0xB0, 0xB1, 0xB2
# What a prime is needed for is not to share a factor with the number of visits.
_STEPS = (7919, 7927, 7933, 7937, 7949)


@dataclass(frozen=True)
class Plan:
    """patients: to be loaded. templates: visits of the demo. days: from one copy to the one before it, whole weeks."""

    patients: int
    templates: int
    days: int

    @property
    def copies(self) -> int:
        """How often the demo's days are told, whole."""
        wanted = max(self.patients * VISITS_A_PATIENT, 1.5 * FREQUENT)
        return ceil(wanted / self.templates)

    @property
    def visits(self) -> int:
        """How many there are in all."""
        return self.copies * self.templates

    @property
    def groups(self) -> int:
        """How many times the demo's doctors work side by side."""
        return ceil(self.copies / _MOST_PERIODS)

    def earlier(self, copy: int) -> timedelta:
        """How long before the demo's own days a copy happened. copy: from 0 on."""
        return timedelta(days=self.days * (copy // self.groups + 1))

    def group(self, copy: int) -> int:
        """Which doctors worked in it: 0 are the demo's own."""
        return copy % self.groups

    def order(self, copy: int) -> int:
        """Which it is in time, from 0 for the first on."""
        return self.copies - 1 - copy

    def told(self, visit: int) -> tuple[int, int]:
        """The copy and the template of one of all visits; those of one patient are spread over all."""
        step = next(one for one in _STEPS if gcd(one, self.visits) == 1)
        return divmod(visit * step % self.visits, self.templates)

    def patients_of(self) -> array[int]:
        """Whose each of all visits is, in the order of the patients."""
        chance = random.Random(3)
        rest = (int(self.patients * chance.random() ** 1.6) for _ in range(self.visits - FREQUENT))
        return array("l", sorted([*[0] * FREQUENT, *(max(one, 1) for one in rest)]))


def patient_id(number: int) -> ObjectId:
    """Of the n-th patient that is loaded."""
    return _id(_PATIENT, 0, number)


def lot_id(copy: int, number: int) -> ObjectId:
    """Of a lot in one copy."""
    return _id(_LOT, copy, number)


def doctor_id(group: int, number: int) -> ObjectId:
    """Of a doctor of a further group."""
    return _id(_DOCTOR, group, number)


def _id(kind: int, first: int, second: int) -> ObjectId:
    return ObjectId(f"5{kind:07x}{first:08x}{second:08x}")
