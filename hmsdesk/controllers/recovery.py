"""The way back in with the recovery code, when no owner knows their password any more."""

from __future__ import annotations

from contextlib import closing

from hmsdesk.controllers.account_news import identity_of
from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.readmission import NewCode
from hmsdesk.controllers.sign_in import Door
from hmsdesk.database import directory
from hmsdesk.database.connection import CredentialRefused, Server
from hmsdesk.database.directory import Known
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models.practice import locale_of
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.security.bundles import OwnerBundle
from hmsdesk.security.certificates import Untrusted
from hmsdesk.security.credentials import CannotOpen, Keys, open_with_code, weakness
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.permissions import Role


def recover(door: Door, code: str, email: str, password: str) -> NewCode:
    """A new password for an owner's account; the new recovery code, as the old one is used up.

    Roles of the account whose database users were dropped, or given another password, past the program get new ones.
    Raises InvalidInput for a wrong code, an account that is no owner's and a weak password.
    """
    practice = door.practice()
    try:
        bundle = OwnerBundle.model_validate_json(open_with_code(practice["recovery"], code))
    except CannotOpen:
        raise InvalidInput({"code": "This is not the practice's recovery code. Check each letter."}) from None
    server = door.connect(bundle.user, bundle.password)
    try:
        known = _owner(server, practice, email)
        _check_strength(known, practice, password)
        return _reinstate(door, practice, bundle, server, known, password)
    finally:
        server.close()


def _owner(server: Server, practice: Row, email: str) -> Known:
    with server.asked() as database:
        try:
            known = directory.look_up(database, practice["public_key"], {"find.email": fold(email.strip())})
        except Untrusted:
            known = None
    if known is None or not known.certificate.owner:
        raise InvalidInput({"email": "No owner of this practice has this e-mail."})
    return known


def _check_strength(known: Known, practice: Row, password: str) -> None:
    problem = weakness(password, [known.certificate.name, known.certificate.email, practice["name"]])
    if problem:
        raise InvalidInput({"password": problem})


def _is_shut_out(owner: Owner, role: Role) -> bool:
    """Whether the server doesn't know the role's database user as the practice does."""
    kept = owner.kept_credential(role)
    if kept is None:
        return True
    credential = Credential.from_bytes(owner.practice_keys.open(kept["sealed"]))
    with closing(owner.door.connect(credential.user, credential.password)) as server:
        try:
            server.clock_offset()
        except CredentialRefused:
            return True
    return False


def _reinstate(door: Door, practice: Row, bundle: OwnerBundle, server: Server, known: Known, password: str) -> NewCode:
    """New keys for the owner's account, and then a new recovery code: if that fails, the old one still opens."""
    keys, certificate = Keys.generate(), known.certificate
    identity = identity_of(certificate, certificate.roles[0], door.profile)
    offset, locale = server.clock_offset(), locale_of(practice)
    session = Session(server, identity, keys, door.heads, locale, offset, practice_key=practice["public_key"])
    owner = Owner(door, session, bundle, server)
    try:
        owner.reinstate(certificate.person, keys, password)
        shut_out = [role for role in certificate.roles if _is_shut_out(owner, role)]
        if shut_out:
            # Whoever works with one of them is cut off already.
            owner.renew(*shut_out, change_over_s=0)
        return owner.new_recovery_code()
    finally:
        owner.close()
