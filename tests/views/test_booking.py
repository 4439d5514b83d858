"""Booking on the real server: finding who, choosing when, refusals with a way on, and a lost server."""

import itertools
import threading
from datetime import timedelta

import pytest
import time_machine
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QLineEdit

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.errors import Unreachable
from hmsdesk.models.appointments import APPROVED, CANCELLED, PENDING
from hmsdesk.models.booking import Rule, wall
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.models.waiting_list import TAKEN_OFF
from hmsdesk.navigation import subject_of
from hmsdesk.security.permissions import Role
from hmsdesk.views.appointments import make_page
from hmsdesk.views.appointments.slots import SlotButton
from hmsdesk.views.appointments.wish import Wish
from tests.factories import operation
from tests.views.desk import Desk, book, doctor_of, far_day, patient_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CTRL = Qt.KeyboardModifier.ControlModifier
# Some tests go on to the day after theirs.
_days = itertools.count(40, 2)


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module", autouse=True)
def doctor(clinic, reception):
    doctor_of(clinic, "Dr Karim Nabil")
    return doctor_of(clinic, "Dr Sara El-Masry")


@pytest.fixture(scope="module")
def mona(reception):
    return patient_of(reception, "Mona Omar Gaber", birth_date="1959")


@pytest.fixture(scope="module")
def namesake(reception):
    return patient_of(reception, "Mona Omar Gaber", birth_date="2001")


@pytest.fixture
def day(reception):
    return far_day(reception, next(_days))


@pytest.fixture
def opened(qtbot, reception):
    def open_page(day, doctor=None, patient=None):
        desk = Desk(qtbot, reception)
        parts = [str(patient["_id"]) if patient else "", day.isoformat(), str(doctor["_id"]) if doctor else ""]
        page = desk.show(make_page(desk.context, "/".join(["book", *parts])))
        desk.settle()
        return desk, page

    return open_page


def slots(page):
    return {one.objectName().removeprefix("slot-"): one for one in page.slots.grid.findChildren(SlotButton)}


def type_time(page, clock):
    line = page.form.time.editor.line
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, clock)


def press_book(desk, page):
    page.form.findChild(QAbstractButton, "bookingBook").click()
    desk.settle()


def refusal(page):
    return page.refused.findChild(QLabel, "refusedTitle").text()


def ways(page):
    found = page.refused.findChildren(QAbstractButton, "way")
    return {one.text(): one for one in found if one.isVisible()}


class TestOpening:
    def test_what_is_known_is_filled_in(self, opened, doctor, mona, day):
        _, page = opened(day, doctor, mona)
        assert page.form.patient.editor.title == mona["name"]
        assert page.findChild(QLabel, "bookingWho").text().startswith(mona["identifier"])
        assert page.form.chosen_doctor() == doctor["_id"]
        assert page.form.chosen_day() == day

    def test_who_is_found_nowhere_can_be_registered_from_here(self, opened, doctor, day):
        desk, page = opened(day, doctor)
        picker = page.form.patient.editor.picker
        picker.setFocus()
        QTest.keyClicks(picker, "Zzyzx")
        desk.until(picker.popup.isVisible)
        assert picker.finder.model.item(1).text() == "Register “Zzyzx” as a new patient"
        QTest.keyClick(picker.popup, Qt.Key.Key_Return)
        assert desk.went == [("patients", "new")]

    def test_what_was_filled_in_for_the_last_caller_is_named_and_can_be_begun_afresh(self, opened, doctor, mona, day):
        desk, page = opened(day, doctor)
        page.form.patient.show_row({})
        page.form.show_patient(mona)
        page.form.time.editor.set_raw("10:00")
        page.hide()
        page.show()
        assert "isn't booked yet" in page.notice.words.text()
        page.notice.findChild(QAbstractButton, "noticeAction").click()
        desk.settle()
        assert page.form.chosen_patient() is None
        assert page.form.time.editor.raw() == ""
        assert (page.form.chosen_doctor(), page.form.chosen_day()) == (doctor["_id"], day)
        assert not page.form.is_edited()
        assert not page.notice.isVisible()

    def test_enter_after_the_last_field_goes_to_book_and_not_to_cancel(self, opened, doctor, mona, day):
        _, page = opened(day, doctor, mona)
        page.form.confirmed.editor.setFocus()
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        assert QApplication.focusWidget().objectName() == "bookingBook"

    @pytest.mark.parametrize("place", ["book", "book/", "book/nobody/someday/no-doctor", "book////"])
    def test_what_is_not_understood_is_left_open(self, place):
        wish = Wish.read(place)
        assert (wish.patient, wish.day, wish.doctor) == (None, None, None)

    def test_a_day_that_is_over_is_not_proposed(self, opened, reception, doctor):
        _, page = opened(far_day(reception, -3), doctor)
        assert page.form.chosen_day() == reception.locale.today()

    def test_without_a_doctor_one_is_to_be_chosen(self, opened, day):
        _, page = opened(day)
        assert page.slots.findChild(QLabel, "stateTitle").text() == "Choose a doctor"

    def test_where_nobody_has_entered_a_doctor_it_says_who_does(self, opened, day, monkeypatch):
        monkeypatch.setattr("hmsdesk.views.appointments.booking.doctors", lambda _: [])
        _, page = opened(day)
        assert page.slots.findChild(QLabel, "stateTitle").text() == "No doctors yet"
        assert "Staff" in page.slots.findChild(QLabel, "stateText").text()

    def test_a_doctor_without_a_week_is_not_called_closed(self, opened, clinic, day):
        new = STAFF.create(clinic.administrator, {"name": "Dr Nada Adly", "profession": "doctor"}, operation())
        _, page = opened(day, new)
        assert page.slots.findChild(QLabel, "stateTitle").text() == "No hours yet"
        assert "Clinic, Schedules" in page.slots.findChild(QLabel, "stateText").text()

    def test_the_keyboard_begins_with_the_patient(self, opened, doctor, day):
        _, page = opened(day, doctor)
        assert QApplication.focusWidget() is page.form.patient.editor.picker

    def test_a_lost_server_is_said_and_tried_again(self, qtbot, reception, monkeypatch):
        desk = Desk(qtbot, reception)

        def unreachable(session):
            raise Unreachable("The server doesn't answer.")

        with monkeypatch.context() as lost:
            lost.setattr("hmsdesk.views.appointments.booking.doctors", unreachable)
            page = desk.show(make_page(desk.context, "book"))
            assert page.form is None
        page.findChild(QAbstractButton, "stateRetry").click()
        desk.until(lambda: page.form is not None)


