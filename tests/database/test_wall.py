"""The wall: what each role's database user may do on the server, tried without the program.

Whoever gets a role's credential out of a workstation's memory has what is tried here, and nothing else.
"""

from contextlib import ExitStack

import pytest
from bson import ObjectId
from pymongo import DeleteOne, UpdateOne
from pymongo.errors import OperationFailure

from hmsdesk.security import permissions
from hmsdesk.security.permissions import CREATE, DELETE, READ, STAFF_ROLES, UPDATE, Role
from hmsdesk.security.roles import SUCCESSIONS
from tests.conftest import root

UNAUTHORIZED, REFUSED_BY_VALIDATOR = 13, 121
ENROLMENT = "enrolment"
LISTEN = "listen"
NOBODY = ObjectId()

TRIES = {
    READ: lambda collection: collection.find_one({"_id": NOBODY}),
    # What is inserted has no form that any validator takes, so that nothing is left behind.
    CREATE: lambda collection: collection.insert_one({"no": "such field"}),
    UPDATE: lambda collection: collection.update_one({"_id": NOBODY}, {"$set": {"no": "such field"}}),
    DELETE: lambda collection: collection.delete_one({"_id": NOBODY}),
    LISTEN: lambda collection: collection.watch(max_await_time_ms=1).close(),
}

# What a workstation may do before anybody has signed in.
ENROLMENT_MAY = {
    "practice": {READ},
    "accounts": {READ, LISTEN},
    "seals": {READ},
    SUCCESSIONS: {READ},
    "workstations": {READ},
    "sign_in_attempts": {CREATE},
}


def is_allowed(attempt, *arguments, **options):
    """Whether the server lets something be done, right or wrong as it may be otherwise."""
    try:
        attempt(*arguments, **options)
    except OperationFailure as error:
        if error.code not in (UNAUTHORIZED, REFUSED_BY_VALIDATOR):
            raise
        return error.code == REFUSED_BY_VALIDATOR
    return True


def what_the_table_says(role, collection):
    members = STAFF_ROLES if role is Role.SOLO else (role,)
    said = set().union(*(permissions.allowed(member, collection) for member in members))
    return said | ({LISTEN} if collection in permissions.WATCHED and READ in said else set())


def what_the_server_says(collection):
    return {action for action, attempt in TRIES.items() if is_allowed(attempt, collection)}


@pytest.fixture(scope="module")
def credentials(clinic):
    return clinic.credentials() | {ENROLMENT: clinic.enrolment()}


@pytest.fixture(scope="module")
def users(clinic, credentials):
    """Role -> the practice's database as a plain client of that role's user sees it."""
    with ExitStack() as open_clients:
        clients = {role: open_clients.enter_context(clinic.bare(one)) for role, one in credentials.items()}
        yield {role: client[clinic.database] for role, client in clients.items()}


@pytest.fixture(scope="module")
def administrator(users):
    return users[Role.ADMINISTRATOR]


@pytest.fixture(scope="module")
def everything(clinic):
    with clinic.past_the_program() as database:
        return sorted(name for name in database.list_collection_names() if not name.startswith("system."))


@pytest.mark.parametrize("role", Role)
def test_the_server_allows_a_role_what_the_table_says_and_nothing_else(users, everything, role):
    said = {name: what_the_table_says(role, name) for name in everything}
    assert {name: what_the_server_says(users[role][name]) for name in everything} == said


def test_the_walk_has_been_through_every_collection_of_the_table(everything):
    assert set(everything) == set(permissions.collections())


def test_a_workstation_before_sign_in_reads_what_signing_in_needs_and_nothing_else(users, everything):
    said = {name: ENROLMENT_MAY.get(name, set()) for name in everything}
    assert {name: what_the_server_says(users[ENROLMENT][name]) for name in everything} == said


@pytest.mark.parametrize("role", [*Role, ENROLMENT])
def test_a_collection_the_table_does_not_know_is_closed_to_everybody(users, role):
    assert what_the_server_says(users[role]["a_collection_of_tomorrow"]) == set()


@pytest.mark.parametrize("role", Role)
def test_nobody_changes_or_removes_what_is_only_added_to(users, role):
    added = ("audit", "changes", "seals", "successions", "prescriptions", "dispensations", "stock_movements")
    added += ("prescription_cancellations", "prescription_turns", "charges", "payments", "closings")
    added += ("addenda", "clinical_files.files", "clinical_files.chunks")
    added += ("deliveries", "stock_counts")
    for name in (*added, *permissions.HISTORIES.values()):
        assert what_the_server_says(users[role][name]) & {UPDATE, DELETE} == set(), name


