"""The cash desk's page on the real server: approving, paying, giving back, and closing the day."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QSpinBox

from hmsdesk.controllers.cash_desk import PaidToday, ToPay, add_services, to_pay
from hmsdesk.controllers.charges import take_back
from hmsdesk.controllers.closings import CLOSINGS, CountDrawer
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms, balance
from hmsdesk.controllers.payments import PAYMENTS, GiveBack, TakePayment
from hmsdesk.controllers.services import SERVICES
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import Unreachable
from hmsdesk.models.money import amount_of
from hmsdesk.navigation import palette_sources, subject_of, word_of
from hmsdesk.security.permissions import Role
from hmsdesk.views.cash_desk import make_page, strip
from hmsdesk.views.cash_desk import page as page_module
from hmsdesk.views.cash_desk.counting import CloseDay
from hmsdesk.views.cash_desk.to_pay import LINE, about, chip_of
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.parts import Chip
from tests.billing import Billing, egp
from tests.factories import operation, typed
from tests.views.desk import Desk
from tests.waiting import PATIENCE_S

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def billing(clinic):
    made = Billing(clinic)
    made.open_drawer("500")
    # Connections have threads, which are begun before each test counts them.
    made.others = [made.new_cashier() for _ in range(10)]
    return made


@pytest.fixture(autouse=True)
def hands(monkeypatch):
    """Nobody here presses twice, but who says so."""
    monkeypatch.setattr(strip, "BOUNCE_MS", 0)


@pytest.fixture
def desk(qtbot, billing, tmp_path):
    def opened(record="", session=None):
        made = Desk(qtbot, session or billing.cashier)
        made.context.drafts = Drafts(tmp_path, made.context.session)
        made.page = made.show(make_page(made.context, record))
        return made

    return opened


def button(widget, name):
    return next(one for one in widget.findChildren(QAbstractButton, name) if one.isVisible())


def dialog_of(page, kind=Ask):
    return next(one for one in page.findChildren(kind) if one.isVisible())


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def lines_of(page):
    model = page.pay_list.list.model()
    return [model.item(n).data(LINE) for n in range(model.rowCount()) if model.item(n).data(LINE)]


def choose(desk, patient):
    model = desk.page.pay_list.list.model()
    place = next(n for n, line in enumerate(rows(model)) if line is not None and line.patient == patient["_id"])
    desk.page.pay_list.list.clicked.emit(model.index(place, 0))
    desk.settle()


def rows(model):
    return [model.item(n).data(LINE) for n in range(model.rowCount())]


def still(page):
    return page.bill.left_amount.text()


def pay(desk, received=None, amount=None):
    strip = desk.page.bill.strip
    if amount is not None:
        strip.amount.clear()
        QTest.keyClicks(strip.amount, amount)
    if received is not None:
        strip.received.clear()
        QTest.keyClicks(strip.received, received)
    QTest.keyClick(strip.received if strip.received.isVisible() else strip.reference, Qt.Key.Key_Return)
    desk.settle()


class TestWhoHasToPay:
    def test_what_waits_and_what_is_owed_stand_in_the_list(self, desk, billing):
        waits, owes = billing.patient("Amina Waits"), billing.patient("Basel Owes")
        billing.charged(waits, "350")
        billing.issued("200", patient=owes)
        page = desk().page
        found = {line.name: chip_of(line).word for line in lines_of(page)}
        assert (found["Amina Waits"], found["Basel Owes"]) == ("To bill", "Open")

    def test_a_name_typed_before_the_list_is_there_looks_for_its_line_then(self, desk, billing, qtbot, monkeypatch):
        for name in ("Zahra First", "Zulaikha Second"):
            billing.charged(billing.patient(name), "350")
        is_typed = threading.Event()
        monkeypatch.setattr(page_module, "to_pay", lambda session: is_typed.wait(PATIENCE_S) and to_pay(session))
        made = Desk(qtbot, billing.cashier)
        page = make_page(made.context, "")
        made.window.layout().addWidget(page)
        made.window.show()
        made.window.activateWindow()
        page.setFocus()
        qtbot.waitUntil(page.hasFocus)
        QTest.keyClicks(page, "zul")
        is_typed.set()
        made.until(lambda: page.pay_list.list.currentIndex().isValid())
        assert page.pay_list.list.currentIndex().data(LINE).name == "Zulaikha Second"
        assert page.pay_list.list.hasFocus()

    def test_new_charges_come_by_themselves(self, desk, billing):
        made, patient = desk(), billing.patient("Camelia Arrives")
        billing.charged(patient, "350")
        made.news("charges")
        made.until(lambda: "Camelia Arrives" in [line.name for line in lines_of(made.page)])

    def test_a_place_opens_a_patient_or_a_bill(self, desk, billing):
        bill = billing.issued("350")
        assert desk(str(bill["patient"])).page.bill.account.invoice["_id"] == bill["_id"]
        assert desk(f"invoice/{bill['_id']}").page.bill.account.invoice["_id"] == bill["_id"]

    def test_who_is_gone_to_again_is_shown_though_somebody_else_was_chosen_meanwhile(self, desk, billing):
        first, second = billing.patient("Farah Gone To"), billing.patient("Ghada Chosen")
        billing.charged(first, "350")
        billing.charged(second, "80")
        made = desk(str(first["_id"]))
        choose(made, second)
        made.until(lambda: "Ghada Chosen" in texts(made.page.bill.head))
        made.page.hide()
        made.page.show()
        made.until(lambda: "Farah Gone To" in texts(made.page.bill.head))
        assert made.page.bill.approve.text() == "Approve EGP 350.00"

    def test_what_an_insurance_pays_is_not_asked_of_the_patient(self, desk, billing):
        patient = billing.patient("Hoda Insured", insurer="Misr", insurance_percent=60)
        billing.charged(patient, "150")
        page = desk().page
        assert [line.amount for line in lines_of(page) if line.name == "Hoda Insured"] == [Decimal("60.00")]
        assert balance(billing.cashier, patient["_id"]) == Decimal("60.00")

    def test_somebody_is_found_by_a_part_of_the_name_in_either_script_or_by_number(self, desk, billing):
        patient = billing.patient("Iman Looked For", name_ar="إيمان المطلوبة")
        bill = billing.issued("200", patient=patient)
        page = desk().page
        for typed_text in ("look", "ايمان", bill["number"], bill["number"][-5:].lstrip("0")):
            page.pay_list.search.setText(typed_text)
            page.pay_list.search.asked.emit(typed_text)
            assert "Iman Looked For" in [line.name for line in lines_of(page)]
        page.pay_list.search.setText("nobody of this name")
        page.pay_list.search.asked.emit("")
        assert lines_of(page) == []

    def test_what_is_too_old_for_the_list_is_counted(self, desk, billing, monkeypatch):
        monkeypatch.setattr("hmsdesk.controllers.cash_desk._MOST", 1)
        billing.issued("20")
        billing.issued("20")
        page = desk().page
        label = page.pay_list.findChild(QLabel, "olderBills")
        assert label.isVisible()
        assert label.text().endswith(("older bills are under Invoices", "older bill is under Invoices"))
        page.pay_list.show_lines([], [], unlisted=1)
        assert label.text() == "1 older bill is under Invoices"

    def test_a_bill_is_found_from_everywhere_by_its_number_or_a_receipts(self, desk, billing):
        bill = billing.issued("350", patient=billing.patient("Lubna By Number"))
        receipt = billing.paid(bill, "100")
        made = desk()
        bills = next(one for one in palette_sources(made.context) if one.heading == "Bills")
        assert bills.find("lubna") == []
        for number in (bill["number"], receipt["number"], bill["number"][-5:]):
            (found, *_) = [one for one in bills.find(number) if one.subtitle == "Lubna By Number"]
            found.action()
            assert made.went[-1] == ("cash_desk", f"invoice/{bill['_id']}")

    def test_a_desk_that_could_not_ask_does_not_say_that_nobody_has_to_pay(self, desk, monkeypatch):
        def lost(_):
            raise Unreachable("The server does not answer.", "Nothing is lost.")

        monkeypatch.setattr("hmsdesk.views.cash_desk.page.to_pay", lost)
        made = desk()
        made.until(lambda: any("does not answer" in text for text in texts(made.page.pay_list)))
        assert "Nobody has anything to pay." not in texts(made.page.pay_list)

    def test_nothing_is_open_at_first(self, desk):
        page = desk().page
        assert page.bill.nothing.isVisible()
        assert not page.bill.strip.isVisible()


class TestApproving:
    def test_the_button_says_what_the_patient_pays(self, desk, billing):
        patient = billing.patient(insurer="Misr Insurance", policy="MI-1", insurance_percent=60)
        billing.charged(patient, "400")
        page = desk(str(patient["_id"])).page
        assert page.bill.approve.text() == "Approve EGP 160.00"
        assert "\u2212240.00" in texts(page.bill.lines)

    def test_what_is_approved_is_to_be_paid_at_once(self, desk, billing, qtbot):
        patient = billing.patient()
        billing.charged(patient, "350")
        made = desk(str(patient["_id"]))
        QTest.keyClick(made.page.bill.approve, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        made.until(made.page.bill.strip.isVisible)
        assert still(made.page) == "EGP 350.00"
        assert made.page.bill.strip.amount.text() == "350.00"
        qtbot.waitUntil(made.page.bill.strip.received.hasFocus)
        assert "INV-" in made.told()[-1]

    def test_an_approval_can_be_undone(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "350")
        made = desk(str(patient["_id"]))
        made.page.bill.approve.click()
        made.until(made.page.bill.strip.isVisible)
        made.press_toast()
        made.until(made.page.bill.approve.isVisible)
        assert INVOICES.of_patient(billing.cashier, patient["_id"])[0]["state"] == "void"
        assert len(billing.waiting(patient)) == 1

    def test_once_something_is_paid_undoing_the_approval_is_not_offered_any_more(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "350")
        made = desk(str(patient["_id"]))
        made.page.bill.approve.click()
        made.until(made.page.bill.strip.isVisible)
        QTest.keyClick(made.page.bill.strip.received, Qt.Key.Key_Return)
        made.until(lambda: still(made.page) == "EGP 0.00")
        assert made.told() == ["EGP 350.00 is taken"]

    def test_no_message_covers_what_is_pressed_next(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "350")
        made = desk(str(patient["_id"]))

        def is_above(widget):
            (toast,) = made.toasts.shown()
            return toast.geometry().bottom() < widget.mapTo(made.window, widget.rect().topLeft()).y()

        message = made.toasts.show("Somebody has something to pay")
        made.until(lambda: is_above(made.page.bill.approve))
        message.leave()
        made.page.bill.approve.click()
        made.until(made.page.bill.strip.isVisible)
        made.until(lambda: is_above(made.page.bill.strip))

    def test_pressed_twice_it_bills_once(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "350")
        made = desk(str(patient["_id"]))
        made.page.bill.approve.click()
        made.page.bill.approve.click()
        made.settle()
        assert len(INVOICES.of_patient(billing.cashier, patient["_id"])) == 1

    def test_a_line_is_billed_otherwise(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        button(made.page.bill, "changeLine").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"discount": egp("50")})
        button(asking, "dialogYes").click()
        made.until(lambda: bool(asking.questions.rows["reason"].problem))
        asking.questions.show_values({"reason": "Colleague"})
        button(asking, "dialogYes").click()
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 350.00")
        assert any("Colleague" in text for text in texts(made.page.bill.lines))

    def test_a_discount_is_kept_while_somebody_else_is_looked_at(self, desk, billing):
        patient, other = billing.patient(), billing.patient("Jamila Between")
        billing.charged(patient, "350")
        billing.charged(other, "80")
        made = desk(str(patient["_id"]))
        button(made.page.bill, "changeLine").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"discount": egp("50"), "reason": "Regular"})
        button(asking, "dialogYes").click()
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 300.00")
        assert "Discount: Regular" in texts(made.page.bill.lines)
        choose(made, other)
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 80.00")
        choose(made, patient)
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 300.00")

    def agree_on(self, made, name, **values):
        """Enter it in the dialog behind one of the bill's buttons."""
        button(made.page.bill, name).click()
        asking = dialog_of(made.page)
        asking.questions.show_values(values)
        button(asking, "dialogYes").click()
        made.until(lambda: not any(one.isVisible() for one in made.page.findChildren(Ask)))

    def test_what_was_agreed_is_there_again_after_the_program_ended_before_it_was_approved(self, desk, billing):
        patient = billing.patient("Ghalia Agreed")
        billing.charged(patient, "400", "100")
        made = desk(str(patient["_id"]))
        self.agree_on(made, "changeInsurance", insurer="Misr Insurance", policy="MI-9", insurance_percent=50)
        self.agree_on(made, "changeLine", percent=50, discount=egp("40"), reason="Regular")
        assert made.page.bill.approve.text() == "Approve EGP 230.00"
        # As a killed program leaves it.
        made.context.drafts.close()
        (left,) = made.context.drafts.all()
        assert left.place == f"cash_desk/{patient['_id']}"
        assert subject_of(billing.cashier, left.place, left.values) == "Ghalia Agreed"
        made = desk(str(patient["_id"]))
        assert made.page.bill.approve.text() == "Approve EGP 230.00"
        assert "Discount: Regular" in texts(made.page.bill.lines)
        made.page.bill.approve.click()
        made.until(made.page.bill.strip.isVisible)
        (bill,) = INVOICES.of_patient(billing.cashier, patient["_id"])
        assert (bill["insurer"], bill["policy"], bill["lines"][0]["discount_reason"]) == (
            "Misr Insurance",
            "MI-9",
            "Regular",
        )
        assert made.context.drafts.all() == []

    def test_what_was_agreed_is_there_again_after_the_approval_was_undone(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        self.agree_on(made, "changeLine", discount=egp("40"), reason="Regular")
        made.page.bill.approve.click()
        made.until(made.page.bill.strip.isVisible)
        made.press_toast()
        made.until(made.page.bill.approve.isVisible)
        assert made.page.bill.approve.text() == "Approve EGP 360.00"

    def test_what_another_desk_billed_while_the_program_was_away_is_not_kept_any_more(self, desk, billing):
        patient = billing.patient()
        (charge,) = billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        self.agree_on(made, "changeLine", discount=egp("40"), reason="Regular")
        made.context.drafts.close()
        other = IssueInvoice(patient["_id"], {charge["_id"]: LineTerms()})
        INVOICES.issue(billing.cashier, other, operation())
        made = desk(str(patient["_id"]))
        assert still(made.page) == "EGP 400.00"
        assert made.context.drafts.all() == []

    @pytest.mark.parametrize("ends", [False, True])
    def test_what_was_agreed_on_one_bill_is_not_used_on_what_is_charged_after_it(self, desk, billing, ends):
        patient, other = billing.patient(), billing.patient("Kawthar Between")
        (charge,) = billing.charged(patient, "400")
        billing.charged(other, "80")
        made = desk(str(patient["_id"]))
        self.agree_on(made, "changeInsurance", insurer="Misr Insurance", insurance_percent=50)
        choose(made, other)
        if ends:
            made.context.drafts.close()
        bill = INVOICES.issue(billing.cashier, IssueInvoice(patient["_id"], {charge["_id"]: LineTerms()}), operation())
        billing.charged(patient, "100")
        if ends:
            made = desk()
        made.news("charges")
        whose = (patient["_id"], None)
        made.until(lambda: whose in [(line.patient, line.invoice) for line in lines_of(made.page)])
        made.page.pay_list.chosen.emit(next(one for one in lines_of(made.page) if (one.patient, one.invoice) == whose))
        made.settle()
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 100.00")
        assert "No insurance" in texts(made.page.bill.lines)
        assert made.page.bill.notice.isHidden()
        assert made.context.drafts.all() == []
        assert billing.now(bill)["state"] == "open"

    def test_what_was_agreed_is_not_used_on_what_came_as_a_colleague_approved(self, desk, billing):
        patient = billing.patient()
        (charge,) = billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        self.agree_on(made, "changeInsurance", insurer="Misr Insurance", insurance_percent=50)
        INVOICES.issue(billing.cashier, IssueInvoice(patient["_id"], {charge["_id"]: LineTerms()}), operation())
        billing.charged(patient, "100")
        made.news("charges")
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 100.00")
        assert "to be entered again" in made.page.bill.notice.words.text()
        assert made.context.drafts.all() == []

    def test_the_bill_a_colleague_made_of_it_ends_what_was_agreed_and_another_bill_does_not(self, desk, billing):
        patient = billing.patient()
        earlier = billing.issued("70", patient=patient)
        (charge,) = billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        self.agree_on(made, "changeLine", discount=egp("40"), reason="Regular")
        made.context.drafts.close()
        made = desk(f"invoice/{earlier['_id']}")
        assert len(made.context.drafts.all()) == 1
        bill = INVOICES.issue(billing.cashier, IssueInvoice(patient["_id"], {charge["_id"]: LineTerms()}), operation())
        made.page._open_place(f"invoice/{bill['_id']}")
        made.until(lambda: still(made.page) == "EGP 400.00")
        assert made.context.drafts.all() == []

    def test_what_was_agreed_before_is_told_of_with_the_way_back_to_the_record(self, desk, billing):
        patient = billing.patient(insurer="Misr Insurance", insurance_percent=25)
        billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        assert made.page.bill.notice.isHidden()
        self.agree_on(made, "changeLine", percent=25, discount=egp("40"), reason="Regular")
        made.context.drafts.close()
        made = desk(str(patient["_id"]))
        assert "agreed before" in made.page.bill.notice.words.text()
        button(made.page.bill.notice, "noticeAction").click()
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 300.00")
        assert made.page.bill.notice.isHidden()
        assert made.context.drafts.all() == []

    def test_what_is_set_back_by_hand_to_what_the_record_says_is_not_kept(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        self.agree_on(made, "changeLine", discount=egp("40"), reason="Regular")
        assert len(made.context.drafts.all()) == 1
        self.agree_on(made, "changeLine", discount=None, reason="")
        assert made.context.drafts.all() == []

    def test_what_was_agreed_on_what_nobody_has_to_pay_any_more_is_not_kept(self, desk, billing):
        patient = billing.patient()
        (charge,) = billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        self.agree_on(made, "changeLine", discount=egp("40"), reason="Regular")
        made.context.drafts.close()
        write(billing.doctor, operation(), lambda work: take_back(work, charge["about"]))
        assert desk(str(patient["_id"])).context.drafts.all() == []

    def test_a_disk_that_keeps_nothing_is_told_of_and_the_bill_goes_on(self, desk, billing, monkeypatch):
        patient = billing.patient()
        billing.charged(patient, "400")
        made = desk(str(patient["_id"]))

        def full(*_):
            raise OSError("No space left on device")

        with monkeypatch.context() as until_there_is_room:
            until_there_is_room.setattr(made.context.drafts, "keep", full)
            self.agree_on(made, "changeLine", discount=egp("40"), reason="Regular")
            assert "can't keep a copy" in made.page.bill.notice.words.text()
            assert made.page.bill.approve.text() == "Approve EGP 360.00"
        made.until(made.page.bill.notice.isHidden)
        (kept,) = made.context.drafts.all()
        assert kept.values["terms"][0]["reason"] == "Regular"

    def test_insurance_is_changed_for_this_bill(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        button(made.page.bill, "changeInsurance").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"insurer": "Misr Insurance", "insurance_percent": 25})
        button(asking, "dialogYes").click()
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 300.00")

    def test_what_came_meanwhile_is_added_and_what_was_chosen_stays(self, desk, billing):
        patient = billing.patient(insurer="Misr", insurance_percent=50)
        billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        billing.charged(patient, "100")
        made.news("charges")
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 250.00")

    def test_what_another_desk_billed_meanwhile_is_told(self, desk, billing):
        patient = billing.patient()
        charges = billing.charged(patient, "350")
        made = desk(str(patient["_id"]))
        other = IssueInvoice(patient["_id"], {charges[0]["_id"]: LineTerms()})
        INVOICES.issue(billing.others.pop(), other, operation())
        made.page.bill.approve.click()
        made.until(lambda: "has approved this bill meanwhile" in made.page.bill.notice.words.text())
        made.until(lambda: still(made.page) == "EGP 350.00")
        assert len(INVOICES.of_patient(billing.cashier, patient["_id"])) == 1


class TestServices:
    def test_one_of_the_price_list_is_added_and_taken_off(self, desk, billing, clinic):
        service = SERVICES.create(clinic.administrator, typed("services", price="200"), operation())
        patient = billing.patient()
        add_services(billing.cashier, patient["_id"], {service["_id"]: 2}, operation())
        made = desk(str(patient["_id"]))
        assert made.page.bill.approve.text() == "Approve EGP 400.00"
        button(made.page.bill, "takeOff").click()
        made.until(lambda: not made.page.bill.approve.isVisible())
        assert billing.waiting(patient) == []

    def test_what_could_not_be_taken_off_is_told_of_when_a_colleague_takes_it_back(self, desk, billing, monkeypatch):
        patient = billing.patient()
        (charge,) = billing.charged(patient, "350")
        made = desk(str(patient["_id"]))

        def lost(*_):
            raise Unreachable("The clinic's server does not answer.")

        monkeypatch.setattr("hmsdesk.views.cash_desk.bill.take_off", lost)
        made.page.bill.lines.take_off_asked.emit(charge)
        made.until(lambda: "does not answer" in made.page.bill.notice.words.text())
        made.page.bill.notice.hide()
        write(billing.doctor, operation(), lambda work: take_back(work, charge["about"]))
        made.news("charges")
        made.until(made.page.bill.notice.isVisible)
        assert "was taken back meanwhile" in made.page.bill.notice.words.text()

    def test_what_was_taken_back_is_told_also_while_the_disk_keeps_nothing(self, desk, billing, monkeypatch):
        patient = billing.patient()
        (charge,) = billing.charged(patient, "350")
        billing.charged(patient, "100")
        made = desk(str(patient["_id"]))

        def full(*_):
            raise OSError("No space left on device")

        monkeypatch.setattr(made.context.drafts, "keep", full)
        made.page.bill.keep(made.page.bill.draft)
        assert "can't keep a copy" in made.page.bill.notice.words.text()
        write(billing.doctor, operation(), lambda work: take_back(work, charge["about"]))
        made.news("charges")
        made.until(lambda: "was taken back meanwhile" in made.page.bill.notice.words.text())

    def test_a_new_invoice_asks_for_patient_and_service(self, desk, billing, clinic):
        service = SERVICES.create(clinic.administrator, typed("services", price="80"), operation())
        patient, made = billing.patient("Dalia Newcomer"), desk()
        button(made.page, "newInvoice").click()
        asking = dialog_of(made.page)
        asking.questions.rows["patient"].editor.picker.choose(patient["_id"], patient["name"])
        asking.questions.rows["service"].editor.picker.choose(service["_id"], service["name"])
        button(asking, "dialogYes").click()
        made.until(made.page.bill.approve.isVisible)
        assert made.page.bill.approve.text() == "Approve EGP 80.00"
        assert "Dalia Newcomer" in texts(made.page.bill.head)

    def test_without_a_patient_nothing_is_sent(self, desk):
        made = desk()
        button(made.page, "newInvoice").click()
        asking = dialog_of(made.page)
        button(asking, "dialogYes").click()
        assert asking.isVisible()
        assert asking.questions.rows["patient"].problem
        asking.reject()


class TestPaying:
    def test_in_cash_with_change(self, desk, billing):
        bill = billing.issued("403.50")
        made = desk(f"invoice/{bill['_id']}")
        strip = made.page.bill.strip
        QTest.keyClicks(strip.received, "450")
        assert (strip.change_label.text(), strip.button.text()) == ("46.50", "Take EGP 403.50")
        QTest.keyClick(strip.received, Qt.Key.Key_Return)
        made.until(lambda: still(made.page) == "EGP 0.00")
        assert billing.state(bill) == ("paid", Decimal("403.50"))
        assert made.told()[-1] == "EGP 403.50 is taken"
        assert not strip.isVisible()

    def test_another_method_leaves_the_window_as_wide_as_it_is(self, desk, billing):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        strip = made.page.bill.strip
        made.window.resize(made.window.minimumSizeHint().width(), 768)
        QApplication.processEvents()
        width = made.window.width()
        for method in ("card", "cash", "transfer", "cash"):
            strip.method.setCurrentIndex(strip.method.findData(method))
            strip.method.activated.emit(strip.method.currentIndex())
            QApplication.processEvents()
        assert made.window.width() == width

    def test_a_payment_with_change_leaves_the_window_as_wide_as_it_is(self, desk, billing):
        bill = billing.issued("400.70")
        made = desk(f"invoice/{bill['_id']}")
        made.window.resize(made.window.minimumSizeHint().width(), 768)
        QApplication.processEvents()
        width = made.window.width()
        # News of it come before its answer is looked at: the change is told while the bill is still void-able.
        made.page.bill._foot.show_change("EGP 50.00")
        PAYMENTS.take(billing.cashier, bill, TakePayment("cash", "200", received="250"), operation())
        made.news("payments")
        made.until(lambda: still(made.page) == "EGP 200.70")
        assert made.window.width() == width

    def test_in_parts_the_rest_is_filled_in(self, desk, billing):
        bill = billing.issued("403.50")
        made = desk(f"invoice/{bill['_id']}")
        pay(made, amount="200")
        made.until(lambda: still(made.page) == "EGP 203.50")
        strip = made.page.bill.strip
        assert strip.amount.text() == "203.50"
        strip.method.setCurrentIndex(strip.method.findData("card"))
        strip.method.activated.emit(strip.method.currentIndex())
        QTest.keyClicks(strip.reference, "004711")
        QTest.keyClick(strip.reference, Qt.Key.Key_Return)
        made.until(lambda: still(made.page) == "EGP 0.00")
        assert [one["method"] for one in billing.ledger(bill)] == ["cash", "card"]

    def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(self, desk, billing):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        pay(made, amount="400")
        strip = made.page.bill.strip
        assert strip.problem.text() == "Only EGP 350.00 is still to be paid."
        assert (strip.amount.state, strip.amount.text()) == ("invalid", "400")
        assert strip.button.text() == "Take EGP 400.00"
        pay(made, amount="350", received="300")
        assert strip.problem.text() == "This is less than the amount. To take a part, lower the amount first."

    @pytest.mark.parametrize("method", ["cash", "card", "insurance"])
    def test_a_large_amount_has_room_in_a_narrow_window(self, desk, billing, method):
        bill = billing.issued("99999.50", percent=50)
        billing.paid(bill, "11111.25")
        made = desk(f"invoice/{bill['_id']}")
        made.page.bill.strip.choose(method)
        made.settle()
        beside = made.page.pay_list.width() + made.page.drawer.width() + 2 * theme.SPACE_12
        assert made.page.bill.minimumSizeHint().width() + beside <= 1174

    def test_a_card_needs_its_slip(self, desk, billing):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        strip = made.page.bill.strip
        strip.method.setCurrentIndex(strip.method.findData("card"))
        strip.method.activated.emit(strip.method.currentIndex())
        assert not strip.received.isVisible()
        QTest.keyClick(strip.reference, Qt.Key.Key_Return)
        made.settle()
        assert strip.problem.text() == "Slip number is needed."
        assert billing.ledger(bill) == []

    def test_pressed_twice_it_takes_once(self, desk, billing):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        strip = made.page.bill.strip
        strip.button.click()
        strip.button.click()
        made.settle()
        assert len(billing.ledger(bill)) == 1

    def test_a_lost_answer_is_sent_again_and_taken_once(self, desk, billing, monkeypatch):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        real = type(PAYMENTS).take

        def lost(self, *arguments):
            real(self, *arguments)
            raise Unreachable("The clinic's server does not answer.")

        with monkeypatch.context() as patch:
            patch.setattr(type(PAYMENTS), "take", lost)
            pay(made)
            made.until(made.page.bill.notice.isVisible)
        button(made.page.bill.notice, "noticeAction").click()
        made.until(lambda: still(made.page) == "EGP 0.00")
        assert len(billing.ledger(bill)) == 1

    def test_a_lost_answer_sent_again_after_news_came_takes_nothing_more(self, desk, billing, monkeypatch):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        real = type(PAYMENTS).take

        def lost(self, *arguments):
            real(self, *arguments)
            raise Unreachable("The clinic's server does not answer.")

        with monkeypatch.context() as patch:
            patch.setattr(type(PAYMENTS), "take", lost)
            pay(made, amount="100")
            made.until(made.page.bill.notice.isVisible)
        made.news("invoices")
        made.until(lambda: still(made.page) == "EGP 250.00")
        button(made.page.bill.notice, "noticeAction").click()
        made.until(lambda: made.told() == ["EGP 100.00 is taken"])
        assert len(billing.ledger(bill)) == 1

    def test_what_another_desk_took_meanwhile_is_told_and_shown(self, desk, billing):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        PAYMENTS.take(billing.others.pop(), bill, TakePayment("cash", "100"), operation())
        pay(made)
        made.until(lambda: still(made.page) == "EGP 250.00")
        assert "Somebody else" in made.page.bill.notice.words.text()
        assert len(billing.ledger(bill)) == 1

    def test_news_of_a_payment_elsewhere_do_not_take_away_what_is_typed(self, desk, billing):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        QTest.keyClicks(made.page.bill.strip.received, "400")
        billing.issued("20")
        made.news("invoices")
        QTest.qWait(200)
        made.settle()
        assert made.page.bill.strip.received.text() == "400"

    def test_a_payment_can_be_undone_from_its_message_which_asks_first(self, desk, billing):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        pay(made)
        made.until(lambda: still(made.page) == "EGP 0.00")
        made.toasts.take_up()
        asked = dialog_of(made.page, Dialog)
        made.settle()
        assert billing.state(bill)[0] == "paid"
        button(asked, "dialogYes").click()
        made.until(lambda: still(made.page) == "EGP 350.00")
        assert billing.state(bill)[0] == "open"

    def test_what_another_cashier_took_cannot_be_undone_here(self, desk, billing):
        bill = billing.issued("350")
        PAYMENTS.take(billing.others.pop(), bill, TakePayment("cash", "100"), operation())
        page = desk(f"invoice/{bill['_id']}").page
        assert [one for one in page.bill.findChildren(QAbstractButton, "undo") if one.isVisible()] == []

    def test_the_insurance_settles_its_share(self, desk, billing):
        bill = billing.issued("400", percent=100)
        made = desk(f"invoice/{bill['_id']}")
        strip = made.page.bill.strip
        assert not strip.isVisible()
        button(made.page.bill, "claimPaid").click()
        assert [strip.method.itemData(n) for n in range(strip.method.count())] == ["insurance"]
        QTest.keyClicks(strip.reference, "CL-26-0419")
        QTest.keyClick(strip.reference, Qt.Key.Key_Return)
        made.until(lambda: not strip.isVisible())
        assert billing.now(bill)["claim"] == "settled"

    def test_what_the_insurance_does_not_pay_comes_to_the_patient(self, desk, billing):
        bill = billing.issued("400", percent=100)
        made = desk(f"invoice/{bill['_id']}")
        button(made.page.bill, "moveShare").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"amount": egp("150"), "reason": "Only 250 is covered"})
        button(asking, "dialogYes").click()
        made.until(lambda: still(made.page) == "EGP 150.00")
        pay(made)
        made.until(lambda: still(made.page) == "EGP 0.00")
        assert "−400.00" in texts(made.page.bill.paid_lines)

    def test_the_next_bill_is_not_paid_as_the_last_one_was(self, desk, billing):
        first, second = billing.issued("350"), billing.issued("80", percent=50)
        made = desk(f"invoice/{first['_id']}")
        strip = made.page.bill.strip
        strip.choose("card")
        QTest.keyClicks(strip.reference, "004711")
        QTest.keyClick(strip.reference, Qt.Key.Key_Return)
        made.until(lambda: still(made.page) == "EGP 0.00")
        made.page._open_place(f"invoice/{second['_id']}")
        made.until(lambda: strip.button.text() == "Take EGP 40.00")
        assert strip.method.currentData() == "cash"

    def test_the_change_stands_there_until_one_goes_on(self, desk, billing):
        bill, other = billing.issued("403.50"), billing.issued("80")
        made = desk(f"invoice/{bill['_id']}")
        pay(made, received="450")
        made.until(lambda: made.page.bill._foot.change_amount.text() == "EGP 46.50")
        made.page._open_place(f"invoice/{other['_id']}")
        made.until(lambda: still(made.page) == "EGP 80.00")
        assert not made.page.bill._foot.change_amount.isVisible()

    def test_the_small_button_asks_before_it_undoes(self, desk, billing):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        pay(made)
        made.until(lambda: still(made.page) == "EGP 0.00")
        made.until(lambda: any(one.isVisible() for one in made.page.bill.findChildren(QAbstractButton, "undo")))
        button(made.page.bill, "undo").click()
        assert billing.state(bill)[0] == "paid"
        button(dialog_of(made.page, Dialog), "dialogYes").click()
        made.until(lambda: still(made.page) == "EGP 350.00")
        assert made.page.bill.strip.method.currentData() == "cash"
        chips = [one.accessibleName() for one in made.page.bill.paid_lines.findChildren(Chip) if one.isVisible()]
        assert chips == ["Undone", "Correction"]

    def test_one_menu_prints_the_receipt_or_the_bill(self, desk, billing):
        bill = billing.issued("350")
        billing.paid(bill, "100")
        made = desk(f"invoice/{bill['_id']}")
        button(made.page.bill, "printInvoice").click()
        menu = next(one for one in made.page.findChildren(QMenu) if one.isVisible())
        names = [entry.text() for entry in menu.actions() if entry.text()]
        assert names[0] == "Receipt on the 80 mm roll"
        assert "Receipt as PDF, 80 mm…" in names
        assert "Invoice on A5" in names
        menu.close()


