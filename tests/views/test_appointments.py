"""The day's list on the real server: whose day, each one's steps, what others change, and the keyboard."""

import itertools
from datetime import date, timedelta

import pytest
import time_machine
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QMenu

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.news import listen
from hmsdesk.errors import Unreachable
from hmsdesk.models.appointments import (
    APPROVED,
    CANCELLED,
    CHECKED_IN,
    COMPLETED,
    IN_CONSULTATION,
    NO_SHOW,
    PENDING,
    RESCHEDULED,
    WITH_NURSE,
)
from hmsdesk.models.booking import wall
from hmsdesk.security.permissions import Role
from hmsdesk.views.appointments import make_page
from hmsdesk.views.kit import stepping, theme
from tests.conftest import PASSWORD
from tests.consulting import Consulting
from tests.factories import operation
from tests.views.desk import Desk, book, doctor_of, far_day, morning_of, patient_of
from tests.views.flowing import HERE, SEEN, Day
from tests.views.windows import ink

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

# Some tests go on to the day after theirs.
_days = itertools.count(40, 2)


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module")
def doctor(clinic):
    return doctor_of(clinic, "Dr Sara El-Masry")


@pytest.fixture(scope="module")
def own_doctor(clinic):
    """A doctor with an account, and their session."""
    member, email = doctor_of(clinic, "Dr Own List"), "own.list@nileclinic.example"
    with clinic.owning() as owner:
        owner.create_active({"name": "Dr Own List", "email": email, "person": member["_id"]}, [Role.DOCTOR], PASSWORD)
    session = clinic.door.sign_in(email, PASSWORD)
    yield member, session
    session.close()


@pytest.fixture(scope="module", autouse=True)
def connections(clinic, own_doctor):
    """Connections have threads, which are begun before each test counts them."""
    for role in (Role.RECEPTIONIST, Role.DOCTOR, Role.NURSE):
        clinic.session(role)


@pytest.fixture(scope="module")
def other_doctor(clinic):
    return doctor_of(clinic, "Dr Karim Nabil")


@pytest.fixture(scope="module")
def mona(reception):
    return patient_of(reception, "Mona Omar Gaber", name_ar="منى عمر جابر", birth_date="1959")


@pytest.fixture(scope="module")
def room(clinic):
    return Consulting(clinic)


@pytest.fixture
def day(reception):
    return far_day(reception, next(_days))


@pytest.fixture(autouse=True)
def morning(reception, day):
    with morning_of(reception, day) as clock:
        yield clock


@pytest.fixture
def today(qtbot):
    def open_day(session, day):
        desk = Desk(qtbot, session)
        page = desk.show(make_page(desk.context, ""))
        page.bar.choose(day)
        desk.settle()
        return desk, page

    return open_day


def cells(page, line=0):
    pages = page.pages
    return [pages.index(line, column).data() for column in range(pages.columnCount())]


def button(page, name):
    found = page.beside.findChild(QAbstractButton, name)
    assert found is not None, name
    return found


def offered(page):
    return [one.objectName() for one in page.beside.findChildren(QAbstractButton) if one.objectName()]


def statuses(page):
    return [row["status"] for row in page.pages.rows]


