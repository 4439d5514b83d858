"""The lists of the cash desk, and the paper beside them."""

import csv
from datetime import datetime
from decimal import Decimal

import pytest
from PySide6.QtGui import QPageSize
from PySide6.QtWidgets import QApplication

from hmsdesk.controllers.closings import CLOSINGS, CountDrawer
from hmsdesk.controllers.payments import PAYMENTS, GiveBack
from hmsdesk.errors import Unreachable
from hmsdesk.models.invoices import STATES
from hmsdesk.security.permissions import Role
from hmsdesk.views import closings, invoices, payments
from hmsdesk.views.kit import paper_out
from hmsdesk.views.kit.chips import STATUSES
from hmsdesk.views.kit.filter_popups import SearchPopup
from hmsdesk.views.kit.parts import chip_size
from hmsdesk.views.kit.table_header import PAD_END, PAD_START
from tests.billing import Billing
from tests.factories import operation
from tests.views.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def billing(clinic):
    made = Billing(clinic)
    clinic.session(Role.ADMINISTRATOR)
    made.open_drawer()
    made.bill = made.issued("350", percent=60)
    made.payment = made.paid(made.bill, "100")
    CLOSINGS.close(made.cashier, CLOSINGS.drawer(made.cashier), CountDrawer("600"), operation())
    return made


@pytest.fixture
def listed(qtbot, clinic):
    def opened(view, role=Role.RECEPTIONIST):
        made = Desk(qtbot, clinic.session(role))
        made.page = made.show(view.make_page(made.context, ""))
        made.until(lambda: bool(made.page.list.pages.rows))
        made.until(lambda: bool(made.page.paper.pdf))
        return made

    return opened


@pytest.mark.parametrize("view", [invoices, payments, closings])
@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMINISTRATOR])
def test_the_selected_row_stands_beside_the_list_as_paper(listed, billing, view, role):
    page = listed(view, role).page
    assert page.paper.pdf.startswith(b"%PDF")
    assert page._print.isEnabled()


def test_a_doctor_reads_invoices_and_goes_on_to_the_chart(listed, billing):
    made = listed(invoices, Role.DOCTOR)
    row = made.page.list.pages.rows[0]
    made.page.open_row(row)
    assert made.went == [("patients", str(row["patient"]))]


@pytest.mark.parametrize("view", [invoices, payments])
def test_a_cashier_goes_on_to_the_cash_desk(listed, billing, view):
    made = listed(view)
    made.page.open_row(made.page.list.pages.rows[0])
    assert made.went == [("cash_desk", f"invoice/{billing.bill['_id']}")]


def test_a_receipt_is_offered_on_the_roll_too(listed, billing):
    made = listed(payments)
    before = made.page.paper.pdf
    made.page.paper._sizes.choose("80 mm")
    made.until(lambda: made.page.paper.pdf not in (b"", before))


def test_the_roll_is_printed_as_long_as_it_is(listed, billing):
    made = listed(payments)
    made.page.paper._sizes.choose("80 mm")
    made.until(lambda: made.page.paper.pdf != b"")
    size = paper_out._page_size(made.page.paper.pdf, "80 mm").size(QPageSize.Unit.Millimeter)
    assert round(size.width()) == 80
    assert 60 < size.height() < 140


def test_closings_lead_nowhere_and_are_named_by_their_cashier(listed, billing):
    page = listed(closings).page
    assert page.name_of(page.list.pages.rows[0]).startswith("Day closing 1 of ")


def test_what_a_filter_shows_is_added_up_below_the_list(listed, billing):
    made = listed(payments)
    below = made.page.list.area.sums
    assert not below.isVisible()
    made.page.list.filters.set_filter("method", "cash", "Cash")
    made.until(lambda: "EGP" in below.text())
    assert below.text() == "Together: EGP\u00a0100.00"
    assert below.isVisible()
    billing.paid(billing.issued("12.50"), "12.50")
    made.news("payments")
    made.until(lambda: below.text() == "Together: EGP\u00a0112.50")
    made.page.list.filters.clear()
    made.until(lambda: not below.isVisible())


