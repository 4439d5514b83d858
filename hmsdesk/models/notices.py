"""What a person is told of while they work: one row for each kind of news that concerns a role.

A notice is nothing of its own: it is read off `changes`, which says what was done to which record, and off the record
as the reader may see it.
"""

from __future__ import annotations

from dataclasses import dataclass

from hmsdesk.models.appointments import CANCELLED, CHECKED_IN
from hmsdesk.models.dispensations import ASIDE, REFUSE
from hmsdesk.models.observations import VITALS_RECORDED
from hmsdesk.security.permissions import Role

# As long as `changes` are kept.
LISTED_DAYS = 7


@dataclass(frozen=True)
class NoticeKind:
    """News of one action on one collection.

    roles: who is told of it. own_for: of these, who only if the record's practitioner is themselves.
    left_too: to these, that somebody was moved away from them concerns them as well.
    title, about: with the record's fields in braces, as a person reads them.
    told_of: the field that leads to the record that is spoken of, where it isn't the changed one.
    opens: the module it leads to, and the field that says at which record.
    one_each: the field of which only the newest is told: a patient has one bill, however many things are put on it.
    of_oneself: told as well to whoever did it, who may not have noticed.
    settled_in: (collection, field) of what is done about it; where something was, by whoever, it counts as read.
    """

    collection: str
    action: str
    roles: tuple[Role, ...]
    heading: str
    title: str
    about: str
    icon: str
    opens: tuple[str, str]
    own_for: tuple[Role, ...] = ()
    left_too: bool = False
    told_of: str = ""
    one_each: str = "_id"
    of_oneself: bool = False
    settled_in: tuple[tuple[str, str], ...] = ()


KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        "appointments",
        "book",
        (Role.DOCTOR, Role.RECEPTIONIST),
        "Booked",
        "{patient} is booked",
        "{start}, {practitioner}",
        "calendar-plus",
        ("patients", "patient"),
        own_for=(Role.DOCTOR,),
    ),
    NoticeKind(
        "appointments",
        "move",
        (Role.DOCTOR, Role.RECEPTIONIST),
        "Moved",
        "{patient} has another time",
        "{start}, {practitioner}",
        "calendar-arrow-right",
        ("patients", "patient"),
        own_for=(Role.DOCTOR,),
        left_too=True,
    ),
    NoticeKind(
        "appointments",
        CANCELLED,
        (Role.DOCTOR,),
        "Cancelled",
        "{patient} doesn't come",
        "{start}, {practitioner}",
        "calendar-remove-outline",
        ("patients", "patient"),
        own_for=(Role.DOCTOR,),
    ),
    NoticeKind(
        "appointments",
        CHECKED_IN,
        (Role.DOCTOR, Role.NURSE),
        "Checked in",
        "{patient} has come",
        "{start}, {practitioner}",
        "account-check-outline",
        ("patients", "patient"),
        own_for=(Role.DOCTOR,),
    ),
    NoticeKind(
        "appointments",
        VITALS_RECORDED,
        (Role.DOCTOR,),
        "Vital signs",
        "Vitals done: {patient}",
        "{start}, {practitioner}",
        "pulse",
        ("patients", "patient"),
        own_for=(Role.DOCTOR,),
    ),
    NoticeKind(
        "waiting_list",
        "slot freed",
        (Role.RECEPTIONIST,),
        "Waiting list",
        "A time is free for {patient}",
        "A booking was moved or given up. The list says which time suits.",
        "calendar-clock-outline",
        ("waiting_list", "_id"),
        of_oneself=True,
    ),
    NoticeKind(
        "prescriptions",
        "sign prescription",
        (Role.PHARMACIST,),
        "Prescriptions to dispense",
        "Medicines for {patient}",
        "{practitioner}, {number}",
        "pill",
        ("dispensary", "_id"),
        settled_in=(("dispensations", "prescription"), ("prescription_cancellations", "prescription")),
    ),
    NoticeKind(
        "prescription_cancellations",
        "cancel prescription",
        (Role.PHARMACIST,),
        "Cancelled prescriptions",
        "Hand nothing more to {patient}",
        "Cancelled by {practitioner}, {number}",
        "cancel",
        ("dispensary", "_id"),
        told_of="prescription",
    ),
    NoticeKind(
        "dispensations",
        "dispense",
        (Role.DOCTOR,),
        "Dispensed",
        "{patient} was handed medicines",
        "{number}",
        "hand-extended-outline",
        ("prescriptions", "_id"),
        own_for=(Role.DOCTOR,),
        told_of="prescription",
    ),
    NoticeKind(
        "dispensations",
        REFUSE,
        (Role.DOCTOR,),
        "Refused by the dispensary",
        "{patient} was handed nothing",
        "{number}",
        "hand-back-right-outline",
        ("prescriptions", "_id"),
        own_for=(Role.DOCTOR,),
        told_of="prescription",
    ),
    NoticeKind(
        "dispensations",
        ASIDE,
        (Role.DOCTOR,),
        "Set aside by the dispensary",
        "Medicines for {patient} are set aside",
        "{number}",
        "pause-circle-outline",
        ("prescriptions", "_id"),
        own_for=(Role.DOCTOR,),
        told_of="prescription",
    ),
    NoticeKind(
        "charges",
        "charge",
        (Role.RECEPTIONIST,),
        "To pay",
        "{patient} has something to pay",
        "{label}",
        "wallet-outline",
        ("cash_desk", "patient"),
        one_each="patient",
    ),
    NoticeKind(
        "medicines",
        "low stock",
        (Role.PHARMACIST,),
        "Low stock",
        "{name} is running low",
        "",
        "alert-outline",
        ("stock_ledger", "_id"),
        of_oneself=True,
    ),
)


def kinds_for(role: Role) -> tuple[NoticeKind, ...]:
    """What a role is told of; one who does everybody's work alone is told of everybody's."""
    return tuple(kind for kind in KINDS if role in kind.roles or role is Role.SOLO)
