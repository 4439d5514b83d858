"""The sign-in window: which clinic, who, and the password; nothing that needs a signed-in connection."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QLocale, QPointF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.errors import UserError
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.brand import Mark
from hmsdesk.views.kit.chips import Status
from hmsdesk.views.kit.clinic_picker import Clinic, ClinicPicker
from hmsdesk.views.kit.parts import (
    IconLine,
    Label,
    Segment,
    SegmentedControl,
    link,
    primary,
)
from hmsdesk.views.kit.password_field import CAPS_WORDS, PasswordField

FORM_WIDTH = 380
# Where the form's title and the clinic's name begin, as a share of the window's height.
TOP_SHARE = 0.198
SWITCHES_BOTTOM = 48
NAME_LINE = 32
SIDE_MARGIN_TOP = 40
BRAND = 32
SIDE_SHARE, FORM_SHARE = 500, 866
PULSE = ((150, 0), (164, -27), (190, 37), (216, -49), (238, 14), (250, 0))


class _Side(QWidget):
    """The painted side: brand, clinic in both scripts, this workstation, and one line of decoration."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("signInSide")
        self._gap = QSpacerItem(0, 0)
        self._name = _brand_label(bold=True, size="title")
        self._other_name = _brand_label(bold=True, size="title")
        self._address = _brand_label(muted=True)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(theme.SPACE_16)
        self._facts.setVerticalSpacing(3)
        self._facts.setColumnStretch(1, 1)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(48, SIDE_MARGIN_TOP, 48, 40)
        column.setSpacing(0)
        column.addLayout(self._brand())
        column.addSpacerItem(self._gap)
        for name in (self._name, self._other_name):
            # Arabic lines are higher than Latin ones; both take the same room.
            name.setFixedHeight(NAME_LINE)
            column.addWidget(name)
        column.addSpacing(10)
        column.addWidget(self._address)
        column.addStretch()
        column.addLayout(self._facts)

    def _brand(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Mark(BRAND, "on_brand", "brand"))
        row.addWidget(_brand_label("HMSDesk", bold=True))
        row.addStretch()
        return row

    def set_top(self, top: int) -> None:
        """Where the clinic's name begins, in line with the form's title."""
        self._gap.changeSize(0, max(theme.SPACE_16, top - 2 - SIDE_MARGIN_TOP - BRAND))
        self._column.invalidate()

    def show_clinic(self, clinic: Clinic) -> None:
        """Name the practice one is about to enter."""
        self._name.setText(clinic.name)
        self._other_name.setText(clinic.other_name)
        self._other_name.setVisible(bool(clinic.other_name))
        self._address.setText(clinic.address)

    def add_fact(self, name: str, value: str) -> None:
        """One line at the foot."""
        row = self._facts.rowCount()
        self._facts.addWidget(_brand_label(name, muted=True, size="small"), row, 0)
        self._facts.addWidget(_brand_label(value, size="small"), row, 1)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("brand"))
        middle = round(self.height() * 0.508)
        points = [(0, 0), *PULSE, (self.width(), 0)]
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            points = [(self.width() - x, y) for x, y in points]
        painter.setPen(QPen(theme.color("brand_line"), 2))
        painter.drawPolyline(QPolygonF([QPointF(x, middle + y) for x, y in points]))


def _brand_label(text: str = "", muted: bool = False, bold: bool = False, size: theme.TextSize = "body") -> Label:
    label = Label(text, bold=bold, size=size)
    label.set_tone("on-brand-muted" if muted else "on-brand")
    return label


