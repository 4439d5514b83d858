"""Which printer, and on which paper: what the chosen one has, and whether it works, is said before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QMarginsF, QTimer, Signal
from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo
from PySide6.QtWidgets import QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.habits import habits, printer_for
from hmsdesk.views.kit.own_order import Combo
from hmsdesk.views.kit.segments import Segment, SegmentedControl
from hmsdesk.views.kit.words import IconLine, Label

DOTS_PER_INCH = 300
LOOK_MS = 3000
NO_PRINTER = "No printer is set up on this computer. Save as a PDF instead."
STATES = {
    QPrinter.PrinterState.Idle: ("Ready", "check", "good"),
    QPrinter.PrinterState.Active: ("Printing something else; this comes after it", "printer-outline", "muted"),
    QPrinter.PrinterState.Aborted: ("Stopped: nothing comes out until it is started again", "alert-outline", "warning"),
    QPrinter.PrinterState.Error: ("Stopped: nothing comes out until it is started again", "alert-outline", "warning"),
}


class PrintDialog(Dialog):
    """Printer and paper; and what would go wrong with them."""

    save_asked = Signal(str)
    """It is to be a file in place of paper; of the size that is chosen."""

    def __init__(self, parent: QWidget, name: str, size: str, sizes: Mapping[str, QPageSize]) -> None:
        """size: the one to begin with. sizes: those the page can be printed in, by name."""
        super().__init__(parent, f"Print {name}", "")
        self._explained.hide()
        self._name = name
        self._sizes = sizes
        self._infos: dict[str, QPrinterInfo] = {}
        self.printers = Combo()
        self.printers.setObjectName("printers")
        self.printers.setAccessibleName("Printer")
        self.state = IconLine("", "printer-outline")
        self.state.setObjectName("printerState")
        self.papers = SegmentedControl(
            "Paper", [Segment(one, one[:1].upper() + one[1:]) for one in sizes], size, theme.CONTROL
        )
        self.paper_state = IconLine("", "file-outline")
        self.paper_state.setObjectName("paperState")
        self._yes = primary("Print", "printer-outline")
        self._save = normal("Save as PDF…", "content-save-outline")
        self._save.setObjectName("saveInstead")
        self._save.clicked.connect(lambda _: self._on_save())
        for label, widget, below in (
            ("Printer", self.printers, self.state),
            ("Paper", self.papers, self.paper_state),
        ):
            self.column.addWidget(Label(label, muted=True, size="small"))
            self.column.addWidget(widget)
            self.column.addWidget(below)
            self.column.addSpacing(theme.SPACE_8)
        self.add_answers(self._yes, self.accept, self._save)
        self._fill()
        self.printers.currentIndexChanged.connect(lambda _: self._say())
        self.papers.chosen.connect(lambda _: self._say())
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self.look_again)
        self._looking.start()
        self._printer = self._made()

    @property
    def chosen(self) -> str:
        """The name of the size that is chosen."""
        return self.papers.current()

    def printer(self) -> QPrinter:
        """The chosen printer with the chosen paper."""
        if self._printer.outputFormat() == QPrinter.OutputFormat.NativeFormat and self.printers.currentText():
            self._printer.setPrinterName(self.printers.currentText())
        layout = QPageLayout(self._sizes[self.chosen], QPageLayout.Orientation.Portrait, QMarginsF())
        self._printer.setFullPage(True)
        self._printer.setPageLayout(layout)
        return self._printer

    def accept(self) -> None:
        """It is printed there; the next of this size is offered there too."""
        habits.set(printer_for(self.chosen), self.printers.currentText())
        super().accept()

    def _on_save(self) -> None:
        chosen = self.chosen
        self.reject()
        self.save_asked.emit(chosen)

    @staticmethod
    def _habit(size: str) -> str:
        return str(habits.get(printer_for(size)))

    def look_again(self) -> None:
        """A printer may be started, stopped or set up meanwhile."""
        self._fill()

    def _made(self) -> QPrinter:
        printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
        printer.setResolution(DOTS_PER_INCH)
        printer.setDocName(self._name)
        return printer

    def _fill(self) -> None:
        infos = {info.printerName(): info for info in QPrinterInfo.availablePrinters()}
        if list(infos) != list(self._infos):
            usual = next((name for name in map(self._habit, (self.chosen, *self._sizes)) if name in infos), "")
            chosen = self.printers.currentText() or usual or QPrinterInfo.defaultPrinterName()
            self.printers.blockSignals(True)
            self.printers.clear()
            self.printers.addItems(list(infos))
            self.printers.setCurrentIndex(max(self.printers.findText(chosen), 0) if infos else -1)
            self.printers.blockSignals(False)
        self._infos = infos
        self._say()

    def _say(self) -> None:
        info = self._infos.get(self.printers.currentText())
        self._yes.setEnabled(info is not None)
        (self._save if info is None else self._yes).setDefault(True)
        self.paper_state.setVisible(info is not None)
        if info is None:
            self.state.set_icon("alert-outline")
            self.state.set(NO_PRINTER, "warning")
        else:
            words, icon, tone = STATES[info.state()]
            self.state.set_icon(icon)
            self.state.set(words, tone)
            self._say_paper(info)
        self.fit_soon()

    def _say_paper(self, info: QPrinterInfo) -> None:
        usual, has = info.defaultPageSize(), info.supportedPageSizes()
        holds = f"It usually holds {usual.name()}" if usual.isValid() else ""
        wanted = self._sizes[self.chosen]
        if has and not any(one.isEquivalentTo(wanted) for one in has):
            others = [name for name, size in self._sizes.items() if any(one.isEquivalentTo(size) for one in has)]
            instead = f" Choose {others[0]}." if others else ""
            self.paper_state.set_icon("alert-outline")
            self.paper_state.set(f"This printer has no {self.chosen}.{instead} {holds}".rstrip(), "warning")
            return
        other = usual.isValid() and not usual.isEquivalentTo(wanted)
        self.paper_state.set_icon("alert-outline" if other else "file-outline")
        words = f"{holds}: put {self.chosen} paper into it first." if other else holds
        self.paper_state.set(words, "warning" if other else "muted")
