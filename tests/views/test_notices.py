"""The bell counts what one hasn't read, messages tell what is new, and the list opens it."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from hmsdesk.controllers.notices import Notice
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.models.appointments import CHECKED_IN
from hmsdesk.models.notices import KINDS
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit.bell import Bell
from hmsdesk.views.notices import NoticeBoard, NoticeList
from tests.factories import EGYPT, operation
from tests.views.desk import Desk, doctor_of, patient_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


# Signed in before a test begins, so that their threads aren't its own.
@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module")
def patient(clinic):
    return clinic.session(Role.PATIENT)


@pytest.fixture(scope="module")
def nurse(clinic):
    hired = clinic.hire(Role.NURSE)
    session = clinic.door.sign_in(hired.email, hired.password)
    yield session
    session.close()


class WithBell(Desk):
    """A window with nothing but a bell."""

    def __init__(self, qtbot, session, modules) -> None:
        super().__init__(qtbot, session)
        page = QWidget()
        self.bell = Bell()
        QVBoxLayout(page).addWidget(self.bell)
        self.show(page)
        self.board = NoticeBoard(self.context, self.bell, modules.__contains__)
        self.board.refresh()
        self.settle()

    def list(self):
        return self.window.findChild(NoticeList)

    def come(self, reception, doctor, *names):
        """Patients come, and the news of it reaches the window."""
        for name in names:
            walk_in(reception, patient_of(reception, name)["_id"], doctor["_id"], operation())
        before = self.bell.unread
        self.news()
        self.until(lambda: self.bell.unread > before)


@pytest.fixture
def desk(qtbot, nurse):
    return WithBell(qtbot, nurse, {"patients"})


@pytest.fixture
def doctor(clinic):
    return doctor_of(clinic, f"Dr {ObjectId()}")


def keys(widget, *pressed):
    for key in pressed:
        QTest.keyClick(widget, key)


class TestTheBell:
    def test_what_is_new_is_counted_and_told(self, desk, reception, doctor):
        begun = desk.bell.unread
        desk.come(reception, doctor, "Samir Fikry Wahba")
        assert desk.bell.unread == begun + 1
        assert desk.told() == ["Samir Fikry Wahba has come"]
        assert desk.bell.accessibleDescription() == f"{begun + 1} to read"

    def test_what_was_there_at_the_beginning_is_not_told_again(self, desk):
        assert desk.told() == []

    def test_of_one_patient_only_the_newest_is_told(self, qtbot, reception):
        other = WithBell(qtbot, reception, {"patients", "cash_desk"})
        by_action = {kind.action: kind for kind in KINDS}
        titles = {"book": "Samir is booked", CHECKED_IN: "Samir has come", "charge": "Samir has something to pay"}
        told = [
            Notice(ObjectId(), by_action[action], title, "", datetime.now(UTC), "somebody", True)
            for action, title in titles.items()
        ]
        for one in told:
            other.board._tell([one])
        # The last one leads to another page.
        assert other.told() == ["Samir has come", "Samir has something to pay"]

    def test_many_of_one_kind_are_told_together(self, desk, reception, doctor):
        desk.come(reception, doctor, "One", "Two", "Three", "Four")
        assert desk.told() == ["Checked in: 4"]

    def test_a_message_opens_what_it_is_about(self, desk, reception, doctor):
        desk.come(reception, doctor, "Mona Zaki")
        unread = desk.bell.unread
        desk.press_toast()
        desk.until(lambda: desk.bell.unread == unread - 1)
        assert desk.went == [("patients", desk.board.notices[0].record)]

    def test_nothing_leads_where_one_may_not_go(self, qtbot, nurse, reception, doctor):
        desk = WithBell(qtbot, nurse, set())
        desk.come(reception, doctor, "Mona Nowhere")
        assert desk.toasts.shown()[-1].findChild(QWidget, "toastAction") is None

    def test_whoever_is_told_of_nothing_has_no_bell(self, qtbot, patient):
        desk = WithBell(qtbot, patient, set())
        assert not desk.bell.isVisible()


CAME = next(kind for kind in KINDS if kind.action == CHECKED_IN)


def test_what_the_last_message_offers_is_a_key_press_away(desk):
    taken = []
    desk.toasts.show("Done", action=("Undo", lambda: taken.append("undone")))
    desk.toasts.show("Something else was said")
    keys(desk.window, Qt.Key.Key_F9)
    assert taken == ["undone"]


class TestTheList:
    def test_the_keyboard_opens_it_and_a_notice_in_it(self, desk, reception, doctor):
        desk.come(reception, doctor, "First", "Second")
        keys(desk.window, Qt.Key.Key_F8)
        found = desk.list()
        desk.until(lambda: found.list.currentIndex().isValid())
        assert QApplication.activePopupWidget() is found
        keys(found.list, Qt.Key.Key_Down)
        second = desk.board.notices[1]
        keys(found.list, Qt.Key.Key_Return)
        desk.until(lambda: not desk.board.notices[1].unread)
        assert desk.went == [("patients", second.record)]
        assert desk.board.notices[0].unread

    def test_all_are_read_at_once(self, desk, reception, doctor):
        desk.come(reception, doctor, "First", "Second")
        desk.board.open()
        desk.settle()
        desk.list().findChild(QWidget, "noticesRead").click()
        desk.until(lambda: desk.bell.unread == 0)
        assert not desk.list().findChild(QWidget, "noticesRead").isEnabled()

    def test_while_it_is_open_news_come_into_it_instead_of_messages(self, desk, reception, doctor):
        desk.board.open()
        desk.settle()
        desk.come(reception, doctor, "Now")
        assert desk.told() == []
        model = desk.list().list.model()
        assert "Now has come" in [model.line(model.index(n)).title for n in (1,)]

    def test_kinds_with_something_unread_come_first(self, qtbot, clinic):
        parent = QWidget()
        qtbot.addWidget(parent)
        parent.resize(800, 600)
        found = NoticeList(parent, EGYPT)
        now = datetime.now(UTC)
        made = [
            Notice(ObjectId(), KINDS[0], "Booked", "", now, "x", unread=False),
            Notice(ObjectId(), CAME, "Came", "at <b>nine</b>", now - timedelta(hours=1), "y", unread=True),
        ]
        found.show_notices(made)
        model = found.list.model()
        words = [model.data(model.index(n)) for n in range(model.rowCount())]
        assert words == ["Checked in · 1", "To read, Came, at <b>nine</b>", "Booked · 1", "Booked"]

    def test_says_so_where_nothing_has_happened(self, qtbot):
        parent = QWidget()
        qtbot.addWidget(parent)
        parent.resize(800, 600)
        found = NoticeList(parent, EGYPT)
        found.show_notices([])
        assert not found.list.isVisibleTo(found)
