"""Two windows in two processes at one day of the calendar: what one books, moves and undoes, the other sees."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt

from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.security.permissions import Role
from tests.journeys.conftest import email_of


@pytest.fixture
def monday(practice):
    """A day ahead on which every doctor of the demo receives."""
    today = practice.session.locale.today()
    return next(day for n in range(2, 9) if (day := today + timedelta(days=n)).weekday() == 0)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_what_one_books_moves_and_undoes_in_the_calendar_the_other_sees(window, elsewhere, practice, monday):
    other, here = elsewhere(), window()
    other.begin("sign_in", email_of(Role.DOCTOR))
    here.sign_in(email_of(Role.RECEPTIONIST))
    other.finish()
    other.do("go", "calendar", monday.isoformat())
    here.go("calendar")
    here.desk().frame.page().side.picker.chosen.emit(monday)
    here.wait(lambda: here.desk().frame.page().grid.columns, "the columns")
    patient = PATIENTS.page(practice.session, Query()).rows[0]
    doctor = practice.session.server.database.staff.find_one({"name": "Dr Sara El-Masry"})

    # From the first free time of her column to the form, which knows day, doctor and time.
    here.desk().frame.page().side.doctors.chosen.emit({doctor["_id"]})
    here.wait(lambda: len(here.desk().frame.page().grid.columns) == 1, "one column")
    here.press("calendarGrid", Qt.Key.Key_Home)
    here.press("calendarGrid", Qt.Key.Key_Return)
    here.wait(lambda: getattr(here.desk().frame.page(), "form", None) is not None, "the booking form")
    assert here.find("rail-calendar").current
    here.desk().frame.page().form.show_patient(patient)
    here.click("bookingBook")

    def stands(at):
        return [f"{at} {patient['name']}"]

    here.wait(lambda: here.bookings() == stands("09:00"), "booked, and back in the calendar")
    wait_for(here, other, stands("09:00"))
    # The new booking is what the keyboard is at: it is taken up, carried down two times, and dropped.
    here.wait(here.desk().frame.page().grid.row, "the booking selected")
    here.press("calendarGrid", Qt.Key.Key_M)
    here.press("calendarGrid", Qt.Key.Key_Down)
    here.press("calendarGrid", Qt.Key.Key_Down)
    here.press("calendarGrid", Qt.Key.Key_Return)
    here.wait(lambda: here.bookings() == stands("09:40"), "moved")
    wait_for(here, other, stands("09:40"))

    here.take_up("Moved: ")
    here.wait(lambda: here.bookings() == stands("09:00"), "moved back")
    wait_for(here, other, stands("09:00"))


def wait_for(here, other, bookings):
    """Until the other window shows these."""
    here.wait(lambda: other.do("bookings") == bookings, f"the other to see {bookings}")
