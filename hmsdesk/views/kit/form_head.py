"""What stands over a form: whose it is, and what the stars beside its fields mean."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from hmsdesk.models.record import Record
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.words import Label

HEIGHT = 48


class FormHead(QHBoxLayout):
    """One line over the fields of `row`, or of a new record. has_required: whether one of them bears a star."""

    def __init__(self, record: type[Record], row: Row | None, *, has_required: bool) -> None:
        super().__init__()
        adding = f"{record.LISTING.adding} {record.LISTING.noun}"
        self.title = Label(record.title_of(row) if row else adding, bold=True)
        self.title.setObjectName("formTitle")
        self.title.setFixedHeight(HEIGHT)
        self.setContentsMargins(theme.SPACE_16, 0, theme.SPACE_16, 0)
        self.addWidget(self.title, 1)
        if has_required:
            self.addWidget(Label("* required", muted=True, size="small"))