class TestTheSameDay:
    """Two bookings on one day may be meant, so it is a remark and no refusal."""

    def said(self, page):
        return page.comes_already.text() if page.comes_already.isVisible() else ""

    def test_a_booking_of_that_day_is_remarked(self, opened, reception, doctor, day):
        patient = patient_of(reception, "Hala Adel Nour")
        book(reception, patient, doctor, day, "09:00")
        desk, page = opened(day, doctor, patient)
        assert self.said(page) == "Has a booking with Dr Sara El-Masry at 09:00 that day"
        type_time(page, "10:00")
        press_book(desk, page)
        assert len(APPOINTMENTS.held(reception, patient["_id"], day)) == 2

    def test_it_goes_with_the_day_and_the_patient(self, opened, reception, doctor, mona, day):
        patient = patient_of(reception, "Hoda Samir Aly")
        book(reception, patient, doctor, day, "09:00")
        desk, page = opened(day, doctor, patient)
        page.form.show_day(day + timedelta(days=1))
        page.form.day_changed.emit()
        desk.settle()
        assert self.said(page).startswith("Comes already with Dr Sara El-Masry, ")
        page.form.show_day(day)
        page.form.day_changed.emit()
        desk.settle()
        assert self.said(page) != ""
        page.form.show_patient(mona)
        page.form.patient.edited.emit()
        desk.settle()
        assert self.said(page) == ""

    def test_what_was_cancelled_is_not_remarked_and_what_is_booked_elsewhere_is(self, opened, reception, doctor, day):
        patient = patient_of(reception, "Heba Omar Said")
        row = book(reception, patient, doctor, day, "09:00")
        APPOINTMENTS.set_status(reception, row, CANCELLED, operation())
        desk, page = opened(day, doctor, patient)
        assert self.said(page) == ""
        book(reception, patient, doctor, day, "09:20")
        desk.news()
        desk.until(lambda: "09:20" in self.said(page))


class TestFindingThePatient:
    def test_people_of_one_name_are_told_apart(self, opened, doctor, mona, namesake, day):
        desk, page = opened(day, doctor)
        picker = page.form.patient.editor.picker
        QTest.keyClicks(picker, "mona gab")
        desk.until(lambda: len(picker.finder.found) == 2)
        lines = {found.record: found.subtitle for found in picker.finder.found}
        assert mona["identifier"] in lines[mona["_id"]]
        assert namesake["identifier"] in lines[namesake["_id"]]
        picker._take(next(found for found in picker.finder.found if found.record == namesake["_id"]))
        assert page.findChild(QLabel, "bookingWho").text() == lines[namesake["_id"]]
        QTest.keyClicks(picker, "x")
        assert not page.findChild(QLabel, "bookingWho").isVisible()
        picker.popup.hide()

    def test_what_is_typed_but_not_chosen_is_refused_at_the_field(self, opened, doctor, day):
        desk, page = opened(day, doctor)
        page.form.patient.editor.picker.setText("Nobody at all")
        type_time(page, "9:20")
        press_book(desk, page)
        assert page.form.patient.problem == "Choose one from the list."
        assert page.form.patient.editor.title == "Nobody at all"


