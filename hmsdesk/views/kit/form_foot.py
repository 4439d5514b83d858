"""The bar below a form: what is left to correct, and the way out."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.editor import PASSED_BY
from hmsdesk.views.kit.form_fields import FormFields
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.words import Label


class _Problems(QWidget):
    """How many fields are left to correct, with the icon they carry."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Label(size="small")
        self.words.setObjectName("toCorrect")
        self.words.set_tone("danger")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addSpacing(theme.ICON_BUTTON + theme.SPACE_4)
        row.addWidget(self.words)
        row.addStretch()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), theme.CONTROL)

    def paintEvent(self, event: object) -> None:
        if self.words.text():
            icon = placed(self, QRect(0, 0, theme.ICON_BUTTON, self.height()))
            theme.paint_icon(QPainter(self), icon, "alert-circle-outline", "danger")


class FormFoot(QWidget):
    """Cancel, and what the form is for; that says when it is at work."""

    save_asked = Signal()
    leave_asked = Signal()

    def __init__(
        self,
        may_save: bool = True,
        word: str = "Save",
        working: str = "Saving…",
        names: tuple[str, str] = ("formSave", "formCancel"),
    ) -> None:
        """word: what is done; working: while it is done. names: the buttons' object names."""
        super().__init__()
        self._word, self._working = word, working
        self._problems = _Problems()
        self._leave = normal("Cancel" if may_save else "Close", shortcut="Esc")
        self._leave.setObjectName(names[1])
        self._leave.clicked.connect(self.leave_asked)
        # Enter after the last field goes on to what the form is for; pressed once more it mustn't leave.
        self._leave.setProperty(PASSED_BY, may_save)
        self._save = primary(word, shortcut="Ctrl+Enter")
        self._save.setObjectName(names[0])
        self._save.clicked.connect(self._on_save)
        if not may_save:
            self._save.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Separator())
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_16, theme.SPACE_8, theme.SPACE_16, theme.SPACE_8)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._problems, 1)
        row.addWidget(self._leave)
        row.addWidget(self._save)
        column.addLayout(row)

    def _on_save(self) -> None:
        """By its key, Qt leaves what a field proposes open, over whatever comes to lie there."""
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
        self.save_asked.emit()

    def follow(self, fields: FormFields) -> None:
        """Say what is left to correct in them, as long as both are there."""
        self._fields = fields
        fields.checked.connect(self._say_what_is_left)

    def _say_what_is_left(self) -> None:
        self._problems.words.setText(self._fields.left_to_do())
        self._problems.update()

    def set_sending(self, sending: bool) -> None:
        """Nothing can be left while it is being saved. The button keeps the focus, if it has it."""
        self._leave.setEnabled(not sending)
        if sending:
            self._save.set_working(self._working)
        else:
            self._save.set_text(self._word)

    def come_after(self, part: QWidget) -> None:
        """Let Tab come here only after a part of the page that lies beside the form."""
        QWidget.setTabOrder(part, self._leave)
        QWidget.setTabOrder(self._leave, self._save)

    def go_to_save(self) -> None:
        """All is filled in."""
        self._save.setFocus()
