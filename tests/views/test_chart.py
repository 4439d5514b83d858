"""A chart of values over time: lines told apart twice, walked through with the keyboard, and the table behind it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chart import Line, LineChart, Point, Sparkline
from hmsdesk.views.kit.chart_scale import nice_ticks, time_ticks
from hmsdesk.views.kit.data_table import DataTable, Figure, Figures
from tests.views.windows import RTL, colours, shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

MARCH = datetime(2026, 3, 2, 10, tzinfo=UTC)
TIMES = [MARCH + timedelta(days=30 * n) for n in range(9)]


def line(name="systolic", colour="accent", marker="circle", values=range(130, 139), limits=()):
    points = tuple(Point(at, v, str(v), "High" if v > 135 else "") for at, v in zip(TIMES, values, strict=True))
    return Line(name, colour, marker, points, limits)


def made(qtbot, *lines, direction=Qt.LayoutDirection.LeftToRight):
    chart = LineChart()
    chart.setFixedSize(560, 280)
    chart.show_lines("Blood pressure, mmHg", lines, "mmHg")
    shown(qtbot, chart, direction=direction)
    return chart


class TestChart:
    def test_each_line_has_its_colour_and_limits_have_theirs(self, qtbot):
        chart = made(qtbot, line(limits=(140,)), line("diastolic", "info", "square", range(80, 89), (90,)))
        painted = colours(chart)
        for token in ("accent", "info", "good", "line"):
            assert theme.color(token).name().upper() in painted

    def test_arrows_walk_through_the_times_and_say_what_was_measured(self, qtbot):
        chart = made(qtbot, line(), line("diastolic", "info", "square", range(80, 89)))
        chart.setFocus()
        QTest.keyClick(chart, Qt.Key.Key_Left)
        assert chart.accessibleDescription() == "28 Oct 2026, 10:00: systolic 138 High, diastolic 88"
        QTest.keyClick(chart, Qt.Key.Key_Left)
        assert [point.value for _, point in chart.pointed()] == [137, 87]
        QTest.keyClick(chart, Qt.Key.Key_Home)
        QTest.keyClick(chart, Qt.Key.Key_Left)
        assert [point.at for _, point in chart.pointed()] == [MARCH, MARCH]
        QTest.keyClick(chart, Qt.Key.Key_End)
        QTest.keyClick(chart, Qt.Key.Key_Right)
        assert chart.pointed()[0][1].at == TIMES[-1]

    def test_the_pointer_shows_the_nearest_time_until_it_leaves(self, qtbot):
        chart = made(qtbot, line())
        chart.clearFocus()
        QTest.mouseMove(chart, QPoint(62, 100))
        qtbot.waitUntil(lambda: [point.at for _, point in chart.pointed()] == [MARCH])
        QTest.mouseMove(chart, QPoint(62, 1))
        QTest.mouseMove(chart, QPoint(555, 279))
        qtbot.waitUntil(lambda: chart.pointed() == [])

    def test_time_runs_left_to_right_also_in_an_arabic_window(self, qtbot):
        chart = made(qtbot, line(), direction=RTL)
        plot = chart._plot()
        xs = [chart._x(plot, at) for at in TIMES]
        assert xs == sorted(xs)
        chart.setFocus()
        QTest.keyClick(chart, Qt.Key.Key_Home)
        QTest.keyClick(chart, Qt.Key.Key_Right)
        assert chart.pointed()[0][1].at == TIMES[1]

    def test_what_one_was_at_stays_when_more_is_measured(self, qtbot):
        chart = made(qtbot, line())
        chart.setFocus()
        QTest.keyClick(chart, Qt.Key.Key_Home)
        chart.show_lines("Blood pressure", [line(values=range(140, 149))], "mmHg")
        assert [point.value for _, point in chart.pointed()] == [140]

    def test_one_value_alone_and_none_are_painted_too(self, qtbot):
        chart = made(qtbot, Line("", "accent", "circle", (Point(MARCH, 36.8, "36.8"),)))
        assert theme.color("accent").name().upper() in colours(chart)
        chart.show_lines("Nothing", [], "")
        QTest.keyClick(chart, Qt.Key.Key_Left)
        chart.clearFocus()
        assert theme.color("accent").name().upper() not in colours(chart)

    def test_a_trend_says_its_values(self, qtbot):
        trend = Sparkline()
        trend.show_values([120, 128], "Systolic pressure before: 120, 128")
        shown(qtbot, trend)
        assert trend.accessibleName().endswith("120, 128")
        assert theme.color("accent").name().upper() in colours(trend)


class TestScale:
    @given(st.lists(st.floats(0, 1000).map(lambda one: round(one, 1)), min_size=1, max_size=50), st.floats(60, 900))
    def test_the_lines_are_evenly_apart_around_all_values(self, values, height):
        ticks = nice_ticks(values, height)
        assert 2 <= len(ticks) <= 8
        assert ticks[0] <= min(values)
        assert ticks[-1] >= max(values)
        steps = {round(after - before, 4) for before, after in pairwise(ticks)}
        assert len(steps) == 1

    @given(
        st.integers(0, 9000).map(lambda days: MARCH - timedelta(days=days, minutes=7 * days)),
        st.timedeltas(timedelta(0), timedelta(days=9000)),
        st.integers(200, 1500),
    )
    def test_the_labels_of_time_are_in_order_and_have_room(self, first, span, width):
        ticks = time_ticks(first, first + span, width)
        moments = [at for at, _ in ticks]
        assert moments == sorted(set(moments)) or len(ticks) == 2
        assert 1 <= len(ticks) <= max(2, width // 52)
        assert all(first <= at <= first + span and words for at, words in ticks)

    def test_a_year_is_told_where_it_begins(self):
        minutes = datetime(2026, 11, 20, 13, 16, tzinfo=UTC), datetime(2026, 11, 20, 13, 24, tzinfo=UTC)
        assert [words for _, words in time_ticks(*minutes, 400)] == ["13:16", "13:24"]
        ticks = time_ticks(datetime(2025, 11, 20, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC), 700)
        assert [words for _, words in ticks][:3] == ["Dec", "Jan 2026", "Feb"]


class Recorder(QPainter):
    """Keeps the words that are drawn with it."""

    drawn = ()

    def drawText(self, *what):
        self.drawn = [*self.drawn, what[-1]]


class TestTable:
    FIGURES = Figures(
        ("Measured", "Systolic pressure, mmHg"),
        ((Figure("17 Nov 2026, 10:24"), Figure("148", "High")), (Figure("3 Sep 2026, 09:00", struck=True), Figure(""))),
    )

    def test_what_is_abnormal_is_a_word_a_colour_and_bold(self, qtbot):
        table = DataTable("Values")
        table.show_figures(self.FIGURES)
        shown(qtbot, table)
        cell = table.model().index(0, 1)
        assert cell.data() == "148 High"
        assert cell.data(Qt.ItemDataRole.ForegroundRole) == theme.color("danger")
        assert cell.data(Qt.ItemDataRole.FontRole).bold()
        assert table.model().index(1, 0).data(Qt.ItemDataRole.FontRole).strikeOut()
        assert table.model().index(1, 1).data() == "–"

    def test_dates_and_headings_keep_their_order_in_an_arabic_window(self, qtbot):
        table = DataTable("Values")
        table.show_figures(self.FIGURES)
        paper = QImage(200, 40, QImage.Format.Format_RGB32)
        painter = Recorder(paper)
        option = QStyleOptionViewItem()
        option.rect = QRect(0, 0, 200, 40)
        table.itemDelegate().paint(painter, option, table.model().index(0, 0))
        painter.end()
        assert painter.drawn == ["\u206817 Nov 2026, 10:24\u2069"]
        assert table.model().headerData(1, Qt.Orientation.Horizontal) == "\u2068Systolic pressure, mmHg\u2069"

    def test_it_is_copied_with_its_headings(self, qtbot):
        table = DataTable("Values")
        table.show_figures(self.FIGURES)
        shown(qtbot, table)
        table.setFocus()
        QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        whole = "Measured\tSystolic pressure, mmHg\n17 Nov 2026, 10:24\t148 High\n3 Sep 2026, 09:00\t"
        assert QGuiApplication.clipboard().text() == whole
        table.selectRow(0)
        QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert QGuiApplication.clipboard().text().endswith("148 High")
        QGuiApplication.clipboard().clear()

    def test_enter_opens_the_row_one_is_at(self, qtbot):
        table = DataTable("Values")
        table.show_figures(self.FIGURES)
        shown(qtbot, table)
        opened = []
        table.opened.connect(opened.append)
        table.setCurrentIndex(table.model().index(1, 0))
        QTest.keyClick(table, Qt.Key.Key_Return)
        assert opened == [1]
