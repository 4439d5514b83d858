"""Whether the server answers, told within two seconds of its falling silent and of its coming back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.monitoring import (
    ServerHeartbeatFailedEvent,
    ServerHeartbeatListener,
    ServerHeartbeatStartedEvent,
    ServerHeartbeatSucceededEvent,
)

from hmsdesk.database.connection import encryption
from hmsdesk.database.tls_failures import of_tls
from hmsdesk.errors import UserError

# A server that was killed shows at once, one that is frozen after both together.
_BEAT_MS = 500
_PATIENCE_MS = 1000
_log = logging.getLogger(__name__)


class Pulse(ServerHeartbeatListener):
    """Asks nothing but whether the practice can be written to, signed in as nobody. close() ends it.

    A connection of its own: records and sign-ins may take their time on a slow line without counting as lost.
    on_state is called on the driver's threads, with each change; on_trouble with what whoever looks after the server
    has to mend before it can be reached, as its certificate.
    """

    def __init__(
        self,
        address: str,
        ca: Path | None,
        on_state: Callable[[bool], None],
        on_trouble: Callable[[UserError], None],
    ) -> None:
        self._on_state = on_state
        self._on_trouble = on_trouble
        self._trouble = ""
        self._closed = False
        # The member that was written to last; while it is none, nothing answers.
        self._primary: tuple[str, int | None] | None = None
        self._telling = threading.Lock()
        self._client: MongoClient[dict[str, Any]] = MongoClient(
            address,
            **encryption(address, ca),
            appname="HMSDesk pulse",
            event_listeners=[self],
            heartbeatFrequencyMS=_BEAT_MS,
            connectTimeoutMS=_PATIENCE_MS,
        )

    @property
    def beats(self) -> bool:
        """Whether the server answers now."""
        return self._primary is not None

    def close(self) -> None:
        """Tell nothing any more."""
        with self._telling:
            self._closed = True
        self._client.close()

    def started(self, event: ServerHeartbeatStartedEvent) -> None:
        """A member is asked."""

    def succeeded(self, event: ServerHeartbeatSucceededEvent) -> None:
        """A member has answered."""
        self._note(event.connection_id, event.reply.is_writable)

    def failed(self, event: ServerHeartbeatFailedEvent) -> None:
        """A member has not."""
        self._note(event.connection_id, writable=False)
        problem = of_tls(event.reply) if isinstance(event.reply, PyMongoError) else None
        with self._telling:
            if problem is not None and str(problem) != self._trouble and not self.beats and not self._closed:
                self._trouble = str(problem)
                self._on_trouble(problem)

    def _note(self, member: tuple[str, int | None], writable: bool) -> None:
        with self._telling:
            before, did_beat = self._primary, self.beats
            if writable:
                self._primary, self._trouble = member, ""
            elif member == before:
                self._primary = None
            if self.beats != did_beat and not self._closed:
                _log.info("the server %s", "answers" if self.beats else "does not answer")
                self._on_state(self.beats)
