"""One operation is one transaction: all of it or nothing, and once, whatever happens on the line."""

import threading
import time
from contextlib import suppress
from uuid import uuid4

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.database.audit import Event, Heads
from hmsdesk.database.connection import Busy, Closed
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Repeated, Taken, record_id, write
from hmsdesk.database.verification import verify
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unreachable, UserError
from hmsdesk.models.departments import Department
from hmsdesk.security.permissions import Role
from tests.conftest import Clinic
from tests.database.faulty_line import Fault, FaultyLine
from tests.waiting import PATIENCE_S

# What must not be waited for: the driver's own limit, or one person after the other.
TOO_LONG_S = 10


def department(session):
    code = uuid4().hex[:8].upper()
    return Department.build({"name": f"Ward {code}", "code": code}, session.locale)


def operation():
    return uuid4().hex


@pytest.fixture
def session(clinic):
    return clinic.sign_in(Role.ADMINISTRATOR)


@pytest.fixture
def stored(clinic):
    """What an operation left in the practice: records, entries and news, counted."""
    with clinic.past_the_program() as database:

        def count(sent):
            records = [record_id(sent, n) for n in range(1, 4)]
            return (
                database.departments.count_documents({"_id": {"$in": records}}),
                database.audit.count_documents({"operation": sent}),
                database.changes.count_documents({"record": {"$in": records}}),
            )

        yield count


def findings(clinic):
    heads = Heads(clinic.settings.folder()).read()
    public_key = clinic.door.practice()["public_key"]
    return verify(clinic.owner.database, public_key, heads, ["departments"]).findings


class TestAnOperation:
    def test_writes_record_entry_and_news_together(self, session, stored):
        sent = operation()
        row = write(session, sent, lambda work: work.insert("departments", department(session)))
        assert row["_id"] == record_id(sent)
        assert stored(sent) == (1, 1, 1)

    @pytest.mark.parametrize(
        ("fails", "with_"),
        [
            (lambda work: work.insert("departments", {"name": "no code"}), UserError),
            (lambda work: work.insert("patients", {"name": "not an administrator's"}), NotAllowed),
            (lambda work: work.change("departments", {"_id": ObjectId(), "version": 1}, {"floor": "1"}), NotFound),
            (lambda work: work.note(Event("x" * 100)), UserError),
            (lambda work: 1 / 0, ZeroDivisionError),
        ],
        ids=["refused by the validator", "refused by the role", "nothing there", "refused by the trail", "a bug"],
    )
    def test_leaves_nothing_where_one_step_fails(self, session, stored, fails, with_):
        sent = operation()

        def work(work):
            work.insert("departments", department(session))
            fails(work)

        with pytest.raises(with_):
            write(session, sent, work)
        assert stored(sent) == (0, 0, 0)
        write(session, sent, lambda work: work.insert("departments", department(session)))
        assert stored(sent) == (1, 1, 1)

    def test_is_done_once_however_often_it_is_sent(self, session, stored):
        sent, values = operation(), department(session)
        write(session, sent, lambda work: work.insert("departments", values))
        for _ in range(3):
            with pytest.raises(Repeated):
                write(session, sent, lambda work: work.insert("departments", values))
        assert stored(sent) == (1, 1, 1)

    def test_is_done_once_though_sent_by_two_at_once(self, clinic, stored):
        sessions = [clinic.sign_in(Role.ADMINISTRATOR) for _ in range(2)]
        sent, values, done = operation(), department(clinic.administrator), []

        def send(one):
            try:
                done.append(write(one, sent, lambda work: work.insert("departments", values))["_id"])
            except Repeated:
                done.append("repeated")

        threads = [threading.Thread(target=send, args=(one,)) for one in sessions * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(str, done)) == sorted([str(record_id(sent)), *["repeated"] * 3])
        assert stored(sent) == (1, 1, 1)

    def test_that_changes_nothing_leaves_nothing(self, session, stored):
        sent = operation()
        assert write(session, sent, lambda work: work.find("practice", {})["name"]) == "Nile Family Clinic"
        assert stored(sent) == (0, 0, 0)

    def test_tells_when_what_it_wants_is_another_s(self, session):
        row = write(session, operation(), lambda work: work.insert("departments", department(session)))
        with pytest.raises(Taken) as taken:
            write(
                session, operation(), lambda work: work.insert("departments", department(session) | {"_id": row["_id"]})
            )
        assert (taken.value.collection, taken.value.key) == ("departments", row["_id"])
        with pytest.raises(InvalidInput) as refused:
            write(session, operation(), lambda work: work.insert("departments", department(session) | _named(row)))
        assert set(refused.value.fields) == {"name"}

    def test_raises_the_version_and_adds_up_whatever_comes_between(self, session):
        row = write(session, operation(), lambda work: work.insert("departments", department(session)))
        by_two = {"$inc": {"version": 1}, "$set": {"floor": "2"}}
        changed = write(session, operation(), lambda work: work.commute("departments", row["_id"], by_two))
        assert (changed["version"], changed["floor"]) == (2, "2")


