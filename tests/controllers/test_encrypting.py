"""A practice from before, all in the clear, is encrypted; keys are replaced; whatever breaks off goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import bson
import pytest
from bson import ObjectId

from hmsdesk.controllers import encrypting, renewal
from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.encrypting import encrypt, holds_clear, rotate, status
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.standing import Standing, standing
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.database import provision, resealing
from hmsdesk.database.field_cipher import is_sealed
from hmsdesk.errors import Stopped, UserError
from hmsdesk.models.declaration import UNREADABLE
from hmsdesk.models.registry import encrypted
from hmsdesk.models.watch import Watch
from hmsdesk.security.keyrings import VAULT
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD, Clinic
from tests.factories import operation
from tests.waiting import until

SECRET = "Wq8ZtNc5RmXb"


def as_before(clinic: Clinic) -> None:
    """As a program that knew of no encryption would have founded it."""
    with clinic.past_the_program() as database:
        known = database.practice.find_one()
        database.practice.update_one({}, {"$unset": {"keyring": "", "encrypted": ""}, "$set": {"provisioned": {}}})
        database[VAULT].delete_many({})
        for name in encrypted():
            (record,) = (one for one in provision.RECORDS if one.collection() == name)
            database.command("collMod", name, validator=record.validator(in_the_clear=True))
        # The trail says of the practice's record what it is now.
        with clinic.owning() as owner:
            owner.renew(*Role, change_over_s=0)
        assert known["keyring"]


class Before:
    """A practice from before in which people have worked, and changed what they wrote."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        for role in (Role.RECEPTIONIST, Role.DOCTOR):
            clinic.session(role)
        as_before(clinic)
        self.reception, self.doctor = clinic.sign_in(Role.RECEPTIONIST), clinic.sign_in(Role.DOCTOR)
        self.patients = [self._patient(number) for number in range(5)]

    def _patient(self, number: int) -> ObjectId:
        values = {"name": f"Patient {number}", "gender": "male", "insurer": "Misr", "policy": f"{SECRET} {number}"}
        patient = PATIENTS.create(self.reception, values, operation())
        PATIENTS.change(self.reception, patient["_id"], 1, {"policy": f"{SECRET} {number} new"}, operation())
        HEALTH.change(self.doctor, patient["_id"], 1, {"history": f"{SECRET} first"}, operation())
        HEALTH.change(self.doctor, patient["_id"], 2, {"history": f"{SECRET} then"}, operation())
        return patient["_id"]

    def update(self) -> None:
        with self.clinic.owning() as owner:
            bring_up_to_date(owner)
        for session in (self.reception, self.doctor):
            self.clinic.door.recheck(session)


@pytest.fixture
def before(new_clinic, monkeypatch) -> Before:
    monkeypatch.setattr(renewal, "time", SimpleNamespace(sleep=lambda _: None))
    return Before(new_clinic())


def shows(clinic: Clinic, secret: str = SECRET) -> list[str]:
    """The collections in which it stands."""
    with clinic.past_the_program() as database:
        names = [name for name in database.list_collection_names() if not name.startswith("system.")]
        return sorted(
            name for name in names if any(secret.encode() in bson.encode(row) for row in database[name].find())
        )


def findings(clinic: Clinic) -> list[str]:
    """What a verification finds. The practice's record was changed past the program, by the tests."""
    report = verify_as_owner(clinic.door, clinic.administrator, PASSWORD)
    return [f"{one.where}: {one.what}" for one in report.findings if not one.where.startswith("practice")]


IN_THE_CLEAR = ["patient_health", "patient_health_history", "patients", "patients_history"]


