"""A practice comes back from a backup, into a place that knows nothing of it.

Its people, their passwords and its signing key are those of the backup. Everything that opens the server is new there:
database users and their passwords, the owner credential, the recovery code, and this computer's enrolment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import bson
from bson import ObjectId
from pydantic import BaseModel, ConfigDict

from hmsdesk import __version__
from hmsdesk.controllers.account_news import identity_of
from hmsdesk.controllers.account_rows import account_row
from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.database_users import users_of_practice
from hmsdesk.controllers.founding import PROVISIONING, Place
from hmsdesk.controllers.ownership import renew_ownership
from hmsdesk.controllers.provisioning import making_place_there
from hmsdesk.controllers.readmission import ENROLMENT_ENTRY, PRACTICE_ENTRY
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.standing import Standing, is_newer, standing
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.controllers.workplace import Workplace, is_set_up, refuse_set_up
from hmsdesk.database import provision
from hmsdesk.database.audit import Event, Heads
from hmsdesk.database.backup import check_backup, compare, load_backup
from hmsdesk.database.connection import CODEC, Server
from hmsdesk.database.session import Identity, Session, to_millisecond
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.database.users import Users
from hmsdesk.database.verification import Report, verify
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.declaration import clean_values
from hmsdesk.models.locale import Locale
from hmsdesk.models.manifests import Manifest
from hmsdesk.models.practice import locale_of
from hmsdesk.models.registry import RECORDS
from hmsdesk.models.row import Row
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.models.workstations import ENROLLED, REVOKED, Workstation
from hmsdesk.security.backup_keys import OpenedBackup
from hmsdesk.security.bundles import OwnerBundle
from hmsdesk.security.certificates import Certificate
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import ENROLMENT, OWNER, enrolment_user
from hmsdesk.security.sealed_file import Damaged
from hmsdesk.security.secrets import Secrets
from hmsdesk.security.signing import fingerprint
from hmsdesk.settings import Kind, Profile, SecretStore, Settings, write_profile

READING, LOADING = "Reading the backup through", "Putting its records into the database"
COMPARING, HANDING_OUT = "Comparing them with the backup", "Making new ways in for everybody"
VERIFYING = "Verifying the trail"
# What a computer may be called is the same in every country.
_ANYWHERE = Locale("EG", "EGP", "UTC")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Restoring(BaseModel):
    """What a restore asks for. workstation, prefix: what this computer is called there; else something free."""

    model_config = ConfigDict(hide_input_in_errors=True)

    file: Path
    workstation: str = ""
    prefix: str = ""
    secret_store: SecretStore = SecretStore.KEYRING


@dataclass(frozen=True)
class Restored:
    """What came of it. The recovery code is shown once and kept nowhere.

    manifest: what was put in, each record the same to the last byte. shut_out: the computers of the practice that have
    to join anew.
    """

    manifest: Manifest
    profile: Profile
    report: Report
    shut_out: Sequence[str]
    recovery_code: str = field(repr=False)


@dataclass(frozen=True)
class Telling:
    """Who is told what is being done, and how far it is."""

    tell: Callable[[str], None] = lambda _: None
    watch: Watch = UNWATCHED


def restore(
    workplace: Workplace, asked: Restoring, opened: OpenedBackup, place: Place | None, telling: Telling
) -> Restored:
    """Restore in an empty data folder. Raises UserError, Unreachable, Stopped.

    place: the empty database of a shared server that `hmsdesk provision` has made; None for this computer's own server.
    The whole file is read and compared with what it says of itself before anything is made. What is broken off is
    cleared away by the next try.
    """
    refuse_early(workplace, asked, on_own_server=place is None)
    checked = _checked(asked, opened, telling)
    if place is None:
        making = workplace.making_place(asked.secret_store, checked.manifest.practice, telling.tell)
    else:
        making = making_place_there(workplace, asked.secret_store, place, telling.tell)
    with making as (secrets, made):
        return _Restore(asked, checked, workplace.settings, secrets, made, telling).do()


def what_was_left(settings: Settings) -> str:
    """What there is where a restore was ended before it said that it was done."""
    if is_set_up(settings):
        return "The practice is here again, but its new recovery code was not shown: an owner makes another one."
    return "The practice was not restored. Run the same command again: it clears away what is half done."


def refuse_early(workplace: Workplace, asked: Restoring, *, on_own_server: bool) -> None:
    """What can be refused without reading the backup through, which takes minutes. Raises InvalidInput, UserError."""
    if on_own_server:
        workplace.refuse_occupied()
    else:
        refuse_set_up(workplace.settings)
    workplace.secrets(asked.secret_store)
    typed = {name: value for name, value in (("name", asked.workstation), ("prefix", asked.prefix)) if value}
    _, problems = clean_values(Workstation, typed, _ANYWHERE, only=typed.__contains__)
    if problems:
        raise _beside_what_is_asked(problems)


def _beside_what_is_asked(problems: Mapping[str, str]) -> InvalidInput:
    """Problems of a workstation's fields, beside what a restore asks for."""
    return InvalidInput({"workstation" if name == "name" else name: why for name, why in problems.items()})


