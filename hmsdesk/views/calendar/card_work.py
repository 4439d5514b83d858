"""The cards that open over the calendar, and what their buttons lead to. One is open at a time."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPoint, QRect, Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.models.row import Row
from hmsdesk.security.permissions import READ
from hmsdesk.views.calendar.booking_card import BookingCard
from hmsdesk.views.calendar.cursor import at
from hmsdesk.views.calendar.grid import DayGrid
from hmsdesk.views.calendar.moving import Moving
from hmsdesk.views.calendar.plan import Box, Column
from hmsdesk.views.calendar.popover import Popover
from hmsdesk.views.calendar.refused_card import RefusedCard
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.stepping import Stepping

CHART = "patients"
BOOKING, MOVE = "appointments", "move"


class CardWork(QObject):
    """Belongs to a page and its grid."""

    book_asked = Signal(object, object)
    """The Column and the Start that somebody is to be booked at."""
    ghost_followed = Signal(object)
    """The ghost of a booking, which is to be gone to."""

    def __init__(self, context: Context, page: QWidget, grid: DayGrid, stepping: Stepping, moving: Moving) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        self._grid = grid
        self._stepping = stepping
        self._moving = moving
        self.open_one: Popover | None = None
        grid.card_asked.connect(self._open_card)
        grid.menu_asked.connect(self._open_menu)
        grid.moved_on.connect(self.close)
        grid.pressed.connect(self.close)
        moving.refused.connect(self._open_refused)
        for bar in (grid.verticalScrollBar(), grid.horizontalScrollBar()):
            bar.valueChanged.connect(lambda _: self._on_scrolled())

    def close(self) -> None:
        """Close what is open."""
        if self.open_one is not None:
            self.open_one.leave()

    def keep_up(self) -> None:
        """A card that is open says what its booking is now: others may have changed it."""
        card, spot = self.open_one, self._grid.spot()
        box = spot[1] if spot is not None else None
        if isinstance(card, BookingCard) and isinstance(box, Box) and box.row.get("version") != card.row.get("version"):
            self._open_card(box)

    def _on_scrolled(self) -> None:
        """What a booking's card points to has moved on; of a refusal one may look for another time."""
        if isinstance(self.open_one, BookingCard):
            self.close()

    def _open_card(self, box: Box) -> None:
        column = next((one for one in self._grid.columns if box in one.boxes), None)
        if column is None:
            return
        self._grid.go_to(at(column, box))
        card = BookingCard(self._page, box.row, self._grid.practice)
        if box.is_ghost:
            card.offer("Go there", "calendar-arrow-right", "cardGo", partial(self.ghost_followed.emit, box.row))
            self._offer_free(card, column, box)
            self._offer_chart(card, box.row)
        else:
            self._offer_work(card, column, box)
        self._open(card, self._grid.places().spot(self._grid.columns.index(column), box))

    def _offer_work(self, card: BookingCard, column: Column, box: Box) -> None:
        steps, take = self._stepping.offered(box.row), partial(self._stepping.take, box.row)
        measure = partial(self._stepping.measure, box.row) if self._stepping.measures(box.row) else None
        card.offer_steps(steps, take, measure=measure, writes=self._stepping.writes)
        self._offer_free(card, column, box)
        if self._moving.may_move(box.row):
            card.offer("Move", "swap-horizontal", "cardMove", partial(self._take_up, box), "M")
            card.offer("Another time", "calendar-arrow-right", "cardOtherDay", partial(self._move_far, box.row))
        self._offer_chart(card, box.row)
        card.offer_cancel(steps, take)

    def _offer_free(self, card: BookingCard, column: Column, box: Box) -> None:
        """What was cancelled or moved lies over a time that is free again."""
        free = next((one for one in column.starts if one.bookable and one.top == box.top), None)
        if free is not None and self._grid.may_book:
            card.offer("Book this time", "plus", "cardBook", partial(self.book_asked.emit, column, free))

    def _offer_chart(self, card: BookingCard, row: Row) -> None:
        if self._context.session.may(CHART, READ):
            card.offer("Open chart", "folder-account-outline", "cardChart", partial(self._open_chart, row))

    def _take_up(self, box: Box) -> None:
        self._grid.setFocus()
        self._grid.take_up(box)

    def _move_far(self, row: Row) -> None:
        """To a day that isn't shown: in the form that shows any doctor's free times."""
        self._context.navigate(BOOKING, f"{MOVE}/{row['_id']}")

    def _open_chart(self, row: Row) -> None:
        self._context.navigate(CHART, str(row["patient"]))

    def _open_refused(self, card: RefusedCard) -> None:
        carried = self._grid.carried
        rect = None
        if carried is not None:
            rect = self._grid.places().time(carried.column, carried.start, carried.minutes)
        self._open(card, rect or self._grid.viewport().rect())
        card.closed.connect(self._grid.leave_as_it_was)

    def _open(self, card: Popover, rect: QRect) -> None:
        self.close()
        self.open_one = card
        card.closed.connect(partial(self._on_closed, card))
        card.open_beside(self._grid.viewport(), rect, self._context.toasts.covered())
        card.take_focus()

    def _on_closed(self, card: Popover) -> None:
        if self.open_one is card:
            self.open_one = None
            if card.had_focus:
                self._grid.setFocus()

    def _open_menu(self, row: Row, where: QPoint) -> None:
        menu = Menu(self._page)
        self._stepping.add_to(menu, row)
        if self._context.session.may(CHART, READ):
            menu.addAction("Open chart").triggered.connect(lambda _: self._open_chart(row))
        menu.popup(where)
