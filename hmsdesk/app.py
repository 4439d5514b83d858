"""Builds every part and hands it to the next; with navigation the only file that sees all rooms."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from hmsdesk import __version__, navigation
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.news import listen
from hmsdesk.controllers.sign_in import Door, NewPasswordNeeded, Opened, SignedOut
from hmsdesk.controllers.workplace import NotSetUp, Workplace
from hmsdesk.database.changes import Watcher
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
from hmsdesk.logs import log_to
from hmsdesk.security.permissions import ROLE_WORDS
from hmsdesk.settings import Kind, Profile, Settings
from hmsdesk.views.choose_password import ChoosePassword
from hmsdesk.views.first_run import FirstRun
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.chips import STATUSES
from hmsdesk.views.kit.clinic_picker import Clinic
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import show_bug
from hmsdesk.views.kit.frame import Frame
from hmsdesk.views.kit.idle import Idle
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.palette import Entry, Palette, Source
from hmsdesk.views.sign_in import SignIn

_log = logging.getLogger(__name__)

FIRST_SIZE = (1366, 768)


class Window(QStackedWidget):
    """The one window: sign-in, or the frame of whoever is signed in."""

    def __init__(self, on_close: Callable[[], None]) -> None:
        super().__init__()
        self._on_close = on_close
        self.setWindowTitle("HMSDesk")
        self.setObjectName("window")
        self.resize(*FIRST_SIZE)

    def show_only(self, widget: QWidget) -> None:
        """Bring a widget to the front."""
        if self.indexOf(widget) < 0:
            self.addWidget(widget)
        self.setCurrentWidget(widget)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._on_close()
        event.accept()


class Desk:
    """What a signed-in person works at: the frame, and what listens for news while they are there."""

    def __init__(self, session: Session, door: Door, live: Live, settings: Settings) -> None:
        self.session = session
        self._door = door
        self._live = live
        self._watchers: list[Watcher] = []
        identity = session.identity
        self.frame = Frame(navigation.groups_for(identity.role), self._make_page)
        self.context = Context(
            session=session,
            door=door,
            drafts=Drafts(settings.folder(), session),
            live=live,
            toasts=self.frame.toasts,
            navigate=self.frame.navigate,
            close_page=self.frame.close_page,
        )
        self.frame.top.set_place(door.profile.practice, identity.workstation_name)
        self.frame.top.person.set_person(identity.name, ROLE_WORDS[identity.role])

    def listen(self) -> None:
        """Begin to hear what others change, and what happens to the account."""
        live = self._live
        news = listen(self.session, live.changed.emit, live.gap.emit, live.connected.emit)
        account = self._door.watch(self.session, live.account_news.emit, live.connected.emit)
        self._watchers = [watcher for watcher in (news, account) if watcher]

    def leave(self) -> None:
        """Hear nothing any more and forget the keys; what is shown stays as it is."""
        for watcher in self._watchers:
            watcher.close()
        self._watchers = []
        self.session.close()

    def _make_page(self, module: str, record: str) -> QWidget:
        return navigation.make_page(self.context, self.session.identity.role, module, record)


class Program(QObject):
    """From the first window to the last: opens the practice, lets people in, locks, and lets them out."""

    def __init__(self, application: QApplication, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.workplace = Workplace(settings)
        self.live = Live()
        self.window = Window(self.end)
        self.sign_in = SignIn()
        self._opened_door: Door | None = None
        self.desk: Desk | None = None
        self._idle = Idle(application, settings.idle_lock_s, settings.session_s)
        self._connect()

    def _connect(self) -> None:
        tasks.report = self.report
        self.sign_in.submitted.connect(self._on_submitted)
        self.sign_in.dark_chosen.connect(self._on_dark_chosen)
        self.sign_in.direction_chosen.connect(QApplication.setLayoutDirection)
        self.live.connected.connect(self._on_connected)
        self.live.account_news.connect(self._on_account_news)
        self._idle.idle.connect(self.lock)
        self._idle.expired.connect(self._on_expired)

    def begin(self) -> None:
        """Show the first window at once; the server is started behind it."""
        try:
            profile = self.workplace.profile()
        except NotSetUp:
            first_run = FirstRun(self.workplace)
            first_run.finished.connect(self.enter)
            self.window.show_only(first_run)
            self.window.show()
            return
        self.enter(profile)

    def enter(self, profile: Profile) -> None:
        """Show the sign-in window of a practice, and look for its server."""
        self.sign_in.set_clinics([Clinic("here", profile.practice)], "here")
        connection = "On this computer" if profile.kind is Kind.EMBEDDED else "Encrypted, certificate checked"
        self.sign_in.set_facts(profile.workstation, connection, __version__)
        self._show_sign_in()
        self.window.show()
        self._open_door()

    def end(self) -> None:
        """Give everything back. The embedded server stops with the last window."""
        self._idle.stop()
        if self.desk:
            self.desk.leave()
        tasks.stop()
        self.workplace.close()

    def report(self, problem: Exception) -> None:
        """The one door for failures that no page takes: a toast for what is expected, a report for what isn't."""
        if isinstance(problem, UserError) and self.desk:
            self.desk.frame.toasts.show_problem(problem)
            return
        if isinstance(problem, UserError):
            self.sign_in.show_refusal(problem)
            return
        _log.error("unexpected", exc_info=problem)
        show_bug(self.window, "".join(traceback.format_exception(problem)))

    def lock(self) -> None:
        """Forget the keys and ask who is there. What is on the pages waits for the same person."""
        if self.desk is None:
            return
        self._idle.stop()
        self.desk.leave()
        self._show_sign_in(self.desk.session.identity.email)

    def sign_out(self) -> None:
        """Leave for good: the pages are closed, and what wasn't saved stays as a sealed draft."""
        desk, self.desk = self.desk, None
        self._idle.stop()
        if desk is not None:
            desk.leave()
        self._give_up(desk)
        self._show_sign_in()

    def _show_sign_in(self, email: str = "") -> None:
        self.sign_in.set_email(email)
        self.window.show_only(self.sign_in)

    def _open_door(self) -> None:
        self.sign_in.set_connection("Looking for the server", STATUSES["reconnecting"])
        tasks.run(self, self._reach, self._on_door_opened, self._on_door_shut)

    def _reach(self) -> tuple[Door, dict[str, str]]:
        door = self._opened_door or self.workplace.door()
        return door, door.practice()

    def _on_door_opened(self, opened: tuple[Door, dict[str, str]]) -> None:
        self._opened_door, practice = opened
        clinic = Clinic("here", practice["name"], practice.get("name_ar", ""), practice.get("address", ""))
        self.sign_in.set_clinics([clinic], "here")
        self.sign_in.set_connection("The server answers", STATUSES["connected"])

    def _on_door_shut(self, problem: Exception) -> None:
        self.sign_in.set_connection("The server does not answer", STATUSES["offline"])
        self.report(problem)

    def _on_submitted(self, email: str, password: str) -> None:
        self.sign_in.show_busy(True)

        def enter() -> Session:
            door, _ = self._reach()
            return door.sign_in(email, password)

        tasks.run(self, enter, self._on_signed_in, self._on_refused)

    def _on_refused(self, problem: Exception) -> None:
        if isinstance(problem, NewPasswordNeeded):
            self._ask_new_password(problem.opened)
        elif isinstance(problem, UserError):
            self.sign_in.show_refusal(problem)
        else:
            self.sign_in.show_busy(False)
            self.report(problem)

    def _ask_new_password(self, opened: Opened) -> None:
        self.sign_in.show_busy(False)
        dialog = ChoosePassword(
            self.window, "Choose your own password", "The one you were given can be used only this once."
        )

        def on_submitted(_: str, password: str) -> None:
            door = self._door()
            tasks.run(dialog, lambda: door.choose_password(opened, password), on_chosen, on_refused)

        def on_chosen(session: Session) -> None:
            dialog.accept()
            self._on_signed_in(session)

        def on_refused(problem: Exception) -> None:
            if not isinstance(problem, UserError):
                raise problem
            dialog.refuse(problem)

        dialog.submitted.connect(on_submitted)
        dialog.open()

    def _on_signed_in(self, session: Session) -> None:
        self.sign_in.show_busy(False)
        before = self.desk
        if before and _is_same(before.session, session):
            before.session.resume(session)
        else:
            self._give_up(before)
            self.desk = Desk(session, self._door(), self.live, self.settings)
            self._furnish(self.desk)
        assert self.desk is not None
        self.desk.listen()
        self._idle.start()
        self.window.show_only(self.desk.frame)

    def _furnish(self, desk: Desk) -> None:
        top = desk.frame.top
        top.search_requested.connect(self._open_palette)
        menu = top.person.menu
        for word, action in (
            ("Lock or change person", self.lock),
            ("Change password…", self._change_password),
            ("Light or dark", lambda: self._on_dark_chosen(not theme.is_dark())),
            ("Sign out", self.sign_out),
        ):
            menu.addAction(word).triggered.connect(lambda _=False, action=action: action())
        QShortcut(QKeySequence("Ctrl+L"), desk.frame).activated.connect(self.lock)
        first = navigation.first_module(desk.session.identity.role)
        desk.frame.navigate(first)

    def _give_up(self, desk: Desk | None) -> None:
        if desk is not None:
            self.window.removeWidget(desk.frame)
            desk.frame.deleteLater()

    def _change_password(self) -> None:
        desk, door = self._desk(), self._door()
        dialog = ChoosePassword(
            desk.frame, "Change your password", "It opens your keys on every computer.", ask_old=True
        )

        def on_submitted(old: str, new: str) -> None:
            tasks.run(dialog, lambda: door.change_password(desk.session, old, new), lambda _: on_changed(), on_refused)

        def on_changed() -> None:
            dialog.accept()
            desk.frame.toasts.show("Your password is changed.", "The old one opens nothing any more.")

        def on_refused(problem: Exception) -> None:
            if not isinstance(problem, UserError):
                raise problem
            dialog.refuse(problem)

        dialog.submitted.connect(on_submitted)
        dialog.open()

    def _open_palette(self, typed: str) -> None:
        desk = self._desk()
        Palette(desk.frame, [*navigation.palette_sources(desk.context), self._actions()], typed).open()

    def _actions(self) -> Source:
        entries = (
            Entry("Lock or change person", "Ctrl+L", "lock-outline", self.lock),
            Entry("Change password", "", "key-outline", self._change_password),
            Entry("Light or dark", "", "theme-light-dark", lambda: self._on_dark_chosen(not theme.is_dark())),
            Entry("Sign out", "", "logout", self.sign_out),
        )
        return Source("Actions", lambda typed: [one for one in entries if typed.lower() in one.title.lower()])

    def _on_dark_chosen(self, dark: bool) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, dark)

    def _on_expired(self) -> None:
        self.sign_out()
        self.sign_in.show_refusal(UserError("You were signed out.", "A session ends after some hours. Sign in again."))

    def _on_connected(self, connected: bool) -> None:
        status = STATUSES["connected" if connected else "reconnecting"]
        if self.desk:
            self.desk.frame.top.set_connection(status)
        if not connected and self.workplace.embedded is not None:
            tasks.run(self, self.workplace.start_embedded, lambda _: None, lambda problem: _log.warning("%s", problem))

    def _on_account_news(self) -> None:
        desk, door = self.desk, self._door()
        if desk is not None:
            tasks.run(self, lambda: door.recheck(desk.session), lambda _: None, self._on_rechecked_badly)

    def _on_rechecked_badly(self, problem: Exception) -> None:
        if not isinstance(problem, SignedOut):
            _log.warning("the account could not be checked: %s", type(problem).__name__)
            return
        self.sign_out()
        self.sign_in.show_refusal(problem)

    def _door(self) -> Door:
        assert self._opened_door is not None
        return self._opened_door

    def _desk(self) -> Desk:
        assert self.desk is not None
        return self.desk


def _is_same(before: Session, now: Session) -> bool:
    return (before.identity.person, before.identity.role) == (now.identity.person, now.identity.role)


def _report_unexpected(program: Program) -> None:
    """What nobody caught is a bug: it is logged and shown, and the program goes on."""

    def hook(kind: type[BaseException], problem: BaseException, at: TracebackType | None) -> None:
        if isinstance(problem, Exception):
            program.report(problem)
        else:
            sys.__excepthook__(kind, problem, at)

    sys.excepthook = hook


def run(settings: Settings) -> int:
    """Open the window and stay until it is closed; the exit code."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("HMSDesk")
    theme.apply(application, dark=application.styleHints().colorScheme() == Qt.ColorScheme.Dark)
    log_to(settings.folder())
    program = Program(application, settings)
    _report_unexpected(program)
    program.begin()
    return application.exec()
