"""The list of workstations. How one comes onto it and is shut out: see enrolment."""

from __future__ import annotations

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.models.workstations import Workstation

WORKSTATIONS = Keeping(Workstation)
