"""A workstation whose keyring was lost gets its secrets back with the recovery code.

A practice on a single computer has nobody else who could enrol it again. So its two secrets also lie in the data
folder, sealed under the recovery code, each time a new code is made at this workstation.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

from hmsdesk.database.connection import CredentialRefused
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.security.credentials import CannotOpen, open_with_code, seal_with_code
from hmsdesk.security.secrets import Secrets
from hmsdesk.settings import PROFILE_FILE, Kind, Profile, of_disk, write_private

ENROLMENT_ENTRY = "enrolment"
PRACTICE_ENTRY = "practice"
READMISSION_FILE = "readmission"

_log = logging.getLogger(__name__)


class KeysMissing(UserError):
    """The keyring doesn't hold what this workstation was given at enrolment."""

    def __init__(self, folder: Path) -> None:
        """folder: the data folder, which tells whether the recovery code helps here."""
        with_code = "An owner with the recovery code gets them back: choose “Forgot your password?”."
        without = "This computer must be enrolled again: an owner revokes it and makes a new pass for it."
        helps = (folder / READMISSION_FILE).exists()
        super().__init__("This computer's keys are missing.", with_code if helps else without)


class NotEnrolled(CredentialRefused):
    """The practice's server doesn't know this computer (any more)."""

    def __init__(self, profile: Profile, folder: Path) -> None:
        if profile.kind is Kind.EMBEDDED:
            title = "The keys of this computer are not those of its practice."
            then = f"They belong to other records than those in {folder}. Bring the whole folder back from a copy."
        else:
            title = "This computer is no longer enrolled."
            then = (
                "An owner of the practice has revoked it. If that was a mistake, an owner invites it anew; then move "
                f"{PROFILE_FILE} out of {folder}, start HMSDesk here and join with the new pass."
            )
        super().__init__(title, then)


@dataclass(frozen=True)
class NewCode:
    """A new recovery code. It must be shown whatever fails now: the one from before opens nothing any more.

    puts_keys_back: whether it also gives this computer its keys back.
    """

    recovery_code: str = field(repr=False)
    puts_keys_back: bool = True


def is_kept_for_readmission(folder: Path, secrets: Secrets, code: str) -> bool:
    """As keep_for_readmission, for a code that is good for the practice already: whether it worked."""
    try:
        keep_for_readmission(folder, secrets, code)
    except (OSError, UserError) as problem:
        _log.warning("this computer's keys were not kept for the new recovery code: %s", type(problem).__name__)
        return False
    return True


def keep_for_readmission(folder: Path, secrets: Secrets, code: str) -> None:
    """Seal this workstation's secrets under a recovery code. Raises OSError, UserError."""
    # Seldom done, and what it is read with is 10 MB.
    from hmsdesk.security.bundles import WorkstationSecrets

    enrolment, practice = secrets.get(ENROLMENT_ENTRY), secrets.get(PRACTICE_ENTRY)
    if enrolment is not None and practice is not None:
        kept = WorkstationSecrets(enrolment=enrolment, practice=practice)
        write_private(folder / READMISSION_FILE, seal_with_code(kept.to_bytes(), code))


def readmit(folder: Path, secrets: Secrets, code: str) -> None:
    """Put this workstation's secrets back. Raises InvalidInput for a wrong code, KeysMissing where nothing was kept."""
    from hmsdesk.security.bundles import WorkstationSecrets

    try:
        sealed = (folder / READMISSION_FILE).read_bytes()
    except OSError:
        raise KeysMissing(folder) from None
    try:
        kept = WorkstationSecrets.model_validate_json(open_with_code(sealed, code))
    except CannotOpen:
        raise InvalidInput({"code": "This code does not open this computer's keys. Check each letter."}) from None
    with of_disk(folder):
        secrets.set(PRACTICE_ENTRY, kept.practice)
        secrets.set(ENROLMENT_ENTRY, kept.enrolment)