class TestGivingBackAndVoid:
    def test_a_refund_with_its_reason(self, desk, billing):
        bill = billing.issued("350")
        billing.paid(bill, "350")
        made = desk(f"invoice/{bill['_id']}")
        button(made.page.bill, "refund").click()
        asking = dialog_of(made.page)
        button(asking, "dialogYes").click()
        assert asking.questions.rows["reason"].problem
        asking.questions.show_values({"reason": "Not done"})
        button(asking, "dialogYes").click()
        made.until(lambda: billing.state(bill)[0] == "refunded")
        made.until(lambda: any(one.isVisible() for one in made.page.bill.findChildren(QAbstractButton, "void")))

    def test_on_a_void_bill_nothing_is_undone_any_more(self, desk, billing):
        bill = billing.issued("350")
        billing.paid(bill, "350")
        PAYMENTS.give_back(billing.cashier, billing.now(bill), GiveBack("cash", "350", "Not done"), operation())
        made = desk(f"invoice/{bill['_id']}")
        made.until(lambda: any(one.isVisible() for one in made.page.bill.findChildren(QAbstractButton, "undo")))
        INVOICES.void(billing.cashier, billing.now(bill), "Wrong patient", operation())
        made.news("invoices")
        made.until(lambda: any("Void: Wrong patient" in words for words in texts(made.page.bill.paid_lines)))
        assert not any(one.isVisible() for one in made.page.bill.findChildren(QAbstractButton, "undo"))

    def test_a_refund_entered_by_mistake_is_undone_with_a_reason(self, desk, billing):
        bill = billing.issued("350")
        billing.paid(bill, "350")
        made = desk(f"invoice/{bill['_id']}")
        button(made.page.bill, "refund").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"amount": egp("100"), "reason": "Not done"})
        button(asking, "dialogYes").click()
        made.until(lambda: made.told()[-1:] == ["EGP 100.00 is given back"])
        made.toasts.take_up()
        asking = dialog_of(made.page)
        button(asking, "dialogYes").click()
        assert asking.questions.rows["reason"].problem
        asking.questions.show_values({"reason": "Typed for the wrong bill"})
        button(asking, "dialogYes").click()
        made.until(lambda: "The refund is undone" in made.told())
        assert billing.state(bill) == ("paid", Decimal("350.00"))
        made.until(lambda: len(made.page.bill.paid_lines.findChildren(QAbstractButton, "undo")) > 0)
        chips = [one.accessibleName() for one in made.page.bill.paid_lines.findChildren(Chip) if one.isVisible()]
        assert chips == ["Paid", "Undone", "Reversal"]

    def test_the_small_button_undoes_a_refund_too(self, desk, billing):
        bill = billing.issued("350")
        billing.paid(bill, "350")
        refund = GiveBack("cash", "350", "Not done")
        refund = PAYMENTS.give_back(billing.cashier, billing.now(bill), refund, operation())
        made = desk(f"invoice/{bill['_id']}")
        wanted = f"Undo {refund['number']}: it was a mistake"
        undo = [one for one in made.page.bill.findChildren(QAbstractButton, "undo") if one.accessibleName() == wanted]
        undo[0].click()
        assert any("350.00 by cash was not given back" in text for text in texts(dialog_of(made.page)))
        dialog_of(made.page).reject()

    def test_void_with_its_reason(self, desk, billing):
        patient = billing.patient()
        bill = billing.issued("350", patient=patient)
        made = desk(f"invoice/{bill['_id']}")
        button(made.page.bill, "void").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"reason": "Wrong patient"})
        button(asking, "dialogYes").click()
        made.until(made.page.bill.approve.isVisible)
        assert billing.state(bill)[0] == "void"

    @pytest.mark.parametrize(
        ("terms", "insurer", "again"),
        [
            (LineTerms(25), "Misr Insurance", False),
            (LineTerms(25, egp("50"), "Regular"), "Misr Insurance", True),
            (LineTerms(40), "Misr Insurance", True),
            (LineTerms(25), "Other Insurance", True),
        ],
    )
    def test_what_was_agreed_on_a_bill_that_is_void_is_entered_again(self, desk, billing, terms, insurer, again):
        patient = billing.patient(insurer="Misr Insurance", insurance_percent=25)
        (charge,) = billing.charged(patient, "400")
        asked = IssueInvoice(patient["_id"], {charge["_id"]: terms}, insurer)
        bill = INVOICES.issue(billing.cashier, asked, operation())
        made = desk(f"invoice/{bill['_id']}")
        button(made.page.bill, "void").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"reason": "Wrong"})
        button(asking, "dialogYes").click()
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 300.00")
        said = made.toasts.shown()[-1].findChild(QLabel, "toastText").text()
        assert ("What was agreed on it is to be entered again" in said) == again

    def test_what_is_paid_in_part_cannot_be_void(self, desk, billing):
        bill = billing.issued("350")
        billing.paid(bill, "100")
        page = desk(f"invoice/{bill['_id']}").page
        assert not page.bill.void.isVisible()
        assert page.bill.refund.isVisible()


