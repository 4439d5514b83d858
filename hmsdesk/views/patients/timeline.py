"""The timeline of a chart: what happened, grouped by day, the newest first; older entries come while one scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any

from bson import ObjectId
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from hmsdesk.controllers.documents import DOCUMENTS
from hmsdesk.controllers.timeline import PAGE, Entry, Stretch, kinds_for, page
from hmsdesk.models.dates import day_and_month, worded
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import paint_box, quiet
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.direction import open_menu
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.parts import chip_size, paint_chip
from hmsdesk.views.kit.preview import PreviewDialog
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.vital_words import VitalWords
from hmsdesk.views.kit.words import Label, paint_line, tip
from hmsdesk.views.patients.timeline_words import Told, told

Index = QModelIndex | QPersistentModelIndex
HEADING, ENTRY = 34, 44
DISC = 22
TEXT = 44
LINE = Qt.ItemDataRole.UserRole
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
# Looked at again as a whole; who has scrolled further back sees the rest when scrolling there again.
MOST_AGAIN = 200
ALL = "All entries"


@dataclass(frozen=True)
class Line:
    """One line of the list: a day's heading, or an entry; tied to the one before it, if it is of the same day."""

    heading: str = ""
    entry: Entry | None = None
    told: Told | None = None
    tied: bool = False


