"""What is done with a prescription once it is signed: printed or saved, taken back, or handed out at once."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.prescription_prints import printed_page, saved_page
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit.cancel_prescription import ask_to_cancel
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.paper_out import print_paper, save_paper
from hmsdesk.views.kit.paper_view import PaperSize, PaperView
from hmsdesk.views.prescribe.head import Head

SENT = "The dispensary sees it now. Print the page for the patient."
KEPT = "Print the page for the patient, or hand out the medicines yourself."


def hands_out(context: Context) -> bool:
    """Whether who is signed in dispenses too, so that it is sent to nobody else."""
    return context.session.may("dispensations", CREATE)


class SignedPaper(QObject):
    """Does it where the bar above asks for it, in the size that is looked at."""

    cancelled = Signal(object)
    """The cancellation."""

    def __init__(self, holder: QWidget, context: Context, head: Head, preview: PaperView, patient: str) -> None:
        """patient: whose it is, by name."""
        super().__init__(holder)
        self.row: Row | None = None
        """The signed prescription; None before."""
        self._holder = holder
        self._context = context
        self._preview = preview
        self._patient = patient
        head.print_asked.connect(self._print)
        head.save_asked.connect(self._save)
        head.cancel_asked.connect(self._cancel)
        head.hand_out_asked.connect(self._hand_out)

    def _print(self) -> None:
        if self.row is not None:
            make = partial(printed_page, self._context.session, self.row["_id"])
            failed = self._context.toasts.show_problem
            size, keep = self._preview.paper_size, partial(self._keep, self.row)
            print_paper(self._holder, make, size, str(self.row["number"]), failed, keep=keep)

    def _save(self) -> None:
        if self.row is not None:
            self._keep(self.row, self._preview.paper_size)

    def _keep(self, row: Row, size: PaperSize) -> None:
        make = partial(saved_page, self._context.session, row["_id"], size)
        save_paper(self._holder, self._context.toasts, make, str(row["number"]))

    def _cancel(self) -> None:
        if self.row is not None:
            ask_to_cancel(self._holder, self._context, self.row, self._patient, self.cancelled.emit)

    def _hand_out(self) -> None:
        """Open it at the dispensary; nothing needs to be scanned."""
        if self.row is not None:
            self._context.navigate("dispensary", str(self.row["_id"]))
