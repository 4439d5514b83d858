"""Prescriptions: the list of what was signed, and the page of the selected one: to print, repeat or cancel."""

from __future__ import annotations

from functools import partial
from typing import cast

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmsdesk.controllers.dispensary.hand_outs import DISPENSATIONS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescription_paper import page
from hmsdesk.controllers.prescription_prints import printed_page, saved_page, times_printed
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.cancel_prescription import ask_to_cancel, cancelled_words
from hmsdesk.views.kit.cells import CellDelegate
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dispensed import Dispensed
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.paper_list import PaperListPage
from hmsdesk.views.kit.paper_out import print_paper, save_paper
from hmsdesk.views.kit.paper_view import PaperSize
from hmsdesk.views.kit.values import Column

REPEAT = "repeat/"
STRUCK = ("number", "patient")


def make_page(context: Context, record: str) -> QWidget:
    """The list; or with a prescription's number that one found in it."""
    page = PrescriptionsPage(context)
    page.list.filters.search.setText(record)
    return page


class _Delegate(CellDelegate):
    """Strikes out the number and the patient of what is cancelled."""

    def _paint_value(self, painter: QPainter, room: QRect, column: Column, row: Row, mirrored: bool) -> None:
        super()._paint_value(painter, room, column, row, mirrored)
        if row.get("cancelled") and column.name in STRUCK:
            width = min(painter.fontMetrics().horizontalAdvance(column.text(row)), room.width())
            left = room.right() + 1 - width if mirrored else room.x()
            painter.fillRect(left, room.center().y() + 1, width, 1, theme.color("text"))


class PrescriptionsPage(PaperListPage):
    """Enter hands out (for the dispensary) or opens the patient's chart."""

    nothing = "Select a prescription to see its page."

    def __init__(self, context: Context) -> None:
        self._dispenses = context.session.may("dispensations", CREATE)
        self.notice = Notice()
        self._repeat = self._action("Repeat", "history", "", self._on_repeat)
        self._cancel = self._action("Cancel…", "cancel", "", self._on_cancel)
        super().__init__(context, PRESCRIPTIONS, opens="Open")
        self.list.table.setItemDelegate(_Delegate(self.list.table))
        self._print.set_text("Print")
        self.dispensed = Dispensed(context)
        self._cancel.setAccessibleName("Cancel this prescription")
        self.notice.setContentsMargins(0, 0, 0, 0)
        self._add_actions()
        self._beside.insertWidget(1, self.notice)
        self._beside.insertWidget(2, self.dispensed)
        self.list.table.selected.connect(self.dispensed.follow)
        context.live.follow(self, {CANCELLATIONS.resource}, self._on_cancelled_somewhere)
        context.live.follow(self, {DISPENSATIONS.resource}, self.list.refresh)

    def _add_actions(self) -> None:
        """What only doctors may do; without a parent a button would be a window of its own."""
        may = self._context.session.may
        head = self._beside.itemAt(0)
        assert head is not None
        row = cast(QHBoxLayout, head.layout())
        for button, is_allowed in (
            (self._repeat, may("prescriptions", CREATE)),
            (self._cancel, may("prescription_cancellations", CREATE)),
        ):
            row.insertWidget(1, button)
            button.setVisible(is_allowed)

    def paper_of(self, row: Row, size: str) -> bytes:
        session = self._context.session
        opened = PRESCRIPTIONS.open(session, row["_id"])
        # The list may not have heard yet that it is cancelled.
        row["cancelled"] = opened.get("cancelled")
        # As it would be printed now: whichever page it is printed from, the first one is the original.
        copy = "Copy" if times_printed(session, row["_id"]) else ""
        return page(session, opened, cast(PaperSize, size), copy=copy)

    def open_row(self, row: Row) -> None:
        if self._dispenses:
            self._context.navigate("dispensary", str(row["_id"]))
        else:
            self._context.navigate("patients", str(row["patient"]))

    def _clear(self, words: str) -> None:
        super()._clear(words)
        self.notice.hide()
        self._allow(None)

    def _show(self, pdf: bytes) -> None:
        super()._show(pdf)
        self._allow(self._row)
        cancelled = (self._row or {}).get("cancelled")
        if cancelled:
            self._print.setEnabled(False)
            self.notice.say("warning", cancelled_words(cancelled, self._context.session.locale), icon="cancel")

    def _allow(self, row: Row | None) -> None:
        self._repeat.setEnabled(row is not None)
        self._cancel.setEnabled(row is not None and not row.get("cancelled"))

    def _on_cancelled_somewhere(self) -> None:
        self.list.refresh()
        if self._row is not None:
            self._fetch()

    # What is done with it

    def _on_repeat(self) -> None:
        if self._row is not None:
            self._context.navigate("prescribe", f"{self._row['patient']}/{REPEAT}{self._row['_id']}")

    def _on_cancel(self) -> None:
        if self._row is None:
            return
        patient = str(self._row.get("patient:title", ""))
        ask_to_cancel(self, self._context, self._row, patient, lambda _: self._on_cancelled_somewhere())

    def _on_print(self) -> None:
        if self._row is not None:
            make = partial(printed_page, self._context.session, self._row["_id"])
            failed = self._context.toasts.show_problem
            # What is shown is a copy from then on.
            size, keep = self.paper.paper_size, partial(self._keep, self._row)
            print_paper(self, make, size, str(self._row["number"]), failed, self._fetch, keep=keep)

    def _on_save(self) -> None:
        if self._row is not None:
            self._keep(self._row, self.paper.paper_size)

    def _keep(self, row: Row, size: PaperSize) -> None:
        make = partial(saved_page, self._context.session, row["_id"], size)
        save_paper(self, self._context.toasts, make, self.name_of(row))
