"""What was typed for prescriptions that weren't handed out yet, kept while others, or other pages, are looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

from bson import ObjectId

from hmsdesk.controllers.dispensary.handing_out import Given
from hmsdesk.controllers.dispensary.opening import OpenedPrescription


@dataclass(frozen=True)
class Unsent:
    """What somebody chose: amounts other than those proposed, other lots or products, and what the patient is told."""

    amounts: dict[int, int] = field(default_factory=dict)
    given: dict[int, Given] = field(default_factory=dict)
    told: str = ""


@dataclass(frozen=True)
class Sent:
    """A hand-out as it was sent; without an answer it can only be sent again as it is."""

    quantities: dict[int, int]
    given: dict[int, Given]
    told: str
    despite: str = ""


class Unsents:
    """By prescription. Amounts were chosen for what was owed then: once something was done, they are gone."""

    def __init__(self) -> None:
        self._kept: dict[ObjectId, tuple[int, Unsent]] = {}

    def keep(self, opened: OpenedPrescription, unsent: Unsent) -> None:
        """Keep this for a prescription in place of what was kept; with nothing in it, nothing is."""
        assert opened.prescription is not None
        key = opened.prescription["_id"]
        if unsent == Unsent():
            self._kept.pop(key, None)
        else:
            self._kept[key] = (len(opened.done), unsent)

    def of(self, opened: OpenedPrescription) -> Unsent:
        """What was chosen for a prescription and still stands."""
        key = opened.prescription["_id"] if opened.prescription else None
        done, unsent = self._kept.get(key, (0, Unsent())) if key else (0, Unsent())
        return unsent if done == len(opened.done) else Unsent(told=unsent.told)

    def forget(self, prescription: ObjectId) -> None:
        """It was handed out."""
        self._kept.pop(prescription, None)
