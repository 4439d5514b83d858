"""A field for a password: it can be looked at, and it says when Caps Lock is on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton

from hmsdesk.views.kit import caps_lock, theme
from hmsdesk.views.kit.keys import on_key

LOOK_KEY = "Alt+E"
CAPS_WORDS = "Caps Lock is on. Passwords tell capitals from small letters."


class PasswordField(QLineEdit):
    """A password that can be looked at; it tells what the keyboard gives away about Caps Lock."""

    caps_lock_seen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Password")
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setProperty("icons", True)
        self.addAction(theme.icon("lock-outline", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.eye = QToolButton()
        self.eye.setObjectName("eye")
        self.eye.setCheckable(True)
        self.eye.setCursor(Qt.CursorShape.ArrowCursor)
        # Whoever goes on by Tab and types must be in a field: a space would show the password to the room.
        self.eye.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        here = Qt.ShortcutContext.WidgetShortcut
        on_key(self, LOOK_KEY, "In a password: show what was typed", self.eye.click, context=here)
        self.eye.setIconSize(theme.icon_size(theme.ICON))
        self.eye.setFixedSize(28, 28)
        self.eye.toggled.connect(self._on_eye)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.addStretch()
        row.addWidget(self.eye)
        self._on_eye(False)
        self._keep_clear()

    def _on_eye(self, shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self.eye.setIcon(theme.icon("eye-off-outline" if shown else "eye-outline", "text_muted"))
        self.eye.setAccessibleName("Hide the password" if shown else "Show the password")
        self.eye.setToolTip(f"{self.eye.accessibleName()} ({LOOK_KEY})")
        self.setAccessibleDescription(self.eye.toolTip())

    def _keep_clear(self) -> None:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.setTextMargins(28 if mirrored else 0, 0, 0 if mirrored else 28, 0)

    def _tell(self, event: QKeyEvent | None) -> None:
        seen = caps_lock.is_on()
        if seen is None and event is not None:
            seen = caps_lock.told_by(event)
        if seen is not None:
            self.caps_lock_seen.emit(seen)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._keep_clear()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._tell(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        self._tell(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        self._tell(None)
