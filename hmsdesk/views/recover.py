"""'Forgot your password?': who can help, and the way back in for an owner who has the recovery code."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from hmsdesk.controllers.readmission import NewCode
from hmsdesk.controllers.recovery import recover
from hmsdesk.controllers.sign_in import Door
from hmsdesk.errors import UserError
from hmsdesk.models.accounts import Account
from hmsdesk.security.credentials import weakness
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.questions import Question, Questions
from hmsdesk.views.kit.recovery_code import RecoveryCode
from hmsdesk.views.kit.refusal import Refusal
from hmsdesk.views.kit.words import Label

WIDTH = 512
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
TEXT = (
    "Nobody can read your password, not even an owner of the practice. An owner can give you a temporary one: ask them "
    "to open Accounts, choose your name, and reset the password."
)
NOT_RECOVERED = UserError("This did not work.", "Something in the program went wrong. The code is not used up.")


class Recover(Dialog):
    """Says who can help; for owners it asks for the code. `recovered` tells whose password is new."""

    recovered = Signal(str)

    def __init__(self, parent: QWidget, practice: str, reach: Callable[[str], Door], email: str = "") -> None:
        """reach: the practice's door, from any thread; the code puts this computer's keys back if they were lost.

        email: whose password it is, as far as that was typed already.
        """
        super().__init__(parent, "Forgot your password?", TEXT, WIDTH)
        self.setObjectName("recover")
        self._practice = practice
        self._reach = reach
        self._working = False
        self._code: RecoveryCode | None = None
        self._offer = Label("Are you an owner, and no other owner can help? Then use the recovery code.", wrap=True)
        self.column.addWidget(self._offer)
        self.questions = self._asked()
        self.questions.show_values({"email": email})
        self.questions.hide()
        self.questions.checked.connect(self.fit_soon)
        self.column.addWidget(self.questions)
        self._refusal = Refusal()
        self.column.addWidget(self._refusal)
        self.column.addSpacing(theme.SPACE_8)
        self._cancel = normal("Close")
        self._cancel.setObjectName("dialogNo")
        self._cancel.clicked.connect(self.reject)
        self._next = primary("I have the recovery code")
        self._next.setObjectName("dialogYes")
        self._next.clicked.connect(self.go_on)
        self.add_row(self._cancel, self._next)
        self._cancel.setFocus()

    def _asked(self) -> Questions:
        fields = {
            "code": Question("Recovery code", help_text="Capitals or not, with or without the hyphens"),
            "email": Question("E-mail of an owner", like=Account.email),
            "password": Question("New password", self._weakness, password=True),
            "again": Question("New password again", self._difference, password=True),
        }
        return Questions(fields, width=WIDTH - 2 * theme.SPACE_16)

    def _weakness(self, password: str) -> str:
        return weakness(password, [self._typed("email"), self._practice])

    def _difference(self, again: str) -> str:
        return "" if again == self._typed("password") else "The two are not the same."

    def _typed(self, name: str) -> str:
        return str(self.questions.raw(name))

    def go_on(self) -> None:
        """The one button that leads on: to the fields, to the new code, and out."""
        if self._working:
            return
        if self._code is not None:
            self._end(self._code)
        elif self.questions.isHidden():
            self._ask()
        elif self.questions.check():
            self._send()
        self.fit_soon()

    def _ask(self) -> None:
        self._offer.hide()
        self._explained.setText("The code is on the page that was printed when the practice was set up.")
        self.questions.show()
        self._next.set_text("Use the code")
        self.questions.rows["code"].editor.setFocus()

    def _send(self) -> None:
        code, email, password = (self._typed(name) for name in ("code", "email", "password"))
        self._set_working(True)
        tasks.run(
            self, lambda: recover(self._reach(code), code, email.strip(), password), self._on_new, self._on_failed
        )

    def _set_working(self, working: bool) -> None:
        self._working = working
        self._refusal.hide()
        self.questions.setEnabled(not working)
        self._next.set_text("Opening the practice…" if working else "Use the code")

    def _on_new(self, made: NewCode) -> None:
        """The old code is used up: the new one is kept as carefully as the first."""
        self._set_working(False)
        self._heading.setText("Your password is new, and so is the recovery code")
        self._explained.setText("The code you typed opens nothing any more. Destroy its page.")
        self.questions.hide()
        self._cancel.hide()
        self._code = RecoveryCode(self._practice, made.recovery_code, puts_keys_back=made.puts_keys_back)
        self._code.asking_changed.connect(self._on_asking_changed)
        self._code.grown.connect(self.fit_soon)
        self.column.insertWidget(self.column.indexOf(self.questions), self._code)
        self._on_asking_changed()

    def _on_asking_changed(self) -> None:
        assert self._code is not None
        self._next.set_text(self._code.word)
        self.fit_soon()

    def _on_failed(self, problem: Exception) -> None:
        self._set_working(False)
        known = in_words(problem, NOT_RECOVERED)
        rest = self.questions.set_problems(known.fields)
        if rest or not known.fields:
            self._refusal.say(UserError(known.title, rest or known.message))
        self.fit_soon()

    def _end(self, code: RecoveryCode) -> None:
        if not code.asking:
            code.begin_asking()
        elif code.check():
            self.recovered.emit(self._typed("email").strip())
            self.accept()

    def reject(self) -> None:
        """Not while it works, and not before the new code is kept."""
        if not self._working and self._code is None:
            super().reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        asked = self._code or self.questions
        if event.key() not in ENTER or isinstance(self.focusWidget(), QAbstractButton):
            super().keyPressEvent(event)
        elif not asked.go_on():
            self.go_on()
