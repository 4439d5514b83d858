"""Every button of every page of every role is pressed: no bug, no warning of Qt's, no error in the log.

What it opens over the page is closed by Escape, as by somebody who pressed the wrong one.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from shiboken6 import isValid

from hmsdesk.security.permissions import Role
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.frame import Frame
from tests.views.walking import ABOUT, ROLES, places_of, settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

# More dialogs than one press can open, each over the other.
MOST_OPEN = 5


@pytest.fixture(autouse=True)
def escaping(qapp: QApplication) -> Iterator[None]:
    """Presses Escape in what waits for an answer before anything else goes on: menus, and the system's own dialogs."""

    def escape() -> None:
        waiting = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if waiting is not None and not isinstance(waiting, Dialog):
            QTest.keyClick(waiting, Qt.Key.Key_Escape)

    looking = QTimer(interval=5)
    looking.timeout.connect(escape)
    looking.start()
    yield
    looking.stop()


@pytest.fixture(scope="module")
def empty(practices: Any) -> Iterator[Any]:
    """A practice in which there is nothing yet but the people who may sign in."""
    with practices.one() as clinic:
        for role in ROLES:
            # Connected before a test looks at what it leaves behind.
            clinic.session(role)
        yield clinic


def buttons(where: QWidget, besides: QWidget | None = None) -> dict[str, QAbstractButton]:
    """What can be pressed there, by what tells one from another. besides: whose own are left out."""
    found: dict[str, QAbstractButton] = {}
    for one in where.findChildren(QAbstractButton):
        if can_be_pressed(one) and not (besides is not None and besides.isAncestorOf(one)):
            found.setdefault(f"{type(one).__name__} {one.objectName()} {one.text()} {one.accessibleName()}", one)
    return found


def can_be_pressed(one: QAbstractButton) -> bool:
    return isValid(one) and one.isVisible() and one.isEnabled()


def kind_of(place: tuple[str, str]) -> str:
    """The place, whichever record or day it is about."""
    return re.sub(r"[0-9a-f]{24}|\d{4}-\d\d-\d\d", "one", "/".join(place))


class Presser:
    """Goes through a window, and presses each button of each page once."""

    def __init__(self, qtbot: Any, frame: Frame, *, also_in_dialogs: bool) -> None:
        self._qtbot = qtbot
        self._frame = frame
        self._deep = also_in_dialogs
        self.pressed: set[tuple[str, str]] = set()

    def press_all(self, places: list[tuple[str, str]]) -> None:
        """Press what there is in these places, and in one of each kind that a press leads to."""
        known, waiting = {kind_of(place) for place in places}, deque(places)
        while waiting:
            place = waiting.popleft()
            while self._press_some(place):
                led_to = self._frame.place()
                if led_to is not None and kind_of(led_to) not in known:
                    known.add(kind_of(led_to))
                    waiting.append(led_to)

    def _press_some(self, place: tuple[str, str]) -> bool:
        """Press what is left of a page, until a press leads elsewhere. Whether something was pressed."""
        self._frame.navigate(*place)
        settle(self._qtbot)
        page = self._frame.page()
        assert page is not None
        there = {(kind_of(place), name): one for name, one in buttons(page).items()}
        # What lies around the page, as the bar at the top, is the same everywhere.
        there |= {("", name): one for name, one in buttons(self._frame, page).items()}
        left = [name for name in there if name not in self.pressed]
        for name in left:
            self.pressed.add(name)
            if can_be_pressed(there[name]):
                self._press(there[name])
            if not isValid(page) or self._frame.page() is not page:
                break
        return bool(left)

    def _press(self, button: QAbstractButton) -> None:
        button.click()
        dialog = self._over()
        for name in buttons(dialog) if dialog is not None and self._deep else ():
            # The one before may have closed it, and what opened it may be gone.
            dialog = self._over()
            if dialog is None and can_be_pressed(button):
                button.click()
                dialog = self._over()
            one = buttons(dialog).get(name) if dialog is not None else None
            if one is not None:
                one.click()
                self._escape_from(self._over(), but=dialog)
        if dialog is not None:
            self._escape_from(self._over())

    def _over(self) -> Dialog | None:
        """What stands uppermost over the page."""
        settle(self._qtbot)
        over = QApplication.activeModalWidget()
        return over if isinstance(over, Dialog) else None

    def _escape_from(self, over: Dialog | None, but: Dialog | None = None) -> None:
        """Close what stands over the page, or over a dialog."""
        for _ in range(MOST_OPEN):
            if over is None or over is but:
                return
            QTest.keyClick(over, Qt.Key.Key_Escape)
            over = self._over()
        raise AssertionError(f"it does not close by Escape: {over}")


@pytest.mark.parametrize("role", ROLES)
def test_no_button_does_anything_wrong(qtbot, world, frame_of, role):
    presser = Presser(qtbot, frame_of(role), also_in_dialogs=False)
    presser.press_all(places_of(role, world.called))
    assert len(presser.pressed) > 50


@pytest.mark.parametrize("role", ROLES)
def test_no_button_does_anything_wrong_where_there_is_nothing_yet(qtbot, empty, frame_of, role):
    presser = Presser(qtbot, frame_of(role, empty.session(role)), also_in_dialogs=False)
    presser.press_all([place for place in places_of(role, "") if place[0] not in ABOUT])
    assert len(presser.pressed) > 20


@pytest.mark.nightly
@pytest.mark.parametrize("role", [*ROLES, Role.SOLO])
def test_no_button_of_any_dialog_does_anything_wrong(qtbot, world, alone, frame_of, role):
    frame = frame_of(role, alone.session if role is Role.SOLO else None)
    presser = Presser(qtbot, frame, also_in_dialogs=True)
    presser.press_all(places_of(role, alone.called if role is Role.SOLO else world.called))
    assert len(presser.pressed) > 50
