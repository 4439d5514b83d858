"""Thirty-two workstations do the same in the same moment: each is a process with a connection of its own.

After each race all of the practice is looked at past the program (tests.races.soundness).
"""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.models.appointments import cells
from hmsdesk.models.booking import Rule
from hmsdesk.models.money import amount_of
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit import tasks
from hmsdesk.views.patients import make_page
from tests.bookings import at
from tests.factories import operation
from tests.races.desks import Desks
from tests.races.scene import FEE, LIMIT, STOCK, Scene
from tests.races.soundness import unsound
from tests.views.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NUMBER = 32
# Where everybody tries until it is done, each waits for all before.
MANY = 16


@pytest.fixture(scope="module")
def desks(clinic, tmp_path_factory):
    with Desks(clinic, tmp_path_factory.mktemp("desks"), NUMBER) as desks:
        desks.sign_in(Role.RECEPTIONIST)
        desks.sign_in(Role.PHARMACIST)
        yield desks


@pytest.fixture(scope="module")
def scene(clinic, desks):
    return Scene(clinic, desks)


@pytest.fixture(autouse=True)
def all_is_sound_after_it(clinic, desks):
    yield
    with clinic.past_the_program() as database:
        assert unsound(database, desks.heads()) == []


def race(desks, each, number=NUMBER):
    """What came of it at each."""
    deeds = [each(one) for one in range(number)]
    return desks.together(deeds[0][0], [values for _, values in deeds])


def done_and_told(answers):
    return [one for one in answers if one.done], [one for one in answers if not one.done]


def claimed(clinic, answers):
    with clinic.past_the_program() as database:
        return list(database.slot_claims.find({"appointment": {"$in": [one.value for one in answers]}}))


def test_of_one_slot_one_is_booked_and_the_others_are_told_why_and_the_nearest_free_ones(clinic, desks, scene):
    answers = race(desks, scene.for_one_slot())
    done, told = done_and_told(answers)
    assert len(done) == 1
    assert {one.rule for one in told} == {Rule.SLOT_FREE.name}
    with clinic.past_the_program() as database:
        booked = list(database.appointments.find({"_id": {"$in": [one.value for one in done]}}))
        at_that_time = database.appointments.count_documents(
            {"practitioner": scene.doctor, "start": booked[0]["start"]}
        )
    assert at_that_time == 1
    claims = [one["_id"] for one in claimed(clinic, done)]
    assert set(cells(scene.doctor, booked[0]["start"], 20)) < set(claims)
    assert len(claims) == 5
    assert all(len(one.nearest) == 3 and booked[0]["start"] not in one.nearest for one in told)


def test_a_daily_limit_of_ten_makes_ten_bookings_and_the_others_are_offered_another_day(clinic, desks, scene):
    each = scene.for_a_day()
    day = scene.reception.locale.local(each(0)[1]["start"]).date()
    done, told = done_and_told(race(desks, each))
    assert len(done) == LIMIT
    assert {one.rule for one in told} == {Rule.LIMIT.name}
    seats = [one["_id"] for one in claimed(clinic, done) if one["_id"].count("|") == 3]
    assert len(set(seats)) == LIMIT
    offered = {scene.reception.locale.local(start).date() for one in told for start in one.nearest}
    assert offered
    assert day not in offered


