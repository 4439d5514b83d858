"""The chart: who the patient is, and in tabs what of their health, visits and bills the role may know."""

from __future__ import annotations

from functools import partial

from bson import ObjectId
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from hmsdesk.controllers.charts import COLLECTIONS, Chart, look_again, open_chart
from hmsdesk.models.appointments import IN_CONSULTATION
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.banner import Banner
from hmsdesk.views.kit.buttons import Button, normal, primary, quiet
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.desk_keys import add_desk_keys
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.page import BackButton, Page, margin_of
from hmsdesk.views.kit.parts import StateView
from hmsdesk.views.kit.patient_summary import going_on, summary_of, visit_words
from hmsdesk.views.kit.tab_order import put_before
from hmsdesk.views.kit.tabs import TabBar
from hmsdesk.views.kit.vital_words import VitalWords
from hmsdesk.views.patients.history import HISTORY
from hmsdesk.views.patients.overview import EDIT, HEALTH_PART, Overview
from hmsdesk.views.patients.tabs import TABS, Tab

__all__ = ["EDIT", "HEALTH_PART", "MODULE", "ChartPage"]

MODULE = "patients"
OVERVIEW = "overview"


class ChartPage(Page):
    """One patient on one page. It is shown only once its opening is in the trail."""

    def __init__(self, context: Context, patient: ObjectId) -> None:
        super().__init__(theme.SPACE_12, theme.SPACE_12)
        self.setObjectName("chart")
        self._context = context
        self._patient = patient
        self.chart: Chart | None = None
        self._latest = tasks.Latest(self)
        self._missed = False
        edits_health = context.session.may("patient_health", "update")
        self._banner = Banner(edit_allergies=partial(self._go_to, HEALTH_PART) if edits_health else None)
        self._back: BackButton | None = None
        self._begin: Button | None = None
        self.overview: Overview | None = None
        self.tabs = TabBar("Parts of the chart")
        self.tabs.setObjectName("chartTabs")
        self.pages = QStackedWidget()
        self._made: dict[str, QWidget] = {}
        self._state = StateView()
        self._column.addWidget(self._state, 1)
        context.live.follow(self, COLLECTIONS, self._on_news)
        self._open()

    def _open(self) -> None:
        self._state.show_loading()
        self._latest.ask(partial(open_chart, self._context.session, self._patient), self._show, self._on_failed)

    def _on_news(self) -> None:
        self._missed = self.chart is None
        if not self._missed:
            # What is shown stays until the answer comes; a lost server is said in the frame.
            look = partial(look_again, self._context.session, self._patient)
            self._latest.ask(look, self._show, lambda _: None)

    def _on_failed(self, problem: Exception) -> None:
        self._state.show_problem(problem, self._open)

    def _show(self, chart: Chart) -> None:
        first, self.chart = self.chart is None, chart
        if first:
            self._build(chart)
        self._fill(chart)
        put_before(self.tabs, self._banner)
        if self._missed:
            self._on_news()

    # What it is made of

    def _build(self, chart: Chart) -> None:
        self._state.hide()
        self._column.addLayout(self._way_back())
        self._column.addWidget(self._banner)
        self._column.addLayout(self._bar())
        self._column.addWidget(self.pages, 1)
        room = self.width() - 2 * margin_of(self)
        self.overview = Overview(self._context, chart, self._words(chart), self._go_to, room)
        self._made[OVERVIEW] = self.overview
        self.pages.addWidget(self.overview)

    def _words(self, chart: Chart) -> VitalWords:
        return VitalWords(chart.patient.get("birth_date"), self._context.session.locale)

    def _way_back(self) -> QHBoxLayout:
        """To the list it was opened from, which is as it was left."""
        self._back = BackButton(self._list_behind()[2], lambda: self._context.navigate(*self._list_behind()[:2]))
        self._back.setObjectName("chartBack")
        history = quiet("History", "history")
        history.setObjectName("chartHistoryButton")
        history.clicked.connect(lambda _: self._context.navigate(MODULE, f"{self._patient}/{HISTORY}"))
        self._top_row = row = QHBoxLayout()
        row.addWidget(self._back)
        row.addStretch()
        row.addWidget(history)
        if self._context.session.may("appointments", "create") and not self._books_first():
            row.addWidget(self._booking(quiet("Book", "calendar-plus", "Ctrl+B")))
        return row

    def _books_first(self) -> bool:
        """Whether booking is what the role mostly does here."""
        may = self._context.session.may
        return may("appointments", "create") and not (may("encounters", "create") or may("prescriptions", "create"))

    def _booking(self, button: Button) -> Button:
        button.setObjectName("chartBook")
        button.clicked.connect(lambda _: self._context.navigate("appointments", f"book/{self._patient}"))
        return button

    def _bar(self) -> QHBoxLayout:
        """The tabs, and at the end what one does here: one of it is the primary action of the role."""
        self.tabs.add(OVERVIEW, "Overview")
        for tab in self._my_tabs():
            self.tabs.add(tab.resource, tab.title)
        self.tabs.currentChanged.connect(lambda _: self._on_tab())
        add_desk_keys(self._context, self)
        on_key(self, "Ctrl+PgDown", "Next part of the chart", partial(self._step_tab, 1), repeats=True)
        on_key(self, "Ctrl+PgUp", "Part of the chart before", partial(self._step_tab, -1), repeats=True)
        self._tab_row = QHBoxLayout()
        self._tab_row.setSpacing(theme.SPACE_8)
        self._tab_row.addWidget(self.tabs, 1)
        self._doing = QWidget()
        doing = QHBoxLayout(self._doing)
        doing.setContentsMargins(0, 0, 0, 0)
        doing.setSpacing(theme.SPACE_8)
        for button in self._actions():
            doing.addWidget(button)
        self._tab_row.addWidget(self._doing)
        return self._tab_row

    def _place_actions(self) -> None:
        """Beside the tabs, or above the patient where the tabs need all the room."""
        room = self.width() - 2 * margin_of(self)
        beside = self.tabs.sizeHint().width() + self._doing.sizeHint().width() + theme.SPACE_8 <= room
        wanted, other = (self._tab_row, self._top_row) if beside else (self._top_row, self._tab_row)
        if wanted.indexOf(self._doing) < 0:
            other.removeWidget(self._doing)
            wanted.addWidget(self._doing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.chart is not None:
            self._place_actions()

    def _my_tabs(self) -> list[Tab]:
        return [tab for tab in TABS if self._context.session.may(tab.resource, "read")]

    def _actions(self) -> list[Button]:
        may, has, patient = self._context.session.may, self._context.has_page, str(self._patient)
        visits = may("encounters", "create") and has("visit")
        prescribes, measures = may("prescriptions", "create"), may("observations", "create") and has("vitals")
        found: list[Button] = []
        if self._books_first():
            found.append(self._booking(primary("Book", "calendar-plus", "Ctrl+B")))
        if measures:
            leads = not (visits or prescribes or self._books_first())
            found.append(self._action("Record vitals", "pulse", "Ctrl+M", "chartVitals", leads))
            found[-1].clicked.connect(lambda _: self._context.navigate("vitals", self._measured_for()))
        if prescribes:
            found.append(self._action("Prescribe", "pencil-outline", "Ctrl+E", "chartPrescribe", not visits))
            found[-1].clicked.connect(lambda _: self._context.navigate("prescribe", patient))
        if visits:
            self._begin = self._action("Start visit", "stethoscope", "Ctrl+Enter", "chartVisit", leads=True)
            self._begin.clicked.connect(lambda _: self._context.navigate("visit", self._visited()))
            found.append(self._begin)
        return found

    @staticmethod
    def _action(word: str, icon: str, key: str, name: str, leads: bool) -> Button:
        button = (primary if leads else normal)(word, icon, key)
        button.setObjectName(name)
        return button

    def _measured_for(self) -> str:
        """Who is here is measured for the appointment."""
        chart = self.chart
        if chart is not None and chart.waiting is not None:
            return str(chart.waiting["_id"])
        visit = chart.visit if chart is not None else None
        return str((visit or {}).get("appointment") or self._patient)

    def _visited(self) -> str:
        """The visit that is open, the appointment of somebody who waits, or else the patient."""
        if self.chart and self.chart.visit:
            return str(self.chart.visit["_id"])
        waiting = self.chart.waiting if self.chart else None
        return f"begin/{waiting['_id']}" if waiting else f"patient/{self._patient}"

    # Tabs

    def _step_tab(self, step: int) -> None:
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + step) % self.tabs.count())

    def _on_tab(self) -> None:
        key = self.tabs.key()
        if key not in self._made and self.chart is not None:
            tab = next(one for one in self._my_tabs() if one.resource == key)
            self._made[key] = tab.make(self._context, self.chart, self._words(self.chart))
            self.pages.addWidget(self._made[key])
        self.pages.setCurrentWidget(self._made[key])

    # What it says

    def _fill(self, chart: Chart) -> None:
        locale = self._context.session.locale
        visit = _open_visit(chart, self._context)
        self._banner.show_patient(summary_of(chart.patient, chart.health, locale, visit, chart.balance))
        for tab in self._my_tabs():
            count = chart.counts.get(tab.resource)
            self.tabs.set_count(tab.resource, str(count) if count and count.number else "")
        if self._begin is not None:
            self._begin.set_text("Continue visit" if chart.visit else "Start visit")
        self._place_actions()
        assert self.overview is not None
        self.overview.show_chart(chart)

    def _list_behind(self) -> tuple[str, str, str]:
        found = self._context.place_behind()
        return found if found[0] else (MODULE, "", "Patients")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._back is not None:
            self._back.lead_to(self._list_behind()[2])

    def _go_to(self, part: str) -> None:
        self._context.navigate(MODULE, f"{self._patient}/{part}")


def _open_visit(chart: Chart, context: Context) -> tuple[str, str] | None:
    """The visit or consultation that is going on: since when, and with whom."""
    locale, waiting = context.session.locale, chart.waiting
    if chart.visit is None and waiting is not None and waiting["status"] == IN_CONSULTATION:
        return going_on(waiting, waiting["stamps"][-1]["at"], locale)
    return visit_words(chart.visit, locale)
