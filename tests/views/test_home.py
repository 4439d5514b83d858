"""The flow board and the homes around it, on the real server: lanes, times, steps by key and mouse, and live news."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu

from hmsdesk.controllers import flow
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.news import listen
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.overview import DESK, DOCTORS, SERVICES_OFFERED, overview
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS, GiveBack
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.sign_ins import MANY_FAILURES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.trail import verify_as_reader
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.errors import Unreachable
from hmsdesk.models.appointments import (
    APPROVED,
    CHECKED_IN,
    COMPLETED,
    IN_CONSULTATION,
    NO_SHOW,
    PENDING,
    WITH_NURSE,
)
from hmsdesk.models.booking import wall
from hmsdesk.models.waiting_list import TAKEN_OFF
from hmsdesk.security.permissions import Role
from hmsdesk.views.home import make_page, painting
from hmsdesk.views.home.entries import NOW, Entry, EntryList, Patience
from hmsdesk.views.home.lanes import DONE, VITALS_DONE
from hmsdesk.views.home.painting import CardDelegate
from hmsdesk.views.kit import theme
from tests.billing import Billing
from tests.conftest import PASSWORD
from tests.factories import operation
from tests.views.desk import Desk, doctor_of, patient_of
from tests.views.flowing import AT_DOCTOR, AT_NURSE, HERE, SEEN, Day
from tests.views.windows import double_click, ink

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module")
def the_day(clinic, reception):
    return Day(clinic, reception)


@pytest.fixture(scope="module")
def billing(clinic):
    return Billing(clinic)


@pytest.fixture
def day(the_day, reception):
    """At noon, as before and after midnight nobody is late and nothing lies behind."""
    the_day.clear()
    with time_machine.travel(wall(reception.locale.today(), "12:00", reception.locale), tick=True):
        yield the_day


@pytest.fixture(scope="module")
def doctors_session(clinic, the_day):
    """The session of the doctor whose patients come."""
    doctor = the_day.doctor
    values = {"name": doctor["name"], "email": "sara.home@nileclinic.example", "person": doctor["_id"]}
    with clinic.owning() as owner:
        owner.create_active(values, [Role.DOCTOR], PASSWORD)
    session = clinic.door.sign_in("sara.home@nileclinic.example", PASSWORD)
    yield session
    session.close()


@pytest.fixture(scope="module", autouse=True)
def connections(clinic, doctors_session):
    """Connections have threads, which are begun before each test counts them."""
    for role in (Role.RECEPTIONIST, Role.NURSE, Role.DOCTOR):
        clinic.session(role)


@pytest.fixture
def home(qtbot, clinic):
    def open_home(session):
        desk = Desk(qtbot, session, clinic.door)
        return desk, desk.show(make_page(desk.context, ""))

    return open_home


def lane(page, key):
    return next(one for one in page.board.lanes if one.lane.key == key)


def names(page):
    """Who stands in which lane, the lanes that are empty left out."""
    return {
        one.lane.key: [card.title for card in one.cards.entries.rows]
        for one in page.board.lanes
        if one.cards.entries.rows
    }


def middle_of(cards, line=0):
    return cards.visualRect(cards.entries.index(line)).center()


def key(cards, pressed, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(cards, pressed, modifiers)


def drag(cards, line, target):
    """Carry a card with the mouse."""
    began, view = middle_of(cards, line), cards.viewport()
    ended = view.mapFromGlobal(target.mapToGlobal(target.rect().center()))
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(view, button, none, began)
    for part in range(1, 5):
        QTest.mouseMove(view, began + (ended - began) * part / 4)
    QTest.mouseRelease(view, button, none, ended)


def said(page):
    return page.findChild(QLabel, "flowSummary").text()


class TestTheBoard:
    def test_everybody_stands_where_they_are_the_longest_first(self, home, reception, day):
        late = day.come("Samir Fikry Wahba", *HERE)
        day.come("Amal Ali Sayed", *HERE)
        day.ago(late, 12)
        day.come("Salma Reda Anwar", *AT_NURSE)
        day.come("Ali Omar Hassan", *AT_DOCTOR)
        day.come("Nadia Farouk Saleh", *SEEN)
        day.come("Not Yet Here")
        _, page = home(reception)
        shown = names(page)
        assert shown.pop("pay", None) in (None, ["Nadia Farouk Saleh"])
        assert shown["waiting"] == ["Samir Fikry Wahba", "Amal Ali Sayed"]
        assert (shown["vitals"], shown["doctor"]) == (["Salma Reda Anwar"], ["Ali Omar Hassan"])
        assert lane(page, "waiting").title.accessibleName() == "Waiting, 2"

    def test_of_two_with_one_name_the_number_tells_which(self, home, reception, day):
        day.come("Youssef Karim Adly", *HERE)
        day.come("Youssef Karim Adly", *AT_NURSE)
        day.come("Amal Ali Sayed", *HERE)
        _, page = home(reception)
        details = {
            card.row["patient:identifier"]: card.detail
            for key in ("waiting", "vitals")
            for card in lane(page, key).cards.entries.rows
            if card.title == "Youssef Karim Adly"
        }
        assert len(details) == 2
        assert all(detail.startswith(f"\u2066{identifier}\u2069") for identifier, detail in details.items())
        alone = next(card for card in lane(page, "waiting").cards.entries.rows if card.title == "Amal Ali Sayed")
        assert alone.row["patient:identifier"] not in alone.detail

    def test_it_says_how_many_are_here_and_the_longest_wait(self, home, reception, day):
        day.ago(day.come("Samir Fikry Wahba", *HERE), 47)
        day.come("Ali Omar Hassan", *AT_DOCTOR)
        _, page = home(reception)
        assert said(page) == "2 in the clinic · longest wait 47 min"

    def test_waiting_turns_long_and_too_long_as_time_goes_by(self, home, reception, day):
        day.come("Samir Fikry Wahba", *HERE)
        _, page = home(reception)
        cards, asked = lane(page, "waiting").cards, page.flow
        tones = []
        for minutes in (19, 21, 39, 41):
            with time_machine.travel(reception.now() + timedelta(minutes=minutes), tick=True):
                page._on_minute()
                tones.append(page.patience.chip(cards.entries.rows[0]).tone)
                danger = ink(cards.viewport().grab().toImage(), theme.tokens().danger)
                assert bool(danger) == (minutes > 40)
        assert tones == ["neutral", "warning", "warning", "danger"]
        # Minutes are painted, not asked for.
        assert page.flow is asked

    def test_who_came_without_a_booking_is_told_as_such(self, home, reception, day):
        day.change(day.come("Samir Fikry Wahba", *HERE), walk_in=True)
        _, page = home(reception)
        assert lane(page, "waiting").cards.entries.rows[0].detail == f"Walk-in · {day.doctor['name']}"

    def test_a_card_tells_reception_nothing_of_health(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        day.change(row, reason="Chest pain")
        _, page = home(reception)
        index = lane(page, "waiting").cards.entries.index(0)
        said_of_it = " ".join(
            str(index.data(role))
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
        )
        assert "Samir Fikry Wahba" in said_of_it
        assert "Chest" not in said_of_it

    def test_hostile_names_are_words(self, home, reception, day):
        day.come("<b>Bold</b> <img src=x>", *HERE)
        _, page = home(reception)
        index = lane(page, "waiting").cards.entries.index(0)
        assert "<b>" not in index.data(Qt.ItemDataRole.ToolTipRole)

    def test_what_one_must_know_of_a_patient_is_told_with_the_card(self, home, clinic, reception, day):
        row = day.come("Is Deaf", *HERE)
        day.change(row, reason="Blood pressure control")
        patient = PATIENTS.get(reception, row["patient"])
        PATIENTS.change(reception, patient["_id"], patient["version"], {"alerts": "hard of hearing"}, operation())
        _, page = home(clinic.session(Role.NURSE))
        cards = lane(page, "needs-vitals").cards
        tip = cards.entries.index(0).data(Qt.ItemDataRole.ToolTipRole)
        assert all(part in tip for part in (patient["identifier"], "hard of hearing"))
        assert page.next.detail.text().endswith("Blood pressure control")
        assert page.next._alerts.text == "hard of hearing"

    def test_one_doctor_or_department_can_be_chosen(self, home, clinic, reception, day):
        other = doctor_of(clinic, "Dr Karim Nabil")
        day.come("Mine One", *HERE)
        day.come("Theirs One", *HERE, doctor=other)
        _, page = home(reception)
        page.filters.doctor_chip.click()
        menu = page.findChild(QMenu)
        next(one for one in menu.actions() if one.text() == "Dr Karim Nabil").trigger()
        menu.close()
        assert names(page)["waiting"] == ["Theirs One"]
        assert said(page).startswith("1 in the clinic")
        page.filters.doctor_chip.cleared.emit()
        assert len(names(page)["waiting"]) == 2

    def test_a_department_shows_its_doctors_patients(self, home, clinic, reception, day):
        other = doctor_of(clinic, "Dr Layla Hassan")
        heart = DEPARTMENTS.create(clinic.administrator, {"name": "Heart", "code": "HEART"}, operation())
        STAFF.change(clinic.administrator, other["_id"], other["version"], {"department": heart["_id"]}, operation())
        day.come("Mine One", *HERE)
        day.come("Hers One", *HERE, doctor=other)
        _, page = home(reception)
        page.filters.choose_department(heart["_id"])
        assert names(page)["waiting"] == ["Hers One"]


def owing(billing, day, name="Aisha Mahmoud Taha", amount="203.50"):
    """Somebody was seen, and has a bill to pay."""
    row = day.come(name, *SEEN)
    return row, billing.issued(amount, patient={"_id": row["patient"]})


class TestPaying:
    def test_who_has_to_pay_stands_apart_with_the_sum(self, home, reception, billing, day):
        owing(billing, day)
        _, page = home(reception)
        (card,) = lane(page, "pay").cards.entries.rows
        assert (card.title, card.detail) == ("Aisha Mahmoud Taha", f"EGP 203.50 · {day.doctor['name']}")

    def test_enter_leads_to_the_cash_desk_with_the_patient(self, home, reception, billing, day):
        row, _ = owing(billing, day)
        desk, page = home(reception)
        key(lane(page, "pay").cards, Qt.Key.Key_Return)
        assert desk.went == [("cash_desk", str(row["patient"]))]
        assert day.status(row) == COMPLETED

    def test_once_it_is_paid_they_are_done(self, home, reception, billing, day):
        _, invoice = owing(billing, day)
        desk, page = home(reception)
        billing.paid(invoice, "203.50")
        desk.news("payments")
        desk.until(lambda: "done" in names(page))
        assert lane(page, "done").cards.entries.rows[0].detail.startswith("Paid · left ")

    def test_who_left_last_stands_first_among_those_who_are_done(self, home, reception, billing, day):
        _, invoice = owing(billing, day)
        billing.paid(owing(billing, day, "Samir Fikry Wahba")[1], "203.50")
        billing.paid(invoice, "203.50")
        _, page = home(reception)
        assert names(page) == {"done": ["Aisha Mahmoud Taha", "Samir Fikry Wahba"]}

    def test_a_new_name_is_read_on_a_board_that_is_open(self, home, reception, day):
        row = day.come("Newborn of Hoda Sabry", *HERE)
        desk, page = home(reception)
        patient = PATIENTS.get(reception, row["patient"])
        PATIENTS.change(reception, patient["_id"], patient["version"], {"name": "Malak Karim Sabry"}, operation())
        desk.news("patients")
        desk.until(lambda: names(page) == {"waiting": ["Malak Karim Sabry"]})

    @pytest.mark.parametrize("role", [Role.NURSE, Role.DOCTOR])
    def test_who_takes_no_payments_sees_only_that_they_are_done(self, home, clinic, billing, day, role):
        owing(billing, day)
        _, page = home(clinic.session(role))
        assert names(page) == {"done": ["Aisha Mahmoud Taha"]}
        assert lane(page, "done").cards.entries.rows[0].detail.startswith("Visit ended ")

    def test_everybody_counts_the_same_in_the_clinic_and_reception_who_has_to_pay_besides(
        self, home, clinic, reception, billing, day
    ):
        day.come("Samir Fikry Wahba", *HERE)
        day.come("Ali Omar Hassan", *AT_DOCTOR)
        owing(billing, day)
        _, desks = home(reception)
        _, nurses = home(clinic.session(Role.NURSE))
        assert said(desks) == "2 in the clinic · 1 to pay · longest wait 0 min"
        assert said(nurses) == "2 in the clinic · longest wait 0 min"


class TestKeys:
    def test_the_first_card_is_chosen_and_enter_takes_its_next_step(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        cards = lane(page, "waiting").cards
        assert cards.hasFocus()
        assert cards.current().step == "Vitals"
        key(cards, Qt.Key.Key_Return)
        desk.until(lambda: names(page) == {"vitals": ["Samir Fikry Wahba"]})
        assert day.status(row) == WITH_NURSE
        assert desk.told() == ["Samir Fikry Wahba is with the nurse"]
        # The keyboard has followed.
        assert lane(page, "vitals").cards.hasFocus()
        assert lane(page, "vitals").cards.current().key == row["_id"]

    def test_enter_pressed_a_few_times_in_a_row_takes_one_step(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        key(lane(page, "waiting").cards, Qt.Key.Key_Return)
        desk.until(lambda: names(page) == {"vitals": ["Samir Fikry Wahba"]})
        for _ in range(3):
            key(lane(page, "vitals").cards, Qt.Key.Key_Return)
            desk.settle()
        assert day.status(row) == WITH_NURSE
        # After another key it is meant, or after a moment.
        key(lane(page, "vitals").cards, Qt.Key.Key_Home)
        key(lane(page, "vitals").cards, Qt.Key.Key_Return)
        desk.until(lambda: names(page) == {"doctor": ["Samir Fikry Wahba"]})

    def test_the_next_patient_s_step_is_taken_at_once(self, home, reception, day):
        day.ago(day.come("First Here", *HERE), 5)
        day.come("Second Here", *HERE)
        desk, page = home(reception)
        waiting = lane(page, "waiting").cards
        key(waiting, Qt.Key.Key_Return)
        desk.until(lambda: names(page) == {"waiting": ["Second Here"], "vitals": ["First Here"]})
        waiting.choose(0)
        waiting.setFocus()
        key(waiting, Qt.Key.Key_Return)
        desk.until(lambda: names(page) == {"vitals": ["First Here", "Second Here"]})

    def test_the_end_of_a_consultation_is_only_in_the_menu(self, home, reception, day):
        row = day.come("At Doctor", *AT_DOCTOR)
        desk, page = home(reception)
        cards = lane(page, "doctor").cards
        assert cards.current().step == ""
        key(cards, Qt.Key.Key_Return)
        desk.settle()
        assert day.status(row) == IN_CONSULTATION
        cards.menu_asked.emit(cards.current(), QPoint(5, 5))
        menu = page.findChild(QMenu)
        next(action for action in menu.actions() if action.text() == "Complete").trigger()
        menu.close()
        desk.until(lambda: names(page) == {"done": ["At Doctor"]})

    def test_a_step_can_be_undone(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        key(lane(page, "waiting").cards, Qt.Key.Key_Return)
        desk.until(lambda: "vitals" in names(page))
        desk.press_toast()
        desk.until(lambda: "waiting" in names(page))
        assert day.status(row) == CHECKED_IN

    def test_arrows_go_down_and_across_and_one_card_is_chosen(self, home, reception, day):
        day.ago(day.come("First Here", *HERE), 5)
        day.come("Second Here", *HERE)
        day.come("At Doctor", *AT_DOCTOR)
        _, page = home(reception)
        waiting, doctor = lane(page, "waiting").cards, lane(page, "doctor").cards
        key(waiting, Qt.Key.Key_Down)
        assert waiting.current().title == "Second Here"
        key(waiting, Qt.Key.Key_Right)
        assert doctor.hasFocus()
        assert (doctor.current().title, waiting.current()) == ("At Doctor", None)
        key(doctor, Qt.Key.Key_Left)
        assert waiting.hasFocus()

    def test_in_an_arabic_window_left_is_onwards(self, home, reception, day):
        day.come("First Here", *HERE)
        day.come("At Doctor", *AT_DOCTOR)
        desk, page = home(reception)
        desk.window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        key(lane(page, "waiting").cards, Qt.Key.Key_Left)
        assert lane(page, "doctor").cards.hasFocus()

    def test_tab_leaves_the_board_for_the_next_panel(self, home, reception, day):
        day.come("First Here", *HERE)
        day.come("At Doctor", *AT_DOCTOR)
        _, page = home(reception)
        key(lane(page, "waiting").cards, Qt.Key.Key_Tab)
        assert not page.board.isAncestorOf(QApplication.focusWidget())

    def test_the_menu_offers_every_step_and_the_chart(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        cards = lane(page, "waiting").cards
        cards.menu_asked.emit(cards.current(), QPoint(5, 5))
        menu = page.findChild(QMenu)
        words = [action.text().partition("\t")[0] for action in menu.actions()]
        assert words == ["Start consultation", "Vitals", "Undo check-in", "Cancel booking", "Open chart"]
        menu.actions()[-1].trigger()
        menu.close()
        assert desk.went == [("patients", str(row["patient"]))]

    def test_the_chart_is_a_key_away(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        key(lane(page, "waiting").cards, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
        assert desk.went == [("patients", str(row["patient"]))]

    def test_booking_and_registering_are_at_hand(self, home, reception, day):
        desk, page = home(reception)
        key(page, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
        page.findChild(QAbstractButton, "homeRegister").click()
        today = reception.locale.today().isoformat()
        assert desk.went == [("appointments", f"book//{today}/"), ("patients", "new")]

    def test_the_table_is_a_click_away_and_the_board_stays_chosen(self, home, reception, day):
        desk, page = home(reception)
        page.filters.switch.choose("appointments")
        assert desk.went == [("appointments", "")]
        assert page.filters.switch.current() == "home"


class TestTheMouse:
    def test_a_card_is_dragged_to_the_next_lane(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        drag(lane(page, "waiting").cards, 0, lane(page, "vitals"))
        desk.until(lambda: "vitals" in names(page))
        assert day.status(row) == WITH_NURSE

    def test_a_lane_may_be_passed_over(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        drag(lane(page, "waiting").cards, 0, lane(page, "doctor"))
        desk.until(lambda: "doctor" in names(page))
        assert day.status(row) == IN_CONSULTATION

    def test_what_can_t_be_says_why_and_the_card_stays(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        drag(lane(page, "waiting").cards, 0, lane(page, "done"))
        desk.settle()
        assert desk.told() == ["Samir Fikry Wahba stays where they are"]
        assert "Start the consultation first." in desk.toasts.shown()[0].findChild(QLabel, "toastText").text()
        assert (day.status(row), names(page)) == (CHECKED_IN, {"waiting": ["Samir Fikry Wahba"]})

    def test_nobody_is_done_who_has_not_paid(self, home, reception, billing, day):
        owing(billing, day)
        desk, page = home(reception)
        drag(lane(page, "pay").cards, 0, lane(page, "done"))
        assert "still to be paid" in desk.toasts.shown()[0].findChild(QLabel, "toastText").text()

    def test_who_arrives_is_dragged_from_the_bookings(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", minutes=5)
        desk, page = home(reception)
        drag(page.bookings.list, page.bookings.list.entries.line_of(row["_id"]), lane(page, "waiting"))
        desk.until(lambda: "waiting" in names(page))

    def test_esc_lets_go(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        cards = lane(page, "waiting").cards
        view, none = cards.viewport(), Qt.KeyboardModifier.NoModifier
        QTest.mousePress(view, Qt.MouseButton.LeftButton, none, middle_of(cards))
        over = view.mapFromGlobal(lane(page, "vitals").mapToGlobal(QPoint(50, 50)))
        for part in (2, 1):
            QTest.mouseMove(view, over / part)
        assert lane(page, "vitals")._target == "accent"
        key(cards, Qt.Key.Key_Escape)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, none, over)
        desk.settle()
        assert (day.status(row), lane(page, "vitals")._target) == (CHECKED_IN, "")

    def test_a_click_on_the_word_of_the_chosen_card_takes_its_step(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        cards = lane(page, "waiting").cards
        at = cards.step_box(cards.entries.index(0)).center()
        QTest.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        desk.until(lambda: "vitals" in names(page))
        assert day.status(row) == WITH_NURSE

    def test_a_click_into_a_scrolled_lane_chooses_what_is_under_it(self, home, reception, day):
        day.come("Elsewhere", *AT_NURSE)
        for number in range(14):
            day.ago(day.come(f"Waits {number:02}", *HERE), 20 - number)
        _, page = home(reception)
        lane(page, "vitals").cards.setFocus()
        cards = lane(page, "waiting").cards
        bar = cards.verticalScrollBar()
        bar.setValue(bar.maximum())
        at = middle_of(cards, 12)
        QTest.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        assert (cards.current().title, bar.value()) == ("Waits 12", bar.maximum())

    def test_the_keyboard_comes_into_a_scrolled_list_where_it_is(self, home, reception, day):
        for number in range(14):
            day.come(f"Comes {number:02}", minutes=number)
        _, page = home(reception)
        bookings = page.bookings.list
        bar = bookings.verticalScrollBar()
        bar.setValue(bar.maximum())
        bookings.setFocus()
        assert bar.value() == bar.maximum() > 0
        assert bookings.selectedIndexes() == [bookings.currentIndex()]
        assert bookings.viewport().rect().contains(bookings.visualRect(bookings.currentIndex()))

    def test_somebody_new_is_registered_with_a_key(self, home, reception, day):
        desk, page = home(reception)
        key(page, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        assert desk.went == [("patients", "new")]

    def test_a_double_click_on_the_word_opens_no_chart_besides(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        cards = lane(page, "waiting").cards
        double_click(cards.viewport(), cards.step_box(cards.entries.index(0)).center())
        desk.until(lambda: day.status(row) == WITH_NURSE)
        assert desk.went == []

    def test_a_click_only_chooses_another_card(self, home, reception, day):
        day.ago(day.come("First Here", *HERE), 5)
        row = day.come("Second Here", *HERE)
        desk, page = home(reception)
        cards = lane(page, "waiting").cards
        at = cards.step_box(cards.entries.index(1)).center()
        QTest.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        desk.settle()
        assert cards.current().title == "Second Here"
        assert day.status(row) == CHECKED_IN


class TestLive:
    def test_what_another_workstation_does_shows_by_itself_and_the_choice_stays(self, home, clinic, reception, day):
        day.ago(day.come("First Here", *HERE), 5)
        chosen = day.come("Second Here", *HERE)
        desk, page = home(reception)
        cards = lane(page, "waiting").cards
        key(cards, Qt.Key.Key_Down)
        watcher = listen(reception, desk.live.changed.emit, desk.live.gap.emit, lambda _: None)
        try:
            desk.settle()
            first = next(row for row in page.flow.rows if row["patient:title"] == "First Here")
            APPOINTMENTS.set_status(clinic.session(Role.NURSE), first, WITH_NURSE, operation())
            desk.until(lambda: names(page) == {"waiting": ["Second Here"], "vitals": ["First Here"]})
        finally:
            watcher.close()
        assert cards.current().key == chosen["_id"]
        assert cards.hasFocus()

    def test_somebody_else_was_faster(self, home, clinic, reception, day):
        row = day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)
        APPOINTMENTS.set_status(clinic.session(Role.NURSE), row, WITH_NURSE, operation())
        key(lane(page, "waiting").cards, Qt.Key.Key_Return)
        desk.until(lambda: "vitals" in names(page))
        assert desk.told() == ["Somebody else changed this booking meanwhile."]

    def test_a_lost_server_is_said_and_tried_again(self, home, reception, day, monkeypatch):
        day.come("Samir Fikry Wahba", *HERE)
        really = flow.APPOINTMENTS.day

        def lost(*_):
            raise Unreachable("The server doesn't answer.")

        monkeypatch.setattr(flow.APPOINTMENTS, "day", lost)
        desk, page = home(reception)
        assert page.state.isVisible()
        assert page.state.findChild(QLabel, "stateTitle").text() == "The day could not be loaded"
        monkeypatch.setattr(flow.APPOINTMENTS, "day", really)
        page.state.findChild(QAbstractButton, "stateRetry").click()
        desk.until(page.board.isVisible)
        assert names(page) == {"waiting": ["Samir Fikry Wahba"]}

    def test_what_is_known_stays_while_the_server_is_silent(self, home, reception, day, monkeypatch):
        day.come("Samir Fikry Wahba", *HERE)
        desk, page = home(reception)

        def lost(*_):
            raise Unreachable("The server doesn't answer.")

        monkeypatch.setattr(flow.APPOINTMENTS, "day", lost)
        page.refresh()
        desk.settle()
        assert page.board.isVisible()
        assert names(page) == {"waiting": ["Samir Fikry Wahba"]}


class TestBookings:
    def test_now_lies_between_past_and_future_and_what_is_over_is_counted(self, home, reception, day):
        day.come("Was Before", minutes=-10)
        day.come("Comes Later", minutes=10)
        day.come("Has Left", *SEEN)
        day.step(day.come("Never Came", minutes=-30), NO_SHOW)
        _, page = home(reception)
        rows = page.bookings.list.entries.rows
        assert [row.title for row in rows] == ["Was Before", "", "Comes Later"]
        assert rows[1].key == NOW
        assert page.findChild(QLabel, "bookingsEarlier").text() == "Earlier: 1 completed, 1 no-show"

    def test_enter_checks_in(self, home, reception, day):
        row = day.come("Samir Fikry Wahba", minutes=5)
        desk, page = home(reception)
        page.bookings.list.setFocus()
        page.bookings.list.choose(page.bookings.list.entries.line_of(row["_id"]))
        key(page.bookings.list, Qt.Key.Key_Return)
        desk.until(lambda: "waiting" in names(page))

    def test_an_empty_day_says_so(self, home, reception, day):
        _, page = home(reception)
        assert page.bookings.list.empty == "Nobody is booked today."
        assert names(page) == {}
        assert said(page) == ""


class TestToDo:
    def test_what_waits_for_approval_is_approved_with_one_press(self, home, reception, day):
        row = day.come("Huda Nabil Amer", before=PENDING, minutes=30)
        desk, page = home(reception)
        page.findChild(QAbstractButton, f"do-approve-{row['_id']}").click()
        desk.until(lambda: not page.todo.lines)
        assert day.status(row) == APPROVED

    def test_what_waits_for_approval_on_other_days_is_one_line_that_leads_to_the_first(self, home, reception, day):
        rows = [day.come(name, before=PENDING) for name in ("Huda Nabil Amer", "Dina Wael Sobhy")]
        starts = [reception.now() + timedelta(days=days) for days in (3, 5)]
        for row, start in zip(rows, starts, strict=True):
            day.change(row, start=start)
        desk, page = home(reception)
        (line,) = page.todo.lines
        assert line.errand.name == "Huda Nabil Amer and 1 other"
        assert line.errand.words.startswith("wait for approval; the first: ")
        line.button.click()
        assert desk.went == [("calendar", f"{reception.locale.local(starts[0]).date().isoformat()}/{rows[0]['_id']}")]
        day.change(rows[0], status=APPROVED)
        desk.news()
        desk.until(lambda: [one.errand.name for one in page.todo.lines] == ["Dina Wael Sobhy"])
        assert page.todo.lines[0].errand.words.startswith("waits for approval: ")

    def test_a_doctor_is_told_only_of_their_own_that_wait_for_approval(
        self, home, clinic, reception, doctors_session, day
    ):
        theirs = day.come("Theirs One", before=PENDING, doctor=doctor_of(clinic, "Dr Karim Third"))
        mine = day.come("Mine One", before=PENDING)
        for row in (theirs, mine):
            day.change(row, start=reception.now() + timedelta(days=3))
        _, page = home(doctors_session)
        assert [line.errand.name for line in page.todo.lines] == ["Mine One"]

    def test_who_is_late_can_be_marked_as_not_coming(self, home, reception, day):
        row = day.come("Huda Nabil Amer", minutes=-25)
        day.come("Nearly Late", minutes=-5)
        desk, page = home(reception)
        (line,) = page.todo.lines
        assert line.errand.name == "Huda Nabil Amer"
        line.button.click()
        desk.until(lambda: not page.todo.lines)
        assert day.status(row) == NO_SHOW

    def test_a_line_acts_on_the_booking_as_it_is_now(self, home, reception, day):
        row = day.come("Huda Nabil Amer", before=PENDING, minutes=30)
        desk, page = home(reception)
        # Somebody approves and takes it back: the same line, another version.
        day.step(day.step(row, APPROVED), PENDING)
        desk.news()
        desk.until(lambda: page.flow.rows[0]["version"] == 3)
        page.todo.lines[0].button.click()
        desk.until(lambda: not page.todo.lines)
        assert desk.told() == ["Huda Nabil Amer is expected"]


class TestWaitingList:
    def test_who_could_come_soon_is_told_with_the_way_to_the_list(self, home, clinic, reception, day):
        waits = [patient_of(reception, name) for name in ("Huda Nabil Amer", "Dina Wael Sobhy")]
        entries = [WAITING_LIST.create(reception, {"patient": one["_id"]}, operation()) for one in waits]
        desk, page = home(reception)
        desk.until(lambda: bool(page.todo.lines))
        (line,) = page.todo.lines
        assert line.errand.name == "Huda Nabil Amer and 1 other"
        line.button.click()
        assert desk.went == [("waiting_list", str(entries[0]["_id"]))]
        for entry in entries:
            WAITING_LIST.set_status(reception, entry, TAKEN_OFF, operation())
        desk.news("waiting_list")
        desk.until(lambda: not page.todo.lines)

    def test_the_calendar_is_a_click_away(self, home, reception, day):
        desk, page = home(reception)
        page.findChild(QAbstractButton, "homeCalendar").click()
        assert desk.went == [("calendar", "")]


class TestDoctor:
    def test_begins_with_their_own_patients_and_the_next_one(self, home, clinic, doctors_session, day):
        other = doctor_of(clinic, "Dr Karim Other")
        day.come("Theirs One", *HERE, doctor=other)
        day.come("Mine One", *HERE)
        _, page = home(doctors_session)
        assert names(page) == {"waiting": ["Mine One"]}
        assert page.next.name.text() == "Mine One"

    def test_why_the_next_one_comes_is_said_as_far_as_there_is_room(self, home, doctors_session, day):
        day.change(
            day.come("Karima Salem", *HERE), reason="Severe chest pain since the morning, refuses to go to hospital"
        )
        _, page = home(doctors_session)
        assert page.next.detail.text().endswith("Severe chest pain since the morning, refuses to…")

    def test_who_writes_the_note_goes_on_with_the_visit_from_the_menu_too(self, home, doctors_session, day):
        day.come("Karima Salem", *AT_DOCTOR)
        _, page = home(doctors_session)
        cards = lane(page, "doctor").cards
        cards.menu_asked.emit(cards.current(), QPoint(5, 5))
        menu = page.findChild(QMenu)
        words = [action.text() for action in menu.actions()]
        assert "Go on with the visit" in words
        assert "Complete" not in words
        menu.close()

    def test_the_next_one_is_called_in_with_one_press(self, home, doctors_session, day):
        row = day.come("Mine One", *HERE)
        desk, page = home(doctors_session)
        key(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert desk.went == [("visit", f"begin/{row['_id']}")]

    def test_a_visit_that_is_not_closed_is_among_what_is_to_be_done(self, home, doctors_session, day):
        row = day.come("Mine One", *HERE)
        ENCOUNTERS.begin(doctors_session, row["_id"], operation())
        desk, page = home(doctors_session)
        # Who is with the doctor stands on the board.
        assert (page.todo.lines, names(page)) == ([], {"doctor": ["Mine One"]})
        assert lane(page, "doctor").cards.entries.rows[0].step == "Go on"
        # The reception lets the patient go, and the note is not finished.
        day.step(APPOINTMENTS.get(day.reception, row["_id"]), COMPLETED)
        desk.news()
        desk.until(lambda: bool(page.todo.lines))
        (line,) = page.todo.lines
        assert "visit open since" in line.errand.words
        line.button.click()
        assert desk.went == [("visit", str(row["_id"]))]

    def test_who_has_vitals_comes_before_who_has_not(self, home, doctors_session, day):
        day.ago(day.come("Waits Longer", *HERE), 20)
        day.change(day.come("Has Vitals", *HERE), vitals_at=day.reception.now())
        _, page = home(doctors_session)
        assert page.next.name.text() == "Has Vitals"
        assert [card.mark != "" for card in lane(page, "waiting").cards.entries.rows] == [False, True]

    def test_until_somebody_is_chosen_the_card_of_the_next_one_is(self, home, doctors_session, day):
        day.ago(day.come("Waits Longer", *HERE), 20)
        day.change(day.come("Has Vitals", *HERE), vitals_at=day.reception.now())
        _, page = home(doctors_session)
        assert lane(page, "waiting").cards.current().title == "Has Vitals"

    def test_who_has_become_the_next_one_meanwhile_has_the_chosen_card_too(self, home, doctors_session, day):
        day.ago(day.come("Waits Longer", *HERE), 20)
        row = day.come("Measured Meanwhile", *HERE)
        desk, page = home(doctors_session)
        cards = lane(page, "waiting").cards
        assert (page.next.name.text(), cards.current().title) == ("Waits Longer", "Waits Longer")
        day.change(row, vitals_at=day.reception.now())
        desk.news()
        desk.until(lambda: page.next.name.text() == "Measured Meanwhile")
        assert cards.current().title == "Measured Meanwhile"
        key(cards, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert desk.went == [("visit", f"begin/{row['_id']}")]

    def test_whose_card_was_chosen_goes_before_the_next_one(self, home, doctors_session, day):
        day.ago(day.come("Waits Longer", *HERE), 20)
        row = day.come("Is Chosen", *HERE)
        desk, page = home(doctors_session)
        cards = lane(page, "waiting").cards
        assert page.next.name.text() == "Waits Longer"
        key(cards, Qt.Key.Key_Down)
        assert page.next.name.text() == "Is Chosen"
        # News of others don't change whom one looks at.
        day.come("Comes Meanwhile", *HERE)
        desk.news()
        desk.until(lambda: len(cards.entries.rows) == 3)
        assert page.next.name.text() == "Is Chosen"
        key(cards, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert desk.went == [("visit", f"begin/{row['_id']}")]

    def test_a_click_and_an_arrow_across_choose_whose_visit_is_gone_on_with(self, home, doctors_session, day):
        day.come("With Doctor", *AT_DOCTOR)
        day.ago(day.come("Waits Longer", *HERE), 20)
        day.come("Waits", *HERE)
        _, page = home(doctors_session)
        waiting, doctor = lane(page, "waiting").cards, lane(page, "doctor").cards
        assert page.next.name.text() == "With Doctor"
        QTest.mouseClick(
            waiting.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle_of(waiting, 1)
        )
        assert (page.next.name.text(), page.next.button.text()) == ("Waits", "Start consultation")
        key(waiting, Qt.Key.Key_Right)
        assert doctor.hasFocus()
        assert (page.next.name.text(), page.next.button.text()) == ("With Doctor", "Go on with the visit")

    def test_beside_a_chosen_card_that_is_done_the_next_one_is_offered(self, home, doctors_session, day):
        day.come("Was Seen", *SEEN)
        day.come("Waits", *HERE)
        _, page = home(doctors_session)
        done = lane(page, "done").cards
        QTest.mouseClick(done.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle_of(done))
        assert (done.current().title, page.next.name.text()) == ("Was Seen", "Waits")

    def test_nobody_waits(self, home, doctors_session, day):
        _, page = home(doctors_session)
        assert page.next.name.text() == "Nobody waits for you."
        assert not page.next.button.isVisible()


class TestNurse:
    def test_those_who_need_vitals_stand_apart_from_those_who_have_them(self, home, clinic, day):
        day.ago(day.come("Waits Longer", *HERE), 20)
        day.come("Waits Too", *HERE)
        day.change(day.come("Has Vitals", *HERE), vitals_at=day.reception.now())
        _, page = home(clinic.session(Role.NURSE))
        assert names(page) == {"needs-vitals": ["Waits Longer", "Waits Too"], "ready": ["Has Vitals"]}
        assert page.next.name.text() == "Waits Longer"

    def test_the_next_one_is_called_in_and_measured_with_one_press(self, home, clinic, day):
        row = day.come("Waits Longer", *HERE)
        desk, page = home(clinic.session(Role.NURSE))
        key(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        desk.until(lambda: names(page) == {"measured": ["Waits Longer"]})
        assert desk.went == [("vitals", str(row["_id"]))]
        assert day.status(row) == WITH_NURSE
        # Going on with it later leads there again.
        page.next.button.click()
        assert desk.went == [("vitals", str(row["_id"]))] * 2

    def test_whom_a_colleague_measures_is_not_the_next_one(self, home, clinic, day):
        day.ago(day.come("Is Measured", *HERE), 30)
        day.come("Waits", *HERE)
        _, page = home(clinic.session(Role.NURSE))
        assert page.next.name.text() == "Is Measured"
        day.clear()
        day.come("Waits", *HERE)
        day.come("Is Measured", *AT_NURSE)
        _, page = home(clinic.session(Role.NURSE))
        assert page.next.name.text() == "Waits"

    def test_the_menu_offers_to_measure_once(self, home, clinic, day):
        day.come("Waits Longer", *HERE)
        _, page = home(clinic.session(Role.NURSE))
        cards = lane(page, "needs-vitals").cards
        cards.menu_asked.emit(cards.current(), QPoint(5, 5))
        menu = page.findChild(QMenu)
        words = [action.text().split("\t")[0] for action in menu.actions()]
        menu.close()
        assert words == ["Record vitals", "Start consultation", "Undo check-in", "Open chart"]

    def test_whoever_comes_back_from_measuring_goes_on_with_the_one_measured(self, home, clinic, day):
        day.change(day.come("Has Vitals", *AT_NURSE), vitals_at=day.reception.now())
        row = day.come("Is Next", *HERE)
        desk, page = home(clinic.session(Role.NURSE))
        lane(page, "ready").cards.setFocus()
        key(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        desk.until(lambda: names(page) == {"measured": ["Is Next"], "ready": ["Has Vitals"]})
        page.hide()
        day.change(row, vitals_at=day.reception.now())
        page.refresh()
        desk.until(lambda: names(page) == {"ready": ["Has Vitals", "Is Next"]})
        page.show()
        (page.focusWidget() or page).setFocus()
        assert lane(page, "ready").cards.hasFocus()
        assert lane(page, "ready").cards.current().title == "Is Next"

    def test_who_was_measured_by_mistake_needs_vitals_again(self, home, clinic, day):
        nurse = clinic.session(Role.NURSE)
        row = day.come("Wrong One", *HERE)
        kept = OBSERVATIONS.record_vitals(nurse, row["patient"], {"temperature": "36,8"}, operation(), row["_id"])
        _, page = home(nurse)
        assert names(page) == {"ready": ["Wrong One"]}
        OBSERVATIONS.mark_in_error(nurse, kept["_id"], kept["version"], "Another patient's", operation())
        _, page = home(nurse)
        assert names(page) == {"needs-vitals": ["Wrong One"]}

    def test_with_vitals_they_are_ready_for_the_doctor(self, home, clinic, day):
        row = day.come("Has Vitals", *AT_NURSE)
        day.change(row, vitals_at=day.reception.now())
        desk, page = home(clinic.session(Role.NURSE))
        assert names(page) == {"ready": ["Has Vitals"]}
        key(lane(page, "ready").cards, Qt.Key.Key_Return)
        desk.until(lambda: names(page) == {"doctor": ["Has Vitals"]})

    def test_whom_the_doctor_sees_is_sent_home_by_no_key_no_menu_and_no_mouse(self, home, clinic, day):
        row = day.come("Has Vitals", *AT_DOCTOR)
        desk, page = home(clinic.session(Role.NURSE))
        cards = lane(page, "doctor").cards
        cards.choose(0)
        assert cards.current().step == ""
        key(cards, Qt.Key.Key_Return)
        cards.menu_asked.emit(cards.current(), QPoint(5, 5))
        menu = page.findChild(QMenu)
        assert "Complete" not in [action.text() for action in menu.actions()]
        menu.close()
        assert not page._may_put(cards.entries.rows[0], DONE)
        drag(cards, 0, lane(page, "done"))
        desk.settle()
        assert desk.told() == ["Has Vitals stays where they are"]
        assert "it is charged then" in desk.toasts.shown()[0].findChild(QLabel, "toastText").text()
        assert (day.status(row), names(page)) == (IN_CONSULTATION, {"doctor": ["Has Vitals"]})

    def test_who_was_measured_can_be_measured_again_and_waits_as_everybody(self, home, clinic, day):
        row = day.come("Has Vitals", *AT_NURSE)
        day.change(row, vitals_at=day.reception.now())
        day.ago(row, 31)
        desk, page = home(clinic.session(Role.NURSE))
        assert said(page) == "1 in the clinic · longest wait 31 min"
        assert [one.status.word for one in page.bookings.list.entries.rows if one.status] == ["Vitals done"]
        cards = lane(page, "ready").cards
        cards.menu_asked.emit(cards.current() or cards.entries.rows[0], QPoint(5, 5))
        menu = page.findChild(QMenu)
        next(action for action in menu.actions() if action.text() == "Record vitals again").trigger()
        menu.close()
        assert desk.went == [("vitals", str(row["_id"]))]


def fail_often(clinic, hired):
    """Word of failures, by the clock of these tests, which is that of the day they play."""
    said = {"account": hired.person, "workstation": clinic.profile.workstation_id, "succeeded": False}
    with clinic.past_the_program() as database:
        tries = [{"at": clinic.administrator.now() - timedelta(minutes=one)} | said for one in range(MANY_FAILURES)]
        database.sign_in_attempts.insert_many(tries)


class TestAdministrator:
    def test_the_figures_of_the_day(self, home, clinic, day):
        day.ago(day.come("Waits Long", *HERE), 25)
        day.come("At Doctor", *AT_DOCTOR)
        day.come("Has Left", *SEEN)
        day.step(day.come("Never Came", minutes=-30), NO_SHOW)
        _, page = home(clinic.administrator)
        shown = {
            name: page.findChild(QLabel, f"figure-{name}").text()
            for name in ("booked", "here", "waiting", "longest", "seen", "missed")
        }
        assert shown == {"booked": "3", "here": "2", "waiting": "1", "longest": "25 min", "seen": "1", "missed": "1"}
        assert page.bookings.findChild(QLabel, "panelCount").text() == shown["booked"]

    def test_what_was_paid_today_less_what_was_given_back(self, home, clinic, billing, day):
        _, page = home(clinic.administrator)
        before = page.overview.taken
        invoice = billing.issued("350")
        billing.paid(invoice, "350")
        asked = GiveBack("cash", "50", "Too much")
        PAYMENTS.give_back(billing.cashier, billing.now(invoice), asked, operation())
        _, page = home(clinic.administrator)
        assert page.overview.taken - before == 300
        assert page.findChild(QLabel, "figure-taken").text() == f"{int(page.overview.taken):,}"

    def test_a_doctor_without_hours_is_told_with_the_way_to_enter_them(self, home, clinic, day):
        doctor = STAFF.create(clinic.administrator, {"name": "Dr New Here", "profession": "doctor"}, operation())
        desk, page = home(clinic.administrator)
        page.findChild(QAbstractButton, f"do-hours-{doctor['_id']}").click()
        assert desk.went == [("schedules", "new")]

    def test_a_new_practice_is_told_what_its_first_booking_waits_for(self, qtbot, new_clinic):
        practice = new_clinic()
        session = practice.administrator
        desk = Desk(qtbot, session, practice.door)
        page = desk.show(make_page(desk.context, ""))
        desk.until(lambda: page.overview is not None)
        assert page.overview.missing == [DOCTORS, SERVICES_OFFERED, DESK]
        page.findChild(QAbstractButton, f"do-missing-{DOCTORS}").click()
        assert desk.went == [("staff", "new")]
        STAFF.create(session, {"name": "Dr First", "profession": "doctor"}, operation())
        SERVICES.create(session, {"name": "Consultation", "code": "CONS", "price": "350"}, operation())
        practice.hire(Role.RECEPTIONIST)
        assert overview(session, practice.door).missing == []

    def test_who_has_no_password_of_their_own_yet_is_named(self, home, clinic, day):
        hired = clinic.hire(Role.NURSE, temporary=True)
        desk, page = home(clinic.administrator)
        errand = next(line.errand for line in page.alerts.lines if line.errand.key == "temporary")
        assert hired.name in errand.name
        errand.act()
        assert desk.went == [("accounts", "")]

    def test_where_somebody_failed_to_sign_in_much_too_often_is_told_with_the_way_there(self, home, clinic, day):
        hired = clinic.hire(Role.NURSE)
        fail_often(clinic, hired)
        desk, page = home(clinic.administrator)
        errand = next(line.errand for line in page.alerts.lines if line.errand.name == hired.name)
        assert errand.words.startswith(f"had {MANY_FAILURES} failed sign-ins within an hour, the last at ")
        errand.act()
        assert desk.went == [("sign_ins", str(hired.person))]

    def test_a_new_practice_whose_trail_nobody_has_verified_is_not_amiss(self, home, clinic, day):
        desk, page = home(clinic.administrator)
        found = replace(page.overview, verified=None)
        assert page._trail(found) == ("Nobody has verified it yet", None)
        old = found.founded_at - timedelta(days=40)
        assert page._trail(replace(found, founded_at=old)) == ("Nobody has verified it yet", False)
        page._show_health(found)
        page.findChild(QAbstractButton, "health-way-3").click()
        assert desk.went == [("trail", "")]

    def test_when_the_trail_was_verified_and_what_was_found(self, home, clinic, day):
        _, page = home(clinic.administrator)
        before = page.overview.verified
        verify_as_reader(clinic.door, clinic.administrator)
        _, page = home(clinic.administrator)
        assert page.overview.verified != before
        assert page.overview.verified.holds or "found" in page.overview.verified.found
        assert page.overview.verified.found in page.findChild(QLabel, "health-3").text()

    def test_the_server_s_version_is_what_the_server_says(self, home, clinic, day):
        _, page = home(clinic.administrator)
        version = clinic.administrator.server.client.server_info()["version"]
        assert page.findChild(QLabel, "health-0").text() == f"MongoDB {version} answers"


def test_at_midnight_the_day_is_asked_for_anew(home, reception, day):
    day.come("Samir Fikry Wahba", *HERE)
    desk, page = home(reception)
    tomorrow = reception.locale.today() + timedelta(days=1)
    with time_machine.travel(wall(tomorrow, "00:05", reception.locale), tick=True):
        page._on_minute()
        desk.until(lambda: page.flow.day == tomorrow)
    assert names(page) == {}


def test_who_does_everything_has_the_whole_board_with_who_is_next(qtbot, new_clinic):
    alone = new_clinic(solo=True)
    solo = alone.session(Role.SOLO)
    day = Day(alone, solo)
    day.come("Samir Fikry Wahba", *HERE)
    hired = alone.hire(Role.NURSE)
    fail_often(alone, hired)
    desk = Desk(qtbot, solo, alone.door)
    page = desk.show(make_page(desk.context, ""))
    assert [one.lane.key for one in page.board.lanes] == ["waiting", "vitals", "doctor", "pay", "done"]
    assert (names(page), page.next.name.text()) == ({"waiting": ["Samir Fikry Wahba"]}, "Samir Fikry Wahba")
    assert page.todo.isVisible()
    assert page.findChild(QAbstractButton, "homeBook").kind == "normal"
    # Nobody else looks after the practice's accounts.
    desk.until(lambda: any(line.errand.name == hired.name for line in page.todo.lines))
    next(line.errand for line in page.todo.lines if line.errand.name == hired.name).act()
    assert desk.went == [("sign_ins", str(hired.person))]


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_what_is_known_keeps_a_distance_from_the_icon_that_says_vitals_are_done(qtbot, monkeypatch, direction):
    now = datetime.now(UTC)
    patience = Patience(lambda: now)
    cards = EntryList("Waiting", patience)
    qtbot.addWidget(cards)
    cards.setItemDelegate(CardDelegate(patience, cards, short=False))
    cards.setLayoutDirection(direction)
    cards.resize(186, 100)
    rooms = {}
    paint_line, paint_icon = painting.paint_line, theme.paint_icon
    monkeypatch.setattr(painting, "paint_line", lambda *at: (rooms.update({at[2]: at[1]}), paint_line(*at)))
    monkeypatch.setattr(theme, "paint_icon", lambda *at: (rooms.update({at[2]: at[1]}), paint_icon(*at)))
    long = "10:20 · Dr Sara El-Masry and somebody else"
    cards.show_entries([Entry("one", "Mona Omar Gaber", detail=long, since=now, mark=VITALS_DONE)])
    cards.grab()
    assert not rooms[long].adjusted(-theme.SPACE_4, 0, theme.SPACE_4, 0).intersects(rooms[VITALS_DONE])


def test_only_the_lines_are_painted_anew_that_have_changed(qtbot) -> None:
    now = datetime(2026, 7, 19, 9, 50, tzinfo=UTC)
    patience = Patience(lambda: now)
    cards = EntryList("Waiting", patience)
    entries = [Entry(key=number, title=f"Patient {number}", row={"version": 1}) for number in range(3)]
    cards.show_entries(entries)
    painted: list[int] = []
    cards.entries.dataChanged.connect(lambda first, last, _: painted.extend(range(first.row(), last.row() + 1)))
    cards.show_entries([replace(one) for one in entries])
    assert painted == []
    newer = replace(entries[1], row={"version": 2})
    cards.show_entries([entries[0], newer, entries[2]])
    assert painted == [1]
    assert cards.entries.rows[1] is newer
    patience.long = 5
    cards.show_entries([entries[0], newer, entries[2]])
    assert painted == [1, 0, 1, 2]
    # What is shown anew is painted with what long means then, and again with what it means after that.
    cards.show_entries(entries[:2])
    patience.long = 20
    painted.clear()
    cards.show_entries(entries[:2])
    assert painted == [0, 1]
