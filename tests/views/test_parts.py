"""Buttons, chips, panels, choices, and what stands where a list would be."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from hmsdesk.views.kit import chips, parts, theme, words
from tests.views.windows import LTR, RTL, colours, ink, shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.mark.parametrize(
    ("make", "ground", "ink_token"),
    [
        (parts.primary, "accent", "on_accent"),
        (parts.normal, "surface_raised", "text"),
        (parts.danger, "surface_raised", "danger"),
    ],
)
def test_buttons_wear_their_tokens(qtbot, make, ground: str, ink_token: str) -> None:
    button = make("Save")
    shown(qtbot, button, parts.normal("other"))
    button.clearFocus()
    seen = colours(button)
    assert theme.color(ground).name().upper() in seen
    assert theme.color(ink_token).name().upper() in seen


def test_a_button_is_a_control_high_and_its_words_fit(qtbot) -> None:
    narrow, wide = parts.primary("Book"), parts.primary("Book appointment", "plus", "Ctrl+N")
    shown(qtbot, narrow, wide)
    assert narrow.height() == wide.height() == theme.CONTROL
    assert wide.width() == 215  # as in the picture of the reception's home


def test_a_disabled_button_looks_it(qtbot) -> None:
    button = parts.primary("Sign")
    button.setEnabled(False)
    shown(qtbot, button)
    assert theme.tokens().accent not in colours(button)
    assert theme.tokens().neutral_soft in colours(button)


def test_the_shortcut_works_only_while_the_button_does(qtbot) -> None:
    button = parts.primary("Book", shortcut="Ctrl+N")
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    window = shown(qtbot, button)
    QTest.keySequence(window, "Ctrl+N")
    assert len(pressed) == 1
    button.setEnabled(False)
    QTest.keySequence(window, "Ctrl+N")
    assert len(pressed) == 1
    button.setEnabled(True)
    button.hide()
    QTest.keySequence(window, "Ctrl+N")
    assert len(pressed) == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_ctrl_enter_is_both_enter_keys(qtbot, key: Qt.Key) -> None:
    button = parts.primary("Register", shortcut="Ctrl+Enter")
    window = shown(qtbot, button)
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_a_button_one_is_on_is_pressed_by_key(qtbot, key: Qt.Key) -> None:
    button = parts.normal("Import")
    shown(qtbot, button)
    button.setFocus()
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, key)


@pytest.mark.parametrize("make", [parts.primary, parts.normal, parts.quiet, parts.danger, parts.link])
def test_the_button_one_is_on_can_be_seen(qtbot, make) -> None:
    button, other = make("Save"), parts.normal("Other")
    shown(qtbot, button, other)
    other.setFocus()
    without = button.grab().toImage()
    button.setFocus()
    assert button.grab().toImage() != without


def test_a_button_has_a_name_and_keeps_an_ampersand(qtbot) -> None:
    button = parts.normal("Vitals")
    qtbot.addWidget(button)
    button.set_text("Ear & nose")
    assert button.accessibleName() == "Ear & nose"


def test_a_buttons_icon_changes_sides(qtbot) -> None:
    button = parts.normal("W", "walk")
    window = shown(qtbot, button, QWidget())
    left_to_right = button.grab().toImage()
    window.setLayoutDirection(RTL)
    mirrored = button.grab().toImage()
    assert left_to_right != mirrored
    words_left = ink(left_to_right, theme.tokens().text)
    words_right = ink(mirrored, theme.tokens().text)
    assert words_left != words_right


def test_a_filter_chip_says_what_it_lets_through(qtbot) -> None:
    chip = parts.FilterChip("Last visit")
    shown(qtbot, chip)
    assert theme.tokens().accent_soft not in colours(chip)
    chip.set_value("past 2 years")
    assert chip.text() == "Last visit: past 2 years"
    assert theme.tokens().accent_soft in colours(chip)
    chip.set_value("")
    assert chip.text() == "Last visit"


@pytest.mark.parametrize("direction", [LTR, RTL])
def test_the_cross_of_a_filter_clears_it_and_its_words_open_it(qtbot, direction: Qt.LayoutDirection) -> None:
    chip = parts.FilterChip("Doctor")
    chip.set_value("Sara")
    shown(qtbot, chip, QWidget(), direction=direction)
    cross, name = QPoint(chip.width() - 12, 16), QPoint(14, 16)
    if direction == RTL:
        cross, name = QPoint(12, 16), QPoint(chip.width() - 14, 16)
    with qtbot.waitSignal(chip.cleared), qtbot.assertNotEmitted(chip.clicked):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=cross)
    with qtbot.waitSignal(chip.clicked), qtbot.assertNotEmitted(chip.cleared):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=name)


def test_delete_clears_a_filter(qtbot) -> None:
    chip = parts.FilterChip("Doctor")
    shown(qtbot, chip)
    with qtbot.assertNotEmitted(chip.cleared):
        qtbot.keyClick(chip, Qt.Key.Key_Delete)
    chip.set_value("Sara")
    with qtbot.waitSignal(chip.cleared):
        qtbot.keyClick(chip, Qt.Key.Key_Delete)


def _choice() -> parts.SegmentedControl:
    segments = [parts.Segment("board", "Board", "view-column-outline"), parts.Segment("table", "Table")]
    return parts.SegmentedControl("View", segments, "board")


def test_a_choice_is_made_by_mouse_and_by_arrow_keys(qtbot) -> None:
    control = _choice()
    shown(qtbot, control)
    table = control.findChild(QWidget, "segment-table")
    with qtbot.waitSignal(control.chosen) as signal:
        qtbot.mouseClick(table, Qt.MouseButton.LeftButton)
    assert signal.args == ["table"]
    assert QApplication.focusWidget() is control
    with qtbot.waitSignal(control.chosen) as signal:
        qtbot.keyClick(control, Qt.Key.Key_Left)
    assert signal.args == ["board"]
    assert control.current() == "board"


def test_a_choice_doesnt_move_when_it_is_made(qtbot) -> None:
    control = _choice()
    shown(qtbot, control)
    before = control.width()
    control.choose("table")
    assert control.sizeHint().width() == before


def test_chips_are_as_large_as_in_the_pictures(qapp: QApplication) -> None:
    assert parts.chip_size("Connected", "check-circle-outline").height() == 20
    assert parts.chip_size("Connected", "check-circle-outline").width() == pytest.approx(91, abs=1)


def test_a_chip_is_painted_in_its_tone_and_mirrored(qtbot) -> None:
    images = []
    for direction in (LTR, RTL):
        image = QImage(200, 24, QImage.Format.Format_RGB32)
        image.fill(theme.color("surface_raised"))
        painter = QPainter(image)
        parts.paint_chip(painter, image.rect(), "47 min", "alert-outline", "danger", direction)
        painter.end()
        images.append(ink(image, theme.tokens().danger_soft))
    size = parts.chip_size("47 min", "alert-outline").width()
    assert (min(images[0]), max(images[0])) == (0, size - 1)
    assert (min(images[1]), max(images[1])) == (200 - size, 199)


def test_a_chip_widget_tells_its_word(qtbot) -> None:
    chip = parts.Chip.of(chips.STATUSES["approved"])
    qtbot.addWidget(chip)
    before = chip.sizeHint().width()
    chip.set("In consultation", "stethoscope", "busy")
    assert chip.accessibleName() == "In consultation"
    assert chip.sizeHint().width() > before


def test_unknown_isnt_none() -> None:
    assert chips.STATUSES["allergies-none-known"] != chips.STATUSES["allergies-not-recorded"]
    assert chips.STATUSES["allergies-not-recorded"].tone == "warning"


@pytest.mark.parametrize(
    ("minutes", "tone"), [(0, "neutral"), (19, "neutral"), (20, "warning"), (39, "warning"), (40, "danger")]
)
def test_waiting_turns_at_its_limits(minutes: int, tone: str) -> None:
    assert chips.waiting(minutes, long=20, too_long=40).tone == tone


def test_words_are_never_markup(qtbot) -> None:
    label = parts.Label("<b>bold</b><img src=x>")
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == "<b>bold</b><img src=x>"


@pytest.mark.parametrize("text", ["Mohamed Ali", "محمد علي"])
@pytest.mark.parametrize("direction", [LTR, RTL])
def test_a_label_stands_at_the_start_in_either_script(qtbot, text: str, direction: Qt.LayoutDirection) -> None:
    label = parts.Label(text)
    label.setFixedWidth(300)
    shown(qtbot, label, direction=direction)
    columns = ink(label.grab().toImage(), theme.tokens().text)
    assert min(columns) > 200 if direction == RTL else max(columns) < 100


def test_initials_leave_out_titles() -> None:
    assert words.initials("Dr Sara El-Masry") == "SE"
    assert words.initials("Mona") == "M"
    assert words.initials("") == ""


def test_a_panel_has_a_title_row_and_a_body(qtbot) -> None:
    action = parts.quiet("Calendar")
    panel = parts.Panel("Today's bookings", "26", action)
    panel.body.addWidget(QLabel("row"))
    shown(qtbot, panel)
    texts = [label.text() for label in panel.findChildren(QLabel)]
    assert texts == ["Today's bookings", "26", "row"]
    assert panel.findChild(QWidget, "panelTitle").height() == theme.PANEL_TITLE
    assert action.height() == theme.CONTROL_COMPACT
    panel.set_count("27")
    assert "27" in [label.text() for label in panel.findChildren(QLabel)]


def test_an_empty_panel_keeps_its_title_at_the_top(qtbot) -> None:
    panel = parts.Panel("To do")
    panel.resize(300, 400)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.findChild(QWidget, "panelTitle").y() <= 1


@pytest.fixture
def state(qtbot) -> parts.StateView:
    view = parts.StateView()
    view.resize(400, 320)
    qtbot.addWidget(view)
    view.show()
    return view


def _visible_texts(view: QWidget) -> list[str]:
    return [one.text() for one in view.findChildren(QLabel) if one.isVisible() and one.text()]


def test_loading_says_nothing_at_first(qtbot, state: parts.StateView) -> None:
    state.show_loading()
    assert _visible_texts(state) == []
    qtbot.waitUntil(lambda: _visible_texts(state) == ["Asking the server…"])


def test_an_answer_in_time_shows_no_bars(qtbot, state: parts.StateView) -> None:
    state._patience.setInterval(50)
    state.show_loading()
    state.show_empty("playlist-plus", "Nobody is on the waiting list", "")
    qtbot.wait(150)
    assert _visible_texts(state) == ["Nobody is on the waiting list"]


def test_empty_offers_the_one_thing_to_do(qtbot, state: parts.StateView) -> None:
    done: list[bool] = []
    state.show_empty("playlist-plus", "Nobody", "Offered a slot.", ("Add the first", lambda: done.append(True)))
    assert _visible_texts(state) == ["Nobody", "Offered a slot."]
    qtbot.mouseClick(state.findChild(QPushButton, "stateAction"), Qt.MouseButton.LeftButton)
    assert done == [True]


def test_long_words_of_a_state_are_whole(qtbot, state: parts.StateView) -> None:
    state.show_empty("plus", "Empty", "Patients on this list are offered a slot as soon as one is cancelled. " * 2)
    label = state.findChild(QLabel, "stateText")
    assert label.height() >= label.heightForWidth(label.width()) > 3 * 17


def test_an_error_is_tried_again_by_hand(qtbot, state: parts.StateView) -> None:
    tried: list[int] = []
    state.show_error("The list could not be loaded", "Nothing is lost.", lambda: tried.append(1))
    qtbot.mouseClick(state.findChild(QPushButton, "stateRetry"), Qt.MouseButton.LeftButton)
    assert tried == [1]


def test_an_error_is_tried_again_by_itself_once(qtbot, state: parts.StateView) -> None:
    tried: list[int] = []
    state.show_error("Failed", "", lambda: tried.append(1), retry_in=1)
    assert "Next try by itself in 1 s" in _visible_texts(state)
    qtbot.waitUntil(lambda: tried == [1])
    qtbot.wait(1200)
    assert tried == [1]


def test_a_hidden_page_tries_nothing(qtbot, state: parts.StateView) -> None:
    tried: list[int] = []
    state.show_error("Failed", "", lambda: tried.append(1), retry_in=1)
    state.hide()
    qtbot.wait(1300)
    assert tried == []


def test_a_second_error_replaces_the_buttons_of_the_first(qtbot, state: parts.StateView) -> None:
    for _ in range(2):
        state.show_error("Failed", "", lambda: None)

    def buttons() -> list[str]:
        return [one.text() for one in state.findChildren(QPushButton) if one.isVisible()]

    qtbot.waitUntil(lambda: buttons() == ["Try again"])


def test_the_whole_furniture_paints_without_a_word_from_qt(qtbot) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    for widget in (_choice(), parts.KeyCap("Ctrl+K"), parts.IconLine("Caps Lock is on.", "apple-keyboard-caps")):
        column.addWidget(widget)
    qtbot.addWidget(window)
    window.show()
    assert len(colours(window)) > 3
