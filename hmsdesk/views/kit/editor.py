"""What every editor of a field has in common: it holds what was typed, as it was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QToolButton, QWidget

from hmsdesk.models.declaration import default_of
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.baseline import keep_baseline
from hmsdesk.views.kit.contract import Lookup
from hmsdesk.views.kit.values import label_of

FieldState = Literal["plain", "invalid", "good"]

# Longer than anybody means to paste: nothing is cut off in silence, the field's own message says what is too long.
LONGEST = 1_000_000
# Of a widget that Enter passes by on its way from field to field.
PASSED_BY = "passedBy"
PASSING = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


def go_on(form: QWidget) -> None:
    """What Enter does in a form: to the next field, past what it doesn't stop at."""
    begun = QApplication.focusWidget()
    form.focusNextChild()
    while (now := QApplication.focusWidget()) is not None and now is not begun and now.property(PASSED_BY):
        form.focusNextChild()


@dataclass(frozen=True)
class Surroundings:
    """What editors need from around them. make: the editor for a field, for editors that hold others."""

    locale: Locale
    lookup: Lookup
    make: Callable[[str, Any, Surroundings], Editor]


class Editor(QWidget):
    """Edits one field. `raw` is what was typed, for the field's own `clean`; it is never thrown away."""

    edited = Signal()
    """The person changed it."""
    left = Signal()
    """The person went on to something else."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__()
        self.name = name
        self.field = field
        self.around = around
        # An order of stops can be given only to what takes the keyboard; what lies in the editor has it for it.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def label(self) -> str:
        """What the field is called."""
        return label_of(self.name, self.field)

    def raw(self) -> Any:
        """What was typed."""
        raise NotImplementedError

    def set_raw(self, raw: Any) -> None:
        """Show something as if it had been typed, without saying so."""
        raise NotImplementedError

    def raw_of(self, value: Any) -> Any:
        """What one would type for a stored value."""
        return self.field.show(value, self.around.locale) if value is not None else ""

    def show_row(self, row: Mapping[str, Any]) -> None:
        """Show the stored value of this field."""
        self.set_raw(self.raw_of(row.get(self.name)))

    def show_default(self) -> None:
        """Show what a new record begins with."""
        self.show_row({self.name: default_of(self.field)})

    def show_cleaned(self, value: Any) -> None:
        """Show a value that was just found right in its usual form."""
        self.set_raw(self.raw_of(value))

    def draft(self) -> Row:
        """What is to be kept of it in a draft."""
        return {self.name: self.raw()}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Show what a draft kept."""
        if self.name in values:
            self.set_raw(values[self.name])

    def set_state(self, state: FieldState) -> None:
        """Mark it as wrong, as found right, or neither."""
        raise NotImplementedError

    def set_read_only(self) -> None:
        """Let it be read and copied only."""
        self.setEnabled(False)

    def watch(self, widget: QWidget) -> None:
        """Notice when the focus leaves this part of the editor and with it the editor."""
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in PASSING:
            now = QApplication.focusWidget()
            if now is None or not self.isAncestorOf(now):
                self.left.emit()
        return super().eventFilter(watched, event)


def mark_invalid(widget: QWidget, invalid: bool) -> None:
    """Give a field the border of something wrong, or take it away."""
    widget.setProperty("invalid", invalid)
    widget.style().polish(widget)


def keep_height(widget: QWidget, kind: str) -> None:
    """The border of focus and error is thicker; nothing below may move because of it."""
    inside = theme.CONTROL - 4
    widget.setStyleSheet(f'{kind}:focus, {kind}:on, {kind}[invalid="true"] {{ min-height: {inside}px; }}')
    widget.setFixedHeight(theme.CONTROL)


class LineField(QLineEdit):
    """A field of one line with a place for the icon that says whether it is right."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMaxLength(LONGEST)
        keep_height(self, "QLineEdit")
        keep_baseline(self)
        self._icon: QAction | None = None
        self.state: FieldState = "plain"

    def set_state(self, state: FieldState) -> None:
        """Show the icon and the border of a state."""
        if state == self.state:
            return
        self.state = state
        if self._icon is not None:
            self.removeAction(self._icon)
            self._icon = None
        if state != "plain":
            icon, words = {
                "invalid": (theme.icon("alert-circle-outline", "danger"), "To be corrected"),
                "good": (theme.icon("check", "good"), "Right"),
            }[state]
            self._icon = self.addAction(icon, QLineEdit.ActionPosition.TrailingPosition)
            self._name_icon(words)
        mark_invalid(self, state == "invalid")

    def _name_icon(self, words: str) -> None:
        for button in self.findChildren(QToolButton):
            button.setAccessibleName(words)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
