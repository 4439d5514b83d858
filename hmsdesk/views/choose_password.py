"""Choosing one's own password, in place of a temporary one or of the one before."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.errors import UserError
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.password_field import PasswordField
from hmsdesk.views.kit.words import Label

DIFFERENT = "The two are not the same."
NOT_CHANGED = UserError("Something in the program went wrong.", "Nothing was changed.")


class ChoosePassword(Dialog):
    """Asks twice for a new password, and first for the old one if `ask_old`. Whoever listens answers or refuses."""

    submitted = Signal(str, str)

    def __init__(self, parent: QWidget, title: str, text: str, *, ask_old: bool = False) -> None:
        super().__init__(parent, title, text)
        self.setObjectName("choosePassword")
        self.old = self._add("Password until now", "oldPassword") if ask_old else None
        self.new = self._add("New password", "newPassword")
        self.again = self._add("New password again", "newPasswordAgain")
        self._note = Label("Three or four words that don't belong together are good.", size="small", wrap=True)
        self._note.setObjectName("choosePasswordNote")
        self.column.addWidget(self._note)
        self.column.addSpacing(theme.SPACE_8)
        self._button = primary("Use this password")
        self._button.setObjectName("choosePasswordUse")
        self._button.setDefault(True)
        self._button.clicked.connect(self._on_submit)
        cancel = normal("Cancel")
        cancel.clicked.connect(self.reject)
        self.add_row(cancel, self._button)
        (self.old or self.new).setFocus()

    def refuse(self, problem: Exception) -> None:
        """Say why it wasn't taken; all can be typed anew."""
        known = in_words(problem, NOT_CHANGED)
        self._set_enabled(True)
        self._say(" ".join(known.fields.values()) or str(known))
        wrong = self.old if self.old is not None and "password" in known.fields else self.new
        wrong.selectAll()
        wrong.setFocus()

    def _add(self, label: str, name: str) -> PasswordField:
        field = PasswordField()
        field.setObjectName(name)
        field.setAccessibleName(label)
        self.column.addWidget(Label(label, muted=True, size="small"))
        self.column.addWidget(field)
        self.column.addSpacing(theme.SPACE_8)
        return field

    def _on_submit(self) -> None:
        if self.new.text() != self.again.text():
            self._say(DIFFERENT)
            self.again.setFocus()
            return
        self._set_enabled(False)
        self.submitted.emit(self.old.text() if self.old else "", self.new.text())

    def _set_enabled(self, enabled: bool) -> None:
        for field in (self.old, self.new, self.again, self._button):
            if field is not None:
                field.setEnabled(enabled)

    def _say(self, words: str) -> None:
        self._note.setText(words)
        self._note.set_tone("danger")
        self.fit()
