"""The recovery code: shown once, to be printed or saved, and a part of it asked back."""

from __future__ import annotations

import secrets
from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QPagedPaintDevice, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from hmsdesk.errors import UserError
from hmsdesk.models.dates import in_full
from hmsdesk.security.credentials import tidy_code
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import link, normal
from hmsdesk.views.kit.paper_out import path_for, print_paper, write_paper
from hmsdesk.views.kit.questions import Question, Questions
from hmsdesk.views.kit.refusal import Refusal
from hmsdesk.views.kit.words import IconLine, Label

NAME = "recovery code"
ASKED = 2
EXPLAINED = (
    "Write it down or print it, and put it into the safe. It opens the practice when no owner knows their password "
    "any more. Whoever has it is as good as an owner. It is shown only now, and kept nowhere."
)
NO_KEYS = (
    "If this computer loses its keys, this code can't bring them back: they could not be kept for it. Look whether the "
    "disk is full or the keyring locked, then make another code under Accounts, The practice."
)
ON_PAPER = (
    "This code opens the practice when no owner knows their password any more.",
    "Choose “Forgot your password?” in the sign-in window, type this code and the e-mail of an owner.",
    "It works once. A new code is shown then; destroy this page.",
    "Keep it in the safe: whoever has it is as good as an owner.",
)
_POINTS = 72
_MARGIN_MM = 20


class RecoveryCode(QWidget):
    """Shows the code first; after `begin_asking` two of its groups have to be typed. `check` says whether they are."""

    asking_changed = Signal()
    grown = Signal()
    """Something is said below that wasn't, and takes room."""

    def __init__(self, practice: str, code: str, *, puts_keys_back: bool = True) -> None:
        """puts_keys_back: whether it also gives this computer its keys back; where it doesn't, that is said."""
        super().__init__()
        self._puts_keys_back = puts_keys_back
        self._practice = practice
        self._code = code
        self._groups = code.split("-")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_12)
        self._shown = self._code_page()
        self._asked = self._asking_page()
        self._refusal = Refusal()
        for part in (self._shown, self._asked, self._refusal):
            self._column.addWidget(part)
        self._asked.hide()

    @property
    def word(self) -> str:
        """What the button says that leads on."""
        return "Next" if self.asking else "I have it safe"

    @property
    def asking(self) -> bool:
        """Whether it is hidden, and asked back."""
        return not self._asked.isHidden()

    def begin_asking(self) -> None:
        """Hide the code and ask for a part of it."""
        self._shown.hide()
        self._refusal.hide()
        self._asked.show()
        self._questions.rows["group0"].editor.setFocus()
        self.asking_changed.emit()

    def show_again(self) -> None:
        """Show the code once more, as long as it hasn't been typed back."""
        self._asked.hide()
        self._shown.show()
        self.asking_changed.emit()

    def check(self) -> bool:
        """Whether what was asked back is right; what isn't is said beside its field."""
        return self._questions.check()

    def go_on(self) -> bool:
        """From one group to the next; False from the last."""
        return self._questions.go_on()

    def _code_page(self) -> QWidget:
        page, column = _page()
        column.addWidget(Label(EXPLAINED, wrap=True))
        box = QFrame()
        box.setObjectName("panel")
        inside = QVBoxLayout(box)
        inside.setContentsMargins(theme.SPACE_16, theme.SPACE_16, theme.SPACE_16, theme.SPACE_16)
        self._label = Label(f"\u2066{self._code}\u2069", bold=True, size="title")
        self._label.setObjectName("recoveryCode")
        self._label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        inside.addWidget(self._label)
        column.addWidget(box)
        if not self._puts_keys_back:
            column.addWidget(IconLine(NO_KEYS, "alert-circle-outline", "warning"))
        column.addLayout(self._ways_to_keep_it())
        self._kept = IconLine("", "check", "good")
        self._kept.hide()
        column.addWidget(self._kept)
        return page

    def _ways_to_keep_it(self) -> QHBoxLayout:
        printing = normal("Print…", "printer-outline")
        printing.setObjectName("recoveryPrint")
        printing.clicked.connect(self._on_print)
        saving = normal("Save as a page…", "tray-arrow-down")
        saving.setObjectName("recoverySave")
        saving.clicked.connect(self._on_save)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(printing)
        row.addWidget(saving)
        row.addStretch()
        return row

    def _asking_page(self) -> QWidget:
        page, column = _page()
        wanted = sorted(secrets.SystemRandom().sample(range(len(self._groups) - 1), ASKED))
        column.addWidget(Label("Look at your copy and type two parts of it, so that it surely is right.", wrap=True))
        fields = {f"group{n}": self._question(place) for n, place in enumerate(wanted)}
        self._questions = Questions(fields, [tuple(fields)])
        column.addWidget(self._questions)
        again = link("Show the code again")
        again.setObjectName("recoveryAgain")
        again.clicked.connect(self.show_again)
        column.addWidget(again)
        return page

    def _question(self, place: int) -> Question:
        def check(typed: str) -> str:
            right = tidy_code(typed) == tidy_code(self._groups[place])
            return "" if right else "This is not what stands there. Look again."

        words = ("first", "second", "third", "fourth", "fifth", "sixth")
        return Question(f"The {words[place]} of the {len(self._groups)} groups", check)

    def _on_print(self) -> None:
        page = page_bytes(self._practice, self._code)
        print_paper(self, page, "A4", NAME, self._on_not_printed, self._on_printed, keep=lambda _: self._on_save())

    def _on_save(self) -> None:
        path = path_for(self, NAME)
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Write the page to a file that only this user may read."""
        write_paper(self, partial(page_bytes, self._practice, self._code), path, self._on_saved, self._complain)

    def _on_printed(self) -> None:
        if isValid(self):
            self._say_kept("Handed to the printer. Look whether it came out.")

    def _on_not_printed(self, problem: UserError) -> None:
        if isValid(self):
            self._complain(problem)

    def _complain(self, problem: UserError) -> None:
        self._refusal.say(problem)
        self.grown.emit()

    def _on_saved(self, path: Path) -> None:
        self._say_kept(f"Saved as {path.name}. Don't leave it on this computer: whoever finds it is an owner.")

    def _say_kept(self, words: str) -> None:
        self._refusal.hide()
        self._kept.set(words, "good")
        self._kept.show()
        self.grown.emit()


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.SPACE_12)
    return page, column


def page_bytes(practice: str, code: str) -> bytes:
    """The page as a PDF."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle("Recovery code")
    paint_page(writer, practice, code)
    return bytes(buffer.data().data())


