"""The palette of Ctrl+K."""

import threading

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from hmsdesk.errors import UserError
from hmsdesk.views.kit import palette, tasks
from hmsdesk.views.kit.palette import Entry, Palette, Source
from tests.views.windows import shown
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

PAGES = ["Today", "Patients", "Calendar"]


class Finder:
    """A source that remembers what it was asked, what was opened, and on which thread."""

    def __init__(self, *titles: str) -> None:
        self.titles = titles
        self.asked: list[str] = []
        self.opened: list[str] = []
        self.threads: list[threading.Thread] = []
        self.gate: threading.Event | None = None

    def __call__(self, words: str) -> list[Entry]:
        self.asked.append(words)
        self.threads.append(threading.current_thread())
        if self.gate and words == "m":
            self.gate.wait(PATIENCE_S)
        found = [title for title in self.titles if words.lower() in title.lower()]
        return [Entry(title, words, "home-outline", lambda title=title: self.opened.append(title)) for title in found]


@pytest.fixture
def pages() -> Finder:
    return Finder(*PAGES)


@pytest.fixture
def people() -> Finder:
    return Finder("Mohamed Ali", "Mona Adel")


@pytest.fixture
def opened(qtbot, pages: Finder, people: Finder):
    window = shown(qtbot, QWidget())
    window.resize(1000, 700)

    def make(typed: str = "", sources: list[Source] | None = None) -> Palette:
        one = Palette(window, sources or [Source("Patients", people, remote=True), Source("Pages", pages)], typed)
        one.show()
        return one

    return make


def rows(one: Palette) -> list[str]:
    model = one.list.model()
    return [model.data(model.index(row, 0)) for row in range(model.rowCount())]


def note(one: Palette) -> str:
    return one.findChild(QLabel, "paletteNote").text()


def test_pages_are_there_before_anything_is_typed(opened, people: Finder, qtbot) -> None:
    one = opened()
    assert rows(one) == ["Pages", *PAGES]
    assert one.chosen().title == "Today"
    qtbot.wait(palette.PAUSE_MS * 2)
    assert people.asked == []


def test_it_takes_the_keys_as_soon_as_it_opens(opened, pages: Finder, qtbot) -> None:
    one = opened("c")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is one.field)
    QTest.keyClicks(QApplication.focusWidget(), "al")
    assert one.field.text() == "cal", "what was typed in the bar is not selected and typed over"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert pages.opened == ["Calendar"]


def test_its_corners_are_cut_off_so_that_they_are_never_black(opened) -> None:
    one = opened("c")
    corners = (one.rect().topLeft(), one.rect().topRight(), one.rect().bottomLeft(), one.rect().bottomRight())
    assert not any(one.mask().contains(corner) for corner in corners)
    assert one.mask().contains(one.rect().center())


def test_typing_filters_and_asks_the_server_off_this_thread(opened, people: Finder, qtbot) -> None:
    one = opened()
    one.field.setFocus()
    qtbot.keyClicks(one.field, "mo")
    assert note(one) == "Searching…"
    qtbot.waitUntil(lambda: "Mona Adel mo" in rows(one))
    assert rows(one)[0] == "Patients"
    assert people.asked == ["mo"]  # once, after a pause
    assert people.threads[0] is not threading.main_thread()
    assert note(one) == ""


def test_a_late_answer_to_an_old_question_is_dropped(opened, people: Finder, qtbot) -> None:
    people.gate = threading.Event()
    one = opened("m")
    qtbot.waitUntil(lambda: people.asked == ["m"])
    one.field.setText("mohamed")
    qtbot.waitUntil(lambda: "Mohamed Ali mohamed" in rows(one))
    people.gate.set()
    qtbot.waitUntil(lambda: not tasks.busy())
    assert rows(one) == ["Patients", "Mohamed Ali mohamed"]
    assert note(one) == ""


