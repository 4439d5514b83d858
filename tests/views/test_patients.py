"""The list of patients, registering with its warning, and the chart, on the real server."""

from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QScrollArea, QWidget

from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.models.patient_health import visit_marks
from hmsdesk.models.patients import CONDITION, VISIT_DAYS, identifier
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit.filter_popups import AspectPopup
from hmsdesk.views.patients import make_page
from hmsdesk.views.patients.registering import DuplicatesPane
from tests.factories import typed
from tests.views.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class NoDrafts:
    """Nothing was left unsaved."""

    def read(self, place):
        return None

    def keep(self, place, values):
        pass

    def drop(self, place):
        pass


@pytest.fixture(scope="module")
def sessions(clinic):
    """Connections have threads, which are begun before each test counts them."""
    return {role: clinic.session(role) for role in (Role.RECEPTIONIST, Role.DOCTOR, Role.NURSE, Role.PHARMACIST)}


@pytest.fixture(scope="module")
def people(clinic, sessions):
    """Two patients, the first with a problem and a visit."""
    rows = {}
    for name, phone in (("Adham Sherif Aly", "0100 111 2233"), ("Basma Tarek Nour", "0100 111 4455")):
        values = typed("patients", name=name, name_ar=None, phone=phone, birth_date="1990")
        rows[name.split()[0]] = PATIENTS.create(sessions[Role.RECEPTIONIST], values, uuid4().hex)
    known = {"conditions": [{"name": "Bronchial asthma"}], "allergies": [{"substance": "Penicillin"}]}
    HEALTH.change(sessions[Role.DOCTOR], rows["Adham"]["_id"], 1, known, uuid4().hex)
    today = sessions[Role.DOCTOR].locale.today()
    with clinic.past_the_program() as database:
        seen = {"$set": {"find.visit_days": visit_marks(today)}}
        database.patient_health.update_one({"_id": rows["Adham"]["_id"]}, seen)
    return rows


@pytest.fixture
def desk(qtbot, sessions, people):
    def opened(role, record=""):
        made = Desk(qtbot, sessions[role])
        made.context.drafts = NoDrafts()
        made.page = made.show(make_page(made.context, record))
        made.page.desk_of_test = made
        return made

    return opened


def names(page):
    return [row["name"] for row in page.pages.rows]


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def button(widget, name):
    return widget.findChild(QAbstractButton, name)


def popup(page):
    return next(one for one in page.findChildren(AspectPopup) if one.isVisible())


