"""One doctor who does everything: from the visit to the bill each page leads on to the next."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from hmsdesk.controllers import starter
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.staff import member
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.desk import Desk as Window
from hmsdesk.entrance import Entrance
from hmsdesk.models.appointments import WITH_NURSE
from hmsdesk.views import appointments, calendar, dispensary, home, medicines, prescribe, visit
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.form import WIDEST
from hmsdesk.views.kit.stepping import Stepping
from hmsdesk.views.visit.reading import ReadNote
from tests.conftest import OWNER_EMAIL, Clinic
from tests.consulting import WRITTEN, Consulting
from tests.factories import operation
from tests.prescribing import line
from tests.views.desk import Desk, patient_of

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
CTRL = Qt.KeyboardModifier.ControlModifier


class Alone:
    """A practice of one doctor, with a medicine in stock."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.session = clinic.administrator
        week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        beginning = starter.Start(services={"CONS": "80"}, days=week, doctors=[self.session.identity.name])
        starter.begin(self.session, beginning)
        values = {"name": "Brufen 400 mg tablet", "ingredient": "ibuprofen", "unit": "tablet", "price": "0.20"}
        self.medicine = MEDICINES.create(self.session, values, operation())
        expires = f"{self.session.locale.today().year + 2}-06-30"
        lot = {"medicine": self.medicine["_id"], "lot": "B1", "expires": expires, "quantity": 60}
        LOTS.create(self.session, lot, operation())

    def visit(self):
        """An open visit."""
        patient = patient_of(self.session, "Huda Samir Ali")
        return ENCOUNTERS.begin_for(self.session, patient["_id"], operation())

    def signed(self, begun):
        """A prescription written in a visit."""
        prescribed = Prescribe(begun["patient"], (line(self.medicine, 15),), encounter=begun["_id"])
        return PRESCRIPTIONS.sign(self.session, prescribed, operation())


@pytest.fixture(scope="module")
def alone(practices):
    with practices.one(solo=True) as clinic:
        yield Alone(clinic)


@pytest.fixture(scope="module")
def room(clinic):
    return Consulting(clinic)


@pytest.fixture
def desk(qtbot, alone, tmp_path):
    made = Desk(qtbot, alone.session)
    made.context.drafts = Drafts(tmp_path, alone.session)
    return made


def button(page, name):
    return page.findChild(QPushButton, name)


def test_one_alone_has_only_the_password_to_type(alone, room, qtbot):
    """Also after the program was closed; in a clinic, who was here is not told to the next person."""

    def offered():
        entrance = Entrance(alone.clinic.settings)
        qtbot.addWidget(entrance.sign_in)
        entrance.show_practice()
        return entrance, entrance.sign_in.findChild(QLineEdit, "signInEmail").text()

    entrance, first = offered()
    with qtbot.waitSignal(entrance.entered):
        entrance._enter(alone.session)
    entrance, second = offered()
    with qtbot.waitSignal(entrance.entered):
        entrance._enter(room.reception)
    assert (first, second, offered()[1]) == ("", OWNER_EMAIL, "")


def test_one_alone_who_began_with_nothing_is_a_doctor_once_the_desk_opens(new_clinic, qtbot):
    clinic = new_clinic(solo=True)
    session = clinic.administrator
    assert member(session, session.identity.person) is None
    window = Window(session, clinic.door, clinic.settings)
    qtbot.addWidget(window.frame)
    window.begin()
    qtbot.waitUntil(lambda: not tasks.busy() and member(session, session.identity.person) is not None)
    window.deleteLater()


def test_what_was_not_saved_is_offered_until_it_is_open_whichever_way_led_there(alone, qtbot):
    begun = alone.visit()
    patient = begun["patient"]
    Drafts(alone.clinic.settings.folder(), alone.session).keep(f"prescribe/{patient}", {"advice": "Rest"})
    window = Window(alone.session, alone.clinic.door, alone.clinic.settings)
    qtbot.addWidget(window.frame)
    window.begin()
    toasts = window.frame.toasts
    qtbot.waitUntil(lambda: any(one.is_timed() is False for one in toasts.shown()))
    window.frame.navigate("prescribe", f"{patient}/{begun['_id']}")
    qtbot.waitUntil(lambda: not tasks.busy() and not toasts.shown())
    window.deleteLater()


