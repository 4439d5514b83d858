"""The clocks of a country."""

from zoneinfo import ZoneInfo

import pytest

from hmsdesk.models import time_zones
from hmsdesk.models.practice import COUNTRIES
from hmsdesk.models.time_zones import clocks


def test_a_country_with_several_clocks_tells_each_once_and_the_usual_one_first():
    told = dict(clocks("US", "America/New_York"))
    assert next(iter(told)) == "America/New_York"
    assert {"America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"} < set(told)
    assert {"America/Anchorage", "Pacific/Honolulu"} < set(told)
    assert not {"America/Detroit", "America/Indiana/Indianapolis"} & set(told), "it has New York's clock"
    assert told["America/Los_Angeles"] == "Los Angeles: Pacific"
    assert [zone for zone, _ in clocks("ES", "Europe/Madrid")] == ["Europe/Madrid", "Atlantic/Canary"]


@pytest.mark.parametrize("country", ["EG", "DE", "GB", "XX"])
def test_a_country_with_one_clock_has_the_usual_one_only(country):
    _, _, usual = COUNTRIES.get(country, ("", "", "Africa/Cairo"))
    assert [zone for zone, _ in clocks(country, usual)] == [usual]


def test_every_country_has_its_usual_clock_first():
    for country, (_, _, usual) in COUNTRIES.items():
        found = clocks(country, usual)
        assert found[0][0] == usual
        assert all(ZoneInfo(zone) for zone, _ in found)


def test_where_no_table_is_there_is_the_usual_clock(monkeypatch, tmp_path):
    monkeypatch.setattr(time_zones, "TZPATH", (str(tmp_path),))
    monkeypatch.setattr(time_zones, "_INSTALLED", "no_such_package")
    assert clocks("US", "America/New_York") == (("America/New_York", "New York"),)


def test_the_first_table_there_is_is_read(monkeypatch, tmp_path):
    (tmp_path / "zone.tab").write_text("# a comment\nUS\t+0+0\tAmerica/Denver\tMountain\nEG\t+0+0\tAfrica/Cairo\n")
    monkeypatch.setattr(time_zones, "TZPATH", (str(tmp_path / "nothing"), str(tmp_path)))
    assert clocks("US", "America/New_York") == (
        ("America/New_York", "New York"),
        ("America/Denver", "Denver: Mountain"),
    )
