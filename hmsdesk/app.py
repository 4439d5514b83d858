"""Builds every part and hands it to the next: the window, the way in, and the desk of whoever is signed in."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from hmsdesk.entrance import Entrance
from hmsdesk.errors import UserError
from hmsdesk.settings import COMPUTER, PROFILE_FILE, ChoicesFile, Settings
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.habits import habits, look_as_before
from hmsdesk.views.kit.idle import Idle
from hmsdesk.window import Window

if TYPE_CHECKING:
    from hmsdesk.controllers.workplace import Workplace
    from hmsdesk.database.session import Identity, Session
    from hmsdesk.desk import Desk
    from hmsdesk.security.permissions import Role

_SCREENLESS = ("offscreen", "minimal")
_LOOK_MS = 300
# How long the end may take where the server is silent, which shows after 1.5 s: for work under way, and for the rest.
_TASKS_S = 1.6
_FAREWELL_S = 1.2
# Each of Qt's calls lets go of the interpreter. Beside a thread that computes, the window would wait Python's usual
# 5 ms to have it back, hundreds of times for a page.
_TURN_S = 0.0001
_EXPIRED = UserError("You were signed out.", "A session ends after some hours. Sign in again.")
_log = logging.getLogger(__name__)


class Program(QObject):
    """From the first window to the last: lets people in, locks, and lets them out."""

    def __init__(self, application: QApplication, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self._application = application
        self.window = Window()
        self.entrance = Entrance(settings)
        self.desk: Desk | None = None
        self.is_held_up = False
        """Whether threads were left behind at the end, which wait for the server."""
        self._idle = Idle(application, settings.idle_lock_s, settings.session_s)
        self._connect()

    def _connect(self) -> None:
        tasks.report = self.report
        self.window.painted.connect(self._begin_watching)
        self.window.closed.connect(self.end)
        self.entrance.entered.connect(self._on_entered)
        self.entrance.connected.connect(self._on_connected)
        self.entrance.troubled.connect(self._on_troubled)
        self._idle.idle.connect(self._lock_idle)
        self._idle.leaving.connect(self.lock)
        self._idle.expired.connect(self._on_expired)

    def _begin_watching(self) -> None:
        from hmsdesk.views.kit.daily_backups import DailyBackups
        from hmsdesk.views.kit.field_keys import FieldKeys

        self._field_keys = FieldKeys(self._application)
        self._backups = DailyBackups(self, self.entrance)
        self.window.closed.connect(self._backups.stop)

    def begin(self) -> None:
        """Show the first window at once; what takes longer, such as the server, is begun behind it."""
        if self._is_set_up() or not self._has_folder():
            self.entrance.show_practice()
            self._show_sign_in()
            self.window.painted.connect(self.entrance.open)
        else:
            self.window.painted.connect(self._prepare_first_run)
        if _has_screen():
            self.window.return_to(self.settings.home)
        self.window.show()

    def _is_set_up(self) -> bool:
        try:
            return (self.settings.home / PROFILE_FILE).exists()
        except OSError:
            return False

    def _has_folder(self) -> bool:
        """Whether the data folder can be used. Where not, opening the door says in words what is wrong with it."""
        try:
            self.settings.folder()
        except UserError:
            return False
        return True

    def end(self) -> None:
        """Give everything back. The embedded server stops with the last window.

        Work under way, such as an owner's, is waited for while the server answers. What a silent server holds up is
        left behind. Nothing is lost: what was typed is a draft on this computer.
        """
        self._idle.stop()
        self.entrance.stop()
        if self._is_set_up() and _has_screen():
            self.window.keep_place(self.settings.home)
        endings = [_begun(self.desk.leave())] if self.desk is not None else []
        while not (have_ended := tasks.stop(_TASKS_S)) and not self.entrance.is_silent():
            pass
        if self.desk is not None:
            self.desk.close()
        endings.append(_begun(self.entrance.close))
        deadline = time.monotonic() + _FAREWELL_S
        for ending in endings:
            ending.join(max(0.0, deadline - time.monotonic()))
        self.is_held_up = not have_ended or any(ending.is_alive() for ending in endings)

    def report(self, problem: Exception) -> None:
        """The one door for failures that no page takes: a toast for what is expected, a report for what isn't."""
        if not isinstance(problem, UserError):
            # Its words may hold what a record says; the places it went through don't.
            report = "".join([*traceback.format_tb(problem.__traceback__), type(problem).__name__])
            _log.error("%s", report)
            from hmsdesk.views.kit.dialogs import show_bug

            show_bug(self.window, report)
        elif self.desk is not None and not self.is_locked():
            self.desk.frame.toasts.show_problem(problem)
        else:
            self.entrance.sign_in.show_refusal(problem)

    def is_locked(self) -> bool:
        """Whether somebody's pages wait behind the sign-in window."""
        return self.desk is not None and self.window.currentWidget() is not self.desk.frame

    def lock(self, why: str = "Locked.") -> None:
        """Forget the keys and ask who is there. What is on the pages waits for the same person."""
        if self.desk is not None:
            identity = self.desk.session.identity
            self._ask_again(identity.role, f"{why} What is open waits for {identity.name}.")

    def _lock_idle(self) -> None:
        minutes = max(1, round(self.settings.idle_lock_s / 60))
        self.lock(f"Locked after {minutes} {'minute' if minutes == 1 else 'minutes'} without work.")

    def _ask_again(self, role: Role, why: str = "") -> None:
        """Ask the same person for their password, to go on in a role of theirs."""
        if self.desk is not None and not self.is_locked():
            self._leave(self.desk, self.desk.session.identity, role, why)

    def _ask_as(self, role: Role) -> None:
        """Another role of the same person."""
        from hmsdesk.security.permissions import ROLE_WORDS

        self._ask_again(role, f"Type your password to go on as {ROLE_WORDS[role].lower()}.")

    def sign_out(self) -> None:
        """Leave for good: the pages are closed, and what wasn't saved stays as a sealed draft."""
        if self.desk is not None:
            self._leave(self.desk)
            self._clear_away()

    def _leave(self, desk: Desk, waiting: Identity | None = None, role: Role | None = None, why: str = "") -> None:
        self._idle.stop()
        # First out of sight: forms keep a draft as they are hidden, for which they need the keys.
        self._show_sign_in(waiting.email if waiting else "", role, why, waiting)
        tasks.run(self, desk.leave(), lambda _: None)

    def _show_sign_in(
        self, email: str = "", role: Role | None = None, why: str = "", waiting: Identity | None = None
    ) -> None:
        self.window.show_only(self.entrance.sign_in)
        self.entrance.ask(email, role, why, waiting)

    def _clear_away(self) -> None:
        """Nobody's pages are left."""
        desk, self.desk = self.desk, None
        if desk is not None:
            desk.close()
            self.window.removeWidget(desk.frame)
            desk.frame.deleteLater()
            desk.deleteLater()

    def _prepare_first_run(self) -> None:
        tasks.run(self, self.entrance.workplace, self._show_first_run)

    def _show_first_run(self, workplace: Workplace) -> None:
        from hmsdesk.views.first_run import FirstRun

        first_run = FirstRun(workplace)
        first_run.finished.connect(partial(self._on_set_up, first_run))
        self.window.may_close = first_run.may_close
        self.window.show_only(first_run)

    def _on_set_up(self, first_run: QWidget, email: str) -> None:
        self.entrance.show_practice()
        self._show_sign_in(email)
        self.entrance.open()
        self.window.may_close = lambda: True
        self.window.removeWidget(first_run)
        first_run.deleteLater()

    def _on_entered(self, session: Session) -> None:
        with tasks.held_back():
            self._let_in(session)

    def _let_in(self, session: Session) -> None:
        if self.desk is not None and self.desk.is_for(session):
            self.desk.resume(session)
        else:
            former = self.desk.session.identity if self.desk is not None else None
            self._clear_away()
            self.desk = self._made_desk(session)
            # While there is little in it: whatever moves into the window has to be looked through for its style.
            self.window.addWidget(self.desk.frame)
            self.desk.begin()
            if former is not None:
                self.desk.tell_of_role(former)
        self.desk.frame.top.set_answers(self.entrance.is_connected)
        self._idle.start()
        self.window.show_only(self.desk.frame)
        self.desk.frame.come_back()
        # Last, as it begins threads, beside which all of this would take twice as long.
        self.desk.listen()

    def _made_desk(self, session: Session) -> Desk:
        from hmsdesk.desk import Desk

        desk = Desk(session, self.entrance.opened_door(), self.settings)
        desk.lock_asked.connect(self.lock)
        desk.role_asked.connect(self._ask_as)
        desk.sign_out_asked.connect(self.sign_out)
        desk.renamed.connect(lambda: self.entrance.remember(desk.session))
        desk.signed_out.connect(partial(self._on_signed_out, desk))
        return desk

    def _on_signed_out(self, desk: Desk, why: UserError) -> None:
        # It comes from another thread, and may come after its person has left, or locked: then the next sign-in tells.
        if desk is self.desk and not self.is_locked():
            self.sign_out()
            self.entrance.sign_in.show_signed_out(why)

    def _on_expired(self) -> None:
        self.sign_out()
        self.entrance.sign_in.show_signed_out(_EXPIRED)

    def _on_troubled(self, problem: UserError | None) -> None:
        if self.desk is not None:
            self.desk.tell_of_server(problem)
        if problem is not None and (self.desk is None or self.is_locked()):
            self.entrance.sign_in.show_refusal(problem)

    def _on_connected(self, connected: bool) -> None:
        if self.desk is None:
            return
        self.desk.frame.top.set_answers(connected)
        if connected and not self.is_locked():
            # Where it fails, what listens for news says so and tries again.
            tasks.run(self.desk, self.desk.catch_up, lambda _: None, lambda _: None)