@pytest.mark.parametrize("role", [Role.PHARMACIST, Role.RECEPTIONIST, Role.ADMINISTRATOR, Role.PATIENT])
@pytest.mark.parametrize("name", ["encounter_notes", "encounter_notes_history", "addenda", "clinical_files.chunks"])
def test_what_doctors_write_is_closed_to_who_does_not_treat(users, role, name):
    assert what_the_server_says(users[role][name]) == set()


def test_what_is_charged_is_closed_to_a_nurse_who_completes_nothing(users):
    for name in ("charges", "uninvoiced"):
        assert what_the_server_says(users[Role.NURSE][name]) == set()


def test_a_nurse_reads_what_doctors_write_and_does_not_write_it(users):
    for name in ("encounter_notes", "addenda", "note_templates", "encounters"):
        assert what_the_server_says(users[Role.NURSE][name]) == {READ}, name


@pytest.mark.parametrize("role", [*Role, ENROLMENT])
@pytest.mark.parametrize("name", ["practice", "accounts", "workstations"])
def test_nobody_but_an_owner_writes_what_decides_who_is_who(users, role, name):
    assert what_the_server_says(users[role][name]) <= {READ, LISTEN}


@pytest.mark.parametrize("role", Role)
def test_who_may_only_change_a_kind_of_record_can_not_slip_one_in(users, role):
    said = {name: what_the_server_says(users[role][name]) for name in permissions.collections()}
    for name in (name for name, actions in said.items() if UPDATE in actions and CREATE not in actions):
        slipped_in = {"$set": {"no": "such field"}}
        assert not is_allowed(users[role][name].update_one, {"_id": NOBODY}, slipped_in, upsert=True), name
        assert not is_allowed(users[role][name].replace_one, {"_id": NOBODY}, {"no": "such field"}, upsert=True), name


def test_a_doctor_can_not_mark_an_invoice_paid(users):
    paid = {"$set": {"state": "paid"}}
    assert not is_allowed(users[Role.DOCTOR].invoices.update_one, {}, paid)
    assert not is_allowed(users[Role.DOCTOR].invoices.find_one_and_update, {}, paid)


def test_a_pharmacist_can_not_touch_a_prescription(users):
    prescriptions = users[Role.PHARMACIST].prescriptions
    assert what_the_server_says(prescriptions) == {READ}
    assert not is_allowed(prescriptions.find_one_and_replace, {}, {})


@pytest.mark.parametrize("role", [Role.REPRESENTATIVE, Role.PATIENT])
def test_visitors_see_no_collection_of_the_staff(users, role):
    readable = {name for name in permissions.collections() if is_allowed(TRIES[READ], users[role][name])}
    public = {"practice", "departments", "services", "schedules", "clinic_days"}
    assert {name.removesuffix("_history") for name in readable} == public
    assert not is_allowed(TRIES[LISTEN], users[role].changes)


def test_reception_finds_no_diagnosis(users):
    assert what_the_server_says(users[Role.RECEPTIONIST].patient_health) == {CREATE}


class TestJoins:
    """A pipeline may not read through a collection that is open into one that is not."""

    @pytest.fixture
    def representative(self, users):
        return users[Role.REPRESENTATIVE]

    @pytest.mark.parametrize(
        "stage",
        [
            {"$lookup": {"from": "patients", "pipeline": [], "as": "x"}},
            {"$lookup": {"from": "patients", "localField": "_id", "foreignField": "_id", "as": "x"}},
            {"$unionWith": "patients"},
            {"$unionWith": {"coll": "patients", "pipeline": [{"$unionWith": "audit"}]}},
            {
                "$graphLookup": {
                    "from": "patients",
                    "startWith": "$_id",
                    "connectFromField": "_id",
                    "connectToField": "_id",
                    "as": "x",
                }
            },
            {"$facet": {"a": [{"$lookup": {"from": "patients", "pipeline": [], "as": "x"}}]}},
        ],
        ids=lambda stage: next(iter(stage)),
    )
    def test_into_what_is_closed_are_refused(self, representative, stage):
        assert not is_allowed(lambda: list(representative.departments.aggregate([stage])))

    def test_into_what_is_open_are_answered(self, representative):
        stage = {"$lookup": {"from": "services", "pipeline": [], "as": "x"}}
        assert is_allowed(lambda: list(representative.departments.aggregate([stage])))


