"""Bringing a practice up to date that an older program founded."""

from __future__ import annotations

from uuid import uuid4

from hmsdesk.controllers import deriving, field_keys
from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.standing import refuse_ahead, stamp
from hmsdesk.database import files, provision
from hmsdesk.database.unit_of_work import Work, write
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.permissions import Role

COLLECTIONS = "Bringing collections, roles and their limits up to date"


def bring_up_to_date(owner: Owner, watch: Watch = UNWATCHED, *, derive: bool = True) -> None:
    """Collections, validators, indexes and roles as this program declares them, and a credential for each role.

    A practice from before gets the keys to encrypted fields, and its roles what they may have of them. What lies there
    in the clear stays so until it is encrypted (controllers.encrypting). What records are found by is derived anew.
    Files that were stored and never linked to a record are swept. It may be done at any time, and mends what was
    altered past the program; broken off, it is done once more. derive: False where what lies there is known to be
    derived as this program does it, as in a backup of its own. Raises Stopped, UserError, Unreachable.
    """
    refuse_ahead(owner.door.practice())
    owner.tell(COLLECTIONS)
    provision.provision(owner.database, owner.users)
    files.sweep(owner.database, owner.session.now())
    if derive:
        deriving.derive_anew(owner, watch)
    write(owner.session, uuid4().hex, _leave_stamp)
    field_keys.make_missing(owner)
    new = [role for role in Role if not owner.has_credential(role)]
    if new:
        owner.renew(*new, change_over_s=0)
    keyless = [role for role in Role if not owner.has_keys(role)]
    if keyless:
        owner.renew(*keyless)


def _leave_stamp(work: Work) -> None:
    work.change("practice", work.find("practice", {}) or {}, {"provisioned": stamp()}, "bring up to date")
