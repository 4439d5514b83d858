"""A paper leaves the program: to a printer, or into a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMarginsF, QObject, QPoint, QRect, QSize, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from hmsdesk.errors import UserError
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.paper_view import Pages, PaperSize
from hmsdesk.views.kit.saving import write_file
from hmsdesk.views.kit.toast import Toasts

PrintSize = PaperSize | Literal["label", "80 mm"]
DOTS_PER_INCH = 300
ROLL_MM = 80
NOT_PRINTED = UserError(
    "Not everything was printed.", "The printer stopped taking it. Throw away what came out, and choose another one."
)
_SIZES: dict[PrintSize, QPageSize] = {
    "A5": QPageSize(QPageSize.PageSizeId.A5),
    "A4": QPageSize(QPageSize.PageSizeId.A4),
    "label": QPageSize(QSizeF(62, 29), QPageSize.Unit.Millimeter, "Label 62 x 29 mm"),
}


def print_paper(
    parent: QWidget,
    pdf: bytes,
    size: PrintSize,
    name: str,
    failed: Callable[[UserError], object],
    printed: Callable[[], object] = lambda: None,
) -> QPrintDialog:
    """Ask for a printer, and print there; then say `printed`, or why it `failed`.

    What takes long happens off the window's thread, and goes on as long as the parent's window is there: the answer
    may come after the parent itself is gone.
    """
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setResolution(DOTS_PER_INCH)
    printer.setDocName(name)
    printer.setFullPage(True)
    printer.setPageLayout(QPageLayout(_page_size(pdf, size), QPageLayout.Orientation.Portrait, QMarginsF()))
    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle(f"Print {name}")

    def on_finished(answer: int) -> None:
        dialog.deleteLater()
        if answer == QDialog.DialogCode.Accepted:
            tasks.run(parent.window(), partial(sheets, pdf, paper_of(printer)), on_drawn, on_failed)

    def on_drawn(images: list[QImage]) -> None:
        if not paint_paper(printer, images):
            on_failed(NOT_PRINTED)
        else:
            printed()

    def on_failed(problem: Exception) -> None:
        failed(in_words(problem, NOT_PRINTED))

    dialog.finished.connect(on_finished)
    # Its own `open` wants a slot by name.
    QDialog.open(dialog)
    return dialog


def _page_size(pdf: bytes, size: PrintSize) -> QPageSize:
    """A sheet or a label; or of a roll, as much as the paper needs."""
    if size in _SIZES:
        return _SIZES[size]
    pages = Pages(pdf)
    height = pages.height_for(0, ROLL_MM)
    pages.close()
    return QPageSize(
        QSizeF(ROLL_MM, height + 1), QPageSize.Unit.Millimeter, "Roll", QPageSize.SizeMatchPolicy.ExactMatch
    )


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
    pdf: bytes,
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

    tasks.run(owner, partial(write_file, path, pdf), on_saved, on_failed)


def save_paper(parent: QWidget, toasts: Toasts, pdf: bytes, name: str) -> None:
    """Ask for a file, and save there."""
    path = path_for(parent, name)
    if path is not None:
        write_paper(parent, pdf, path, partial(tell_saved, toasts), toasts.show_problem)


def tell_saved(toasts: Toasts, path: Path) -> None:
    """Say where a paper lies now."""
    toasts.show(f"{path.name} is saved", f"In {path.parent}. Only you can open it on this computer.")