def paint_page(device: QPagedPaintDevice, practice: str, code: str) -> None:
    """Black on white, on one page: the practice, the code, and what it is for."""
    device.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    device.setPageMargins(QMarginsF(*(float(_MARGIN_MM),) * 4))
    painter = QPainter(device)
    point = device.logicalDpiY() / _POINTS
    width = float(painter.viewport().width())
    top = 0.0
    today = in_full(date.today())  # noqa: DTZ011 - the day on the desk it is printed at
    for text, size, bold, gap in (
        ("HMSDesk recovery code", 11, False, 6),
        (practice, 20, True, 4),
        (f"Made on {today}", 11, False, 30),
        (code, 20, True, 30),
        *((line, 11, False, 8) for line in ON_PAPER),
    ):
        top += _paint_paragraph(painter, text, QRectF(0, top, width, 0), size, bold, point) + gap * point
    painter.end()


def _paint_paragraph(painter: QPainter, text: str, room: QRectF, size: int, bold: bool, point: float) -> float:
    """Paint words that wrap; the height they took."""
    face = QFont(theme.FACES)
    face.setPixelSize(round(size * point))
    face.setBold(bold)
    painter.setFont(face)
    painter.setPen(Qt.GlobalColor.black)
    flags = int(Qt.TextFlag.TextWordWrap)
    box = painter.boundingRect(QRectF(room.x(), room.y(), room.width(), 10000), flags, text)
    painter.drawText(box, flags, text)
    return box.height()
