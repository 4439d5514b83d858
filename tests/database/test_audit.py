"""The chain of a session, and the heads that a workstation keeps outside the database."""

import json
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bson import ObjectId, Timestamp
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.database import audit
from hmsdesk.database.audit import HEADS_FILE, START, Author, Chain, Event, Heads, entry_hash
from hmsdesk.database.connection import Closed
from hmsdesk.database.unit_of_work import write
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role
from hmsdesk.security.signing import is_signed_bytes

KEYS = Keys.generate()
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def heads(tmp_path):
    return Heads(tmp_path)


def entry(chain, seq):
    return {"chain": chain, "seq": seq, "hash": seq.to_bytes(32, "big")}


def head(seq):
    return seq, seq.to_bytes(32, "big")


def chain_in(folder):
    return Chain(Author(ObjectId(), "nurse", "desk", KEYS.signing_key), Heads(folder))


class TestHeads:
    def test_hold_the_last_entry_of_each_chain(self, heads, tmp_path):
        one, other = ObjectId(), ObjectId()
        for chain, seq in ((one, 1), (one, 2), (other, 1), (one, 5)):
            heads.keep(entry(chain, seq))
        assert Heads(tmp_path).read() == {one: head(5), other: head(1)}

    def test_of_a_new_workstation_are_none(self, heads):
        assert heads.read() == {}
        heads.compact()

    def test_are_their_user_s_alone_from_the_first_moment(self, heads, tmp_path):
        heads.keep(entry(ObjectId(), 1))
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}

    def test_grow_no_longer_than_their_chains(self, heads, tmp_path, monkeypatch):
        monkeypatch.setattr(audit, "_LONG_FILE_BYTES", 1000)
        chains = [ObjectId() for _ in range(3)]
        for seq in range(1, 40):
            for chain in chains:
                heads.keep(entry(chain, seq))
        before = heads.read()
        heads.compact()
        assert heads.read() == before
        assert len((tmp_path / HEADS_FILE).read_bytes().splitlines()) == 3
        heads.keep(entry(chains[0], 40))
        assert heads.read()[chains[0]] == head(40)
        assert stat.S_IMODE((tmp_path / HEADS_FILE).stat().st_mode) == 0o600

    def test_that_the_disk_does_not_let_grow_shorter_stay_as_they_are(self, heads, tmp_path, monkeypatch):
        monkeypatch.setattr(audit, "_LONG_FILE_BYTES", 10)
        heads.keep(entry(ObjectId(), 1))
        before = heads.read()
        (tmp_path / f".{HEADS_FILE}.{os.getpid()}").mkdir()
        heads.compact()
        assert heads.read() == before

    def test_lose_nothing_when_windows_write_and_one_compacts(self, tmp_path, monkeypatch):
        monkeypatch.setattr(audit, "_LONG_FILE_BYTES", 200)
        chains = [ObjectId() for _ in range(4)]

        def window(chain):
            own = Heads(tmp_path)
            for seq in range(1, 60):
                own.keep(entry(chain, seq))
                if seq % 10 == 0:
                    own.compact()

        threads = [threading.Thread(target=window, args=(chain,)) for chain in chains]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Heads(tmp_path).read() == {chain: head(59) for chain in chains}

    @given(st.integers(0, 5), st.integers(0, 140), st.binary(max_size=40))
    def test_outlast_a_crash_in_the_middle_of_a_line(self, tmp_path_factory, whole, cut, rubbish):
        folder = tmp_path_factory.mktemp("heads")
        heads, chain, file = Heads(folder), ObjectId(), folder / HEADS_FILE
        for seq in range(1, whole + 2):
            heads.keep(entry(chain, seq))
        lines = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(lines[:-1]) + lines[-1][:cut] + rubbish)
        assert Heads(folder).read().get(chain, (0,))[0] in (whole, whole + 1)
        Heads(folder).keep(entry(chain, 99))
        assert Heads(folder).read()[chain] == head(99)

    @given(st.binary(max_size=200))
    def test_that_are_rubbish_are_none(self, tmp_path_factory, rubbish):
        folder = tmp_path_factory.mktemp("heads")
        (folder / HEADS_FILE).write_bytes(rubbish)
        assert Heads(folder).read() == {}

    def test_that_are_damaged_are_mentioned_in_the_log(self, heads, tmp_path, caplog):
        (tmp_path / HEADS_FILE).write_text('{"chain": "x"}\n', "utf-8")
        heads.read()
        assert "damaged" in caplog.text

    def test_keep_the_highest_place_whatever_the_order(self, heads):
        chain = ObjectId()
        for seq in (3, 1, 2):
            heads.keep(entry(chain, seq))
        assert heads.read() == {chain: head(3)}


events = st.builds(
    Event,
    action=st.sampled_from(["create", "update", "read"]),
    collection=st.sampled_from([None, "patients"]),
    record=st.sampled_from([None, ObjectId(), "RX-1"]),
    version=st.none() | st.integers(1, 2**40),
    record_hash=st.none() | st.binary(min_size=32, max_size=32),
    reason=st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
)


