"""THE table: which role may do what to which resource.

What a controller allows, what a view shows, which roles the server gets and what the Atlas API is sent are all read
off it. A resource is a collection. Four actions are the server's own (READ, CREATE, UPDATE, DELETE); any further word
is enforced by the program alone, and docs/security.md says so.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person signs in as."""

    ADMINISTRATOR = "administrator"
    DOCTOR = "doctor"
    NURSE = "nurse"
    RECEPTIONIST = "receptionist"
    PHARMACIST = "pharmacist"
    LABORATORY = "laboratory"
    REPRESENTATIVE = "representative"
    PATIENT = "patient"
    SOLO = "solo"


STAFF_ROLES = (Role.ADMINISTRATOR, Role.DOCTOR, Role.NURSE, Role.RECEPTIONIST, Role.PHARMACIST, Role.LABORATORY)
EVERYONE = (*STAFF_ROLES, Role.REPRESENTATIVE, Role.PATIENT)

READ, CREATE, UPDATE, DELETE = "read", "create", "update", "delete"
# A list leaves the program as a file. Who may read could copy it anyway: this says who is offered it.
EXPORT = "export"
# A booking in spite of a rule, with a reason that the trail keeps.
OVERRIDE = "override"
SERVER_ACTIONS = (READ, CREATE, UPDATE, DELETE)

ROLE_WORDS = {
    Role.ADMINISTRATOR: "Administrator",
    Role.DOCTOR: "Doctor",
    Role.NURSE: "Nurse",
    Role.RECEPTIONIST: "Receptionist",
    Role.PHARMACIST: "Pharmacist",
    Role.LABORATORY: "Laboratory technician",
    Role.REPRESENTATIVE: "Medical representative",
    Role.PATIENT: "Patient",
    Role.SOLO: "Single-doctor practice",
}


def work_as(role: Role) -> str:
    """What changing into a role is called."""
    return f"Work as {ROLE_WORDS[role].lower()}"


Grants = dict[Role, frozenset[str]]


def _row(everyone: str = "", staff: str = "", **by_role: str) -> Grants:
    """One row: actions for all, for the staff, and for single roles, added up."""
    unknown = set(by_role) - {role.value for role in EVERYONE}
    if unknown:
        raise ValueError(f"no such role: {unknown}")
    granted = {
        role: f"{everyone} {staff if role in STAFF_ROLES else ''} {by_role.get(role.value, '')}" for role in EVERYONE
    }
    return {role: frozenset(actions.split()) for role, actions in granted.items() if actions.strip()}


