"""What a list shows, written to a CSV file; the trail has it before the disk."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from PySide6.QtCore import QObject, Signal

from hmsdesk.controllers.listing import Page, Query
from hmsdesk.errors import UserError
from hmsdesk.models.fields import DateField, MoneyField, WholeNumberField
from hmsdesk.models.row import Row
from hmsdesk.models.times import MomentField
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.page_model import PageModel
from hmsdesk.views.kit.saving import write_file
from hmsdesk.views.kit.toast import Toasts
from hmsdesk.views.kit.values import Column, file_columns, label_of, shown

PAGE = 500
# A spreadsheet takes a cell that begins like this for a formula and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What was given back is below zero, and is added up with the rest.
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Rows:
    """Where the rows of a list come from, a page at a time; note is told before any of them leave the program."""

    fetch: Callable[[Query], Page]
    note: Callable[[Query, int], None]


def write_csv(
    path: Path, columns: list[Column], query: Query, source: Rows, progress: Callable[[int], bool]
) -> int | None:
    """Write all rows of a question to a file that only its owner may read; how many there were.

    progress is told how many are fetched and says whether to go on; if not, None is returned. The file appears whole
    or not at all, and not before the trail says so. Raises UserError.
    """
    # Kept in memory until it is noted: 100,000 patients are about 10 MB of text.
    text = io.StringIO(newline="")
    number = _collect(text, columns, query, source.fetch, progress)
    if number is None:
        return None
    source.note(query, number)
    # The mark at the beginning tells spreadsheets that Arabic names are in UTF-8.
    write_file(path, text.getvalue().encode("utf-8-sig"))
    return number


def _collect(
    text: TextIO,
    columns: list[Column],
    query: Query,
    fetch: Callable[[Query], Page],
    progress: Callable[[int], bool],
) -> int | None:
    writer = csv.writer(text)
    writer.writerow(heading for column in columns for heading in _headings(column))
    number = 0
    for rows in _pages(query, fetch):
        writer.writerows([harmless(cell) for column in columns for cell in _cells(column, row)] for row in rows)
        number += len(rows)
        if not progress(number):
            return None
    return number


def _pages(query: Query, fetch: Callable[[Query], Page]) -> Iterator[list[Row]]:
    page = fetch(replace(query, start=None, backwards=False, prefix="", limit=PAGE))
    yield page.rows
    while page.more and page.rows:
        page = fetch(replace(query, start=page.rows[-1], backwards=False, prefix="", limit=PAGE))
        yield page.rows


def _headings(column: Column) -> list[str]:
    # A file has each value by itself, also where the list puts two into a column.
    own = column.cell is not None and column.cell.number is None
    label = label_of(column.name, column.field) if own else column.label
    return [label, column.second_label] if column.second else [label]


def _cells(column: Column, row: Row) -> list[str]:
    cells = [_plain(column.name, column.field, row, column)]
    return [*cells, str(row.get(column.second) or "")] if column.second else cells


def _plain(name: str, field: Any, row: Row, column: Column) -> str:
    """A value in the form that other programs can calculate with."""
    if column.cell and column.cell.number:
        number = column.cell.number(row)
        return "" if number is None else str(number)
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(field, MoneyField):
        return str(value["value"])
    if isinstance(field, WholeNumberField | DateField):
        return str(value)
    if isinstance(field, MomentField):
        return f"{column.locale.local(value):%Y-%m-%d %H:%M}"
    return shown(name, field, row, column.locale)


def harmless(cell: str) -> str:
    """The cell as a spreadsheet will show it instead of running it."""
    return f"'{cell}" if cell.startswith(FORMULA) and not _NUMBER.fullmatch(cell) else cell


class CsvExport(QObject):
    """One export under way: a message counts and can end it."""

    _progressed = Signal(int)

    def __init__(self, owner: QObject, toasts: Toasts, pages: PageModel, source: Rows, path: Path) -> None:
        super().__init__(owner)
        self._toasts = toasts
        self._noun, self._plural = pages.record.LISTING.noun, pages.record.LISTING.plural
        self._path = path
        self._toast = toasts.show_progress(f"Exporting {self._plural}", "tray-arrow-down", self.cancel)
        self._progressed.connect(self._on_progressed)
        columns, query = file_columns(pages.record, pages.locale), pages.query
        self._task = tasks.run(
            self,
            lambda: write_csv(path, columns, query, source, self._tell),
            self._on_done,
            self._on_failed,
            long=True,
        )

    def cancel(self) -> None:
        """Write no more; nothing is left of the file."""
        self._task.cancel()
        self.deleteLater()

    def _tell(self, number: int) -> bool:
        if tasks.cancelled():
            return False
        self._progressed.emit(number)
        return True

    def _on_progressed(self, number: int) -> None:
        self._toast.set_progress(0, 0, f"Exporting {self._plural}: {number:,}")

    def _on_done(self, number: int | None) -> None:
        self._end()
        if number is not None:
            self._toasts.show(f"{number:,} {self._noun if number == 1 else self._plural} exported", self._path.name)

    def _on_failed(self, problem: Exception) -> None:
        self._end()
        if isinstance(problem, UserError):
            self._toasts.show_problem(problem)

    def _end(self) -> None:
        self._toast.leave()
        self.deleteLater()
