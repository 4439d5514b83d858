"""Over the board: whose patients are shown, how the day stands, and the way to the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from bson import ObjectId
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmsdesk.controllers.flow import Flow
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import FilterChip
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.day_switch import BOARD, DaySwitch
from hmsdesk.views.kit.direction import open_menu
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.words import Label

Choose = Callable[[ObjectId | None], None]
ALL_DOCTORS, ALL_DEPARTMENTS = "All doctors", "All departments"


class Filters(QWidget):
    """What is chosen here stays while others work."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._flow: Flow | None = None
        self._doctor: ObjectId | None = None
        self._department: ObjectId | None = None
        self.doctor_chip, self.department_chip = FilterChip(ALL_DOCTORS), FilterChip(ALL_DEPARTMENTS)
        self.doctor_chip.setObjectName("filter-doctor")
        self.department_chip.setObjectName("filter-department")
        self._summary = Label(muted=True)
        self._summary.setObjectName("flowSummary")
        self.switch = DaySwitch(context, BOARD)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.doctor_chip)
        row.addWidget(self.department_chip)
        row.addWidget(self._summary)
        row.addStretch()
        row.addWidget(self.switch)
        self.doctor_chip.clicked.connect(self._on_doctor_chip)
        self.doctor_chip.cleared.connect(lambda: self.choose_doctor(None))
        self.department_chip.clicked.connect(self._on_department_chip)
        self.department_chip.cleared.connect(lambda: self.choose_department(None))

    def offer(self, flow: Flow) -> None:
        """What there is to choose from."""
        self._flow = flow
        self._name()

    def say(self, summary: str) -> None:
        """Say how the day stands."""
        self._summary.setText(summary)

    def holds(self, row: Row) -> bool:
        """Whether an appointment is let through."""
        doctor = row["practitioner"]
        return self._doctor in (None, doctor) and (self._department is None or doctor in self._members())

    def choose_doctor(self, doctor: ObjectId | None) -> None:
        """Show one doctor's patients, or everybody's."""
        self._doctor = doctor
        self._name()
        self.changed.emit()

    def choose_department(self, department: ObjectId | None) -> None:
        """Show one department's patients, or everybody's."""
        self._department = department
        self._name()
        self.changed.emit()

    def _members(self) -> set[ObjectId]:
        doctors = self._flow.doctors if self._flow else []
        return {one["_id"] for one in doctors if one.get("department") == self._department}

    def _name(self) -> None:
        doctors, departments = (self._flow.doctors, self._flow.departments) if self._flow else ((), ())
        _show(self.doctor_chip, "Doctor", ALL_DOCTORS, doctors, self._doctor)
        _show(self.department_chip, "Department", ALL_DEPARTMENTS, departments, self._department)
        # What is chosen can always be seen, and taken back.
        self.doctor_chip.setVisible(len(doctors) > 1 or self._doctor is not None)
        self.department_chip.setVisible(len(departments) > 1 or self._department is not None)
        beside = self.doctor_chip.isVisibleTo(self) or self.department_chip.isVisibleTo(self)
        self._summary.setContentsMargins(theme.SPACE_8 if beside else 0, 0, 0, 0)

    def _on_doctor_chip(self) -> None:
        rows = self._flow.doctors if self._flow else ()
        self._open(self.doctor_chip, ALL_DOCTORS, rows, self._doctor, self.choose_doctor)

    def _on_department_chip(self) -> None:
        # Nobody is found in one without a doctor.
        held = {one.get("department") for one in self._flow.doctors} if self._flow else set()
        rows = [row for row in self._flow.departments if row["_id"] in held] if self._flow else []
        self._open(self.department_chip, ALL_DEPARTMENTS, rows, self._department, self.choose_department)

    def _open(
        self, chip: FilterChip, all_words: str, rows: Sequence[Row], chosen: ObjectId | None, choose: Choose
    ) -> None:
        menu = Menu(self)
        for key, words in ((None, all_words), *((row["_id"], row["name"]) for row in rows)):
            action = menu.addAction(words.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(key == chosen)
            action.triggered.connect(partial(lambda key, _checked=False: choose(key), key))
        open_menu(menu, chip)


def _show(chip: FilterChip, name: str, all_words: str, rows: Sequence[Row], chosen: ObjectId | None) -> None:
    """Name what is let through."""
    row = next((one for one in rows if one["_id"] == chosen), None)
    chip.name = name if row else all_words
    chip.set_value(row["name"] if row else "")
