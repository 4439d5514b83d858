"""The draft of a patient's next prescription. The page in the chart and the one in a visit write on the same one."""

from __future__ import annotations

from hmsdesk.controllers.drafts import Draft, Drafts
from hmsdesk.models.row import Row


class KeptDraft:
    """What one page knows of it."""

    def __init__(self, drafts: Drafts, place: str) -> None:
        self._drafts = drafts
        self._place = place
        # As it lay on the disk when this page wrote or read it last.
        self._known: Row | None = None

    def read(self) -> Draft | None:
        """What was left in it."""
        kept = self._drafts.read(self._place)
        self._known = kept.values if kept else None
        return kept

    def keep(self, typed: Row) -> None:
        """Keep what is typed now. Raises OSError."""
        self._drafts.keep(self._place, typed)
        self._known = typed

    def drop(self) -> None:
        """It was signed, or given up."""
        self._drafts.drop(self._place)
        self._known = None

    def went_on_elsewhere(self) -> bool:
        """Whether another page changed it since, signed it, or threw it away."""
        kept = self._drafts.read(self._place)
        return (kept.values if kept else None) != self._known
