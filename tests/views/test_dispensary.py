"""The dispensary's desk: scan, verdict, and handing out once, on the real server."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from PySide6.QtCore import Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from hmsdesk.controllers.dispensary import handing_out as controller
from hmsdesk.controllers.dispensary.refusing import bring_back, set_aside
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescription_paper import page as paper
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.controllers.stock.adjusting import adjust
from hmsdesk.errors import Conflict, InvalidInput, Unreachable
from hmsdesk.models.prescription_code import content_of, encode
from hmsdesk.models.stock import LOST
from hmsdesk.security.permissions import Role
from hmsdesk.views.dispensary import hand_out, make_page, why_not
from hmsdesk.views.dispensary.beneath import Beneath
from hmsdesk.views.dispensary.labels import LabelsDialog
from hmsdesk.views.dispensary.lasting import NONE_LASTS
from hmsdesk.views.dispensary.queue import WAITING, waited
from hmsdesk.views.dispensary.side import CARD
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.habits import habits
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.print_dialog import PrintDialog
from hmsdesk.views.kit.toast import Toasts
from hmsdesk.views.kit.words import Label
from tests.factories import code, operation
from tests.prescribing import line
from tests.views.windows import double_click, shown

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class Host(QWidget):
    """What the program puts around a page."""

    navigated = Signal(str, str)


@pytest.fixture
def desk(practice, qtbot):
    def make(record=""):
        host = Host()
        qtbot.addWidget(host)
        context = SimpleNamespace(
            session=practice.pharmacist, door=None, drafts=None, live=Live(), toasts=Toasts(host),
            navigate=host.navigated.emit, close_page=lambda *_: None, list_behind=lambda: ("", ""), kept={},
        )  # fmt: skip
        made = make_page(context, record)
        made.host, made.context = host, context
        # Where labels are printed, a dialog asks for the printer.
        made.hand_out.beneath.labels.setChecked(False)
        made.resize(1100, 700)
        shown(qtbot, made)
        return made

    return make


@pytest.fixture
def opened(practice, desk, qtbot):
    """A desk with a prescription open, and the prescription."""

    def make(owed=60, stock=100):
        row = practice.stocked(owed, stock)
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        return page, row

    return make


def scan(page, text):
    QTest.keyClicks(page.scan, text)
    QTest.keyClick(page.scan, Qt.Key.Key_Return)


def verdict(page):
    return page.hand_out.verdict.title.text()


def button(page):
    return page.hand_out.button


def spin(page, n=0):
    return page.hand_out.lines.rows[n].spin


def until_settled(qtbot, page):
    qtbot.waitUntil(lambda: page.hand_out._sent is None)


class TestScanning:
    def test_the_scan_field_has_the_focus(self, desk, qtbot):
        page = desk()
        qtbot.waitUntil(page.scan.hasFocus)
        assert page._chip.text == "Scanner ready"

    def test_a_code_in_several_bursts_opens_its_prescription(self, practice, desk, qtbot):
        row = practice.stocked()
        page, scanned = desk(), PRESCRIPTIONS.code(row)
        for start in range(0, len(scanned), 50):
            QTest.keyClicks(page.scan, scanned[start : start + 50])
            qtbot.wait(20)
        QTest.keyClick(page.scan, Qt.Key.Key_Enter)
        qtbot.waitUntil(lambda: verdict(page).startswith("Signature is genuine"))
        assert page.hand_out.verdict.tone == "good"
        assert page.banner.isVisible()
        assert page.scan.text() == ""
        assert button(page).isVisible()
        assert button(page).isEnabled()

    def test_a_number_opens_it_as_well(self, practice, desk, qtbot):
        row = practice.stocked()
        page = desk()
        scan(page, row["number"].lower().replace("-", " "))
        qtbot.waitUntil(lambda: verdict(page).startswith("Signature is genuine"))

    def test_a_forged_page_shows_that_alone(self, practice, opened, qtbot):
        page, row = opened()
        lines = [row["lines"][0] | {"quantity": 600}]
        scan(page, encode(content_of(row | {"lines": lines}, practice.patient), row["signature"]))
        qtbot.waitUntil(lambda: verdict(page).startswith("Altered or forged"))
        assert page.hand_out.verdict.tone == "danger"
        assert not button(page).isVisible()
        assert not page.banner.isVisible()
        assert not page.hand_out.lines.isVisible()

    def test_what_is_no_prescription_takes_the_open_one_away(self, opened, qtbot):
        page, _ = opened()
        scan(page, "hello")
        qtbot.waitUntil(lambda: verdict(page) == "Nobody of this name has a prescription here.")
        assert not page.banner.isVisible()
        assert not button(page).isVisible()
        assert page.scan.selectedText() == "hello"
        QTest.keyClick(button(page), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert page.hand_out._sent is None

    def test_one_that_is_dispensed_says_so(self, practice, opened, qtbot):
        page, row = opened()
        controller.dispense(practice.pharmacist, practice.opened(row), {1: 60}, operation())
        scan(page, row["number"])
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        assert page.hand_out.verdict.tone == "warning"
        assert not button(page).isVisible()
        assert page.banner.isVisible()

    def test_a_letter_typed_anywhere_goes_to_the_scan_field(self, opened, qtbot):
        page, _ = opened()
        spin(page).setFocus()
        before = spin(page).value()
        QTest.keyClicks(spin(page), "R")
        assert page.scan.hasFocus()
        assert (page.scan.text(), spin(page).value()) == ("R", before)
        page.queue.list.setFocus()
        QTest.keyClick(page, Qt.Key.Key_Escape)
        assert page.scan.text() == ""
        page.queue.list.setFocus()
        QTest.keyClicks(page.queue.list, "H")
        assert page.scan.text() == "H"

    def test_what_was_left_in_the_field_is_not_part_of_the_code(self, practice, desk, qtbot):
        row = practice.stocked()
        page = desk()
        scan(page, f"https://example{PRESCRIPTIONS.code(row)}")
        qtbot.waitUntil(lambda: verdict(page).startswith("Signature is genuine"))

    def test_what_was_refused_is_replaced_by_what_is_typed_next(self, opened, qtbot):
        page, _ = opened()
        scan(page, "hello")
        qtbot.waitUntil(lambda: verdict(page) == "Nobody of this name has a prescription here.")
        page.queue.list.setFocus()
        page.scan.setFocus()
        QTest.keyClicks(page.scan, "RX")
        assert page.scan.text() == "RX"

    def test_a_code_scanned_into_what_the_patient_is_told_opens_its_prescription(self, practice, opened, qtbot):
        page, _ = opened()
        other, told = practice.stocked(), page.hand_out.beneath.told
        told.setFocus()
        QTest.keyClicks(told, "Not with milk. ")
        for letter in PRESCRIPTIONS.code(other):
            QTest.keyClicks(page.focusWidget(), letter)
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: other["number"] in page.hand_out._head.number.text())

    def test_the_code_in_a_picture_opens_its_prescription(self, practice, desk, qtbot, tmp_path):
        from hmsdesk.views.kit.paper_view import Pages

        row = practice.stocked()
        pages = Pages(paper(practice.pharmacist, row, "A5"))
        from PySide6.QtCore import QSize

        pages.image(0, QSize(1165, 1654)).save(str(tmp_path / "photo.png"))
        pages.close()
        page = desk()
        page.scan_picture(tmp_path / "photo.png")
        qtbot.waitUntil(lambda: verdict(page).startswith("Signature is genuine"))

    @pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7"])
    def test_a_file_that_is_no_picture_is_refused(self, desk, qtbot, tmp_path, content):
        (tmp_path / "photo.png").write_bytes(content)
        page = desk()
        page.scan_picture(tmp_path / "photo.png")
        qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))


class TestHandingOut:
    def test_what_is_owed_is_proposed(self, opened):
        page, _ = opened()
        assert spin(page).value() == 60
        assert button(page).text() == "Dispense"
        assert not page.hand_out._owed.isVisible()

    def test_what_is_short_is_said_and_stays_owed(self, opened):
        page, _ = opened(owed=60, stock=14)
        assert spin(page).value() == 14
        assert button(page).text() == "Dispense in part"
        assert page.hand_out._owed.title.text().startswith("46 tablets of Metformin")

    def test_a_quantity_that_is_not_what_dose_and_days_come_to_is_told(self, practice, desk, qtbot):
        row = practice.sign(line(practice.medicine(), 90))
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        assert "90 is more than dose and days come to: 60." in page.hand_out.lines.rows[0]._second.text()

    def test_what_acts_on_one_another_is_told_where_it_is_handed_out(self, practice, desk, qtbot):
        given = [practice.medicine(name, ingredient=name.lower()) for name in ("Ramipril", "Ibuprofen")]
        row = practice.sign(*(line(one) for one in given), patient=practice.new_patient("Maged Interaction"))
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        said = [one.text() for one in page.hand_out._checked.lines]
        assert any("Interaction: ibuprofen with ramipril" in one for one in said)

    def test_what_could_not_be_checked_is_said_where_it_is_handed_out(self, opened):
        page, _ = opened()
        (line,) = page.hand_out._checked.lines
        assert line.isVisible()
        assert line.text().startswith("Allergies: not checked. Metformin")

    def test_the_reason_a_conflict_was_kept_for_is_shown(self, practice, desk, qtbot):
        medicine = practice.medicine("Amoxicillin 500 mg capsule", "capsule", "amoxicillin")
        why = {"line": 1, "check": "allergy", "about": "Penicillin", "reason": "Desensitised in October"}
        row = practice.sign(line(medicine), overrides=(why,))
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out._checked.lines))
        kept = page.hand_out._checked.lines[0].text()
        assert kept.endswith("Kept by Dr Sara El-Masry: Desensitised in October")
        assert "amoxicillin is a penicillin" in kept

    def test_an_allergy_recorded_since_it_was_signed_is_told(self, practice, desk, qtbot):
        patient = practice.new_patient("Nadia Zaki")
        row = practice.sign(line(practice.medicine("Amoxicillin", "capsule", "amoxicillin")), patient=patient)
        HEALTH.change(practice.doctor, patient["_id"], 1, {"allergies": [{"substance": "Penicillin"}]}, operation())
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out._checked.lines))
        assert "It has no reason: ask Dr Sara El-Masry first." in page.hand_out._checked.lines[0].text()

    def test_in_spite_of_an_allergy_it_is_handed_out_with_a_reason_only(self, practice, desk, qtbot):
        medicine = practice.medicine("Amoxicillin", "capsule", "amoxicillin")
        practice.lot(medicine, 20)
        patient = practice.new_patient("Huda Zaki")
        row = practice.sign(line(medicine, 10), patient=patient)
        HEALTH.change(practice.doctor, patient["_id"], 1, {"allergies": [{"substance": "Penicillin"}]}, operation())
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        assert page.hand_out.lines.rows[0]._status().word == "Allergy"
        button(page).click()
        asked = ask(page)
        assert "amoxicillin is a penicillin" in asked._explained.text()
        asked._yes.click()
        assert (asked.isVisible(), practice.opened(row).handed_out) == (True, ())
        asked.questions.rows["why"].editor.set_raw("Dr Sara says it was never an allergy")
        asked._yes.click()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        (done,) = practice.opened(row).handed_out
        assert done["despite"] == "Dr Sara says it was never an allergy"
        assert done["despite"] in page.hand_out.before.findChildren(Label)[2].text()

    def test_too_much_stays_as_it_was_typed_and_is_said(self, opened, qtbot):
        page, _ = opened(owed=14)
        spin(page).selectAll()
        QTest.keyClicks(spin(page), "20")
        assert (spin(page).text(), button(page).isEnabled()) == ("20", False)
        assert page.hand_out.lines.rows[0]._problem.text().startswith("At most 14 tablets")
        assert page.hand_out.lines.rows[0]._status().word == "Too much"
        spin(page).selectAll()
        QTest.keyClick(spin(page), Qt.Key.Key_Delete)
        assert (page.hand_out.lines.rows[0].quantity, button(page).isEnabled()) == (0, False)
        assert page.hand_out.lines.rows[0]._status().word == "Not now"
        QTest.keyClicks(spin(page), "7")
        assert (button(page).isEnabled(), page.hand_out.lines.rows[0]._status().word) == (True, "In part")

    def test_after_a_hand_out_the_next_one_can_be_scanned(self, opened, qtbot):
        page, _ = opened()
        page.hand_out.beneath.labels.setChecked(True)
        page.hand_out.beneath.told.setFocus()
        QTest.keyClick(page.hand_out.beneath.told, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: page.findChild(PrintDialog) is not None)
        page.findChild(PrintDialog).reject()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        qtbot.waitUntil(lambda: page.focusWidget() is page.scan)

    def test_a_cancelled_one_says_by_whom_and_why_and_is_not_handed_out(self, practice, opened, qtbot):
        page, row = opened()
        CANCELLATIONS.cancel(practice.doctor, row["_id"], "Wrong strength", operation())
        page.context.live.changed.emit(SimpleNamespace(collection="prescription_cancellations", record=None))
        qtbot.waitUntil(lambda: verdict(page) == "Cancelled by Dr Sara El-Masry: hand nothing out")
        assert "Wrong strength" in page.hand_out.verdict.text.text()
        assert not button(page).isVisible()
        assert (page.hand_out.lines.rows[0]._status(), spin(page).isVisible()) == (None, False)

    def test_nothing_in_stock_says_why_it_cannot_be_dispensed(self, practice, desk, qtbot):
        row = practice.sign(line(practice.medicine()))
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        assert not button(page).isEnabled()
        assert page.hand_out._foot.why.text() == why_not.NOTHING_IN_STOCK
        assert page.hand_out.beneath.labels.text() == "Print labels"

    def test_while_another_number_is_typed_what_is_open_is_not_handed_out(self, practice, opened, qtbot):
        page, row = opened()
        QTest.keyClicks(page.scan, "RX-26")
        assert (button(page).isEnabled(), page.hand_out._foot.why.text()) == (False, why_not.ANOTHER_IS_TYPED)
        QTest.keyClick(page.scan, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(page.scan, Qt.Key.Key_Escape)
        assert (button(page).isEnabled(), page.hand_out._foot.why.text()) == (True, "")
        assert practice.opened(row).handed_out == ()

    def test_a_double_click_dispenses_once(self, practice, opened, qtbot):
        page, row = opened()
        double_click(button(page))
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        assert len(practice.opened(row).handed_out) == 1
        assert page.scan.hasFocus()

    def test_in_part_and_then_the_rest(self, practice, opened, qtbot):
        page, row = opened()
        spin(page).setValue(20)
        assert button(page).text() == "Dispense in part"
        QTest.keyClick(page.scan, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: page.hand_out.lines.rows[0].line.owed == 40)
        assert page.scan.hasFocus()
        # Pressed twice, it hands out once: nothing is proposed for the rest.
        QTest.keyClick(page.scan, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert (spin(page).value(), button(page).isEnabled()) == (0, False)
        assert len(practice.opened(row).handed_out) == 1
        spin(page).setValue(40)
        button(page).click()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        assert len(practice.opened(row).handed_out) == 2

    def test_a_refusal_is_told_at_its_line(self, opened, qtbot, monkeypatch):
        page, _ = opened()

        def refuse(*_, **__):
            raise InvalidInput({"line.1": "Only 5 tablets in stock."})

        monkeypatch.setattr(hand_out, "dispense", refuse)
        button(page).click()
        until_settled(qtbot, page)
        problem = page.hand_out.lines.rows[0]._problem
        assert (problem.text(), problem.isVisible()) == ("Only 5 tablets in stock.", True)
        assert button(page).isEnabled()

    def test_somebody_who_was_faster_is_told_and_what_stands_now_is_shown(self, practice, opened, qtbot, monkeypatch):
        page, row = opened()
        real = hand_out.dispense

        def faster(session, seen, quantities, sent, *more, **despite):
            controller.dispense(practice.pharmacist, practice.opened(row), {1: 15}, operation())
            return real(session, seen, quantities, sent, *more, **despite)

        monkeypatch.setattr(hand_out, "dispense", faster)
        button(page).click()
        qtbot.waitUntil(lambda: page.hand_out.lines.rows[0].line.owed == 45)
        assert page.hand_out.notice.isVisible()
        assert "Somebody else" in page.hand_out.notice.words.text()
        assert len(practice.opened(row).handed_out) == 1

    def test_a_lost_answer_is_asked_for_again_and_nothing_leaves_twice(self, practice, opened, qtbot, monkeypatch):
        page, row = opened()
        real, sent = hand_out.dispense, []

        def lose(session, seen, quantities, operation, *more, **despite):
            sent.append(operation)
            done = real(session, seen, quantities, operation, *more, **despite)
            if len(sent) == 1:
                raise Unreachable("The clinic's server does not answer.")
            return done

        monkeypatch.setattr(hand_out, "dispense", lose)
        button(page).click()
        qtbot.waitUntil(page.hand_out.notice.isVisible)
        assert not button(page).isEnabled()
        assert not page.hand_out.lines.isEnabled()
        page.hand_out.notice.findChild(QWidget, "noticeAction").click()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        assert sent[0] == sent[1]
        assert len(practice.opened(row).handed_out) == 1

    def test_what_others_hand_out_is_shown_and_what_was_typed_is_not_sent(self, practice, opened, qtbot):
        page, row = opened()
        controller.dispense(practice.pharmacist, practice.opened(row), {1: 10}, operation())
        page.context.live.changed.emit(SimpleNamespace(collection="dispensations", record=None))
        qtbot.waitUntil(lambda: page.hand_out.lines.rows[0].line.owed == 50)

    def test_what_was_typed_stays_when_only_the_stock_changes(self, practice, opened, qtbot):
        page, row = opened()
        spin(page).setValue(7)
        practice.lot({"_id": row["lines"][0]["medicine"]}, 40)
        page.context.live.changed.emit(SimpleNamespace(collection="stock_lots", record=None))
        qtbot.waitUntil(lambda: page.hand_out.lines.rows[0].line.stock == 140)
        assert spin(page).value() == 7

    def test_what_was_typed_is_there_again_after_another_was_opened(self, practice, opened, qtbot):
        page, row = opened()
        spin(page).setValue(7)
        QTest.keyClicks(page.hand_out.beneath.told, "With food")
        other = practice.stocked(30, 100)
        scan(page, other["number"])
        qtbot.waitUntil(lambda: page.hand_out.opened_id() == other["_id"])
        assert (spin(page).value(), page.hand_out.beneath.told.text()) == (30, "")
        scan(page, row["number"])
        qtbot.waitUntil(lambda: page.hand_out.opened_id() == row["_id"])
        assert (spin(page).value(), page.hand_out.beneath.told.text()) == (7, "With food")

    def test_what_was_typed_is_there_again_after_something_unknown_was_scanned(self, opened, qtbot):
        page, row = opened()
        spin(page).setValue(7)
        scan(page, "hello")
        qtbot.waitUntil(lambda: page.hand_out.opened_id() is None)
        scan(page, row["number"])
        qtbot.waitUntil(lambda: page.hand_out.opened_id() == row["_id"])
        assert spin(page).value() == 7

    def test_what_was_typed_is_there_again_at_the_desk_of_the_rail(self, opened, qtbot):
        page, row = opened()
        spin(page).setValue(7)
        page.hide()
        other = make_page(page.context, "")
        qtbot.addWidget(other)
        other.open(row["_id"])
        qtbot.waitUntil(lambda: other.hand_out.opened_id() == row["_id"])
        assert spin(other).value() == 7

    def test_amounts_typed_before_somebody_else_handed_out_are_not_proposed_again(self, practice, opened, qtbot):
        page, row = opened()
        spin(page).setValue(7)
        other = practice.stocked(30, 100)
        scan(page, other["number"])
        qtbot.waitUntil(lambda: page.hand_out.opened_id() == other["_id"])
        controller.dispense(practice.pharmacist, practice.opened(row), {1: 10}, operation())
        scan(page, row["number"])
        qtbot.waitUntil(lambda: page.hand_out.opened_id() == row["_id"])
        assert spin(page).value() == 50

    def test_after_a_hand_out_in_part_the_rest_is_proposed_when_it_is_opened_again(self, practice, opened, qtbot):
        page, row = opened()
        spin(page).setValue(20)
        button(page).click()
        qtbot.waitUntil(lambda: page.hand_out.lines.rows[0].line.owed == 40)
        other = practice.stocked(30, 100)
        scan(page, other["number"])
        qtbot.waitUntil(lambda: page.hand_out.opened_id() == other["_id"])
        scan(page, row["number"])
        qtbot.waitUntil(lambda: page.hand_out.opened_id() == row["_id"])
        assert spin(page).value() == 40


def ask(page):
    """The dialog that is open."""
    return page.window().findChild(Ask)


class TestALotThatDoesNotLast:
    @pytest.fixture
    def page(self, practice, desk, qtbot):
        self.medicine = practice.medicine()
        self.soon, self.later = practice.lot(self.medicine, 100, 13), practice.lot(self.medicine, 100, 300)
        self.row = practice.sign(line(self.medicine, 60))
        page = desk(str(self.row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        return page

    def test_it_is_told_and_one_that_lasts_is_given_in_its_place(self, practice, page, qtbot):
        (only,) = page.hand_out.lines.rows
        assert f"{self.soon['lot']}\u2069 expires on" in only.lasting.words.text()
        assert only._state.itemAt(0).widget().text == "Expires"
        spin(page).setValue(50)
        only.lasting.better.click()
        assert self.later["lot"] in only.lot.text()
        assert (only.lasting.isVisible(), spin(page).value()) == (False, 50)
        button(page).click()
        qtbot.waitUntil(lambda: bool(practice.opened(self.row).handed_out))
        assert practice.quantity(self.later) == 50

    def test_it_is_handed_out_all_the_same(self, practice, page, qtbot):
        assert page.hand_out.lines.rows[0].lasting.isVisible()
        button(page).click()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        assert practice.quantity(self.soon) == 40
        assert not page.hand_out.lines.rows[0].lasting.isVisible()

    def test_where_what_lasts_is_too_little_that_is_said(self, practice, page, qtbot):
        adjust(practice.pharmacist, self.later["_id"], LOST, -41, "Gone", operation())
        page.hand_out.look_again()
        qtbot.waitUntil(lambda: NONE_LASTS in page.hand_out.lines.rows[0].lasting.words.text())
        assert not page.hand_out.lines.rows[0].lasting.better.isVisible()

    def test_less_of_it_that_lasts_is_not_told_of(self, page):
        spin(page).setValue(20)
        assert not page.hand_out.lines.rows[0].lasting.isVisible()


class TestGivingOtherwise:
    @pytest.fixture
    def alike(self, practice, desk, qtbot):
        kind = {"ingredient": f"ingredient x{code()}", "unit": "tablet", "strength": "5 mg", "form": "tablet"}
        names = [f"{name} {code()}" for name in ("Amlodipine", "Norvasc")]
        prescribed, other = (
            MEDICINES.create(practice.pharmacist, kind | {"name": name, "price": "1.50"}, operation()) for name in names
        )
        practice.lot(prescribed, 10, 50)
        later = practice.lot(prescribed, 15, 300)
        practice.lot(other, 100)
        row = practice.sign(line(prescribed, 30))
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        return page, row, other, later

    def choose(self, qtbot, page, words):
        first = page.hand_out.lines.rows[0]
        first.lot.click()
        menu = first.findChild(QMenu, "lots")
        next(entry for entry in menu.actions() if words in entry.text()).trigger()
        menu.close()

    def answer(self, qtbot, page, why):
        dialog = ask(page)
        dialog.questions.rows["why"].editor.set_raw(why)
        dialog._yes.click()

    def test_another_product_is_given_with_its_reason(self, practice, alike, qtbot):
        page, row, other, _ = alike
        assert page.hand_out.beneath._to_pay.text() == "EGP 37.50"
        self.choose(qtbot, page, other["name"])
        self.answer(qtbot, page, "Out of stock")
        assert spin(page).value() == 30
        assert other["name"] in page.hand_out.lines.rows[0]._second.text()
        assert page.hand_out.beneath._to_pay.text() == "EGP 45.00"
        button(page).click()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        (done,) = practice.opened(row).handed_out
        assert [(part["name"], part["why"]) for part in done["lines"]] == [(other["name"], "Out of stock")]

    def test_what_can_be_given_for_what_is_short_is_named(self, practice, desk, alike, qtbot):
        page, _, other, _ = alike
        assert f"{other['name']} can be given: choose it under Lot." in page.hand_out.lines.rows[0]._second.text()

    def test_without_a_reason_it_is_not_given(self, alike, qtbot):
        page, _, other, _ = alike
        self.choose(qtbot, page, other["name"])
        self.answer(qtbot, page, "")
        assert ask(page).isVisible()
        assert page.hand_out.lines.rows[0].given is None
        ask(page).reject()

    def test_a_later_lot_goes_first_and_the_earliest_again(self, alike, qtbot):
        page, _, _, later = alike
        self.choose(qtbot, page, later["lot"])
        self.answer(qtbot, page, "The patient travels")
        assert later["lot"] in page.hand_out.lines.rows[0].lot.text()
        self.choose(qtbot, page, "first to expire")
        assert page.hand_out.lines.rows[0].given is None

    def test_a_lot_of_a_line_that_was_handed_out_meanwhile_is_not_given(self, practice, alike, qtbot):
        page, row, _, later = alike
        self.choose(qtbot, page, later["lot"])
        controller.dispense(practice.pharmacist, practice.opened(row), {1: 25}, operation())
        page.context.live.changed.emit(SimpleNamespace(collection="dispensations", record=None))
        qtbot.waitUntil(lambda: page.hand_out.lines.rows[0].line.owed == 5)
        self.answer(qtbot, page, "The patient travels")
        assert page.hand_out.notice.words.text() == hand_out.CHANGED

    def test_what_was_chosen_stays_when_the_stock_changes(self, practice, alike, qtbot):
        page, _, other, _ = alike
        self.choose(qtbot, page, other["name"])
        self.answer(qtbot, page, "Out of stock")
        practice.lot(other, 40)
        page.context.live.changed.emit(SimpleNamespace(collection="stock_lots", record=None))
        qtbot.waitUntil(lambda: page.hand_out.lines.rows[0].product.stock == 140)
        assert page.hand_out.lines.rows[0].given.why == "Out of stock"


class TestWhatGoesWithIt:
    def test_what_the_patient_was_told_is_kept_and_then_cleared(self, practice, desk, qtbot):
        values = {"name": f"Metformin {code()}", "ingredient": "metformin", "unit": "tablet"}
        medicine = MEDICINES.create(practice.pharmacist, values | {"advice": ["Take it with food"]}, operation())
        practice.lot(medicine, 100)
        row = practice.sign(line(medicine, 10))
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        page.hand_out.beneath.findChild(QWidget, "phrase").click()
        page.hand_out.beneath.findChild(QWidget, "phrase").click()
        assert page.hand_out.beneath.told.text() == "Take it with food"
        button(page).click()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        assert practice.opened(row).handed_out[0]["told"] == "Take it with food"
        assert page.hand_out.beneath.told.text() == ""

    def test_whether_labels_are_printed_is_known_the_next_time(self, practice, desk, monkeypatch):
        monkeypatch.setattr(habits, "_known", {})
        page = desk()
        page.hand_out.beneath.labels.setChecked(True)
        page.hand_out.beneath.labels.click()
        assert not Beneath(practice.pharmacist.locale).labels.isChecked()

    def test_tab_goes_from_the_amounts_to_what_goes_with_them_and_to_refusing(self, opened, qtbot):
        page, _ = opened()
        stops, now = [], spin(page)
        while now is not page.hand_out.refuse and len(stops) < 400:
            stops.append(now.objectName())
            now = now.nextInFocusChain()
        wanted = ["handOut1", "printLabels", "labelLanguage", "told"]
        assert [name for name in stops if name in wanted] == wanted
        assert now is page.hand_out.refuse

    def test_whoever_is_owed_something_can_be_rung_up(self, practice, desk, qtbot):
        patient = practice.new_patient("Huda Salem")
        changes = {"phone": "01005550112", "phone_of": "mother"}
        PATIENTS.change(practice.clinic.session(Role.RECEPTIONIST), patient["_id"], 1, changes, operation())
        row = practice.sign(line(practice.medicine(), 10), patient=patient)
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        assert page.hand_out._head.phone.text() == "\u20660100 555 0112\u2069 (mother)"

    def test_labels_are_printed_where_they_are_wanted(self, opened, qtbot):
        page, _ = opened()
        assert page.hand_out.beneath.labels.text() == "Print 1 label"
        page.hand_out.beneath.labels.setChecked(True)
        button(page).click()
        qtbot.waitUntil(lambda: page.findChild(PrintDialog) is not None)
        page.findChild(PrintDialog).reject()

    def test_labels_are_kept_under_the_number_of_their_prescription(self, opened, qtbot, monkeypatch):
        page, row = opened()
        button(page).click()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        page.hand_out.before.findChild(QWidget, "labelsAgain").click()
        dialog = page.window().findChild(LabelsDialog)
        qtbot.waitUntil(lambda: bool(dialog.paper.pdf))
        suggested = []
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *said: suggested.append(said[2]) or ("", ""))
        dialog.findChild(QWidget, "saveLabels").click()
        assert suggested[0].endswith(f"labels {row['number']}.pdf")
        dialog.reject()

    def test_the_labels_of_a_hand_out_can_be_looked_at_again(self, practice, opened, qtbot):
        page, _ = opened()
        button(page).click()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        page.hand_out.before.findChild(QWidget, "labelsAgain").click()
        dialog = page.window().findChild(LabelsDialog)
        qtbot.waitUntil(lambda: bool(dialog.paper.pdf))
        dialog.reject()


class TestRefusingAndTakingBack:
    def answer(self, page, reason):
        ask(page).questions.rows["reason"].editor.set_raw(reason)
        ask(page)._yes.click()

    def test_a_prescription_is_refused_with_a_reason(self, practice, opened, qtbot):
        page, row = opened()
        page.hand_out.refuse.click()
        self.answer(page, "")
        assert ask(page).isVisible()
        self.answer(page, "The dose is for an adult")
        qtbot.waitUntil(lambda: verdict(page) == "The dispensary refused this")
        assert page.hand_out.verdict.tone == "danger"
        assert not button(page).isVisible()
        assert not page.hand_out.refuse.isVisible()
        assert practice.opened(row).lines[0].stock == 100

    def test_what_is_not_in_stock_is_set_aside_and_brought_back(self, practice, desk, qtbot):
        row = practice.sign(line(practice.medicine(), 10))
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))

        def group():
            """The heading it stands under in the queue."""
            items = [page.queue._model.item(n) for n in range(page.queue._model.rowCount())]
            at = next((n for n, item in enumerate(items) if (item.data(WAITING) or {}).get("_id") == row["_id"]), None)
            above = [item.text() for item in items[:at] if item.data(WAITING) is None] if at is not None else None
            return None if above is None else (above or ["waiting"])[-1].split("  ")[0]

        qtbot.waitUntil(lambda: group() == "waiting")
        page.findChild(QWidget, "setAside").click()
        assert ask(page).questions.values() == {"reason": "Not in stock, sent elsewhere"}
        ask(page)._yes.click()
        qtbot.waitUntil(lambda: group() == "Set aside" and page.hand_out._opened.aside is not None)
        assert not page.findChild(QWidget, "setAside").isVisible()
        assert "Set aside on" in page.hand_out.verdict.text.text()
        page.hand_out.notice.findChild(QWidget, "noticeAction").click()
        qtbot.waitUntil(lambda: group() == "waiting" and page.hand_out._opened.aside is None)
        assert page.findChild(QWidget, "setAside").isVisible()

    def test_what_was_brought_back_waits_from_then(self, practice, desk, qtbot):
        with time_machine.travel(practice.pharmacist.now() - timedelta(days=1), tick=True):
            row = practice.sign(line(practice.medicine(), 10))
            aside = set_aside(practice.pharmacist, practice.opened(row), "Comes tomorrow", operation())
        bring_back(practice.pharmacist, aside["_id"], operation())
        page = desk()
        qtbot.waitUntil(lambda: row["_id"] in queued(page))
        chip = page.queue.chip_of(page.queue._model.index(queued(page).index(row["_id"]), 0))
        assert chip.tone == "neutral"

    @pytest.mark.parametrize(("handed", "proposed"), [(5, "Not in stock, sent elsewhere"), (4, "")])
    def test_that_it_is_not_in_stock_is_proposed_of_what_is_owed(self, practice, desk, qtbot, handed, proposed):
        here, gone = practice.medicine(), practice.medicine()
        practice.lot(here, 100)
        row = practice.sign(line(here, 5), line(gone, 5))
        controller.dispense(practice.pharmacist, practice.opened(row), {1: handed}, operation())
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        page.findChild(QWidget, "setAside").click()
        assert ask(page).questions.rows["reason"].editor.raw() == proposed
        ask(page).reject()

    def test_what_was_set_aside_goes_back_from_what_was_done_for_it(self, practice, opened, qtbot):
        page, row = opened()
        set_aside(practice.pharmacist, practice.opened(row), "The patient comes tomorrow", operation())
        page.hand_out.look_again()
        back = lambda: page.hand_out.before.findChild(QWidget, "bringBack")  # noqa: E731
        qtbot.waitUntil(lambda: back() is not None)
        assert button(page).isEnabled()
        back().click()
        qtbot.waitUntil(lambda: practice.opened(row).aside is None)

    def test_a_hand_out_is_taken_back(self, practice, opened, qtbot):
        page, row = opened()
        button(page).click()
        qtbot.waitUntil(lambda: verdict(page) == "Already dispensed in full")
        page.hand_out.before.findChild(QWidget, "takeBack").click()
        self.answer(page, "Wrong patient")
        qtbot.waitUntil(lambda: verdict(page).startswith("Signature is genuine"))
        assert practice.opened(row).lines[0].stock == 100
        assert page.hand_out.before.findChild(QWidget, "takeBack") is None
        assert spin(page).value() == 60


class TestBesideTheDesk:
    def test_what_is_low_and_what_expires_is_listed_and_leads_on(self, practice, desk, qtbot):
        medicine = practice.medicine()
        level = {"reorder_level": 10}
        MEDICINES.change(practice.pharmacist, medicine["_id"], 1, level, operation())
        lot = practice.lot(medicine, 4, 20)
        page = desk()

        def found(panel):
            model = panel._model
            cards = [model.item(n).data(CARD) for n in range(model.rowCount())]
            return {card[3]["_id"]: card for card in cards}

        qtbot.waitUntil(lambda: lot["_id"] in found(page.side.expiring))
        title, below, chip, _ = found(page.side.low)[medicine["_id"]]
        assert (title, below, chip.word) == (medicine["name"], "4 left · reorder at 10", "Low")
        assert found(page.side.expiring)[lot["_id"]][2].word == "20 days"
        with qtbot.waitSignal(page.host.navigated) as went:
            page.side.low.chosen.emit({"_id": medicine["_id"]})
        assert went.args == ["stock_ledger", str(medicine["_id"])]

    def test_a_lot_that_expires_is_written_off_where_it_is_told_of(self, practice, desk, qtbot):
        lot = practice.lot(practice.medicine(), 4, 20)
        page = desk()
        model = page.side.expiring._model

        def line():
            return next((n for n in range(model.rowCount()) if model.item(n).data(CARD)[3]["_id"] == lot["_id"]), None)

        qtbot.waitUntil(lambda: line() is not None)
        page.side.expiring.list.setCurrentIndex(model.index(line(), 0))
        page.side.expiring.list.activated.emit(model.index(line(), 0))
        off, opening = page.side.findChild(QMenu, "expiringLot").actions()
        with qtbot.waitSignal(page.host.navigated) as went:
            opening.trigger()
        assert went.args == ["stock_lots", str(lot["_id"])]
        off.trigger()
        page.window().findChild(Ask)._yes.click()
        qtbot.waitUntil(lambda: practice.quantity(lot) == 0 and line() is None)

    def test_what_is_low_is_written_into_a_file_for_the_supplier(self, practice, desk, qtbot, tmp_path):
        medicine = practice.medicine("=Amlodipine")
        MEDICINES.change(practice.pharmacist, medicine["_id"], 1, {"reorder_level": 10}, operation())
        practice.lot(medicine, 14)
        row = practice.sign(line(medicine, 30))
        controller.dispense(practice.pharmacist, practice.opened(row), {1: 14}, operation())
        page = desk()
        page.side.write_order(tmp_path / "order.csv")
        qtbot.waitUntil((tmp_path / "order.csv").exists)
        written = (tmp_path / "order.csv").read_text("utf-8-sig")
        assert f"'{medicine['name']},,tablets,0,10,16" in written
        with practice.past_the_program() as database:
            assert database.audit.find_one({"action": "export", "collection": "medicines"})


class TestTheQueue:
    def test_a_new_prescription_comes_into_it(self, practice, desk, qtbot):
        page = desk()
        row = practice.stocked()
        page.context.live.changed.emit(SimpleNamespace(collection="prescriptions", record=row["_id"]))
        qtbot.waitUntil(lambda: row["_id"] in queued(page))

    def test_choosing_one_opens_it(self, practice, desk, qtbot):
        row = practice.stocked()
        page = desk()
        qtbot.waitUntil(lambda: row["_id"] in queued(page))
        page.queue.list.clicked.emit(page.queue._model.index(queued(page).index(row["_id"]), 0))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        assert page.hand_out._head.number.text().strip("\u2066\u2069") == row["number"]

    def test_whoever_has_no_page_is_found_by_name_and_by_the_end_of_the_number(self, practice, desk, qtbot):
        patient = practice.new_patient("Zeinab Abdelrahman")
        rows = []
        for _ in range(2):
            medicine = practice.medicine()
            practice.lot(medicine, 100)
            rows.append(practice.sign(line(medicine, 10), patient=patient))
        controller.dispense(practice.pharmacist, practice.opened(rows[0]), {1: 10}, operation())
        page = desk()
        qtbot.waitUntil(lambda: bool(queued(page)))
        scan(page, "zeinab abdel")
        qtbot.waitUntil(lambda: verdict(page).startswith("2 prescriptions found"))
        assert {*queued(page)[:3]} == {None, *(row["_id"] for row in rows)}
        places = [queued(page).index(row["_id"]) for row in rows]
        assert page.queue.chip_of(page.queue._model.index(places[0], 0)).word == "In full"
        assert page.queue.chip_of(page.queue._model.index(places[1], 0)).word != "In full"
        page.queue.list.setCurrentIndex(page.queue._model.index(places[1], 0))
        assert not button(page).isVisible()
        QTest.keyClick(page.queue.list, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: rows[1]["number"] in page.hand_out._head.number.text())
        assert queued(page).count(rows[1]["_id"]) == 1
        scan(page, rows[0]["number"][-6:].lower())
        qtbot.waitUntil(lambda: rows[0]["number"] in page.hand_out._head.number.text())

    def test_who_looks_further_down_stays_there_when_something_new_comes(self, practice, desk, qtbot):
        page = desk()
        for _ in range(12):
            practice.stocked()
        page._fetch()
        qtbot.waitUntil(lambda: page.queue.list.verticalScrollBar().maximum() > 100)
        page.queue.list.verticalScrollBar().setValue(90)
        row = practice.stocked()
        page.context.live.changed.emit(SimpleNamespace(collection="prescriptions", record=row["_id"]))
        qtbot.waitUntil(lambda: row["_id"] in queued(page))
        assert page.queue.list.verticalScrollBar().value() == 90

    @pytest.mark.parametrize(
        ("minutes", "word", "tone"),
        [(0, "now", "neutral"), (6, "6 min", "neutral"), (18, "18 min", "warning"), (34, "34 min", "danger"),
         (150, "2 h", "danger"), (60 * 72, "3 days", "danger")],
    )  # fmt: skip
    def test_waiting_is_said_in_what_one_can_count(self, minutes, word, tone):
        assert (waited(minutes, 15, 30).word, waited(minutes, 15, 30).tone) == (word, tone)


def queued(page):
    model = page.queue._model
    rows = [model.item(n).data(Qt.ItemDataRole.UserRole) for n in range(model.rowCount())]
    return [row["_id"] if row else None for row in rows]


def test_conflicts_carry_what_stands_now(practice, opened):
    page, row = opened()
    controller.dispense(practice.pharmacist, page.hand_out._opened, {1: 5}, operation())
    with pytest.raises(Conflict) as refused:
        controller.dispense(practice.pharmacist, page.hand_out._opened, {1: 5}, operation())
    assert refused.value.current["_id"] == row["_id"]
