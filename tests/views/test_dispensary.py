"""The dispensary's desk: scan, verdict, and handing out once, on the real server."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.dispensary import handing_out as controller
from hmsdesk.controllers.patients import HEALTH
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescription_paper import page as paper
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.errors import Conflict, InvalidInput, Unreachable
from hmsdesk.models.prescription_code import content_of, encode
from hmsdesk.views.dispensary import hand_out, make_page
from hmsdesk.views.dispensary.queue import waited
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.toast import Toasts
from tests.factories import operation
from tests.prescribing import line
from tests.views.windows import shown

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
            navigate=host.navigated.emit, close_page=lambda *_: None, list_behind=lambda: ("", ""),
        )  # fmt: skip
        made = make_page(context, record)
        made.host, made.context = host, context
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
        page, code = desk(), PRESCRIPTIONS.code(row)
        for start in range(0, len(code), 50):
            QTest.keyClicks(page.scan, code[start : start + 50])
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
        qtbot.waitUntil(lambda: verdict(page) == "No prescription has this number.")
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
        page.setFocus()
        QTest.keyClick(page, Qt.Key.Key_Escape)
        assert page.scan.text() == ""
        QTest.keyClicks(page, "H")
        assert page.scan.text() == "H"

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
        assert (spin(page).value(), spin(page).maximum()) == (14, 14)
        assert button(page).text() == "Dispense in part"
        assert page.hand_out._owed.title.text().startswith("46 tablets of Metformin")

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

    def test_a_cancelled_one_says_by_whom_and_why_and_is_not_handed_out(self, practice, opened, qtbot):
        page, row = opened()
        CANCELLATIONS.cancel(practice.doctor, row["_id"], "Wrong strength", operation())
        page.context.live.changed.emit(SimpleNamespace(collection="prescription_cancellations", record=None))
        qtbot.waitUntil(lambda: verdict(page) == "Cancelled by Dr Sara El-Masry: hand nothing out")
        assert "Wrong strength" in page.hand_out.verdict.text.text()
        assert not button(page).isVisible()

    def test_nothing_in_stock_says_why_it_cannot_be_dispensed(self, practice, desk, qtbot):
        row = practice.sign(line(practice.medicine()))
        page = desk(str(row["_id"]))
        qtbot.waitUntil(lambda: bool(page.hand_out.lines.rows))
        assert not button(page).isEnabled()
        assert page.hand_out._why.text() == hand_out.NOTHING_IN_STOCK

    def test_a_double_click_dispenses_once(self, practice, opened, qtbot):
        page, row = opened()
        QTest.mouseClick(button(page), Qt.MouseButton.LeftButton)
        QTest.mouseDClick(button(page), Qt.MouseButton.LeftButton)
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

        def refuse(*_):
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

        def faster(session, seen, quantities, sent, *more):
            controller.dispense(practice.pharmacist, practice.opened(row), {1: 15}, operation())
            return real(session, seen, quantities, sent, *more)

        monkeypatch.setattr(hand_out, "dispense", faster)
        button(page).click()
        qtbot.waitUntil(lambda: page.hand_out.lines.rows[0].line.owed == 45)
        assert page.hand_out.notice.isVisible()
        assert "Somebody else" in page.hand_out.notice.words.text()
        assert len(practice.opened(row).handed_out) == 1

    def test_a_lost_answer_is_asked_for_again_and_nothing_leaves_twice(self, practice, opened, qtbot, monkeypatch):
        page, row = opened()
        real, sent = hand_out.dispense, []

        def lose(session, seen, quantities, operation, *more):
            sent.append(operation)
            done = real(session, seen, quantities, operation, *more)
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
        assert page.hand_out._number.text().strip("\u2066\u2069") == row["number"]

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
