"""What somebody typed and didn't save, offered in the role that opens it."""

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
    windows = []

    def begin(*places):
        for place in places:
            Drafts(clinic.settings.folder(), nurse).keep(place, {"name": "Half a name"})
        window = Window(nurse, clinic.door, clinic.settings)
        windows.append(window)
        qtbot.addWidget(window.frame)
        window.begin()
        qtbot.waitUntil(lambda: not tasks.busy() and len(window.frame.toasts.shown()) == len(places))
        return window

    yield begin
    for window in windows:
        window.close()
        window.deleteLater()
    rmtree(clinic.settings.folder() / "drafts")


def offers(window):
    """Of each message its title, its words and what its button says."""
    return {
        toast.findChild(QLabel, "toastTitle").text().partition(":")[0]: (
            toast.findChild(QLabel, "toastText").text(),
            toast.findChild(QAbstractButton, "toastAction"),
        )
        for toast in window.frame.toasts.shown()
    }


def test_what_was_typed_in_another_role_leads_there(opened):
    window = opened("patients/new", "cash_desk/new", "medicines/new")
    told = offers(window)
    assert {title: button.text() for title, (_, button) in told.items()} == {
        "Patients": "Open",
        "Cash desk": "Work as receptionist",
        "Medicines": "Discard it",
    }
    assert [title for title, (words, _) in told.items() if "None of your roles opens it." in words] == ["Medicines"]
    asked = []
    window.role_asked.connect(asked.append)
    told["Cash desk"][1].click()
    assert asked == [Role.RECEPTIONIST]


def test_what_no_role_of_theirs_opens_is_thrown_away_and_taken_back(opened, monkeypatch):
    window = opened("medicines/new")
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
    assert [draft.values for draft in drafts.all()] == [{"name": "Half a name"}]
    assert take_up() == "Discard it"


def full_disk(*_):
    raise OSError(ENOSPC, "No space left on device")


def test_the_search_finds_only_what_this_role_opens(opened):
    window = opened("patients/new", "cash_desk/new")
    (drafts,) = [source for source in window._sources() if source.heading == "Drafts"]
    assert [entry.title for entry in drafts.find("half")] == ["Patients: Half a name"]
    assert [entry.title for entry in drafts.find("not saved")] == ["Patients: Half a name"]
