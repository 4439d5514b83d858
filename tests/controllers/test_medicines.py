"""The catalogue, lots and the ledger of every change of stock."""

from datetime import timedelta

import pytest

from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.stock.ledger import MOVEMENTS
from hmsdesk.controllers.stock.lots import LOTS, in_stock
from hmsdesk.errors import InvalidInput, NotAllowed
from hmsdesk.models.medicines import stock_status
from hmsdesk.security.permissions import Role
from tests.factories import operation


@pytest.fixture
def medicine(practice):
    return practice.medicine()


def ledger(practice, lot):
    with practice.pharmacist.reading("stock_movements") as movements:
        return list(movements.find({"lot": lot["_id"]}).sort("created_at", 1))


def test_a_medicine_is_found_by_its_ingredient(practice):
    values = {"name": "Calpol 500", "name_ar": "كالبول", "ingredient": "paracetamol", "unit": "tablet"}
    made = MEDICINES.create(practice.pharmacist, values, operation())
    for typed in ("parac", "calpol 5", "كالبول"):
        rows = MEDICINES.page(practice.doctor, Query(text=typed, filters={"active": True})).rows
        assert made["_id"] in [row["_id"] for row in rows]


def test_the_list_says_how_much_may_be_handed_out_to_whoever_sees_the_shelves(practice, medicine):
    other = practice.medicine()
    practice.lot(medicine, 40, days=100)
    practice.lot(medicine, 2, days=200)
    asked = Query(text=medicine["name"].split()[-1])
    (row,) = MEDICINES.page(practice.pharmacist, asked).rows
    assert (row["_id"], row["stock"], stock_status(row)) == (medicine["_id"], 42, "")
    assert stock_status(row | {"reorder_level": 42}) == "low-stock"
    (none,) = MEDICINES.page(practice.pharmacist, Query(text=other["name"].split()[-1])).rows
    assert (none["stock"], stock_status(none | {"reorder_level": 0})) == (0, "out-of-stock")
    (unseen,) = MEDICINES.page(practice.doctor, asked).rows
    assert "stock" not in unseen


def test_only_the_dispensary_keeps_medicines(practice):
    with pytest.raises(NotAllowed):
        MEDICINES.create(practice.doctor, {"name": "A", "ingredient": "a", "unit": "tablet"}, operation())
    with pytest.raises(NotAllowed):
        LOTS.page(practice.doctor, Query())


def test_a_lot_comes_in_with_its_entry_in_the_ledger(practice, medicine):
    lot = practice.lot(medicine, 40)
    (entry,) = ledger(practice, lot)
    assert (entry["kind"], entry["change"], entry["after"], entry["medicine"]) == ("received", 40, 40, medicine["_id"])


def test_a_lot_received_twice_by_one_operation_comes_in_once(practice, medicine):
    values = {"medicine": medicine["_id"], "lot": "MF2407", "expires": "2099-01-31", "quantity": 40}
    sent = operation()
    first = LOTS.create(practice.pharmacist, values, sent)
    assert LOTS.create(practice.pharmacist, values, sent)["_id"] == first["_id"]
    assert len(ledger(practice, first)) == 1


def test_a_lot_of_a_medicine_has_one_record(practice, medicine):
    values = {"medicine": medicine["_id"], "lot": "MF2407", "expires": "2099-01-31", "quantity": 40}
    LOTS.create(practice.pharmacist, values, operation())
    with pytest.raises(InvalidInput) as refused:
        LOTS.create(practice.pharmacist, values, operation())
    assert set(refused.value.fields) == {"lot"}
    other = practice.medicine()
    assert LOTS.create(practice.pharmacist, values | {"medicine": other["_id"]}, operation())["lot"] == "MF2407"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": -1}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"expires": "2026-02-30"}, "expires"),
        ({"lot": "A B"}, "lot"),
        ({"medicine": None}, "medicine"),
    ],
)
def test_a_wrong_receipt_is_told_at_its_field_and_nothing_comes_in(practice, medicine, wrong, field):
    values = {"medicine": medicine["_id"], "lot": "X1", "expires": "2099-01-31", "quantity": 4}
    with pytest.raises(InvalidInput) as refused:
        LOTS.create(practice.pharmacist, values | wrong, operation())
    assert set(refused.value.fields) == {field}
    assert in_stock(practice.pharmacist, [medicine["_id"]]) == {medicine["_id"]: []}


def test_what_is_in_stock_expires_earliest_first_and_is_neither_expired_nor_used_up(practice, medicine):
    late, early, today = practice.lot(medicine, 5, 400), practice.lot(medicine, 5, 20), practice.lot(medicine, 5, 0)
    expired = practice.lot(medicine, 5, 1)
    practice.expire(expired)
    practice.lot(medicine, 0, 10)
    lots = in_stock(practice.pharmacist, [medicine["_id"]])[medicine["_id"]]
    assert [lot["_id"] for lot in lots] == [lot["_id"] for lot in (today, early, late)]


def test_the_stock_is_changed_by_a_movement_only(practice, medicine):
    lot = practice.lot(medicine, 40)
    with pytest.raises((InvalidInput, NotAllowed)):
        LOTS.change(practice.pharmacist, lot["_id"], 1, {"quantity": 4000}, operation())
    assert practice.quantity(lot) == 40


def test_the_expiry_of_a_lot_can_be_corrected(practice, medicine):
    lot = practice.lot(medicine, 40)
    expires = (practice.pharmacist.locale.today() + timedelta(days=9)).isoformat()
    assert LOTS.change(practice.pharmacist, lot["_id"], 1, {"expires": expires}, operation())["expires"] == expires


def test_the_ledger_is_read_by_the_dispensary_alone(practice):
    MOVEMENTS.page(practice.pharmacist, Query())
    for role in (Role.DOCTOR, Role.NURSE, Role.RECEPTIONIST):
        with pytest.raises(NotAllowed):
            MOVEMENTS.page(practice.clinic.session(role), Query())
