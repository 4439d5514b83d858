"""What somebody writes past the program into what their role may write keeps nobody from working, and shows."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import bson
import pytest
from bson import DatetimeMS, ObjectId, Timestamp
from bson.raw_bson import RawBSONDocument
from pymongo.errors import WriteError

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.news import listen
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.trail import TRAIL, verify_as_reader
from hmsdesk.database.verification import verify
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.trail import TrailEntry
from hmsdesk.security.permissions import Role
from tests.waiting import until

REFUSED_BY_VALIDATOR = 121
FAR = DatetimeMS(2**55)
NO_TEXT = b"\xff\xfe\xff\xfe"


@contextmanager
def as_role(clinic, role):
    """The practice's database for somebody hostile who got a role's credential out of the program."""
    with clinic.bare(clinic.credentials()[role]) as client:
        yield client[clinic.database]


@pytest.fixture
def patient(clinic):
    """The least of all roles."""
    with as_role(clinic, Role.PATIENT) as database:
        yield database


def news(**changed):
    row = {
        "_id": ObjectId(),
        "at": datetime.now(UTC),
        "collection": "patients",
        "record": ObjectId(),
        "version": 1,
        "action": "register",
    }
    return row | {"actor": ObjectId(), "workstation": "nowhere"} | changed


def entry(**changed):
    who = {"person": ObjectId(), "role": "nobody", "workstation": "nowhere"}
    what = {"action": "anything", "collection": "seals", "record": "\u202e", "version": 2**60, "record_hash": b"x"}
    place = {
        "chain": ObjectId(),
        "seq": 1,
        "operation": uuid4().hex,
        "n": 0,
        "previous": b"",
        "hash": b"",
        "reason": None,
    }
    made = {"_id": ObjectId(), "at": datetime.now(UTC), "signature": b"", "server_time": Timestamp(0, 0)}
    return made | who | what | place | changed


def with_no_text(row, field):
    """The row as its sender would have to write it by hand: the field's bytes are no text."""
    return RawBSONDocument(bson.encode(row | {field: "QQQQ"}).replace(b"QQQQ", NO_TEXT))


def let_in(clinic, collection, row):
    """What the server refuses now, and did not when the practice was founded."""
    with as_role(clinic, Role.PATIENT) as hostile:
        assert is_refused(hostile[collection].insert_one, row)
    with clinic.past_the_program() as database:
        database[collection].insert_one(row, bypass_document_validation=True)


def is_refused(insert, row):
    with pytest.raises(WriteError) as refused:
        insert(row)
    return refused.value.code == REFUSED_BY_VALIDATOR


class TestNewsThatPythonCanNotRead:
    def test_deafens_nobody(self, clinic, patient):
        heard = []
        watcher = listen(clinic.administrator, lambda change: heard.append(change.record), lambda: None, lambda _: None)
        let_in(clinic, "changes", news(at=FAR))
        patient.changes.insert_one(with_no_text(news(), "workstation"))
        row = DEPARTMENTS.create(clinic.administrator, {"name": "Afterwards", "code": "AFTER"}, uuid4().hex)
        assert until(lambda: row["_id"] in heard)
        watcher.close()


@pytest.fixture(scope="module")
def junk(clinic):
    """Entries that stand in the trail for good, as nobody may remove one."""
    with as_role(clinic, Role.PATIENT) as patient:
        let_in(clinic, "audit", entry(at=FAR))
        let_in(clinic, "audit", entry(at=DatetimeMS(-(2**55))))
        patient.audit.insert_one(with_no_text(entry(), "action"))
        patient.audit.insert_one(entry(record=ObjectId(), collection="departments"))
        for collection in (None, "nothing", "audit", "seals", "patient_health"):
            patient.audit.insert_one(entry(action="export", collection=collection, record=None, version=None))
            patient.audit.insert_one(entry(action="open", collection=collection, record="nobody", version=None))


