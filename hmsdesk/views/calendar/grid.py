"""The calendar's grid: columns of a day or a week, painted by itself, with all its ways for mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bson import ObjectId
from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.views.calendar import canvas, spoken
from hmsdesk.views.calendar.axis import HOUR, Axis
from hmsdesk.views.calendar.cards import Cards
from hmsdesk.views.calendar.carry import Carried, still_holds
from hmsdesk.views.calendar.cursor import Cursor, Spot, at, find, nearest, spots
from hmsdesk.views.calendar.keys import KeyWork
from hmsdesk.views.calendar.margins import HEIGHT, WIDTH, Head, Heads, Hours
from hmsdesk.views.calendar.mouse import MouseWork
from hmsdesk.views.calendar.places import Places
from hmsdesk.views.calendar.plan import Box, Column, Key
from hmsdesk.views.kit import theme

WHEEL_STEP = 33


class DayGrid(QAbstractScrollArea):
    """Shows columns; says what is wanted. What a drop or a click comes to is its page's business."""

    book_asked = Signal(object, object)
    """The Column and the Start that somebody is to be booked at."""
    card_asked = Signal(object)
    """The Box whose card is to be opened."""
    menu_asked = Signal(object, object)
    """The row whose menu is to be opened, and where on the screen."""
    moved_on = Signal()
    """The keyboard is at something else."""
    dropped = Signal(object)
    """A Carried was let go of over another place."""
    offer_taken = Signal(object, object)
    """A free time that was offered was clicked: the id of its doctor, and its start."""
    pressed = Signal()
    """The mouse went down somewhere, or what is shown was scrolled."""
    head_chosen = Signal(int)
    resized = Signal()
    """There is another height to fill."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self.setObjectName("calendarGrid")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self._make_room()
        self.may_move: Callable[[Row], bool] = lambda _: False
        self.may_book = self.may_override = False
        self.columns: Sequence[Column] = ()
        self.axis: Axis | None = None
        self.now = datetime.min.replace(tzinfo=UTC)
        self.cursor_at: Cursor | None = None
        self.carried: Carried | None = None
        self.offered: Sequence[tuple[Key, datetime, int]] = ()
        self.practice = locale
        self._mouse = MouseWork(self)
        self._heads: Sequence[Head] = ()
        self._cards = Cards(locale)
        self._keys = KeyWork(self)
        self.heads = Heads(self)
        self.heads.chosen.connect(self.head_chosen)
        self.hours = Hours(self, locale)
        theme.changed.connect(self.viewport().update)
        # The name is what it is, the description where one is in it.
        self.setAccessibleName("Bookings by doctor")

    # What is shown

    def show_columns(self, columns: Sequence[Column], heads: Sequence[Head], axis: Axis, now: datetime) -> None:
        """Show other columns, or the same anew: scroll, cursor and what is being moved stay."""
        # Where other hours are shown than before, the same time stays at the top.
        top = self.axis.at(self.verticalScrollBar().value()) if self.axis and self.axis != axis else None
        self.columns, self.axis, self._heads, self.now = columns, axis, heads, now
        self._mouse.pointed = None
        if self.carried is not None and not still_holds(self.carried, columns):
            self.leave_as_it_was()
        self._lay_out()
        if top is not None:
            self.verticalScrollBar().setValue(axis.y(top))
        if self.cursor_at is not None and find(columns, self.cursor_at) is None:
            # Its column is gone, and the keyboard with it.
            self.cursor_at = None
            if self.hasFocus():
                self.begin_somewhere()
        self._refresh()
        self._tell()

    def places(self) -> Places:
        """Where everything is now."""
        assert self.axis is not None
        scroll = QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        return Places(self.columns, self.axis, self.viewport().size(), scroll, self.isRightToLeft())

    def scroll_to_now(self) -> None:
        """Bring the time it is into the upper third, or else the first booking or opening into view."""
        if self.axis is None:
            return
        position = self._now_position()
        if position is None:
            tops = [spot.top for column in self.columns for spot in spots(column)]
            position = min(tops, default=self.axis.first) + HOUR // 4
            self.verticalScrollBar().setValue(self.axis.y(position - HOUR // 2))
        else:
            self.verticalScrollBar().setValue(self.axis.y(position) - self.viewport().height() // 3)

    def _now_position(self) -> int | None:
        today = self.practice.local(self.now).date()
        column = next((one for one in self.columns if one.day == today), None)
        if column is None or self.axis is None:
            return None
        position = self.axis.position(column.day, self.now)
        return position if self.axis.first <= position <= self.axis.last else None

    def _refresh(self) -> None:
        if self.axis is None:
            return
        self.heads.show_heads(self._heads, self.places())
        self.hours.show_hours(self.axis, self.verticalScrollBar().value())
        self.hours.show_now(self._now_position(), self.now)
        self.viewport().update()

    def _lay_out(self) -> None:
        if self.axis is None:
            return
        room, content = self.viewport().size(), self.places().content
        self.verticalScrollBar().setRange(0, max(0, content.height() - room.height()))
        self.verticalScrollBar().setPageStep(room.height())
        self.verticalScrollBar().setSingleStep(WHEEL_STEP)
        self.horizontalScrollBar().setRange(0, max(0, content.width() - room.width()))
        self.horizontalScrollBar().setPageStep(room.width())
        self.horizontalScrollBar().setSingleStep(self.places().column_width // 3)
        view = self.viewport().geometry()
        self.heads.setGeometry(view.x(), view.y() - HEIGHT, view.width(), HEIGHT)
        beside = view.right() + 1 if self.isRightToLeft() else view.x() - WIDTH
        self.hours.setGeometry(beside, view.y(), WIDTH, view.height())

    # The cursor

    def spot(self) -> tuple[Column, Spot] | None:
        """What the keyboard is at."""
        here = find(self.columns, self.cursor_at)
        return (self.columns[here[0]], here[1]) if here and here[1] is not None else None

    def row(self) -> Row | None:
        """The booking the keyboard is at."""
        here = self.spot()
        return here[1].row if here and isinstance(here[1], Box) else None

    def go_to(self, cursor: Cursor | None, *, show: bool = True) -> None:
        """Put the keyboard somewhere, in sight."""
        if cursor == self.cursor_at:
            return
        self.cursor_at = cursor
        if show:
            self.bring_into_sight()
        self.viewport().update()
        self._tell()
        self.moved_on.emit()

    def go_to_booking(self, record: ObjectId) -> bool:
        """Go to a booking that is shown; whether it is."""
        for column in self.columns:
            for box in column.boxes:
                if box.record == record and not box.is_ghost:
                    self.go_to(at(column, box))
                    return True
        return False

    def bring_into_sight(self) -> None:
        """Scroll as far as needed to see where the keyboard, or what is being moved, is."""
        here = find(self.columns, self.cursor_at)
        rect = None
        if self.carried is not None:
            rect = self.places().time(self.carried.column, self.carried.start, self.carried.minutes)
        elif here is not None and here[1] is not None:
            rect = self.places().spot(here[0], here[1])
        if rect is None:
            return
        room = self.viewport().rect()
        for bar, first, last, size in (
            (self.verticalScrollBar(), rect.top(), rect.bottom(), room.height()),
            (self.horizontalScrollBar(), *self._from_start(rect), room.width()),
        ):
            bar.setValue(bar.value() + min(0, first - WHEEL_STEP) + max(0, last + WHEEL_STEP - size))

    def _from_start(self, rect: QRect) -> tuple[int, int]:
        if self.isRightToLeft():
            return self.viewport().width() - 1 - rect.right(), self.viewport().width() - 1 - rect.left()
        return rect.left(), rect.right()

    def _tell(self) -> None:
        """Say where the keyboard is, to whoever doesn't see it."""
        words = self._words()
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
            if self.hasFocus():
                # Readers say a description when they come to a widget, not when it changes.
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _words(self) -> str:
        if self.carried is not None:
            return spoken.of_carried(self.columns, self.carried, self.practice)
        here = self.spot()
        return spoken.of_spot(*here, self.practice) if here else ""

    # What is being moved

    def carry(self, carried: Carried | None) -> None:
        """Show a booking on its way; None: nothing is any more."""
        if carried != self.carried:
            self.carried = carried
            self.viewport().update()
            self._tell()

    def drop(self) -> None:
        """Let go of what is being moved."""
        carried = self.carried
        if carried is None:
            return
        if carried.is_home:
            self.carry(None)
        else:
            self.dropped.emit(carried)

    def leave_as_it_was(self) -> bool:
        """Put back what is being moved; whether anything was."""
        self._mouse.dragging.stop()
        was = self.carried is not None or bool(self.offered)
        self.offered = ()
        self.carry(None)
        self.viewport().update()
        return was

    def offer(self, offered: Sequence[tuple[Key, datetime, int]]) -> None:
        """Mark free times in place of one that was refused."""
        self.offered = offered
        self.viewport().update()

    # Painting and size

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.axis is None:
            return
        shown = canvas.Shown(
            self.places(),
            self.now,
            self.cursor_at,
            self.hasFocus(),
            self._mouse.pointed,
            self.carried,
            self.offered,
            self.may_book,
        )
        painter = QPainter(self.viewport())
        canvas.paint(painter, event.rect(), shown, self.practice, self._cards)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()
        self._refresh()
        if event.size().height() != event.oldSize().height():
            self.resized.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(-dx if self.isRightToLeft() else dx, dy)
        if self.axis is not None:
            self.heads.show_heads(self._heads, self.places())
            self.hours.show_hours(self.axis, self.verticalScrollBar().value())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._make_room()
            QTimer.singleShot(0, self, self._turn)

    def room_of(self, height: int) -> int:
        """What a grid of some height has left for the hours, before it is shown."""
        return height - HEIGHT - 2 * self.frameWidth()

    def _turn(self) -> None:
        """Once the viewport lies at its new side. Heads left at the old places would stand above others' bookings."""
        self._lay_out()
        self._refresh()

    def _make_room(self) -> None:
        """For the hours, at the side one begins to read at, and for the heads; Qt doesn't mirror these margins."""
        start, end = (0, WIDTH) if self.isRightToLeft() else (WIDTH, 0)
        self.setViewportMargins(start, HEIGHT, end, 0)

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse.press(event.position().toPoint(), event.button())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse.move(event.position().toPoint(), event.buttons())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._mouse.release(event.position().toPoint(), event.button())

    def open_spot(self, column: Column, spot: Spot) -> None:
        """Do what a click or Enter does."""
        if isinstance(spot, Box):
            self.card_asked.emit(spot)
        elif self.may_book and (spot.bookable or (spot.is_full and self.may_override)):
            self.book_asked.emit(column, spot)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            hit = self._mouse.go_to(self.viewport().mapFromGlobal(event.globalPos()))
            if hit is None:
                # What the keyboard is at lies elsewhere: its menu isn't meant.
                return
        row = self.row()
        if row is not None:
            self.menu_asked.emit(row, event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            self._mouse.tell(event.pos(), event.globalPos())
            return True
        if event.type() == QEvent.Type.Leave:
            self._mouse.leave()
        return super().viewportEvent(event)

    # The keyboard

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.cursor_at is None or find(self.columns, self.cursor_at) is None:
            self.begin_somewhere()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def begin_somewhere(self) -> None:
        """Put the keyboard near to the time it is, in the first column."""
        if self.columns and self.axis is not None:
            position = self._now_position()
            self.go_to(nearest(self.columns[0], self.axis.first if position is None else position), show=False)

    def take_up(self, box: Box) -> None:
        """Begin to move a booking with the keys."""
        self._keys.take_up(box)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self._keys.on_tab(forward=forward) or super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keys.on_key(event):
            event.ignore()