class TestTheSlots:
    def test_each_start_says_how_it_stands(self, opened, reception, doctor, mona, day):
        book(reception, mona, doctor, day, "09:20")
        _, page = opened(day, doctor)
        words = {clock: one.accessibleName() for clock, one in slots(page).items()}
        assert len(words) == 9
        assert (words["09:00"], words["09:20"]) == ("09:00, Free", "09:20, Taken")
        assert not slots(page)["09:20"].isEnabled()

    def test_what_is_over_is_not_shown(self, opened, reception, doctor, day):
        with time_machine.travel(wall(day, "09:30", reception.locale), tick=True):
            _, page = opened(day, doctor)
        assert next(iter(slots(page))) == "09:40"

    def test_a_day_that_is_over_says_so(self, opened, reception, doctor, day):
        with time_machine.travel(wall(day, "12:30", reception.locale), tick=True):
            _, page = opened(day, doctor)
        assert page.slots.findChild(QLabel, "stateTitle").text() == "All times are over"

    def test_a_full_day_says_so(self, clinic, opened, reception, mona, day):
        full = doctor_of(clinic, "Dr Full", patient_limit=1)
        book(reception, mona, full, day, "09:20")
        _, page = opened(day, full)
        assert slots(page)["09:00"].accessibleName() == "09:00, Daily limit reached"

    def test_the_first_free_one_is_in_view(self, clinic, qtbot, reception, day):
        late = doctor_of(clinic, "Dr Late", slot_minutes=5)
        desk = Desk(qtbot, reception)
        desk.window.resize(700, 400)
        with time_machine.travel(wall(day, "11:30", reception.locale), tick=True):
            page = desk.show(make_page(desk.context, f"book//{day.isoformat()}/{late['_id']}"))
            desk.settle()
        first = next(one for one in slots(page).values() if one.isEnabled())
        desk.until(lambda: not first.visibleRegion().isEmpty())

    def test_a_closed_day_leads_to_the_next_free_time(self, clinic, opened, doctor, day):
        closed = {"day": (day + timedelta(days=1)).isoformat(), "reason": "Inventory"}
        CLINIC_DAYS.create(clinic.administrator, closed, operation())
        desk, page = opened(day + timedelta(days=1), doctor)
        page.slots.state.findChild(QAbstractButton, "stateAction").click()
        desk.settle()
        assert page.form.chosen_start() > wall(day + timedelta(days=1), "23:00", desk.context.session.locale)
        assert page.form.chosen_doctor() == doctor["_id"]

    def test_a_closed_day_says_why(self, clinic, opened, doctor, day):
        closed = {"day": day.isoformat(), "reason": "Public holiday"}
        CLINIC_DAYS.create(clinic.administrator, closed, operation())
        _, page = opened(day, doctor)
        assert page.slots.findChild(QLabel, "stateText").text() == "Public holiday"

    def test_choosing_one_fills_in_its_time(self, opened, doctor, day):
        _, page = opened(day, doctor)
        slots(page)["09:40"].click()
        assert page.form.time.editor.raw() == "09:40"

    def test_typing_a_time_marks_its_start(self, opened, doctor, day):
        _, page = opened(day, doctor)
        type_time(page, "9:40")
        assert [clock for clock, one in slots(page).items() if one.isChecked()] == ["09:40"]
        type_time(page, "9:45")
        assert not any(one.isChecked() for one in slots(page).values())

    def test_another_s_booking_shows_and_the_keyboard_stays(self, opened, reception, doctor, mona, day):
        desk, page = opened(day, doctor)
        slots(page)["10:00"].setFocus()
        book(reception, mona, doctor, day, "09:00")
        desk.news()
        desk.until(lambda: not slots(page)["09:00"].isEnabled())
        assert QApplication.focusWidget() is slots(page)["10:00"]

    def test_another_day_shows_its_own(self, opened, reception, doctor, mona, day):
        following = day + timedelta(days=1)
        book(reception, mona, doctor, following, "09:00")
        desk, page = opened(day, doctor)
        page.form.show_day(following)
        page.form.day.editor.left.emit()
        desk.until(lambda: "09:00" in slots(page) and not slots(page)["09:00"].isEnabled())

    def test_an_answer_that_comes_late_does_not_show_the_day_before(
        self, qtbot, opened, reception, doctor, mona, day, monkeypatch
    ):
        following = day + timedelta(days=1)
        book(reception, mona, doctor, following, "09:00")
        desk, page = opened(day, doctor)
        really, gate = APPOINTMENTS.doctor_day, threading.Event()

        def late(session, practitioner, asked, **more):
            found = really(session, practitioner, asked, **more)
            if asked == day:
                gate.wait(10)
            return found

        monkeypatch.setattr(APPOINTMENTS, "doctor_day", late)
        desk.news()
        desk.news()
        page.form.show_day(following)
        page.form.day.editor.left.emit()
        try:
            qtbot.waitUntil(lambda: "09:00" in slots(page) and not slots(page)["09:00"].isEnabled())
        finally:
            gate.set()
        desk.settle()
        assert not slots(page)["09:00"].isEnabled()

    def test_an_hour_that_comes_twice_is_booked_as_it_was_chosen(self, clinic, qtbot, mona):
        """Cairo's clock goes back on the last Thursday of October at midnight."""
        session = clinic.session(Role.RECEPTIONIST)
        autumn = next(
            day
            for day in (far_day(session, n) for n in range(1, 800))
            if session.locale.local(wall(day, "12:00", session.locale)).utcoffset()
            != session.locale.local(wall(day + timedelta(days=1), "12:00", session.locale)).utcoffset()
            and day.month == 10
        )
        weekday = f"{autumn:%a}".lower()
        night = [{"weekday": weekday, "starts": "22:00", "ends": "23:55", "purpose": FOR_PATIENTS}]
        doctor = doctor_of(clinic, "Dr Night", hours=night, slot_minutes=20)
        desk = Desk(qtbot, session)
        page = desk.show(make_page(desk.context, f"book/{mona['_id']}/{autumn.isoformat()}/{doctor['_id']}"))
        desk.settle()
        twice = [one for one in page.slots.grid.findChildren(SlotButton) if one.objectName() == "slot-23:20"]
        twice[-1].click()
        assert page.form.chosen_start() == twice[-1].slot.start


