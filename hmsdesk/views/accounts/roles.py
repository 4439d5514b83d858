"""Roles to tick, and the dialogs in which they are."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.account_list import ACCOUNTS
from hmsdesk.security.permissions import EVERYONE, ROLE_WORDS, Role, may
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.words import Label

NONE = "At least one."
NOT_FOR_OWNERS = "An owner needs administrator, too: only there the accounts are reached."


def words_of(roles: Iterable[Role]) -> str:
    """Doctor and Nurse."""
    words = [ROLE_WORDS[role].lower() for role in roles]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def choices_for(*known: Role) -> tuple[Role, ...]:
    """The roles that can be given. That of a single doctor's practice only where it is in use."""
    return (*EVERYONE, Role.SOLO) if Role.SOLO in known else EVERYONE


class RoleTicks(QWidget):
    """A box for each role, in two columns."""

    changed = Signal()

    def __init__(self, choices: Iterable[Role], ticked: Iterable[Role]) -> None:
        super().__init__()
        ticked = set(ticked)
        self._boxes = {role: QCheckBox(ROLE_WORDS[role]) for role in choices}
        grid = QGridLayout()
        grid.setVerticalSpacing(0)
        rows = -(-len(self._boxes) // 2)
        for number, (role, box) in enumerate(self._boxes.items()):
            box.setObjectName(f"role-{role.value}")
            box.setChecked(role in ticked)
            box.toggled.connect(self._on_toggled)
            grid.addWidget(box, number % rows, number // rows)
        self._below = Label(size="small")
        self._below.set_tone("danger")
        self._below.setMinimumHeight(self._below.fontMetrics().height())
        self._below.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        column.addLayout(grid)
        column.addWidget(self._below)

    def ticked(self) -> list[Role]:
        """The roles that are ticked, in the table's order."""
        return [role for role, box in self._boxes.items() if box.isChecked()]

    def tick_only(self, roles: Iterable[Role]) -> None:
        """Tick these and no others."""
        wanted = set(roles)
        for role, box in self._boxes.items():
            box.setChecked(role in wanted)

    def check(self, *, owner: bool = False) -> bool:
        """Whether there is one at least, and for an owner one that reaches the accounts: who else would change them?"""
        ticked = self.ticked()
        reached = any(may(role, ACCOUNTS.resource, "oversee") for role in ticked)
        problem = NONE if not ticked else NOT_FOR_OWNERS if owner and not reached else ""
        self.say(problem)
        return not problem

    def say(self, problem: str) -> None:
        """Say what is wrong with them."""
        self._below.setText(problem)
        # Its place is kept from then on, so that nothing jumps from under the mouse.
        self._below.setVisible(bool(problem) or self._below.isVisibleTo(self))

    def _on_toggled(self) -> None:
        if self.ticked():
            self.say("")
        self.changed.emit()


class ChooseRoles(Dialog):
    """Asks for some roles."""

    chosen = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        title: str,
        text: str,
        choices: Iterable[Role],
        ticked: Iterable[Role],
        *,
        owner: bool = False,
    ) -> None:
        """owner: whether they are for somebody who owns the practice."""
        super().__init__(parent, title, text)
        self.setObjectName("chooseRoles")
        self._owner = owner
        self.ticks = RoleTicks(choices, ticked)
        self.column.addWidget(self.ticks)
        self.column.addSpacing(theme.SPACE_8)
        self.add_answers(primary("Go on"), self._on_go_on)
        self.ticks.findChildren(QCheckBox)[0].setFocus()

    def _on_go_on(self) -> None:
        if self.ticks.check(owner=self._owner):
            self.accept()
            self.chosen.emit(self.ticks.ticked())
        else:
            self.fit_soon()
