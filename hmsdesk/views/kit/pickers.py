"""Choosing a record that another one refers to: by typing a few letters of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bson import ObjectId
from PySide6.QtCore import QModelIndex, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from hmsdesk.errors import UserError
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.cells import NAMES_GAP, Words
from hmsdesk.views.kit.contract import Found, Lookup
from hmsdesk.views.kit.editor import Editor, FieldState, LineField, Surroundings
from hmsdesk.views.kit.page_model import Index

DEBOUNCE_MS = 150
POPUP_WIDTH = 300
# What is found is never shortened to less than this.
POPUP_WIDEST = 560
MOST_SHOWN = 8
# What stands after a title is shortened rather than left out: it tells people of the same name apart.
SECOND_AT_LEAST = 40
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
FOUND = Qt.ItemDataRole.UserRole
OFFERED = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Offer:
    """What can be done about a text that finds nothing. words: with {} in the text's place."""

    words: str
    take: Callable[[str], object]


class Finder(QObject):
    """Asks for what a typed text finds; an answer to an older text is dropped. Holds it as a model for any view."""

    answered = Signal()

    def __init__(
        self, lookup: Lookup, refers_to: str, parent: QObject, hint: str = "", offer: Offer | None = None
    ) -> None:
        """hint: what can be done where nothing is found; offer: the same, to be chosen."""
        super().__init__(parent)
        self._hint = hint
        self._offer = offer
        self.model = QStandardItemModel(self)
        self.found: list[Found] = []
        self.nothing = "Nothing found for “{}”"
        self.keeps = ""
        """How what was typed is kept instead of what was found, with {} in its place; empty where it can't be."""
        self._waits = False
        self._lookup = lookup
        self._refers_to = refers_to
        self._text = ""
        self._asked = tasks.Latest(self)
        self._pause = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._pause.timeout.connect(self._on_pause)

    def offer(self, nothing: str, offer: Offer) -> None:
        """What is said where nothing is found, and what can be done about it."""
        self.nothing, self._offer = nothing, offer

    def ask(self, text: str) -> None:
        """Look for a text as soon as typing pauses."""
        self._waits = True
        self._text = text.strip()
        # Its answer would pass for one to this text, and take the Enter that came with it.
        self._asked.drop()
        self._pause.start()

    def forget(self) -> None:
        """What was asked for is no longer wanted."""
        self._waits = False
        self._pause.stop()
        self._asked.drop()

    @property
    def is_asking(self) -> bool:
        """Whether the answer to what was typed last is still to come."""
        return self._waits

    def _on_pause(self) -> None:
        lookup, refers_to, text = self._lookup, self._refers_to, self._text
        self._asked.ask(lambda: lookup(refers_to, text), self._on_found, self._on_failed)

    def _on_found(self, found: Sequence[Found]) -> None:
        self._waits = False
        self.found = list(found)
        self.model.clear()
        for one in found:
            self.model.appendRow(_item(one.title, one))
        if not found:
            self._say(self.nothing.format(self._text) if self._text else "There is nothing to choose from yet")
            if self._hint:
                self._say(self._hint)
            if self._offer and self._text:
                self._add_offered(self._offer.words)
        elif self.keeps and self._text:
            self._add_offered(self.keeps)
        self.answered.emit()

    def _add_offered(self, words: str) -> None:
        item = _item(words.format(self._text), None)
        item.setEnabled(True)
        item.setData(True, OFFERED)
        self.model.appendRow(item)

    def _on_failed(self, problem: Exception) -> None:
        self._waits = False
        self.found = []
        self.model.clear()
        self._say(problem.title if isinstance(problem, UserError) else "The search didn't work")
        self.answered.emit()

    def _say(self, sentence: str) -> None:
        self.model.appendRow(_item(sentence, None))


def _item(text: str, found: Found | None) -> QStandardItem:
    item = QStandardItem(text)
    item.setData(found, FOUND)
    item.setEnabled(found is not None)
    return item


