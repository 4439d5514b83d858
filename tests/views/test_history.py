"""The history of a record: beside its form, and of a patient on a page of its own, on the real server."""

from uuid import uuid4

import pytest
from bson import ObjectId
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.services import SERVICES
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit.form_page import FormPage
from hmsdesk.views.kit.history import PAGE, HistoryPane, may_read_history
from hmsdesk.views.patients import make_page
from tests.factories import typed
from tests.views.desk import Desk
from tests.views.keeper import Keeper, Treatment

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def boss(clinic):
    """Connections have threads, which are begun before each test counts them."""
    for role in (Role.RECEPTIONIST, Role.DOCTOR):
        clinic.session(role)
    return clinic.administrator


@pytest.fixture
def heart(boss):
    """A department that was changed twice."""
    row = DEPARTMENTS.create(boss, typed("departments", floor=None), uuid4().hex)
    DEPARTMENTS.change(boss, row["_id"], 1, {"floor": "2"}, uuid4().hex)
    return DEPARTMENTS.change(boss, row["_id"], 2, {"floor": "3", "phone": None}, uuid4().hex)


ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))


def entries(pane):
    """Each version's words, the newest first."""
    found = [one for one in pane.findChildren(QWidget, "historyEntry") if one.isVisibleTo(pane)]
    return [[label.text().translate(ISOLATES) for label in one.findChildren(QLabel)] for one in found]


def shown(qtbot, session, keeper, record):
    desk = Desk(qtbot, session)
    pane = desk.show(HistoryPane(keeper, session, record))
    pane.desk_of_test = desk
    return pane


def test_each_change_says_who_when_and_from_what_to_what(qtbot, boss, heart):
    latest, before, first = entries(shown(qtbot, boss, DEPARTMENTS, heart["_id"]))
    assert latest[0] == f"Changed by {boss.identity.name}"
    assert latest[2:] == ["Floor or wing", "2 → 3", "Phone", "0100 555 0112 → (empty)"]
    assert before[2:] == ["Floor or wing", "(empty) → 2"]
    assert first[0] == f"Added by {boss.identity.name}"
    assert "Name" in first
    assert "Status" not in first
    assert any(str(boss.locale.today().year) in text for text in latest[1:2])


def test_references_are_told_by_their_titles(qtbot, boss, heart):
    service = SERVICES.create(boss, typed("services"), uuid4().hex)
    SERVICES.change(boss, service["_id"], 1, {"department": heart["_id"]}, uuid4().hex)
    latest = entries(shown(qtbot, boss, SERVICES, service["_id"]))[0]
    assert latest[2:] == ["Department", f"(empty) → {heart['name']}"]


def test_a_long_history_comes_a_page_at_a_time(qtbot, boss):
    row = DEPARTMENTS.create(boss, typed("departments"), uuid4().hex)
    for n in range(1, 2 * PAGE):
        DEPARTMENTS.change(boss, row["_id"], n, {"floor": str(n)}, uuid4().hex)
    pane = shown(qtbot, boss, DEPARTMENTS, row["_id"])
    assert len(entries(pane)) == PAGE
    pane.findChild(QAbstractButton, "historyEarlier").click()
    qtbot.waitUntil(lambda: len(entries(pane)) == 2 * PAGE)
    told = [one[-1] for one in entries(pane)]
    assert told[0] == f"{2 * PAGE - 2} → {2 * PAGE - 1}"
    assert pane.findChild(QAbstractButton, "historyEarlier") is None


def test_it_opens_and_closes_beside_the_form(qtbot, boss, heart):
    desk = Desk(qtbot, boss)
    page = desk.show(FormPage(DEPARTMENTS, boss, heart["_id"]))
    page.findChild(QAbstractButton, "formHistory").click()
    desk.settle()
    assert len(entries(page.findChild(HistoryPane))) == 3
    page.findChild(QAbstractButton, "historyClose").click()
    assert page._beside is None
    assert page.form.isVisible()


