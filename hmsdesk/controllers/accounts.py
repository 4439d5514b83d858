"""Accounts, roles' credentials and their renewal: what an owner does, with the owner credential opened for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.sign_in import Door, Opened
from hmsdesk.database import provision
from hmsdesk.database.connection import Server
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.errors import NotAllowed, NotFound, UserError
from hmsdesk.models.accounts import Account
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Row
from hmsdesk.security.bundles import Credential, OwnerBundle
from hmsdesk.security.certificates import Certificate, State, Untrusted, believed, certified, effective
from hmsdesk.security.credentials import (
    CannotOpen,
    Keys,
    new_code,
    new_temporary_password,
    seal_to,
    seal_with_code,
    seal_with_password,
)
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import user_name
from hmsdesk.security.signing import sign

ACCOUNTS = Keeping(Account)

# How long both generations of a credential are good, so that running sessions can change over.
CHANGE_OVER_S = 5.0


class Owner:
    """The practice, opened by one of its owners for one operation."""

    def __init__(self, door: Door, session: Session, bundle: OwnerBundle, server: Server) -> None:
        self.door = door
        self.session = session.elevated(server)
        self.bundle = bundle
        self.practice_keys = bundle.keys()
        self.database = server.database

    def create(self, values: Mapping[str, object], roles: Sequence[Role], *, owner: bool = False) -> str:
        """A new account; the temporary password to hand to its person. Raises InvalidInput."""
        password = new_temporary_password()
        self._create(values, roles, password, State.TEMPORARY, owner=owner)
        return password

    def create_active(
        self, values: Mapping[str, object], roles: Sequence[Role], password: str, *, owner: bool = False
    ) -> None:
        """A new account whose person is here and has chosen the password."""
        self._create(values, roles, password, State.ACTIVE, owner=owner)

    def reset(self, person: ObjectId) -> str:
        """A temporary password, whose keys may only certify their successor. What was signed before stays good."""
        account, certificate = self._account(person)
        keys, password = Keys.generate(), new_temporary_password()
        past = certificate.signing_keys() if certificate.state is State.ACTIVE else certificate.past
        after = replace(certificate, keys=keys.public, state=State.TEMPORARY, past=past)
        self._issue(account, after, "reset password", new_seal=self._seal(keys, password))
        return password

    def reinstate(self, person: ObjectId, keys: Keys, password: str) -> None:
        """New keys for an account whose person is here and has chosen the password."""
        account, certificate = self._account(person)
        after = replace(certificate, keys=keys.public, state=State.ACTIVE, past=certificate.signing_keys())
        self._issue(account, after, "reinstate", new_seal=self._seal(keys, password))

    def new_recovery_code(self) -> str:
        """Another recovery code; the one before opens nothing any more."""
        code = new_code()
        practice = self.database.practice.find_one({}) or {}
        recovery = {"recovery": seal_with_code(self.bundle.to_bytes(), code)}
        write(self.session, uuid4().hex, lambda work: work.change("practice", practice, recovery, "new recovery code"))
        return code

    def set_state(self, person: ObjectId, state: State) -> None:
        """Disable an account, or enable it again."""
        if person == self.session.identity.person:
            raise UserError("You can't disable your own account.", "Another owner has to do it.")
        account, certificate = self._account(person)
        self._issue(account, replace(certificate, state=state), state.value)

    def set_roles(self, person: ObjectId, roles: Sequence[Role]) -> None:
        """What the account may sign in as. Whoever loses a role keeps its credential until `renew`."""
        account, certificate = self._account(person)
        self._issue(account, replace(certificate, roles=tuple(roles)), "change roles")

    def renew(self, role: Role, change_over_s: float = CHANGE_OVER_S) -> None:
        """A new database user for a role, for everyone who may still use it; then the old one is gone at once."""
        old = provision.users_of(self.database, role)
        generation = self._credential(role)[0] + 1
        password = provision.create_role_user(self.database, role, generation)
        credential = Credential(user=user_name(role.value, generation), password=password)
        write(self.session, uuid4().hex, lambda work: self._hand_out(work, role, generation, credential))
        time.sleep(change_over_s)
        provision.drop_users(self.database, [user for user in old if user != credential.user])

    def _create(
        self, values: Mapping[str, object], roles: Sequence[Role], password: str, state: State, *, owner: bool
    ) -> None:
        person, keys = ObjectId(), Keys.generate()
        certificate = Certificate(
            person=person,
            name=str(values.get("name") or ""),
            email=str(values.get("email") or ""),
            roles=tuple(roles),
            owner=owner,
            state=state,
            keys=keys.public,
            serial=1,
            issued_at=self.session.now(),
        )
        account = self._account_row(certificate)
        seal = self._seal(keys, password)

        def work(work: Work) -> None:
            work.insert("accounts", {"_id": person} | account)
            work.insert("seals", {"_id": person} | seal)

        write(self.session, uuid4().hex, work)

    def _account_row(self, certificate: Certificate) -> Row:
        sealed = {} if certificate.state is State.DISABLED else self._sealed_to(certificate)
        return account_row(self.practice_keys, certificate, self.session.locale) | sealed

    def _sealed_to(self, certificate: Certificate) -> Row:
        credentials = [sealed_credential(certificate, role, *self._credential(role)) for role in certificate.roles]
        owner = {"owner_seal": seal_to(certificate.keys.box, self.bundle.to_bytes())} if certificate.owner else {}
        return {"credentials": credentials} | owner

    def _issue(self, account: Row, after: Certificate, action: str, new_seal: Row | None = None) -> None:
        """The account under a new certificate; a successor that was in use is certified with it."""
        certificate = replace(after, serial=after.serial + 1, issued_at=self.session.now())
        gone = {"credentials": None, "owner_seal": None}
        row = gone | self._account_row(certificate)

        def work(work: Work) -> None:
            work.change("accounts", account, row, action)
            if new_seal is not None:
                kept = work.find("seals", {"_id": account["_id"]})
                work.change("seals", kept or {}, {"successor": None, "resealed": None} | new_seal, action)

        write(self.session, uuid4().hex, work)

    def _hand_out(self, work: Work, role: Role, generation: int, credential: Credential) -> None:
        """Seal a role's new credential to the practice, and to every certified holder."""
        practice = work.find("practice", {}) or {}
        others = [kept for kept in practice["credentials"] if kept["role"] != role.value]
        sealed = seal_to(self.practice_keys.public.box, credential.to_bytes())
        new = {"role": role.value, "generation": generation, "sealed": sealed}
        work.change("practice", practice, {"credentials": [*others, new]}, "renew credential")
        for account in self.database.accounts.find({"roles": role.value}):
            certificate = self._certificate(account)
            if certificate.state is State.DISABLED or role not in certificate.roles:
                continue
            kept = [c for c in account.get("credentials", []) if c["role"] != role.value]
            mine = sealed_credential(certificate, role, generation, credential)
            work.change("accounts", account, {"credentials": [*kept, mine]}, "renew credential")

    def _credential(self, role: Role) -> tuple[int, Credential]:
        practice = self.database.practice.find_one({}) or {}
        kept = next(kept for kept in practice["credentials"] if kept["role"] == role.value)
        return kept["generation"], Credential.model_validate_json(self.practice_keys.open(kept["sealed"]))

    def _account(self, person: ObjectId) -> tuple[Row, Certificate]:
        account = self.database.accounts.find_one({"_id": person})
        if account is None:
            raise NotFound("This account is not here.")
        return account, self._certificate(account)

    def _certificate(self, account: Row) -> Certificate:
        seal = self.database.seals.find_one({"_id": account["_id"]})
        try:
            return effective(believed(self.practice_keys.public.sign, account), seal)
        except Untrusted:
            raise UserError(
                "This account was changed past the program.", "The practice's key never signed it. Delete it."
            ) from None

    def _seal(self, keys: Keys, password: str) -> Row:
        mib = self.door.settings.argon2_mib
        return seal_row(keys, password, self.bundle.practice_secret, mib)


