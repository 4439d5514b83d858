"""What keeps somebody from work, or spoils it, and isn't their doing: said while it lasts, gone with its cause."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from hmsdesk.database.audit import Heads
from hmsdesk.database.session import MOST_CLOCK_DIFFERENCE, Session
from hmsdesk.errors import UserError
from hmsdesk.settings import Settings, disk_refuses
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.toast import Toast, Toasts

SERVER, ROLE, CLOCK, DISK = "server", "role", "clock", "disk"
WRONG_CLOCK = UserError(
    "This computer's clock is wrong",
    "What you save is dated by the server's clock all the same. Set this computer's date and time.",
)
_LOOK_MS = 1000


class Troubles(QObject):
    """One person's, from signing in to signing out. `told` may be emitted on any thread."""

    told = Signal(str, object)
    """Which trouble: SERVER, ROLE, CLOCK or DISK; and the UserError that says it, or None once it is over."""

    def __init__(self, session: Session, heads: Heads, settings: Settings, toasts: Toasts) -> None:
        """heads: what is written into the data folder with everything that is done."""
        super().__init__()
        self._session = session
        self._heads = heads
        self._settings = settings
        self._toasts = toasts
        self._said: dict[str, str] = {}
        self._shown: dict[str, Toast] = {}
        self.told.connect(self._on_told)
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self.look_at_clock)
        self._looking.timeout.connect(self._look_at_disk)
        self._looking.start()

    def close(self) -> None:
        """The pages they are told on go."""
        self._looking.stop()
        self.told.disconnect(self._on_told)

    def look_at_clock(self) -> None:
        """Say that this computer's clock is wrong, and go by the server's wherever it is set."""
        clock = self._session.locale.clock
        if clock.look():
            tasks.run(self, self._session.server.clock_offset, self._on_measured, lambda _: None)
        self._tell_clock()

    def _on_measured(self, ahead: timedelta) -> None:
        self._session.locale.clock.ahead = ahead
        self._tell_clock()

    def _tell_clock(self) -> None:
        wrong = abs(self._session.clock_offset) > MOST_CLOCK_DIFFERENCE
        self.told.emit(CLOCK, WRONG_CLOCK if wrong else None)

    def _look_at_disk(self) -> None:
        """Say that this computer's disk takes nothing, and try again what it refused."""
        if self._heads.refused:
            tasks.run(self, self._heads.keep_owed, lambda _: self._tell_disk())
        self._tell_disk()

    def _tell_disk(self) -> None:
        refused = self._heads.refused
        self.told.emit(DISK, disk_refuses(self._settings.home, refused) if refused else None)

    def _on_told(self, about: str, problem: UserError | None) -> None:
        words = str(problem or "")
        if words == self._said.get(about, ""):
            return
        self._said[about] = words
        if before := self._shown.pop(about, None):
            before.leave()
        if problem is not None:
            toast = self._toasts.show_problem(problem)
            toast.stay()
            toast.gone.connect(partial(self._shown.pop, about, None))
            self._shown[about] = toast
