"""A practice on an embedded server of the run's own, filled past the program where that is only a matter of time."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

from bson import ObjectId

from hmsdesk.controllers import demo
from hmsdesk.controllers.demo.names import FAMILIES, MEN, WOMEN
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.session import Session
from hmsdesk.models.patients import Patient, identifier
from hmsdesk.settings import Settings

Row = dict[str, Any]
_BATCH = 5000


@dataclass
class Practice:
    """administrator and receptionist are signed in; bare PyMongo uses their clients."""

    door: Door
    administrator: Session
    receptionist: Session


@contextmanager
def practice(patients: int) -> Iterator[Practice]:
    """A demo practice with so many patients."""
    with tempfile.TemporaryDirectory(prefix="hmsdesk-bench-") as scratch:
        workplace = Workplace(Settings(home=Path(scratch) / "home", argon2_mib=64))
        demo.make(workplace, demo.Size(patients=4, ahead=1, behind=0, doctors=1))
        door = workplace.door()
        sessions = [door.sign_in(email, demo.PASSWORD) for _, _, email in (demo.PEOPLE[0], demo.PEOPLE[3])]
        _load(sessions[1], patients)
        try:
            yield Practice(door, *sessions)
        finally:
            for session in sessions:
                session.close()
            workplace.close()


def _load(session: Session, patients: int) -> None:
    collection = session.server.database.patients
    rows = islice(_rows(session), patients)
    while batch := list(islice(rows, _BATCH)):
        collection.insert_many(batch, ordered=False)


def _rows(session: Session) -> Iterator[Row]:
    chance = random.Random(1)
    for serial in count(1):
        issued = identifier("ZZ", serial)
        if issued:
            yield _row(session, chance, issued, serial)


def _row(session: Session, chance: random.Random, issued: str, serial: int) -> Row:
    first = chance.choice(MEN + WOMEN)
    parts = [first, chance.choice(MEN), chance.choice(FAMILIES)]
    values = {
        "name": " ".join(part[0] for part in parts) + f" {serial % 97}",
        "name_ar": " ".join(part[1] for part in parts),
        "birth_date": f"{chance.randrange(1930, 2025)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 28):02}",
        "gender": chance.choice(("male", "female")),
        "phone": f"010{serial:08}",
    }
    row = Patient.build(values, session.locale) | {"identifier": issued}
    row["find"] = Patient.derived(row) | {"prefix": "ZZ", "serial": serial}
    stamps = {"created_at": datetime.now(UTC), "created_by": session.identity.person}
    return {"_id": ObjectId(), "version": 1} | row | stamps
