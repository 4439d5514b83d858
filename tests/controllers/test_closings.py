"""A cashier's drawer: opened, filled, counted and closed once; every payment belongs to one closing."""

from decimal import Decimal

import pytest

from hmsdesk.controllers.cash_paper import closing_page
from hmsdesk.controllers.closings import CLOSINGS, CountDrawer, payments_of
from hmsdesk.controllers.invoices import INVOICES
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.payments import PAYMENTS, GiveBack, TakePayment
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed, UserError
from hmsdesk.models.closings import takings
from hmsdesk.models.money import ZERO, amount_of
from hmsdesk.models.payments import CASH
from hmsdesk.security.permissions import Role
from tests.billing import Billing, together, words_of
from tests.factories import operation


@pytest.fixture(scope="module")
def billing(clinic):
    return Billing(clinic)


@pytest.fixture
def cashier(billing):
    return billing.new_cashier()


def take(billing, cashier, amount, method="cash"):
    reference = "" if method == "cash" else "4711"
    bill = billing.issued(amount)
    return PAYMENTS.take(cashier, bill, TakePayment(method, amount, reference=reference), operation())


def close(cashier, counted, reason="", **pieces):
    return CLOSINGS.close(cashier, CLOSINGS.drawer(cashier), CountDrawer(counted, pieces, reason), operation())


class TestTheDrawer:
    def test_nothing_is_in_it_before_it_is_opened(self, cashier):
        drawer = CLOSINGS.drawer(cashier)
        assert (drawer.number, drawer.opened, drawer.cash, drawer.since) == (1, None, ZERO, None)

    def test_it_holds_what_it_was_opened_with_and_the_cash_that_was_taken(self, billing, cashier):
        CLOSINGS.open(cashier, "500", operation())
        take(billing, cashier, "200")
        bill = billing.issued("300")
        PAYMENTS.take(cashier, bill, TakePayment("card", "300", reference="1"), operation())
        PAYMENTS.give_back(cashier, billing.now(bill), GiveBack("cash", "120", "Not done"), operation())
        drawer = CLOSINGS.drawer(cashier)
        assert drawer.cash == Decimal("580.00")
        assert drawer.takings.kept == Decimal("380.00")
        assert (drawer.takings.by["card"].taken, drawer.takings.by["card"].payments) == (Decimal("300.00"), 1)

    def test_it_is_opened_once(self, cashier):
        sent = operation()
        assert CLOSINGS.open(cashier, "500", sent) == CLOSINGS.open(cashier, "500", sent)
        with pytest.raises(Conflict):
            CLOSINGS.open(cashier, "100", operation())
        assert CLOSINGS.drawer(cashier).opened_with == Decimal("500.00")
        assert CLOSINGS.usual_float(cashier) == Decimal("500.00")

    def test_each_cashier_has_their_own(self, billing, cashier):
        take(billing, cashier, "200")
        assert CLOSINGS.drawer(billing.new_cashier()).payments == []

    @pytest.mark.parametrize("amount", ["", "-5", "much"])
    def test_what_is_no_amount_opens_nothing(self, cashier, amount):
        with pytest.raises(InvalidInput):
            CLOSINGS.open(cashier, amount, operation())

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.ADMINISTRATOR, Role.PHARMACIST])
    def test_it_is_the_cash_desks(self, clinic, role):
        with pytest.raises(NotAllowed):
            CLOSINGS.open(clinic.session(role), "500", operation())


