"""The flow board: a lane for each place in the clinic, a card for each patient who is there."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.views.home.entries import Entry, EntryList, Patience
from hmsdesk.views.home.lanes import Lane
from hmsdesk.views.home.painting import CardDelegate, picture_of
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.keys import tell_keys
from hmsdesk.views.kit.words import paint_line

LANE_TITLE = 32
BETWEEN = 8


class LaneTitle(QWidget):
    """Icon, word, and how many stand here."""

    def __init__(self, lane: Lane) -> None:
        super().__init__()
        self._lane = lane
        self.count = 0
        self.setFixedHeight(LANE_TITLE)

    def set_count(self, count: int) -> None:
        """Say how many."""
        if count != self.count:
            self.count = count
            self.update()
        self.setAccessibleName(f"{self._lane.title}, {count}")

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        icon = QRect(theme.SPACE_12, 0, theme.ICON_BUTTON, self.height())
        theme.paint_icon(painter, placed(self, icon), self._lane.icon, "text_muted")
        count = QRect(self.width() - 40, 0, 30, self.height())
        words = QRect(32, 0, self.width() - 32 - 24, self.height())
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font(bold=True))
        paint_line(painter, placed(self, words), self._lane.title, self.layoutDirection())
        painter.setFont(QFont(theme.font()))
        painter.setPen(theme.color("text_muted"))
        at_end = Qt.LayoutDirection.LeftToRight if self.isRightToLeft() else Qt.LayoutDirection.RightToLeft
        paint_line(painter, placed(self, count), str(self.count), at_end)


class LaneView(QWidget):
    """One lane with its cards."""

    def __init__(self, lane: Lane, patience: Patience) -> None:
        super().__init__()
        self.lane = lane
        self.setObjectName(f"lane-{lane.key}")
        self._target = ""
        self.title = LaneTitle(lane)
        self.cards = EntryList(lane.title, patience, carries=True)
        self.cards.setObjectName(f"cards-{lane.key}")
        self.cards.setItemDelegate(CardDelegate(patience, self.cards, short=lane.short))
        self.cards.setStyleSheet("QListView { background: transparent; }")
        self.cards.viewport().setAutoFillBackground(False)
        self.cards.empty = lane.empty
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, theme.SPACE_4)
        column.setSpacing(theme.SPACE_4)
        column.addWidget(self.title)
        column.addWidget(self.cards, 1)

    def show_cards(self, cards: Sequence[Entry]) -> None:
        """Show who is here."""
        self.cards.show_entries(cards)
        self.title.set_count(len(cards))

    def mark_as_target(self, token: str) -> None:
        """A card is carried over it: accent where it may be put down, danger where not; empty: none is."""
        if token != self._target:
            self._target = token
            self.update()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), "surface_sunken", self._target, 2)


class Board(QWidget):
    """Lanes side by side: one stop for Tab; the arrows go up, down and across. One card at most is chosen."""

    stepped = Signal(object)
    went_on = Signal()
    opened = Signal(object)
    picked = Signal(object)
    menu_asked = Signal(object, QPoint)
    put = Signal(object, object)
    """An entry was carried to a lane."""

    def __init__(self, lanes: Sequence[Lane], patience: Patience, may_put: Callable[[Entry, Lane], bool]) -> None:
        super().__init__()
        self.setObjectName("board")
        self._may_put = may_put
        self._carried: QWidget | None = None
        self._entry: Entry | None = None
        self.lanes = [LaneView(lane, patience) for lane in lanes]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(BETWEEN)
        for number, lane in enumerate(self.lanes):
            row.addWidget(lane, 1)
            self._connect(lane.cards, number)
        self._make_stop(self.lanes[0].cards)
        tell_keys(
            self,
            (("↑", "↓"), "Up and down in a lane"),
            (("←", "→"), "To the next lane"),
            ("Enter", "The next step of the chosen card"),
            ("Ctrl+O", "Open the chart of the chosen card"),
            (("Menu", "Shift+F10"), "Everything that can be done with the chosen card"),
        )

    def _connect(self, cards: EntryList, number: int) -> None:
        cards.stepped.connect(self.stepped)
        cards.went_on.connect(self.went_on)
        cards.opened.connect(self.opened)
        cards.picked.connect(self.picked)
        cards.menu_asked.connect(self.menu_asked)
        cards.sideways.connect(lambda step: self._go_across(number, step))
        cards.entered.connect(lambda: self._on_entered(cards))
        self.accept_from(cards)

    def accept_from(self, entries: EntryList) -> None:
        """Cards can be carried here from this list."""
        entries.lifted.connect(lambda entry, at: self._on_lifted(entries, entry, at))
        entries.carried.connect(self._on_carried)
        entries.put_down.connect(self._on_put_down)
        entries.let_go.connect(self._end_carrying)

    def show_cards(self, cards: Mapping[str, Sequence[Entry]]) -> None:
        """Show who is where, by lane. The keyboard and the choice follow a card to its new lane."""
        before = self.chosen_lane()
        chosen = before.cards.current() if before else None
        had_keyboard = before is not None and before.cards.hasFocus()
        line = before.cards.currentIndex().row() if before else 0
        for lane in self.lanes:
            lane.show_cards(cards[lane.lane.key])
        if chosen is None or before is None:
            return
        for lane in self.lanes:
            found = lane.cards.entries.line_of(chosen.key)
            if found >= 0:
                self._choose(lane, found, keyboard=had_keyboard)
                if lane is not before and not self.isVisible():
                    # Whoever comes back to this page goes on at the card, and not where it was.
                    before.cards.clearFocus()
                return
        self._choose(before, line, keyboard=had_keyboard)

    def _choose(self, lane: LaneView, line: int, *, keyboard: bool) -> None:
        lane.cards.choose(line)
        self._on_entered(lane.cards)
        if keyboard:
            lane.cards.setFocus()

    def take_keyboard(self) -> None:
        """The keyboard goes to the chosen card, or begins at the first there is."""
        chosen = self.chosen_lane()
        if chosen is not None:
            chosen.cards.setFocus()
            return
        lane = next((one for one in self.lanes if one.cards.entries.rows), self.lanes[0])
        self._choose(lane, 0, keyboard=True)

    def choose_card(self, key: Hashable, *, keyboard: bool = True) -> None:
        """Choose a card, if it is here. keyboard: whether that goes there, too."""
        for lane in self.lanes:
            line = lane.cards.entries.line_of(key)
            if line >= 0:
                self._choose(lane, line, keyboard=keyboard)

    def chosen_lane(self) -> LaneView | None:
        """The lane of the chosen card; None where none is chosen."""
        return next((lane for lane in self.lanes if lane.cards.current() is not None), None)

    def show_minutes(self) -> None:
        """A minute has passed: paint again."""
        for lane in self.lanes:
            lane.cards.repaint_times()

    def _go_across(self, number: int, step: int) -> None:
        """To the next lane that way with a card in it, at about the same height."""
        line = self.lanes[number].cards.currentIndex().row()
        onwards = self.lanes[number + 1 :] if step > 0 else self.lanes[:number][::-1]
        lane = next((one for one in onwards if one.cards.entries.rows), None)
        if lane is not None:
            lane.cards.choose(line)
            lane.cards.setFocus()
            self.picked.emit(lane.cards.current())

    def _on_entered(self, cards: EntryList) -> None:
        self._make_stop(cards)
        for lane in self.lanes:
            if lane.cards is not cards:
                lane.cards.choose_none()

    def _make_stop(self, cards: EntryList) -> None:
        """Where Tab comes to."""
        for lane in self.lanes:
            stop = lane.cards is cards
            lane.cards.setFocusPolicy(Qt.FocusPolicy.StrongFocus if stop else Qt.FocusPolicy.ClickFocus)

    # Carrying

    def _on_lifted(self, source: EntryList, entry: Entry, at: QPoint) -> None:
        line = source.entries.line_of(entry.key)
        if line < 0:
            return
        self._entry = entry
        self._carried = picture_of(source, source.entries.index(line))
        self._on_carried(at)
        self._carried.show()

    def _on_carried(self, at: QPoint) -> None:
        if self._carried is None or self._entry is None:
            return
        middle = QPoint(self._carried.width() // 2, self._carried.height() // 2)
        self._carried.move(self.window().mapFromGlobal(at) - middle)
        under = self._lane_at(at)
        for lane in self.lanes:
            token = "accent" if self._may_put(self._entry, lane.lane) else "danger"
            lane.mark_as_target(token if lane is under else "")

    def _on_put_down(self, entry: Entry, at: QPoint) -> None:
        lane = self._lane_at(at)
        self._end_carrying()
        if lane is not None:
            self.put.emit(entry, lane.lane)

    def _end_carrying(self) -> None:
        if self._carried is not None:
            self._carried.hide()
            self._carried.deleteLater()
        self._carried = self._entry = None
        for lane in self.lanes:
            lane.mark_as_target("")

    def _lane_at(self, at: QPoint) -> LaneView | None:
        return next((one for one in self.lanes if one.rect().contains(one.mapFromGlobal(at))), None)
