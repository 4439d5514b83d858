"""Every role's window: all its pages open, the others are not there, and nothing asks the server on its thread."""

import logging
import threading

import pymongo.monitoring
import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from bench.listening import Started
from hmsdesk import navigation
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.security.permissions import ROLE_WORDS, Role
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.rail import RailItem
from tests.journeys.conftest import email_of

ROLES = [role for role in Role if role is not Role.SOLO]


class Asked(Started):
    """Notes on which thread each command was sent."""

    def __init__(self):
        self.threads = {}
        self.listening = False

    def started(self, event):
        if self.listening:
            self.threads.setdefault(threading.current_thread(), []).append(event.command_name)


@pytest.fixture
def asked():
    """Listens to every connection made meanwhile."""
    listener = Asked()
    every = pymongo.monitoring._LISTENERS.command_listeners
    every.append(listener)
    yield listener
    every.remove(listener)


def rest(hands, where):
    """Stay until a page has shown what it has, and see that it has."""
    QTest.qWait(20)
    hands.wait(lambda: not tasks.busy(), f"{where} at rest")
    assert not hands.sees("could not be loaded"), where
    assert not hands.sees("could not show"), where


def visit(hands, module):
    """Go to a page of the rail, and from it to its first record and to a new one, where there are such."""
    hands.go(module.name)
    rest(hands, module)
    page = hands.desk().frame.page()
    if isinstance(page, ListPage) and page.pages.rows and page._opens:
        page.open_asked.emit(page.pages.rows[0])
        rest(hands, f"the first of {module}")
        hands.go(module.name)
    if isinstance(page, ListPage) and page.findChild(QWidget, "add"):
        page.add_asked.emit()
        rest(hands, f"a new one of {module}")


@pytest.fixture(scope="module")
def patient(practice):
    """Somebody's id."""
    return PATIENTS.page(practice.session, Query()).rows[0]["_id"]


def palette_words(desk):
    pages = navigation.palette_sources(desk.context)[-1]
    return {entry.title for entry in pages.find("")}


def test_each_role_has_its_pages_and_no_others(window, asked, caplog, patient):
    hands = window()
    for role in ROLES:
        asked.threads.clear()
        look_around(hands, role, patient, asked, caplog)
        hands.program.sign_out()


def look_around(hands, role, patient, asked, caplog):
    """Sign in, and see that a role's window is as it should be."""
    hands.sign_in(email_of(role))
    asked.listening = True
    desk = hands.desk()
    assert hands.sees(ROLE_WORDS[role])
    mine = [module for module in navigation.MODULES if module.is_for(role)]
    shown = {module.word for module in mine if module.in_rail}
    assert {item.text() for item in desk.frame.rail.findChildren(RailItem)} == shown
    assert palette_words(desk) == shown

    with caplog.at_level(logging.WARNING):
        for module in mine:
            if module.in_rail:
                visit(hands, module)
            else:
                # What is reached from other pages belongs to a patient.
                hands.go(module.name, str(patient))
                rest(hands, module)
    assert [record.getMessage() for record in caplog.records] == []

    for module in set(navigation.MODULES) - set(mine):
        with pytest.raises(KeyError):
            navigation.make_page(desk.context, role, module.name, "")
        assert navigation.word_of(module.name, role) == ""
    assert asked.threads
    assert asked.threads.get(threading.main_thread(), []) == []
