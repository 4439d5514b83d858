"""What is asked at the desk before it is done: refusing, setting aside, taking back, going against an allergy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.dispensary.opening import OpenedPrescription
from hmsdesk.controllers.dispensary.refusing import refuse, set_aside, take_back
from hmsdesk.models.dispensations import REFUSED
from hmsdesk.models.fields import TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.views.kit.asking import Ask, reason_field
from hmsdesk.views.kit.buttons import danger, primary
from hmsdesk.views.kit.context import Context

REFUSE_TEXT = "Nothing more is handed out for it, and the doctor reads why. It can be taken back."
TAKE_BACK_TEXT = (
    "For medicines that are on the shelf again: they go back to their lots, are owed again, and aren't to be paid."
)
DESPITE_HELP = "For example: the doctor was asked, and the patient has taken it since"
ASIDE_TEXT = "It leaves the queue, and the doctor reads why. Scanned, or chosen under Set aside, it opens as before."
NOT_HERE = "Not in stock, sent elsewhere"
Done = Callable[[Row], object]


def ask_refusal(over: QWidget, context: Context, opened: OpenedPrescription, done: Done) -> None:
    """Refuse a prescription with a reason."""
    session = context.session
    number = (opened.prescription or {})["number"]
    why = {"reason": reason_field("Reason for the doctor", 200)}
    ask = Ask(over, (f"Refuse {number}?", REFUSE_TEXT), why, danger("Refuse"), session.locale)
    ask.do(lambda values, operation: refuse(session, opened, values["reason"], operation), done)


def ask_aside(over: QWidget, context: Context, opened: OpenedPrescription, done: Done) -> None:
    """Let nobody wait for a prescription, with a reason."""
    session = context.session
    number = (opened.prescription or {})["number"]
    owed = [line for line in opened.lines if line.owed]
    is_here = any(product.stock for line in owed for product in (line.product, *line.others))
    usual = None if is_here else NOT_HERE
    why = TextField(verbose_name="Reason for the doctor", required=True, max_length=200, default=usual)
    ask = Ask(over, (f"Set {number} aside?", ASIDE_TEXT), {"reason": why}, primary("Set aside"), session.locale)
    ask.do(lambda values, operation: set_aside(session, opened, values["reason"], operation), done)


def ask_take_back(over: QWidget, context: Context, row: Row, done: Done) -> None:
    """Take a hand-out or a refusal back with a reason."""
    session = context.session
    refusal = row["kind"] == REFUSED
    words = (
        ("Take the refusal back?", "It can be handed out again.")
        if refusal
        else ("Take this hand-out back?", TAKE_BACK_TEXT)
    )
    ask = Ask(over, words, {"reason": reason_field("Reason", 200)}, danger("Take back"), session.locale)
    ask.do(lambda values, operation: take_back(session, row["_id"], values["reason"], operation), done)


def ask_despite(over: QWidget, locale: Locale, against: Sequence[str], given: Callable[[str], object]) -> None:
    """Why something is handed out that an allergy speaks against."""
    why = {"why": reason_field("Why, and whom you asked", 200, DESPITE_HELP)}
    ask = Ask(over, ("Hand out in spite of an allergy?", " ".join(against)), why, danger("Hand out"), locale)
    ask.then(lambda values: given(values["why"]))
