"""The calendar on the real server: columns, booking, moving with mouse and keys, refusals, weeks, months, news."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.choices import Choices
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.errors import Unreachable
from hmsdesk.models.appointments import CANCELLED, CHECKED_IN, NO_SHOW
from hmsdesk.models.booking import wall
from hmsdesk.models.schedules import WEEKDAYS
from hmsdesk.security.permissions import Role
from hmsdesk.views.appointments import make_page as make_booking_page
from hmsdesk.views.calendar import make_page
from hmsdesk.views.calendar.month_picker import month_on, week_of
from hmsdesk.views.calendar.painting import Painting
from hmsdesk.views.calendar.plan import Box
from hmsdesk.views.kit import theme
from tests.factories import EGYPT, MOMENT, operation
from tests.views.desk import Desk, book, doctor_of, far_day, morning_of, patient_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
_days = itertools.count(60)


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module")
def sara(clinic):
    return doctor_of(clinic, "Dr Calendar Sara")


@pytest.fixture(scope="module")
def karim(clinic):
    return doctor_of(clinic, "Dr Calendar Tarek", patient_limit=2)


@pytest.fixture(scope="module", autouse=True)
def connections(clinic):
    """Connections have threads, which are begun before each test counts them."""
    for role in (Role.RECEPTIONIST, Role.NURSE, Role.ADMINISTRATOR):
        clinic.session(role)


@pytest.fixture(scope="module")
def mona(reception):
    return patient_of(reception, "Mona Omar Gaber", name_ar="منى عمر جابر", birth_date="1959")


@pytest.fixture
def day(reception):
    return far_day(reception, next(_days))


@pytest.fixture
def morning(reception, day):
    with morning_of(reception, day) as clock:
        yield clock


@pytest.fixture
def calendar(qtbot, sara, karim):
    """Opens a day with two doctors' columns, Dr Sara's before Dr Tarek's."""

    def open_day(session, day, direction=Qt.LayoutDirection.LeftToRight):
        desk = Desk(qtbot, session)
        desk.window.setLayoutDirection(direction)
        page = desk.show(make_page(desk.context, day.isoformat()))
        page.side.doctors.chosen.emit({sara["_id"], karim["_id"]})
        desk.settle()
        page.grid.setFocus()
        return desk, page

    return open_day


def boxes(page):
    return [(column.doctor["name"], box) for column in page.grid.columns for box in column.boxes]


def box_of(page, row):
    return next(
        (number, box)
        for number, column in enumerate(page.grid.columns)
        for box in column.boxes
        if box.record == row["_id"] and not box.is_ghost
    )


def start_at(page, number, clock):
    """The place of a start in a column, whoever has it."""
    column = page.grid.columns[number]
    wanted = wall(column.day, clock, column.diary.locale)
    found = next(one for one in column.starts if one.start == wanted)
    return page.grid.places().spot(number, found).center()


def press(page, key, times=1):
    for _ in range(times):
        QTest.keyClick(page.grid, key)


def drag(page, row, to, *, drop=True):
    """Carry a booking with the mouse from where it is to a point of the viewport."""
    viewport = page.grid.viewport()
    begins = page.grid.places().spot(*box_of(page, row)).center()
    QTest.mousePress(viewport, LEFT, NONE, begins)
    for step in range(1, 11):
        point = begins + (to - begins) * step / 10
        there = QPointF(viewport.mapToGlobal(point))
        QApplication.sendEvent(
            viewport, QMouseEvent(QEvent.Type.MouseMove, QPointF(point), there, Qt.MouseButton.NoButton, LEFT, NONE)
        )
    if drop:
        QTest.mouseRelease(viewport, LEFT, NONE, to)


def now_at(session, row):
    kept = APPOINTMENTS.get(session, row["_id"])
    return kept["practitioner"], f"{session.locale.local(kept['start']):%H:%M}"


def card_button(page, name):
    found = page.cards.open_one.findChild(QAbstractButton, name)
    assert found is not None, name
    return found


def said(page, name):
    return page.cards.open_one.findChild(QLabel, name).text()