class TestCorrectingTheOpening:
    def correct(self, cashier, amount, reason="Typed a zero too many", seen=None, sent=None):
        return CLOSINGS.correct(cashier, seen or CLOSINGS.drawer(cashier), amount, reason, sent or operation())

    def test_the_closing_goes_by_what_was_corrected_last_and_the_opening_stays_as_it_was(self, billing, cashier):
        opened = CLOSINGS.open(cashier, "5000", operation())
        take(billing, cashier, "200")
        for amount in ("50", "500"):
            corrected = self.correct(cashier, amount)
        assert CLOSINGS.drawer(cashier).cash == Decimal("700.00")
        assert CLOSINGS.drawer(cashier).opened == CLOSINGS.drawer(cashier).opened | {"_id": opened["_id"]}
        assert CLOSINGS.get(cashier, opened["_id"])["opened_with"] == opened["opened_with"]
        assert CLOSINGS.usual_float(cashier) == Decimal("500.00")
        row = close(cashier, "700")
        assert [str(amount_of(row[name])) for name in ("opened_with", "expected")] == ["500.00", "700.00"]
        assert row["opened_at"] == corrected["opened_at"] == opened["at"]
        paper = words_of(closing_page(cashier, corrected["_id"], "A5"))
        assert "Corrected opening of drawer 1" in paper
        assert "Typed a zero too many" in paper

    def test_every_paper_of_the_drawer_tells_what_was_corrected_and_why(self, cashier):
        opened = CLOSINGS.open(cashier, "5000", operation())
        self.correct(cashier, "50")
        corrected = self.correct(cashier, "500", "One too few")
        closed = close(cashier, "500")
        for row in (opened, corrected, closed):
            paper = words_of(closing_page(cashier, row["_id"], "A5"))
            assert "Opened with 5,000.00, corrected to 50.00: Typed a zero too many" in paper
            assert "Opened with 50.00, corrected to 500.00: One too few" in paper
            assert paper.count("One too few") == 1

    def test_a_drawer_whose_opening_was_right_tells_of_no_correction(self, cashier):
        CLOSINGS.open(cashier, "500", operation())
        assert "corrected" not in words_of(closing_page(cashier, close(cashier, "500")["_id"], "A5"))

    def test_the_trail_says_that_it_was_corrected_and_why(self, clinic, cashier):
        CLOSINGS.open(cashier, "500", operation())
        corrected = self.correct(cashier, "50")
        with clinic.administrator.reading("audit") as trail:
            entry = trail.find_one({"record": corrected["_id"]})
        assert (entry["action"], entry["reason"]) == ("correct opening", "Typed a zero too many")

    @pytest.mark.parametrize(
        ("amount", "reason", "name"),
        [
            ("50", " ", "reason"),
            ("500", "Wrong", "opened_with"),
            ("", "Wrong", "opened_with"),
            ("-5", "Wrong", "opened_with"),
        ],
    )
    def test_it_is_another_amount_with_a_reason(self, cashier, amount, reason, name):
        CLOSINGS.open(cashier, "500", operation())
        with pytest.raises(InvalidInput) as refused:
            self.correct(cashier, amount, reason)
        assert set(refused.value.fields) == {name}

    def test_what_was_given_back_of_it_was_in_it(self, billing, cashier):
        CLOSINGS.open(cashier, "500", operation())
        bill = billing.issued("300")
        PAYMENTS.take(cashier, bill, TakePayment("card", "300", reference="1"), operation())
        PAYMENTS.give_back(cashier, billing.now(bill), GiveBack("cash", "120", "Not done"), operation())
        with pytest.raises(InvalidInput) as refused:
            self.correct(cashier, "119.99")
        assert set(refused.value.fields) == {"opened_with"}
        self.correct(cashier, "120")
        assert CLOSINGS.drawer(cashier).cash == ZERO
        # No more goes out than it really holds.
        with pytest.raises(InvalidInput):
            PAYMENTS.give_back(cashier, billing.now(bill), GiveBack("cash", "0.01", "Not done"), operation())

    def test_only_while_it_is_open(self, cashier):
        with pytest.raises(Conflict):
            self.correct(cashier, "50")
        CLOSINGS.open(cashier, "500", operation())
        seen = CLOSINGS.drawer(cashier)
        close(cashier, "500")
        with pytest.raises(Conflict):
            self.correct(cashier, "50", seen=seen)

    def test_the_same_operation_corrects_once_and_of_many_at_once_one_is_done(self, cashier):
        CLOSINGS.open(cashier, "500", operation())
        seen, sent = CLOSINGS.drawer(cashier), operation()
        assert self.correct(cashier, "50", seen=seen, sent=sent) == self.correct(cashier, "50", seen=seen, sent=sent)
        now = CLOSINGS.drawer(cashier)
        answers = together([lambda n=n: self.correct(cashier, str(n), seen=now) for n in (1, 2, 3)])
        assert sorted(isinstance(answer, UserError) for answer in answers) == [False, True, True]

    def test_who_counted_before_it_was_corrected_is_told(self, cashier):
        CLOSINGS.open(cashier, "500", operation())
        seen = CLOSINGS.drawer(cashier)
        self.correct(cashier, "50")
        with pytest.raises(Conflict, match="its opening corrected"):
            CLOSINGS.close(cashier, seen, CountDrawer("500"), operation())

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.ADMINISTRATOR])
    def test_by_the_cash_desk_alone(self, clinic, cashier, role):
        CLOSINGS.open(cashier, "500", operation())
        with pytest.raises(NotAllowed):
            self.correct(clinic.session(role), "50", seen=CLOSINGS.drawer(cashier))


