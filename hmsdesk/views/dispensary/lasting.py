"""Below a line: that its lot expires before it is used up, and the lot to give in its place."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmsdesk.controllers.dispensary.handing_out import Given
from hmsdesk.controllers.dispensary.lasting import WHY_LATER, TooShort
from hmsdesk.models.dates import worded
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link
from hmsdesk.views.kit.words import Label

NONE_LASTS = "No single lot that lasts holds enough."


class Lasting(QWidget):
    """Warns, and forbids nothing."""

    wanted = Signal(object)
    """What is to be given, as `Given`."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._found: TooShort | None = None
        self.words = Label(size="small", wrap=True)
        self.words.setObjectName(f"tooShort{number}")
        self.words.set_tone("warning")
        self.better = link("")
        self.better.setObjectName(f"lasting{number}")
        self.better.clicked.connect(lambda _: self._on_better())
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, theme.SPACE_4)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.words, 1)
        row.addWidget(self.better)
        self.hide()

    def say(self, found: TooShort | None) -> None:
        """Say this, or nothing."""
        self._found = found
        self.setVisible(found is not None)
        if found is None:
            return
        lot, better = found.lot, found.better
        said = f"Lot \u2066{lot['lot']}\u2069 expires on {worded(lot['expires'])}, before it is used up"
        said = f"{said} ({worded(found.until)})."
        self.words.setText(f"{said} {NONE_LASTS}" if found.none_lasts else said)
        self.better.setVisible(better is not None)
        if better is not None:
            self.better.set_text(f"Give lot \u2066{better['lot']}\u2069, to {worded(better['expires'])}")

    def _on_better(self) -> None:
        if self._found is not None and self._found.better is not None:
            self.wanted.emit(Given(WHY_LATER, lot=self._found.better["_id"]))
