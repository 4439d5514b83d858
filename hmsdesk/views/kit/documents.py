"""The files of a patient: added by a button, by dropping them or from the clipboard; looked at, saved, taken out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import QBuffer, QDeadlineTimer, QIODevice, QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.documents import DOCUMENTS, NewFile
from hmsdesk.controllers.encounters import Visit
from hmsdesk.errors import Unreachable, UserError
from hmsdesk.models.dates import worded
from hmsdesk.models.documents import KINDS, MOST_BYTES, MOST_MEBIBYTES, size_words
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.models.watch import Watch
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.deeds import Deed, EntriesPanel, Entry
from hmsdesk.views.kit.preview import PreviewDialog
from hmsdesk.views.kit.toast import Toast
from hmsdesk.views.kit.words import Label

TAKEN = "PDF, pictures and text (*.pdf *.png *.jpg *.jpeg *.gif *.webp *.txt *.csv *.md);;All files (*)"
HINT = f"PDF, pictures and text, up to {MOST_MEBIBYTES} MB each. Files can be dropped anywhere on this page."


class DocumentsPanel(QWidget):
    """The list, and above it how a file comes into it."""

    changed = Signal()
    """Something is different on the server: fetch it again."""
    told = Signal(object, int, int)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._session = context.session
        self._patient: ObjectId | None = None
        self._visit: Visit | None = None
        self._under_way: dict[str, Toast] = {}
        self._calm = QDeadlineTimer()
        self._shown = 0
        self.list = EntriesPanel("Files")
        self.told.connect(self._on_told)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        if self._may_add:
            column.addLayout(self._ways_in())
            column.addWidget(Label(HINT, muted=True, size="small", wrap=True))
        column.addWidget(self.list)

    @property
    def _may_add(self) -> bool:
        return self._session.may(DOCUMENTS.resource, "create")

    def _ways_in(self) -> QHBoxLayout:
        add = normal("Add files", "paperclip")
        add.setObjectName("addFiles")
        add.clicked.connect(lambda _: self.choose())
        paste = normal("Paste picture", "clipboard-outline", "Ctrl+Shift+V")
        paste.setObjectName("pastePicture")
        paste.clicked.connect(lambda _: self.paste())
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(add)
        row.addWidget(paste)
        row.addStretch()
        return row

    def show_documents(self, patient: ObjectId, visit: Visit | None, rows: Sequence[Row]) -> None:
        """Show the files of a patient, those of this visit marked."""
        self._patient, self._visit = patient, visit
        if len(rows) < self._shown:
            self._calm.setRemainingTime(QApplication.doubleClickInterval())
        self._shown = len(rows)
        self.list.show_entries([self._entry(row) for row in rows], "No files yet.")

    def _entry(self, row: Row) -> Entry:
        when = day_and_time(row["created_at"], self._session.locale)
        known = [KINDS.get(row["kind"], "File"), size_words(row["size"]), when, row.get("created_by:title", "")]
        name = row["name"]
        deeds = [
            Deed("Open", f"Open {name}", partial(self.open, row)),
            Deed("Save as", f"Save {name}", partial(self.save_as, row)),
        ]
        if self._session.may(DOCUMENTS.resource, "update"):
            deeds.append(Deed("Remove", f"Remove {name}", partial(self._remove, row)))
        return Entry(name, " · ".join(part for part in known if part), deeds=tuple(deeds))

    # Adding

    def choose(self) -> None:
        """Ask for files, and add them."""
        paths, _ = QFileDialog.getOpenFileNames(self, "Add files", str(Path.home()), TAKEN)
        self.add_files([Path(path) for path in paths])

    def paste(self) -> None:
        """Add the picture, or the files, that lie on the clipboard."""
        # There is none at all where nothing was ever copied.
        self.take_in(QGuiApplication.clipboard().mimeData() or QMimeData())

    def take_in(self, data: QMimeData) -> None:
        """Add what was dropped or pasted."""
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            self.add_files(files)
        elif data.hasImage() and (picture := _as_png(QImage(data.imageData()))):
            self._send(self._picture_name(), lambda: picture)
        else:
            problem = UserError("There is no picture on the clipboard.", "Copy one, or add it as a file.")
            self._context.toasts.show_problem(problem)

    def _picture_name(self) -> str:
        """When it was taken: more than one is told apart, also among the files of years."""
        taken = self._session.locale.local(self._session.now())
        return f"Picture {worded(taken)} {taken:%H.%M.%S}.png"

    def add_files(self, paths: Sequence[Path]) -> None:
        """Add files from this computer."""
        for path in paths:
            self._send(path.name, partial(_read, path))

    def _send(self, name: str, content: object, operation: str = "") -> None:
        if self._patient is None or not callable(content):
            return
        operation = operation or uuid4().hex
        stopped = threading.Event()
        toast = self._context.toasts.show_progress(f"Adding {name}", "paperclip", stopped.set)
        toast.gone.connect(partial(self._under_way.pop, operation, None))
        self._under_way[operation] = toast
        session, patient = self._session, self._patient
        encounter = self._visit.encounter["_id"] if self._visit is not None and self._visit.is_open else None
        tell = partial(_tell, self.told, operation)

        def work() -> Row:
            new = NewFile(patient, name, content(), encounter)
            return DOCUMENTS.add(session, new, operation, Watch(tell, stopped.is_set))

        again = partial(self._send, name, content, operation)
        tasks.run(self, work, partial(self._on_added, operation), partial(self._on_failed, operation, again), long=True)

    def _on_told(self, operation: str, done: int, total: int) -> None:
        if operation in self._under_way:
            self._under_way[operation].set_progress(done, total)

    def _on_added(self, operation: str, row: Row) -> None:
        self._end(operation)
        self._context.toasts.show(f"{row['name']} is added")
        self.changed.emit()

    def _on_failed(self, operation: str, again: object, problem: Exception) -> None:
        self._end(operation)
        if isinstance(problem, UserError):
            repeat = again if isinstance(problem, Unreachable) and callable(again) else None
            self._context.toasts.show_problem(problem, repeat)

    def _end(self, operation: str) -> None:
        toast = self._under_way.get(operation)
        if toast is not None:
            toast.leave()

    # What is done with one

    def open(self, row: Row) -> None:
        """Look at a file in the program: nothing of it is run."""
        PreviewDialog(self, self._context, row).open()

    def save_as(self, row: Row) -> None:
        """Save a file to this computer."""
        PreviewDialog.save_as(self, self._context, row)

    def put_back(self, row: Row) -> None:
        """Let a file that was taken out of the chart stand in it again."""
        self._remove(row, active=True)

    def _remove(self, row: Row, *, active: bool = False) -> None:
        if not active and self._is_pressed_twice():
            return
        session = self._session
        change = partial(DOCUMENTS.change, session, row["_id"], row["version"], {"active": active}, uuid4().hex)
        tasks.run(self, change, partial(self._on_removed, active), self._context_problem)

    def _is_pressed_twice(self) -> bool:
        """Below what was removed the next file moves up under the mouse: the second press isn't meant for that."""
        twice = not self._calm.hasExpired()
        self._calm.setRemainingTime(QApplication.doubleClickInterval())
        return twice

    def _on_removed(self, active: bool, row: Row) -> None:
        if active:
            self._context.toasts.show(f"{row['name']} is in the chart again")
        else:
            undo = ("Undo", partial(self._remove, row, active=True))
            self._context.toasts.show(f"{row['name']} is taken out of the chart", action=undo)
        self.changed.emit()

    def _context_problem(self, problem: Exception) -> None:
        if isinstance(problem, UserError):
            self._context.toasts.show_problem(problem)
        self.changed.emit()


def accepts(event: QDragEnterEvent | QDropEvent) -> bool:
    """Whether what is dragged over a page are files or a picture."""
    data = event.mimeData()
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def _tell(signal: object, operation: str, done: int, total: int) -> None:
    signal.emit(operation, done, total)  # type: ignore[attr-defined]


def _read(path: Path) -> bytes:
    """A file's bytes; one that is too large isn't read. Raises UserError."""
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise UserError(
                f"{path.name} is too large.",
                f"It has {size_words(path.stat().st_size)}; at most {MOST_MEBIBYTES} MB are taken.",
            )
        return path.read_bytes()
    except OSError:
        raise UserError(f"{path.name} can't be read.", "It may be a folder, or not yours to read.") from None


def _as_png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # The stub asks for bytes, which it doesn't take.
    saved = not image.isNull() and image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data()) if saved else b""
