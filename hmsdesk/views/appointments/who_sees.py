"""The doctors who can see somebody now: how soon, and how many wait for each."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.controllers.walk_in import Sees
from hmsdesk.models.locale import Locale
from hmsdesk.models.times import clock
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.words import paint_line

HEIGHT = 56
LINE = 20
WAITING_WIDTH = 120
_HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def soon_words(sees: Sees, locale: Locale) -> str:
    """How soon: at which free time, or in spite of what it is between others."""
    if sees.between is None:
        if sees.start > sees.now:
            return f"Free at {clock(sees.start, locale)}"
        return "Free now" if not sees.inside else "Free after the patient who is inside now"
    return f"Between others: {sees.between.sentence[:1].lower()}{sees.between.sentence[1:]}"


def _specialty(sees: Sees) -> str:
    return str(sees.doctor.get("specialty") or "")


def waiting_words(sees: Sees) -> str:
    """How many wait already."""
    return "Nobody waits" if not sees.waiting else f"{sees.waiting} waiting"


class DoctorButton(QAbstractButton):
    """One doctor: the name, how soon, and how many wait."""

    def __init__(self, sees: Sees, locale: Locale) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self._locale = locale
        self.show_sees(sees)

    def show_sees(self, sees: Sees) -> None:
        """Say how it stands now."""
        self.sees = sees
        self.setObjectName(f"sees-{sees.doctor['name']}")
        words = (sees.doctor["name"], _specialty(sees), soon_words(sees, self._locale), waiting_words(sees))
        self.setAccessibleName(", ".join(word for word in words if word))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, HEIGHT)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        chosen = self.isChecked()
        ground = "accent_soft" if chosen else "hover" if self.underMouse() else "surface_raised"
        paint_box(painter, self.rect(), ground, "accent" if chosen else "line_strong", 2 if chosen else 1)
        if self.hasFocus():
            paint_box(painter, self.rect().adjusted(3, 3, -3, -3), "", "accent", 1)
        room = self.width() - 2 * theme.SPACE_12
        names = room - WAITING_WIDTH
        name, subject = self.sees.doctor["name"], _specialty(self.sees)
        self._paint(painter, QRect(theme.SPACE_12, 8, names, LINE), name, "text", bold=True)
        taken = min(painter.fontMetrics().horizontalAdvance(name) + theme.SPACE_8, names)
        beside = QRect(theme.SPACE_12 + taken, 8, names - taken, LINE)
        self._paint(painter, beside, subject, "text_muted")
        token = "good" if self.sees.between is None else "warning"
        self._paint(painter, QRect(theme.SPACE_12, 8 + LINE, room, LINE), soon_words(self.sees, self._locale), token)
        waits = QRect(theme.SPACE_12 + names, 8, WAITING_WIDTH, LINE)
        self._paint(painter, waits, waiting_words(self.sees), "text_muted", at_end=True)

    def _paint(
        self, painter: QPainter, box: QRect, text: str, token: str, *, bold: bool = False, at_end: bool = False
    ) -> None:
        painter.setFont(theme.font(bold=bold))
        painter.setPen(theme.color(token))
        if at_end:
            width = min(box.width(), painter.fontMetrics().horizontalAdvance(text) + 1)
            box = QRect(box.right() + 1 - width, box.y(), width, box.height())
        paint_line(painter, placed(self, box), text, self.layoutDirection())


class WhoSees(Scroll):
    """The doctors, the soonest first; the arrow keys move among them, Enter goes on."""

    went_on = Signal()
    chose = Signal()
    """The person has chosen."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self._locale = locale
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(lambda _: self.chose.emit())
        self._buttons: list[DoctorButton] = []
        self._first_choice: object = None

    def choose(self, doctor: object) -> None:
        """Who is to be chosen as soon as they are shown."""
        self._first_choice = doctor

    def show_doctors(self, found: Sequence[Sees]) -> None:
        """Show these; who is chosen stays chosen, and to begin with it is the first."""
        chosen = self.chosen() or self._first_choice
        if [one.doctor["_id"] for one in found] == [button.sees.doctor["_id"] for button in self._buttons]:
            for button, sees in zip(self._buttons, found, strict=True):
                button.show_sees(sees)
            return
        for button in self._buttons:
            self._group.removeButton(button)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, theme.SPACE_12, 0)
        column.setSpacing(theme.SPACE_8)
        self._buttons = [DoctorButton(sees, self._locale) for sees in found]
        for button in self._buttons:
            self._group.addButton(button)
            column.addWidget(button)
        column.addStretch()
        self.show_page(page)
        known = next((button for button in self._buttons if button.sees.doctor["_id"] == chosen), None)
        first = known or next(iter(self._buttons), None)
        if first is not None:
            first.setChecked(True)

    def take_keyboard(self) -> None:
        """Go to who is chosen."""
        button = self._group.checkedButton()
        if button is not None:
            button.setFocus()

    def last(self) -> QWidget:
        """Where Tab leaves them."""
        return self._buttons[-1] if self._buttons else self

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & _HELD:
            self.went_on.emit()
        else:
            super().keyPressEvent(event)

    def chosen(self) -> ObjectId | None:
        """To whom somebody is let in."""
        button = self._group.checkedButton()
        return button.sees.doctor["_id"] if isinstance(button, DoctorButton) else None
