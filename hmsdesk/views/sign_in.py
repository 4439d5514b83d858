"""The sign-in window: which clinic, who, and the password; nothing that needs a signed-in connection."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QLocale, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.errors import UserError
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chips import Status
from hmsdesk.views.kit.clinic_picker import Clinic, ClinicPicker
from hmsdesk.views.kit.doorway import Doorway
from hmsdesk.views.kit.parts import IconLine, Label, link, primary
from hmsdesk.views.kit.password_field import CAPS_WORDS, PasswordField
from hmsdesk.views.kit.refusal import Refusal

FORM_WIDTH = 380
# Where the form's title and the clinic's name begin, as a share of the window's height.
TOP_SHARE = 0.198
# Who was let out in the middle of a word looks up before they pause as long as this.
PAUSE_MS = 1500


class SignIn(Doorway):
    """Asks for e-mail and password; whoever listens to `submitted` answers with `show_busy` and `show_refusal`."""

    submitted = Signal(str, str)
    forgot = Signal()

    def __init__(self) -> None:
        super().__init__("signIn", TOP_SHARE)
        self._picker = ClinicPicker()
        self._email = self._email_field()
        self._password = PasswordField()
        self._password.setObjectName("signInPassword")
        self._password.setProperty("tall", True)
        self._keyboard = IconLine("", "keyboard-outline", wrap=False)
        self._keyboard.setObjectName("signInKeyboard")
        self._caps = IconLine("", "apple-keyboard-caps", "warning")
        self._caps.setObjectName("signInCaps")
        self._why = IconLine("", "lock-outline")
        self._why.setObjectName("signInWhy")
        self._why.hide()
        self._refusal = Refusal()
        self._refusal.installEventFilter(self)
        # Why somebody was let out. Unlike what is said of a password, typing doesn't take it away.
        self._reason = ""
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._on_pause)
        self._button = self._sign_in_button()
        self._connect()
        self._lay_out()

    def _email_field(self) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName("signInEmail")
        field.setAccessibleName("E-mail")
        field.setProperty("tall", True)
        field.setProperty("icons", True)
        field.addAction(theme.icon("email-outline", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        return field

    def _sign_in_button(self) -> QAbstractButton:
        button = primary("Sign in", shortcut="Enter")
        button.setObjectName("signInButton")
        button.setFixedHeight(theme.CONTROL_TALL)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _connect(self) -> None:
        self._email.returnPressed.connect(self._on_submit)
        self._password.returnPressed.connect(self._on_submit)
        self._button.clicked.connect(self._on_submit)
        self._password.caps_lock_seen.connect(self._on_caps_lock)
        for field in (self._email, self._password):
            field.textEdited.connect(self._on_edited)
        QGuiApplication.inputMethod().localeChanged.connect(self._on_keyboard_changed)
        self._on_keyboard_changed()

    def _lay_out(self) -> None:
        self.set_form(self._form())
        order = [self._picker, self._email, self._password, self._button]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _form(self) -> QWidget:
        form = QWidget()
        form.setFixedWidth(FORM_WIDTH)
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Label("Sign in", bold=True, size="title"))
        column.addWidget(self._why)
        self._add_field(column, "Clinic", self._picker, above=20)
        self._add_field(column, "E-mail", self._email)
        self._add_field(column, "Password", self._password, beside=self._keyboard)
        column.addSpacing(6)
        column.addWidget(self._caps)
        column.addSpacing(theme.SPACE_8)
        column.addWidget(self._refusal)
        column.addSpacing(theme.SPACE_12)
        column.addWidget(self._button)
        column.addSpacing(6)
        column.addLayout(self._links())
        column.addSpacing(17)
        column.addWidget(_line())
        column.addSpacing(theme.SPACE_12)
        promise = "Your password never leaves this computer. The server checks again what your role may do."
        column.addWidget(IconLine(promise, "shield-check-outline"))
        return form

    def _add_field(
        self,
        column: QVBoxLayout,
        label: str,
        field: QWidget,
        beside: QWidget | None = None,
        above: int = theme.SPACE_16,
    ) -> None:
        column.addSpacing(above)
        row = QHBoxLayout()
        row.addWidget(Label(label, muted=True, size="small"), 1)
        if beside:
            row.addWidget(beside)
        column.addLayout(row)
        column.addSpacing(3)
        column.addWidget(field)

    def _links(self) -> QHBoxLayout:
        forgot = link("Forgot your password?")
        forgot.setObjectName("signInForgot")
        forgot.clicked.connect(self.forgot)
        row = QHBoxLayout()
        row.addWidget(forgot)
        row.addStretch()
        return row

    def set_clinic(self, clinic: Clinic) -> None:
        """The practice this workstation signs in to."""
        self._picker.set_clinic(clinic)
        self.side.show_clinic(clinic)

    def clinic(self) -> Clinic:
        """The practice one will sign in to."""
        return self._picker.current

    def set_connection(self, servers: str, status: Status) -> None:
        """Whether the clinic's servers answer, in words and as a chip."""
        self._picker.set_connection(servers, status)

    def set_facts(self, workstation: str, connection: str, version: str) -> None:
        """What is known about this workstation before anybody signs in."""
        for name, value in (("This workstation", workstation), ("Connection", connection), ("Version", version)):
            self.side.add_fact(name, value)

    def email(self) -> str:
        """What is typed as one's e-mail."""
        return self._email.text().strip()

    def set_email(self, email: str, why: str = "") -> None:
        """Begin anew; who signed in here last is filled in, so that only the password is left to type.

        why: the reason they are asked again, where pages of theirs wait.
        """
        self._why.set(why, "muted")
        self._why.setVisible(bool(why))
        self._email.setText(email)
        self._password.clear()
        self._password.eye.setChecked(False)
        self._refusal.hide()
        self._set_reason("")
        self._begin()

    def _begin(self) -> None:
        """The keyboard goes to what is to be typed first."""
        (self._password if self._email.text().strip() else self._email).setFocus()

    def show_busy(self, busy: bool) -> None:
        """While the keys are opened nothing can be changed."""
        for widget in (self._picker, self._email, self._password, self._password.eye, self._button):
            widget.setEnabled(not busy)
        self._button.setText("Signing in…" if busy else "Sign in")
        if not busy:
            # Whatever was disabled has given the keyboard away.
            self._begin()

    def show_refusal(self, problem: UserError) -> None:
        """Say why it didn't work; the password is ready to be typed over."""
        self.show_busy(False)
        self._set_reason("")
        self._refusal.say(problem)
        self._password.selectAll()
        self._begin()

    def show_signed_out(self, why: UserError) -> None:
        """Say why somebody was let out who may be typing; it stays until they try to sign in.

        What they still type of a record goes nowhere: until they pause, the keyboard is at the reason.
        """
        self.show_refusal(why)
        self._set_reason(str(why))
        self._refusal.setFocus()
        self._pause.start()

    def _set_reason(self, why: str) -> None:
        self._reason = why
        # Whoever listens to the window hears it with the field the keyboard goes on to.
        for field in (self._email, self._password):
            field.setAccessibleDescription(why)

    def _on_pause(self) -> None:
        if self.focusWidget() is self._refusal:
            self._begin()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and self._pause.isActive():
            self._pause.start()
            return True
        return super().eventFilter(watched, event)

    def _on_submit(self) -> None:
        email = self.email()
        if not email:
            self._email.setFocus()
        elif "@" not in email:
            self._set_reason("")
            self._refusal.say(UserError("Type the whole e-mail.", "It looks like name@example.com."))
            self._email.setFocus()
        elif not self._password.text():
            self._password.setFocus()
        else:
            self._refusal.hide()
            self.submitted.emit(email, self._password.text())

    def _on_edited(self, words: str) -> None:
        if not self._reason:
            self._refusal.hide()
        field = self.sender()
        typed = words[field.cursorPosition() - 1 :][:1] if isinstance(field, QLineEdit) else ""
        self._show_keyboard(typed)

    def _on_keyboard_changed(self) -> None:
        self._show_keyboard("")

    def _show_keyboard(self, typed: str) -> None:
        """Not every system tells the keyboard's language, so an Arabic letter counts for more than what it says."""
        arabic = bool(typed) and _is_arabic(typed)
        language = QLocale.Language.Arabic if arabic else QGuiApplication.inputMethod().locale().language()
        self._keyboard.setVisible(language != QLocale.Language.C)
        self._keyboard.set(f"Keyboard: {QLocale.languageToString(language)}", "warning" if arabic else "muted")

    def _on_caps_lock(self, on: bool) -> None:
        self._caps.set(CAPS_WORDS if on else "", "warning")


def _is_arabic(letter: str) -> bool:
    from unicodedata import name

    return name(letter, "").startswith("ARABIC")


def _line() -> QFrame:
    line = QFrame()
    line.setObjectName("separator")
    line.setFixedHeight(1)
    return line