def test_one_patient_is_not_booked_with_two_doctors_at_once(desks, scene):
    first = at(scene.reception, scene.new_day(), "09:00")
    booked = []
    for n in range(NUMBER // 4):
        # Four desks for each patient: two doctors, and times that overlap.
        for doctor, minutes in ((scene.doctor, 0), (scene.limited, 0), (scene.limited, 5), (scene.limited, 15)):
            start = first + timedelta(minutes=20 * n + minutes)
            values = {"patient": scene.patients[n], "practitioner": doctor, "start": start}
            booked.append({"operation": operation(), **values})
    answers = desks.together("book", booked)
    groups = [answers[n : n + 4] for n in range(0, NUMBER, 4)]
    for group in groups:
        done = [number for number, one in enumerate(group) if one.done]
        # The three with the doctor of short appointments don't overlap with one another.
        assert done == [0] or (done and 0 not in done), group
    told = [one.rule for one in answers if not one.done]
    assert set(told) <= {Rule.PATIENT_FREE.name, Rule.LIMIT.name}


def test_no_time_is_taken_again_beside_one_that_its_patient_is_booked_meanwhile(desks, scene):
    first, later = (at(scene.reception, scene.new_day(), "09:00") for _ in range(2))
    deeds = []
    for n in range(NUMBER // 4):
        # What was cancelled is brought back, or what was moved goes back, while another doctor's time is booked.
        start = first + timedelta(minutes=20 * n)
        given_back = (scene.cancelled, scene.moved)[n % 2](scene.patients[n], start, later + timedelta(minutes=20 * n))
        deeds.append((("bring_back", "move_back")[n % 2], {"operation": operation(), "appointment": given_back}))
        booked = {"patient": scene.patients[n], "practitioner": scene.limited, "start": start}
        deeds.append(("book", {"operation": operation(), **booked}))
    with desks.begun(deeds):
        answers = desks.answers(range(len(deeds)))
    assert [one.done for one in answers[::2]] == [not one.done for one in answers[1::2]]
    assert {one.rule for one in answers if not one.done} == {Rule.PATIENT_FREE.name}


def test_of_a_lot_of_five_five_leave_and_the_others_are_told_how_many_there_are(clinic, desks, scene):
    before = scene.in_stock()
    done, told = done_and_told(race(desks, scene.for_a_lot()))
    assert (len(done), before, scene.in_stock()) == (STOCK, 0, 0)
    assert len(told) == NUMBER - STOCK
    assert {one.told for one in told} <= {"InvalidInput", "UserError"}
    with clinic.past_the_program() as database:
        assert database.charges.count_documents({"about": {"$in": [one.value for one in done]}}) == STOCK


def test_a_delivery_that_everybody_enters_comes_in_once(clinic, desks, scene):
    each = scene.for_an_invoice()
    done, told = done_and_told(race(desks, each))
    assert len(done) == 1
    assert all("Received already on" in one.words for one in told)
    with clinic.past_the_program() as database:
        invoice = each(0)[1]["delivery"]["invoice"]
        assert [row["_id"] for row in database.deliveries.find({"invoice": invoice})] == [done[0].value]
        assert database.stock_lots.count_documents({"lot": {"$regex": f"^{invoice.upper()}"}}) == 1


def test_one_bill_is_paid_once_and_the_others_see_that_it_is(clinic, desks, scene):
    each = scene.for_a_bill()
    bill = each(0)[1]["invoice"]
    done, told = done_and_told(race(desks, each))
    assert len(done) == 1
    # Who looked at it only when it was paid has nothing left to take.
    assert {one.told for one in told} <= {"Conflict", "InvalidInput"}
    assert {one.current["state"] for one in told if one.told == "Conflict"} <= {"paid"}
    row = INVOICES.get(scene.reception, bill)
    assert (row["state"], amount_of(row["paid"]), len(row["receipts"])) == ("paid", FEE, 1)


def test_a_bill_paid_in_parts_by_everybody_is_never_paid_beyond_its_sum(desks, scene):
    each = scene.for_a_bill("80", "pay_in_the_end")
    bill = each(0)[1]["invoice"]
    done, told = done_and_told(race(desks, each))
    row = INVOICES.get(scene.reception, bill)
    assert (len(done), amount_of(row["paid"])) == (4, Decimal(320))
    assert {one.words for one in told} == {"Some fields need correcting. Only EGP 30.00 is still to be paid."}


def test_of_those_who_change_one_record_one_does_and_the_others_are_told_what_it_says_now(desks, scene):
    patient = scene.new_patient()
    # Everybody has looked at it before anybody writes.
    values = [
        {"operation": operation(), "patient": patient["_id"], "field": "alerts", "value": f"Seen at {n}"}
        for n in range(NUMBER)
    ]
    desks.together("look_at", [{"operation": one["operation"], "patient": one["patient"]} for one in values])
    done, told = done_and_told(desks.together("write_down", values))
    row = PATIENTS.get(scene.reception, patient["_id"])
    assert [one.value for one in done] == [row["version"]] == [2]
    assert {one.told for one in told} == {"Conflict"}
    assert {(one.current["version"], one.current["alerts"]) for one in told} == {(2, row["alerts"])}


def test_no_word_is_lost_that_everybody_adds_to_one_record(desks, scene):
    each = scene.for_a_record()
    patient = each(0)[1]["patient"]
    done, told = done_and_told(race(desks, each, MANY))
    assert not told
    row = PATIENTS.get(scene.reception, patient)
    assert sorted(row["address"].split()) == sorted(f"w{n}" for n in range(MANY))
    assert len(done) == MANY
    versions = [one["version"] for one in PATIENTS.history(scene.reception, patient, limit=MANY + 2)]
    assert versions == list(range(MANY + 1, 0, -1))


def test_the_first_entries_of_a_day_begin_as_many_chains_as_there_are_workstations(clinic, desks):
    chains = desks.sign_in(Role.NURSE)
    with clinic.past_the_program() as database:
        first = Counter(entry["chain"] for entry in database.audit.find({"chain": {"$in": chains}, "seq": 1}))
        assert database.audit.count_documents({"chain": {"$in": chains}}) == NUMBER
    assert first == Counter(chains)
    assert len(first) == NUMBER


def test_patients_registered_in_one_moment_have_ids_of_their_own(clinic, desks, scene):
    with clinic.past_the_program() as database:
        ids = [row["identifier"] for row in database.patients.find({"_id": {"$in": scene.patients}})]
    assert len(set(ids)) == NUMBER


def test_everybody_sees_to_somebody_from_the_door_to_the_paid_bill_at_once(clinic, desks, scene):
    values = [
        {"operation": operation(), "patient": patient, "practitioner": doctor}
        for patient, doctor in zip(scene.patients, [scene.doctor, scene.limited] * NUMBER, strict=False)
    ]
    done, told = done_and_told(desks.together("see_to", values))
    assert not told
    with clinic.past_the_program() as database:
        paid = list(database.payments.find({"_id": {"$in": [one.value for one in done]}}))
    # That neither bills nor receipts have a gap is looked at after each race.
    assert len({one["invoice"] for one in paid}) == len({one["number"] for one in paid}) == NUMBER


@pytest.mark.parametrize(
    "ways",
    [
        ("disable", "disable"),
        pytest.param(("disable", "reset"), marks=pytest.mark.nightly),
        pytest.param(("reset", "reset"), marks=pytest.mark.nightly),
    ],
    ids=" and ".join,
)
def test_of_two_owners_who_shut_each_other_out_one_remains(clinic, desks, ways):
    pair = [clinic.hire(Role.ADMINISTRATOR, owner=True) for _ in ways]
    opening = [desks.place(n) | {"email": one.email, "password": one.password} for n, one in enumerate(pair)]
    assert all(one.done for one in desks.together("own", opening))
    deeds = [{"person": other.person, "how": how} for other, how in zip(reversed(pair), ways, strict=True)]
    answers = desks.together("shut_out", deeds)
    done, told = done_and_told(answers)
    assert [one.words for one in told] == [
        "Another owner has just shut your own account out. So nothing was changed. Speak with them."
    ]
    left = pair[answers.index(done[0])]
    session = clinic.door.sign_in(left.email, left.password)
    with owning(clinic.door, session, left.password) as owner:
        assert owner.database.practice.count_documents({}) == 1
    session.close()
    clinic.owner.set_state(left.person, State.DISABLED)


def unrest(desks, scene, seed, times):
    """What was done at all desks together, and what was refused. What a desk did can't be told beforehand."""
    done, told = done_and_told(race(desks, scene.for_everything(seed, times)))
    assert not told
    return sum((one.value for one in done), Counter())


def test_everybody_does_anything_with_the_same_few_things_and_all_of_it_is_sound(desks, scene):
    came_of_it = unrest(desks, scene, 0, 4)
    assert came_of_it.total() == 4 * NUMBER
    assert sum(number for (_, done), number in came_of_it.items() if done) > NUMBER // 2


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(1, 13))
def test_however_long_everybody_does_anything(desks, scene, seed):
    assert unrest(desks, scene, seed, 12).total() == 12 * NUMBER


def button(form, name):
    return next(one for one in form.findChildren(QAbstractButton, name) if not one.isHidden())


@pytest.fixture
def window(qtbot, scene):
    yield Desk(qtbot, scene.reception)
    tasks.stop()


def test_a_window_that_loses_the_race_shows_both_and_keeps_what_is_typed(qtbot, window, desks, scene):
    patient = scene.new_patient()["_id"]
    page = window.show(make_page(window.context, f"{patient}/edit"))
    window.until(lambda: page.form is not None)
    for name, words in (("address", "22 Mossadak St"), ("alerts", "Comes by taxi")):
        editor = page.form.fields.rows[name].editor
        editor.setFocus()
        QTest.keyClicks(editor.line, words)
    other = {"patient": patient, "field": "alerts", "value": "Wheelchair"}
    assert desks.one(7, "write_down", {"operation": operation(), **other}).value == 2
    button(page, "formSave").click()
    window.until(lambda: page.form.findChild(QAbstractButton, "theirs-alerts") is not None)
    assert {one.accessibleName() for one in page.findChildren(QAbstractButton) if "-alerts" in one.objectName()} == {
        "Needs, yours: Comes by taxi",
        "Needs, theirs: Wheelchair",
    }
    # Nothing is decided yet: what is typed stands in the form, and theirs on the server.
    assert PATIENTS.get(scene.reception, patient)["alerts"] == "Wheelchair"
    button(page, "conflictBack").click()
    typed = {name: page.form.fields.rows[name].editor.raw() for name in ("address", "alerts")}
    assert typed == {"address": "22 Mossadak St", "alerts": "Comes by taxi"}
    button(page, "noticeAction").click()
    button(page, "theirs-alerts").click()
    with qtbot.waitSignal(page.saved):
        button(page, "conflictSave").click()
    qtbot.waitUntil(lambda: not tasks.busy())
    row = PATIENTS.get(scene.reception, patient)
    assert (row["version"], row["address"], row["alerts"]) == (3, "22 Mossadak St", "Wheelchair")


@pytest.mark.nightly
@pytest.mark.parametrize("_round", range(20))
@pytest.mark.parametrize(
    "raced",
    ["for_one_slot", "for_a_day", "for_a_lot", "for_an_invoice", "for_a_bill", "for_a_record"],
    ids=lambda name: name[4:],
)
def test_however_often_it_is_raced(desks, scene, raced, _round):
    allowed = {"for_one_slot": 1, "for_a_day": LIMIT, "for_a_lot": STOCK, "for_a_record": NUMBER}
    done, _ = done_and_told(race(desks, getattr(scene, raced)()))
    assert len(done) == allowed.get(raced, 1)
