"""The way in: the practice's door is reached behind the sign-in window, and a right password leads through it.

Whatever talks to a server is imported by the work that needs it: the window is painted before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from hmsdesk import __version__
from hmsdesk.errors import UserError
from hmsdesk.needed_soon import WIDGETS, import_without_qt
from hmsdesk.settings import COMPUTER, ChoicesFile, Kind, Profile, Settings, read_profile
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.chips import STATUSES, Status
from hmsdesk.views.kit.clinic_picker import Clinic
from hmsdesk.views.sign_in import SignIn

if TYPE_CHECKING:
    from hmsdesk.controllers.opened import Opened
    from hmsdesk.controllers.sign_in import Door
    from hmsdesk.controllers.workplace import Workplace
    from hmsdesk.database.pulse import Pulse
    from hmsdesk.database.session import Identity, Session
    from hmsdesk.models.row import Row
    from hmsdesk.security.permissions import Role
    from hmsdesk.views.kit.ahead import Ahead

# How long after a failed start of the embedded server the next is tried, and a door that couldn't be opened is.
_AGAIN_MS = 3000
_SHUT_OUT = Status("Not enrolled", "danger", "cancel")
_SIGN_IN, _EMAIL = "sign in", "email"
_log = logging.getLogger(__name__)


class Entrance(QObject):
    """Says `entered` with the session of whoever got in, and `connected` whenever the server goes or comes back."""

    entered = Signal(object)
    connected = Signal(bool)
    troubled = Signal(object)
    """Why the server can't be reached, where somebody has to mend it: a UserError; None once it is reached."""
    _imported = Signal()
    _felt = Signal(bool)
    _found_wrong = Signal(object)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.sign_in = SignIn()
        self.door: Door | None = None
        self.is_connected = False
        self._workplace: Workplace | None = None
        self._pulse: Pulse | None = None
        self._opening = threading.Lock()
        self._greeted = False
        self._is_shut_out = False
        self._starting = False
        # What was said of a lost server, so that it is said once.
        self._told = ""
        self._role: Role | None = None
        self._waiting: Identity | None = None
        # Let in and not yet inside: where the window closes before, nobody else would end the connection.
        self._let: Session | None = None
        self._soon: Ahead | None = None
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._again.timeout.connect(self._try_again)
        self._connect()

    def _connect(self) -> None:
        self.sign_in.submitted.connect(self._on_submitted)
        self.sign_in.forgot.connect(self._on_forgot)
        self._imported.connect(self._import_widgets)
        self._felt.connect(self._on_felt)
        self._found_wrong.connect(self._tell)

    def show_practice(self) -> None:
        """Say what this computer knows about its practice without asking anybody."""
        try:
            profile = read_profile(self.settings.home)
        except (ValueError, OSError):
            # Opening the door says in words that it is damaged, or the folder can't be used.
            return
        if profile is not None:
            self._show_profile(profile)

    def _show_profile(self, profile: Profile) -> None:
        self.sign_in.set_clinic(Clinic(profile.practice))
        connection = "On this computer" if profile.kind is Kind.EMBEDDED else "Encrypted, certificate checked"
        self.sign_in.set_facts(profile.workstation, connection, __version__)
        self.ask()

    def open(self) -> None:
        """Reach the practice's server, which is started if it is this computer's own."""
        self.sign_in.set_connection("Looking for the server", STATUSES["reconnecting"])
        tasks.run(self, self._reach, self._on_reached, self._on_not_reached)

    def ask(self, email: str = "", role: Role | None = None, why: str = "", waiting: Identity | None = None) -> None:
        """Be ready for the next person, or for the same one, in a role of theirs if it is to be another one.

        One who does everything alone is the next person as well. why: for what reason the same one is asked again.
        waiting: whose pages wait.
        """
        self._role, self._waiting = role, waiting
        self.sign_in.set_email(email or self._one_alone(), why)

    def _one_alone(self) -> str:
        """The e-mail of whoever signed in here last, where that was one who does everything; "" otherwise."""
        return str(self._choices().read(_SIGN_IN).get(_EMAIL, ""))

    def remember(self, session: Session) -> None:
        """Only of one alone: in a clinic the next person is somebody else, and who was here is nobody's business."""
        from hmsdesk.security.permissions import Role

        email = session.identity.email if session.identity.role is Role.SOLO else ""
        if email != self._one_alone():
            with suppress(OSError):
                self._choices().keep(_SIGN_IN, {_EMAIL: email})

    def _choices(self) -> ChoicesFile:
        return ChoicesFile(self.settings.home, COMPUTER)

    def workplace(self) -> Workplace:
        """What is open on this computer; made where it is first asked for, off the window's thread."""
        from hmsdesk.controllers.workplace import Workplace

        if self._workplace is None:
            self._workplace = Workplace(self.settings)
        return self._workplace

    def opened_door(self) -> Door:
        """The practice's door. Only for whoever came through it."""
        if self.door is None:
            raise RuntimeError("nobody can be in before the door was opened")
        return self.door

    def is_silent(self) -> bool:
        """Whether the practice's server is known not to answer; without waiting for the window's thread."""
        return self._pulse is not None and not self._pulse.beats

    def stop(self) -> None:
        """The window closes: begin nothing more."""
        self._starting = True
        self._again.stop()
        if self._soon is not None:
            self._soon.stop()

    def close(self) -> None:
        """Give everything back. The embedded server stops with the last window."""
        if self._let is not None:
            self._let.close()
        if self._pulse is not None:
            self._pulse.close()
        if self._workplace is not None:
            try:
                self._workplace.close()
            except UserError as problem:
                _log.warning("the server could not be stopped: %s", problem.title)

    # The server

    def _reach(self) -> tuple[Door, Row]:
        """The door, opened once however many ask, and what the practice says of itself."""
        with self._opening:
            # Before anything else is: what the first page needs is imported in steps while the server is looked for.
            import_without_qt()
            self._imported.emit()
            if self.door is None:
                self.door = self.workplace().door()
            if self._pulse is None:
                self._pulse = self.door.pulse(self._felt.emit, self._found_wrong.emit)
        practice = self.door.practice()
        # Another workstation may have changed it.
        self.door.note_name(practice["name"])
        from hmsdesk.database.libmongocrypt import import_library

        # Whoever is let in decrypts, and loading it takes a moment.
        import_library()
        return self.door, practice

    def _on_reached(self, reached: tuple[Door, Row]) -> None:
        _, practice = reached
        self._greeted, self._is_shut_out = True, False
        clinic = Clinic(practice["name"], practice.get("name_ar", ""), practice.get("address", ""))
        self.sign_in.set_clinic(clinic)
        self._show_state()

    def _import_widgets(self) -> Ahead:
        """What the first pages are made of is imported while the password is typed."""
        if self._soon is None:
            from hmsdesk.views.kit.ahead import Ahead

            self._soon = Ahead(self, WIDGETS)
        return self._soon

    def _on_not_reached(self, problem: Exception) -> None:
        self._look_whether_shut_out(problem)
        if not self._is_shut_out:
            self.sign_in.set_connection("The server is not reached", STATUSES["offline"])
            self._again.start()
        if isinstance(problem, UserError) and str(problem) != self._told:
            self._told = str(problem)
            self.sign_in.show_refusal(problem)

    def _look_whether_shut_out(self, problem: Exception) -> None:
        """A server that doesn't know this computer answers, which helps nobody; nor does it help to ask it again."""
        from hmsdesk.controllers.readmission import NotEnrolled

        self._is_shut_out = isinstance(problem, NotEnrolled)
        if self._is_shut_out:
            self._show_state()

    def _on_felt(self, connected: bool) -> None:
        self.is_connected = connected
        self._show_state()
        self.connected.emit(connected)
        if connected:
            self._told = ""
            self.troubled.emit(None)
        else:
            self._start_own()

    def _tell(self, problem: UserError) -> None:
        """Once."""
        if str(problem) != self._told:
            self._told = str(problem)
            self.troubled.emit(problem)

    def _show_state(self) -> None:
        if self._is_shut_out:
            self.sign_in.set_connection("Not known to the server", _SHUT_OUT)
            return
        words = "The server answers" if self.is_connected else "The server does not answer"
        self.sign_in.set_connection(words, STATUSES["connected" if self.is_connected else "reconnecting"])

    def _try_again(self) -> None:
        if not self._greeted:
            self.open()
        elif not self.is_connected:
            self._start_own()

    def _start_own(self) -> None:
        """Start the embedded server again, where it is one and isn't being started already."""
        if self._starting or self._workplace is None or self._workplace.embedded is None:
            return
        self._starting = True
        tasks.run(self, self._restart, self._on_started, self._on_not_started, long=True)

    def _restart(self) -> None:
        address = self.workplace().start_embedded()
        with self._opening:
            if self.door is not None and self._pulse is not None and address != self.door.address:
                self._pulse.close()
                self.door.move(address)
                self._pulse = self.door.pulse(self._felt.emit, self._found_wrong.emit)

    def _on_started(self, _: None) -> None:
        self._starting = False
        self._again.start()

    def _on_not_started(self, problem: Exception) -> None:
        self._starting = False
        self._again.start()
        if isinstance(problem, UserError):
            self._tell(problem)

    # The person

    def _on_submitted(self, email: str, password: str) -> None:
        self.sign_in.show_busy(True)
        tasks.run(self, partial(self._let_in, email, password), self._on_let_in, self._on_refused)

    def _let_in(self, email: str, password: str) -> Session | Opened:
        """The session, or the opened account where another password must be chosen first."""
        door, _ = self._reach()
        from hmsdesk.controllers.sign_in import NewPasswordNeeded

        try:
            return self._admit(partial(door.sign_in, email, password, self._role, self._waiting))
        except NewPasswordNeeded as needed:
            return needed.opened

    def _admit(self, let_in: Callable[[], Session]) -> Session:
        self._let = let_in()
        return self._let

    def _on_let_in(self, answer: Session | Opened) -> None:
        from hmsdesk.controllers.opened import Opened

        if isinstance(answer, Opened):
            self.sign_in.show_busy(False)
            self._ask_new_password(answer)
        else:
            self._enter(answer)

    def _enter(self, session: Session) -> None:
        self.sign_in.show_busy(True)
        self._import_widgets().then(partial(self._go_in, session))

    def _go_in(self, session: Session) -> None:
        self._let = None
        self.sign_in.show_busy(False)
        self.remember(session)
        self.ask(session.identity.email)
        self.entered.emit(session)

    def _on_refused(self, problem: Exception) -> None:
        self.sign_in.show_busy(False)
        self._look_whether_shut_out(problem)
        if isinstance(problem, UserError):
            self.sign_in.show_refusal(problem)

    def _on_forgot(self) -> None:
        from hmsdesk.views.recover import Recover

        dialog = Recover(self.sign_in, self.sign_in.clinic().name, self._reach_with, self.sign_in.email())
        dialog.recovered.connect(self.ask)
        dialog.open()

    def _reach_with(self, code: str) -> Door:
        """The door, on any thread; with the recovery code also where this computer's keys were lost."""
        from hmsdesk.controllers.readmission import KeysMissing, readmit

        try:
            return self._reach()[0]
        except KeysMissing:
            profile = self.workplace().profile()
            readmit(self.settings.folder(), self.workplace().secrets(profile.secret_store), code)
            return self._reach()[0]

    def _ask_new_password(self, opened: Opened) -> None:
        from hmsdesk.views.choose_password import ChoosePassword

        title, text = "Choose your own password", "The one you were given can be used only this once."
        dialog = ChoosePassword(self.sign_in, title, text)

        def on_submitted(_: str, password: str) -> None:
            if self.door is not None:
                choose = partial(self._admit, partial(self.door.choose_password, opened, password))
                tasks.run(dialog, choose, on_chosen, dialog.refuse)

        def on_chosen(session: Session) -> None:
            dialog.accept()
            self._enter(session)

        dialog.submitted.connect(on_submitted)
        dialog.open()
