"""The chart's tabs, its timeline, and the tab of vital signs, on the real server."""

from datetime import timedelta
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from hmsdesk.controllers import timeline as timelines
from hmsdesk.controllers.documents import DOCUMENTS, NewFile
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.models.observations import IN_ERROR
from hmsdesk.models.waiting_list import TAKEN_OFF
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.data_table import PAD
from hmsdesk.views.kit.preview import PreviewDialog
from hmsdesk.views.patients import make_page, timeline
from hmsdesk.views.patients.overview import THREE_COLUMNS
from tests.factories import typed
from tests.views.desk import Desk, book, doctor_of, far_day

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def sessions(clinic):
    """Connections have threads, which are begun before each test counts them."""
    roles = (Role.RECEPTIONIST, Role.DOCTOR, Role.NURSE, Role.PHARMACIST, Role.ADMINISTRATOR)
    return {role: clinic.session(role) for role in roles}


@pytest.fixture
def patient(sessions):
    return PATIENTS.create(sessions[Role.RECEPTIONIST], typed("patients"), uuid4().hex)


@pytest.fixture
def measure(sessions, patient):
    def record(days=0, **values):
        nurse = sessions[Role.NURSE]
        at = nurse.now() - timedelta(days=days)
        values = values or {"systolic": "148", "diastolic": "92"}
        return OBSERVATIONS.record_vitals(nurse, patient["_id"], values, uuid4().hex, at=at)

    return record


@pytest.fixture
def opened(qtbot, sessions, patient):
    def open_chart(role, **context):
        desk = Desk(qtbot, sessions[role])
        for name, value in context.items():
            setattr(desk.context, name, value)
        desk.page = desk.show(make_page(desk.context, str(patient["_id"])))
        desk.page.desk_of_test = desk
        return desk

    return open_chart


def titles(page):
    return [page.tabs.tabText(n) for n in range(page.tabs.count())]


def lines(panel):
    return [line.told.first if line.told else line.heading for line in panel.model.lines]


def button(widget, name):
    return widget.findChild(QAbstractButton, name)


