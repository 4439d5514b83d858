"""Bills: lines of charges, shares to the cent, numbers without gaps, and void ones."""

import os
import signal
import subprocess
import sys
from decimal import Decimal
from itertools import pairwise

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms, balance, bill_of, owed
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed, UserError
from hmsdesk.models.invoices import insurance_rest, rest, shares
from hmsdesk.models.money import amount_of
from hmsdesk.models.record import DAYS
from hmsdesk.security.permissions import Role
from tests.billing import Billing, egp, together
from tests.conftest import PASSWORD
from tests.factories import EGYPT, operation


@pytest.fixture(scope="module")
def billing(clinic):
    return Billing(clinic)


def sums(bill):
    return [str(amount_of(bill[name])) for name in ("total", "insurance", "due", "paid")]


def issue(billing, patient, charges, **more):
    asked = IssueInvoice(patient["_id"], {one["_id"]: LineTerms() for one in charges}, **more)
    return INVOICES.issue(billing.cashier, asked, operation())


def numbers_of(clinic, series):
    with clinic.past_the_program() as database:
        return sorted(row["number"] for row in database[series].find({}, ["number"]))


def without_gaps(numbers):
    return all(int(after[-5:]) == int(before[-5:]) + 1 for before, after in pairwise(numbers))


class TestApproving:
    def test_charges_become_lines_and_wait_no_more(self, billing):
        patient = billing.patient()
        made = billing.charged(patient, "400", "120", label="ECG")
        bill = issue(billing, patient, made)
        assert [line["label"] for line in bill["lines"]] == ["ECG", "ECG"]
        assert sums(bill) == ["520.00", "0.00", "520.00", "0.00"]
        assert (bill["state"], bill["claim"], bill["patient:title"]) == ("open", "none", patient["name"])
        assert billing.waiting(patient) == []
        assert [(one["state"], one["by"]) for one in bill["stamps"]] == [("open", billing.cashier.identity.person)]

    def test_the_insurance_pays_its_share_of_each_line(self, billing):
        patient = billing.patient()
        made = billing.charged(patient, "400", "250", "95.50")
        terms = {made[0]["_id"]: LineTerms(60), made[1]["_id"]: LineTerms(60), made[2]["_id"]: LineTerms()}
        asked = IssueInvoice(patient["_id"], terms, "Misr Insurance", "MI-204981")
        bill = INVOICES.issue(billing.cashier, asked, operation())
        assert sums(bill) == ["745.50", "390.00", "355.50", "0.00"]
        assert (bill["insurer"], bill["policy"], bill["claim"]) == ("Misr Insurance", "MI-204981", "open")

    def test_a_bill_that_the_insurance_pays_in_full_is_paid(self, billing):
        bill = billing.issued("400", percent=100)
        assert (bill["state"], bill["claim"]) == ("paid", "open")
        assert bill["settled_at"]

    def test_a_discount_comes_off_before_the_insurance_and_has_a_reason(self, billing):
        patient = billing.patient()
        (made,) = billing.charged(patient, "400")
        asked = IssueInvoice(patient["_id"], {made["_id"]: LineTerms(50, "100", "Colleague")}, "Misr Insurance")
        bill = INVOICES.issue(billing.cashier, asked, operation())
        assert sums(bill) == ["300.00", "150.00", "150.00", "0.00"]
        assert bill["lines"][0]["discount_reason"] == "Colleague"

    @pytest.mark.parametrize(
        ("terms", "name", "sentence"),
        [
            (LineTerms(0, "500", "Friend"), "discount", "No more can be taken off than the line costs."),
            (LineTerms(0, "50"), "reason", "Why is it cheaper?"),
            (LineTerms(0, "fifty", "Friend"), "discount", "This is not an amount."),
            (LineTerms(101), "discount", "from 0 to 100"),
        ],
    )
    def test_what_cannot_be_is_told_and_the_charge_goes_on_waiting(self, billing, terms, name, sentence):
        patient = billing.patient()
        (made,) = billing.charged(patient, "400")
        with pytest.raises(InvalidInput) as refused:
            INVOICES.issue(billing.cashier, IssueInvoice(patient["_id"], {made["_id"]: terms}, "Misr"), operation())
        assert sentence in refused.value.fields[f"line.{made['_id']}.{name}"]
        assert billing.waiting(patient) == [made["_id"]]

    def test_a_share_names_who_pays_it(self, billing):
        patient = billing.patient()
        (made,) = billing.charged(patient, "400")
        with pytest.raises(InvalidInput) as refused:
            INVOICES.issue(billing.cashier, IssueInvoice(patient["_id"], {made["_id"]: LineTerms(60)}), operation())
        assert set(refused.value.fields) == {"insurer"}

    def test_nothing_is_not_billed(self, billing):
        with pytest.raises(InvalidInput):
            issue(billing, billing.patient(), [])

    def test_the_same_operation_bills_once(self, billing):
        patient, sent = billing.patient(), operation()
        made = billing.charged(patient, "350")
        asked = IssueInvoice(patient["_id"], {one["_id"]: LineTerms() for one in made})
        first = INVOICES.issue(billing.cashier, asked, sent)
        assert INVOICES.issue(billing.cashier, asked, sent) == first
        assert len(INVOICES.of_patient(billing.cashier, patient["_id"])) == 1

    def test_two_cash_desks_bill_a_charge_once(self, billing):
        other = billing.new_cashier()
        for _ in range(3):
            patient = billing.patient()
            made = billing.charged(patient, "350")
            asked = IssueInvoice(patient["_id"], {one["_id"]: LineTerms() for one in made})
            answers = together(
                [
                    lambda who=who, asked=asked: INVOICES.issue(who, asked, operation())
                    for who in (billing.cashier, other)
                ]
            )
            assert [type(answer) for answer in answers if isinstance(answer, UserError)] == [Conflict]
            assert len(INVOICES.of_patient(billing.cashier, patient["_id"])) == 1

    def test_another_patients_charges_are_not_billed(self, billing):
        patient, other = billing.patient(), billing.patient()
        made = billing.charged(other, "350")
        with pytest.raises(Conflict):
            issue(billing, patient, made)
        assert billing.waiting(other) == [made[0]["_id"]]

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE, Role.PHARMACIST, Role.ADMINISTRATOR])
    def test_by_the_cash_desk_alone(self, billing, clinic, role):
        patient = billing.patient()
        made = billing.charged(patient, "350")
        with pytest.raises(NotAllowed):
            INVOICES.issue(
                clinic.session(role), IssueInvoice(patient["_id"], {made[0]["_id"]: LineTerms()}), operation()
            )


