"""The main window: rail, top bar, and the pages one has been on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.dialogs import FRAME, Dialog
from hmsdesk.views.kit.key_map import KeyMap
from hmsdesk.views.kit.keys import keys_in, on_key
from hmsdesk.views.kit.page import Page
from hmsdesk.views.kit.rail import NavGroup, NavItem, Rail
from hmsdesk.views.kit.toast import Toasts
from hmsdesk.views.kit.top_bar import TopBar
from hmsdesk.views.kit.turns import next_turn, paint_next_turn

__all__ = ["Frame", "NavGroup", "NavItem", "Place"]

PAGES_KEPT = 30
# The most that pages may ask of the window's width, the rail's aside.
MOST_ASKED = 1100


class Place(NamedTuple):
    """Where one is: a module, and in it perhaps one record."""

    module: str
    record_id: str = ""


class _Pages(QStackedWidget):
    """A long name on a page, shown or behind, must not make the window wider than the screen: the page gives way."""

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        return QSize(min(least.width(), MOST_ASKED), least.height())


class _Doorstep(QWidget):
    """Where the keyboard is between the making of a page and its being shown. A key is meant for the page."""

    key_came = Signal()

    def event(self, event: QEvent) -> bool:
        # The first of them is sent before the second, to ask whether a field wants the key or it may be a shortcut.
        if event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            self.key_came.emit()
            meant = self.window().focusWidget() or self
            if meant is not self:
                return QApplication.sendEvent(meant, event)
        return super().event(event)


class Frame(QWidget):
    """Shows one page at a time. A page is made at its first visit and is the same object at the next."""

    def __init__(self, groups: Sequence[NavGroup], make_page: Callable[[str, str], QWidget]) -> None:
        super().__init__()
        self.setObjectName(FRAME)
        self._make_page = make_page
        # The order is that of the last visit, the latest last.
        self._pages: dict[Place, QWidget] = {}
        self._behind: list[Place] = []
        self._ahead: list[Place] = []
        self._place: Place | None = None
        self.top = TopBar()
        self.rail = Rail(groups)
        self.rail.chosen.connect(self.navigate)
        self._stack = _Pages()
        self._stack.setObjectName("pages")
        # A page is made in one turn of the event loop and shown in the next, or before a key that is pressed.
        self._doorstep = _Doorstep()
        self._doorstep.key_came.connect(lambda: self._enter(self._place))
        self._stack.addWidget(self._doorstep)
        # Over the window, whose bottom end is the page's: a stack raises each page above what else lies on it.
        self.toasts = Toasts(self)
        self._lay_out()
        on_key(self, "Ctrl+K", "Search for everything", lambda: self.top.search_requested.emit(""))
        on_key(self, "Alt+Left", "Back", self.back)
        on_key(self, "Alt+Right", "Forward", self.forward)
        on_key(self, "F1", "This map of keys", self.show_keys)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self._stack, 1)
        column.addLayout(row, 1)

    def show_keys(self) -> None:
        """List what the keys do here."""
        page = self.page()
        here = keys_in(page) if page else []
        known = {one.words for one in here}
        KeyMap(self, here, [one for one in keys_in(self) if one.words not in known]).open()

    def place(self) -> Place | None:
        """Where one is now."""
        return self._place

    def page(self) -> QWidget | None:
        """The page one is on."""
        return self._pages.get(self._place) if self._place else None

    def navigate(self, module: str, record_id: str = "") -> None:
        """Go to a module, or to one record in it."""
        place = Place(module, record_id)
        if place == self._place:
            return
        if self._place:
            self._behind.append(self._place)
        self._ahead.clear()
        self._show(place)

    def back(self) -> None:
        """Return to where one came from, as it was left."""
        if self._behind and self._place:
            self._ahead.append(self._place)
            self._show(self._behind.pop())

    def list_behind(self) -> str:
        """The module whose list one came from, however many records ago; empty if one came from none."""
        return next((place.module for place in reversed(self._behind) if not place.record_id), "")

    def came_from(self) -> Place | None:
        """The page one came here from, other records of the same module left out."""
        here = self._place.module if self._place else ""
        return next((one for one in reversed(self._behind) if one.module != here or not one.record_id), None)

    def forward(self) -> None:
        """Undo the last `back`."""
        if self._ahead and self._place:
            self._behind.append(self._place)
            self._show(self._ahead.pop())

    def close_page(self, module: str, record_id: str = "") -> None:
        """Forget a page, such as that of a record that is gone; whoever is on it goes back."""
        place = Place(module, record_id)
        self._behind = [one for one in self._behind if one != place]
        self._ahead = [one for one in self._ahead if one != place]
        if self._place == place and self._behind:
            self._show(self._behind.pop())
        while self._behind and self._behind[-1] == self._place:
            # Whoever went to a page and closed it again has not left where they are.
            self._behind.pop()
        self._drop(place)

    def _show(self, place: Place) -> None:
        known = self._pages.pop(place, None)
        # While it is made, a page already asks where one came from.
        before, self._place = self._place, place
        try:
            with tasks.held_back():
                page = known or self._make_page(*place)
                # Put off in here, it comes before what the page asks for.
                next_turn(self._stack, partial(self._enter, place))
        except Exception:
            self._place = before
            raise
        self._pages[place] = page
        self.rail.set_current((page.stands_under if isinstance(page, Page) else "") or place.module)
        if self._stack.indexOf(page) < 0:
            # Until it is shown, the former page stays in sight.
            self._stack.setUpdatesEnabled(False)
            self._stack.setCurrentWidget(self._doorstep)
            self._doorstep.setFocus()
        else:
            self._bring(page, page.focusWidget() or page)
        self._drop_oldest()

    def _enter(self, place: Place | None) -> None:
        page = self._pages.get(place) if place else None
        # One may have gone on meanwhile.
        if page is None or place != self._place or self._stack.indexOf(page) >= 0:
            return
        keyboard = self.window().focusWidget() or self._doorstep
        if keyboard is self._doorstep:
            # Where whoever made it put the keyboard; Qt would leave it at whatever comes first.
            keyboard = page.focusWidget() or page
        self._stack.addWidget(page)
        self._bring(page, keyboard)

    def _bring(self, page: QWidget, keyboard: QWidget) -> None:
        self._stack.setCurrentWidget(page)
        keyboard.setFocus()
        paint_next_turn(self._stack)

    def put_away(self) -> None:
        """Nobody may see what stands over the pages, until `come_back`. Menus and lists are closed."""
        over = [one for one in self.findChildren(QWidget) if one.isWindow() and one.isVisible()]
        # What stands over another window goes before it.
        for window in reversed(over):
            if isinstance(window, Dialog):
                window.put_away()
            else:
                window.close()

    def come_back(self) -> None:
        """What was put away stands there again. The keyboard goes where it was left, not to what comes first."""
        page = self._stack.currentWidget()
        if page is not None:
            (page.focusWidget() or page).setFocus()
        for dialog in self.findChildren(Dialog):
            dialog.come_back()

    def _drop_oldest(self) -> None:
        """Pages cost memory; one that holds something unsaved (Qt's own flag says so) is never given up."""
        surplus = len(self._pages) - PAGES_KEPT
        for place in [one for one, page in self._pages.items() if not page.isWindowModified()][: max(0, surplus)]:
            if place != self._place:
                self._drop(place)

    def _drop(self, place: Place) -> None:
        page = self._pages.pop(place, None)
        if page is not None:
            self._stack.removeWidget(page)
            page.deleteLater()
