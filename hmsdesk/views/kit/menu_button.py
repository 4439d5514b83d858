"""A button that opens a menu of things to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button
from hmsdesk.views.kit.direction import below
from hmsdesk.views.kit.own_order import Menu


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
        self.menu_of_choices = Menu(self)
        for choice in choices:
            entry = self.menu_of_choices.addAction(theme.icon(choice.icon, "text"), choice.words)
            entry.setObjectName(choice.name)
            entry.triggered.connect(lambda _=False, choice=choice: choice.action())
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        menu = self.menu_of_choices
        menu.popup(below(self, menu.sizeHint().width(), at_end=True))