class TestNumbers:
    def test_they_follow_one_another_within_the_year(self, billing, clinic):
        first, second = billing.issued(), billing.issued()
        year = billing.cashier.locale.today().year % 100
        assert first["number"].startswith(f"INV-{year:02}-")
        assert int(second["number"][-5:]) == int(first["number"][-5:]) + 1

    def test_many_at_once_leave_no_gap(self, billing, clinic):
        sessions = [clinic.sign_in(Role.RECEPTIONIST) for _ in range(6)]
        asked = []
        for _ in range(24):
            patient = billing.patient()
            (made,) = billing.charged(patient, "350")
            asked.append(IssueInvoice(patient["_id"], {made["_id"]: LineTerms()}))

        def some(n):
            return [INVOICES.issue(sessions[n], one, operation()) for one in asked[n::6]]

        answers = together([lambda n=n: some(n) for n in range(6)])
        assert [answer for answer in answers if isinstance(answer, UserError)] == []
        assert without_gaps(numbers_of(clinic, "invoices"))

    def test_what_fails_after_it_was_counted_leaves_no_gap(self, billing, clinic):
        class Broken(Exception):
            pass

        def fails(work):
            work.next_number(f"INV-{billing.cashier.locale.today().year % 100:02}")
            raise Broken

        billing.issued()
        for _ in range(5):
            with pytest.raises(Broken):
                write(billing.cashier, operation(), fails)
        billing.issued()
        assert without_gaps(numbers_of(clinic, "invoices"))

    def test_a_program_killed_while_it_bills_leaves_no_gap(self, billing, clinic):
        """Killed at any point of it, several times."""
        for _ in range(3):
            patient = billing.patient()
            billing.charged(patient, *["10"] * 80)
            code = KILLED.format(
                home=str(clinic.settings.home),
                profile=clinic.profile.written(),
                address=clinic.address,
                email=clinic.email(Role.RECEPTIONIST),
                password=PASSWORD,
                patient=patient["_id"],
            )
            with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
                for _ in range(4):
                    assert child.stdout.readline().startswith("INV-")
                os.kill(child.pid, signal.SIGKILL)
        # What the killed program held is given back by the server, after some seconds.
        left = IssueInvoice(patient["_id"], {billing.waiting(patient)[-1]: LineTerms()})
        while True:
            try:
                INVOICES.issue(billing.cashier, left, operation())
                break
            except UserError as problem:
                if not isinstance(problem, (Conflict,)) and "Somebody else" not in problem.title:
                    raise
        numbers = numbers_of(clinic, "invoices")
        assert without_gaps(numbers)
        assert len(numbers) == len(set(numbers))

    def test_nobody_takes_a_number_twice_past_the_counter(self, billing, clinic):
        billing.issued()
        with clinic.past_the_program() as database:
            (counter,) = database.counters.find({"_id": {"$regex": "^INV"}})
            database.counters.update_one({"_id": counter["_id"]}, {"$set": {"last": 0}})
            patient = billing.patient()
            made = billing.charged(patient, "350")
            with pytest.raises(InvalidInput):
                issue(billing, patient, made)
            database.counters.update_one({"_id": counter["_id"]}, {"$set": {"last": counter["last"]}})
        assert billing.waiting(patient) == [made[0]["_id"]]