def _in_a_transaction(database):
    with database.client.start_session() as session, session.start_transaction():
        database.audit.update_one({}, {"$set": {"action": "nothing"}}, session=session)


TRAIL_IS_WRITTEN_OVER_BY = {
    "updating": lambda db: db.audit.update_one({}, {"$set": {"action": "nothing"}}),
    "updating many": lambda db: db.audit.update_many({}, {"$set": {"action": "nothing"}}),
    "updating with a pipeline": lambda db: db.audit.update_one({}, [{"$set": {"action": "nothing"}}]),
    "upserting": lambda db: db.audit.update_one({"_id": NOBODY}, {"$set": {"seq": 1}}, upsert=True),
    "replacing": lambda db: db.audit.replace_one({}, {}),
    "finding and changing": lambda db: db.audit.find_one_and_update({}, {"$set": {"action": "nothing"}}),
    "finding and replacing": lambda db: db.audit.find_one_and_replace({}, {}),
    "finding and deleting": lambda db: db.audit.find_one_and_delete({}),
    "deleting": lambda db: db.audit.delete_one({}),
    "deleting many": lambda db: db.audit.delete_many({}),
    "a bulk of changes": lambda db: db.audit.bulk_write([UpdateOne({}, {"$set": {"action": "nothing"}})]),
    "a bulk of deletions": lambda db: db.audit.bulk_write([DeleteOne({})]),
    "$out": lambda db: list(db.practice.aggregate([{"$out": "audit"}])),
    "$merge": lambda db: list(db.practice.aggregate([{"$merge": {"into": "audit", "whenMatched": "replace"}}])),
    "dropping": lambda db: db.command("drop", "audit"),
    "dropping the database": lambda db: db.command("dropDatabase"),
    "renaming": lambda db: db.client.admin.command(
        "renameCollection", f"{db.name}.practice", to=f"{db.name}.audit", dropTarget=True
    ),
    "truncating": lambda db: db.command("convertToCapped", "audit", size=4096),
    "forgetting by time": lambda db: db.audit.create_index("at", expireAfterSeconds=1),
    "dropping its indexes": lambda db: db.command("dropIndexes", "audit", index="*"),
    "taking its validator away": lambda db: db.command("collMod", "audit", validator={}),
    "inserting past the validator": lambda db: db.command(
        "insert", "audit", documents=[{"seq": 1}], bypassDocumentValidation=True
    ),
    "a transaction": _in_a_transaction,
}


@pytest.mark.parametrize("way", TRAIL_IS_WRITTEN_OVER_BY)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SOLO, Role.NURSE, ENROLMENT])
def test_nobody_writes_over_the_trail_by(users, clinic, role, way):
    with clinic.past_the_program() as database:
        before = list(database.audit.find())
        assert before
        assert not is_allowed(TRAIL_IS_WRITTEN_OVER_BY[way], users[role])
        assert list(database.audit.find()) == before
        assert database.command("listCollections", filter={"name": "audit"})["cursor"]["firstBatch"][0]["options"]


def grabs(own, database):
    """Ways to more than one has, as the administrator's database user would try them."""
    everything = [{"resource": {"db": database, "collection": ""}, "actions": ["find", "update", "remove"]}]
    return [
        ("grantRolesToUser", own, {"roles": ["dbOwner"]}),
        ("grantRolesToUser", own, {"roles": [Role.DOCTOR.value]}),
        ("updateUser", own, {"roles": [Role.DOCTOR.value]}),
        ("updateUser", own, {"pwd": "a password of one's own"}),
        ("updateUser", "owner", {"pwd": "a password of one's own"}),
        ("createUser", "another", {"pwd": "another", "roles": [Role.ADMINISTRATOR.value]}),
        ("createRole", "another", {"privileges": everything, "roles": []}),
        ("updateRole", Role.ADMINISTRATOR.value, {"privileges": everything}),
        ("grantPrivilegesToRole", Role.ADMINISTRATOR.value, {"privileges": everything}),
        ("grantRolesToRole", Role.ADMINISTRATOR.value, {"roles": [Role.DOCTOR.value]}),
        ("revokeRolesFromUser", "owner", {"roles": ["dbOwner"]}),
        ("dropUser", "owner", {}),
        ("dropRole", Role.DOCTOR.value, {}),
        ("dropAllUsersFromDatabase", 1, {}),
        ("usersInfo", 1, {"showCredentials": True}),
        ("rolesInfo", 1, {"showPrivileges": True}),
        ("drop", "departments", {}),
        ("create", "another", {}),
        ("collMod", "departments", {"validator": {}}),
        ("profile", 2, {}),
        ("listCollections", 1, {}),
    ]


