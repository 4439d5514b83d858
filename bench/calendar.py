"""The calendar's grid with 12 doctors and 200 bookings: one paint of all that is seen, and one turn of the wheel."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta

from bson import ObjectId
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from bench.measure import Figure, median_of, ratio
from bench.practice import Practice, Row
from hmsdesk.controllers.demo.names import FAMILIES, MEN, WOMEN
from hmsdesk.models.appointments import APPROVED, CANCELLED, CHECKED_IN, COMPLETED, PENDING
from hmsdesk.models.booking import Diary, wall
from hmsdesk.models.locale import Locale
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.views.calendar.grid import WHEEL_STEP, DayGrid
from hmsdesk.views.calendar.plan import Wanted
from hmsdesk.views.calendar.table import day_head, set_out
from hmsdesk.views.kit import theme

DAY = date(2026, 11, 17)
DOCTORS, BOOKINGS = 12, 200
# As in a window on a screen of 1920 by 1080.
SIZE = (1540, 900)
STATUSES = (APPROVED, APPROVED, APPROVED, CHECKED_IN, COMPLETED, PENDING, CANCELLED)
SCREEN_MS = 16


def run(_: Practice) -> list[Figure]:
    """Bare: a painter that fills as many rectangles of the same places and writes as many lines of words into them."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme.apply(application, dark=False)
    grid = _grid()
    seen = [(number, box) for number in grid.places().seen(0, SIZE[0]) for box in grid.columns[number].boxes]
    rects = [grid.places().spot(number, box) for number, box in seen]
    rects = [rect for rect in rects if rect.intersects(grid.viewport().rect())]
    # The grid paints as much again as free starts, lines, edges, times and words.
    texts = 3 * len(rects) + sum(len(grid.columns[number].starts) for number in grid.places().seen(0, SIZE[0]))

    def program(_: int) -> None:
        grid.viewport().repaint()

    image = QImage(grid.viewport().size(), QImage.Format.Format_ARGB32_Premultiplied)

    def bare(_: int) -> None:
        painter = QPainter(image)
        painter.setFont(theme.font())
        painter.fillRect(image.rect(), theme.color("surface_raised"))
        for rect in rects:
            painter.fillRect(rect, theme.color("info_soft"))
        for number in range(texts):
            painter.drawText(rects[number % len(rects)], Qt.AlignmentFlag.AlignVCenter, "Mohamed Ali Hassan")
        painter.end()

    bar = grid.verticalScrollBar()

    def scroll(number: int) -> None:
        bar.setValue(bar.value() + (WHEEL_STEP if number % 40 < 20 else -WHEEL_STEP))
        grid.viewport().repaint(_entered(grid, number))

    detail = f"{len(rects)} bookings of {BOOKINGS} in sight"
    whole = ratio("calendar, whole paint", program, bare, 120, 1.5)
    turn = median_of(scroll, 120)
    return [whole, Figure("calendar, turn of wheel", turn, "ms", SCREEN_MS, detail)]


def _entered(grid: DayGrid, number: int) -> QRect:
    """The strip that a turn of the wheel brings into sight."""
    room = grid.viewport().rect()
    corner = QPoint(0, room.bottom() - WHEEL_STEP if number % 40 < 20 else 0)
    return QRect(corner, room.size()).intersected(QRect(corner.x(), corner.y(), room.width(), WHEEL_STEP))


def _grid() -> DayGrid:
    locale = Locale("EG", "EGP", "Africa/Cairo")
    chance = random.Random(12)
    doctors: list[Row] = [{"_id": ObjectId(), "name": f"Dr {name} {family}"} for (name, _), (family, _) in
                          zip(WOMEN[:DOCTORS], FAMILIES, strict=False)]  # fmt: skip
    hours = [{"weekday": "tue", "starts": "08:00", "ends": "20:00", "purpose": FOR_PATIENTS}]
    week = {"hours": hours, "slot_minutes": 20, "patient_limit": 20, "representative_limit": 0}
    wanted = [
        Wanted(doctor, DAY, Diary(doctor["_id"], locale, week), _rows(doctor, locale, chance)) for doctor in doctors
    ]
    grid = DayGrid(locale)
    grid.resize(*SIZE)
    grid.show()
    now = datetime(2026, 11, 17, 8, 42, tzinfo=UTC)
    table = set_out(wanted, locale, now, 0)
    grid.show_columns(table.columns, [day_head(column) for column in table.columns], table.axis, now)
    QApplication.processEvents()
    return grid


def _rows(doctor: Row, locale: Locale, chance: random.Random) -> list[Row]:
    first = wall(DAY, "08:00", locale)
    assert first is not None
    slots = sorted(chance.sample(range(36), BOOKINGS // DOCTORS + 1))
    return [
        {
            "_id": ObjectId(),
            "version": 1,
            "start": first + timedelta(minutes=20 * slot),
            "minutes": 20,
            "status": chance.choice(STATUSES),
            "purpose": FOR_PATIENTS,
            "practitioner": doctor["_id"],
            "patient:title": f"{chance.choice(MEN)[0]} {chance.choice(FAMILIES)[0]}",
        }
        for slot in slots
    ]
