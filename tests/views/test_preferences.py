"""The one form of how the practice works."""

import pytest
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.models.preferences import THE_ONE
from hmsdesk.views import preferences
from tests.factories import operation
from tests.views.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class _NoDrafts:
    """Keeps nothing."""

    def read(self, place):
        return None

    def keep(self, place, values):
        pass

    drop = read


@pytest.fixture
def page(qtbot, clinic):
    desk = Desk(qtbot, clinic.administrator)
    desk.context.drafts = _NoDrafts()
    page = desk.show(preferences.make_page(desk.context, ""))
    yield desk, page
    with clinic.past_the_program() as database:
        database.preferences.delete_many({})


def test_a_decision_is_saved_and_the_form_stays(page, clinic):
    desk, page = page
    assert page.findChild(QWidget, "formBack") is None
    page.form.fields.rows["waiting_long"].editor.set_raw("15")
    page.form.save()
    desk.until(lambda: PREFERENCES.current(clinic.administrator)["waiting_long"] == 15)
    assert desk.told() == ["The preferences are saved"]
    assert desk.went == []


def test_what_a_colleague_decides_shows(page, clinic):
    desk, page = page
    PREFERENCES.change(clinic.administrator, THE_ONE, 0, {"near_expiry_days": 30}, operation())
    desk.news("preferences")
    desk.until(lambda: page.form.fields.rows["near_expiry_days"].editor.raw() == "30")


def test_cancel_goes_back_to_where_one_came_from(page):
    desk, page = page
    desk.context.list_behind = lambda: ("staff", "Staff")
    page.form.leave()
    assert desk.closed == [("preferences", "")]
    assert desk.went == [("staff", "")]
