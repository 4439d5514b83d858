"""One sentence above a form that stays until it is dealt with, with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStyle, QVBoxLayout

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, paint_box
from hmsdesk.views.kit.chips import SOFT, WORDS, Tone
from hmsdesk.views.kit.words import Label, sentence

ICONS: dict[Tone, str] = {"danger": "alert-circle-outline", "warning": "account-multiple-outline", "good": "check"}
INFORMATION = "information-outline"
ICON_PLACE = 28

Action = tuple[str, Callable[[], None]]


class Notice(QFrame):
    """Soft ground, an icon, words, and at most one action."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self._tone: Tone = "info"
        self._icon = ""
        self.words = Label(wrap=True)
        self.words.setObjectName("noticeWords")
        self._row = QHBoxLayout()
        self._row.addWidget(self.words, 1)
        # Outside of the ground that is painted.
        self.setContentsMargins(theme.SPACE_16, theme.SPACE_12, theme.SPACE_16, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        column.addLayout(self._row)
        self._row.insertSpacing(0, ICON_PLACE)
        self.hide()

    def say(self, tone: Tone, words: str, action: Action | None = None, icon: str = "", key: str = "") -> None:
        """Say something in place of what was said before. key: does what is offered."""
        self._tone = tone
        self._icon = icon or ICONS.get(tone, INFORMATION)
        self.words.setText(sentence(words))
        self._clear_action()
        if action is not None:
            button = normal(action[0], shortcut=key).set_compact()
            button.setObjectName("noticeAction")
            button.clicked.connect(lambda _: action[1]())
            self._row.addWidget(button)
        self.show()
        self.update()

    def withdraw(self, words: str) -> None:
        """These are no longer so; what was said of something else stays."""
        if self.words.text() == sentence(words):
            self.hide()

    def _clear_action(self) -> None:
        item = self._row.takeAt(2)
        button = item.widget() if item is not None else None
        if button is not None:
            button.hide()
            button.deleteLater()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        box = self.contentsRect()
        paint_box(painter, box, SOFT[self._tone], "")
        icon = QRect(box.x() + theme.SPACE_12, box.y(), theme.ICON, box.height())
        start = QStyle.visualRect(self.layoutDirection(), box, icon)
        theme.paint_icon(painter, start, self._icon, WORDS[self._tone])
