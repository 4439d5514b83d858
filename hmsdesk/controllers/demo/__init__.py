"""A demo practice: invented people, an account for each role, and a year of work, so that everything can be tried."""

from hmsdesk.controllers.demo.making import Size, accounts, forget, make, refuse_real
from hmsdesk.controllers.demo.people import PASSWORD, PEOPLE

__all__ = ["PASSWORD", "PEOPLE", "Size", "accounts", "forget", "make", "refuse_real"]
