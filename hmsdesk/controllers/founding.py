"""A practice's first hour: its keys, its database, its first owner and its first workstation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from bson import ObjectId
from pydantic import BaseModel, ConfigDict, Field

from hmsdesk.controllers import field_keys
from hmsdesk.controllers.account_rows import account_row, seal_row, sealed_credential
from hmsdesk.controllers.database_users import users_of_practice
from hmsdesk.controllers.readmission import ENROLMENT_ENTRY, PRACTICE_ENTRY, keep_for_readmission
from hmsdesk.controllers.standing import stamp
from hmsdesk.database import provision
from hmsdesk.database.audit import Heads
from hmsdesk.database.connection import Server
from hmsdesk.database.session import Identity, Session
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.errors import InvalidInput
from hmsdesk.models.accounts import Account
from hmsdesk.models.declaration import clean_values
from hmsdesk.models.locale import Locale
from hmsdesk.models.practice import COUNTRIES, Practice, locale_of
from hmsdesk.models.record import Record
from hmsdesk.models.row import Row
from hmsdesk.models.workstations import ENROLLED, Workstation
from hmsdesk.security.bundles import AtlasAccess, OwnerBundle
from hmsdesk.security.certificates import Certificate
from hmsdesk.security.credentials import Keys, new_code, new_secret, seal_to, seal_with_code, weakness
from hmsdesk.security.keyrings import VAULT, Credential, Keyring
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import ENROLMENT, OWNER, enrolment_user, user_name
from hmsdesk.security.secrets import Secrets
from hmsdesk.security.signing import fingerprint
from hmsdesk.settings import Kind, Profile, SecretStore, Settings, write_profile

FIRST_GENERATION = 1
# What is being done, as the one who waits for it is told.
STARTING, PROVISIONING = "Starting the database server", "Making collections, roles and their limits"
MAKING, KEEPING = "Making the keys and your account", "Keeping this computer's keys"


class Founding(BaseModel):
    """What the first-run wizard asks."""

    # The password must not stand in the message of a failure.
    model_config = ConfigDict(hide_input_in_errors=True)

    practice: dict[str, str] = Field(description="the practice's fields: name, name_ar, address, phone, country ...")
    owner_name: str
    owner_email: str
    owner_password: str = Field(repr=False)
    solo: bool = Field(description="one doctor who does everything, rather than a clinic with roles")
    workstation: str = "Reception desk 1"
    patient_prefix: str = "AA"
    secret_store: SecretStore = SecretStore.KEYRING

    def role(self) -> Role:
        """What the first owner works as."""
        return Role.SOLO if self.solo else Role.ADMINISTRATOR


@dataclass(frozen=True)
class Founded:
    """What came of it. The recovery code is shown once and kept nowhere."""

    profile: Profile
    recovery_code: str = field(repr=False)


def check(founding: Founding) -> dict[str, str]:
    """What is wrong with what was typed so far: field -> sentence."""
    problems: dict[str, str] = {}
    locale = _locale(founding)
    try:
        Practice.build(_practice_values(founding), locale)
    except InvalidInput as invalid:
        problems |= invalid.fields
    problems |= _wrong(Workstation, {"name": founding.workstation, "prefix": founding.patient_prefix}, _STATION, locale)
    problems |= _wrong(Account, {"name": founding.owner_name, "email": founding.owner_email}, _OWNER, locale)
    known = [founding.owner_name, founding.owner_email, *founding.practice.values()]
    weak = weakness(founding.owner_password, known)
    return problems | ({"owner_password": weak} if weak else {})


# What a founding asks for, as other records call it.
_STATION = {"name": "workstation", "prefix": "prefix"}
_OWNER = {"name": "owner_name", "email": "owner_email"}


def _wrong(
    record: type[Record], values: Mapping[str, object], asked_as: Mapping[str, str], locale: Locale
) -> dict[str, str]:
    """What a record would say of a few of its values, by the names they are asked for under."""
    _, problems = clean_values(record, values, locale, only=values.__contains__)
    return {asked_as[name]: problem for name, problem in problems.items()}


def database_name(practice: str) -> str:
    """The name of a practice's database: a few plain letters and a random end, so that practices can share a server."""
    letters = re.sub(r"[^a-z0-9]+", "_", practice.lower()).strip("_")[:20]
    return f"hmsdesk_{letters or 'practice'}_{uuid4().hex[:6]}"


@dataclass(frozen=True)
class Place:
    """Where a practice is founded: an empty database, and the password of its owner there.

    ca: the file of the clinic's own authority, where the server's certificate comes from it. atlas: if it is on Atlas.
    """

    kind: Kind
    address: str
    database: str
    owner_password: str = field(repr=False)
    ca: Path | None = None
    atlas: AtlasAccess | None = None

    def as_owner(self, timeout_s: float) -> Server:
        """Its server, as the practice's owner. Close it afterwards."""
        return Server(self.address, self.database, self.kind, timeout_s, OWNER, self.owner_password, ca=self.ca)


