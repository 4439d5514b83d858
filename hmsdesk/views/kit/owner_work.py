"""What an owner does: the password is asked for again, the practice opened for one operation, and closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import QCheckBox, QWidget

from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import PasswordAgain
from hmsdesk.views.kit.words import Label

T = TypeVar("T")
# Below the question and its explanation, above the password.
OPTION_PLACE, OPTION_INDENT = 2, 24


class OwnerWork(PasswordAgain):
    """Asks for the password and does the work. Once it is begun it can't be left: its answer would be lost."""

    def __init__(self, parent: QWidget, title: str, text: str, action: str) -> None:
        super().__init__(parent, title, text, action)
        self.setObjectName("ownerWork")
        self._working = False

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
            self._working = True
            tasks.run(self, lambda: self._perform(context, password, work), on_done, on_failed, long=True)

        def on_done(answer: T) -> None:
            self._working = False
            self.accept()
            done(answer)

        def on_failed(problem: Exception) -> None:
            self._working = False
            if refused is not None and isinstance(problem, InvalidInput) and "password" not in problem.fields:
                self.reject()
                refused(problem)
            elif isinstance(problem, UserError):
                self.refuse(" ".join(problem.fields.values()) or str(problem))
            else:
                self.reject()

        self.submitted.connect(on_submitted)
        self.open()

    @staticmethod
    def _perform(context: Context, password: str, work: Callable[[Owner], T]) -> T:
        with owning(context.door, context.session, password) as owner:
            return work(owner)

    def reject(self) -> None:
        """Not while it is working."""
        if not self._working:
            super().reject()
