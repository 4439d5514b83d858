"""Who is meant: whose name begins with it first, and where nobody is called so, those called alike."""

import pytest

from hmsdesk.controllers.meant import find_meant
from hmsdesk.security.permissions import Role
from tests.controllers.test_patients import register


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module")
def people(reception):
    names = (
        *(f"{first} Tharwat Zidan" for first in ("Amal", "Basma", "Farida", "Heba", "Karima")),
        "Tharwat Ali Zidan",
        "Mohamed Hossam Eldin Farouk",
        "Abd El-Rahman Hegazy",
    )
    return {name: register(reception, name=name, name_ar=None, phone=None) for name in names}


def names(reception, typed, limit=3):
    return [row["name"] for row in find_meant(reception, typed, limit)]


def test_whose_first_name_it_is_comes_first_however_many_are_called_so_besides(reception, people):
    assert names(reception, "tharwat")[0] == "Tharwat Ali Zidan"
    assert names(reception, "tharwat", 20)[0] == "Tharwat Ali Zidan"
    assert len(names(reception, "tharwat", 20)) == 6
    assert len(names(reception, "tharwat")) == 3


@pytest.mark.parametrize("typed", ["mohammed hosam", "mohammed farook", "Mohamad Hos"])
def test_another_spelling_finds_them_too(reception, people, typed):
    assert names(reception, typed) == ["Mohamed Hossam Eldin Farouk"]


def test_a_name_that_ends_otherwise_is_found(reception, people):
    assert names(reception, "hegazi") == ["Abd El-Rahman Hegazy"]


@pytest.mark.parametrize("typed", ["hosni mohsen", "mohamed hany", "zzz", "0199 9"])
def test_nobody_is_made_out_of_what_fits_nobody(reception, people, typed):
    assert names(reception, typed) == []
