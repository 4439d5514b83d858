"""The rows of a list, fetched a page at a time: a window that grows at both ends as it is scrolled.

The model only keeps rows. Where rows are still missing at an end it holds a few placeholders there, and fetches the
next page before the view gets to see them. An answer to an old question is dropped.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any, Literal

from bson import ObjectId
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from hmsdesk.controllers.listing import PAGE_SIZE, Page, Query
from hmsdesk.errors import UserError
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.fields import TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Record
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.values import Column, columns

# How close to an end of the window the view may come before the next page is asked for.
PREFETCH = 30
# Rows kept at most; beyond that the far end is let go of.
MOST_ROWS = 3000
# Placeholders at an end that has more rows, and where nothing is known yet.
EDGE = 8
UNKNOWN = 20
# Waiting shorter than this is not worth showing.
SLOW_MS = 300
REFRESH_MARGIN = 100
CANCELLED = UserError("Loading was cancelled.", "Nothing was changed.")

ROW = Qt.ItemDataRole.UserRole

End = Literal["start", "end"]
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
# Asked for each cell at each paint, and so put together once.
OF_A_ROW = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class PageModel(QAbstractTableModel):
    """The rows that answer one question, as far as they have been looked at."""

    state_changed = Signal()
    """Loading began or ended, it failed, or the number of rows changed."""
    about_to_shift = Signal()
    shifted = Signal()
    """Around every change of rows that may push what is in view up or down."""
    landed = Signal(int)
    """The row to be made the current one: after a new question, Home, End or a typed letter."""

    def __init__(
        self, record: type[Record], fetch: Callable[[Query], Page], locale: Locale, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.record = record
        self.locale = locale
        self.columns: list[Column] = columns(record, locale)
        self.query = Query()
        self.problem: Exception | None = None
        self._fetch = fetch
        self._rows: list[Row] = []
        self._before = False
        self._after = False
        self._unknown = False
        self._whole: tasks.Task | None = None
        self._failed_whole: tuple[Query, bool] | None = None
        self._growing: dict[End, tasks.Task] = {}
        self._seen = (0, 0)
        # Changed while rows were on their way, which may show it or not.
        self._stale = False
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._on_slow)

    # What the list shows

    @property
    def loading(self) -> bool:
        """Whether all rows are on their way, because of a new question or a jump."""
        return self._whole is not None

    @property
    def slow(self) -> bool:
        """Whether this takes long enough to be worth showing."""
        return self.loading and self._unknown

    @property
    def rows(self) -> list[Row]:
        """The rows in the window, in order."""
        return self._rows

    def row_at(self, line: int) -> Row | None:
        """The row on a line of the table; None for a placeholder."""
        number = line - self._lead()
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def line_of(self, record: ObjectId) -> int:
        """The line of the table a record is on, or -1."""
        return next((self._lead() + n for n, row in enumerate(self._rows) if row["_id"] == record), -1)

    def complete(self) -> bool:
        """Whether these are all rows there are."""
        return not (self._before or self._after or self.loading or self.problem)

    def _lead(self) -> int:
        return EDGE if self._before else 0

    def _trail(self) -> int:
        return EDGE if self._after else 0

    # Questions

    def ask(
        self, text: str = "", filters: Mapping[str, Any] | None = None, order: str = "", descending: bool = False
    ) -> None:
        """Show the rows that answer a new question, from the first one on."""
        self.query = Query(text=text, filters=dict(filters or {}), order=order, descending=descending)
        self._fetch_whole(self.query)

    def to_start(self) -> None:
        """Go to the first row of the list."""
        if self._before or self.problem:
            self._fetch_whole(self.query)
        elif self._rows:
            self.landed.emit(0)

    def to_end(self) -> None:
        """Go to the last row of the list."""
        if self._after or self.problem:
            self._fetch_whole(replace(self.query, backwards=True))
        elif self._rows:
            self.landed.emit(self._lead() + len(self._rows) - 1)

    def jump(self, prefix: str) -> None:
        """Go to the first row whose ordered text begins with what was typed, or would follow it."""
        if self.complete() and not self._rows:
            return
        line = self._known_line(fold(prefix))
        if line is None:
            self._fetch_whole(replace(self.query, prefix=fold(prefix)))
        else:
            self.landed.emit(line)

    def _known_line(self, prefix: str) -> int | None:
        """Where that row is, if it is certain that it is in the window."""
        order = self.query.order or self.record.LISTING.orders[0].field
        if self.query.descending or not isinstance(declared_fields(self.record).get(order), TextField):
            return None
        # Text is ordered by its folded form on the server, too.
        found = bisect_left(self._rows, prefix, key=lambda row: fold(str(row.get(order, ""))))
        if found == len(self._rows) or (found == 0 and self._before):
            return None
        return self._lead() + found

    def refresh(self) -> None:
        """Something was changed elsewhere: fetch what is in view again, keeping its place.

        What is on its way is waited for, and then fetched again once.
        """
        if self.loading or self._growing:
            self._stale = True
        elif self._rows and not self.problem:
            self._fetch_whole(self._query_in_view(), in_place=True)
        else:
            self._fetch_whole(self.query)

    def take(self, rows: list[Row], before: bool, after: bool, record: ObjectId) -> None:
        """Show rows that were fetched around a record, and go to it. before, after: whether there are more."""
        self._stop_fetching()
        self._settle()
        self.problem = None
        self._reset(rows, before, after, unknown=False)
        self.state_changed.emit()
        self.landed.emit(self.line_of(record))

    def cancel(self) -> None:
        """Stop waiting for rows that are on their way."""
        if self.loading:
            self._stop_fetching()
            self._on_whole_failed(self.query, in_place=False, problem=CANCELLED)

    def retry(self) -> None:
        """Ask again for what could not be fetched."""
        self.problem = None
        if self._failed_whole is not None:
            self._fetch_whole(*self._failed_whole)
        else:
            self.state_changed.emit()
            self.near(*self._seen)

    def near(self, first: int, last: int) -> None:
        """The view shows these lines: fetch what comes next before it is seen."""
        self._seen = (first, last)
        if self.loading or self.problem or not self._rows:
            return
        if self._after and last >= self._lead() + len(self._rows) - PREFETCH:
            self._grow("end", replace(self.query, start=self._rows[-1]))
        if self._before and first < self._lead() + PREFETCH:
            self._grow("start", replace(self.query, start=self._rows[0], backwards=True))

    # All rows anew

    def _fetch_whole(self, query: Query, in_place: bool = False) -> None:
        self._stop_fetching()
        self._stale = False
        self.problem = None
        self._failed_whole = None
        self._whole = tasks.run(
            self,
            lambda: self._fetch(query),
            lambda page: self._on_whole(query, page, in_place),
            lambda problem: self._on_whole_failed(query, in_place, problem),
        )
        if not in_place:
            self._slow.start()
        self.state_changed.emit()

    def _stop_fetching(self) -> None:
        if self._whole is not None:
            self._whole.cancel()
        for task in self._growing.values():
            task.cancel()
        self._growing.clear()

    def _on_slow(self) -> None:
        if self._whole is not None:
            self._reset([], before=False, after=False, unknown=True)
            self.state_changed.emit()

    def _on_whole(self, query: Query, page: Page, in_place: bool) -> None:
        self._settle()
        if query.prefix and not page.rows:
            self.to_end()
            return
        inside = query.start is not None or bool(query.prefix)
        before, after = (page.more, inside) if query.backwards else (inside, page.more)
        if in_place:
            self._update(page.rows, before, after)
        else:
            self._reset(page.rows, before, after, unknown=False)
        self.state_changed.emit()
        if page.rows and not in_place:
            self.landed.emit(self._lead() + (len(page.rows) - 1 if query.backwards else 0))
        self._catch_up()

    def _on_whole_failed(self, query: Query, in_place: bool, problem: Exception) -> None:
        self._settle()
        self._failed_whole = (query, in_place)
        self.problem = problem
        if not in_place:
            self._reset([], before=False, after=False, unknown=False)
        self.state_changed.emit()

    def _settle(self) -> None:
        self._slow.stop()
        self._whole = None

    def _reset(self, rows: list[Row], before: bool, after: bool, unknown: bool) -> None:
        self.beginResetModel()
        self._rows, self._before, self._after, self._unknown = list(rows), before, after, unknown
        self.endResetModel()

    # The same rows again

    def _catch_up(self) -> None:
        if self._stale and not self._growing:
            self.refresh()

    def _query_in_view(self) -> Query:
        first, last = (line - self._lead() for line in self._seen)
        first = max(first - REFRESH_MARGIN, 1 if self._before else 0)
        first = min(first, len(self._rows))
        start = self._rows[first - 1] if first else None
        return replace(self.query, start=start, limit=max(PAGE_SIZE, last + REFRESH_MARGIN - first))

    def _update(self, rows: list[Row], before: bool, after: bool) -> None:
        """Take over fetched rows by as few insertions and removals as there are, so that selections survive."""
        self.about_to_shift.emit()
        old, new = [row["_id"] for row in self._rows], [row["_id"] for row in rows]
        steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        for step, start, stop, new_start, new_stop in reversed(steps):
            if step != "equal":
                self._remove(start, stop)
                self._insert(start, rows[new_start:new_stop])
        self._rows = list(rows)
        self._set_ends(before, after)
        if rows:
            last = self.index(self._lead() + len(rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(self._lead(), 0), last)
        self.shifted.emit()

    # Growing

    def _grow(self, end: End, query: Query) -> None:
        if end not in self._growing:
            self._growing[end] = tasks.run(
                self,
                lambda: self._fetch(query),
                lambda page: self._on_grown(end, page),
                lambda problem: self._on_growing_failed(end, problem),
            )

    def _on_grown(self, end: End, page: Page) -> None:
        del self._growing[end]
        self.about_to_shift.emit()
        self._insert(len(self._rows) if end == "end" else 0, page.rows)
        if end == "end":
            self._set_ends(self._before, page.more)
        else:
            self._set_ends(page.more, self._after)
        self._let_go_of_far_end(end)
        self.shifted.emit()
        self.state_changed.emit()
        self._catch_up()

    def _on_growing_failed(self, end: End, problem: Exception) -> None:
        del self._growing[end]
        self.problem = problem
        self.state_changed.emit()

    def _let_go_of_far_end(self, grown: End) -> None:
        surplus = len(self._rows) - MOST_ROWS
        if surplus <= 0:
            return
        far: End = "start" if grown == "end" else "end"
        if far in self._growing:
            self._growing.pop(far).cancel()
        if far == "start":
            self._remove(0, surplus)
            self._set_ends(True, self._after)
        else:
            self._remove(MOST_ROWS, len(self._rows))
            self._set_ends(self._before, True)

    def _insert(self, at: int, rows: list[Row]) -> None:
        if rows:
            line = self._lead() + at
            self.beginInsertRows(QModelIndex(), line, line + len(rows) - 1)
            self._rows[at:at] = rows
            self.endInsertRows()

    def _remove(self, start: int, stop: int) -> None:
        if stop > start:
            self.beginRemoveRows(QModelIndex(), self._lead() + start, self._lead() + stop - 1)
            del self._rows[start:stop]
            self.endRemoveRows()

    def _set_ends(self, before: bool, after: bool) -> None:
        """Put placeholders at an end where rows are missing, and take them away where none are."""
        if before != self._before:
            self._change_lines(0, before, lambda: setattr(self, "_before", before))
        if after != self._after:
            self._change_lines(self._lead() + len(self._rows), after, lambda: setattr(self, "_after", after))

    def _change_lines(self, line: int, adding: bool, change: Callable[[], None]) -> None:
        begin, end = (
            (self.beginInsertRows, self.endInsertRows) if adding else (self.beginRemoveRows, self.endRemoveRows)
        )
        begin(QModelIndex(), line, line + EDGE - 1)
        change()
        end()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        if parent.isValid():
            return 0
        return UNKNOWN if self._unknown else self._lead() + len(self._rows) + self._trail()

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index.row())
        if row is None:
            return None
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.columns[index.column()].text(row)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].label
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.row_at(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return OF_A_ROW
