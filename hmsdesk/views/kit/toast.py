"""Short messages at the bottom end of a page that never stop the work; the newest lowest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QMargins, QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCursor,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from hmsdesk.errors import Unreachable, UserError
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, IconButton, paint_box, quiet
from hmsdesk.views.kit.chips import WORDS, Tone
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.words import Label, brief, sentence

SHOWN_MS = 8000
ACTION = "toastAction"
WIDTH = 394
HEIGHT = 52
EDGE = 5
ICON_START = 14
KEPT = 5
# Letters of each of its two parts.
MOST_SAID = 250
LOOK_MS = 150
# Left free about what isn't covered, px.
AROUND = QMargins(*(theme.SPACE_8,) * 4)
MOVING = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move)

Action = tuple[str, Callable[[], object]]
ICONS: dict[Tone, str] = {
    "neutral": "information-outline",
    "accent": "information-outline",
    "good": "check-circle-outline",
    "warning": "alert-outline",
    "danger": "alert-circle-outline",
    "info": "information-outline",
    "busy": "information-outline",
}


class Toast(QWidget):
    """One message: an edge in the colour of its status, two lines, one action, a cross."""

    gone = Signal()

    def __init__(self, host: QWidget, title: str, text: str, tone: Tone, icon: str) -> None:
        super().__init__(host)
        self.setObjectName("toast")
        self._tone = tone
        self._icon = icon or ICONS[tone]
        self._title = Label(brief(sentence(title), MOST_SAID), wrap=True)
        self._title.setObjectName("toastTitle")
        self._text = Label(brief(sentence(text), MOST_SAID), muted=True, size="small", wrap=True)
        self._text.setObjectName("toastText")
        self._bar = QProgressBar(textVisible=False)
        self._bar.hide()
        self._stays = False
        self.by_key = True
        self._lay_out()
        # Not before it has a place: shown without one it would be a window for a moment, and take the keyboard.
        self._text.setVisible(bool(text))
        self._clock = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._clock.timeout.connect(self._on_time)
        self._announce(f"{title} {text}".strip())

    def _lay_out(self) -> None:
        self._words = QVBoxLayout()
        self._words.setSpacing(0)
        self._words.addStretch()
        for widget in (self._title, self._text, self._bar):
            self._words.addWidget(widget)
        self._words.addStretch()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        self._row.setSpacing(theme.SPACE_4)
        # The edge and the icon are painted at the start, whichever side that is.
        self._row.addSpacing(28)
        self._row.addLayout(self._words, 1)
        self._row.addWidget(self._cross())

    def _cross(self) -> IconButton:
        cross = IconButton()
        cross.setObjectName("toastClose")
        cross.setAccessibleName("Close this message")
        cross.setIcon(theme.icon("close", "text_muted"))
        cross.setIconSize(theme.icon_size(theme.ICON_BUTTON))
        cross.setFixedSize(theme.CONTROL_COMPACT, theme.CONTROL_COMPACT)
        cross.clicked.connect(self.leave)
        return cross

    def _announce(self, words: str) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def add_action(self, text: str, action: Callable[[], object], icon: str = "") -> None:
        """Offer the one thing to do about it, which also ends the message."""
        button = quiet(text, icon)
        button.setObjectName(ACTION)
        button.clicked.connect(lambda _: self._on_action(action))
        self._row.insertWidget(self._row.count() - 1, button)

    def set_progress(self, done: int, total: int, title: str = "") -> None:
        """Say how far it is. total 0: nobody knows how much there is."""
        self.stay()
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.setVisible(True)
        self._words.setSpacing(theme.SPACE_4)
        if title:
            self._title.setText(brief(sentence(title), MOST_SAID))

    def start(self) -> None:
        """From now on it leaves by itself, unless it is pointed at."""
        self._clock.start()

    def stay(self) -> None:
        """From now on it stays until it is taken away."""
        self._stays = True
        self._clock.stop()

    def leave(self) -> None:
        """Take it away."""
        self._clock.stop()
        self.hide()
        self.gone.emit()
        self.deleteLater()

    def _on_action(self, action: Callable[[], object]) -> None:
        self.leave()
        action()

    def is_timed(self) -> bool:
        """Whether it leaves by itself."""
        return not self._stays

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, max(HEIGHT, self._row.heightForWidth(WIDTH)))

    def _on_time(self) -> None:
        """It waits while it is pointed at. That is looked at: what moves away under the pointer hears of no leaving."""
        if self.isVisible() and self.rect().contains(self.mapFromGlobal(QCursor.pos())):
            self._clock.start()
        else:
            self.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), "surface_raised", "line_strong")
        inside = QPainterPath()
        inside.addRoundedRect(QRectF(self.rect()), theme.CORNER, theme.CORNER)
        painter.setClipPath(inside)
        painter.fillRect(placed(self, QRect(0, 0, EDGE, self.height())), theme.color(WORDS[self._tone]))
        box = placed(self, QRect(ICON_START, 0, theme.ICON, self.height()))
        theme.paint_icon(painter, box, self._icon, WORDS[self._tone])


def _above(box: QRect, kept: Sequence[QRect]) -> QRect:
    """The place for a message, above what it would cover; where it was, if there is no room above."""
    moved = QRect(box)
    for one in kept:
        if moved.intersects(one.marginsAdded(AROUND)):
            moved.moveBottom(one.y() - AROUND.top() - 1)
    return moved if moved.y() >= 0 else box


class Toasts(QObject):
    """The messages of one page or window, stacked over its bottom end."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._shown: list[Toast] = []
        self._clear: list[QWidget] = []
        # Pages come and go below the messages, and their buttons with them.
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self._place)
        host.installEventFilter(self)

    def keep_clear(self, widget: QWidget) -> None:
        """Stay above a widget, as long as it is seen; a page's primary button is never covered anyway."""
        self._clear.append(widget)
        widget.destroyed.connect(lambda: self._clear.remove(widget))
        widget.installEventFilter(self)

    def show(
        self, title: str, text: str = "", tone: Tone = "good", icon: str = "", action: Action | None = None
    ) -> Toast:
        """Say something that is over in 8 seconds."""
        toast = self._add(title, text, tone, icon)
        if action:
            toast.add_action(*action, icon="undo" if action[0] == "Undo" else "")
        toast.start()
        self._place()
        return toast

    def show_question(self, title: str, text: str, action: Action, *, by_key: bool = True) -> Toast:
        """Offer something that waits until it is taken, or closed. by_key: whether `take_up` may take it."""
        toast = self._add(title, text, "warning", "")
        toast.by_key = by_key
        toast.add_action(*action)
        toast.stay()
        self._place()
        return toast

    def show_problem(self, problem: UserError, again: Callable[[], object] | None = None) -> Toast:
        """Say what didn't work. again: does the same operation once more; offered where no answer came."""
        offered = ("Try again", again) if again is not None and isinstance(problem, Unreachable) else None
        return self.show(problem.title, problem.message, tone="danger", action=offered)

    def show_progress(self, title: str, icon: str = "", cancel: Callable[[], object] | None = None) -> Toast:
        """Say that something goes on; it stays until its `leave` is called."""
        toast = self._add(title, "", "info", icon or "progress-clock")
        toast.set_progress(0, 0)
        if cancel:
            toast.add_action("Cancel", cancel)
        self._place()
        return toast

    def take_up(self) -> None:
        """Take what the newest message offers, if one offers something that is not to be clicked on."""
        offered = (toast.findChild(Button, ACTION) for toast in reversed(self._shown) if toast.by_key)
        button = next((one for one in offered if one is not None), None)
        if button is not None:
            button.click()

    def shown(self) -> list[Toast]:
        """What is on the page now, the newest last."""
        return list(self._shown)

    def covered(self) -> list[QRect]:
        """Where the messages are, on the screen."""
        seen = [one for one in self._shown if one.isVisible()]
        return [QRect(one.mapToGlobal(QPoint(0, 0)), one.size()) for one in seen]

    def _add(self, title: str, text: str, tone: Tone, icon: str) -> Toast:
        toast = Toast(self._host, title, text, tone, icon)
        toast.gone.connect(lambda: self._on_gone(toast))
        self._shown.append(toast)
        if len(self._shown) > KEPT:
            oldest = next((one for one in self._shown if one.is_timed()), toast)
            oldest.leave()
        return toast

    def _on_gone(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
        self._place()

    def _place(self) -> None:
        if not self._shown:
            self._looking.stop()
            return
        self._looking.start()
        bottom = min([self._host.height(), *self._tops()]) - theme.SPACE_16
        mirrored = self._host.layoutDirection() == Qt.LayoutDirection.RightToLeft
        pressed = self._primaries()
        for toast in reversed(self._shown):
            size = toast.sizeHint()
            x = theme.SPACE_16 if mirrored else self._host.width() - size.width() - theme.SPACE_16
            box = _above(QRect(QPoint(x, bottom - size.height()), size), pressed)
            if toast.geometry() != box or not toast.isVisible():
                toast.setGeometry(box)
                toast.show()
                toast.raise_()
            bottom = box.y() - theme.SPACE_8

    def _primaries(self) -> list[QRect]:
        """Where the buttons are that a page leads on with, the lowest first."""
        seen = [one for one in self._host.findChildren(Button) if one.kind == "primary" and one.isVisible()]
        boxes = [
            QRect(one.mapTo(self._host, QPoint()), one.size()) for one in seen if one.window() is self._host.window()
        ]
        return sorted(boxes, key=QRect.bottom, reverse=True)

    def _tops(self) -> list[int]:
        """Where that begins which is kept clear."""
        seen = [one for one in self._clear if one.isVisible() and self._host.isAncestorOf(one)]
        return [one.mapTo(self._host, one.rect().topLeft()).y() for one in seen]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Collected together with its window, it still gets events when what it knew is gone already.
        known = "_shown" in self.__dict__
        if known and (isinstance(event, QResizeEvent) or event.type() in MOVING):
            self._place()
        return False
