"""Something secret that is shown once, to be handed to somebody: a temporary password, the code of a pass."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.words import IconLine, Label

WIDTH = 480


class ShownOnce(Dialog):
    """Shows it in large letters until it is handed over; Esc doesn't throw it away."""

    def __init__(self, parent: QWidget, title: str, text: str, secret: str, done: str) -> None:
        super().__init__(parent, title, text, WIDTH)
        self.setObjectName("shownOnce")
        self._secret = secret
        self.column.addWidget(self._box(secret))
        self._note = IconLine("It is shown only now, and kept nowhere.", "eye-off-outline")
        self.column.addSpacing(theme.SPACE_8)
        self.column.addWidget(self._note)
        self.column.addSpacing(theme.SPACE_12)
        copy = normal("Copy", "content-copy")
        copy.setObjectName("shownOnceCopy")
        copy.clicked.connect(self._on_copy)
        end = primary(done)
        end.setObjectName("dialogYes")
        end.clicked.connect(self._on_done)
        self.add_row(copy, end)
        copy.setFocus()

    def _box(self, secret: str) -> QFrame:
        box = QFrame()
        box.setObjectName("panel")
        inside = QVBoxLayout(box)
        inside.setContentsMargins(*(theme.SPACE_12,) * 4)
        label = Label(f"\u2066{secret}\u2069", bold=True, size="title")
        label.setObjectName("shownOnceSecret")
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.addWidget(label)
        inside.addLayout(row)
        return box

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._secret)
        self._note.set("Copied. The clipboard is cleared when this is closed.", "muted")

    def _on_done(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard.text() == self._secret:
            clipboard.clear()
        self.accept()

    def reject(self) -> None:
        """It would be lost for good."""
