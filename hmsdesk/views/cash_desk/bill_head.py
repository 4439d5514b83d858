"""Whose bill it is: never take one patient's money for another's."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.cash_desk import Account
from hmsdesk.models.invoices import OPEN, is_overdue
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import worded
from hmsdesk.models.patients import born
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.views.cash_desk.rows import Name, Words, small_button
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.chips import STATUSES
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label, initials

HEIGHT, SIDE = 54, 36


class BillHead(QWidget):
    """Initials, name in both scripts, ID, birth and insurance; at the end the bill's number, state and date."""

    chart_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("billHead")
        self.setFixedHeight(HEIGHT)
        self._initials = ""
        self._name = Name(bold=True)
        self._name.setObjectName("billPatient")
        self._other = Name(muted=True)
        self._about = Words("", muted=True)
        self._number = Label(bold=True)
        self._number.setObjectName("billNumber")
        self._chip = Chip("", "", "neutral")
        self._when = Label(muted=True)
        self._besides = Label()
        self._besides.setObjectName("owesBesides")
        self._besides.set_tone("warning")
        self.chart = small_button("Open the patient's chart", "folder-account-outline", self.chart_asked.emit, "chart")
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(theme.SPACE_8)
        first.addWidget(self._name)
        first.addWidget(self._other)
        first.addWidget(self.chart)
        first.addStretch()
        first.addWidget(self._chip)
        first.addWidget(self._number)
        second.addWidget(self._about, 1)
        second.addWidget(self._besides)
        second.addWidget(self._when)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(first)
        column.addLayout(second)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(theme.SPACE_12, theme.SPACE_4, theme.SPACE_12, theme.SPACE_4)
        whole.setSpacing(0)
        whole.addSpacing(SIDE + theme.SPACE_8)
        whole.addLayout(column, 1)

    def show_account(self, account: Account, locale: Locale) -> None:
        """Show whose account it is."""
        patient, bill = account.patient, account.invoice
        self._initials = initials(patient["name"])
        self._name.setText(patient["name"])
        self._other.setText(patient.get("name_ar", ""))
        self._other.setVisible(bool(patient.get("name_ar")))
        self._about.setText(_about(patient, bill))
        besides = worded(account.besides, locale.currency) if account.besides else ""
        self._besides.setText(f"Owes {besides} besides" if besides else "")
        self._number.setText(f"\u2066{bill['number']}\u2069" if bill else "Not billed yet")
        self._when.setText(day_and_time(bill["issued_at"], locale) if bill else "")
        overdue = bill is not None and bill["state"] == OPEN and is_overdue(bill, datetime.now(UTC), locale)
        status = STATUSES["overdue" if overdue else bill["state"] if bill else "to-bill"]
        self._chip.set(status.word, status.icon, status.tone)
        self.update()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("line"))
        box = placed(self, QRect(theme.SPACE_12, (HEIGHT - SIDE) // 2, SIDE, SIDE))
        paint_box(painter, box, "accent_soft", "")
        painter.setFont(theme.font(bold=True))
        painter.setPen(theme.color("accent"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._initials)


def _about(patient: Row, bill: Row | None) -> str:
    insurer = (bill or patient).get("insurer", "")
    parts = [f"\u2066{patient['identifier']}\u2069", f"born {born(patient)}" if born(patient) else "", insurer]
    return " · ".join(part for part in parts if part)
