"""The page of the dispensary: scan, queue, and the prescription that is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from bson import ObjectId
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.controllers.dispensary.finding import MOST, Found, open_or_find
from hmsdesk.controllers.dispensary.opening import OpenedPrescription, open_picture, open_prescription
from hmsdesk.controllers.dispensary.queue import queue
from hmsdesk.errors import NotFound, UserError
from hmsdesk.security.permissions import READ
from hmsdesk.views.dispensary.hand_out import HandOut
from hmsdesk.views.dispensary.queue import Queue
from hmsdesk.views.dispensary.scan_field import ScanField
from hmsdesk.views.dispensary.side import Side
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.at_keyboard import AtKeyboard
from hmsdesk.views.kit.banner import Banner
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.page import Page
from hmsdesk.views.kit.parts import Chip, Label, StateView
from hmsdesk.views.kit.patient_summary import summary_of, visit_words

PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff)"
LARGEST = 40_000_000
SIDE_FROM = 1150
# What is typed there is meant there.
TYPED_IN = (QLineEdit, QAbstractSpinBox, QTextEdit, QComboBox)
COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
NOT_OPENED = UserError("This could not be opened.", "Something in the program went wrong.")


class DispensaryPage(Page):
    """A scanner works at once: whatever is typed while no field has the focus goes to the scan field."""

    def __init__(self, context: Context, record: str = "") -> None:
        super().__init__()
        self.setObjectName("dispensary")
        self._context = context
        self._record = ObjectId(record) if record else None
        self._at_keyboard = AtKeyboard(self)
        self._opening = tasks.Latest(self)
        self._queueing = tasks.Latest(self)
        self.scan = ScanField()
        self._chip = Chip("Scanner ready", "barcode-scan", "good")
        self._picture = normal("Scan from a picture", "file-image-outline")
        self._picture.setObjectName("scanPicture")
        self._picture.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.queue = Queue()
        self.banner = Banner(compact=True)
        self.hand_out = HandOut(context)
        self.side = Side(context)
        self._nothing = StateView()
        self._lay_out()
        self._connect()
        self.begin_at(self.scan)
        self._show_nothing()
        self._fetch()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE_8)
        title = Label("Dispense", bold=True, size="title")
        title.setFixedHeight(theme.PAGE_HEADER)
        head.addWidget(title)
        head.addSpacing(theme.SPACE_16)
        head.addWidget(self.scan)
        head.addWidget(self._chip)
        head.addStretch()
        head.addWidget(self._picture)
        middle = QVBoxLayout()
        middle.setSpacing(theme.SPACE_8)
        middle.addWidget(self.banner)
        middle.addWidget(self.hand_out, 1)
        middle.addWidget(self._nothing, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_12)
        row.addWidget(self.queue)
        row.addLayout(middle, 1)
        row.addWidget(self.side)
        self._column.addLayout(head)
        self._column.addLayout(row, 1)

    def _connect(self) -> None:
        self.scan.scanned.connect(self._on_scanned)
        self.scan.ready.connect(self._on_ready)
        self.scan.textChanged.connect(self.hand_out.wait_for)
        self.queue.chosen.connect(self.open)
        self.hand_out.looked_again.connect(self._show_patient)
        self.hand_out.dispensed.connect(self._on_dispensed)
        self.hand_out.scanning.connect(self.scan.take)
        self.hand_out.ready_again.connect(self.scan.setFocus)
        self._picture.clicked.connect(self._on_picture)
        here = Qt.ShortcutContext.WidgetWithChildrenShortcut
        on_key(self, "Esc", "Back to scanning", self._on_escape, context=here)
        live = {
            "prescriptions",
            "prescription_cancellations",
            "dispensations",
            "stock_lots",
            "medicines",
            "patient_health",
            "patients",
            "encounters",
        }
        self._context.live.follow(self, live, self._on_news)

    # The queue

    def _fetch(self) -> None:
        session = self._context.session

        # A lost server is said in the frame; what was fetched before stays.
        self._queueing.ask(lambda: queue(session), self.queue.show_queue, lambda _: None)

    def _on_news(self) -> None:
        self._fetch()
        self.hand_out.look_again()

    # Opening one

    def open(self, prescription: ObjectId) -> None:
        """Open a prescription of the queue."""
        self._open(partial(open_prescription, self._context.session, prescription))
        self.scan.setFocus()

    def _on_scanned(self, scanned: str) -> None:
        self.scan.selectAll()
        self._open(partial(open_or_find, self._context.session, scanned))

    def _open(self, work: Callable[[], OpenedPrescription | list[Found]]) -> None:
        self._opening.ask(work, self._show, self._on_failed)

    def _show(self, opened: OpenedPrescription | list[Found]) -> None:
        if isinstance(opened, list):
            self._show_found(opened)
            return
        self.queue.show_found([])
        self.scan.clear()
        self._nothing.hide()
        self._show_patient(opened)
        self.hand_out.show_opened(opened)
        self.hand_out.show()
        self.queue.mark(opened.prescription["_id"] if opened.prescription else None)

    def _show_patient(self, opened: OpenedPrescription) -> None:
        if opened.patient is not None:
            session = self._context.session
            visit = visit_words(opened.visit, session.locale)
            known = summary_of(opened.patient, opened.health, session.locale, visit)
            self.banner.show_patient(replace(known, knows_visits=session.may("encounters", READ)))
        self.banner.setVisible(opened.patient is not None)

    def _on_failed(self, problem: Exception) -> None:
        known = in_words(problem, NOT_OPENED)
        if not isinstance(problem, NotFound):
            self._context.toasts.show_problem(known)
            return
        self.queue.show_found([])
        self._show_problem(known)
        self.scan.setFocus()
        self.scan.selectAll()

    def _show_found(self, found: list[Found]) -> None:
        """Several of a name: one is chosen in the queue, with the arrows and Enter."""
        many = "1 prescription" if len(found) == 1 else f"{len(found)} prescriptions"
        more = ", the newest of them" if len(found) == MOST else ""
        self._show_problem(
            UserError(f"{many} found{more}.", "Choose one at the top of the queue. Ask for the date of birth.")
        )
        self.queue.show_found(found)

    def _show_problem(self, known: UserError) -> None:
        # What was open before must not be taken for what was scanned.
        self._nothing.hide()
        self.banner.hide()
        self.queue.mark(None)
        self.hand_out.show_problem(known)
        self.hand_out.show()

    def _show_nothing(self) -> None:
        self.banner.hide()
        self.hand_out.hide()
        self._nothing.show_empty(
            "line-scan",
            "Scan a prescription",
            "Or choose one from the queue, or type the number under its code, or a name.",
        )

    def _on_dispensed(self) -> None:
        self._fetch()
        self.scan.setFocus()

    # Scanning

    def _on_ready(self, ready: bool) -> None:
        if ready:
            self._chip.set("Scanner ready", "barcode-scan", "good")
        else:
            self._chip.set("Esc to scan", "barcode-off", "neutral")

    def _on_escape(self) -> None:
        self.scan.clear()
        self.queue.show_found([])
        self.scan.setFocus()

    def _on_picture(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Scan from a picture", str(Path.home()), PICTURES)
        self.scan.setFocus()
        if path:
            self.scan_picture(Path(path))

    def scan_picture(self, path: Path) -> None:
        """Open what the code in a picture says."""
        session = self._context.session
        self._open(lambda: open_picture(session, _read(path)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is typed in a list, the rail or nowhere is the beginning of a number or a name."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        focused = QApplication.focusWidget()
        if not isinstance(watched, QWidget) or watched is not (self.window() if focused is None else focused):
            return False
        if watched.window() is not self.window():
            return False
        text = event.text()
        if isinstance(watched, TYPED_IN) or event.modifiers() & COMMANDS or not text.strip() or not text.isprintable():
            return False
        self.scan.take(text)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # What is handed out needs the room more.
        self.side.setVisible(self.width() >= SIDE_FROM)

    def hideEvent(self, event: QHideEvent) -> None:
        """The desk one comes back to may be another: that of the rail, not that of one prescription."""
        super().hideEvent(event)
        self._at_keyboard.end()
        self.hand_out.keep_typed()

    def showEvent(self, event: QShowEvent) -> None:
        """What is gone to is opened, whatever was scanned meanwhile."""
        super().showEvent(event)
        self._at_keyboard.begin()
        self.scan.setFocus()
        if self._record is not None and not event.spontaneous() and self.hand_out.opened_id() != self._record:
            self.open(self._record)


def _read(path: Path) -> bytes:
    """A picture file. Raises UserError."""
    try:
        if path.stat().st_size <= LARGEST:
            return path.read_bytes()
    except OSError:
        raise UserError("This file can't be read.", "Choose another one.") from None
    raise UserError("This picture is too large.", "Take one of the code alone.")
