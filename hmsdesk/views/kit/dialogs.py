"""The few questions that stop the work: sure?, your password again; and an unknown failure with its report."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, danger, normal, primary
from hmsdesk.views.kit.password_field import CAPS_WORDS, PasswordField
from hmsdesk.views.kit.words import Label, brief, sentence

WIDTH = 420
REPORT_WIDTH = 640
# Letters of the question, and of what it means: with as many the buttons still stand on a small screen.
MOST_ASKED, MOST_EXPLAINED = 250, 700
FRAME = "frame"
"""The name of what dialogs stand over as long as somebody is signed in; behind the sign-in window it is hidden."""


class Dialog(QDialog):
    """A bold question, what it means, and a row of buttons; Esc always answers no, Ctrl+Enter presses what leads on."""

    def __init__(self, parent: QWidget | None, title: str, text: str, width: int = WIDTH) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(brief(sentence(title), MOST_ASKED))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setFixedWidth(width)
        self._is_away = False
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self.fit)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*(theme.SPACE_16,) * 4)
        self.column.setSpacing(theme.SPACE_4)
        self._heading = Label(brief(sentence(title), MOST_ASKED), bold=True, wrap=True)
        self._heading.setObjectName("dialogTitle")
        self._explained = Label(brief(sentence(text), MOST_EXPLAINED), muted=True, wrap=True)
        self._explained.setObjectName("dialogText")
        self.column.addWidget(self._heading)
        self.column.addWidget(self._explained)
        self.column.addSpacing(theme.SPACE_8)

    def add_row(self, *widgets: QWidget, stretch_first: bool = False) -> None:
        """The last row: its widgets at the end, or the first one filling the room before the others."""
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        if not stretch_first:
            row.addStretch()
        for n, widget in enumerate(widgets):
            row.addWidget(widget, 1 if stretch_first and n == 0 else 0)
        self.column.addLayout(row)

    def no_button(self, text: str = "Close") -> Button:
        """What ends it with nothing done, as Esc does."""
        button = normal(text)
        button.setObjectName("dialogNo")
        button.clicked.connect(self.reject)
        return button

    def add_answers(self, yes: Button, on_yes: Callable[[], object], *others: Button) -> None:
        """The last row: other ways, Cancel, and what leads on, which Enter presses too."""
        yes.setObjectName("dialogYes")
        yes.setDefault(True)
        yes.clicked.connect(lambda _: on_yes())
        self.add_row(*others, self.no_button("Cancel"), yes)

    def open(self) -> None:
        """Where the program was locked before it came to this, it waits until its person is back."""
        if self._is_locked():
            self._is_away = True
        else:
            super().open()

    def _is_locked(self) -> bool:
        around = self.parentWidget()
        while around is not None and around.objectName() != FRAME:
            around = around.parentWidget()
        return around is not None and not around.isVisible()

    def put_away(self) -> None:
        """Out of sight as it is; a password that was being typed is forgotten."""
        for password in self.findChildren(PasswordField):
            password.clear()
        self._is_away = True
        self.hide()

    def come_back(self) -> None:
        """Stand there again, if it was put away and nothing has answered it meanwhile."""
        if self._is_away:
            self._is_away = False
            super().open()

    def done(self, answer: int) -> None:
        self._is_away = False
        super().done(answer)

    def fit(self) -> None:
        """Make it as high as its wrapped words need."""
        # What was shown, hidden or said anew reaches the dialog's layout through those around it, one event each.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        self.resize(self.width(), self.column.heightForWidth(self.width()))

    def fit_soon(self) -> None:
        """The same once what has just been shown or hidden has found its place."""
        self._fitting.start()

    def showEvent(self, event: QShowEvent) -> None:
        self.fit()
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.isAutoRepeat():
            # Still held down from what opened it: nobody has read the question yet.
            return
        default = next((one for one in self.findChildren(Button) if one.isDefault()), None)
        with_ctrl = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if default is not None and with_ctrl and enter:
            default.click()
        else:
            super().keyPressEvent(event)


def confirm(
    parent: QWidget,
    title: str,
    text: str,
    action: str,
    on_yes: Callable[[], object],
    *,
    keep: str = "Cancel",
    dangerous: bool = False,
) -> Dialog:
    """Ask before something; `on_yes` is called when it is wanted. What is dangerous isn't what Enter does."""
    dialog = Dialog(parent, title, text)
    no = dialog.no_button(keep)
    yes = _yes_button(dialog, danger(action) if dangerous else primary(action))
    dialog.add_row(no, yes)
    (no if dangerous else yes).setDefault(True)
    (no if dangerous else yes).setFocus()
    dialog.accepted.connect(on_yes)
    dialog.open()
    return dialog


