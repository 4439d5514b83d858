"""A page as the window holds it, on the real practice, for tests of pages with rules of their own."""

from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import time_machine
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from hmsdesk.controllers.appointments import APPOINTMENTS, BookAppointment
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.models.booking import wall
from hmsdesk.models.schedules import FOR_PATIENTS, WEEKDAYS
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.toast import Toasts
from tests.factories import operation


def doctor_of(clinic, name, **schedule):
    """A doctor who receives every day from nine to twelve."""
    member = STAFF.create(clinic.administrator, {"name": name, "profession": "doctor"}, operation())
    hours = [{"weekday": day, "starts": "09:00", "ends": "12:00", "purpose": FOR_PATIENTS} for day, _ in WEEKDAYS]
    week = {"practitioner": member["_id"], "hours": hours} | schedule
    SCHEDULES.create(clinic.administrator, week, operation())
    return member


def patient_of(session, name, **values):
    return PATIENTS.create(session, {"name": name, "gender": "female"} | values, operation())


def book(session, patient, doctor, day, clock, **values):
    start = wall(day, clock, session.locale)
    wanted = BookAppointment(patient=patient["_id"], practitioner=doctor["_id"], start=start, **values)
    return APPOINTMENTS.book(session, wanted, operation())


def far_day(session, ahead):
    return session.locale.today() + timedelta(days=ahead)


@contextmanager
def morning_of(session, day):
    """The day has come: whoever is booked can be checked in."""
    with time_machine.travel(wall(day, "08:00", session.locale), tick=True) as clock:
        yield clock


class Desk:
    """A window with one page, and what the page asked of the navigation."""

    def __init__(self, qtbot, session, door=None) -> None:
        self._qtbot = qtbot
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(1366, 768)
        QVBoxLayout(self.window)
        self.went: list[tuple[str, str]] = []
        self.closed: list[tuple[str, str]] = []
        self.live = Live()
        self.toasts = Toasts(self.window)
        self.context = Context(
            session=session,
            door=door,
            drafts=Drafts(qtbot._request.getfixturevalue("tmp_path"), session),
            live=self.live,
            toasts=self.toasts,
            navigate=lambda module, record: self.went.append((module, record)),
            close_page=lambda module, record: self.closed.append((module, record)),
            list_behind=lambda: ("", ""),
        )

    def show(self, page):
        """Put the page into the window, and wait until it has fetched what it shows."""
        self.window.layout().addWidget(page)
        self.window.show()
        self.window.activateWindow()
        self._qtbot.waitUntil(lambda: QApplication.activeWindow() is self.window)
        page.setFocus()
        self.settle()
        return page

    def settle(self) -> None:
        """Wait for what is under way."""
        self._qtbot.waitUntil(lambda: not tasks.busy())

    def until(self, condition) -> None:
        """Wait until the page shows something."""
        self._qtbot.waitUntil(condition)
        self.settle()

    def news(self, collection="appointments") -> None:
        """Another workstation has changed something."""
        self.live.changed.emit(SimpleNamespace(collection=collection, record=None))

    def told(self) -> list[str]:
        """What the messages say, the newest last."""
        return [toast.findChild(QWidget, "toastTitle").text() for toast in self.toasts.shown()]

    def press_toast(self) -> None:
        """Take the newest message's offer."""
        self.toasts.shown()[-1].findChild(QWidget, "toastAction").click()
