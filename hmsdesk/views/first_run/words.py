"""What the wizard says around its steps: beside them, while one waits, and before the window is closed over them."""

from __future__ import annotations

from hmsdesk.views.first_run.choices import ALONE, JOIN, RESTORE, SHARED
from hmsdesk.views.first_run.founding import RecoveryStep
from hmsdesk.views.first_run.restore import NewCodeStep
from hmsdesk.views.first_run.starter import StarterStep
from hmsdesk.views.first_run.step import Step

SIDES = {
    ALONE: "A new practice",
    SHARED: "A new practice",
    JOIN: "Join a practice",
    RESTORE: "Bring a practice back",
}
USUALLY_TAKES = "This takes some seconds."
ATLAS_TAKES = "This takes a minute or two: MongoDB Atlas brings each step to the cluster."
# What goes with the window, by the step it is on: the question, what it means, and closing all the same.
CLOSING: dict[type[Step], tuple[str, str, str]] = {
    RecoveryStep: (
        "Close without the recovery code?",
        "It is shown only now, and what to begin with isn't asked either. Should you not have the code: sign in, and "
        "make a new one in Accounts, under “The practice”.",
        "Close",
    ),
    NewCodeStep: (
        "Close without the recovery code?",
        "It is shown only now, and the one from before opens nothing here. Should you not have the code: sign in, and "
        "make a new one in Accounts, under “The practice”.",
        "Close",
    ),
    StarterStep: (
        "Close without anything to begin with?",
        "Departments, services with their prices and the working week are then entered one by one, under Clinic.",
        "Close",
    ),
}
_FOUNDED = ("The recovery code", "What to begin with")
AFTERWARDS = {ALONE: _FOUNDED, SHARED: _FOUNDED, JOIN: (), RESTORE: ("The recovery code", "What was restored")}
WORDS = {ALONE: "Set up", SHARED: "Set up", JOIN: "Join", RESTORE: "Bring it back"}