class TimelineModel(QAbstractListModel):
    """Entries under the headings of their days."""

    def __init__(self, words: VitalWords) -> None:
        super().__init__()
        self._words = words
        self.entries: list[Entry] = []
        self.lines: list[Line] = []

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these in place of those before."""
        self.beginResetModel()
        self.entries = list(entries)
        self.lines = list(self._lined())
        self.endResetModel()

    def _lined(self) -> Any:
        locale = self._words.locale
        for day, of_day in groupby(self.entries, key=lambda entry: locale.local(entry.at).date()):
            yield Line(heading=_day(day, locale.today()))
            for n, entry in enumerate(of_day):
                yield Line("", entry, told(entry, self._words), tied=n > 0)

    def line_of(self, record: ObjectId) -> int:
        """Where a record stands; -1 if it isn't here."""
        found = (n for n, line in enumerate(self.lines) if line.entry and line.entry.row["_id"] == record)
        return next(found, -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role == LINE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.told.spoken() if line.told else line.heading
        if role == Qt.ItemDataRole.ToolTipRole and line.told:
            return tip(f"{line.told.first}\n{line.told.second}")
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.lines[index.row()].entry is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def _day(day: date, today: date) -> str:
    if day == today:
        return f"Today, {worded(day)}"
    return worded(day) if day.year != today.year else f"{day_and_month(day)} {day.year}"


class TimelineDelegate(QStyledItemDelegate):
    """Paints the disc with its icon, the bold and the muted line, the chip at the end, and what ties a day together."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, ENTRY if index.data(LINE).entry else HEADING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(LINE)
        painter.save()
        rect, direction = option.rect, option.direction

        def part(x: int, y: int, width: int, height: int) -> QRect:
            return QStyle.visualRect(direction, rect, QRect(rect.x() + x, rect.y() + y, width, height))

        if line.told is None:
            painter.setFont(theme.font())
            painter.setPen(theme.color("text_muted"))
            paint_line(painter, part(12, 8, rect.width() - 24, 24), line.heading, direction)
        else:
            self._paint_ground(painter, option)
            self._paint_entry(painter, option, line, part)
        painter.restore()

    @staticmethod
    def _paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
        if option.state & QStyle.StateFlag.State_Selected:
            paint_box(painter, option.rect.adjusted(4, 0, -4, 0), "accent_soft", "")
        elif option.state & QStyle.StateFlag.State_MouseOver:
            paint_box(painter, option.rect.adjusted(4, 0, -4, 0), "hover", "")
        if option.state & QStyle.StateFlag.State_HasFocus:
            paint_box(painter, option.rect.adjusted(4, 0, -4, 0), "", "accent", 2)

    def _paint_entry(self, painter: QPainter, option: QStyleOptionViewItem, line: Line, part: Any) -> None:
        said, width, direction = line.told, option.rect.width(), option.direction
        assert said is not None
        if line.tied:
            painter.fillRect(part(12 + DISC // 2, 0, 1, 5), theme.color("line"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("neutral_soft"))
        painter.drawEllipse(part(12, 7, DISC, DISC))
        theme.paint_icon(painter, part(12 + 4, 7 + 4, DISC - 8, DISC - 8), said.icon, "text_muted")
        chip = chip_size(said.status.word, said.status.icon).width() if said.status else 0
        room = width - TEXT - 12 - (chip + theme.SPACE_8 if chip else 0)
        painter.setFont(theme.font(bold=True))
        painter.setPen(theme.color("text_muted" if said.struck else "text"))
        paint_line(painter, part(TEXT, 3, room, 20), said.first, direction)
        if said.struck:
            struck = min(QFontMetrics(theme.font(bold=True)).horizontalAdvance(said.first), room)
            painter.fillRect(part(TEXT, 13, struck, 1), theme.color("text_muted"))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        paint_line(painter, part(TEXT, 22, width - TEXT - 12, 18), said.second, direction)
        if said.status:
            box = part(width - 12 - chip, 3, chip, 20)
            paint_chip(painter, box, said.status.word, said.status.icon, said.status.tone, direction)


class TimelineList(QListView):
    """Enter, or a double click, opens."""

    def __init__(self, model: TimelineModel, name: str) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(TimelineDelegate(self))
        self.setModel(model)
        theme.changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and not event.modifiers() and self.currentIndex().isValid():
            self.doubleClicked.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class TimelinePanel(QFrame):
    """Fetches by itself, and again when something of the patient's changed.

    only: these kinds, of which there is no choice then.
    """

    def __init__(
        self, context: Context, patient: ObjectId, words: VitalWords, title: str, only: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._context = context
        self._patient = patient
        self._fixed = only
        self._only = only
        self._stretch = Stretch([], None)
        self._latest = tasks.Latest(self)
        self._fetching = False
        self.model = TimelineModel(words)
        self.list = TimelineList(self.model, title)
        self._state = StateView()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._state)
        self._pages.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._head(title))
        column.addWidget(self._pages, 1)
        self.list.doubleClicked.connect(self._on_open)
        self.list.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        kinds = [kind.resource for kind in kinds_for(context.session)]
        context.live.follow(self, {*kinds, "encounter_notes", "prescription_cancellations"}, self.look_again)
        self.look_again()

    def _head(self, title: str) -> QFrame:
        frame = QFrame()
        frame.setObjectName("panelTitle")
        frame.setFixedHeight(theme.PANEL_TITLE)
        row = QHBoxLayout(frame)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.addWidget(Label(title, bold=True))
        row.addStretch()
        self._choose = quiet(ALL).set_compact()
        self._choose.trailing_icon = "chevron-down"
        self._choose.setObjectName("timelineKinds")
        self._choose.clicked.connect(self._on_choose)
        row.addWidget(self._choose)
        if self._fixed:
            self._choose.hide()
        return frame

    def _on_choose(self) -> None:
        menu = Menu(self)
        choices = [("", ALL), *((kind.resource, kind.word) for kind in kinds_for(self._context.session))]
        for resource, word in choices:
            action = menu.addAction(word)
            action.setCheckable(True)
            action.setChecked(self._only == ((resource,) if resource else ()))
            action.triggered.connect(partial(self.show_kind, resource, word))
        open_menu(menu, self._choose)

    def show_kind(self, resource: str, word: str, _checked: bool = False) -> None:
        """Show one kind alone, or with "" all of them."""
        self._only = (resource,) if resource else ()
        self._choose.set_text(word)
        self._stretch = Stretch([], None)
        self.look_again()

    # Fetching

    def look_again(self) -> None:
        """Fetch what is shown as it stands now."""
        limit = min(max(PAGE, len(self._stretch.entries)), MOST_AGAIN)
        if not self._stretch.entries:
            self._state.show_loading()
            self._pages.setCurrentWidget(self._state)
        self._ask(None, limit)

    def _ask(self, before: Entry | None, limit: int) -> None:
        self._fetching = True
        fetch = partial(page, self._context.session, self._patient, self._only, before, limit)
        self._latest.ask(fetch, partial(self._show, before), self._on_failed)

    def _show(self, before: Entry | None, found: Stretch) -> None:
        self._fetching = False
        entries = [*self._stretch.entries, *found.entries] if before else found.entries
        self._stretch = Stretch(entries, found.last)
        bar, current = self.list.verticalScrollBar(), self.list.currentIndex()
        place = bar.value()
        record = self.model.lines[current.row()].entry if current.isValid() else None
        if self.model.entries != entries:
            self.model.show_entries(entries)
            # At once, or nobody would know yet how far one can scroll.
            self.list.doItemsLayout()
            if record is not None and (line := self.model.line_of(record.row["_id"])) >= 0:
                self.list.setCurrentIndex(self.model.index(line, 0))
            bar.setValue(place)
        if entries:
            self._pages.setCurrentWidget(self.list)
            # What is scrolled has its height only then.
            QTimer.singleShot(0, self, self._on_scrolled)
        else:
            self._state.show_empty("timeline-outline", "Nothing yet", "What happens to this patient appears here.")
            self._pages.setCurrentWidget(self._state)

    def _on_failed(self, problem: Exception) -> None:
        self._fetching = False
        if not self._stretch.entries:
            self._state.show_problem(problem, self.look_again)
            self._pages.setCurrentWidget(self._state)

    def _on_scrolled(self) -> None:
        bar = self.list.verticalScrollBar()
        near_the_end = bar.value() >= bar.maximum() - self.list.viewport().height()
        if near_the_end and self._stretch.last is not None and not self._fetching and self.list.isVisible():
            self._ask(self._stretch.last, PAGE)

    def _on_open(self, index: Index) -> None:
        line = self.model.lines[index.row()]
        if line.entry is not None and line.entry.kind == DOCUMENTS.resource:
            PreviewDialog(self, self._context, line.entry.row).open()
            return
        said = line.told
        if said is not None and said.place is not None and self._context.has_page(said.place[0]):
            self._context.navigate(*said.place)
