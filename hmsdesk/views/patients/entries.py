"""The panels of a chart: lines with thin rules between them, scrolled where there are many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.deeds import Entry, line_of
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.scroll import Scroll

ANY = 16_777_215
LEAST = 40
PANEL_LEAST = theme.PANEL_TITLE + LEAST + 2


class ScrolledEntries(Panel):
    """Stays as it is while it has nothing new to say, and where it was scrolled to when it has."""

    def __init__(self, title: str, action: QAbstractButton | None = None) -> None:
        super().__init__(title, None, action)
        self.body.setContentsMargins(0, 0, 0, 0)
        self._shown: list[Entry] | None = None
        self._is_fitting = False
        self._most = ANY
        self._scroll = Scroll()
        self.body.addWidget(self._scroll)

    def show_entries(self, entries: Sequence[Entry], nothing: str = "") -> None:
        """Show these in place of those before; `nothing` where there are none."""
        wanted = list(entries) or [Entry(nothing)]
        if wanted == self._shown:
            return
        self._shown = wanted
        place = self._scroll.verticalScrollBar().value()
        self._scroll.show_page(_page(wanted))
        self._fit()
        self._scroll.verticalScrollBar().setValue(place)

    def set_fitting(self, fitting: bool) -> None:
        """Whether it is no higher than what it says, so that others get the room."""
        self._is_fitting = fitting
        self._fit()

    def set_most(self, most: int) -> None:
        """How high it may be where it is fitting, px: what follows it needs room as well."""
        if most != self._most:
            self._most = most
            self._fit()

    def needed(self) -> int:
        """How high it is with all that it says, px."""
        page = self._scroll.widget()
        if page is None:
            return PANEL_LEAST
        layout = page.layout()
        width = max(self.width(), self.minimumWidth()) - 2
        high = layout.heightForWidth(width) if layout is not None else page.sizeHint().height()
        return theme.PANEL_TITLE + max(high, LEAST) + 2

    def _fit(self) -> None:
        self.setMaximumHeight(min(self.needed(), self._most) if self._is_fitting else ANY)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


def _page(entries: Sequence[Entry]) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for entry in entries:
        column.addWidget(line_of(entry))
        column.addWidget(Separator())
    column.addStretch()
    return page
