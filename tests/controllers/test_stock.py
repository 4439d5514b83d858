"""Deliveries, adjustments, counts, the stock card, and what runs low or expires, on the real server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from bson import ObjectId

from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.stock.adjusting import adjust, put_back
from hmsdesk.controllers.stock.counting import STOCK_COUNTS, Found, book, compare
from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.controllers.stock.ledger import LEDGER
from hmsdesk.controllers.stock.levels import low_stock, near_expiry
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.controllers.stock.undelivering import take_delivery_back
from hmsdesk.database.connection import Busy
from hmsdesk.errors import InvalidInput, NotAllowed, NotFound, UserError
from hmsdesk.models.stock import CORRECTED, DAMAGED, EXPIRED, LOST, NOT_RECEIVED
from tests.factories import moment, operation
from tests.prescribing import line


@pytest.fixture
def medicine(practice):
    return practice.medicine()


def entries(practice, lot):
    with practice.pharmacist.reading("stock_movements") as movements:
        return list(movements.find({"lot": lot["_id"]}).sort([("created_at", 1), ("_id", 1)]))


def lot_of(practice, medicine, number):
    with practice.pharmacist.reading("stock_lots") as lots:
        return lots.find_one({"medicine": medicine["_id"], "lot": number})


def delivery(*lots, **more):
    return {
        "supplier": "Nile Medical Supplies",
        "invoice": operation()[:8],
        "day": "17 Nov 2026",
        "lots": list(lots),
    } | more


def delivered(medicine, lot, quantity, expires="06/27"):
    return {"medicine": medicine["_id"], "lot": lot, "expires": expires, "quantity": quantity}


def level(practice, medicine, number):
    return MEDICINES.change(practice.pharmacist, medicine["_id"], 1, {"reorder_level": number}, operation())


def told_low(practice, medicine):
    with practice.past_the_program() as database:
        return database.changes.count_documents({"record": medicine["_id"], "action": "low stock"})


class TestDeliveries:
    def test_a_supplier_s_invoice_is_received_once(self, practice, medicine):
        DELIVERIES.create(practice.pharmacist, delivery(delivered(medicine, "MF1", 40), invoice="S-1052"), operation())
        again = delivery(delivered(medicine, "MF1", 40), supplier="NILE medical supplies", invoice="s-1052")
        with pytest.raises(InvalidInput) as told:
            DELIVERIES.create(practice.pharmacist, again, operation())
        assert "Received already on 17 Nov 2026" in told.value.fields["invoice"]
        DELIVERIES.create(practice.pharmacist, again | {"invoice": "S-1052/2"}, operation())
        elsewhere = again | {"supplier": "Delta Drug House"}
        DELIVERIES.create(practice.pharmacist, elsewhere, operation())
        assert lot_of(practice, medicine, "MF1")["quantity"] == 120

    def test_an_invoice_is_known_again_in_other_letters_and_digits_and_by_the_index(self, practice, medicine):
        written = {"supplier": "شركة  الأمل", "invoice": "فاتورة ١٠٥٢"}
        DELIVERIES.create(practice.pharmacist, delivery(delivered(medicine, "AM1", 40), **written), operation())
        again = delivery(delivered(medicine, "AM1", 40), supplier="شركه الامل", invoice="فاتوره  1052")
        with practice.past_the_program() as database:
            database.command("profile", 2)
            with pytest.raises(InvalidInput, match="Received already"):
                DELIVERIES.create(practice.pharmacist, again, operation())
            database.command("profile", 0)
            asked = database["system.profile"].find({"ns": f"{database.name}.deliveries", "op": "query"})
            assert {"find.edges" in one["planSummary"] for one in asked} == {True}

    def test_all_lots_come_in_with_their_entries(self, practice, medicine):
        other = practice.medicine()
        wanted = delivery(
            delivered(medicine, "MF1", 40), delivered(medicine, "MF2", 5, "31/12/28"), delivered(other, "X", 1)
        )
        DELIVERIES.create(practice.pharmacist, wanted, operation())
        first = lot_of(practice, medicine, "MF1")
        assert (first["quantity"], first["expires"]) == (40, "2027-06-30")
        assert lot_of(practice, medicine, "MF2")["expires"] == "2028-12-31"
        assert lot_of(practice, other, "X")["quantity"] == 1
        (entry,) = entries(practice, first)
        assert (entry["kind"], entry["change"], entry["after"]) == ("received", 40, 40)
        assert entry["note"] == f"Nile Medical Supplies · {wanted['invoice']}"
        assert [row["_id"] for row in LOTS.page(practice.pharmacist, Query(text=medicine["name"])).rows]

    def test_more_of_a_lot_that_is_here_is_added_to_it(self, practice, medicine):
        for quantity in (40, 20):
            DELIVERIES.create(practice.pharmacist, delivery(delivered(medicine, "MF1", quantity)), operation())
        lot = lot_of(practice, medicine, "MF1")
        assert lot["quantity"] == 60
        assert [entry["after"] for entry in entries(practice, lot)] == [40, 60]

    def test_one_lot_with_another_expiry_is_refused_and_nothing_comes_in(self, practice, medicine):
        DELIVERIES.create(practice.pharmacist, delivery(delivered(medicine, "MF1", 40)), operation())
        wanted = delivery(delivered(medicine, "NEW", 5), delivered(medicine, "MF1", 20, "07/27"))
        with pytest.raises(InvalidInput) as refused:
            DELIVERIES.create(practice.pharmacist, wanted, operation())
        assert "expires on 30 Jun 2027" in refused.value.fields["lots"]
        assert lot_of(practice, medicine, "NEW") is None
        assert lot_of(practice, medicine, "MF1")["quantity"] == 40

    @pytest.mark.parametrize(
        ("lots", "words"),
        [
            ([("A", 1, "06/27"), ("A", 2, "06/27")], "in it twice"),
            ([("A", 1, "01/20")], "has expired"),
            ([("A", 0, "06/27")], "whole number"),
            ([], "needed"),
        ],
    )
    def test_what_cannot_be_is_told(self, practice, medicine, lots, words):
        wanted = delivery(*(delivered(medicine, lot, quantity, expires) for lot, quantity, expires in lots))
        with pytest.raises(InvalidInput) as refused:
            DELIVERIES.create(practice.pharmacist, wanted, operation())
        assert words in refused.value.fields["lots"]

    def test_sent_twice_it_comes_in_once(self, practice, medicine):
        sent, wanted = operation(), delivery(delivered(medicine, "MF1", 40))
        first = DELIVERIES.create(practice.pharmacist, wanted, sent)
        assert DELIVERIES.create(practice.pharmacist, wanted, sent)["_id"] == first["_id"]
        assert lot_of(practice, medicine, "MF1")["quantity"] == 40

    def test_it_stays_as_it_was_entered(self, practice, medicine):
        row = DELIVERIES.create(practice.pharmacist, delivery(delivered(medicine, "MF1", 40)), operation())
        with pytest.raises(NotAllowed):
            DELIVERIES.change(practice.pharmacist, row["_id"], 1, {"invoice": "1"}, operation())

    def test_by_the_dispensary_alone(self, practice, medicine):
        with pytest.raises(NotAllowed):
            DELIVERIES.create(practice.doctor, delivery(delivered(medicine, "MF1", 40)), operation())


class TestTakingADeliveryBack:
    def received(self, practice, *lots, **more):
        return DELIVERIES.create(practice.pharmacist, delivery(*lots, **more), operation())

    def test_all_of_it_leaves_the_stock_with_the_reason(self, practice, medicine):
        here, other = practice.lot(medicine, 5), practice.medicine()
        more = delivered(medicine, here["lot"], 40, here["expires"])
        row = self.received(practice, more, delivered(other, "X", 7))
        take_delivery_back(practice.pharmacist, row["_id"], "Of another clinic", operation())
        assert (practice.quantity(here), lot_of(practice, other, "X")["quantity"]) == (5, 0)
        entry = entries(practice, lot_of(practice, other, "X"))[-1]
        assert (entry["kind"], entry["change"], entry["note"]) == (NOT_RECEIVED, -7, "Of another clinic")
        (shown,) = DELIVERIES.page(practice.pharmacist, Query(text=row["invoice"])).rows
        assert shown["taken_back"]["note"] == "Of another clinic"
        assert shown["taken_back"]["created_by:title"]
        with practice.past_the_program() as database:
            noted = database.audit.find_one({"action": "take delivery back", "collection": "deliveries"})
            assert (noted["record"], noted["reason"]) == (row["_id"], "Of another clinic")

    def test_what_something_was_done_with_is_named_and_nothing_is_taken_back(self, practice, medicine):
        other = practice.medicine()
        row = self.received(practice, delivered(medicine, "MF1", 40), delivered(other, "X", 7))
        adjust(practice.pharmacist, lot_of(practice, other, "X")["_id"], LOST, -1, "Gone", operation())
        with pytest.raises(UserError) as told:
            take_delivery_back(practice.pharmacist, row["_id"], "Of another clinic", operation())
        assert f"Lot \u2066X\u2069 of {other['name']}: lost." in told.value.message
        assert "MF1" not in told.value.message
        assert lot_of(practice, medicine, "MF1")["quantity"] == 40

    def test_what_was_done_with_a_lot_before_does_not_hinder_it(self, practice, medicine):
        here = practice.lot(medicine, 5)
        adjust(practice.pharmacist, here["_id"], LOST, -1, "Gone", operation())
        row = self.received(practice, delivered(medicine, here["lot"], 40, here["expires"]))
        take_delivery_back(practice.pharmacist, row["_id"], "Entered twice", operation())
        assert practice.quantity(here) == 4

    def test_of_one_entered_twice_either_is_taken_back(self, practice, medicine):
        first, second = (self.received(practice, delivered(medicine, "MF1", 40)) for _ in range(2))
        take_delivery_back(practice.pharmacist, first["_id"], "Entered twice", operation())
        assert lot_of(practice, medicine, "MF1")["quantity"] == 40
        take_delivery_back(practice.pharmacist, second["_id"], "Not ours", operation())
        assert lot_of(practice, medicine, "MF1")["quantity"] == 0

    def test_it_is_entered_anew_with_its_number_and_another_expiry(self, practice, medicine):
        row = self.received(practice, delivered(medicine, "MF1", 40, "06/27"), invoice="S-7")
        take_delivery_back(practice.pharmacist, row["_id"], "Wrong expiry", operation())
        self.received(practice, delivered(medicine, "MF1", 30, "06/28"), invoice="S-7")
        lot = lot_of(practice, medicine, "MF1")
        assert (lot["quantity"], lot["expires"]) == (30, "2028-06-30")
        with pytest.raises(InvalidInput):
            self.received(practice, delivered(medicine, "MF1", 30, "06/29"))
        with pytest.raises(InvalidInput, match="Received already"):
            self.received(practice, delivered(medicine, "MF2", 30), invoice="S-7")

    def test_sent_twice_it_leaves_once_and_not_again(self, practice, medicine):
        row, sent = self.received(practice, delivered(medicine, "MF1", 40)), operation()
        self.received(practice, delivered(medicine, "MF1", 50))
        for _ in range(2):
            take_delivery_back(practice.pharmacist, row["_id"], "Entered twice", sent)
        with pytest.raises(UserError, match="taken back already"):
            take_delivery_back(practice.pharmacist, row["_id"], "Entered twice", operation())
        assert lot_of(practice, medicine, "MF1")["quantity"] == 50

    def test_of_two_at_once_one_takes_it_back(self, practice, medicine):
        row = self.received(practice, delivered(medicine, "MF1", 40))
        self.received(practice, delivered(medicine, "MF1", 50))
        start = Barrier(2)

        def back(_):
            start.wait()
            try:
                take_delivery_back(practice.pharmacist, row["_id"], "Entered twice", operation())
            except UserError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(back, range(2))) == [False, True]
        assert lot_of(practice, medicine, "MF1")["quantity"] == 50

    def test_it_needs_a_reason_and_is_the_dispensary_s(self, practice, medicine):
        row = self.received(practice, delivered(medicine, "MF1", 40))
        with pytest.raises(InvalidInput):
            take_delivery_back(practice.pharmacist, row["_id"], " ", operation())
        with pytest.raises(NotAllowed):
            take_delivery_back(practice.doctor, row["_id"], "Of another clinic", operation())
        with pytest.raises(NotFound):
            take_delivery_back(practice.pharmacist, ObjectId(), "Of another clinic", operation())


class TestAdjusting:
    def test_what_was_damaged_leaves_with_its_reason(self, practice, medicine):
        lot = practice.lot(medicine, 40)
        assert adjust(practice.pharmacist, lot["_id"], DAMAGED, -3, "Dropped", operation())["quantity"] == 37
        entry = entries(practice, lot)[-1]
        assert (entry["kind"], entry["change"], entry["after"], entry["note"]) == ("damaged", -3, 37, "Dropped")

    def test_a_correction_may_add(self, practice, medicine):
        lot = practice.lot(medicine, 40)
        assert adjust(practice.pharmacist, lot["_id"], CORRECTED, 5, "Typed wrongly", operation())["quantity"] == 45

    def test_what_has_a_reason_as_long_as_can_be_is_undone(self, practice, medicine):
        lot, sent = practice.lot(medicine, 40), operation()
        adjust(practice.pharmacist, lot["_id"], DAMAGED, -3, "x" * 200, sent)
        assert put_back(practice.pharmacist, sent, operation())["quantity"] == 40

    def test_what_has_expired_is_written_off_with_a_word_on_how_it_is_destroyed(self, practice, medicine):
        lot = practice.lot(medicine, 40)
        practice.expire(lot)
        with pytest.raises(InvalidInput) as refused:
            adjust(practice.pharmacist, lot["_id"], EXPIRED, -40, " ", operation())
        assert set(refused.value.fields) == {"reason"}
        assert adjust(practice.pharmacist, lot["_id"], EXPIRED, -40, "Burnt", operation())["quantity"] == 0

    @pytest.mark.parametrize(
        ("kind", "change", "reason", "field"),
        [
            (DAMAGED, -41, "Dropped", "change"),
            (DAMAGED, 3, "Dropped", "change"),
            (LOST, 0, "Gone", "change"),
            (LOST, -3, "  ", "reason"),
            (CORRECTED, 10**7, "So many", "change"),
            (EXPIRED, -40, "Burnt", "kind"),
            ("dispensed", -1, "Because", "kind"),
        ],
    )
    def test_what_cannot_be_is_told_at_its_field(self, practice, medicine, kind, change, reason, field):
        lot = practice.lot(medicine, 40)
        with pytest.raises(InvalidInput) as refused:
            adjust(practice.pharmacist, lot["_id"], kind, change, reason, operation())
        assert set(refused.value.fields) == {field}
        assert practice.quantity(lot) == 40

    def test_more_than_there_is_is_refused_with_what_is_left(self, practice, medicine):
        lot = practice.lot(medicine, 1)

        def told():
            with pytest.raises(InvalidInput) as refused:
                adjust(practice.pharmacist, lot["_id"], LOST, -2, "Gone", operation())
            return refused.value.fields

        assert told() == {"change": "Only 1 left by now."}
        adjust(practice.pharmacist, lot["_id"], LOST, -1, "Gone", operation())
        assert told() == {"change": "Nothing is left by now."}

    def test_sent_twice_it_leaves_once(self, practice, medicine):
        lot, sent = practice.lot(medicine, 40), operation()
        for _ in range(2):
            assert adjust(practice.pharmacist, lot["_id"], LOST, -3, "Gone", sent)["quantity"] == 37

    def test_by_the_dispensary_alone(self, practice, medicine):
        lot = practice.lot(medicine, 40)
        with pytest.raises(NotAllowed):
            adjust(practice.doctor, lot["_id"], LOST, -3, "Gone", operation())

    def test_thirty_two_on_a_lot_of_five_leave_it_empty_and_not_below(self, practice, medicine):
        lot = practice.lot(medicine, 5)
        start = Barrier(32)

        def take(_):
            start.wait()
            while True:
                try:
                    adjust(practice.pharmacist, lot["_id"], LOST, -1, "Gone", operation())
                except Busy:
                    continue
                except InvalidInput:
                    return 0
                return 1

        with ThreadPoolExecutor(32) as pool:
            assert sum(pool.map(take, range(32))) == 5
        assert practice.quantity(lot) == 0
        assert sorted(entry["after"] for entry in entries(practice, lot)) == [0, 1, 2, 3, 4, 5]


class TestCounting:
    def counted(self, practice, *lots):
        now = moment(practice.pharmacist)
        return [Found(lot["_id"], number, now) for lot, number in lots]

    def test_differences_are_shown_and_booked_in_one_go(self, practice, medicine):
        more, less, same = (practice.lot(medicine, 40) for _ in range(3))
        found = self.counted(practice, (more, 42), (less, 37), (same, 40))
        assert [one.change for one in compare(practice.pharmacist, found)] == [2, -3, 0]
        count = book(practice.pharmacist, found, "End of the month", operation())
        assert count["differing"] == 2
        assert [practice.quantity(lot) for lot in (more, less, same)] == [42, 37, 40]
        assert [entry["kind"] for entry in entries(practice, less)] == ["received", "counted"]
        assert entries(practice, less)[-1]["note"] == "End of the month"
        assert len(entries(practice, same)) == 1

    def test_what_moves_after_the_counting_is_no_difference(self, practice, medicine):
        lot = practice.lot(medicine, 40)
        row = practice.sign(line(medicine, 10))
        found = self.counted(practice, (lot, 38))
        dispense(practice.pharmacist, practice.opened(row), {1: 10}, operation())
        (difference,) = compare(practice.pharmacist, found)
        assert (difference.expected, difference.change) == (40, -2)
        book(practice.pharmacist, found, "Counted", operation())
        assert practice.quantity(lot) == 28

    def test_more_handed_out_since_than_was_found_is_told(self, practice, medicine):
        lot = practice.lot(medicine, 40)
        row = practice.sign(line(medicine, 30))
        found = self.counted(practice, (lot, 20))
        dispense(practice.pharmacist, practice.opened(row), {1: 30}, operation())
        with pytest.raises(InvalidInput) as refused:
            book(practice.pharmacist, found, "Counted", operation())
        assert "Count it again" in refused.value.fields["lots"]
        assert practice.quantity(lot) == 10

    def test_a_lot_never_holds_more_than_it_can(self, practice, medicine):
        lot = practice.lot(medicine, 100)
        long_ago = practice.pharmacist.now() - timedelta(days=9000)
        with pytest.raises(InvalidInput, match="at most 1,000,000"):
            book(practice.pharmacist, [Found(lot["_id"], 999_901, long_ago)], "Counted", operation())
        for _ in range(9):
            adjust(practice.pharmacist, lot["_id"], CORRECTED, 100_000, "Counted", operation())
        with pytest.raises(InvalidInput) as refused:
            adjust(practice.pharmacist, lot["_id"], CORRECTED, 100_000, "Counted", operation())
        assert set(refused.value.fields) == {"change"}
        too_much = delivered(medicine, lot["lot"], 100_000, lot["expires"])
        with pytest.raises(InvalidInput, match="at most 1,000,000"):
            DELIVERIES.create(practice.pharmacist, delivery(too_much), operation())
        assert practice.quantity(lot) == 900_100

    def test_a_delivery_taken_back_after_the_counting_is_no_difference(self, practice, medicine):
        lot = practice.lot(medicine, 50)
        wrong = delivery(delivered(medicine, lot["lot"], 40, lot["expires"]))
        row = DELIVERIES.create(practice.pharmacist, wrong, operation())
        found = self.counted(practice, (lot, 50))
        take_delivery_back(practice.pharmacist, row["_id"], "Of another clinic", operation())
        assert [one.change for one in compare(practice.pharmacist, found)] == [0]
        book(practice.pharmacist, found, "Counted", operation())
        assert practice.quantity(lot) == 50

    @pytest.mark.parametrize("counted_first", [True, False])
    @pytest.mark.parametrize(("kind", "change"), [(LOST, -20), (CORRECTED, 20)])
    def test_an_adjustment_undone_after_the_counting_is_no_difference(
        self, practice, medicine, kind, change, counted_first
    ):
        lot, sent = practice.lot(medicine, 50), operation()
        found = self.counted(practice, (lot, 50))
        adjust(practice.pharmacist, lot["_id"], kind, change, "Mistaken", sent)
        if not counted_first:
            found = self.counted(practice, (lot, 50))
        put_back(practice.pharmacist, sent, operation())
        book(practice.pharmacist, found, "Counted", operation())
        assert practice.quantity(lot) == 50

    def test_one_counted_twice_is_put_right_once(self, practice, medicine):
        lot = practice.lot(medicine, 90)
        first, second = (self.counted(practice, (lot, 50)) for _ in range(2))
        for found in (second, first):
            book(practice.pharmacist, found, "Counted", operation())
        assert practice.quantity(lot) == 50

    def test_a_correction_of_what_came_in_since_asks_to_count_again(self, practice, medicine):
        lot = practice.lot(medicine, 50)
        found = self.counted(practice, (lot, 50))
        row = delivery(delivered(medicine, lot["lot"], 400, lot["expires"]))
        DELIVERIES.create(practice.pharmacist, row, operation())
        adjust(practice.pharmacist, lot["_id"], CORRECTED, -360, "Only 40 came", operation())
        with pytest.raises(InvalidInput) as refused:
            book(practice.pharmacist, found, "Counted", operation())
        assert "Count it again" in refused.value.fields["lots"]
        assert practice.quantity(lot) == 90

    def test_sent_twice_it_is_booked_once(self, practice, medicine):
        lot, sent = practice.lot(medicine, 40), operation()
        found = self.counted(practice, (lot, 30))
        for _ in range(2):
            book(practice.pharmacist, found, "Counted", sent)
        assert practice.quantity(lot) == 30
        assert len(entries(practice, lot)) == 2

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_it_needs_a_reason(self, practice, medicine, reason):
        found = self.counted(practice, (practice.lot(medicine, 40), 30))
        with pytest.raises(InvalidInput) as refused:
            book(practice.pharmacist, found, reason, operation())
        assert set(refused.value.fields) == {"reason"}

    def test_a_lot_stands_in_it_once(self, practice, medicine):
        lot = practice.lot(medicine, 40)
        with pytest.raises(InvalidInput):
            book(practice.pharmacist, self.counted(practice, (lot, 30), (lot, 40)), "Counted", operation())
        assert practice.quantity(lot) == 40

    def test_by_the_dispensary_alone(self, practice, medicine):
        found = self.counted(practice, (practice.lot(medicine, 40), 30))
        with pytest.raises(NotAllowed):
            book(practice.doctor, found, "Counted", operation())
        with pytest.raises(NotAllowed):
            STOCK_COUNTS.page(practice.doctor, Query())


class TestTheStockCard:
    def test_each_entry_says_what_there_was_of_the_medicine_after_it(self, practice, medicine):
        one = practice.lot(medicine, 40, 100)
        practice.lot(medicine, 10, 50)
        practice.lot(practice.medicine(), 7)
        adjust(practice.pharmacist, one["_id"], LOST, -3, "Gone", operation())
        asked = Query(filters={"medicine": medicine["_id"]}, order="created_at")
        rows = LEDGER.page(practice.pharmacist, asked).rows
        assert [(row["change"], row["balance"]) for row in rows] == [(40, 40), (10, 50), (-3, 47)]
        assert rows[-1]["by"]
        assert (rows[-1]["note"], rows[-1]["lot:title"]) == ("Gone", one["lot"])

    def test_its_pages_go_on_from_one_another(self, practice, medicine):
        lot = practice.lot(medicine, 40)
        for _ in range(7):
            adjust(practice.pharmacist, lot["_id"], LOST, -1, "Gone", operation())
        asked = {"filters": {"medicine": medicine["_id"]}, "order": "created_at", "descending": True, "limit": 3}
        balances, start = [], None
        while True:
            page = LEDGER.page(practice.pharmacist, Query(start=start, **asked))
            balances += [row["balance"] for row in page.rows]
            if not page.more:
                break
            start = page.rows[-1]
        assert balances == [33, 34, 35, 36, 37, 38, 39, 40]
        assert LEDGER.count(practice.pharmacist, Query(**asked)).number == 8

    def test_narrowed_otherwise_it_says_no_balance(self, practice, medicine):
        lot = practice.lot(medicine, 40)
        adjust(practice.pharmacist, lot["_id"], LOST, -3, "Gone", operation())
        asked = Query(filters={"medicine": medicine["_id"], "kind": LOST}, order="created_at")
        (row,) = LEDGER.page(practice.pharmacist, asked).rows
        assert "balance" not in row


class TestWhatRunsLow:
    def found(self, practice, medicine):
        rows = low_stock(practice.pharmacist, 1000)
        return next((row["stock"] for row in rows if row["_id"] == medicine["_id"]), None)

    def test_at_its_reorder_level_a_medicine_is_low(self, practice, medicine):
        level(practice, medicine, 10)
        assert self.found(practice, medicine) == 0
        practice.lot(medicine, 6)
        practice.lot(medicine, 4)
        assert self.found(practice, medicine) == 10
        practice.lot(medicine, 1)
        assert self.found(practice, medicine) is None

    def test_what_has_expired_is_not_counted(self, practice, medicine):
        level(practice, medicine, 10)
        practice.expire(practice.lot(medicine, 100))
        practice.lot(medicine, 3)
        assert self.found(practice, medicine) == 3

    def test_without_a_level_or_out_of_use_it_is_never_low(self, practice, medicine):
        assert self.found(practice, medicine) is None
        other = practice.medicine()
        level(practice, other, 10)
        MEDICINES.change(practice.pharmacist, other["_id"], 2, {"active": False}, operation())
        assert self.found(practice, other) is None

    def test_what_is_out_comes_first(self, practice):
        out, low = practice.medicine(), practice.medicine()
        for one in (low, out):
            level(practice, one, 10)
        practice.lot(low, 9)
        ids = [row["_id"] for row in low_stock(practice.pharmacist, 1000)]
        assert ids.index(out["_id"]) < ids.index(low["_id"])
        assert len(low_stock(practice.pharmacist, 1)) == 1

    def test_coming_down_to_it_is_told_once(self, practice, medicine):
        level(practice, medicine, 10)
        lot = practice.lot(medicine, 20)
        row = practice.sign(line(medicine, 10))
        adjust(practice.pharmacist, lot["_id"], LOST, -9, "Gone", operation())
        assert told_low(practice, medicine) == 0
        dispense(practice.pharmacist, practice.opened(row), {1: 1}, operation())
        assert told_low(practice, medicine) == 1
        dispense(practice.pharmacist, practice.opened(row), {1: 1}, operation())
        assert told_low(practice, medicine) == 1
        adjust(practice.pharmacist, lot["_id"], CORRECTED, 20, "Found", operation())
        adjust(practice.pharmacist, lot["_id"], LOST, -20, "Gone", operation())
        assert told_low(practice, medicine) == 2

    def test_writing_off_what_has_expired_tells_nothing(self, practice, medicine):
        level(practice, medicine, 10)
        practice.lot(medicine, 11)
        old = practice.lot(medicine, 50)
        practice.expire(old)
        adjust(practice.pharmacist, old["_id"], EXPIRED, -50, "Burnt", operation())
        assert told_low(practice, medicine) == 0

    def test_it_is_the_dispensarys(self, practice):
        with pytest.raises(NotAllowed):
            low_stock(practice.doctor, 5)
        with pytest.raises(NotAllowed):
            near_expiry(practice.doctor, 5)


class TestWhatExpires:
    def test_what_expires_soon_or_has_comes_earliest_first(self, practice, medicine):
        soon, far, empty = practice.lot(medicine, 5, 75), practice.lot(medicine, 5, 91), practice.lot(medicine, 0, 3)
        over = practice.lot(medicine, 5, 100)
        practice.expire(over)
        rows = near_expiry(practice.pharmacist, 1000)
        mine = {row["_id"]: row["days"] for row in rows if row["medicine"] == medicine["_id"]}
        assert mine == {over["_id"]: -1, soon["_id"]: 75}
        assert not {far["_id"], empty["_id"]} & set(mine)
        assert [row["expires"] for row in rows] == sorted(row["expires"] for row in rows)
        assert rows[0]["medicine:title"]

    def test_the_list_of_lots_marks_them(self, practice, medicine):
        soon, far, over = practice.lot(medicine, 5, 75), practice.lot(medicine, 5, 200), practice.lot(medicine, 5, 9)
        practice.expire(over)
        rows = {row["_id"]: row for row in LOTS.page(practice.pharmacist, Query(text=medicine["name"])).rows}
        marks = {key: (row["over"], row["near"]) for key, row in rows.items()}
        assert marks == {soon["_id"]: (False, True), far["_id"]: (False, False), over["_id"]: (True, False)}


def test_a_lot_that_is_gone_is_told(practice):
    with pytest.raises(UserError):
        adjust(practice.pharmacist, ObjectId(), LOST, -1, "Gone", operation())
    with pytest.raises(UserError):
        compare(practice.pharmacist, [Found(ObjectId(), 1, practice.pharmacist.now() - timedelta(minutes=1))])


def test_a_lot_that_ran_out_meanwhile_is_told_and_not_overdrawn(practice, medicine, monkeypatch):
    lot = practice.lot(medicine, 5)
    seen = LOTS.get(practice.pharmacist, lot["_id"])
    adjust(practice.pharmacist, lot["_id"], LOST, -4, "Gone", operation())
    monkeypatch.setattr(type(LOTS), "get", lambda *_: seen)
    with pytest.raises(InvalidInput) as refused:
        adjust(practice.pharmacist, lot["_id"], LOST, -4, "Gone", operation())
    assert refused.value.fields == {"change": "Only 1 left by now."}
