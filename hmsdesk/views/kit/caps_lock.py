"""Whether Caps Lock is on. Qt doesn't say, so the system is asked, and where it won't tell, the typed letters do."""

import sys
from functools import cache
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

_VK_CAPITAL = 0x14
_XKB_USE_CORE_KEYBOARD = 0x100


def is_on() -> bool | None:
    """What the system says; None where it doesn't say."""
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.user32.GetKeyState(_VK_CAPITAL) & 1)
    if QGuiApplication.platformName() == "xcb":
        return _on_x11()
    return None


def told_by(event: QKeyEvent) -> bool | None:
    """What a typed letter gives away: a capital without Shift, or a small letter with it."""
    letter = event.text()
    if len(letter) != 1 or letter.lower() == letter.upper():
        return None
    shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    return letter.isupper() != shifted


@cache
def _x11() -> tuple[Any, int] | None:
    import ctypes.util

    name = ctypes.util.find_library("X11")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    library.XOpenDisplay.restype = ctypes.c_void_p
    library.XkbGetIndicatorState.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.POINTER(ctypes.c_uint)]
    display = library.XOpenDisplay(None)
    return (library, display) if display else None


def _on_x11() -> bool | None:
    opened = _x11()
    if opened is None:
        return None
    import ctypes

    library, display = opened
    state = ctypes.c_uint()
    refused = library.XkbGetIndicatorState(display, _XKB_USE_CORE_KEYBOARD, ctypes.byref(state))
    # The first indicator is Caps Lock in every keymap that X ships.
    return None if refused else bool(state.value & 1)
