"""Whoever closes a time learns who is booked in it, and so do those who look after the bookings."""

import itertools
from datetime import timedelta
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.registry import look_up
from hmsdesk.controllers.staff import STAFF
from hmsdesk.models.appointments import CANCELLED
from hmsdesk.security.permissions import Role
from hmsdesk.views import clinic_days, departments, home, schedules, staff
from tests.bookings import close, schedule_id
from tests.conftest import PASSWORD
from tests.factories import operation
from tests.views.desk import Desk, book, doctor_of, far_day, patient_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


# Within the two months that are looked at.
DAYS = itertools.count(20)


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module", autouse=True)
def another_doctor(clinic):
    return clinic.session(Role.DOCTOR)


@pytest.fixture
def day(reception):
    return far_day(reception, next(DAYS))


@pytest.fixture
def doctor(clinic):
    return doctor_of(clinic, f"Dr Karim {operation()[:6]}")


@pytest.fixture
def booked(reception, doctor, day):
    return book(reception, patient_of(reception, "Nadia Yassin Aziz"), doctor, day, "10:00")


@pytest.fixture
def desk(qtbot, clinic):
    opened = Desk(qtbot, clinic.administrator, clinic.door)
    opened.context.drafts = SimpleNamespace(read=lambda _place: None, keep=lambda *_: None, drop=lambda _place: None)
    return opened


def told(desk):
    desk.settle()
    return [words for words in desk.told() if "booked for then" in words]


def test_saving_a_closed_day_says_how_many_are_booked_and_leads_there(clinic, desk, booked, day):
    closed = close(clinic, day, reason="Power cut")
    page = desk.show(clinic_days.make_page(desk.context, str(closed["_id"])))
    page.saved.emit(closed)
    assert told(desk) == ["1 is booked for then"]
    desk.press_toast()
    assert desk.went[-1] == ("calendar", day.isoformat())


def test_saving_a_leave_tells_of_each_of_its_days(clinic, desk, booked, doctor, day):
    leave = {"practitioner": doctor["_id"], "reason": "Leave", "until": day + timedelta(days=3)}
    closed = close(clinic, day - timedelta(days=3), **leave)
    page = desk.show(clinic_days.make_page(desk.context, str(closed["_id"])))
    page.saved.emit(closed)
    assert told(desk) == ["1 is booked for then"]


def test_closing_a_day_that_opens_exceptionally_says_that_it_stays_open(clinic, desk, day):
    opened = {"day": day, "kind": "open", "reason": "Flu day", "starts": "09:00", "ends": "12:00"}
    CLINIC_DAYS.create(clinic.administrator, opened, operation())
    closed = close(clinic, day, reason="Power cut")
    page = desk.show(clinic_days.make_page(desk.context, str(closed["_id"])))
    page.saved.emit(closed)
    desk.until(lambda: any("stays open: Flu day" in words for words in desk.told()))


def test_saving_a_day_on_which_nobody_is_booked_says_nothing(clinic, desk, day):
    closed = close(clinic, day)
    page = desk.show(clinic_days.make_page(desk.context, str(closed["_id"])))
    page.saved.emit(closed)
    assert told(desk) == []


def test_a_day_is_taken_back_from_its_list(clinic, desk, booked, day):
    closed = close(clinic, day, reason=f"Mistake {operation()[:6]}")
    page = desk.show(clinic_days.make_page(desk.context, ""))
    desk.until(lambda: page.pages.line_of(closed["_id"]) >= 0)
    page.table.setCurrentIndex(page.pages.index(page.pages.line_of(closed["_id"]), 0))
    desk.until(lambda: closed["reason"] in [label.text() for label in page.detail.findChildren(QLabel)])
    page.findChild(QAbstractButton, "detailInUse").click()
    desk.until(lambda: f"{closed['reason']} is taken back" in desk.told())
    assert CLINIC_DAYS.get(clinic.administrator, closed["_id"])["active"] is False


