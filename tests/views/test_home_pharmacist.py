"""The pharmacist's home: who waits, what runs low and what expires, each leading to where it is dealt with."""

from datetime import timedelta

import pytest
import time_machine
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QMenu

from hmsdesk.controllers.dispensary import today
from hmsdesk.controllers.dispensary.refusing import bring_back, set_aside
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.errors import Unreachable
from hmsdesk.views.home import make_page
from hmsdesk.views.kit.asking import Ask
from tests.factories import operation
from tests.views.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def home(qtbot, practice):
    def open_home():
        desk = Desk(qtbot, practice.pharmacist, practice.clinic.door)
        return desk, desk.show(make_page(desk.context, ""))

    return open_home


def titles(panel):
    return [entry.title for entry in panel.list.entries.rows]


def test_who_waits_is_listed_and_enter_opens_it_where_it_is_dispensed(home, practice):
    prescription = practice.stocked()
    desk, page = home()
    assert titles(page.waiting) == [practice.patient["name"]]
    assert page.findChild(QLabel, "figure-waiting").text() == "1"
    QTest.keyClick(page.waiting.list, Qt.Key.Key_Return)
    assert desk.went == [("dispensary", str(prescription["_id"]))]


def test_what_was_brought_back_waits_from_then(home, practice):
    with time_machine.travel(practice.pharmacist.now() - timedelta(days=1), tick=True):
        row = practice.sign(*practice.stocked()["lines"], patient=practice.new_patient("Back Again"))
        aside = set_aside(practice.pharmacist, practice.opened(row), "Comes tomorrow", operation())
    bring_back(practice.pharmacist, aside["_id"], operation())
    _, page = home()
    waits = next(entry for entry in page.waiting.list.entries.rows if entry.key == row["_id"])
    assert page.patience.minutes(waits) < 60


def test_a_new_prescription_shows_by_itself(home, practice):
    practice.stocked()
    desk, page = home()
    before = titles(page.waiting)
    practice.sign(*practice.stocked()["lines"], patient=practice.new_patient("Somebody Else"))
    desk.news("prescriptions")
    desk.until(lambda: len(titles(page.waiting)) == len(before) + 2)
    assert "Somebody Else" in titles(page.waiting)


def test_what_runs_low_and_what_expires_leads_to_its_record(home, practice):
    low = practice.medicine()
    MEDICINES.change(practice.pharmacist, low["_id"], low["version"], {"reorder_level": 20}, operation())
    lot = practice.lot(low, 5, days=12)
    desk, page = home()
    entry = next(one for one in page.low.list.entries.rows if one.key == low["_id"])
    assert (entry.status.word, entry.detail) == ("Low", "5 tablets left, reorder at 20")
    soon = next(one for one in page.expiring.list.entries.rows if one.key == lot["_id"])
    assert soon.status.word == "12 days"
    page.low.list.stepped.emit(entry)
    page.expiring.list.stepped.emit(soon)
    assert desk.went == [("stock_ledger", str(low["_id"])), ("stock_lots", str(lot["_id"]))]


def test_what_is_out_or_expired_is_said_as_such(home, practice):
    out = practice.medicine()
    MEDICINES.change(practice.pharmacist, out["_id"], out["version"], {"reorder_level": 20}, operation())
    gone = practice.lot(out, 5)
    practice.expire(gone)
    _, page = home()
    entry = next(one for one in page.low.list.entries.rows if one.key == out["_id"])
    expired = next(one for one in page.expiring.list.entries.rows if one.key == gone["_id"])
    assert (entry.status.word, expired.status.word) == ("Out", "Expired")


def test_what_has_expired_is_written_off_from_its_list_and_put_back(home, practice):
    lot = practice.lot(practice.medicine(), 5)
    practice.expire(lot)
    desk, page = home()
    listed = page.expiring.list
    listed.choose(listed.entries.line_of(lot["_id"]))
    QTest.keyClick(listed, Qt.Key.Key_Return)
    dialog = desk.window.findChild(Ask)
    assert dialog.questions.values() == {"reason": "Expired"}
    dialog._yes.click()
    desk.until(lambda: practice.quantity(lot) == 0 and listed.entries.line_of(lot["_id"]) == -1)
    desk.context.toasts.take_up()
    desk.until(lambda: practice.quantity(lot) == 5 and listed.entries.line_of(lot["_id"]) >= 0)


def test_what_expires_soon_can_be_written_off_from_its_menu(home, practice):
    lot = practice.lot(practice.medicine(), 5, days=12)
    desk, page = home()
    listed = page.expiring.list
    entry = listed.entries.rows[listed.entries.line_of(lot["_id"])]
    listed.menu_asked.emit(entry, listed.mapToGlobal(listed.rect().center()))
    off, opening = page.findChild(QMenu, "expiringLot").actions()
    opening.trigger()
    assert desk.went == [("stock_lots", str(lot["_id"]))]
    off.trigger()
    desk.window.findChild(Ask)._yes.click()
    desk.until(lambda: practice.quantity(lot) == 0)


def test_one_line_at_most_is_chosen_on_the_page(home, practice):
    practice.stocked()
    practice.lot(practice.medicine(), 5, days=12)
    _, page = home()
    lists = [panel.list for panel in (page.waiting, page.owed, page.low, page.expiring)]
    page.waiting.list.setFocus()
    assert [one for one in lists if one.current()] == [page.waiting.list]
    first = page.expiring.list.visualRect(page.expiring.list.entries.index(0)).center()
    QTest.mouseClick(page.expiring.list.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert [one for one in lists if one.current()] == [page.expiring.list]


def test_what_a_scanner_types_goes_to_the_dispensary_s_field(home):
    desk, page = home()
    field = QLineEdit()
    desk.window.layout().addWidget(field)
    desk.until(field.isVisible)
    desk.context.navigate = lambda *place: (desk.went.append(place), field.setFocus())
    page.waiting.list.setFocus()
    QTest.keyClick(page.waiting.list, Qt.Key.Key_H)
    QTest.keyClicks(field, "ms1")
    assert desk.went == [("dispensary", "")]
    assert field.text() == "hms1"


def test_a_lost_server_is_said_and_tried_again(home, monkeypatch):
    really = today.queue

    def lost(*_):
        raise Unreachable("The server doesn't answer.")

    monkeypatch.setattr(today, "queue", lost)
    desk, page = home()
    assert page.state.findChild(QLabel, "stateTitle").text() == "The queue could not be loaded"
    monkeypatch.setattr(today, "queue", really)
    page.state.findChild(QAbstractButton, "stateRetry").click()
    desk.until(page.waiting.isVisible)