class TestList:
    def test_age_and_sex_share_a_column(self, desk, people):
        page = desk(Role.RECEPTIONIST).page
        assert "Age, sex" in [column.label for column in page.pages.columns]
        cell = next(column for column in page.pages.columns if column.label == "Age, sex")
        assert cell.text(people["Adham"]).endswith(", M")

    @pytest.mark.parametrize(
        ("role", "offered"),
        [(Role.DOCTOR, True), (Role.NURSE, True), (Role.PHARMACIST, True), (Role.RECEPTIONIST, False)],
    )
    def test_only_clinical_roles_are_offered_clinical_filters(self, desk, role, offered):
        chips = desk(role).page.filters.chips
        assert (CONDITION in chips, VISIT_DAYS in chips) == (offered, offered)

    def test_a_problem_is_typed_and_its_chip_takes_it_away(self, desk, people):
        made = desk(Role.DOCTOR)
        page = made.page
        page.filters.chips[CONDITION].click()
        QTest.keyClicks(popup(page).line, "asth")
        QTest.keyClick(popup(page).line, Qt.Key.Key_Return)
        made.until(lambda: names(page) == ["Adham Sherif Aly"])
        assert page.filters.chips[CONDITION].value == "asth"
        page.filters.chips[CONDITION].cleared.emit()
        made.until(lambda: len(names(page)) > 1)
        assert page.filters.filters == {}

    def test_today_is_one_click(self, desk, people):
        made = desk(Role.NURSE)
        made.page.filters.chips[VISIT_DAYS].click()
        button(popup(made.page), "aspectToday").click()
        made.until(lambda: names(made.page) == ["Adham Sherif Aly"])

    def test_a_filter_and_a_search_are_both_asked(self, desk, people):
        made = desk(Role.DOCTOR)
        made.page.filters.set_filter(CONDITION, "asth", "asth")
        made.page.filters.search.setText("basma")
        made.until(lambda: made.page.pages.complete() and names(made.page) == [])

    def test_days_the_wrong_way_round_are_told_and_nothing_is_asked(self, desk, people):
        page = desk(Role.DOCTOR).page
        page.filters.chips[VISIT_DAYS].click()
        asked = popup(page)
        QTest.keyClicks(asked.first.line, "17 Nov 2026")
        QTest.keyClicks(asked.last.line, "1/11/2026")
        asked.pick()
        assert asked.problem.text() == "The last day comes before the first."
        assert asked.isVisible()
        assert page.filters.filters == {}
        asked.close()

    def test_what_is_filtered_by_is_shown_when_it_is_asked_again(self, desk, people):
        page = desk(Role.DOCTOR).page
        page.filters.set_filter(VISIT_DAYS, ("2026-11-01", "2026-11-17"), "1 Nov 2026 to 17 Nov 2026")
        page.filters._on_aspect(page._listing.aspects[1])
        assert (popup(page).first.raw(), popup(page).last.raw()) == ("1 Nov 2026", "17 Nov 2026")
        popup(page).close()

    def test_a_scanned_id_finds_exactly_that_patient(self, desk, people):
        made = desk(Role.RECEPTIONIST)
        made.page.filters.search.setText(people["Basma"]["identifier"].replace("-", "").lower())
        made.until(lambda: names(made.page) == ["Basma Tarek Nour"])


def fill(page, **values):
    for name, value in values.items():
        row = page.form.fields.rows[name]
        row.editor.set_raw(value)
        row.edited.emit()


