"""What an owner does that may take minutes: the password, how far it is, and leaving it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from hmsdesk.models.text import so_many
from hmsdesk.views.kit.owner_work import OwnerWork

STOPPING = "Stopping…"


class LongOwnerWork(OwnerWork):
    """Says how far it is, and can be stopped. watch: for the work, which is told of both by it."""

    def __init__(self, parent: QWidget, title: str, text: str, action: str) -> None:
        super().__init__(parent, title, text, action)
        self.watch = self._bar.watch
        self._bar.went_on.connect(lambda done, of: self._say(f"{done:,} of about {so_many(of, 'record')}…", "muted"))

    def _set_working(self, working: bool) -> None:
        super()._set_working(working)
        self._bar.begin()
        self._no.setEnabled(True)

    def reject(self) -> None:
        """While it is working, that it should end."""
        if self._working and not self._bar.is_stopped():
            self._bar.stop()
            self._no.setEnabled(False)
            self._say(STOPPING, "muted")
        else:
            super().reject()
