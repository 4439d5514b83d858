"""The practice's name, address and phone: on all papers, and changed by owners alone."""

import pytest

from hmsdesk.controllers.letterhead import change_letterhead, letterhead
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.errors import InvalidInput
from hmsdesk.security.permissions import Role
from hmsdesk.settings import read_profile
from tests.conftest import PASSWORD


@pytest.fixture
def clinic(new_clinic):
    return new_clinic()


def test_what_is_changed_stands_on_papers_and_the_trail_holds(clinic):
    values = {
        "name": "Nile Clinic",
        "address": "7 Sudan Street, Giza",
        "phone": "0100 555 0112",
        "name_ar": "عيادة النيل",
    }
    with clinic.owning() as owner:
        change_letterhead(owner, values)
    head = letterhead(clinic.session(Role.RECEPTIONIST))
    assert (head.name, head.name_ar, head.address) == ("Nile Clinic", "عيادة النيل", "7 Sudan Street, Giza")
    assert head.phone.replace(" ", "") == "01005550112"
    assert verify_as_owner(clinic.door, clinic.administrator, PASSWORD).holds


def test_what_is_emptied_is_gone_and_what_is_not_named_stays(clinic):
    with clinic.owning() as owner:
        change_letterhead(owner, {"address": "7 Sudan Street, Giza"})
        change_letterhead(owner, {"address": None})
    head = letterhead(clinic.administrator)
    assert (head.name, head.address) == (clinic.door.profile.practice, "")


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"phone": "12"}, "phone"),
        ({"country": "DE"}, "country"),
        ({"recovery": b""}, "recovery"),
    ],
)
def test_what_cannot_be_is_refused(clinic, values, wrong):
    with clinic.owning() as owner, pytest.raises(InvalidInput) as refused:
        change_letterhead(owner, values)
    assert set(refused.value.fields) == {wrong}


def test_the_workstation_knows_the_new_name_before_it_reaches_the_server_again(clinic):
    clinic.door.note_name("Nile Clinic")
    assert read_profile(clinic.door.settings.folder()).practice == "Nile Clinic"