def found(
    founding: Founding,
    settings: Settings,
    secrets: Secrets,
    place: Place,
    tell: Callable[[str], None] = lambda _: None,
) -> Founded:
    """Found the practice. tell is told what is being done. Raises InvalidInput, Unreachable.

    The profile is written last: a founding that was broken off has left none, and is begun anew.
    """
    problems = check(founding)
    if problems:
        raise InvalidInput(problems)
    with (
        closing(place.as_owner(settings.server_timeout_s)) as server,
        closing(users_of_practice(server, place.atlas, tell)) as users,
    ):
        tell(PROVISIONING)
        provision.provision(server.database, users)
        tell(MAKING)
        making = _Making(founding, settings, server, place)
        passwords = users.create(making.wanted_users())
        code = making.make(passwords)
    tell(KEEPING)
    secrets.set(PRACTICE_ENTRY, making.bundle.practice_secret)
    station = enrolment_user(str(making.workstation))
    user = {"user": station, "password": passwords[station]}
    secrets.set(ENROLMENT_ENTRY, json.dumps(user).encode())
    keep_for_readmission(settings.folder(), secrets, code)
    profile = _profile(founding, place, making)
    write_profile(settings.folder(), profile)
    return Founded(profile, code)


def _profile(founding: Founding, place: Place, making: _Making) -> Profile:
    """What this computer knows of the practice from now on."""
    return Profile(
        kind=place.kind,
        practice=founding.practice["name"],
        database=place.database,
        address="" if place.kind is Kind.EMBEDDED else place.address,
        workstation=founding.workstation,
        workstation_id=str(making.workstation),
        patient_prefix=founding.patient_prefix,
        fingerprint=fingerprint(making.practice_keys.public.sign),
        secret_store=founding.secret_store,
    )


class _Making:
    """The records a practice begins with, made in the first owner's name."""

    def __init__(self, founding: Founding, settings: Settings, server: Server, place: Place) -> None:
        self.founding = founding
        self.settings = settings
        self.server = server
        self.practice_keys = Keys.generate()
        self.owner_keys = Keys.generate()
        self.person = ObjectId()
        self.workstation = ObjectId()
        self.keyring, self.data_keys = field_keys.first_keys(Keyring())
        self.bundle = OwnerBundle(
            user=OWNER,
            password=place.owner_password,
            practice_keys=self.practice_keys.to_bytes(),
            practice_secret=new_secret(),
            atlas=place.atlas,
        )

    def wanted_users(self) -> dict[str, str]:
        """The database users a practice begins with, and their roles: one for each role, and the workstation's."""
        roles = {user_name(role.value, FIRST_GENERATION): role.value for role in Role}
        return roles | {enrolment_user(str(self.workstation)): ENROLMENT}

    def make(self, passwords: dict[str, str]) -> str:
        """Write them all, or none; the recovery code. passwords: of the wanted users."""
        code = new_code()
        users = {role: user_name(role.value, FIRST_GENERATION) for role in Role}
        credentials = {
            role: Credential(user=user, password=passwords[user], keys=self.keyring.for_role(role))
            for role, user in users.items()
        }
        write(self._session(), uuid4().hex, lambda work: self._records(work, code, credentials))
        return code

    def _records(self, work: Work, code: str, credentials: dict[Role, Credential]) -> None:
        founding, locale, role = self.founding, _locale(self.founding), self.founding.role()
        work.insert("practice", self._practice(code, credentials), "found practice")
        work.claim(VAULT, self.data_keys)
        station = {"name": founding.workstation, "prefix": founding.patient_prefix, "state": ENROLLED}
        work.insert("workstations", {"_id": self.workstation} | Workstation.build(station, locale))
        certificate = self._certificate(work)
        mine = {
            "_id": self.person,
            "credentials": [sealed_credential(certificate, role, FIRST_GENERATION, credentials[role])],
            "owner_seal": seal_to(self.owner_keys.public.box, self.bundle.to_bytes()),
        }
        work.insert("accounts", mine | account_row(self.practice_keys, certificate, locale))
        secret = self.bundle.practice_secret
        work.insert("seals", seal_row(certificate, self.owner_keys, founding.owner_password, secret))

    def _practice(self, code: str, credentials: dict[Role, Credential]) -> Row:
        public = self.practice_keys.public
        sealed = [
            {"role": role.value, "generation": FIRST_GENERATION, "sealed": seal_to(public.box, one.to_bytes())}
            for role, one in credentials.items()
        ]
        recovery = seal_with_code(self.bundle.to_bytes(), code)
        facts = Practice.build(_practice_values(self.founding), _locale(self.founding))
        return facts | {
            "public_key": public.sign,
            "recovery": recovery,
            "credentials": sealed,
            "keyring": seal_to(public.box, self.keyring.to_bytes()),
            "encrypted": provision.all_encrypted(),
            "provisioned": stamp(),
        }

    def _certificate(self, work: Work) -> Certificate:
        return Certificate(
            person=self.person,
            name=self.founding.owner_name,
            email=self.founding.owner_email,
            roles=(self.founding.role(),),
            owner=True,
            keys=self.owner_keys.public,
            serial=1,
            issued_at=work.at,
            mib=self.settings.argon2_mib,
        )

    def _session(self) -> Session:
        founding = self.founding
        identity = Identity(
            person=self.person,
            name=founding.owner_name,
            email=founding.owner_email,
            role=founding.role(),
            roles=(founding.role(),),
            owner=True,
            workstation=str(self.workstation),
            workstation_name=founding.workstation,
            patient_prefix=founding.patient_prefix,
        )
        heads = Heads(self.settings.folder())
        locale, key = _locale(founding), self.practice_keys.public.sign
        return Session(self.server, identity, self.owner_keys, heads, locale, timedelta(0), practice_key=key)


def _practice_values(founding: Founding) -> dict[str, str]:
    """The practice's fields, with what its country implies."""
    _, currency, timezone = COUNTRIES.get(founding.practice.get("country", ""), ("", "", ""))
    return {"currency": currency, "timezone": timezone} | founding.practice


def _locale(founding: Founding) -> Locale:
    return locale_of(_practice_values(founding))
