"""A demo practice: invented people, an account for each role, and a year of work, so that everything can be tried."""

from hmsdesk.controllers.demo.making import Size, accounts, forget, is_solo, make, refuse_real, was_broken_off
from hmsdesk.controllers.demo.people import CASHIER, PASSWORD, PEOPLE, email_of

__all__ = [
    "CASHIER",
    "PASSWORD",
    "PEOPLE",
    "Size",
    "accounts",
    "email_of",
    "forget",
    "is_solo",
    "make",
    "refuse_real",
    "was_broken_off",
]
