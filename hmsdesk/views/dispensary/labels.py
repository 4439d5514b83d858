"""The labels of a hand-out: straight to a printer, or looked at first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.dispensary.labels import labels
from hmsdesk.models.preferences import LANGUAGES
from hmsdesk.models.row import Row
from hmsdesk.printing.labels import LabelPaper
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.paper_out import PrintSize, print_paper, save_paper
from hmsdesk.views.kit.paper_view import PaperView
from hmsdesk.views.kit.segments import Segment, SegmentedControl

WIDTH, HEIGHT = 520, 380
SIZES = (Segment("label", "Label"), Segment("A4", "A4 sheet"))


def labels_of(prescription: Row) -> str:
    """What the labels of a prescription are called where they are printed or kept: labels RX-26-P62KXW."""
    return f"labels {prescription['number']}"


def print_labels(
    parent: QWidget, context: Context, dispensation: ObjectId, name: str, language: str, asked: Callable[[], object]
) -> None:
    """Ask for the printer of labels, and print there.

    name: as in LabelsDialog. asked: called once the question is out of the way.
    """
    work = partial(labels, context.session, dispensation, language, "label")

    def on_made(pdf: bytes) -> None:
        keep = partial(save_paper, parent, context.toasts, pdf, name)
        dialog = print_paper(parent, pdf, "label", name, context.toasts.show_problem, keep=lambda _: keep())
        dialog.finished.connect(lambda _: asked())

    def on_failed(problem: Exception) -> None:
        context.toasts.show_problem(in_words(problem))

    tasks.run(parent, work, on_made, on_failed)


class LabelsDialog(Dialog):
    """The labels as they will be, on a roll or on a sheet, in either language."""

    def __init__(self, parent: QWidget, context: Context, dispensation: ObjectId, name: str, language: str) -> None:
        """name: what they are called where they are kept as a file."""
        super().__init__(parent, "Labels", "One for each medicine that was handed out.", WIDTH)
        self.setObjectName("labels")
        self._context = context
        self._dispensation = dispensation
        self._name = name
        self._making = tasks.Latest(self)
        self.paper = PaperView("Labels", "label", SIZES)
        self.paper.setFixedHeight(HEIGHT)
        self.paper.size_chosen.connect(lambda _: self._fetch())
        self._languages = SegmentedControl(
            "Language", [Segment(code, word) for code, word in LANGUAGES], language, theme.CONTROL_COMPACT
        )
        self._languages.chosen.connect(lambda _: self._fetch())
        self.paper.bar.insertWidget(self.paper.bar.count() - 1, self._languages)
        self._print = primary("Print", "printer-outline")
        self._print.setObjectName("printLabelsNow")
        self._print.clicked.connect(lambda _: self._on_print())
        save = normal("Save", "content-save-outline")
        save.setObjectName("saveLabels")
        save.clicked.connect(lambda _: self._on_save())
        close = self.no_button()
        self.column.addWidget(self.paper)
        self.column.addSpacing(theme.SPACE_8)
        self.add_row(close, save, self._print)
        self._print.setDefault(True)
        self._fetch()
        self.open()

    def _fetch(self) -> None:
        paper = cast(LabelPaper, self.paper.chosen)
        work = partial(labels, self._context.session, self._dispensation, self._languages.current(), paper)
        self._making.ask(work, self.paper.show_pdf, lambda problem: self.paper.say(str(in_words(problem))))

    def _on_print(self) -> None:
        if self.paper.pdf:
            size = cast(PrintSize, self.paper.chosen)
            failed = self._context.toasts.show_problem
            print_paper(self, self.paper.pdf, size, self._name, failed, keep=lambda _: self._on_save())

    def _on_save(self) -> None:
        save_paper(self, self._context.toasts, self.paper.pdf, self._name)
