"""Whatever is done at a cash desk, its drawer should hold what was put in, less what was taken out."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hmsdesk.controllers.closings import CLOSINGS, CountDrawer
from hmsdesk.controllers.payments import PAYMENTS, GiveBack, TakePayment
from hmsdesk.errors import UserError
from hmsdesk.models.money import ZERO, amount_of
from hmsdesk.models.payments import signed
from tests.billing import Billing
from tests.factories import operation

AMOUNTS = st.decimals(Decimal("0.01"), Decimal("400"), places=2)
DEEDS = ("open", "correct opening", "pay", "pay by card", "refund", "refund by card", "undo", "undo", "undo", "close")
STEPS = st.lists(st.tuples(st.sampled_from(DEEDS), AMOUNTS, st.integers(0, 20)), min_size=1, max_size=12)


class ByHand:
    """A drawer as somebody with pencil and paper would keep it, who knows nothing of the program's sums."""

    def __init__(self, cashier) -> None:
        self.cashier = cashier
        self.bills = []
        self.begin()

    def begin(self) -> None:
        """Nothing is in it."""
        self.float = self.paid = self.refunded = self.undone = self.reversed = ZERO

    @property
    def cash(self) -> Decimal:
        """What there is."""
        return self.float + self.paid - self.undone - self.refunded + self.reversed


@pytest.fixture(scope="module")
def billing(clinic):
    return Billing(clinic)


@pytest.fixture(scope="module")
def cashier(billing):
    return billing.new_cashier()


def opening(hand, step, amount):
    if step == "open":
        CLOSINGS.open(hand.cashier, str(amount), operation())
    else:
        CLOSINGS.correct(hand.cashier, CLOSINGS.drawer(hand.cashier), str(amount), "Miscounted", operation())
    hand.float = amount


def paying(billing, hand, amount, method):
    if not hand.bills or len(hand.bills) < 2:
        hand.bills.append(billing.issued("350"))
    reference = "" if method == "cash" else "4711"
    PAYMENTS.take(
        hand.cashier, billing.now(hand.bills[-1]), TakePayment(method, str(amount), reference=reference), operation()
    )
    hand.paid += amount if method == "cash" else ZERO


def giving_back(billing, hand, bill, amount, method):
    refund = GiveBack(method, str(amount), "Not done", "" if method == "cash" else "4712")
    PAYMENTS.give_back(hand.cashier, billing.now(bill), refund, operation())
    hand.refunded += amount if method == "cash" else ZERO


def undoing(billing, hand, bill, which):
    ledger = billing.ledger(bill)
    entry = ledger[which % len(ledger)]
    in_cash = amount_of(entry["amount"]) if entry["method"] == "cash" else ZERO
    if entry["kind"] == "refund":
        PAYMENTS.reverse(hand.cashier, billing.now(bill), entry, "Typed twice", operation())
        hand.reversed += in_cash
    else:
        PAYMENTS.correct(hand.cashier, billing.now(bill), entry, operation())
        hand.undone += in_cash


def closing(hand):
    row = CLOSINGS.close(hand.cashier, CLOSINGS.drawer(hand.cashier), CountDrawer(str(hand.cash)), operation())
    assert (amount_of(row["opened_with"]), amount_of(row["expected"])) == (hand.float, hand.cash)
    assert not {"missing", "surplus"} & set(row)
    kept = {
        one["method"]: amount_of(one["taken"]) - amount_of(one["returned"]) - amount_of(one.get("undone"))
        for one in row["taken"]
    }
    assert hand.float + kept["cash"] == hand.cash
    hand.begin()


def do(billing, hand, step, amount, which):
    bill = hand.bills[which % len(hand.bills)] if hand.bills else None
    if step in ("open", "correct opening"):
        opening(hand, step, amount)
    elif step in ("pay", "pay by card"):
        paying(billing, hand, amount, "card" if "card" in step else "cash")
    elif step == "close":
        closing(hand)
    elif bill is not None and step == "undo" and billing.ledger(bill):
        undoing(billing, hand, bill, which)
    elif bill is not None and "refund" in step:
        giving_back(billing, hand, bill, amount, "card" if "card" in step else "cash")


@settings(max_examples=25)
@given(steps=STEPS)
def test_a_drawer_should_hold_what_was_paid_less_what_was_given_back_and_what_of_it_was_a_mistake(
    billing, cashier, steps
):
    left = CLOSINGS.drawer(cashier)
    if left.since is not None:
        CLOSINGS.close(cashier, left, CountDrawer(str(left.cash)), operation())
    hand = ByHand(cashier)
    for step in steps:
        # What was refused has changed nothing: what follows shows it.
        with suppress(UserError):
            do(billing, hand, *step)
        drawer = CLOSINGS.drawer(cashier)
        assert drawer.cash == hand.cash >= 0
        in_cash = (signed(one) for one in drawer.payments if one["method"] == "cash")
        assert sum(in_cash, drawer.opened_with) == hand.cash
    numbers = sorted(one["number"] for bill in hand.bills for one in billing.ledger(bill))
    assert len(set(numbers)) == len(numbers)
    if numbers:
        assert int(numbers[-1][-5:]) - int(numbers[0][-5:]) == len(numbers) - 1
