"""A practice that is handed on can't be told from one that was just founded."""

import pytest
from pymongo.errors import WriteError

from hmsdesk.controllers.documents import DOCUMENTS, NewFile
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD
from tests.factories import operation, typed
from tests.handing_on import Standing


def everything_in(clinic):
    with clinic.past_the_program() as database:
        counts = {name: database[name].count_documents({}) for name in database.list_collection_names()}
    return counts, sorted(path.name for path in clinic.settings.home.rglob("*"))


def work_in(clinic):
    patient = PATIENTS.create(clinic.session(Role.RECEPTIONIST), typed("patients"), operation())
    doctor = clinic.session(Role.DOCTOR)
    DOCUMENTS.add(doctor, NewFile(patient["_id"], "ECG.pdf", b"%PDF-1.7\n"), operation())
    Drafts(clinic.settings.folder(), doctor).keep("patients/new", {"name": "Mona"})


def test_what_was_written_is_gone_and_the_trail_holds(practices):
    with practices.one() as first:
        new = everything_in(first)
        work_in(first)
        assert everything_in(first) != new
    with practices.one() as second:
        assert second.database == first.database
        assert everything_in(second) == new
        assert list(second._sessions.values()) == [second.administrator]
        assert verify_as_owner(second.door, second.administrator, PASSWORD).holds


def test_nobody_gets_one_that_is_used_or_of_another_kind(practices):
    with practices.one() as first, practices.one(solo=True) as alone:
        with practices.one() as second:
            assert len({first.database, second.database, alone.database}) == 3
        assert alone.administrator.identity.role is Role.SOLO


def test_what_holds_for_records_and_the_secrets_of_database_users_are_put_back(practices):
    with practices.one() as first:
        former = first.credentials()[Role.NURSE]
        first.owner.renew(Role.NURSE, change_over_s=0)
        assert first.credentials()[Role.NURSE] != former
        with first.past_the_program() as database:
            database.command("collMod", "departments", validator={}, validationLevel="moderate")
    with practices.one() as second:
        assert second.database == first.database
        with second.bare(former) as client:
            client[second.database].command("connectionStatus")
        KEEPERS["departments"].create(second.administrator, typed("departments"), operation())
        with second.past_the_program() as database, pytest.raises(WriteError, match="failed validation"):
            database.departments.insert_one({})


def test_in_place_of_one_that_cannot_be_put_back_comes_another(practices):
    with practices.one() as first, first.past_the_program() as database:
        database.patients.drop_indexes()
    with practices.one() as second, second.past_the_program() as database:
        assert second.database != first.database
        assert first.database not in database.client.list_database_names()


CHANGES = {
    "an index": lambda database: database.patients.drop_indexes(),
    "a right": lambda database: database.command(
        "grantPrivilegesToRole",
        "nurse",
        privileges=[{"resource": {"db": database.name, "collection": "patients"}, "actions": ["remove"]}],
    ),
    "a collection more": lambda database: database.create_collection("scratch"),
    "a collection less": lambda database: database.departments.drop(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_else_there_is_is_not_put_back(clinic, change):
    folder = clinic.settings.folder()
    with clinic.past_the_program() as database:
        now = Standing(database, folder)
        assert now.put_back(database, folder)
        change(database)
        assert not now.put_back(database, folder)
