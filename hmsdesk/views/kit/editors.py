"""One editor for each kind of field."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QListView,
    QPlainTextEdit,
)

from hmsdesk.models.declaration import default_of
from hmsdesk.models.fields import (
    ChoiceField,
    DateField,
    MoneyField,
    PartsField,
    ReferenceField,
    TextField,
    WholeNumberField,
    WordsField,
    YesNoField,
)
from hmsdesk.models.measures import GlucoseField, MeasureField
from hmsdesk.models.medicines import IngredientField
from hmsdesk.models.patient_health import SubstanceField
from hmsdesk.models.schedules import WeekdayField
from hmsdesk.models.text import fold
from hmsdesk.views.kit.editor import Editor, FieldState, Surroundings, keep_height, mark_invalid
from hmsdesk.views.kit.line_editors import DateEditor, LineEditor, MeasureEditor, MoneyEditor, NumberEditor
from hmsdesk.views.kit.list_editors import PartsEditor
from hmsdesk.views.kit.own_order import Combo
from hmsdesk.views.kit.pickers import ReferenceEditor
from hmsdesk.views.kit.segments import Segment, SegmentedControl
from hmsdesk.views.kit.substance_editor import IngredientEditor, SubstanceEditor
from hmsdesk.views.kit.weeks import in_order
from hmsdesk.views.kit.words_editor import WordsEditor

MIDDLE = 240
MULTILINE_HEIGHT = 92
MOST_SEGMENTS = 3
CHOOSE = "Choose…"
NOT_SAID = "–"


class MultilineEditor(Editor):
    """Several lines. Tab goes on, Enter begins a new line."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self.text = QPlainTextEdit(tabChangesFocus=True)
        self.text.setAccessibleName(self.label)
        self.text.setFixedHeight(MULTILINE_HEIGHT)
        self.setFocusProxy(self.text)
        self.text.textChanged.connect(self.edited)
        self.watch(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.text)

    def raw(self) -> str:
        return self.text.toPlainText()

    def set_raw(self, raw: Any) -> None:
        if self.raw() != raw:
            self.text.blockSignals(True)
            self.text.setPlainText(str(raw))
            self.text.blockSignals(False)

    def set_state(self, state: FieldState) -> None:
        mark_invalid(self.text, state == "invalid")

    def set_read_only(self) -> None:
        self.text.setReadOnly(True)


class _Words(QListView):
    """Typing goes to what has a word that begins so: to Dr Sara El-Masry by s, by sara and by dr s."""

    def __init__(self) -> None:
        super().__init__()
        self._typed = ""
        self._since = QElapsedTimer()

    def is_typing(self) -> bool:
        """Whether what is typed now continues what was typed just before."""
        return self._since.isValid() and not self._since.hasExpired(QApplication.keyboardInputInterval())

    def keyboardSearch(self, search: str) -> None:
        before = self._typed if self.is_typing() else ""
        self._typed = search if before == search else before + search
        self._since.restart()
        here, number = self.currentIndex().row(), self.model().rowCount()
        # One letter again and again goes from one to the next; what is typed further may stay where it is.
        first = here + (len(self._typed) == 1)
        for row in ((first + n) % number for n in range(number)):
            index = self.model().index(row, 0)
            if f" {fold(self._typed)}" in f" {fold(str(index.data()))}".replace("-", " "):
                self.setCurrentIndex(index)
                return


