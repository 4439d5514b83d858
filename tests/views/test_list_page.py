"""The generated list page: search, filters, order, states, the pane beside it, retiring and export."""

import csv
import stat
import sys
import threading
from functools import partial
from types import SimpleNamespace

import pytest
from bson import ObjectId
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QMenu, QWidget

from hmsdesk.controllers.listing import Query
from hmsdesk.errors import Unreachable
from hmsdesk.models.departments import Department
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.contract import Found
from hmsdesk.views.kit.export import Rows, harmless, write_csv
from hmsdesk.views.kit.filter_popups import SearchPopup
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.toast import Toasts
from hmsdesk.views.kit.values import columns
from hmsdesk.views.kit.words import Label
from tests.views.keeper import EGYPT, Keeper, Session, Treatment
from tests.views.windows import RTL
from tests.waiting import PATIENCE_S

# Popups on the platform without a screen.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CLINIC = [
    {"name": "Cardiology", "name_ar": "أمراض القلب", "code": "CARD", "phone": "0100 555 0112", "floor": "2"},
    {"name": "Dermatology", "code": "DERM", "active": False},
    {"name": "Emergency", "name_ar": "الطوارئ", "code": "ER"},
]


@pytest.fixture
def paged(qtbot):
    def build(keeper, session=None, lookup=None):
        window = QWidget()
        qtbot.addWidget(window)
        window.resize(1200, 700)
        page = ListPage(keeper, session or Session(), Toasts(window), lookup)
        page.setParent(window)
        page.setGeometry(window.rect())
        window.show()
        window.activateWindow()
        page.setFocus()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
        settle(qtbot)
        return page

    return build


def settle(qtbot):
    qtbot.waitUntil(lambda: not tasks.busy())


def names(page):
    return [row["name"] for row in page.pages.rows]


def foot(page):
    return page.area.foot.words.text()


