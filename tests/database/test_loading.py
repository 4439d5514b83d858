"""Many records at once stand in the trail like one, and a batch that fails leaves nothing behind."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.database import loading
from hmsdesk.database.audit import Heads
from hmsdesk.database.loading import Loading
from hmsdesk.database.verification import verify
from hmsdesk.errors import UserError
from hmsdesk.models.departments import Department
from hmsdesk.security.permissions import Role

A_YEAR_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=365)


@pytest.fixture
def session(clinic):
    return clinic.sign_in(Role.ADMINISTRATOR)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(loading, "BATCH", 10)


def departments(session, number):
    for _ in range(number):
        code = uuid4().hex[:8].upper()
        yield Department.build({"name": f"Ward {code}", "code": code}, session.locale)


def load_all(session, values):
    with Loading(session) as load:
        for one in values:
            load.add("departments", one, "create", A_YEAR_AGO)


def findings(clinic):
    heads = Heads(clinic.settings.folder()).read()
    report = verify(clinic.owner.database, clinic.door.practice()["public_key"], heads, ["departments"])
    return [finding.what for finding in report.findings]


@pytest.mark.parametrize("number", [0, 1, 10, 25])
def test_all_are_there_with_their_entries(clinic, session, number):
    with Loading(session) as load:
        rows = [load.add("departments", values, "create", A_YEAR_AGO) for values in departments(session, number)]
    assert [DEPARTMENTS.get(session, row["_id"])["created_at"] for row in rows] == [A_YEAR_AGO] * number
    assert findings(clinic) == []


def test_work_goes_on_in_the_same_chain(clinic, session):
    chain = session.chain.id
    load_all(session, departments(session, 12))
    code = uuid4().hex[:8].upper()
    DEPARTMENTS.create(session, {"name": f"Ward {code}", "code": code}, uuid4().hex)
    assert session.chain.id == chain
    assert findings(clinic) == []


def test_nobody_is_told_of_it(clinic, session):
    with Loading(session) as load:
        (row,) = [load.add("departments", values, "create", A_YEAR_AGO) for values in departments(session, 1)]
    with clinic.past_the_program() as database:
        assert database.changes.find_one({"record": row["_id"]}) is None


def test_a_batch_with_something_wrong_is_refused_as_a_whole(clinic, session):
    right, wrong = departments(session, 2)
    with pytest.raises(UserError):
        load_all(session, [right, wrong | {"code": 5}])
    with clinic.past_the_program() as database:
        assert database.departments.find_one({"name": right["name"]}) is None


def test_what_a_role_may_not_write_is_refused(clinic):
    nurse = clinic.sign_in(Role.NURSE)
    (values,) = departments(nurse, 1)
    with pytest.raises(UserError):
        load_all(nurse, [values])
