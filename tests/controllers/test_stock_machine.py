"""Whatever is done with the stock in whatever order: it holds what a model in plain Python says, never less than none.

Everything goes through the real server. The ledger adds up after every step.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.refusing import take_back
from hmsdesk.controllers.stock.adjusting import adjust, put_back
from hmsdesk.controllers.stock.counting import Found, book
from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.controllers.stock.lots import in_stock
from hmsdesk.controllers.stock.undelivering import take_delivery_back
from hmsdesk.errors import InvalidInput
from hmsdesk.models.stock import CORRECTED, DAMAGED
from tests.factories import moment, operation
from tests.prescribing import line

LOTS = ("EARLY", "LATE")
EXPIRES = {"EARLY": "06/30", "LATE": "06/31"}


class Stock(RuleBasedStateMachine):
    """One medicine in two lots. The model: what each lot holds, and what each hand-out took of it."""

    practice = None
    handed = Bundle("handed")

    def __init__(self):
        super().__init__()
        self.medicine = self.practice.medicine()
        self.model = {}
        self.taken = {}

    def kept(self):
        with self.practice.pharmacist.reading("stock_lots") as lots:
            return {row["lot"]: row for row in lots.find({"medicine": self.medicine["_id"]})}

    @rule(lot=st.sampled_from(LOTS), quantity=st.integers(1, 30))
    def receive(self, lot, quantity):
        part = {"medicine": self.medicine["_id"], "lot": lot, "expires": EXPIRES[lot], "quantity": quantity}
        DELIVERIES.create(
            self.practice.pharmacist, {"supplier": "A", "day": "17 Nov 2026", "lots": [part]}, operation()
        )
        self.model[lot] = self.model.get(lot, 0) + quantity

    @rule(target=handed, quantity=st.integers(1, 40), again=st.booleans())
    def hand_out(self, quantity, again):
        patient = self.practice.new_patient("Somebody")
        row = self.practice.sign(line(self.medicine, 40), patient=patient)
        seen, sent = self.practice.opened(row), operation()
        if quantity > sum(self.model.values()):
            with pytest.raises(InvalidInput):
                dispense(self.practice.pharmacist, seen, {1: quantity}, sent)
            return multiple()
        for _ in range(2 if again else 1):
            done = dispense(self.practice.pharmacist, seen, {1: quantity}, sent)
        parts, left = {}, quantity
        for lot in LOTS:
            part = min(left, self.model.get(lot, 0))
            if part:
                parts[lot] = part
                self.model[lot] -= part
                left -= part
        self.taken[done["_id"]] = parts
        return done

    @rule(done=consumes(handed), again=st.booleans())
    def take_back(self, done, again):
        sent = operation()
        for _ in range(2 if again else 1):
            take_back(self.practice.pharmacist, done["_id"], "By mistake", sent)
        for lot, part in self.taken.pop(done["_id"]).items():
            self.model[lot] += part

    @rule(lot=st.sampled_from(LOTS), change=st.integers(-20, 10))
    def adjust(self, lot, change):
        row = self.kept().get(lot)
        if row is None or change == 0:
            return
        kind = DAMAGED if change < 0 else CORRECTED
        if self.model[lot] + change < 0:
            with pytest.raises(InvalidInput):
                adjust(self.practice.pharmacist, row["_id"], kind, change, "Because", operation())
            return
        adjust(self.practice.pharmacist, row["_id"], kind, change, "Because", operation())
        self.model[lot] += change

    @rule(counts=st.dictionaries(st.sampled_from(LOTS), st.integers(0, 40)))
    def count(self, counts):
        now, kept = self.practice.pharmacist.now(), self.kept()
        found = [Found(kept[lot]["_id"], number, now) for lot, number in counts.items() if lot in kept]
        if found:
            book(self.practice.pharmacist, found, "Counted", operation())
            self.model |= {lot: number for lot, number in counts.items() if lot in kept}

    @rule(lot=st.sampled_from(LOTS), wrong=st.integers(1, 30), before=st.booleans())
    def count_while_a_wrong_delivery_is_taken_back(self, lot, wrong, before):
        self.count_between(lot, before, lambda row: self.wrong_delivery(row, wrong))

    @rule(lot=st.sampled_from(LOTS), change=st.integers(-20, 20), before=st.booleans())
    def count_while_an_adjustment_is_undone(self, lot, change, before):
        if change and self.model.get(lot, 0) + change >= 0:
            self.count_between(lot, before, lambda row: self.wrong_adjustment(row, change))

    def count_between(self, lot, before, mistake):
        """The shelf is counted after the mistake or before it; the mistake is taken back, and the count booked."""
        row = self.kept().get(lot)
        if row is None:
            return
        put_back = mistake(row) if before else None
        found = Found(row["_id"], self.model[lot], moment(self.practice.pharmacist))
        (put_back or mistake(row))()
        book(self.practice.pharmacist, [found], "Counted", operation())

    def wrong_delivery(self, row, quantity):
        part = {"medicine": self.medicine["_id"], "lot": row["lot"], "expires": row["expires"], "quantity": quantity}
        wrong = {"supplier": "A", "day": "17 Nov 2026", "lots": [part]}
        made = DELIVERIES.create(self.practice.pharmacist, wrong, operation())
        return lambda: take_delivery_back(self.practice.pharmacist, made["_id"], "Wrong", operation())

    def wrong_adjustment(self, row, change):
        kind = DAMAGED if change < 0 else CORRECTED
        sent = operation()
        adjust(self.practice.pharmacist, row["_id"], kind, change, "Because", sent)
        return lambda: put_back(self.practice.pharmacist, sent, operation())

    @invariant()
    def holds_what_the_model_says(self):
        kept = self.kept()
        assert {lot: row["quantity"] for lot, row in kept.items()} == self.model
        usable = in_stock(self.practice.pharmacist, [self.medicine["_id"]])[self.medicine["_id"]]
        assert [row["lot"] for row in usable] == [lot for lot in LOTS if self.model.get(lot)]
        with self.practice.pharmacist.reading("stock_movements") as movements:
            for row in kept.values():
                entries = list(movements.find({"lot": row["_id"]}))
                assert sum(entry["change"] for entry in entries) == row["quantity"]
                assert min(entry["after"] for entry in entries) >= 0


def test_the_stock_is_what_was_done_with_it(practice):
    """A dozen stories of up to fifteen steps; `make test ARGS="--hypothesis-profile=exploring"` tells others."""
    machine = type("Machine", (Stock,), {"practice": practice})
    told = settings(
        max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(machine, settings=told)
