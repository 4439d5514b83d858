"""Departments are kept; there is nothing more to them."""

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.models.departments import Department

DEPARTMENTS = Keeping(Department)
