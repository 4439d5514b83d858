"""A few things that are asked before something is done, and that thing done once, however often Enter is pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from PySide6.QtWidgets import QWidget

from hmsdesk.errors import Unreachable, UserError
from hmsdesk.models.declaration import default_of
from hmsdesk.models.fields import TextField
from hmsdesk.models.locale import Locale
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import Button
from hmsdesk.views.kit.contract import NO_LOOKUP, Lookup
from hmsdesk.views.kit.dialogs import MOST_ASKED, WIDTH, Dialog
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.questions import Questions
from hmsdesk.views.kit.words import Label, brief, sentence

T = TypeVar("T")
NOT_DONE = UserError("This could not be done.", "Something in the program went wrong.")


def reason_field(label: str = "Reason", most: int = 160, help_text: str = "") -> TextField:
    """Why something is done, which must be said."""
    return TextField(verbose_name=label, required=True, max_length=most, help_text=help_text)


class Ask(Dialog):
    """Stays open until what it is for is done, or the person gives up. What is wrong stands beside its field."""

    def __init__(
        self,
        parent: QWidget,
        words: tuple[str, str],
        fields: Mapping[str, Any],
        yes: Button,
        locale: Locale,
        *,
        lines: Sequence[str | tuple[str, ...]] = (),
        lookup: Lookup = NO_LOOKUP,
        width: int = WIDTH,
    ) -> None:
        """words: the question, and what it means."""
        super().__init__(parent, *words, width)
        self._operation = uuid4().hex
        self._yes = yes
        self._word = yes.text()
        self._working = False
        self.questions = Questions(fields, lines, locale, lookup, self.width() - 2 * theme.SPACE_16)
        usual = {name: default_of(field) for name, field in fields.items() if hasattr(field, "default")}
        self.questions.show_values({name: value for name, value in usual.items() if value is not None})
        self.questions.checked.connect(self.fit_soon)
        self._problem = Label(size="small", wrap=True)
        self._problem.setObjectName("askProblem")
        self._problem.set_tone("danger")
        self._problem.hide()
        self.column.addWidget(self.questions)
        self.column.addWidget(self._problem)
        self.column.addSpacing(theme.SPACE_8)
        self._do: Callable[[], object] = self.accept
        self.add_answers(yes, self._on_yes)
        next(iter(self.questions.rows.values())).editor.setFocus()

    def keep_by(self, word: str) -> Ask:
        """Call leaving all as it is by another word, where "Cancel" could be taken for what is asked."""
        no = self.findChild(Button, "dialogNo")
        assert no is not None
        no.set_text(word)
        return self

    def then(self, take: Callable[[dict[str, Any]], object]) -> None:
        """Hand over what was answered, and close; nothing is sent to the server."""

        def done() -> None:
            values = self.questions.values()
            self.accept()
            take(values)

        self._do = done
        self.open()

    def do(self, work: Callable[[dict[str, Any], str], T], done: Callable[[T], object]) -> None:
        """Do `work` with the answers and an operation id off the window's thread; close, and hand over its answer."""

        def begin() -> None:
            values = self.questions.values()
            self._set_working(True)
            tasks.run(self, lambda: work(values, self._operation), on_done, self._on_failed)

        def on_done(answer: T) -> None:
            self._set_working(False)
            self.accept()
            done(answer)

        self._do = begin
        self.open()

    def _on_yes(self) -> None:
        if not self._working and self.questions.check():
            self._do()

    def _on_failed(self, problem: Exception) -> None:
        self._set_working(False)
        known = in_words(problem, NOT_DONE)
        said = self.questions.set_problems(known.fields) if known.fields else str(known)
        if isinstance(problem, Unreachable):
            said += " Try again: it is not done twice."
        self._problem.setText(brief(sentence(said), MOST_ASKED))
        self._problem.setVisible(bool(said))
        self.fit_soon()

    def _set_working(self, working: bool) -> None:
        self._working = working
        self.questions.setEnabled(not working)
        self._yes.set_text("One moment…" if working else self._word)

    def reject(self) -> None:
        """Not while it is being done: the answer would be lost."""
        if not self._working:
            super().reject()
