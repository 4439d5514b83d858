"""What an owner does: the password is asked for again, the practice opened for one operation, and closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import PasswordAgain
from hmsdesk.views.kit.progress import Progress
from hmsdesk.views.kit.words import Label

T = TypeVar("T")
# Below the question and its explanation, above the password.
OPTION_PLACE, OPTION_INDENT = 2, 24
AGAIN = "Type your password again."
OPENING = "Opening the practice…"


class OwnerWork(PasswordAgain):
    """Asks for the password, does the work and says what is being done.

    Once it is begun it can't be left: its answer would be lost.
    """

    _told = Signal(str)

    def __init__(self, parent: QWidget, title: str, text: str, action: str) -> None:
        super().__init__(parent, title, text, action)
        self.setObjectName("ownerWork")
        self._working = False
        self._bar = Progress(title)
        self._bar.setObjectName("ownerWorkBar")
        self._bar.hide()
        self.column.insertWidget(self.column.indexOf(self._note) + 1, self._bar)
        self._told.connect(lambda doing: self._say(f"{doing}…", "muted"))

    def add_option(self, words: str, explained: str) -> QCheckBox:
        """Something that goes with it, ticked unless the owner thinks otherwise."""
        box = QCheckBox(words)
        box.setObjectName("ownerOption")
        box.setChecked(True)
        text = Label(explained, muted=True, size="small", wrap=True)
        text.setContentsMargins(OPTION_INDENT, 0, 0, 0)
        for number, widget in enumerate((box, text)):
            self.column.insertWidget(OPTION_PLACE + number, widget)
        return box

    def do(
        self,
        context: Context,
        work: Callable[[Owner], T],
        done: Callable[[T], None],
        refused: Callable[[InvalidInput], None] | None = None,
    ) -> None:
        """Open the dialog. refused: takes what is wrong with fields that were filled in before."""

        def on_submitted(password: str) -> None:
            self._set_working(True)
            self._say(OPENING, "muted")
            tasks.run(self, lambda: self._perform(context, password, work), on_done, on_failed, long=True)

        def on_done(answer: T) -> None:
            self._set_working(False)
            self.accept()
            done(answer)

        def on_failed(problem: Exception) -> None:
            self._set_working(False)
            if refused is not None and isinstance(problem, InvalidInput) and "password" not in problem.fields:
                self.reject()
                refused(problem)
            elif isinstance(problem, UserError):
                self.refuse(" ".join(problem.fields.values()) or str(problem))
            else:
                self.reject()

        self.submitted.connect(on_submitted)
        self.open()

    def _perform(self, context: Context, password: str, work: Callable[[Owner], T]) -> T:
        with owning(context.door, context.session, password, tasks.telling(self._told)) as owner:
            return work(owner)

    def _set_working(self, working: bool) -> None:
        self._working = working
        self._no.setEnabled(not working)
        self._bar.setVisible(working)

    def reject(self) -> None:
        """Not while it is working."""
        if not self._working:
            super().reject()
