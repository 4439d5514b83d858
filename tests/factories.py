"""Valid values for each record, as a person would type them, and the documents that are kept of them."""

from __future__ import annotations

import random as chance
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from string import ascii_uppercase
from typing import Any
from uuid import uuid4

import bson
from bson import ObjectId

from hmsdesk.controllers.field_keys import first_keys
from hmsdesk.database.field_cipher import FieldCipher
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Record
from hmsdesk.models.registry import encrypted, record_of
from hmsdesk.models.row import Row
from hmsdesk.security.keyrings import Keyring

EGYPT = Locale("EG", "EGP", "Africa/Cairo")
MOMENT = datetime(2026, 11, 17, 8, 20, tzinfo=UTC)


def stamped(row: Row, actor: ObjectId) -> Row:
    """A new record's row, with its id first, its version and who made it when."""
    now = datetime.now(UTC).replace(microsecond=0)
    return {"_id": ObjectId(), "version": 1} | row | {"created_at": now, "created_by": actor}


def operation() -> str:
    """The id of an operation nobody has done yet."""
    return uuid4().hex


def moment(session):
    """Now, by the server's clock; what is done after it has a later one."""
    at = session.now()
    while session.now() <= at:
        pass
    return at


def code(length: int = 8) -> str:
    """A code that nothing else has."""
    return uuid4().hex[:length].upper()


def letters() -> str:
    """Two capital letters."""
    return "".join(chance.choices(ascii_uppercase, k=2))


def _patient() -> Row:
    return {
        "name": "Mohamed Ali Hassan",
        "name_ar": "محمد علي حسن",
        "birth_date": "12 Mar 1968",
        "gender": "male",
        "phone": "0100 555 0112",
        "email": "mohamed.ali@patients.example",
        "address": "22 Mossadak St, Dokki, Giza",
        "emergency_contacts": [{"name": "Heba Ali", "relationship": "daughter", "phone": "0101 555 0172"}],
        "alerts": "Wheelchair",
        "insurer": "Misr Insurance",
        "national_id": f"{uuid4().int % 10**14:014}",
        "policy": "MI-204981",
        "insurance_percent": 60,
        "active": True,
    }


def _line() -> Row:
    asked = {"dose": 1, "route": "oral", "frequency": "twice", "days": 30, "quantity": 60}
    return {"medicine": ObjectId(), "name": "Metformin 850 mg tablet", "unit": "tablet", **asked}


