"""What is looked at after each race and each crash: every way in which a practice can be half done is seen."""

import pytest
from bson import Decimal128, Int64, ObjectId

from hmsdesk.controllers.closings import CLOSINGS, CountDrawer
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.payments import PAYMENTS, TakePayment
from hmsdesk.database.audit import Heads
from tests.bookings import book
from tests.factories import operation
from tests.prescribing import line
from tests.races.scene import Scene
from tests.races.soundness import unsound


class Alone:
    """No workstations beside this one."""

    number = 0

    def together(self, deed, each):
        return []


@pytest.fixture(scope="module")
def scene(clinic):
    """A practice in which each kind of thing has been done once."""
    scene = Scene(clinic, Alone())
    scene.new_lot()
    patient = scene.new_patient()
    book(scene.reception, patient, scene.doctor, scene.new_slot())
    asked = scene.practice.sign(line(scene.medicine, 3), patient=patient)
    dispense(scene.practice.pharmacist, scene.practice.opened(asked), {1: 2}, operation())
    bill = scene.new_bill()
    PAYMENTS.take(scene.reception, bill, TakePayment("cash", "350"), operation())
    drawer = CLOSINGS.drawer(scene.reception)
    CLOSINGS.close(scene.reception, drawer, CountDrawer(str(drawer.cash)), operation())
    return scene


@pytest.fixture
def practice(clinic, scene):
    """Its database, past the program; what a test breaks is put back."""
    heads = Heads(clinic.settings.folder()).read()
    names = ("slot_claims", "stock_lots", "stock_movements", "charges", "uninvoiced", "invoices", "payments")
    with clinic.past_the_program() as database:
        kept = {name: list(database[name].find()) for name in (*names, "dispensations", "closings", "audit")}
        database.heads = heads
        assert unsound(database, heads) == []
        yield database
        for name, rows in kept.items():
            database[name].delete_many({})
            database[name].insert_many(rows, bypass_document_validation=True)


def gone(name, **where):
    return lambda database: database[name].delete_one(where)


def changed(name, where=None, **values):
    return lambda database: database[name].update_one(where or {}, {"$set": values}, bypass_document_validation=True)


def paid_again(number):
    """A second payment like the first."""

    def breaks(database):
        second = {"_id": ObjectId(), "number": number, "find": {"number": number}}
        database.payments.insert_one(database.payments.find_one() | second, bypass_document_validation=True)

    return breaks


def torn(database):
    """The first of an operation's entries is gone, and the next is not."""
    operation = database.audit.find_one({"n": 1})["operation"]
    database.audit.delete_one({"operation": operation, "n": 0})


def unbooked(database):
    """Time is kept from others for nobody."""
    database.slot_claims.insert_one({"_id": "x", "appointment": ObjectId()}, bypass_document_validation=True)


WRONG = {"value": Decimal128("1"), "currency": "EGP"}


@pytest.mark.parametrize(
    ("breaks", "seen"),
    [
        (gone("slot_claims"), "an appointment has no claim of"),
        (unbooked, "a claim has no appointment"),
        (changed("stock_lots", quantity=Int64(4)), "which is not what its ledger says"),
        (changed("stock_movements", {"kind": "dispensed"}, after=Int64(-1)), "held less than nothing"),
        (changed("stock_movements", {"kind": "dispensed"}, after=Int64(4)), "don't follow one another"),
        (gone("stock_movements", kind="dispensed"), "what was handed out is not what left the stock"),
        (changed("dispensations", turn=2), "has turns [2]"),
        (gone("dispensations"), "is for something that is not there"),
        (gone("uninvoiced"), "waits, is billed or taken back 0 times"),
        (gone("charges", reason="medicines"), "was not charged for"),
        (gone("payments"), "and its ledger 0"),
        (changed("invoices", paid=WRONG), "says 1 paid, and its ledger 350"),
        (paid_again("REC-26-00002"), "is overpaid"),
        (paid_again("REC-26-00003"), "has gaps or repeats itself"),
        (changed("invoices", total=WRONG), "don't add up"),
        (changed("closings", {"kind": "closed"}, expected=WRONG), "was closed with another sum than it took"),
        (changed("closings", {"kind": "closed"}, drawer=2), "the drawers of"),
        (changed("payments", drawer=3), "is in a drawer that was never begun"),
        (gone("audit", collection="payments"), "the trail knows nothing of it"),
        (torn, "in the trail in pieces"),
    ],
)
def test_what_is_half_done_is_seen(practice, breaks, seen):
    breaks(practice)
    assert any(seen in one for one in unsound(practice, practice.heads)), unsound(practice, practice.heads)
