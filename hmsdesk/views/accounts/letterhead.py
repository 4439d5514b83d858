"""What stands on all papers of the practice, and over its windows: its name, where it is, and its phone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.letterhead import CHANGEABLE, change_letterhead, practice_facts
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.locale import Locale
from hmsdesk.models.practice import Practice
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.owner_work import AGAIN, OwnerWork
from hmsdesk.views.kit.questions import Questions

WIDTH = 512
TEXT = "They stand on all papers that are printed from now on. The country and the currency stay what they are."


class ChangeLetterhead(Dialog):
    """Stays open until it is changed: nothing typed is lost."""

    filled_in = Signal(object)
    """The fields as they were typed."""

    def __init__(self, parent: QWidget, practice: Row, locale: Locale) -> None:
        super().__init__(parent, "Name, address and phone", TEXT, WIDTH)
        self.setObjectName("changeLetterhead")
        fields = {name: getattr(Practice, name) for name in CHANGEABLE}
        self.questions = Questions(fields, locale=locale, width=WIDTH - 2 * theme.SPACE_16)
        self.questions.show_values({name: practice.get(name) for name in CHANGEABLE})
        self.questions.checked.connect(self.fit_soon)
        self.column.addWidget(self.questions)
        self.column.addSpacing(theme.SPACE_12)
        self.add_answers(primary("Change"), self._on_change)
        self.questions.rows["name"].editor.setFocus()

    def refuse(self, problem: InvalidInput) -> None:
        """Say beside the fields what is wrong."""
        self.questions.set_problems(problem.fields)
        self.fit_soon()

    def _on_change(self) -> None:
        if self.questions.check():
            values = self.questions.values()
            self.filled_in.emit({name: values.get(name) for name in CHANGEABLE})
        self.fit_soon()


class LetterheadWork(QObject):
    """Asks for it, and then for the owner's password."""

    def __init__(self, context: Context, page: QWidget) -> None:
        super().__init__(page)
        self._context = context
        self._page = page

    def ask(self) -> None:
        """Begin with what stands there now."""
        tasks.run(self, partial(practice_facts, self._context.session), self._on_known, self._on_failed)

    def _on_failed(self, problem: Exception) -> None:
        if isinstance(problem, UserError):
            self._context.toasts.show_problem(problem)

    def _on_known(self, practice: Row) -> None:
        dialog = ChangeLetterhead(self._page, practice, self._context.session.locale)
        dialog.filled_in.connect(partial(self._change, dialog))
        dialog.open()

    def _change(self, dialog: ChangeLetterhead, values: Mapping[str, Any]) -> None:
        work = OwnerWork(dialog, "Change what stands on all papers?", AGAIN, "Change")

        def perform(owner: Owner) -> Row:
            return change_letterhead(owner, values)

        def done(practice: Row) -> None:
            dialog.accept()
            self._context.door.note_name(practice["name"])
            words = "Papers have it from now on; windows show another name at the next sign-in."
            self._context.toasts.show("Name, address and phone are changed", words)

        work.do(self._context, perform, done, dialog.refuse)
