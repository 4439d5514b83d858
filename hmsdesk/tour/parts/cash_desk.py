"""The cash desk: drawer, bill, payments."""

from __future__ import annotations

import re
from pathlib import Path

from hmsdesk.tour.parts.everyone import CONTROL, ENTER, PATIENT, Known
from hmsdesk.tour.stage import Hands

FLOAT = "500"


def open_drawer(hands: Hands, _: Known) -> Known:
    """What is in the drawer before the first payment."""
    hands.click("rail-cash_desk")
    hands.click("openDrawer")
    hands.fill("Cash in the drawer", FLOAT)
    hands.press(ENTER)
    hands.see("The drawer is open")
    return {}


def see_charges(hands: Hands, _: Known) -> Known:
    """Visit and medicines stand on one bill, which nobody wrote."""
    hands.leave_dialog()
    hands.click("rail-cash_desk")
    hands.enter_at("toPay", PATIENT)
    hands.see("Consultation")
    hands.see("Medicines, dispensed")
    return {}


def approve_bill(hands: Hands, _: Known) -> Known:
    """Ctrl+Enter gives it its number."""
    hands.find("approve")
    hands.press(ENTER, CONTROL)
    hands.see("is approved")
    hands.find("received")
    return {}


def take_wrongly(hands: Hands, _: Known) -> Known:
    """A sum is taken by card that nobody paid."""
    hands.pick("Method", "Card")
    hands.fill("Amount (EGP)", "100")
    hands.fill_named("reference", "000001")
    hands.press(ENTER)
    hands.see("EGP 100.00 is taken")
    return {}


def undo_payment(hands: Hands, _: Known) -> Known:
    """Undo in the message, which asks first; the ledger keeps both."""
    hands.click_last("toastAction")
    hands.click("dialogYes")
    hands.see("The payment is undone")
    return {}


def take_cash(hands: Hands, _: Known) -> Known:
    """A part in cash: what was received is typed, the change is told."""
    hands.pick("Method", "Cash")
    hands.fill("Amount (EGP)", "200")
    hands.fill("Received (EGP)", "250")
    hands.press(ENTER)
    hands.see("Change EGP 50.00")
    return {}


def take_card(hands: Hands, _: Known) -> Known:
    """The rest by card, with the number of the slip."""
    hands.pick("Method", "Card")
    hands.fill_named("reference", "004711")
    hands.press(ENTER)
    hands.see("EGP 0.00")
    return {}


def save_receipt(hands: Hands, known: Known) -> Known:
    """The receipt stands beside the payment, and is saved as a file."""
    file = Path(known["folder"]) / "receipt.pdf"
    file.unlink(missing_ok=True)
    hands.click("rail-payments")
    hands.see_row(PATIENT)
    hands.answer_file_dialog(str(file))
    hands.click_named("Save copy")
    hands.wait(file.exists, "the saved receipt")
    return {}


def close_drawer(hands: Hands, _: Known) -> Known:
    """What was counted is what must be there."""
    hands.click("rail-cash_desk")
    hands.click("closeDay")
    hands.see("Expected: EGP")
    found = re.search(r"Expected: EGP ([\d,]+\.\d\d)", hands.words())
    hands.fill("Counted cash", found[1].replace(",", "") if found else "")
    hands.see("It is what was expected")
    hands.press(ENTER)
    hands.see("The day is closed")
    return {}


PARTS = (
    open_drawer,
    see_charges,
    approve_bill,
    take_wrongly,
    undo_payment,
    take_cash,
    take_card,
    save_receipt,
    close_drawer,
)
