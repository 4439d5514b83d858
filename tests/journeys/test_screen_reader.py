"""Somebody who sees nothing works here: another process reads and drives the windows by names, over AT-SPI."""

from __future__ import annotations

import shutil
from uuid import uuid4

import pytest

from hmsdesk import navigation
from hmsdesk.controllers.demo import PASSWORD
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.security.permissions import STAFF_ROLES, Role
from tests.journeys.conftest import email_of
from tests.journeys.screen_reader import Reader, place

pytestmark = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="no X server to show windows on")


@pytest.fixture(scope="module")
def where():
    with place() as found:
        yield found


@pytest.fixture
def signed_in(where, elsewhere):
    """Signs somebody in by names alone; what reads their window."""
    readers = []

    def sign_in(role):
        elsewhere(**where.environment)
        reader = Reader(where)
        readers.append(reader)
        reader.write("E-mail", email_of(role))
        reader.write("Password", PASSWORD)
        reader.press("Sign in")
        reader.find(navigation.word_of(navigation.first_module(role), role), "push button", "button")
        return reader

    yield sign_in
    for reader in readers:
        reader.close()


@pytest.mark.parametrize("role", STAFF_ROLES, ids=lambda role: role.value)
def test_every_page_names_what_the_keyboard_reaches(signed_in, role):
    reader = signed_in(role)
    words = [item.word for group in navigation.groups_for(role) for item in group.items]
    for word, button in reader.until(lambda: rail(reader, words), "the rail").items():
        button.press()
        reader.until(lambda button=button: button.description == "Current page", f"the page {word}")
        reader.until(lambda: not reader.nameless(), f"names of everything on {word}")


def rail(reader, words):
    """What leads to each page, once all of it is there. It may say how much waits: Waiting list, 4."""
    buttons = {one.name.partition(",")[0]: one for one in reader.shown() if one.role in ("push button", "button")}
    return {word: buttons[word] for word in words} if set(words) <= set(buttons) else {}


def test_a_patient_is_registered_by_names_alone(signed_in, practice):
    reader = signed_in(Role.RECEPTIONIST)
    name = f"Salma {uuid4().hex[:6]}"
    reader.press("Patients")
    reader.press("Register patient")
    reader.write("Full name", name)
    reader.key("Sex *", "F")
    # Nobody's whom another journey registered in this practice.
    reader.write("Mobile phone", "0100 555 0188")
    reader.press("Save")
    reader.until(lambda: PATIENTS.page(practice.session, Query(text=name)).rows, "the patient in the records")


def test_the_calendar_tells_what_the_arrows_come_to(signed_in, practice):
    reader = signed_in(Role.RECEPTIONIST)
    reader.press("Calendar")
    reader.key("Bookings by doctor", "Home")
    first = reader.until(lambda: reader.find("Bookings by doctor").description, "what is first")
    assert first.startswith("Dr ")
    reader.key("Bookings by doctor", "Down")
    reader.until(lambda: reader.find("Bookings by doctor").description not in ("", first), "what is next")