class TestTheList:
    def test_each_line_says_who_comes_when_to_whom(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20", reason="Headache")
        _, page = today(reception, day)
        age = f"{reception.locale.today().year - 1959}, F"
        names = ["09:20", mona["name"], "Approved", doctor["name"], mona["identifier"], age, "Headache"]
        assert cells(page) == names

    def test_in_a_narrow_window_status_and_doctor_stay_and_the_age_goes(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        desk, page = today(reception, day)
        desk.window.resize(1024 - theme.RAIL, 768)

        def gone():
            return [one.name for n, one in enumerate(page.pages.columns) if page.table.isColumnHidden(n)]

        desk.until(lambda: gone() == ["patient:identifier", "about", "reason"])

    def test_the_day_is_counted_in_words(self, today, reception, mona, doctor, day):
        rows = [book(reception, mona, doctor, day, clock) for clock in ("09:00", "09:20", "09:40")]
        APPOINTMENTS.set_status(reception, rows[0], CHECKED_IN, operation())
        APPOINTMENTS.set_status(reception, rows[1], CANCELLED, operation())
        _, page = today(reception, day)
        assert page.findChild(QLabel, "daySummary").text() == "2 bookings · 1 waiting · 1 cancelled, missed or moved"

    def test_an_empty_day_says_what_to_do_first(self, today, reception, day):
        desk, page = today(reception, day)
        assert page.area.state.isVisible()
        assert not page.findChild(QAbstractButton, "book").isVisible()
        page.findChild(QAbstractButton, "stateAction").click()
        QTest.keyClick(page, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
        assert desk.went == [("appointments", f"book//{day.isoformat()}/")] * 2

    def test_who_may_not_book_is_offered_nothing(self, today, clinic, day):
        _, page = today(clinic.session(Role.NURSE), day)
        assert page.findChild(QAbstractButton, "book") is None
        assert page.area.state.findChild(QAbstractButton, "stateAction") is None

    def test_hostile_words_are_words(self, today, reception, doctor, day):
        hostile = patient_of(reception, "<b>Bold</b> <img src=x>")
        book(reception, hostile, doctor, day, "09:20", reason="<script>")
        _, page = today(reception, day)
        shown = page.beside.findChild(QLabel, "besidePatient")
        assert (shown.text(), shown.textFormat()) == (hostile["name"], Qt.TextFormat.PlainText)

    def test_the_line_that_is_now_lies_between_past_and_future(self, today, reception, mona, doctor, day):
        for clock in ("09:00", "10:00"):
            book(reception, mona, doctor, day, clock)
        with time_machine.travel(wall(day, "09:30", reception.locale), tick=True):
            _, page = today(reception, day)
            below = page.table.visualRect(page.pages.index(1, 0)).top()
            image = page.table.viewport().grab().toImage()
        line = image.copy(0, below, image.width(), 1)
        assert ink(line, theme.tokens().danger)
        assert not ink(image.copy(0, 0, image.width(), 1), theme.tokens().danger)

    def test_who_does_not_come_is_struck_out(self, today, reception, mona, doctor, day):
        row = book(reception, mona, doctor, day, "09:00")
        book(reception, mona, doctor, day, "09:20")
        APPOINTMENTS.set_status(reception, row, CANCELLED, operation())
        _, page = today(reception, day)
        image = page.table.viewport().grab().toImage()

        def longest(line):
            rect = page.table.visualRect(page.pages.index(line, 1))
            middle = image.copy(rect.x(), rect.center().y() + 1, 100, 1)
            return len(ink(middle, theme.tokens().text))

        assert longest(0) > 80 > longest(1)


class TestWhichDay:
    def test_it_opens_on_today(self, qtbot, reception):
        desk = Desk(qtbot, reception)
        page = desk.show(make_page(desk.context, ""))
        assert page.bar.day == reception.locale.today()
        assert page.findChild(QLabel, "dayTitle").text() == "Today"

    def test_keys_go_to_other_days_and_back(self, today, reception, day):
        _, page = today(reception, day)
        alt = Qt.KeyboardModifier.AltModifier
        QTest.keyClick(page, Qt.Key.Key_PageDown, alt)
        assert (page.bar.day - day).days == 1
        for _ in range(2):
            QTest.keyClick(page, Qt.Key.Key_PageUp, alt)
        assert (page.bar.day - day).days == -1
        QTest.keyClick(page, Qt.Key.Key_Home, alt)
        assert page.bar.day == reception.locale.today()

    def test_a_typed_date_is_gone_to(self, today, reception, day):
        _, page = today(reception, day)
        line = page.bar.field.line
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, "3/12/2027")
        assert page.bar.day == day
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert page.bar.day == date(2027, 12, 3)
        assert line.text() == "3 Dec 2027"

    def test_what_is_no_date_is_marked_and_the_day_stays(self, today, reception, day):
        _, page = today(reception, day)
        line = page.bar.field.line
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, "soon")
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert (page.bar.day, line.state) == (day, "invalid")
        assert line.text() == "soon"

    def test_at_midnight_the_page_goes_on_to_the_new_day(self, qtbot, reception):
        desk = Desk(qtbot, reception)
        page = desk.show(make_page(desk.context, ""))
        tomorrow = far_day(reception, 1)
        with time_machine.travel(wall(tomorrow, "09:00", reception.locale), tick=True):
            page._on_minute()
            desk.settle()
        assert page.bar.day == tomorrow

    @pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
    def test_chevrons_point_where_one_reads(self, today, reception, day, direction):
        desk, page = today(reception, day)
        desk.window.setLayoutDirection(direction)
        mirrored = direction == Qt.LayoutDirection.RightToLeft
        assert page.bar._after.icon_name == ("chevron-left" if mirrored else "chevron-right")
        assert page.bar._before.icon_name == ("chevron-right" if mirrored else "chevron-left")


class TestWhoseDay:
    def test_a_doctor_s_own_list_comes_first(self, today, own_doctor, reception, mona, other_doctor, day):
        own, session = own_doctor
        book(reception, mona, own, day, "09:00")
        book(reception, mona, other_doctor, day, "09:20")
        desk, page = today(session, day)
        assert page.doctor_chip.value == "Dr Own List"
        assert [row["practitioner"] for row in page.pages.rows] == [own["_id"]]
        page.doctor_chip.cleared.emit()
        desk.settle()
        assert len(page.pages.rows) == 2

    def test_one_doctor_can_be_chosen(self, today, reception, mona, doctor, other_doctor, day):
        book(reception, mona, doctor, day, "09:00")
        book(reception, mona, other_doctor, day, "09:20")
        desk, page = today(reception, day)
        page.doctor_chip.click()
        menu = page.findChild(QMenu)
        next(one for one in menu.actions() if one.text() == other_doctor["name"]).trigger()
        menu.close()
        desk.settle()
        assert [row["practitioner:title"] for row in page.pages.rows] == [other_doctor["name"]]


class TestSteps:
    def test_the_next_step_is_a_key_away_and_can_be_undone(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        desk, page = today(reception, day)
        QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        desk.until(lambda: statuses(page) == [CHECKED_IN])
        assert desk.told() == [f"{mona['name']} is checked in"]
        desk.press_toast()
        desk.until(lambda: statuses(page) == [APPROVED])

    def test_one_begins_at_who_is_still_to_be_seen_and_the_key_reopens_nothing(self, today, clinic, reception):
        the_day = Day(clinic, reception)
        the_day.come("Seen Already", *SEEN)
        waits = the_day.come("Waits Still", *HERE)
        _, page = today(reception, reception.locale.today())
        assert page.table.current_row()["_id"] == waits["_id"]
        page.table.selectRow(page.table.currentIndex().row() - 1)
        assert page.table.current_row()["patient:title"] == "Seen Already"
        assert button(page, "step-in-consultation").shortcut_text == ""

    def test_only_the_last_step_offers_to_be_undone(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        desk, page = today(reception, day)
        for step in ("checked in", "in consultation", "completed"):
            button(page, f"step-{step.replace(' ', '-')}").click()
            desk.until(lambda step=step: statuses(page) == [step])
        assert desk.told() == [f"The visit of {mona['name']} is completed"]

    def test_cancelling_is_asked_first_and_can_be_undone(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        desk, page = today(reception, day)
        button(page, "step-cancelled").click()
        dialog = page.findChild(QDialog)
        assert mona["name"] in dialog.windowTitle()
        dialog.findChild(QAbstractButton, "dialogNo").click()
        assert statuses(page) == [APPROVED]
        button(page, "step-cancelled").click()
        page.findChildren(QDialog)[-1].findChild(QAbstractButton, "dialogYes").click()
        desk.until(lambda: statuses(page) == [CANCELLED])
        desk.press_toast()
        desk.until(lambda: statuses(page) == [APPROVED])

    def test_a_pending_booking_is_approved_and_that_undone(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20", pending=True)
        desk, page = today(reception, day)
        assert cells(page)[2] == "Pending"
        button(page, "step-approved").click()
        desk.until(lambda: statuses(page) == [APPROVED])
        button(page, "step-pending").click()
        desk.until(lambda: statuses(page) == [PENDING])

    def test_nobody_is_missed_before_the_time(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        desk, page = today(reception, day)
        assert "step-no-show" not in offered(page)
        with time_machine.travel(wall(day, "10:00", reception.locale), tick=True):
            page._on_minute()
            button(page, "step-no-show").click()
            desk.until(lambda: statuses(page) == [NO_SHOW])

    def test_a_nurse_gives_no_time_away(self, today, clinic, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        _, page = today(clinic.session(Role.NURSE), day)
        assert offered(page) == ["step-checked-in", "beside-chart"]

    def test_a_nurse_measures_who_waits_and_is_not_asked_twice(self, today, clinic, reception, mona, doctor, day):
        row = book(reception, mona, doctor, day, "09:20")
        with time_machine.travel(wall(day, "09:10", reception.locale), tick=True):
            APPOINTMENTS.set_status(reception, row, CHECKED_IN, operation())
        desk, page = today(clinic.session(Role.NURSE), day)
        assert offered(page)[:2] == ["beside-vitals", "step-in-consultation"]
        assert "step-with-nurse" not in offered(page)
        QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert desk.went == [("vitals", str(row["_id"]))]
        desk.until(lambda: statuses(page) == [WITH_NURSE])
        assert offered(page)[0] == "beside-vitals"

    def test_who_only_reads_only_opens_the_chart(self, today, clinic, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        _, page = today(clinic.administrator, day)
        assert offered(page) == ["beside-chart"]

    def test_a_step_somebody_else_was_faster_with_is_said(self, today, reception, mona, doctor, day):
        row = book(reception, mona, doctor, day, "09:20")
        desk, page = today(reception, day)
        APPOINTMENTS.set_status(reception, row, CHECKED_IN, operation())
        button(page, "step-checked-in").click()
        desk.until(lambda: statuses(page) == [CHECKED_IN])
        assert desk.told() == ["Somebody else changed this booking meanwhile."]

    def test_a_lost_server_offers_the_same_step_again(self, today, reception, mona, doctor, day, monkeypatch):
        book(reception, mona, doctor, day, "09:20")
        desk, page = today(reception, day)
        sent, really = [], APPOINTMENTS.set_status

        def unreachable(session, row, status, operation):
            sent.append(operation)
            if len(sent) == 1:
                raise Unreachable("The server doesn't answer.")
            return really(session, row, status, operation)

        monkeypatch.setattr(APPOINTMENTS, "set_status", unreachable)
        button(page, "step-checked-in").click()
        desk.settle()
        assert desk.told() == ["The server doesn't answer."]
        desk.press_toast()
        desk.until(lambda: statuses(page) == [CHECKED_IN])
        assert len(sent) == 2
        assert sent[0] == sent[1]

    def test_the_menu_of_a_row_offers_the_same(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        _, page = today(reception, day)
        page.table.customContextMenuRequested.emit(page.table.visualRect(page.pages.index(0, 0)).center())
        menu = page.findChild(QMenu)
        assert [action.text() for action in menu.actions()] == [
            "Check in",
            "Cancel booking",
            "Another time",
            "Open chart",
        ]
        menu.close()


class TestMoved:
    @pytest.fixture
    def moved(self, reception, mona, doctor, day):
        row = book(reception, mona, doctor, day, "09:20")
        start = wall(day + timedelta(days=1), "11:00", reception.locale)
        return APPOINTMENTS.move(reception, row, start, doctor["_id"], operation())

    def test_where_it_was_a_ghost_says_where_it_is(self, today, reception, moved, day):
        _, page = today(reception, day)
        assert statuses(page) == [RESCHEDULED]
        where = "Now Tomorrow, 11:00"
        assert (cells(page)[2], cells(page)[-1]) == ("Rescheduled", where)
        assert where in [label.text() for label in page.beside.findChildren(QLabel)]
        assert offered(page) == ["beside-booking", "beside-chart"]
        assert page.findChild(QLabel, "daySummary").text() == "0 bookings · 1 cancelled, missed or moved"

    def test_the_ghost_leads_to_the_booking(self, today, reception, moved, day):
        desk, page = today(reception, day)
        button(page, "beside-booking").click()
        desk.until(lambda: page.table.current_row() is not None and page.table.current_row()["_id"] == moved["_id"])
        assert page.bar.day == day + timedelta(days=1)

    def test_another_time_is_a_key_away(self, today, reception, moved, day):
        desk, page = today(reception, day + timedelta(days=1))
        QTest.keyClick(page, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
        assert desk.went == [("appointments", f"move/{moved['_id']}")]

    def test_who_has_come_keeps_the_time(self, today, reception, moved, day):
        with morning_of(reception, day + timedelta(days=1)):
            APPOINTMENTS.set_status(reception, moved, CHECKED_IN, operation())
            _, page = today(reception, day + timedelta(days=1))
        assert "beside-time" not in offered(page)


def test_why_a_rule_was_overridden_is_told(today, reception, mona, doctor, day):
    book(reception, mona, doctor, day, "20:00", override="Asked by Dr Nabil")
    _, page = today(reception, day)
    words = "This is outside the doctor's hours. Asked by Dr Nabil"
    assert cells(page)[-1] == words
    assert words in [label.text() for label in page.beside.findChildren(QLabel)]


class TestElsewhere:
    def test_enter_opens_the_chart(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        desk, page = today(reception, day)
        page.table.setFocus()
        QTest.keyClick(page.table, Qt.Key.Key_Return)
        assert desk.went == [("patients", str(mona["_id"]))]

    def test_a_doctor_prescribes_for_the_selected_patient(self, today, clinic, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        desk, page = today(clinic.session(Role.DOCTOR), day)
        page.doctor_chip.cleared.emit()
        desk.settle()
        QTest.keyClick(page, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        assert desk.went == [("prescribe", str(mona["_id"]))]

    def test_reception_does_not_prescribe(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:20")
        _, page = today(reception, day)
        assert "beside-prescribe" not in offered(page)

    def test_a_typed_name_finds_its_patient(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "09:00")
        book(reception, patient_of(reception, "Karim Zaki Wahba"), doctor, day, "09:20")
        _, page = today(reception, day)
        page.table.setFocus()
        QTest.keyClicks(page.table, "zak")
        assert page.table.current_row()["patient:title"] == "Karim Zaki Wahba"


class TestCompletingAtTheDesk:
    """Closing the visit is the doctor's; whoever completes the appointment before that is asked."""

    @pytest.fixture
    def morning(self):
        """It is today: the visit is begun now."""

    @pytest.fixture
    def begun(self, today, room, reception, monkeypatch):
        visit = room.begun()
        desk, page = today(reception, reception.locale.local(visit["started_at"]).date())
        asked = []
        monkeypatch.setattr(stepping, "confirm", lambda *words, **_: asked.append(words))
        row = APPOINTMENTS.get(reception, visit["appointment"])
        return desk, page, row, asked

    def test_who_completes_it_while_the_visit_is_open_is_asked(self, begun, reception):
        desk, page, row, asked = begun
        page.stepping.take(row, COMPLETED)
        desk.until(lambda: bool(asked))
        assert asked[0][1].endswith("is still open.")
        assert APPOINTMENTS.get(reception, row["_id"])["status"] == IN_CONSULTATION
        asked[0][4]()
        desk.until(lambda: APPOINTMENTS.get(reception, row["_id"])["status"] == COMPLETED)


class TestLive:
    def test_another_s_booking_appears_and_the_selection_stays(self, today, reception, mona, doctor, day):
        book(reception, mona, doctor, day, "10:00")
        chosen = book(reception, mona, doctor, day, "10:20")
        desk, page = today(reception, day)
        page.table.setCurrentIndex(page.pages.index(1, 0))
        book(reception, mona, doctor, day, "09:00")
        desk.news()
        desk.until(lambda: len(page.pages.rows) == 3)
        assert page.table.current_row()["_id"] == chosen["_id"]

    def test_what_another_workstation_books_shows_by_itself(self, today, clinic, reception, mona, doctor, day):
        desk, page = today(reception, day)
        elsewhere = clinic.session(Role.DOCTOR)
        watcher = listen(reception, desk.live.changed.emit, desk.live.gap.emit, lambda _: None)
        try:
            desk.settle()
            book(elsewhere, mona, doctor, day, "09:00")
            desk.until(lambda: len(page.pages.rows) == 1)
        finally:
            watcher.close()

    def test_the_keyboard_stays_on_the_steps(self, today, reception, mona, doctor, day):
        row = book(reception, mona, doctor, day, "10:00")
        desk, page = today(reception, day)
        button(page, "step-checked-in").setFocus()
        APPOINTMENTS.set_status(reception, row, CHECKED_IN, operation())
        desk.news()
        desk.until(lambda: statuses(page) == [CHECKED_IN])
        assert QApplication.focusWidget().objectName() == "step-in-consultation"

    def test_what_another_changes_under_the_pointer_can_not_be_pressed_at_once(
        self, today, reception, mona, doctor, day
    ):
        row = book(reception, mona, doctor, day, "10:00")
        desk, page = today(reception, day)
        page.beside.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
        APPOINTMENTS.set_status(reception, row, CHECKED_IN, operation())
        desk.news()
        desk.until(lambda: "step-in-consultation" in offered(page))
        assert not button(page, "step-in-consultation").isEnabled()
        desk.until(lambda: button(page, "step-in-consultation").isEnabled())

    def test_what_is_not_looked_at_is_fetched_when_it_is(self, today, reception, mona, doctor, day):
        desk, page = today(reception, day)
        page.hide()
        book(reception, mona, doctor, day, "09:00")
        desk.news()
        desk.settle()
        assert page.pages.rows == []
        page.show()
        desk.until(lambda: len(page.pages.rows) == 1)