def _begun(work: Callable[[], None]) -> threading.Thread:
    """Something that is done on a thread of its own, which the process doesn't wait for."""
    thread = threading.Thread(target=work, name="farewell", daemon=True)
    thread.start()
    return thread


def _has_screen() -> bool:
    """Whether a person sees the window: without one it is as large as it was made."""
    return QApplication.platformName() not in _SCREENLESS


def _report_unexpected(program: Program) -> None:
    """What nobody caught is a bug: it is logged and shown, and the program goes on."""

    def hook(kind: type[BaseException], problem: BaseException, at: TracebackType | None) -> None:
        if isinstance(problem, Exception):
            program.report(problem)
        else:
            sys.__excepthook__(kind, problem, at)

    def thread_hook(failure: threading.ExceptHookArgs) -> None:
        where = "".join(traceback.format_tb(failure.exc_traceback))
        _log.error("a thread ended: %s\n%s", failure.exc_type.__name__, where)

    sys.excepthook = hook
    threading.excepthook = thread_hook


def _leave_when_told(program: Program) -> None:
    """Whoever ends the process politely closes the window, so that the server stops and drafts are kept."""
    import signal

    signal.signal(signal.SIGTERM, lambda *_: program.window.close())
    # Python looks at signals only when it has something to do.
    looking = QTimer(program, interval=_LOOK_MS)
    looking.timeout.connect(lambda: None)
    looking.start()