class TestClosing:
    def test_what_was_counted_stands_beside_what_was_expected(self, billing, cashier):
        CLOSINGS.open(cashier, "500", operation())
        first, last = take(billing, cashier, "200"), take(billing, cashier, "35.50", "card")
        row = close(cashier, None, **{"200": 3, "100": 1})
        assert [str(amount_of(row[name])) for name in ("opened_with", "expected", "counted")] == [
            "500.00",
            "700.00",
            "700.00",
        ]
        assert "missing" not in row
        assert "surplus" not in row
        assert row["receipts"] == [first["number"], last["number"]]
        by = {one["method"]: (one["payments"], str(amount_of(one["taken"]))) for one in row["taken"]}
        assert (by["cash"], by["card"], by["transfer"]) == ((1, "200.00"), (1, "35.50"), (0, "0.00"))

    @pytest.mark.parametrize(("counted", "name", "by"), [("180", "missing", "20.00"), ("203.25", "surplus", "3.25")])
    def test_a_difference_has_a_reason(self, billing, cashier, counted, name, by):
        take(billing, cashier, "200")
        with pytest.raises(InvalidInput) as refused:
            close(cashier, counted)
        assert set(refused.value.fields) == {"reason"}
        row = close(cashier, counted, "Change given wrongly")
        assert str(amount_of(row[name])) == by

    def test_a_mistake_that_was_undone_is_not_given_back_to_anybody(self, billing, cashier):
        opened = CLOSINGS.open(cashier, "500", operation())
        assert "Still open" in words_of(closing_page(cashier, opened["_id"], "A5"))
        paid = take(billing, cashier, "200")
        PAYMENTS.correct(cashier, INVOICES.get(cashier, paid["invoice"]), paid, operation())
        cash = CLOSINGS.drawer(cashier).takings.by[CASH]
        assert (cash.taken, cash.returned, cash.undone, cash.kept) == (200, 0, 200, 0)
        row = CLOSINGS.close(cashier, CLOSINGS.drawer(cashier), CountDrawer("500"), operation())
        report = words_of(closing_page(cashier, row["_id"], "A5"))
        assert "Undone in cash" in report
        assert "Given back in cash" not in report
        # The paper of the opening knows of it too.
        assert "Still open" not in words_of(closing_page(cashier, opened["_id"], "A5"))
        assert paid["number"] in words_of(closing_page(cashier, opened["_id"], "A5"))

    def test_nothing_counted_closes_nothing(self, cashier):
        with pytest.raises(InvalidInput):
            close(cashier, None)
        with pytest.raises(InvalidInput):
            close(cashier, "300", **{"200": 1})

    def test_what_is_taken_after_it_belongs_to_the_next_one(self, billing, cashier):
        take(billing, cashier, "200")
        first = close(cashier, "200")
        later = take(billing, cashier, "50")
        assert later["drawer"] == 2
        assert CLOSINGS.drawer(cashier).cash == Decimal("50.00")
        second = close(cashier, "50")
        assert [row["drawer"] for row in (first, second)] == [1, 2]
        assert [one["_id"] for one in payments_of(cashier, second)] == [later["_id"]]

    def test_the_same_operation_closes_once(self, billing, cashier):
        take(billing, cashier, "200")
        seen, sent = CLOSINGS.drawer(cashier), operation()
        first = CLOSINGS.close(cashier, seen, CountDrawer("200"), sent)
        assert CLOSINGS.close(cashier, seen, CountDrawer("200"), sent) == first
        assert CLOSINGS.drawer(cashier).number == 2

    def test_a_drawer_is_not_closed_twice(self, billing, cashier):
        take(billing, cashier, "200")
        seen = CLOSINGS.drawer(cashier)
        answers = together([lambda: CLOSINGS.close(cashier, seen, CountDrawer("200"), operation()) for _ in range(3)])
        assert sorted(isinstance(answer, UserError) for answer in answers) == [False, True, True]
        assert CLOSINGS.drawer(cashier).number == 2

    def test_what_was_taken_while_it_was_counted_is_told(self, billing, cashier):
        take(billing, cashier, "200")
        seen = CLOSINGS.drawer(cashier)
        take(billing, cashier, "100")
        with pytest.raises(Conflict):
            CLOSINGS.close(cashier, seen, CountDrawer("200"), operation())
        assert CLOSINGS.drawer(cashier).number == 1

    def test_payments_in_the_moment_of_closing_are_in_one_closing_each(self, billing, cashier):
        again = billing.clinic.door
        elsewhere = [cashier, *(again.sign_in(cashier.identity.email, "purple monkey dishwasher") for _ in range(3))]
        for session in elsewhere[1:]:
            billing.clinic._sessions[operation()] = session
        bills = [billing.issued("10") for _ in range(12)]

        def pay(session, some):
            return [PAYMENTS.take(session, bill, TakePayment("cash", "10"), operation()) for bill in some]

        def close_often():
            for _ in range(6):
                try:
                    seen = CLOSINGS.drawer(cashier)
                    CLOSINGS.close(cashier, seen, CountDrawer(str(seen.cash)), operation())
                except UserError:
                    continue

        works = [lambda n=n: pay(elsewhere[n], bills[n - 1 :: 3]) for n in (1, 2, 3)]
        answers = together([*works, close_often])
        assert [answer for answer in answers if isinstance(answer, UserError)] == []
        last = CLOSINGS.drawer(cashier)
        if last.payments:
            CLOSINGS.close(cashier, last, CountDrawer(str(last.cash)), operation())
        assert_closings_add_up(cashier)

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.ADMINISTRATOR])
    def test_others_close_nothing(self, clinic, cashier, role):
        with pytest.raises(NotAllowed):
            CLOSINGS.close(clinic.session(role), CLOSINGS.drawer(cashier), CountDrawer("0"), operation())


