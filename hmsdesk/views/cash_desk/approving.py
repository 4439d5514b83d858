"""Approving what waits to be billed, once, and undoing that at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from hmsdesk.controllers.invoices import INVOICES, IssueInvoice
from hmsdesk.models.invoices import rest
from hmsdesk.models.row import Row
from hmsdesk.views.cash_desk.draft import Draft
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.toast import Toast

if TYPE_CHECKING:
    from hmsdesk.views.cash_desk.bill import BillPanel


class Approving:
    """What the button of a bill's panel does."""

    def __init__(self, panel: BillPanel, context: Context) -> None:
        self._panel = panel
        self._context = context
        self._operation = uuid4().hex
        self._approved: Toast | None = None

    def begin_anew(self) -> None:
        """Something else is to be billed, or otherwise: what is approved from now on is another bill."""
        self._operation = uuid4().hex

    def approve(self) -> None:
        """Approve what is shown, as it is shown."""
        account, draft, button = self._panel.account, self._panel.draft, self._panel.approve
        if account is None or draft is None or button.is_working or not button.isVisible():
            return
        terms = {one["_id"]: draft.terms_of(one) for one in account.charges}
        asked = IssueInvoice(draft.patient, terms, draft.insurer, draft.policy)
        self._panel.notice.hide()
        button.set_working("Approving…")
        work = partial(INVOICES.issue, self._context.session, asked, self._operation)
        tasks.run(self._panel, work, partial(self._on_approved, draft), self._panel.say_failed)

    def _on_approved(self, draft: Draft, bill: Row) -> None:
        self._panel.papers.add(bill["_id"])
        agreed = draft if self._panel.kept.drop(bill["patient"]) else None
        undo = ("Undo", partial(self._on_undo, bill, agreed))
        self._approved = self._context.toasts.show(
            f"{bill['number']} is approved", "Nothing of it is paid yet." if rest(bill) else "", action=undo
        )
        self._approved.gone.connect(self._on_gone)
        self.begin_anew()
        self._panel.changed.emit(bill["patient"], bill["_id"])

    def _on_gone(self) -> None:
        self._approved = None

    def forget(self) -> None:
        """With a payment on it, approving can't be undone any more."""
        if self._approved is not None:
            self._approved.leave()

    def _on_undo(self, bill: Row, agreed: Draft | None) -> None:
        """agreed: how it was billed where somebody said so, as it is to be billed anew."""

        def show(_: Row) -> None:
            if agreed is not None:
                self._panel.keep(agreed)
            self._panel.changed.emit(bill["patient"], None)

        work = partial(INVOICES.void, self._context.session, bill, "Approved by mistake", uuid4().hex)
        tasks.run(self._panel, work, show, self._panel.say_failed)
