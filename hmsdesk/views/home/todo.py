"""What waits to be done: short lines, each with exactly one action."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link
from hmsdesk.views.kit.chips import WORDS, Tone
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.words import Label, paint_line, sentence

ROW = 36
MOST_ROWS = 3
NAME_X = 42


@dataclass(frozen=True)
class Errand:
    """One thing to do. key: tells it apart. name: whom or what it is about; words: what there is about it."""

    key: str
    icon: str
    tone: Tone
    name: str
    words: str
    action: str
    act: Callable[[], object]


class ErrandLine(QWidget):
    """Icon, name, words, and the one action at the end."""

    def __init__(self, errand: Errand, last: bool) -> None:
        super().__init__()
        self.errand = errand
        self._last = last
        self.setFixedHeight(ROW)
        self.setMinimumWidth(200)
        self.setAccessibleName(f"{errand.name} {errand.words}")
        self.button = link(errand.action)
        self.button.setObjectName(f"do-{errand.key}")
        self.button.setAccessibleName(f"{errand.action}: {errand.name}")
        self.button.clicked.connect(lambda _: self.errand.act())
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.addStretch()
        row.addWidget(self.button)

    def sizeHint(self) -> QSize:
        return QSize(400, ROW)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        if not self._last:
            painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("line"))
        icon = QRect(theme.SPACE_12, 0, theme.ICON, self.height())
        theme.paint_icon(painter, placed(self, icon), self.errand.icon, WORDS[self.errand.tone])
        room = self.width() - NAME_X - self.button.width() - 2 * theme.SPACE_12
        bold = theme.font(bold=True)
        name = min(room, QFontMetrics(bold).horizontalAdvance(self.errand.name))
        painter.setPen(theme.color("text"))
        painter.setFont(bold)
        direction = self.layoutDirection()
        paint_line(painter, placed(self, QRect(NAME_X, 0, name, self.height())), self.errand.name, direction)
        painter.setFont(theme.font())
        after = NAME_X + name + theme.SPACE_8
        words = QRect(after, 0, max(0, NAME_X + room - after), self.height())
        paint_line(painter, placed(self, words), sentence(self.errand.words), direction)


class ToDo(Panel):
    """At most so high that some are seen at once; more are scrolled. nothing: what is said while there are none."""

    def __init__(self, title: str = "To do", nothing: str = "Nothing waits to be done.", most: int = MOST_ROWS) -> None:
        super().__init__(title, "")
        self._nothing_words, self._most = nothing, most
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.lines: list[ErrandLine] = []
        self._scroll = Scroll()
        self.body.setContentsMargins(1, 0, 1, 1)
        self.body.setSpacing(0)
        self.body.addWidget(self._scroll)
        self.show_errands([])

    def show_errands(self, errands: Sequence[Errand]) -> None:
        """Show what there is to do; who worked here with the keyboard stays at the same line, or its place."""
        if self.lines and [_same(line.errand) for line in self.lines] == [_same(errand) for errand in errands]:
            for line, errand in zip(self.lines, errands, strict=True):
                line.errand = errand
            return
        at = next((n for n, line in enumerate(self.lines) if line.button.hasFocus()), None)
        self.lines = [ErrandLine(errand, errand is errands[-1]) for errand in errands]
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for line in self.lines:
            column.addWidget(line)
        if not self.lines:
            column.addWidget(self._nothing())
        column.addStretch()
        self._scroll.show_page(page)
        self._scroll.setFixedHeight(ROW * min(self._most, max(1, len(self.lines))))
        self.set_count(str(len(self.lines)) if self.lines else "")
        if at is not None and self.lines:
            self.lines[min(at, len(self.lines) - 1)].button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _nothing(self) -> Label:
        nothing = Label(self._nothing_words, muted=True)
        nothing.setFixedHeight(ROW)
        nothing.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        return nothing


def _same(errand: Errand) -> tuple[str, str, str, str]:
    return errand.key, errand.name, errand.words, errand.action