def _follow_up(program: Program) -> None:
    """What the first paint didn't wait for."""
    from hmsdesk.logs import log_to, note_crashes_in

    theme.draw_images()
    _leave_when_told(program)
    # PySide makes ready all its kinds of widgets the first time it is handed one that it didn't make: better now than
    # as soon as somebody is let in.
    QScrollArea().viewport()
    # Whatever keeps the log from being written needs no window.
    with suppress(UserError, OSError):
        folder = program.settings.folder()
        log_to(folder)
        note_crashes_in(folder)


def concluded(program: Program, code: int) -> int:
    """The exit code. Where the program is held up, its process ends here: Python itself would wait for every thread."""
    if program.is_held_up:
        _log.warning("the server does not answer; the program ends without waiting for it")
        logging.shutdown()
        os._exit(code)
    return code


def run(settings: Settings) -> int:
    """Open the window and stay until it is closed; the exit code."""
    application = QApplication.instance() or QApplication([*sys.argv[:1], "-style", theme.FUSION])
    if not isinstance(application, QApplication):
        raise TypeError("a Qt application without windows runs in this process")
    application.setApplicationName("HMSDesk")
    sys.setswitchinterval(_TURN_S)
    # Without a data folder the window says so.
    with suppress(UserError):
        habits.keep_in(ChoicesFile(settings.folder(), COMPUTER))
    look_as_before(application)
    program = Program(application, settings)
    _report_unexpected(program)
    program.window.painted.connect(partial(_follow_up, program))
    program.begin()
    return concluded(program, application.exec())
