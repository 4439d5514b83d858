"""The consulting room: visit, note, prescription."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPdf import QPdfDocument

from hmsdesk.printing.scan import codes_in
from hmsdesk.tour.parts.everyone import CONTROL, ENTER, PATIENT, Known
from hmsdesk.tour.stage import Hands, Missing


def see_vitals_done(hands: Hands, _: Known) -> Known:
    """It is on the doctor's board without anything being done there."""
    hands.see_row(PATIENT, "cards-vitals")
    hands.see("Vitals done")
    return {}


def begin_visit(hands: Hands, known: Known) -> Known:
    """Enter on the card opens the note."""
    hands.click("rail-home")
    hands.enter_at("cards-waiting" if known["who"] == "solo" else "cards-vitals", PATIENT)
    hands.find("visitClose")
    return {}


def record_allergy(hands: Hands, _: Known) -> Known:
    """The pencil at the banner leads to the chart; once it is saved one is back at the note."""
    hands.click("bannerEditAllergies")
    hands.click_named("Add an allergy")
    hands.fill("To what", "Penicillin")
    hands.fill("What happened", "anaphylaxis")
    hands.press(ENTER, CONTROL)
    hands.see("The chart is saved")
    hands.find("visitClose")
    hands.see("Penicillin: anaphylaxis")
    return {}


def write_note(hands: Hands, _: Known) -> Known:
    """Symptoms; findings from a template with Ctrl+T; a coded diagnosis; Ctrl+S."""
    hands.fill("Symptoms and reason", "Fever and sore throat for three days, painful to swallow.")
    hands.labelled("Findings").setFocus()
    hands.press(Qt.Key.Key_T, CONTROL)
    hands.choose_in_menu("Sore throat")
    hands.click_named("Add a diagnosis")
    hands.choose("Diagnosis 1", "acute pharyngitis")
    hands.fill("Plan and notes", "Fluids, rest. Come again if the fever stays.")
    hands.press(Qt.Key.Key_S, CONTROL)
    hands.see("Saved")
    return {}


def prescribe_against_allergy(hands: Hands, _: Known) -> Known:
    """Ctrl+E in the note; what speaks against the medicine opens below it, and it can't be signed."""
    hands.press(Qt.Key.Key_E, CONTROL)
    hands.choose("Medicine 1", "amox")
    hands.pick("How often", "3 times a day")
    hands.see("Resolve 1 allergy conflict first")
    return {}


def change_medicine(hands: Hands, _: Known) -> Known:
    """One of those offered in its place, and with Ins another line."""
    hands.click("replace")
    hands.choose_in_menu("Azithromycin")
    hands.pick("How often", "Once a day")
    hands.fill("Days", "3")
    hands.press(Qt.Key.Key_Insert)
    hands.choose("Medicine 2", "paracetamol 500")
    hands.pick("How often", "Every 6 hours", 1)
    hands.fill("Days", "3", 1)
    hands.see("No allergy conflict")
    return {}


def sign(hands: Hands, _: Known) -> Known:
    """Ctrl+Enter."""
    hands.press(ENTER, CONTROL)
    hands.find("printPaper")
    return {}


def save_page(hands: Hands, known: Known) -> Known:
    """The signed page as a file; its code is what scanners will type."""
    file = Path(known["folder"]) / "prescription.pdf"
    file.unlink(missing_ok=True)
    hands.answer_file_dialog(str(file))
    hands.click("savePaper")
    hands.wait(file.exists, "the saved page")
    return {"code": _code_on(file)}


def close_visit(hands: Hands, _: Known) -> Known:
    """Back to the note; Ctrl+Enter shows what will be charged, once more closes it."""
    hands.click("prescribeBack")
    hands.find("visitClose")
    hands.press(ENTER, CONTROL)
    hands.find("closingDialog")
    hands.press(ENTER, CONTROL)
    hands.see("The visit is closed")
    return {}


def _code_on(page: Path) -> str:
    """What a scanner reads off the printed page."""
    document = QPdfDocument()
    document.load(str(page))
    last = document.pageCount() - 1
    printed = document.render(last, (document.pagePointSize(last) * 3).toSize())
    paper = QImage(printed.size(), QImage.Format.Format_RGB32)
    paper.fill(Qt.GlobalColor.white)
    painter = QPainter(paper)
    painter.drawImage(0, 0, printed)
    painter.end()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    paper.save(buffer, "PNG")  # type: ignore[call-overload]
    codes = codes_in(bytes(buffer.data().data()))
    if not codes:
        raise Missing("no code can be read off the page")
    return codes[0]


PARTS = (
    see_vitals_done,
    begin_visit,
    record_allergy,
    write_note,
    prescribe_against_allergy,
    change_medicine,
    sign,
    save_page,
    close_visit,
)
