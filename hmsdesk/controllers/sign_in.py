"""The practice's door: from e-mail and password to a session as the role's database user.

A right password opens the person's keys, these open the role's database credential, and the server itself enforces the
role. Before that the workstation has only its enrolment credential, which reads what signing in needs.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from hmsdesk.database.audit import Event, Heads
from hmsdesk.database.changes import Watcher
from hmsdesk.database.connection import CredentialRefused, Server
from hmsdesk.database.session import Identity, Session
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.practice import locale_of
from hmsdesk.models.record import Row
from hmsdesk.models.text import fold
from hmsdesk.security.bundles import Credential
from hmsdesk.security.certificates import Certificate, State, Untrusted, believed, effective, succession
from hmsdesk.security.credentials import (
    CannotOpen,
    Keys,
    new_secret,
    open_with_password,
    seal_to,
    seal_with_password,
    weakness,
)
from hmsdesk.security.permissions import Role
from hmsdesk.security.secrets import Secrets
from hmsdesk.security.signing import fingerprint, sign
from hmsdesk.security.throttle import Throttle
from hmsdesk.settings import Profile, Settings

# The names that a workstation's two secrets have in its keyring.
ENROLMENT_ENTRY = "enrolment"
PRACTICE_ENTRY = "practice"

_log = logging.getLogger(__name__)


class WrongPassword(InvalidInput):
    """E-mail and password don't belong together."""

    def __init__(self) -> None:
        super().__init__({"password": "E-mail or password is not right."}, "Not signed in.")


class SignedOut(UserError):
    """The session's account may not go on: it was disabled, or its roles were changed."""


@dataclass(frozen=True)
class Opened:
    """An account whose keys a password has opened. `account` and `seal` are the documents as they were then."""

    account: Row
    seal: Row
    certificate: Certificate
    keys: Keys


class NewPasswordNeeded(Exception):
    """The password is a temporary one: the person must choose their own before anything else."""

    def __init__(self, opened: Opened) -> None:
        super().__init__("a new password is needed")
        self.opened = opened


