"""Works at the program's real windows as a person does: finds, types, clicks, and waits for what must appear."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QWidget

from hmsdesk.app import Program
from hmsdesk.controllers.demo import PASSWORD
from hmsdesk.models.times import clock
from hmsdesk.views.home.entries import EntryList
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.form import Form
from tests.waiting import PATIENCE_S

W = TypeVar("W", bound=QWidget)


class Hands:
    """At one window. Each method waits until it can be done, and fails the test if that takes too long."""

    def __init__(self, program: Program) -> None:
        self.program = program

    # Waiting

    def wait(self, holds: Callable[[], object], what: str) -> None:
        """Let the program go on until something holds."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < end, f"waited in vain: {what}\n{self.words()}"
            QTest.qWait(5)
        QApplication.processEvents()

    def find(self, name: str, kind: type[W] = QWidget) -> W:  # type: ignore[assignment]
        """The shown and enabled widget with an object name."""
        found: list[W] = []

        def is_there() -> bool:
            windows = [self.program.window, *(top for top in QApplication.topLevelWidgets() if top.isVisible())]
            every = (one for window in windows for one in window.findChildren(kind, name))
            found[:] = [one for one in every if one.isVisible() and one.isEnabled()]
            return bool(found)

        self.wait(is_there, name)
        return found[-1]

    def see(self, name: str) -> None:
        """Wait for a shown and enabled widget."""
        self.find(name)

    # Doing

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Sign in, and wait for the frame."""
        self.try_to_sign_in(email, password)
        self.wait(self.is_in, f"{email} signed in")

    def try_to_sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Type e-mail and password, and press Enter."""
        self.wait(lambda: self.program.entrance.is_connected, "the server")
        self.fill("signInEmail", email)
        self.fill("signInPassword", password)
        self.press("signInPassword", Qt.Key.Key_Return)

    def lock(self) -> None:
        """Press Ctrl+L, and wait for the sign-in window."""
        self.activate()
        self.lock_in(self.program.window)

    def lock_in(self, widget: QWidget) -> None:
        """The same from where one types into something that stands over the page."""
        self.wait(widget.isActiveWindow, "the window that is typed into")
        widget.setFocus()
        self.press_in_window(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        self.wait(lambda: not self.is_in(), "locked")

    @staticmethod
    def press_in_window(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key as the system tells it: to the window that has the keyboard, which hands it on."""
        QTest.keyClick(QGuiApplication.focusWindow(), key, modifiers)

    def activate(self) -> None:
        """Make it the window that is typed into."""
        self.program.window.activateWindow()
        self.wait(self.program.window.isActiveWindow, "the active window")

    def go(self, module: str, record: str = "") -> None:
        """Go to a page."""
        self.desk().frame.navigate(module, record)

    def fill(self, name: str, text: str) -> None:
        """Type into a field, in place of what it holds."""
        field = self.find(name)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)

    def press(self, name: str, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press one key at a widget."""
        QTest.keyClick(self.find(name), key, modifiers)

    def click(self, name: str) -> None:
        """Click a button."""
        button = self.find(name, QAbstractButton)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 8))

    def take_up(self, said: str) -> None:
        """Take the newest message's offer, of those that say something: news of others may come at any time."""
        found: list[QAbstractButton] = []

        def offered() -> bool:
            told = self.desk().frame.toasts.shown()
            told = [one for one in told if said in one.findChild(QLabel, "toastTitle").text()]
            buttons = (one.findChild(QAbstractButton, "toastAction") for one in told)
            found[:] = [one for one in buttons if one is not None and one.isVisible() and one.isEnabled()]
            return bool(found)

        self.wait(offered, f"a message: {said}")
        QTest.mouseClick(found[-1], Qt.MouseButton.LeftButton)

    def type_in(self, name: str, text: str) -> None:
        """Type into a field of the form that is open, in place of what it holds."""
        line = self.form().fields.rows[name].editor
        while line.focusProxy() is not None:
            line = line.focusProxy()
        line.setFocus()
        QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(line, text)

    def choose_in(self, name: str, value: str) -> None:
        """Choose one of what a field of the form offers."""
        editor = self.form().fields.rows[name].editor
        editor.set_raw(value)
        editor.edited.emit()

    def close(self) -> float:
        """Close the window. The seconds until it gave everything back."""
        began = time.monotonic()
        self.program.window.close()
        return time.monotonic() - began

    # Seeing

    def desk(self) -> Any:
        """Whose desk it is."""
        assert self.program.desk is not None
        return self.program.desk

    def is_in(self) -> bool:
        """Whether somebody's pages are shown."""
        return self.program.desk is not None and not self.program.is_locked()

    def form(self) -> Form:
        """The form that is shown."""
        page = self.desk().frame.page()
        self.wait(lambda: getattr(page, "form", None) is not None, "a form")
        form: Form = page.form
        return form

    def typed(self, name: str) -> str:
        """What stands in a field of the form."""
        return str(self.form().fields.rows[name].editor.raw())

    def titles(self) -> list[str]:
        """The names in the list that is shown."""
        pages = getattr(self.desk().frame.page(), "pages", None)
        return [row["name"] for row in pages.rows] if pages is not None else []

    def bookings(self) -> list[str]:
        """Who stands when in the calendar that is shown; nobody where another page is."""
        grid = getattr(self.desk().frame.page(), "grid", None)
        shown = [box for column in grid.columns for box in column.boxes] if grid is not None else []
        return [f"{clock(box.row['start'], grid.practice)} {box.row['patient:title']}" for box in shown]

    def entries(self, name: str) -> list[str]:
        """What a list of the home holds, by its object name: the titles."""
        return [entry.title for entry in self.find(name, EntryList).entries.rows]

    def wait_for_entry(self, name: str, title: str) -> None:
        """Wait until a list of the home has an entry."""
        self.wait(lambda: title in self.entries(name), f"{title} in {name}")

    def step(self, name: str, title: str) -> None:
        """Choose an entry of the home with the keyboard, and press Enter."""
        self.wait_for_entry(name, title)
        self.wait(lambda: not tasks.busy(), "the page at rest")
        entries = self.find(name, EntryList)
        entries.setFocus()
        entries.choose(self.entries(name).index(title))
        QTest.keyClick(entries, Qt.Key.Key_Return)

    def choose(self, name: str, title: str, word: str) -> None:
        """Take something from the menu of an entry of the home, as the menu key opens it."""
        self.wait_for_entry(name, title)
        self.wait(lambda: not tasks.busy(), "the page at rest")
        entries = self.find(name, EntryList)
        entries.setFocus()
        entries.choose(self.entries(name).index(title))
        at = entries.rect().center()
        by_key = QContextMenuEvent.Reason.Keyboard
        QApplication.sendEvent(entries, QContextMenuEvent(by_key, at, entries.mapToGlobal(at)))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        action = next(one for one in menu.actions() if one.text() == word)
        menu.close()
        action.trigger()

    def chip(self) -> str:
        """What the frame says of the connection."""
        return self.desk().frame.top.findChild(QWidget, "connection").accessibleName()

    def words(self) -> str:
        """Everything that is written in what is shown."""
        windows = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
        every = [one for window in windows for one in window.findChildren(QWidget) if one.isVisible()]
        return "\n".join(f"{one.property('text') or ''} {one.accessibleName()}".strip() for one in every)

    def sees(self, text: str) -> bool:
        """Whether words are to be seen now."""
        return text in self.words()