class TestBookingFromTheList:
    def test_the_selected_patient_is_booked_with_a_key(self, desk, people):
        made = desk(Role.RECEPTIONIST)
        made.until(lambda: button(made.page, "patientBook") is not None)
        chosen = made.page.table.current_row()
        QTest.keyClick(made.page, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
        assert made.went == [("appointments", f"book/{chosen['_id']}")]

    def test_who_books_nobody_is_not_offered_it(self, desk, people):
        made = desk(Role.PHARMACIST)
        made.settle()
        assert button(made.page, "patientBook") is None


class TestRegistering:
    def test_possible_duplicates_stand_beside_the_form_and_can_be_opened(self, desk, people):
        made = desk(Role.RECEPTIONIST, "new")
        fill(made.page, name="Aly Adham Sherif", gender="male")
        made.page.form.save()
        made.until(lambda: made.page.findChild(DuplicatesPane) is not None)
        pane = made.page.findChild(DuplicatesPane)
        assert "Adham Sherif Aly" in texts(pane)
        assert "Similar name" in texts(pane)
        assert made.page.form.notice.isVisible()
        opening = button(pane, f"duplicate-{people['Adham']['identifier']}")
        opening.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(opening, Qt.Key.Key_Space)
        assert made.went == [("patients", str(people["Adham"]["_id"]))]

    def test_they_are_shown_before_the_rest_is_typed(self, desk, people):
        made = desk(Role.RECEPTIONIST, "new")
        fill(made.page, name="Adham Sherif Ali")
        made.page.form.fields.rows["name"].editor.left.emit()
        made.until(lambda: made.page.findChild(DuplicatesPane) is not None)
        assert not made.page.form.notice.isVisible()

    def test_the_keyboard_reaches_them(self, desk, people):
        made = desk(Role.RECEPTIONIST, "new")
        fill(made.page, name="Adham Sherif Aly", gender="male")
        made.page.form.save()
        made.until(lambda: made.page.findChild(DuplicatesPane) is not None)
        button(made.page, "formSave").setFocus()
        for _ in range(6):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            if QApplication.focusWidget().objectName().startswith("duplicate-"):
                return
        raise AssertionError("not reached")

    def test_a_double_press_walks_through_no_warning(self, desk, sessions, people):
        made = desk(Role.RECEPTIONIST, "new")
        fill(made.page, name="Adham Sherif Alyyy", gender="male")
        for _ in range(2):
            made.page.form.save()
            made.settle()
        assert made.page.findChild(DuplicatesPane) is not None
        assert made.told() == []

    @pytest.mark.usefixtures("read_at_once")
    def test_the_same_sent_again_is_registered(self, desk, clinic, people):
        made = desk(Role.RECEPTIONIST, "new")
        fill(made.page, name="Adham Sherif Alyy", gender="male", address="1 Nile St")
        made.page.form.save()
        made.until(lambda: made.page.findChild(DuplicatesPane) is not None)
        fill(made.page, address="2 Nile St")
        made.page.form.save()
        made.until(lambda: made.told() == ["Adham Sherif Alyy is registered"])
        assert made.closed == [("patients", "new")]

    @pytest.mark.usefixtures("read_at_once")
    def test_a_warning_takes_no_number(self, desk, sessions, people):
        def numbers():
            rows = PATIENTS.page(sessions[Role.RECEPTIONIST], Query(limit=100)).rows
            return {int(row["identifier"].split("-")[1]) for row in rows}

        before = numbers()
        made = desk(Role.RECEPTIONIST, "new")
        fill(made.page, name="Basma Tarek Nourr", gender="female")
        made.page.form.save()
        made.until(lambda: made.page.findChild(DuplicatesPane) is not None)
        assert numbers() == before
        made.page.form.save()
        made.until(lambda: made.told() == ["Basma Tarek Nourr is registered"])
        (new,) = numbers() - before
        # Numbers whose check character could be misread are nobody's.
        assert not any(identifier("AA", number) for number in range(max(before) + 1, new))

    def test_somebody_new_is_registered_at_once(self, desk, people):
        made = desk(Role.RECEPTIONIST, "new")
        fill(made.page, name="Quite Unlike Anybody", gender="female")
        made.page.form.save()
        made.until(lambda: made.told() == ["Quite Unlike Anybody is registered"])
        assert made.went[-1][0] == "patients"

    def test_a_mistake_stays_typed_and_is_told_at_its_field(self, desk, people):
        made = desk(Role.RECEPTIONIST, "new")
        fill(made.page, name="Some Body", gender="male", phone="0100 555 011")
        made.page.form.save()
        row = made.page.form.fields.rows["phone"]
        assert "One digit is missing" in row.problem
        assert row.editor.raw() == "0100 555 011"


class TestChart:
    def test_reception_sees_no_health_and_can_book(self, desk, people):
        page = desk(Role.RECEPTIONIST, str(people["Adham"]["_id"])).page
        assert "Penicillin" not in " ".join(texts(page))
        assert "Bronchial asthma" not in texts(page)
        assert button(page, "chartBook") is not None
        assert button(page, "chartEdit-health") is None

    def test_a_doctor_sees_problems_and_allergies(self, desk, people):
        page = desk(Role.DOCTOR, str(people["Adham"]["_id"])).page
        assert "Bronchial asthma" in texts(page)
        assert "Penicillin" in page.findChild(QWidget, "bannerAllergies").accessibleName()

    def test_what_is_edited_is_named_as_its_panel_is(self, desk, people):
        page = desk(Role.DOCTOR, str(people["Adham"]["_id"])).page
        named = {name: button(page, f"chartEdit-{name}").accessibleName() for name in ("edit", "health")}
        assert named == {"edit": "Edit details", "health": "Edit allergies and problems"}

    @pytest.mark.parametrize(("who", "said"), [("Adham", "Penicillin"), ("Basma", "Not recorded")])
    def test_allergies_lead_to_where_they_are_edited(self, desk, people, who, said):
        made = desk(Role.NURSE, str(people[who]["_id"]))
        banner = made.page.findChild(QWidget, "bannerAllergies")
        assert said in " ".join(one.accessibleName() for one in (banner, *banner.findChildren(QWidget)))
        went = []
        made.page._context.navigate = lambda *place: went.append(place)
        button(made.page, "bannerEditAllergies").click()
        assert went == [("patients", f"{people[who]['_id']}/health")]

    def test_a_pharmacist_changes_nothing(self, desk, people):
        page = desk(Role.PHARMACIST, str(people["Adham"]["_id"])).page
        assert button(page, "chartEdit-edit") is None
        assert button(page, "chartEdit-health") is None
        assert button(page, "bannerEditAllergies") is None
        assert button(page, "chartBook") is None

    def test_what_others_change_is_shown(self, desk, people, sessions):
        made = desk(Role.NURSE, str(people["Basma"]["_id"]))
        row = PATIENTS.get(sessions[Role.RECEPTIONIST], people["Basma"]["_id"])
        change = {"address": f"{uuid4().hex[:6]} Nile St"}
        PATIENTS.change(sessions[Role.RECEPTIONIST], row["_id"], row["version"], change, uuid4().hex)
        made.news("patients")
        made.until(lambda: change["address"] in texts(made.page))

    def test_news_leave_the_focus_and_the_place_alone(self, desk, people, sessions):
        patient = people["Basma"]["_id"]
        problems = [{"name": f"Problem {n} {uuid4().hex[:6]}"} for n in range(30)]
        now = HEALTH.get(sessions[Role.DOCTOR], patient)
        now = HEALTH.change(sessions[Role.DOCTOR], patient, now["version"], {"conditions": problems}, uuid4().hex)
        made = desk(Role.DOCTOR, str(patient))
        panel = made.page.overview.problems
        bar, first = panel.findChild(QScrollArea).verticalScrollBar(), panel.findChild(QScrollArea).widget()
        made.until(lambda: bar.maximum() > 200)
        bar.setValue(150)
        button(made.page, "chartEdit-health").setFocus()
        before = made.page.chart
        made.news("dispensations")
        made.until(lambda: made.page.chart is not before)
        assert panel.findChild(QScrollArea).widget() is first, "there was nothing new to say"
        added = {"conditions": [*problems, {"name": "Gout"}]}
        HEALTH.change(sessions[Role.DOCTOR], patient, now["version"], added, uuid4().hex)
        made.news("patient_health")
        made.until(lambda: "Gout" in texts(made.page))
        assert bar.value() == 150
        assert QApplication.focusWidget() is button(made.page, "chartEdit-health")

    def test_tab_goes_from_the_banner_to_the_actions_to_the_panels(self, desk, people):
        page = desk(Role.DOCTOR, str(people["Adham"]["_id"])).page
        button(page, "chartBack").setFocus()
        stops = []
        for _ in range(9):
            stops.append(QApplication.focusWidget().objectName())
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        above = ["chartBack", "chartHistoryButton", "chartBook", "bannerEditAllergies", "chartTabs"]
        assert stops == [*above, "chartVitals", "chartPrescribe", "chartVisit", "timelineKinds"]

    def test_back_leads_to_the_list_one_came_from_last(self, desk, people):
        made = desk(Role.RECEPTIONIST, str(people["Adham"]["_id"]))
        back = button(made.page, "chartBack")
        assert (back.text(), back.accessibleName()) == ("Patients", "Back to Patients")
        made.page.hide()
        made.context.list_behind = lambda: ("appointments", "Today")
        made.page.show()
        assert back.text() == "Today"
        back.click()
        assert made.went == [("appointments", "")]

    def test_back_leads_to_the_day_of_the_calendar_one_came_from(self, desk, people):
        made = desk(Role.RECEPTIONIST, str(people["Adham"]["_id"]))
        back = button(made.page, "chartBack")
        made.page.hide()
        made.context.list_behind = lambda: ("home", "Today")
        made.context.came_from = lambda: ("calendar", "2026-11-22")
        made.page.show()
        assert back.text() == "Calendar"
        back.click()
        assert made.went == [("calendar", "2026-11-22")]

    def test_the_way_to_the_history(self, desk, people):
        made = desk(Role.DOCTOR, str(people["Adham"]["_id"]))
        button(made.page, "chartHistoryButton").click()
        assert made.went == [("patients", f"{people['Adham']['_id']}/history")]
