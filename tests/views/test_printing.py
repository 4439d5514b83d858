"""What is printed arrives at a real print server: on the right paper, every page, with a code that can be read."""

import io
import subprocess
import sys
from functools import partial

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from hmsdesk.printing.prescription import render
from hmsdesk.views.kit import paper_out
from hmsdesk.views.kit.habits import habits
from hmsdesk.views.kit.print_dialog import NO_PRINTER, PrintDialog
from tests import cups
from tests.printing.reading import codes_of, sizes_of
from tests.printing.test_prescription import PAPER, TWELVE
from tests.views.windows import shown

# Said by the platform the tests run on.
pytestmark = [
    pytest.mark.qt_log_ignore("This plugin does not support"),
    pytest.mark.skipif(sys.platform != "linux", reason="the print server of the tests is CUPS"),
]


LIKE = 1.5


@pytest.fixture(scope="module")
def server():
    # Not skipped: installer/apt-packages.txt has them.
    assert not cups.is_missing(), f"{cups.is_missing()} is not installed (installer/apt-packages.txt)"
    made = cups.PrintServer()
    try:
        made.begin()
        made.out = {"desk": made.add_small("desk"), "office": made.add("office")}
        yield made
    finally:
        made.stop()


@pytest.fixture
def window(qtbot, server):
    page = QWidget()
    shown(qtbot, page)
    return page


@pytest.fixture
def printing(window, qtbot):
    """Print a page on a printer; what was told."""

    def send(paper, size, printer):
        told, made = [], []

        def make(asked):
            made.append(asked)
            return render(paper, asked)

        on_printed = partial(told.append, "printed")
        dialog = paper_out.print_paper(window, make, size, "prescription", told.append, on_printed, keep=told.append)
        dialog.printers.setCurrentText(printer)
        dialog.done(QDialog.DialogCode.Accepted)
        qtbot.waitUntil(lambda: bool(told))
        return told[0], made

    return send


def picture(pdf, page):
    asked = ["pdftoppm", "-r", "60", "-f", str(page), "-l", str(page), "-gray", "-png", "-"]
    return Image.open(io.BytesIO(subprocess.run(asked, input=pdf, capture_output=True, check=True).stdout))


def unlike(one, other):
    """How much two pictures differ, in hundredths of black against white; a shift by a hair's breadth hardly counts."""
    first, second = (
        image.convert("L").resize((175, 248)).filter(ImageFilter.GaussianBlur(2)) for image in (one, other)
    )
    return ImageStat.Stat(ImageChops.difference(first, second)).mean[0] / 2.55


@pytest.mark.parametrize(
    ("paper", "size", "millimetres"), [(PAPER, "A5", (148, 210)), (PAPER, "A4", (210, 297)), (TWELVE, "A5", (148, 210))]
)
def test_the_page_arrives_whole_on_the_chosen_paper(server, printing, paper, size, millimetres):
    told, _ = printing(paper, size, "desk")
    assert told == "printed"
    came, meant = cups.arrived(server.out["desk"]), render(paper, size)
    assert sizes_of(came) == [millimetres] * len(sizes_of(meant))
    for number in range(1, len(sizes_of(meant)) + 1):
        # The same words at the same places; another page of the same prescription differs by more than that.
        assert unlike(picture(came, number), picture(meant, number)) < LIKE
    assert codes_of(came, len(sizes_of(came))) == [paper.code]


def test_two_pages_of_one_prescription_would_have_been_told_apart():
    pdf = render(TWELVE, "A5")
    assert unlike(picture(pdf, 1), picture(pdf, 2)) > LIKE + 0.5


class TestTheDialog:
    @pytest.fixture
    def dialog(self, window, qtbot):
        made = PrintDialog(window, "prescription", "A5", paper_out.SHEETS)
        made.open()
        yield made
        made.reject()

    def test_names_every_printer_and_says_that_it_is_ready(self, dialog):
        dialog.printers.setCurrentText("desk")
        assert {dialog.printers.itemText(n) for n in range(dialog.printers.count())} == {"desk", "office"}
        assert dialog.state.text() == "Ready"
        assert "This printer has no" not in dialog.paper_state.text()

    def test_warns_of_paper_that_a_printer_has_not(self, dialog):
        dialog.printers.setCurrentText("office")
        assert dialog.paper_state.text().startswith("This printer has no A5. Choose A4.")
        dialog.papers.choose("A4")
        assert "This printer has no" not in dialog.paper_state.text()

    def test_says_that_a_printer_is_stopped(self, server, dialog):
        dialog.printers.setCurrentText("office")
        server.run("cupsdisable", "office")
        try:
            dialog.look_again()
            assert dialog.state.text().startswith("Stopped")
        finally:
            server.run("cupsenable", "office")


def test_the_printer_that_was_taken_last_is_offered_next(window, monkeypatch):
    monkeypatch.setattr(habits, "_known", {})
    for taken, offered in (("office", ""), ("desk", "office"), ("desk", "desk")):
        dialog = PrintDialog(window, "prescription", "A5", paper_out.SHEETS)
        dialog.open()
        assert offered in ("", dialog.printers.currentText())
        dialog.printers.setCurrentText(taken)
        dialog.accept()


def test_what_a_printer_has_no_paper_for_is_made_for_what_it_has(server, printing):
    told, made = printing(PAPER, "A5", "office")
    assert (told, made) == ("printed", ["A4"])
    came = cups.arrived(server.out["office"])
    assert sizes_of(came) == [(210, 297)]
    assert codes_of(came) == [PAPER.code]


def test_a_queue_that_takes_nothing_is_told_and_nothing_counts_as_printed(server, printing):
    server.run("cupsreject", "desk")
    try:
        told, made = printing(PAPER, "A5", "desk")
    finally:
        server.run("cupsaccept", "desk")
    assert told.title == "The printer desk takes nothing just now."
    assert made == []


def test_without_a_printer_it_says_so_and_what_else_can_be_done(qtbot, monkeypatch):
    from PySide6.QtPrintSupport import QPrinterInfo

    monkeypatch.setattr(QPrinterInfo, "availablePrinters", staticmethod(list))
    page = QWidget()
    shown(qtbot, page)
    dialog = PrintDialog(page, "prescription", "A5", paper_out.SHEETS)
    dialog.open()
    assert dialog.state.text() == NO_PRINTER
    assert not dialog._yes.isEnabled()
    asked = []
    dialog.save_asked.connect(asked.append)
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert asked == ["A5"]
    assert not dialog.isVisible()
