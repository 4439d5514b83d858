"""The first printing is the original; every later one says which copy it is, wherever it is printed."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescription_paper import page
from hmsdesk.controllers.prescription_prints import printed_page, saved_page, times_printed
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.errors import NotAllowed, UserError
from hmsdesk.security.permissions import Role
from tests.factories import operation
from tests.printing.reading import codes_of, text_of


@pytest.fixture
def signed(practice):
    return practice.stocked()


def test_the_first_is_the_original_and_the_next_is_the_second(practice, signed):
    first = text_of(printed_page(practice.doctor, signed["_id"], "A5"))
    assert "Copy" not in first
    second = text_of(printed_page(practice.pharmacist, signed["_id"], "A4"))
    assert re.search(r"Copy 2, printed \d+ \w+ \d{4}, \d\d:\d\d", second)
    assert times_printed(practice.clinic.session(Role.NURSE), signed["_id"]) == 2


def test_each_printing_is_in_the_trail(practice, signed):
    printed_page(practice.doctor, signed["_id"], "A5")
    with practice.past_the_program() as database:
        entry = database.audit.find_one({"record": signed["_id"], "action": "print prescription"})
    assert entry["reason"] == f"{signed['number']}, print 1"


def test_two_at_once_are_not_both_the_original(practice, signed):
    who = [practice.doctor, practice.pharmacist, practice.clinic.session(Role.NURSE)]
    with ThreadPoolExecutor(3) as pool:
        texts = [text_of(pdf) for pdf in pool.map(lambda one: printed_page(one, signed["_id"], "A5"), who)]
    marks = sorted(re.findall(r"Copy \d", " ".join(texts)))
    assert marks == ["Copy 2", "Copy 3"]


def test_a_file_is_a_copy_and_leaves_the_original_to_the_printer(practice, signed):
    assert "Copy, saved" in text_of(saved_page(practice.doctor, signed["_id"], "A5"))
    assert "Copy" not in text_of(printed_page(practice.doctor, signed["_id"], "A5"))


def test_a_cancelled_one_is_not_printed_and_its_page_says_so(practice, signed):
    CANCELLATIONS.cancel(practice.doctor, signed["_id"], "Wrong strength", operation())
    with pytest.raises(UserError, match="cancelled"):
        printed_page(practice.doctor, signed["_id"], "A5")
    assert times_printed(practice.doctor, signed["_id"]) == 0
    shown = text_of(page(practice.doctor, PRESCRIPTIONS.get(practice.doctor, signed["_id"]), "A5"))
    assert "No code:" in shown
    assert codes_of(page(practice.doctor, PRESCRIPTIONS.get(practice.doctor, signed["_id"]), "A5")) == []


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.LABORATORY])
def test_who_may_not_read_it_does_not_print_it(practice, signed, role):
    with pytest.raises(NotAllowed):
        printed_page(practice.clinic.session(role), signed["_id"], "A5")
