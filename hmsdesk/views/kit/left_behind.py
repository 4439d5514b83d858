"""What was typed into a page that takes it no more: said above it, and shown apart to be copied or thrown away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.models.times import time_or_day
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, quiet
from hmsdesk.views.kit.dialogs import REPORT_WIDTH, Dialog
from hmsdesk.views.kit.drafting import Drafting
from hmsdesk.views.kit.form import THROWN_AWAY
from hmsdesk.views.kit.form_fields import FormFields
from hmsdesk.views.kit.notice import INFORMATION, Notice

LEAST_HEIGHT = 220
# Why, where another role of the same person could.
NOT_IN_THIS_ROLE = "It can't be saved in the role you work in now."


class LeftBehind(Notice):
    """Hidden until `look` finds a draft."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self.setObjectName("leftBehind")
        self.setContentsMargins(0, 0, 0, 0)
        self._locale = locale

    def look(self, kept: Drafting, made_fields: Callable[[], FormFields], row: Row | None, why: str) -> None:
        """Offer what was kept. made_fields: such as it was typed into. row: as it is stored; None: a new one.

        Where all of it is stored as well, the draft is of no use to anybody and goes.
        """
        if kept.values is None:
            return
        words = _unsaved(kept, made_fields(), row)
        if words:
            self._offer(kept, words, why)
        else:
            kept.drop()

    def _offer(self, kept: Drafting, words: str, why: str) -> None:
        when = f" at {time_or_day(kept.typed_at, self._locale, self._locale.today())}" if kept.typed_at else ""
        said = f"What you typed here{when} is not saved. {why}"

        def show() -> None:
            LeftBehindDialog(self, said, words, throw_away).open()

        def throw_away() -> None:
            kept.drop()
            self.say("info", THROWN_AWAY, ("Undo", take_back))

        def take_back() -> None:
            # Where the disk refuses it, it can be read and copied here still.
            with suppress(OSError):
                kept.keep(kept.values or {})
            self._offer(kept, words, why)

        self.say("warning", said, ("Show what you typed", show), INFORMATION)


def _unsaved(kept: Drafting, fields: FormFields, row: Row | None) -> str:
    if row is None:
        fields.show_defaults()
    else:
        fields.show_row(row)
    fields.restore(kept.values or {})
    words = fields.unsaved_words(row or {})
    fields.deleteLater()
    return words


class LeftBehindDialog(Dialog):
    """The words, to be read, copied and thrown away."""

    def __init__(self, parent: LeftBehind, said: str, words: str, throw_away: Callable[[], None]) -> None:
        super().__init__(parent, "What you typed", said, REPORT_WIDTH)
        self.setObjectName("leftBehindDialog")
        text = QPlainTextEdit(words, readOnly=True, tabChangesFocus=True)
        text.setObjectName("leftBehindWords")
        text.setAccessibleName("What you typed")
        text.setMinimumHeight(LEAST_HEIGHT)
        discard = quiet("Discard it")
        discard.setObjectName("leftBehindDiscard")
        discard.clicked.connect(self.accept)
        self.accepted.connect(throw_away)
        self._copy = normal("Copy", "content-copy")
        self._copy.setObjectName("leftBehindCopy")
        self._copy.clicked.connect(lambda _: self._on_copy(words))
        close = self.no_button()
        close.setDefault(True)
        self.column.addWidget(text)
        self.column.addSpacing(theme.SPACE_8)
        self.add_row(discard, self._copy, close)
        close.setFocus()

    def _on_copy(self, words: str) -> None:
        QGuiApplication.clipboard().setText(words)
        self._copy.set_text("Copied")
