"""The dispensary: what waits, what is genuine, what is handed out."""

from __future__ import annotations

from hmsdesk.models.prescription_code import decode, encode, read_content
from hmsdesk.tour.parts.everyone import CONTROL, ENTER, PATIENT, Known
from hmsdesk.tour.stage import Hands, Missing


def see_waiting(hands: Hands, _: Known) -> Known:
    """It came into the queue by itself."""
    hands.click("rail-dispensary")
    hands.see_row(PATIENT, "queue")
    return {}


def refuse_forged(hands: Hands, known: Known) -> Known:
    """A page with another quantity under the same signature: nothing can be handed out."""
    content, signature = decode(known["code"])
    number = str(read_content(content).lines[0].quantity).encode()
    hands.scan(encode(content.replace(b"," + number, b",1" + number, 1), signature))
    hands.see("Altered or forged")
    if hands.has("dispense"):
        raise Missing("a forged page leaves the hand-out button there")
    return {}


def scan(hands: Hands, known: Known) -> Known:
    """The genuine page opens, with the patient's allergies in sight."""
    hands.click("rail-dispensary")
    hands.scan(known["code"])
    hands.see("Signature is genuine")
    hands.see("Penicillin")
    return {}


def hand_out(hands: Hands, _: Known) -> Known:
    """Ctrl+Enter hands out all of it, and offers to print the labels."""
    hands.press(ENTER, CONTROL)
    hands.see("Already dispensed in full")
    hands.see("Print labels")
    return {}


def see_labels(hands: Hands, _: Known) -> Known:
    """They can be seen, and printed again, from the list of what was handed out."""
    hands.leave_dialog()
    hands.click_named("Labels")
    hands.find("labels")
    return {}


def scan_again(hands: Hands, known: Known) -> Known:
    """The same page a second time gets nothing."""
    hands.leave_dialog()
    hands.scan(known["code"])
    hands.see("Already dispensed in full")
    if hands.has("dispense"):
        raise Missing("a page that is dispensed leaves the hand-out button there")
    return {}


PARTS = (see_waiting, refuse_forged, scan, hand_out, see_labels, scan_again)