def account_row(practice_keys: Keys, certificate: Certificate, locale: Locale) -> Row:
    """An account's record with its certificate, without what is sealed to it. Raises InvalidInput."""
    values = {
        "name": certificate.name,
        "email": certificate.email,
        "roles": [role.value for role in certificate.roles],
        "state": certificate.state.value,
        "owner": certificate.owner,
    }
    built = Account.build(values, locale)
    cleaned = replace(certificate, name=built["name"], email=built["email"])
    return built | certified(practice_keys, cleaned)


def seal_row(keys: Keys, password: str, practice_secret: bytes, mib: int) -> Row:
    """A person's keys under a password, signed with them."""
    seal: dict[str, Any] = {"seal": seal_with_password(keys, password, practice_secret, mib)}
    return seal | {"signature": sign(keys.signing_key, seal)}


def sealed_credential(certificate: Certificate, role: Role, generation: int, credential: Credential) -> Row:
    """A role's credential that only the account's keys open."""
    sealed = seal_to(certificate.keys.box, credential.to_bytes())
    return {"role": role.value, "generation": generation, "sealed": sealed}


@contextmanager
def owning(door: Door, session: Session, password: str) -> Iterator[Owner]:
    """The practice, opened by an owner who has typed the password again, until the block ends.

    Raises NotAllowed, WrongPassword, Unreachable.
    """
    if not session.identity.owner:
        raise NotAllowed("Only an owner of the practice may do this.")
    bundle = owner_bundle(door.open(session.identity.email, password))
    server = door.connect(bundle.user, bundle.password)
    try:
        yield Owner(door, session, bundle, server)
    finally:
        server.close()


def owner_bundle(opened: Opened) -> OwnerBundle:
    """The owner credential sealed to an account. Raises NotAllowed."""
    for sealed in (opened.account.get("owner_seal"), opened.seal.get("resealed", {}).get("owner_seal")):
        try:
            if sealed:
                return OwnerBundle.model_validate_json(opened.keys.open(sealed))
        except CannotOpen:
            continue
    raise NotAllowed("This account does not hold the owner credential.")
