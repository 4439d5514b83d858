"""What verification finds when the database was changed past the program, and that it finds nothing otherwise."""

import threading
from contextlib import contextmanager
from uuid import uuid4

import pytest
from bson import ObjectId

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.database import verification
from hmsdesk.database.audit import START, Heads, entry_hash
from hmsdesk.database.verification import verify
from hmsdesk.models.registry import RECORDS
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role

ALTERED = "The entry was altered."
NOT_SIGNED = "The entry was not signed by the person it names."
NOT_NEXT = "The entry does not follow the one before it."
GONE = "is not there any more."


def department():
    code = uuid4().hex[:8].upper()
    return {"name": f"Ward {code}", "code": code}


@pytest.fixture(scope="module")
def session(clinic):
    """A session that made and changed a few records."""
    session = clinic.sign_in(Role.ADMINISTRATOR)
    for _ in range(3):
        row = DEPARTMENTS.create(session, department(), uuid4().hex)
        DEPARTMENTS.change(session, row["_id"], 1, {"floor": "2"}, uuid4().hex)
    return session


@pytest.fixture(scope="module")
def nurse(clinic):
    return clinic.session(Role.NURSE)


@pytest.fixture
def database(clinic):
    with clinic.past_the_program() as database:
        yield database


@pytest.fixture
def found(clinic):
    """What verification finds now."""

    def look(**options):
        heads = Heads(clinic.settings.folder()).read()
        public_key = clinic.door.practice()["public_key"]
        collections = [record.collection() for record in RECORDS]
        report = verify(clinic.owner.database, public_key, heads, collections, **options)
        return [finding.what for finding in report.findings]

    yield look
    assert look() == [], "a test did not put back what it changed"


@pytest.fixture
def entries(database, session):
    return list(database.audit.find({"chain": session.chain.id}).sort("seq"))


@contextmanager
def replaced(collection, before, *after):
    """Documents are others for a while, or not there."""
    ids = {"$in": [row["_id"] for row in (*before, *after)]}
    collection.delete_many({"_id": ids})
    if after:
        collection.insert_many(after, bypass_document_validation=True)
    yield
    collection.delete_many({"_id": ids})
    if before:
        collection.insert_many(before, bypass_document_validation=True)


def signed(entry, key, **changed):
    """An entry as somebody would write it who has a key."""
    entry = entry | changed
    entry["hash"] = entry_hash(entry)
    return entry | {"signature": key.signing_key.sign(entry["hash"]).signature}


class TestAPracticeThatWasLeftAlone:
    def test_is_found_whole(self, found, session):
        assert found() == []

    def test_is_found_whole_while_work_goes_on(self, clinic, found, session):
        enough, written = threading.Event(), []
        sessions = [clinic.sign_in(Role.ADMINISTRATOR) for _ in range(2)]

        def work(own):
            while not enough.is_set():
                row = DEPARTMENTS.create(own, department(), uuid4().hex)
                written.append(DEPARTMENTS.change(own, row["_id"], 1, {"floor": "2"}, uuid4().hex))

        threads = [threading.Thread(target=work, args=(own,)) for own in sessions]
        for thread in threads:
            thread.start()
        findings = []
        while len(written) < 60:
            findings += found()
        enough.set()
        for thread in threads:
            thread.join()
        assert findings == []

    def test_is_found_whole_though_somebody_is_new_since_it_began(self, clinic, session, monkeypatch):
        monkeypatch.setattr(verification, "_BATCH", 1)
        new = []

        def hire(entries):
            if not new:
                new.append(clinic.hire(Role.NURSE))
                clinic.door.sign_in(new[0].email, new[0].password).close()

        public_key = clinic.door.practice()["public_key"]
        report = verify(clinic.owner.database, public_key, {}, ["accounts"], hire)
        assert report.findings == []
        assert new

    def test_is_counted_and_told_of_on_the_way(self, clinic, session, database, monkeypatch):
        monkeypatch.setattr(verification, "_BATCH", 5)
        told = []
        public_key = clinic.door.practice()["public_key"]
        report = verify(clinic.owner.database, public_key, {}, ["departments"], told.append)
        assert report.entries == database.audit.count_documents({})
        assert report.chains == len(database.audit.distinct("chain"))
        assert told == list(range(5, report.entries + 1, 5))