@pytest.mark.usefixtures("junk")
class TestATrailThatPythonCanNotRead:
    def test_can_still_be_listed(self, clinic):
        session = clinic.administrator
        rows = TRAIL.page(session, Query(limit=50)).rows
        assert {"anything", NO_TEXT.decode(errors="replace")} <= {row["action"] for row in rows}
        for row in rows:
            for name, field in declared_fields(TrailEntry).items():
                assert isinstance(field.show(row.get(name), session.locale), str)

    def test_can_still_be_verified_and_shows_it(self, clinic):
        report = verify_as_reader(clinic.door, clinic.administrator).report
        assert len([one for one in report.findings if one.what == "The entry was altered."]) >= 14


@pytest.mark.parametrize("field", ["previous", "hash", "signature", "record_hash"])
def test_nobody_writes_entries_that_are_too_big_to_be_read(patient, field):
    assert is_refused(patient.audit.insert_one, entry(**{field: bytes(65)}))


class TestTheServerSTime:
    def test_of_an_entry_can_not_be_dated_back(self, patient):
        hour_ago = Timestamp(int(time.time()) - 3600, 1)
        assert is_refused(patient.audit.insert_one, entry(server_time=hour_ago))
        assert is_refused(patient.audit.insert_one, entry(server_time=Timestamp(0, 1)))

    def test_is_the_server_s_own_where_none_is_given(self, clinic, patient):
        written = entry()
        patient.audit.insert_one(written)
        with clinic.past_the_program() as database:
            kept = database.audit.find_one({"_id": written["_id"]})["server_time"]
        assert abs(kept.as_datetime() - datetime.now(UTC)) < timedelta(minutes=1)


class TestKeptVersions:
    @pytest.fixture
    def row(self, clinic):
        return PATIENTS.create(
            clinic.session(Role.RECEPTIONIST), {"name": f"Hana {uuid4().hex[:5]}", "gender": "female"}, uuid4().hex
        )

    @pytest.mark.parametrize(
        "wrong", [{"row": "no row"}, {"version": "1"}, {"version": 0}, {"record": "no record"}, {"more": 1}]
    )
    def test_have_one_form(self, clinic, row, wrong):
        kept = {"_id": ObjectId(), "record": row["_id"], "version": 1, "row": {}}
        with as_role(clinic, Role.NURSE) as nurse:
            assert is_refused(nurse.patients_history.insert_one, kept | wrong)

    def test_that_were_invented_show_and_keep_nobody_from_the_others(self, clinic, row):
        with as_role(clinic, Role.NURSE) as nurse:
            nurse.patients_history.insert_one({"record": row["_id"], "version": 1, "row": {"_id": row["_id"]}})
        assert len(PATIENTS.history(clinic.session(Role.NURSE), row["_id"])) == 2
        with clinic.owning() as owner:
            report = verify(owner.database, clinic.door.practice()["public_key"], {}, ["patients"])
        assert f"patients {row['_id']}" in [one.where for one in report.findings]


@pytest.mark.parametrize("find", [{}, {"name": 1}, {"name": None}, {"name": ["a", "b"]}])
def test_no_record_is_without_what_lists_are_ordered_by(clinic, find):
    row = {"name": "Nobody", "gender": "male", "version": 1, "created_at": datetime.now(UTC), "created_by": ObjectId()}
    with as_role(clinic, Role.RECEPTIONIST) as hostile:
        assert is_refused(hostile.patients.insert_one, row | {"find": find})


class TestARecordThatPythonCanNotRead:
    def test_stands_in_the_list_like_any_other(self, clinic):
        reception = clinic.session(Role.RECEPTIONIST)
        values = {"name": "Omar Zaki", "gender": "male", "birth_date": "2001-02-03"}
        row = PATIENTS.create(reception, values, uuid4().hex)
        with as_role(clinic, Role.RECEPTIONIST) as hostile:
            changed = {"created_at": FAR, "updated_at": DatetimeMS(-(2**55))}
            with pytest.raises(WriteError):
                hostile.patients.update_one({"_id": row["_id"]}, {"$set": changed})
        with clinic.past_the_program() as older:
            older.patients.update_one({"_id": row["_id"]}, {"$set": changed}, bypass_document_validation=True)
        (found,) = PATIENTS.page(reception, Query(text="Omar Zaki")).rows
        for name, field in declared_fields(PATIENTS.record).items():
            assert isinstance(field.show(found.get(name), reception.locale), str)
