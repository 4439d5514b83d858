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
_NO_ROLE = "None of your roles can open this page any more."
_NOT_DISCARDED = "What you typed could not be thrown away"
_IN_USE = "Another window has it, or this computer's disk can't be written."
_NOT_BROUGHT_BACK = "What you typed could not be brought back"
_NOT_WRITTEN = "This computer's disk is full or can't be written. Make room, then try again."


class _Offer(NamedTuple):
    """A draft: what its page is called, about whom or what it is (as far as that is known), and when it was typed.

    role: in which of the person's roles it is gone on with; None where none of them opens it.
    """

    draft: Draft
    word: str
    about: str
    typed_at: str
    role: Role | None


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
        tasks.run(self, self._found, self._show)

    def find(self, typed: str) -> list[Entry]:
        """What of it has the typed words and can be gone on with. Asks the server what it is about."""
        return [
            Entry(
                f"{one.word}: {one.about}" if one.about else one.word,
                f"Typed at {one.typed_at}" + ("" if self._is_here(one) else f" · {work_as(one.role)}"),
                "pencil-outline",
                self._way_to(one)[1],
            )
            for one in self._found()
            if one.role is not None
            and all(word in fold(f"{one.word} {one.about} not saved draft") for word in fold(typed).split())
        ]

    def _found(self) -> list[_Offer]:
        """Those of this role first, then those of others, those of none at last; of each the newest first."""
        found = []
        for draft in self.drafts.all():
            if word := navigation.word_of(draft.place.partition("/")[0]):
                about = navigation.subject_of(self._session, draft.place, draft.values)
                typed_at = time_or_day(draft.typed_at, self._session.locale, self._session.locale.today())
                found.append(_Offer(draft, word, about, typed_at, self._role_for(draft)))
        return sorted(found, key=lambda one: (not self._is_here(one), one.role is None))

    def _role_for(self, draft: Draft) -> Role | None:
        """The one it was typed in: others that open the page may not be able to save there."""
        own = self._session.identity
        roles = [role for role in (draft.role, own.role, *own.roles) if role in own.roles]
        module = draft.place.partition("/")[0]
        return next((role for role in roles if role and navigation.word_of(module, role)), None)

    def _is_here(self, offer: _Offer) -> bool:
        return offer.role is self._session.identity.role

    def _show(self, found: list[_Offer]) -> None:
        for one in reversed(found[:_MOST_OFFERED]):
            kept = f"Typed at {one.typed_at} and kept on this computer."
            said = " · ".join(filter(None, (one.about, kept if one.role else f"{kept} {_NO_ROLE}")))
            title = f"{one.word}: something is not saved yet"
            # A key that is meant for an earlier message neither leads out of this role nor throws away.
            toast = self._frame.toasts.show_question(title, said, self._way_to(one), by_key=self._is_here(one))
            if toast in self._frame.toasts.shown():
                self._offered[one.draft.place] = toast
                toast.gone.connect(partial(self._offered.pop, one.draft.place, None))

    def _way_to(self, offer: _Offer) -> Action:
        if offer.role is None:
            return "Discard it", partial(self._discard, offer)
        if not self._is_here(offer):
            return work_as(offer.role), partial(self.role_asked.emit, offer.role)
        module, _, record = offer.draft.place.partition("/")
        return "Open", partial(self._frame.navigate, module, record)

    def _discard(self, offer: _Offer) -> None:
        """Whoever never gets such a role would be told of it each time they sign in."""
        place = offer.draft.place
        taken = self.drafts.read(place)
        self.drafts.drop(place)
        left = self.drafts.peek(place)
        if taken is None or (left is not None and left.typed_at == taken.typed_at):
            self._frame.toasts.show(_NOT_DISCARDED, _IN_USE, "warning")
            return
        undo = partial(self._bring_back, offer)
        self._frame.toasts.show(THROWN_AWAY, f"{offer.word} · {offer.typed_at}", action=("Undo", undo))

    def _bring_back(self, offer: _Offer) -> None:
        try:
            self.drafts.keep(offer.draft.place, offer.draft.values, offer.draft.role)
        except OSError:
            again = ("Try again", partial(self._bring_back, offer))
            self._frame.toasts.show_question(_NOT_BROUGHT_BACK, _NOT_WRITTEN, again)
        else:
            self._show([offer])

    def _on_opened(self, place: str) -> None:
        """Whoever went there by another way has found what was offered."""
        if offered := self._offered.get(place):
            offered.leave()