class TestTabs:
    @pytest.mark.parametrize(
        ("role", "shown"),
        [
            (Role.DOCTOR, ["Overview", "Visits", "Vital signs", "Prescriptions", "Documents", "Invoices"]),
            (Role.NURSE, ["Overview", "Visits", "Vital signs", "Prescriptions", "Documents"]),
            (Role.RECEPTIONIST, ["Overview", "Visits", "Invoices"]),
            (Role.PHARMACIST, ["Overview", "Prescriptions"]),
            (Role.ADMINISTRATOR, ["Overview", "Visits", "Invoices"]),
        ],
    )
    def test_each_role_has_the_tabs_it_may_read(self, opened, role, shown):
        assert titles(opened(role).page) == shown

    def test_how_many_there_are_stands_behind_each_and_follows(self, opened, measure):
        measure()
        desk = opened(Role.DOCTOR)
        tabs = desk.page.tabs
        vitals = titles(desk.page).index("Vital signs")
        assert tabs.accessibleTabName(vitals) == "Vital signs 1"
        measure()
        desk.news("observations")
        desk.until(lambda: tabs.accessibleTabName(vitals) == "Vital signs 2")

    def test_the_keyboard_changes_them(self, opened):
        desk = opened(Role.DOCTOR)
        desk.page.tabs.setFocus()
        QTest.keyClick(desk.page.tabs, Qt.Key.Key_Right)
        desk.settle()
        assert desk.page.tabs.key() == "encounters"
        QTest.keyClick(desk.window, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
        assert desk.page.pages.currentWidget() is desk.page.overview

    @pytest.mark.parametrize(
        ("role", "primary"),
        [
            (Role.DOCTOR, "chartVisit"),
            (Role.NURSE, "chartVitals"),
            (Role.RECEPTIONIST, "chartBook"),
            (Role.PHARMACIST, None),
        ],
    )
    def test_one_action_leads_in_each_role(self, opened, role, primary):
        page = opened(role).page
        leading = [
            one.objectName() for one in page.findChildren(QAbstractButton) if getattr(one, "kind", "") == "primary"
        ]
        assert [name for name in leading if name.startswith("chart")] == ([primary] if primary else [])

    def test_without_visits_in_the_window_prescribing_leads(self, opened):
        page = opened(Role.DOCTOR, has_page=lambda module: module != "visit").page
        assert button(page, "chartVisit") is None
        assert button(page, "chartPrescribe").kind == "primary"


class TestTimeline:
    def test_what_happened_is_grouped_by_day_the_newest_first(self, clinic, sessions, opened, patient, measure):
        doctor = doctor_of(clinic, f"Dr {uuid4().hex[:6]}")
        book(sessions[Role.RECEPTIONIST], patient, doctor, far_day(sessions[Role.NURSE], 3), "09:00")
        measure()
        measure(400)
        panel = opened(Role.NURSE).page.overview.timeline
        shown = lines(panel)
        assert [shown[1], shown[3], shown[5]] == ["Appointment", "Vital signs", "Vital signs"]
        assert shown[2].startswith("Today, ")
        assert panel.model.lines[3].told.second.split(" · ")[1] == "148/92"
        assert panel.model.lines[3].told.status.word == "Pressure high"

    def test_older_entries_come_while_one_scrolls(self, opened, measure, monkeypatch):
        monkeypatch.setattr(timeline, "PAGE", 12)
        for days in range(30):
            measure(days)
        desk = opened(Role.NURSE)
        panel = desk.page.overview.timeline
        first = len(panel.model.entries)
        assert 12 <= first < 30
        panel.list.setFocus()
        for _ in range(4):
            panel.list.verticalScrollBar().setValue(panel.list.verticalScrollBar().maximum())
            desk.settle()
        assert len(panel.model.entries) == 30
        assert len({entry.row["_id"] for entry in panel.model.entries}) == 30

    def test_one_kind_can_be_shown_alone(self, clinic, sessions, opened, patient, measure):
        doctor = doctor_of(clinic, f"Dr {uuid4().hex[:6]}")
        book(sessions[Role.RECEPTIONIST], patient, doctor, far_day(sessions[Role.NURSE], 3), "09:20")
        measure()
        desk = opened(Role.NURSE)
        panel = desk.page.overview.timeline
        panel.show_kind("observations", "Vital signs")
        desk.until(lambda: [entry.kind for entry in panel.model.entries] == ["observations"])
        assert button(panel, "timelineKinds").text() == "Vital signs"

    def test_enter_leads_to_what_is_selected(self, opened, patient, measure):
        row = measure()
        desk = opened(Role.NURSE)
        panel = desk.page.overview.timeline
        panel.list.setFocus()
        QTest.keyClick(panel.list, Qt.Key.Key_Down)
        QTest.keyClick(panel.list, Qt.Key.Key_Return)
        assert desk.went == [("vitals", f"{patient['_id']}/{row['_id']}")]

    def test_a_file_is_looked_at_where_it_is_told_of(self, opened, patient, sessions):
        nurse = sessions[Role.NURSE]
        DOCUMENTS.add(nurse, NewFile(patient["_id"], "lab.txt", b"result"), uuid4().hex)
        desk = opened(Role.NURSE)
        panel = desk.page.overview.timeline
        line = next(n for n, one in enumerate(panel.model.lines) if one.entry and one.entry.kind == "documents")
        panel._on_open(panel.model.index(line, 0))
        desk.settle()
        dialog = next(one for one in desk.window.findChildren(PreviewDialog) if one.isVisible())
        assert dialog.windowTitle() == "lab.txt"
        dialog.reject()

    def test_nothing_leads_to_a_page_the_role_does_not_have(self, opened, measure):
        measure()
        desk = opened(Role.NURSE, has_page=lambda _module: False)
        panel = desk.page.overview.timeline
        panel._on_open(panel.model.index(1, 0))
        assert desk.went == []

    def test_news_leave_the_selection_alone(self, opened, measure):
        measure(3)
        desk = opened(Role.NURSE)
        panel = desk.page.overview.timeline
        panel.list.setCurrentIndex(panel.model.index(1, 0))
        chosen = panel.model.lines[1].entry.row["_id"]
        measure()
        desk.news("observations")
        desk.until(lambda: len(panel.model.entries) == 2)
        assert panel.model.lines[panel.list.currentIndex().row()].entry.row["_id"] == chosen

    def test_what_could_not_be_fetched_is_said_with_the_way_on(self, opened, monkeypatch):
        from hmsdesk.errors import Unreachable

        def broken(*_, **__):
            raise Unreachable("The clinic's server does not answer.")

        monkeypatch.setattr(timeline, "page", broken)
        desk = opened(Role.NURSE)
        panel = desk.page.overview.timeline
        assert any("does not answer" in label.text() for label in panel.findChildren(QLabel))
        monkeypatch.setattr(timeline, "page", timelines.page)
        button(panel, "stateAction") and panel.look_again()
        desk.until(lambda: any(label.text() == "Nothing yet" for label in panel.findChildren(QLabel)))


class TestOverview:
    def test_in_a_low_window_problems_are_read_whole_and_details_scrolled(self, opened, patient, sessions):
        doctor = sessions[Role.DOCTOR]
        health = HEALTH.get(doctor, patient["_id"])
        problems = {"conditions": [{"name": f"Problem {n}"} for n in range(4)]}
        HEALTH.change(doctor, health["_id"], health["version"], problems, uuid4().hex)
        desk = opened(Role.DOCTOR)
        desk.window.setMinimumSize(0, 0)
        desk.window.resize(1180, 700)
        overview = desk.page.overview
        desk.until(lambda: overview.height() < 500)
        desk.until(lambda: overview.problems.height() == overview.problems.needed())
        assert overview.details.geometry().bottom() <= overview.height()
        assert overview.details.height() < overview.details.needed()
        assert desk.window.height() == 700

    def test_in_a_narrow_window_what_holds_now_goes_below(self, opened, measure):
        measure()
        desk = opened(Role.DOCTOR)
        overview = desk.page.overview
        assert overview.problems.x() > overview.vitals.geometry().right()
        desk.window.setMinimumWidth(0)
        desk.window.resize(THREE_COLUMNS - 60, 768)
        desk.until(lambda: overview.problems.y() > overview.vitals.geometry().bottom())
        assert desk.window.width() <= THREE_COLUMNS

    def test_who_is_on_the_waiting_list_is_told_as_such(self, opened, patient, sessions):
        desk = opened(Role.RECEPTIONIST)
        details = desk.page.overview.details

        def said():
            return [label.text() for label in details.findChildren(QLabel)]

        assert "On the waiting list" not in said()
        waiting = {"patient": patient["_id"], "part_of_day": "morning", "priority": "urgent"}
        entry = WAITING_LIST.create(sessions[Role.RECEPTIONIST], waiting, uuid4().hex)
        desk.news("waiting_list")
        desk.until(lambda: {"On the waiting list", "Any doctor · Mornings"} <= set(said()))
        WAITING_LIST.set_status(sessions[Role.RECEPTIONIST], entry, TAKEN_OFF, uuid4().hex)
        desk.news("waiting_list")
        desk.until(lambda: "On the waiting list" not in said())

    def test_reception_sees_no_vital_signs(self, opened, measure):
        measure()
        page = opened(Role.RECEPTIONIST).page
        assert page.overview.vitals is None
        assert page.overview.problems is None
        assert lines(page.overview.timeline) == []


class TestVitalsTab:
    @pytest.fixture
    def tab(self, opened):
        def open_tab():
            desk = opened(Role.NURSE)
            desk.page.tabs.go_to("observations")
            desk.settle()
            desk.tab = desk.page.pages.currentWidget()
            return desk

        return open_tab

    def test_every_measuring_stands_in_the_table(self, tab, measure):
        measure(2, weight="91.4", height="175")
        measure(1)
        model = tab().tab.table.model()
        assert [model.index(n, 1).data() for n in range(2)] == ["148/92 High", "–"]
        assert model.index(1, 4).data() == "91.4"

    def test_a_mistake_is_corrected_on_the_page_it_was_typed_on(self, tab, patient, measure):
        row = measure()
        desk = tab()
        assert not button(desk.tab, "measuringCorrect").isEnabled()
        desk.tab.table.selectRow(0)
        button(desk.tab, "measuringCorrect").click()
        assert desk.went == [("vitals", f"{patient['_id']}/{row['_id']}")]

    def test_who_comes_with_the_tab_key_sees_which_measurement_is_meant_and_enter_corrects_it(
        self, tab, patient, measure
    ):
        measure(2)
        row = measure(1)
        table = (desk := tab()).tab.table
        table.setFocus(Qt.FocusReason.TabFocusReason)
        assert [index.row() for index in table.selectionModel().selectedRows()] == [0]
        QTest.keyClick(table, Qt.Key.Key_Return)
        assert desk.went == [("vitals", f"{patient['_id']}/{row['_id']}")]

    def test_nothing_is_cut_off_in_the_table(self, tab, measure):
        measure(systolic="148", diastolic="92")
        table = tab().tab.table
        wide = QFontMetrics(theme.font(bold=True)).horizontalAdvance("148/92 High")
        assert table.columnWidth(1) >= wide + 2 * PAD

    def test_what_was_entered_in_error_is_struck_through_with_its_reason(self, clinic, tab, measure):
        row = measure()
        desk = tab()
        desk.tab.table.selectRow(0)
        button(desk.tab, "measuringWrong").click()
        dialog = next(one for one in desk.tab.findChildren(Ask) if one.isVisible())
        button(dialog, "dialogYes").click()
        assert dialog.isVisible()
        assert dialog.focusWidget() is dialog.findChild(QLineEdit, "error_reason")
        QTest.keyClicks(dialog.focusWidget(), "Another patient's")
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
        desk.settle()
        desk.until(lambda: desk.tab.findChild(QLabel, "measuringSaid").text().endswith("Another patient's"))
        with clinic.past_the_program() as database:
            assert database.observations.find_one({"_id": row["_id"]})["status"] == IN_ERROR
        cell = desk.tab.table.model().index(0, 1)
        assert cell.data() == "148/92"
        assert cell.data(Qt.ItemDataRole.FontRole).strikeOut()
        assert not button(desk.tab, "measuringCorrect").isEnabled()

    def test_the_history_of_a_correction_opens_beside(self, tab, sessions, measure):
        row = measure()
        OBSERVATIONS.change(sessions[Role.NURSE], row["_id"], 1, {"systolic": "138"}, uuid4().hex)
        desk = tab()
        desk.tab.table.selectRow(0)
        button(desk.tab, "measuringHistory").click()
        desk.settle()
        told = " ".join(label.text() for label in desk.tab.findChildren(QLabel))
        assert "148" in told
        assert "138" in told


def test_an_answer_of_a_history_that_comes_late_is_dropped(qtbot, sessions, measure):
    from hmsdesk.views.kit.history import HistoryPane

    row = measure()
    desk = Desk(qtbot, sessions[Role.NURSE])
    pane = HistoryPane(OBSERVATIONS, sessions[Role.NURSE], row["_id"])
    shown = []
    pane._on_fetched = lambda before, rows: shown.append(before)
    pane.refresh()
    pane.refresh()
    desk.show(pane)
    assert shown == [None]


def test_prescribing_has_the_key_it_has_everywhere_and_the_visit_is_the_next_step(opened, patient):
    desk = opened(Role.DOCTOR)
    desk.page.overview.timeline.list.setFocus()
    QTest.keyClick(desk.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(desk.page.overview.timeline.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert [module for module, _ in desk.went] == ["prescribe", "visit"]
    assert desk.went[0][1] == str(patient["_id"])
