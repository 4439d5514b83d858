"""F1: what each key does, everywhere and on the page one is on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.keys import KeyWords
from hmsdesk.views.kit.parts import KeyCap
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.words import Label

WIDTH = 720
MOST_HEIGHT = 540
KEYS_WIDTH = 150

# What holds in every list, form and menu; nobody declares it anew.
ALWAYS = (
    KeyWords(("Tab", "Shift+Tab"), "Next and previous field or part"),
    KeyWords(("Enter",), "In a field: on to the next; on a button: press it"),
    KeyWords(("Esc",), "Close or leave; asks before anything typed is thrown away"),
)


class KeyMap(Dialog):
    """Two columns of keys: those of the page, and those that work everywhere."""

    def __init__(self, parent: QWidget, page: Sequence[KeyWords], everywhere: Sequence[KeyWords]) -> None:
        super().__init__(parent, "Keys", "Everything can be done without the mouse.", WIDTH)
        self.setObjectName("keyMap")
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, theme.SPACE_8, 0)
        row.setSpacing(theme.SPACE_24)
        row.addWidget(_group("On this page", page or [KeyWords((), "Nothing besides")]), 1)
        row.addWidget(_group("Everywhere", [*everywhere, *ALWAYS]), 1)
        self._keys = both
        self._scroll = scroll = Scroll(both)
        # The keyboard scrolls it, though nothing in it is a stop.
        scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        scroll.setAccessibleName("Keys")
        self.column.addWidget(scroll)
        close = self.no_button()
        close.setDefault(True)
        self.column.addSpacing(theme.SPACE_8)
        self.add_row(close)
        close.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        # Only now have the words the font, and with it the lines, that they are read in.
        super().showEvent(event)
        layout = self._keys.layout()
        assert layout is not None
        high = layout.heightForWidth(self._scroll.viewport().width())
        self._scroll.setFixedHeight(min(MOST_HEIGHT, high + theme.SPACE_8))
        self.fit_soon()


def _group(heading: str, lines: Sequence[KeyWords]) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.SPACE_8)
    column.addWidget(Label(heading, bold=True))
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.SPACE_12)
    grid.setVerticalSpacing(theme.SPACE_8)
    grid.setColumnMinimumWidth(0, KEYS_WIDTH)
    grid.setColumnStretch(1, 1)
    for n, line in enumerate(lines):
        grid.addWidget(_caps(line.keys), n, 0, Qt.AlignmentFlag.AlignTop)
        words = Label(line.words, wrap=True)
        words.setAccessibleName(f"{' or '.join(line.keys)}: {line.words}")
        grid.addWidget(words, n, 1)
    column.addLayout(grid)
    column.addStretch()
    return box


def _caps(keys: Sequence[str]) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.SPACE_4)
    for key in keys:
        row.addWidget(KeyCap(key))
    row.addStretch()
    return box
