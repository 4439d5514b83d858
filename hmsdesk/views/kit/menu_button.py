"""A button that opens a menu of things to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button


@dataclass(frozen=True)
class Choice:
    """One thing to do. name: as tests and screen readers find it."""

    name: str
    words: str
    icon: str
    action: Callable[[], object]


class MenuButton(Button):
    """Its menu stands below it, at its end, as it stands at the end of a page's head."""

    def __init__(self, text: str, icon: str, choices: Sequence[Choice]) -> None:
        super().__init__(text, "normal", icon)
        self.trailing_icon = "chevron-down"
        self.menu_of_choices = QMenu(self)
        for choice in choices:
            entry = self.menu_of_choices.addAction(theme.icon(choice.icon, "text"), choice.words)
            entry.setObjectName(choice.name)
            entry.triggered.connect(lambda _=False, choice=choice: choice.action())
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        menu, end = self.menu_of_choices, self.rect().bottomRight()
        start = end - QPoint(menu.sizeHint().width() - 1, 0) if self.isLeftToRight() else self.rect().bottomLeft()
        menu.popup(self.mapToGlobal(start + QPoint(0, theme.SPACE_4)))
