"""The practice's door: from e-mail and password to a session as the role's database user.

A right password opens the person's keys, these open the role's database credential, and the server itself enforces the
role. Before that the workstation has only its enrolment credential, which reads what signing in needs.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from bson import ObjectId
from pymongo.database import Database

from hmsdesk.controllers.account_news import Changed, RoleShutOut, SignedOut, carried_over, check_goes_on, identity_of
from hmsdesk.controllers.opened import Opened
from hmsdesk.controllers.readmission import ENROLMENT_ENTRY, PRACTICE_ENTRY, KeysMissing, NotEnrolled
from hmsdesk.database import directory
from hmsdesk.database.audit import Event, Heads
from hmsdesk.database.changes import Watcher
from hmsdesk.database.connection import CredentialRefused, Server
from hmsdesk.database.directory import Known
from hmsdesk.database.pulse import Pulse
from hmsdesk.database.session import Identity, Session
from hmsdesk.database.unit_of_work import Taken, Work, write
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.practice import locale_of
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold, so_many
from hmsdesk.security import seals
from hmsdesk.security.authority import read_authority
from hmsdesk.security.certificates import Certificate, State, Untrusted, succession
from hmsdesk.security.credentials import CannotOpen, Keys, as_temporary_password, new_secret, weakness
from hmsdesk.security.keyrings import Credential, Keyring
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import SUCCESSIONS
from hmsdesk.security.seals import Lock
from hmsdesk.security.secrets import Secrets
from hmsdesk.security.signing import fingerprint
from hmsdesk.security.throttle import Throttle
from hmsdesk.settings import Kind, Profile, Settings, write_profile

_NOT_YOURS = "This is not your password."
_log = logging.getLogger(__name__)


class WrongPassword(InvalidInput):
    """E-mail and password don't belong together; or, where only the password was asked for, it is another one."""

    def __init__(self, words: str = "E-mail or password is not right.") -> None:
        super().__init__({"password": words}, "Not signed in.")


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
        self.ca = _authority(settings, profile.kind)
        self.throttle = Throttle(settings.folder())
        self._renewing = threading.Lock()
        self.heads = Heads(settings.folder())
        self.heads.compact()
        self.server = self._enrolled()

    def move(self, address: str) -> None:
        """The server is reached elsewhere now, as an embedded one may be after its restart; sessions `recheck`."""
        self.address = address
        former, self.server = self.server, self._enrolled()
        former.close()

    def pulse(self, on_state: Callable[[bool], None], on_trouble: Callable[[UserError], None]) -> Pulse:
        """Tell whether the server answers, on threads of its own, until it is closed."""
        return Pulse(self.address, self.ca, on_state, on_trouble)

    def connect(self, user: str, password: str, keys: Keyring | None = None) -> Server:
        """The practice's database as another database user. keys: to what of it is encrypted."""
        profile, timeout = self.profile, self.settings.server_timeout_s
        return Server(self.address, profile.database, profile.kind, timeout, user, password, ca=self.ca, keys=keys)

    def practice(self) -> Row:
        """The practice's public facts, their key checked against the pinned fingerprint. Raises NotEnrolled."""
        with self._asked() as database:
            practice = database.practice.find_one()
        if practice is None or fingerprint(practice.get("public_key", b"")) != self.profile.fingerprint:
            raise UserError(
                "This is not the practice this computer was enrolled with.",
                "The server shows another practice's key. Don't sign in; tell the practice's owner.",
            )
        return practice

    def note_name(self, name: str) -> None:
        """Show this workstation the practice's name as it is now, also before the server is reached the next time."""
        if name != self.profile.practice:
            self.profile = replace(self.profile, practice=name)
            with suppress(OSError):
                write_profile(self.settings.folder(), self.profile)

    def practice_secret(self) -> bytes:
        """What passwords are mixed with."""
        return self._secret(PRACTICE_ENTRY)

    def sign_in(self, email: str, password: str, role: Role | None = None, waiting: Identity | None = None) -> Session:
        """A session as the role asked for, or the account's first. waiting: as `open` takes it.

        The role is asked for whose pages wait: somebody else begins as what they are first. Raises WrongPassword,
        NewPasswordNeeded, Unreachable, and UserError where the account may not be used.
        """
        opened = self.open(email, password, waiting)
        theirs = waiting is None or waiting.person == opened.certificate.person
        return self.enter(opened, role if theirs else None)

    def open(self, email: str, password: str, waiting: Identity | None = None) -> Opened:
        """The account's keys. Failures are slowed down and logged. Raises WrongPassword, UserError, Unreachable.

        waiting: whose pages wait here; the e-mail they had is good for them until they were told of another one.
        """
        email = fold(email.strip()).encode(errors="replace").decode()
        whose: list[Row] = [{"find.email": email}]
        if waiting is not None and fold(waiting.email) == email:
            whose.append({"_id": waiting.person})
        return self._open(email, password, *whose)

    def _open(self, email: str, password: str, *whose: Row) -> Opened:
        self._hold_back(email)
        try:
            opened = self._try(password, *whose)
        except WrongPassword:
            raise
        except BaseException:
            self.throttle.called_off(email)
            raise
        self.throttle.succeeded(email)
        return opened

    def open_again(self, session: Session, password: str) -> Opened:
        """The keys of who is signed in and has typed the password again, whatever e-mail they have by now.

        Raises as `open` does.
        """
        try:
            return self._open(fold(session.identity.email), password, {"_id": session.identity.person})
        except WrongPassword:
            raise WrongPassword(_NOT_YOURS) from None

    def choose_password(self, opened: Opened, password: str) -> Session:
        """The person's own password in place of a temporary one: new keys, named by the temporary ones.

        Raises InvalidInput for a weak password, UserError where the temporary one was used before, Unreachable.
        """
        self._check_strength(opened.certificate, password)
        self._check_is_another(opened, password)
        keys = Keys.generate()
        named = succession(opened.keys, opened.certificate, keys.public) | {"resealed": opened.resealed(keys)}
        succeeded = opened.succeeded(keys, named)
        seal = seals.seal(succeeded.certificate, keys, self._lock(succeeded.certificate, password))
        self._check_is_as_opened(opened)
        session = self._connected(succeeded, None)

        def work(work: Work) -> None:
            work.note(Event("sign in"))
            work.insert(SUCCESSIONS, named, "choose password")
            work.insert("seals", seal, "choose password")

        try:
            write(session, uuid4().hex, work)
        except BaseException as failure:
            session.close()
            if isinstance(failure, Taken):
                raise _used_before() from None
            raise
        self._leave_word(opened.account["_id"], succeeded=True)
        return session

    def change_password(self, session: Session, old: str, new: str) -> None:
        """Another password for the same keys. Raises WrongPassword, InvalidInput also for one that was used before."""
        opened = self.open_again(session, old)
        self._check_strength(opened.certificate, new)
        lock = self._lock(opened.certificate, new)
        seal = seals.seal(opened.certificate, opened.keys, lock, replaces=opened.seal)
        try:
            write(session, uuid4().hex, lambda work: work.insert("seals", seal, "change password"))
        except Taken as taken:
            if taken.key != lock.address:
                raise WrongPassword(_NOT_YOURS) from None
            raise InvalidInput({"new_password": "You have used this password before."}, "Choose another.") from None

    def enter(self, opened: Opened, role: Role | None = None) -> Session:
        """The session of an opened account; its first trail entry is written.

        Raises NewPasswordNeeded, UserError where the account is disabled, Unreachable.
        """
        if opened.certificate.state is State.TEMPORARY:
            raise NewPasswordNeeded(opened)
        if opened.certificate.state is State.DISABLED:
            self._leave_word(opened.account["_id"], succeeded=False)
            raise UserError("This account is disabled.", "Ask the practice's owner to enable it again.")
        session = self._connected(opened, role)
        try:
            write(session, uuid4().hex, lambda work: work.note(Event("sign in")))
            self._leave_word(opened.account["_id"], succeeded=True)
        except BaseException:
            session.close()
            raise
        return session

    def recheck(self, session: Session) -> Changed:
        """After news of the session's account: take what is otherwise, and the renewed credential.

        Raises SignedOut where the session may not go on, RoleShutOut where the server doesn't let it.
        """
        try:
            known = self._known({"_id": session.identity.person})
        except NotEnrolled:
            raise SignedOut("You were signed out.", "This computer may not reach the practice any more.") from None
        except Untrusted:
            known = None
        if known is None:
            raise SignedOut("You were signed out.", "This account is not the practice's any more.")
        check_goes_on(session, known.certificate)
        # What may fail comes first: the next try must still find what is otherwise.
        self._renew(session, Opened(known.account, known.certificate, session.keys, known.succession))
        return carried_over(session, known)

    def watch(self, session: Session, on_news: Callable[[], None]) -> Watcher:
        """Listen to news of the session's account; `recheck` tells what they mean.

        on_news is called on the watcher's thread, at the beginning too, and again later if it raises a UserError.
        """

        def on_event(event: dict[str, Any]) -> None:
            if event.get("documentKey", {}).get("_id") == session.identity.person:
                on_news()

        return Watcher(lambda: self.server, "accounts", on_event, on_news)

    def close(self) -> None:
        """End the enrolment connection."""
        self.server.close()

    def _enrolled(self) -> Server:
        user = json.loads(self._secret(ENROLMENT_ENTRY))
        return self.connect(user["user"], user["password"])

    @contextmanager
    def _asked(self) -> Iterator[Database[Row]]:
        """The database as this computer may ask it before anybody is signed in. Raises NotEnrolled."""
        try:
            with self.server.asked() as database:
                yield database
        except CredentialRefused:
            raise NotEnrolled(self.profile, self.settings.home) from None

    def _known(self, where: Row) -> Known | None:
        """An account as the practice's key certifies it. Raises Untrusted, Unreachable."""
        practice = self.practice()
        with self._asked() as database:
            return directory.look_up(database, practice["public_key"], where)

    def _renew(self, session: Session, opened: Opened) -> None:
        with self._renewing:
            role = session.identity.role
            credential = opened.credential(role)
            # Tried in any case: connections that stand outlive a changed password.
            server = self._reached(credential, role)[0]
            former = session.server
            if former.was_refused or (credential.user, self.address) != (former.user, former.address):
                session.renew(server)
            else:
                server.close()

    def _reached(self, credential: Credential, role: Role) -> tuple[Server, timedelta]:
        """The practice's database as a role, which has answered; how far its clock is ahead. Raises RoleShutOut."""
        server = self.connect(credential.user, credential.password, credential.keys)
        try:
            return server, server.clock_offset()
        except BaseException as failure:
            server.close()
            if isinstance(failure, CredentialRefused):
                raise RoleShutOut(role) from None
            raise

    def _hold_back(self, email: str) -> None:
        wait = self.throttle.begin(email)
        if wait > 0:
            raise UserError("Too many failed tries.", f"Please wait {so_many(int(wait) + 1, 'second')} and try again.")

    def _try(self, password: str, *whose: Row) -> Opened:
        """The account that is found first."""
        known = None
        try:
            known = next((found for where in whose if (found := self._known(where))), None)
            return self._opened(known, password)
        except (CannotOpen, Untrusted) as failure:
            _log.warning("a sign-in failed: %s", type(failure).__name__)
            self._leave_word(known.account["_id"] if known else None, succeeded=False)
            raise WrongPassword from None

    def _opened(self, known: Known | None, password: str) -> Opened:
        if known is None:
            # An unknown e-mail takes as long as a wrong password, so that nobody learns who has an account.
            seals.lock(password, new_secret(), new_secret(), self.settings.argon2_mib)
            raise CannotOpen
        lock = self._lock(known.certificate, password)
        with self._asked() as database:
            keys = directory.unlock(database, known.certificate, lock)
        return Opened(known.account, known.certificate, keys, known.succession, lock.address)

    def _lock(self, certificate: Certificate, password: str) -> Lock:
        if certificate.temporary:
            # It is read off a screen or a slip of paper.
            password = as_temporary_password(password)
        return seals.lock(password, self.practice_secret(), certificate.keys.sign, certificate.mib)

    def _connected(self, opened: Opened, role: Role | None) -> Session:
        certificate = opened.certificate
        role = role if role in certificate.roles else certificate.roles[0]
        practice = self.practice()
        server, offset = self._reached(opened.credential(role), role)
        identity = identity_of(certificate, role, self.profile)
        locale = locale_of(practice)
        key, changed_by = practice["public_key"], opened.account.get("updated_by")
        return Session(
            server, identity, opened.keys, self.heads, locale, offset, practice_key=key, account_changed_by=changed_by
        )

    def _check_is_as_opened(self, opened: Opened) -> None:
        """The temporary password may have been replaced or taken back meanwhile. Raises UserError."""
        known = self._known({"_id": opened.certificate.person})
        if known is not None and known.certificate == opened.certificate and known.certificate.temporary:
            return
        if known is not None and known.certificate.temporary and known.certificate.keys == opened.certificate.keys:
            again = "Sign in with the temporary password once more."
            raise UserError("An owner changed this account just now.", again)
        raise _used_before()

    def _check_is_another(self, opened: Opened, password: str) -> None:
        """The owner who gave the temporary password knows it."""
        if self._lock(opened.certificate, password).address == opened.seal:
            raise InvalidInput({"new_password": "This is the temporary password."}, "Choose another password.")

    def _check_strength(self, certificate: Certificate, password: str) -> None:
        problem = weakness(password, [certificate.name, certificate.email, self.profile.practice])
        if problem:
            raise InvalidInput({"new_password": problem}, "Choose another password.")

    def _leave_word(self, account: ObjectId | None, *, succeeded: bool) -> None:
        word = {
            "at": datetime.now(UTC),
            "account": account,
            "workstation": self.profile.workstation_id,
            "succeeded": succeeded,
        }
        with self._asked() as database:
            database.sign_in_attempts.insert_one(word)

    def _secret(self, name: str) -> bytes:
        secret = self.secrets.get(name)
        if secret is None:
            raise KeysMissing(self.settings.folder())
        return secret


def _authority(settings: Settings, kind: Kind) -> Path | None:
    """The file of the clinic's own authority. Raises UserError where it is damaged."""
    # Nobody stands between a computer and a server of its own.
    ca = None if kind is Kind.EMBEDDED else settings.ca_file()
    try:
        if ca is not None:
            read_authority(ca)
    except InvalidInput as invalid:
        raise UserError("The clinic's own certificate can't be used.", f"{ca}: {invalid.message}") from None
    return ca


def _used_before() -> UserError:
    return UserError(
        "This temporary password was used before.",
        "Sign in with the password that was chosen then. If you chose none, ask an owner of the practice for another.",
    )
