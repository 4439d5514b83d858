"""Who is meant: whose name begins with it first, and where nobody is called so, those called alike."""

import pytest

from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.meant import _BY_SOUND, find_meant
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.models import sounds
from hmsdesk.models.patients import Patient
from hmsdesk.security.permissions import Role
from tests.controllers.test_patients import letters, register
from tests.factories import document


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


@pytest.fixture(scope="module")
def crowd(clinic, people):
    """Hundreds are called nearly so, or so besides, and come before them in the alphabet."""
    called = ("Mahmoud A{}", "A{} Mohamed", "A{} Mostafa", "Hosny Farida A{}")
    crowd = [
        document(Patient, name=name.format(letters(n)), name_ar=None, phone=None) | {"identifier": f"Z{place}-{n:04}-A"}
        for n in range(600)
        for place, name in enumerate(called)
    ]
    with clinic.past_the_program() as database:
        database.patients.insert_many(crowd)


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("typed", ["mohammad", "mohammad h", "mohammad farook", "farook hosam", "farouq", "hosam"])
def test_however_many_are_called_nearly_so_who_is_meant_is_found_in_another_spelling(reception, typed):
    assert names(reception, typed, 3)[0] == "Mohamed Hossam Eldin Farouk"


@pytest.mark.usefixtures("crowd")
def test_those_found_in_another_spelling_are_whole_records(reception, people):
    found = find_meant(reception, "mohammad", 3)[0]
    assert found == people[found["name"]] | found
    assert set(PATIENTS.page(reception, Query(text="mohamed hossam")).rows[0]) == set(found)


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("typed", ["mohammad", "farook"])
def test_only_those_who_sound_so_are_looked_at(clinic, typed):
    with clinic.past_the_program() as database:
        for asked in sounds.questions([typed]):
            looked = database.patients.find({"$and": asked}, hint=_BY_SOUND).explain()["executionStats"]
            assert looked["totalDocsExamined"] == looked["nReturned"]


def test_one_who_is_called_otherwise_now_is_found_so(reception):
    row = register(reception, name="Ragab Shawky", name_ar=None, phone=None)
    PATIENTS.change(reception, row["_id"], row["version"], {"name": "Ragab Zein"}, "spelled otherwise")
    assert names(reception, "rajab zain") == ["Ragab Zein"]
    assert names(reception, "rajab shouky") == []
