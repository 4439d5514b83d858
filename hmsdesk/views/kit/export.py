"""What a list shows, written to a CSV file, page after page."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from PySide6.QtCore import QObject, Signal

from hmsdesk.controllers.listing import Page, Query
from hmsdesk.errors import UserError
from hmsdesk.models.fields import DateField, MoneyField, WholeNumberField
from hmsdesk.models.record import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.page_model import PageModel
from hmsdesk.views.kit.toast import Toasts
from hmsdesk.views.kit.values import Column, label_of, shown

PAGE = 500
# A spreadsheet takes a cell that begins like this for a formula and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(
    path: Path,
    columns: list[Column],
    query: Query,
    fetch: Callable[[Query], Page],
    progress: Callable[[int], bool],
) -> int | None:
    """Write all rows of a question to a file that only its owner may read; how many there were.

    progress is told how many are written and says whether to go on; if not, None is returned. The file appears whole
    or not at all.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    except OSError as problem:
        raise _refusal(problem) from problem
    part = Path(name)
    try:
        # The mark at the beginning tells spreadsheets that Arabic names are in UTF-8.
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            number = _write(file, columns, query, fetch, progress)
        if number is not None:
            part.replace(path)
    except OSError as problem:
        raise _refusal(problem) from problem
    finally:
        part.unlink(missing_ok=True)
    return number


def _write(
    file: TextIO,
    columns: list[Column],
    query: Query,
    fetch: Callable[[Query], Page],
    progress: Callable[[int], bool],
) -> int | None:
    writer = csv.writer(file)
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
    label = label_of(column.name, column.field) if column.cell else column.label
    return [label, column.second_label] if column.second else [label]


def _cells(column: Column, row: Row) -> list[str]:
    cells = [_plain(column.name, column.field, row, column)]
    return [*cells, str(row.get(column.second) or "")] if column.second else cells


def _plain(name: str, field: Any, row: Row, column: Column) -> str:
    """A value in the form that other programs can calculate with."""
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(field, MoneyField):
        return str(value["value"])
    if isinstance(field, WholeNumberField | DateField):
        return str(value)
    return shown(name, field, row, column.locale)


def harmless(cell: str) -> str:
    """The cell as a spreadsheet will show it instead of running it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _refusal(problem: OSError) -> UserError:
    return UserError("The file could not be written.", f"{problem.strerror or problem}. Choose another folder.")


class CsvExport(QObject):
    """One export under way: a message counts and can end it."""

    _progressed = Signal(int)

    def __init__(
        self, owner: QObject, toasts: Toasts, pages: PageModel, fetch: Callable[[Query], Page], path: Path
    ) -> None:
        super().__init__(owner)
        self._toasts = toasts
        self._plural = pages.record.LISTING.plural
        self._path = path
        self._toast = toasts.show_progress(f"Exporting {self._plural}", "tray-arrow-down", self.cancel)
        self._progressed.connect(self._on_progressed)
        columns, query = pages.columns, pages.query
        self._task = tasks.run(
            self,
            lambda: write_csv(path, columns, query, fetch, self._tell),
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
            self._toasts.show(f"{number:,} {self._plural} exported", self._path.name)

    def _on_failed(self, problem: Exception) -> None:
        self._end()
        if isinstance(problem, UserError):
            self._toasts.show_problem(problem)

    def _end(self) -> None:
        self._toast.leave()
        self.deleteLater()
