"""What the cash desk sees: who has something to pay, who has paid today, and one patient's account."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from hmsdesk.controllers.cash_desk import add_services, open_invoice, open_patient, paid_today, take_off, to_pay
from hmsdesk.controllers.services import SERVICES
from hmsdesk.errors import InvalidInput, NotAllowed, UserError
from hmsdesk.security.permissions import Role
from tests.billing import Billing
from tests.factories import operation, typed


@pytest.fixture(scope="module")
def billing(clinic):
    return Billing(clinic)


def service(clinic, price="200"):
    return SERVICES.create(clinic.administrator, typed("services", price=price), operation())


def lines_of(billing, patient):
    return [one for one in to_pay(billing.cashier) if one.patient == patient["_id"]]


def test_what_waits_and_what_is_owed_is_to_be_paid_the_longest_first(billing):
    first, second = billing.patient(), billing.patient()
    bill = billing.issued("350", patient=first)
    billing.charged(second, "80", "20")
    billing.paid(bill, "100")
    (owed,), (waits,) = lines_of(billing, first), lines_of(billing, second)
    assert (owed.amount, owed.invoice["state"], owed.name) == (Decimal("250.00"), "part-paid", first["name"])
    assert (waits.amount, waits.invoice) == (Decimal("100.00"), None)
    moments = [one.since for one in to_pay(billing.cashier)]
    assert moments == sorted(moments)


def test_a_bill_is_overdue_from_the_next_day_on(billing):
    patient = billing.patient()
    billing.issued("350", patient=patient)
    assert [one.overdue for one in lines_of(billing, patient)] == [False]
    with time_machine.travel(billing.cashier.now() + timedelta(days=1), tick=True):
        assert [one.overdue for one in lines_of(billing, patient)] == [True]


def test_what_was_never_billed_is_overdue_from_the_next_day_on(billing):
    patient = billing.patient()
    billing.charged(patient, "350")
    assert [one.overdue for one in lines_of(billing, patient)] == [False]
    with time_machine.travel(billing.cashier.now() + timedelta(days=1), tick=True):
        assert [one.overdue for one in lines_of(billing, patient)] == [True]


def test_what_is_paid_moves_over_to_paid_today(billing):
    patient = billing.patient()
    bill = billing.issued("350", patient=patient)
    billing.paid(bill, "100")
    billing.paid(bill, "250", "card")
    assert lines_of(billing, patient) == []
    (paid,) = [one for one in paid_today(billing.cashier) if one.patient == patient["_id"]]
    assert (paid.amount, paid.method, paid.name) == (Decimal("350.00"), "card", patient["name"])
    with time_machine.travel(billing.cashier.now() + timedelta(days=1), tick=True):
        assert paid_today(billing.cashier) == []


def test_a_patients_account_shows_what_waits_first_then_what_is_owed(billing):
    patient = billing.patient()
    assert open_patient(billing.cashier, patient["_id"]).invoice is None
    old = billing.issued("350", patient=patient)
    billing.issued("80", patient=patient)
    assert open_patient(billing.cashier, patient["_id"]).invoice["_id"] == old["_id"]
    made = billing.charged(patient, "20")
    account = open_patient(billing.cashier, patient["_id"])
    assert ([one["_id"] for one in account.charges], account.invoice) == ([made[0]["_id"]], None)


def test_a_bill_comes_with_its_payments(billing):
    bill = billing.issued("350")
    taken = billing.paid(bill, "100")
    account = open_invoice(billing.cashier, bill["_id"])
    assert [one["_id"] for one in account.payments] == [taken["_id"]]
    assert account.payments[0]["cashier:title"]
    assert account.patient["_id"] == bill["patient"]


class TestServicesOfThePriceList:
    def test_they_wait_to_be_billed(self, billing, clinic):
        patient, ecg, dressing = billing.patient(), service(clinic), service(clinic, "80")
        add_services(billing.cashier, patient["_id"], {ecg["_id"]: 1, dressing["_id"]: 2}, operation())
        charges = open_patient(billing.cashier, patient["_id"]).charges
        assert {(one["label"], one["quantity"]) for one in charges} == {(ecg["name"], 1), (dressing["name"], 2)}
        assert lines_of(billing, patient)[0].amount == Decimal("360.00")

    def test_the_same_operation_charges_once(self, billing, clinic):
        patient, ecg, sent = billing.patient(), service(clinic), operation()
        for _ in range(2):
            add_services(billing.cashier, patient["_id"], {ecg["_id"]: 1}, sent)
        assert len(billing.waiting(patient)) == 1

    def test_one_is_taken_off_and_the_others_stay(self, billing, clinic):
        patient = billing.patient()
        add_services(
            billing.cashier, patient["_id"], {service(clinic)["_id"]: 1, service(clinic)["_id"]: 1}, operation()
        )
        first, second = open_patient(billing.cashier, patient["_id"]).charges
        take_off(billing.cashier, first, operation())
        assert billing.waiting(patient) == [second["_id"]]

    def test_what_a_doctor_charged_is_not_taken_off_here(self, billing):
        patient = billing.patient()
        (made,) = billing.charged(patient, "350")
        with pytest.raises(UserError, match="charged with what was done"):
            take_off(billing.cashier, made, operation())
        assert billing.waiting(patient) == [made["_id"]]

    @pytest.mark.parametrize("number", [0, -1, 5000])
    def test_a_quantity_that_cannot_be_is_told(self, billing, clinic, number):
        patient = billing.patient()
        with pytest.raises(InvalidInput) as refused:
            add_services(billing.cashier, patient["_id"], {service(clinic)["_id"]: number}, operation())
        assert set(refused.value.fields) == {"quantity"}

    def test_what_costs_nothing_is_told(self, billing, clinic):
        with pytest.raises(InvalidInput) as refused:
            add_services(billing.cashier, billing.patient()["_id"], {service(clinic, "0")["_id"]: 1}, operation())
        assert "costs nothing" in refused.value.fields["service"]

    def test_an_administrator_charges_nothing(self, billing, clinic):
        with pytest.raises(NotAllowed):
            add_services(
                clinic.session(Role.ADMINISTRATOR), billing.patient()["_id"], {service(clinic)["_id"]: 1}, operation()
            )