def test_the_only_doctor_is_not_named_to_themselves_nor_asked_whose_patients_to_show(alone, desk):
    patient = patient_of(alone.session, "Salma Nabil Omar")
    booked = walk_in(alone.session, patient["_id"], alone.session.identity.person, operation())
    page = desk.show(home.make_page(desk.context, ""))
    desk.until(page.board.isVisible)
    name = alone.session.identity.name
    assert not page.filters.doctor_chip.isVisible()
    assert not page.filters.department_chip.isVisible()
    assert name not in page.next.detail.text()
    told = [entry for view in page.board.lanes for entry in view.cards.entries.rows]
    told += page.bookings.list.entries.rows
    assert booked["_id"] in [entry.key for entry in told]
    assert not any(name in f"{entry.title} {entry.detail}" for entry in told)


def test_the_only_doctor_s_table_asks_for_no_doctor_either(alone, desk):
    patient = patient_of(alone.session, "Omar Nabil Said")
    booked = walk_in(alone.session, patient["_id"], alone.session.identity.person, operation())
    page = desk.show(appointments.make_page(desk.context, ""))
    desk.until(lambda: booked["_id"] in [row["_id"] for row in page.pages.rows if row])
    assert not page.doctor_chip.isVisible()


def test_the_only_doctor_lets_in_without_being_asked_to_whom(alone, desk):
    page = desk.show(appointments.make_page(desk.context, "walk-in"))
    desk.until(lambda: page.doctors.chosen() == alone.session.identity.person)
    assert not page.seen_by.isVisible()
    # Nothing stands beside it: it is as wide as other forms.
    assert page.form.width() == WIDEST
    assert not page.refused.isVisible()
    page.refused.say("This patient may be registered already.", "Choose who it is.", [])
    desk.until(page.refused.isVisible)
    assert not page.seen_by.isVisible()
    assert page.form.x() < page.refused.x()


def test_the_only_doctor_may_check_in_before_it_is_known_that_there_is_no_choice(alone, desk):
    patient = patient_of(alone.session, "Early Nabil Amer")
    page = appointments.make_page(desk.context, "walk-in")
    page.form.show_patient(patient, "")
    page.check_in()
    desk.show(page)
    desk.settle()
    assert desk.told() == ["Early Nabil Amer is checked in"]


def test_the_only_doctor_s_calendar_has_nobody_to_choose_among(alone, desk):
    page = desk.show(calendar.make_page(desk.context, ""))
    desk.until(lambda: len(page.known) == 1)
    assert page.side.isVisible()
    assert not page.side.doctors.isVisible()


def test_to_one_alone_a_step_is_told_without_a_nurse(alone, desk):
    patient = patient_of(alone.session, "Nour Sherif Adel")
    booked = walk_in(alone.session, patient["_id"], alone.session.identity.person, operation())
    page = desk.show(appointments.make_page(desk.context, ""))
    desk.until(lambda: booked["_id"] in [row["_id"] for row in page.pages.rows if row])
    Stepping(desk.context, page).take(booked, WITH_NURSE)
    desk.until(lambda: desk.told() == [f"{patient['name']} is to be measured"])


def test_vital_signs_are_recorded_from_the_visit(alone, desk):
    begun = alone.visit()
    page = desk.show(visit.make_page(desk.context, str(begun["_id"])))
    desk.until(lambda: page.note is not None)
    QTest.keyClick(page, Qt.Key.Key_M, CTRL)
    assert desk.went == [("vitals", str(begun["patient"]))]


def test_a_closed_visit_leads_to_its_bill(alone, desk):
    begun = alone.visit()
    page = desk.show(visit.make_page(desk.context, str(begun["_id"])))
    desk.until(lambda: page.note is not None)
    assert not button(page, "visitBill").isVisible()
    ENCOUNTERS.close(alone.session, begun["_id"], 1, WRITTEN, operation())
    page.refresh()
    desk.until(lambda: isinstance(page.note, ReadNote))
    QTest.keyClick(page, Qt.Key.Key_I, CTRL)
    assert desk.went == [("cash_desk", str(begun["patient"]))]


def test_who_takes_no_money_is_not_led_to_the_bill(qtbot, room, tmp_path):
    doctors = Desk(qtbot, room.doctor)
    doctors.context.drafts = Drafts(tmp_path, room.doctor)
    page = doctors.show(visit.make_page(doctors.context, str(room.closed()["_id"])))
    doctors.until(lambda: page.note is not None)
    assert not button(page, "visitBill").isVisible()


