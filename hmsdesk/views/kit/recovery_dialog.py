"""A new recovery code for somebody who is signed in; it can be left only once a part of it was typed back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.recovery_code import RecoveryCode

WIDTH = 512
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RecoveryDialog(Dialog):
    """Shows the code, and asks a part of it back."""

    def __init__(self, parent: QWidget, practice: str, code: str, *, puts_keys_back: bool) -> None:
        super().__init__(parent, "The new recovery code", "The one from before opens nothing any more.", WIDTH)
        self.setObjectName("recoveryDialog")
        self.code = RecoveryCode(practice, code, puts_keys_back=puts_keys_back)
        self.code.asking_changed.connect(self._on_asking_changed)
        self.code.grown.connect(self.fit_soon)
        self.column.addWidget(self.code)
        self.column.addSpacing(theme.SPACE_8)
        self._next = primary(self.code.word)
        self._next.setObjectName("dialogYes")
        self._next.clicked.connect(self.go_on)
        self.add_row(self._next)

    def go_on(self) -> None:
        """From the code to what is asked back, and out."""
        if not self.code.asking:
            self.code.begin_asking()
        elif self.code.check():
            self.accept()
        self.fit_soon()

    def _on_asking_changed(self) -> None:
        self._next.set_text(self.code.word)
        self.fit_soon()

    def reject(self) -> None:
        """It would be lost for good."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in ENTER or isinstance(self.focusWidget(), QAbstractButton):
            super().keyPressEvent(event)
        elif not self.code.go_on():
            self.go_on()