class TestTheTrail:
    @pytest.mark.parametrize(
        "changed",
        [
            {"action": "nothing"},
            {"person": ObjectId()},
            {"role": "nurse"},
            {"workstation": "elsewhere"},
            {"operation": "another"},
            {"record": ObjectId()},
            {"version": 7},
            {"record_hash": bytes(32)},
            {"reason": "so it was"},
            {"hash": bytes(32)},
            {"previous": bytes(32)},
        ],
        ids=lambda changed: next(iter(changed)),
    )
    def test_shows_an_entry_that_was_altered(self, found, database, entries, changed):
        with replaced(database.audit, [entries[2]], entries[2] | changed):
            assert ALTERED in found()

    def test_shows_a_signature_that_was_altered(self, found, database, entries):
        with replaced(database.audit, [entries[2]], entries[2] | {"signature": bytes(64)}):
            assert found() == [NOT_SIGNED]

    @pytest.mark.parametrize("gone", [slice(0, 1), slice(2, 3), slice(2, 5)], ids=["first", "one", "several"])
    def test_shows_entries_that_were_removed(self, found, database, entries, gone):
        with replaced(database.audit, entries[gone]):
            several = gone.stop - gone.start > 1
            which = f"Entries {gone.start + 1} to {gone.stop} are" if several else f"Entry {gone.stop} is"
            assert f"{which} missing." in found()

    def test_shows_a_tail_that_was_cut_off(self, found, database, entries):
        with replaced(database.audit, entries[-2:]):
            assert any(GONE in what for what in found())

    def test_shows_a_chain_that_was_taken_away(self, found, database, nurse):
        whole = list(database.audit.find({"chain": nurse.chain.id}))
        with replaced(database.audit, whole):
            assert [GONE in what for what in found()] == [True]

    def test_shows_an_entry_that_was_written_anew_and_signed_by_somebody_else(self, found, database, entries, nurse):
        with replaced(database.audit, [entries[2]], signed(entries[2], nurse.keys, action="nothing")):
            assert {NOT_SIGNED, NOT_NEXT} <= set(found())

    def test_shows_somebody_s_entry_in_the_place_of_another_s(self, found, database, entries, nurse):
        person = nurse.identity.person
        with replaced(database.audit, [entries[-1]], signed(entries[-1], nurse.keys, person=person, role="nurse")):
            assert "The entry stands in somebody else's chain." in found()

    def test_shows_a_whole_chain_that_nobody_certified_signed(self, found, database, entries):
        forger, chain, previous, forged = Keys.generate(), ObjectId(), START, []
        for entry in entries:
            made = signed(entry, forger, _id=ObjectId(), chain=chain, operation=uuid4().hex, previous=previous)
            previous = made["hash"]
            forged.append(made | {"record": None, "version": None})
        forged = [signed(entry, forger) for entry in forged]
        with replaced(database.audit, [], *forged):
            assert found().count(NOT_SIGNED) == len(entries)

    def test_shows_a_chain_that_was_renumbered_without_its_first_entry(self, found, database, entries, nurse):
        shorter = [signed(entry, nurse.keys, seq=entry["seq"] - 1) for entry in entries[1:]]
        with replaced(database.audit, entries, *shorter):
            assert NOT_SIGNED in found()


class TestRecords:
    @pytest.fixture
    def row(self, database, entries):
        return database.departments.find_one({"_id": entries[1]["record"]})

    def test_that_were_altered_show(self, found, database, row):
        with replaced(database.departments, [row], row | {"floor": "9"}):
            assert found() == ["The record was altered past the program."]

    def test_that_were_put_back_to_an_earlier_version_show(self, found, database, row):
        earlier = database.departments_history.find_one({"record": row["_id"]})["row"]
        with replaced(database.departments, [row], earlier):
            assert found() == ["The record was altered past the program."]

    def test_that_were_removed_show(self, found, database, row):
        with replaced(database.departments, [row]):
            assert found() == ["The record was removed past the program."]

    def test_that_were_slipped_in_show(self, found, database, row):
        slipped_in = row | {"_id": ObjectId(), "name": "Nowhere", "code": "NOWHERE", "find": {"name": "nowhere"}}
        with replaced(database.departments, [], slipped_in):
            assert found() == ["The record appeared past the program: the trail knows nothing of it."]

    def test_s_earlier_versions_that_were_altered_show(self, found, database, row):
        kept = database.departments_history.find_one({"record": row["_id"]})
        with replaced(database.departments_history, [kept], kept | {"row": kept["row"] | {"floor": "0"}}):
            assert found() == ["Its version 1 was altered past the program."]

    def test_s_earlier_versions_that_were_slipped_in_show(self, found, database, row):
        invented = {"_id": ObjectId(), "record": row["_id"], "version": 9, "row": row}
        with replaced(database.departments_history, [], invented):
            assert found() == ["Its version 9 was altered past the program."]

    def test_of_signing_in_show_like_any_other(self, found, database, nurse):
        seal = database.seals.find_one({"person": nurse.identity.person})
        with replaced(database.seals, [seal], seal | {"signature": bytes(64)}):
            assert found() == ["The record was altered past the program."]

    def test_of_an_account_show_together_with_its_certificate(self, found, database, nurse):
        account = database.accounts.find_one({"_id": nurse.identity.person})
        certificate = account["certificate"] | {"roles": ["administrator"]}
        with replaced(database.accounts, [account], account | {"certificate": certificate}):
            what = found()
        assert "The record was altered past the program." in what
        assert "The account was changed past the program: the practice's key never signed it." in what
        assert NOT_SIGNED in what

    def test_of_an_account_put_back_to_an_older_certificate_show(self, found, clinic, database):
        somebody = clinic.hire(Role.NURSE)
        older = database.accounts.find_one({"_id": somebody.person})
        clinic.owner.set_roles(somebody.person, [Role.PATIENT])
        newer = database.accounts.find_one({"_id": somebody.person})
        with replaced(database.accounts, [newer], older):
            assert found() == ["The record was altered past the program."]