def test_escape_leaves_the_history_and_then_the_form(qtbot, boss, heart):
    desk = Desk(qtbot, boss)
    page = desk.show(FormPage(DEPARTMENTS, boss, heart["_id"]))
    page.findChild(QAbstractButton, "formHistory").click()
    desk.settle()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert page._beside is None
    assert page.form.isAncestorOf(QApplication.focusWidget())
    back = page.findChild(QAbstractButton, "formHistory")
    back.setFocus()
    with qtbot.waitSignal(page.closed):
        qtbot.keyClick(back, Qt.Key.Key_Escape)


def test_who_comes_back_to_what_was_typed_is_told_that_it_is_not_saved(qtbot, boss, heart):
    desk = Desk(qtbot, boss)
    page = desk.show(FormPage(DEPARTMENTS, boss, heart["_id"]))
    page.hide()
    page.show()
    assert page.form.notice.isHidden()
    page.form.fields.rows["floor"].editor.setFocus()
    qtbot.keyClicks(QApplication.focusWidget(), "7")
    page.hide()
    page.show()
    assert page.form.notice.words.text() == "What you typed here is not saved yet."
    page.form.notice.findChild(QAbstractButton, "noticeAction").click()
    assert not page.form.is_edited()
    assert page.form.notice.words.text() == "What you typed is thrown away."
    page.hide()
    page.show()
    assert page.form.notice.words.text() != "What you typed here is not saved yet."


def test_a_change_elsewhere_appears_in_it(qtbot, boss, heart):
    pane = shown(qtbot, boss, DEPARTMENTS, heart["_id"])
    DEPARTMENTS.change(boss, heart["_id"], 3, {"floor": "4"}, uuid4().hex)
    pane.refresh()
    qtbot.waitUntil(lambda: len(entries(pane)) == 4)


def test_a_record_that_is_gone_is_said(qtbot, boss):
    pane = shown(qtbot, boss, DEPARTMENTS, ObjectId())
    assert any("not here" in label.text() for label in pane.findChildren(QLabel))


def test_a_new_record_and_one_without_earlier_versions_offer_none(qtbot, boss):
    desk = Desk(qtbot, boss)
    page = desk.show(FormPage(DEPARTMENTS, boss))
    assert page.findChild(QAbstractButton, "formHistory") is None
    assert not may_read_history(boss, Keeper(Treatment))


class TestOfAPatient:
    @pytest.fixture(scope="class")
    @classmethod
    def patient(cls, clinic, boss):
        reception, doctor = clinic.session(Role.RECEPTIONIST), clinic.session(Role.DOCTOR)
        row = PATIENTS.create(reception, typed("patients"), uuid4().hex)
        PATIENTS.change(reception, row["_id"], 1, {"address": "1 Nile St"}, uuid4().hex)
        HEALTH.change(doctor, row["_id"], 1, {"conditions": [{"name": "Gout"}]}, uuid4().hex)
        return row

    def page(self, qtbot, session, patient):
        desk = Desk(qtbot, session)
        page = desk.show(make_page(desk.context, f"{patient['_id']}/history"))
        page.desk_of_test = desk
        return page

    def test_clinical_roles_see_both_sides(self, qtbot, clinic, patient):
        page = self.page(qtbot, clinic.session(Role.DOCTOR), patient)
        told = [entry for pane in page.findChildren(HistoryPane) for entry in entries(pane)]
        assert ["Address", f"{patient['address']} → 1 Nile St"] in [entry[2:] for entry in told]
        assert any("(empty) → Gout, Active" in entry for entry in told)

    def test_reception_sees_only_the_details(self, qtbot, clinic, patient):
        page = self.page(qtbot, clinic.session(Role.RECEPTIONIST), patient)
        assert len(page.findChildren(HistoryPane)) == 1
        assert "Gout" not in str([entries(pane) for pane in page.findChildren(HistoryPane)])

    def test_the_way_back_to_the_chart(self, qtbot, clinic, patient):
        page = self.page(qtbot, clinic.session(Role.RECEPTIONIST), patient)
        page.findChild(QAbstractButton, "historyBack").click()
        assert page.desk_of_test.went == [("patients", str(patient["_id"]))]
