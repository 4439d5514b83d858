"""What each person does, step by step, by keys and clicks. A part returns what later steps must know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPdf import QPdfDocument

from hmsdesk.models.prescription_code import decode, encode, read_content
from hmsdesk.printing.scan import codes_in
from hmsdesk.tour.stage import Hands, Missing

Known = dict[str, Any]
CONTROL = Qt.KeyboardModifier.ControlModifier

PATIENT = "Mahmoud Ali Abdelrahman"
PATIENT_AR = "محمود علي عبد الرحمن"


def sign_in(hands: Hands, known: Known) -> Known:
    """Sign in, whatever role it is."""
    hands.see("Connected")
    hands.fill("E-mail", known["emails"][known["role"]])
    hands.fill("Password", known["password"])
    hands.press(Qt.Key.Key_Return)
    hands.find("frame")
    return {}


def register(hands: Hands, _: Known) -> Known:
    """Register a patient; the chart opens."""
    hands.click("rail-patients")
    hands.click("add")
    hands.fill("Full name", PATIENT)
    hands.fill("Name in Arabic", PATIENT_AR)
    hands.fill("Date of birth", "12 Mar 1968")
    hands.pick("Sex", "Male")
    hands.fill("Mobile phone", "0100 555 0112")
    hands.press(Qt.Key.Key_Return, CONTROL)
    hands.see("is registered")
    return {"patient": hands.place()[1]}


def book(hands: Hands, _: Known) -> Known:
    """Book the next free time of Dr Sara, from the patient's chart."""
    hands.find("chartBook")
    hands.press(Qt.Key.Key_B, CONTROL)
    hands.pick("Doctor", "Dr Sara El-Masry")
    slot = hands.first_enabled("slot-")
    hands.click(slot)
    hands.press(Qt.Key.Key_Return, CONTROL)
    hands.see("Booked")
    return {"time": slot.removeprefix("slot-")}


def see_booking(hands: Hands, _: Known) -> Known:
    """It is on the doctor's list without anything being done there."""
    hands.see_row(PATIENT)
    return {}


def record_allergy(hands: Hands, _: Known) -> Known:
    """Find the patient with Ctrl+K and write down an allergy."""
    hands.press(Qt.Key.Key_K, CONTROL)
    hands.fill("Search patients, pages, drafts and actions", "mahm abdelr")
    hands.see_row(PATIENT, "paletteList")
    hands.press(Qt.Key.Key_Return, at=hands.find("paletteField"))
    hands.click("chartEdit-health")
    hands.click_named("Add an allergy")
    hands.fill("To what", "Penicillin")
    hands.fill("What happened", "anaphylaxis")
    hands.press(Qt.Key.Key_Return, CONTROL)
    hands.see("The chart is saved")
    hands.see("Penicillin: anaphylaxis")
    return {}


def prescribe(hands: Hands, _: Known) -> Known:
    """Two medicines, signed."""
    hands.find("chartPrescribe")
    hands.press(Qt.Key.Key_E, CONTROL)
    hands.fill("Diagnosis", "Acute bronchitis")
    for number, (medicine, often, days) in enumerate((("parac", "Every 6 hours", "5"), ("azith", "Once a day", "3"))):
        if number:
            hands.click("addLine")
        hands.choose(f"Medicine {number + 1}", medicine)
        hands.pick("How often", often, number)
        hands.fill("Days", days, number)
    hands.press(Qt.Key.Key_Return, CONTROL)
    hands.find("savePaper")
    return {}


def save_page(hands: Hands, known: Known) -> Known:
    """The signed page as a file; its code is what scanners will type."""
    file = Path(known["folder"]) / "prescription.pdf"
    file.unlink(missing_ok=True)
    hands.answer_file_dialog(str(file))
    hands.click("savePaper")
    hands.wait(file.exists, "the saved page")
    return {"page": str(file), "code": _code_on(file)}


def refuse_forged(hands: Hands, known: Known) -> Known:
    """A page with another quantity under the same signature: nothing can be handed out."""
    content, signature = decode(known["code"])
    hands.click("rail-dispensary")
    number = str(read_content(content).lines[0].quantity).encode()
    hands.scan(encode(content.replace(b"," + number, b",1" + number, 1), signature))
    hands.see("Altered or forged")
    if hands.has("dispense"):
        raise Missing("a forged page leaves the hand-out button there")
    return {}


def scan(hands: Hands, known: Known) -> Known:
    """The genuine page opens, with the patient's allergies in sight."""
    hands.scan(known["code"])
    hands.see("Signature is genuine")
    hands.see("Penicillin")
    return {}


def dispense(hands: Hands, _: Known) -> Known:
    """Hand out all of it."""
    hands.press(Qt.Key.Key_Return, CONTROL)
    hands.see("Already dispensed")
    return {}


def scan_again(hands: Hands, known: Known) -> Known:
    """The same page a second time gets nothing."""
    hands.scan(known["code"])
    hands.see("Already dispensed in full")
    return {}


def verify(hands: Hands, known: Known) -> Known:
    """The administrator checks every entry and every record."""
    hands.click("rail-trail")
    hands.click("verify")
    hands.fill("Password", known["password"])
    hands.click("dialogYes")
    hands.see("The trail holds")
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


_ALL = (
    sign_in,
    register,
    book,
    see_booking,
    record_allergy,
    prescribe,
    save_page,
    refuse_forged,
    scan,
    dispense,
    scan_again,
    verify,
)
PARTS: dict[str, Callable[[Hands, Known], Known]] = {part.__name__: part for part in _ALL}