class TestBooking:
    def test_by_the_keyboard_alone(self, opened, reception, doctor, mona, day):
        desk, page = opened(day, doctor, mona)
        type_time(page, "9:20")
        QTest.keyClick(page.form.time.editor.line, Qt.Key.Key_Return)
        QTest.keyClicks(QApplication.focusWidget(), "Headache")
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, CTRL)
        desk.settle()
        (row,) = APPOINTMENTS.day(reception, day, doctor["_id"])
        assert (row["status"], row["reason"], row["patient"]) == (APPROVED, "Headache", mona["_id"])
        assert desk.told() == [f"Booked: {mona['name']}"]
        assert desk.went == [("patients", str(mona["_id"]))]
        assert desk.closed == [("appointments", f"book/{mona['_id']}/{day.isoformat()}/{doctor['_id']}")]

    def test_today_goes_to_what_was_booked(self, qtbot, reception, doctor, mona, day):
        for clock in ("09:00", "10:00"):
            book(reception, mona, doctor, day, clock)
        desk = Desk(qtbot, reception)
        today = desk.show(make_page(desk.context, ""))
        today.hide()
        page = desk.show(make_page(desk.context, f"book//{day.isoformat()}/{doctor['_id']}"))
        page.form.show_patient(mona)
        type_time(page, "9:20")
        # As the window does: the list is shown before the booking page is left.
        desk.context.navigate = lambda *_: (page.hide(), today.show())
        press_book(desk, page)
        desk.until(lambda: len(today.pages.rows) == 3)
        (booked,) = [
            row for row in today.pages.rows if reception.locale.local(row["start"]).strftime("%H:%M") == "09:20"
        ]
        assert today.bar.day == day
        assert today.table.current_row()["_id"] == booked["_id"]
        assert desk.window.focusWidget() is today.table

    def test_on_the_same_day_too(self, qtbot, reception, doctor, mona, day):
        book(reception, mona, doctor, day, "09:00")
        desk = Desk(qtbot, reception)
        today = desk.show(make_page(desk.context, ""))
        today.bar.choose(day)
        desk.settle()
        row = book(reception, mona, doctor, day, "09:20")
        today.show_booked(row)
        desk.news()
        desk.until(lambda: len(today.pages.rows) == 2)
        assert today.table.current_row()["_id"] == row["_id"]

    def test_it_can_be_undone_from_the_message(self, opened, reception, doctor, mona, day):
        desk, page = opened(day, doctor, mona)
        type_time(page, "9:20")
        press_book(desk, page)
        page.deleteLater()
        QApplication.processEvents()
        desk.press_toast()
        desk.settle()
        (row,) = APPOINTMENTS.day(reception, day, doctor["_id"])
        assert row["status"] == CANCELLED
        assert desk.told()[-1] == f"The booking of {mona['name']} is cancelled"

    def test_what_is_missing_is_said_at_its_field(self, opened, day):
        desk, page = opened(day)
        press_book(desk, page)
        assert page.form.patient.problem == "Patient is needed."
        assert page.form.doctor.problem == "Doctor is needed."
        assert page.form.time.problem == "Time is needed."
        assert QApplication.focusWidget() is page.form.patient.editor.picker

    @pytest.mark.parametrize("typed", ["soon", "25:00", "{$gt: 1}"])
    def test_what_is_no_time_is_said_at_its_field(self, opened, doctor, mona, day, typed):
        desk, page = opened(day, doctor, mona)
        type_time(page, typed)
        press_book(desk, page)
        assert page.form.time.problem
        assert page.form.time.editor.raw() == typed

    def test_a_taken_time_is_said_as_soon_as_the_field_is_left(self, opened, reception, doctor, mona, day):
        book(reception, mona, doctor, day, "09:20")
        desk, page = opened(day, doctor, mona)
        type_time(page, "9:20")
        assert not page.form.time.problem, "nobody is corrected while typing"
        page.form.reason.editor.line.setFocus()
        assert page.form.time.problem == "This time is taken already. Choose another time."
        type_time(page, "9:40")
        page.form.reason.editor.line.setFocus()
        assert not page.form.time.problem
        press_book(desk, page)
        assert desk.told() == [f"Booked: {mona['name']}"]

    def test_a_time_that_is_over_is_said_for_a_day_chosen_later_too(self, opened, reception, doctor, mona, day):
        desk, page = opened(day, doctor, mona)
        type_time(page, "9:20")
        page.form.reason.editor.line.setFocus()
        assert not page.form.time.problem
        page.form.show_day(reception.locale.today() - timedelta(days=1))
        page.form.day_changed.emit()
        desk.until(lambda: bool(page.form.time.problem))
        assert page.form.time.problem == "This time is over. Choose a later one."

    def test_a_note_that_is_too_long_is_said_at_its_field(self, opened, doctor, mona, day):
        desk, page = opened(day, doctor, mona)
        type_time(page, "9:20")
        page.form.reason.editor.line.setText("x" * 300)
        press_book(desk, page)
        assert page.form.reason.problem
        assert len(page.form.reason.editor.raw()) == 300


