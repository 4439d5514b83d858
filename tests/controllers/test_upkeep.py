"""A practice that an older program founded is noticed, and brought up to date by an owner."""

from __future__ import annotations

import pytest
from pymongo.errors import OperationFailure

from hmsdesk import __version__
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.standing import Standing, standing
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.database import provision
from hmsdesk.database.verification import verify
from hmsdesk.errors import NotAllowed, UserError
from hmsdesk.models.registry import RECORDS
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD, Clinic


def report(clinic: Clinic) -> list[object]:
    with clinic.owning() as owner:
        collections = [record.collection() for record in RECORDS]
        return list(verify(owner.database, clinic.door.practice()["public_key"], {}, collections).findings)


def update(clinic: Clinic) -> None:
    with clinic.owning() as owner:
        bring_up_to_date(owner)


def stands(clinic: Clinic) -> dict[str, object]:
    """What the server holds of all that is declared."""
    with clinic.past_the_program() as database:
        kept = list(database.list_collections())
        indexes = {one["name"]: database[one["name"]].index_information() for one in kept}
        roles = database.command("rolesInfo", 1, showPrivileges=True)["roles"]
    granted = {
        role["role"]: sorted((p["resource"]["collection"], a) for p in role["privileges"] for a in p["actions"])
        for role in roles
    }
    validators = {one["name"]: one["options"].get("validator") for one in kept}
    return {"indexes": indexes, "validators": validators, "granted": granted}


def test_a_new_practice_is_as_its_program_declares(clinic: Clinic) -> None:
    assert standing(clinic.door) is Standing.CURRENT


def make_older(clinic: Clinic) -> None:
    """As an older program would have left it."""
    with clinic.past_the_program() as database:
        database.departments.drop_indexes()
        database.services.drop_index("unique code")
        database.services.create_index([("code", -1)], name="unique code")
        database.drop_collection("medicines_history")
        database.command("collMod", "staff", validator={"$jsonSchema": {"bsonType": "object"}})
        privilege = {"resource": {"db": clinic.database, "collection": "departments"}, "actions": ["find"]}
        database.command("revokePrivilegesFromRole", "nurse", privileges=[privilege])
        validator = provision.validators()["practice"]
        del validator["$jsonSchema"]["properties"]["provisioned"]
        database.practice.update_one({}, {"$unset": {"provisioned": ""}})
        database.command("collMod", "practice", validator=validator)


def test_an_older_one_is_noticed_and_mended_whole(new_clinic) -> None:
    clinic = new_clinic()
    nurse = clinic.sign_in(Role.NURSE)
    before = stands(clinic)
    make_older(clinic)
    assert standing(clinic.door) is Standing.BEHIND
    with pytest.raises(NotAllowed):
        DEPARTMENTS.page(nurse, Query())
    update(clinic)
    assert standing(clinic.door) is Standing.CURRENT
    assert stands(clinic) == before
    DEPARTMENTS.page(nurse, Query())
    with clinic.past_the_program() as database, pytest.raises(OperationFailure):
        database.staff.insert_one({"nonsense": True})
    stamped = [entry for entry in trail(clinic) if entry["action"] == "bring up to date"]
    assert [entry["collection"] for entry in stamped] == ["practice"]
    clinic.door.sign_in(clinic.email(Role.NURSE), PASSWORD).close()


def trail(clinic: Clinic) -> list[dict[str, object]]:
    with clinic.past_the_program() as database:
        return list(database.audit.find())


def test_a_role_that_the_older_program_did_not_have_gets_its_credential(new_clinic) -> None:
    clinic = new_clinic()
    with clinic.owning() as owner:
        practice = owner.database.practice.find_one()
        kept = [one for one in practice["credentials"] if one["role"] != "patient"]
        owner.database.practice.update_one({}, {"$set": {"credentials": kept}})
        owner.users.drop(["patient.1"])
    update(clinic)
    with clinic.owning() as owner:
        assert owner.users.users_of("patient") == ["patient.1"]
    clinic.door.sign_in(clinic.hire(Role.PATIENT).email, PASSWORD).close()


def test_the_trail_holds_afterwards(clinic: Clinic) -> None:
    update(clinic)
    assert report(clinic) == []


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("0.0.9", Standing.BEHIND),
        (__version__, Standing.BEHIND),
        ("0.10.0", Standing.AHEAD),
        ("", Standing.BEHIND),
    ],
)
def test_a_newer_program_s_practice_is_told_from_an_older_one_s(
    clinic: Clinic, version: str, found: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = clinic.door.practice() | {"provisioned": {"version": version, "declared": "otherwise"}}
    monkeypatch.setattr(clinic.door, "practice", lambda: practice)
    assert standing(clinic.door) is found


def test_an_older_program_takes_nothing_back(clinic: Clinic) -> None:
    with clinic.past_the_program() as database:
        before = database.practice.find_one()["provisioned"]
        newer = {"version": "99.0.0", "declared": "otherwise"}
        database.practice.update_one({}, {"$set": {"provisioned": newer}})
        with pytest.raises(UserError, match="newer program"):
            update(clinic)
        assert database.practice.find_one()["provisioned"] == newer
        database.practice.update_one({}, {"$set": {"provisioned": before}})


def test_what_is_declared_otherwise_is_declared_by_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = provision.declared()
    assert provision.declared() == before
    monkeypatch.setattr(provision, "_CLAIMS_SCHEMA", {"bsonType": "object"})
    assert provision.declared() != before