class FoundDelegate(QStyledItemDelegate):
    """Paints what was found: its title, and its subtitle muted after it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found: Found | None = index.data(FOUND)
        chosen = bool(option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver))
        offered = bool(index.data(OFFERED))
        token = "accent_soft" if (found or offered) and chosen else "surface_raised"
        painter.fillRect(option.rect, theme.color(token))
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        room = option.rect.adjusted(theme.SPACE_12, 0, -theme.SPACE_12, 0)
        title = Words(str(index.data()), "accent" if offered else "text" if found else "text_muted", False, [])
        title.paint(painter, room, mirrored)
        second = Words(found.subtitle if found else "", "text_muted", False, [])
        used = title.width + NAMES_GAP
        if second.text and room.width() - used >= SECOND_AT_LEAST:
            second.paint(painter, room.adjusted(0, 0, -used, 0) if mirrored else room.adjusted(used, 0, 0, 0), mirrored)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(option.rect.width(), theme.CONTROL)


class ReferencePicker(LineField):
    """A field that searches while one types in it; what is chosen from the list is kept, not what was typed.

    The first one found is chosen beforehand: Enter takes it once it is seen. Of what was found after Enter it takes
    only what there is no doubt about.
    """

    edited = Signal()
    waits_for_found: ClassVar[bool] = True
    """Whether Enter, where it comes before the answer, is for what will be found."""

    def __init__(self, lookup: Lookup, refers_to: str, name: str, hint: str = "", offer: Offer | None = None) -> None:
        """hint: what can be done where nothing is found; offer: the same, to be chosen."""
        super().__init__(name)
        self._offer = offer
        self._taken = False
        self._enter_came = False
        self.chosen: ObjectId | None = None
        self.told = ""
        """What tells the one who was chosen from others of the same name, as the list had it."""
        self.setPlaceholderText("Type to search")
        self.finder = Finder(lookup, refers_to, self, hint, offer)
        self.finder.answered.connect(self._on_answered)
        self._completer = QCompleter(self.finder.model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(MOST_SHOWN)
        # Otherwise Down on the last one found, or the only one, chooses none.
        self._completer.setWrapAround(False)
        self.popup = QListView()
        self._least_width = POPUP_WIDTH if hint else 0
        self.popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._completer.setPopup(self.popup)
        self.popup.setItemDelegate(FoundDelegate(self))
        self._completer.setWidget(self)
        self._completer.activated[QModelIndex].connect(self._on_activated)  # type: ignore[index]
        self.textEdited.connect(self._on_text_edited)

    def offer_where_nothing(self, words: str, offer: Offer) -> None:
        """Say this where nothing is found, and let the way on be chosen below it."""
        self._offer = offer
        self._least_width = POPUP_WIDEST
        self.finder.offer(words, offer)

    def choose(self, record: ObjectId | None, title: str) -> None:
        """Show a record as the chosen one; with None only what was typed."""
        self.finder.forget()
        self.chosen, self.told = record, ""
        self.setText(title)

    def _on_text_edited(self, text: str) -> None:
        self.chosen, self.told = None, ""
        self._enter_came = False
        if text.strip():
            self.finder.ask(text)
        else:
            self.finder.forget()
            self.popup.hide()
        self.edited.emit()

    def _on_answered(self) -> None:
        entered, self._enter_came = self._enter_came, False
        if not self.hasFocus() or self.chosen is not None:
            return
        meant = self._meant() if entered else None
        if meant is not None:
            self.popup.hide()
            self._take(meant)
            return
        self.popup.setMinimumWidth(self._popup_width())
        self.popup.setStyleSheet(f"QListView {{ border: 1px solid {theme.tokens().line_strong}; }}")
        self._completer.complete()
        self.popup.setCurrentIndex(self.popup.model().index(self._beforehand(), 0))

    def _meant(self) -> Found | None:
        """What Enter takes though nobody has seen it: of namesakes none, lest it be somebody else."""
        one_of = (self._called_so(), self.finder.found)
        return next((found[0] for found in one_of if len(found) == 1), None)

    def _called_so(self) -> list[Found]:
        """What was found that is called just as was typed."""
        typed = fold(self.text().strip())
        return [found for found in self.finder.found if typed and fold(found.title) == typed]

    def _beforehand(self) -> int:
        """The row that Enter takes: the first one found, else what is offered; none is -1."""
        # The arrow keys don't come past what can't be chosen.
        offered = self.finder.model.match(self.finder.model.index(0, 0), OFFERED, True)
        return offered[0].row() if offered and not self.finder.found else 0

    def _popup_width(self) -> int:
        """As wide as what was found needs, for what tells two of them apart may stand at the end."""
        advance = self.popup.fontMetrics().horizontalAdvance
        words = (advance(one.title) + NAMES_GAP + advance(one.subtitle) for one in self.finder.found)
        bar = self.popup.verticalScrollBar().sizeHint().width() if len(self.finder.found) > MOST_SHOWN else 0
        needed = max(words, default=0) + 2 * theme.SPACE_12 + theme.SPACE_8 + bar
        return max(self._least_width, min(needed, POPUP_WIDEST))

    def _on_activated(self, index: QModelIndex) -> None:
        found: Found | None = index.data(FOUND)
        if found is not None:
            self._take(found)
        elif self._offer is not None and index.data(OFFERED):
            self._taken = True
            self._offer.take(self.text().strip())

    def _take(self, found: Found) -> None:
        self.choose(found.record, found.title)
        self.told = found.subtitle
        self.edited.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.chosen is not None and event.reason() == Qt.FocusReason.OtherFocusReason:
            # As Tab does: what is typed then is another one, not the end of this one's name.
            self.selectAll()
        if self._taken and self.chosen is None and self.text().strip():
            # What was found nowhere may be there now.
            self.finder.ask(self.text())
        self._taken = False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        exact = self._called_so()
        if self.chosen is None and len(exact) == 1:
            self._take(exact[0])
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self.isReadOnly():
            self.finder.ask("" if self.chosen else self.text())
            self.chosen = self.chosen if self.text() else None
            return
        if event.key() in ENTER and self.waits_for_found and self.finder.is_asking:
            # What stands in the list now, if there is one, answers what was typed before.
            self._enter_came = True
            return
        super().keyPressEvent(event)


class ReferenceEditor(Editor):
    """A record of another collection. What was typed without choosing is kept, and refused by the field's check."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self.picker = ReferencePicker(around.lookup, field.among, self.label)
        self.setFocusProxy(self.picker)
        self.picker.edited.connect(self.edited)
        self.watch(self.picker)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.picker)

    @property
    def title(self) -> str:
        """The words in the field."""
        return self.picker.text()

    def raw(self) -> ObjectId | str:
        return self.picker.chosen or self.picker.text()

    def set_raw(self, raw: Any) -> None:
        self.picker.choose(raw if isinstance(raw, ObjectId) else None, "" if isinstance(raw, ObjectId) else str(raw))

    def show_row(self, row: Mapping[str, Any]) -> None:
        self.picker.choose(row.get(self.name), str(row.get(f"{self.name}:title") or ""))

    def show_cleaned(self, value: Any) -> None:
        """It is already shown by its title."""

    def draft(self) -> Row:
        return {self.name: self.raw(), f"{self.name}:title": self.title}

    def restore(self, values: Mapping[str, Any]) -> None:
        if isinstance(values.get(self.name), ObjectId):
            self.show_row(values)
        else:
            super().restore(values)

    def set_state(self, state: FieldState) -> None:
        self.picker.set_state(state)

    def set_read_only(self) -> None:
        self.picker.setReadOnly(True)