def shown_text(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def click(page, name):
    QTest.mouseClick(page.findChild(QAbstractButton, name), Qt.MouseButton.LeftButton)


def choose_from_menu(qtbot, words):
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.close()


def test_the_search_field_has_the_focus_when_the_page_opens(paged):
    page = paged(Keeper(Department, CLINIC))
    assert QApplication.focusWidget() is page.filters.search


def test_searching_while_typing_asks_once_typing_pauses(qtbot, paged):
    keeper = Keeper(Department, CLINIC)
    page = paged(keeper)
    QTest.keyClicks(page.filters.search, "card")
    qtbot.waitUntil(lambda: names(page) == ["Cardiology"])
    settle(qtbot)
    assert [query.text for query in keeper.asked] == ["", "card"]
    assert foot(page) == "1 of 3 departments · sorted by name"


def test_a_search_in_the_other_script_finds_the_same(qtbot, paged):
    page = paged(Keeper(Department, CLINIC))
    page.filters.search.setText("امراض")
    qtbot.waitUntil(lambda: names(page) == ["Cardiology"])


@pytest.mark.parametrize("text", ["$ne", '{"$gt": ""}', ".*", "ca'r\" or 1=1", "\u202edraC", "=8+8"])
def test_operators_in_a_search_are_text(qtbot, paged, text):
    page = paged(Keeper(Department, CLINIC))
    page.filters.search.setText(text)
    qtbot.waitUntil(lambda: "No department matches" in shown_text(page.area))
    assert names(page) == []


def test_escape_clears_the_search_at_once(qtbot, paged):
    page = paged(Keeper(Department, CLINIC))
    QTest.keyClicks(page.filters.search, "card")
    qtbot.waitUntil(lambda: len(names(page)) == 1)
    QTest.keyClick(page.filters.search, Qt.Key.Key_Escape)
    settle(qtbot)
    assert len(names(page)) == 3
    assert page.filters.search.text() == ""


def test_control_f_goes_to_the_search(qtbot, paged):
    page = paged(Keeper(Department, CLINIC))
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is page.filters.search


def test_the_keys_of_the_list_work_from_the_search_field(qtbot, paged):
    page = paged(Keeper(Department, CLINIC))
    QTest.keyClick(page.filters.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(page.open_asked) as asked:
        QTest.keyClick(page.filters.search, Qt.Key.Key_Return)
    assert asked.args[0]["name"] == "Dermatology"


def test_a_yes_or_no_filter_is_chosen_and_ended(qtbot, paged):
    page = paged(Keeper(Department, CLINIC))
    chip = page.filters.chips["active"]
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    choose_from_menu(qtbot, "Not in use")
    settle(qtbot)
    assert names(page) == ["Dermatology"]
    assert chip.text() == "Status: Not in use"
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Delete)
    settle(qtbot)
    assert len(names(page)) == 3


def test_a_reference_is_filtered_by_what_is_found_while_typing(qtbot, paged, monkeypatch):
    monkeypatch.setattr(Treatment.department, "filter", True)
    surgery = ObjectId()
    keeper = Keeper(Treatment, [{"name": "Dressing", "department": surgery}, {"name": "X-ray"}])
    asked = []

    def lookup(collection, text):
        asked.append((collection, text))
        return [Found(surgery, "Surgery", "الجراحة")]

    page = paged(keeper, lookup=lookup)
    QTest.mouseClick(page.filters.chips["department"], Qt.MouseButton.LeftButton)
    popup = page.findChild(SearchPopup)
    QTest.keyClicks(popup.findChild(QLineEdit), "sur")
    qtbot.waitUntil(lambda: ("departments", "sur") in asked)
    settle(qtbot)
    QTest.keyClick(popup.findChild(QLineEdit), Qt.Key.Key_Return)
    settle(qtbot)
    assert names(page) == ["Dressing"]
    assert page.filters.chips["department"].text() == "Department: Surgery"


def test_the_header_sorts_and_turns_round(qtbot, paged):
    page = paged(Keeper(Department, CLINIC))
    page.table.header.sort_asked.emit("code")
    settle(qtbot)
    assert foot(page) == "3 departments · sorted by code"
    page.table.header.sort_asked.emit("code")
    settle(qtbot)
    assert names(page) == ["Emergency", "Dermatology", "Cardiology"]
    assert (page.table.header.order, page.table.header.descending) == ("code", True)


def test_the_order_can_be_chosen_without_a_mouse(qtbot, paged):
    page = paged(Keeper(Department, CLINIC))
    page.filters.sort.click()
    choose_from_menu(qtbot, "From the last to the first")
    settle(qtbot)
    assert names(page)[0] == "Emergency"


def test_more_than_are_worth_counting_are_counted_no_further(qtbot, paged):
    page = paged(Keeper(Department, [{"name": f"D {n}", "code": f"D{n}"} for n in range(1200)]))
    assert foot(page) == "1,000+ departments · sorted by name"


def test_the_pane_follows_the_selection(qtbot, paged):
    page = paged(Keeper(Department, CLINIC))
    qtbot.waitUntil(lambda: "Cardiology" in shown_text(page.detail))
    texts = shown_text(page.detail)
    assert "أمراض القلب" in texts
    assert "\u20660100 555 0112\u2069" in texts
    QTest.keyClick(page.filters.search, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "Dermatology" in shown_text(page.detail))


def test_values_are_never_read_as_markup(qtbot, paged):
    page = paged(Keeper(Department, [{"name": "<b>Bold</b><img src=x>", "code": "X", "floor": "<h1>1</h1>"}]))
    qtbot.waitUntil(lambda: "<b>Bold</b><img src=x>" in shown_text(page.detail))
    assert all(
        label.textFormat() == Qt.TextFormat.PlainText for label in page.detail.findChildren(QLabel) if label.text()
    )


def test_adding_is_offered_only_to_whom_it_is_allowed(qtbot, paged):
    page = paged(Keeper(Department, CLINIC))
    with qtbot.waitSignal(page.add_asked):
        QTest.keyClick(page.filters.search, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    reader = paged(Keeper(Department, CLINIC), Session(allowed=("read",)))
    assert reader.findChild(QAbstractButton, "add") is None


def test_changing_is_offered_only_to_whom_it_is_allowed(qtbot, paged):
    page = paged(Keeper(Department, CLINIC), Session(allowed=("read",)))
    qtbot.waitUntil(lambda: page.findChild(Label, "detailTitle") is not None)
    assert page.findChild(QAbstractButton, "detailOpen") is None
    assert page.findChild(QAbstractButton, "detailInUse") is None


def test_retiring_can_be_undone(qtbot, paged):
    keeper = Keeper(Department, CLINIC)
    page = paged(keeper)
    cardiology = next(iter(keeper.rows))
    qtbot.waitUntil(lambda: page.findChild(QAbstractButton, "detailInUse") is not None)
    click(page, "detailInUse")
    settle(qtbot)
    assert keeper.rows[cardiology]["active"] is False
    undo = page.window().findChild(QAbstractButton, "toastAction")
    assert undo.text() == "Undo"
    undo.click()
    settle(qtbot)
    assert keeper.rows[cardiology]["active"] is True
    assert keeper.calls[0][2] != keeper.calls[1][2], "each is an operation of its own"


def test_retiring_what_somebody_else_changed_says_so_and_shows_it(qtbot, paged):
    keeper = Keeper(Department, CLINIC)
    page = paged(keeper)
    qtbot.waitUntil(lambda: page.findChild(QAbstractButton, "detailInUse") is not None)
    keeper.alter(next(iter(keeper.rows)), floor="3")
    click(page, "detailInUse")
    qtbot.waitUntil(lambda: page.table.current_row().get("floor") == "3")
    assert "Somebody else changed this." in shown_text(page.window())


def test_retiring_without_a_server_is_tried_again_as_the_same_operation(qtbot, paged):
    keeper = Keeper(Department, CLINIC)
    page = paged(keeper)
    qtbot.waitUntil(lambda: page.findChild(QAbstractButton, "detailInUse") is not None)
    keeper.fail_with = Unreachable("The server does not answer.")
    click(page, "detailInUse")
    settle(qtbot)
    keeper.fail_with = None
    again = page.window().findChild(QAbstractButton, "toastAction")
    assert again.text() == "Try again"
    again.click()
    settle(qtbot)
    assert next(iter(keeper.rows.values()))["active"] is False
    assert keeper.calls[0][2] == keeper.calls[1][2]


def test_an_empty_list_says_what_to_do_first(qtbot, paged):
    page = paged(Keeper(Department))
    assert "No departments yet" in shown_text(page.area)
    assert page.findChild(QAbstractButton, "add").isHidden(), "one primary action on a page"
    with qtbot.waitSignal(page.add_asked):
        QTest.mouseClick(page.area.state.findChild(QAbstractButton, "stateAction"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.add_asked):
        QTest.keyClick(page.filters.search, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)


def test_a_list_that_cannot_be_loaded_says_why_and_tries_again(qtbot, paged):
    keeper = Keeper(Department, CLINIC)
    keeper.fail_with = Unreachable("The server does not answer.")
    page = paged(keeper)
    assert "The list could not be loaded" in shown_text(page.area)
    keeper.fail_with = None
    click(page, "stateRetry")
    settle(qtbot)
    assert len(names(page)) == 3
    assert not page.area.state.isVisible()


def test_more_that_cannot_be_loaded_is_said_in_the_foot(qtbot, paged):
    keeper = Keeper(Department, [{"name": f"D {n:04}", "code": f"D{n}"} for n in range(200)])
    page = paged(keeper)
    keeper.fail_with = Unreachable("The server does not answer.")
    page.table.verticalScrollBar().setValue(page.table.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: foot(page) == "More could not be loaded.")
    keeper.fail_with = None
    click(page, "footRetry")
    settle(qtbot)
    assert len(names(page)) > 50


def test_slow_loading_shows_placeholders_and_can_be_cancelled(qtbot, paged):
    keeper = Keeper(Department, CLINIC)
    page = paged(keeper)
    keeper.gate.clear()
    page.filters.search.setText("card")
    qtbot.waitUntil(lambda: foot(page) == "Asking the server…")
    assert page.pages.slow
    page.area.foot.cancelled.emit()
    assert "The list could not be loaded" in shown_text(page.area)
    keeper.gate.set()


def test_a_change_elsewhere_shows_at_once_where_it_is_looked_at_and_later_where_not(qtbot, paged):
    keeper = Keeper(Department, CLINIC)
    page = paged(keeper)
    live = Live()
    live.follow(page, {"departments"}, page.refresh)
    news = SimpleNamespace(collection="departments", record=None)
    keeper.create(Session(), {"name": "Audiology", "code": "AUD"}, "one")
    live.changed.emit(news)
    qtbot.waitUntil(lambda: "Audiology" in names(page))
    qtbot.waitUntil(lambda: foot(page) == "4 departments · sorted by name")
    page.hide()
    keeper.create(Session(), {"name": "Dentistry", "code": "DEN"}, "two")
    asked = len(keeper.asked)
    live.changed.emit(news)
    QTest.qWait(300)
    assert len(keeper.asked) == asked
    page.show()
    qtbot.waitUntil(lambda: "Dentistry" in names(page))


def test_the_page_can_be_closed_while_it_loads(qtbot, paged):
    keeper = Keeper(Department, CLINIC)
    page = paged(keeper)
    keeper.gate.clear()
    page.filters.search.setText("card")
    QTest.qWait(200)
    page.deleteLater()
    QTest.qWait(50)
    keeper.gate.set()
    settle(qtbot)


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_export_writes_all_pages_of_what_is_listed(qtbot, paged, tmp_path):
    keeper = Keeper(Department, [{"name": f"D {n:04}", "code": f"D{n}"} for n in range(1200)])
    page = paged(keeper)
    page.filters.set_order("name", descending=True)
    page.filters.changed.emit()
    settle(qtbot)
    path = tmp_path / "departments.csv"
    page.export_to(path)
    settle(qtbot)
    rows = read_csv(path)
    assert rows[0] == ["Name", "Name in Arabic", "Code", "Specialty", "Floor or wing", "Phone"]
    assert [row[0] for row in rows[1:]] == [f"D {n:04}" for n in reversed(range(1200))]
    assert "1,200 departments exported" in shown_text(page.window())
    assert keeper.exported == [1200]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are the folder's there")
def test_only_the_person_may_read_the_file(qtbot, paged, tmp_path):
    page = paged(Keeper(Department, CLINIC))
    path = tmp_path / "departments.csv"
    path.write_text("old")
    path.chmod(0o644)
    page.export_to(path)
    settle(qtbot)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(text):
    assert harmless(text) == f"'{text}"


def test_what_was_given_back_is_a_number_below_zero():
    assert harmless("-20.25") == "-20.25"


def test_formulas_in_a_record_are_escaped_in_the_file(qtbot, paged, tmp_path):
    page = paged(Keeper(Department, [{"name": '=HYPERLINK("http://x")', "code": "X", "floor": "@1"}]))
    path = tmp_path / "departments.csv"
    page.export_to(path)
    settle(qtbot)
    assert read_csv(path)[1][0] == '\'=HYPERLINK("http://x")'
    assert read_csv(path)[1][4] == "'@1"


def test_numbers_are_exported_as_numbers(tmp_path):
    keeper = Keeper(Treatment, [{"name": "Dressing", "name_ar": "غيار", "price": "1350", "minutes": 1200}])
    path = tmp_path / "treatments.csv"
    source = Rows(partial(keeper.page, Session()), partial(keeper.note_export, Session()))
    assert write_csv(path, columns(Treatment, EGYPT), Query(), source, lambda _: True) == 1
    assert read_csv(path) == [
        ["Name", "Name in Arabic", "Price (EGP)", "Takes", "Department"],
        ["Dressing", "غيار", "1350.00", "1200", ""],
    ]


def test_a_cancelled_export_leaves_no_file(qtbot, paged, tmp_path):
    keeper = Keeper(Department, [{"name": f"D {n:04}", "code": f"D{n}"} for n in range(1200)])
    page = paged(keeper)
    second = threading.Event()
    fetch = keeper.page
    keeper.page = lambda session, query: (query.start and second.wait(PATIENCE_S), fetch(session, query))[1]
    export = page.export_to(tmp_path / "departments.csv")
    qtbot.waitUntil(lambda: "Exporting departments: 500" in shown_text(page.window()))
    export.cancel()
    second.set()
    settle(qtbot)
    tasks.stop()
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_that_the_trail_does_not_have(qtbot, paged, tmp_path):
    keeper = Keeper(Department, CLINIC)
    page = paged(keeper)

    def refuse(session, query, number):
        raise Unreachable("The server does not answer.")

    keeper.note_export = refuse
    page.export_to(tmp_path / "departments.csv")
    settle(qtbot)
    assert "The server does not answer." in shown_text(page.window())
    assert list(tmp_path.iterdir()) == []


def test_export_is_absent_where_it_is_not_allowed(paged):
    assert paged(Keeper(Department, CLINIC)).findChild(QAbstractButton, "export").isVisible()
    page = paged(Keeper(Department, CLINIC), Session(allowed=("read",)))
    assert page.findChild(QAbstractButton, "export") is None


def test_a_file_that_cannot_be_written_says_so(qtbot, paged, tmp_path):
    page = paged(Keeper(Department, CLINIC))
    page.export_to(tmp_path / "no such folder" / "departments.csv")
    settle(qtbot)
    assert "The file could not be saved." in shown_text(page.window())


def test_everything_has_a_name_for_a_screen_reader(paged):
    page = paged(Keeper(Department, CLINIC))
    interactive = (QAbstractButton, QLineEdit)
    unnamed = [w for kind in interactive for w in page.findChildren(kind) if w.isVisible() and not w.accessibleName()]
    assert [type(widget).__name__ for widget in unnamed] == []


def test_what_was_just_saved_becomes_the_current_row(qtbot, paged):
    keeper = Keeper(Department, CLINIC)
    page = paged(keeper)
    assert page.table.current_row()["name"] == "Cardiology"
    added = keeper.create(Session(), {"name": "Nephrology", "code": "NEPH"}, "an operation")
    page.go_to(added["_id"])
    qtbot.waitUntil(lambda: page.table.current_row()["name"] == "Nephrology")
    # Nobody is taken there again.
    page.table.setCurrentIndex(page.pages.index(0, 0))
    page.refresh()
    settle(qtbot)
    assert page.table.current_row()["name"] == "Cardiology"


def many(number):
    return [{"name": f"Department {n:05}", "code": f"D{n:05}"} for n in range(number)]


def test_what_was_just_saved_is_gone_to_however_far_down_the_list_it_is(qtbot, paged):
    keeper = Keeper(Department, many(1200))
    page = paged(keeper)
    added = keeper.create(Session(), {"name": "Department 00900 b", "code": "NEW"}, "an operation")
    page.go_to(added["_id"])
    qtbot.waitUntil(lambda: page.table.current_row()["name"] == "Department 00900 b")
    names = [row["name"] for row in page.pages.rows]
    assert names[:52] == [*(f"Department {n:05}" for n in range(851, 901)), "Department 00900 b", "Department 00901"]
    assert not page.pages.complete()
    # From there one goes on in both directions.
    page.pages.near(0, 10)
    settle(qtbot)
    assert page.pages.rows[0]["name"] == "Department 00801"
    assert page.table.current_row()["name"] == "Department 00900 b"


def test_where_the_list_is_narrowed_down_nobody_is_taken_to_what_it_does_not_find(qtbot, paged):
    keeper = Keeper(Department, many(1200))
    page = paged(keeper)
    page.filters.search.setText("department")
    qtbot.waitUntil(lambda: page.pages.query.text == "department")
    settle(qtbot)
    added = keeper.create(Session(), {"name": "Nephrology", "code": "NEPH"}, "an operation")
    page.go_to(added["_id"])
    settle(qtbot)
    assert page.table.current_row()["name"] == "Department 00000"
    assert page.pages.query.text == "department"


def test_the_search_begins_beside_its_lens_in_both_directions(qtbot, paged):
    field = paged(Keeper(Department, CLINIC)).filters.search

    def begins():
        # Where words stand is found out when they are painted.
        field.grab()
        return field.cursorRect().center().x()

    assert theme.SPACE_24 < begins() < field.width() / 2
    field.setLayoutDirection(RTL)
    assert field.width() / 2 < begins() < field.width() - theme.SPACE_24
    field.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert theme.SPACE_24 < begins() < field.width() / 2
