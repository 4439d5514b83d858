"""Backups that a workstation writes by itself, each day, without being able to read one.

An owner sets it up once. The workstation then has a database user that reads everything and changes nothing, and the
public half of a key pair; what opens the backups is the owner's passphrase, or a key.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from bson import ObjectId
from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, ValidationError

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.backing_up import leave_word
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.standing import Standing, refuse_ahead, standing
from hmsdesk.database.backup import write_backup
from hmsdesk.database.connection import CredentialRefused
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.errors import UserError
from hmsdesk.models.backups import DAILY, ENDING
from hmsdesk.models.manifests import Manifest
from hmsdesk.models.practice import locale_of
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.backup_keys import BackupLock
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.roles import BACKUP, backup_user
from hmsdesk.settings import Settings, of_disk, try_folder, write_private

PLAN_FILE, LAST_TRY_FILE, _LOCK_FILE = "daily-backup.json", "daily-backup-last.json", "daily-backup.lock"
BACKUP_ENTRY = "backup"
TRIED_AGAIN_AFTER = timedelta(hours=1)
_STAMP = "%Y-%m-%d-%H%M%S"
_log = logging.getLogger(__name__)


class Keep(BaseModel):
    """How many are kept: the last one of each of so many days, weeks (ISO 8601) and months that have any."""

    days: int = Field(default=7, ge=1, le=366)
    weeks: int = Field(default=4, ge=0, le=520)
    months: int = Field(default=12, ge=0, le=120)


class Plan(BaseModel):
    """What an owner set up: where backups go, from which hour of the practice's day on, and what seals them."""

    folder: Path
    hour: int = Field(ge=0, le=23)
    keep: Keep = Keep()
    lock: BackupLock


class LastTry(BaseModel):
    """How the last daily backup went. problem: in words; empty where it was made."""

    at: datetime
    problem: str = ""