def test_what_is_signed_is_handed_out_without_scanning(alone, desk, qtbot):
    begun = alone.visit()
    page = desk.show(prescribe.make_page(desk.context, f"{begun['patient']}/{begun['_id']}"))
    desk.until(lambda: page.editor is not None)
    editor = page.editor
    assert (button(page, "sign").text(), button(page, "handOut").isVisible()) == ("Sign", False)
    editor.lines.show_raw([line(alone.medicine, 15) | {"name": alone.medicine["name"], "unit": "tablet"}])
    editor.checks.check()
    desk.until(lambda: button(page, "sign").isEnabled())
    editor.sign()
    desk.until(lambda: button(page, "handOut").isVisible())
    assert "dispensary sees" not in editor.notice.words.text()
    QTest.keyClick(page, Qt.Key.Key_D, CTRL)
    assert desk.went == [("dispensary", str(editor._signed["_id"]))]


def test_a_medicine_that_is_not_there_yet_is_added_from_the_prescription(alone, desk, qtbot):
    begun, name = alone.visit(), "Zyrtec 10 mg tablet"
    page = desk.show(prescribe.make_page(desk.context, f"{begun['patient']}/{begun['_id']}"))
    desk.until(lambda: page.editor is not None)
    picker = page.editor.lines.editors[0].medicine
    picker.setFocus()
    QTest.keyClicks(picker, name)
    qtbot.waitUntil(picker.popup.isVisible)
    last = picker.popup.model().index(picker.popup.model().rowCount() - 1, 0)
    assert last.data() == f"Add “{name}” to the medicines"
    assert picker.popup.currentIndex() == last
    QTest.keyClick(picker.popup, Qt.Key.Key_Return)
    assert desk.went == [("medicines", f"new/{name}")]

    adding = medicines.make_page(desk.context, f"new/{name}")
    qtbot.addWidget(adding)
    assert adding.form.fields.rows["name"].editor.raw() == name
    adding.form.fields.restore({"ingredient": "cetirizine", "unit": "tablet"})
    adding.form.save()
    desk.until(lambda: desk.closed == [("medicines", f"new/{name}")])

    page.editor.notes["advice"].setFocus()
    picker.setFocus()
    qtbot.waitUntil(picker.popup.isVisible)
    QTest.keyClick(picker.popup, Qt.Key.Key_Return)
    assert picker.chosen is not None


def test_who_only_prescribes_sends_it(practice, qtbot, tmp_path):
    doctors = Desk(qtbot, practice.doctor)
    doctors.context.drafts = Drafts(tmp_path, practice.doctor)
    page = doctors.show(prescribe.make_page(doctors.context, str(practice.patient["_id"])))
    doctors.until(lambda: page.editor is not None)
    assert button(page, "sign").text() == "Sign and send"
    page.editor.head.show_signed("RX-26-ABCDEF")
    assert not button(page, "handOut").isVisible()


def test_the_dispensary_s_banner_says_of_the_visit_what_one_may_know(alone, desk, practice, qtbot):
    begun = alone.visit()
    page = desk.show(dispensary.make_page(desk.context, str(alone.signed(begun)["_id"])))

    def told():
        section = page.banner.findChild(QWidget, "bannerVisit")
        return [label.text() for label in section.findChildren(QLabel)] if section else []

    desk.until(lambda: told()[1:2] and told()[1].startswith("Since "))
    others = Desk(qtbot, practice.pharmacist)
    page = others.show(dispensary.make_page(others.context, str(practice.stocked()["_id"])))
    others.until(page.banner.isVisible)
    assert told() == []


def test_from_the_hand_out_one_goes_back_to_the_visit(alone, desk):
    begun = alone.visit()
    page = desk.show(dispensary.make_page(desk.context, str(alone.signed(begun)["_id"])))
    desk.until(page.hand_out.button.isEnabled)
    page.hand_out.beneath.labels.setChecked(False)
    page.hand_out.button.click()
    desk.until(page.hand_out.notice.isVisible)
    button(page, "noticeAction").click()
    assert desk.went == [("visit", str(begun["_id"]))]


def test_a_prescription_that_is_gone_to_is_open_whatever_was_scanned_meanwhile(alone, desk):
    first, second = (alone.signed(alone.visit()) for _ in range(2))
    page = desk.show(dispensary.make_page(desk.context, str(first["_id"])))
    desk.until(lambda: page.hand_out.opened_id() == first["_id"])
    page.open(second["_id"])
    desk.until(lambda: page.hand_out.opened_id() == second["_id"])
    page.hide()
    page.show()
    desk.until(lambda: page.hand_out.opened_id() == first["_id"])
