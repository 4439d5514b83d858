"""Every record the program keeps. What is here is provisioned, listed, documented and tested."""

from functools import cache

from hmsdesk.models.accounts import Account
from hmsdesk.models.appointments import Appointment
from hmsdesk.models.charges import Charge
from hmsdesk.models.clinic_days import ClinicDay
from hmsdesk.models.closings import Closing
from hmsdesk.models.declaration import Encryption, encrypted_fields
from hmsdesk.models.deliveries import Delivery
from hmsdesk.models.departments import Department
from hmsdesk.models.dispensations import Dispensation
from hmsdesk.models.documents import Document
from hmsdesk.models.encounter_notes import Addendum, EncounterNote
from hmsdesk.models.encounters import Encounter
from hmsdesk.models.invoices import Invoice
from hmsdesk.models.medicines import Medicine
from hmsdesk.models.note_templates import NoteTemplate
from hmsdesk.models.observations import Observation
from hmsdesk.models.patient_health import PatientHealth
from hmsdesk.models.patients import Patient
from hmsdesk.models.payments import Payment
from hmsdesk.models.practice import Practice
from hmsdesk.models.preferences import Preferences
from hmsdesk.models.prescriptions import Prescription, PrescriptionCancellation
from hmsdesk.models.record import Record
from hmsdesk.models.schedules import Schedule
from hmsdesk.models.services import Service
from hmsdesk.models.staff import DOCTOR, StaffMember
from hmsdesk.models.stock import StockLot, StockMovement
from hmsdesk.models.stock_counts import StockCount
from hmsdesk.models.waiting_list import WaitingEntry
from hmsdesk.models.workstations import Workstation

RECORDS: tuple[type[Record], ...] = (
    Practice,
    Preferences,
    Account,
    Workstation,
    Department,
    Service,
    StaffMember,
    Schedule,
    ClinicDay,
    Patient,
    PatientHealth,
    Appointment,
    WaitingEntry,
    Encounter,
    EncounterNote,
    Addendum,
    NoteTemplate,
    Document,
    Observation,
    Medicine,
    StockLot,
    StockMovement,
    Delivery,
    StockCount,
    Prescription,
    PrescriptionCancellation,
    Dispensation,
    Charge,
    Invoice,
    Payment,
    Closing,
)

# Raised where a declaration derives otherwise what records are found by: a practice is then behind the program, and
# what lies in it is derived anew.
DERIVATION = 2

# Narrower choices among the records of a collection: name -> (collection, what they have).
CHOICES: dict[str, tuple[str, dict[str, str]]] = {"doctors": ("staff", {"profession": DOCTOR})}


def choice(among: str) -> tuple[str, dict[str, str]]:
    """The collection of a choice, and what its records must have; a collection is a choice of all in it."""
    return CHOICES.get(among, (among, {}))


def record_of(collection: str) -> type[Record]:
    """The record that is kept in a collection."""
    return next(record for record in RECORDS if record.collection() == collection)


@cache
def encrypted() -> dict[str, dict[str, Encryption]]:
    """Collection -> its encrypted fields. Each of these collections has a key of its own."""
    found = {record.collection(): encrypted_fields(record) for record in RECORDS}
    return {name: fields for name, fields in found.items() if fields}
