"""What an older program derived otherwise is derived anew: searches find it, and the trail holds."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hmsdesk.controllers import demo, deriving
from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.controllers.deriving import derive_anew, derived_collections
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.standing import Standing, standing
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database import provision
from hmsdesk.database.verification import verify
from hmsdesk.errors import Stopped
from hmsdesk.models.patients import Patient
from hmsdesk.models.record import Record
from hmsdesk.models.registry import RECORDS
from hmsdesk.models.watch import Watch
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings
from tests.conftest import PASSWORD, Clinic
from tests.factories import operation


@pytest.fixture(scope="module")
def worked() -> Iterator[Owner]:
    """A practice with a bit of everything, opened by an owner."""
    home = Path(tempfile.mkdtemp(prefix="hms-"))
    workplace = Workplace(Settings(home=home, argon2_mib=64))
    try:
        demo.make(workplace, demo.Size(patients=30, ahead=2, behind=10, doctors=2))
        door = workplace.door()
        email = next(email for email, _, word in demo.accounts() if word == Role.ADMINISTRATOR.value)
        session = door.sign_in(email, demo.PASSWORD)
        with owning(door, session, demo.PASSWORD) as owner:
            yield owner
        session.close()
    finally:
        workplace.close()
        shutil.rmtree(home)


def kept(owner: Owner) -> dict[str, dict[Any, Any]]:
    """By collection and id, all that is derived. Days of visits are marked in any order."""
    found: dict[str, dict[Any, Any]] = {}
    for record in derived_collections():
        rows = list(owner.database[record.collection()].find())
        for row in rows:
            days = row["find"].pop("visit_days", None)
            row["find"] |= {"visit_days": sorted(days)} if days else {}
        found[record.collection()] = {row["_id"]: (row["find"], row.get("receipts")) for row in rows}
    return found


def said_by_the_trail(owner: Owner) -> list[str]:
    names = [record.collection() for record in RECORDS]
    report = verify(owner.database, owner.practice_keys.public.sign, {}, names)
    return [f"{one.where}: {one.what}" for one in report.findings]


def strip(owner: Owner, record: type[Record]) -> None:
    """Take away past the program all that is derived but what no list can be walked without."""
    collection = owner.database.get_collection(record.collection())
    for row in collection.find({}, ["find"]):
        least = {name: value for name, value in row["find"].items() if name in record.folded()}
        collection.update_one({"_id": row["_id"]}, {"$set": {"find": least}})


def test_what_this_program_writes_is_as_it_would_be_derived(worked: Owner) -> None:
    assert {record.collection() for record in derived_collections()} >= {"patients", "patient_health", "invoices"}
    assert derive_anew(worked) == 0


def test_what_was_taken_away_past_the_program_is_there_again_and_the_trail_holds(worked: Owner) -> None:
    before = kept(worked)
    seen = worked.database.patient_health.distinct("_id", {"find.visit_days": {"$exists": True}})
    for record in derived_collections():
        strip(worked, record)
    worked.database.invoices.update_many({}, {"$unset": {"receipts": ""}})
    assert kept(worked) != before
    assert len(said_by_the_trail(worked)) > 50
    assert derive_anew(worked) > 50
    assert kept(worked) == before
    # The bytes are what they were, but for what is a field of its own or a list in any order.
    paid = worked.database.invoices.distinct("_id", {"receipts": {"$exists": True}})
    may = {f"invoices {one}" for one in paid} | {f"patient_health {one}" for one in seen}
    assert {one.partition(":")[0] for one in said_by_the_trail(worked)} <= may
    assert derive_anew(worked) == 0


@pytest.fixture
def older(new_clinic, monkeypatch) -> Clinic:
    """A practice in which patients were registered by a program that knew nothing of how names sound."""
    clinic = new_clinic()
    session = clinic.session(Role.RECEPTIONIST)
    with monkeypatch.context() as patched:
        patched.setattr(Patient, "derived", classmethod(derived_then))
        patched.setattr(provision, "DERIVATION", 0)
        with clinic.owning() as owner:
            bring_up_to_date(owner)
        for name in ("Mohamed Elsayed", "Youssef Khalil", "Mona Ibrahim", "Hassan Aly", "Nadia Fathy"):
            PATIENTS.create(session, {"name": name, "gender": "unknown"}, operation())
    assert standing(clinic.door) is Standing.BEHIND
    return clinic


def derived_then(cls: type[Patient], values: Any) -> Any:
    return super(Patient, cls).derived(values) | {"words": [], "edges": []}


def names_found(clinic: Clinic, typed: str) -> list[str]:
    page = PATIENTS.page(clinic.session(Role.RECEPTIONIST), Query(text=typed))
    return [row["name"] for row in page.rows]


def test_patients_of_an_older_program_are_found_once_the_practice_is_up_to_date(older: Clinic) -> None:
    assert names_found(older, "Mohamed El") == []
    with older.past_the_program() as database:
        versions = {row["_id"]: row["version"] for row in database.patients.find()}
        told = database.changes.count_documents({"collection": "patients"})
    with older.owning() as owner:
        bring_up_to_date(owner)
    assert names_found(older, "Mohamed El") == ["Mohamed Elsayed"]
    assert standing(older.door) is Standing.CURRENT
    with older.past_the_program() as database:
        assert {row["_id"]: row["version"] for row in database.patients.find()} == versions
        assert database.changes.count_documents({"collection": "patients"}) == told
        assert all(row["find"]["sounds"] for row in database.patients.find())
        entries = list(database.audit.find({"action": deriving.ACTION, "collection": "patients"}))
    assert {entry["person"] for entry in entries} == {older.administrator.identity.person}
    assert len(entries) == len(versions)
    assert [one.what for one in verify_as_owner(older.door, older.administrator, PASSWORD).findings] == []


def test_broken_off_it_is_still_behind_and_goes_on_with_what_is_left(older: Clinic, monkeypatch) -> None:
    monkeypatch.setattr(deriving, "BATCH", 2)
    with older.owning() as owner:
        seen = []

        def stopped() -> bool:
            return owner.database.patients.count_documents({"find.sounds": {"$exists": True}}) >= 2

        with pytest.raises(Stopped):
            bring_up_to_date(owner, Watch(lambda done, of: seen.append((done, of)), stopped))
        assert seen
        assert all(done <= of for done, of in seen)
        assert owner.database.patients.count_documents({"find.sounds": {"$exists": True}}) == 2
        assert standing(older.door) is Standing.BEHIND
        # The patients, and the copies of their words in their clinical records.
        assert derive_anew(owner) == 3 + 5
        bring_up_to_date(owner)
    assert standing(older.door) is Standing.CURRENT
    assert names_found(older, "Nadia Fa") == ["Nadia Fathy"]
    assert [one.what for one in verify_as_owner(older.door, older.administrator, PASSWORD).findings] == []


def test_what_somebody_changes_meanwhile_is_derived_as_it_is_then(older: Clinic, monkeypatch) -> None:
    session, write = older.session(Role.RECEPTIONIST), deriving.write

    def somebody_is_faster(*arguments: Any) -> Any:
        monkeypatch.setattr(deriving, "write", write)
        (row,) = [row for row in PATIENTS.page(session, Query()).rows if row["name"] == "Hassan Aly"]
        PATIENTS.change(session, row["_id"], row["version"], {"name": "Hassan Mahmoud"}, operation())
        return write(*arguments)

    monkeypatch.setattr(deriving, "write", somebody_is_faster)
    with older.owning() as owner:
        derive_anew(owner)
    assert names_found(older, "Hassan Mah") == ["Hassan Mahmoud"]
    assert names_found(older, "Hassan Aly") == []
    assert [one.what for one in verify_as_owner(older.door, older.administrator, PASSWORD).findings] == []


def test_what_can_not_be_derived_stays_and_is_in_nobody_s_way(older: Clinic) -> None:
    with older.owning() as owner:
        patients, departments = (owner.database.get_collection(name) for name in ("patients", "departments"))
        broken = patients.find_one({"name": "Mona Ibrahim"})
        patients.update_one(
            {"_id": broken["_id"]}, {"$set": {"name": 5, "phone": [1]}}, bypass_document_validation=True
        )
        row = {"name": "Dental", "name_ar": "", "code": "D1", "active": True, "find": {"name": "dental", "code": "d1"}}
        for other in (row, row | {"code": "D2", "find": {"name": "other", "code": "d2"}}):
            departments.insert_one(dict(other), bypass_document_validation=True)
        bring_up_to_date(owner)
        assert patients.find_one({"_id": broken["_id"]})["find"] == broken["find"]
        assert {row["find"]["name"] for row in departments.find({"name": "Dental"})} == {"dental", "other"}
    assert names_found(older, "Nadia Fa") == ["Nadia Fathy"]
    assert standing(older.door) is Standing.CURRENT