class TestRefusals:
    def test_the_rule_is_named_and_nearest_times_are_offered(self, opened, reception, doctor, mona, day):
        book(reception, mona, doctor, day, "09:20")
        desk, page = opened(day, doctor, mona)
        type_time(page, "9:20")
        press_book(desk, page)
        assert refusal(page) == Rule.SLOT_FREE.value
        clocks = [words.partition(", ")[2] for words in ways(page)]
        assert clocks == ["09:00", "09:40", "10:00"]
        assert page.form.patient.editor.title == mona["name"]
        first = next(iter(ways(page).values()))
        assert QApplication.focusWidget() is first
        QTest.keyClick(first, Qt.Key.Key_Return)
        assert page.form.time.editor.raw() == "09:00"
        assert not page.refused.isVisible()
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        desk.settle()
        assert desk.told() == [f"Booked: {mona['name']}"]

    def test_a_time_out_of_hours_is_told_the_hours(self, opened, doctor, mona, day):
        desk, page = opened(day, doctor, mona)
        type_time(page, "8:00")
        press_book(desk, page)
        assert refusal(page) == Rule.IN_HOURS.value
        text = page.refused.findChild(QLabel, "refusedText").text()
        assert text == "On this day: 09:00 to 12:00; an appointment takes 20 min."

    def test_a_time_on_another_day_takes_its_day_along(self, clinic, opened, reception, mona, day):
        full = doctor_of(clinic, "Dr Almost Full", patient_limit=1)
        book(reception, mona, full, day, "09:20")
        desk, page = opened(day, full, mona)
        type_time(page, "10:00")
        press_book(desk, page)
        assert refusal(page) == Rule.LIMIT.value
        next(iter(ways(page).values())).click()
        desk.settle()
        assert page.form.chosen_day() == day + timedelta(days=1)
        press_book(desk, page)
        assert len(APPOINTMENTS.day(reception, day + timedelta(days=1), full["_id"])) == 1

    def test_a_change_takes_the_refusal_away(self, opened, doctor, mona, day):
        desk, page = opened(day, doctor, mona)
        type_time(page, "8:00")
        press_book(desk, page)
        type_time(page, "9:00")
        assert not page.refused.isVisible()


def lose(really):
    """A step that is taken, but its answer is lost."""

    def lost(*arguments):
        really(*arguments)
        raise Unreachable("The server doesn't answer.")

    return lost


