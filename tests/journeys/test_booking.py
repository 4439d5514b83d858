"""Reception's booking at a real window: refused, nearest, all the same, moved and back, let in, and a freed time."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from hmsdesk.controllers import demo
from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.models.appointments import CANCELLED, CHECKED_IN
from hmsdesk.models.booking import Rule, wall
from hmsdesk.models.schedules import FOR_PATIENTS, WEEKDAYS
from hmsdesk.models.waiting_list import BOOKED
from hmsdesk.security.permissions import Role
from tests.factories import operation, typed
from tests.journeys.conftest import email_of

WHY = "Sent by Dr Nabil"


@pytest.fixture
def doctor(practice):
    """Somebody with two times a day."""
    member = STAFF.create(practice.session, {"name": "Dr Nadia Shukry", "profession": "doctor"}, operation())
    hours = [{"weekday": day, "starts": "09:00", "ends": "09:40", "purpose": FOR_PATIENTS} for day, _ in WEEKDAYS]
    SCHEDULES.create(practice.session, {"practitioner": member["_id"], "hours": hours}, operation())
    yield member
    STAFF.change(practice.session, member["_id"], member["version"], {"active": False}, operation())


@pytest.fixture
def colleague(practice):
    """Reception at another workstation."""
    session = practice.door.sign_in(email_of(Role.RECEPTIONIST), demo.PASSWORD)
    yield session
    session.close()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_morning_of_booking_at_the_desk(window, practice, doctor, colleague):
    day = practice.session.locale.today() + timedelta(days=10)
    patients = PATIENTS.page(practice.session, Query()).rows[:4]
    unexpected = PATIENTS.create(colleague, typed("patients"), operation())
    desk = window()
    desk.sign_in(email_of(Role.RECEPTIONIST))

    def page():
        return desk.desk().frame.page()

    def at(clock):
        return wall(day, clock, practice.session.locale)

    def rows():
        return APPOINTMENTS.day(practice.session, day, doctor["_id"])

    def begin_booking(patient, clock=""):
        desk.go("appointments", f"book//{day.isoformat()}/{doctor['_id']}")
        desk.wait(lambda: getattr(page(), "form", None) is not None, "the form")
        page().form.show_patient(patient)
        if clock:
            QTest.keyClicks(page().form.time.editor.line, clock)

    def book(patient, clock):
        begin_booking(patient, clock)
        desk.click("bookingBook")

    def booked(number):
        desk.wait(lambda: len(rows()) == number and getattr(page(), "form", None) is None, f"{number} booked")

    # Booked; the same time refused, and the nearest taken instead.
    book(patients[0], "09:00")
    booked(1)
    book(patients[1], "09:00")
    assert desk.find("refusedTitle", QLabel).text() == Rule.SLOT_FREE
    page().refused.findChildren(QAbstractButton, "way")[0].click()
    desk.click("bookingBook")
    booked(2)

    # In spite of a rule, with the reason.
    book(patients[2], "09:00")
    desk.fill("overrideReason", WHY)
    desk.click("override")
    booked(3)
    assert [row["override"]["reason"] for row in rows() if "override" in row] == [WHY]

    # Moved to the next day, and back.
    first = next(row for row in rows() if row["patient"] == patients[0]["_id"])
    desk.go("appointments", f"move/{first['_id']}")
    desk.wait(lambda: getattr(page(), "form", None) is not None, "the form of the move")
    page().form.show_day(day + timedelta(days=1))
    page().form.day_changed.emit()
    desk.click("slot-09:00")
    desk.click("bookingBook")
    desk.wait(lambda: [row.get("ghost", False) for row in rows()].count(True) == 1, "a ghost where it was")
    desk.wait(lambda: getattr(page(), "form", None) is None, "back at the list")
    desk.take_up("Moved: ")
    desk.wait(lambda: not any(row.get("ghost") for row in rows()), "moved back")
    assert APPOINTMENTS.get(practice.session, first["_id"])["start"] == at("09:00")

    # Somebody without a booking.
    desk.go("appointments")
    desk.activate()
    QTest.keyClick(
        desk.program.window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    desk.wait(lambda: desk.find("walkInCheckIn").isEnabled(), "the page of walk-ins")
    desk.wait(lambda: page().doctors.chosen() is not None, "the doctors")
    page().form.show_patient(unexpected, "")
    seen_by = page().doctors.chosen()
    desk.click("walkInCheckIn")
    today = practice.session.locale.today()

    def walked_in():
        found = APPOINTMENTS.day(practice.session, today, seen_by)
        return [row["status"] for row in found if row.get("walk_in") and row["patient"] == unexpected["_id"]]

    desk.wait(lambda: walked_in() == [CHECKED_IN], "checked in")
    desk.wait(lambda: getattr(page(), "form", None) is None, "back at the list")
    desk.take_up("is checked in")
    desk.wait(lambda: walked_in() == [CANCELLED], "not checked in")

    # The day is full: put on the waiting list, until a colleague's cancelling frees a time.
    begin_booking(patients[3])
    desk.click("bookingWait")
    desk.wait(lambda: waiting(colleague, patients[3]), "on the list")
    (entry,) = waiting(colleague, patients[3])
    second = next(row for row in rows() if row["patient"] == patients[1]["_id"])
    APPOINTMENTS.set_status(colleague, second, CANCELLED, operation())
    # Told alone, or together with others whom it suits as well.
    said = (f"A time is free for {patients[3]['name']}", "Waiting list: ")
    desk.wait(lambda: any(title_of(one).startswith(said) for one in desk.desk().frame.toasts.shown()), "news of it")
    desk.go("waiting_list", str(entry["_id"]))
    desk.wait(lambda: fits(page()) == [at("09:20")], "the page, at the entry")
    desk.click("fit-0")
    desk.wait(lambda: WAITING_LIST.get(colleague, entry["_id"])["status"] == BOOKED, "booked from the list")


def waiting(session, patient):
    return [row for row in WAITING_LIST.open_entries(session) if row["patient"] == patient["_id"]]


def title_of(toast):
    return toast.findChild(QLabel, "toastTitle").text()


def fits(page):
    """The first time that is offered to the entry one is at."""
    row = page.table.current_row() if hasattr(page, "table") else None
    return [offer.start for offer in (row or {}).get("fits", [])][:1]
