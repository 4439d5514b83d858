"""What one person typed and didn't save, offered where they can go on with it: after signing in, and in the search."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from hmsdesk import navigation
from hmsdesk.controllers.drafts import Draft, Drafts
from hmsdesk.database.session import Session
from hmsdesk.models.text import fold
from hmsdesk.models.times import time_or_day
from hmsdesk.security.permissions import Role, work_as
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.form import THROWN_AWAY
from hmsdesk.views.kit.frame import Frame
from hmsdesk.views.kit.palette import Entry
from hmsdesk.views.kit.toast import Action, Toast

# More than these would cover the page.
_MOST_OFFERED = 3
_NO_ROLE = "None of your roles opens it."
_NOT_TAKEN_BACK = "What you typed could not be taken back"
_NOT_WRITTEN = "This computer's disk is full or can't be written. Make room, then try again."


class _Left(NamedTuple):
    """One draft: where, about whom or what (as far as that is known), and when.

    role: in which of the person's roles it can be opened, the one worked in first; None where none of them does.
    """

    module: str
    record: str
    word: str
    about: str
    typed_at: str
    role: Role | None

    @property
    def place(self) -> str:
        """As the draft has it."""
        return f"{self.module}/{self.record}"


class Unsaved(QObject):
    """One person's, beside their frame."""

    role_asked = Signal(object)
    _opened = Signal(str)

    def __init__(self, folder: Path, session: Session, frame: Frame) -> None:
        super().__init__(frame)
        self._session = session
        self._frame = frame
        # By the place of the draft: some forms are reached by several ways, and write on the same one.
        self._offered: dict[str, Toast] = {}
        self.drafts = Drafts(folder, session, self._opened.emit)
        self._opened.connect(self._on_opened)

    def offer(self) -> None:
        """Offer what was left the last time."""
        tasks.run(self, self._left, self._show)

    def find(self, typed: str) -> list[Entry]:
        """What of it has the typed words and is opened in this role. Asks the server what it is about."""
        return [
            Entry(
                f"{one.word}: {one.about}" if one.about else one.word,
                f"Typed at {one.typed_at}",
                "pencil-outline",
                partial(self._frame.navigate, one.module, one.record),
            )
            for one in self._left()
            if one.role is self._session.identity.role
            and all(word in fold(f"{one.word} {one.about} not saved draft") for word in fold(typed).split())
        ]

    def _left(self) -> list[_Left]:
        """The newest first."""
        found = []
        for draft in self.drafts.all():
            module, _, record = draft.place.partition("/")
            role, word = self._opened_as(module)
            if word:
                about = navigation.subject_of(self._session, draft.place, draft.values)
                typed_at = time_or_day(draft.typed_at, self._session.locale, self._session.locale.today())
                found.append(_Left(module, record, word, about, typed_at, role))
        return found

    def _opened_as(self, module: str) -> tuple[Role | None, str]:
        """The role in which a page is opened, and what it is called."""
        own = self._session.identity
        called = {role: word for role in (own.role, *Role) if (word := navigation.word_of(module, role))}
        role = next((role for role in called if role in own.roles), None)
        return role, next(iter(called.values()), "") if role is None else called[role]

    def _show(self, left: list[_Left]) -> None:
        for one in reversed(left[:_MOST_OFFERED]):
            kept = f"Typed at {one.typed_at} and kept on this computer."
            said = " · ".join(filter(None, (one.about, kept if one.role else f"{kept} {_NO_ROLE}")))
            title = f"{one.word}: something is not saved yet"
            toast = self._frame.toasts.show_question(title, said, self._way_to(one))
            self._offered[one.place] = toast
            toast.gone.connect(partial(self._offered.pop, one.place, None))

    def _way_to(self, left: _Left) -> Action:
        if left.role is None:
            return "Discard it", partial(self._discard, left)
        if left.role is not self._session.identity.role:
            return work_as(left.role), partial(self.role_asked.emit, left.role)
        return "Open", partial(self._frame.navigate, left.module, left.record)

    def _discard(self, left: _Left) -> None:
        """Whoever never gets such a role would be told of it each time they sign in."""
        draft = self.drafts.read(left.place)
        # None: another program took it meanwhile.
        if draft is not None:
            self.drafts.drop(left.place)
            self._frame.toasts.show(THROWN_AWAY, action=("Undo", partial(self._take_back, left, draft)))

    def _take_back(self, left: _Left, draft: Draft) -> None:
        try:
            self.drafts.keep(left.place, draft.values)
        except OSError:
            again = ("Try again", partial(self._take_back, left, draft))
            self._frame.toasts.show_question(_NOT_TAKEN_BACK, _NOT_WRITTEN, again)
        else:
            self._show([left])

    def _on_opened(self, place: str) -> None:
        """Whoever went there by another way has found what was offered."""
        if offered := self._offered.get(place):
            offered.leave()