class TestALostServer:
    def test_everything_stays_and_the_same_operation_is_sent_again(
        self, opened, reception, doctor, mona, day, monkeypatch
    ):
        desk, page = opened(day, doctor, mona)
        sent, really = [], APPOINTMENTS.book

        def lost_answer(session, booking, operation):
            sent.append(operation)
            row = really(session, booking, operation)
            if len(sent) == 1:
                # It got through, but nobody heard of it.
                raise Unreachable("The server doesn't answer.", "What you typed is kept.")
            return row

        monkeypatch.setattr(APPOINTMENTS, "book", lost_answer)
        type_time(page, "9:20")
        page.form.reason.editor.line.setText("Headache")
        press_book(desk, page)
        assert refusal(page) == "The server doesn't answer."
        assert (page.form.time.editor.raw(), page.form.reason.editor.raw()) == ("09:20", "Headache")
        assert desk.closed == []
        ways(page)["Try again"].click()
        desk.settle()
        assert len(sent) == 2
        assert sent[0] == sent[1]
        assert len(APPOINTMENTS.day(reception, day, doctor["_id"])) == 1
        assert desk.told() == [f"Booked: {mona['name']}"]

    def test_what_the_first_try_has_booked_is_told_as_it_is(self, opened, doctor, mona, day, monkeypatch):
        desk, page = opened(day, doctor, mona)
        really = APPOINTMENTS.book

        def lost_answer(session, booking, operation):
            really(session, booking, operation)
            monkeypatch.setattr(APPOINTMENTS, "book", really)
            raise Unreachable("The server doesn't answer.")

        monkeypatch.setattr(APPOINTMENTS, "book", lost_answer)
        type_time(page, "9:20")
        press_book(desk, page)
        type_time(page, "10:00")
        press_book(desk, page)
        assert desk.told() == [f"Your first try was booked: {mona['name']}"]
        assert "09:20" in desk.toasts.shown()[-1].findChild(QLabel, "toastText").text()

    def test_another_patient_on_the_same_page_is_another_booking(
        self, opened, reception, doctor, mona, namesake, day, monkeypatch
    ):
        desk, page = opened(day, doctor)
        fill(page, mona, "9:20")
        with monkeypatch.context() as lost:
            lost.setattr(APPOINTMENTS, "book", lose(APPOINTMENTS.book))
            press_book(desk, page)
        fill(page, namesake, "10:00")
        press_book(desk, page)
        assert desk.told() == [f"Booked: {namesake['name']}"]
        rows = APPOINTMENTS.day(reception, day, doctor["_id"])
        assert [row["patient"] for row in rows] == [mona["_id"], namesake["_id"]]


class TestDrafts:
    """What is half filled in outlasts the program, or whoever takes the window meanwhile."""

    def left(self, opened, doctor, mona, day):
        """The page of somebody who filled something in and then was gone."""
        desk, page = opened(day, doctor)
        fill(page, mona, "9:20")
        page.form.reason.editor.line.setText("Headache")
        page.form.confirmed.editor.set_raw(False)
        page.hide()
        desk.context.drafts.close()
        return page

    def test_what_was_filled_in_is_there_again_and_booked(self, opened, reception, doctor, mona, day):
        self.left(opened, doctor, mona, day)
        desk, page = opened(day, doctor)
        assert page.notice.words.text().startswith("Restored what was typed at ")
        assert page.isWindowModified()
        assert (page.form.chosen_patient(), page.form.patient.editor.title) == (mona["_id"], mona["name"])
        (kept,) = desk.context.drafts.all()
        assert subject_of(reception, kept.place, kept.values) == mona["name"]
        press_book(desk, page)
        (row,) = APPOINTMENTS.day(reception, day, doctor["_id"])
        assert (row["start"], row["reason"], row["status"]) == (
            wall(day, "09:20", reception.locale),
            "Headache",
            PENDING,
        )
        assert desk.context.drafts.all() == []

    def test_a_start_that_was_chosen_is_kept_as_that_with_who_comes(self, opened, doctor, mona, day):
        desk, page = opened(day, doctor, mona)
        slots(page)["10:00"].click()
        chosen, who = page.form._start, page.findChild(QLabel, "bookingWho").text()
        page.hide()
        desk.context.drafts.close()
        _, page = opened(day, doctor, mona)
        assert page.form._start == chosen
        assert page.findChild(QLabel, "bookingWho").text() == who
        assert slots(page)["10:00"].isChecked()

    def test_what_was_booked_when_the_program_ended_is_not_booked_again(
        self, opened, reception, doctor, mona, day, monkeypatch
    ):
        desk, page = opened(day, doctor)
        fill(page, mona, "9:20")
        with monkeypatch.context() as lost:
            lost.setattr(APPOINTMENTS, "book", lose(APPOINTMENTS.book))
            press_book(desk, page)
        desk.context.drafts.close()
        desk, page = opened(day, doctor)
        press_book(desk, page)
        assert desk.told() == [f"Booked: {mona['name']}"]
        assert len(APPOINTMENTS.day(reception, day, doctor["_id"])) == 1

    def test_a_booking_that_was_lost_with_the_program_is_no_booking_of_the_next_caller(
        self, opened, reception, doctor, mona, namesake, day, monkeypatch
    ):
        desk, page = opened(day, doctor)
        fill(page, mona, "9:20")
        with monkeypatch.context() as lost:
            lost.setattr(APPOINTMENTS, "book", lose(APPOINTMENTS.book))
            press_book(desk, page)
        desk.context.drafts.close()
        desk, page = opened(day, doctor)
        fill(page, namesake, "10:00")
        press_book(desk, page)
        assert desk.told() == [f"Booked: {namesake['name']}"]
        rows = APPOINTMENTS.day(reception, day, doctor["_id"])
        assert [row["patient"] for row in rows] == [mona["_id"], namesake["_id"]]

    def test_whoever_starts_afresh_keeps_nothing_of_the_last_caller(self, opened, doctor, mona, day):
        left = self.left(opened, doctor, mona, day)
        desk, page = opened(day, doctor)
        page.notice.findChild(QAbstractButton, "noticeAction").click()
        desk.settle()
        assert (page.form.chosen_patient(), page.form.reason.editor.raw()) == (None, "")
        assert page._operation.id != left._operation.id
        assert desk.context.drafts.read(f"appointments/{page._wish.place}") is None

    def test_what_was_filled_in_and_is_thrown_away_is_no_draft(self, opened, doctor, mona, day):
        desk, page = opened(day, doctor)
        fill(page, mona, "9:20")
        page.hide()
        page.show()
        page.findChild(QAbstractButton, "bookingBack").click()
        page.findChild(QDialog).findChild(QAbstractButton, "dialogYes").click()
        assert desk.context.drafts.read(f"appointments/{page._wish.place}") is None

    def test_looking_at_other_days_is_no_draft(self, opened, doctor, day):
        desk, page = opened(day, doctor)
        page.form.show_day(day + timedelta(days=1))
        page.form.day.edited.emit()
        page.hide()
        assert desk.context.drafts.read(f"appointments/{page._wish.place}") is None