class TestADay:
    def test_doctors_stand_side_by_side_with_how_full_they_are(self, calendar, reception, mona, sara, karim, day):
        book(reception, mona, sara, day, "09:20")
        _, page = calendar(reception, day)
        heads = page.grid.heads.heads
        assert [(head.title, head.chip) for head in heads] == [(sara["name"], "1 of 20"), (karim["name"], "0 of 2")]
        assert [(name, box.row["patient:title"]) for name, box in boxes(page)] == [(sara["name"], mona["name"])]

    def test_a_full_day_says_so_in_its_head_and_at_each_free_start(self, calendar, reception, mona, karim, day):
        for clock in ("09:00", "09:20"):
            book(reception, mona, karim, day, clock)
        _, page = calendar(reception, day)
        head = page.grid.heads.heads[1]
        assert (head.chip, head.tone) == ("2 of 2, full", "danger")
        assert {one.words for one in page.grid.columns[1].starts} == {"", "Daily limit reached"}

    def test_who_may_override_gets_the_form_on_a_full_day_too(self, calendar, reception, mona, karim, day):
        for clock in ("09:00", "09:20"):
            book(reception, mona, karim, day, clock)
        desk, page = calendar(reception, day)
        QTest.mouseClick(page.grid.viewport(), LEFT, NONE, start_at(page, 1, "10:00"))
        assert desk.went == [("appointments", f"book//{day.isoformat()}/{karim['_id']}/10:00")]

    def test_a_click_on_a_free_start_opens_the_booking_form_with_day_doctor_and_time(
        self, calendar, reception, sara, day
    ):
        desk, page = calendar(reception, day)
        QTest.mouseClick(page.grid.viewport(), LEFT, NONE, start_at(page, 0, "09:40"))
        assert desk.went == [("appointments", f"book//{day.isoformat()}/{sara['_id']}/09:40")]

    def test_the_booking_form_that_is_opened_so_has_all_that_and_leaves_without_asking(
        self, qtbot, reception, sara, day
    ):
        desk = Desk(qtbot, reception)
        desk.context.list_behind = lambda: ("calendar", "Calendar")
        page = desk.show(make_booking_page(desk.context, f"book//{day.isoformat()}/{sara['_id']}/09:40"))
        desk.until(lambda: page.form is not None)
        assert (page.form.chosen_doctor(), page.form.chosen_start()) == (
            sara["_id"],
            wall(day, "09:40", reception.locale),
        )
        assert page.stands_under == "calendar"
        page.leave()
        assert desk.went == [("calendar", "")]

    def test_who_came_from_a_day_of_the_calendar_goes_back_to_that_day(self, qtbot, reception, sara, day):
        desk = Desk(qtbot, reception)
        desk.context.list_behind = lambda: ("home", "Today")
        desk.context.came_from = lambda: ("calendar", day.isoformat())
        page = desk.show(make_booking_page(desk.context, f"book//{day.isoformat()}/{sara['_id']}/09:40"))
        desk.until(lambda: page.form is not None)
        assert page.stands_under == "calendar"
        page.leave()
        assert desk.went == [("calendar", day.isoformat())]

    def test_a_click_on_a_booking_selects_it_and_opens_its_card_with_the_next_steps(
        self, calendar, reception, mona, sara, day, morning
    ):
        row = book(reception, mona, sara, day, "09:20")
        desk, page = calendar(reception, day)
        QTest.mouseClick(page.grid.viewport(), LEFT, NONE, page.grid.places().spot(*box_of(page, row)).center())
        assert page.grid.row()["_id"] == row["_id"]
        assert said(page, "cardPatient") == mona["name"]
        card_button(page, "step-checked-in").click()
        desk.until(lambda: boxes(page)[0][1].row["status"] == CHECKED_IN)
        assert desk.told() == [f"{mona['name']} is checked in"]
        assert page.cards.open_one is None

    def test_the_card_leads_to_the_chart_and_esc_closes_it_and_goes_back_to_the_grid(
        self, calendar, reception, mona, sara, day
    ):
        book(reception, mona, sara, day, "09:00")
        desk, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        press(page, Qt.Key.Key_Return)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
        assert page.cards.open_one is None
        assert page.grid.hasFocus()
        press(page, Qt.Key.Key_Return)
        card_button(page, "cardChart").click()
        assert desk.went == [("patients", str(mona["_id"]))]

    def test_somebody_who_left_and_is_still_booked_has_a_column(self, clinic, calendar, reception, mona, day):
        gone = doctor_of(clinic, f"Dr Gone {day}")
        book(reception, mona, gone, day, "09:00")
        STAFF.change(clinic.administrator, gone["_id"], gone["version"], {"active": False}, operation())
        _, page = calendar(reception, day)
        assert [(head.title, head.subtitle) for head in page.grid.heads.heads][2:] == [(gone["name"], "No longer here")]
        assert len(page.grid.columns[2].boxes) == 1

    def test_who_was_moved_away_leaves_a_ghost_that_says_where_they_are(
        self, calendar, reception, mona, sara, karim, day
    ):
        row = book(reception, mona, sara, day, "09:00")
        APPOINTMENTS.move(reception, row, wall(day, "10:00", reception.locale), karim["_id"], operation())
        desk, page = calendar(reception, day)
        ghost = page.grid.columns[0].boxes[0]
        assert ghost.is_ghost
        page.grid.card_asked.emit(ghost)
        words = [label.text() for label in page.cards.open_one.findChildren(QLabel)]
        assert any(text.startswith("10:00, ") and karim["name"] in text for text in words)
        assert page.cards.open_one.findChild(QAbstractButton, "cardMove") is None

        card_button(page, "cardGo").click()
        desk.until(lambda: page.grid.row() is not None and page.grid.row()["_id"] == row["_id"])
        assert page.grid.cursor_at.column == (karim["_id"], day)

    def test_over_what_was_moved_away_the_time_is_booked_anew(self, calendar, reception, mona, sara, karim, day):
        row = book(reception, mona, sara, day, "09:00")
        APPOINTMENTS.move(reception, row, wall(day, "10:00", reception.locale), karim["_id"], operation())
        desk, page = calendar(reception, day)
        page.grid.card_asked.emit(page.grid.columns[0].boxes[0])
        card_button(page, "cardBook").click()
        assert desk.went == [("appointments", f"book//{day.isoformat()}/{sara['_id']}/09:00")]

    def test_who_comes_for_one_booking_finds_its_card_open(self, qtbot, reception, mona, sara, karim, day):
        row = book(reception, mona, karim, day, "09:40")
        desk = Desk(qtbot, reception)
        page = desk.show(make_page(desk.context, f"{day.isoformat()}/{row['_id']}"))
        desk.until(lambda: page.cards.open_one is not None)
        assert said(page, "cardPatient") == mona["name"]
        assert (page.view, page.day, page.grid.row()["_id"]) == ("day", day, row["_id"])

    def test_a_card_stays_above_the_messages(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "11:40")
        desk, page = calendar(reception, day)
        toast = desk.context.toasts.show("Something was done")
        page.grid.card_asked.emit(box_of(page, row)[1])
        card = page.cards.open_one
        covered = card.mapToGlobal(card.rect().bottomLeft()).y() >= toast.mapToGlobal(toast.rect().topLeft()).y()
        beside = card.geometry().right() < toast.geometry().left()
        assert beside or not covered

    def test_over_what_was_cancelled_the_time_is_booked_anew(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        APPOINTMENTS.set_status(reception, row, CANCELLED, operation())
        desk, page = calendar(reception, day)
        page.grid.card_asked.emit(box_of(page, row)[1])
        card_button(page, "cardBook").click()
        assert desk.went == [("appointments", f"book//{day.isoformat()}/{sara['_id']}/09:00")]

    def test_the_card_leads_to_giving_it_another_day(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        desk, page = calendar(reception, day)
        page.grid.card_asked.emit(box_of(page, row)[1])
        card_button(page, "cardOtherDay").click()
        assert desk.went == [("appointments", f"move/{row['_id']}")]

    def test_a_press_elsewhere_closes_the_card(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        _, page = calendar(reception, day)
        page.grid.card_asked.emit(box_of(page, row)[1])
        assert page.cards.open_one.isVisible()
        QTest.mouseClick(page.grid.viewport(), LEFT, NONE, QPoint(5, page.grid.viewport().height() - 5))
        assert page.cards.open_one is None

    def test_nobody_chosen_is_said_with_the_way_on(self, calendar, reception, day):
        desk, page = calendar(reception, day)
        page.side.doctors.chosen.emit(set())
        desk.settle()
        assert page.state.findChild(QLabel, "stateTitle").text() == "Nobody is chosen"
        page.state.findChild(QAbstractButton, "stateAction").click()
        desk.settle()
        assert len(page.grid.columns) == len(page.known)

    def test_an_open_card_says_what_others_made_of_its_booking(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:20")
        desk, page = calendar(reception, day)
        page.grid.card_asked.emit(box_of(page, row)[1])
        APPOINTMENTS.set_status(reception, row, CANCELLED, operation())
        desk.news()
        desk.until(lambda: page.cards.open_one is not None and page.cards.open_one.row["status"] == CANCELLED)

    def test_the_same_booking_asked_for_again_has_its_card_again(self, qtbot, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:20")
        desk = Desk(qtbot, reception)
        page = desk.show(make_page(desk.context, f"{day.isoformat()}/{row['_id']}"))
        desk.until(lambda: page.cards.open_one is not None)
        page.cards.close()
        page.hide()
        page.show()
        desk.until(lambda: page.cards.open_one is not None)

    def test_heads_stand_above_their_bookings_when_the_window_is_turned_around(self, calendar, reception, day):
        _, page = calendar(reception, day)
        page.window().setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        QTest.qWait(0)
        grid = page.grid
        assert [grid.heads.places.column(n).x() for n in range(2)] == [grid.places().column(n).x() for n in range(2)]

    def test_right_to_left_the_first_doctor_stands_at_the_right(self, calendar, reception, day):
        _, page = calendar(reception, day, Qt.LayoutDirection.RightToLeft)
        places = page.grid.places()
        assert places.column(0).left() > places.column(1).left()
        hours, viewport = page.grid.hours.geometry(), page.grid.viewport().geometry()
        assert hours.left() == viewport.right() + 1
        assert page.grid.rect().contains(hours)
        assert page.grid.heads.geometry().width() == viewport.width()

    def test_departments_choose_their_doctors(self, clinic, calendar, reception, day):
        desk, page = calendar(reception, day)
        page.head.department_chosen.emit(None)
        desk.settle()
        assert {column.doctor["_id"] for column in page.grid.columns} >= {row["_id"] for row in page.known}


class TestTheKeyboard:
    def test_arrows_go_from_one_to_the_next_and_say_where_they_are(self, calendar, reception, mona, sara, karim, day):
        book(reception, mona, sara, day, "09:20")
        _, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        assert page.grid.accessibleDescription() == f"{sara['name']}, 09:00, Free"
        press(page, Qt.Key.Key_Down)
        assert page.grid.accessibleDescription() == f"{sara['name']}, 09:20, {mona['name']}, Approved, 20 min"
        press(page, Qt.Key.Key_Right)
        assert page.grid.accessibleDescription() == f"{karim['name']}, 09:20, Free"
        press(page, Qt.Key.Key_End)
        assert page.grid.accessibleDescription() == f"{karim['name']}, 11:40, Free"

    def test_tab_goes_through_the_columns_and_then_out(self, calendar, reception, karim, day):
        _, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        press(page, Qt.Key.Key_Tab)
        assert page.grid.cursor_at.column[0] == karim["_id"]
        assert page.grid.hasFocus()
        press(page, Qt.Key.Key_Tab)
        assert not page.grid.hasFocus()

    def test_when_its_column_is_hidden_the_keyboard_goes_to_the_first(self, calendar, reception, sara, karim, day):
        desk, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        page.side.doctors.chosen.emit({karim["_id"]})
        desk.settle()
        assert page.grid.accessibleDescription() == f"{karim['name']}, 09:00, Free"

    def test_enter_on_a_free_start_books_there(self, calendar, reception, sara, day):
        desk, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        press(page, Qt.Key.Key_Return)
        assert desk.went == [("appointments", f"book//{day.isoformat()}/{sara['_id']}/09:00")]

    def test_alt_and_page_keys_go_through_the_days(self, calendar, reception, day):
        desk, page = calendar(reception, day)
        QTest.keyClick(page, Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
        desk.settle()
        assert page.day == day + timedelta(days=1)
        assert page.grid.columns[0].day == page.day

    def test_m_takes_a_booking_up_the_arrows_carry_it_and_enter_drops_it(
        self, calendar, reception, mona, sara, karim, day
    ):
        row = book(reception, mona, sara, day, "09:00")
        desk, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        press(page, Qt.Key.Key_M)
        press(page, Qt.Key.Key_Right)
        press(page, Qt.Key.Key_Down, 2)
        assert page.grid.accessibleDescription() == f"Moving to {karim['name']}, 09:40, Free"
        press(page, Qt.Key.Key_Return)
        desk.until(lambda: now_at(reception, row) == (karim["_id"], "09:40"))
        assert desk.told() == [f"Moved: {mona['name']}"]
        assert page.grid.row()["_id"] == row["_id"]

    def test_m_takes_a_booking_up_from_its_card_too(self, calendar, reception, mona, sara, day):
        book(reception, mona, sara, day, "09:00")
        _, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        press(page, Qt.Key.Key_Return)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_M)
        assert page.cards.open_one is None
        assert page.grid.carried is not None

    def test_what_is_taken_up_is_seen_before_an_arrow_is_pressed(self, calendar, reception, mona, sara, day):
        book(reception, mona, sara, day, "09:00")
        _, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        place = page.grid.places().spot(0, page.grid.spot()[1])
        border = QRect(place.x() + 10, place.y(), place.width() - 20, 1)

        def is_lifted():
            image = page.grid.viewport().grab(border).toImage()
            return {image.pixelColor(x, 0).name() for x in range(image.width())} == {theme.color("info").name()}

        assert not is_lifted()
        press(page, Qt.Key.Key_M)
        assert is_lifted()
        press(page, Qt.Key.Key_Escape)
        assert not is_lifted()

    def test_esc_puts_it_back(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        desk, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        press(page, Qt.Key.Key_M)
        press(page, Qt.Key.Key_Down)
        press(page, Qt.Key.Key_Escape)
        desk.settle()
        assert page.grid.carried is None
        assert now_at(reception, row) == (sara["_id"], "09:00")


class TestMoving:
    def test_a_booking_is_dragged_to_another_doctor_and_moved_back_by_undo(
        self, calendar, reception, mona, sara, karim, day
    ):
        row = book(reception, mona, sara, day, "09:00")
        desk, page = calendar(reception, day)
        drag(page, row, start_at(page, 1, "10:20"))
        desk.until(lambda: now_at(reception, row) == (karim["_id"], "10:20"))
        desk.until(lambda: any(not box.is_ghost for box in page.grid.columns[1].boxes))
        desk.press_toast()
        desk.until(lambda: now_at(reception, row) == (sara["_id"], "09:00"))

    def test_while_it_is_dragged_its_old_place_stays_and_the_new_one_says_what_is_known(
        self, calendar, reception, mona, sara, day
    ):
        row = book(reception, mona, sara, day, "09:00")
        book(reception, patient_of(reception, "Nadia Saleh"), sara, day, "10:00")
        _, page = calendar(reception, day)
        drag(page, row, start_at(page, 0, "10:40"), drop=False)
        assert page.grid.carried.word == "Free"
        drag(page, row, start_at(page, 0, "10:00"), drop=False)
        assert page.grid.carried.word == "Taken"
        QTest.keyClick(page.grid, Qt.Key.Key_Escape)
        QTest.mouseRelease(page.grid.viewport(), LEFT, NONE, QPoint(5, 5))
        assert page.grid.carried is None
        assert now_at(reception, row) == (sara["_id"], "09:00")

    def test_a_refusal_names_the_rule_and_offers_the_nearest_free_in_card_and_grid(
        self, calendar, reception, mona, sara, karim, day
    ):
        for clock in ("09:00", "09:20"):
            book(reception, mona, karim, day, clock)
        row = book(reception, mona, sara, day, "11:20")
        desk, page = calendar(reception, day)
        drag(page, row, start_at(page, 1, "11:40"))
        desk.until(lambda: page.cards.open_one is not None)
        assert said(page, "refusedTitle") == "The doctor's daily limit is reached."
        assert f"The booking stays at 11:20 with {sara['name']}." in said(page, "refusedText")
        offers = page.cards.open_one.findChildren(QAbstractButton, "offer")
        assert len(offers) == len(page.grid.offered) == 3
        assert page.grid.carried.refused
        assert now_at(reception, row) == (sara["_id"], "11:20")
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
        assert (page.cards.open_one, page.grid.carried, list(page.grid.offered)) == (None, None, [])
        assert page.grid.hasFocus()

    def test_an_offered_time_is_taken_with_one_press(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        book(reception, patient_of(reception, "Nadia Saleh"), sara, day, "10:00")
        desk, page = calendar(reception, day)
        drag(page, row, start_at(page, 0, "10:00"))
        desk.until(lambda: page.cards.open_one is not None)
        offer = page.cards.open_one.findChildren(QAbstractButton, "offer")[0]
        time = offer.text().rpartition(" ")[2]
        offer.click()
        desk.until(lambda: now_at(reception, row) == (sara["_id"], time))

    def test_an_offered_time_is_taken_with_a_click_in_the_grid_too(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        book(reception, patient_of(reception, "Nadia Saleh"), sara, day, "10:00")
        desk, page = calendar(reception, day)
        drag(page, row, start_at(page, 0, "10:00"))
        desk.until(lambda: page.cards.open_one is not None)
        key, start, minutes = page.grid.offered[-1]
        QTest.mouseClick(page.grid.viewport(), LEFT, NONE, page.grid.places().time(key, start, minutes).center())
        desk.until(lambda: now_at(reception, row)[1] == f"{reception.locale.local(start):%H:%M}")
        desk.until(lambda: page.cards.open_one is None)
        assert list(page.grid.offered) == []

    def test_whoever_may_moves_it_all_the_same_with_a_reason(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        book(reception, patient_of(reception, "Nadia Saleh"), sara, day, "10:00")
        desk, page = calendar(reception, day)
        drag(page, row, start_at(page, 0, "10:00"))
        desk.until(lambda: page.cards.open_one is not None)
        assert not card_button(page, "overrideMove").isEnabled()
        QTest.keyClicks(page.cards.open_one.findChild(QLineEdit, "overrideReason"), "High fever")
        card_button(page, "overrideMove").click()
        desk.until(lambda: now_at(reception, row) == (sara["_id"], "10:00"))
        assert APPOINTMENTS.get(reception, row["_id"])["override"]["reason"] == "High fever"
        desk.until(lambda: [box.end - box.start for _, box in boxes(page) if not box.is_ghost] == [0.5, 0.5])
        page.grid.card_asked.emit(box_of(page, row)[1])
        words = [label.text() for label in page.cards.open_one.findChildren(QLabel)]
        assert "This time is taken already. High fever" in words

    def test_whom_no_time_suits_is_put_on_the_waiting_list_for_that_doctor_and_the_booking_stays(
        self, calendar, reception, sara, karim, day
    ):
        waits = patient_of(reception, f"Who Waits {day}")
        row = book(reception, waits, sara, day, "09:00")
        for clock in ("10:00", "10:20"):
            book(reception, patient_of(reception, "Nadia Saleh"), karim, day, clock)
        desk, page = calendar(reception, day)
        drag(page, row, start_at(page, 1, "11:00"))
        desk.until(lambda: page.cards.open_one is not None)
        card_button(page, "putOnWaitingList").click()
        desk.until(lambda: desk.told() == [f"{waits['name']} is on the waiting list"])
        (entry,) = [one for one in WAITING_LIST.open_entries(reception) if one["patient"] == waits["_id"]]
        assert (entry["practitioner"], entry["earliest"]) == (karim["_id"], day.isoformat())
        assert now_at(reception, row) == (sara["_id"], "09:00")

    def test_who_may_not_move_carries_nothing(self, clinic, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        desk, page = calendar(clinic.session(Role.NURSE), day)
        assert [one.words for one in page.grid.columns[0].starts][:2] == ["", "Free"]
        press(page, Qt.Key.Key_End)
        press(page, Qt.Key.Key_Return)
        assert desk.went == []
        drag(page, row, start_at(page, 0, "10:00"))
        assert page.grid.carried is None
        assert now_at(reception, row) == (sara["_id"], "09:00")

    def test_who_is_here_already_keeps_their_time(self, calendar, reception, mona, sara, day, morning):
        row = book(reception, mona, sara, day, "09:00")
        APPOINTMENTS.set_status(reception, row, CHECKED_IN, operation())
        _, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        press(page, Qt.Key.Key_M)
        assert page.grid.carried is None


class TestNews:
    def test_what_others_book_appears_and_the_cursor_and_the_scroll_stay(self, clinic, calendar, reception, mona, day):
        every_day = [{"weekday": day, "starts": "08:00", "ends": "20:00", "purpose": "patients"} for day, _ in WEEKDAYS]
        busy = doctor_of(clinic, f"Dr Long Day {day}", hours=every_day)
        book(reception, mona, busy, day, "11:00")
        desk, page = calendar(reception, day)
        page.side.doctors.chosen.emit({busy["_id"]})
        desk.settle()
        press(page, Qt.Key.Key_End)
        before = page.grid.cursor_at, page.grid.verticalScrollBar().value()
        assert before[1] > 0
        book(reception, patient_of(reception, "Nadia Saleh"), busy, day, "10:00")
        desk.news()
        desk.until(lambda: len(page.grid.columns[0].boxes) == 2)
        assert (page.grid.cursor_at, page.grid.verticalScrollBar().value()) == before

    def test_what_is_being_moved_stays_in_hand_when_others_book(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        desk, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        press(page, Qt.Key.Key_M)
        press(page, Qt.Key.Key_Down, 3)
        book(reception, patient_of(reception, "Nadia Saleh"), sara, day, "10:20")
        desk.news()
        desk.until(lambda: len(page.grid.columns[0].boxes) == 2)
        assert page.grid.carried.row["_id"] == row["_id"]
        press(page, Qt.Key.Key_Return)
        desk.until(lambda: now_at(reception, row) == (sara["_id"], "10:00"))

    def test_what_somebody_else_changed_meanwhile_is_let_go_of(self, calendar, reception, mona, sara, day):
        row = book(reception, mona, sara, day, "09:00")
        desk, page = calendar(reception, day)
        press(page, Qt.Key.Key_Home)
        press(page, Qt.Key.Key_M)
        press(page, Qt.Key.Key_Down)
        APPOINTMENTS.set_status(reception, row, CANCELLED, operation())
        desk.news()
        desk.until(lambda: page.grid.columns[0].boxes[0].row["status"] == CANCELLED)
        assert page.grid.carried is None

    def test_a_day_that_is_closed_meanwhile_says_why(self, clinic, calendar, reception, sara, day):
        desk, page = calendar(reception, day)
        closed = {"day": day.isoformat(), "kind": "closed", "reason": "Water in the cellar"}
        CLINIC_DAYS.create(clinic.administrator, closed, operation())
        desk.news("clinic_days")
        desk.until(lambda: [one.reason for one in page.grid.columns[0].closed] == ["Water in the cellar"])
        assert page.side.picker.days.closed[day] == "Water in the cellar"


class TestWeeksAndMonths:
    def test_a_week_is_one_doctor_s_and_another_is_chosen_at_the_side(
        self, calendar, reception, mona, sara, karim, day
    ):
        book(reception, mona, karim, day, "09:20")
        desk, page = calendar(reception, day)
        page.head.views.choose("week")
        desk.settle()
        first = week_of(day, reception.locale)
        assert [column.day for column in page.grid.columns] == [first + timedelta(days=n) for n in range(7)]
        assert {column.doctor["_id"] for column in page.grid.columns} == {sara["_id"]}
        page.side.doctors.findChild(QAbstractButton, f"doctor-{karim['_id']}").click()
        desk.until(lambda: {column.doctor["_id"] for column in page.grid.columns} == {karim["_id"]})
        assert [column.day for column in page.grid.columns if column.boxes] == [day]

    def test_in_egypt_a_week_begins_on_saturday(self, reception, day):
        assert week_of(day, reception.locale).weekday() == 5

    def test_the_name_of_a_day_of_the_week_leads_to_that_day(self, calendar, reception, day):
        desk, page = calendar(reception, day)
        page.head.views.choose("week")
        desk.settle()
        page.grid.head_chosen.emit(2)
        desk.settle()
        assert (page.view, page.day) == ("day", week_of(day, reception.locale) + timedelta(days=2))

    def test_a_month_counts_each_day_and_a_click_leads_to_it(self, calendar, reception, mona, sara, karim, day):
        for doctor, clock in ((sara, "09:20"), (karim, "09:40")):
            book(reception, mona, doctor, day, clock)
        desk, page = calendar(reception, day)
        page.head.views.choose("month")
        desk.settle()
        (found,) = [one for one in page.month.days if one.day == day]
        assert (found.booked, found.limit, found.closed) == (2, 22, "")
        number = page.month.days.index(found)
        QTest.mouseClick(page.month, LEFT, NONE, page.month._rect(number).center())
        desk.settle()
        assert (page.view, page.day, len(page.grid.columns)) == ("day", day, 2)

    def test_a_closed_day_of_a_month_says_why(self, clinic, calendar, reception, day):
        closed = {"day": day.isoformat(), "kind": "closed", "reason": "Eid"}
        CLINIC_DAYS.create(clinic.administrator, closed, operation())
        desk, page = calendar(reception, day)
        page.head.views.choose("month")
        desk.settle()
        assert next(one for one in page.month.days if one.day == day).closed == "Eid"
        assert page.month.accessibleDescription().endswith("Eid")

    def test_in_a_month_the_arrows_go_from_day_to_day_also_into_the_next_one(self, calendar, reception, day):
        desk, page = calendar(reception, day)
        page.head.views.choose("month")
        desk.settle()
        page.month.setFocus()
        for _ in range(5):
            QTest.keyClick(page.month, Qt.Key.Key_Down)
            desk.settle()
        assert page.day == day + timedelta(days=35)
        assert page.day in {one.day for one in page.month.days}
        QTest.keyClick(page.month, Qt.Key.Key_Return)
        desk.settle()
        assert (page.view, page.grid.columns[0].day) == ("day", day + timedelta(days=35))

    def test_the_small_month_leads_to_a_day_and_turns(self, calendar, reception, day):
        desk, page = calendar(reception, day)
        page.side.picker.chosen.emit(day + timedelta(days=1))
        desk.settle()
        assert page.grid.columns[0].day == day + timedelta(days=1)
        month = page.side.picker.days.month
        page.side.picker._after.click()
        desk.settle()
        assert page.side.picker.days.month == month_on(month.replace(day=1), 1)
        assert page.day == day + timedelta(days=1)


def test_whoever_turns_to_another_day_before_the_first_answer_sees_that_day(qtbot, reception, day):
    desk = Desk(qtbot, reception)
    page = make_page(desk.context, "")
    page.show_day(day)
    desk.show(page)
    assert page.grid.columns[0].day == day


def test_what_was_looked_at_the_last_time_is_looked_at_again(qtbot, tmp_path, reception, sara, karim, day):
    desk = Desk(qtbot, reception)
    desk.context.choices = Choices(tmp_path, reception)
    page = desk.show(make_page(desk.context, ""))
    page.side.doctors.chosen.emit({karim["_id"]})
    page.head.views.choose("month")
    desk.settle()
    later = Desk(qtbot, reception)
    later.context.choices = Choices(tmp_path, reception)
    again = later.show(make_page(later.context, ""))
    later.settle()
    assert (again.view, again.chosen) == ("month", {karim["_id"]})
    assert again.head.views.current() == "month"


class TestWithoutAnything:
    def test_a_server_that_is_lost_is_said_and_asked_again(self, calendar, reception, day, monkeypatch):
        desk, page = calendar(reception, day)

        def lost(*_):
            raise Unreachable("The server does not answer.")

        with monkeypatch.context() as patch:
            patch.setattr(APPOINTMENTS, "between", lost)
            page.refresh()
            desk.settle()
            assert page.state.isVisible()
            assert page.state.findChild(QLabel, "stateNextTry").text().startswith("Next try by itself")
        page.state.findChild(QAbstractButton, "stateRetry").click()
        desk.until(page.grid.isVisible)

    def test_doctors_without_hours_are_told_apart_from_a_closed_day(self, clinic, qtbot, reception, day):
        new = STAFF.create(clinic.administrator, {"name": f"Dr New {day}", "profession": "doctor"}, operation())
        for session, offered in ((reception, 0), (clinic.administrator, 1)):
            desk = Desk(qtbot, session)
            page = desk.show(make_page(desk.context, day.isoformat()))
            page.side.doctors.chosen.emit({new["_id"]})
            desk.settle()
            assert page.state.findChild(QLabel, "stateTitle").text() == "No hours entered yet"
            buttons = [one for one in page.state.findChildren(QAbstractButton, "stateAction") if one.isVisible()]
            assert len(buttons) == offered
        buttons[0].click()
        assert desk.went == [("schedules", "new")]


def test_at_midnight_today_becomes_the_new_day_and_another_day_stays(calendar, reception, day):
    for begins, ends in ((reception.locale.today(), 1), (day, 0)):
        desk, page = calendar(reception, begins)
        with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
            page._minute.timeout.emit()
            desk.settle()
            assert page.day == begins + timedelta(days=ends)
            assert page.side.picker.days.today == reception.locale.today()


def test_a_new_booking_is_gone_to(calendar, reception, mona, sara, karim, day):
    desk, page = calendar(reception, day)
    row = book(reception, mona, karim, day + timedelta(days=2), "10:00")
    page.show_booked(row)
    desk.until(lambda: page.grid.row() is not None and page.grid.row()["_id"] == row["_id"])
    assert page.day == day + timedelta(days=2)


def test_every_booking_is_in_the_picture_of_its_column(calendar, reception, mona, sara, day):
    """What is painted and what is hit by the mouse are the same place."""
    row = book(reception, mona, sara, day, "10:00")
    _, page = calendar(reception, day)
    number, box = box_of(page, row)
    rect = page.grid.places().spot(number, box)
    hit = page.grid._mouse.spot_at(rect.center())
    assert hit is not None
    assert isinstance(hit[1], Box)
    image = page.grid.viewport().grab().toImage()
    ratio = image.devicePixelRatio()
    edge = image.pixelColor(round((rect.left() + 1) * ratio), round(rect.center().y() * ratio))
    assert edge.name().upper() == "#1C5AA6"


@pytest.mark.parametrize(("status", "ground"), [(NO_SHOW, "danger_soft"), (CANCELLED, "surface_raised")])
def test_a_missed_booking_is_told_in_colour_and_a_cancelled_one_is_hollow(qtbot, status, ground):
    row = {"status": status, "start": MOMENT, "purpose": "patients", "minutes": 20, "patient:title": "M"}
    picture = QPixmap(240, 30)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    Painting(painter, EGYPT, False).card(QRect(0, 0, 240, 30), row)
    painter.end()
    assert picture.toImage().pixelColor(120, 26) == theme.color(ground)
