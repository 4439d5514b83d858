"""Reads and works the program from another process, as a screen reader does: through AT-SPI, by names alone."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.waiting import PATIENCE_S

_ACCESSIBLE = "org.a11y.atspi.Accessible"
_ROOT = "/org/a11y/atspi/accessible/root"
# Their rows are many, and no stops of the Tab key.
_ROWS = ("table", "list", "tree")
# AtspiStateType
_ENABLED, _FOCUSABLE, _SHOWING = 8, 11, 25


@dataclass(frozen=True)
class Place:
    """A display and a session bus of the test's own. environment: what a program needs to appear there."""

    environment: dict[str, str]


@contextmanager
def place() -> Iterator[Place]:
    """An X server and a bus on which assistive technologies listen."""
    with ExitStack() as stack:
        display = ":" + stack.enter_context(_started("Xvfb", "-displayfd", "1", "-screen", "0", "1366x768x24"))
        bus = stack.enter_context(_started("dbus-daemon", "--session", "--nofork", "--print-address=1"))
        environment = {"DISPLAY": display, "DBUS_SESSION_BUS_ADDRESS": bus, "QT_QPA_PLATFORM": "xcb"}
        stack.enter_context(_window_manager(environment))
        yield Place(environment | {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"})


@contextmanager
def _started(*command: str) -> Iterator[str]:
    """A server that says in its first line where it is to be found."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def _window_manager(environment: dict[str, str]) -> Iterator[None]:
    """Without one no window becomes active."""
    process = subprocess.Popen(["openbox"], env=os.environ | environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


class Thing:
    """One accessible object of the program."""

    def __init__(self, reader: Reader, name: str, path: str) -> None:
        self._reader = reader
        self.address = (name, path)

    def _call(self, interface: str, method: str, signature: str = "", *body: Any) -> Any:
        return self._reader.call(self.address, interface, method, signature, *body)

    @property
    def name(self) -> str:
        return str(self._call("org.freedesktop.DBus.Properties", "Get", "ss", _ACCESSIBLE, "Name")[0][1])

    @property
    def description(self) -> str:
        return str(self._call("org.freedesktop.DBus.Properties", "Get", "ss", _ACCESSIBLE, "Description")[0][1])

    @property
    def role(self) -> str:
        return str(self._call(_ACCESSIBLE, "GetRoleName")[0])

    def has(self, state: int) -> bool:
        """Whether it is in a state of AtspiStateType."""
        low, high = self._call(_ACCESSIBLE, "GetState")[0]
        return bool((low | high << 32) >> state & 1)

    def children(self) -> list[Thing]:
        return [Thing(self._reader, *where) for where in self._call(_ACCESSIBLE, "GetChildren")[0]]

    def press(self) -> None:
        """Do what it is for."""
        self._call("org.a11y.atspi.Action", "DoAction", "i", 0)

    def write(self, text: str) -> None:
        """Put words into a field."""
        self._call("org.a11y.atspi.EditableText", "SetTextContents", "s", text)

    def focus(self) -> None:
        self._call("org.a11y.atspi.Component", "GrabFocus")


class Reader:
    """Listens to one program. Each question waits until it has an answer, and fails the test if that takes too long."""

    def __init__(self, where: Place) -> None:
        self._where = where
        with open_dbus_connection(bus=where.environment["DBUS_SESSION_BUS_ADDRESS"]) as session:
            asked = new_method_call(DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus"), "GetAddress")
            self._bus: DBusConnection = open_dbus_connection(bus=session.send_and_get_reply(asked).body[0])

    def close(self) -> None:
        self._bus.close()

    def call(self, where: tuple[str, str], interface: str, method: str, signature: str, *body: Any) -> Any:
        """Ask an object something. Raises Gone where it no longer is."""
        name, path = where
        message = new_method_call(DBusAddress(path, name, interface), method, signature or None, body)
        reply = self._bus.send_and_get_reply(message, timeout=PATIENCE_S)
        if reply.header.message_type is MessageType.error:
            raise Gone(reply.body)
        return reply.body

    def windows(self) -> list[Thing]:
        """The windows of every program there is."""
        root = Thing(self, "org.a11y.atspi.Registry", _ROOT)
        return [window for program in root.children() for window in program.children()]

    def shown(self) -> Iterator[Thing]:
        """Everything that can be seen, from the outside in."""
        waiting = self.windows()
        while waiting:
            thing = waiting.pop()
            try:
                if thing.has(_SHOWING):
                    yield thing
                    waiting += [] if thing.role in _ROWS else thing.children()
            except Gone:
                continue

    def find(self, name: str, *roles: str) -> Thing:
        """What is called so, of one of these roles; it can be used."""

        def found() -> Thing | None:
            return next((one for one in self.shown() if _is(one, name, roles)), None)

        return self.until(found, name)

    def until(self, answer: Callable[[], Any], what: str) -> Any:
        """Ask until there is an answer."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                if found := answer():
                    return found
            except Gone:
                pass
            assert time.monotonic() < end, f"waited in vain for {what}: {self.words()}"
            time.sleep(0.05)

    def press(self, name: str) -> None:
        self.find(name, "push button", "button", "toggle button", "check box", "page tab").press()

    def write(self, name: str, text: str) -> None:
        self.find(name, "text", "password text").write(text)

    def key(self, name: str, key: str) -> None:
        """Go to something and press a key there."""
        self.find(name).focus()
        subprocess.run(["xdotool", "key", key], env=os.environ | self._where.environment, check=True)

    def nameless(self) -> list[str]:
        """What Tab would come to and a screen reader could say nothing about."""
        return [one.role for one in self.shown() if one.has(_FOCUSABLE) and one.has(_ENABLED) and not _named(one)]

    def words(self) -> list[str]:
        """Every name that is shown."""
        return [name for one in self.shown() if (name := one.name)]


class Gone(Exception):
    """The object isn't there any more."""


def _is(thing: Thing, name: str, roles: tuple[str, ...]) -> bool:
    return thing.name == name and thing.has(_ENABLED) and (not roles or thing.role in roles)


def _named(thing: Thing) -> bool:
    # A pane that only holds others says nothing itself.
    return bool(thing.name) or thing.role in ("filler", "frame", "panel", "scroll pane", "viewport")