def _yes_button(dialog: Dialog, button: Button) -> Button:
    button.setObjectName("dialogYes")
    button.clicked.connect(dialog.accept)
    return button


class PasswordAgain(Dialog):
    """Asks for the password once more; stays open until the owner accepts it or the person gives up."""

    submitted = Signal(str)

    def __init__(self, parent: QWidget, title: str, text: str, action: str) -> None:
        super().__init__(parent, title, text)
        self._password = PasswordField()
        self._password.setObjectName("dialogPassword")
        self._note = Label(size="small", wrap=True)
        self._note.setObjectName("dialogNote")
        self._yes = primary(action)
        self._yes.setObjectName("dialogYes")
        self._yes.setDefault(True)
        self._yes.setEnabled(False)
        self._yes.clicked.connect(self._on_submit)
        self._password.textChanged.connect(self._on_typed)
        self._password.caps_lock_seen.connect(self._on_caps_lock)
        self.column.addWidget(Label("Your password", muted=True, size="small"))
        self.column.addWidget(self._password)
        self.column.addWidget(self._note)
        self.column.addSpacing(theme.SPACE_8)
        self._no = self.no_button("Cancel")
        self.add_row(self._no, self._yes)
        self._password.setFocus()

    def refuse(self, message: str) -> None:
        """Say that this password was not it, and let it be typed again."""
        self._password.setEnabled(True)
        self._password.clear()
        self._password.setFocus()
        self._set_invalid(True)
        self._say(message, "danger")

    def _set_invalid(self, invalid: bool) -> None:
        self._password.setProperty("invalid", invalid)
        self._password.style().polish(self._password)

    def _on_typed(self, password: str) -> None:
        self._yes.setEnabled(bool(password))
        if password and self._password.property("invalid"):
            self._set_invalid(False)
            self._say("", "danger")

    def _on_caps_lock(self, on: bool) -> None:
        if not self._password.property("invalid"):
            self._say(CAPS_WORDS if on else "", "warning")

    def _say(self, words: str, tone: str) -> None:
        self._note.setText(words)
        self._note.set_tone(tone)
        self.fit()

    def _on_submit(self) -> None:
        self._yes.setEnabled(False)
        self._password.setEnabled(False)
        self.submitted.emit(self._password.text())


def show_bug(parent: QWidget | None, report: str) -> Dialog:
    """Show a failure nobody expected, with a report that can be sent to whoever looks after the program."""
    dialog = Dialog(
        parent,
        "Something in the program went wrong",
        "What you were doing may not have been saved. You can go on working. "
        "Please send this report to whoever looks after the program.",
        REPORT_WIDTH,
    )
    page = QPlainTextEdit(report, readOnly=True)
    page.setObjectName("bugReport")
    page.setAccessibleName("Report")
    page.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    page.setMinimumHeight(220)
    copy = normal("Copy report", "content-copy")
    copy.setObjectName("bugCopy")
    copy.clicked.connect(lambda _: QGuiApplication.clipboard().setText(report))
    close = primary("Go on")
    close.setObjectName("dialogYes")
    close.setDefault(True)
    close.clicked.connect(dialog.accept)
    dialog.column.addWidget(page)
    dialog.column.addSpacing(theme.SPACE_8)
    dialog.add_row(copy, close)
    close.setFocus()
    dialog.open()
    return dialog