class TestLeaving:
    def test_nothing_filled_in_is_left_at_once(self, opened, doctor, day):
        desk, page = opened(day, doctor)
        QTest.keyClick(page.form.patient.editor.picker, Qt.Key.Key_Escape)
        assert desk.went == [("appointments", "")]

    def test_what_was_filled_in_is_asked_about(self, opened, doctor, mona, day):
        desk, page = opened(day, doctor, mona)
        type_time(page, "9:20")
        assert page.isWindowModified()
        page.findChild(QAbstractButton, "bookingBack").click()
        assert desk.went == []
        page.findChild(QDialog).findChild(QAbstractButton, "dialogYes").click()
        assert desk.went == [("patients", str(mona["_id"]))]

    @pytest.mark.parametrize(
        ("whence", "word"),
        [
            (("patients", ""), "Patients"),
            (("visit", "a visit"), "Visit"),
            (("home", ""), "Chart"),
        ],
    )
    def test_who_books_for_one_patient_goes_back_to_where_they_were(self, qtbot, reception, mona, whence, word):
        desk = Desk(qtbot, reception)
        desk.context.came_from = lambda: whence
        page = desk.show(make_page(desk.context, f"book/{mona['_id']}"))
        desk.until(lambda: page.form is not None)
        back = page.findChild(QAbstractButton, "bookingBack")
        assert word in back.text()
        back.click()
        assert desk.went == [("patients", str(mona["_id"])) if word == "Chart" else whence]


def test_slots_follow_the_direction_one_reads(opened, doctor, day):
    desk, page = opened(day, doctor)
    desk.window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    QApplication.processEvents()

    def left(clock):
        return slots(page)[clock].mapTo(page, QPoint()).x()

    assert left("09:00") > left("09:20")


def fill(page, patient, clock):
    page.form.show_patient(patient)
    type_time(page, clock)


class TestOverride:
    WHY = "Sent by Dr Nabil, must be seen"

    def refuse(self, opened, reception, doctor, mona, day):
        book(reception, mona, doctor, day, "09:00")
        desk, page = opened(day, doctor)
        fill(page, mona, "09:00")
        press_book(desk, page)
        return desk, page

    def test_who_may_books_all_the_same_with_a_reason(self, opened, reception, doctor, mona, day):
        desk, page = self.refuse(opened, reception, doctor, mona, day)
        yes = page.refused.findChild(QAbstractButton, "override")
        assert not yes.isEnabled()
        QTest.keyClicks(page.refused.findChild(QLineEdit, "overrideReason"), self.WHY)
        yes.click()
        desk.settle()
        rows = APPOINTMENTS.day(reception, day, doctor["_id"])
        assert [row.get("override", {}).get("reason") for row in rows] in ([None, self.WHY], [self.WHY, None])
        assert desk.told()[-1] == f"Booked: {mona['name']}"

    def test_a_blank_reason_is_none(self, opened, reception, doctor, mona, day):
        _, page = self.refuse(opened, reception, doctor, mona, day)
        QTest.keyClicks(page.refused.findChild(QLineEdit, "overrideReason"), "   ")
        assert not page.refused.findChild(QAbstractButton, "override").isEnabled()

    def test_where_nobody_may_it_is_not_offered(self, opened, reception, doctor, mona, day):
        desk, page = opened(day, doctor)
        with time_machine.travel(wall(day, "10:00", reception.locale), tick=True):
            fill(page, mona, "09:00")
            press_book(desk, page)
        assert refusal(page) == "This time is over."
        assert page.refused.findChild(QAbstractButton, "override") is None