def test_saving_other_hours_says_how_many_are_booked_outside_of_them(clinic, desk, booked, doctor):
    session = clinic.administrator
    schedule = schedules.SCHEDULES.get(session, schedule_id(session, doctor["_id"]))
    later = [part | {"starts": "11:00"} for part in schedule["hours"]]
    saved = schedules.SCHEDULES.change(session, schedule["_id"], schedule["version"], {"hours": later}, operation())
    page = desk.show(schedules.make_page(desk.context, str(schedule["_id"])))
    page.saved.emit(saved)
    assert told(desk) == ["1 is booked for then"]


def test_marking_a_doctor_as_left_tells_of_bookings_and_of_the_account(clinic, desk, booked, doctor):
    values = {"name": doctor["name"], "email": f"{operation()[:8]}@nileclinic.example", "person": doctor["_id"]}
    with clinic.owning() as owner:
        owner.create_active(values, [Role.DOCTOR], PASSWORD)
    page = desk.show(staff.make_page(desk.context, ""))
    page._on_in_use_asked(STAFF.get(clinic.administrator, doctor["_id"]), False)
    desk.until(lambda: f"{doctor['name']} may still sign in" in desk.told())
    desk.until(lambda: f"1 is booked with {doctor['name']}" in desk.told())
    page = desk.show(home.make_page(desk.context, ""))
    stranded = next(line.errand for line in page.alerts.lines if doctor["name"] in line.errand.words)
    assert stranded.words == f"1 is booked with {doctor['name']}, who no longer works here"
    errand = next(line.errand for line in page.alerts.lines if line.errand.key == "left")
    assert doctor["name"] in errand.name
    assert errand.words == "no longer works here, but may still sign in."
    errand.act()
    assert desk.went[-1] == ("accounts", "")


def test_taking_a_department_out_of_use_tells_who_still_works_there(clinic, desk):
    session = clinic.administrator

    def department():
        values = {"name": f"Ward {operation()[:6]}", "code": operation()[:6].upper()}
        return DEPARTMENTS.create(session, values, operation())

    empty, ward = department(), department()
    values = {"name": "Heba Sami", "profession": "nurse", "department": ward["_id"]}
    STAFF.create(session, values, operation())
    page = desk.show(departments.make_page(desk.context, ""))
    page._on_in_use_asked(empty, False)
    desk.until(lambda: f"{empty['name']} is not in use" in desk.told())
    desk.settle()
    assert not [words for words in desk.told() if "there still" in words]
    page._on_in_use_asked(ward, False)
    desk.until(lambda: "1 works there still" in desk.told())
    assert [found[2] for found in look_up(session, "staff", "heba sami")] == [f"Nurse, {ward['name']}"]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.RECEPTIONIST])
def test_the_home_tells_until_nobody_is_left(qtbot, clinic, reception, booked, doctor, day, role):
    desk = Desk(qtbot, clinic.administrator if role is Role.ADMINISTRATOR else reception, clinic.door)
    page = desk.show(home.make_page(desk.context, ""))
    lines = page.alerts if role is Role.ADMINISTRATOR else page.todo

    def errand():
        return next((line.errand for line in lines.lines if line.errand.key == f"stranded-{day}"), None)

    assert errand() is None
    close(clinic, day, reason="Power cut")
    desk.news("clinic_days")
    desk.until(lambda: errand() is not None)
    assert errand().words == f"1 is booked with {doctor['name']}, but it is closed: Power cut"
    errand().act()
    assert desk.went == [("calendar", day.isoformat())]
    APPOINTMENTS.set_status(reception, booked, CANCELLED, operation())
    desk.news()
    desk.until(lambda: errand() is None)


def test_a_doctor_is_told_of_their_own_bookings_only(qtbot, clinic, another_doctor, booked, day):
    close(clinic, day)
    desk = Desk(qtbot, another_doctor, clinic.door)
    page = desk.show(home.make_page(desk.context, ""))
    assert [line.errand.key for line in page.todo.lines if line.errand.key.startswith("stranded")] == []
