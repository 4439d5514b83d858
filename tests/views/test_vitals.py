"""Recording vital signs with the keyboard alone, on the real server."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from bson import Decimal128
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from hmsdesk.controllers.drafts import Draft
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.security.permissions import Role
from hmsdesk.views.vitals import make_page
from tests.factories import typed
from tests.views.desk import Desk, book, doctor_of, far_day

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class Kept:
    """Drafts as a crash leaves them."""

    def __init__(self):
        self.values = {}

    def keep(self, place, values):
        self.values[place] = dict(values)

    def read(self, place):
        return Draft(place, self.values[place], datetime.now(UTC)) if place in self.values else None

    def drop(self, place):
        self.values.pop(place, None)


@pytest.fixture(scope="module")
def sessions(clinic):
    """Connections have threads, which are begun before each test counts them."""
    return {role: clinic.session(role) for role in (Role.RECEPTIONIST, Role.NURSE, Role.DOCTOR)}


@pytest.fixture
def nurse(sessions):
    return sessions[Role.NURSE]


@pytest.fixture
def patient(sessions):
    return PATIENTS.create(sessions[Role.RECEPTIONIST], typed("patients"), uuid4().hex)


@pytest.fixture
def measured(nurse, patient):
    """Measured twice before."""
    for days, systolic in ((40, "124"), (12, "128")):
        values = {"systolic": systolic, "diastolic": "80", "weight": "91.4"} | ({"height": "175"} if days > 20 else {})
        at = nurse.now() - timedelta(days=days)
        OBSERVATIONS.record_vitals(nurse, patient["_id"], values, uuid4().hex, at=at)


@pytest.fixture
def opened(qtbot, nurse):
    def open_page(place, drafts=None):
        desk = Desk(qtbot, nurse)
        desk.context.drafts = drafts or Kept()
        desk.page = desk.show(make_page(desk.context, str(place)))
        desk.page.desk_of_test = desk
        return desk

    return open_page


def enter(*texts):
    """Type into what has the keyboard, and go on."""
    for text in texts:
        QTest.keyClicks(QApplication.focusWidget(), text)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)


def back_to_the_question():
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)


def save(desk):
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.settle()


def row(desk, name):
    return desk.page.form.fields.rows[name]


def kept(clinic, patient):
    with clinic.past_the_program() as database:
        return list(database.observations.find({"patient": patient["_id"]}).sort("at"))


def test_all_is_typed_in_the_order_of_measuring_and_saved_with_the_keyboard(clinic, nurse, opened, patient):
    desk = opened(patient["_id"])
    enter("148", "92", "82", "38,2", "16", "97", "91,4", "175", "104", "3", "Sitting")
    assert row(desk, "systolic").flag.text() == "High"
    assert desk.page.form.fields.index.text() == "29.8 kg/m², overweight"
    save(desk)
    (stored,) = kept(clinic, patient)
    names = ("systolic", "diastolic", "heart_rate", "respiratory_rate", "oxygen", "height", "pain")
    assert [stored[name] for name in names] == [148, 92, 82, 16, 97, 175, 3]
    assert OBSERVATIONS.get(nurse, stored["_id"])["note"] == "Sitting"
    assert (stored["temperature"], stored["weight"]) == (Decimal128("38.2"), Decimal128("91.4"))
    assert desk.told() == [f"Vital signs of {patient['name']} are saved"]
    assert desk.closed == [("vitals", str(patient["_id"]))]


def test_for_an_appointment_it_is_recorded_for_that(clinic, sessions, opened, patient):
    reception = sessions[Role.RECEPTIONIST]
    doctor = doctor_of(clinic, "Dr Karim Nabil")
    booked = book(reception, patient, doctor, far_day(reception, 2), "09:00", reason="Dizzy")
    desk = opened(booked["_id"])
    assert "Noted when booking: Dizzy" in [label.text() for label in desk.page.findChildren(QLabel)]
    assert any(label.text().endswith("at 09:00 with Dr Karim Nabil") for label in desk.page.findChildren(QLabel))
    enter("120", "80")
    save(desk)
    (stored,) = kept(clinic, patient)
    assert stored["appointment"] == booked["_id"]


def test_what_is_unusual_is_asked_about_at_once_and_kept_when_confirmed(clinic, opened, patient):
    desk = opened(patient["_id"])
    enter("240")
    assert row(desk, "systolic")._below.text() == "240 mmHg is unusually high. Measure again, or confirm."
    save(desk)
    assert kept(clinic, patient) == []
    assert QApplication.focusWidget().objectName() == "confirm-systolic"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    enter("120")
    save(desk)
    (stored,) = kept(clinic, patient)
    assert (stored["systolic"], stored["diastolic"], stored["confirmed"]) == (240, 120, ["systolic"])


@pytest.mark.parametrize("on", [Qt.Key.Key_Tab, Qt.Key.Key_Return])
def test_numbers_typed_without_looking_up_all_come_to_their_fields(opened, patient, on):
    desk = opened(patient["_id"])
    for number in ("240", "120", "72"):
        QTest.keyClicks(QApplication.focusWidget(), number)
        QTest.keyClick(QApplication.focusWidget(), on)
    assert [row(desk, name).editor.raw() for name in ("systolic", "diastolic", "heart_rate")] == ["240", "120", "72"]
    assert row(desk, "systolic").is_open()


def test_who_types_a_number_at_the_question_types_it_in_place_of_the_value(opened, patient):
    desk = opened(patient["_id"])
    enter("240")
    save(desk)
    assert QApplication.focusWidget() is row(desk, "systolic").confirm
    assert desk.page.findChild(QLabel, "toCorrect").text() == "1 value to confirm"
    for digit in "128":
        QTest.keyClicks(QApplication.focusWidget(), digit)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert row(desk, "systolic").editor.raw() == "128"
    assert not row(desk, "systolic").is_open()


def test_what_is_typed_after_a_refusal_stands_in_place_of_what_was_wrong(clinic, opened, patient):
    desk = opened(patient["_id"])
    enter("120", "80", "abc")
    save(desk)
    enter("72")
    save(desk)
    assert [one["heart_rate"] for one in kept(clinic, patient)] == [72]


@pytest.mark.usefixtures("measured")
def test_a_weight_that_differs_much_from_the_last_one_is_asked_about(nurse, opened, patient):
    desk = opened(patient["_id"])
    row(desk, "weight").editor.line.setFocus()
    enter("94.1")
    assert not row(desk, "weight").warning
    row(desk, "weight").editor.line.setFocus()
    row(desk, "weight").editor.line.selectAll()
    enter("19.4")
    row(desk, "weight").editor.line.setFocus()
    row(desk, "weight").editor.line.selectAll()
    enter("149.1")
    assert row(desk, "weight")._below.text().startswith("149.1 kg is 57.7 kg more than on ")
    assert row(desk, "weight").is_open()


def test_another_value_is_another_question(clinic, opened, patient):
    desk = opened(patient["_id"])
    enter("240")
    back_to_the_question()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert not row(desk, "systolic").is_open()
    field = row(desk, "systolic").editor.line
    field.setFocus()
    field.selectAll()
    enter("250")
    assert row(desk, "systolic").is_open()
    field.setFocus()
    field.selectAll()
    enter("128")
    assert not row(desk, "systolic").warning
    save(desk)
    (stored,) = kept(clinic, patient)
    assert "confirmed" not in stored


def test_what_can_not_be_is_said_at_its_field_and_nothing_is_kept(clinic, opened, patient):
    desk = opened(patient["_id"])
    enter("120", "80", "72", "98.6")
    assert row(desk, "temperature").problem == "From 25 to 45 °C. 98.6 °F is 37 °C."
    save(desk)
    assert kept(clinic, patient) == []
    assert row(desk, "temperature").editor.raw() == "98.6"


def test_pressures_the_wrong_way_round_are_told(clinic, opened, patient):
    desk = opened(patient["_id"])
    enter("80", "120")
    said = "It must be lower than the systolic pressure, 80. Are they swapped?"
    assert row(desk, "diastolic").problem == said
    save(desk)
    assert kept(clinic, patient) == []
    assert QApplication.focusWidget() is row(desk, "diastolic").editor.line
    row(desk, "systolic").editor.line.setFocus()
    row(desk, "systolic").editor.line.selectAll()
    enter("180")
    assert row(desk, "diastolic").problem == ""


def test_pressures_the_wrong_way_round_stay_told_beside_other_mistakes(opened, patient):
    desk = opened(patient["_id"])
    enter("80", "120", "72", "98.6")
    for _ in range(2):
        save(desk)
        assert desk.page.form.fields.left_to_do() == "2 fields to correct"
        assert QApplication.focusWidget() is row(desk, "diastolic").editor.line


@pytest.mark.parametrize("written", ["120/80", "120 / 80"])
def test_both_pressures_are_typed_as_everybody_writes_them(clinic, opened, patient, written):
    desk = opened(patient["_id"])
    for letter in written:
        QTest.keyClicks(QApplication.focusWidget(), letter)
    save(desk)
    (stored,) = kept(clinic, patient)
    assert (stored["systolic"], stored["diastolic"]) == (120, 80)


def test_both_pressures_can_be_pasted(opened, patient):
    desk = opened(patient["_id"])
    QApplication.clipboard().setText("145 / 95")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [row(desk, name).editor.raw() for name in ("systolic", "diastolic")] == ["145", "95"]


def test_nothing_is_told_of_a_value_that_was_thrown_away(opened, patient):
    drafts = Kept()
    drafts.keep(f"vitals/{patient['_id']}", {"systolic": "190", "diastolic": "110"})
    desk = opened(patient["_id"], drafts)
    assert [row(desk, name).flag.text() for name in ("systolic", "diastolic")] == ["High", "High"]
    next(one for one in desk.page.findChildren(QAbstractButton) if one.text() == "Discard it").click()
    assert [row(desk, name).flag.text() for name in ("systolic", "diastolic")] == ["", ""]


def test_where_the_age_is_not_known_it_is_said_that_nothing_is_judged(sessions, opened, patient):
    said = "The age is not known"
    assert not any(label.text().startswith(said) for label in opened(patient["_id"]).page.findChildren(QLabel))
    unknown = typed("patients") | {"birth_date": ""}
    somebody = PATIENTS.create(sessions[Role.RECEPTIONIST], unknown, uuid4().hex)
    assert any(label.text().startswith(said) for label in opened(somebody["_id"]).page.findChildren(QLabel))


@pytest.mark.usefixtures("measured")
def test_what_it_was_before_stands_beside_the_field(nurse, opened, patient):
    desk = opened(patient["_id"])
    day = desk.page._opened.vitals.latest["systolic"].at
    assert "Last \u2066128\u2069" in row(desk, "systolic").last.text()
    assert row(desk, "systolic").trend.accessibleName() == "Systolic pressure before: 124, 128"
    assert row(desk, "pain").last.text() == "Not measured before"
    enter("140")
    assert ", +12" in row(desk, "systolic").last.text()
    assert (nurse.now() - day).days == 12


@pytest.mark.usefixtures("measured")
def test_an_adults_last_height_gives_the_index(opened, patient):
    desk = opened(patient["_id"])
    weight = row(desk, "weight").editor.line
    weight.setFocus()
    enter("91,4")
    assert desk.page.form.fields.index.text() == "29.8 kg/m², overweight, with the last height, 175 cm"


def test_what_was_typed_survives_a_crash_with_what_was_confirmed(clinic, opened, patient):
    drafts = Kept()
    desk = opened(patient["_id"], drafts)
    enter("240")
    back_to_the_question()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    enter("96")
    desk.until(lambda: drafts.values.get(f"vitals/{patient['_id']}", {}).get("diastolic") == "96")
    again = opened(patient["_id"], drafts)
    assert (row(again, "systolic").editor.raw(), row(again, "diastolic").editor.raw()) == ("240", "96")
    assert row(again, "systolic").confirm.isChecked()
    save(again)
    assert [one["confirmed"] for one in kept(clinic, patient)] == [["systolic"]]
    assert drafts.values == {}


@pytest.mark.usefixtures("measured")
def test_a_correction_shows_what_was_typed_and_keeps_the_history(clinic, nurse, opened, patient):
    wrong = kept(clinic, patient)[-1]
    desk = opened(f"{patient['_id']}/{wrong['_id']}")
    assert row(desk, "weight").editor.raw() == "91.4"
    assert "Last \u2066124\u2069" in row(desk, "systolic").last.text()
    field = row(desk, "systolic").editor.line
    field.setFocus()
    field.selectAll()
    enter("138")
    save(desk)
    assert [one["systolic"] for one in OBSERVATIONS.history(nurse, wrong["_id"])] == [138, 128]


def test_what_others_measure_meanwhile_is_shown_beside_and_what_is_typed_stays(sessions, opened, patient):
    desk = opened(patient["_id"])
    enter("120")
    values = {"heart_rate": "88"}
    OBSERVATIONS.record_vitals(sessions[Role.DOCTOR], patient["_id"], values, uuid4().hex)
    desk.news("observations")
    desk.until(lambda: desk.page.panel.findChild(QAbstractButton, "latest-heart_rate") is not None)
    assert row(desk, "systolic").editor.raw() == "120"


@pytest.mark.usefixtures("measured")
def test_the_panel_shows_chart_and_table_of_what_is_chosen(opened, patient):
    panel = opened(patient["_id"]).page.panel
    assert [line.name for line in panel.chart.lines] == ["systolic", "diastolic"]
    panel.findChild(QAbstractButton, "latest-weight").click()
    assert [point.words for point in panel.chart.lines[0].points] == ["91.4", "91.4"]
    panel.switch.choose("table")
    assert panel.table.isVisible()
    model = panel.table.model()
    assert model.headerData(1, Qt.Orientation.Horizontal).strip("\u2068\u2069") == "Weight, kg"
    assert model.index(0, 1).data() == "91.4"


def test_leaving_asks_before_anything_typed_is_thrown_away(opened, patient):
    desk = opened(patient["_id"])
    enter("120")
    assert desk.page.isWindowModified()
    desk.page.findChild(QAbstractButton, "vitalsBack").click()
    answer = next(
        one for one in QApplication.topLevelWidgets() if one.isVisible() and one.findChild(QAbstractButton, "dialogYes")
    )
    assert desk.closed == []
    answer.findChild(QAbstractButton, "dialogYes").click()
    assert desk.closed == [("vitals", str(patient["_id"]))]
