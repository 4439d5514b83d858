"""The way back in with the recovery code, when no owner knows their password any more."""

from __future__ import annotations

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.sign_in import Door
from hmsdesk.database.audit import Heads
from hmsdesk.database.connection import Server
from hmsdesk.database.session import Identity, Session
from hmsdesk.errors import InvalidInput
from hmsdesk.models.practice import locale_of
from hmsdesk.models.text import fold
from hmsdesk.security.bundles import OwnerBundle
from hmsdesk.security.certificates import believed
from hmsdesk.security.credentials import CannotOpen, Keys, open_with_code, weakness


def recover(door: Door, code: str, email: str, password: str) -> str:
    """A new password for an owner's account; the new recovery code, as the old one is used up.

    Raises InvalidInput for a wrong code, an account that is no owner's and a weak password.
    """
    problem = weakness(password, email.split("@"))
    if problem:
        raise InvalidInput({"password": problem})
    practice = door.practice()
    try:
        bundle = OwnerBundle.model_validate_json(open_with_code(practice["recovery"], code))
    except CannotOpen:
        raise InvalidInput({"code": "This is not the practice's recovery code. Check each letter."}) from None
    server = door.connect(bundle.user, bundle.password)
    try:
        return _reinstate(door, bundle, server, email, password)
    finally:
        server.close()


def _reinstate(door: Door, bundle: OwnerBundle, server: Server, email: str, password: str) -> str:
    keys = Keys.generate()
    practice = door.practice()
    account = server.database.accounts.find_one({"find.email": fold(email.strip()), "owner": True})
    if account is None:
        raise InvalidInput({"email": "No owner of this practice has this e-mail."})
    certificate = believed(practice["public_key"], account)
    identity = Identity(
        person=certificate.person,
        name=certificate.name,
        email=certificate.email,
        role=certificate.roles[0],
        roles=certificate.roles,
        owner=True,
        workstation=door.profile.workstation_id,
        workstation_name=door.profile.workstation,
        patient_prefix=door.profile.patient_prefix,
    )
    heads = Heads(door.settings.folder())
    session = Session(server, identity, keys, heads, locale_of(practice), server.clock_offset())
    owner = Owner(door, session, bundle, server)
    owner.reinstate(account["_id"], keys, password)
    return owner.new_recovery_code()