@dataclass(frozen=True)
class _Checked:
    """A backup that was read to its end. practice: its record. station: this computer's in it, from now on."""

    manifest: Manifest
    opened: OpenedBackup
    practice: Row
    station: Row


def _checked(asked: Restoring, opened: OpenedBackup, telling: Telling) -> _Checked:
    """Everything that can be refused before anything is made. Raises InvalidInput, Damaged, Stopped, UserError."""
    telling.tell(READING)
    rows: dict[str, list[Row]] = {"practice": [], "workstations": []}

    def look(name: str, content: bytes) -> None:
        if name in rows:
            rows[name] += bson.decode_all(content, CODEC)

    manifest = check_backup(asked.file, opened.file_key, telling.watch, look)
    if is_newer(manifest.version):
        raise UserError(
            "A newer program made this backup.",
            f"It is of HMSDesk {manifest.version}, and this is {__version__}. Update HMSDesk on this computer first.",
        )
    practice = next(iter(rows["practice"]), None)
    if practice is None or practice["public_key"] != opened.bundle.keys().public.sign:
        raise Damaged("The keys in it are not those of its practice. Take another one.")
    return _Checked(manifest, opened, practice, _station(asked, practice, rows["workstations"]))


def _station(asked: Restoring, practice: Row, kept: Sequence[Row]) -> Row:
    """This computer as the practice knows it from now on. kept: those it knew. Raises InvalidInput."""
    names, prefixes = {row["name"] for row in kept}, {row["prefix"] for row in kept}
    values = {
        "name": asked.workstation or _free_name(names),
        "prefix": asked.prefix or next(two for two in _pairs() if two not in prefixes),
        "state": ENROLLED,
    }
    cleaned, problems = clean_values(Workstation, values, locale_of(practice))
    found = {name: Workstation.derived(cleaned).get(name, cleaned.get(name)) for name in Workstation.uniques()}
    for name, value in found.items():
        if any(row["find"].get(name, row[name]) == value for row in kept):
            problems[name] = "Another computer of the practice has this already."
    if problems:
        raise _beside_what_is_asked(problems)
    return {"_id": ObjectId()} | Workstation.build(values, locale_of(practice))


