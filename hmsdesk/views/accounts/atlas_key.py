"""Asks whether an owner wants another key to Atlas's Administration API in place of the one so far."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.questions import Question, Questions

TEXT = (
    "Database users on MongoDB Atlas are made with a key to its Administration API. If it runs out, or somebody may "
    "have seen it, type another one. Leave both empty to keep it."
)
BOTH = "Both parts, or neither."


class AskAtlasKey(Dialog):
    """Both parts of another key, or neither."""

    chosen = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "Another key to Atlas?", TEXT)
        self.setObjectName("atlasKey")
        fields = {
            "key": Question("Public key, or client ID of a service account", required=False),
            "secret": Question("Private key, or its secret", required=False, password=True),
        }
        self.questions = Questions(fields, width=self.width() - 2 * theme.SPACE_16)
        self.questions.checked.connect(self.fit_soon)
        self.column.addWidget(self.questions)
        self.column.addSpacing(theme.SPACE_8)
        self.add_answers(primary("Go on"), self._on_go_on)
        self.questions.rows["key"].editor.setFocus()

    def _on_go_on(self) -> None:
        key, secret = (str(self.questions.raw(name)).strip() for name in ("key", "secret"))
        if bool(key) == bool(secret):
            self.accept()
            self.chosen.emit(key, secret)
        else:
            self.questions.set_problems({"secret" if key else "key": BOTH})
            self.fit_soon()