class TestAPracticeFromBefore:
    def test_works_as_before_and_once_up_to_date_writes_encrypted_and_reads_both(self, before):
        assert shows(before.clinic) == IN_THE_CLEAR
        first, second = before.patients[:2]
        assert PATIENTS.get(before.reception, first)["policy"] == f"{SECRET} 0 new"
        assert len(holds_clear(before.clinic.door)) == len(encrypted())
        for work in (encrypt, rotate):
            with before.clinic.owning() as owner, pytest.raises(UserError, match="no keys"):
                work(owner)
        before.update()
        assert standing(before.clinic.door) is Standing.CURRENT
        assert PATIENTS.get(before.reception, first)["policy"] == f"{SECRET} 0 new"
        changed = PATIENTS.change(before.reception, first, 2, {"policy": "MI-1"}, operation())
        assert changed["policy"] == "MI-1"
        with before.clinic.past_the_program() as database:
            assert is_sealed(database.patients.find_one({"_id": first})["policy"])
            assert not is_sealed(database.patients.find_one({"_id": second})["policy"])
        # Other fields of a record that is in the clear may be changed, too.
        PATIENTS.change(before.reception, second, 2, {"alerts": "Wheelchair"}, operation())

    def test_is_encrypted_whole_and_its_trail_holds(self, before):
        before.update()
        seen = PATIENTS.get(before.reception, before.patients[1])
        with before.clinic.past_the_program() as database:
            known = database.changes.count_documents({})
        with before.clinic.owning() as owner:
            assert sum(kept.clear for kept in status(owner)) == 5 + 5 + 5 + 5
            assert encrypt(owner) == 20
            assert sum(kept.clear for kept in status(owner)) == 0
            assert encrypt(owner) == 0
        # Nobody is told of changes that are none, and nobody who is just changing something is in the way.
        with before.clinic.past_the_program() as database:
            told = database.changes.find({}, sort=[("_id", 1)]).skip(known)
            assert {row["collection"] for row in told} <= {"practice"}
        changed = PATIENTS.change(before.reception, seen["_id"], seen["version"], {"alerts": "Deaf"}, operation())
        assert changed["policy"] == f"{SECRET} 1 new"
        assert shows(before.clinic) == []
        assert findings(before.clinic) == []
        assert holds_clear(before.clinic.door) == []
        health = HEALTH.history(before.doctor, before.patients[0])
        assert [row.get("history") for row in health] == [f"{SECRET} then", f"{SECRET} first", None]
        with before.clinic.past_the_program() as database, pytest.raises(Exception, match="failed validation"):
            database.patients.update_one({"_id": before.patients[0]}, {"$set": {"policy": "in the clear"}})

    def test_broken_off_it_goes_on_with_what_is_left(self, before, monkeypatch):
        before.update()
        monkeypatch.setattr(resealing, "BATCH", 2)
        done = []
        with before.clinic.owning() as owner, pytest.raises(Stopped):
            encrypt(owner, Watch(lambda number, of: done.append((number, of)), lambda: len(done) == 3))
        assert done == [(2, 20), (4, 20), (5, 20)]
        assert shows(before.clinic) == [*IN_THE_CLEAR[:2], "patients_history"]
        with before.clinic.owning() as owner:
            assert encrypt(owner) == 15
        assert shows(before.clinic) == []
        assert findings(before.clinic) == []

    def test_what_was_altered_past_the_program_is_encrypted_and_still_shows(self, before):
        before.update()
        with before.clinic.past_the_program() as database:
            database.patients.update_one({"_id": before.patients[0]}, {"$set": {"policy": f"{SECRET} forged"}})
            database.patient_health_history.update_one(
                {"record": before.patients[1], "version": 2}, {"$set": {"row.history": f"{SECRET} forged"}}
            )
        with before.clinic.owning() as owner:
            encrypt(owner)
        assert shows(before.clinic) == []
        assert findings(before.clinic) == [
            f"patients {before.patients[0]}: The record was altered past the program.",
            f"patient_health {before.patients[1]}: Its version 2 was altered past the program.",
        ]

    def test_what_it_was_before_can_not_be_put_back_unseen(self, before):
        before.update()
        with before.clinic.past_the_program() as database:
            then = database.patients.find_one({"_id": before.patients[0]})
        with before.clinic.owning() as owner:
            encrypt(owner)
        with before.clinic.past_the_program() as database:
            database.get_collection("patients").replace_one({"_id": then["_id"]}, then, bypass_document_validation=True)
        assert findings(before.clinic) == [f"patients {then['_id']}: The record was altered past the program."]

    def test_people_work_on_while_it_is_encrypted(self, before, monkeypatch):
        before.update()
        monkeypatch.setattr(resealing, "BATCH", 1)
        saved: list[str] = []

        def work() -> None:
            for number in range(12):
                patient = PATIENTS.get(before.reception, before.patients[number % 5])
                words = f"{SECRET} {number} at work"
                row = PATIENTS.change(
                    before.reception, patient["_id"], patient["version"], {"policy": words}, operation()
                )
                saved.append(row["policy"])

        worker = threading.Thread(target=work)
        with before.clinic.owning() as owner:
            worker.start()
            encrypt(owner)
            worker.join()
            encrypt(owner)
        assert saved == [f"{SECRET} {number} at work" for number in range(12)]
        assert shows(before.clinic) == []
        assert findings(before.clinic) == []