KILLED = """
from bson import ObjectId
from uuid import uuid4
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms, waiting_charges
from hmsdesk.controllers.sign_in import Door
from hmsdesk.security.secrets import open_secrets
from hmsdesk.settings import Profile, SecretStore, Settings
settings = Settings(home={home!r}, argon2_mib=64, server_timeout_s=60)
secrets = open_secrets(SecretStore.FILE, settings.folder())
door = Door(settings, Profile.read({profile!r}), secrets, {address!r})
session = door.sign_in({email!r}, {password!r})
patient = ObjectId("{patient}")
for charge in waiting_charges(session, patient):
    bill = INVOICES.issue(session, IssueInvoice(patient, {{charge["_id"]: LineTerms()}}), uuid4().hex)
    print(bill["number"], flush=True)
"""


class TestVoid:
    def test_what_it_billed_waits_again(self, billing):
        patient = billing.patient()
        bill = billing.issued("350", patient=patient)
        gone = INVOICES.void(billing.cashier, bill, "Wrong patient", operation())
        assert gone["state"] == "void"
        assert gone["stamps"][-1]["reason"] == "Wrong patient"
        assert billing.waiting(patient) == [bill["lines"][0]["charge"]]
        assert balance(billing.cashier, patient["_id"]) == Decimal("350.00")

    def test_one_that_only_the_insurance_pays_can_be_void_until_it_has(self, billing):
        bill = billing.issued("400", percent=100)
        gone = INVOICES.void(billing.cashier, bill, "Wrong insurance", operation())
        assert gone["state"] == "void"
        assert "settled_at" not in gone
        other = billing.issued("400", percent=100)
        billing.paid(other, "400", "insurance")
        with pytest.raises(UserError, match="nothing is paid"):
            INVOICES.void(billing.cashier, billing.now(other), "Wrong", operation())

    def test_one_that_is_void_is_not_void_again(self, billing):
        gone = INVOICES.void(billing.cashier, billing.issued(), "Wrong", operation())
        with pytest.raises(UserError):
            INVOICES.void(billing.cashier, gone, "Wrong", operation())
        assert len(billing.waiting({"_id": gone["patient"]})) == 1

    def test_a_reason_is_needed(self, billing):
        with pytest.raises(InvalidInput):
            INVOICES.void(billing.cashier, billing.issued(), "  ", operation())

    def test_what_is_paid_is_given_back_first(self, billing):
        bill = billing.issued("350")
        billing.paid(bill, "100")
        with pytest.raises(UserError, match="nothing is paid"):
            INVOICES.void(billing.cashier, billing.now(bill), "Wrong", operation())

    def test_one_that_was_paid_meanwhile_is_not_void(self, billing):
        seen = billing.issued("350")
        billing.paid(seen, "100")
        with pytest.raises(Conflict):
            INVOICES.void(billing.cashier, seen, "Wrong", operation())
        assert billing.state(seen)[0] == "part-paid"

    def test_the_same_operation_voids_once(self, billing):
        seen, sent = billing.issued("350"), operation()
        assert INVOICES.void(billing.cashier, seen, "Wrong", sent) == INVOICES.void(
            billing.cashier, seen, "Wrong", sent
        )

    def test_a_doctor_voids_nothing(self, billing):
        with pytest.raises(NotAllowed):
            INVOICES.void(billing.doctor, billing.issued(), "Wrong", operation())


