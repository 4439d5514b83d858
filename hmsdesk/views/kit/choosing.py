"""Buttons that ask the system for a file or a folder, beside a field in which its path can be typed as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from hmsdesk.models.backups import ENDING
from hmsdesk.views.kit.buttons import Button, normal
from hmsdesk.views.kit.field_row import FieldRow

BACKUPS = f"Backups of HMSDesk (*{ENDING});;All files (*)"
KEYS = "All files (*)"
_ICON = "folder-open-outline"


def file_button(
    row: FieldRow,
    title: str,
    kinds: str,
    word: str = "Choose a file…",
    then: Callable[[], object] = lambda: None,
) -> Button:
    """Asks for a file that is there. title, kinds: of the system's dialog. then: what follows on a choice."""

    def ask() -> str:
        return QFileDialog.getOpenFileName(row.window(), title, str(Path.home()), kinds)[0]

    return _button(row, word, ask, then)


def folder_button(row: FieldRow, title: str) -> Button:
    """Asks for a folder, beginning with the one that stands in the field."""

    def ask() -> str:
        return QFileDialog.getExistingDirectory(row.window(), title, str(row.editor.raw()))

    return _button(row, "Choose a folder…", ask)


def _button(row: FieldRow, word: str, ask: Callable[[], str], then: Callable[[], object] = lambda: None) -> Button:
    button = normal(word, _ICON)

    def on_clicked() -> None:
        chosen = ask()
        if chosen:
            row.editor.set_raw(chosen)
            row.check()
            then()

    button.clicked.connect(lambda _: on_clicked())
    return button
