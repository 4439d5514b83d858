"""Which prescription is open: its number, what it is for, and where whoever waits for the rest of it is rung up."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmsdesk.controllers.dispensary.opening import OpenedPrescription
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import reached_at
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.words import Label


class Heading(QWidget):
    """One line above the lines of a prescription."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self._locale = locale
        self.number = Label(bold=True)
        self.number.setObjectName("prescriptionNumber")
        self._about = Label(muted=True)
        self.phone = Label(muted=True)
        self.phone.setObjectName("patientPhone")
        self.setFixedHeight(theme.PANEL_TITLE)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, 0)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.number)
        row.addWidget(self._about)
        row.addStretch()
        row.addWidget(self.phone)

    def show_opened(self, opened: OpenedPrescription, prescription: Row) -> None:
        """Say which one it is."""
        many = "1 medicine" if len(opened.lines) == 1 else f"{len(opened.lines)} medicines"
        self.number.setText(f"\u2066{prescription['number']}\u2069")
        self._about.setText(" · ".join(part for part in (prescription.get("diagnosis", ""), many) if part))
        self.phone.setText(reached_at(opened.patient or {}, self._locale))
