"""A prescription is taken back before it is handed out, or it isn't: never both."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from bson import ObjectId

from hmsdesk.controllers import timeline
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.opening import Verdict
from hmsdesk.controllers.dispensary.queue import queue
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.errors import InvalidInput, NotAllowed, NotFound, UserError
from hmsdesk.security.permissions import Role
from tests.factories import operation

WHY = "The patient is pregnant"


@pytest.fixture
def signed(practice):
    return practice.stocked()


def cancel(practice, prescription, by=None, why=WHY, sent=None):
    return CANCELLATIONS.cancel(by or practice.doctor, prescription["_id"], why, sent or operation())


def test_the_dispensary_is_told_who_cancelled_it_and_why(practice, signed):
    cancel(practice, signed)
    opened = practice.opened(signed)
    assert opened.verdict is Verdict.CANCELLED
    assert opened.title == "Cancelled by Dr Sara El-Masry: hand nothing out"
    assert WHY in opened.explained
    with pytest.raises(UserError, match="Cancelled by Dr Sara El-Masry"):
        dispense(practice.pharmacist, opened, {1: 60}, operation())


def test_it_leaves_the_queue_and_is_marked_in_lists_and_charts(practice, signed):
    assert signed["_id"] in [row["_id"] for row in queue(practice.pharmacist).waiting]
    cancel(practice, signed)
    assert signed["_id"] not in [row["_id"] for row in queue(practice.pharmacist).waiting]
    listed = PRESCRIPTIONS.of_patient(practice.doctor, signed["patient"])
    charted = [one.row for one in timeline.page(practice.doctor, signed["patient"], {"prescriptions"}).entries]
    found = [row for row in (*listed, *charted) if row["_id"] == signed["_id"]]
    assert len(found) == 2
    for row in (PRESCRIPTIONS.get(practice.pharmacist, signed["_id"]), *found):
        assert row["cancelled"]["reason"] == WHY
        assert row["cancelled"]["practitioner:title"] == "Dr Sara El-Masry"


def test_what_was_seen_before_it_was_cancelled_is_not_handed_out(practice, signed):
    seen = practice.opened(signed)
    cancel(practice, signed)
    with pytest.raises(UserError, match="Cancelled by"):
        dispense(practice.pharmacist, seen, {1: 60}, operation())
    assert practice.opened(signed).handed_out == ()


def test_the_rest_of_one_handed_out_in_part_can_be_cancelled(practice, signed):
    dispense(practice.pharmacist, practice.opened(signed), {1: 20}, operation())
    cancel(practice, signed)
    opened = practice.opened(signed)
    assert opened.verdict is Verdict.CANCELLED
    assert opened.lines[0].owed == 40


def test_one_handed_out_in_full_is_not_cancelled(practice, signed):
    dispense(practice.pharmacist, practice.opened(signed), {1: 60}, operation())
    with pytest.raises(UserError, match="handed out already"):
        cancel(practice, signed)
    assert practice.opened(signed).verdict is Verdict.DISPENSED


def test_an_operation_sent_twice_cancels_once_and_nobody_cancels_again(practice, signed):
    sent = operation()
    first = cancel(practice, signed, sent=sent)
    assert cancel(practice, signed, sent=sent)["_id"] == first["_id"]
    with pytest.raises(UserError, match="cancelled already"):
        cancel(practice, signed)


@pytest.mark.parametrize("why", ["", "   ", "x" * 201, "\u202egnorw"])
def test_a_reason_is_needed(practice, signed, why):
    with pytest.raises(InvalidInput) as refusal:
        cancel(practice, signed, why=why)
    assert set(refusal.value.fields) == {"reason"}
    assert practice.opened(signed).verdict is Verdict.GENUINE


@pytest.mark.parametrize("role", [Role.NURSE, Role.PHARMACIST, Role.RECEPTIONIST])
def test_only_a_doctor_cancels(practice, signed, role):
    with pytest.raises(NotAllowed):
        cancel(practice, signed, by=practice.clinic.session(role))


def test_somebody_with_a_doctor_s_account_who_is_no_doctor_does_not(practice, signed):
    with pytest.raises(UserError, match="not entered as a doctor"):
        cancel(practice, signed, by=practice.clinic.session(Role.DOCTOR))


def test_one_that_is_not_there(practice):
    with pytest.raises((NotFound, InvalidInput, UserError)):
        cancel(practice, {"_id": ObjectId()})


def test_the_trail_names_the_prescription_and_not_the_reason(practice, signed):
    made = cancel(practice, signed)
    with practice.past_the_program() as database:
        entry = database.audit.find_one({"record": made["_id"]})
    assert (entry["action"], entry["reason"]) == ("cancel prescription", signed["number"])


def test_of_a_cancellation_and_a_hand_out_at_once_one_is_first(practice):
    for _ in range(12):
        signed = practice.stocked()
        seen, start = practice.opened(signed), Barrier(2)

        def attempt(work, start=start):
            start.wait()
            try:
                return work()
            except UserError as refused:
                return refused

        with ThreadPoolExecutor(2) as pool:
            works = (
                partial(cancel, practice, signed),
                partial(dispense, practice.pharmacist, seen, {1: 60}, operation()),
            )
            cancelled, handed_out = pool.map(attempt, works)
        won = [not isinstance(answer, UserError) for answer in (cancelled, handed_out)]
        assert sorted(won) == [False, True], (cancelled, handed_out)
        now = practice.opened(signed)
        assert now.verdict is (Verdict.CANCELLED if won[0] else Verdict.DISPENSED)