def plan_of(settings: Settings) -> Plan | None:
    """What this computer does each day; None where nothing was set up. Raises UserError where that can't be read."""
    try:
        return Plan.model_validate_json((settings.home / PLAN_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise UserError("The daily backup's settings are damaged.", "An owner sets it up again.") from None


def last_try(settings: Settings) -> LastTry | None:
    """How the last one went; None where none was tried."""
    try:
        return LastTry.model_validate_json((settings.home / LAST_TRY_FILE).read_text("utf-8"))
    except (OSError, ValidationError):
        return None


def set_up(owner: Owner, plan: Plan) -> None:
    """Let this computer write backups from now on, with a new database user. What was set up before is replaced.

    Raises UserError, Unreachable: then it is as it was, or is set up once more.
    """
    if standing(owner.door) is not Standing.CURRENT:
        raise UserError("The practice has to be brought up to date first.", "That is done on the page of accounts.")
    door, station = owner.door, owner.door.profile.workstation_id
    user = backup_user(station)
    owner.tell("Making a database user for backups")
    with of_disk(door.settings.home):
        # Otherwise what was set up before would be left without its password.
        try_folder(door.settings.home)
        password = owner.users.create({user: BACKUP})[user]
        door.secrets.set(BACKUP_ENTRY, Credential(user=user, password=password).to_bytes())
        write_private(door.settings.home / PLAN_FILE, plan.model_dump_json(indent=2).encode())
        (door.settings.home / LAST_TRY_FILE).unlink(missing_ok=True)
    _mark(owner, True, "set up daily backup")


def end(owner: Owner) -> None:
    """This computer writes no more backups; those that are there stay. Raises UserError, Unreachable."""
    door = owner.door
    owner.tell("Dropping the database user for backups")
    owner.users.drop([backup_user(door.profile.workstation_id)])
    with of_disk(door.settings.home):
        (door.settings.home / PLAN_FILE).unlink(missing_ok=True)
        door.secrets.delete(BACKUP_ENTRY)
    _mark(owner, None, "end daily backup")


def _mark(owner: Owner, backs_up: bool | None, action: str) -> None:
    """Say of this computer what it does, on the page of workstations and in the trail."""

    def work(work: Work) -> None:
        row = work.find("workstations", {"_id": ObjectId(owner.door.profile.workstation_id)})
        if row is not None:
            work.change("workstations", row, {"backs_up": backs_up}, action)

    write(owner.session, uuid4().hex, work)


def is_due(settings: Settings, now: datetime) -> bool:
    """Whether this computer should write one now: today's hour has come, and there is none since. now: with a zone.

    After a failure it is tried again an hour later. What keeps the folder from being read is told by the try itself.
    """
    try:
        plan = plan_of(settings)
    except UserError:
        return False
    tried = last_try(settings)
    if plan is None:
        return False
    if tried and tried.problem:
        return now - tried.at > TRIED_AGAIN_AFTER
    hour = now.replace(hour=plan.hour, minute=0, second=0, microsecond=0)
    since = hour if hour <= now else hour - timedelta(days=1)
    return tried is None or tried.at < since


def back_up_if_due(door: Door, now: datetime, watch: Watch = UNWATCHED) -> Manifest | None:
    """As `back_up_daily` where it is due by the practice's clock, and no other window of this computer is at it."""
    try:
        with FileLock(door.settings.folder() / _LOCK_FILE, mode=0o600, timeout=0):
            locale = locale_of(door.practice())
            return back_up_daily(door, watch) if is_due(door.settings, locale.local(now)) else None
    except Timeout:
        return None


def back_up_daily(door: Door, watch: Watch = UNWATCHED) -> Manifest:
    """Write one by what this computer was given for it, and let go of those that need not be kept. Nobody is signed in.

    Raises UserError saying what is wrong, which is kept for whoever asks.
    """
    now = datetime.now().astimezone()
    try:
        manifest = _back_up(door, watch)
    except UserError as problem:
        _log.warning("the daily backup was not made: %s", problem.title)
        if not watch.stopped():
            _note(door.settings, LastTry(at=now, problem=str(problem)))
        raise
    _note(door.settings, LastTry(at=now))
    return manifest


def _note(settings: Settings, tried: LastTry) -> None:
    # Where this disk is full, too, the backup itself is none the worse.
    with suppress(OSError):
        write_private(settings.home / LAST_TRY_FILE, tried.model_dump_json().encode())


def _back_up(door: Door, watch: Watch) -> Manifest:
    plan, sealed = plan_of(door.settings), door.secrets.get(BACKUP_ENTRY)
    if plan is None or sealed is None:
        raise UserError("No daily backup is set up on this computer.", "An owner sets it up on the page of backups.")
    if not plan.folder.is_dir():
        raise UserError("The folder for backups is not there.", f"Connect the drive of {plan.folder}.")
    practice = door.practice()
    refuse_ahead(practice)
    locale, credential = locale_of(practice), Credential.from_bytes(sealed)
    server = door.connect(credential.user, credential.password)
    try:
        file = _free_file(plan.folder, door.profile.database, locale.local(datetime.now().astimezone()))
        manifest = write_backup(server, practice, plan.lock, file, watch)
        leave_word(server, manifest, file, DAILY, door.profile.workstation_id)
    except CredentialRefused:
        raise UserError(
            "This computer may not make backups any more.", "An owner sets daily backups up again."
        ) from None
    finally:
        server.close()
    let_go(plan.folder, door.profile.database, plan.keep)
    return manifest


def _free_file(folder: Path, database: str, now: datetime) -> Path:
    file = folder / f"{database}-{now.strftime(_STAMP)}{ENDING}"
    if file.exists():
        raise UserError("The last backup was made this very second.", "Wait a moment.")
    return file


def let_go(folder: Path, database: str, keep: Keep) -> list[str]:
    """Remove this practice's daily backups that need not be kept; their names. Other files are left alone."""
    made = {name: at for name in _names(folder) if (at := _time_of(name, database))}
    gone = superfluous(made, keep)
    for name in gone:
        try:
            (folder / name).unlink()
        except OSError as problem:
            _log.warning("an old backup could not be removed: %s", type(problem).__name__)
    return gone


def superfluous(made: dict[str, datetime], keep: Keep) -> list[str]:
    """Which of several backups, by name and time, need not be kept."""
    newest_first = sorted(made, key=lambda name: made[name], reverse=True)
    kept: set[str] = set()
    for how_many, period in ((keep.days, "%Y-%m-%d"), (keep.weeks, "%G-%V"), (keep.months, "%Y-%m")):
        last_of: dict[str, str] = {}
        for name in newest_first:
            last_of.setdefault(made[name].strftime(period), name)
        kept |= set(list(last_of.values())[:how_many])
    return [name for name in newest_first if name not in kept]


def _names(folder: Path) -> Sequence[str]:
    try:
        return [file.name for file in folder.iterdir()]
    except OSError:
        return []


def _time_of(name: str, database: str) -> datetime | None:
    """When a daily backup of this practice was made, by its name; None for any other file."""
    found = re.fullmatch(rf"{re.escape(database)}-(\d{{4}}-\d\d-\d\d-\d{{6}}){re.escape(ENDING)}", name)
    try:
        return datetime.strptime(found[1], _STAMP) if found else None  # noqa: DTZ007 (told apart by name alone)
    except ValueError:
        return None