class TestTheDrawer:
    def test_it_shows_what_was_taken(self, desk, billing):
        cashier = billing.others.pop()
        CLOSINGS.open(cashier, "300", operation())
        PAYMENTS.take(cashier, billing.issued("200"), TakePayment("cash", "200"), operation())
        page = desk(session=cashier).page
        shown = texts(page.drawer)
        assert "EGP 200.00" in shown
        assert "500.00" in shown
        assert "with EGP 300.00" in page._opened.text()

    def test_it_is_opened_with_the_usual_float(self, desk, billing):
        cashier = billing.others.pop()
        CLOSINGS.open(cashier, "300", operation())
        CLOSINGS.close(cashier, CLOSINGS.drawer(cashier), CountDrawer("300"), operation())
        made = desk(session=cashier)
        button(made.page, "openDrawer").click()
        made.settle()
        asking = dialog_of(made.page)
        assert asking.questions.raw("opened_with") == "300.00"
        button(asking, "dialogYes").click()
        made.until(lambda: "with EGP 300.00" in made.page._opened.text())
        assert not made.page.drawer.open_button.isVisible()
        # Not in the message that says so, which is next where a button goes that had the keyboard.
        assert made.window.focusWidget() is made.page.pay_list.list

    def test_what_it_was_opened_with_is_corrected_with_a_reason(self, desk, billing):
        cashier = billing.others.pop()
        made = desk(session=cashier)
        assert not made.page.drawer.correct_link.isVisible()
        CLOSINGS.open(cashier, "5000", operation())
        made.news("closings")
        made.until(made.page.drawer.correct_link.isVisible)
        made.page.drawer.correct_link.click()
        asking = dialog_of(made.page)
        assert asking.questions.raw("opened_with") == "5000.00"
        asking.questions.show_values({"opened_with": egp("500")})
        button(asking, "dialogYes").click()
        assert asking.questions.rows["reason"].problem
        asking.questions.show_values({"reason": "Typed a zero too many"})
        button(asking, "dialogYes").click()
        made.until(lambda: "with EGP 500.00" in made.page._opened.text())
        assert "500.00" in texts(made.page.drawer)
        assert made.told() == ["The drawer was opened with EGP 500.00"]

    def test_counted_and_closed(self, desk, billing):
        cashier = billing.others.pop()
        CLOSINGS.open(cashier, "300", operation())
        PAYMENTS.take(cashier, billing.issued("230"), TakePayment("cash", "230"), operation())
        made = desk(session=cashier)
        button(made.page, "closeDay").click()
        count = dialog_of(made.page, CloseDay)
        count.findChild(QSpinBox, "pieces-200").setValue(2)
        count.findChild(QSpinBox, "pieces-10").setValue(12)
        assert count._difference.text() == "10.00 is missing"
        button(count, "dialogYes").click()
        made.until(lambda: bool(count.questions.rows["reason"].problem))
        count.findChild(QSpinBox, "pieces-10").setValue(13)
        assert count._difference.text() == "It is what was expected"
        button(count, "dialogYes").click()
        made.until(lambda: made.told()[-1:] == ["The day is closed"])
        made.until(lambda: "drawer is closed" in made.page._opened.text())
        assert made.window.focusWidget() is made.page.pay_list.list
        row = CLOSINGS.drawer(cashier)
        assert row.number == 2
        made.press_toast()
        assert made.went[-1] == ("closings", "")

    def test_enter_goes_on_to_the_next_note_and_closes_nothing(self, desk, billing, qtbot):
        made = desk()
        button(made.page, "closeDay").click()
        count = dialog_of(made.page, CloseDay)
        QTest.keyClicks(count.pieces["200"], "3")
        QTest.keyClick(count.pieces["200"], Qt.Key.Key_Return)
        qtbot.waitUntil(count.pieces["100"].hasFocus)
        assert count.isVisible()
        assert not count.questions.rows["reason"].problem
        count.reject()

    def test_a_sum_of_ones_own_takes_the_pieces_back(self, desk, billing):
        made = desk()
        button(made.page, "closeDay").click()
        count = dialog_of(made.page, CloseDay)
        count.findChild(QSpinBox, "pieces-200").setValue(2)
        line = count.questions.rows["counted"].editor.line
        assert line.text() == "400.00"
        QTest.keyClicks(line, "5")
        assert count.findChild(QSpinBox, "pieces-200").value() == 0
        count.done(0)

    @pytest.mark.parametrize("typed", ["450", "much"])
    def test_the_first_press_closes_the_day_wherever_one_was_before(self, desk, billing, typed):
        """Whatever leaving the sum has to say, the button stands still from the press to the release."""
        made = desk()
        button(made.page, "closeDay").click()
        count = dialog_of(made.page, CloseDay)
        line = count.questions.rows["counted"].editor.line
        line.setFocus()
        made.until(line.hasFocus)
        QTest.keyClicks(line, typed)
        QTest.qWait(100)
        yes, pressed = button(count, "dialogYes"), []
        yes.clicked.connect(lambda: pressed.append(typed))
        place = yes.mapTo(count, yes.rect().center())
        top = yes.mapTo(count, QPoint()).y()
        QTest.mousePress(count.windowHandle(), Qt.MouseButton.LeftButton, pos=place)
        QTest.qWait(100)
        assert yes.mapTo(count, QPoint()).y() == top
        QTest.mouseRelease(count.windowHandle(), Qt.MouseButton.LeftButton, pos=place)
        assert pressed == [typed]
        made.until(lambda: bool(count.questions.rows["reason" if typed == "450" else "counted"].problem))
        count.done(0)


