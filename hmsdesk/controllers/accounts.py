"""Accounts, roles' credentials and their renewal: what an owner does, with the owner credential opened for it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from bson import ObjectId

from hmsdesk.controllers.account_list import ACCOUNTS, check_has_none
from hmsdesk.controllers.account_rows import account_row, seal_row, sealed_credential
from hmsdesk.controllers.database_users import users_of_practice
from hmsdesk.controllers.opened import Opened
from hmsdesk.controllers.readmission import NewCode, is_kept_for_readmission
from hmsdesk.controllers.renewal import renew_credentials
from hmsdesk.controllers.sign_in import Door, WrongPassword
from hmsdesk.controllers.staff import member
from hmsdesk.database import directory
from hmsdesk.database.connection import Server, translated
from hmsdesk.database.directory import Known
from hmsdesk.database.session import Session
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed, NotFound, UserError
from hmsdesk.models.accounts import Account
from hmsdesk.models.declaration import checked
from hmsdesk.models.row import Row
from hmsdesk.security.certificates import (
    Certificate,
    State,
    Untrusted,
    believed,
    closed_succession,
    effective,
    succession_id,
)
from hmsdesk.security.credentials import (
    CannotOpen,
    Keys,
    new_code,
    new_temporary_password,
    seal_to,
    seal_with_code,
    weakness,
)
from hmsdesk.security.keyrings import Credential, Keyring
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import SUCCESSIONS

if TYPE_CHECKING:
    from hmsdesk.security.bundles import AtlasAccess, OwnerBundle

# How long both generations of a credential are good, so that running sessions can change over.
CHANGE_OVER_S = 5.0
_UNFORESEEN = 2**40
_SHUTTING_OUT = "owners shut out"

_log = logging.getLogger(__name__)


class Owner:
    """The practice, opened by one of its owners for one operation. tell: is told what is being done."""

    def __init__(
        self,
        door: Door,
        session: Session,
        bundle: OwnerBundle,
        server: Server,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.door = door
        self.tell = tell
        self.practice_keys = bundle.keys()
        self._begin(session, bundle, server)

    def _begin(self, session: Session, bundle: OwnerBundle, server: Server) -> None:
        self.session = session.elevated(server)
        self.bundle = bundle
        self.database = server.database
        self.users = users_of_practice(server, bundle.atlas, self.tell)

    def take(self, bundle: OwnerBundle) -> None:
        """Go on with another owner credential of the same practice."""
        former, users = self.session.server, self.users
        self._begin(self.session, bundle, self.door.connect(bundle.user, bundle.password))
        users.close()
        former.close()

    def reach_atlas_with(self, access: AtlasAccess) -> None:
        """Make database users with another key from now on, in this operation."""
        self.users.close()
        self.bundle = self.bundle.model_copy(update={"atlas": access})
        self.users = users_of_practice(self.session.server, access, self.tell)

    def create(self, values: Mapping[str, object], roles: Sequence[Role], *, owner: bool = False) -> str:
        """A new account; the temporary password to hand to its person. Raises InvalidInput."""
        password = new_temporary_password()
        self._create(values, roles, password, temporary=True, owner=owner)
        return password

    def create_active(
        self, values: Mapping[str, object], roles: Sequence[Role], password: str, *, owner: bool = False
    ) -> None:
        """A new account whose person is here and has chosen the password. Raises InvalidInput."""
        problem = weakness(password, [str(values.get("name")), str(values.get("email")), self.door.profile.practice])
        if problem:
            raise InvalidInput({"password": problem}, "Choose another password.")
        self._create(values, roles, password, temporary=False, owner=owner)

    def reset(self, person: ObjectId) -> str:
        """A temporary password, whose keys may only name their successor. What was signed before stays good."""
        self._refuse_own(person, "You can't reset your own account.", "Change your password instead.")
        known = self._account(person)
        if known.certificate.disabled:
            raise UserError("This account is disabled.", "Enable it first.")
        keys, password = Keys.generate(), new_temporary_password()
        self._replace_keys(known, keys, password, "reset password", temporary=True)
        return password

    def reinstate(self, person: ObjectId, keys: Keys, password: str) -> None:
        """New keys for an account whose person is here and has chosen the password; it is enabled, too."""
        self._replace_keys(self._account(person), keys, password, "reinstate", temporary=False)

    def new_recovery_code(self) -> NewCode:
        """Another recovery code; the one before opens nothing any more."""
        code = new_code()
        with self.session.server.asked() as database:
            practice = database.practice.find_one({}) or {}
        recovery = {"recovery": seal_with_code(self.bundle.to_bytes(), code)}
        write(self.session, uuid4().hex, lambda work: work.change("practice", practice, recovery, "new recovery code"))
        return NewCode(code, is_kept_for_readmission(self.door.settings.folder(), self.door.secrets, code))

    def set_state(self, person: ObjectId, state: State) -> None:
        """Disable an account (DISABLED), or enable it again (ACTIVE): a temporary password stays a temporary one.

        An owner always remains: nobody can disable their own account, and of two owners who disable each other in the
        same moment the second one is refused.
        """
        self._refuse_own(person, "You can't disable your own account.", "Another owner has to do it.")
        known = self._account(person)
        self._issue(known, replace(known.certificate, disabled=state is State.DISABLED), state.value)

    def set_roles(self, person: ObjectId, roles: Sequence[Role]) -> None:
        """What the account may sign in as. Whoever loses a role keeps its credential until `renew`.

        Raises InvalidInput where none is left.
        """
        known = self._account(person)
        self._issue(known, replace(known.certificate, roles=tuple(roles)), "change roles")

    def rename(self, person: ObjectId, name: str, email: str) -> None:
        """Another name or e-mail. Password, keys and signatures stay, and open windows go on under the new ones.

        Raises InvalidInput at `name` and `email`, also where somebody else has this e-mail.
        """
        known = self._account(person)
        before = known.certificate
        self._issue(
            known, replace(before, name=name, email=email), "rename", reason=f"Was {before.name}, {before.email}"
        )

    def tie(self, person: ObjectId, staff: ObjectId) -> None:
        """Let an account be that of a member of staff, for good: what they do from then on bears both.

        Raises InvalidInput at `staff` where somebody has an account already, UserError where this one is somebody's.
        """
        check_has_none(self.session, staff)
        known = self._account(person)
        if known.certificate.staff or member(self.session, person):
            raise UserError("This account is that of a member of staff already.")
        self._issue(known, replace(known.certificate, staff=staff), "tie to staff", reason=_named(self.session, staff))

    def close(self) -> None:
        """Let go of the practice's keys."""
        del self.bundle, self.practice_keys
        self.users.close()
        self.session.server.close()

    def renew(self, *roles: Role, change_over_s: float = CHANGE_OVER_S) -> None:
        """New database users for roles, for everyone who may still use them; then the old ones are gone at once.

        With each goes what the role may read of the keys to encrypted fields. change_over_s: how long both are good, so
        that running sessions can change over. If it is broken off, both stay until the role is renewed again, which
        leaves one.
        """
        renew_credentials(self, roles, change_over_s)

    def credential_of(self, role: Role, user: str, password: str) -> Credential:
        """A database user of a role, with the keys that the role is given."""
        keyring = self.keyring()
        return Credential(user=user, password=password, keys=keyring.for_role(role) if keyring else None)

    def keyring(self) -> Keyring | None:
        """Every key to encrypted fields; None where the practice has none yet."""
        with self.session.server.asked() as database:
            return self.opened_keyring(database.practice.find_one({}, ["keyring"]) or {})

    def opened_keyring(self, practice: Row) -> Keyring | None:
        """The keyring of the practice's record."""
        sealed = practice.get("keyring")
        return Keyring.from_bytes(self.practice_keys.open(sealed)) if sealed else None

    def _create(
        self, values: Mapping[str, object], roles: Sequence[Role], password: str, *, temporary: bool, owner: bool
    ) -> None:
        # Who works here has the id of their entry among the staff.
        person = checked("person", Account.staff, values.get("person"), self.session.locale) or ObjectId()
        keys = Keys.generate()
        check_has_none(self.session, person, "person")
        certificate = Certificate(
            person=person,
            name=str(values.get("name") or ""),
            email=str(values.get("email") or ""),
            roles=tuple(dict.fromkeys(roles)),
            owner=owner,
            keys=keys.public,
            serial=self._serial(person, 1),
            issued_at=self.session.now(),
            mib=self.door.settings.argon2_mib,
            temporary=temporary,
        )
        account = self._account_row(certificate)
        seal = self._seal(certificate, keys, password)

        def work(work: Work) -> None:
            work.insert("accounts", {"_id": person} | account)
            work.insert("seals", seal)

        self._write(work)

    def _account_row(self, certificate: Certificate) -> Row:
        sealed = {} if certificate.disabled else self._sealed_to(certificate)
        return account_row(self.practice_keys, certificate, self.session.locale) | sealed

    def _sealed_to(self, certificate: Certificate) -> Row:
        credentials = [sealed_credential(certificate, role, *self._credential(role)) for role in certificate.roles]
        owner = {"owner_seal": seal_to(certificate.keys.box, self.bundle.to_bytes())} if certificate.owner else {}
        return {"credentials": credentials} | owner

    def _replace_keys(self, known: Known, keys: Keys, password: str, action: str, *, temporary: bool) -> None:
        before = known.certificate
        fresh = replace(before, keys=keys.public, past=before.signing_keys(), mib=self.door.settings.argon2_mib)
        after = replace(fresh, temporary=temporary, disabled=False)
        self._issue(known, after, action, self._seal(after, keys, password))

    def _issue(
        self, known: Known, after: Certificate, action: str, new_seal: Row | None = None, reason: str | None = None
    ) -> None:
        """The account under a new certificate; a successor that was in use is certified with it."""
        serial = self._serial(after.person, after.serial + 1)
        certificate = replace(after, serial=serial, issued_at=self.session.now())
        row: Row = {"credentials": None, "owner_seal": None} | self._account_row(certificate)

        def work(work: Work) -> None:
            if certificate.owner and certificate.state is not State.ACTIVE:
                self._refuse_if_shut_out(work)
            work.change("accounts", known.account, row, action, reason=reason)
            if new_seal is not None:
                work.insert("seals", new_seal, action)
            if known.certificate.temporary:
                _close_naming(work, known.certificate, action)
            if known.succession is not None:
                work.commute(SUCCESSIONS, known.succession["_id"], {"$unset": {"resealed": ""}}, action)

        self._write(work)

    def _write(self, work: Callable[[Work], None]) -> None:
        try:
            write(self.session, uuid4().hex, work)
        except InvalidInput as taken:
            raise ACCOUNTS.taken(taken) from None

    def certified(self, where: Mapping[str, object]) -> list[Known]:
        """The accounts in use, by the practice's own word; accounts that were slipped in get nothing."""
        with self.session.server.asked() as database:
            known, untrusted = directory.certified(database, self.practice_keys.public.sign, where)
        for account in untrusted:
            _log.warning("account %s is not the practice's and gets no credential", account)
        return [one for one in known if not one.certificate.disabled]

    def _credential(self, role: Role) -> tuple[int, Credential]:
        kept = self.kept_credential(role)
        if kept is None:
            raise UserError("This role has no credential yet.", "Renew the role's credential first.")
        return kept["generation"], Credential.from_bytes(self.practice_keys.open(kept["sealed"]))

    def has_credential(self, role: Role) -> bool:
        """Whether the role has a database user that the practice knows of."""
        return self.kept_credential(role) is not None

    def has_keys(self, role: Role) -> bool:
        """Whether the role's credential holds the keys that it is to have."""
        keyring, held = self.keyring(), self._credential(role)[1].keys
        return keyring is None or (held is not None and held.covers(keyring.for_role(role)))

    def kept_credential(self, role: Role) -> Row | None:
        """A role's credential as the practice keeps it: its generation, and what is sealed to the practice."""
        with self.session.server.asked() as database:
            practice = database.practice.find_one({}) or {}
        return next((kept for kept in practice["credentials"] if kept["role"] == role.value), None)

    def _account(self, person: ObjectId) -> Known:
        try:
            known = self._look_up(person)
        except Untrusted:
            raise UserError(
                "This account was changed past the program.", "The practice's key never signed it. Delete it."
            ) from None
        if known is None:
            raise NotFound("This account is not here.")
        return known

    def _look_up(self, person: ObjectId) -> Known | None:
        with self.session.server.asked() as database:
            return directory.look_up(database, self.practice_keys.public.sign, {"_id": person})

    def _refuse_own(self, person: ObjectId, title: str, message: str) -> None:
        if person == self.session.identity.person:
            raise UserError(title, message)

    def _refuse_if_shut_out(self, work: Work) -> None:
        """Who shuts another owner out must still be one themselves. Of those who do it at once each waits for the one
        before, and looks at what was made of their own account by then.
        """
        work.hold(_SHUTTING_OUT)
        account = work.find("accounts", {"_id": self.session.identity.person})
        with suppress(Untrusted):
            own = believed(self.practice_keys.public.sign, account or {})
            now = effective(own, work.find(SUCCESSIONS, {"_id": own.naming}))
            if now.owner and now.state is State.ACTIVE:
                return
        raise UserError("Another owner has just shut your own account out.", "So nothing was changed. Speak with them.")

    def _serial(self, person: ObjectId, following: int) -> int:
        """The next number for a person's certificate.

        Any role may add to the namings, and so use up those to come: then it is one that nobody foresees.
        """
        with self.session.server.asked() as database:
            used = database[SUCCESSIONS].find_one({"_id": succession_id(person, following)}, ["_id"])
        return following + secrets.randbelow(_UNFORESEEN) if used else following

    def _seal(self, certificate: Certificate, keys: Keys, password: str) -> Row:
        return seal_row(certificate, keys, password, self.bundle.practice_secret)


