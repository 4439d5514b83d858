"""Charges: they arise with what they are for, wait to be billed, and are taken back with it."""

import pytest
from bson import ObjectId

from hmsdesk.controllers.charges import Chargeable, charge, take_back
from hmsdesk.database.unit_of_work import Repeated, write
from hmsdesk.errors import NotAllowed, UserError
from hmsdesk.models.charges import CHARGED, FOR_MEDICINES, FOR_VISIT, TAKEN_BACK
from hmsdesk.models.money import amount_of
from hmsdesk.security.permissions import Role
from tests.billing import Billing, egp
from tests.factories import operation


@pytest.fixture(scope="module")
def billing(clinic):
    return Billing(clinic)


def charge_as(session, patient, about, *lines, sent=None):
    return write(session, sent or operation(), lambda work: charge(session, work, patient["_id"], about, lines))


def test_what_is_charged_waits_to_be_billed(billing):
    patient, about = billing.patient(), ObjectId()
    lines = [Chargeable(FOR_VISIT, "Consultation", egp("350")), Chargeable(FOR_MEDICINES, "Medicines", egp("1.25"), 20)]
    made = charge_as(billing.doctor, patient, about, *lines)
    assert [str(amount_of(one["amount"])) for one in made] == ["350.00", "25.00"]
    assert set(billing.waiting(patient)) == {one["_id"] for one in made}
    assert {one["about"] for one in made} == {about}


def test_what_costs_nothing_is_not_charged(billing):
    patient, about = billing.patient(), ObjectId()
    assert charge_as(billing.doctor, patient, about, Chargeable(FOR_VISIT, "Follow-up", egp("0"))) == []
    assert billing.waiting(patient) == []
    assert billing.charges_about(about) == []


def test_the_same_operation_charges_once(billing):
    patient, about, sent = billing.patient(), ObjectId(), operation()
    line = Chargeable(FOR_VISIT, "Consultation", egp("350"))
    charge_as(billing.doctor, patient, about, line, sent=sent)
    with pytest.raises(Repeated):
        charge_as(billing.doctor, patient, about, line, sent=sent)
    assert len(billing.charges_about(about)) == len(billing.waiting(patient)) == 1


def test_what_is_taken_back_waits_no_more_and_stays_in_the_ledger(billing):
    patient, about = billing.patient(), ObjectId()
    (made,) = charge_as(billing.doctor, patient, about, Chargeable(FOR_VISIT, "Consultation", egp("350")))
    write(billing.doctor, operation(), lambda work: take_back(work, about))
    assert billing.waiting(patient) == []
    assert [one["kind"] for one in billing.charges_about(about)] == [CHARGED, TAKEN_BACK]
    assert billing.charges_about(about)[1]["takes_back"] == made["_id"]


def test_what_is_taken_back_and_charged_again_waits_once(billing):
    patient, about = billing.patient(), ObjectId()
    line = Chargeable(FOR_VISIT, "Consultation", egp("350"))
    charge_as(billing.doctor, patient, about, line)
    write(billing.doctor, operation(), lambda work: take_back(work, about))
    (again,) = charge_as(billing.doctor, patient, about, line)
    assert billing.waiting(patient) == [again["_id"]]
    write(billing.doctor, operation(), lambda work: take_back(work, about))
    assert billing.waiting(patient) == []


def test_taking_back_twice_takes_back_once(billing):
    patient, about = billing.patient(), ObjectId()
    charge_as(billing.doctor, patient, about, Chargeable(FOR_VISIT, "Consultation", egp("350")))
    for _ in range(2):
        write(billing.doctor, operation(), lambda work: take_back(work, about))
    assert [one["kind"] for one in billing.charges_about(about)] == [CHARGED, TAKEN_BACK]


def test_what_is_billed_is_not_taken_back_before_its_bill_is_void(billing):
    bill = billing.issued("350")
    (line,) = bill["lines"]
    with billing.cashier.reading("charges") as charges:
        about = charges.find_one({"_id": line["charge"]})["about"]
    with pytest.raises(UserError, match="on a bill already"):
        write(billing.doctor, operation(), lambda work: take_back(work, about))
    assert [one["kind"] for one in billing.charges_about(about)] == [CHARGED]


def test_a_pharmacist_charges_and_takes_back_what_was_handed_out_by_mistake(billing, clinic):
    pharmacist, patient, about = clinic.session(Role.PHARMACIST), billing.patient(), ObjectId()
    made = charge_as(pharmacist, patient, about, Chargeable(FOR_MEDICINES, "Medicines", egp("95.50")))
    assert billing.waiting(patient) == [made[0]["_id"]]
    write(pharmacist, operation(), lambda work: take_back(work, about))
    assert billing.waiting(patient) == []


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.LABORATORY, Role.PATIENT])
def test_others_charge_nothing(billing, clinic, role):
    patient = billing.patient()
    with pytest.raises(NotAllowed):
        charge_as(clinic.session(role), patient, ObjectId(), Chargeable(FOR_VISIT, "Consultation", egp("350")))
    assert billing.waiting(patient) == []
