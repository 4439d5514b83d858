"""A paper leaves the program: to a printer, or into a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMarginsF, QObject, QRect
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from hmsdesk.errors import UserError
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.paper_view import Pages, PaperSize
from hmsdesk.views.kit.saving import write_file
from hmsdesk.views.kit.toast import Toasts

DOTS_PER_INCH = 300
_SIZES = {"A5": QPageSize.PageSizeId.A5, "A4": QPageSize.PageSizeId.A4}


def print_paper(
    parent: QWidget,
    pdf: bytes,
    size: PaperSize,
    name: str,
    failed: Callable[[UserError], object],
    printed: Callable[[], object] = lambda: None,
) -> QPrintDialog:
    """Ask for a printer, and print there; then say `printed`, or why it `failed`."""
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setResolution(DOTS_PER_INCH)
    printer.setDocName(name)
    printer.setFullPage(True)
    printer.setPageLayout(QPageLayout(QPageSize(_SIZES[size]), QPageLayout.Orientation.Portrait, QMarginsF()))
    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle(f"Print {name}")

    def on_finished(answer: int) -> None:
        dialog.deleteLater()
        if answer != QDialog.DialogCode.Accepted:
            return
        if paint_paper(printer, pdf):
            printed()
        else:
            failed(UserError("Nothing was printed.", "The printer did not take it. Choose another one."))

    dialog.finished.connect(on_finished)
    # Its own `open` wants a slot by name.
    QDialog.open(dialog)
    return dialog


def paint_paper(printer: QPrinter, pdf: bytes) -> bool:
    """Put every page onto paper; whether the printer took them."""
    painter = QPainter()
    if not painter.begin(printer):
        return False
    pages = Pages(pdf)
    for page in range(len(pages)):
        if page:
            printer.newPage()
        paper = printer.pageLayout().fullRectPixels(printer.resolution())
        image = pages.image(page, paper.size())
        painter.drawImage(QRect(0, 0, paper.width(), paper.height()), image)
    done = painter.end()
    pages.close()
    return done


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
