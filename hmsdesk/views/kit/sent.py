"""The operation of what is sent: the same for as long as the same is wanted, also after the program has ended."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from hmsdesk.models.row import Row
from hmsdesk.views.kit.drafting import OPERATION

# What it was sent for, kept beside the operation.
SENT = "sent"


class SentOperation:
    """What was sent may have been done, its answer lost: something else that is wanted is another operation."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """What was sent is of no matter any more."""
        self.id = uuid4().hex
        self._wanted: Row | None = None
        self._before: Row | None = None

    def send(self, wanted: Row) -> bool:
        """It is about to be sent; whether that is another operation than what was sent before."""
        other = self._wanted not in (None, wanted)
        if other:
            self.begin_anew()
        self._before, self._wanted = self._wanted, wanted
        return other

    def was_sent_before(self) -> bool:
        """Whether what is sent now may have been done already."""
        return self._before is not None

    def hold_back(self) -> None:
        """It isn't sent after all: there is something to be decided first."""
        self._wanted = self._before

    def draft(self) -> Row:
        """What is to be kept of it in a draft."""
        return {OPERATION: self.id, SENT: self._wanted}

    def restore(self, kept: Mapping[str, object]) -> None:
        """Go on with what a draft kept."""
        self.id = str(kept.get(OPERATION) or self.id)
        wanted = kept.get(SENT)
        self._wanted = dict(wanted) if isinstance(wanted, Mapping) else None
