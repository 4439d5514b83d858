"""The demo practice: everybody signs in, and nothing real is ever removed for it."""

import random
import shutil
import tempfile
from itertools import groupby
from pathlib import Path

import pytest

from hmsdesk.controllers import demo
from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.demo.room import Room
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Authenticity
from hmsdesk.controllers.staff import doctors
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.controllers.workplace import NotSetUp, Workplace
from hmsdesk.errors import UserError
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.deliveries import Delivery
from hmsdesk.models.money import amount_of, total
from hmsdesk.models.prescriptions import number_for
from hmsdesk.models.registry import RECORDS
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings


@pytest.fixture(scope="module")
def workplace():
    home = Path(tempfile.mkdtemp(prefix="hms-"))
    workplace = Workplace(Settings(home=home, argon2_mib=64))
    demo.make(workplace, demo.Size(patients=40, ahead=3, behind=20, doctors=2))
    yield workplace
    workplace.close()
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def door(workplace):
    return workplace.door()


@pytest.fixture
def session(door):
    opened = []

    def sign_in(role):
        email = next(email for email, _, word in demo.accounts() if word == role.value)
        opened.append(door.sign_in(email, demo.PASSWORD))
        return opened[-1]

    yield sign_in
    for one in opened:
        one.close()


def test_there_is_an_account_for_each_role(session):
    accounts = list(demo.accounts())
    assert {role for _, _, role in accounts} == {role.value for role in Role if role is not Role.SOLO}
    for role in (Role(word) for _, _, word in accounts):
        assert session(role).identity.role is role


def test_there_is_something_to_work_with(session):
    receptionist = session(Role.RECEPTIONIST)
    assert PATIENTS.count(receptionist, Query()).number == 40
    assert APPOINTMENTS.count(receptionist, Query()).number > 0
    assert LOTS.count(session(Role.PHARMACIST), Query()).number > 0


@pytest.fixture
def database(door, session):
    with owning(door, session(Role.ADMINISTRATOR), demo.PASSWORD) as owner:
        yield owner.database


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.collection())
def test_what_is_loaded_is_as_the_program_keeps_it(session, database, record):
    locale = session(Role.NURSE).locale
    typed = {name for name, field in declared_fields(record).items() if not field.issued}
    for row in database[record.collection()].find():
        if record is Delivery and any(lot["expires"] < locale.today().isoformat() for lot in row["lots"]):
            # It had not expired when it came in.
            continue
        built = record.build({name: row[name] for name in typed & set(row)}, locale)
        assert {name: row.get(name) for name in built if name != "find"} | {"find": None} == built | {"find": None}


def test_what_was_signed_is_genuine_and_opens_with_its_code(session, database):
    pharmacist = session(Role.PHARMACIST)
    rows = list(database.prescriptions.find())
    assert len(rows) > 50
    for row in rows[::10]:
        patient = PATIENTS.get(pharmacist, row["patient"])
        assert PRESCRIPTIONS.check_record(pharmacist, row, patient).authenticity is Authenticity.GENUINE


def test_no_two_prescriptions_have_one_number():
    taken = {number_for("one", 2026, draw) for draw in range(3)}
    room = Room(random.Random(1), None, None, {}, {}, taken)
    assert room._number("one", 2026) == number_for("one", 2026, 3)
    assert room._number("one", 2026) == number_for("one", 2026, 4)


def test_every_lot_holds_what_its_ledger_says(database):
    for lot in database.stock_lots.find():
        entries = list(database.stock_movements.find({"lot": lot["_id"]}))
        assert sum(entry["change"] for entry in entries) == lot["quantity"] >= 0


def test_bills_have_no_gaps_and_agree_with_what_was_paid(database):
    bills = list(database.invoices.find().sort("number", 1))
    for _, of_year in groupby(bills, key=lambda bill: bill["number"][:7]):
        numbers = [int(bill["number"][7:]) for bill in of_year]
        assert numbers == list(range(1, len(numbers) + 1))
    for bill in bills:
        paid = list(database.payments.find({"invoice": bill["_id"]}))
        of_patient = [one["amount"] for one in paid if one["method"] != "insurance"]
        assert total(of_patient) == amount_of(bill["paid"])
        assert total(line["amount"] for line in bill["lines"]) == amount_of(bill["total"])


def test_the_practice_of_one_doctor_stands_where_it_is_said_to():
    home = Path(tempfile.mkdtemp(prefix="hms-"))
    workplace = Workplace(Settings(home=home, argon2_mib=64))
    try:
        demo.make(workplace, demo.Size(patients=8, ahead=2, behind=2), solo=True, timezone="Etc/GMT-11")
        assert demo.is_solo(workplace)
        demo.refuse_real(workplace)
        ((email, password, _),) = demo.accounts(solo=True)
        door = workplace.door()
        alone = door.sign_in(email, password)
        assert (alone.identity.role, alone.locale.timezone) == (Role.SOLO, "Etc/GMT-11")
        assert [row["_id"] for row in doctors(alone)] == [alone.identity.person]
        assert APPOINTMENTS.count(alone, Query()).number > 0
        assert LOTS.count(alone, Query()).number > 0
        assert verify_as_owner(door, alone, password).holds
        alone.close()
    finally:
        workplace.close()
        shutil.rmtree(home)


def test_its_trail_holds(door, session):
    report = verify_as_owner(door, session(Role.ADMINISTRATOR), demo.PASSWORD)
    assert (report.holds, [finding.what for finding in report.findings]) == (True, [])


@pytest.mark.parametrize("mark", [None, b"", b"another practice's", b"\xff"])
def test_a_real_practice_is_left_alone_also_under_the_demo_s_name(workplace, mark):
    """Whoever tried the demo may name their practice so, and keep its keys in a private file."""
    made = workplace.settings.folder() / "demo-practice"
    kept = made.read_bytes()
    made.unlink() if mark is None else made.write_bytes(mark)
    try:
        with pytest.raises(UserError, match="not the demo practice"):
            demo.forget(workplace)
        with pytest.raises(UserError, match="left alone"):
            demo.refuse_real(workplace)
        assert (workplace.settings.folder() / "db" / "WiredTiger").exists()
    finally:
        made.write_bytes(kept)


def test_it_is_forgotten_with_all_it_left(tmp_path):
    workplace = Workplace(Settings(home=tmp_path / "data", argon2_mib=64))
    demo.forget(workplace)
    with pytest.raises(NotSetUp):
        demo.refuse_real(workplace)
