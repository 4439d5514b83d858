"""What a list is narrowed down by and sorted by: the search field, a chip for each filter, the order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QWidget

from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.fields import ChoiceField, ReferenceField, YesNoField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Aspect, Record
from hmsdesk.models.text import fold
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.baseline import keep_baseline
from hmsdesk.views.kit.buttons import Button, FilterChip, normal
from hmsdesk.views.kit.contract import Found, Lookup
from hmsdesk.views.kit.direction import open_menu
from hmsdesk.views.kit.editor import keep_height
from hmsdesk.views.kit.filter_popups import SearchPopup, aspect_popup
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.values import label_of

DEBOUNCE_MS = 150
SEARCH_WIDTH, NARROW = 272, 120
FOR_THE_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Return)
DIRECTIONS = (("From the first to the last", False), ("From the last to the first", True))

# What can be filtered by.
KINDS = (YesNoField, ChoiceField, ReferenceField)

# More than a menu shows at a glance is searched.
MOST_IN_MENU = 16

Value = tuple[Any, str]
"""What a filter asks for, and the words for it."""


class SearchField(QLineEdit):
    """Searches while one types; Esc clears it. The keys that move in the list reach the list from here."""

    asked = Signal(str)
    list_key = Signal(QKeyEvent)

    def __init__(self, plural: str) -> None:
        super().__init__(placeholderText=f"Search {plural}")
        self.setObjectName("listSearch")
        self.setAccessibleName(f"Search {plural}")
        # Narrower where many filters stand beside it.
        self.setMinimumWidth(NARROW)
        self.setMaximumWidth(SEARCH_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        keep_height(self, "QLineEdit")
        self._turn()
        keep_baseline(self)
        self._cross = self._icons()
        self._cross.setVisible(False)
        self._cross.triggered.connect(self.clear_search)
        self._pause = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._pause.timeout.connect(lambda: self.asked.emit(self.text()))
        self.textChanged.connect(self._on_changed)

    def sizeHint(self) -> QSize:
        return QSize(SEARCH_WIDTH, super().sizeHint().height())

    def _icons(self) -> QAction:
        lens = self.addAction(theme.icon("magnify", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        cross = self.addAction(theme.icon("close", "text_muted"), QLineEdit.ActionPosition.TrailingPosition)
        lens.setToolTip("Search (Ctrl+F)")
        cross.setToolTip("Clear the search (Esc)")
        for button in self.findChildren(QToolButton):
            button.setAccessibleName(button.defaultAction().toolTip())
        return cross

    def _turn(self) -> None:
        """Words begin beside the lens, on whichever side that is: neither margins nor a placeholder are mirrored."""
        middle, side = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignLeading
        if self.isRightToLeft():
            self.setTextMargins(0, 0, -theme.SPACE_8, 0)
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
        else:
            self.setTextMargins(-theme.SPACE_8, 0, 0, 0)
        self.setAlignment(side | middle)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._turn()

    def clear_search(self) -> None:
        """Show the whole list again, without waiting."""
        if self.text():
            self.clear()
            self._pause.stop()
            self.asked.emit("")

    def _on_changed(self, text: str) -> None:
        self._cross.setVisible(bool(text))
        self._pause.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear_search()
        elif event.key() in (*FOR_THE_LIST, Qt.Key.Key_Enter):
            self.list_key.emit(event)
        else:
            super().keyPressEvent(event)


class FilterBar(QWidget):
    """Search field, filter chips and order of one list; `changed` says that it is to be asked anew."""

    changed = Signal()

    def __init__(
        self, record: type[Record], lookup: Lookup, locale: Locale | None = None, aspects: Sequence[Aspect] = ()
    ) -> None:
        """aspects: those of the record's that the signed-in person may filter by."""
        super().__init__()
        self.text = ""
        self.filters: dict[str, Any] = {}
        self._record = record
        self._lookup = lookup
        self.search = SearchField(record.LISTING.plural)
        self.search.asked.connect(self._on_asked)
        self.chips: dict[str, FilterChip] = {}
        fields = declared_fields(record).items()
        self._fields = {name: field for name, field in fields if field.filter and isinstance(field, KINDS)}
        self._aspects = aspects
        self._locale = locale
        self.sort = normal("", "sort-variant")
        self.sort.setObjectName("sort")
        self.sort.trailing_icon = "chevron-down"
        self.sort.clicked.connect(self._on_sort)
        self._at_end: list[Button] = [self.sort]
        self._lay_out()
        first = record.LISTING.orders[0]
        self.set_order(first.field, first.descending)
        on_key(self, "Ctrl+F", "Search this list", self._on_find)

    def _lay_out(self) -> None:
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.SPACE_8)
        self._row.addWidget(self.search)
        for name, field in self._fields.items():
            self._row.addWidget(self._chip(name, label_of(name, field), partial(self._on_chip, name, field)))
        for aspect in self._aspects:
            self._row.addWidget(self._chip(aspect.name, aspect.label, partial(self._on_aspect, aspect)))
        self._row.addStretch()
        self._row.addWidget(self.sort)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def add_action(self, button: Button) -> None:
        """Put a further action at the end."""
        self._row.addWidget(button)
        self._at_end.append(button)
        self._fit()

    def _fit(self) -> None:
        """Where there is too little room, the filters keep their words, and what stands at the end shows its sign."""
        for button in self._at_end:
            button.set_short(False)
        for button in reversed(self._at_end):
            button.set_short(self._row.minimumSize().width() > self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _chip(self, name: str, label: str, on_clicked: Callable[[], None]) -> FilterChip:
        chip = FilterChip(label)
        chip.setObjectName(f"filter-{name}")
        chip.clicked.connect(lambda _: on_clicked())
        chip.cleared.connect(lambda: self.set_filter(name, None, ""))
        self.chips[name] = chip
        return chip

    def set_filter(self, name: str, value: Any, words: str) -> None:
        """Let only rows with this value through; None lets all through."""
        self.filters = {key: kept for key, kept in self.filters.items() if key != name}
        if value is not None:
            self.filters[name] = value
        self.chips[name].set_value(words)
        self._fit()
        self.changed.emit()

    def clear(self) -> None:
        """Show the whole list again."""
        for name in list(self.filters):
            self.chips[name].set_value("")
        self.filters = {}
        self._fit()
        self.text = ""
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.changed.emit()

    def set_order(self, order: str, descending: bool) -> None:
        """Sort by one of the declared orders; the caller asks anew."""
        self.order, self.descending = order, descending
        self.sort.set_text(f"Sort: {self.order_label().lower()}")
        self._fit()

    def order_label(self) -> str:
        """The name of the order in use."""
        return next(one.label for one in self._record.LISTING.orders if one.field == self.order)

    def is_narrowed(self) -> bool:
        """Whether not all rows are asked for."""
        return bool(self.text.strip() or self.filters)

    # What the person does

    def _on_asked(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.changed.emit()

    def _on_find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _on_chip(self, name: str, field: Any) -> None:
        if isinstance(field, ReferenceField):
            self._search_among(self._lookup, name, field.among, label_of(name, field))
        elif isinstance(field, ChoiceField) and len(field.choices) > MOST_IN_MENU:
            self._search_among(_among(field.choices), name, name, label_of(name, field))
        elif isinstance(field, ChoiceField):
            self._open_menu(name, list(field.choices))
        else:
            self._open_menu(name, list(zip((True, False), field.words, strict=True)))

    def _on_aspect(self, aspect: Aspect) -> None:
        if aspect.kind == "record":
            self._search_among(self._lookup, aspect.name, aspect.resource, aspect.label)
            return
        popup = aspect_popup(aspect, self._locale, self.filters.get(aspect.name), self)
        popup.picked.connect(lambda value, words: self.set_filter(aspect.name, value, words))
        popup.open_below(self.chips[aspect.name])

    def _search_among(self, lookup: Lookup, name: str, among: str, label: str) -> None:
        popup = SearchPopup(lookup, among, label, self)
        popup.picked.connect(lambda found: self.set_filter(name, found.record, found.title))
        popup.open_below(self.chips[name])

    def _open_menu(self, name: str, values: list[Value]) -> None:
        menu = Menu(self)
        self._add_choice(menu, "Any", name not in self.filters, partial(self.set_filter, name, None, ""))
        menu.addSeparator()
        for value, words in values:
            current = self.filters.get(name) == value
            self._add_choice(menu, words, current, partial(self.set_filter, name, value, words))
        open_menu(menu, self.chips[name])

    def _on_sort(self) -> None:
        menu = Menu(self)
        orders, directions = QActionGroup(menu), QActionGroup(menu)
        for one in self._record.LISTING.orders:
            current = one.field == self.order
            chosen = partial(self._sort, one.field, self.descending)
            orders.addAction(self._add_choice(menu, one.label, current, chosen))
        menu.addSeparator()
        for words, descending in DIRECTIONS:
            chosen = partial(self._sort, self.order, descending)
            directions.addAction(self._add_choice(menu, words, descending == self.descending, chosen))
        open_menu(menu, self.sort)

    def _sort(self, order: str, descending: bool) -> None:
        self.set_order(order, descending)
        self.changed.emit()

    @staticmethod
    def _add_choice(menu: Menu, words: str, current: bool, on_chosen: Callable[[], None]) -> QAction:
        action = menu.addAction(words.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(current)
        action.triggered.connect(lambda _: on_chosen())
        return action


def _among(choices: Sequence[tuple[Any, str]]) -> Lookup:
    """Finds among many choices what a typed text is part of; the same words stand there once."""
    by_words = {words: value for value, words in reversed(choices)}

    def find(_: str, typed: str) -> list[Found]:
        found = sorted(words for words in by_words if fold(typed) in fold(words))
        return [Found(by_words[words], words) for words in found]

    return find