def test_the_keyboard_goes_past_headings_and_opens(opened, pages: Finder, qtbot) -> None:
    sources = [Source("Pages", pages), Source("More", Finder("Table"))]
    one = opened("t", sources)
    assert rows(one) == ["Pages", "Today t", "Patients t", "More", "Table t"]
    for expected in ("Patients", "Table", "Table"):
        qtbot.keyClick(one.field, Qt.Key.Key_Down)
        assert one.chosen().title == expected
    for expected in ("Patients", "Today", "Today"):
        qtbot.keyClick(one.field, Qt.Key.Key_Up)
        assert one.chosen().title == expected
    qtbot.keyClick(one.field, Qt.Key.Key_Return)
    assert pages.opened == ["Today"]
    assert not one.isVisible()


def test_a_click_opens_and_a_heading_doesnt(opened, pages: Finder, qtbot) -> None:
    one = opened()
    heading, entry = (one.list.visualRect(one.list.model().index(row, 0)).center() for row in (0, 2))
    qtbot.mouseClick(one.list.viewport(), Qt.MouseButton.LeftButton, pos=heading)
    assert one.isVisible()
    assert pages.opened == []
    qtbot.mouseMove(one.list.viewport(), heading)
    assert one.chosen().title == "Today"
    qtbot.mouseClick(one.list.viewport(), Qt.MouseButton.LeftButton, pos=entry)
    assert pages.opened == ["Patients"]


def test_escape_closes_and_opens_nothing(opened, pages: Finder, qtbot) -> None:
    one = opened()
    qtbot.keyClick(one.field, Qt.Key.Key_Escape)
    assert not one.isVisible()
    assert pages.opened == []


def test_nothing_found_is_said_and_enter_does_nothing(opened, qtbot) -> None:
    one = opened("zzz")
    qtbot.waitUntil(lambda: note(one) == "Nothing found")
    assert one.chosen() is None
    qtbot.keyClick(one.field, Qt.Key.Key_Return)
    assert one.isVisible()


def test_a_failure_is_said_and_the_rest_stays(opened, pages: Finder, qtbot) -> None:
    def fail(words: str) -> list[Entry]:
        raise UserError("The server doesn't answer.")

    one = opened("t", [Source("Patients", fail, remote=True), Source("Pages", pages)])
    qtbot.waitUntil(lambda: note(one) == "The server doesn't answer.")
    assert "Today t" in rows(one)


def test_the_first_is_chosen_when_more_arrives_above_it(opened, people: Finder, qtbot) -> None:
    people.titles = ("Today Ali",)
    one = opened("toda")
    assert one.chosen().title == "Today"
    qtbot.waitUntil(lambda: "Today Ali toda" in rows(one))
    assert one.chosen().title == "Today Ali"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert people.opened == ["Today Ali"]


def test_what_the_person_went_to_stays_chosen_when_more_arrives(opened, people: Finder, qtbot) -> None:
    people.titles = ("Matt",)
    one = opened("t")
    qtbot.keyClick(one.field, Qt.Key.Key_Down)
    assert one.chosen().title == "Patients"
    qtbot.waitUntil(lambda: "Matt t" in rows(one))
    assert one.chosen().title == "Patients"
    QTest.keyClicks(QApplication.focusWidget(), "t")
    qtbot.waitUntil(lambda: "Matt tt" in rows(one))
    assert one.chosen().title == "Matt", "who types on begins anew"


def test_what_was_typed_in_the_bar_is_taken_over(opened, qtbot) -> None:
    one = opened("cal")
    assert one.field.text() == "cal"
    assert "Calendar cal" in rows(one)


def test_it_hangs_in_the_middle_below_the_bar(opened) -> None:
    one = opened()
    window = one.parentWidget().window()
    place = window.mapFromGlobal(one.mapToGlobal(QPoint(0, 0)))
    assert place.x() == (window.width() - one.width()) // 2
    assert place.y() == palette.TOP
