"""A file looked at inside the program: pictures and PDF on white, text as plain text. Nothing in it is run."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImageReader, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from hmsdesk.controllers.documents import DOCUMENTS
from hmsdesk.errors import UserError
from hmsdesk.models.documents import PDF, TEXT, name_to_save, size_words
from hmsdesk.models.row import Row
from hmsdesk.models.text import so_many
from hmsdesk.models.watch import Watch
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.paper_out import tell_saved
from hmsdesk.views.kit.paper_view import Sheets, SheetsScroll
from hmsdesk.views.kit.saving import write_file
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.words import Label

WIDTH, HEIGHT = 760, 520
# A picture that claims to be larger than any camera makes would only fill the memory.
MOST_MEGABYTES_DRAWN = 256
# All of a thick book's pages drawn at once would fill the memory too.
MOST_PAGES = 40
NOT_SHOWN = UserError("This file can't be shown.", "It may be damaged. It can still be saved.")


class PreviewDialog(Dialog):
    """One file. It is fetched and checked when it is opened."""

    def __init__(self, parent: QWidget, context: Context, row: Row) -> None:
        super().__init__(parent, row["name"], size_words(row["size"]), WIDTH)
        self._context = context
        self._row = row
        self._stopped = threading.Event()
        self._state = StateView()
        self._state.setFixedHeight(HEIGHT)
        self._room = QVBoxLayout()
        self._room.addWidget(self._state)
        self.column.addLayout(self._room)
        self.column.addSpacing(theme.SPACE_8)
        save = normal("Save as", "content-save-outline")
        save.setObjectName("saveDocument")
        save.clicked.connect(lambda _: PreviewDialog.save_as(self, context, row))
        close = self.no_button()
        close.setDefault(True)
        self.add_row(save, close)
        self.finished.connect(lambda _: self._stopped.set())
        self._fetch()

    def _fetch(self) -> None:
        self._state.show_loading()
        session, row, seen = self._context.session, self._row, Watch(stopped=self._stopped.is_set)
        tasks.run(self, lambda: DOCUMENTS.content(session, row, seen), self._show, self._on_failed, long=True)

    def _on_failed(self, problem: Exception) -> None:
        self._state.show_problem(problem, self._fetch)

    def _show(self, content: bytes) -> None:
        shown = view_of(self._row["kind"], content)
        if shown is None:
            self._state.show_error(NOT_SHOWN.title, NOT_SHOWN.message)
            return
        shown.setFixedHeight(HEIGHT)
        shown.setAccessibleName(self._row["name"])
        self._state.hide()
        self._room.addWidget(shown)
        if isinstance(shown, PdfPages) and shown.more:
            self._room.addWidget(Label(shown.more, muted=True, size="small"))

    @staticmethod
    def save_as(parent: QWidget, context: Context, row: Row) -> None:
        """Ask where, fetch it, and write it there exactly as it was added."""
        suggested = str(Path.home() / name_to_save(row["name"], row["kind"]))
        path, _ = QFileDialog.getSaveFileName(parent, f"Save {row['name']}", suggested)
        if not path:
            return

        def work() -> Path:
            write_file(Path(path), DOCUMENTS.content(context.session, row))
            return Path(path)

        tasks.run(parent, work, partial(tell_saved, context.toasts), partial(_say, context), long=True)


def _say(context: Context, problem: Exception) -> None:
    if isinstance(problem, UserError):
        context.toasts.show_problem(problem)


def view_of(kind: str, content: bytes) -> QWidget | None:
    """A file as it is looked at; None for what can't be shown."""
    if kind == TEXT:
        page = QPlainTextEdit(content.decode("utf-8", "replace"), readOnly=True)
        page.setTabChangesFocus(True)
        return page
    return PdfPages.of(content) if kind == PDF else Picture.of(content)


class PdfPages(SheetsScroll):
    """The pages of a PDF below one another. more: what is said where not all of them are drawn."""

    def __init__(self, sheets: Sheets, more: str = "") -> None:
        super().__init__(sheets)
        self.more = more

    @classmethod
    def of(cls, content: bytes) -> PdfPages | None:
        """The pages; None where there are none."""
        sheets = Sheets()
        number = sheets.show_pdf(content, MOST_PAGES)
        if not number:
            return None
        more = f"The first {MOST_PAGES} of {so_many(number, 'page')}. Save the file to read all of it."
        return cls(sheets, more if number > MOST_PAGES else "")


class Picture(QScrollArea):
    """A picture, made smaller where it is wider than its place."""

    def __init__(self, pixmap: QPixmap) -> None:
        super().__init__()
        self._pixmap = pixmap
        self._label = QLabel()
        self.setObjectName("paper")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWidget(self._label)

    @classmethod
    def of(cls, content: bytes) -> Picture | None:
        """The picture; None for what is none."""
        buffer = QBuffer()
        buffer.setData(QByteArray(content))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        QImageReader.setAllocationLimit(MOST_MEGABYTES_DRAWN)
        reader = QImageReader(buffer)
        reader.setAutoTransform(True)
        image = reader.read()
        return None if image.isNull() else cls(QPixmap.fromImage(image))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.viewport().width()
        wide = self._pixmap.width() > room
        mode = Qt.TransformationMode.SmoothTransformation
        self._label.setPixmap(self._pixmap.scaledToWidth(room, mode) if wide else self._pixmap)
        self._label.adjustSize()
