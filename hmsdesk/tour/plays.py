"""What is played: who does what, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hmsdesk.controllers import demo
from hmsdesk.controllers.demo import CASHIER
from hmsdesk.security.permissions import Role


class Who(StrEnum):
    """The people of the plays, each at a workstation of their own."""

    RECEPTION = "reception"
    NURSE = "nurse"
    DOCTOR = "doctor"
    PHARMACIST = "pharmacist"
    CASHIER = "cashier"
    ADMINISTRATOR = "administrator"
    SOLO = "solo"


@dataclass(frozen=True)
class Step:
    """One thing that one person does. part: its name among the parts. title: what the report calls it."""

    who: Who
    part: str
    title: str


@dataclass(frozen=True)
class Play:
    """A day. name: of its folder. people: their e-mails. solo: at the practice of one doctor."""

    name: str
    title: str
    people: dict[Who, str]
    steps: tuple[Step, ...]
    solo: bool = False


CLINIC = Play(
    "clinic",
    "A clinic's day: six people at six workstations",
    {
        Who.RECEPTION: demo.email_of(Role.RECEPTIONIST),
        Who.NURSE: demo.email_of(Role.NURSE),
        Who.DOCTOR: demo.email_of(Role.DOCTOR),
        Who.PHARMACIST: demo.email_of(Role.PHARMACIST),
        Who.CASHIER: CASHIER,
        Who.ADMINISTRATOR: demo.email_of(Role.ADMINISTRATOR),
    },
    (
        Step(Who.RECEPTION, "sign_in", "The receptionist signs in"),
        Step(Who.NURSE, "sign_in", "The nurse signs in"),
        Step(Who.DOCTOR, "sign_in", "The doctor signs in"),
        Step(Who.PHARMACIST, "sign_in", "The pharmacist signs in"),
        Step(Who.CASHIER, "sign_in", "The cashier signs in"),
        Step(Who.ADMINISTRATOR, "sign_in", "The administrator signs in"),
        Step(Who.CASHIER, "open_drawer", "The cashier counts the change and opens the drawer"),
        Step(Who.RECEPTION, "register", "The receptionist registers a patient"),
        Step(Who.RECEPTION, "book_in_calendar", "and books a free time in the calendar, still to be approved"),
        Step(Who.RECEPTION, "book_taken_time", "The same time for somebody else is refused, the nearest are offered"),
        Step(Who.RECEPTION, "take_nearest_time", "and one of them is booked"),
        Step(Who.RECEPTION, "walk_in", "Somebody without a booking is registered, booked and checked in at once"),
        Step(Who.RECEPTION, "approve", "The receptionist approves the booking"),
        Step(Who.RECEPTION, "check_in", "and checks the patient in"),
        Step(Who.NURSE, "hear_of_arrival", "The nurse hears that the patient is there"),
        Step(Who.NURSE, "measure", "takes the vital signs, and is asked about an unusual one"),
        Step(Who.NURSE, "correct", "which was measured wrongly: the right one is saved"),
        Step(Who.DOCTOR, "see_vitals_done", "The doctor sees that the vital signs are done"),
        Step(Who.DOCTOR, "begin_visit", "and begins the visit"),
        Step(Who.DOCTOR, "record_allergy", "An allergy is recorded"),
        Step(Who.DOCTOR, "write_note", "The note: a template, and a diagnosis by its first letters"),
        Step(Who.DOCTOR, "prescribe_against_allergy", "A penicillin is prescribed: the allergy check stops it"),
        Step(Who.DOCTOR, "change_medicine", "Another medicine takes its place, and one more is added"),
        Step(Who.DOCTOR, "sign", "The prescription is signed"),
        Step(Who.DOCTOR, "save_page", "and its page is saved for printing"),
        Step(Who.DOCTOR, "close_visit", "The doctor closes the visit"),
        Step(Who.PHARMACIST, "see_waiting", "The pharmacist sees the prescription waiting"),
        Step(Who.PHARMACIST, "refuse_forged", "scans an altered page: it is refused"),
        Step(Who.PHARMACIST, "scan", "scans the genuine one"),
        Step(Who.PHARMACIST, "hand_out", "and hands out the medicines"),
        Step(Who.PHARMACIST, "see_labels", "with their labels"),
        Step(Who.PHARMACIST, "scan_again", "A second scan says that they are handed out"),
        Step(Who.CASHIER, "see_charges", "The cashier sees what visit and medicines cost"),
        Step(Who.CASHIER, "approve_bill", "approves the bill"),
        Step(Who.CASHIER, "take_wrongly", "takes a payment that is none"),
        Step(Who.CASHIER, "undo_payment", "and undoes it"),
        Step(Who.CASHIER, "take_cash", "takes a part in cash, and is told the change"),
        Step(Who.CASHIER, "take_card", "and the rest by card"),
        Step(Who.CASHIER, "save_receipt", "The receipt is saved for printing"),
        Step(Who.RECEPTION, "see_paid", "The receptionist sees the patient leave"),
        Step(Who.CASHIER, "close_drawer", "The cashier counts the drawer and closes the day"),
        Step(Who.ADMINISTRATOR, "see_figures", "The administrator sees the day's figures"),
        Step(Who.ADMINISTRATOR, "verify", "and verifies the trail"),
    ),
)

SOLO = Play(
    "solo",
    "A doctor's day: one person who does everything",
    {Who.SOLO: next(demo.accounts(solo=True))[0]},
    (
        Step(Who.SOLO, "sign_in", "The doctor signs in"),
        Step(Who.SOLO, "register", "registers a patient"),
        Step(Who.SOLO, "book_from_chart", "books the next free time from the chart"),
        Step(Who.SOLO, "walk_in", "lets somebody in without a booking"),
        Step(Who.SOLO, "check_in", "checks the patient in"),
        Step(Who.SOLO, "begin_visit", "begins the visit"),
        Step(Who.SOLO, "measure_in_visit", "takes the vital signs"),
        Step(Who.SOLO, "record_allergy", "records an allergy"),
        Step(Who.SOLO, "write_note", "writes the note"),
        Step(Who.SOLO, "prescribe_against_allergy", "prescribes a penicillin: the allergy check stops it"),
        Step(Who.SOLO, "change_medicine", "takes another medicine"),
        Step(Who.SOLO, "sign", "signs the prescription"),
        Step(Who.SOLO, "save_page", "saves its page for printing"),
        Step(Who.SOLO, "close_visit", "closes the visit"),
        Step(Who.SOLO, "scan", "scans the page"),
        Step(Who.SOLO, "hand_out", "hands out from the own stock"),
        Step(Who.SOLO, "see_charges", "sees what it costs"),
        Step(Who.SOLO, "approve_bill", "approves the bill"),
        Step(Who.SOLO, "take_cash", "takes a part in cash"),
        Step(Who.SOLO, "take_card", "and the rest by card"),
        Step(Who.SOLO, "close_drawer", "counts the drawer and closes the day"),
        Step(Who.SOLO, "verify", "verifies the trail"),
    ),
    solo=True,
)

PLAYS = (CLINIC, SOLO)