def assert_closings_add_up(cashier):
    mine = {"cashier": cashier.identity.person}
    with cashier.reading("closings") as closings:
        closed = list(closings.find(mine | {"kind": "closed"}))
    with cashier.reading("payments") as payments:
        ledger = list(payments.find(mine))
    assert sum(len(payments_of(cashier, row)) for row in closed) == len(ledger)
    by_closings = sum(
        (
            amount_of(one["taken"]) - amount_of(one["returned"]) - amount_of(one.get("undone"))
            for row in closed
            for one in row["taken"]
        ),
        ZERO,
    )
    assert by_closings == takings(ledger).kept
    assert sum((amount_of(row["expected"]) - amount_of(row["opened_with"]) for row in closed), ZERO) == (
        takings(ledger).by[CASH].kept
    )


def test_a_closing_is_found_by_its_cashier(billing, cashier):
    opened = CLOSINGS.open(cashier, "500", operation())
    name = cashier.identity.name.split()[1]
    assert [row["_id"] for row in CLOSINGS.page(cashier, Query(text=name)).rows] == [opened["_id"]]


def test_closings_add_up_to_the_ledger(billing, cashier):
    for n, methods in enumerate((["cash", "card"], ["cash", "cash", "transfer"], ["card"])):
        if n != 1:
            CLOSINGS.open(cashier, "300", operation())
        for method in methods:
            take(billing, cashier, "75.25", method)
        close(cashier, str(CLOSINGS.drawer(cashier).cash))
    assert_closings_add_up(cashier)
