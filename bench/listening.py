"""Hears what the driver sends, and nothing of what comes back."""

from __future__ import annotations

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandSucceededEvent


class Started(CommandListener):
    """A listener whose `started` is all it has to say."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Only the sending counts."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Only the sending counts."""