class Door:
    """The practice as an enrolled workstation reaches it. Threads may share it; close() ends it."""

    def __init__(self, settings: Settings, profile: Profile, secrets: Secrets, address: str) -> None:
        self.settings = settings
        self.profile = profile
        self.secrets = secrets
        self.address = address
        self.throttle = Throttle(settings.folder())
        user = json.loads(self._secret(ENROLMENT_ENTRY))
        self.server = self.connect(user["user"], user["password"])

    def connect(self, user: str, password: str) -> Server:
        """The practice's database as another database user."""
        profile, timeout = self.profile, self.settings.server_timeout_s
        return Server(self.address, profile.database, profile.kind, timeout, user, password)

    def practice(self) -> Row:
        """The practice's public facts, their key checked against the pinned fingerprint."""
        with self.server.asked() as database:
            practice = database.practice.find_one()
        if practice is None or fingerprint(practice["public_key"]) != self.profile.fingerprint:
            raise UserError(
                "This is not the practice this computer was enrolled with.",
                "The server shows another practice's key. Don't sign in; tell the practice's owner.",
            )
        return practice

    def practice_secret(self) -> bytes:
        """What passwords are mixed with."""
        return self._secret(PRACTICE_ENTRY)

    def sign_in(self, email: str, password: str, role: Role | None = None) -> Session:
        """A session as the role asked for, or the account's first.

        Raises WrongPassword, NewPasswordNeeded, Unreachable, and UserError where the account may not be used.
        """
        opened = self.open(email, password)
        if opened.certificate.state is State.TEMPORARY:
            raise NewPasswordNeeded(opened)
        return self.enter(opened, role)

    def open(self, email: str, password: str) -> Opened:
        """The account's keys. Failures are slowed down and logged. Raises WrongPassword, UserError, Unreachable."""
        self._hold_back(email)
        practice = self.practice()
        with self.server.asked() as database:
            account = database.accounts.find_one({"find.email": fold(email.strip())})
            seal = database.seals.find_one({"_id": account["_id"]}) if account else None
        try:
            opened = self._opened(practice, account, seal, password)
        except (CannotOpen, Untrusted) as failure:
            _log.warning("a sign-in failed: %s", type(failure).__name__)
            self.throttle.failed(email)
            self._leave_word(account, succeeded=False)
            raise WrongPassword from None
        self.throttle.succeeded(email)
        return opened

    def choose_password(self, opened: Opened, password: str) -> Session:
        """The person's own password in place of a temporary one: new keys, certified by the temporary ones."""
        self._check_strength(opened.certificate, password)
        keys = Keys.generate()
        seal = {
            "seal": self._sealed(keys, password),
            "successor": succession(opened.keys, opened.certificate, keys.public),
            "resealed": _resealed(opened, keys),
        }
        stored = opened.seal | seal
        session = self._connected(replace_keys(opened, keys, stored), None)
        with_signature = seal | {"signature": sign(keys.signing_key, seal)}
        self._write_seal(session, opened, with_signature, "choose password")
        return session

    def change_password(self, session: Session, old: str, new: str) -> None:
        """Another password for the same keys. Raises WrongPassword, InvalidInput."""
        opened = self.open(session.identity.email, old)
        self._check_strength(opened.certificate, new)
        kept = {name: opened.seal[name] for name in ("successor", "resealed") if name in opened.seal}
        seal = kept | {"seal": self._sealed(opened.keys, new)}
        self._write_seal(session, opened, seal | {"signature": sign(opened.keys.signing_key, seal)}, "change password")

    def enter(self, opened: Opened, role: Role | None = None) -> Session:
        """The session of an opened account; its first trail entry is written. Raises UserError, Unreachable."""
        if opened.certificate.state is State.DISABLED:
            self._leave_word(opened.account, succeeded=False)
            raise UserError("This account is disabled.", "Ask the practice's owner to enable it again.")
        session = self._connected(opened, role)
        write(session, uuid4().hex, lambda work: work.note(Event("sign in")))
        self._leave_word(opened.account, succeeded=True)
        return session

    def recheck(self, session: Session) -> None:
        """After news of the session's account: take the renewed credential, or raise SignedOut."""
        practice = self.practice()
        person = session.identity.person
        with self.server.asked() as database:
            account = database.accounts.find_one({"_id": person})
            seal = database.seals.find_one({"_id": person})
        try:
            certificate = effective(believed(practice["public_key"], account or {"_id": person}), seal)
        except Untrusted:
            raise SignedOut("You were signed out.", "This account is not the practice's any more.") from None
        if certificate.state is State.DISABLED or session.identity.role not in certificate.roles:
            raise SignedOut("You were signed out.", "An owner changed what this account may do.")
        if certificate.keys != session.keys.public:
            raise SignedOut("You were signed out.", "The password of this account was reset.")
        self._renew(session, Opened(account or {}, seal or {}, certificate, session.keys))

    def watch(self, session: Session, on_news: Callable[[], None], on_state: Callable[[bool], None]) -> Watcher:
        """Listen to news of the session's account; `recheck` tells what they mean. Called on the watcher's thread."""

        def on_event(event: dict[str, Any]) -> None:
            if event.get("documentKey", {}).get("_id") == session.identity.person:
                on_news()

        return Watcher(lambda: self.server, "accounts", on_event, on_news, on_state)

    def close(self) -> None:
        """End the enrolment connection."""
        self.server.close()

    def _renew(self, session: Session, opened: Opened) -> None:
        credential = credential_of(opened, session.identity.role)
        if credential.user == session.server.user:
            return
        renewed = self.connect(credential.user, credential.password)
        renewed.clock_offset()
        session.renew(renewed)

    def _hold_back(self, email: str) -> None:
        wait = self.throttle.wait_s(email)
        if wait > 0:
            raise UserError("Too many failed tries.", f"Please wait {int(wait) + 1} seconds, then try again.")

    def _opened(self, practice: Row, account: Row | None, seal: Row | None, password: str) -> Opened:
        secret = self.practice_secret()
        if account is None or seal is None:
            # An unknown e-mail takes as long as a wrong password, so that nobody learns who has an account.
            seal_with_password(Keys.generate(), password, new_secret(), self.settings.argon2_mib)
            raise CannotOpen
        certificate = effective(believed(practice["public_key"], account), seal)
        keys = open_with_password(seal["seal"], password, secret)
        if keys.public != certificate.keys:
            raise Untrusted
        return Opened(account, seal, certificate, keys)

    def _connected(self, opened: Opened, role: Role | None) -> Session:
        certificate = opened.certificate
        role = role if role in certificate.roles else certificate.roles[0]
        credential = credential_of(opened, role)
        server = self.connect(credential.user, credential.password)
        try:
            offset = server.clock_offset()
        except CredentialRefused:
            server.close()
            raise
        identity = Identity(
            person=certificate.person,
            name=certificate.name,
            email=certificate.email,
            role=role,
            roles=certificate.roles,
            owner=certificate.owner,
            workstation=self.profile.workstation_id,
            workstation_name=self.profile.workstation,
            patient_prefix=self.profile.patient_prefix,
        )
        locale = locale_of(self.practice())
        return Session(server, identity, opened.keys, Heads(self.settings.folder()), locale, offset)

    def _check_strength(self, certificate: Certificate, password: str) -> None:
        words = [*certificate.name.split(), *certificate.email.split("@"), self.profile.practice]
        problem = weakness(password, words)
        if problem:
            raise InvalidInput({"new_password": problem}, "Choose another password.")

    def _sealed(self, keys: Keys, password: str) -> Row:
        return seal_with_password(keys, password, self.practice_secret(), self.settings.argon2_mib)

    @staticmethod
    def _write_seal(session: Session, opened: Opened, seal: Row, action: str) -> None:
        write(session, uuid4().hex, lambda work: work.change("seals", opened.seal, seal, action))

    def _leave_word(self, account: Row | None, *, succeeded: bool) -> None:
        word = {
            "at": datetime.now(UTC),
            "account": account["_id"] if account else None,
            "workstation": self.profile.workstation_id,
            "succeeded": succeeded,
        }
        with self.server.asked() as database:
            database.sign_in_attempts.insert_one(word)

    def _secret(self, name: str) -> bytes:
        secret = self.secrets.get(name)
        if secret is None:
            raise UserError(
                "This computer's keys are missing.",
                "The keyring doesn't hold what this workstation was given at enrolment. Enrol it again.",
            )
        return secret


