"""The table of a list: keyboard, selection, scroll, what is copied and what is painted."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest

from hmsdesk.models.departments import Department
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.cells import CellDelegate
from hmsdesk.views.kit.marks import matches
from hmsdesk.views.kit.page_model import PageModel
from hmsdesk.views.kit.table import Table
from tests.views.keeper import EGYPT, Keeper, Session, Treatment

SESSION = Session()


def departments(number):
    return [{"name": f"Department {n:05}", "code": f"D{n}"} for n in range(number)]


@pytest.fixture
def tabled(qtbot):
    def build(keeper, **question):
        model = PageModel(keeper.record, lambda query: keeper.page(SESSION, query), EGYPT)
        table = Table(model)
        table.setItemDelegate(CellDelegate(table))
        model.setParent(table)
        qtbot.addWidget(table)
        table.resize(900, 400)
        table.show()
        model.ask(**question)
        settle(qtbot)
        return table

    return build


def settle(qtbot):
    qtbot.waitUntil(lambda: not tasks.busy())


def current(table):
    row = table.current_row()
    return row["name"] if row else None


def top_name(table):
    row = table.pages.row_at(table.rowAt(0))
    return row["name"] if row else None


def press(table, key, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(table, key, modifier)


def colours(table, line, section=0):
    rect = table.visualRect(table.pages.index(line, section))
    image: QImage = table.viewport().grab(rect).toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def pixel(table, line, x, section=0):
    rect = table.visualRect(table.pages.index(line, section))
    return table.viewport().grab(rect).toImage().pixelColor(x, rect.height() // 2)


def test_rows_and_header_are_as_high_as_everywhere(tabled):
    table = tabled(Keeper(Department, departments(3)))
    assert table.rowHeight(0) == theme.ROW
    assert table.horizontalHeader().height() == theme.TABLE_HEADER


def test_the_first_row_is_selected_and_told(tabled):
    table = tabled(Keeper(Department, departments(3)))
    assert current(table) == "Department 00000"


def test_columns_at_the_end_give_way_to_the_name(tabled):
    table = tabled(Keeper(Department, departments(1)))
    table.resize(1400, 400)
    assert not any(table.isColumnHidden(n) for n in range(6))
    table.resize(700, 400)
    assert [table.isColumnHidden(n) for n in range(6)] == [False, False, False, False, True, True]
    assert table.columnWidth(0) >= table.name_at_least
    assert sum(table.columnWidth(n) for n in range(6) if not table.isColumnHidden(n)) == table.viewport().width()


def test_arrows_move_and_enter_opens(qtbot, tabled):
    table = tabled(Keeper(Department, departments(5)))
    press(table, Qt.Key.Key_Down)
    press(table, Qt.Key.Key_Down)
    press(table, Qt.Key.Key_Up)
    with qtbot.waitSignal(table.opened) as opened:
        press(table, Qt.Key.Key_Return)
    assert opened.args[0]["name"] == "Department 00001"


def test_holding_the_down_key_walks_through_the_whole_list(qtbot, tabled):
    table = tabled(Keeper(Department, departments(180)))
    for _ in range(179):
        press(table, Qt.Key.Key_Down)
        settle(qtbot)
    assert current(table) == "Department 00179"


def test_end_and_home_go_to_the_ends_of_the_whole_list(qtbot, tabled):
    table = tabled(Keeper(Department, departments(1000)))
    press(table, Qt.Key.Key_End)
    settle(qtbot)
    assert current(table) == "Department 00999"
    assert table.rowAt(table.viewport().height() - 1) in (-1, table.currentIndex().row())
    for _ in range(60):
        press(table, Qt.Key.Key_Up)
        settle(qtbot)
    assert current(table) == "Department 00939"
    press(table, Qt.Key.Key_Home)
    settle(qtbot)
    assert current(table) == "Department 00000"
    assert top_name(table) == "Department 00000"


def test_letters_typed_together_jump_to_their_row(qtbot, tabled):
    names = [f"{c}{d}{n:02}" for c in "AB" for d in "xy" for n in range(60)]
    table = tabled(Keeper(Department, [{"name": name, "code": name} for name in names]))
    QTest.keyClicks(table, "by")
    settle(qtbot)
    assert current(table) == "By00"
    assert top_name(table) == "By00"
    press(table, Qt.Key.Key_Up)
    settle(qtbot)
    assert current(table) == "Bx59"


def test_rows_that_arrive_above_do_not_move_what_is_in_view(qtbot, tabled):
    table = tabled(Keeper(Department, departments(500)))
    press(table, Qt.Key.Key_End)
    settle(qtbot)
    bar = table.verticalScrollBar()
    bar.setValue(bar.value() - 700)
    before = top_name(table), table.rowViewportPosition(table.rowAt(0))
    rows = len(table.pages.rows)
    settle(qtbot)
    assert len(table.pages.rows) > rows
    assert (top_name(table), table.rowViewportPosition(table.rowAt(0))) == before


def test_scrolling_to_the_end_of_what_is_there_never_shows_an_end_that_is_none(qtbot, tabled):
    table = tabled(Keeper(Department, departments(400)))
    bar = table.verticalScrollBar()
    while not table.pages.complete():
        bar.setValue(bar.maximum())
        settle(qtbot)
    assert len(table.pages.rows) == 400


def test_a_change_elsewhere_keeps_selection_and_scroll(qtbot, tabled):
    keeper = Keeper(Department, departments(300))
    table = tabled(keeper)
    ids = list(keeper.rows)
    for _ in range(40):
        press(table, Qt.Key.Key_Down)
        settle(qtbot)
    top = top_name(table)
    for gone in ids[:5]:
        keeper.remove(gone)
    keeper.alter(ids[40], name="Department 00042 b")
    told = []
    table.selected.connect(told.append)
    table.pages.refresh()
    qtbot.waitUntil(lambda: current(table) == "Department 00042 b")
    settle(qtbot)
    assert top_name(table) == top
    assert told[-1]["name"] == "Department 00042 b"


def test_only_a_declared_order_is_offered_by_the_header(qtbot, tabled):
    table = tabled(Keeper(Department, departments(3)))
    asked = []
    table.header.sort_asked.connect(asked.append)
    for section in (0, 2, 3):
        place = QPoint(table.header.sectionViewportPosition(section) + 20, 10)
        QTest.mouseClick(table.header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == ["name", "code"]


def test_copying_gives_the_selected_rows_with_tabs(tabled):
    table = tabled(Keeper(Treatment, [{"name": f"Dressing {n}", "price": "350", "minutes": 10} for n in range(4)]))
    press(table, Qt.Key.Key_Down)
    press(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    press(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Dressing 1\t350.00\t10 min\t–\nDressing 2\t350.00\t10 min\t–"


def test_the_selected_row_has_a_bar_at_its_start(tabled, qapp):
    table = tabled(Keeper(Department, departments(3)))
    accent, soft = QColor(theme.tokens().accent), QColor(theme.tokens().accent_soft)
    assert pixel(table, 0, 1) == accent
    assert pixel(table, 0, 6) == soft
    assert pixel(table, 1, 1) == QColor(theme.tokens().surface_raised)
    width = table.columnWidth(0)
    table.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert pixel(table, 0, width - 2) == accent
    assert pixel(table, 0, 1) == soft


def test_numbers_stand_on_the_right_in_both_directions(tabled):
    table = tabled(Keeper(Treatment, [{"name": "Dressing", "price": "350"}]))
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        table.setLayoutDirection(direction)
        rect = table.visualRect(table.pages.index(0, 1))
        image = table.viewport().grab(rect).toImage()
        ground = QColor(theme.tokens().accent_soft)
        inked = [x for x in range(image.width()) if image.pixelColor(x, rect.height() // 2) != ground]
        assert min(inked) > rect.width() // 3
        assert max(inked) > rect.width() - 20


def test_what_the_search_found_is_underlined(qtbot, tabled):
    table = tabled(Keeper(Department, departments(3)), text="dep")
    press(table, Qt.Key.Key_Down)
    assert theme.tokens().accent.lower() in colours(table, 2)
    table.pages.ask()
    settle(qtbot)
    assert theme.tokens().accent.lower() not in colours(table, 2)


def test_a_retired_record_says_so(qtbot, tabled):
    keeper = Keeper(Department, [{"name": "Alpha", "code": "A"}, {"name": "Beta", "code": "B", "active": False}])
    table = tabled(keeper)
    soft = theme.tokens().neutral_soft.lower()
    assert soft in colours(table, 1)
    keeper.alter(list(keeper.rows)[1], active=True)
    table.pages.refresh()
    qtbot.waitUntil(lambda: table.pages.row_at(1)["version"] == 2)
    assert soft not in colours(table, 1)


def test_the_other_name_is_muted_and_left_out_where_it_does_not_fit(tabled):
    keeper = Keeper(Treatment, [{"name": "Dressing " * 4, "name_ar": "غيار على الجرح"}])
    table = tabled(keeper)
    muted = theme.tokens().text_muted.lower()
    assert muted in colours(table, 0)
    table.setColumnWidth(0, 280)
    assert muted not in colours(table, 0)


@pytest.mark.parametrize(
    ("text", "sought", "found"),
    [
        ("Mohamed Ali Hassan", ["moh", "ali"], ["Moh", "Ali"]),
        ("Mohamed Ali Hassan", ["has", "x"], ["Has"]),
        ("Émile-Zoé", ["e", "zo"], ["É", "Zo"]),
        ("Straße", ["stras"], ["Straß"]),
        ("محمد علي", ["مح"], ["مح"]),
        ("أحمد", ["ا"], ["أ"]),
        ("مُحَمَّد", ["محم"], ["مُحَمَّ"]),
        ("محـــمد", ["محم"], ["محـــم"]),
        ("0100 555 0112", ["010055"], ["0100 55"]),
        ("BK-4821-7", ["bk", "48"], ["BK", "48"]),
        ("Dressing", ["ssing"], []),
        ("", ["a"], []),
    ],
)
def test_beginnings_of_words_are_found_in_either_script(text, sought, found):
    assert [text[start:end] for start, end in matches(text, sought)] == found


def test_who_goes_to_a_new_row_with_ctrl_still_held_has_chosen_that_one_alone(tabled, qtbot):
    keeper = Keeper(Department, departments(5))
    table = tabled(keeper)
    table.seek(table.pages.row_at(3)["_id"])
    QTest.keyPress(table, Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.keyboardModifiers() == Qt.KeyboardModifier.ControlModifier
    table.pages.refresh()
    settle(qtbot)
    QTest.keyRelease(table, Qt.Key.Key_Control)
    assert [index.row() for index in table.selectionModel().selectedRows()] == [3]