class _Combo(Combo):
    """Rolling the wheel over a form must not change what was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._words = _Words()
        self.setView(self._words)

    def wheelEvent(self, e: QWheelEvent) -> None:
        e.ignore()

    def keyPressEvent(self, e: QKeyEvent) -> None:
        if e.key() == Qt.Key.Key_Space and self._words.is_typing():
            # Within a name, and not the key that opens the list.
            self._words.keyboardSearch(" ")
            return
        super().keyPressEvent(e)


class ComboEditor(Editor):
    """One of many words."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self.combo = _Combo()
        self.combo.setAccessibleName(self.label)
        self.combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.combo.setMinimumWidth(MIDDLE)
        keep_height(self.combo, "QComboBox")
        self.combo.addItem(CHOOSE if field.required else NOT_SAID, "")
        for code, word in self.choices():
            self.combo.addItem(word, code)
        self.setFocusProxy(self.combo)
        self.combo.activated.connect(lambda _: self.edited.emit())
        self.watch(self.combo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.combo)
        row.addStretch()

    def choices(self) -> list[tuple[str, str]]:
        """What can be chosen: codes and their words."""
        return list(self.field.choices)

    def raw(self) -> str:
        return str(self.combo.currentData() or "")

    def raw_of(self, value: Any) -> str:
        return str(value or "")

    def set_raw(self, raw: Any) -> None:
        self.combo.setCurrentIndex(max(self.combo.findData(raw), 0))

    def set_state(self, state: FieldState) -> None:
        mark_invalid(self.combo, state == "invalid")


class WeekdayEditor(ComboEditor):
    """A day of the week, which begins with the first one where the practice is."""

    def choices(self) -> list[tuple[str, str]]:
        return in_order(super().choices(), self.around.locale)


class SegmentsEditor(Editor):
    """One of up to three words, side by side."""

    def __init__(self, name: str, field: Any, around: Surroundings) -> None:
        super().__init__(name, field, around)
        self._choices = self.choices()
        self._chosen: Any = None
        segments = [Segment(str(n), word) for n, (_, word) in enumerate(self._choices)]
        self._control = SegmentedControl(self.label, segments, "")
        self._control.chosen.connect(self._on_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._control)
        row.addStretch()
        self.watch(self._control)
        self.setFocusProxy(self._control)

    def choices(self) -> list[tuple[Any, str]]:
        """What can be chosen: values and their words."""
        return list(self.field.choices)

    def raw(self) -> Any:
        return self._chosen

    def raw_of(self, value: Any) -> Any:
        return value

    def set_raw(self, raw: Any) -> None:
        self._chosen = raw
        self._control.show_choice(next((str(n) for n, (value, _) in enumerate(self._choices) if value == raw), ""))

    def _on_chosen(self, key: str) -> None:
        self._chosen = self._choices[int(key)][0]
        self.edited.emit()

    def set_state(self, state: FieldState) -> None:
        """The words below say it; there is no border of its own to colour."""


class YesNoEditor(SegmentsEditor):
    """Yes or no; and where it may be left open, that too."""

    def choices(self) -> list[tuple[Any, str]]:
        is_open = not self.field.required and default_of(self.field) is None
        yes, no = self.field.words
        return [(True, yes), (False, no)] + ([(None, "Not recorded")] if is_open else [])


EDITORS: tuple[tuple[type, type[Editor]], ...] = (
    (YesNoField, YesNoEditor),
    (WholeNumberField, NumberEditor),
    (MoneyField, MoneyEditor),
    (MeasureField, MeasureEditor),
    (GlucoseField, MeasureEditor),
    (DateField, DateEditor),
    (ReferenceField, ReferenceEditor),
    (WordsField, WordsEditor),
    (PartsField, PartsEditor),
    (SubstanceField, SubstanceEditor),
    (IngredientField, IngredientEditor),
)


def editor_for(name: str, field: Any, around: Surroundings) -> Editor:
    """The editor for a field."""
    if isinstance(field, WeekdayField):
        return WeekdayEditor(name, field, around)
    if isinstance(field, ChoiceField):
        never_empty = field.required or default_of(field) is not None
        few = never_empty and len(field.choices) <= MOST_SEGMENTS
        return (SegmentsEditor if few else ComboEditor)(name, field, around)
    if isinstance(field, TextField) and field.multiline:
        return MultilineEditor(name, field, around)
    kind = next((editor for kind, editor in EDITORS if isinstance(field, kind)), LineEditor)
    return kind(name, field, around)
