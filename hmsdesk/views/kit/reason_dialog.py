"""Asks for a reason, and stays open until what it is for is done or given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from hmsdesk.errors import UserError
from hmsdesk.models.locale import Locale
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import danger
from hmsdesk.views.kit.dialogs import WIDTH, Dialog
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.questions import Questions
from hmsdesk.views.kit.words import Label

REASON = "reason"


class ReasonDialog(Dialog):
    """One field, and a button that does what can't be undone."""

    def __init__(self, parent: QWidget, title: str, text: str, action: str, field: Any, locale: Locale) -> None:
        """action: the word of the button. field: the declared field that the reason is kept in."""
        super().__init__(parent, title, text)
        self.questions = Questions({REASON: field}, locale=locale, width=WIDTH - 2 * theme.SPACE_16)
        self._problem = Label(size="small", wrap=True)
        self._problem.setObjectName("dialogNote")
        self._problem.set_tone("danger")
        self._problem.hide()
        self._action = action
        self._yes = danger(action)
        self._act: Callable[[str], Any] = lambda _: None
        self._done: Callable[[Any], None] = lambda _: None
        self.column.addWidget(self.questions)
        self.column.addWidget(self._problem)
        self.column.addSpacing(theme.SPACE_8)
        self.add_answers(self._yes, self._on_yes)
        self.questions.checked.connect(self.fit_soon)

    def ask(self, act: Callable[[str], Any], done: Callable[[Any], None]) -> None:
        """Open it. act: does it with the reason, off the window's thread. done: is handed what that returned."""
        self._act, self._done = act, done
        self.open()
        self.questions.rows[REASON].editor.setFocus()

    def _on_yes(self) -> None:
        if not self.questions.check() or not self._yes.isEnabled():
            return
        self._yes.setEnabled(False)
        self._problem.hide()
        reason, act = str(self.questions.values()[REASON]), self._act
        tasks.run(self, lambda: act(reason), self._on_done, self._on_failed)

    def _on_done(self, answer: Any) -> None:
        self.accept()
        self._done(answer)

    def _on_failed(self, problem: Exception) -> None:
        self._yes.setEnabled(True)
        known = in_words(problem, UserError("This didn't work.", "Something in the program went wrong."))
        rest = self.questions.set_problems(known.fields) if known.fields else str(known)
        self._problem.setText(rest)
        self._problem.setVisible(bool(rest))
        self.fit_soon()
