"""How entries look: as cards of a lane, and as lines of a panel."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hmsdesk.views.home.entries import ENTRY, NOW, Entry, EntryList, Patience
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.chips import WORDS
from hmsdesk.views.kit.page_model import Index
from hmsdesk.views.kit.parts import chip_size, paint_chip, paint_line

CARD, SHORT_CARD, LINE, NOW_LINE = 76, 48, 46, 20
GAP = theme.SPACE_4
PAD = 10
EDGE = BAR = 3
CHOSEN = 2
NAME = 18
LEAD = 40
STEP_GAP = 2


class _Delegate(QStyledItemDelegate):
    """What cards and lines have in common."""

    def __init__(self, patience: Patience, parent: QObject) -> None:
        super().__init__(parent)
        self._patience = patience

    def _state(self, option: QStyleOptionViewItem) -> tuple[bool, bool, bool]:
        """Whether it is chosen, whether it is pointed at, and whether it is mirrored."""
        flag = QStyle.StateFlag
        state = option.state
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        return bool(state & flag.State_Selected), bool(state & flag.State_MouseOver), bool(mirrored)

    def _words(self, painter: QPainter, room: QRect, words: str, token: str, direction: Qt.LayoutDirection) -> None:
        painter.setPen(theme.color(token))
        paint_line(painter, room, words, direction)

    def _name(self, painter: QPainter, room: QRect, entry: Entry, option: QStyleOptionViewItem) -> None:
        painter.setFont(theme.font())
        self._words(painter, room, entry.title, "text", option.direction)
        if entry.struck:
            width = min(room.width(), painter.fontMetrics().horizontalAdvance(entry.title))
            left = room.right() + 1 - width if self._state(option)[2] else room.x()
            painter.fillRect(left, room.center().y() + 1, width, 1, theme.color("text"))

    @staticmethod
    def _step_width(entry: Entry) -> int:
        words = QFontMetrics(theme.font("body", bold=True)).horizontalAdvance(entry.step)
        return words + STEP_GAP + theme.ICON_BUTTON

    def _paint_step(self, painter: QPainter, box: QRect, entry: Entry, mirrored: bool) -> None:
        painter.setFont(theme.font("body", bold=True))
        direction = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
        self._words(painter, _part(box, 0, box.width() - theme.ICON_BUTTON, mirrored), entry.step, "accent", direction)
        arrow = _part(box, box.width() - theme.ICON_BUTTON, theme.ICON_BUTTON, mirrored)
        theme.paint_icon(painter, arrow, "chevron-left" if mirrored else "chevron-right", "accent")


class CardDelegate(_Delegate):
    """A card: the name, what is known, and how long it has been here. Over the limit it gets an edge."""

    def __init__(self, patience: Patience, parent: QObject, *, short: bool) -> None:
        super().__init__(patience, parent)
        self._short = short

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, (SHORT_CARD if self._short else CARD) + GAP)

    def step_box(self, view: EntryList, index: Index) -> QRect:
        """Where the word of the next step stands."""
        entry: Entry = index.data(ENTRY)
        mirrored = view.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return self._step_box(_card(view.visualRect(index)), entry, mirrored) if entry.step else QRect()

    def _step_box(self, card: QRect, entry: Entry, mirrored: bool) -> QRect:
        inside = card.adjusted(PAD, 0, -PAD + 2, 0)
        width = min(self._step_width(entry), inside.width())
        return _part(QRect(inside.x(), card.y() + 45, inside.width(), theme.CHIP), -width, width, mirrored)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(ENTRY)
        chosen, pointed, mirrored = self._state(option)
        card = _card(option.rect)
        chip = self._patience.chip(entry)
        painter.save()
        paint_box(painter, card, "hover" if pointed and not chosen else "surface_raised", "line")
        if chip and chip.tone in ("warning", "danger"):
            # Beside the border of the chosen one, not below it.
            inside = card.adjusted(CHOSEN, CHOSEN, -CHOSEN, -CHOSEN) if chosen else card
            self._paint_edge(painter, inside, WORDS[chip.tone], mirrored)
        if chosen:
            paint_box(painter, card, "", "accent", CHOSEN)
        inside = card.adjusted(PAD, 0, -PAD, 0)
        self._name(painter, QRect(inside.x(), card.y() + 7, inside.width(), NAME), entry, option)
        painter.setFont(theme.font("small"))
        below = QRect(inside.x(), card.y() + 24, inside.width(), NAME)
        mark = theme.ICON_BUTTON if entry.mark else 0
        if mark:
            theme.paint_icon(painter, _part(below, -mark, mark, mirrored), entry.mark, "good")
            # From right to left the words end in front of the icon with the time, cut off nowhere.
            mark += theme.SPACE_4
        words = _part(below, 0, below.width() - mark, mirrored)
        self._words(painter, words, entry.detail, "text_muted", option.direction)
        if chip:
            self._paint_foot(painter, card, entry, chosen, mirrored)
        painter.restore()

    def _paint_foot(self, painter: QPainter, card: QRect, entry: Entry, chosen: bool, mirrored: bool) -> None:
        chip = self._patience.chip(entry)
        assert chip is not None
        row = QRect(card.x() + PAD, card.y() + 45, card.width() - 2 * PAD, theme.CHIP)
        direction = Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
        paint_chip(painter, row, chip.word, chip.icon, chip.tone, direction)
        if chosen and entry.step:
            self._paint_step(painter, self._step_box(card, entry, mirrored), entry, mirrored)

    @staticmethod
    def _paint_edge(painter: QPainter, card: QRect, token: str, mirrored: bool) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(card), theme.CORNER, theme.CORNER)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(_part(card, 0, EDGE, mirrored), theme.color(token))
        painter.restore()


class LineDelegate(_Delegate):
    """A line: when or what, the name, below it the rest with a chip at the end; and the line that is now."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, NOW_LINE if index.data(ENTRY).key == NOW else LINE)

    def step_box(self, view: EntryList, index: Index) -> QRect:
        """Where the word of the next step stands."""
        entry: Entry = index.data(ENTRY)
        mirrored = view.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return self._step_box(view.visualRect(index), entry, mirrored) if entry.step else QRect()

    def _step_box(self, rect: QRect, entry: Entry, mirrored: bool) -> QRect:
        top = QRect(rect.x() + theme.SPACE_12, rect.y() + 4, rect.width() - 2 * theme.SPACE_12, NAME)
        width = self._step_width(entry)
        return _part(top, -width, width, mirrored)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(ENTRY)
        painter.save()
        if entry.key == NOW:
            self._paint_now(painter, option, entry)
        else:
            self._paint_line(painter, option, entry)
        painter.restore()

    def _paint_line(self, painter: QPainter, option: QStyleOptionViewItem, entry: Entry) -> None:
        chosen, pointed, mirrored = self._state(option)
        rect = option.rect
        ground = "accent_soft" if chosen else "hover" if pointed else "surface_raised"
        painter.fillRect(rect, theme.color(ground))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("line"))
        if chosen:
            painter.fillRect(_part(rect, 0, BAR, mirrored), theme.color("accent"))
        room = rect.adjusted(theme.SPACE_12, 0, -theme.SPACE_12, 0)
        lead = LEAD if entry.lead else 0
        painter.setFont(theme.font())
        self._words(painter, _part(room, 0, lead, mirrored, 4, NAME), entry.lead, "text", option.direction)
        step = self._step_width(entry) + theme.SPACE_8 if chosen and entry.step else 0
        self._name(painter, _part(room, lead, room.width() - lead - step, mirrored, 4, NAME), entry, option)
        if step:
            self._paint_step(painter, self._step_box(rect, entry, mirrored), entry, mirrored)
        self._paint_below(painter, room, entry, lead, option)

    def _paint_below(
        self, painter: QPainter, room: QRect, entry: Entry, lead: int, option: QStyleOptionViewItem
    ) -> None:
        mirrored = self._state(option)[2]
        chip = self._patience.chip(entry)
        width = chip_size(chip.word, chip.icon).width() if chip else 0
        if chip:
            at = _part(room, -width, width, mirrored, 22, theme.CHIP)
            paint_chip(painter, at, chip.word, chip.icon, chip.tone, option.direction)
        if entry.mark:
            width += theme.SPACE_4 + theme.ICON_BUTTON
            theme.paint_icon(painter, _part(room, -width, theme.ICON_BUTTON, mirrored, 22, 20), entry.mark, "good")
        painter.setFont(theme.font("small"))
        left = room.width() - lead - width - theme.SPACE_8
        self._words(painter, _part(room, lead, left, mirrored, 22, NAME), entry.detail, "text_muted", option.direction)

    def _paint_now(self, painter: QPainter, option: QStyleOptionViewItem, entry: Entry) -> None:
        mirrored = self._state(option)[2]
        rect = option.rect
        painter.fillRect(rect, theme.color("surface_raised"))
        painter.fillRect(rect.x(), rect.center().y(), rect.width(), 2, theme.color("danger"))
        painter.setFont(theme.font("small", bold=True))
        width = painter.fontMetrics().horizontalAdvance(entry.lead) + 2 * theme.SPACE_4 + 4
        badge = _part(rect, 6, width, mirrored, 2, 17)
        paint_box(painter, badge, "danger", "")
        painter.setPen(theme.color("surface_raised"))
        painter.drawText(badge, int(Qt.AlignmentFlag.AlignCenter), entry.lead)


def _card(rect: QRect) -> QRect:
    """The card in the place of a row."""
    return rect.adjusted(GAP, 0, -GAP, -GAP)


def _part(room: QRect, start: int, width: int, mirrored: bool, top: int = 0, height: int = 0) -> QRect:
    """A part of a rectangle, counted from where one begins to read; a start below zero from where one ends."""
    offset = start if start >= 0 else room.width() + start
    left = room.right() + 1 - offset - width if mirrored else room.x() + offset
    return QRect(left, room.y() + top, width, height or room.height())


def picture_of(view: EntryList, index: Index) -> QWidget:
    """A picture of an entry, to be carried about."""
    return _Carried(view, index)


class _Carried(QWidget):
    """Lies over the window and lets the mouse through."""

    def __init__(self, view: EntryList, index: Index) -> None:
        super().__init__(view.window())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._picture = view.viewport().grab(view.visualRect(index))
        self.resize(view.visualRect(index).size())

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setOpacity(0.9)
        painter.drawPixmap(0, 0, self._picture)
