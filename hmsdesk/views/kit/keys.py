"""What the keyboard does, declared where it does it: each key with its words, so that F1 can list them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

_PROPERTY = "keysTold"
# Looked for by others too than who has it do something: it works where a dialog stands over the pages.
LEAVING = "Ctrl+L"
CTRL = Qt.KeyboardModifier.ControlModifier


class KeyWords(NamedTuple):
    """One line of the map: the keys as they stand on the keyboard, any of which does it, and what it does."""

    keys: tuple[str, ...]
    words: str


def on_key(
    owner: QWidget,
    keys: str | Sequence[str],
    words: str,
    action: Callable[..., object] | SignalInstance,
    *,
    context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
    enabled: bool = True,
    repeats: bool = False,
) -> QShortcut:
    """Let keys do something while their owner is in sight. words: as the map of keys has it.

    repeats: whether held down they go on doing it, as they may where one only looks at the next and the next.
    """
    shortcut = QShortcut(owner)
    shortcut.setContext(context)
    shortcut.setEnabled(enabled)
    shortcut.setAutoRepeat(repeats)
    shortcut.setKeys([QKeySequence(key) for key in ([keys] if isinstance(keys, str) else keys)])
    shortcut.setWhatsThis(words)
    shortcut.activated.connect(action)
    return shortcut


def tell_keys(widget: QWidget, *told: tuple[str | tuple[str, ...], str]) -> None:
    """Say what keys do that a widget takes by itself: (key or keys, words)."""
    widget.setProperty(_PROPERTY, [(keys if isinstance(keys, str) else "\n".join(keys), words) for keys, words in told])


def keys_in(root: QWidget) -> list[KeyWords]:
    """What the keys in sight under a widget do, each once."""
    found: dict[str, tuple[str, ...]] = {}
    for widget in (root, *root.findChildren(QWidget)):
        if not widget.isVisibleTo(root):
            continue
        for keys, words in widget.property(_PROPERTY) or []:
            found.setdefault(words, tuple(keys.split("\n")))
        for shortcut in widget.findChildren(QShortcut, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if shortcut.isEnabled() and shortcut.whatsThis():
                found.setdefault(shortcut.whatsThis(), _caps(shortcut))
    return [KeyWords(keys, words) for words, keys in found.items()]


def _caps(shortcut: QShortcut) -> tuple[str, ...]:
    """As on the keyboard; the Return key is called Enter, as in the rest of the program."""
    texts = (keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in shortcut.keys())  # noqa: SIM118 - no dict
    return tuple(dict.fromkeys(_NAMES.get(text, text.replace("Return", "Enter")) for text in texts))


_NAMES = {"PgUp": "Page up", "PgDown": "Page down"}
