"""The pages of the stock: what expires is marked, lots are put right, counted, and followed in their card."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from shiboken6 import delete

from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.stock.adjusting import adjust
from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.models.stock import CORRECTED, LOST
from hmsdesk.views import deliveries, medicines, stock, stock_count, stock_ledger
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.putting_right import GONE_ON
from hmsdesk.views.kit.table import EndBar
from tests.factories import operation
from tests.views.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def desk(practice, qtbot, tmp_path):
    made = Desk(qtbot, practice.pharmacist)
    made.context.drafts = Drafts(tmp_path, practice.pharmacist)
    return made


@pytest.fixture
def medicine(practice):
    return practice.medicine()


def rows(page):
    return [page.pages.row_at(n) for n in range(page.table.model().rowCount())]


def narrowed(desk, page, medicine):
    """The list, as one sees it who has searched for a medicine."""
    page.filters.search.setText(medicine["name"])
    desk.until(lambda: {row["medicine"] for row in rows(page) if row} == {medicine["_id"]})
    return page


def choose(desk, page, lot):
    table = page.table
    at = next(n for n, row in enumerate(rows(page)) if row and row["_id"] == lot["_id"])
    table.setCurrentIndex(table.model().index(at, 0))
    desk.until(lambda: page.detail._row["_id"] == lot["_id"] and not page.detail._follow.isActive())


def action(page, name):
    """What is offered of the selected row; what was offered of another one before may still be going."""
    return (page.detail._scroll.widget().findChildren(QWidget, name) or [None])[-1]


def answer(desk, **values):
    dialog = desk.window.findChild(Ask)
    for name, value in values.items():
        dialog.questions.rows[name].editor.set_raw(value)
    dialog._yes.click()
    return dialog


def last_entry(practice, lot):
    with practice.pharmacist.reading("stock_movements") as movements:
        return movements.find_one({"lot": lot["_id"]}, sort=[("created_at", -1), ("_id", -1)])


class TestLots:
    @pytest.fixture
    def page(self, desk):
        return desk.show(stock.make_page(desk.context, ""))

    def test_what_expires_is_marked(self, practice, desk, page, medicine):
        soon, far, over = practice.lot(medicine, 5, 20), practice.lot(medicine, 5, 300), practice.lot(medicine, 5, 9)
        practice.expire(over)
        narrowed(desk, page, medicine)
        column = next(one for one in page.pages.columns if one.name == "expires")
        marks = {row["_id"]: column.status(row) for row in rows(page)}
        assert marks == {soon["_id"]: "expires-soon", far["_id"]: "", over["_id"]: "expired"}

    def test_what_was_lost_is_taken_off(self, practice, desk, page, medicine):
        lot = practice.lot(medicine, 5)
        choose(desk, narrowed(desk, page, medicine), lot)
        action(page, "takeOff").click()
        dialog = answer(desk, kind=LOST, change="6", reason="Gone")
        assert dialog.isVisible()
        assert dialog.questions.rows["change"].problem
        answer(desk, change="2")
        desk.until(lambda: practice.quantity(lot) == 3)
        assert desk.told()[-1].endswith(f"3 of lot {lot['lot']} now")

    def test_the_books_are_corrected(self, practice, desk, page, medicine):
        lot = practice.lot(medicine, 5)
        choose(desk, narrowed(desk, page, medicine), lot)
        action(page, "correct").click()
        answer(desk, really="9", reason="Typed wrongly")
        desk.until(lambda: practice.quantity(lot) == 9)

    def test_what_has_expired_is_written_off(self, practice, desk, page, medicine):
        lot = practice.lot(medicine, 5)
        practice.expire(lot)
        choose(desk, narrowed(desk, page, medicine), lot)
        assert action(page, "takeOff") is None
        action(page, "writeOff").click()
        dialog = desk.window.findChild(Ask)
        assert dialog.questions.values() == {"reason": "Expired"}
        answer(desk, reason="Expired, burnt by the supplier")
        desk.until(lambda: practice.quantity(lot) == 0)
        assert last_entry(practice, lot)["note"] == "Expired, burnt by the supplier"

    def test_what_expires_soon_is_written_off_or_taken_off(self, practice, desk, page, medicine):
        soon, far = practice.lot(medicine, 5, 20), practice.lot(medicine, 5, 300)
        choose(desk, narrowed(desk, page, medicine), far)
        assert action(page, "writeOff") is None
        choose(desk, page, soon)
        assert action(page, "takeOff") is not None
        action(page, "writeOff").click()
        assert desk.window.findChild(Ask).questions.values() == {"reason": "Expires too soon"}
        answer(desk)
        desk.until(lambda: practice.quantity(soon) == 0)

    @pytest.mark.parametrize(
        ("name", "answered", "left"),
        [
            ("takeOff", {"kind": LOST, "change": "2", "reason": "Gone"}, 3),
            ("correct", {"really": "9", "reason": "Typed wrongly"}, 9),
        ],
    )
    def test_what_was_put_right_by_mistake_is_put_back(self, practice, desk, page, medicine, name, answered, left):
        lot = practice.lot(medicine, 5)
        choose(desk, narrowed(desk, page, medicine), lot)
        action(page, name).click()
        answer(desk, **answered)
        desk.until(lambda: practice.quantity(lot) == left and bool(desk.told()))
        desk.context.toasts.take_up()
        desk.until(lambda: practice.quantity(lot) == 5)
        entry = last_entry(practice, lot)
        assert (entry["kind"], entry["change"], entry["note"]) == (CORRECTED, 5 - left, f"Undone: {answered['reason']}")

    def test_what_cannot_be_put_back_any_more_is_told(self, practice, desk, page, medicine):
        lot = practice.lot(medicine, 5)
        choose(desk, narrowed(desk, page, medicine), lot)
        action(page, "correct").click()
        answer(desk, really="9", reason="Typed wrongly")
        desk.until(lambda: practice.quantity(lot) == 9 and bool(desk.told()))
        adjust(practice.pharmacist, lot["_id"], LOST, -7, "Gone", operation())
        desk.context.toasts.take_up()
        desk.until(lambda: GONE_ON in desk.told())
        assert practice.quantity(lot) == 2

    @pytest.mark.parametrize(("lost", "left", "words"), [(-7, 2, GONE_ON), (-1, 4, ": 4 of lot")])
    def test_what_became_of_putting_it_back_is_told_after_its_page_is_gone(
        self, practice, desk, page, medicine, lost, left, words
    ):
        lot = practice.lot(medicine, 5)
        choose(desk, narrowed(desk, page, medicine), lot)
        action(page, "correct").click()
        answer(desk, really="9", reason="Typed wrongly")
        desk.until(lambda: practice.quantity(lot) == 9 and bool(desk.told()))
        adjust(practice.pharmacist, lot["_id"], LOST, lost, "Gone", operation())
        desk.settle()
        delete(page)
        desk.context.toasts.take_up()
        desk.until(lambda: any(words in told for told in desk.told()))
        assert practice.quantity(lot) == left

    def test_what_went_meanwhile_is_told_at_the_field(self, practice, desk, page, medicine):
        lot = practice.lot(medicine, 5)
        choose(desk, narrowed(desk, page, medicine), lot)
        action(page, "takeOff").click()
        adjust(practice.pharmacist, lot["_id"], LOST, -4, "Gone", operation())
        dialog = answer(desk, change="3", reason="Dropped")
        desk.until(lambda: bool(dialog.questions.rows["change"].problem))
        assert practice.quantity(lot) == 1
        dialog.reject()

    def test_they_lead_to_a_delivery_and_to_the_card(self, practice, desk, page, medicine):
        lot = practice.lot(medicine, 5)
        page.findChild(QWidget, "receiveDelivery").click()
        choose(desk, narrowed(desk, page, medicine), lot)
        action(page, "stockCard").click()
        assert desk.went == [("deliveries", "new"), ("stock_ledger", str(medicine["_id"]))]


class TestTheLedger:
    def test_of_a_medicine_it_is_its_card(self, practice, desk, medicine):
        lot = practice.lot(medicine, 5)
        adjust(practice.pharmacist, lot["_id"], LOST, -2, "Gone", operation())
        page = desk.show(stock_ledger.make_page(desk.context, str(medicine["_id"])))
        desk.until(lambda: [row["balance"] for row in rows(page) if row and "balance" in row] == [3, 5])
        assert rows(page)[0]["note"] == "Gone"

    def test_the_stock_of_a_medicine_is_a_column_on_its_card_only(self, desk, medicine):
        page = desk.show(stock_ledger.make_page(desk.context, ""))
        page.resize(1600, 700)
        balance = [column.name for column in page.pages.columns].index("balance")
        assert page.table.isColumnHidden(balance)
        page.filters.set_filter("medicine", medicine["_id"], medicine["name"])
        assert not page.table.isColumnHidden(balance)
        page.filters.set_filter("kind", LOST, "Lost")
        assert page.table.isColumnHidden(balance)

    def test_a_medicine_leads_to_it(self, practice, desk, medicine):
        page = desk.show(medicines.make_page(desk.context, ""))
        page.filters.search.setText(medicine["name"])
        desk.until(lambda: [row["_id"] for row in rows(page) if row] == [medicine["_id"]])
        choose(desk, page, medicine)
        action(page, "stockCard").click()
        assert desk.went == [("stock_ledger", str(medicine["_id"]))]


class TestALot:
    def test_what_never_changes_of_it_cannot_be_typed_over(self, practice, desk, medicine):
        lot = practice.lot(medicine, 40)
        page = desk.show(stock.make_page(desk.context, str(lot["_id"])))
        desk.until(lambda: page.form is not None)
        fields = page.form.fields.rows
        typed = {name: not row.findChild(QLineEdit).isReadOnly() for name, row in fields.items()}
        assert typed == {"medicine": False, "lot": True, "expires": True, "quantity": False}
        assert page.form.focusProxy() is fields["lot"].editor


class TestCounting:
    @pytest.fixture
    def page(self, desk):
        return desk.show(stock_count.make_page(desk.context, ""))

    def note(self, desk, page, lot, number):
        table = page.list.table
        at = next(n for n, row in enumerate(rows(page.list)) if row and row["_id"] == lot["_id"])
        table.setCurrentIndex(table.model().index(at, 0))
        desk.until(lambda: lot["lot"] in page._which.text())
        page.number.setText(str(number))
        QTest.keyClick(page.number, Qt.Key.Key_Return)
        desk.settle()

    def test_what_differs_is_shown_and_booked(self, practice, desk, page, medicine):
        first, second = practice.lot(medicine, 40, 100), practice.lot(medicine, 7, 200)
        narrowed(desk, page.list, medicine)
        assert not page.book.isEnabled()
        assert "quantity" not in rows(page.list)[0]
        self.note(desk, page, first, 38)
        self.note(desk, page, second, 7)
        page.show_button.click()
        desk.until(lambda: "40 in the books, 38 counted" in page.differences.text())
        assert "1 as in the books" in page.differences.text()
        page.book.click()
        desk.until(lambda: desk.window.findChild(Ask) is not None)
        assert f"lot {first['lot']} from 40 to 38" in desk.window.findChild(Ask)._explained.text()
        answer(desk, reason="End of the month")
        desk.until(lambda: practice.quantity(first) == 38)
        assert (practice.quantity(second), page.counted) == (7, {})
        assert desk.told()[-1] == "The count is booked"

    def test_more_lots_than_go_into_one_count_are_booked_in_several(self, practice, desk, page, medicine, monkeypatch):
        monkeypatch.setattr(stock_count, "MOST_COUNTED", 1)
        first, second = practice.lot(medicine, 40, 100), practice.lot(medicine, 7, 200)
        narrowed(desk, page.list, medicine)
        self.note(desk, page, first, 38)
        self.note(desk, page, second, 6)
        for lot, left in ((first, [second["_id"]]), (second, [])):
            page.book.click()
            desk.until(lambda: desk.window.findChild(Ask) is not None)
            answer(desk, reason="End of the year")
            desk.until(lambda left=left: list(page.counted) == left)
            desk.until(lambda: desk.window.findChild(Ask) is None)
            assert practice.quantity(lot) in (38, 6)

    def test_enter_goes_on_to_the_next_lot(self, practice, desk, page, medicine):
        practice.lot(medicine, 40, 100), practice.lot(medicine, 7, 200)
        narrowed(desk, page.list, medicine)
        above, below = rows(page.list)
        self.note(desk, page, above, 1)
        desk.until(lambda: below["lot"] in page._which.text())
        assert page.number.text() == ""

    def test_the_books_are_shown_to_who_wants_them(self, practice, desk, page, medicine):
        practice.lot(medicine, 40)
        narrowed(desk, page.list, medicine)
        page.blind.setChecked(False)
        desk.until(lambda: rows(page.list)[0].get("quantity") == 40)

    def test_what_was_counted_is_there_again(self, practice, desk, page, medicine):
        lot = practice.lot(medicine, 40)
        narrowed(desk, page.list, medicine)
        self.note(desk, page, lot, 38)
        page.hide()
        again = stock_count.make_page(desk.context, "")
        assert again.counted[lot["_id"]].counted == 38
        desk.show(again)
        narrowed(desk, again.list, medicine)
        assert rows(again.list)[0]["counted"] == 38

    def test_while_the_disk_keeps_nothing_it_is_said_and_tried_again(self, practice, desk, page, medicine, monkeypatch):
        lot = practice.lot(medicine, 40)
        narrowed(desk, page.list, medicine)

        def full(*_):
            raise OSError("No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr(desk.context.drafts, "keep", full)
            self.note(desk, page, lot, 38)
            desk.until(lambda: "can't keep a copy" in page.notice.words.text())
        desk.until(page.notice.isHidden)
        assert desk.context.drafts.read(stock_count.PLACE).values["lots"][0]["counted"] == 38

    def test_nothing_is_kept_of_a_count_that_was_begun_anew(self, practice, desk, page, medicine):
        lot = practice.lot(medicine, 40)
        narrowed(desk, page.list, medicine)
        self.note(desk, page, lot, 38)
        page._forget()
        page.hide()
        assert not stock_count.make_page(desk.context, "").counted

    def test_a_lot_counted_by_mistake_is_uncounted(self, practice, desk, page, medicine):
        first, second = practice.lot(medicine, 40, 100), practice.lot(medicine, 7, 200)
        narrowed(desk, page.list, medicine)
        self.note(desk, page, first, 38)
        self.note(desk, page, second, 6)
        self.note(desk, page, first, "")
        assert list(page.counted) == [second["_id"]]
        expected = {first["_id"]: None, second["_id"]: 6}
        desk.until(lambda: {row["_id"]: row.get("counted") for row in rows(page.list)} == expected)

    def test_a_number_that_cannot_be_says_so_and_is_not_booked(self, practice, desk, page, medicine):
        first, second = practice.lot(medicine, 40, 100), practice.lot(medicine, 7, 200)
        narrowed(desk, page.list, medicine)
        self.note(desk, page, first, 38)
        self.note(desk, page, second, 6221025)
        assert page._wrong.text() == stock_count.TOO_MANY
        page.book.click()
        desk.settle()
        assert desk.window.findChild(Ask) is None
        assert (list(page.counted), page.number.text()) == ([first["_id"]], "6221025")

    def test_what_was_typed_last_is_booked_as_well(self, practice, desk, page, medicine):
        lot = practice.lot(medicine, 40)
        narrowed(desk, page.list, medicine)
        self.note(desk, page, lot, 38)
        page.number.setText("37")
        page.book.click()
        desk.until(lambda: desk.window.findChild(Ask) is not None)
        assert "from 40 to 37" in desk.window.findChild(Ask)._explained.text()

    def test_its_margins_and_its_scroll_bar_change_sides_with_the_direction(self, desk, page):
        bar, table = page.list.findChild(EndBar), page.list.table
        page.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        margins = page._columns.contentsMargins()
        assert margins.left() > margins.right() == 0
        assert bar.mapTo(table, QPoint()).x() < table.width() / 2
        page.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        assert bar.mapTo(table, QPoint()).x() > table.width() / 2


class TestReceiving:
    @pytest.fixture
    def form(self, desk, qtbot):
        page = desk.show(deliveries.make_page(desk.context, "new"))
        qtbot.waitUntil(lambda: page.form.fields.rows["supplier"].editor.line.completer() is not None)
        return page.form

    def test_it_begins_today_with_a_line_and_that_counts_as_nothing_typed(self, practice, form):
        rows = form.fields.rows
        assert rows["day"].clean() == practice.pharmacist.locale.today().isoformat()
        assert len(rows["lots"].editor.parts) == 1
        assert form.fields.edited_rows() == []

    def test_enter_leads_from_line_to_line_and_takes_none_away(self, form, qtbot):
        (part,) = form.fields.rows["lots"].editor.parts
        last = part.rows[-1].findChild(QLineEdit)
        last.setFocus()
        QTest.keyClick(last, Qt.Key.Key_Return)
        add = form.fields.rows["lots"].editor.add
        qtbot.waitUntil(add.hasFocus)
        QTest.keyClick(add, Qt.Key.Key_Return)
        assert len(form.fields.rows["lots"].editor.parts) == 2

    def test_who_delivered_before_is_completed_as_it_was_written(self, practice, medicine, desk, qtbot):
        lot = {"medicine": medicine["_id"], "lot": "AB1", "expires": "2030-01-31", "quantity": 5}
        values = {"supplier": "Delta Drug House", "day": practice.pharmacist.locale.today().isoformat(), "lots": [lot]}
        DELIVERIES.create(practice.pharmacist, values, operation())
        page = desk.show(deliveries.make_page(desk.context, "new"))
        line = page.form.fields.rows["supplier"].editor.line
        qtbot.waitUntil(lambda: line.completer() is not None)
        line.setFocus()
        QTest.keyClicks(line, "delta d")
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert page.form.fields.rows["supplier"].clean() == "Delta Drug House"
        # Spelled out too, and saved before the field is left.
        line.setText("delta drug  house")
        assert page.form.fields.rows["supplier"].clean() == "Delta Drug House"

    def test_it_says_how_what_was_entered_wrongly_is_put_right(self, practice, medicine, desk):
        lot = {"medicine": medicine["_id"], "lot": "AB2", "expires": "2030-01-31", "quantity": 5}
        values = {"supplier": "Delta Drug House", "day": practice.pharmacist.locale.today().isoformat(), "lots": [lot]}
        row = DELIVERIES.create(practice.pharmacist, values, operation())
        page = desk.show(deliveries.make_page(desk.context, ""))
        desk.until(lambda: row["_id"] in [one["_id"] for one in rows(page) if one])
        choose(desk, page, row)
        assert "Correct…" in action(page, "howCorrected").text()
        action(page, "toLots").click()
        assert desk.went == [("stock_lots", "")]

    def test_it_is_taken_back_with_a_reason_and_says_so(self, practice, medicine, desk):
        lot = {"medicine": medicine["_id"], "lot": "AB3", "expires": "2030-01-31", "quantity": 5}
        values = {"supplier": "Delta Drug House", "day": practice.pharmacist.locale.today().isoformat(), "lots": [lot]}
        row = DELIVERIES.create(practice.pharmacist, values, operation())
        page = desk.show(deliveries.make_page(desk.context, ""))
        desk.until(lambda: row["_id"] in [one["_id"] for one in rows(page) if one])
        choose(desk, page, row)
        action(page, "takeDeliveryBack").click()
        answer(desk, reason="Of another clinic")
        desk.until(lambda: (said := action(page, "takenBack")) is not None and "Of another clinic" in said.text())
        desk.until(lambda: action(page, "takeDeliveryBack") is None)
        column = next(one for one in page.pages.columns if one.name == "day")
        assert column.status(next(one for one in rows(page) if one["_id"] == row["_id"])) == "taken-back"
        assert desk.told()[-1] == "The delivery of Delta Drug House is taken back"

    def test_lots_are_several(self, form):
        row = form.fields.rows["lots"]
        row.editor.set_raw([])
        assert row.check() is None
        assert row.problem == "Lots are needed."

    def test_the_list_begins_with_the_newest(self, desk, practice, medicine, qtbot):
        page = desk.show(deliveries.make_page(desk.context, ""))
        assert (page.filters.order, page.filters.descending) == ("created_at", True)
