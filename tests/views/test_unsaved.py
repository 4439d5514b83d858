"""What somebody typed and didn't save, offered in the role in which it is gone on with."""

from errno import ENOSPC
from shutil import rmtree

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel

from hmsdesk.controllers.drafts import Drafts
from hmsdesk.desk import Desk as Window
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit import tasks
from tests.conftest import PASSWORD

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def nurse(clinic):
    """Somebody who is at the reception, too, and works as nurse now."""
    hired = clinic.hire(Role.RECEPTIONIST, Role.NURSE)
    session = clinic.door.sign_in(hired.email, PASSWORD, Role.NURSE)
    yield session
    session.close()


@pytest.fixture
def opened(clinic, nurse, qtbot):
    """Opens the window of who typed at places before, in the role that is said with each."""
    windows = []

    def begin(**typed):
        for word, role in typed.items():
            Drafts(clinic.settings.folder(), nurse).keep(f"{word}/new", {"name": "Half a name"}, role)
        window = Window(nurse, clinic.door, clinic.settings)
        windows.append(window)
        qtbot.addWidget(window.frame)
        window.begin()
        qtbot.waitUntil(lambda: not tasks.busy() and len(window.frame.toasts.shown()) == min(len(typed), 3))
        return window

    yield begin
    for window in windows:
        window.close()
        window.deleteLater()
    rmtree(clinic.settings.folder() / "drafts", ignore_errors=True)


def offers(window):
    """What each message is of, the newest last: its words, and its button."""
    return {
        toast.findChild(QLabel, "toastTitle").text().partition(":")[0]: (
            toast.findChild(QLabel, "toastText").text(),
            toast.findChild(QAbstractButton, "toastAction"),
        )
        for toast in window.frame.toasts.shown()
    }


def test_it_leads_into_the_role_it_was_typed_in(opened):
    window = opened(patients=Role.NURSE, waiting_list=Role.RECEPTIONIST, medicines=Role.PHARMACIST)
    told = offers(window)
    # A nurse has the waiting list, too.
    assert {title: button.text() for title, (_, button) in told.items()} == {
        "Patients": "Open",
        "Waiting list": "Work as receptionist",
        "Medicines": "Discard it",
    }
    unopened = [title for title, (words, _) in told.items() if "None of your roles can open this page" in words]
    assert unopened == ["Medicines"]
    assert all("Half a name" in told[title][0] for title in ("Patients", "Medicines"))
    asked = []
    window.role_asked.connect(asked.append)
    told["Waiting list"][1].click()
    assert asked == [Role.RECEPTIONIST]


def test_who_has_that_role_no_more_goes_on_in_one_that_has_the_page(opened):
    window = opened(patients=Role.DOCTOR, cash_desk=Role.DOCTOR)
    assert {title: button.text() for title, (_, button) in offers(window).items()} == {
        "Patients": "Open",
        "Cash desk": "Work as receptionist",
    }


def test_those_of_this_role_come_before_newer_ones_of_others(opened):
    window = opened(
        patients=Role.NURSE, medicines=Role.NURSE, deliveries=Role.NURSE, cash_desk=Role.NURSE, invoices=Role.NURSE
    )
    assert list(offers(window)) == ["Cash desk", "Invoices", "Patients"]


def test_a_key_takes_only_what_is_opened_here(opened):
    window = opened(patients=Role.NURSE, cash_desk=Role.RECEPTIONIST, medicines=Role.PHARMACIST)
    asked = []
    window.role_asked.connect(asked.append)
    window.frame.toasts.take_up()
    window.frame.toasts.take_up()
    assert list(offers(window)) == ["Medicines", "Cash desk"]
    assert not asked


def test_what_no_role_of_theirs_opens_is_thrown_away_and_brought_back(opened, monkeypatch):
    window = opened(medicines=Role.PHARMACIST)
    drafts = window.context.drafts

    def take_up():
        (message,) = window.frame.toasts.shown()
        button = message.findChild(QAbstractButton, "toastAction")
        button.click()
        return button.text()

    assert take_up() == "Discard it"
    assert drafts.all() == []
    with monkeypatch.context() as full:
        full.setattr(drafts, "keep", full_disk)
        assert (take_up(), drafts.all()) == ("Undo", [])
    assert take_up() == "Try again"
    assert [(draft.values, draft.role) for draft in drafts.all()] == [({"name": "Half a name"}, Role.PHARMACIST)]
    assert take_up() == "Discard it"


def full_disk(*_):
    raise OSError(ENOSPC, "No space left on device")


def test_what_another_window_took_meanwhile_is_not_thrown_away(opened, monkeypatch):
    window = opened(medicines=Role.PHARMACIST)
    monkeypatch.setattr(window.context.drafts, "read", lambda _: None)
    offers(window)["Medicines"][1].click()
    assert list(offers(window)) == ["What you typed could not be thrown away"]
    assert len(window.context.drafts.all()) == 1


def test_the_search_finds_what_can_be_gone_on_with_and_in_which_role(opened):
    window = opened(patients=Role.NURSE, cash_desk=Role.RECEPTIONIST, medicines=Role.PHARMACIST)
    (drafts,) = [source for source in window._sources() if source.heading == "Drafts"]
    (here,) = drafts.find("half patients")
    assert (here.title, "Work as" in here.subtitle) == ("Patients: Half a name", False)
    (there,) = drafts.find("cash desk")
    assert there.subtitle.endswith(" · Work as receptionist")
    asked = []
    window.role_asked.connect(asked.append)
    there.action()
    assert asked == [Role.RECEPTIONIST]
    assert drafts.find("medicines") == []
