"""What was agreed on bills that aren't approved yet, kept until they are: also from one program to the next."""

from __future__ import annotations

from bson import ObjectId

from hmsdesk.controllers.invoices import LineTerms
from hmsdesk.models.row import Row
from hmsdesk.views.cash_desk.draft import Draft
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import drafting

MODULE = "cash_desk"


class KeptTerms:
    """By patient, whose place in the cash desk is offered for it. What nobody changed isn't kept."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._changed: dict[ObjectId, Draft] = {}

    def of(self, patient: Row) -> Draft:
        """How a patient's charges are to be billed: as was agreed, or else as their record proposes."""
        whose = patient["_id"]
        if whose not in self._changed:
            kept = drafting(self._context, _place(whose)).values
            if kept is None:
                return Draft.of(patient)
            self._changed[whose] = _draft(whose, dict(kept))
        return self._changed[whose]

    def keep(self, draft: Draft) -> None:
        """Keep what is agreed now. Raises OSError where this computer can't; until the program ends it is kept."""
        self._changed[draft.patient] = draft
        terms = [{"charge": charge} | vars(one) for charge, one in draft.terms.items()]
        values = {"insurer": draft.insurer, "policy": draft.policy, "percent": draft.percent, "terms": terms}
        self._context.drafts.keep(_place(draft.patient), values)

    def drop(self, patient: ObjectId) -> bool:
        """It is billed, or there is nothing to be billed any more. Whether something was agreed."""
        # What an earlier program left is this one's first.
        left = self._context.drafts.read(_place(patient))
        self._context.drafts.drop(_place(patient))
        return self._changed.pop(patient, None) is not None or left is not None


def _place(patient: ObjectId) -> str:
    return f"{MODULE}/{patient}"


def _draft(patient: ObjectId, kept: Row) -> Draft:
    terms = {one["charge"]: LineTerms(one["percent"], one["discount"], one["reason"]) for one in kept["terms"]}
    return Draft(patient, kept["insurer"], kept["policy"], kept["percent"], terms)