class TestAChain:
    @given(st.lists(st.lists(events, min_size=1, max_size=4), min_size=1, max_size=4))
    def test_links_each_entry_to_the_one_before(self, tmp_path_factory, operations):
        chain = chain_in(tmp_path_factory.mktemp("chain"))
        written = []
        for said in operations:
            made = chain.entries(uuid4().hex, said, NOON)
            chain.written(made)
            written += made
        assert [one["seq"] for one in written] == list(range(1, len(written) + 1))
        assert [one["previous"] for one in written] == [START, *(one["hash"] for one in written[:-1])]
        assert [one["n"] for one in written] == [n for said in operations for n in range(len(said))]
        assert all(one["hash"] == entry_hash(one) for one in written)
        assert all(is_signed_bytes(KEYS.public.sign, one["hash"], one["signature"]) for one in written)

    @given(events, st.sampled_from(["chain", "seq", "operation", "n", "person", "role", "workstation", "action"]))
    def test_shows_a_change_of_anything_that_was_said(self, tmp_path_factory, event, name):
        (made,) = chain_in(tmp_path_factory.mktemp("chain")).entries("operation", [event], NOON)
        changed = made | {name: "changed"}
        assert entry_hash(changed) != made["hash"]
        assert entry_hash(made | {"server_time": Timestamp(1, 1), "_id": ObjectId()}) == made["hash"]

    def test_that_was_not_written_is_made_again_from_the_same_place(self, tmp_path):
        chain = chain_in(tmp_path)
        lost = chain.entries("one", [Event("create")], NOON)
        again = chain.entries("two", [Event("create")], NOON)
        assert (lost[0]["seq"], again[0]["seq"]) == (1, 1)
        assert (lost[0]["previous"], again[0]["previous"]) == (START, START)

    def test_probes_outside_itself(self, tmp_path):
        chain = chain_in(tmp_path)
        probe = chain.probe("one", NOON)
        assert (probe["operation"], probe["n"]) == ("one", 0)
        assert probe["chain"] != chain.id
        assert chain.entries("one", [Event("create")], NOON)[0]["seq"] == 1

    def test_signs_nothing_once_its_key_is_forgotten(self, tmp_path):
        chain = chain_in(tmp_path)
        chain.forget()
        with pytest.raises(Closed):
            chain.entries("one", [Event("create")], NOON)

    def test_is_not_held_up_by_a_disk_that_refuses_its_head(self, tmp_path, caplog):
        (tmp_path / HEADS_FILE).mkdir()
        chain = chain_in(tmp_path)
        chain.written(chain.entries("one", [Event("create")], NOON))
        assert "not kept" in caplog.text
        assert chain.entries("two", [Event("create")], NOON)[0]["seq"] == 2


class TestAnEntryOnTheServer:
    def test_says_who_did_what_where_and_when_and_no_word_of_the_record(self, clinic):
        session = clinic.sign_in(Role.ADMINISTRATOR)
        code = uuid4().hex[:8].upper()
        row = DEPARTMENTS.create(session, {"name": f"Ward {code}", "code": code, "floor": "seven"}, "an operation")
        with clinic.past_the_program() as database:
            said = database.audit.find_one({"operation": "an operation"})
        identity = session.identity
        assert (said["person"], said["role"], said["workstation"]) == (
            identity.person,
            "administrator",
            identity.workstation,
        )
        assert (said["action"], said["collection"], said["record"], said["version"]) == (
            "create",
            "departments",
            row["_id"],
            1,
        )
        assert abs(said["at"] - datetime.now(UTC)) < timedelta(minutes=1)
        assert abs(said["server_time"].as_datetime() - said["at"]) < timedelta(seconds=5)
        assert code not in str(said)
        assert "seven" not in str(said)

    def test_tells_a_sign_in_and_what_was_only_read(self, clinic):
        session = clinic.sign_in(Role.NURSE)
        patient = ObjectId()
        write(session, uuid4().hex, lambda work: work.note(Event("open chart", "patients", patient, reason="asked")))
        with clinic.past_the_program() as database:
            said = list(database.audit.find({"chain": session.chain.id}).sort("seq"))
        assert [one["action"] for one in said] == ["sign in", "open chart"]
        assert (said[1]["record"], said[1]["reason"], said[1]["record_hash"]) == (patient, "asked", None)

    def test_has_its_head_on_the_workstation(self, clinic):
        session = clinic.sign_in(Role.NURSE)
        with clinic.past_the_program() as database:
            last = database.audit.find_one({"chain": session.chain.id})
        line = (clinic.settings.folder() / HEADS_FILE).read_text("utf-8").splitlines()[-1]
        assert json.loads(line) == {"chain": str(session.chain.id), "seq": 1, "hash": last["hash"].hex()}