@contextmanager
def watched(clinic: Clinic, session: Any) -> Iterator[None]:
    """A program that takes up news of its account, as every window does."""
    watcher = clinic.door.watch(session, lambda: clinic.door.recheck(session))
    try:
        yield
    finally:
        watcher.close()


class TestNewKeys:
    @pytest.fixture
    def worked(self, new_clinic):
        clinic = new_clinic()
        self.reception = clinic.sign_in(Role.RECEPTIONIST)
        values = {"name": "Nabila Fahmy", "gender": "female", "national_id": "29001011234567"}
        insured = {"insurer": "Misr", "policy": "MI-1"}
        self.patient = PATIENTS.create(self.reception, values | insured, operation())["_id"]
        PATIENTS.change(self.reception, self.patient, 1, {"policy": "MI-2"}, operation())
        return clinic

    def keys(self, clinic: Clinic) -> set[str]:
        with clinic.past_the_program() as database:
            return {name for key in database[VAULT].find() for name in key["keyAltNames"]}

    def raw(self, clinic: Clinic) -> Any:
        with clinic.past_the_program() as database:
            return database.patients.find_one({"_id": self.patient})

    def test_all_is_under_them_and_the_former_ones_are_gone(self, worked):
        before = self.raw(worked)
        with worked.owning() as owner:
            rotate(owner, change_over_s=0)
            assert {kept.generation for kept in status(owner)} == {2}
            assert {kept.keys for kept in status(owner)} == {1}
        after = self.raw(worked)
        assert self.keys(worked) == {f"{name}.2" for name in encrypted()}
        assert after["version"] == before["version"]
        assert after["policy"][1:17] != before["policy"][1:17]
        session = worked.sign_in(Role.RECEPTIONIST)
        assert PATIENTS.get(session, self.patient)["policy"] == "MI-2"
        assert [row["policy"] for row in PATIENTS.history(session, self.patient)] == ["MI-2", "MI-1"]
        assert [row["_id"] for row in PATIENTS.page(session, Query(text="29001011234567")).rows] == [self.patient]
        assert [one.what for one in verify_as_owner(worked.door, worked.administrator, PASSWORD).findings] == []
        # What is there still holds: nothing has to be handed out again.
        with worked.owning() as owner:
            assert all(owner.has_keys(role) for role in Role)

    def test_who_has_the_former_keys_reads_nothing_any_more(self, worked):
        credential = worked.credentials()[Role.RECEPTIONIST]
        with worked.owning() as owner:
            rotate(owner, change_over_s=0)
        fresh = worked.credentials()[Role.RECEPTIONIST]
        server = worked.door.connect(fresh.user, fresh.password, credential.keys)
        with server.asked() as database:
            assert database.patients.find_one({"_id": self.patient})["policy"] == UNREADABLE
        server.close()

    def test_people_at_work_go_on_writing_and_reading(self, worked):
        running = worked.sign_in(Role.RECEPTIONIST)
        written, failed, over = [], [], threading.Event()

        def work() -> None:
            while not over.is_set():
                try:
                    known = PATIENTS.get(running, self.patient)
                    assert known["policy"] != UNREADABLE
                    policy = f"MI-{len(written)}"
                    row = PATIENTS.change(running, self.patient, known["version"], {"policy": policy}, operation())
                    written.append(row["policy"])
                except UserError as problem:
                    # Between two credentials; the window asks again.
                    failed.append(str(problem))

        worker = threading.Thread(target=work)
        with watched(worked, running), worked.owning() as owner:
            worker.start()
            rotate(owner, change_over_s=0.5)
            over.set()
            worker.join()
        assert len(written) > 5
        assert PATIENTS.get(running, self.patient)["policy"] == written[-1]
        assert [one.what for one in verify_as_owner(worked.door, worked.administrator, PASSWORD).findings] == []

    @pytest.mark.parametrize(
        "at",
        [
            pytest.param("handing out", marks=pytest.mark.nightly),
            "writing",
            pytest.param("half encrypted", marks=pytest.mark.nightly),
            "before removing",
        ],
    )
    def test_broken_off_at_any_step_it_is_brought_to_its_end(self, worked, monkeypatch, at):
        class Off(Exception):
            pass

        def off(*_arguments: object, **_named: object) -> None:
            raise Off

        renewed: list[int] = []
        renew = Owner.renew

        def once(owner: Owner, *roles: Role, change_over_s: float) -> None:
            if renewed:
                raise Off
            renewed.append(1)
            renew(owner, *roles, change_over_s=change_over_s)

        with monkeypatch.context() as patch, worked.owning() as owner:
            if at == "handing out":
                patch.setattr(Owner, "renew", off)
            elif at == "writing":
                patch.setattr(Owner, "renew", once)
            elif at == "half encrypted":
                patch.setattr(encrypting._Counting, "add", off)
            else:
                patch.setattr(encrypting, "_remove", off)
            with pytest.raises(Off):
                rotate(owner, change_over_s=0)
        session = worked.sign_in(Role.RECEPTIONIST)
        assert PATIENTS.get(session, self.patient)["policy"] == "MI-2"
        with worked.owning() as owner:
            rotate(owner, change_over_s=0)
        assert self.keys(worked) == {f"{name}.2" for name in encrypted()}
        session = worked.sign_in(Role.RECEPTIONIST)
        assert PATIENTS.get(session, self.patient)["policy"] == "MI-2"
        assert [one.what for one in verify_as_owner(worked.door, worked.administrator, PASSWORD).findings] == []

    def test_what_nobody_can_read_keeps_no_former_key(self, worked):
        sealed = self.raw(worked)["policy"]
        wrong = bson.Binary(sealed[:-1] + bytes([sealed[-1] ^ 1]), 6)
        with worked.past_the_program() as database:
            database.patients.update_one({"_id": self.patient}, {"$set": {"policy": wrong}})
        with worked.owning() as owner:
            rotate(owner, change_over_s=0)
        assert self.keys(worked) == {f"{name}.2" for name in encrypted()}
        assert self.raw(worked)["policy"] == wrong

    def test_two_owners_don_t_change_keys_at_once(self, worked, monkeypatch):
        from hmsdesk.controllers import field_keys

        with worked.owning() as owner, worked.owning() as other:
            keep = field_keys.keep

            def overtaken(*arguments: Any) -> None:
                monkeypatch.setattr(field_keys, "keep", keep)
                rotate(other, change_over_s=0)
                keep(*arguments)

            monkeypatch.setattr(field_keys, "keep", overtaken)
            with pytest.raises(UserError, match="Another owner"):
                rotate(owner, change_over_s=0)
        assert until(lambda: self.keys(worked) == {f"{name}.2" for name in encrypted()})