TABLE: dict[str, Grants] = {
    # What a practice is and offers
    "practice": _row(everyone="read"),
    "preferences": _row(staff="read", administrator="create update"),
    "departments": _row(everyone="read", administrator="create update export"),
    "services": _row(everyone="read", administrator="create update export"),
    "schedules": _row(everyone="read", administrator="create update export"),
    "clinic_days": _row(everyone="read", administrator="create update export"),
    "staff": _row(staff="read", administrator="create update export"),
    # Patients: who they are, and apart from it what is clinical. Registering one begins an empty clinical record.
    "patients": _row(
        staff="read",
        administrator="export",
        doctor="create update",
        nurse="create update",
        receptionist="create update export",
    ),
    "patient_health": _row(
        doctor="read create update", nurse="read create update", pharmacist="read", receptionist="create"
    ),
    # Vital signs: measured by the nurse or the doctor, and nobody else's business
    "observations": _row(doctor="read create update", nurse="read create update"),
    # Booking: cells and seats are claimed and given back
    "appointments": _row(
        administrator="read",
        doctor="read create update override",
        nurse="read update",
        receptionist="read create update override",
    ),
    "waiting_list": _row(doctor="read create update", nurse="read create update", receptionist="read create update"),
    "slot_claims": _row(
        administrator="read", doctor="read create delete", nurse="read", receptionist="read create delete"
    ),
    # A visit: what reception may know of it, what the doctor writes of it, and the files that belong to a patient
    "encounters": _row(administrator="read", doctor="read create update", nurse="read", receptionist="read"),
    "encounter_notes": _row(doctor="read create update", nurse="read"),
    "addenda": _row(doctor="read create", nurse="read"),
    "note_templates": _row(doctor="read create update", nurse="read"),
    "documents": _row(doctor="read create update", nurse="read create update"),
    "clinical_files.files": _row(doctor="read create", nurse="read create"),
    "clinical_files.chunks": _row(doctor="read create", nurse="read create"),
    # Prescriptions are the doctor's, hand-outs and stock the dispensary's
    "medicines": _row(staff="read", pharmacist="create update export"),
    "prescriptions": _row(doctor="read create export", nurse="read", pharmacist="read"),
    "dispensations": _row(doctor="read", nurse="read", pharmacist="read create"),
    # A cancellation is inserted beside; it and each hand-out claim the same turns, so that one of them is first
    "prescription_cancellations": _row(doctor="read create", nurse="read", pharmacist="read"),
    "prescription_turns": _row(doctor="create", pharmacist="create"),
    # How often each was put onto paper: all but the first are copies
    "prescription_prints": _row(doctor="read create", nurse="read create", pharmacist="read create"),
    "stock_lots": _row(pharmacist="read create update export"),
    "stock_movements": _row(pharmacist="read create export"),
    "deliveries": _row(pharmacist="read create export"),
    "stock_counts": _row(pharmacist="read create"),
    # Charges arise with what they are for, and so from who completes a visit; what isn't on a bill yet waits apart
    "charges": _row(
        administrator="read",
        doctor="read create",
        receptionist="read create",
        pharmacist="read create",
    ),
    "uninvoiced": _row(
        administrator="read",
        doctor="read create delete",
        receptionist="read create delete",
        pharmacist="create delete",
    ),
    # Bills are the cash desk's; payments and closings are only added to. Numbers without gaps are counted apart
    "invoices": _row(administrator="read export", doctor="read", receptionist="read create update export"),
    "payments": _row(administrator="read export", receptionist="read create export"),
    "closings": _row(administrator="read export", receptionist="read create"),
    "counters": _row(receptionist="read create update"),
    # Who works here. Accounts, workstations and the practice itself are written with the owner credential only.
    "accounts": _row(staff="read", administrator="oversee export"),
    "seals": _row(everyone="create", administrator="read"),
    "successions": _row(everyone="create", staff="read"),
    "workstations": _row(staff="read", administrator="oversee export"),
    "sign_in_attempts": _row(administrator="read"),
    # Backups that were made; written with the owner credential, or a workstation's own for backups (security.roles)
    "backups": _row(administrator="read"),
    # Data keys, wrapped with master keys that only credentials hold. Made and removed with the owner credential only
    "key_vault": _row(staff="read"),
    # The trail and the news of what changed
    "audit": _row(everyone="create", administrator="read export"),
    "changes": _row(everyone="create", staff="read"),
    "notice_marks": _row(staff="read create update"),
}

# Collections that keep the earlier versions of another one: read by its readers, added to by those who change it.
HISTORIES = {
    name: f"{name}_history"
    for name in (
        "departments",
        "services",
        "staff",
        "schedules",
        "clinic_days",
        "patients",
        "patient_health",
        "encounter_notes",
        "note_templates",
        "observations",
        "medicines",
        "preferences",
    )
}

# Collections whose news a program listens to.
WATCHED = ("changes", "accounts")


def may(role: Role, resource: str, action: str) -> bool:
    """Whether a role may do something to a resource."""
    if role is Role.SOLO:
        return any(may(member, resource, action) for member in STAFF_ROLES)
    return action in TABLE.get(resource, {}).get(role, frozenset())


def collections() -> list[str]:
    """Every collection of a practice, those of earlier versions too."""
    return [*TABLE, *HISTORIES.values()]


def allowed(role: Role, collection: str) -> frozenset[str]:
    """The server's own actions that a role has on a collection (SOLO's come by inheritance)."""
    source = next((name for name, history in HISTORIES.items() if history == collection), None)
    if source is None:
        return TABLE[collection].get(role, frozenset()) & frozenset(SERVER_ACTIONS)
    granted = allowed(role, source)
    kept = {READ} if READ in granted else set()
    return frozenset(kept | ({CREATE} if UPDATE in granted else set()))
