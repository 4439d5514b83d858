"""The cashier's drawer: what it took by which method, and what should be in it."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.controllers.closings import Drawer
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import in_column, nothing, worded
from hmsdesk.models.payments import CARD, CASH, INSURANCE, METHODS, TRANSFER
from hmsdesk.models.times import time_or_day
from hmsdesk.views.cash_desk.rows import clear, sum_label
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link, normal
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.words import Label

WIDTH = 276
COLOURS = {CASH: "accent", CARD: "info", TRANSFER: "busy", INSURANCE: "good"}
BAR, KEY, ROW = 10, 10, 28


class Shares(QWidget):
    """One bar, a colour a method; the table below it says the same."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(BAR)
        self.parts: list[tuple[str, Decimal]] = []

    def show_parts(self, parts: list[tuple[str, Decimal]]) -> None:
        """Show so much of each token."""
        self.parts = [(token, part) for token, part in parts if part > 0]
        told = sum((part for _, part in self.parts), Decimal())
        self.setAccessibleName(f"Taken by method, together {in_column(told)}")
        self.update()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("neutral_soft"))
        whole = sum((part for _, part in self.parts), Decimal())
        mirrored, x = self.isRightToLeft(), 0
        for n, (token, part) in enumerate(self.parts):
            wide = self.width() - x if n == len(self.parts) - 1 else int(self.width() * part / whole)
            left = self.width() - x - wide if mirrored else x
            painter.fillRect(left, 0, wide - (n < len(self.parts) - 1), BAR, theme.color(token))
            x += wide


class _Key(QWidget):
    """The colour of a method in the bar."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token
        self.setFixedSize(KEY, KEY)

    def paintEvent(self, event: object) -> None:
        if self._token:
            QPainter(self).fillRect(self.rect(), theme.color(self._token))


class DrawerPanel(Panel):
    """What the drawer took, and the way to count and close it."""

    close_asked = Signal()
    open_asked = Signal()
    correct_asked = Signal()
    report_asked = Signal()

    def __init__(self, locale: Locale) -> None:
        super().__init__("Day total", "")
        self.setFixedWidth(WIDTH)
        self._locale = locale
        self._taken = Label(bold=True, size="title")
        self._taken.setObjectName("taken")
        self._bar = Shares()
        self._table = QWidget()
        self._rows = QVBoxLayout(self._table)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.close_button = normal("Count and close the day…", "clipboard-check-outline")
        self.close_button.setObjectName("closeDay")
        self.close_button.clicked.connect(lambda _: self.close_asked.emit())
        self.open_button = normal("Open the drawer…", "cash-register")
        self.open_button.setObjectName("openDrawer")
        self.open_button.clicked.connect(lambda _: self.open_asked.emit())
        self.correct_link = link("Correct what it was opened with…")
        self.correct_link.setObjectName("correctOpening")
        self.correct_link.clicked.connect(lambda _: self.correct_asked.emit())
        self.report_link = link("Reports of the drawers closed before")
        self.report_link.setObjectName("closingReports")
        self.report_link.clicked.connect(lambda _: self.report_asked.emit())
        self.body.addWidget(Label("Taken", muted=True))
        self.body.addWidget(self._taken)
        self.body.addWidget(self._bar)
        self.body.addWidget(self._table)
        for button in (self.open_button, self.close_button, self.correct_link, self.report_link):
            row = QHBoxLayout()
            row.addStretch()
            row.addWidget(button)
            row.addStretch()
            self.body.addLayout(row)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)

    def show_drawer(self, drawer: Drawer) -> None:
        """Show how it stands now."""
        sums = drawer.takings
        since = time_or_day(drawer.since, self._locale, self._locale.today()) if drawer.since else ""
        self.set_count(f"since {since}" if since else "")
        zero = nothing(self._locale.currency)
        # What was entered by mistake was never taken; the closing's report tells of it.
        kept = {method: one.taken - one.undone for method, one in sums.by.items()}
        taken = sum(kept.values(), zero)
        returned = sum((one.returned for one in sums.by.values()), zero)
        self._taken.setText(worded(taken, self._locale.currency))
        self._bar.show_parts([(COLOURS[method], part) for method, part in kept.items()])
        clear(self._rows)
        for method, words in METHODS:
            if method != INSURANCE or kept[method]:
                self._rows.addWidget(_line(words, in_column(kept[method]), COLOURS[method]))
        self._rows.addWidget(_line("Given back", in_column(-returned if returned else zero), muted=not returned))
        self._rows.addSpacing(theme.SPACE_4)
        self._rows.addWidget(Separator())
        self._rows.addSpacing(theme.SPACE_4)
        self._rows.addWidget(_line("Opened with", in_column(drawer.opened_with), muted=True))
        self._rows.addWidget(_line("Cash in the drawer", in_column(drawer.cash), bold=True))
        self.open_button.setVisible(drawer.opened is None)
        self.correct_link.setVisible(drawer.opened is not None)
        self.report_link.setVisible(drawer.opened is None and drawer.number > 1)
        self.close_button.setEnabled(drawer.since is not None)


def _line(words: str, amount: str, token: str = "", *, muted: bool = False, bold: bool = False) -> QWidget:
    line = QWidget()
    line.setFixedHeight(ROW)
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.SPACE_12)
    row.addWidget(_Key(token))
    row.addWidget(Label(words, muted=muted, bold=bold), 1)
    row.addWidget(sum_label(amount, 84, muted=muted, bold=bold))
    return line