def _named(session: Session, staff: ObjectId) -> str:
    found = member(session, staff)
    if found is None:
        raise InvalidInput({"staff": "This member of staff isn't here any more."})
    return str(found["name"])


def _close_naming(work: Work, certificate: Certificate, action: str) -> None:
    """Let a temporary certificate name no successor any more. Raises Conflict where it has just done so."""
    named = work.find(SUCCESSIONS, {"_id": certificate.naming})
    if named is None:
        work.insert(SUCCESSIONS, closed_succession(certificate), action)
    elif not effective(certificate, named).temporary:
        raise Conflict("This person is just choosing their password.", "Please try again.", named)


@contextmanager
def owning(
    door: Door, session: Session, password: str, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Owner]:
    """The practice, opened by an owner who has typed the password again, until the block ends.

    tell: is told what is being done. Raises NotAllowed, WrongPassword, Unreachable.
    """
    if not session.identity.owner:
        raise NotAllowed("Only an owner of the practice may do this.")
    opened = door.open_again(session, password)
    if opened.certificate.person != session.identity.person:
        raise WrongPassword
    bundle = owner_bundle(opened)
    owner = Owner(door, session, bundle, door.connect(bundle.user, bundle.password), tell)
    with closing(owner), translated():
        yield owner


def owner_bundle(opened: Opened) -> OwnerBundle:
    """The owner credential sealed to an account. Raises NotAllowed."""
    # Only owners need it, and what it is read with is 10 MB.
    from hmsdesk.security.bundles import OwnerBundle

    resealed = (opened.succession or {}).get("resealed", {}).get("owner_seal")
    sealed = [kept for kept in (opened.account.get("owner_seal"), resealed) if kept]
    if opened.certificate.state is State.ACTIVE and opened.certificate.owner:
        for kept in sealed:
            with suppress(CannotOpen):
                return OwnerBundle.model_validate_json(opened.keys.open(kept))
    raise NotAllowed("This account does not hold the owner credential.")
