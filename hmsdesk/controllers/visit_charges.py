"""What a visit costs: the services its doctor entered, or else the consultation. It is charged once."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from hmsdesk.controllers.charges import CHARGES, Chargeable, OnABill, charge, take_back
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Work
from hmsdesk.errors import UserError
from hmsdesk.models.charges import CHARGED, FOR_VISIT, TAKEN_BACK
from hmsdesk.models.encounters import CONSULTATION_CODE
from hmsdesk.models.row import Row


def usual_services(session: Session, practitioner: ObjectId) -> list[Row]:
    """What a visit is charged with unless somebody enters something else: the doctor's fee, else the practice's.

    Empty where neither is known. Raises NotAllowed, Unreachable.
    """
    with session.reading("staff") as staff:
        doctor: Row = staff.find_one({"_id": practitioner}) or {}
    with session.reading("services") as services:
        service: Row = services.find_one({"code": CONSULTATION_CODE, "active": {"$ne": False}}) or {}
    price = doctor.get("consultation_fee") or service.get("price")
    if price is None:
        return []
    named = [service.get("name") or "Consultation", str(doctor.get("name", ""))]
    known = {"service": service["_id"]} if service else {}
    return [known | {"label": ", ".join(part for part in named if part)[:160], "quantity": 1, "price": price}]


def charge_visit(
    session: Session, work: Work, about: ObjectId, patient: ObjectId, practitioner: ObjectId, services: Sequence[Row]
) -> None:
    """Let a visit's services be to pay, exactly these and once, whatever was charged for it before.

    about: the appointment, or the visit that has none. What was charged before and is among them stands, on a bill
    or not; only the rest is added. Raises UserError where something else is on a bill already, with what to do then.
    """
    lines = [
        Chargeable(FOR_VISIT, done["label"], done["price"], done["quantity"])
        for done in services
        if not done.get("waived")
    ]
    missing, kept = [line for line in lines if _costs(line)], set[ObjectId]()
    standing = _standing(work, about)
    for row in standing:
        same = next((line for line in missing if _wanted(line) == _key(row)), None)
        if same is not None:
            missing.remove(same)
            kept.add(row["_id"])
    try:
        take_back(work, about, kept)
    except OnABill:
        labels = [row["label"] for row in standing if row["_id"] not in kept]
        raise _on_a_bill(labels) from None
    charge(session, work, patient, about, missing, practitioner)


def _on_a_bill(labels: Sequence[str]) -> UserError:
    """What is to be done where a bill has taken what a visit is no longer to cost."""
    what = labels[0] if len(labels) == 1 else "Some of this"
    return UserError(
        f"{what} is on a bill already.",
        "To close the visit now, leave it charged as it was. To change that, ask the cash desk first to void the bill; "
        "what is paid already it gives back afterwards.",
    )


def charge_completed(session: Session, work: Work, appointment: Row) -> None:
    """An appointment is completed: charge what its visit says, or the usual where nobody began one."""
    visit = work.find("encounters", {"_id": appointment["_id"]})
    doctor = (visit or appointment)["practitioner"]
    services = visit.get("services", []) if visit else usual_services(session, doctor)
    charge_visit(session, work, appointment["_id"], appointment["patient"], doctor, services)


def _standing(work: Work, about: ObjectId) -> list[Row]:
    """What is charged for something and was not taken back."""
    rows = work.find_all(CHARGES.resource, {"about": about})
    gone = {row["takes_back"] for row in rows if row["kind"] == TAKEN_BACK}
    return [row for row in rows if row["kind"] == CHARGED and row["_id"] not in gone]


def _key(row: Row) -> tuple[str, int, str]:
    return row["label"], row["quantity"], str(row["price"]["value"])


def _wanted(line: Chargeable) -> tuple[str, int, str]:
    return line.label, line.quantity, str(line.price["value"])


def _costs(line: Chargeable) -> bool:
    return bool(line.price["value"].to_decimal())
