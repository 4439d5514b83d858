"""The bar above a prescription: what it is, why it can't be signed yet, and what is done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, normal, primary
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.page import BackButton
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import IconLine, Label

NEW = "New prescription"


class Head(QWidget):
    """Before signing: Sign and send. After it: print, save, and the next one; who dispenses too hands it out."""

    left = Signal()
    sign_asked = Signal()
    """To be signed; or, where something is missing, to be led there."""
    print_asked = Signal()
    save_asked = Signal()
    cancel_asked = Signal()
    new_asked = Signal()
    hand_out_asked = Signal()
    page_asked = Signal()
    """In a narrow window: the page instead of the fields, or the other way round."""

    def __init__(self, behind: str, hands_out: bool) -> None:
        """behind: where one goes back to. hands_out: whether who is signed in dispenses too, and sends it nowhere."""
        super().__init__()
        self.setFixedHeight(theme.CONTROL)
        self._hands_out = hands_out
        self._sign_words, self._signed_words = ("Sign", "Signed") if hands_out else ("Sign and send", "Signed and sent")
        self.back = BackButton(behind, self.left.emit)
        self.back.setObjectName("prescribeBack")
        self.title = Label(NEW, bold=True, size="title")
        self.title.setObjectName("prescribeTitle")
        self.chip = Chip("Draft", "pencil-outline")
        self._why = IconLine("", "alert-circle-outline", wrap=False)
        self._why.setObjectName("whyNotYet")
        self._sign = _asks(primary(self._sign_words, "lock-outline", "Ctrl+Enter"), "sign", self.sign_asked)
        # The same key, while there is something missing: it leads there.
        keys = ("Ctrl+Enter", "Ctrl+Return")
        self._to_missing = on_key(self, keys, "To what is missing", self.sign_asked)
        self._new = _asks(normal(NEW, "plus"), "newPrescription", self.new_asked)
        self._save = _asks(normal("Save PDF", "content-save-outline"), "savePaper", self.save_asked)
        self._cancel = _asks(normal("Cancel…", "cancel"), "cancelPrescription", self.cancel_asked)
        self._cancel.setAccessibleName("Cancel this prescription")
        self._print = _asks(primary("Print", "printer-outline", "Ctrl+P"), "printPaper", self.print_asked)
        self._hand_out = _asks(normal("Hand out", "line-scan", "Ctrl+D"), "handOut", self.hand_out_asked)
        self._page = normal("Preview", "file-eye-outline")
        self._page.setObjectName("showPage")
        self._page.setCheckable(True)
        self._page.clicked.connect(lambda _: self.page_asked.emit())
        self._page.hide()
        # The fields are closed by signing, which leaves the keyboard at whatever comes first on the page.
        self._comes_to_print = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.back)
        row.addWidget(self.title)
        row.addWidget(self.chip)
        row.addStretch()
        doing = (self._sign, self._cancel, self._new, self._save, self._hand_out, self._print)
        for widget in (self._why, self._page, *doing):
            row.addWidget(widget)
        self.show_draft("", "Add a medicine first")

    def set_narrow(self, narrow: bool) -> bool:
        """Leave out or shorten what there is no room for; whether the page is asked for in place of the fields."""
        self.title.setVisible(not narrow)
        self._page.setVisible(narrow)
        self._new.set_text("New" if narrow else NEW)
        self._new.setAccessibleName(NEW)
        self._page.set_text("Back to the lines" if self._page.isChecked() else "Preview")
        return self._page.isChecked()

    def show_draft(self, kept: str, why_not: str, tone: str = "muted") -> None:
        """It is being written. kept: when what was typed was kept; why_not: what is missing to sign it."""
        self.title.setText(NEW)
        self.chip.set(f"Draft, kept {kept}" if kept else "Draft", "pencil-outline", "neutral")
        self._why.set(why_not, tone)
        self._arrange(signed=False, why=bool(why_not))
        self._sign.setEnabled(not why_not)
        self._to_missing.setEnabled(bool(why_not))

    def show_signing(self) -> None:
        """It is on its way."""
        self._why.hide()
        self._to_missing.setEnabled(False)
        self._sign.setEnabled(False)
        self._sign.set_working("Signing…")

    def show_signed(self, number: str) -> None:
        """It is signed, and whoever dispenses has it."""
        self.title.setText(number)
        self.chip.set(self._signed_words, "check", "good")
        self._to_missing.setEnabled(False)
        self._arrange(signed=True, why=False)
        self._comes_to_print = True

    def show_cancelled(self) -> None:
        """It is taken back: there is nothing to print any more."""
        self.chip.set("Cancelled", "cancel", "warning")
        for button in (self._cancel, self._print, self._hand_out):
            button.hide()

    def set_page_ready(self, ready: bool) -> None:
        """Whether there is a page to print or save."""
        self._print.setEnabled(ready)
        self._save.setEnabled(ready)
        if ready and self._comes_to_print:
            self._comes_to_print = False
            self._print.setFocus()

    def _arrange(self, *, signed: bool, why: bool) -> None:
        self._sign.set_text(self._sign_words)
        self._sign.setVisible(not signed)
        self._why.setVisible(why)
        for button in (self._cancel, self._new, self._save, self._print):
            button.setVisible(signed)
        self._hand_out.setVisible(signed and self._hands_out)


def _asks(button: Button, name: str, asked: SignalInstance) -> Button:
    button.setObjectName(name)
    button.clicked.connect(asked)
    return button
