"""What every page is handed: who is signed in, how to go elsewhere, and what is heard from other workstations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.toast import Toasts

if TYPE_CHECKING:
    from hmsdesk.controllers.choices import Choices
    from hmsdesk.controllers.drafts import Drafts
    from hmsdesk.controllers.sign_in import Door
    from hmsdesk.database.session import Session

CALENDAR = ("calendar", "Calendar")


@dataclass
class Context:
    """session: as controllers take it. door: for what needs the password again.

    navigate: go to (module, record id). close_page: forget a page, as one whose record was saved.
    has_page: whether this person's window has such a module.
    list_behind: the list one came from, as (module, what it is called); ("", "") if from none.
    came_from: the page one came from, as (module, record id), other records of the same module left out; ("", "") if
    from none.
    choices: what the person last chose to look at on this computer; None where nothing is kept.
    kept: what pages of one module keep for each other until the person signs out, by module.
    """

    session: Session
    door: Door
    drafts: Drafts
    live: Live
    toasts: Toasts
    navigate: Callable[[str, str], None]
    close_page: Callable[[str, str], None]
    list_behind: Callable[[], tuple[str, str]]
    choices: Choices | None = None
    came_from: Callable[[], tuple[str, str]] = field(default=lambda: ("", ""))
    has_page: Callable[[str], bool] = field(default=lambda _module: True)
    kept: dict[str, Any] = field(default_factory=dict)

    def place_behind(self) -> tuple[str, str, str]:
        """The list one came from, as (module, record id, what it is called): a day of the calendar is one, too."""
        module, record = self.came_from()
        if module == CALENDAR[0] and record:
            return module, record, CALENDAR[1]
        module, word = self.list_behind()
        return module, "", word
