"""The waiting list's page: who waits, what fits, booking with one press and taking it back."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.models.appointments import CANCELLED
from hmsdesk.models.booking import wall
from hmsdesk.models.waiting_list import BOOKED, OFFERED, TAKEN_OFF, URGENT, WAITING
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit.rail import NavGroup, NavItem, Rail
from hmsdesk.views.waiting_list import make_page
from hmsdesk.views.waiting_list.counted import WaitingNumber
from tests.factories import operation
from tests.views.desk import Desk, book, doctor_of, far_day, patient_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

_days = itertools.count(40, 20)


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module", autouse=True)
def nurse(clinic):
    return clinic.session(Role.NURSE)


@pytest.fixture(scope="module")
def doctor(clinic):
    return doctor_of(clinic, "Dr Sara El-Masry", patient_limit=2)


@pytest.fixture(scope="module")
def mona(reception):
    return patient_of(reception, "Mona Omar Gaber", birth_date="1959", phone="0100 555 0112")


@pytest.fixture
def day(reception):
    return far_day(reception, next(_days))


@pytest.fixture(autouse=True)
def morning(clinic, reception, day):
    with time_machine.travel(wall(day, "07:00", reception.locale), tick=True):
        yield
    with clinic.past_the_program() as database:
        database.waiting_list.delete_many({})


@pytest.fixture
def opened(qtbot, reception, tmp_path):
    def open_page(record="", session=reception):
        desk = Desk(qtbot, session)
        desk.context = replace(desk.context, drafts=Drafts(tmp_path, session))
        return desk, desk.show(make_page(desk.context, record))

    return open_page


@pytest.fixture
def hoda(reception):
    """Somebody else, by whom a time can be taken."""
    return patient_of(reception, "Hoda Samir Aly")


def put(session, patient, **values):
    return WAITING_LIST.create(session, {"patient": patient["_id"]} | values, operation())


def press(page, name):
    page.findChild(QAbstractButton, name).click()


def cells(page, line=0):
    return [column.text(page.pages.rows[line]) for column in page.pages.columns]


def words(page):
    return [label.text() for label in page.beside.findChildren(QLabel) if label.isVisible()]


def test_an_empty_list_says_what_it_is_for(opened):
    _, page = opened()
    assert page.area.state.findChild(QLabel, "stateTitle").text().startswith("No people waiting")
    assert "waits here until one becomes free" in page.area.state.findChild(QLabel, "stateText").text()


def test_each_is_shown_with_the_first_time_that_fits(opened, reception, mona, doctor, day):
    until = (day + timedelta(days=9)).isoformat()
    put(reception, mona, practitioner=doctor["_id"], priority=URGENT, latest=until, part_of_day="morning", note="Knee")
    _, page = opened()
    name, status, fits, whom, when, since = cells(page)
    assert (name, status, whom, since) == (mona["name"], "Urgent", doctor["name"], "Today")
    assert fits == "Today, 09:00 with Dr Sara El-Masry"
    assert when.endswith(", mornings")
    assert {"Knee", "\u20660100 555 0112\u2069"} <= set(words(page))


def test_one_press_books_and_another_takes_it_back(opened, reception, mona, doctor, day):
    entry = put(reception, mona, practitioner=doctor["_id"])
    desk, page = opened()
    press(page, "fit-0")
    desk.until(lambda: page.pages.rows == [])
    assert desk.told() == [f"Booked: {mona['name']}"]
    assert WAITING_LIST.get(reception, entry["_id"])["status"] == BOOKED
    (row,) = APPOINTMENTS.day(reception, day, doctor["_id"])
    assert row["start"] == wall(day, "09:00", reception.locale)
    desk.press_toast()
    desk.until(lambda: len(page.pages.rows) == 1)
    assert WAITING_LIST.get(reception, entry["_id"])["status"] == WAITING
    assert APPOINTMENTS.get(reception, row["_id"])["status"] == CANCELLED


def test_a_time_that_was_taken_meanwhile_is_told_and_the_next_ones_offered(opened, reception, mona, hoda, doctor, day):
    put(reception, mona, practitioner=doctor["_id"])
    desk, page = opened()
    book(reception, hoda, doctor, day, "09:00")
    press(page, "fit-0")
    desk.until(lambda: cells(page)[2].startswith("Today, 09:20"))
    assert desk.told() == ["This time is taken already."]


def test_a_time_that_becomes_free_shows_by_itself(opened, reception, mona, doctor, day):
    rows = [book(reception, mona, doctor, day, clock) for clock in ("09:00", "09:20")]
    put(reception, mona, practitioner=doctor["_id"], latest=day.isoformat())
    desk, page = opened()
    assert cells(page)[2] == "–"
    assert "Nothing that suits is free in the next two weeks." in words(page)
    APPOINTMENTS.set_status(reception, rows[0], CANCELLED, operation())
    desk.news("appointments")
    desk.until(lambda: cells(page)[2] == "Today, 09:00 with Dr Sara El-Masry")
    assert page.findChild(QAbstractButton, "fit-0") is not None


def test_another_time_under_the_pointer_can_not_be_pressed_at_once(opened, reception, mona, hoda, doctor, day):
    put(reception, mona, practitioner=doctor["_id"])
    desk, page = opened()
    page.beside.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    book(reception, hoda, doctor, day, "09:00")
    desk.news("appointments")
    desk.until(lambda: cells(page)[2].startswith("Today, 09:20"))
    assert not page.findChild(QAbstractButton, "fit-0").isEnabled()
    desk.until(lambda: page.findChild(QAbstractButton, "fit-0").isEnabled())


def test_offering_and_taking_off_can_be_undone(opened, reception, mona):
    entry = put(reception, mona)
    desk, page = opened()
    press(page, "entry-offered")
    desk.until(lambda: cells(page)[1] == "Offered")
    assert WAITING_LIST.get(reception, entry["_id"])["status"] == OFFERED
    press(page, "entry-waiting")
    desk.until(lambda: cells(page)[1] == "Waiting")
    press(page, "entry-off")
    desk.until(lambda: page.pages.rows == [])
    assert WAITING_LIST.get(reception, entry["_id"])["status"] == TAKEN_OFF
    desk.press_toast()
    desk.until(lambda: len(page.pages.rows) == 1)


def test_the_entry_that_was_asked_for_is_selected(opened, reception, mona, hoda):
    put(reception, mona)
    second = put(reception, hoda, note="The second")
    _, page = opened(str(second["_id"]))
    assert page.table.current_row()["_id"] == second["_id"]


def test_who_may_not_book_is_shown_the_times_only(opened, nurse, reception, mona, doctor, day):
    put(reception, mona, practitioner=doctor["_id"])
    _, page = opened(session=nurse)
    assert page.findChild(QAbstractButton, "fit-0") is None
    assert "Today, 09:00 with Dr Sara El-Masry" in words(page)


def test_its_other_pages_are_asked_for(opened, reception, mona):
    entry = put(reception, mona)
    desk, page = opened()
    press(page, "waitingAdd")
    press(page, "entry-edit")
    press(page, "entry-chart")
    assert desk.went == [
        ("waiting_list", "new"),
        ("waiting_list", f"{entry['_id']}/edit"),
        ("patients", str(mona["_id"])),
    ]


@pytest.mark.parametrize("part", ["new", "edit"])
def test_the_form_puts_on_the_list_and_changes_what_suits(opened, reception, mona, hoda, part):
    entry = put(reception, mona, note="Before")
    desk, page = opened("new" if part == "new" else f"{entry['_id']}/edit")
    if part == "new":
        page.form.fields.rows["patient"].editor.show_row({"patient": hoda["_id"], "patient:title": hoda["name"]})
    page.form.fields.rows["note"].editor.line.setText("After")
    page.form.save()
    desk.settle()
    notes = sorted(row.get("note", "") for row in WAITING_LIST.open_entries(reception))
    assert notes == (["After", "Before"] if part == "new" else ["After"])
    assert desk.went == [("waiting_list", "")]


def test_the_rail_says_how_many_wait(qtbot, reception, mona):
    desk = Desk(qtbot, reception)
    rail = Rail([NavGroup("Front desk", [NavItem("waiting_list", "Waiting list", "clipboard-clock-outline")])])
    desk.show(rail)
    number = WaitingNumber(desk.context, rail)
    number.refresh()
    desk.settle()
    item = rail.findChild(QAbstractButton, "rail-waiting_list")
    assert item.accessibleName() == "Waiting list"
    put(reception, mona)
    desk.news("waiting_list")
    desk.until(lambda: item.accessibleName() == "Waiting list, 1")