def replace_keys(opened: Opened, keys: Keys, seal: Row) -> Opened:
    """The account as opened with its new keys."""
    certificate = replace(opened.certificate, keys=keys.public, state=State.ACTIVE)
    return Opened(opened.account, seal, certificate, keys)


def credential_of(opened: Opened, role: Role) -> Credential:
    """The newest credential of a role that the account's keys open. Raises UserError where there is none."""
    resealed = opened.seal.get("resealed", {}).get("credentials", [])
    sealed = [kept for kept in [*opened.account.get("credentials", []), *resealed] if kept["role"] == role.value]
    for kept in sorted(sealed, key=lambda kept: kept["generation"], reverse=True):
        try:
            return Credential.model_validate_json(opened.keys.open(kept["sealed"]))
        except CannotOpen:
            continue
    raise UserError("This account has no way into the server.", "Ask the practice's owner to reset it.")


def _resealed(opened: Opened, keys: Keys) -> Row:
    """Everything sealed to the temporary keys, sealed to the keys that follow them."""

    def anew(sealed: bytes) -> bytes:
        return seal_to(keys.public.box, opened.keys.open(sealed))

    credentials = [kept | {"sealed": anew(kept["sealed"])} for kept in opened.account["credentials"]]
    owner = opened.account.get("owner_seal")
    return {"credentials": credentials} | ({"owner_seal": anew(owner)} if owner else {})
