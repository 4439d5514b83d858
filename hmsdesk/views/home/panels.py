"""A panel with a list of entries in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QAbstractButton

from hmsdesk.views.home.entries import Entry, EntryList, Patience
from hmsdesk.views.home.painting import LineDelegate
from hmsdesk.views.kit.parts import Panel


class EntryPanel(Panel):
    """Title, count, and the entries; says what is the case while there are none. name: as tests find the list."""

    def __init__(
        self, title: str, name: str, patience: Patience, empty: str, action: QAbstractButton | None = None
    ) -> None:
        super().__init__(title, "", action)
        self.list = EntryList(title, patience)
        self.list.setObjectName(name)
        self.list.setItemDelegate(LineDelegate(patience, self.list))
        self.list.empty = empty
        # The panel's border stays in sight.
        self.body.setContentsMargins(1, 0, 1, 1)
        self.body.addWidget(self.list, 1)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these."""
        self.list.show_entries(entries)
        self.set_count(str(len(entries)) if entries else "")
