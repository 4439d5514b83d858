"""What is handed out is told of where its lot expires before it is used up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bson import ObjectId

from hmsdesk.controllers.dispensary.handing_out import Given, dispense
from hmsdesk.controllers.dispensary.lasting import WHY_LATER, too_short
from hmsdesk.controllers.dispensary.opening import look_again
from tests.factories import operation
from tests.prescribing import line


@pytest.fixture
def medicine(practice):
    return practice.medicine()


def first(practice, medicine, quantity=60, **more):
    """The only line of a prescription of thirty days."""
    return practice.opened(practice.sign(line(medicine, quantity, **more))).lines[0]


def test_the_lot_that_expires_before_the_course_is_over_is_named_with_one_that_lasts(practice, medicine):
    soon, later = practice.lot(medicine, 100, 13), practice.lot(medicine, 100, 300)
    only = first(practice, medicine)
    found = too_short(only, 60, None)
    assert (found.lot["_id"], found.better["_id"]) == (soon["_id"], later["_id"])
    assert found.until == only.today + timedelta(days=29)


def test_the_lot_that_lasts_is_given_with_that_reason_and_nothing_is_said_any_more(practice, medicine):
    practice.lot(medicine, 100, 13)
    later = practice.lot(medicine, 100, 300)
    row = practice.sign(line(medicine, 60))
    opened = look_again(practice.pharmacist, row["_id"])
    given = Given(WHY_LATER, lot=too_short(opened.lines[0], 60, None).better["_id"])
    assert too_short(opened.lines[0], 60, given) is None
    done = dispense(practice.pharmacist, opened, {1: 60}, operation(), {1: given})
    assert [(part["lot"], part["why"]) for part in done["lines"]] == [(later["_id"], WHY_LATER)]


@pytest.mark.parametrize(
    ("days", "quantity", "told"), [(29, 60, False), (28, 60, True), (14, 30, False), (13, 30, True)]
)
def test_what_goes_out_in_part_need_only_last_for_its_part(practice, medicine, days, quantity, told):
    practice.lot(medicine, 100, days)
    assert bool(too_short(first(practice, medicine), quantity, None)) is told


def handed_out_before(practice, medicine, days_ago):
    """The rest of a line of thirty days, of which half went out so many days ago."""
    enough = practice.lot(medicine, 30, 300)
    row = practice.sign(line(medicine, 60))
    done = dispense(practice.pharmacist, practice.opened(row), {1: 30}, operation())
    practice.tamper("dispensations", done["_id"], {"created_at": done["created_at"] - timedelta(days=days_ago)})
    assert practice.quantity(enough) == 0
    return row


@pytest.mark.parametrize(
    ("days_ago", "lot_days", "told"), [(1, 27, True), (1, 28, False), (15, 13, True), (15, 14, False)]
)
def test_the_rest_is_begun_when_what_went_out_before_is_used_up(practice, medicine, days_ago, lot_days, told):
    row = handed_out_before(practice, medicine, days_ago)
    practice.lot(medicine, 100, lot_days)
    assert bool(too_short(practice.opened(row).lines[0], 30, None)) is told


def test_of_two_lots_each_need_only_last_until_it_is_used_up(practice, medicine):
    practice.lot(medicine, 20, 13)
    practice.lot(medicine, 40, 300)
    assert too_short(first(practice, medicine), 60, None) is None


def test_where_no_single_lot_lasts_and_holds_enough_none_is_offered(practice, medicine):
    practice.lot(medicine, 60, 13)
    practice.lot(medicine, 59, 300)
    found = too_short(first(practice, medicine), 60, None)
    assert (found.better, found.none_lasts) == (None, True)


def test_of_another_product_that_does_not_last_it_is_not_said_what_other_lots_do(practice, medicine):
    practice.lot(medicine, 100, 300)
    soon = practice.lot(medicine, 100, 13)
    only = first(practice, medicine)
    other = replace(only.product, medicine=ObjectId(), lots=(soon,))
    found = too_short(replace(only, others=(other,)), 60, Given("Cheaper", medicine=other.medicine))
    assert (found.lot["_id"], found.better, found.none_lasts) == (soon["_id"], None, False)


def test_what_is_taken_once_need_only_last_today(practice, medicine):
    practice.lot(medicine, 10, 0)
    assert too_short(first(practice, medicine, 1, frequency="single"), 1, None) is None


def test_nothing_is_said_of_what_does_not_go_out(practice, medicine):
    practice.lot(medicine, 100, 13)
    assert too_short(first(practice, medicine), 0, None) is None
