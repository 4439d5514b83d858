"""The table of who waits: whom for, when it suits, and the first free time that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QPainter

from hmsdesk.controllers.listing import Page, Query
from hmsdesk.models.fields import TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Cell
from hmsdesk.models.row import Row
from hmsdesk.models.waiting_list import WaitingEntry
from hmsdesk.views.kit.cells import CellDelegate
from hmsdesk.views.kit.page_model import PageModel
from hmsdesk.views.kit.parts import paint_chip
from hmsdesk.views.kit.values import Column
from hmsdesk.views.kit.waiting_words import fit_words, status_of, waits_since, when_suits, with_whom

FITS = "fits"


def _columns(locale: Locale, now: Callable[[], datetime]) -> list[Column]:
    """In the order they matter: in a narrow window those at the end give way."""

    def said(name: str, label: str, width: int, words: Callable[[Mapping[str, Any]], str]) -> Column:
        field = TextField(verbose_name=label, width=width)
        return Column(name, field, locale, cell=Cell(label, lambda row, _: words(row)))

    return [
        Column("patient", WaitingEntry.patient, locale, "patient:name_ar", "Name in Arabic"),
        said("status", "Status", 116, lambda row: status_of(row).word),
        said(FITS, "First that fits", 250, lambda row: fit_words(row[FITS][0], locale) if row[FITS] else ""),
        said("with", "With", 150, with_whom),
        said("when", "Suits", 170, when_suits),
        said("since", "Waiting", 80, lambda row: waits_since(row, now(), locale)),
    ]


class WaitingModel(PageModel):
    """All who wait, fetched whole, each with the free times that suit."""

    def __init__(
        self, fetch: Callable[[], list[Row]], locale: Locale, now: Callable[[], datetime], parent: QObject
    ) -> None:
        def page(_: Query) -> Page:
            return Page(fetch(), more=False)

        super().__init__(WaitingEntry, page, locale, parent)
        self.columns = _columns(locale, now)

    def _query_in_view(self) -> Query:
        return self.query


class WaitingDelegate(CellDelegate):
    """Paints how an entry stands as a chip."""

    def _paint_value(self, painter: QPainter, room: QRect, column: Column, row: Row, mirrored: bool) -> None:
        if column.name == "status":
            status = status_of(row)
            direction = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
            paint_chip(painter, room, status.word, status.icon, status.tone, direction)
            return
        super()._paint_value(painter, room, column, row, mirrored)
