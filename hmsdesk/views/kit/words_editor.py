"""The editor of a list of words: each is a tag below the field it was typed in."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button
from hmsdesk.views.kit.editor import Editor, FieldState, LineField, Surroundings
from hmsdesk.views.kit.flow import FlowLayout
from hmsdesk.views.kit.keys import tell_keys

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
SEPARATORS = (",", ";", "،", "؛")


class _Tag(Button):
    """A word that can be taken away by a click or with the Delete key.

    Tab passes by it: whoever goes on typing would take it away with the first space.
    """

    taken_away = Signal(str)
    stepped = Signal(int)
    """To the word before (-1) or after (1) it."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.set_compact()
        self.clicked.connect(lambda _: self.taken_away.emit(word))
        self.trailing_icon = "close"
        self.setAccessibleName(f"Take away {word}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.click()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(_step(self, event))
        else:
            super().keyPressEvent(event)


def _step(widget: QWidget, event: QKeyEvent) -> int:
    """Where an arrow leads in what is written from left to right, or the other way round."""
    return 1 if (event.key() == Qt.Key.Key_Right) != widget.isRightToLeft() else -1


class WordsEditor(Editor):
    """A list of words: Enter or a comma ends one. From the empty field Backspace or an arrow leads back to them."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self.line = LineField(self.label)
        self.line.setPlaceholderText("Type a word and press Enter")
        tell_keys(self.line, (("Backspace", "←"), "In an empty field: to the words typed before, Del takes one away"))
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(self._on_typed)
        self.watch(self.line)
        self.left.connect(self._take)
        self._words: list[str] = []
        self._words_shown: list[_Tag] = []
        self._tags = QWidget()
        self._flow = FlowLayout()
        self._tags.setLayout(self._flow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        column.addWidget(self.line)
        column.addWidget(self._tags)
        self._show_tags()

    def raw(self) -> list[str]:
        typed = self.line.text().strip()
        return [*self._words, typed] if typed else list(self._words)

    def raw_of(self, value: Any) -> list[str]:
        return list(value or [])

    def set_raw(self, raw: Any) -> None:
        self.line.clear()
        self._words = list(raw)
        self._show_tags()

    def set_state(self, state: FieldState) -> None:
        self.line.set_state(state)

    def _on_typed(self, text: str) -> None:
        if text.endswith(SEPARATORS):
            self.line.setText(text[:-1])
            self._take()
        self.edited.emit()

    def _take(self) -> None:
        """Make a tag of what was typed."""
        self.set_raw(list(dict.fromkeys(self.raw())))

    def _take_away(self, word: str) -> None:
        self._words = [kept for kept in self._words if kept != word]
        self._show_tags()
        self.line.setFocus()
        self.edited.emit()

    def _show_tags(self) -> None:
        while (item := self._flow.takeAt(0)) is not None and (tag := item.widget()) is not None:
            tag.hide()
            tag.deleteLater()
        self._words_shown = []
        for word in self._words:
            one = _Tag(word)
            one.taken_away.connect(self._take_away)
            one.stepped.connect(partial(self._step_from, len(self._words_shown)))
            self._words_shown.append(one)
            self.watch(one)
            self._flow.addWidget(one)
        self._tags.setVisible(bool(self._words))

    def _step_from(self, place: int, step: int) -> None:
        """Go to the word before or after one; after the last one lies the field."""
        to = max(place + step, 0)
        (self._words_shown[to] if to < len(self._words_shown) else self.line).setFocus()

    def _goes_back(self, event: QKeyEvent) -> bool:
        """Whether a key pressed in the field leads to the words before it."""
        arrow = event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and _step(self.line, event) < 0
        return bool(self._words) and not self.line.text() and (arrow or event.key() == Qt.Key.Key_Backspace)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in ENTER
        if pressed and watched is self.line and self.line.text().strip():
            self._take()
            return True
        if watched is self.line and event.type() == QEvent.Type.KeyPress and self._goes_back(cast("QKeyEvent", event)):
            self._step_from(len(self._words_shown), -1)
            return True
        return super().eventFilter(watched, event)
