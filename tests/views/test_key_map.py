"""F1 lists what the keys do, as they are declared where they do it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from hmsdesk.views.kit import frame
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.key_map import KeyMap
from hmsdesk.views.kit.keys import KeyWords, keys_in, on_key, tell_keys

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

GROUPS = [frame.NavGroup("Front desk", [frame.NavItem("today", "Today", "home-outline")])]


@pytest.fixture
def page(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    QVBoxLayout(page)
    page.show()
    return page


def hold(widget, key, modifiers):
    """Pressed, and repeated by the keyboard until it is let go."""
    for repeated in (False, True, True):
        QTest.simulateEvent(widget, True, key, modifiers, "", repeated)
    QTest.simulateEvent(widget, False, key, modifiers, "", False)


def test_a_key_does_what_it_says(qtbot, page):
    done = []
    on_key(page, "Ctrl+J", "Jump", lambda: done.append(1))
    page.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is page)
    QTest.keyClick(page, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert done == [1]
    assert keys_in(page) == [KeyWords(("Ctrl+J",), "Jump")]


@pytest.mark.parametrize("repeats", [False, True])
def test_a_key_held_down_does_it_once_but_where_one_steps_through_something(qtbot, page, repeats):
    done = []
    on_key(page, "Ctrl+J", "Jump", lambda: done.append(1), repeats=repeats)
    page.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is page)
    hold(page, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert len(done) == (3 if repeats else 1)


def test_a_button_s_key_held_down_presses_it_once(qtbot, page):
    pressed = []
    button = primary("Save", "check", "Ctrl+S")
    button.clicked.connect(lambda: pressed.append(1))
    page.layout().addWidget(button)
    page.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is page)
    hold(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert pressed == [1]


def test_enter_is_called_what_stands_on_the_key(qtbot, page):
    button = primary("Save", "check", "Ctrl+Enter")
    page.layout().addWidget(button)
    qtbot.waitUntil(button.isVisible)
    assert keys_in(page) == [KeyWords(("Ctrl+Enter",), "Save")]


def test_a_button_s_key_goes_by_its_present_word(qtbot, page):
    button = primary("Dispense", "check", "Ctrl+Enter")
    page.layout().addWidget(button)
    qtbot.waitUntil(button.isVisible)
    button.set_text("Dispense in part")
    assert [one.words for one in keys_in(page)] == ["Dispense in part"]


def test_what_is_out_of_sight_or_asleep_is_left_out(page):
    hidden, asleep = primary("Hidden", "", "Ctrl+1"), on_key(page, "Ctrl+2", "Asleep", print)
    page.layout().addWidget(hidden)
    hidden.hide()
    asleep.setEnabled(False)
    assert keys_in(page) == []


def test_a_widget_tells_what_it_does_with_keys_by_itself(page):
    tell_keys(page, (("↑", "↓"), "Move"), ("Enter", "Open"))
    assert keys_in(page) == [KeyWords(("↑", "↓"), "Move"), KeyWords(("Enter",), "Open")]


def test_f1_shows_the_page_s_keys_and_those_that_work_everywhere(qtbot):
    def make(module, record):
        page = QWidget()
        on_key(page, "Ctrl+J", "Jump", print)
        return page

    window = frame.Frame(GROUPS, make)
    window.resize(1366, 768)
    qtbot.addWidget(window)
    window.show()
    window.navigate("today")
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    QTest.keyClick(window, Qt.Key.Key_F1)
    shown = window.findChild(KeyMap)
    words = [label.text() for label in shown.findChildren(QLabel)]
    assert words.index("On this page") < words.index("Jump") < words.index("Everywhere") < words.index("Back")
    assert words.count("Jump") == 1
    shown.reject()


def test_every_key_of_a_window_is_in_the_map(qtbot):
    window = frame.Frame(GROUPS, lambda module, record: QWidget())
    qtbot.addWidget(window)
    assert [key.key().toString() for key in window.findChildren(QShortcut) if not key.whatsThis()] == []


def test_as_many_keys_as_have_room_are_in_sight(qtbot, page):
    lines = [KeyWords((f"Ctrl+{n}",), "Everything that can be done with the chosen card") for n in range(6)]
    made = KeyMap(page, lines, lines[:2])
    made.open()
    qtbot.waitUntil(made.isVisible)
    qtbot.waitUntil(lambda: made._scroll.verticalScrollBar().maximum() == 0)
    assert made._scroll.height() >= made._keys.minimumSizeHint().height()
    made.reject()
