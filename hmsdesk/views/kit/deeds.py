"""Short entries beside a note: what it is, below it what more is known, and at its end what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, quiet
from hmsdesk.views.kit.chips import Status
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Chip, Panel
from hmsdesk.views.kit.words import Label


@dataclass(frozen=True)
class Deed:
    """Something that can be done with an entry. name: for who doesn't see what it stands beside."""

    word: str
    name: str
    do: Callable[[], object]
    icon: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry; a status stands at its end, and its deeds below."""

    first: str
    second: str = ""
    status: Status | None = None
    deeds: tuple[Deed, ...] = ()


class EntriesPanel(Panel):
    """A titled box of entries, as high as they are."""

    def __init__(self, title: str, action: Button | None = None) -> None:
        super().__init__(title, None, action)
        self.setAccessibleName(title)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self._shown: list[Entry] | None = None

    def show_entries(self, entries: Sequence[Entry], nothing: str) -> None:
        """Show these in place of those before; `nothing` where there are none."""
        wanted = list(entries)
        if _told(wanted) == _told(self._shown):
            return
        self._shown = wanted
        while (item := self.body.takeAt(0)) is not None and (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        self.set_count(str(len(wanted)) if wanted else "")
        for number, entry in enumerate(wanted or [Entry(nothing)]):
            if number:
                self.body.addWidget(Separator())
            self.body.addWidget(line_of(entry))


def _told(entries: list[Entry] | None) -> list[tuple[object, ...]] | None:
    """What a person sees of entries: what they do is made anew each time."""
    if entries is None:
        return None
    return [(one.first, one.second, one.status, *(deed.name for deed in one.deeds)) for one in entries]


def line_of(entry: Entry) -> QWidget:
    """An entry as it stands in a panel."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
    column.setSpacing(2)
    row = QHBoxLayout()
    row.addWidget(Label(entry.first, wrap=True), 1)
    if entry.status:
        row.addWidget(Chip.of(entry.status), 0, Qt.AlignmentFlag.AlignTop)
    column.addLayout(row)
    if entry.second:
        column.addWidget(Label(entry.second, muted=True, size="small", wrap=True))
    if entry.deeds:
        deeds = QHBoxLayout()
        deeds.setSpacing(0)
        # A quiet button's words begin a little inside of it.
        deeds.setContentsMargins(0, 0, 0, 0)
        for deed in entry.deeds:
            deeds.addWidget(_button(deed))
        deeds.addStretch()
        column.addLayout(deeds)
    return box


def _button(deed: Deed) -> Button:
    button = quiet(deed.word, deed.icon).set_compact()
    button.setAccessibleName(deed.name)
    button.clicked.connect(lambda _: deed.do())
    return button