def test_the_keyboard_alone_takes_a_payment(desk, billing, qtbot):
    patient = billing.patient("Eman Keyboard")
    billing.charged(patient, "350")
    made = desk()
    assert QApplication.focusWidget() is made.page.pay_list.list
    model = made.page.pay_list.list.model()
    place = next(n for n, line in enumerate(rows(model)) if line is not None and line.patient == patient["_id"])
    made.page.pay_list.list.setCurrentIndex(model.index(place, 0))
    QTest.keyClick(made.page.pay_list.list, Qt.Key.Key_Return)
    made.until(made.page.bill.approve.isVisible)
    qtbot.waitUntil(made.page.bill.approve.hasFocus)
    QTest.keyClick(made.page.bill.approve, Qt.Key.Key_Return)
    made.until(made.page.bill.strip.isVisible)
    qtbot.waitUntil(made.page.bill.strip.received.hasFocus)
    QTest.keyClicks(made.page.bill.strip.received, "400")
    QTest.keyClick(made.page.bill.strip.received, Qt.Key.Key_Return)
    made.until(lambda: still(made.page) == "EGP 0.00")
    (bill,) = INVOICES.of_patient(billing.cashier, patient["_id"])
    assert amount_of(billing.ledger(bill)[0]["change"]) == Decimal("50.00")


