"""The main window: its rail, its bar, and the pages one goes to and comes back to."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from hmsdesk import navigation
from hmsdesk.security.permissions import STAFF_ROLES, Role
from hmsdesk.views.kit import frame, theme
from hmsdesk.views.kit import page as kit_page
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.rail import Rail
from tests.views.windows import RTL, shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

GROUPS = [
    frame.NavGroup(
        "Front desk",
        [
            frame.NavItem("today", "Today", "home-outline"),
            frame.NavItem("patients", "Patients", "account-multiple-outline"),
        ],
    ),
    frame.NavGroup("Money", [frame.NavItem("invoices", "Invoices", "receipt-text-outline")]),
]


class Page(QWidget):
    """A page with two fields."""

    def __init__(self, module: str, record_id: str) -> None:
        super().__init__()
        self.place = (module, record_id)
        self.fields = [QLineEdit(), QLineEdit()]
        column = QVBoxLayout(self)
        for field in self.fields:
            column.addWidget(field)
        self.setFocusProxy(self.fields[0])


@pytest.fixture
def window(qtbot):
    made: list[Page] = []

    def make(module: str, record_id: str) -> Page:
        made.append(Page(module, record_id))
        made[-1].came_from = window.came_from()
        return made[-1]

    window = frame.Frame(GROUPS, make)
    window.made = made
    window.resize(1366, 768)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window


def test_a_page_is_made_at_its_first_visit_only(window) -> None:
    assert window.made == []
    window.navigate("today")
    window.navigate("patients")
    window.navigate("today")
    assert [page.place for page in window.made] == [("today", ""), ("patients", "")]
    assert window.page() is window.made[0]


def test_each_record_has_its_page(window) -> None:
    window.navigate("patients", "a")
    window.navigate("patients", "b")
    assert window.place() == ("patients", "b")
    assert len(window.made) == 2


def test_it_is_known_whence_one_came_whatever_records_of_the_same_module_lie_between(window) -> None:
    assert window.came_from() is None
    for place in (("today", ""), ("patients", ""), ("patients", "a"), ("invoices", "begin/a"), ("invoices", "b")):
        window.navigate(*place)
    assert window.came_from() == ("patients", "a")
    window.navigate("invoices")
    window.navigate("invoices", "b")
    assert window.came_from() == ("invoices", "")


def test_a_page_knows_whence_one_came_while_it_is_made(window) -> None:
    window.navigate("today")
    window.navigate("calendar", "2026-11-22")
    window.navigate("appointments", "book")
    assert window.page().came_from == ("calendar", "2026-11-22")


def test_a_page_may_stand_in_another_place_of_the_rail(qtbot) -> None:
    class Booking(kit_page.Page):
        stands_under = "invoices"

    window = frame.Frame(GROUPS, lambda module, record: Booking() if record else Page(module, record))
    qtbot.addWidget(window)
    window.navigate("today")
    assert window.rail._items["today"].current
    window.navigate("today", "book")
    assert [name for name, item in window.rail._items.items() if item.current] == ["invoices"]


def test_back_and_forward(window, qtbot) -> None:
    for place in (("today", ""), ("patients", ""), ("patients", "a")):
        window.navigate(*place)
    window.back()
    assert window.place() == ("patients", "")
    window.back()
    assert window.place() == ("today", "")
    window.back()
    assert window.place() == ("today", "")
    window.forward()
    window.forward()
    assert window.place() == ("patients", "a")
    window.forward()
    assert window.place() == ("patients", "a")


def test_going_somewhere_else_ends_the_way_forward(window) -> None:
    window.navigate("today")
    window.navigate("patients")
    window.back()
    window.navigate("invoices")
    window.forward()
    assert window.place() == ("invoices", "")
    window.back()
    assert window.place() == ("today", "")


def test_going_where_one_is_leaves_no_trace(window) -> None:
    window.navigate("today")
    window.navigate("patients")
    window.navigate("patients")
    window.back()
    assert window.place() == ("today", "")


def test_returning_restores_the_field_one_was_in(window, qtbot) -> None:
    window.navigate("patients")
    window.made[0].fields[1].setFocus()
    qtbot.waitUntil(window.made[0].fields[1].hasFocus)
    window.navigate("today")
    qtbot.waitUntil(window.made[1].fields[0].hasFocus)
    window.back()
    assert window.made[0].fields[1].hasFocus()


class Form(kit_page.Page):
    """A page with two fields that is begun at the first, and with a key of its own."""

    def __init__(self, module: str, record_id: str) -> None:
        super().__init__()
        self.fields = [QLineEdit(), QLineEdit()]
        for field in self.fields:
            self._column.addWidget(field)
        self.begin_at(self.fields[0])
        self.key_came = 0
        on_key(self, "Ctrl+N", "New", self._on_key)

    def _on_key(self) -> None:
        self.key_came += 1


@pytest.fixture
def forms(qtbot):
    """A window whose pages are forms, on the first of them."""
    frame_of_forms = frame.Frame(GROUPS, Form)
    # It stands beside the pages as the search and the way back in do.
    beside = QLineEdit()
    window = shown(qtbot, beside, frame_of_forms)
    frame_of_forms.beside, frame_of_forms.handle = beside, window.windowHandle()
    frame_of_forms.navigate("today")
    qtbot.waitUntil(frame_of_forms.page().fields[0].hasFocus)
    return frame_of_forms


def test_a_new_page_is_shown_a_turn_after_it_was_made(forms, qtbot) -> None:
    former = forms.page()
    forms.navigate("patients")
    page = forms.page()
    # A turn of the event loop has no work of both in it.
    assert not page.isVisible()
    assert not former.isVisible()
    qtbot.waitUntil(page.fields[0].hasFocus)


def test_what_is_typed_before_a_page_is_shown_is_typed_there_in_its_order(forms, qtbot) -> None:
    former = forms.page()
    forms.navigate("patients")
    keys = [*"amak", Qt.Key.Key_Backspace, "l", Qt.Key.Key_Tab, *"xyz"]
    for key in keys:
        QTest.keyClick(forms.handle, key)
    first, second = forms.page().fields
    assert (first.text(), second.text()) == ("amal", "xyz")
    # What was still to be done to show it has nothing left to do.
    qtbot.wait(20)
    assert second.hasFocus()
    assert forms.page().isVisible()
    assert former.fields[0].text() == ""


def test_what_is_typed_for_a_page_that_one_leaves_at_once_stays_there(forms) -> None:
    forms.navigate("patients")
    left = forms.page()
    QTest.keyClick(forms.handle, "x")
    forms.navigate("invoices")
    QTest.keyClick(forms.handle, "y")
    assert (left.fields[0].text(), forms.page().fields[0].text()) == ("x", "y")


def test_a_key_of_a_page_works_before_the_page_is_shown(forms) -> None:
    former = forms.page()
    forms.navigate("patients")
    QTest.keyClick(forms.handle, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert (forms.page().key_came, former.key_came) == (1, 0)


def test_who_has_gone_elsewhere_before_a_page_is_shown_keeps_the_keyboard(forms, qtbot) -> None:
    forms.navigate("patients")
    forms.beside.setFocus()
    qtbot.waitUntil(forms.page().isVisible)
    assert forms.beside.hasFocus()
    QTest.keyClick(forms.handle, "x")
    assert (forms.beside.text(), forms.page().fields[0].text()) == ("x", "")
    forms.come_back()
    assert forms.page().fields[0].hasFocus()


def test_whoever_goes_on_before_a_page_was_shown_never_sees_it(window, qtbot) -> None:
    window.navigate("today")
    window.navigate("patients", "a")
    window.close_page("patients", "a")
    window.navigate("patients")
    qtbot.waitUntil(window.made[2].isVisible)
    assert window.page() is window.made[2]
    assert not window.made[0].isVisible()
    window.back()
    qtbot.waitUntil(window.made[0].isVisible)


def test_alt_and_arrows_go_back_and_forward(window, qtbot) -> None:
    window.navigate("today")
    window.navigate("patients")
    QTest.keySequence(window, "Alt+Left")
    assert window.place() == ("today", "")
    QTest.keySequence(window, "Alt+Right")
    assert window.place() == ("patients", "")


def test_a_closed_page_is_forgotten(window, qapp: QApplication) -> None:
    window.navigate("patients")
    window.navigate("patients", "a")
    gone = window.page()
    window.close_page("patients", "a")
    assert window.place() == ("patients", "")
    window.forward()
    assert window.place() == ("patients", "")
    qapp.sendPostedEvents(gone, 52)  # QEvent.Type.DeferredDelete
    assert not isValid(gone)
    window.navigate("patients", "a")
    assert len(window.made) == 3


def test_tab_passes_by_nothing_that_lies_before_where_a_page_begins(qtbot) -> None:
    page, above, first = kit_page.Page(), QPushButton("Back"), QLineEdit()
    page._column.addWidget(above)
    page._column.addWidget(first)
    page.begin_at(first)
    before = QLineEdit()
    shown(qtbot, before, page)
    page.setFocus()
    assert first.hasFocus()
    before.setFocus()
    QTest.keyClick(before, Qt.Key.Key_Tab)
    assert above.hasFocus()


def test_the_list_one_came_from_is_known_however_deep_one_is(window) -> None:
    window.navigate("today")
    assert window.list_behind() == ""
    window.navigate("patients", "a")
    window.navigate("today", "book/a")
    assert window.list_behind() == "today"


def test_whoever_leaves_a_form_by_saving_goes_back_past_where_they_are(window) -> None:
    window.navigate("today")
    window.navigate("patients", "a")
    window.navigate("today", "book/a")
    window.navigate("patients", "a")
    window.close_page("today", "book/a")
    window.back()
    assert window.place() == ("today", "")


def test_old_pages_are_given_up_but_never_one_with_something_unsaved(window) -> None:
    window.navigate("patients", "unsaved")
    window.page().setWindowModified(True)
    for n in range(frame.PAGES_KEPT + 5):
        window.navigate("patients", str(n))
    made = len(window.made)
    window.navigate("patients", "unsaved")
    window.navigate("patients", str(frame.PAGES_KEPT))
    assert len(window.made) == made
    window.navigate("patients", "0")
    assert len(window.made) == made + 1


def test_the_rail_navigates_and_marks_where_one_is(window, qtbot) -> None:
    patients = window.findChild(QWidget, "rail-patients")
    qtbot.mouseClick(patients, Qt.MouseButton.LeftButton)
    assert window.place() == ("patients", "")
    assert patients.current
    assert not window.findChild(QWidget, "rail-today").current
    assert patients.accessibleDescription() == "Current page"
    window.navigate("patients", "a")
    assert patients.current


def test_the_rail_works_by_key(window, qtbot) -> None:
    today, patients = window.findChild(QWidget, "rail-today"), window.findChild(QWidget, "rail-patients")
    today.setFocus()
    qtbot.keyClick(today, Qt.Key.Key_Down)
    assert patients.hasFocus()
    qtbot.keyClick(patients, Qt.Key.Key_Return)
    assert window.place() == ("patients", "")
    patients.setFocus()
    qtbot.keyClick(patients, Qt.Key.Key_Up)
    assert today.hasFocus()


def test_the_current_item_stands_at_the_windows_edge_on_either_side(window) -> None:
    window.navigate("today")
    item = window.findChild(QWidget, "rail-today")

    def accent_columns() -> set[int]:
        image = item.grab().toImage()
        return {x for x in range(image.width()) if image.pixelColor(x, 8) == theme.color("accent")}

    assert {0, 1, 2} <= accent_columns()
    window.setLayoutDirection(RTL)
    width = item.width()
    assert {width - 3, width - 2, width - 1} <= accent_columns()
    assert 0 not in accent_columns()


def test_pages_under_a_folded_heading_are_shown_when_it_is_pressed_or_one_is_there(qtbot) -> None:
    stock = frame.NavGroup("Stock", [frame.NavItem("lots", "Lots and expiry", "package-variant-closed")], folded=True)
    clinic = frame.NavGroup("Clinic", [frame.NavItem("staff", "Staff", "doctor")], folded=True)
    day = frame.NavGroup("My day", [frame.NavItem("today", "Today", "home-outline")])
    rail = Rail([day, stock, clinic])
    shown(qtbot, rail)
    lots, staff = rail.findChild(QWidget, "rail-lots"), rail.findChild(QWidget, "rail-staff")
    assert (lots.isVisible(), staff.isVisible()) == (False, False)
    heading = rail.findChild(QWidget, "fold-Stock")
    heading.setFocus()
    qtbot.keyClick(heading, Qt.Key.Key_Return)
    assert lots.isVisible()
    qtbot.keyClick(heading, Qt.Key.Key_Down)
    assert lots.hasFocus()
    qtbot.mouseClick(heading, Qt.MouseButton.LeftButton)
    assert not lots.isVisible()
    rail.set_current("staff")
    assert staff.isVisible()


def test_one_who_does_everything_sees_each_day_s_pages_and_finds_the_others_folded() -> None:
    groups = navigation.groups_for(Role.SOLO)
    assert [group.heading for group in groups if not group.folded] == ["My day", "Care", "Money"]
    care = next(group for group in groups if group.heading == "Care")
    assert [item.word for item in care.items] == ["Visits", "Prescriptions", "Note templates", "Dispense"]
    everywhere = {item.module for group in groups for item in group.items}
    assert everywhere == {one.name for one in navigation.MODULES if one.in_rail and one.is_for(Role.SOLO)}
    assert not any(group.folded for role in Role if role is not Role.SOLO for group in navigation.groups_for(role))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("audit", "trail"),
        ("settings", "preferences"),
        ("users", "accounts"),
        ("Holiday", "clinic_days"),
        ("acc", "accounts"),
        ("specialties", "departments"),
    ],
)
def test_a_page_is_found_by_other_words_for_it(typed: str, found: str) -> None:
    assert [one.name for one in navigation.MODULES if one.is_meant(typed) and one.is_for(Role.ADMINISTRATOR)] == [found]


def test_a_letter_or_two_find_pages_by_their_names_alone() -> None:
    assert "trail" not in [one.name for one in navigation.MODULES if one.is_meant("lo")]


def test_a_low_window_scrolls_the_rail(window, qtbot) -> None:
    window.resize(1366, 150)
    qtbot.waitUntil(lambda: window.height() == 150)
    area = window.rail.findChild(QScrollArea)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_every_page_of_a_role_is_in_sight_on_a_small_screen_beside_the_system_s_own_bar(role, qtbot) -> None:
    rail = Rail(navigation.groups_for(role))
    qtbot.addWidget(rail)
    rail.resize(theme.RAIL, 768 - 40 - theme.TOP_BAR)
    with qtbot.waitExposed(rail):
        rail.show()
    assert rail.findChild(QScrollArea).verticalScrollBar().maximum() == 0


def test_the_sizes_of_the_pictures(window) -> None:
    window.navigate("today")
    assert window.top.height() == theme.TOP_BAR
    assert window.rail.width() == theme.RAIL
    search = window.top.search
    assert (search.x(), search.width(), search.height()) == (176, 392, theme.CONTROL)
    assert window.findChild(QWidget, "rail-today").mapTo(window, search.rect().topLeft()).y() == 89


def test_ctrl_k_asks_for_the_palette_and_so_does_the_field(window, qtbot) -> None:
    window.navigate("today")
    for act in (
        lambda: QTest.keySequence(window, "Ctrl+K"),
        lambda: qtbot.mouseClick(window.top.search, Qt.MouseButton.LeftButton),
        lambda: qtbot.keyClick(window.top.search, Qt.Key.Key_Return),
    ):
        with qtbot.waitSignal(window.top.search_requested) as signal:
            act()
        assert signal.args == [""]
    with qtbot.waitSignal(window.top.search_requested) as signal:
        qtbot.keyClicks(window.top.search, "m")
    assert signal.args == ["m"]


def test_the_bar_says_where_and_who(window) -> None:
    window.top.set_place("Nile Family Clinic", "Reception desk 1")
    window.top.person.set_person("Dr Sara El-Masry", "Family medicine")
    assert window.findChild(QLabel, "clinic").text() == "Nile Family Clinic"
    assert window.findChild(QLabel, "workstation").text() == "Reception desk 1"
    assert window.top.person.accessibleName() == "Dr Sara El-Masry, Family medicine"


def test_the_connection_is_told_in_a_word(window) -> None:
    chip = window.findChild(QWidget, "connection")
    for says, answers, hears in (
        ("Reconnecting", False, True),
        ("Reconnecting", True, False),
        ("Connected", True, True),
    ):
        window.top.set_answers(answers)
        window.top.set_hears(hears)
        assert chip.accessibleName().startswith(says)


def test_the_person_opens_the_menu(window, qtbot) -> None:
    left: list[bool] = []
    person = window.top.person
    person.set_person("Mona Adel", "Reception")
    person.menu.addAction("Sign out").triggered.connect(lambda: left.append(True))
    qtbot.keyClick(person, Qt.Key.Key_Return)
    qtbot.waitUntil(person.menu.isVisible)
    qtbot.keyClick(person.menu, Qt.Key.Key_Down)
    qtbot.keyClick(person.menu, Qt.Key.Key_Return)
    assert left == [True]


def test_nothing_of_the_bar_is_cut_off_in_a_narrow_window(window, qtbot) -> None:
    window.top.set_place("Nile Family Clinic", "Reception desk 1")
    window.top.person.set_person("Mona Adel", "Reception")
    window.resize(900, 600)
    qtbot.waitUntil(lambda: window.width() == 900)
    person = window.top.person
    assert person.mapTo(window, person.rect().topRight()).x() < 900
    assert person.width() == person.sizeHint().width()


def test_mirrored_the_rail_is_at_the_right_and_the_brand_in_the_corner(window, qtbot) -> None:
    window.setLayoutDirection(RTL)
    qtbot.waitUntil(lambda: window.rail.x() == 1366 - theme.RAIL)
    search = window.top.search
    assert search.x() + search.width() == 1366 - 176


def test_everything_that_can_be_pressed_has_a_name(window) -> None:
    window.navigate("today")
    for widget in window.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(widget, QLineEdit):
            assert widget.accessibleName(), widget


def test_a_message_stays_above_the_next_page(window) -> None:
    window.navigate("today")
    toast = window.toasts.show("Saved")
    window.navigate("patients")
    on_top = window.childAt(toast.geometry().center())
    assert on_top is toast or toast.isAncestorOf(on_top)
    assert toast.geometry().bottom() == window.height() - 17


def test_a_page_with_a_long_name_on_it_does_not_make_the_window_wider(window, qtbot):
    window.navigate("patients", "")
    window.made[-1].fields[0].setMinimumWidth(3000)
    window.navigate("invoices", "")
    qtbot.wait(50)
    assert window.minimumSizeHint().width() < 1366
    assert window.width() == 1366