def test_an_administrator_can_take_nothing_more(clinic, administrator, credentials):
    own = credentials[Role.ADMINISTRATOR].user
    for database in (administrator, administrator.client.admin):
        allowed = [
            f"{command} {what}"
            for command, what, options in grabs(own, clinic.database)
            if is_allowed(database.command, command, what, **options)
        ]
        assert allowed == []


@pytest.mark.parametrize(
    "command",
    [
        {"getParameter": "*"},
        {"setParameter": 1, "logLevel": 0},
        {"getLog": "global"},
        {"serverStatus": 1},
        {"replSetGetConfig": 1},
        {"shutdown": 1},
        {"fsync": 1},
        {"aggregate": 1, "pipeline": [{"$currentOp": {"allUsers": True}}], "cursor": {}},
        {"getCmdLineOpts": 1},
    ],
    ids=lambda command: next(iter(command)),
)
def test_an_administrator_of_a_practice_is_none_of_the_server(administrator, command):
    assert not is_allowed(administrator.client.admin.command, command)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SOLO, ENROLMENT])
@pytest.mark.parametrize("name", ["system.users", "system.roles", "system.views", "system.profile", "system.js"])
def test_nobody_reads_the_server_s_own_collections(users, role, name):
    for database in (users[role], users[role].client.admin):
        assert what_the_server_says(database[name]) == set()
    assert not is_allowed(users[role].client.local["oplog.rs"].find_one)


@pytest.mark.parametrize("role", [*Role])
def test_no_role_changes_the_password_its_holders_share(users, credentials, role):
    assert not is_allowed(users[role].command, "updateUser", credentials[role].user, pwd="a password of one's own")


def test_a_workstation_changes_its_own_password_and_nobody_else_s(users, credentials):
    enrolment = credentials[ENROLMENT]
    station = users[ENROLMENT]
    assert is_allowed(station.command, "updateUser", enrolment.user, pwd=enrolment.password)
    assert not is_allowed(station.command, "updateUser", "owner", pwd="a password of one's own")
    assert not is_allowed(station.command, "updateUser", enrolment.user, roles=[Role.ADMINISTRATOR.value])


@pytest.fixture(scope="module")
def other(practices):
    """Another practice on the same server."""
    with practices.one() as one:
        yield one


def test_practices_on_one_server_do_not_see_each_other(users, other):
    for role, database in users.items():
        neighbour = database.client[other.database]
        assert {name for name in permissions.collections() if what_the_server_says(neighbour[name])} == set(), role
        assert other.database not in database.client.list_database_names()


def test_the_owner_of_a_practice_is_nobody_next_door(clinic, other):
    with clinic.owning() as owner:
        client = owner.database.client
        assert is_allowed(client[clinic.database].audit.find_one)
        assert not is_allowed(client[other.database].audit.find_one)
        assert not is_allowed(client[other.database].command, "createUser", "me", pwd="me", roles=["dbOwner"])
        own = owner.bundle.user
        elsewhere = [{"role": "dbOwner", "db": other.database}]
        assert not is_allowed(client[clinic.database].command, "grantRolesToUser", own, roles=elsewhere)


def test_solo_has_the_staff_s_roles_by_inheritance_alone(clinic):
    with root(clinic.address) as client:
        role = client[clinic.database].command("rolesInfo", Role.SOLO.value, showPrivileges=True)["roles"][0]
    assert role["privileges"] == []
    assert {inherited["role"] for inherited in role["roles"]} == {member.value for member in STAFF_ROLES}


def test_each_role_has_one_user_and_no_user_has_two_roles(clinic):
    with root(clinic.address) as client:
        users = client[clinic.database].command("usersInfo", 1)["users"]
    roles = sorted(role["role"] for user in users for role in user["roles"])
    assert all(len(user["roles"]) == 1 for user in users)
    assert roles == sorted([*(role.value for role in Role), ENROLMENT, "dbOwner"])
