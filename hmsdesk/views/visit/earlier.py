"""An earlier visit, to be read."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.controllers.consulting_room import prescribed_in
from hmsdesk.controllers.encounter_notes import ADDENDA
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.security.permissions import READ
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.words import Label
from hmsdesk.views.visit.reading import note_words

WIDTH, HEIGHT = 620, 420


class EarlierDialog(Dialog):
    """Its note, and below it what was added later."""

    def __init__(self, parent: QWidget, context: Context, visit: Row, note: Row) -> None:
        when = day_and_time(visit["started_at"], context.session.locale)
        super().__init__(parent, f"Visit of {when}", str(visit.get("practitioner:title", "")), WIDTH)
        self.setObjectName("earlierVisit")
        self._locale = context.session.locale
        page = QWidget()
        self._words = QVBoxLayout(page)
        self._words.setContentsMargins(0, 0, theme.SPACE_12, 0)
        self._words.addWidget(note_words(note, self._locale))
        self._words.addStretch()
        scroll = Scroll(page)
        scroll.setFixedHeight(HEIGHT)
        close = self.no_button()
        close.setDefault(True)
        self.column.addWidget(scroll)
        self.column.addSpacing(theme.SPACE_8)
        self.add_row(close)
        session = context.session
        tasks.run(self, lambda: ADDENDA.of(session, visit["_id"]), self._show_addenda, lambda _: None)
        if session.may(PRESCRIPTIONS.resource, READ):
            tasks.run(self, partial(prescribed_in, session, visit), self._show_prescribed, lambda _: None)

    def _show_prescribed(self, lines: list[str]) -> None:
        """Below the note, above what was added later."""
        if lines:
            self._words.insertWidget(1, Label("Prescribed", muted=True, size="small"))
            words = Label("\n".join(lines), wrap=True)
            words.setObjectName("prescribedThen")
            self._words.insertWidget(2, words)

    def _show_addenda(self, rows: list[Row]) -> None:
        for row in rows:
            when = day_and_time(row["created_at"], self._locale)
            place = self._words.count() - 1
            self._words.insertWidget(place, Separator())
            words = Label(f"Added {when} by {row.get('created_by:title', '')}", muted=True, size="small")
            self._words.insertWidget(place + 1, words)
            self._words.insertWidget(place + 2, Label(row["text"], wrap=True))
