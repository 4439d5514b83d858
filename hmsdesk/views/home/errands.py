"""What waits for somebody at the desk: bookings to approve, of whatever day, who is late, whose time is closed by now,
and who waits for a time that is free now; for one who does everything also where somebody failed to sign in much too
often.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.backups import BACKUPS, overdue_backup
from hmsdesk.controllers.diaries import Offer
from hmsdesk.controllers.flow import Flow
from hmsdesk.controllers.sign_ins import SIGN_INS, ManyFailures, many_failures
from hmsdesk.controllers.stranded import STRANDING, Stranded, stranded
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.models.appointments import APPROVED, IN_CONSULTATION, NO_SHOW, PENDING
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock, time_or_day
from hmsdesk.security.permissions import READ, Role
from hmsdesk.views.home.backup import backup_errand
from hmsdesk.views.home.failures import failures_errand
from hmsdesk.views.home.stranded import stranded_errand
from hmsdesk.views.home.todo import Errand
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.appointment_words import near_time, patient_of
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.stepping import Stepping

# Who could come only later is found on the list itself.
SOON_DAYS = 1
AGAIN_MS = 120_000


class Errands(QObject):
    """Reads most of it off the day. What other days have is asked for apart, where there is news of it."""

    changed = Signal()

    def __init__(self, context: Context, page: QWidget, stepping: Stepping) -> None:
        super().__init__(page)
        self._context, self._session, self._page = context, context.session, page
        self._stepping = stepping
        self._asking = tasks.Latest(self)
        self._suits: list[tuple[Row, Offer]] = []
        self._asking_other_days = tasks.Latest(self)
        self._stranded: list[Stranded] = []
        self._pending: list[Row] = []
        self._asking_failures = tasks.Latest(self)
        self._failures: list[ManyFailures] = []
        self._asking_backup = tasks.Latest(self)
        self._backup: list[Errand] = []
        # These tell of what is booked, too.
        context.live.follow(page, STRANDING, self._ask_other_days)
        self._ask_other_days()
        self._ask_failures()
        self._ask_backup()
        if self._session.may(WAITING_LIST.resource, READ):
            # What becomes free is told as news of the list.
            context.live.follow(page, {WAITING_LIST.resource}, self._ask)
            # What somebody else has booked meanwhile isn't free any more.
            self._clock = QTimer(self, interval=AGAIN_MS)
            self._clock.timeout.connect(self._on_clock)
            self._clock.start()
            self._ask()

    def of(self, flow: Flow, rows: Sequence[Row]) -> list[Errand]:
        """What is to be done for these appointments, and for who waits for one."""
        pending = [row for row in rows if row["status"] == PENDING]
        late = [row for row in rows if row["status"] == APPROVED and self._is_late(row, flow)]
        now = self._session.now()
        suits = [one for one in self._suits if one[1].start > now]
        if len(suits) < len(self._suits):
            # Whose first time has begun may have a later one.
            self._suits = suits
            QTimer.singleShot(0, self, self._ask)
        suiting = [self._suiting(suits)] if suits else []
        # Who is with the doctor now stands on the board.
        here = {row["_id"] for row in flow.rows if row["status"] == IN_CONSULTATION}
        writing = [self._unfinished(visit) for visit in flow.open_visits if visit["_id"] not in here]
        closed = [stranded_errand(self._context, one) for one in self._stranded]
        asked = [*(self._approval(row) for row in pending), *(self._absence(row) for row in late)]
        failed = [failures_errand(self._context, one) for one in self._failures]
        return [*self._backup, *failed, *writing, *closed, *asked, *self._later_approvals(flow), *suiting]

    # Bookings

    def _is_late(self, row: Row, flow: Flow) -> bool:
        return bool((self._session.now() - row["start"]).total_seconds() >= flow.long * 60)

    def _approval(self, row: Row) -> Errand:
        words = f"waits for approval: {self._when(row)}"
        act = self._taking(row, APPROVED)
        return Errand(f"approve-{row['_id']}", "timer-sand", "warning", patient_of(row), words, "Approve", act)

    def _later_approvals(self, flow: Flow) -> list[Errand]:
        """One line for those of other days: the calendar opens at the first, with what can be done."""
        locale = self._session.locale
        # At midnight those of a day that was to come are among today's.
        later = [row for row in self._pending if locale.local(row["start"]).date() > flow.day]
        if not later:
            return []
        first, more = later[0], len(later) - 1
        when = f"{near_time(first['start'], locale)} with {first.get('practitioner:title', '')}"
        words = f"{'wait for approval; the first' if more else 'waits for approval'}: {when}"
        day = locale.local(first["start"]).date().isoformat()
        act = partial(self._context.navigate, "calendar", f"{day}/{first['_id']}")
        name = f"{patient_of(first)}{_and_others(more)}"
        return [Errand("approve-later", "timer-sand", "warning", name, words, "Open", act)]

    def _absence(self, row: Row) -> Errand:
        words = f"was expected at {self._when(row)}"
        act = self._taking(row, NO_SHOW)
        return Errand(f"absent-{row['_id']}", "account-clock-outline", "danger", patient_of(row), words, "No-show", act)

    def _unfinished(self, visit: Row) -> Errand:
        locale = self._session.locale
        words = f"visit open since {time_or_day(visit['started_at'], locale, locale.today())}"
        act = partial(self._context.navigate, "visit", str(visit["_id"]))
        name = str(visit.get("patient:title") or "")
        return Errand(f"visit-{visit['_id']}", "stethoscope", "busy", name, words, "Go on", act)

    def _when(self, row: Row) -> str:
        return f"{clock(row['start'], self._session.locale)} with {row.get('practitioner:title', '')}"

    def _taking(self, row: Row, status: str) -> Callable[[], None]:
        return lambda: self._stepping.take(row, status)

    # Other days

    def _ask_other_days(self) -> None:
        # Without the server's answer what was known stays.
        self._asking_other_days.ask(self._find_other_days, self._on_other_days, lambda _: None)

    def _find_other_days(self) -> tuple[list[Stranded], list[Row]]:
        """A doctor is only told of their own. Raises NotAllowed, Unreachable."""
        session, identity = self._session, self._session.identity
        own = identity.member if identity.role is Role.DOCTOR else None
        today = session.locale.local(session.now()).date()
        return stranded(session, own), APPOINTMENTS.pending_after(session, today, own)

    def _on_other_days(self, found: tuple[list[Stranded], list[Row]]) -> None:
        self._stranded, self._pending = found
        self.changed.emit()

    # Of one who does everything: the administrator's home tells of it otherwise

    def _ask_failures(self) -> None:
        if self._session.may(SIGN_INS.resource, READ):
            self._asking_failures.ask(partial(many_failures, self._session), self._on_failures, lambda _: None)

    def _on_failures(self, found: list[ManyFailures]) -> None:
        self._failures = found
        self.changed.emit()

    def _ask_backup(self) -> None:
        if self._session.may(BACKUPS.resource, READ):
            self._asking_backup.ask(partial(overdue_backup, self._session), self._on_backup, lambda _: None)

    def _on_backup(self, found: tuple[bool, datetime | None]) -> None:
        overdue, last = found
        self._backup = [backup_errand(self._context, last)] if overdue else []
        self.changed.emit()

    # The waiting list

    def _on_clock(self) -> None:
        if self._page.isVisible():
            self._ask()
            self._ask_failures()
            self._ask_backup()

    def _ask(self) -> None:
        # Without the server's answer what was known stays; the list itself says that it can't be loaded.
        self._asking.ask(self._find, self._on_found, lambda _: None)

    def _find(self) -> list[tuple[Row, Offer]]:
        """Who could come today or tomorrow, with the first free time. Raises NotAllowed, Unreachable."""
        locale, session = self._session.locale, self._session
        entries = WAITING_LIST.open_entries(session)
        fits = WAITING_LIST.fits(session, entries) if entries else {}
        found = [(entry, fits[entry["_id"]][0]) for entry in entries if fits.get(entry["_id"])]
        today = locale.local(session.now()).date()
        return [one for one in found if (locale.local(one[1].start).date() - today).days <= SOON_DAYS]

    def _on_found(self, found: list[tuple[Row, Offer]]) -> None:
        self._suits = found
        self.changed.emit()

    def _suiting(self, suits: Sequence[tuple[Row, Offer]]) -> Errand:
        """One line for all of them: the list is where they are called and booked."""
        entry, offer = suits[0]
        more = len(suits) - 1
        when = f"{near_time(offer.start, self._session.locale)} with {offer.doctor}"
        # The others have times of their own.
        words = f"on the waiting list could come{'; the first' if more else ''}: {when}"
        act = partial(self._context.navigate, "waiting_list", str(entry["_id"]))
        name = f"{patient_of(entry)}{_and_others(more)}"
        return Errand("waiting-list", "clipboard-clock-outline", "info", name, words, "Open list", act)


def _and_others(more: int) -> str:
    return f" and {more} {'other' if more == 1 else 'others'}" if more else ""
