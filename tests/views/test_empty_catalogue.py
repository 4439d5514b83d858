"""What a new practice is told where there is no medicine to prescribe yet."""

import pytest
from PySide6.QtWidgets import QAbstractButton

from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.security.permissions import Role
from hmsdesk.views.prescribe.empty_catalogue import EmptyCatalogue
from tests.factories import operation
from tests.views.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def sessions(clinic):
    """Connections have threads, which are begun before each test counts them."""
    return {role: clinic.session(role) for role in (Role.DOCTOR, Role.SOLO, Role.PHARMACIST)}


@pytest.fixture
def told(qtbot, sessions):
    def by(role):
        desk = Desk(qtbot, sessions[role])
        desk.notice = desk.show(EmptyCatalogue(desk.context))
        return desk

    return by


def way(notice):
    return notice.findChild(QAbstractButton, "noticeAction")


def test_a_doctor_is_told_who_adds_medicines(told):
    notice = told(Role.DOCTOR).notice
    assert "A pharmacist adds them under Stock, Medicines" in notice.words.text()
    assert way(notice) is None


def test_who_may_add_them_is_led_there(told):
    desk = told(Role.SOLO)
    way(desk.notice).click()
    assert desk.went == [("medicines", "")]


def test_it_is_gone_as_soon_as_there_is_one(told, sessions):
    desk = told(Role.DOCTOR)
    assert desk.notice.isVisible()
    MEDICINES.create(
        sessions[Role.PHARMACIST], {"name": "Paracetamol", "ingredient": "paracetamol", "unit": "tablet"}, operation()
    )
    desk.news("medicines")
    desk.until(lambda: not desk.notice.isVisible())