def test_what_comes_to_nothing_is_told_and_so_is_what_could_not_be_added_up(listed, billing, monkeypatch):
    bill = billing.issued("8")
    taken = billing.paid(bill, "8", "transfer")
    PAYMENTS.correct(billing.cashier, billing.now(bill), taken, operation())
    made = listed(payments)
    below = made.page.list.area.sums
    made.page.list.filters.set_filter("method", "transfer", "Transfer")
    made.until(lambda: below.text() == "Together: EGP\u00a00.00")

    def lost(*_):
        raise Unreachable("The clinic's server does not answer.")

    monkeypatch.setattr(PAYMENTS, "sums", lost)
    made.page.list.filters.set_filter("method", "cash", "Cash")
    made.until(lambda: below.text() == "Together: could not be added up")
    monkeypatch.setattr(PAYMENTS, "sums", lambda *_: None)
    made.page.list.filters.set_filter("method", "card", "Card")
    made.until(lambda: below.text() == "Together: too many to add up, choose days")


def test_every_filter_has_room_in_a_narrow_window(listed, billing):
    bar = listed(invoices).page.list.filters
    for name, words in (("claim", "Insurance to pay"), ("days", "21 November 2026")):
        bar.set_filter(name, None, words)
    QApplication.processEvents()
    assert bar.layout().minimumSize().width() <= bar.width()
    assert bar.sort.is_short
    assert bar.sort.accessibleName() == bar.sort.toolTip() == "Sort: approved"
    bar.clear()
    for name in bar.chips:
        bar.set_filter(name, None, "")
    assert not bar.sort.is_short


def test_a_cashier_is_chosen_to_see_what_they_took_and_who_approved_what(listed, billing):
    person = billing.cashier.identity
    for view, name in ((payments, "cashier"), (invoices, "created_by")):
        made = listed(view)
        bar = made.page.list.filters
        bar.chips[name].click()
        popup = next(one for one in bar.findChildren(SearchPopup) if one.isVisible())
        popup._search.setText(person.name)
        popup.finder.ask(person.name)
        made.until(lambda popup=popup: person.name in [found.title for found in popup.finder.found])
        place = next(n for n, found in enumerate(popup.finder.found) if found.record == person.person)
        popup._pick(popup.finder.model.index(place, 0))
        made.settle()
        assert bar.filters == {name: person.person}
        assert made.page.list.pages.rows


def test_a_bill_says_at_a_glance_how_far_it_is_paid(listed, billing):
    column = next(one for one in listed(invoices).page.list.pages.columns if one.name == "state")
    for state, words in STATES:
        status = STATUSES[column.status({"state": state})]
        # The chip stands in the place of the word only where it says the same.
        assert status.word == words == column.text({"state": state})
        assert chip_size(status.word, status.icon).width() <= column.width - PAD_START - PAD_END


def file_of(listed, view, path):
    made = listed(view, Role.ADMINISTRATOR)
    made.page.list.export_to(path)
    made.until(path.exists)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_of_the_ledger_adds_up_to_what_was_kept(listed, billing, tmp_path):
    bill = billing.issued("90")
    billing.paid(bill, "90")
    PAYMENTS.give_back(billing.cashier, billing.now(bill), GiveBack("cash", "20.25", "Not done"), operation())
    rows = [row for row in file_of(listed, payments, tmp_path / "p.csv") if row["Invoice"] == bill["number"]]
    assert sum(Decimal(row["Amount (EGP)"]) for row in rows) == Decimal("69.75")
    assert {row["Cashier"] for row in rows} == {rows[0]["Cashier"]} != {""}
    assert datetime.fromisoformat(rows[0]["Time"])
    assert [row["Reason"] for row in rows if row["What"] == "Refund"] == ["Not done"]


def test_a_file_of_closings_has_what_was_expected_and_what_differs(listed, billing, tmp_path):
    found = next(row for row in file_of(listed, closings, tmp_path / "c.csv") if row["What"] == "Closed")
    assert Decimal(found["Counted (EGP)"]) - Decimal(found["Expected (EGP)"]) == Decimal(found["Difference (EGP)"])
    assert "Cash: 100.00" in found["Taken"]
