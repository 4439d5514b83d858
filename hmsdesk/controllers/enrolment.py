"""Workstations: an owner invites one with a pass and a one-time code, it takes them in, an owner revokes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from bson import ObjectId
from pydantic import ValidationError
from pymongo.errors import PyMongoError

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.readmission import ENROLMENT_ENTRY, PRACTICE_ENTRY
from hmsdesk.database.connection import CredentialRefused, Server
from hmsdesk.database.mongod_failures import of_files
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import InvalidInput, NotFound, UserError
from hmsdesk.models.row import Row
from hmsdesk.models.workstations import ENROLLED, REVOKED, Workstation
from hmsdesk.security.authority import read_authority
from hmsdesk.security.bundles import EnrolmentPass
from hmsdesk.security.credentials import CannotOpen, new_code, new_password, open_with_code, seal_with_code
from hmsdesk.security.roles import ENROLMENT, backup_user, enrolment_user
from hmsdesk.security.secrets import Secrets
from hmsdesk.security.signing import fingerprint
from hmsdesk.settings import (
    Kind,
    Profile,
    SecretStore,
    Settings,
    keep_ca,
    leads_to_file,
    try_folder,
    write_private,
    write_profile,
)

_LARGEST_BYTES = 1024 * 1024
_FILE_ENDING = ".hmsdesk-pass"
PASS_MARK = b"HMSDesk pass\n"
"""How the file of a pass begins, so that another file is told from it without the code."""
FOREIGN = "This file is not a pass of HMSDesk, or it is damaged."
_TRIAL_ENTRY = "trial"
# More than everything that joining keeps in the data folder.
VALID = timedelta(hours=48)
_STRAY_AFTER = timedelta(hours=1)


def invite(owner: Owner, values: Mapping[str, object], folder: Path) -> tuple[Path, str]:
    """A pass for a new workstation as a file in `folder`, and the one-time code that opens it. Raises InvalidInput.

    Its date is checked by the program that joins: a pass that was never used stays good on the server until `revoke`.
    """
    if owner.door.profile.kind is Kind.EMBEDDED:
        raise UserError(
            "This practice runs on this computer alone.",
            "Other computers can't reach its server. Move it to a shared one first: see the administrators' guide.",
        )
    row = checked(owner.session, values)
    file = folder / (re.sub(r"[^\w-]+", "-", f"{row['prefix']}-{row['name']}") + _FILE_ENDING)
    _check_writable(file)
    try:
        return file, _enrol(owner, row, file)
    except BaseException:
        # It is empty, or nobody saw its code.
        file.unlink(missing_ok=True)
        raise


def checked(session: Session, values: Mapping[str, object]) -> Row:
    """The record of a workstation that might be invited. Raises InvalidInput, also for what another one has."""
    row = Workstation.build({"state": ENROLLED, **values}, session.locale)
    wanted = {name: row["find"].get(name, row[name]) for name in Workstation.uniques()}
    with session.server.asked() as database:
        kept = database.workstations
        taken = [name for name, value in wanted.items() if kept.find_one({Workstation.path(name): value}, ["_id"])]
    if taken:
        raise InvalidInput(dict.fromkeys(taken, "Another record has this already."))
    return row


def _enrol(owner: Owner, row: Row, file: Path) -> str:
    """Make the workstation and write its pass; the pass's code."""
    station = ObjectId()
    user = enrolment_user(str(station))
    owner.tell(f"Making the database user of {row['name']}")
    _drop_strays(owner)
    password = owner.users.create({user: ENROLMENT})[user]
    code = new_code()
    write_private(file, PASS_MARK + seal_with_code(_pass_for(owner, row, station, password).to_bytes(), code))
    # Last: what is broken off before leaves a database user that nobody can use, and no workstation.
    write(owner.session, uuid4().hex, lambda work: work.insert("workstations", {"_id": station} | row))
    return code


def _pass_for(owner: Owner, row: Row, station: ObjectId, password: str) -> EnrolmentPass:
    """Everything a new workstation must know. password: of its database user."""
    profile, ca = owner.door.profile, owner.door.ca
    return EnrolmentPass(
        kind=profile.kind,
        practice=profile.practice,
        database=profile.database,
        address=profile.address,
        fingerprint=profile.fingerprint,
        workstation_id=str(station),
        workstation=row["name"],
        patient_prefix=row["prefix"],
        user=enrolment_user(str(station)),
        password=password,
        practice_secret=owner.bundle.practice_secret,
        ca=read_authority(ca).decode() if ca is not None else "",
        expires_at=datetime.now(UTC) + VALID,
    )


def is_pass(file: Path) -> bool:
    """Whether a file is a pass, so far as it can be told without its code. Raises OSError."""
    with file.open("rb") as content:
        return content.read(len(PASS_MARK)) == PASS_MARK


def join(settings: Settings, secrets: Secrets, store: SecretStore, file: Path, code: str) -> Profile:
    """Enrol this computer with a pass. The pass can't be used a second time. Raises UserError, Unreachable."""
    given = _opened(file, code)
    if datetime.now(UTC) > given.expires_at:
        raise UserError("This pass is too old.", "Ask an owner of the practice for a new one.")
    with of_files(settings.home):
        return _joined(settings, secrets, store, given)


