"""A program that ends as one that is killed does, at a chosen step of an operation."""

from __future__ import annotations

import os
import signal

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

ASKED, ANSWERED = "asked", "answered"


class Dying(CommandListener):
    """Hears every command of this process, once it is registered with the driver."""

    def __init__(self) -> None:
        self._command = self._when = ""
        self._last: int | None = None

    def arm(self, command: str, when: str) -> None:
        """End with the next command of this name that belongs to an operation: before it is sent, or once answered."""
        self._command, self._when = command, when

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name != self._command or event.command.get("autocommit") is not False:
            return
        if self._when == ASKED:
            os.kill(os.getpid(), signal.SIGKILL)
        self._last = event.request_id

    def succeeded(self, event: CommandSucceededEvent) -> None:
        if event.request_id == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def failed(self, event: CommandFailedEvent) -> None:
        """It goes on."""
