"""Invoices, receipts and closing reports on paper: what must be on them is, and long ones go on to further pages."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import pytest

from hmsdesk.printing import closing, invoice, receipt
from hmsdesk.printing.closing import ClosingPaper
from hmsdesk.printing.heading import Letterhead
from hmsdesk.printing.invoice import Addressee, BillLine, InvoicePaper
from hmsdesk.printing.receipt import ReceiptPaper

HEAD = Letterhead("Nile Family Clinic", "عيادة النيل للأسرة", "12 Mossadak St, Dokki, Giza", phone="02 3555 0140")
AISHA = Addressee("Aisha Mahmoud Taha", "عائشة محمود طه", "BK-2207-4", "Misr Insurance, policy MI-204981")
ECG = BillLine("ECG, 12 leads", "1", "250.00", "\u2212150.00", "200.00", "\u221250.00: Colleague of the clinic")
INVOICE = InvoicePaper(
    letterhead=HEAD,
    patient=AISHA,
    number="INV-26-08817",
    issued="17 Nov 2026, 10:22",
    currency="EGP",
    lines=(ECG,),
    sums=(("Sum", "200.00", False), ("Patient pays", "EGP 50.00", True), ("Still to pay", "EGP 50.00", True)),
    payments=(("Cash, 17 Nov 2026, 10:36, REC-26-00412", "200.00", False),),
)
RECEIPT = ReceiptPaper(
    letterhead=HEAD,
    patient=AISHA,
    kind="Receipt",
    kind_ar="إيصال",
    number="REC-26-00412",
    at="17 Nov 2026, 10:36",
    amount="EGP 200.00",
    facts=(("Invoice", "INV-26-08817"), ("Method", "Cash"), ("Slip number", ""), ("Cashier", "Mona Adel")),
    sums=(("Received", "250.00"), ("Change", "50.00"), ("Still to pay", "105.50")),
)
CLOSING = ClosingPaper(
    letterhead=HEAD,
    cashier="Mona Adel",
    title="Day closing, drawer 12",
    opened="17 Nov 2026, 08:42",
    closed="17 Nov 2026, 17:05",
    currency="EGP",
    methods=(("Cash", "9", "3,420.00", "\u2212100.00", "\u221220.00", "3,300.00"),),
    cash=(("Opened with", "500.00", False), ("Counted", "3,790.00", True), ("Missing", "\u221210.00", True)),
    pieces=(("18 x 200.00", "3,600.00"),),
    reason="Change given wrongly",
    entries=(("REC-26-00001", "10:01", "Aisha Mahmoud Taha", "Cash", "350.00"),),
)
PDFTOTEXT = shutil.which("pdftotext")


def pages(pdf: bytes) -> list[str]:
    """The words of each page, as another program reads them."""
    assert PDFTOTEXT
    read = subprocess.run([PDFTOTEXT, "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return read.stdout.decode().split("\f")[:-1]


@pytest.mark.parametrize("size", ["A5", "A4"])
def test_an_invoice_says_what_was_done_who_pays_it_and_what_was_paid(size):
    (page,) = pages(invoice.render(INVOICE, size))
    wanted = (
        "INV-26-08817",
        "Aisha Mahmoud Taha",
        "BK-2207-4",
        "MI-204981",
        "ECG, 12 leads",
        "Colleague of the clinic",
    )
    sums = ("EGP 50.00", "Amount (EGP)", "REC-26-00412", "One line. Nothing follows.", "Page 1 of 1")
    assert [words for words in (*wanted, *sums) if words not in page] == []
    assert "Copy" not in page


def test_a_copy_says_so_and_a_void_one_too():
    copy = invoice.render(replace(INVOICE, copy=True), "A5")
    assert "Copy" in pages(copy)[0]
    assert "INV-26-08817, copy" in pages(copy)[0]
    assert invoice.render(replace(INVOICE, stamp="Void"), "A5") != invoice.render(INVOICE, "A5")


def test_without_insurance_there_is_no_column_for_it():
    (page,) = pages(invoice.render(replace(INVOICE, lines=(replace(ECG, insurance=""),)), "A5"))
    assert "Insurance " not in page.partition("Service")[2]


def test_many_lines_go_on_to_further_pages_with_everything_repeated():
    lines = tuple(replace(ECG, label=f"Service number {n}", note="") for n in range(1, 101))
    read = pages(invoice.render(replace(INVOICE, lines=lines), "A5"))
    assert len(read) > 1
    for n, page in enumerate(read, start=1):
        assert "Aisha Mahmoud Taha" in page
        assert "Amount (EGP)" in page
        assert f"Page {n} of {len(read)}" in page
    found = [n for n in range(1, 101) if any(f"Service number {n} " in page for page in read)]
    assert found == list(range(1, 101))
    assert [n for n, page in enumerate(read, start=1) if "Still to pay" in page] == [len(read)]


def test_a_very_long_label_takes_several_lines():
    long = "Ultrasound of the abdomen with all that belongs to it and more " * 2
    (page,) = pages(invoice.render(replace(INVOICE, lines=(replace(ECG, label=long.strip()),)), "A5"))
    assert page.count("Ultrasound") == 2


@pytest.mark.parametrize("size", ["80 mm", "A5", "A4"])
def test_a_receipt_says_who_paid_what_how_and_what_is_left(size):
    (page,) = pages(receipt.render(RECEIPT, size))
    wanted = ("REC-26-00412", "Aisha Mahmoud Taha", "EGP 200.00", "INV-26-08817", "Mona Adel", "250.00", "105.50")
    assert [words for words in wanted if words not in page] == []
    # What is empty is left out together with its label.
    assert "Slip number" not in page


@pytest.mark.parametrize("size", ["80 mm", "A5"])
def test_a_copy_of_a_receipt_says_so(size):
    (page,) = pages(receipt.render(replace(RECEIPT, copy=True), size))
    assert "copy" in page.lower()


def test_a_roll_is_as_long_as_what_stands_on_it():
    def height(paper):
        information = subprocess.run(
            ["pdfinfo", "-"], input=receipt.render(paper, "80 mm"), capture_output=True, check=True
        )
        size = next(line for line in information.stdout.decode().splitlines() if line.startswith("Page size"))
        width, _, tall = size.split(":")[1].split("pts")[0].partition("x")
        assert abs(float(width) - 80 / 25.4 * 72) < 0.5
        return float(tall)

    longer = replace(RECEIPT, facts=(*RECEIPT.facts, ("Reason", "Entered by mistake")))
    assert height(longer) > height(RECEIPT)


def test_a_closing_report_shows_sums_count_and_every_payment():
    entries = tuple((f"REC-26-{n:05}", "10:00", "Aisha Mahmoud Taha", "Card", "350.00") for n in range(120))
    read = pages(closing.render(replace(CLOSING, entries=entries), "A4"))
    whole = " ".join(read)
    wanted = ("Mona Adel", "3,420.00", "Counted", "Missing", "Change given wrongly", "18 x 200.00", "Received by")
    assert [words for words in wanted if words not in whole] == []
    assert all(f"REC-26-{n:05}" in whole for n in range(120))


def test_an_empty_drawer_has_a_report_too():
    (page,) = pages(closing.render(replace(CLOSING, entries=(), pieces=(), methods=(), reason=""), "A5"))
    assert "Nothing was taken." in page


@pytest.mark.parametrize(
    ("render", "paper", "size"), [(invoice.render, INVOICE, "A5"), (receipt.render, RECEIPT, "80 mm")]
)
def test_the_same_content_is_the_same_bytes(render, paper, size):
    assert render(paper, size) == render(paper, size)
