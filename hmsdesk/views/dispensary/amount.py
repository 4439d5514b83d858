"""How much of a medicine is to go out: what is too much stays as it was typed, and is said."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSpinBox

from hmsdesk.controllers.dispensary.opening import Line, Product
from hmsdesk.models.medicines import counted

# More can't be typed; a prescription is never for more.
LARGEST = 99_999


class Amount(QSpinBox):
    """A letter belongs to a scanner, which is led to its field. Nothing typed is nothing handed out."""

    scanning = Signal(str)

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line
        self.most = 0
        """What can go out at once: what is owed, as far as there is enough."""
        self.setAccessibleName(f"Hand out of {line.name}")
        self.setObjectName(f"handOut{line.number}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        self.setRange(0, LARGEST)
        self.offer(line, line.product)
        self.lineEdit().installEventFilter(self)

    def offer(self, line: Line, product: Product) -> None:
        """Propose all that is owed, as far as there is enough of a product."""
        self._line, self._stock = line, product.stock
        self.most = min(line.owed, product.stock)
        self.setValue(self.most)

    def problem(self) -> str:
        """Why so much can't be handed out; empty where it can."""
        if self.value() <= self.most:
            return ""
        if self._line.owed <= self._stock:
            return f"At most {counted(self._line.owed, self._line.unit)}: no more is owed."
        if not self._stock:
            return "Nothing of it is in stock."
        return f"Only {counted(self._stock, self._line.unit)} in stock."

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        if not text:
            return QValidator.State.Acceptable, text, position
        return super().validate(text, position)

    def valueFromText(self, text: str) -> int:
        return super().valueFromText(text) if text else 0

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        less = QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        more = QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        none = QAbstractSpinBox.StepEnabledFlag.StepNone
        return (less if self.value() > 0 else none) | (more if self.value() < self.most else none)

    def stepBy(self, steps: int) -> None:
        self.setValue(max(0, min(self.value() + steps, self.most)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.text().isalpha():
            self.scanning.emit(event.text())
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().isalpha():
            self.scanning.emit(event.text())
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
