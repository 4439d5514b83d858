"""What a signed-in person works at: the frame with its pages, and what is heard from the server meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget
from shiboken6 import isValid

from hmsdesk import navigation
from hmsdesk.controllers.account_news import Changed, RoleShutOut, SignedOut, role_was_taken
from hmsdesk.controllers.choices import Choices
from hmsdesk.controllers.news import listen
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.standing import Standing, standing
from hmsdesk.controllers.starter import enter_one_alone
from hmsdesk.database.changes import Watcher
from hmsdesk.database.session import Identity, Session
from hmsdesk.errors import UserError
from hmsdesk.needed_soon import SHARED_WIDGETS, WITHOUT_QT_OF, import_without_qt
from hmsdesk.security.permissions import ROLE_WORDS, Role, work_as
from hmsdesk.settings import Settings
from hmsdesk.troubles import ROLE, SERVER, Troubles
from hmsdesk.unsaved import Unsaved
from hmsdesk.views.choose_password import ChoosePassword
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.ahead import Ahead
from hmsdesk.views.kit.code_watch import SCAN_FIELD, CodeWatch
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.frame import Frame
from hmsdesk.views.kit.habits import choose_direction, choose_look
from hmsdesk.views.kit.keys import LEAVING, on_key
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.palette import Entry, Palette, Source, search_words
from hmsdesk.views.notices import NoticeBoard
from hmsdesk.views.waiting_list.counted import WaitingNumber

# How long the first page has to itself, ms.
_FIRST_PAGE_MS = 700
ACCOUNT_CHANGED = "An owner changed your account"
READ = ("Got it", lambda: None)


class Desk(QObject):
    """One person's, from signing in to signing out; it outlasts a lock. Says what the person asks of the program."""

    lock_asked = Signal()
    role_asked = Signal(object)
    sign_out_asked = Signal()
    signed_out = Signal(object)
    """The session may not go on; with the SignedOut that says why."""
    renamed = Signal()
    """Whoever works here is called, or signs in, otherwise from now on."""
    _heard = Signal(bool)
    _account_changed = Signal(object)

    def __init__(self, session: Session, door: Door, settings: Settings) -> None:
        super().__init__()
        self.session = session
        self._door = door
        self._live = Live()
        self._watchers: list[Watcher] = []
        identity = session.identity
        self.frame = Frame(navigation.groups_for(identity.role), self._make_page)
        self._unsaved = Unsaved(settings.home, session, self.frame)
        self.context = Context(
            session=session,
            door=door,
            drafts=self._unsaved.drafts,
            live=self._live,
            toasts=self.frame.toasts,
            navigate=self.frame.navigate,
            close_page=self.frame.close_page,
            list_behind=self._list_behind,
            came_from=lambda: self.frame.came_from() or ("", ""),
            choices=Choices(settings.home, session),
            has_page=lambda module: bool(navigation.word_of(module, identity.role)),
        )
        self.frame.top.search.setAccessibleName(search_words(self._sources()))
        self.frame.top.set_place(door.profile.practice, identity.workstation_name)
        self._show_person()
        self._troubles = Troubles(session, door.heads, settings, self.frame.toasts)
        self._ahead = QTimer(self, singleShot=True, interval=_FIRST_PAGE_MS)
        self._ahead.timeout.connect(self._prepare)
        self._notices = NoticeBoard(self.context, self.frame.top.bell, self._has)
        self._waiting = WaitingNumber(self.context, self.frame.rail)
        self._connect()

    def _has(self, module: str) -> bool:
        return bool(navigation.word_of(module, self.session.identity.role))

    def _connect(self) -> None:
        self._heard.connect(self.frame.top.set_hears)
        self._account_changed.connect(self._on_account_changed)
        self._unsaved.role_asked.connect(self.role_asked)
        self.frame.top.search_requested.connect(self._open_palette)
        on_key(self.frame, LEAVING, "Lock or change person", self.lock_asked)
        if self._has("dispensary"):
            codes = CodeWatch(self.frame)
            codes.scanned.connect(self._on_code)
            codes.in_between.connect(self._on_code_in_between)

    def _on_code(self, code: str) -> None:
        """A prescription's code was scanned somewhere: it opens where it is dispensed."""
        if self._scan_field() is None:
            self.frame.navigate("dispensary", "")
        if (field := self._scan_field()) is not None:
            field.setText(code)
            field.returnPressed.emit()

    def _scan_field(self) -> QLineEdit | None:
        page = self.frame.page()
        if page is None:
            return None
        # The page that was just gone to isn't in sight yet.
        return next((one for one in page.findChildren(QLineEdit, SCAN_FIELD) if one.isVisibleTo(page)), None)

    def _on_code_in_between(self) -> None:
        self.frame.toasts.show("A prescription was scanned", "Finish this first, then scan it again.", tone="warning")

    def _show_person(self) -> None:
        """Who works here, and what concerns them, in the bar at the top."""
        identity, person = self.session.identity, self.frame.top.person
        person.set_person(identity.name, ROLE_WORDS[identity.role])
        person.menu.clear()
        for entry in self._entries():
            person.menu.addAction(entry.title).triggered.connect(partial(_call, entry.action))

    def is_for(self, session: Session) -> bool:
        """Whether a new session is the same person's, in the same role."""
        mine, other = self.session.identity, session.identity
        return (mine.person, mine.role) == (other.person, other.role)

    def resume(self, session: Session) -> None:
        """Go on after a lock; what an owner changed of the account meanwhile is told."""
        before = self.session.identity
        self.session.resume(session)
        self._on_account_changed(Changed(before, session.identity, session.account_changed_by == before.person))

    def tell_of_role(self, former: Identity) -> None:
        """Who was locked out of a role that was taken meanwhile hears why they are in another one."""
        words = role_was_taken(former, self.session.identity)
        if words:
            self.frame.toasts.show_question(ACCOUNT_CHANGED, words, READ)

    def tell_of_server(self, problem: UserError | None) -> None:
        """Say why the server can't be reached, until it is; None once it is."""
        self._troubles.told.emit(SERVER, problem)

    def begin(self) -> None:
        """Go to where the role begins its day, and offer what was left unsaved the last time."""
        self.frame.navigate(navigation.first_module(self.session.identity.role))
        if self.session.identity.role is Role.SOLO:
            # Whoever began with nothing, or didn't come to the end of the first run, is no doctor of the practice yet.
            tasks.run(self, partial(enter_one_alone, self.session), lambda _: None, lambda _: None)
        self._unsaved.offer()
        self._ahead.start()
        self._notices.refresh()
        self._waiting.refresh()
        self._troubles.look_at_clock()
        if self.session.identity.owner and self.session.may("accounts", "oversee"):
            tasks.run(self, partial(standing, self._door), self._on_standing, lambda _: None)

    def _prepare(self) -> None:
        """The other pages are imported while one looks at the first."""
        views = views_of(self.session.identity.role)
        without_qt = tuple(name for view in views for name in WITHOUT_QT_OF.get(view, ()))

        def import_widgets(_: object) -> None:
            Ahead(self, (*SHARED_WIDGETS, *views))

        # Where it fails, the widgets' modules import what is missing.
        tasks.run(self, partial(import_without_qt, without_qt), import_widgets, import_widgets)

    def _on_standing(self, found: Standing) -> None:
        """An owner hears that the practice is behind the program; where it is ahead, the Accounts page says so."""
        if found is Standing.BEHIND:
            go = ("Open accounts", partial(self.frame.navigate, "accounts", ""))
            words = "An older program set it up. An owner brings it up to date on the page of accounts."
            self.frame.toasts.show("The practice is not up to date", words, tone="warning", action=go)

    def listen(self) -> None:
        """Begin to hear what others change, and what happens to the account."""
        self.frame.top.set_hears(True)
        news = listen(self.session, self._live.changed.emit, self.catch_up, self._heard.emit)
        account = self._door.watch(self.session, self._recheck)
        self._watchers = [watcher for watcher in (news, account) if watcher]
        if news is None:
            # Nobody else tells the pages to look again after a lock.
            self._live.gap.emit()

    def catch_up(self) -> None:
        """News may have been missed: see whether the session may go on, then let the pages look again.

        Asks the server, and so is called off the window's thread. Raises Unreachable.
        """
        self._recheck()
        self._live.gap.emit()

    def leave(self) -> Callable[[], None]:
        """Forget the keys and put away what stands over the pages. It comes back with them, as it was.

        What it returns ends the connections; it takes a moment, and so is called off the window's thread.
        """
        self.frame.put_away()
        servers = self.session.forget()
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            watcher.turn_away()

        def end() -> None:
            for server in servers:
                server.close()
            for watcher in watchers:
                watcher.close()

        return end

    def close(self) -> None:
        """Nobody comes back to these pages."""
        self._ahead.stop()
        self._troubles.close()
        self._unsaved.drafts.close()

    def _recheck(self) -> None:
        """On a thread that hears of the account."""
        try:
            changed = self._door.recheck(self.session)
        except SignedOut as problem:
            self.signed_out.emit(problem)
        except RoleShutOut as problem:
            self._troubles.told.emit(ROLE, problem)
            raise
        else:
            self._troubles.told.emit(ROLE, None)
            if changed:
                self._account_changed.emit(changed)

    def _on_account_changed(self, changed: Changed) -> None:
        """Show what is otherwise, and tell it in a message that stays until it was read."""
        words = changed.words()
        # It is told from another thread, and may come when the window has just been closed.
        if not words or not isValid(self.frame):
            return
        self._show_person()
        self.renamed.emit()
        if not changed.by_oneself:
            self.frame.toasts.show_question(ACCOUNT_CHANGED, words, READ)

    def _make_page(self, module: str, record: str) -> QWidget:
        return navigation.make_page(self.context, self.session.identity.role, module, record)

    def _list_behind(self) -> tuple[str, str]:
        module = self.frame.list_behind()
        return module, navigation.word_of(module, self.session.identity.role)

    def _open_palette(self, typed: str) -> None:
        Palette(self.frame, self._sources(), typed).open()

    def _sources(self) -> list[Source]:
        unsaved = Source("Drafts", self._unsaved.find, remote=True)
        return [*navigation.palette_sources(self.context), unsaved, self._actions()]

    def _actions(self) -> Source:
        entries = self._entries()

        def find(typed: str) -> list[Entry]:
            adding = navigation.find_adding(self.context, typed)
            return [*adding, *(one for one in entries if typed.lower() in one.title.lower())]

        return Source("Actions", find)

    def _entries(self) -> tuple[Entry, ...]:
        return (
            *self._other_roles(),
            Entry("Lock or change person", LEAVING, "lock-outline", self.lock_asked.emit),
            Entry("Keys", "F1", "keyboard-outline", self.frame.show_keys),
            Entry("Change password…", "", "key-outline", self._change_password),
            Entry("Light or dark", "", "theme-light-dark", _turn_look),
            Entry("Left to right or right to left", "", "swap-horizontal", _turn_direction),
            Entry("Sign out", "", "logout", self.sign_out_asked.emit),
        )

    def _other_roles(self) -> list[Entry]:
        """Each role has a database user of its own, so that changing it means signing in again."""
        others = [role for role in self.session.identity.roles if role is not self.session.identity.role]
        return [Entry(work_as(role), "", "swap-horizontal", partial(self.role_asked.emit, role)) for role in others]

    def _change_password(self) -> None:
        text = "It opens your keys on every computer."
        dialog = ChoosePassword(self.frame, "Change your password", text, ask_old=True)

        def on_submitted(old: str, new: str) -> None:
            change = partial(self._door.change_password, self.session, old, new)
            tasks.run(dialog, change, lambda _: on_changed(), dialog.refuse)

        def on_changed() -> None:
            dialog.accept()
            self.frame.toasts.show("Your password is changed.", "The old one opens nothing any more.")

        dialog.submitted.connect(on_submitted)
        dialog.open()


def views_of(role: Role) -> list[str]:
    """The modules with the pages of a role."""
    return [f"hmsdesk.views.{module.view}" for module in navigation.MODULES if module.is_for(role)]


def _call(action: Callable[[], object], *_checked: bool) -> None:
    """An entry of a menu: whether Qt says that it is checked is of no interest, nor whether it says it at all."""
    action()


def _turn_look() -> None:
    choose_look(not theme.is_dark())


def _turn_direction() -> None:
    sides = Qt.LayoutDirection
    mirrored = QGuiApplication.layoutDirection() == sides.RightToLeft
    choose_direction(sides.LeftToRight if mirrored else sides.RightToLeft)