class _Refusal(QFrame):
    """Why signing in didn't work."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("refusal")
        self._title = Label(bold=True, wrap=True)
        self._title.setObjectName("refusalTitle")
        self._message = Label(size="small", wrap=True)
        self._message.setObjectName("refusalMessage")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        column.setSpacing(2)
        for label in (self._title, self._message):
            label.set_tone("danger")
            column.addWidget(label)
        self.hide()

    def say(self, problem: UserError) -> None:
        """Show a failure until something else is typed."""
        self._title.setText(problem.title)
        self._message.setText(problem.message)
        self._message.setVisible(bool(problem.message))
        self.setAccessibleName(str(problem))
        self.show()


class SignIn(QWidget):
    """Asks for e-mail and password; whoever listens to `submitted` answers with `show_busy` and `show_refusal`."""

    submitted = Signal(str, str)
    clinic_chosen = Signal(str)
    forgot = Signal()
    set_up = Signal()
    dark_chosen = Signal(bool)
    direction_chosen = Signal(Qt.LayoutDirection)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("signIn")
        self._side = _Side()
        self._gap = QSpacerItem(0, 0)
        self._picker = ClinicPicker()
        self._picker.chosen.connect(self.clinic_chosen)
        self._email = self._email_field()
        self._password = PasswordField()
        self._password.setObjectName("signInPassword")
        self._password.setProperty("tall", True)
        self._keyboard = IconLine("", "keyboard-outline", wrap=False)
        self._keyboard.setObjectName("signInKeyboard")
        self._caps = IconLine("", "apple-keyboard-caps", "warning")
        self._caps.setObjectName("signInCaps")
        self._refusal = _Refusal()
        self._button = self._sign_in_button()
        self._connect()
        self._lay_out()

    def _email_field(self) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName("signInEmail")
        field.setAccessibleName("E-mail")
        field.setProperty("tall", True)
        field.setProperty("icons", True)
        field.addAction(theme.icon("email-outline", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        return field

    def _sign_in_button(self) -> QAbstractButton:
        button = primary("Sign in", shortcut="Enter")
        button.setObjectName("signInButton")
        button.setFixedHeight(theme.CONTROL_TALL)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _connect(self) -> None:
        self._email.returnPressed.connect(self._on_submit)
        self._password.returnPressed.connect(self._on_submit)
        self._button.clicked.connect(self._on_submit)
        self._password.caps_lock_seen.connect(self._on_caps_lock)
        for field in (self._email, self._password):
            field.textEdited.connect(self._on_edited)
        QGuiApplication.inputMethod().localeChanged.connect(self._on_keyboard_changed)
        self._on_keyboard_changed()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side, SIDE_SHARE)
        self._half = half = QVBoxLayout()
        half.setContentsMargins(theme.SPACE_24, theme.SPACE_16, theme.SPACE_24, theme.SPACE_16)
        half.setSpacing(0)
        half.addLayout(self._switches())
        half.addSpacerItem(self._gap)
        middle = QHBoxLayout()
        middle.addStretch()
        middle.addWidget(self._form())
        middle.addStretch()
        half.addLayout(middle)
        half.addStretch()
        row.addLayout(half, FORM_SHARE)
        order = [self._picker, self._email, self._password, self._password.eye, self._button]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _switches(self) -> QHBoxLayout:
        mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
        sides = [
            Segment("ltr", "Left to right"),
            Segment("rtl", "Right to left"),
        ]
        direction = SegmentedControl("Layout direction", sides, "rtl" if mirrored else "ltr")
        direction.setObjectName("signInDirection")
        direction.chosen.connect(self._on_direction)
        looks = [Segment("light", "Light", "weather-sunny"), Segment("dark", "Dark", "weather-night")]
        look = SegmentedControl("Theme", looks, "dark" if theme.is_dark() else "light")
        look.setObjectName("signInTheme")
        look.chosen.connect(self._on_theme)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addStretch()
        row.addWidget(direction)
        row.addWidget(look)
        return row

    def _form(self) -> QWidget:
        form = QWidget()
        form.setFixedWidth(FORM_WIDTH)
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Label("Sign in", bold=True, size="title"))
        self._add_field(column, "Clinic", self._picker, above=20)
        self._add_field(column, "E-mail", self._email)
        self._add_field(column, "Password", self._password, beside=self._keyboard)
        column.addSpacing(6)
        column.addWidget(self._caps)
        column.addSpacing(theme.SPACE_8)
        column.addWidget(self._refusal)
        column.addSpacing(theme.SPACE_12)
        column.addWidget(self._button)
        column.addSpacing(6)
        column.addLayout(self._links())
        column.addSpacing(17)
        column.addWidget(_line())
        column.addSpacing(theme.SPACE_12)
        promise = "Your password never leaves this computer. The server checks again what your role may do."
        column.addWidget(IconLine(promise, "shield-check-outline"))
        return form

    def _add_field(
        self,
        column: QVBoxLayout,
        label: str,
        field: QWidget,
        beside: QWidget | None = None,
        above: int = theme.SPACE_16,
    ) -> None:
        column.addSpacing(above)
        row = QHBoxLayout()
        row.addWidget(Label(label, muted=True, size="small"), 1)
        if beside:
            row.addWidget(beside)
        column.addLayout(row)
        column.addSpacing(3)
        column.addWidget(field)

    def _links(self) -> QHBoxLayout:
        forgot = link("Forgot your password?")
        forgot.setObjectName("signInForgot")
        forgot.clicked.connect(self.forgot)
        set_up = link("Set up another clinic")
        set_up.setObjectName("signInSetUp")
        set_up.clicked.connect(self.set_up)
        row = QHBoxLayout()
        row.addWidget(forgot)
        row.addStretch()
        row.addWidget(set_up)
        return row

    def set_clinics(self, clinics: Sequence[Clinic], current: str) -> None:
        """The practices this workstation knows, and the one it will sign in to."""
        chosen = next(one for one in clinics if one.key == current)
        self._picker.set_clinics(clinics, chosen)
        self._side.show_clinic(chosen)

    def set_connection(self, servers: str, status: Status) -> None:
        """Whether the clinic's servers answer, in words and as a chip."""
        self._picker.set_connection(servers, status)

    def set_facts(self, workstation: str, connection: str, version: str) -> None:
        """What is known about this workstation before anybody signs in."""
        for name, value in (("This workstation", workstation), ("Connection", connection), ("Version", version)):
            self._side.add_fact(name, value)

    def set_email(self, email: str) -> None:
        """Fill in who signed in here last, so that only the password is left to type."""
        self._email.setText(email)
        (self._password if email else self._email).setFocus()

    def show_busy(self, busy: bool) -> None:
        """While the keys are opened nothing can be changed."""
        for widget in (self._picker, self._email, self._password, self._password.eye, self._button):
            widget.setEnabled(not busy)
        self._button.setText("Signing in…" if busy else "Sign in")

    def show_refusal(self, problem: UserError) -> None:
        """Say why it didn't work; the password is ready to be typed over."""
        self.show_busy(False)
        self._refusal.say(problem)
        self._password.selectAll()
        self._password.setFocus()

    def _on_submit(self) -> None:
        email = self._email.text().strip()
        if not email:
            self._email.setFocus()
        elif not self._password.text():
            self._password.setFocus()
        else:
            self._refusal.hide()
            self.submitted.emit(email, self._password.text())

    def _on_edited(self, words: str) -> None:
        self._refusal.hide()
        field = self.sender()
        typed = words[field.cursorPosition() - 1 :][:1] if isinstance(field, QLineEdit) else ""
        self._show_keyboard(typed)

    def _on_keyboard_changed(self) -> None:
        self._show_keyboard("")

    def _show_keyboard(self, typed: str) -> None:
        """Not every system tells the keyboard's language, so an Arabic letter counts for more than what it says."""
        arabic = unicodedata.name(typed, "").startswith("ARABIC") if typed else False
        language = QLocale.Language.Arabic if arabic else QGuiApplication.inputMethod().locale().language()
        self._keyboard.setVisible(language != QLocale.Language.C)
        self._keyboard.set(f"Keyboard: {QLocale.languageToString(language)}", "warning" if arabic else "muted")

    def _on_caps_lock(self, on: bool) -> None:
        self._caps.set(CAPS_WORDS if on else "", "warning")

    def _on_theme(self, key: str) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, key == "dark")
        self.dark_chosen.emit(key == "dark")

    def _on_direction(self, key: str) -> None:
        direction = Qt.LayoutDirection.RightToLeft if key == "rtl" else Qt.LayoutDirection.LeftToRight
        QGuiApplication.setLayoutDirection(direction)
        self.direction_chosen.emit(direction)

    def resizeEvent(self, event: QResizeEvent) -> None:
        top = max(SWITCHES_BOTTOM + theme.SPACE_16, round(self.height() * TOP_SHARE))
        self._gap.changeSize(0, top - SWITCHES_BOTTOM)
        self._side.set_top(top)
        self._half.invalidate()
        super().resizeEvent(event)


def _line() -> QFrame:
    line = QFrame()
    line.setObjectName("separator")
    line.setFixedHeight(1)
    return line
