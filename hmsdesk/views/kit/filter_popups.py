"""What opens below a filter chip where there is something to type: words, a day and perhaps a last one, or a search."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QListView, QVBoxLayout, QWidget

from hmsdesk.models import dates
from hmsdesk.models.declaration import Problem
from hmsdesk.models.fields import DateField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Aspect
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.contract import NO_LOOKUP, Found, Lookup
from hmsdesk.views.kit.direction import below
from hmsdesk.views.kit.editor import LineField, Surroundings
from hmsdesk.views.kit.editors import editor_for
from hmsdesk.views.kit.line_editors import DateEditor
from hmsdesk.views.kit.page_model import Index
from hmsdesk.views.kit.pickers import FOUND, Finder, FoundDelegate
from hmsdesk.views.kit.words import Label

WIDTH, HEIGHT = 300, 320
LONGEST = 80
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class AspectPopup(QFrame):
    """Asks for what the list is to be filtered by. Enter shows it, Esc closes."""

    picked = Signal(object, str)
    """What is asked for, and the words for it."""

    def __init__(self, aspect: Aspect, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        self.aspect = aspect
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(*(theme.SPACE_12,) * 4)
        self.column.setSpacing(theme.SPACE_8)
        self.problem = Label(size="small", wrap=True)
        self.problem.setObjectName("aspectProblem")
        self.problem.set_tone("danger")
        self.problem.hide()

    def add_foot(self) -> None:
        """The line that explains it, what is wrong, and the button."""
        self.column.addWidget(Label(self.aspect.help_text, muted=True, size="small", wrap=True))
        self.column.addWidget(self.problem)
        show = primary("Show", shortcut="Enter")
        show.setObjectName("aspectShow")
        show.clicked.connect(self.pick)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(show)
        self.column.addLayout(row)

    def answer(self) -> tuple[Any, str]:
        """What is asked for, and the words for it; None and nothing for all. Raises Problem."""
        raise NotImplementedError

    def pick(self) -> None:
        """Take what was typed, or say what is wrong with it."""
        try:
            value, words = self.answer()
        except Problem as problem:
            self.problem.setText(str(problem))
            self.problem.show()
            self.adjustSize()
            return
        self.close()
        self.picked.emit(value, words)

    def open_below(self, widget: QWidget) -> None:
        """Show it below the chip it belongs to."""
        self.adjustSize()
        self.move(below(widget, WIDTH))
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER:
            self.pick()
        else:
            super().keyPressEvent(event)


class WordsPopup(AspectPopup):
    """A line to type in."""

    def __init__(self, aspect: Aspect, current: Any, parent: QWidget) -> None:
        super().__init__(aspect, parent)
        self.line = LineField(aspect.label)
        self.line.setObjectName("aspectWords")
        self.line.setMaxLength(LONGEST)
        self.line.setText(str(current or ""))
        self.line.selectAll()
        self.column.addWidget(self.line)
        self.add_foot()
        self.setFocusProxy(self.line)

    def answer(self) -> tuple[Any, str]:
        typed = " ".join(self.line.text().split())
        return (typed, typed) if typed else (None, "")


class DaysPopup(AspectPopup):
    """A day; with a last one, all days from the one to the other."""

    def __init__(self, aspect: Aspect, locale: Locale, current: Any, parent: QWidget) -> None:
        super().__init__(aspect, parent)
        self._locale = locale
        self.first = self._editor("first", "From")
        self.last = self._editor("last", "To")
        for editor, day in zip((self.first, self.last), current or (), strict=False):
            editor.show_row({editor.name: day})
        today = normal("Today").set_compact()
        today.setObjectName("aspectToday")
        today.clicked.connect(self._on_today)
        self.column.addWidget(today, 0, Qt.AlignmentFlag.AlignLeading)
        self.add_foot()
        self.setFocusProxy(self.first)

    def _editor(self, name: str, label: str) -> DateEditor:
        field = DateField(verbose_name=label)
        editor = editor_for(name, field, Surroundings(self._locale, NO_LOOKUP, editor_for))
        assert isinstance(editor, DateEditor)
        self.column.addWidget(Label(label, muted=True, size="small"))
        self.column.addWidget(editor)
        return editor

    def _on_today(self) -> None:
        self.first.show_row({"first": self._locale.today().isoformat()})
        self.last.show_row({})
        self.pick()

    def answer(self) -> tuple[Any, str]:
        first = self.first.field.clean(self.first.raw(), self._locale)
        last = self.last.field.clean(self.last.raw(), self._locale)
        if not first and not last:
            return None, ""
        first, last = first or last, last or first
        if date.fromisoformat(last) < date.fromisoformat(first):
            raise Problem("The last day comes before the first.")
        words = dates.worded(first) if first == last else f"{dates.worded(first)} to {dates.worded(last)}"
        return (first, last), words


class SearchPopup(QFrame):
    """A list to search in, below a filter chip."""

    picked = Signal(object)

    def __init__(self, lookup: Lookup, refers_to: str, name: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._enter_came = False
        self._search = QLineEdit(placeholderText="Type to search")
        self._search.setAccessibleName(f"Search {name}")
        self.finder = Finder(lookup, refers_to, self)
        self._list = QListView()
        self._list.setAccessibleName(name)
        self._list.setModel(self.finder.model)
        self._list.setItemDelegate(FoundDelegate(self))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setMouseTracking(True)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.SPACE_8,) * 4)
        column.addWidget(self._search)
        column.addWidget(self._list)
        self.setFixedSize(WIDTH, HEIGHT)
        self.finder.answered.connect(self._on_answered)
        self._search.textEdited.connect(self.finder.ask)
        self._search.returnPressed.connect(self._on_return)
        self._search.installEventFilter(self)
        self._list.clicked.connect(self._pick)

    def open_below(self, widget: QWidget) -> None:
        """Show the list below the chip it belongs to."""
        self.move(below(widget, WIDTH))
        self.show()
        self._search.setFocus()
        self.finder.ask("")

    def _on_answered(self) -> None:
        self._list.setCurrentIndex(self.finder.model.index(0, 0))
        if self._enter_came:
            self._on_return()

    def _on_return(self) -> None:
        """What is in the list while an answer is still to come is none to what was typed."""
        self._enter_came = self.finder.is_asking
        if not self._enter_came:
            self._pick(self._list.currentIndex())

    def _pick(self, index: Index) -> None:
        found: Found | None = index.data(FOUND)
        if found is not None:
            self.close()
            self.picked.emit(found)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            row = self._list.currentIndex().row() + step
            if step and 0 <= row < self.finder.model.rowCount():
                self._list.setCurrentIndex(self.finder.model.index(row, 0))
                return True
        return super().eventFilter(watched, event)


def aspect_popup(aspect: Aspect, locale: Locale | None, current: Any, parent: QWidget) -> AspectPopup:
    """What asks for an aspect, with what is asked for now."""
    if aspect.kind == "days":
        assert locale is not None
        return DaysPopup(aspect, locale, current, parent)
    return WordsPopup(aspect, current, parent)
