"""A paper leaves the program: to a printer, or into a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import QObject, QPoint, QRect, QSize, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from hmsdesk.errors import UserError
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.paper_view import Pages, PaperSize
from hmsdesk.views.kit.print_queue import require_accepting
from hmsdesk.views.kit.saving import write_file
from hmsdesk.views.kit.toast import Toasts

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from hmsdesk.views.kit.print_dialog import PrintDialog

PrintSize = PaperSize | Literal["label", "80 mm"]
# A page that is there, or what makes one of a size: off the window's thread, once, when it is really to be printed.
ForPrinting = bytes | Callable[[PaperSize], bytes]
ROLL_MM = 80
NOT_PRINTED = UserError(
    "Not everything was printed.", "The printer stopped taking it. Throw away what came out, and choose another one."
)
SHEETS: dict[str, QPageSize] = {
    "A5": QPageSize(QPageSize.PageSizeId.A5),
    "A4": QPageSize(QPageSize.PageSizeId.A4),
}
_LABEL = QPageSize(QSizeF(62, 29), QPageSize.Unit.Millimeter, "Label 62 x 29 mm")


def print_paper(
    parent: QWidget,
    paper: ForPrinting,
    size: PrintSize,
    name: str,
    failed: Callable[[UserError], object],
    printed: Callable[[], object] = lambda: None,
    *,
    keep: Callable[[PaperSize], object],
) -> PrintDialog:
    """Ask for a printer, and print there; then say `printed`, or why it `failed`.

    keep: saves it as a file, where that is wanted in place of paper.

    What takes long happens off the window's thread, and goes on as long as the parent's window is there: the answer
    may come after the parent itself is gone. Where the page is made for it, its size can be chosen as well.
    """
    # Only who prints pays for what knows printers. What draws on another thread must be imported on this one.
    import PySide6.QtPdf  # noqa: F401

    from hmsdesk.views.kit.print_dialog import PrintDialog

    sizes: dict[str, QPageSize] = {size: _page_size(paper, size)} if isinstance(paper, bytes) else {**SHEETS}
    dialog = PrintDialog(parent, name, size, sizes)
    # The dialog is gone before the page is on paper.
    sent: list[QPrinter] = []

    def on_accepted() -> None:
        printer = dialog.printer()
        sent.append(printer)
        chosen, room = size_of(printer, dialog.chosen), paper_of(printer)
        tasks.run(parent.window(), partial(_drawn, paper, chosen, printer.printerName(), room), on_drawn, on_failed)

    def on_drawn(images: list[QImage]) -> None:
        if not paint_paper(sent[0], images):
            on_failed(NOT_PRINTED)
        else:
            printed()

    def on_failed(problem: Exception) -> None:
        failed(in_words(problem, NOT_PRINTED))

    dialog.accepted.connect(on_accepted)
    dialog.save_asked.connect(keep)
    dialog.open()
    return dialog


def _page_size(pdf: bytes, size: PrintSize) -> QPageSize:
    """A sheet or a label; or of a roll, as much as the paper needs."""
    if size == "label":
        return _LABEL
    if size != "80 mm":
        return SHEETS[size]
    pages = Pages(pdf)
    height = pages.height_for(0, ROLL_MM)
    pages.close()
    return QPageSize(
        QSizeF(ROLL_MM, height + 1), QPageSize.Unit.Millimeter, "Roll", QPageSize.SizeMatchPolicy.ExactMatch
    )


def _drawn(paper: ForPrinting, size: str, printer: str, room: QSize) -> list[QImage]:
    """The pages, for a printer that takes them. What it refuses isn't made: it would count as printed."""
    require_accepting(printer)
    return sheets(paper if isinstance(paper, bytes) else paper(cast(PaperSize, size)), room)


def size_of(printer: QPrinter, wanted: str) -> str:
    """The size of page for what is really in a printer: one that hasn't the wanted paper falls back to another."""
    has = printer.pageLayout().pageSize().id()
    return next((name for name, size in SHEETS.items() if size.id() == has), wanted)


def paper_of(printer: QPrinter) -> QSize:
    """A printer's whole sheet, in its dots."""
    return printer.pageLayout().fullRectPixels(printer.resolution()).size()


def sheets(pdf: bytes, size: QSize) -> list[QImage]:
    """Every page of a paper, so large. At a printer's resolution that takes a while: not for the window's thread."""
    pages = Pages(pdf)
    images = [pages.image(page, size) for page in range(len(pages))]
    pages.close()
    return images


def paint_paper(printer: QPrinter, images: Sequence[QImage]) -> bool:
    """Put every page onto paper; whether the printer took them all. It gets no more once it refuses one."""
    painter = QPainter()
    if not painter.begin(printer):
        return False
    for number, image in enumerate(images):
        if number and not printer.newPage():
            printer.abort()
            painter.end()
            return False
        painter.drawImage(QRect(QPoint(), paper_of(printer)), image)
    return painter.end()


def path_for(parent: QWidget, name: str) -> Path | None:
    """Ask where a paper is to be saved; None where it isn't."""
    suggested = str(Path.home() / f"{name}.pdf")
    path, _ = QFileDialog.getSaveFileName(parent, f"Save {name}", suggested, "PDF (*.pdf)")
    return Path(path) if path else None


def write_paper(
    owner: QObject,
    paper: bytes | Callable[[], bytes],
    path: Path,
    saved: Callable[[Path], object],
    failed: Callable[[UserError], object],
) -> None:
    """Write a PDF, whole or not at all; only this user may read it. Then say `saved`, or why it `failed`."""

    def on_saved(_: None) -> None:
        saved(path)

    def on_failed(problem: Exception) -> None:
        if isinstance(problem, UserError):
            failed(problem)

    def work() -> None:
        write_file(path, paper if isinstance(paper, bytes) else paper())

    tasks.run(owner, work, on_saved, on_failed)


def save_paper(parent: QWidget, toasts: Toasts, paper: bytes | Callable[[], bytes], name: str) -> None:
    """Ask for a file, make the page, and save it there."""
    path = path_for(parent, name)
    if path is not None:
        write_paper(parent, paper, path, partial(tell_saved, toasts), toasts.show_problem)


def tell_saved(toasts: Toasts, path: Path) -> None:
    """Say where a paper lies now."""
    toasts.show(f"{path.name} is saved", f"In {path.parent}. Only you can open it on this computer.")
