"""Paying: each payment once, never more than there is to pay, and a ledger that always adds up."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hmsdesk.controllers import keeping, listing, references
from hmsdesk.controllers.cash_paper import receipt_page
from hmsdesk.controllers.closings import CLOSINGS, CountDrawer
from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS, GiveBack, TakePayment
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed, UserError
from hmsdesk.models.invoices import insurance_rest, rest
from hmsdesk.models.money import ZERO, amount_of
from hmsdesk.models.payments import INSURANCE, PAYMENT, REVERSAL
from hmsdesk.security.permissions import Role
from tests.billing import Billing, together, words_of
from tests.factories import operation


@pytest.fixture(scope="module")
def billing(clinic):
    made = Billing(clinic)
    made.open_drawer("1000")
    return made


def give_back(billing, bill, amount, method="cash", reason="Not done"):
    reference = "" if method == "cash" else "4712"
    refund = GiveBack(method, amount, reason, reference)
    return PAYMENTS.give_back(billing.cashier, billing.now(bill), refund, operation())


def assert_adds_up(billing, bill):
    row, ledger = billing.now(bill), billing.ledger(bill)

    def sum_of(insurance):
        mine = [one for one in ledger if (one["method"] == INSURANCE) == insurance]
        comes_in = (PAYMENT, REVERSAL)
        return sum((amount_of(one["amount"]) * (1 if one["kind"] in comes_in else -1) for one in mine), ZERO)

    assert amount_of(row["paid"]) == sum_of(insurance=False)
    assert amount_of(row["insurance_paid"]) == sum_of(insurance=True)
    assert 0 <= amount_of(row["paid"]) <= amount_of(row["due"]) - amount_of(row["credited"])
    assert 0 <= amount_of(row["insurance_paid"]) <= amount_of(row["insurance"])


class TestPaying:
    def test_in_parts_by_cash_and_card(self, billing):
        bill = billing.issued("403.50")
        first = billing.paid(bill, "200", received="250")
        assert (str(amount_of(first["received"])), str(amount_of(first["change"]))) == ("250.00", "50.00")
        assert billing.state(bill) == ("part-paid", Decimal("200.00"))
        second = billing.paid(bill, "203.50", "card")
        assert billing.state(bill) == ("paid", Decimal("403.50"))
        assert second["reference"] == "4711"
        assert billing.now(bill)["settled_at"] == second["at"]
        assert_adds_up(billing, bill)

    def test_what_taking_one_answers_is_what_is_kept(self, billing):
        taken = billing.paid(billing.issued("350"), "100")
        assert PAYMENTS.get(billing.cashier, taken["_id"]) == taken

    def test_each_has_a_receipts_number_of_its_own(self, billing, clinic):
        bill = billing.issued("350")
        for amount in ("100", "100", "150"):
            billing.paid(bill, amount)
        with clinic.past_the_program() as database:
            numbers = sorted(row["number"] for row in database.payments.find())
        assert numbers[0].startswith(f"REC-{billing.cashier.locale.today().year % 100:02}-")
        assert all(int(after[-5:]) == int(before[-5:]) + 1 for before, after in pairwise(numbers))

    def test_the_exact_sum_needs_no_word_of_what_was_received(self, billing):
        paid = billing.paid(billing.issued("350"), "350")
        assert (str(amount_of(paid["received"])), str(amount_of(paid["change"]))) == ("350.00", "0.00")

    @pytest.mark.parametrize(
        ("taken", "name"),
        [
            (TakePayment("cash", "350.01"), "amount"),
            (TakePayment("cash", "0"), "amount"),
            (TakePayment("cash", ""), "amount"),
            (TakePayment("cash", "-5"), "amount"),
            (TakePayment("cash", "12.345"), "amount"),
            (TakePayment("cash", "350", "300"), "received"),
            (TakePayment("card", "350"), "reference"),
            (TakePayment("transfer", "350"), "reference"),
            (TakePayment("cheque", "350"), "method"),
            (TakePayment("insurance", "1", reference="CL-1"), "amount"),
        ],
    )
    def test_what_cannot_be_is_told_at_its_field_and_nothing_is_taken(self, billing, taken, name):
        bill = billing.issued("350")
        with pytest.raises(InvalidInput) as refused:
            PAYMENTS.take(billing.cashier, bill, taken, operation())
        assert set(refused.value.fields) == {name}
        assert billing.state(bill) == ("open", ZERO)
        assert billing.ledger(bill) == []

    def test_the_insurance_settles_its_share_later(self, billing):
        bill = billing.issued("400", percent=60)
        billing.paid(bill, "160")
        assert billing.state(bill)[0] == "paid"
        assert billing.now(bill)["claim"] == "open"
        billing.paid(bill, "100", "insurance")
        assert insurance_rest(billing.now(bill)) == Decimal("140.00")
        billing.paid(bill, "140", "insurance")
        assert billing.now(bill)["claim"] == "settled"
        assert billing.state(bill) == ("paid", Decimal("160.00"))
        assert_adds_up(billing, bill)

    def test_a_void_bill_takes_no_payment(self, billing):
        bill = billing.issued("350")
        INVOICES.void(billing.cashier, bill, "Wrong", operation())
        with pytest.raises(UserError, match="void"):
            billing.paid(bill, "350")

    def test_the_same_operation_takes_once(self, billing):
        bill, sent, taken = billing.issued("350"), operation(), TakePayment("cash", "100")
        first = PAYMENTS.take(billing.cashier, bill, taken, sent)
        assert PAYMENTS.take(billing.cashier, bill, taken, sent) == first
        assert billing.state(bill) == ("part-paid", Decimal("100.00"))

    def test_who_looks_at_an_older_state_is_told(self, billing):
        seen = billing.issued("350")
        billing.paid(seen, "100")
        with pytest.raises(Conflict):
            PAYMENTS.take(billing.cashier, seen, TakePayment("cash", "100"), operation())
        assert len(billing.ledger(seen)) == 1

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE, Role.PHARMACIST, Role.ADMINISTRATOR])
    def test_by_the_cash_desk_alone(self, billing, clinic, role):
        with pytest.raises(NotAllowed):
            PAYMENTS.take(clinic.session(role), billing.issued(), TakePayment("cash", "350"), operation())


class TestManyAtOnce:
    def test_a_bill_is_paid_once_by_two_cash_desks(self, billing):
        other = billing.new_cashier()
        for _ in range(4):
            seen = billing.issued("350")
            answers = together(
                [
                    lambda who=who, seen=seen: PAYMENTS.take(who, seen, TakePayment("cash", "350"), operation())
                    for who in (billing.cashier, other)
                ]
            )
            assert [type(answer) for answer in answers if isinstance(answer, UserError)] == [Conflict]
            assert billing.state(seen) == ("paid", Decimal("350.00"))
            assert len(billing.ledger(seen)) == 1

    def test_a_double_click_takes_once(self, billing):
        seen, sent = billing.issued("350"), operation()
        answers = together([lambda: PAYMENTS.take(billing.cashier, seen, TakePayment("cash", "100"), sent)] * 4)
        assert len({answer["_id"] for answer in answers}) == 1
        assert billing.state(seen) == ("part-paid", Decimal("100.00"))

    def test_who_always_looks_again_never_takes_too_much(self, billing):
        bill = billing.issued("100")
        sessions = [billing.new_cashier() for _ in range(6)]

        def persistently(who):
            while True:
                try:
                    return PAYMENTS.take(who, billing.now(bill), TakePayment("cash", "30"), operation())
                except InvalidInput as enough:
                    return enough
                except UserError:
                    continue

        answers = together([lambda who=who: persistently(who) for who in sessions])
        assert sum(isinstance(answer, InvalidInput) for answer in answers) == 3
        assert billing.state(bill) == ("part-paid", Decimal("90.00"))
        assert_adds_up(billing, bill)

    def test_a_refund_and_a_payment_in_one_moment_leave_one_of_them(self, billing):
        bill = billing.issued("350")
        billing.paid(bill, "200")
        seen = billing.now(bill)
        answers = together(
            [
                lambda: PAYMENTS.take(billing.cashier, seen, TakePayment("cash", "150"), operation()),
                lambda: PAYMENTS.give_back(billing.cashier, seen, GiveBack("cash", "200", "Not done"), operation()),
            ]
        )
        assert [type(answer) for answer in answers if isinstance(answer, UserError)] == [Conflict]
        assert_adds_up(billing, bill)


class TestGivingBack:
    def test_all_of_it(self, billing):
        bill = billing.issued("350")
        billing.paid(bill, "350")
        refund = give_back(billing, bill, "350")
        assert billing.state(bill) == ("refunded", ZERO)
        assert refund["reason"] == "Not done"
        assert rest(billing.now(bill)) == 0
        assert_adds_up(billing, bill)

    def test_a_part_of_it_is_not_owed_again(self, billing):
        bill = billing.issued("350")
        billing.paid(bill, "350")
        give_back(billing, bill, "100")
        assert billing.state(bill) == ("paid", Decimal("250.00"))
        assert rest(billing.now(bill)) == 0

    def test_of_a_part_paid_bill_the_rest_is_still_owed(self, billing):
        bill = billing.issued("350")
        billing.paid(bill, "200")
        give_back(billing, bill, "50")
        assert billing.state(bill) == ("part-paid", Decimal("150.00"))
        assert rest(billing.now(bill)) == Decimal("150.00")

    def test_no_more_than_was_paid(self, billing):
        bill = billing.issued("350")
        billing.paid(bill, "100")
        with pytest.raises(InvalidInput) as refused:
            give_back(billing, bill, "100.01")
        assert refused.value.fields == {"amount": "Only EGP 100.00 was paid."}

    def test_with_a_reason(self, billing):
        bill = billing.issued("350")
        billing.paid(bill, "100")
        with pytest.raises(InvalidInput) as refused:
            give_back(billing, bill, "100", reason="")
        assert set(refused.value.fields) == {"reason"}

    def test_no_more_cash_than_the_drawer_holds(self, billing):
        bill = billing.issued("5000")
        billing.paid(bill, "5000", "card")
        other = billing.new_cashier()
        with pytest.raises(InvalidInput) as refused:
            PAYMENTS.give_back(other, billing.now(bill), GiveBack("cash", "100", "Not done"), operation())
        assert "drawer holds only EGP 0.00" in refused.value.fields["amount"]
        PAYMENTS.give_back(other, billing.now(bill), GiveBack("card", "100", "Not done", "4713"), operation())

    def test_what_the_insurance_paid_is_not_given_to_the_patient(self, billing):
        bill = billing.issued("400", percent=60)
        billing.paid(bill, "240", "insurance")
        with pytest.raises(InvalidInput):
            give_back(billing, bill, "10")

    def test_a_refunded_bill_can_be_void(self, billing):
        patient = billing.patient()
        bill = billing.issued("350", patient=patient)
        billing.paid(bill, "350")
        give_back(billing, bill, "350")
        INVOICES.void(billing.cashier, billing.now(bill), "Billed to the wrong person", operation())
        assert len(billing.waiting(patient)) == 1


class TestCorrecting:
    def test_a_mistaken_payment_is_owed_again(self, billing):
        bill = billing.issued("350")
        taken = billing.paid(bill, "350")
        undone = PAYMENTS.correct(billing.cashier, billing.now(bill), taken, operation())
        assert billing.state(bill) == ("open", ZERO)
        assert rest(billing.now(bill)) == Decimal("350.00")
        assert undone["reason"] == f"{taken['number']} was entered by mistake"
        assert "settled_at" not in billing.now(bill)
        assert_adds_up(billing, bill)

    def test_once(self, billing):
        bill = billing.issued("350")
        taken = billing.paid(bill, "100")
        billing.paid(bill, "200")
        PAYMENTS.correct(billing.cashier, billing.now(bill), taken, operation())
        with pytest.raises(Conflict):
            PAYMENTS.correct(billing.cashier, billing.now(bill), taken, operation())
        assert billing.state(bill) == ("part-paid", Decimal("200.00"))

    def test_not_after_it_was_given_back(self, billing):
        bill = billing.issued("350")
        taken = billing.paid(bill, "350")
        give_back(billing, bill, "300")
        with pytest.raises(UserError, match="given back already"):
            PAYMENTS.correct(billing.cashier, billing.now(bill), taken, operation())

    def test_not_by_another_cashier_and_not_after_the_closing(self, billing):
        other = billing.new_cashier()
        bill = billing.issued("350")
        taken = PAYMENTS.take(other, bill, TakePayment("cash", "350"), operation())
        with pytest.raises(UserError, match="undone by you"):
            PAYMENTS.correct(billing.cashier, billing.now(bill), taken, operation())
        CLOSINGS.close(other, CLOSINGS.drawer(other), CountDrawer("350"), operation())
        with pytest.raises(UserError, match="is closed"):
            PAYMENTS.correct(other, billing.now(bill), taken, operation())

    def test_an_insurances_payment_too(self, billing):
        bill = billing.issued("400", percent=60)
        taken = billing.paid(bill, "240", "insurance")
        PAYMENTS.correct(billing.cashier, billing.now(bill), taken, operation())
        assert billing.now(bill)["claim"] == "open"
        assert_adds_up(billing, bill)


class TestSentAgain:
    """The answer may be lost on its way. By then the drawer may no longer hold what was given back."""

    @pytest.fixture
    def cashier(self, billing):
        made = billing.new_cashier()
        bill = billing.issued("10")
        PAYMENTS.take(made, bill, TakePayment("cash", "10"), operation())
        return made

    @pytest.fixture
    def paid(self, billing, cashier):
        """A bill and what was paid for it into a drawer that held 10 before."""
        bill = billing.issued("400")
        return bill, PAYMENTS.take(cashier, bill, TakePayment("cash", "400"), operation())

    def test_what_is_given_back(self, billing, cashier, paid):
        bill, sent = billing.now(paid[0]), operation()
        refund = GiveBack("cash", "400", "Not done")
        first = PAYMENTS.give_back(cashier, bill, refund, sent)
        assert PAYMENTS.give_back(cashier, bill, refund, sent) == first
        with pytest.raises(Conflict):
            PAYMENTS.give_back(cashier, bill, refund, operation())
        assert billing.state(bill) == ("refunded", ZERO)
        CLOSINGS.close(cashier, CLOSINGS.drawer(cashier), CountDrawer("10"), operation())
        assert PAYMENTS.give_back(cashier, bill, refund, sent) == first

    def test_what_is_corrected(self, billing, cashier, paid):
        bill, sent = billing.now(paid[0]), operation()
        first = PAYMENTS.correct(cashier, bill, paid[1], sent)
        assert PAYMENTS.correct(cashier, bill, paid[1], sent) == first
        with pytest.raises(Conflict):
            PAYMENTS.correct(cashier, bill, paid[1], operation())
        CLOSINGS.close(cashier, CLOSINGS.drawer(cashier), CountDrawer("10"), operation())
        assert PAYMENTS.correct(cashier, bill, paid[1], sent) == first
        assert_adds_up(billing, bill)


class TestReversingARefund:
    @pytest.fixture
    def bill(self, billing):
        made = billing.issued("350")
        billing.paid(made, "350")
        return made

    def reverse(self, billing, bill, refund, reason="Typed twice", session=None, sent=None):
        who = session or billing.cashier
        return PAYMENTS.reverse(who, billing.now(bill), refund, reason, sent or operation())

    def test_the_bill_and_the_drawer_are_as_if_nothing_had_been_given_back(self, billing, bill):
        before, drawer = billing.now(bill), CLOSINGS.drawer(billing.cashier)
        cash, taken = drawer.cash, drawer.takings
        refund = give_back(billing, bill, "120.50")
        undone = self.reverse(billing, bill, refund)
        after = billing.now(bill)
        assert [after[name] for name in ("paid", "credited", "state")] == [
            before[name] for name in ("paid", "credited", "state")
        ]
        assert after["settled_at"] == undone["at"]
        drawer = CLOSINGS.drawer(billing.cashier)
        assert drawer.cash == cash
        assert drawer.takings == taken
        assert (undone["reason"], undone["corrects"], undone["method"]) == ("Typed twice", refund["_id"], "cash")
        assert_adds_up(billing, bill)

    def test_it_has_a_number_of_its_own_right_after_the_refunds(self, billing, bill):
        refund = give_back(billing, bill, "350", "card")
        assert billing.state(bill) == ("refunded", ZERO)
        undone = self.reverse(billing, bill, refund)
        assert int(undone["number"][-5:]) == int(refund["number"][-5:]) + 1
        assert billing.state(bill) == ("paid", Decimal("350.00"))
        assert [one["kind"] for one in billing.ledger(bill)] == ["payment", "refund", "reversal"]

    def test_with_a_reason(self, billing, bill):
        refund = give_back(billing, bill, "100")
        with pytest.raises(InvalidInput) as refused:
            self.reverse(billing, bill, refund, " ")
        assert set(refused.value.fields) == {"reason"}

    def test_once_however_many_try(self, billing, bill):
        refund, sent = give_back(billing, bill, "100"), operation()
        seen = billing.now(bill)
        first = PAYMENTS.reverse(billing.cashier, seen, refund, "Typed twice", sent)
        assert PAYMENTS.reverse(billing.cashier, seen, refund, "Typed twice", sent) == first
        with pytest.raises(UserError, match="undone already"):
            self.reverse(billing, bill, refund)
        again = give_back(billing, bill, "100")
        now = billing.now(bill)
        answers = together(
            [lambda: PAYMENTS.reverse(billing.cashier, now, again, "Typed twice", operation()) for _ in range(3)]
        )
        assert sorted(isinstance(answer, UserError) for answer in answers) == [False, True, True]
        assert_adds_up(billing, bill)

    def test_not_by_another_cashier_and_not_after_the_closing(self, billing):
        other = billing.new_cashier()
        bill = billing.issued("350")
        PAYMENTS.take(other, bill, TakePayment("cash", "350"), operation())
        refund = PAYMENTS.give_back(other, billing.now(bill), GiveBack("cash", "100", "Not done"), operation())
        with pytest.raises(UserError, match="undone by you"):
            self.reverse(billing, bill, refund)
        CLOSINGS.close(other, CLOSINGS.drawer(other), CountDrawer("250"), operation())
        with pytest.raises(UserError, match="is closed"):
            self.reverse(billing, bill, refund, session=other)

    def test_a_payment_is_no_refund_and_a_void_bill_stays_void(self, billing, bill):
        with pytest.raises(UserError, match="undone by you"):
            self.reverse(billing, bill, billing.ledger(bill)[0])
        refund = give_back(billing, bill, "350")
        INVOICES.void(billing.cashier, billing.now(bill), "Wrong", operation())
        with pytest.raises(UserError, match="void"):
            self.reverse(billing, bill, refund)

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.ADMINISTRATOR])
    def test_by_the_cash_desk_alone(self, billing, clinic, bill, role):
        other = clinic.session(role)
        refund = give_back(billing, bill, "100") | {"cashier": other.identity.person}
        with pytest.raises(NotAllowed):
            self.reverse(billing, bill, refund, session=other)

    def test_its_receipt_says_what_it_is(self, billing, bill):
        undone = self.reverse(billing, bill, give_back(billing, bill, "100"))
        paper = words_of(receipt_page(billing.cashier, undone["_id"], "A5"))
        assert "Refund reversed" in paper
        assert "Typed twice" in paper


def test_a_receipt_is_found_by_its_number_its_patient_and_its_slip(billing):
    patient = billing.patient("Wafaa Rashed Kamel")
    taken = billing.paid(billing.issued(patient=patient), "350", "card", reference="SLIP90817")
    for text in (taken["number"], "wafaa", "slip90817"):
        assert taken["_id"] in [row["_id"] for row in PAYMENTS.page(billing.cashier, Query(text=text)).rows]


def test_a_receipt_is_found_by_the_number_of_its_bill_and_a_bill_by_those_of_its_receipts(billing):
    bill, other = billing.issued("350"), billing.issued("350")
    first, second = billing.paid(bill, "100"), billing.paid(bill, "50", "card")
    billing.paid(other, "20")

    def found(keeper, text):
        return {row["number"] for row in keeper.page(billing.cashier, Query(text=text)).rows}

    # Nobody's else: not those whose own number ends like it.
    assert found(PAYMENTS, bill["number"]) == {first["number"], second["number"]}
    assert found(PAYMENTS, first["number"].lower()) == {first["number"]}
    assert found(INVOICES, bill["number"]) == {bill["number"]}
    for receipt in (first, second):
        assert found(INVOICES, receipt["number"]) == {bill["number"]}
        assert bill["number"] in found(INVOICES, receipt["number"][-5:].lstrip("0"))
    assert first["number"] in found(PAYMENTS, bill["number"][-5:].lstrip("0"))
    # As one goes on typing, too.
    assert first["number"] in found(PAYMENTS, bill["number"][:-1])


def test_a_receipt_given_while_the_patient_is_renamed_finds_its_bill(billing, monkeypatch):
    patient = billing.patient("Nahla Before")
    bill = billing.issued("350", patient=patient)
    followers, paid = references.followers, []

    def meanwhile(*asked):
        found = followers(*asked)
        paid.append(billing.paid(bill, "100"))
        return found

    monkeypatch.setattr(references, "followers", meanwhile)
    PATIENTS.change(billing.cashier, patient["_id"], patient["version"], {"name": "Nahla After"}, operation())
    for text in (paid[0]["number"], "nahla after"):
        assert bill["_id"] in [row["_id"] for row in INVOICES.page(billing.cashier, Query(text=text)).rows]


def sums(session, keeper, **asked):
    return {one.label: (one.currency, str(one.amount)) for one in keeper.sums(session, Query(**asked))}


def test_the_ledger_of_a_day_a_method_or_a_cashier_is_added_up(billing):
    cashier = billing.new_cashier()
    CLOSINGS.open(cashier, "500", operation())
    bill = billing.issued("350.30")
    taken = PAYMENTS.take(cashier, bill, TakePayment("cash", "100.10"), operation())
    PAYMENTS.take(cashier, billing.now(bill), TakePayment("card", "250.20", reference="1"), operation())
    PAYMENTS.give_back(cashier, billing.now(bill), GiveBack("cash", "20.05", "Not done"), operation())
    PAYMENTS.correct(cashier, billing.now(bill), taken, operation())
    mine = {"cashier": cashier.identity.person}
    today = cashier.locale.today().isoformat()
    assert sums(cashier, PAYMENTS, filters=mine) == {"": ("EGP", "230.15")}
    assert sums(cashier, PAYMENTS, filters=mine | {"method": "cash"}) == {"": ("EGP", "-20.05")}
    assert sums(cashier, PAYMENTS, filters=mine | {"days": (today, today)}) == {"": ("EGP", "230.15")}
    assert sums(cashier, PAYMENTS, filters=mine | {"days": ("2001-01-01", "2001-01-02")}) == {}
    assert sums(cashier, PAYMENTS, text=bill["number"], order="number") == {"": ("EGP", "230.15")}


def test_bills_are_added_up_without_what_is_void(billing):
    patient = billing.patient("Sumaya Addedup")
    for price in ("400", "100.50"):
        billing.paid(billing.issued(price, percent=50, patient=patient), "50")
    INVOICES.void(billing.cashier, billing.issued("99", patient=patient), "Wrong", operation())
    assert sums(billing.cashier, INVOICES, text="sumaya addedup") == {
        "patients pay": ("EGP", "250.25"),
        "given back": ("EGP", "0.00"),
        "paid": ("EGP", "100.00"),
        "still to pay": ("EGP", "150.25"),
        "insurance still to pay": ("EGP", "250.25"),
    }
    mine = {"created_by": billing.cashier.identity.person}
    others = {"created_by": billing.doctor.identity.person}
    assert INVOICES.count(billing.cashier, Query(text="sumaya", filters=mine)).number == 3
    assert INVOICES.count(billing.cashier, Query(text="sumaya", filters=others)).number == 0


def test_too_many_are_added_up_only_within_days(billing, monkeypatch):
    cashier = billing.new_cashier()
    bill = billing.issued("350")
    for amount in ("10", "20", "30"):
        PAYMENTS.take(cashier, billing.now(bill), TakePayment("card", amount, reference="1"), operation())
    monkeypatch.setattr(keeping, "COUNT_LIMIT", 2)
    monkeypatch.setattr(listing, "COUNT_LIMIT", 2)
    mine, today = {"cashier": cashier.identity.person}, cashier.locale.today().isoformat()
    assert PAYMENTS.sums(cashier, Query(filters=mine)) is None
    assert sums(cashier, PAYMENTS, filters=mine | {"days": (today, today)}) == {"": ("EGP", "60.00")}


@pytest.mark.parametrize(
    ("keeper", "filters", "index"),
    [
        (PAYMENTS, {"cashier": 1}, ["cashier", "at", "_id", "kind", "method"]),
        # By days, too, only what one cashier took on them is read.
        (PAYMENTS, {"cashier": 1, "at": 1}, ["cashier", "at", "_id", "kind", "method"]),
        (INVOICES, {"state": 1, "issued_at": 1}, ["state", "issued_at", "_id", "claim", "created_by"]),
        (INVOICES, {"claim": 1, "state": 1}, ["claim", "issued_at", "_id", "state", "created_by"]),
        (INVOICES, {}, ["issued_at", "_id"]),
    ],
)
def test_what_is_added_up_is_read_by_the_index_that_leads_there(keeper, filters, index):
    usual = keeper.record.LISTING.orders[0].field
    assert [name for name, _ in keeper._hint(Query(filters=filters), usual)] == index


def test_sums_are_for_those_who_may_read_them(clinic, billing):
    with pytest.raises(NotAllowed):
        PAYMENTS.sums(clinic.session(Role.NURSE), Query())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "pay", "pay by card", "insurance", "refund", "correct", "reverse", "void"]),
        st.decimals(Decimal("0.01"), Decimal("500"), places=2),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25)
@given(steps=STEPS, price=st.decimals(Decimal("1"), Decimal("900"), places=2), percent=st.sampled_from([0, 33, 60]))
def test_whatever_is_done_the_ledger_adds_up(billing, steps, price, percent):
    bill = billing.issued(str(price), percent=percent)
    for step, amount in steps:
        seen, ledger = billing.now(bill), billing.ledger(bill)
        try:
            if step == "correct" and ledger:
                PAYMENTS.correct(billing.cashier, seen, ledger[-1], operation())
            elif step == "refund":
                give_back(billing, bill, str(amount))
            elif step == "void":
                INVOICES.void(billing.cashier, seen, "Wrong", operation())
            elif step == "reverse" and ledger:
                PAYMENTS.reverse(billing.cashier, seen, ledger[-1], "Typed twice", operation())
            elif step not in ("correct", "reverse"):
                billing.paid(bill, str(amount), {"pay by card": "card", "insurance": "insurance"}.get(step, "cash"))
        except UserError:
            # What was refused has changed nothing.
            assert (billing.now(bill), billing.ledger(bill)) == (seen, ledger)
        assert_adds_up(billing, bill)
        row = billing.now(bill)
        assert (row["state"] == "paid") <= (rest(row) == 0)
    drawer = CLOSINGS.drawer(billing.cashier)
    assert drawer.cash >= 0
