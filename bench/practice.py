"""A practice on an embedded server of the run's own: a copy of one that was filled before, as big as is asked for."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from bson import ObjectId

from bench import filling
from hmsdesk.controllers import demo
from hmsdesk.controllers.accounts import owner_bundle
from hmsdesk.controllers.demo.people import DOCTORS
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database import provision
from hmsdesk.database.session import Session
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings

Row = dict[str, Any]
KEPT = Path("build/bench")
_STAMP = "stamp"
# Below so many patients the demo that is told many times over is a small one, which is made in seconds.
_BIG = 20_000
_EMAILS = {role: email for role, _, email in reversed(demo.PEOPLE)}


class Practice:
    """A practice in a folder. Sessions are signed in when they are first asked for; bare PyMongo uses their clients.

    frequent: a patient with 1,000 visits. regular: one who comes as others do.
    """

    frequent: ObjectId = filling.frequent()
    regular: ObjectId = filling.regular()

    def __init__(self, home: Path, patience_s: float = 10) -> None:
        """patience_s: how long a question may take."""
        self.home = home
        self.workplace = Workplace(Settings(home=home, argon2_mib=64, server_timeout_s=patience_s))
        self._sessions: dict[str, Session] = {}

    @cached_property
    def door(self) -> Door:
        """Through which one signs in."""
        return self.workplace.door()

    def session(self, role: Role) -> Session:
        """The first person's who has the role, the same one each time."""
        return self.signed_in(_EMAILS[role])

    def signed_in(self, email: str) -> Session:
        """A person's, the same one each time."""
        if email not in self._sessions:
            self._sessions[email] = self.door.sign_in(email, demo.PASSWORD)
        return self._sessions[email]

    @property
    def administrator(self) -> Session:
        """An owner's."""
        return self.session(Role.ADMINISTRATOR)

    @property
    def doctor(self) -> Session:
        """Of the doctor who has most visits."""
        return self.session(Role.DOCTOR)

    @property
    def nurse(self) -> Session:
        return self.session(Role.NURSE)

    @property
    def receptionist(self) -> Session:
        """Who registers, books and takes money."""
        return self.session(Role.RECEPTIONIST)

    @property
    def cashier(self) -> Session:
        """The second receptionist, whose drawers all loaded payments lie in."""
        return self.signed_in(demo.CASHIER)

    @property
    def pharmacist(self) -> Session:
        return self.session(Role.PHARMACIST)

    def everybody(self) -> tuple[Session, ...]:
        """A session of each kind of work; of those who may do the same, the one with most to read comes first."""
        return self.doctor, self.receptionist, self.pharmacist, self.administrator, self.nurse

    def close(self) -> None:
        """Sign everybody out and stop the server."""
        for session in self._sessions.values():
            session.close()
        self.workplace.close()


@contextmanager
def practice(patients: int) -> Iterator[Practice]:
    """A practice with so many patients, to be changed at will: the one that is kept stays as it was made."""
    kept = _kept(patients)
    with tempfile.TemporaryDirectory(prefix="hmsdesk-bench-") as scratch:
        home = Path(scratch) / "home"
        shutil.copytree(kept / "home", home, copy_function=_copied)
        opened = Practice(home)
        try:
            yield opened
        finally:
            opened.close()


def _copied(source: str, target: str) -> None:
    """Copy a file down to the disk, and leave the memory free: of a million patients it would be full of the copy, and
    the machine busy with making room for a minute or two.
    """
    shutil.copy2(source, target)
    for each in (source, target):
        with Path(each).open("r+b") as file:
            os.fsync(file.fileno())
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _kept(patients: int) -> Path:
    """The folder of a practice with so many patients, made of today's declarations; made now if there is none."""
    folder, stamp = KEPT / str(patients), _declared()
    if (folder / _STAMP).exists() and (folder / _STAMP).read_text("utf-8") == stamp:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "home").mkdir(parents=True)
    began = perf_counter()
    made = Practice((folder / "home").resolve())
    try:
        told = fill(made, patients)
    finally:
        made.close()
    (folder / _STAMP).write_text(stamp, "utf-8")
    print(f"filled with {patients:,} patients and {told:,} visits in {perf_counter() - began:.0f} s", flush=True)
    return folder


def _declared() -> str:
    """What a kept practice is made of: the day, for its "today" is that day; the declarations; and how it is filled."""
    files = sorted([*Path(filling.__file__).parent.glob("*.py"), Path(__file__)])
    loader = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"{datetime.now(UTC).date()} {provision.declared()} {loader}"


def access(made: Practice) -> filling.Access:
    """The practice's database for its owner, past the program."""
    bundle = owner_bundle(made.door.open_again(made.administrator, demo.PASSWORD))
    return filling.Access(made.door.address, bundle.user, bundle.password, made.door.profile.database)


def fill(made: Practice, patients: int, processes: int = 0) -> int:
    """Found the practice and fill it; how many visits it has. processes: see filling.fill."""
    big = patients >= _BIG
    size = demo.Size(1500, 1, 119, len(DOCTORS)) if big else demo.Size(min(100, patients // 2), 1, 20, 3)
    demo.make(made.workplace, size)
    doctors = [made.signed_in(doctor.email) for doctor in DOCTORS[: size.doctors]]
    keys = {one.identity.person: bytes(one.keys.signing_key) for one in doctors}
    author, cashier = made.receptionist.identity.person, made.cashier.identity.person
    plan = filling.fill(
        access(made), made.receptionist.locale, keys, author=author, cashier=cashier,
        patients=patients - size.patients, now=made.receptionist.now(), processes=processes,
    )  # fmt: skip
    return plan.visits
