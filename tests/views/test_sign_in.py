"""The sign-in window."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from hmsdesk.errors import UserError
from hmsdesk.views.kit import caps_lock, chips, theme
from hmsdesk.views.kit.clinic_picker import Clinic
from hmsdesk.views.kit.doorway import BrandLine
from hmsdesk.views.kit.segments import SegmentedControl
from hmsdesk.views.kit.words import tip
from hmsdesk.views.sign_in import PAUSE_MS, SignIn
from tests.views.windows import LTR, RTL, colours

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NILE = Clinic("Nile Family Clinic", "عيادة النيل للأسرة", "14 Tahrir Street, Dokki, Giza")


@pytest.fixture(autouse=True)
def light_and_left_to_right_again(qapp: QApplication):
    yield
    qapp.setLayoutDirection(LTR)
    if theme.is_dark():
        theme.apply(qapp, dark=False)


@pytest.fixture
def window(qtbot) -> SignIn:
    window = SignIn()
    window.resize(1366, 768)
    window.set_clinic(NILE)
    window.set_facts("Reception desk 1", "Encrypted, certificate checked", "1.0.0")
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window


def email(window: SignIn) -> QLineEdit:
    return window.findChild(QLineEdit, "signInEmail")


def password(window: SignIn) -> QLineEdit:
    return window.findChild(QLineEdit, "signInPassword")


def button(window: SignIn) -> QPushButton:
    return window.findChild(QPushButton, "signInButton")


def line(window: SignIn, name: str) -> str:
    return window.findChild(QWidget, name).text()


def texts(window: QWidget) -> list[str]:
    return [label.text() for label in window.findChildren(QLabel) if label.isVisible()]


def fill(window: SignIn, qtbot) -> None:
    qtbot.keyClicks(email(window), "mona@nile.example")
    qtbot.keyClicks(password(window), "secret")


@pytest.mark.parametrize("letter", ["m", "م"])
def test_a_long_name_never_widens_the_window(window: SignIn, letter: str) -> None:
    QApplication.processEvents()
    narrowest, side = window.minimumSizeHint().width(), window.side.width()
    long = letter * 300
    window.side.show_clinic(Clinic(long, long, long))
    QApplication.processEvents()
    assert (window.minimumSizeHint().width(), window.side.width()) == (narrowest, side)
    cut = [one for one in window.side.findChildren(QLabel) if one.accessibleName() == long]
    assert len(cut) == 3
    assert all(one.text().endswith("…") and one.toolTip() == tip(long) for one in cut)


def test_enter_in_the_password_signs_in(window: SignIn, qtbot) -> None:
    fill(window, qtbot)
    with qtbot.waitSignal(window.submitted) as signal:
        qtbot.keyClick(password(window), Qt.Key.Key_Return)
    assert signal.args == ["mona@nile.example", "secret"]


def test_the_button_signs_in_and_the_password_is_taken_as_typed(window: SignIn, qtbot) -> None:
    email(window).setText(" mona@nile.example ")
    password(window).setText("  two words ")
    with qtbot.waitSignal(window.submitted) as signal:
        qtbot.mouseClick(button(window), Qt.MouseButton.LeftButton)
    assert signal.args == ["mona@nile.example", "  two words "]


def test_enter_goes_to_what_is_missing(window: SignIn, qtbot) -> None:
    with qtbot.assertNotEmitted(window.submitted):
        password(window).setText("secret")
        qtbot.keyClick(password(window), Qt.Key.Key_Return)
        assert email(window).hasFocus()
        password(window).clear()
        qtbot.keyClicks(email(window), "mona@nile.example")
        qtbot.keyClick(email(window), Qt.Key.Key_Return)
    assert password(window).hasFocus()


def test_a_name_without_its_address_is_asked_about(window: SignIn, qtbot) -> None:
    email(window).setText("laila.hassan")
    password(window).setText("seven warm lentil cups")
    with qtbot.assertNotEmitted(window.submitted):
        qtbot.keyClick(password(window), Qt.Key.Key_Return)
    assert line(window, "refusalTitle") == "Type the whole e-mail."
    qtbot.waitUntil(email(window).hasFocus)


def test_after_it_was_busy_the_keyboard_is_where_one_types(window: SignIn, qtbot) -> None:
    email(window).setText("laila.hassan@nileclinic.example")
    password(window).setFocus()
    window.show_busy(True)
    window.show_busy(False)
    qtbot.waitUntil(password(window).hasFocus)


def test_who_signed_in_last_has_only_the_password_to_type(window: SignIn, qtbot) -> None:
    window.set_email("mona@nile.example")
    assert password(window).hasFocus()
    window.set_email("")
    assert email(window).hasFocus()


def test_tab_goes_email_password_button(window: SignIn, qtbot) -> None:
    email(window).setFocus()
    passed = []
    for _ in range(3):
        passed.append(QApplication.focusWidget().objectName())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert passed == ["signInEmail", "signInPassword", "signInButton"]


def test_while_it_is_busy_nothing_can_be_changed(window: SignIn, qtbot) -> None:
    fill(window, qtbot)
    window.show_busy(True)
    assert button(window).text() == "Signing in…"
    assert not any(one.isEnabled() for one in (email(window), password(window), button(window)))
    with qtbot.assertNotEmitted(window.submitted):
        qtbot.mouseClick(button(window), Qt.MouseButton.LeftButton)
    window.show_busy(False)
    assert button(window).text() == "Sign in"
    assert email(window).isEnabled()


def test_a_refusal_is_told_and_the_password_typed_over(window: SignIn, qtbot) -> None:
    fill(window, qtbot)
    window.show_busy(True)
    window.show_refusal(UserError("That was not right.", "After five attempts it waits."))
    box = window.findChild(QFrame, "refusal")
    qtbot.waitUntil(box.isVisible)
    assert {"That was not right.", "After five attempts it waits."} <= set(texts(box))
    assert box.accessibleName() == "That was not right. After five attempts it waits."
    assert password(window).hasFocus()
    assert password(window).selectedText() != ""
    qtbot.keyClicks(password(window), "n")
    assert password(window).text() == "n"
    assert not box.isVisible()


def test_after_a_refusal_the_keyboard_is_at_the_first_that_is_empty(window: SignIn, qtbot) -> None:
    window.set_email("")
    window.show_refusal(UserError("You were signed out."))
    assert email(window).hasFocus()
    window.set_email("mona@nile.example")
    window.show_refusal(UserError("You were signed out."))
    assert password(window).hasFocus()


def test_why_one_was_signed_out_stays_and_what_was_meant_for_the_record_goes_nowhere(window: SignIn, qtbot) -> None:
    box = window.findChild(QFrame, "refusal")
    window.set_email("")
    window.show_signed_out(UserError("You were signed out.", "This account was disabled."))
    for key in (Qt.Key.Key_F, Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_E):
        qtbot.keyClick(window.windowHandle(), key)
    assert (email(window).text(), password(window).text()) == ("", "")
    assert not email(window).hasFocus()
    qtbot.waitUntil(email(window).hasFocus)
    assert email(window).accessibleDescription() == "You were signed out. This account was disabled."
    for key in (Qt.Key.Key_M, Qt.Key.Key_O):
        qtbot.keyClick(window.windowHandle(), key)
    assert email(window).text() == "mo"
    assert box.isVisible()


def test_trying_to_sign_in_takes_away_why_one_was_signed_out(window: SignIn, qtbot) -> None:
    box = window.findChild(QFrame, "refusal")
    window.show_signed_out(UserError("You were signed out."))
    fill(window, qtbot)
    assert box.isVisible()
    with qtbot.waitSignal(window.submitted):
        qtbot.keyClick(password(window), Qt.Key.Key_Return)
    assert not box.isVisible()
    window.show_refusal(UserError("That was not right."))
    assert email(window).accessibleDescription() == ""
    qtbot.keyClicks(password(window), "n")
    assert not box.isVisible()


def test_who_was_signed_out_and_takes_the_field_at_once_is_not_led_away(window: SignIn, qtbot) -> None:
    window.show_signed_out(UserError("You were signed out."))
    qtbot.mouseClick(password(window), Qt.MouseButton.LeftButton)
    qtbot.keyClicks(password(window), "s")
    qtbot.wait(PAUSE_MS + 100)
    assert password(window).hasFocus()
    assert password(window).text() == "s"


def test_a_refusal_is_no_markup(window: SignIn, qtbot) -> None:
    window.show_refusal(UserError("<b>x</b>"))
    qtbot.waitUntil(lambda: "<b>x</b>" in texts(window))


def test_the_eye_shows_and_hides(window: SignIn, qtbot) -> None:
    eye = window.findChild(QToolButton, "eye")
    assert password(window).echoMode() == QLineEdit.EchoMode.Password
    assert eye.accessibleName() == "Show the password"
    password(window).setFocus()
    qtbot.keyClick(password(window), Qt.Key.Key_E, Qt.KeyboardModifier.AltModifier)
    assert password(window).echoMode() == QLineEdit.EchoMode.Normal
    assert eye.accessibleName() == "Hide the password"
    qtbot.mouseClick(eye, Qt.MouseButton.LeftButton)
    assert password(window).echoMode() == QLineEdit.EchoMode.Password


@pytest.mark.parametrize(
    ("letter", "modifier", "told"),
    [
        ("A", Qt.KeyboardModifier.NoModifier, True),
        ("a", Qt.KeyboardModifier.ShiftModifier, True),
        ("a", Qt.KeyboardModifier.NoModifier, False),
        ("A", Qt.KeyboardModifier.ShiftModifier, False),
        ("1", Qt.KeyboardModifier.NoModifier, None),
        ("م", Qt.KeyboardModifier.NoModifier, None),
        ("", Qt.KeyboardModifier.NoModifier, None),
    ],
)
def test_a_letter_gives_caps_lock_away(letter: str, modifier: Qt.KeyboardModifier, told: bool | None) -> None:
    event = QKeyEvent(QKeyEvent.Type.KeyPress, 0, modifier, letter)
    assert caps_lock.told_by(event) is told


def test_caps_lock_is_said_below_the_password_as_soon_as_it_is_known(window: SignIn, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(caps_lock, "is_on", lambda: True)
    assert line(window, "signInCaps") == ""
    password(window).setFocus()
    assert line(window, "signInCaps").startswith("Caps Lock is on.")
    monkeypatch.setattr(caps_lock, "is_on", lambda: False)
    qtbot.keyClick(password(window), Qt.Key.Key_CapsLock)
    assert line(window, "signInCaps") == ""


def test_the_button_stays_where_it_is_when_caps_lock_is_said(window: SignIn, qtbot) -> None:
    before = button(window).mapTo(window, button(window).rect().topLeft())
    qtbot.keyClicks(password(window), "A")
    assert line(window, "signInCaps") != ""
    QApplication.processEvents()
    assert button(window).mapTo(window, button(window).rect().topLeft()) == before


def test_an_arabic_keyboard_is_noticed(window: SignIn, qtbot) -> None:
    password(window).setFocus()
    # QTest types ASCII only.
    QApplication.sendEvent(password(window), QKeyEvent(QKeyEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, "ن"))
    assert line(window, "signInKeyboard") == "Keyboard: Arabic"
    qtbot.keyClicks(password(window), "n")
    assert line(window, "signInKeyboard") != "Keyboard: Arabic"


def test_the_clinic_is_shown_in_both_scripts(window: SignIn) -> None:
    side = window.findChild(QWidget, "signInSide")
    for words in (NILE.name, NILE.other_name, NILE.address, "Reception desk 1", "1.0.0"):
        assert words in texts(side)


def test_a_clinic_without_an_arabic_name_leaves_no_room_for_it(window: SignIn) -> None:
    window.set_clinic(Clinic("Delta & Sons"))
    assert "Delta & Sons" in texts(window.findChild(QWidget, "signInSide"))
    assert NILE.other_name not in texts(window)


def test_the_connection_is_told(window: SignIn) -> None:
    picker = window.findChild(QWidget, "signInClinic")
    window.set_connection("3 of 3 servers answer", chips.STATUSES["connected"])
    assert theme.tokens().good_soft in colours(picker)
    assert picker.accessibleName() == "Clinic: Nile Family Clinic, 3 of 3 servers answer, Connected"
    window.set_connection("No server answers", chips.STATUSES["offline"])
    assert theme.tokens().danger_soft in colours(picker)


def test_the_link_asks(window: SignIn, qtbot) -> None:
    with qtbot.waitSignal(window.forgot):
        qtbot.mouseClick(window.findChild(QPushButton, "signInForgot"), Qt.MouseButton.LeftButton)


def test_the_theme_is_switched_here_and_now(window: SignIn, qtbot) -> None:
    with qtbot.waitSignal(window.dark_chosen) as signal:
        qtbot.mouseClick(window.findChild(QWidget, "segment-dark"), Qt.MouseButton.LeftButton)
    assert signal.args == [True]
    assert theme.is_dark()
    QApplication.processEvents()
    assert theme.DARK.brand in colours(window.findChild(QWidget, "signInSide"))
    assert theme.LIGHT.surface not in colours(window)


def test_the_switches_show_what_was_switched_elsewhere(window: SignIn, qtbot, qapp: QApplication) -> None:
    window.hide()
    theme.apply(qapp, dark=True)
    qapp.setLayoutDirection(RTL)
    window.show()
    look, direction = (window.findChild(SegmentedControl, f"signIn{name}") for name in ("Theme", "Direction"))
    assert (look.current(), direction.current()) == ("dark", "rtl")
    qtbot.mouseClick(window.findChild(QWidget, "segment-light"), Qt.MouseButton.LeftButton)
    assert not theme.is_dark()


def test_the_direction_is_switched_here_and_now(window: SignIn, qtbot) -> None:
    side = window.findChild(QWidget, "signInSide")
    assert side.x() == 0
    with qtbot.waitSignal(window.direction_chosen) as signal:
        qtbot.mouseClick(window.findChild(QWidget, "segment-rtl"), Qt.MouseButton.LeftButton)
    assert signal.args == [RTL]
    qtbot.waitUntil(lambda: side.x() + side.width() == 1366)
    eye = window.findChild(QToolButton, "eye")
    qtbot.waitUntil(lambda: eye.x() < 20)


def test_the_places_of_the_picture(window: SignIn) -> None:
    side = window.findChild(QWidget, "signInSide")
    assert side.width() == 500
    picker = window.findChild(QWidget, "signInClinic")
    at = picker.mapTo(window, picker.rect().topLeft())
    assert (at.x(), at.y(), picker.width(), picker.height()) == (743, pytest.approx(220, abs=2), 380, 56)
    for one in (email(window), password(window), button(window)):
        assert (one.width(), one.height()) == (380, theme.CONTROL_TALL)


@pytest.mark.parametrize("height", [690, 768, 1080])
def test_nothing_is_squeezed(window: SignIn, qtbot, height: int) -> None:
    window.show_refusal(UserError("That was not right.", "After five attempts this account waits for fifteen minutes."))
    window.resize(1366, height)
    qtbot.waitUntil(lambda: window.height() == height)
    QApplication.processEvents()
    side = window.findChild(QWidget, "signInSide")
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.text() and not side.isAncestorOf(label):
            needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
            assert label.height() >= needed, label.text()


def test_a_long_name_of_the_practice_takes_two_lines_and_is_then_cut_off(qtbot) -> None:
    line = BrandLine(bold=True, size="title", line=32, most=2)
    qtbot.addWidget(line)
    line.resize(400, 32)
    line.say("Nile Clinic")
    assert (line.text(), line.height()) == ("Nile Clinic", 32)
    line.say("Dr Yasmin Abd El-Rahman and Partners Family Polyclinic")
    first, second = line.text().split("\n")
    assert f"{first} {second}" == "Dr Yasmin Abd El-Rahman and Partners Family Polyclinic"
    assert line.height() == 64
    line.say("word " * 60)
    assert line.text().endswith("…")
    assert line.text().count("\n") == 1
    line.say("x" * 300)
    assert line.text().endswith("…")


def test_a_chevron_points_on_in_the_direction_of_the_moment(qtbot, monkeypatch) -> None:
    painted = []
    monkeypatch.setattr(theme.glyphs, "pixmap", lambda name, *_: painted.append(name) or QPixmap(1, 1))
    canvas = QPixmap(20, 20)
    app = QApplication.instance()
    try:
        for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
            app.setLayoutDirection(direction)
            painter = QPainter(canvas)
            for name in (theme.forward_icon(), theme.back_icon(), "check"):
                theme.paint_icon(painter, QRect(0, 0, 20, 20), name, "text")
            painter.end()
    finally:
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert painted == ["chevron-right", "chevron-left", "check", "chevron-left", "chevron-right", "check"]
