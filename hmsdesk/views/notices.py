"""What happened meanwhile: counted on the bell, told as it comes, and listed under F8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.controllers.notices import Notice, mark_all_read, mark_read, notices
from hmsdesk.models.locale import Locale
from hmsdesk.models.notices import LISTED_DAYS, kinds_for
from hmsdesk.models.times import time_or_day
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.bell import Bell
from hmsdesk.views.kit.buttons import paint_box, quiet
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.direction import below
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.toast import Toast
from hmsdesk.views.kit.words import Label, paint_line

KEY, TAKE_UP_KEY = "F8", "F9"
WIDTH, HEIGHT = 420, 520
HEADING_HEIGHT, NOTICE_HEIGHT = 32, 52
EMPTY_HEIGHT = 280
# Title and edges.
AROUND = 54
DOT = 8
# More new ones than this are told of in one message.
TOLD_ALONE = 2

_Index = QModelIndex | QPersistentModelIndex
Line = str | Notice


class NoticeBoard(QObject):
    """One person's: it asks what there is to tell, tells of what is new, and opens the list."""

    def __init__(self, context: Context, bell: Bell, leads_to: Callable[[str], bool]) -> None:
        """leads_to: whether the person has a module."""
        super().__init__(bell)
        self._context = context
        self._session = context.session
        self._bell = bell
        self._leads_to = leads_to
        self._latest = tasks.Latest(self)
        self._known: set[object] | None = None
        self._list: NoticeList | None = None
        self._told: dict[tuple[str, str], Toast] = {}
        self.notices: list[Notice] = []
        bell.clicked.connect(self.open)
        on_key(bell, KEY, "Notifications", self.open)
        on_key(bell, TAKE_UP_KEY, "What the last message offers, as Undo", context.toasts.take_up)
        kinds = kinds_for(self._session.identity.role)
        self._collections = {kind.collection for kind in kinds}
        self._collections |= {collection for kind in kinds for collection, _ in kind.settled_in}
        bell.setVisible(bool(self._collections))
        context.live.follow(bell, self._collections, self.refresh)

    def refresh(self) -> None:
        """Ask what there is to tell now."""
        if self._collections:
            self._latest.ask(partial(notices, self._session), self._on_found, self._on_failed)

    def open(self) -> None:
        """Show the list under the bell."""
        self._list = NoticeList(self._bell, self._session.locale)
        self._list.opened.connect(self._on_opened)
        self._list.all_read.connect(self._on_all_read)
        self._list.again.connect(self.refresh)
        self._list.destroyed.connect(self._on_closed)
        self._list.show_notices(self.notices)
        self._list.move(below(self._bell, WIDTH, at_end=True))
        self._list.open()
        self.refresh()

    def _on_found(self, found: list[Notice]) -> None:
        new = [one for one in found if one.unread and self._known is not None and one.id not in self._known]
        self._known = {one.id for one in found}
        self._show(found)
        if self._list is None:
            self._tell(new)

    def _on_failed(self, problem: Exception) -> None:
        if self._list is not None:
            self._list.show_problem(problem)

    def _on_closed(self) -> None:
        self._list = None

    def _show(self, found: list[Notice]) -> None:
        self.notices = found
        self._bell.set_unread(sum(one.unread for one in found))
        if self._list is not None:
            self._list.show_notices(found)

    def _tell(self, new: list[Notice]) -> None:
        """A few are told of one by one, many of one kind together."""
        for heading in dict.fromkeys(one.kind.heading for one in new):
            alike = [one for one in new if one.kind.heading == heading]
            if len(alike) > TOLD_ALONE:
                words = " · ".join(one.title for one in alike[:TOLD_ALONE])
                go = ("Show", self.open)
                self._context.toasts.show(f"{heading}: {len(alike)}", f"{words}…", "info", alike[0].kind.icon, go)
                continue
            for one in alike:
                go = ("Open", partial(self._on_opened, one))
                offered = go if self._leads_to(one.kind.opens[0]) else None
                toast = self._context.toasts.show(one.title, one.about, "info", one.kind.icon, offered)
                self._replace_told((one.kind.opens[0], one.record), toast)

    def _replace_told(self, about: tuple[str, str], toast: Toast) -> None:
        """Of what leads to one place only the newest stays: that somebody was booked is old once they have come."""
        earlier = self._told.get(about)
        if earlier is not None:
            earlier.leave()
        self._told[about] = toast
        toast.gone.connect(partial(self._forget_told, about, toast))

    def _forget_told(self, about: tuple[str, str], toast: Toast) -> None:
        if self._told.get(about) is toast:
            del self._told[about]

    def _on_opened(self, notice: Notice) -> None:
        self._mark(partial(mark_read, self._session, [notice]))
        if self._leads_to(notice.kind.opens[0]):
            self._context.navigate(notice.kind.opens[0], notice.record)

    def _on_all_read(self, newest: datetime) -> None:
        self._mark(partial(mark_all_read, self._session, newest))

    def _mark(self, mark: Callable[[], None]) -> None:
        tasks.run(self, mark, lambda _: self.refresh())


