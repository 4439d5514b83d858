"""What is done with a prescription once it is signed: its page is printed or saved, or it is handed out at once."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.prescription_prints import printed_page, saved_page
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.paper_out import print_paper, save_paper
from hmsdesk.views.kit.paper_view import PaperSize

SENT = "The dispensary sees it now. Print the page for the patient."
KEPT = "Print the page for the patient, or hand out the medicines yourself."


def hands_out(context: Context) -> bool:
    """Whether who is signed in dispenses too, so that it is sent to nobody else."""
    return context.session.may("dispensations", CREATE)


def go_to_hand_out(context: Context, signed: Row) -> None:
    """Open it at the dispensary; nothing needs to be scanned."""
    context.navigate("dispensary", str(signed["_id"]))


def print_signed(holder: QWidget, context: Context, signed: Row, size: PaperSize) -> None:
    """Print its page."""
    make = partial(printed_page, context.session, signed["_id"])
    print_paper(holder, make, size, str(signed["number"]), context.toasts.show_problem)


def save_signed(holder: QWidget, context: Context, signed: Row, size: PaperSize) -> None:
    """Save its page."""
    make = partial(saved_page, context.session, signed["_id"], size)
    save_paper(holder, context.toasts, make, str(signed["number"]))