def test_a_booking_may_still_be_to_be_confirmed(opened, reception, doctor, mona, day):
    desk, page = opened(day, doctor)
    fill(page, mona, "09:00")
    page.form.confirmed.editor.set_raw(False)
    press_book(desk, page)
    (row,) = APPOINTMENTS.day(reception, day, doctor["_id"])
    assert row["status"] == PENDING


class TestTheWaitingList:
    def test_whom_no_time_was_found_for_is_put_on_it(self, opened, reception, doctor, mona, day):
        book(reception, mona, doctor, day, "09:00")
        desk, page = opened(day, doctor)
        fill(page, mona, "09:00")
        press_book(desk, page)
        # It is offered once.
        assert not page.findChild(QAbstractButton, "bookingWait").isVisible()
        page.refused.findChild(QAbstractButton, "putOnWaitingList").click()
        desk.settle()
        (entry,) = WAITING_LIST.open_entries(reception)
        assert (entry["patient"], entry["practitioner"]) == (mona["_id"], doctor["_id"])
        assert entry["earliest"] == day.isoformat()
        assert desk.told() == [f"{mona['name']} is on the waiting list"]
        assert desk.closed
        desk.press_toast()
        desk.settle()
        assert WAITING_LIST.open_entries(reception) == []

    def test_without_a_time_too_but_not_without_a_patient(self, opened, reception, doctor, mona, day):
        desk, page = opened(day, doctor)
        page.findChild(QAbstractButton, "bookingWait").click()
        desk.settle()
        assert page.form.patient.problem
        assert WAITING_LIST.open_entries(reception) == []
        page.form.show_patient(mona)
        page.findChild(QAbstractButton, "bookingWait").click()
        desk.settle()
        (entry,) = WAITING_LIST.open_entries(reception)
        WAITING_LIST.set_status(reception, entry, TAKEN_OFF, operation())


class TestMoving:
    @pytest.fixture
    def moving(self, qtbot, reception, doctor, mona, day):
        row = book(reception, mona, doctor, day, "09:00", reason="Knee")
        desk = Desk(qtbot, reception)
        page = desk.show(make_page(desk.context, f"move/{row['_id']}"))
        desk.settle()
        return desk, page, row

    def test_it_begins_with_where_the_booking_is(self, moving, doctor, mona, day):
        _, page, _ = moving
        assert (page.form.chosen_doctor(), page.form.chosen_day()) == (doctor["_id"], day)
        assert page.form.chosen_patient() == mona["_id"]
        assert page.findChild(QLabel, "bookingNow").text().endswith(f"09:00, {doctor['name']}")
        assert not page.form.is_edited()
        assert page.findChild(QAbstractButton, "bookingWait") is None
        # Where it is it isn't in its own way.
        assert slots(page)["09:00"].isEnabled()

    def test_it_is_moved_and_moved_back(self, moving, reception, doctor, day):
        desk, page, row = moving
        slots(page)["10:00"].click()
        press_book(desk, page)
        now = APPOINTMENTS.get(reception, row["_id"])
        assert now["start"] == wall(day, "10:00", reception.locale)
        assert now["reason"] == "Knee"
        assert desk.told() == [f"Moved: {now['patient:title']}"]
        desk.press_toast()
        desk.settle()
        assert APPOINTMENTS.get(reception, row["_id"])["start"] == row["start"]

    def test_a_refusal_offers_the_nearest_and_all_the_same(self, moving, reception, namesake, doctor, day):
        desk, page, row = moving
        book(reception, namesake, doctor, day, "10:00")
        type_time(page, "10:00")
        press_book(desk, page)
        assert refusal(page) == Rule.SLOT_FREE
        assert len(ways(page)) == 3
        QTest.keyClicks(page.refused.findChild(QLineEdit, "overrideReason"), "Urgent")
        page.refused.findChild(QAbstractButton, "override").click()
        desk.settle()
        now = APPOINTMENTS.get(reception, row["_id"])
        assert (now["start"], now["override"]["reason"]) == (wall(day, "10:00", reception.locale), "Urgent")
