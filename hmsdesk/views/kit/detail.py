"""The pane beside a list: what is known of the selected row, at once, from the row itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QFrame, QGridLayout, QVBoxLayout, QWidget

from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Record
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.cells import NOT_IN_USE
from hmsdesk.views.kit.flow import FlowLayout
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.values import isolated, label_of, remarked, says_nothing, title_field
from hmsdesk.views.kit.words import Label, tip

FOLLOW_MS = 100
LABELS = 96
# What is left beside the labels.
VALUES = theme.DETAIL_PANE - 2 - 2 * theme.SPACE_16 - LABELS - theme.SPACE_8


class DetailPane(QFrame):
    """Follows the selection of a list after a moment, so that going through the list stays quick."""

    open_asked = Signal(dict)
    in_use_asked = Signal(dict, bool)
    """The row, and whether it is to be in use."""

    def __init__(self, record: type[Record], locale: Locale, may_change: bool, opens: str) -> None:
        """opens: the word of the button that opens the row; empty where nothing is to be opened."""
        super().__init__()
        self.setObjectName("panel")
        self.setFixedWidth(theme.DETAIL_PANE)
        self.setAccessibleName(f"Selected {record.LISTING.noun}")
        self._record = record
        self._locale = locale
        self._may_change = may_change
        self._opens = opens
        self._offered: Callable[[Row], Sequence[QWidget]] = lambda _: ()
        self._row: Row | None = None
        self._scroll = Scroll()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self._scroll)
        self._follow = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._follow.timeout.connect(self._fill)
        self._fill()

    def offer(self, actions: Callable[[Row], Sequence[QWidget]]) -> None:
        """What else can be done with a row: buttons, made anew for each row that is shown."""
        self._offered = actions
        self._fill()

    def follow(self, row: Row | None) -> None:
        """Show this row as soon as the selection rests on it."""
        self._row = row
        self._follow.start()

    def _fill(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*(theme.SPACE_16,) * 4)
        column.setSpacing(theme.SPACE_12)
        if self._row is None:
            column.addWidget(Label("Nothing is selected.", muted=True))
        else:
            self._add_row(column, self._row)
        column.addStretch()
        focused = self._focused_button()
        self._scroll.show_page(page)
        if focused:
            self._lead_back_to(page, focused)

    def _focused_button(self) -> str:
        """The button the focus is on, or comes back to from a dialog; empty where it is elsewhere."""
        focused = self.window().focusWidget() or self
        return focused.objectName() if self.isAncestorOf(focused) else ""

    @staticmethod
    def _lead_back_to(page: QWidget, name: str) -> None:
        """The same button, or the first one where what it did can't be done again: not the other end of the window."""
        buttons = page.findChildren(QAbstractButton)
        again = next((one for one in buttons if one.objectName() == name), None)
        if buttons:
            (again or buttons[0]).setFocus()

    def _add_row(self, column: QVBoxLayout, row: Row) -> None:
        column.addLayout(self._heading(row))
        if row.get("active") is False:
            column.addWidget(Chip(declared_fields(self._record)["active"].words[1], NOT_IN_USE))
        column.addLayout(self._actions(row))
        for heading, fields in self._groups().items():
            grid = self._values(row, fields)
            if grid is not None:
                column.addWidget(Separator())
                if heading:
                    column.addWidget(Label(heading, bold=True))
                column.addLayout(grid)
        # What no person made says when it was by itself.
        if row.get("updated_at") or row.get("created_at"):
            column.addWidget(Separator())
            column.addWidget(self._last_change(row))

    def _heading(self, row: Row) -> QVBoxLayout:
        names = QVBoxLayout()
        names.setSpacing(theme.SPACE_4)
        title = Label(self._record.title_of(row), bold=True, wrap=True)
        title.setObjectName("detailTitle")
        names.addWidget(title)
        subtitle = self._record.LISTING.subtitle
        if subtitle and row.get(subtitle):
            names.addWidget(Label(str(row[subtitle]), wrap=True))
        return names

    def _actions(self, row: Row) -> FlowLayout:
        buttons = FlowLayout(theme.SPACE_8)
        if self._opens:
            opening = normal(self._opens)
            opening.setObjectName("detailOpen")
            opening.clicked.connect(lambda _: self.open_asked.emit(row))
            buttons.addWidget(opening)
        in_use = declared_fields(self._record).get("active")
        if self._may_change and in_use is not None:
            used = row.get("active") is not False
            turning = normal(in_use.ending if used else "Restore")
            turning.setObjectName("detailInUse")
            turning.clicked.connect(lambda _: self.in_use_asked.emit(row, not used))
            buttons.addWidget(turning)
        for widget in self._offered(row):
            buttons.addWidget(widget)
        return buttons

    def _groups(self) -> dict[str, dict[str, Any]]:
        """The fields under their headings; what the heading of the pane says already is left out."""
        subtitle = (self._record.LISTING.subtitle or "").partition(":")[0]
        named = (title_field(self._record), subtitle, "active")
        groups: dict[str, dict[str, Any]] = {}
        for name, field in declared_fields(self._record).items():
            if name not in named:
                groups.setdefault(field.group, {})[name] = field
        return groups

    def _values(self, row: Row, fields: dict[str, Any]) -> QGridLayout | None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_8)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, LABELS)
        grid.setColumnStretch(1, 1)
        for name, field in fields.items():
            text = remarked(name, field, row, self._locale)
            if text and not says_nothing(name, field, row):
                self._add_value(grid, label_of(name, field), isolated(field, text))
        return grid if grid.count() else None

    @staticmethod
    def _add_value(grid: QGridLayout, name: str, text: str) -> None:
        label = Label(name, muted=True, wrap=True)
        label.setFixedWidth(LABELS)
        value = Label(text, wrap=True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAccessibleName(f"{name}: {text}")
        line = grid.rowCount()
        grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
        if _widest_word(text) <= VALUES:
            grid.addWidget(value, line, 1, Qt.AlignmentFlag.AlignTop)
        else:
            # A long address can't be wrapped: it has a line of its own, and what is too long for that is cut off.
            value.setMinimumWidth(1)
            value.setToolTip(tip(text))
            grid.addWidget(value, line + 1, 0, 1, 2)

    def _last_change(self, row: Row) -> Label:
        verb = "Changed" if row.get("updated_at") else "Added"
        moment = row.get("updated_at") or row["created_at"]
        who = row.get("updated_by:title") if row.get("updated_at") else row.get("created_by:title")
        return Label(
            f"{verb} {day_and_time(moment, self._locale)}" + (f" by {who}" if who else ""),
            muted=True,
            size="small",
            wrap=True,
        )


def _widest_word(text: str) -> int:
    metrics = QFontMetrics(theme.font())
    return max((metrics.horizontalAdvance(word) for word in text.split()), default=0)