TYPED: dict[str, Callable[[], Row]] = {
    "practice": lambda: {
        "name": "Nile Family Clinic",
        "name_ar": "عيادة النيل للأسرة",
        "country": "EG",
        "currency": "EGP",
        "timezone": "Africa/Cairo",
        "phone": "02 3555 0140",
    },
    "preferences": lambda: {
        "waiting_long": 20,
        "waiting_too_long": 40,
        "near_expiry_days": 90,
        "label_language": "en",
        "itemised_bills": False,
        "paper": "A5",
        "substitution": True,
    },
    "charges": lambda: {
        "patient": ObjectId(),
        "reason": "visit",
        "kind": "charged",
        "label": "Consultation, Dr Sara El-Masry",
        "quantity": 1,
        "price": "350",
        "amount": "350",
    },
    "invoices": lambda: {
        "number": f"INV-26-{code(6)}",
        "patient": ObjectId(),
        "issued_at": MOMENT,
        "state": "open",
        "total": "350",
        "insurance": "210",
        "due": "140",
        "paid": "0",
        "credited": "0",
        "insurance_paid": "0",
        "claim": "open",
        "insurer": "Misr Insurance",
        "policy": "MI-204981",
        "lines": [
            {
                "charge": ObjectId(),
                "label": "Consultation, Dr Sara El-Masry",
                "quantity": 1,
                "price": "350",
                "amount": "350",
                "percent": 60,
                "insurance": "210",
            }
        ],
    },
    "payments": lambda: {
        "number": f"REC-26-{code(6)}",
        "invoice": ObjectId(),
        "patient": ObjectId(),
        "at": MOMENT,
        "kind": "payment",
        "method": "card",
        "amount": "140",
        "reference": "004711",
        "cashier": ObjectId(),
        "drawer": 1,
    },
    "closings": lambda: {
        "cashier": ObjectId(),
        "drawer": 1,
        "kind": "closed",
        "at": MOMENT,
        "opened_with": "500",
        "expected": "640",
        "counted": "630",
        "missing": "10",
        "reason": "Change given wrongly",
        "taken": [{"method": "cash", "payments": 1, "taken": "140", "returned": "0"}],
        "pieces": [{"value": "200", "number": 3}, {"value": "10", "number": 3}],
    },
    "accounts": lambda: {
        "name": "Mona Adel",
        "email": f"{code()}@nileclinic.example",
        "roles": ["receptionist"],
        "state": "active",
        "owner": False,
    },
    "workstations": lambda: {"name": f"Desk {code()}", "prefix": letters(), "state": "enrolled"},
    "departments": lambda: {"name": f"Cardiology {code()}", "code": code(), "phone": "0100 555 0112", "active": True},
    "services": lambda: {"name": f"Consultation {code()}", "code": code(), "price": "350", "minutes": 20},
    "staff": lambda: {
        "name": "Dr Sara El-Masry",
        "name_ar": "د. سارة المصري",
        "profession": "doctor",
        "department": ObjectId(),
        "licence": code(),
        "consultation_fee": "350.00",
        "email": "sara@nileclinic.example",
        "active": True,
    },
    "schedules": lambda: {
        "practitioner": ObjectId(),
        "slot_minutes": 20,
        "patient_limit": 20,
        "representative_limit": 2,
        "hours": [{"weekday": "sun", "starts": "9", "ends": "15:00", "purpose": "patients"}],
    },
    "clinic_days": lambda: {"day": "6 Oct 2026", "kind": "closed", "reason": "Armed Forces Day"},
    "patients": _patient,
    "patient_health": lambda: {
        "allergies": [{"substance": "Penicillin", "reaction": "rash", "criticality": "high", "since": "2019"}],
        "conditions": [{"name": "Type 2 diabetes", "since": "2016-05"}],
        "blood_type": "O+",
        "history": "Appendix removed in 1990.",
    },
    "appointments": lambda: {
        "patient": ObjectId(),
        "practitioner": ObjectId(),
        "start": MOMENT,
        "minutes": 20,
        "purpose": "patients",
        "status": "approved",
    },
    "encounters": lambda: {
        "patient": ObjectId(),
        "practitioner": ObjectId(),
        "appointment": ObjectId(),
        "started_at": MOMENT,
        "status": "in-progress",
        "services": [{"label": "Consultation, Dr Sara El-Masry", "quantity": 1, "price": "350"}],
    },
    "encounter_notes": lambda: {
        "reason": "Thirst and tiredness for two weeks",
        "findings": "Blood pressure 128/82",
        "diagnoses": [{"text": "Type 2 diabetes", "code": "E11.9", "rank": "main", "certainty": "confirmed"}],
        "treatments": ["ECG"],
        "plan": "Diet, metformin",
        "outcome": "treatment",
        "follow_up_days": 14,
    },
    "addenda": lambda: {"encounter": ObjectId(), "patient": ObjectId(), "text": "The result came: HbA1c 7.9 %."},
    "note_templates": lambda: {
        "name": f"Sore throat {code()}",
        "section": "findings",
        "text": "{patient}: throat red, no exudate.",
        "active": True,
    },
    "documents": lambda: {
        "patient": ObjectId(),
        "name": "ECG.pdf",
        "kind": "application/pdf",
        "size": 1200,
        "sha256": "0" * 64,
        "active": True,
    },
    "observations": lambda: {
        "patient": ObjectId(),
        "systolic": "128",
        "diastolic": "82",
        "heart_rate": "76",
        "temperature": "36,8",
        "respiratory_rate": "16",
        "oxygen": "97",
        "weight": "91.4",
        "height": "175",
        "glucose": "104",
        "pain": "0",
        "note": "Sitting, right arm",
        "confirmed": [],
    },
    "waiting_list": lambda: {
        "patient": ObjectId(),
        "practitioner": ObjectId(),
        "priority": "urgent",
        "earliest": "17 Nov 2026",
        "latest": "30 Nov 2026",
        "part_of_day": "morning",
        "note": "Comes from Giza",
    },
    "medicines": lambda: {
        "name": f"Metformin 850 mg tablet {code()}",
        "ingredient": "metformin",
        "unit": "tablet",
        "active": True,
    },
    "stock_lots": lambda: {"medicine": ObjectId(), "lot": code(), "expires": "31/12/2027", "quantity": 480},
    "stock_movements": lambda: {
        "lot": ObjectId(),
        "medicine": ObjectId(),
        "kind": "received",
        "change": 480,
        "after": 480,
    },
    "prescriptions": lambda: {
        "number": f"RX-26-{code(6)}",
        "patient": ObjectId(),
        "practitioner": ObjectId(),
        "issued_at": MOMENT,
        "valid_until": "2026-12-17",
        "diagnosis": "Type 2 diabetes",
        "lines": [_line()],
    },
    "prescription_cancellations": lambda: {
        "prescription": ObjectId(),
        "practitioner": ObjectId(),
        "reason": "The patient is pregnant",
    },
    "dispensations": lambda: {
        "prescription": ObjectId(),
        "patient": ObjectId(),
        "turn": 1,
        "lines": [{"line": 1, "medicine": ObjectId(), "name": "Metformin", "lot": ObjectId(), "quantity": 60}],
    },
    "deliveries": lambda: {
        "supplier": "Nile Medical Supplies",
        "invoice": f"INV {code()}",
        "day": "17 Nov 2026",
        "lots": [{"medicine": ObjectId(), "lot": code(), "expires": "06/27", "quantity": 480}],
    },
    "stock_counts": lambda: {
        "reason": "End of the month",
        "lots": [{"lot": ObjectId(), "counted": 478, "expected": 480, "at": MOMENT}],
        "differing": 1,
    },
}

# What the program itself adds to a record of a collection.
ISSUED: dict[str, Callable[[], Row]] = {
    "observations": lambda: {"at": MOMENT, "status": "final"},
    "waiting_list": lambda: {"status": "waiting"},
    "patients": lambda: {"identifier": f"BK-{uuid4().int % 10**6:06}-7"},
    "encounter_notes": lambda: {"patient": ObjectId()},
}


def typed(collection: str, **more: Any) -> Row:
    """Values as they are typed; None takes one away."""
    values = TYPED[collection]() | more
    return {name: value for name, value in values.items() if value is not None}


def document(record: type[Record], **more: Any) -> Row:
    """What is kept of the values: what is to be encrypted is, with a key that no practice has."""
    name = record.collection()
    return stored(name, stamped(record.build(typed(name, **more), EGYPT) | ISSUED.get(name, dict)(), ObjectId()))


def stored(collection: str, row: Row) -> Row:
    """A row with what is to be encrypted encrypted."""
    return _stranger().sealed(collection, row) if collection in encrypted() else row


@cache
def _stranger() -> FieldCipher:
    keyring, data_keys = first_keys(Keyring())
    return FieldCipher(keyring, lambda: [bson.encode(key) for key in data_keys])


def document_of(collection: str, **more: Any) -> Row:
    """The same, by the name of the collection."""
    return document(record_of(collection), **more)
