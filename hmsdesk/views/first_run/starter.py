"""The last step: what the practice begins with, to be ticked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.starter import (
    CLOSES,
    DEPARTMENT_OFFERS,
    OPENS,
    PRICES_IN,
    SERVICE_OFFERS,
    Offer,
    Start,
    usual_days,
)
from hmsdesk.models.declaration import Problem
from hmsdesk.models.locale import Locale
from hmsdesk.models.schedules import WEEKDAYS
from hmsdesk.models.services import Service
from hmsdesk.models.times import TimeField
from hmsdesk.views.first_run.step import Step
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link
from hmsdesk.views.kit.editor import LineField
from hmsdesk.views.kit.questions import NOWHERE, Question, Questions
from hmsdesk.views.kit.weeks import in_order
from hmsdesk.views.kit.words import Label

USUAL = ("FAM",)
PRICE_WIDTH = 96
DAY_COLUMNS = 4
NO_DOCTOR = "Names, with a comma between. Weeks can be given later too, under Schedules."
NO_PRICE = "A price is needed; 0 is one."


class Ticks(QWidget):
    """Things to tick, in two columns, with a link that ticks all or none."""

    def __init__(self, title: str, offers: Sequence[tuple[str, str]], ticked: Sequence[str], columns: int = 2) -> None:
        super().__init__()
        self._boxes: dict[str, QCheckBox] = {}
        self._all = link("All of them")
        self._all.clicked.connect(self._on_all)
        head = QHBoxLayout()
        head.addWidget(Label(title, bold=True))
        head.addStretch()
        head.addWidget(self._all)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_16)
        grid.setVerticalSpacing(0)
        rows = -(-len(offers) // columns)
        for number, (key, words) in enumerate(offers):
            box = QCheckBox(words.replace("&", "&&"))
            box.setObjectName(f"tick-{key}")
            box.setChecked(key in ticked)
            box.toggled.connect(lambda _: self._name_link())
            self._boxes[key] = box
            grid.addWidget(box, number % rows, number // rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_4)
        column.addLayout(head)
        column.addLayout(grid)
        self._name_link()

    def ticked(self) -> list[str]:
        """What is ticked."""
        return [key for key, box in self._boxes.items() if box.isChecked()]

    def _name_link(self) -> None:
        self._all.set_text("None of them" if len(self.ticked()) == len(self._boxes) else "All of them")

    def _on_all(self) -> None:
        tick = len(self.ticked()) < len(self._boxes)
        for box in self._boxes.values():
            box.setChecked(tick)


class PricedService(QWidget):
    """A service to tick, with its price in the practice's currency."""

    def __init__(self, offer: Offer, locale: Locale) -> None:
        super().__init__()
        self.code = offer.code
        self._locale = locale
        self.box = QCheckBox(offer.name)
        self.box.setObjectName(f"tick-{offer.code}")
        self.box.setChecked(locale.currency == PRICES_IN)
        self.price = LineField(f"Price of {offer.name} in {locale.currency}")
        self.price.setObjectName(f"price-{offer.code}")
        self.price.setFixedWidth(PRICE_WIDTH)
        self.price.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.price.setText(f"{offer.price}.00" if locale.currency == PRICES_IN else "")
        self.price.setEnabled(self.box.isChecked())
        self.box.toggled.connect(self._on_toggled)
        self.price.textEdited.connect(lambda _: self._say(""))
        self._below = Label(size="small")
        self._below.set_tone("danger")
        self._below.setAlignment(Qt.AlignmentFlag.AlignTrailing)
        self._below.hide()
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self.box, 1)
        row.addWidget(Label(self._locale.currency, muted=True))
        row.addWidget(self.price)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._below)

    def check(self) -> bool:
        """Whether the price of a ticked service is one."""
        if not self.box.isChecked():
            return True
        problem = "" if self.price.text().strip() else NO_PRICE
        try:
            Service.price.clean(self.price.text(), self._locale)
        except Problem as wrong:
            problem = str(wrong)
        self._say(problem)
        if problem:
            self.price.setFocus()
        return not problem

    def _say(self, problem: str) -> None:
        self._below.setText(problem)
        self._below.setVisible(bool(problem))
        self.price.set_state("invalid" if problem else "plain")

    def _on_toggled(self, ticked: bool) -> None:
        self.price.setEnabled(ticked)
        self._say("")


class StarterStep(Step):
    """Departments, services, and the week of the doctors."""

    may_go_back = False
    may_skip = True
    word = "Finish"

    def __init__(self, locale: Locale, doctor: str) -> None:
        """doctor: the name of the one who does everything; empty in a clinic."""
        super().__init__(
            "starter",
            "What to begin with",
            "Tick what you have. All of it can be changed later, under Clinic.",
        )
        self._doctor = doctor
        departments = [(one.code, one.name) for one in DEPARTMENT_OFFERS]
        self._departments = Ticks("Departments", departments, USUAL)
        self.body.addWidget(self._departments)
        self.body.addSpacing(theme.SPACE_8)
        self._services = [PricedService(one, locale) for one in SERVICE_OFFERS]
        self._add_services()
        self.body.addSpacing(theme.SPACE_8)
        self._days = Ticks("Working week", in_order(WEEKDAYS, locale), usual_days(locale.country), DAY_COLUMNS)
        self.body.addWidget(self._days)
        self._add_hours()

    def begin(self) -> None:
        self._departments.findChildren(QCheckBox)[0].setFocus()

    def check(self) -> bool:
        wrong = [service for service in self._services if not service.check()]
        return not wrong and super().check()

    def start(self) -> Start:
        """What was ticked; everything was checked before."""
        assert self.questions is not None
        hours = self.questions.values()
        return Start(
            departments=self._departments.ticked(),
            services={one.code: one.price.text() for one in self._services if one.box.isChecked()},
            days=self._days.ticked(),
            opens=hours["opens"],
            closes=hours["closes"],
            doctors=self._doctors(),
        )

    def _add_services(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_4)
        column.addWidget(Label("Services", bold=True))
        for service in self._services:
            column.addWidget(service)
        self.body.addLayout(column)

    def _add_hours(self) -> None:
        fields = {
            "opens": Question("From", like=TimeField()),
            "closes": Question("To", self._order_problem, like=TimeField()),
        }
        lines: list[str | tuple[str, ...]] = [("opens", "closes")]
        if not self._doctor:
            fields["doctors"] = Question("Doctors with this week", required=False, help_text=NO_DOCTOR)
            lines.append("doctors")
        questions = self.ask(Questions(fields, lines))
        questions.show_values({"opens": OPENS, "closes": CLOSES})

    def _doctors(self) -> list[str]:
        assert self.questions is not None
        if self._doctor:
            return [self._doctor]
        names = str(self.questions.raw("doctors")).replace("،", ",").split(",")
        return list(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))

    def _order_problem(self, closes: str) -> str:
        assert self.questions is not None
        field, typed = TimeField(), (self.questions.raw("opens"), closes)
        try:
            opens, ends = (field.clean(text, NOWHERE) for text in typed)
        except Problem:
            return ""
        return "" if opens and ends and opens < ends else "It must end after it begins."
