"""A table shows what it would show if all of it were painted anew, whatever was scrolled, pointed at or chosen."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from hmsdesk.models.departments import Department
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.cells import CellDelegate
from tests.views.keeper import Keeper
from tests.views.test_table import departments, press, settle, tabled  # noqa: F401 - a fixture
from tests.views.windows import double_click

RIGHT_TO_LEFT, LEFT_TO_RIGHT = Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(params=[LEFT_TO_RIGHT, RIGHT_TO_LEFT], ids=["left to right", "right to left"])
def table(tabled, qtbot, request):  # noqa: F811
    table = tabled(Keeper(Department, departments(200)))
    table.setLayoutDirection(request.param)
    table.activateWindow()
    table.setFocus()
    return table


def shows_itself(table):
    """Whether what was painted bit by bit is what is painted at once. A grab paints anew, the screen's doesn't."""
    painted = table.screen().grabWindow(table.winId()).toImage()
    anew = table.grab().toImage()
    return painted.convertToFormat(QImage.Format.Format_RGB32) == anew.convertToFormat(QImage.Format.Format_RGB32)


def move_to(widget, x, line):
    window = widget.window()
    QTest.mouseMove(window.windowHandle(), widget.mapTo(window, QPoint(x, line * theme.ROW + 10)))


def scroll(table, pixels):
    bar = table.verticalScrollBar()
    bar.setValue(bar.value() + pixels)


DEEDS = {
    "chosen with the keyboard": lambda table: press(table, Qt.Key.Key_Down),
    "gone to without choosing": lambda table: [press(table, Qt.Key.Key_Down, CTRL) for _ in range(3)],
    "several chosen": lambda table: press(table, Qt.Key.Key_Down, SHIFT),
    "scrolled by rows": lambda table: scroll(table, 3 * theme.ROW),
    "scrolled by less": lambda table: scroll(table, 7),
    "scrolled twice at once": lambda table: (scroll(table, 50), scroll(table, -13)),
    "pointed at": lambda table: (move_to(table.viewport(), 200, 4), scroll(table, theme.ROW)),
    "fetched anew": lambda table: table.pages.refresh(),
    "at the end": lambda table: press(table, Qt.Key.Key_End),
    "larger": lambda table: table.resize(1100, 600),
    "left by the keyboard": lambda table: table.clearFocus(),
    "with fewer columns": lambda table: table.leave_out(["code"]),
    "turned round": lambda table: table.setLayoutDirection(LEFT_TO_RIGHT if table.isRightToLeft() else RIGHT_TO_LEFT),
    "without rows": lambda table: table.pages.ask(text="zzz"),
}


def test_nothing_that_was_painted_before_is_left_behind(table, qtbot):
    for name, deed in DEEDS.items():
        deed(table)
        settle(qtbot)
        qtbot.wait(20)
        assert shows_itself(table), name


def test_a_look_that_was_changed_is_everywhere(table, qtbot, qapp):
    scroll(table, 3 * theme.ROW)
    for dark in (True, False):
        theme.apply(qapp, dark)
        scroll(table, theme.ROW)
        qtbot.wait(20)
        assert shows_itself(table)


def test_a_scroll_paints_only_the_rows_that_come_into_sight(table, qtbot):
    painted = []

    class Noting(CellDelegate):
        def paint(self, painter, option, index):
            painted.append(index.row())
            super().paint(painter, option, index)

    table.setItemDelegate(Noting(table))

    def rests():
        painted.clear()
        qtbot.wait(50)
        return not painted

    qtbot.waitUntil(rests)
    scroll(table, 3 * theme.ROW)
    qtbot.waitUntil(lambda: bool(painted))
    _, last = table.visible_lines()
    # Besides, that which the mouse is on now, wherever it stands, and that which it was on.
    assert len({line for line in painted if line < last - 4}) <= 2
    assert max(painted) == last


@pytest.mark.parametrize(("number", "scrolls"), [(3, False), (200, True)])
def test_rows_go_on_beneath_the_scroll_bar_which_is_only_seen_where_one_can_scroll(tabled, number, scrolls):  # noqa: F811
    bar = tabled(Keeper(Department, departments(number))).verticalScrollBar()
    strip = bar.grab().toImage()
    middle = strip.width() // 2
    assert strip.pixelColor(0, theme.ROW // 2) == theme.color("accent_soft")
    assert strip.pixelColor(0, 2 * theme.ROW - 1) == theme.color("line")
    assert (strip.pixelColor(middle, theme.ROW // 2) == theme.color("line_strong")) is scrolls


def test_a_click_on_the_end_of_a_row_means_the_row_where_nothing_is_to_be_scrolled(tabled, qtbot):  # noqa: F811
    table = tabled(Keeper(Department, departments(5)))
    bar, place = table.verticalScrollBar(), QPoint(6, 3 * theme.ROW + 10)
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=place)
    assert table.current_row()["name"] == "Department 00003"
    with qtbot.waitSignal(table.opened):
        double_click(bar, place)


def test_what_the_mouse_has_left_is_pointed_at_no_more(table, qtbot):
    move_to(table.viewport(), 200, 4)
    qtbot.waitUntil(lambda: table.pointed_line == 4)
    move_to(table.verticalScrollBar(), 6, 7)
    qtbot.waitUntil(lambda: table.pointed_line == -1)