def _joined(settings: Settings, secrets: Secrets, store: SecretStore, given: EnrolmentPass) -> Profile:
    _try_out(secrets)
    try_folder(settings.folder())
    password = _take_over(settings, given)
    profile = Profile(
        kind=given.kind,
        practice=given.practice,
        database=given.database,
        address=given.address,
        workstation=given.workstation,
        workstation_id=given.workstation_id,
        patient_prefix=given.patient_prefix,
        fingerprint=given.fingerprint,
        secret_store=store,
    )
    secrets.set(PRACTICE_ENTRY, given.practice_secret)
    secrets.set(ENROLMENT_ENTRY, json.dumps({"user": given.user, "password": password}).encode())
    write_profile(settings.folder(), profile)
    return profile


def revoke(owner: Owner, workstation: ObjectId) -> None:
    """The workstation can't reach the practice any more. Broken off, it is done again."""
    with owner.session.server.asked() as database:
        row = database.workstations.find_one({"_id": workstation})
    if row is None:
        raise NotFound("This workstation is not here.")
    owner.tell(f"Dropping the database user of {row['name']}")
    owner.users.drop([enrolment_user(str(workstation)), backup_user(str(workstation))])
    revoked = {"state": REVOKED, "backs_up": None}
    write(owner.session, uuid4().hex, lambda work: work.change("workstations", row, revoked, "revoke"))


def _drop_strays(owner: Owner) -> None:
    """Drop workstations' users that an invitation or a revocation left behind when it was broken off."""
    with owner.session.server.asked() as database:
        enrolled = {enrolment_user(str(row["_id"])) for row in database.workstations.find({"state": ENROLLED}, ["_id"])}
    left = set(owner.users.users_of(ENROLMENT)) - enrolled
    strays = [user for user in left if _age(user) > _STRAY_AFTER]
    if strays:
        owner.users.drop(strays)


def _age(user: str) -> timedelta:
    """How long ago a workstation's user was made: another owner may be about to invite one."""
    return datetime.now(UTC) - ObjectId(user.rpartition(".")[2]).generation_time


def _check_writable(file: Path) -> None:
    """A folder that takes no file must show before the workstation is made."""
    try:
        write_private(file, b"")
    except OSError:
        raise UserError("The pass can't be kept there.", "Choose another folder.") from None


def _try_out(secrets: Secrets) -> None:
    """A keyring that takes nothing must show before the pass is used up. Raises UserError."""
    secrets.set(_TRIAL_ENTRY, b"trial")
    secrets.delete(_TRIAL_ENTRY)


def _opened(file: Path, code: str) -> EnrolmentPass:
    try:
        # A pipe would be waited for, and a pass is small.
        if file.stat().st_size > _LARGEST_BYTES or not leads_to_file(file) or not is_pass(file):
            raise InvalidInput({"file": FOREIGN}, "This is not a pass.")
        sealed = file.read_bytes().removeprefix(PASS_MARK)
        return EnrolmentPass.model_validate_json(open_with_code(sealed, code))
    except OSError:
        raise UserError("The pass can't be read.", "Choose the file that the owner gave you.") from None
    except (CannotOpen, ValidationError):
        raise UserError(
            "The code does not open this pass.", "Check each letter, and that it is the right file."
        ) from None


def _take_over(settings: Settings, given: EnrolmentPass) -> str:
    """Replace the password that was in the pass by one that only this computer knows."""
    password = new_password()
    try:
        with _reached(settings, given) as server, server.asked() as database:
            practice = database.practice.find_one({}) or {}
            if fingerprint(practice.get("public_key", b"")) != given.fingerprint:
                raise UserError("The server belongs to another practice.", "Ask the owner for a new pass.")
            # Not before: a practice this computer belongs to so far is still reached by the authority kept so far.
            keep_ca(settings, given.ca.encode())
            if given.kind is Kind.ATLAS:
                # Atlas has no updateUser: there, what was in the pass is good until the workstation is revoked.
                return given.password
            database.command("updateUser", given.user, pwd=password)
    except CredentialRefused:
        used = "This pass has been used already." if given.kind is not Kind.ATLAS else "This pass was revoked."
        raise UserError(used, "Ask an owner of the practice for a new one.") from None
    return password


@contextmanager
def _reached(settings: Settings, given: EnrolmentPass) -> Iterator[Server]:
    """The server as the pass leads to it, believed by the authority in the pass alone."""
    kind, timeout = given.kind, settings.server_timeout_s
    with TemporaryDirectory() as scratch:
        ca = Path(scratch) / "ca.pem" if given.ca else None
        if ca is not None:
            write_private(ca, given.ca.encode())
        try:
            server = Server(given.address, given.database, kind, timeout, given.user, given.password, ca=ca)
        except (PyMongoError, ValueError, OSError):
            raise UserError("This pass leads to no server.", "Ask an owner of the practice for a new one.") from None
        try:
            yield server
        finally:
            server.close()
