"""Beside the calendar: a month to choose a day from, whose columns are shown, and what the colours mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bson import ObjectId
from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.models.appointments import RESCHEDULED, STATUSES
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.views.calendar.month_picker import MonthPicker
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link
from hmsdesk.views.kit.chips import STATUSES as LOOKS
from hmsdesk.views.kit.chips import WORDS
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.words import paint_line, tip

WIDTH = 188
DOCTORS_AT_LEAST = 148
LINE = 24
LEGEND_LINE = 22


class _Legend(QWidget):
    """A colour, an icon and a word for each status."""

    def __init__(self) -> None:
        super().__init__()
        keys = [status.replace(" ", "-") for status, _ in STATUSES] + [RESCHEDULED]
        keys.insert(keys.index("with-nurse") + 1, "vitals-done")
        self._looks = [LOOKS[key] for key in keys]
        self.setFixedHeight(LEGEND_LINE * len(self._looks))
        self.setAccessibleName("Statuses: " + ", ".join(look.word for look in self._looks))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.font())
        for number, look in enumerate(self._looks):
            y = number * LEGEND_LINE
            theme.paint_icon(
                painter, placed(self, QRect(0, y, theme.ICON_BUTTON, LEGEND_LINE)), look.icon, WORDS[look.tone]
            )
            painter.setPen(theme.color("text"))
            words = placed(self, QRect(theme.SPACE_24, y, self.width() - theme.SPACE_24, LEGEND_LINE))
            paint_line(painter, words, look.word, self.layoutDirection())


class Doctors(Panel):
    """Whose columns are shown: any number of them on a day, one in a week."""

    chosen = Signal(object)
    """The ids of those that are."""

    def __init__(self) -> None:
        every = link("All")
        super().__init__("Doctors", "", every)
        self._all = every
        self._all.setObjectName("allDoctors")
        self._all.clicked.connect(self._on_all)
        self._rows: Sequence[Row] = ()
        self._boxes: dict[ObjectId, QCheckBox | QRadioButton] = {}
        self._single = False
        self._scroll = Scroll()
        self._scroll.setMinimumHeight(DOCTORS_AT_LEAST - theme.PANEL_TITLE)
        self.body.setContentsMargins(theme.SPACE_12, theme.SPACE_4, theme.SPACE_4, theme.SPACE_8)
        self.body.addWidget(self._scroll)

    def show_doctors(self, rows: Sequence[Row], chosen: Collection[ObjectId], *, single: bool) -> None:
        """Show who receives, and who of them is chosen. single: only one can be."""
        built = list(rows) != list(self._rows) or single != self._single
        if built:
            self._rows, self._single = list(rows), single
            self._build()
        for record, box in self._boxes.items():
            box.blockSignals(True)
            box.setChecked(record in chosen)
            box.blockSignals(False)
        if built:
            first = next((box for box in self._boxes.values() if box.isChecked()), None)
            # Its place is known once it has been laid out.
            QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(first) if first else None)
        self.set_count("" if single else f"{sum(box.isChecked() for box in self._boxes.values())} of {len(rows)}")
        self._all.setVisible(not single and len(rows) > 1)
        self._all.set_text("None" if self._every() else "All")

    def _build(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, theme.SPACE_12, 0)
        column.setSpacing(0)
        self._boxes = {}
        for row in self._rows:
            box: QCheckBox | QRadioButton = QRadioButton() if self._single else QCheckBox()
            room = WIDTH - 2 * theme.SPACE_12 - theme.SPACE_24 - theme.SPACE_12
            words = QFontMetrics(theme.font()).elidedText(row["name"], Qt.TextElideMode.ElideRight, room)
            box.setText(words.replace("&", "&&"))
            box.setAccessibleName(row["name"])
            box.setToolTip(tip(row["name"] if words != row["name"] else ""))
            box.setObjectName(f"doctor-{row['_id']}")
            box.setMinimumHeight(LINE + theme.SPACE_4)
            box.toggled.connect(lambda checked, record=row["_id"]: self._on_toggled(record, checked))
            self._boxes[row["_id"]] = box
            column.addWidget(box)
        column.addStretch()
        self._scroll.show_page(page)

    def _every(self) -> bool:
        return all(box.isChecked() for box in self._boxes.values())

    def _on_all(self) -> None:
        self.chosen.emit(set() if self._every() else set(self._boxes))

    def _on_toggled(self, record: ObjectId, checked: bool) -> None:
        if self._single:
            if checked:
                self.chosen.emit({record})
        else:
            self.chosen.emit({one for one, box in self._boxes.items() if box.isChecked()})


class Side(QWidget):
    """The three panels, one below the other. On a low screen the legend gives way first."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.picker = MonthPicker(locale)
        self.doctors = Doctors()
        month = QFrame()
        month.setObjectName("panel")
        within = QVBoxLayout(month)
        within.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_8, theme.SPACE_8)
        within.addWidget(self.picker)
        self._legend = Panel("Status")
        self._legend.body.setContentsMargins(theme.SPACE_12, theme.SPACE_4, theme.SPACE_4, theme.SPACE_8)
        scroll = _Low(_Legend())
        self._legend.body.addWidget(scroll)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_12)
        column.addWidget(month)
        column.addWidget(self.doctors, 1)
        column.addWidget(self._legend)
        column.addStretch()


class _Low(Scroll):
    """As high as what is in it, or lower."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._height = page.height()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 2 * theme.SPACE_12, self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 2 * LINE)
