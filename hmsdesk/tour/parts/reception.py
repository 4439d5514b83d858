"""The front desk: registering, booking, and letting people in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from hmsdesk.tour.parts.everyone import CONTROL, DOCTOR, ENTER, PATIENT, PATIENT_AR, SHIFT, WALKED_IN, Known
from hmsdesk.tour.stage import Hands, Missing

_MOST_STEPS = 60


def register(hands: Hands, _: Known) -> Known:
    """Register a patient with Ctrl+N; the chart opens."""
    hands.click("rail-patients")
    hands.find("add")
    hands.press(Qt.Key.Key_N, CONTROL)
    hands.type_on(PATIENT)
    hands.fill("Name in Arabic", PATIENT_AR)
    hands.pick("Sex", "Male")
    hands.fill("Date of birth", "12 Mar 1968")
    hands.fill("Mobile phone", "0100 555 0112")
    hands.press(ENTER, CONTROL)
    hands.see("is registered")
    hands.find("chartBook")
    return {}


def book_from_chart(hands: Hands, _: Known) -> Known:
    """Book the next free time of the doctor with Ctrl+B."""
    hands.find("chartBook")
    hands.press(Qt.Key.Key_B, CONTROL)
    slot = hands.first_enabled("slot-")
    hands.click(slot)
    hands.press(ENTER, CONTROL)
    hands.see("Booked")
    return {"time": slot.removeprefix("slot-")}


def book_in_calendar(hands: Hands, _: Known) -> Known:
    """Enter on a free time of the calendar opens the form, which knows doctor, day and time."""
    hands.click("rail-calendar")
    _go_to_free_time(hands, DOCTOR)
    hands.press(ENTER)
    hands.choose("Patient", PATIENT)
    time = hands.labelled("Time").property("text")
    hands.click_named("Still to be approved")
    hands.press(ENTER, CONTROL)
    hands.see("Booked")
    return {"time": time}


def book_taken_time(hands: Hands, known: Known) -> Known:
    """Somebody else at the same time: which rule is against it is said, and which times are free."""
    hands.click("rail-home")
    hands.find("homeBook")
    hands.press(Qt.Key.Key_B, CONTROL)
    hands.choose("Patient", "hassan")
    other = str(hands.labelled("Patient").property("text"))
    hands.pick("Doctor", DOCTOR)
    hands.fill("Time", known["time"])
    hands.press(ENTER, CONTROL)
    hands.find("refusedTitle")
    hands.see("Nearest free:")
    return {"other": other}


def take_nearest_time(hands: Hands, known: Known) -> Known:
    """The first of the times that were offered is booked."""
    hands.press(ENTER)
    hands.press(ENTER, CONTROL)
    hands.find("homeBook")
    hands.see(f"Booked: {known['other']}")
    return {}


def walk_in(hands: Hands, _: Known) -> Known:
    """Ctrl+Shift+W, a name, Ctrl+Enter."""
    hands.click("rail-home")
    hands.find("walkIn")
    hands.press(Qt.Key.Key_W, CONTROL | SHIFT)
    hands.click_named("New patient")
    hands.type_on(WALKED_IN)
    hands.pick("Sex", "Female")
    hands.rest()
    hands.press(ENTER, CONTROL)
    hands.see_row(WALKED_IN, "cards-waiting")
    return {}


def approve(hands: Hands, _: Known) -> Known:
    """Enter at the booking in the list of the day."""
    hands.click("rail-home")
    hands.enter_at("bookings", PATIENT)
    hands.see(f"{PATIENT} is expected")
    return {}


def check_in(hands: Hands, _: Known) -> Known:
    """Enter again: the card stands on the flow board."""
    hands.click("rail-home")
    hands.enter_at("bookings", PATIENT)
    hands.see_row(PATIENT, "cards-waiting")
    return {}


def see_paid(hands: Hands, _: Known) -> Known:
    """Who has paid stands in the last lane of the board."""
    hands.click("rail-home")
    hands.see_row(PATIENT, "cards-done")
    return {}


def _go_to_free_time(hands: Hands, doctor: str) -> None:
    """With the arrow keys: across to the doctor, down to the next time that is free."""
    grid: QWidget = hands.find("calendarGrid")
    hands.wait(lambda: bool(grid.accessibleDescription()), "where the keyboard is in the calendar")
    for _ in range(_MOST_STEPS):
        here = grid.accessibleDescription()
        if here.startswith(doctor) and here.endswith("Free"):
            return
        hands.press(Qt.Key.Key_Down if here.startswith(doctor) else Qt.Key.Key_Right)
    raise Missing(f"the keyboard comes to no free time of {doctor}")


PARTS = (
    register,
    book_from_chart,
    book_in_calendar,
    book_taken_time,
    take_nearest_time,
    walk_in,
    approve,
    check_in,
    see_paid,
)