class TestNothingIsTakenByAccident:
    @pytest.fixture(autouse=True)
    def hands(self):
        """Those of a person, who may press twice."""

    @pytest.fixture
    def bill(self, billing):
        return billing.issued("350", patient=billing.patient("Newborn of Heba Mohamed Abdelrahman El-Sherbiny"))

    def ready(self, made):
        """What is asked for has stood there for a while."""
        made.until(made.page.bill.strip.isVisible)
        QTest.qWait(strip.BOUNCE_MS + 50)

    def test_a_double_click_on_a_part_takes_the_part_alone(self, desk, billing, bill):
        made = desk(f"invoice/{bill['_id']}")
        self.ready(made)
        made.page.bill.strip.amount.clear()
        QTest.keyClicks(made.page.bill.strip.amount, "100")
        made.page.bill.strip.button.click()
        made.until(lambda: made.told() == ["EGP 100.00 is taken"])
        made.page.bill.strip.button.click()
        made.until(lambda: still(made.page) == "EGP 250.00")
        assert made.page.bill.notice.isHidden()
        made.page.bill.strip.button.click()
        QTest.keyClick(made.page.bill.strip.received, Qt.Key.Key_Return)
        made.settle()
        assert billing.state(bill) == ("part-paid", Decimal("100.00"))
        self.ready(made)
        made.page.bill.strip.button.click()
        made.until(lambda: still(made.page) == "EGP 0.00")

    @pytest.mark.parametrize("held", [True, False])
    def test_enter_held_down_and_the_key_that_approves_take_nothing(self, desk, billing, bill, held):
        made = desk(f"invoice/{bill['_id']}")
        self.ready(made)
        line, enter = made.page.bill.strip.received, Qt.Key.Key_Return
        control = Qt.KeyboardModifier.ControlModifier
        modifiers = Qt.KeyboardModifier.NoModifier if held else control
        QApplication.sendEvent(line, QKeyEvent(QEvent.Type.KeyPress, enter, modifiers, "\r", held))
        made.settle()
        assert billing.ledger(bill) == []

    def test_who_took_money_at_another_desk_is_named_before_it_is_taken_again(self, desk, billing, bill):
        made, other = desk(f"invoice/{bill['_id']}"), billing.others.pop()
        QTest.keyClicks(made.page.bill.strip.received, "400")
        PAYMENTS.take(other, bill, TakePayment("cash", "350"), operation())
        made.news("invoices")
        made.until(lambda: still(made.page) == "EGP 0.00")
        assert "has taken EGP 350.00 meanwhile." in made.page.bill.notice.words.text()

    def test_what_is_taken_back_under_ones_eyes_is_told_and_the_keyboard_stays_in_the_bill(self, desk, billing):
        patient = billing.patient()
        (charge,) = billing.charged(patient, "350")
        made = desk(str(patient["_id"]))
        button(made.page.bill, "changeLine").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"discount": egp("50"), "reason": "Regular"})
        button(asking, "dialogYes").click()
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 300.00")
        write(billing.doctor, operation(), lambda work: take_back(work, charge["about"]))
        made.news("charges")
        made.until(made.page.bill.notice.isVisible)
        assert "What was agreed on it is to be entered again." in made.page.bill.notice.words.text()
        assert made.window.focusWidget() is made.page.bill.add

    def test_after_the_insurance_was_changed_the_keyboard_is_where_one_approves(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        button(made.page.bill, "changeInsurance").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"insurer": "Misr Insurance", "insurance_percent": 25})
        button(asking, "dialogYes").click()
        made.until(lambda: made.page.bill.approve.text() == "Approve EGP 300.00")
        made.until(lambda: made.window.focusWidget() is made.page.bill.approve)

    def test_what_got_no_answer_is_sent_again_by_enter_as_it_was(self, desk, billing, bill, monkeypatch):
        made = desk(f"invoice/{bill['_id']}")

        def lost(*_):
            raise Unreachable("The clinic's server does not answer.")

        with monkeypatch.context() as patch:
            patch.setattr(type(PAYMENTS), "take", lost)
            pay(made, received="400")
            made.until(lambda: made.page.bill.strip.button.text() == "Try again")
        QTest.keyClicks(made.page.bill.strip.received, "9")
        QTest.keyClick(made.page.bill.strip.received, Qt.Key.Key_Return)
        made.until(lambda: still(made.page) == "EGP 0.00")
        assert amount_of(billing.ledger(bill)[0]["received"]) == Decimal("400.00")

    def test_why_an_insurance_did_not_pay_stays_on_the_bill(self, desk, billing):
        bill = billing.issued("400", percent=50)
        billing.paid(bill, "200")
        INVOICES.move_share(billing.cashier, billing.now(bill), egp("200"), "Not in her plan", operation())
        billing.paid(bill, "200")
        page = desk(f"invoice/{bill['_id']}").page
        assert "Not paid by the insurance: Not in her plan" in texts(page.bill.paid_lines)

    def test_no_insurance_pays_of_a_bill_that_names_none(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "400")
        made = desk(str(patient["_id"]))
        button(made.page.bill, "changeLine").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"percent": 50})
        button(asking, "dialogYes").click()
        made.until(lambda: "No insurance is on this bill" in (asking.questions.rows["percent"].problem or ""))
        asking.reject()

    def test_what_was_entered_by_mistake_is_no_part_of_what_was_taken(self, desk, billing, bill):
        cashier = billing.others.pop()
        payment = PAYMENTS.take(cashier, bill, TakePayment("cash", "350"), operation())
        PAYMENTS.correct(cashier, billing.now(bill), payment, operation())
        made = desk(session=cashier)
        assert made.page.findChild(QLabel, "taken").text() == "EGP 0.00"

    def test_what_was_taken_before_the_drawer_was_opened_is_said_when_it_is(self, desk, billing, bill):
        cashier = billing.others.pop()
        PAYMENTS.take(cashier, bill, TakePayment("cash", "350"), operation())
        made = desk(session=cashier)
        button(made.page, "openDrawer").click()
        made.until(lambda: any(one.isVisible() for one in made.page.findChildren(Ask)))
        asking = dialog_of(made.page)
        assert any("Leave out the EGP 350.00 in cash" in text for text in texts(asking))
        asking.reject()

    def test_enter_held_down_does_not_press_the_next_button(self, desk, billing):
        patient = billing.patient()
        billing.charged(patient, "350")
        made = desk(str(patient["_id"]))
        none, enter = Qt.KeyboardModifier.NoModifier, Qt.Key.Key_Return
        QApplication.sendEvent(made.page.bill.approve, QKeyEvent(QEvent.Type.KeyPress, enter, none, "\r", True))
        made.settle()
        assert INVOICES.of_patient(billing.cashier, patient["_id"]) == []

    def test_giving_back_refused_for_news_is_done_when_one_goes_on(self, desk, billing, bill):
        billing.paid(bill, "100")
        made = desk(f"invoice/{bill['_id']}")
        button(made.page.bill, "refund").click()
        asking = dialog_of(made.page)
        asking.questions.show_values({"reason": "Not done"})
        billing.paid(bill, "50")
        button(asking, "dialogYes").click()
        made.until(lambda: any("Somebody else changed this bill" in text for text in texts(asking)))
        button(asking, "dialogYes").click()
        made.until(lambda: billing.state(bill)[1] == Decimal("50.00"))

    @pytest.mark.parametrize("by_mouse", [False, True])
    def test_leaving_asks_before_a_count_is_lost(self, desk, billing, by_mouse):
        made = desk()
        button(made.page, "closeDay").click()
        count = dialog_of(made.page, CloseDay)
        count.findChild(QSpinBox, "pieces-200").setValue(2)
        if by_mouse:
            button(count, "dialogNo").click()
        else:
            QTest.keyClick(count, Qt.Key.Key_Escape)
        made.until(lambda: any(one.isVisible() for one in count.findChildren(Dialog)))
        assert count.isVisible()
        button(dialog_of(count, Dialog), "dialogYes").click()
        made.until(lambda: not count.isVisible())


