"""Messages that don't stop the work."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QTextLayout
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton, QToolButton, QWidget

from hmsdesk.errors import UserError
from hmsdesk.views.kit import theme, toast
from hmsdesk.views.kit.buttons import primary
from tests.views.windows import RTL, colours

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def page(qtbot) -> QWidget:
    page = QWidget()
    page.resize(1000, 600)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    return page


@pytest.fixture
def toasts(page: QWidget, monkeypatch: pytest.MonkeyPatch) -> toast.Toasts:
    monkeypatch.setattr(toast, "SHOWN_MS", 200)
    return toast.Toasts(page)


def _texts(one: QWidget) -> list[str]:
    return [label.text() for label in one.findChildren(QLabel) if not label.isHidden()]


def test_the_keyboard_stays_where_it_is(page: QWidget, toasts: toast.Toasts, qtbot) -> None:
    """A label that is shown before it has a place is a window for a moment, and takes the keyboard with it."""
    page.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is page)
    toasts.show("Booked", "Friday, 10:20", action=("Undo", lambda: None))
    QApplication.processEvents()
    assert QApplication.activeWindow() is page


def test_a_message_says_two_lines_and_leaves(toasts: toast.Toasts, qtbot) -> None:
    one = toasts.show("Omar moved to 12:00", "with Dr Karim")
    assert _texts(one) == ["Omar moved to 12:00", "with Dr Karim"]
    assert toasts.shown() == [one]
    qtbot.waitUntil(lambda: toasts.shown() == [])


def test_an_arabic_name_does_not_turn_the_words_around_it(toasts: toast.Toasts) -> None:
    one = toasts.show("محمد علي is registered", "Booked: Dr هدى, 10:20")
    title, text = _texts(one)
    assert (title, text) == ("\u2068محمد علي\u2069 is registered", "Booked: Dr \u2068هدى\u2069, 10:20")
    layout = QTextLayout(title)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    # The name stands first, at the left.
    assert line.cursorToX(len(title) - 1)[0] > line.cursorToX(len("\u2068محمد علي\u2069 "))[0] > 0


def test_what_asks_for_an_answer_waits_for_it(toasts: toast.Toasts, qtbot) -> None:
    answers = []
    question = toasts.show_question("Something was not saved", "Mona", ("Open", lambda: answers.append("open")))
    for number in range(toast.KEPT + 1):
        toasts.show(f"Message {number}")
    qtbot.waitUntil(lambda: toasts.shown() == [question])
    QTest.mouseMove(question)
    QApplication.sendEvent(question, QEvent(QEvent.Type.Leave))
    qtbot.wait(2 * toast.SHOWN_MS)
    assert toasts.shown() == [question]
    question.findChild(QPushButton, "toastAction").click()
    assert answers == ["open"]
    assert toasts.shown() == []


def test_eight_seconds_is_what_is_promised() -> None:
    assert toast.SHOWN_MS == 8000


def test_it_stays_while_it_is_pointed_at(page: QWidget, qtbot, monkeypatch) -> None:
    toasts = toast.Toasts(page)
    one = toasts.show("Saved")
    # Where the pointer of the platform stands is the affair of every window of the run.
    pointer = [one.mapToGlobal(one.rect().center())]
    monkeypatch.setattr(toast.QCursor, "pos", lambda: pointer[0])
    one._clock.setInterval(50)
    one.start()
    qtbot.wait(200)
    assert toasts.shown() == [one]
    pointer[0] = QPoint(0, 0)
    qtbot.waitUntil(lambda: toasts.shown() == [])


def test_it_stands_at_the_bottom_end_the_newest_lowest(toasts: toast.Toasts, page: QWidget) -> None:
    first, second = toasts.show("First"), toasts.show("Second")
    assert second.geometry().bottom() == page.height() - 17
    assert second.geometry().right() == page.width() - 17
    assert second.height() == toast.HEIGHT
    assert first.geometry().bottom() == second.y() - 9


def test_it_never_covers_what_is_kept_clear(toasts: toast.Toasts, page: QWidget) -> None:
    foot = QWidget(page)
    foot.setGeometry(0, 540, 1000, 60)
    foot.show()
    toasts.keep_clear(foot)
    shown = toasts.show("Saved")
    assert not shown.geometry().intersects(foot.geometry())
    foot.hide()
    assert shown.geometry().intersects(foot.geometry())
    foot.show()
    assert not shown.geometry().intersects(foot.geometry())


def test_it_never_covers_the_button_that_leads_on_whichever_page_comes_below_it(
    toasts: toast.Toasts, page: QWidget, qtbot
) -> None:
    first, second = toasts.show("Saved"), toasts.show("Booked")
    for one in (first, second):
        one.stay()
    at_the_bottom = second.geometry()
    other = QWidget(page)
    other.setGeometry(page.rect())
    leads_on = primary("Check in")
    leads_on.setParent(other)
    leads_on.move(page.width() - 200, page.height() - 50)
    other.show()
    qtbot.waitUntil(lambda: second.geometry().bottom() < leads_on.y())
    assert first.geometry().bottom() < second.y()
    other.hide()
    qtbot.waitUntil(lambda: second.geometry() == at_the_bottom)


def test_it_moves_with_the_page(toasts: toast.Toasts, page: QWidget, qtbot) -> None:
    one = toasts.show("Saved")
    page.resize(800, 500)
    qtbot.waitUntil(lambda: one.geometry().right() == 800 - 17 and one.geometry().bottom() == 500 - 17)


def test_mirrored_it_stands_at_the_left(toasts: toast.Toasts, page: QWidget) -> None:
    page.setLayoutDirection(RTL)
    assert toasts.show("Saved").x() == 16


def test_its_edge_has_the_colour_of_its_status(toasts: toast.Toasts) -> None:
    good, bad = toasts.show("Saved"), toasts.show("Refused", tone="danger")
    assert theme.tokens().good in colours(good)
    assert theme.tokens().danger in colours(bad)
    assert theme.tokens().good not in colours(bad)


def test_its_action_is_done_once_and_ends_it(toasts: toast.Toasts, qtbot) -> None:
    undone: list[bool] = []
    one = toasts.show("Moved", action=("Undo", lambda: undone.append(True)))
    qtbot.mouseClick(one.findChild(QPushButton, "toastAction"), Qt.MouseButton.LeftButton)
    assert undone == [True]
    assert toasts.shown() == []


@pytest.mark.parametrize("by_key", [False, True])
def test_it_can_be_sent_away(toasts: toast.Toasts, qtbot, by_key: bool) -> None:
    one = toasts.show("Moved")
    cross = one.findChild(QToolButton, "toastClose")
    if by_key:
        qtbot.keyClick(cross, Qt.Key.Key_Escape)
    else:
        qtbot.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert toasts.shown() == []


def test_progress_stays_until_it_ends(toasts: toast.Toasts, qtbot) -> None:
    cancelled: list[bool] = []
    one = toasts.show_progress("Importing patients", cancel=lambda: cancelled.append(True))
    one.set_progress(1312, 2480, "Importing patients: 1,312 of 2,480")
    qtbot.wait(400)
    assert toasts.shown() == [one]
    assert one.findChild(QProgressBar).value() == 1312
    assert _texts(one) == ["Importing patients: 1,312 of 2,480"]
    qtbot.mouseClick(one.findChild(QPushButton, "toastAction"), Qt.MouseButton.LeftButton)
    assert cancelled == [True]


def test_pointing_at_progress_doesnt_start_its_clock(toasts: toast.Toasts, page: QWidget, qtbot) -> None:
    one = toasts.show_progress("Importing")
    QTest.mouseMove(page.windowHandle(), one.geometry().center())
    QTest.mouseMove(page.windowHandle(), QPoint(5, 5))
    qtbot.wait(400)
    assert toasts.shown() == [one]


def test_a_failure_is_told_in_its_own_words(toasts: toast.Toasts) -> None:
    one = toasts.show_problem(UserError("Not saved.", "The server doesn't answer. " * 8))
    assert _texts(one)[0] == "Not saved."
    assert one.height() > toast.HEIGHT
    text = one.findChild(QLabel, "toastText")
    assert text.height() >= text.heightForWidth(text.width())


def test_what_people_typed_is_no_markup(toasts: toast.Toasts) -> None:
    one = toasts.show("<b>Omar</b>")
    assert one.findChild(QLabel, "toastTitle").textFormat() == Qt.TextFormat.PlainText


def test_the_oldest_makes_room(toasts: toast.Toasts) -> None:
    shown = [toasts.show(str(n)) for n in range(toast.KEPT + 2)]
    assert toasts.shown() == shown[2:]


def test_progress_never_makes_room(toasts: toast.Toasts) -> None:
    going_on = toasts.show_progress("Importing")
    for n in range(toast.KEPT + 2):
        toasts.show(str(n))
    assert toasts.shown()[0] is going_on
    assert len(toasts.shown()) == toast.KEPT
