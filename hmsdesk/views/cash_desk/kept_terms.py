"""What was agreed on bills that aren't approved yet, kept until they are: also from one program to the next."""

from __future__ import annotations

from bson import ObjectId

from hmsdesk.controllers.cash_desk import Account
from hmsdesk.controllers.invoices import LineTerms
from hmsdesk.models.invoices import VOID
from hmsdesk.models.row import Row
from hmsdesk.views.cash_desk.draft import Draft
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import drafting

MODULE = "cash_desk"


class KeptTerms:
    """By patient, whose place in the cash desk is offered for it. What nobody changed isn't kept.

    It is about the charges that waited when it was agreed on, and ends with the last of them.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._changed: dict[ObjectId, Draft] = {}
        # Whose terms the disk hasn't taken yet.
        self._owed: set[ObjectId] = set()

    def of(self, account: Account, seen: Draft | None) -> Draft:
        """How what waits is to be billed: as was agreed on some of it, or else as the patient's record proposes.

        seen: as it was shown until now.
        """
        whose, draft = account.patient["_id"], seen or self._kept(account.patient["_id"])
        if draft is not None and not draft.still_about(account.charges):
            self.drop(whose)
            draft = None
        return (draft or Draft.of(account.patient)).looked_at(account.charges)

    def keep(self, draft: Draft) -> None:
        """Keep what is agreed now, until the program ends; `keep_owed` writes it down."""
        self._changed[draft.patient] = draft
        self._owed.add(draft.patient)

    def keep_owed(self) -> None:
        """Write down what isn't yet. Raises OSError where this computer can't."""
        for whose in list(self._owed):
            self._write(self._changed[whose])
            self._owed.remove(whose)

    def _write(self, draft: Draft) -> None:
        terms = [{"charge": charge} | vars(one) for charge, one in draft.terms.items()]
        values = {"insurer": draft.insurer, "policy": draft.policy, "percent": draft.percent, "terms": terms}
        self._context.drafts.keep(_place(draft.patient), values | {"charges": list(draft.charges)})

    def drop_billed(self, bill: Row) -> None:
        """A bill is looked at: what was agreed on what it bills is settled. What is void waits again."""
        kept = self._kept(bill["patient"])
        if kept is not None and bill["state"] != VOID and not kept.charges.isdisjoint(_charges(bill)):
            self.drop(bill["patient"])

    def _kept(self, whose: ObjectId) -> Draft | None:
        if whose not in self._changed:
            kept = drafting(self._context, _place(whose)).values
            if kept is None:
                return None
            self._changed[whose] = _draft(whose, dict(kept))
        return self._changed[whose]

    def drop(self, patient: ObjectId) -> bool:
        """It is billed, or there is nothing to be billed any more. Whether something was agreed."""
        # What an earlier program left is this one's first.
        left = self._context.drafts.read(_place(patient))
        self._context.drafts.drop(_place(patient))
        self._owed.discard(patient)
        return self._changed.pop(patient, None) is not None or left is not None


def _place(patient: ObjectId) -> str:
    return f"{MODULE}/{patient}"


def _draft(patient: ObjectId, kept: Row) -> Draft:
    terms = {one["charge"]: LineTerms(one["percent"], one["discount"], one["reason"]) for one in kept["terms"]}
    # One that doesn't say what it was about is about nothing that could still wait.
    charges = frozenset(kept.get("charges") or (patient,))
    return Draft(patient, kept["insurer"], kept["policy"], kept["percent"], terms, charges)


def _charges(bill: Row) -> set[ObjectId]:
    return {line["charge"] for line in bill["lines"]}
