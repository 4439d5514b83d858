"""Days that aren't as the week has them."""

from datetime import date

import pytest
import time_machine
from bson import ObjectId

from hmsdesk.errors import InvalidInput
from hmsdesk.models.clinic_days import ClinicDay, holds_on
from tests.factories import EGYPT, typed


def problems(**values):
    with pytest.raises(InvalidInput) as refused:
        ClinicDay.build(typed("clinic_days", **values), EGYPT)
    return refused.value.fields


def test_a_closed_day_needs_its_date_and_reason_only():
    assert ClinicDay.build({"day": "6/10/2026", "reason": "Armed Forces Day"}, EGYPT)["kind"] == "closed"
    assert set(problems(day="", reason="")) == {"day", "reason"}


def test_a_leave_goes_on_until_its_last_day():
    leave = ClinicDay.build({"day": "1/12/2026", "until": "14/12/2026", "reason": "Leave"}, EGYPT)
    assert [holds_on(leave, date(2026, 12, n)) for n in (1, 7, 14, 15)] == [True, True, True, False]
    assert not holds_on(leave, date(2026, 11, 30))
    one_day = ClinicDay.build({"day": "1/12/2026", "reason": "Leave"}, EGYPT)
    assert [holds_on(one_day, date(2026, 12, n)) for n in (1, 2)] == [True, False]


def test_the_last_day_is_not_before_the_first_nor_years_after_it():
    assert problems(day="6 Oct 2026", until="5 Oct 2026") == {"until": "The last day is before the first."}
    assert set(problems(day="6 Oct 2026", until="6 Oct 2062")) == {"until"}
    assert ClinicDay.build(typed("clinic_days", day="6 Oct 2026", until="6 Oct 2026"), EGYPT)["until"] == "2026-10-06"


def test_a_closed_day_has_no_hours():
    assert set(problems(starts="9", ends="12")) == {"starts", "ends"}


def test_a_day_that_opens_needs_its_hours():
    assert set(problems(kind="open")) == {"starts", "ends"}
    assert set(problems(kind="open", starts="9")) == {"ends"}
    assert problems(kind="open", starts="12", ends="9") == {"ends": "It must close after it opens."}


def test_a_day_that_opens_may_be_one_doctors():
    doctor = ObjectId()
    opened = typed("clinic_days", kind="open", starts="9", ends="1 pm", practitioner=doctor)
    row = ClinicDay.build(opened, EGYPT)
    assert (row["starts"], row["ends"], row["practitioner"]) == ("09:00", "13:00", doctor)


@pytest.mark.parametrize(
    ("said", "day"),
    [("tomorrow", "2026-11-21"), ("21/11", "2026-11-21"), ("6 Oct", "2027-10-06"), ("20/11", "2026-11-20")],
)
def test_a_day_may_be_said_as_at_a_desk_and_is_one_to_come(said, day):
    with time_machine.travel("2026-11-20 10:00+02:00", tick=False):
        assert ClinicDay.build(typed("clinic_days", day=said), EGYPT)["day"] == day


@pytest.mark.parametrize("day", ["October 2026", "2026", "31/11/2026", "soon"])
def test_a_day_is_a_whole_date(day):
    assert set(problems(day=day)) == {"day"}