def _named(row):
    return {"name": row["name"], "find": row["find"]}


class TestMany:
    def test_threads_of_one_session_write_one_chain_without_a_gap(self, clinic, session):
        def work_hard():
            for _ in range(10):
                write(session, operation(), lambda work: work.insert("departments", department(session)))

        threads = [threading.Thread(target=work_hard) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with clinic.past_the_program() as database:
            entries = list(database.audit.find({"chain": session.chain.id}).sort("seq"))
        assert [entry["seq"] for entry in entries] == list(range(1, 42))
        assert findings(clinic) == []

    def test_sessions_that_change_one_record_lose_no_change(self, clinic):
        sessions = [clinic.sign_in(Role.ADMINISTRATOR) for _ in range(3)]
        row = DEPARTMENTS.create(sessions[0], department_values(), operation())
        done = []

        def change(one):
            while len(done) < 12:
                current = DEPARTMENTS.get(one, row["_id"])
                with suppress(Conflict):
                    version = current["version"]
                    DEPARTMENTS.change(one, row["_id"], version, {"floor": str(version)}, operation())
                    done.append(version)

        threads = [threading.Thread(target=change, args=(one,)) for one in sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        last = DEPARTMENTS.get(sessions[0], row["_id"])
        assert sorted(done) == list(range(1, last["version"]))
        assert [one["version"] for one in DEPARTMENTS.history(sessions[0], row["_id"])] == list(
            range(last["version"], 0, -1)
        )
        assert findings(clinic) == []

    def test_who_is_kept_waiting_for_too_long_is_told_that_others_are_busy(self, clinic, session):
        row = DEPARTMENTS.create(session, department_values(), operation())
        session.server.timeout_s = 0.6
        with clinic.past_the_program() as database, database.client.start_session() as wire, wire.start_transaction():
            database.departments.update_one({"_id": row["_id"]}, {"$set": {"floor": "9"}}, session=wire)
            began = time.monotonic()
            with pytest.raises(Busy):
                write(session, operation(), lambda work: work.change("departments", row, {"floor": "2"}))
            assert time.monotonic() - began < TOO_LONG_S
            wire.abort_transaction()
        session.server.timeout_s = PATIENCE_S
        assert write(session, operation(), lambda work: work.change("departments", row, {"floor": "2"}))["floor"] == "2"


def department_values():
    code = uuid4().hex[:8].upper()
    return {"name": f"Ward {code}", "code": code}


class TestHistory:
    def test_keeps_the_record_as_the_server_had_it_and_not_as_the_program_says(self, clinic, session):
        row = DEPARTMENTS.create(session, department_values(), operation())
        embellished = DEPARTMENTS.get(session, row["_id"]) | {"department:title": "made up"}
        write(session, operation(), lambda work: work.change("departments", embellished, {"floor": "2"}))
        with clinic.past_the_program() as database:
            kept = database.departments_history.find_one({"record": row["_id"]})
        assert kept["row"] == row
        assert findings(clinic) == []

    def test_is_not_written_for_a_change_that_came_too_late(self, clinic, session):
        row = DEPARTMENTS.create(session, department_values(), operation())
        write(session, operation(), lambda work: work.change("departments", row, {"floor": "2"}))
        with pytest.raises(Conflict) as conflict:
            write(session, operation(), lambda work: work.change("departments", row, {"floor": "3"}))
        assert conflict.value.current["floor"] == "2"
        with clinic.past_the_program() as database:
            assert database.departments_history.count_documents({"record": row["_id"]}) == 1


@pytest.fixture(scope="module")
def line(server_address, tmp_path_factory):
    with FaultyLine(server_address, tmp_path_factory.mktemp("l")) as line:
        yield line


@pytest.fixture
def far(clinic, line):
    """An administrator whose line to the server may break."""
    line.set(Fault.NONE)
    far = _far_session(clinic, line)
    yield far
    line.set(Fault.NONE)
    far.close()


def _far_session(clinic: Clinic, line: FaultyLine) -> Session:
    near, credential = clinic.administrator, clinic.credentials()[Role.ADMINISTRATOR]
    server = line.server(clinic.database, credential)
    heads = Heads(clinic.settings.folder())
    return Session(
        server, near.identity, near.keys, heads, near.locale, near.clock_offset, practice_key=near.practice_key
    )


def mend(line, session):
    """The line works again, and the program has noticed."""
    line.set(Fault.NONE)
    for _ in range(10):
        with suppress(Unreachable):
            session.server.clock_offset()
            return


def send(session, sent, values):
    return write(session, sent, lambda work: work.insert("departments", values))


def test_an_operation_is_done_when_most_servers_have_it(far, line):
    line.commits.clear()
    send(far, operation(), department(far))
    (commit,) = line.commits
    assert b"writeConcern" in commit
    assert b"majority" in commit


class TestALineThatBreaks:
    @pytest.mark.parametrize("fault", [Fault.ANSWER_IS_LOST, Fault.COMMIT_IS_LOST])
    def test_leaves_the_operation_done_once_when_it_is_sent_again(self, clinic, far, line, stored, fault):
        sent, values = operation(), department(far)
        line.set(fault)
        with pytest.raises(Unreachable):
            send(far, sent, values)
        assert stored(sent) == ((1, 1, 1) if fault is Fault.ANSWER_IS_LOST else (0, 0, 0))
        mend(line, far)
        if fault is Fault.ANSWER_IS_LOST:
            with pytest.raises(Repeated):
                send(far, sent, values)
        else:
            send(far, sent, values)
        assert stored(sent) == (1, 1, 1)
        assert findings(clinic) == []

    @pytest.mark.parametrize("fault", [Fault.ANSWER_IS_LOST, Fault.COMMIT_IS_LOST])
    def test_leaves_a_chain_that_goes_on(self, clinic, far, line, stored, fault):
        send(far, operation(), department(far))
        lost, chain = operation(), far.chain.id
        line.set(fault)
        with pytest.raises(Unreachable):
            send(far, lost, department(far))
        mend(line, far)
        after = operation()
        send(far, after, department(far))
        assert stored(after) == (1, 1, 1)
        assert far.chain.id == chain
        with clinic.past_the_program() as database:
            said = [entry["operation"] for entry in database.audit.find({"chain": chain}).sort("seq")]
        assert said[1:] == ([lost, after] if fault is Fault.ANSWER_IS_LOST else [after])
        assert findings(clinic) == []

    def test_leaves_a_chain_that_goes_on_though_the_next_operation_fails_too(self, clinic, far, line):
        line.set(Fault.ANSWER_IS_LOST)
        with pytest.raises(Unreachable):
            send(far, operation(), department(far))
        mend(line, far)
        with pytest.raises(NotAllowed):
            write(far, operation(), lambda work: work.insert("patients", {"name": "not an administrator's"}))
        send(far, operation(), department(far))
        assert findings(clinic) == []

    def test_twice_leaves_the_chain_whole(self, clinic, far, line, stored):
        sent = [operation() for _ in range(3)]
        for one, fault in zip(sent, [Fault.ANSWER_IS_LOST, Fault.ANSWER_IS_LOST, Fault.NONE], strict=True):
            mend(line, far)
            line.set(fault)
            with suppress(Unreachable):
                send(far, one, department(far))
        assert [stored(one) for one in sent] == [(1, 1, 1)] * 3
        assert findings(clinic) == []

    def test_lets_another_session_send_it_again(self, clinic, far, line, stored, session):
        sent, values = operation(), department(far)
        line.set(Fault.ANSWER_IS_LOST)
        with pytest.raises(Unreachable):
            send(far, sent, values)
        with pytest.raises(Repeated):
            send(session, sent, values)
        assert stored(sent) == (1, 1, 1)

    @pytest.mark.parametrize("fault", [Fault.DEAD, Fault.SILENT])
    def test_is_told_within_the_time_that_was_set(self, far, line, fault):
        send(far, operation(), department(far))
        line.set(fault)
        for use in (
            lambda: send(far, operation(), department(far)),
            lambda: DEPARTMENTS.get(far, ObjectId()),
        ):
            began = time.monotonic()
            with pytest.raises(Unreachable):
                use()
            assert time.monotonic() - began < TOO_LONG_S

    def test_keeps_nobody_waiting_in_a_queue(self, far, line):
        send(far, operation(), department(far))
        line.set(Fault.SILENT)
        took = []

        def wait():
            began = time.monotonic()
            with pytest.raises(Unreachable):
                send(far, operation(), department(far))
            took.append(time.monotonic() - began)

        threads = [threading.Thread(target=wait) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert max(took) < TOO_LONG_S

    @pytest.mark.nightly
    @pytest.mark.timeout(600)
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.sampled_from([Fault.NONE, Fault.ANSWER_IS_LOST, Fault.COMMIT_IS_LOST]), max_size=5))
    def test_at_any_time_leaves_each_operation_done_once(self, clinic, line, stored, faults):
        self.survives(clinic, line, stored, faults)

    def test_again_and_again_leaves_each_operation_done_once(self, clinic, line, stored):
        self.survives(clinic, line, stored, [Fault.COMMIT_IS_LOST, Fault.NONE, Fault.ANSWER_IS_LOST])

    def survives(self, clinic, line, stored, faults):
        line.set(Fault.NONE)
        far = _far_session(clinic, line)
        sent = [(operation(), department(far)) for _ in faults]
        for (one, values), fault in zip(sent, faults, strict=True):
            line.set(fault)
            for _ in range(2):
                with suppress(Unreachable, Repeated):
                    send(far, one, values)
                mend(line, far)
        far.close()
        assert [stored(one) for one, _ in sent] == [(1, 1, 1)] * len(faults)
        assert findings(clinic) == []


def test_a_chain_that_somebody_else_wrote_into_is_left_and_another_begun(new_clinic):
    clinic = new_clinic()
    session = clinic.sign_in(Role.ADMINISTRATOR)
    nurse = clinic.sign_in(Role.NURSE)
    chain = session.chain.id
    nurse.chain.id, nurse.chain._seq, nurse.chain._head = chain, session.chain._seq, session.chain._head
    write(nurse, operation(), lambda work: work.note(Event("slip in")))
    row = write(session, operation(), lambda work: work.insert("departments", department(session)))
    assert row["version"] == 1
    assert session.chain.id != chain
    assert [finding.what for finding in findings(clinic)] == ["The entry stands in somebody else's chain."]


def test_a_session_that_ended_writes_nothing(session, stored):
    sent = operation()
    session.close()
    with pytest.raises(Closed):
        send(session, sent, department(session))
    assert stored(sent) == (0, 0, 0)


def test_an_operation_that_outlasts_a_lock_stays_in_its_own_chain(clinic, session, monkeypatch):
    """The person locked while it was under way, and came back before it was done."""
    former, made, go_on = session.chain, threading.Event(), threading.Event()
    make = former.entries

    def slowly(*arguments):
        entries = make(*arguments)
        made.set()
        assert go_on.wait(PATIENCE_S)
        return entries

    monkeypatch.setattr(former, "entries", slowly)
    thread = threading.Thread(target=write, args=(session, operation(), lambda work: work.note(Event("before"))))
    thread.start()
    assert made.wait(PATIENCE_S)
    servers = session.forget()
    session.resume(clinic.sign_in(Role.ADMINISTRATOR))
    go_on.set()
    thread.join()
    write(session, operation(), lambda work: work.note(Event("after")))
    for server in servers:
        server.close()
    with clinic.past_the_program() as database:
        chains = {
            name: [entry["action"] for entry in database.audit.find({"chain": chain.id}).sort("seq")]
            for name, chain in (("former", former), ("now", session.chain))
        }
    assert chains == {"former": ["sign in", "before"], "now": ["sign in", "after"]}
    assert findings(clinic) == []
