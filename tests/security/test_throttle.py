"""Slowing down who tries passwords at this workstation."""

import json
import os
import stat
import threading

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.security import throttle
from hmsdesk.security.throttle import THROTTLE_FILE, Throttle

EMAIL = "amal@nileclinic.example"
NOON = 1_800_000_000.0


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


@pytest.fixture
def tries(tmp_path):
    return Throttle(tmp_path)


def fail(tries, times):
    """How long each of several tries is held back; those that are not are counted."""
    return [tries.begin(EMAIL) for _ in range(times)]


def test_three_tries_are_free_and_then_each_takes_twice_as_long(tries, clock):
    assert fail(tries, 4) == [0, 0, 0, 2]
    for pause in (2, 4, 8, 16):
        assert tries.begin(EMAIL) == pause
        clock.shift(pause - 0.5)
        assert tries.begin(EMAIL) == 0.5
        clock.shift(0.5)
        assert tries.begin(EMAIL) == 0


def test_no_pause_is_longer_than_five_minutes_however_often_it_failed(tries, clock, tmp_path):
    for count in (20, 1100, 10**9):
        kept = {throttle._name(EMAIL): (count, NOON)}
        (tmp_path / THROTTLE_FILE).write_text(json.dumps(kept), "utf-8")
        assert tries.begin(EMAIL) == 300


def test_being_held_back_is_not_counted(tries, clock):
    fail(tries, 50)
    assert tries.begin(EMAIL) == 2


def test_a_restart_forgets_nothing(tries, clock, tmp_path):
    fail(tries, 3)
    assert Throttle(tmp_path).begin(EMAIL) == 2


def test_success_and_a_day_s_rest_begin_anew(tries, clock):
    fail(tries, 3)
    tries.succeeded(EMAIL)
    assert fail(tries, 4) == [0, 0, 0, 2]
    clock.shift(24 * 3600 + 1)
    tries.begin("somebody@else.example")
    assert fail(tries, 4) == [0, 0, 0, 2]


def test_a_clock_that_was_set_back_holds_nobody_back_for_longer(tries, clock):
    fail(tries, 3)
    clock.shift(-30 * 24 * 3600)
    assert tries.begin(EMAIL) == 2
    clock.shift(1)
    assert tries.begin(EMAIL) == 1
    clock.shift(1)
    assert tries.begin(EMAIL) == 0


def test_a_try_that_was_called_off_is_as_if_it_had_never_been(tries, clock):
    for _ in range(10):
        assert tries.begin(EMAIL) == 0
        tries.called_off(EMAIL)
    tries.called_off(EMAIL)
    assert fail(tries, 4) == [0, 0, 0, 2]


def test_many_at_once_have_three_free_tries_between_them(tries, tmp_path):
    begun, start = [], threading.Barrier(8)

    def attack():
        own = Throttle(tmp_path)
        start.wait()
        begun.append(own.begin(EMAIL))

    threads = [threading.Thread(target=attack) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(begun)[:3] == [0, 0, 0]
    assert all(pause > 0 for pause in sorted(begun)[3:])


def test_the_file_names_nobody_and_is_its_user_s_alone(tries, tmp_path):
    fail(tries, 2)
    kept = (tmp_path / THROTTLE_FILE).read_text("utf-8")
    assert "amal" not in kept
    assert "nileclinic" not in kept
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_the_file_keeps_no_more_than_a_day_of_invented_addresses(tries, clock, tmp_path):
    for n in range(50):
        tries.begin(f"{n}@invented.example")
    clock.shift(24 * 3600 + 1)
    tries.begin(EMAIL)
    assert len(json.loads((tmp_path / THROTTLE_FILE).read_text("utf-8"))) == 1


@given(st.binary(max_size=60) | st.sampled_from([b"[]", b"1", b'{"a": 1}', b'{"a": ["x", "y"]}', b'{"a": [1]}', b"{"]))
def test_a_damaged_file_holds_nobody_back(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("throttle")
    (folder / THROTTLE_FILE).write_bytes(content)
    assert Throttle(folder).begin(EMAIL) == 0


def test_a_disk_that_takes_nothing_keeps_nobody_out_and_tries_are_counted_all_the_same(tmp_path, clock):
    for name in (f".{THROTTLE_FILE}.{os.getpid()}", "throttle.lock"):
        (tmp_path / name).mkdir()
    tries = Throttle(tmp_path)
    assert fail(tries, 4) == [0, 0, 0, 2]
    clock.shift(2)
    assert tries.begin(EMAIL) == 0
    tries.succeeded(EMAIL)
    assert fail(tries, 4) == [0, 0, 0, 2]
