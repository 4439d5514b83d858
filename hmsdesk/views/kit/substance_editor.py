"""The editors of what somebody is allergic to and of what a medicine is made of.

What is known is proposed; anything else can be kept, and is remarked on. Enter takes the first proposal for an
ingredient only: an allergy that somebody doesn't have is worse than one in other words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout

from hmsdesk.models.text import fold
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.contract import Found
from hmsdesk.views.kit.editor import Editor, FieldState, LineField, Surroundings
from hmsdesk.views.kit.pickers import ReferencePicker
from hmsdesk.views.kit.words import Label

if TYPE_CHECKING:
    from hmsdesk.models.medicine_knowledge import Knowledge

KEEP = "Keep “{}” as it is"
NOT_CHECKED = "No medicine is known by this word: what is prescribed is not checked against it."
NOT_KNOWN = "This ingredient is not known: the medicine is checked against nothing."


class SubstancePicker(ReferencePicker):
    """Proposes what begins as it was typed."""

    def __init__(self, name: str, proposed: Callable[[Knowledge], list[str]], takes: Callable[[str], bool]) -> None:
        """takes: whether Enter takes the first proposal for a text."""
        super().__init__(partial(_find, proposed), "substances", name)
        self.setPlaceholderText("")
        self.finder.keeps = KEEP
        self._takes_first = takes

    def _beforehand(self) -> int:
        return 0 if self._takes_first(self.text()) else -1

    def _meant(self) -> Found | None:
        return super()._meant() if self._takes_first(self.text()) else None

    def _on_answered(self) -> None:
        if self.finder.found:
            super()._on_answered()
            return
        self.popup.hide()
        entered, self._enter_came = self._enter_came, False
        if entered:
            # There is nothing that it could have been for: it leads on.
            key, none = Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier
            QApplication.postEvent(self, QKeyEvent(QEvent.Type.KeyPress, key, none))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was typed stays, also where it is a proposal but for its capitals."""
        self.finder.forget()
        LineField.focusOutEvent(self, event)


def _find(proposed: Callable[[Knowledge], list[str]], _among: str, typed: str) -> Sequence[Found]:
    begun = fold(typed.strip())
    found = [name for name in proposed(_knowledge()) if fold(name).startswith(begun)]
    return [] if [fold(name) for name in found] == [begun] else [Found(None, name) for name in found]


class SubstanceEditor(Editor):
    """Any words are taken. What can't be checked is said where it is typed, long before somebody relies on it."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self.line = SubstancePicker(self.label, self.proposed, self.takes_first)
        self.setFocusProxy(self.line)
        self.line.edited.connect(self._on_edited)
        self.watch(self.line)
        self.remark = Label(size="small", wrap=True)
        self.remark.setObjectName(f"remark-{name}")
        self.remark.set_tone("warning")
        self.remark.hide()
        self.left.connect(self._say_remark)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        column.addWidget(self.line)
        column.addWidget(self.remark)

    def proposed(self, known: Knowledge) -> list[str]:
        """What is offered while one types."""
        return proposals(known)

    def takes_first(self, text: str) -> bool:
        """Whether Enter takes the first proposal; otherwise it must be gone to."""
        return False

    def remark_on(self, text: str, known: Knowledge) -> str:
        """What is to be said of words that the checks don't understand; empty where they do."""
        meant = known.understood(text)
        return _remark(NOT_CHECKED, meant.likely) if meant.unknown else ""

    def raw(self) -> str:
        return self.line.text()

    def set_raw(self, raw: Any) -> None:
        if self.line.text() != raw:
            self.line.setText(str(raw or ""))
        self._say_remark()

    def set_state(self, state: FieldState) -> None:
        self.line.set_state(state)

    def set_read_only(self) -> None:
        self.line.setReadOnly(True)

    def _on_edited(self) -> None:
        self.remark.hide()
        self.edited.emit()

    def _say_remark(self) -> None:
        text = self.line.text().strip()
        self.remark.setText(self.remark_on(text, _knowledge()) if text else "")
        self.remark.setVisible(bool(self.remark.text()))
        self.line.setAccessibleDescription(self.remark.text())


def proposals(known: Knowledge) -> list[str]:
    """The names of classes and of ingredients, as one writes them at the start of a line."""
    names = {one.several for one in known.classes.values()} | {one.name for one in known.names.values()}
    return sorted(name[:1].upper() + name[1:] for name in names)


class IngredientEditor(SubstanceEditor):
    """What a medicine is made of: one ingredient, or several with a plus between them."""

    def proposed(self, known: Knowledge) -> list[str]:
        return sorted({one.name for one in known.names.values()})

    def takes_first(self, text: str) -> bool:
        # What is known by itself is not put into other words.
        return bool(self.remark_on(text, _knowledge()))

    def remark_on(self, text: str, known: Knowledge) -> str:
        unknown = known.composition(text).unknown
        likely = [word for part in unknown for word in known.understood(part).likely if word in known.names]
        return _remark(NOT_KNOWN, likely) if unknown else ""


def _remark(words: str, likely: Sequence[str]) -> str:
    return f"{words} Is {likely[0]} meant?" if likely else words


def _knowledge() -> Knowledge:
    # The tables are read when somebody's allergies are first seen to, not before the first window is painted.
    from hmsdesk.controllers.medicine_tables import knowledge

    return knowledge()