class TestWhatTheInsuranceDoesNotPay:
    def test_it_comes_to_the_patient_who_owes_it_then(self, billing):
        bill = billing.issued("400", percent=60)
        billing.paid(bill, "160")
        billing.paid(bill, "100", "insurance")
        moved = INVOICES.move_share(billing.cashier, billing.now(bill), "140", "Not covered", operation())
        assert (moved["state"], rest(moved), insurance_rest(moved)) == ("part-paid", Decimal("140.00"), 0)
        assert (moved["claim"], amount_of(moved["declined"])) == ("settled", Decimal("140.00"))
        assert amount_of(moved["due"]) + amount_of(moved["insurance"]) == amount_of(moved["total"])
        assert moved["stamps"][-1]["reason"] == "Not covered"
        assert "settled_at" not in moved
        billing.paid(moved, "140")
        assert billing.state(moved)[0] == "paid"

    def test_a_part_of_it_leaves_the_rest_to_the_insurance(self, billing):
        bill = billing.issued("400", percent=60)
        moved = INVOICES.move_share(billing.cashier, bill, "40", "Less covered", operation())
        moved = INVOICES.move_share(billing.cashier, moved, "10.50", "Even less", operation())
        assert (rest(moved), insurance_rest(moved)) == (Decimal("210.50"), Decimal("189.50"))
        assert (moved["claim"], amount_of(moved["declined"])) == ("open", Decimal("50.50"))

    @pytest.mark.parametrize(
        ("amount", "reason", "field"),
        [("240.01", "Why", "amount"), ("0", "Why", "amount"), ("x", "Why", "amount"), ("40", " ", "reason")],
    )
    def test_no_more_than_it_has_to_pay_and_not_without_a_reason(self, billing, amount, reason, field):
        with pytest.raises(InvalidInput) as refused:
            INVOICES.move_share(billing.cashier, billing.issued("400", percent=60), amount, reason, operation())
        assert list(refused.value.fields) == [field]

    def test_it_is_moved_once_by_the_same_operation_and_by_nobody_who_saw_it_before(self, billing):
        bill, sent = billing.issued("400", percent=60), operation()
        for _ in range(2):
            INVOICES.move_share(billing.cashier, bill, "40", "Not covered", sent)
        assert rest(billing.now(bill)) == Decimal("200.00")
        with pytest.raises(Conflict):
            INVOICES.move_share(billing.cashier, bill, "40", "Not covered", operation())
        with pytest.raises(NotAllowed):
            INVOICES.move_share(billing.doctor, billing.now(bill), "40", "Not covered", operation())


class TestBalance:
    def test_what_the_insurance_pays_of_what_waits_is_not_owed_by_the_patient(self, billing):
        patient = billing.patient(insurer="Misr Insurance", insurance_percent=60)
        (charge,) = billing.charged(patient, "99.99")
        assert balance(billing.cashier, patient["_id"]) == Decimal("40.00")
        asked = IssueInvoice(patient["_id"], {charge["_id"]: LineTerms(60)}, "Misr Insurance")
        assert amount_of(INVOICES.issue(billing.cashier, asked, operation())["due"]) == Decimal("40.00")

    def test_what_waits_and_what_is_left_of_bills(self, billing):
        patient = billing.patient()
        bill = billing.issued("350", patient=patient)
        billing.charged(patient, "80")
        billing.paid(bill, "200")
        assert balance(billing.cashier, patient["_id"]) == Decimal("230.00")
        assert balance(billing.doctor, patient["_id"]) == Decimal("230.00")
        assert owed(billing.cashier)[patient["_id"]] == Decimal("230.00")

    def test_nothing_is_zero_and_nobody_who_may_not_know_is_told(self, billing, clinic):
        patient = billing.patient()
        assert balance(billing.cashier, patient["_id"]) == 0
        assert balance(clinic.session(Role.NURSE), patient["_id"]) is None
        assert owed(clinic.session(Role.PHARMACIST)) == {}
        assert patient["_id"] not in owed(billing.cashier)