class _Restore:
    """One restore, in the order in which it is done."""

    def __init__(
        self,
        asked: Restoring,
        checked: _Checked,
        settings: Settings,
        secrets: Secrets,
        place: Place,
        telling: Telling,
    ) -> None:
        self._asked, self._opened, self._manifest = asked, checked.opened, checked.manifest
        self._settings, self._secrets, self._place = settings, secrets, place
        self._tell, self._watch = telling.tell, telling.watch
        self._practice, self._station = checked.practice, checked.station
        self._keys = checked.opened.bundle.keys()

    def do(self) -> Restored:
        """Everything. The profile is written last: what was broken off has left none."""
        profile = self._profile()
        with closing(self._place.as_owner(self._settings.server_timeout_s)) as server:
            with closing(users_of_practice(server, self._place.atlas, self._tell)) as users:
                self._load(server, users)
                self._enrol(users, profile)
            restored = self._hand_over(server, profile)
        write_profile(self._settings.folder(), profile)
        return restored

    def _load(self, server: Server, users: Users) -> None:
        """The records as they were, proven to be so, and then what the declarations add: indexes and roles."""
        provision.put_collections(server.database)
        self._tell(LOADING)
        load_backup(self._asked.file, self._opened.file_key, server, self._watch)
        self._tell(COMPARING)
        compare(self._manifest, server, self._watch)
        self._tell(PROVISIONING)
        provision.provision(server.database, users)

    def _profile(self) -> Profile:
        place, practice, station = self._place, self._practice, self._station
        return Profile(
            kind=place.kind,
            practice=practice["name"],
            database=place.database,
            address="" if place.kind is Kind.EMBEDDED else place.address,
            workstation=station["name"],
            workstation_id=str(station["_id"]),
            patient_prefix=station["prefix"],
            fingerprint=fingerprint(practice["public_key"]),
            secret_store=self._asked.secret_store,
        )

    def _enrol(self, users: Users, profile: Profile) -> None:
        """This computer's own database user, and the secrets it keeps."""
        user = enrolment_user(profile.workstation_id)
        password = users.create({user: ENROLMENT})[user]
        self._secrets.set(PRACTICE_ENTRY, self._opened.bundle.practice_secret)
        self._secrets.set(ENROLMENT_ENTRY, json.dumps({"user": user, "password": password}).encode())

    def _hand_over(self, server: Server, profile: Profile) -> Restored:
        """New credentials for everybody, by the ways they are renewed by; then the trail is looked at."""
        self._tell(HANDING_OUT)
        keys, offset = Keys.generate(), server.clock_offset()
        certificate = _certificate(keys, self._settings.argon2_mib, to_millisecond(datetime.now(UTC) + offset))
        session = self._session(server, identity_of(certificate, Role.ADMINISTRATOR, profile), keys, offset)
        with closing(Door(self._settings, profile, self._secrets, self._place.address)) as door:
            shut_out = self._note(session, certificate)
            with closing(Owner(door, session, self._bundle(), server, self._tell)) as owner:
                owner.renew(*Role, change_over_s=0)
                bring_up_to_date(owner, self._watch, derive=standing(door) is not Standing.CURRENT)
                code = renew_ownership(owner).recovery_code
                report = self._verified(owner)
        return Restored(self._manifest, profile, report, shut_out, code)

    def _bundle(self) -> OwnerBundle:
        place = self._place
        made = {"user": OWNER, "password": place.owner_password, "atlas": place.atlas}
        return self._opened.bundle.model_copy(update=made)

    def _session(self, server: Server, identity: Identity, keys: Keys, offset: timedelta) -> Session:
        """In the name of the restore itself: an account that signs this and can never be signed in to.

        Its keys are forgotten with this session. Whoever restores may know nobody's password, and signs for nobody.
        """
        heads, locale = Heads(self._settings.folder()), locale_of(self._practice)
        return Session(server, identity, keys, heads, locale, offset, practice_key=self._practice["public_key"])

    def _note(self, session: Session, certificate: Certificate) -> list[str]:
        """Enter the restore and this computer, and shut out those that knew the practice where it was before."""
        reason = f"Of {self._manifest.taken_at:%Y-%m-%d %H:%M} UTC"

        def work(work: Work) -> list[str]:
            row = account_row(self._keys, certificate, locale_of(self._practice))
            work.insert("accounts", {"_id": certificate.person, "credentials": []} | row, "restore", reason)
            former = work.find_all("workstations", {"state": ENROLLED})
            for one in former:
                work.change("workstations", one, {"state": REVOKED, "backs_up": None}, "revoke", "Restored elsewhere")
            work.insert("workstations", self._station, "restore")
            work.note(Event("restore", reason=reason))
            return [one["name"] for one in former]

        return write(session, uuid4().hex, work)

    def _verified(self, owner: Owner) -> Report:
        self._tell(VERIFYING)
        heads = Heads(self._settings.folder()).read()
        kept = [record.collection() for record in RECORDS]
        return verify(owner.database, owner.practice_keys.public.sign, heads, kept)


def _certificate(keys: Keys, mib: int, now: datetime) -> Certificate:
    person = ObjectId()
    return Certificate(
        person=person,
        name=f"Restored {now:%Y-%m-%d %H:%M}",
        email=f"restored.{person}@practice.test",
        roles=(Role.ADMINISTRATOR,),
        owner=False,
        keys=keys.public,
        serial=1,
        issued_at=now,
        mib=mib,
        disabled=True,
    )


def _free_name(names: set[str]) -> str:
    first = "Restored computer"
    return next(name for name in (first, *(f"{first} {number}" for number in range(2, 1000))) if name not in names)


def _pairs() -> list[str]:
    return [one + other for one in _LETTERS for other in _LETTERS]