class TestTheList:
    def test_the_arrow_passes_the_headings_by(self, desk, billing):
        with time_machine.travel(datetime.now(UTC) - timedelta(days=1), tick=True):
            billing.issued("350", patient=billing.patient("Zeinab Of Yesterday"))
        page = desk().page
        page.pay_list.search.setText("zeinab")
        page.pay_list.search.asked.emit("zeinab")
        QTest.keyClick(page.pay_list.search, Qt.Key.Key_Down)
        assert page.pay_list.list.currentIndex().data(LINE).name == "Zeinab Of Yesterday"

    def test_who_has_paid_is_not_looked_for_any_more_and_the_next_one_is_below_the_search(self, desk, billing):
        bill = billing.issued("350", patient=billing.patient("Yasmin Has Paid"))
        billing.issued("80", patient=billing.patient("Amr Waits"))
        made = desk(f"invoice/{bill['_id']}")
        search = made.page.pay_list.search
        search.setText("yasmin")
        search.asked.emit("yasmin")
        pay(made, received="350")
        made.until(lambda: still(made.page) == "EGP 0.00")
        assert search.text() == ""
        made.until(lambda: isinstance(made.page.pay_list.list.currentIndex().data(LINE), PaidToday))
        QTest.keyClick(search, Qt.Key.Key_Down)
        assert isinstance(made.page.pay_list.list.currentIndex().data(LINE), ToPay)

    def test_who_comes_back_to_the_desk_sees_all_who_have_to_pay(self, desk, billing):
        billing.issued("80", patient=billing.patient("Amr Waits On"))
        page = desk().page
        page.pay_list.search.setText("nobody of this name")
        page.pay_list.search.asked.emit("nobody of this name")
        assert lines_of(page) == []
        page.hide()
        page.show()
        assert "Amr Waits On" in [line.name for line in lines_of(page)]

    def test_approving_a_bill_sends_nobody_to_the_end_of_the_queue(self, desk, billing):
        first, second = billing.patient("Wafaa First"), billing.patient("Wafaa Second")
        made = billing.charged(first, "350")
        billing.charged(second, "350")
        INVOICES.issue(billing.cashier, IssueInvoice(first["_id"], {made[0]["_id"]: LineTerms()}), operation())
        names = [line.name for line in lines_of(desk().page) if line.name.startswith("Wafaa")]
        assert names == ["Wafaa First", "Wafaa Second"]

    def test_a_bill_that_cost_nothing_was_not_paid_by_an_insurance(self, desk, billing):
        patient = billing.patient("Warda Free")
        (charge,) = billing.charged(patient, "350")
        terms = {charge["_id"]: LineTerms(0, egp("350"), "Complaint")}
        INVOICES.issue(billing.cashier, IssueInvoice(patient["_id"], terms), operation())
        (line,) = [one for one in lines_of(desk().page) if one.name == "Warda Free"]
        assert about(line, billing.cashier.locale).startswith("Nothing to pay")