class NoticeList(QDialog):
    """What happened, by kind, the newest first. ↑ ↓ move, Enter opens, Esc closes."""

    opened = Signal(object)
    all_read = Signal(object)
    """Up to when."""
    again = Signal()

    def __init__(self, parent: QWidget, locale: Locale) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("notices")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._shown: list[Notice] = []
        self._model = _Lines()
        self._state = StateView()
        self.list = QListView()
        self.list.setObjectName("noticeList")
        self.list.setAccessibleName("Notifications")
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Painted(locale, self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._on_clicked)
        self._read = quiet("Mark all as read", "check-all").set_compact()
        self._read.setObjectName("noticesRead")
        self._read.clicked.connect(self._on_read)
        self._room = min(HEIGHT, parent.window().height() - theme.TOP_BAR - theme.SPACE_16)
        self._lay_out()

    def _lay_out(self) -> None:
        card = QFrame()
        card.setObjectName("paletteCard")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card)
        head = QHBoxLayout()
        head.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_4)
        head.addWidget(Label("Notifications", bold=True), 1)
        head.addWidget(self._read)
        column = QVBoxLayout(card)
        column.setContentsMargins(1, 1, 1, theme.SPACE_4)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._state, 1)
        column.addWidget(self.list, 1)
        self.list.setFocus()

    def show_notices(self, found: Sequence[Notice]) -> None:
        """Show these; the row one is on stays."""
        self._shown = list(found)
        current = self._current()
        lines = _by_kind(found)
        self._model.show(lines)
        self._read.setEnabled(any(one.unread for one in found))
        self.list.setVisible(bool(found))
        needed = sum(NOTICE_HEIGHT if isinstance(line, Notice) else HEADING_HEIGHT for line in lines)
        self.setFixedSize(WIDTH, min(self._room, needed + AROUND if found else EMPTY_HEIGHT))
        if found:
            self._state.hide()
            same = next((n for n, one in enumerate(lines) if isinstance(one, Notice) and one.id == current), 1)
            self.list.setCurrentIndex(self._model.index(same))
        else:
            words = f"What happens in the clinic and concerns you is listed here for {LISTED_DAYS} days."
            self._state.show_empty("bell-outline", "Nothing has happened yet", words)

    def show_problem(self, problem: Exception) -> None:
        """The server doesn't answer; what is known stays."""
        if not self._shown:
            self._state.show_problem(problem, self.again.emit)

    def _current(self) -> object:
        index = self.list.currentIndex()
        line = self._model.line(index) if index.isValid() else None
        return line.id if isinstance(line, Notice) else None

    def _on_clicked(self, index: QModelIndex) -> None:
        line = self._model.line(index)
        if isinstance(line, Notice):
            self.accept()
            self.opened.emit(line)

    def _on_read(self) -> None:
        self.all_read.emit(max(one.at for one in self._shown))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.currentIndex().isValid():
            self._on_clicked(self.list.currentIndex())
        else:
            super().keyPressEvent(event)


def _by_kind(found: Sequence[Notice]) -> list[Line]:
    """The kinds with something unread first, each in the order of its newest."""
    headings = list(dict.fromkeys(one.kind.heading for one in found))
    unread = {one.kind.heading for one in found if one.unread}
    lines: list[Line] = []
    for heading in sorted(headings, key=lambda heading: heading not in unread):
        alike = [one for one in found if one.kind.heading == heading]
        lines += [f"{heading} · {len(alike)}", *alike]
    return lines


class _Lines(QAbstractListModel):
    """Headings (plain words) and notices."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def line(self, index: _Index) -> Line:
        return self._lines[index.row()]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        line = self.line(index)
        if isinstance(line, str):
            return line
        return ", ".join(filter(None, ("To read" if line.unread else "", line.title, line.about)))

    def flags(self, index: _Index) -> Qt.ItemFlag:
        chosen = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return chosen if isinstance(self.line(index), Notice) else Qt.ItemFlag.NoItemFlags


class _Painted(QStyledItemDelegate):
    def __init__(self, locale: Locale, parent: QObject) -> None:
        super().__init__(parent)
        self._locale = locale

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        model = index.model()
        assert isinstance(model, _Lines)
        return QSize(0, NOTICE_HEIGHT if isinstance(model.line(index), Notice) else HEADING_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, _Lines)
        line = model.line(index)
        painter.save()
        if isinstance(line, Notice):
            self._paint_notice(painter, option, line)
        else:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text_muted"))
            box = option.rect.adjusted(theme.SPACE_16, 8, -theme.SPACE_16, 0)
            paint_line(painter, box, line, option.direction)
        painter.restore()

    def _paint_notice(self, painter: QPainter, option: QStyleOptionViewItem, notice: Notice) -> None:
        box = option.rect

        def placed(x: int, top: int, width: int, height: int) -> QRect:
            return QStyle.visualRect(option.direction, box, QRect(box.x() + x, box.y() + top, width, height))

        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            paint_box(painter, box.adjusted(4, 0, -4, 0), "accent_soft" if selected else "hover", "")
        theme.paint_icon(painter, placed(theme.SPACE_16, 0, theme.ICON, box.height()), notice.kind.icon, "text_muted")
        when = time_or_day(notice.at, self._locale, self._locale.today())
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        wide = painter.fontMetrics().horizontalAdvance(when) + 2
        end = box.width() - theme.SPACE_24 - wide
        paint_line(painter, placed(end, 8, wide, 18), when, option.direction)
        paint_line(painter, placed(46, 27, box.width() - 46 - 40, 16), notice.about, option.direction)
        painter.setFont(theme.font(bold=notice.unread))
        painter.setPen(theme.color("text"))
        paint_line(painter, placed(46, 8, end - 46 - theme.SPACE_8, 19), notice.title, option.direction)
        if notice.unread:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(placed(box.width() - theme.SPACE_24 - DOT, 31, DOT, DOT))
