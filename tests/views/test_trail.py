"""The page of the trail: the newest first, narrowed down, and verified."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.models.record import DAYS
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.dialogs import PasswordAgain
from hmsdesk.views.kit.filter_popups import SearchPopup
from hmsdesk.views.trail import make_page, verifying
from hmsdesk.views.trail.verifying import VerificationReport
from tests.conftest import PASSWORD, Clinic
from tests.views.hands_of_owner import open_page, press, shown, texts

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module", autouse=True)
def written(clinic: Clinic) -> None:
    clinic.session(Role.DOCTOR)
    for number in range(3):
        DEPARTMENTS.create(clinic.administrator, {"name": f"Department {number}", "code": f"D{number}"}, uuid4().hex)


@pytest.fixture
def page(clinic: Clinic, qtbot):
    opened = open_page(make_page, clinic.door, clinic.administrator, qtbot)
    qtbot.waitUntil(lambda: not tasks.busy())
    return opened


def column(page, name: str) -> list[str]:
    number = next(n for n, one in enumerate(page.pages.columns) if one.name == name)
    return [page.pages.columns[number].text(row) for row in page.pages.rows]


def verify_as_owner(page, qtbot, password: str = PASSWORD) -> PasswordAgain:
    press(page, "verify")
    dialog = shown(PasswordAgain, qtbot)
    dialog.findChild(QLineEdit, "dialogPassword").setText(password)
    press(dialog, "dialogYes")
    return dialog


def test_the_newest_entry_comes_first(page) -> None:
    times = [row["at"] for row in page.pages.rows]
    assert times == sorted(times, reverse=True)
    assert "Department: Department 2" in column(page, "what")
    assert "Founded practice" in column(page, "action")
    assert "Sara El-Masry" in column(page, "person")


def test_nothing_can_be_added_searched_or_opened(page) -> None:
    assert page.findChild(QPushButton, "add") is None
    assert page.findChild(QPushButton, "detailOpen") is None
    assert not page.filters.search.isVisible()


def test_it_is_narrowed_down_by_person_action_and_day(clinic: Clinic, page, qtbot) -> None:
    page.filters.set_filter("person", clinic.person(Role.DOCTOR), "Doctor of the tests")
    qtbot.waitUntil(lambda: set(column(page, "person")) == {"Doctor of the tests"})
    page.filters.set_filter("person", None, "")
    page.filters.set_filter("action", "found practice", "Founded practice")
    qtbot.waitUntil(lambda: column(page, "action") == ["Founded practice"])
    long_ago = (clinic.administrator.locale.today() - timedelta(days=400)).isoformat()
    page.filters.set_filter(DAYS, (long_ago, long_ago), "long ago")
    qtbot.waitUntil(lambda: "No trail entry matches" in texts(page))
    assert set(page.filters.chips) == {"person", "action", DAYS}


def test_every_action_is_found_among_what_it_is_narrowed_down_by(page, qtbot) -> None:
    page.filters.chips["action"].click()
    popup = page.findChild(SearchPopup)
    field = popup.findChild(QLineEdit)
    qtbot.keyClicks(field, "put on")
    qtbot.waitUntil(lambda: [one.title for one in popup.finder.found] == ["Put on the list"])
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert page.filters.filters["action"] == "put on list"
    page.filters.clear()


def test_an_owner_verifies_everything(page, qtbot) -> None:
    verify_as_owner(page, qtbot)
    report = shown(VerificationReport, qtbot)
    assert verifying.HOLDS in texts(report)
    assert report.findChild(QLabel, "leftOut") is None
    assert page.findChild(QPushButton, "verify").isEnabled()
    press(report, "dialogYes")


def test_a_wrong_password_is_said_where_it_is_typed(page, qtbot) -> None:
    dialog = verify_as_owner(page, qtbot, "not the password")
    note = dialog.findChild(QLabel, "dialogNote")
    qtbot.waitUntil(lambda: note.text() != "")
    assert dialog.isVisible()
    dialog.reject()


def test_what_was_altered_is_listed_in_words(new_clinic, qtbot) -> None:
    clinic = new_clinic()
    DEPARTMENTS.create(clinic.administrator, {"name": "Cardiology", "code": "CARD"}, uuid4().hex)
    with clinic.past_the_program() as database:
        database.departments.update_one({}, {"$set": {"name": "Astrology"}})
    page = open_page(make_page, clinic.door, clinic.administrator, qtbot)
    verify_as_owner(page, qtbot)
    report = shown(VerificationReport, qtbot)
    verdict = report.findChild(QWidget, "verdict")
    assert texts(verdict)[0].startswith("One thing is not as the program left it.")
    assert "altered past the program" in report.findChild(QPlainTextEdit, "findings").toPlainText()
    press(report, "dialogYes")
    qtbot.waitUntil(lambda: not tasks.busy())
    page.host.close()


def test_who_is_no_owner_verifies_what_the_role_may_read(clinic: Clinic, qtbot) -> None:
    with clinic.owning() as owner:
        values = {"name": "Second administrator", "email": "second@nileclinic.example"}
        owner.create_active(values, [Role.ADMINISTRATOR], PASSWORD)
    session = clinic.door.sign_in("second@nileclinic.example", PASSWORD)
    page = open_page(make_page, clinic.door, session, qtbot)
    press(page, "verify")
    report = shown(VerificationReport, qtbot)
    assert verifying.HOLDS in texts(report)
    assert "prescriptions" in report.findChild(QLabel, "leftOut").text()
    press(report, "dialogYes")
    session.close()


def test_it_is_counted_and_can_be_cancelled(page, qtbot, monkeypatch) -> None:
    going_on: list[int] = []

    def endless(door, session, password, tell):
        while True:
            going_on.append(len(going_on))
            tell(1000 * len(going_on))
            time.sleep(0.01)

    monkeypatch.setattr(verifying, "verify_as_owner", endless)
    verify_as_owner(page, qtbot)
    toasts = page.context.toasts
    qtbot.waitUntil(lambda: bool(toasts.shown()))
    toast = toasts.shown()[0]
    qtbot.waitUntil(lambda: "000 entries" in " ".join(texts(toast)))
    press(toast, "toastAction")
    qtbot.waitUntil(lambda: not tasks.busy())
    count = len(going_on)
    qtbot.wait(100)
    assert len(going_on) == count
    assert page.findChild(QPushButton, "verify").isEnabled()
    assert not [
        one for one in QApplication.topLevelWidgets() if isinstance(one, VerificationReport) and one.isVisible()
    ]


def test_what_is_changed_meanwhile_comes_to_the_top(clinic: Clinic, page, qtbot) -> None:
    department = DEPARTMENTS.create(clinic.administrator, {"name": "Nephrology", "code": "NEPH"}, uuid4().hex)
    page.context.live.changed.emit(SimpleNamespace(collection="departments", record=department["_id"]))
    qtbot.waitUntil(lambda: column(page, "what")[0] == "Department: Nephrology")


def test_who_signed_in_meanwhile_is_there_when_one_comes_back(clinic: Clinic, page, qtbot) -> None:
    page.hide()
    clinic.door.sign_in(clinic.email(Role.DOCTOR), PASSWORD).close()
    page.show()
    qtbot.waitUntil(lambda: (column(page, "action")[0], column(page, "role")[0]) == ("Signed in", "Doctor"))


def test_from_an_entry_one_goes_to_its_record_which_tells_what_was_changed(clinic: Clinic, page, qtbot) -> None:
    went: list[tuple[str, str]] = []
    page.context.navigate = lambda *place: went.append(place)
    department = DEPARTMENTS.create(clinic.administrator, {"name": "Oncology", "code": "ONC"}, uuid4().hex)
    page.refresh()
    qtbot.waitUntil(lambda: column(page, "what")[0] == "Department: Oncology")
    page.pages.to_start()
    qtbot.waitUntil(lambda: page.findChild(QPushButton, "trailOpen") is not None)
    press(page, "trailOpen")
    assert went == [("departments", str(department["_id"]))]