class TestWhoseBillItIs:
    def test_what_the_patient_owes_besides_is_said_on_either_kind_of_bill(self, desk, billing):
        patient = billing.patient()
        bill = billing.issued("428.40", patient=patient)
        billing.charged(patient, "80")
        made = desk(str(patient["_id"]))
        assert "Owes EGP 428.40 besides" in texts(made.page.bill.head)
        assert "Owes EGP 80.00 besides" in texts(desk(f"invoice/{bill['_id']}").page.bill.head)

    def test_nothing_is_owed_besides_by_who_has_one_bill(self, desk, billing):
        bill = billing.issued("350")
        assert not any("besides" in text for text in texts(desk(f"invoice/{bill['_id']}").page.bill.head) if text)

    def test_the_chart_is_one_press_away(self, desk, billing):
        bill = billing.issued("350")
        made = desk(f"invoice/{bill['_id']}")
        button(made.page.bill.head, "chart").click()
        assert made.went[-1] == ("patients", str(bill["patient"]))

    def test_a_new_invoice_says_which_of_two_of_the_same_name(self, desk, billing, qtbot):
        twins = [billing.patient("Tasneem Twin", birth_date="2001-02-03") for _ in range(2)]
        made = desk()
        button(made.page, "newInvoice").click()
        asking = dialog_of(made.page)
        picker = asking.questions.rows["patient"].editor.picker
        QTest.keyClicks(picker, "tasneem twin")
        made.until(lambda: len(picker.finder.found) == 2)
        picker._take(picker.finder.found[0])
        chosen = next(one for one in twins if one["_id"] == picker.chosen)
        assert chosen["identifier"] in asking.findChild(QLabel, "whoIsBilled").text()
        asking.reject()

    def test_what_an_insurance_has_paid_is_put_away_again(self, desk, billing):
        bill = billing.issued("400", percent=100)
        made = desk(f"invoice/{bill['_id']}")
        for shown in (True, False):
            button(made.page.bill.paid_lines, "claimPaid").click()
            assert made.page.bill.strip.isVisible() is shown


def test_no_dialog_is_left_open(desk):
    assert desk().page.findChildren(Dialog) == []


def test_a_solo_doctor_has_the_cash_desk_too():
    assert word_of("cash_desk", Role.SOLO) == "Cash desk"
    assert word_of("cash_desk", Role.DOCTOR) == ""
    assert word_of("invoices", Role.DOCTOR) == "Invoices"
    assert word_of("closings", Role.ADMINISTRATOR) == "Day closings"
