"""The demo practice's patients: who they are, what they have, and how they fare."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from hmsdesk.controllers.demo.cases import CASES, Case
from hmsdesk.controllers.demo.names import ALLERGIES, FAMILIES, INSURERS, MEN, NEEDS, STREETS, WOMEN
from hmsdesk.models.patient_health import BLOOD_TYPES, PatientHealth, visit_marks
from hmsdesk.models.patients import Patient, identifier
from hmsdesk.models.row import Row

# What somebody with an allergy isn't given, by the medicines' keys.
_AVOIDED = {
    "Penicillin": ("amoxicillin", "amoxiclav-syrup"),
    "Ibuprofen": ("ibuprofen", "diclofenac-gel", "aspirin"),
    "Aspirin": ("aspirin", "ibuprofen", "diclofenac-gel"),
}
_CHILD = 13


@dataclass
class Person:
    """One patient. row: as registered. baseline: what their vital signs usually are."""

    row: Row
    born: date
    allergies: list[Row]
    baseline: dict[str, float]
    lasting: list[Case] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """As registered."""
        return str(self.row["name"])

    def age(self, day: date) -> int:
        """In whole years."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))

    def may_have(self, case: Case, day: date) -> bool:
        """Whether age and sex allow it."""
        first, last = case.ages
        return first <= self.age(day) <= last and case.sex in ("", self.row["gender"])

    def may_take(self, medicine: str) -> bool:
        """Whether no allergy is against it."""
        return all(medicine not in _AVOIDED.get(one["substance"], ()) for one in self.allergies)

    def see(self, day: date) -> None:
        """They were seen on a day."""
        self.seen.update(visit_marks(day))

    def health(self, chance: random.Random) -> Row:
        """Their clinical record, as it is kept at the end."""
        asked = chance.random() < 0.85
        known: Row = {"allergies": self.allergies, "no_known_allergies": False}
        if not self.allergies:
            known = {"no_known_allergies": asked}
        problems = {case.diagnosis: case for case in self.lasting}
        since = {name: str(chance.randrange(2012, 2026)) for name in problems}
        known["conditions"] = [{"name": name, "status": "active", "since": since[name]} for name in problems]
        if chance.random() < 0.4:
            known["blood_type"] = chance.choice(BLOOD_TYPES)[0]
        name = {key: self.row["find"][key] for key in ("words", "edges", "name")}
        return known | {"find": PatientHealth.derived(known) | name | {"visit_days": sorted(self.seen)}}


def persons(chance: random.Random, prefix: str, number: int, first: datetime, last: datetime) -> list[Person]:
    """So many patients in the order in which they were registered, from the first moment to the last."""
    moments = sorted(first + (last - first) * chance.random() for _ in range(number))
    return [
        _person(chance, prefix, serial, issued, at)
        for (serial, issued), at in zip(_identifiers(prefix), moments, strict=False)
    ]


def _national_id(born: date, serial: int) -> str:
    """A number in the form of an Egyptian identity card's: century and day of birth, Giza, a serial, a last digit."""
    century = 3 if born.year >= 2000 else 2
    return f"{century}{born:%y%m%d}21{serial % 10_000:04}{serial % 10}"


def _identifiers(prefix: str) -> Iterator[tuple[int, str]]:
    return ((serial, issued) for serial in count(1) if (issued := identifier(prefix, serial)))


def _person(chance: random.Random, prefix: str, serial: int, issued: str, at: datetime) -> Person:
    gender, firsts = chance.choice((("male", MEN), ("female", WOMEN)))
    parts = [chance.choice(firsts), chance.choice(MEN), chance.choice(FAMILIES)]
    # Half of a family clinic's patients are between twenty and sixty.
    days = int(chance.triangular(20, 33000, 11000))
    born = (at - timedelta(days=days)).date()
    values: dict[str, Any] = {
        "name": " ".join(part[0] for part in parts),
        "gender": gender,
        "birth_date": born.isoformat() if chance.random() < 0.93 else str(born.year),
        "birth_estimated": False,
        "address": f"{chance.randrange(1, 90)} {chance.choice(STREETS)}, Dokki, Giza",
        "phone": f"+201{chance.choice('0125')}{chance.randrange(10**8):08}",
        "active": True,
    }
    if chance.random() < 0.8:
        values["name_ar"] = " ".join(part[1] for part in parts)
    if days < _CHILD * 365:
        values["phone_of"] = chance.choice(("mother", "father"))
    else:
        values["national_id"] = _national_id(born, serial)
    if chance.random() < 0.03:
        values["alerts"] = chance.choice(NEEDS)
    if chance.random() < 0.3:
        insurer, letters, percent = chance.choice(INSURERS)
        policy = f"{letters}-{chance.randrange(10**6):06}"
        values |= {"insurer": insurer, "policy": policy, "insurance_percent": percent}
    find = Patient.derived(values | {"identifier": issued}) | {"prefix": prefix, "serial": serial}
    row = values | {"identifier": issued, "find": find, "registered_at": at}
    return Person(row, born, _allergies(chance), _baseline(chance, days), _lasting(chance, days, gender))


def _allergies(chance: random.Random) -> list[Row]:
    if chance.random() > 0.12:
        return []
    substance, reaction, criticality = chance.choice(ALLERGIES)
    since = str(chance.randrange(2005, 2025))
    return [{"substance": substance, "reaction": reaction, "criticality": criticality, "since": since}]


def _baseline(chance: random.Random, days: int) -> dict[str, float]:
    """Usual values for an age: a child grows, an adult's pressure rises with the years."""
    years = days / 365
    grown = years >= 18
    height = chance.gauss(168, 8) if grown else min(168, 52 + 25 * min(years, 1) + 6.2 * max(0, years - 1))
    weight = chance.gauss(78, 12) if grown else 3.6 + 6 * min(years, 1) + 2.6 * max(0, years - 1)
    systolic = chance.gauss(112 + years * 0.28, 8) if grown else 88 + years * 1.6
    return {
        "systolic": systolic,
        "diastolic": systolic * 0.63,
        "heart_rate": chance.gauss(74, 6) if grown else 118 - years * 2.6,
        "respiratory_rate": 15 if grown else 30 - years * 0.9,
        "weight": max(3.5, weight),
        "height": height,
    }


def _lasting(chance: random.Random, days: int, gender: str) -> list[Case]:
    """What they had before: the older, the more."""
    years = days // 365
    fitting = [
        case for case in CASES if case.lasting and case.ages[0] <= years <= case.ages[1] and case.sex in ("", gender)
    ]
    wanted = chance.choices((0, 1, 2, 3), (max(1, 80 - years), years, years // 2, years // 5))[0]
    return chance.sample(fitting, min(wanted, len(fitting)))