class TestTheList:
    def test_a_bill_is_found_by_its_number_and_by_its_patient(self, billing):
        patient = billing.patient("Zeinab Nagy Wahba")
        bill = billing.issued(patient=patient)
        for text in (bill["number"], "zeinab", "wah nag"):
            assert [row["_id"] for row in INVOICES.page(billing.cashier, Query(text=text)).rows] == [bill["_id"]]

    def test_it_is_found_by_the_name_in_arabic_and_by_the_number_without_its_zeros(self, billing):
        patient = billing.patient("Zaki Found", name_ar="زكي المفقود")
        bill = billing.issued(patient=patient)
        billing.paid(bill, "100")
        for text in ("زكي", "المفقود", bill["number"].rpartition("-")[2].lstrip("0")):
            assert bill["_id"] in [row["_id"] for row in INVOICES.page(billing.cashier, Query(text=text)).rows]
        found = PAYMENTS.page(billing.cashier, Query(text="زكي")).rows
        assert [row["invoice"] for row in found] == [bill["_id"]]
        PATIENTS.change(billing.cashier, patient["_id"], 1, {"name_ar": "زكريا المفقود"}, operation())
        assert [row["_id"] for row in INVOICES.page(billing.cashier, Query(text="زكريا")).rows] == [bill["_id"]]

    def test_a_new_name_finds_it_too(self, billing):
        patient = billing.patient("Hoda Gaber Anwar")
        bill = billing.issued(patient=patient)
        PATIENTS.change(billing.cashier, patient["_id"], 1, {"name": "Nawal Gaber Anwar"}, operation())
        assert [row["_id"] for row in INVOICES.page(billing.cashier, Query(text="nawal")).rows] == [bill["_id"]]

    def test_it_is_narrowed_down_to_days_and_states(self, billing):
        bill = billing.issued()
        today = billing.cashier.locale.today().isoformat()
        query = Query(filters={DAYS: (today, today), "state": "open"}, descending=True)
        assert bill["_id"] in [row["_id"] for row in INVOICES.page(billing.cashier, query).rows]
        assert INVOICES.count(billing.cashier, query).number > 0
        never = Query(filters={DAYS: ("2020-01-01", "2020-01-02")})
        assert INVOICES.page(billing.cashier, never).rows == []
        with pytest.raises(InvalidInput):
            INVOICES.page(billing.cashier, Query(filters={DAYS: ("x", "y")}))


AMOUNTS = st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2)


@given(AMOUNTS, st.integers(0, 100), st.integers(0, 100))
def test_shares_of_a_line_add_up_to_the_cent(amount, percent, off):
    discount = (amount * off / 100).quantize(Decimal("0.01"))
    parts = shares(amount, discount, percent)
    assert parts.insurance + parts.patient == amount - discount
    assert 0 <= parts.insurance <= amount - discount
    assert abs(parts.insurance - (amount - discount) * percent / 100) <= Decimal("0.005")


@given(st.lists(st.tuples(AMOUNTS, st.integers(0, 100)), min_size=1, max_size=12))
def test_shares_of_a_bill_are_those_of_its_lines(lines):
    charges = [
        {"_id": ObjectId(), "label": "x", "quantity": 1, "price": egp(str(amount)), "amount": egp(str(amount))}
        for amount, _ in lines
    ]
    terms = {charge["_id"]: LineTerms(percent) for charge, (_, percent) in zip(charges, lines, strict=True)}
    bill = bill_of(charges, terms, EGYPT)
    assert bill.total == sum(amount for amount, _ in lines)
    assert bill.insurance == sum(amount_of(line["insurance"]) for line in bill.lines)
    assert bill.patient + bill.insurance == bill.total
