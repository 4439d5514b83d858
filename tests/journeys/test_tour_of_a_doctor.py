"""The day of one doctor who does everything; and what the tour makes of a step that fails."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hmsdesk.tour.director import morning_zone, play
from hmsdesk.tour.parts import PARTS
from hmsdesk.tour.plays import PLAYS, SOLO, Step, Who


def test_a_doctor_s_day_is_played_to_its_end(tmp_path):
    told = []
    assert play(tmp_path, told.append, [SOLO]), "\n".join(told)
    report = json.loads((tmp_path / "solo" / "tour.json").read_text("utf-8"))
    assert [step["result"] for step in report["steps"]] == ["done"] * len(SOLO.steps)


def test_a_step_that_fails_ends_its_play_and_not_the_others(tmp_path):
    steps = (Step(Who.SOLO, "dance", "The doctor dances"), *SOLO.steps)
    told = []
    assert not play(tmp_path, told.append, [replace(SOLO, name=name, steps=steps) for name in ("first", "second")])
    for name in ("first", "second"):
        (step,) = json.loads((tmp_path / name / "tour.json").read_text("utf-8"))["steps"]
        assert step["result"] != "done"
        assert (tmp_path / name / step["picture"]).exists()
    assert sum(line.startswith("FAIL") for line in told) == 2


@pytest.mark.parametrize("hour", range(24))
def test_the_tour_is_played_in_the_morning_whatever_time_it_is(hour):
    for day in (datetime(2026, 12, 31, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)):
        for minutes in (0, 59):
            now = day + timedelta(hours=hour, minutes=minutes)
            assert now.astimezone(ZoneInfo(morning_zone(now))).hour == 10


def test_every_step_has_its_part_and_every_part_is_played():
    steps = [step for one in PLAYS for step in one.steps]
    assert {step.part for step in steps} == set(PARTS)
    assert all(part.__doc__ for part in PARTS.values())
    assert all(step.who in one.people for one in PLAYS for step in one.steps)
