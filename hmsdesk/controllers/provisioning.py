"""A practice's place on a server that is shared: making it, trying it, and founding the practice in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote_plus

from hmsdesk.controllers.founding import Founded, Founding, Place, database_name, found
from hmsdesk.controllers.workplace import FOUNDING_THERE, Workplace, refuse_set_up
from hmsdesk.database import trial
from hmsdesk.database.audit import HEADS_FILE
from hmsdesk.database.connection import Server
from hmsdesk.database.mongod_failures import of_files
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.integrations import atlas, atlas_users
from hmsdesk.security.authority import read_authority
from hmsdesk.security.bundles import AtlasAccess
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import OWNER, server_roles, user_name
from hmsdesk.security.secrets import Secrets
from hmsdesk.settings import Kind, SecretStore, Settings, keep_ca, typed_path, write_private

_TRIAL_S = 8.0
# What the project's access list says of an address that was added here.
_COMMENT = "HMSDesk"
LOOKING = "Looking at the server"


def checked_address(address: str) -> str:
    """An address as workstations keep it, without a user or a password. Raises InvalidInput."""
    return trial.checked_address(address)


def checked_authority(file: str) -> Path | None:
    """The file of the clinic's own authority, as it was typed; None for none. Raises InvalidInput beside `ca`."""
    if not file.strip():
        return None
    path = typed_path(file.strip())
    read_authority(path)
    return path


def is_on_atlas(address: str) -> bool:
    """Whether an address is that of a cluster on MongoDB Atlas, which takes a key to its Administration API."""
    return trial.kind_of(address) is Kind.ATLAS


def checked_access(project: str, key: str, secret: str, settings: Settings) -> AtlasAccess:
    """A project of Atlas and a key to it, as they were typed. Raises InvalidInput, beside the fields."""
    problems = {} if atlas.is_project(project.strip()) else {"project": atlas.NO_PROJECT}
    if not key.strip():
        problems["key"] = "The public part of an API key, or the client ID of a service account."
    if not secret.strip():
        problems["secret"] = "The private part of the API key, or the service account's secret."  # noqa: S105 (words)
    if problems:
        raise InvalidInput(problems)
    return AtlasAccess(project=project.strip(), key=key.strip(), secret=secret.strip(), address=settings.atlas_address)


def checked_place(
    address: str, database: str, owner_password: str, ca: str = "", access: AtlasAccess | None = None
) -> Place:
    """Where a practice is to be founded, as it was typed. Raises InvalidInput, beside the fields.

    access: where the address is one of Atlas.
    """
    problems: dict[str, str] = {}
    try:
        address = checked_address(address)
    except InvalidInput as invalid:
        problems |= invalid.fields
    if not re.fullmatch(r"[A-Za-z0-9_]{1,38}", database.strip()):
        problems["database"] = "The name that `hmsdesk provision` printed: letters, digits and underscores."
    if not owner_password:
        problems["owner_password"] = "The password that `hmsdesk provision` printed."  # noqa: S105 (a sentence)
    authority = None
    try:
        authority = checked_authority(ca)
    except InvalidInput as invalid:
        problems |= invalid.fields
    if problems:
        raise InvalidInput(problems)
    return Place(trial.kind_of(address), address, database.strip(), owner_password, authority, access)


def try_place(place: Place) -> str:
    """The server's version, if the practice can be founded there. Raises UserError saying what is wrong."""
    server = _opened(place)
    try:
        version = trial.examine(server, place.kind)
    finally:
        server.close()
    if place.atlas is not None:
        with atlas_users.opened(place.atlas) as project:
            project.clusters()
    return version


def _opened(place: Place) -> Server:
    return trial.opened(place.kind, place.address, place.database, place.owner_password, _TRIAL_S, place.ca)


def found_there(
    workplace: Workplace, founding: Founding, place: Place, tell: Callable[[str], None] = lambda _: None
) -> Founded:
    """Found a practice on a shared server. What an earlier try of this computer left half done is cleared first.

    Raises InvalidInput, UserError, Unreachable.
    """
    home = workplace.settings.home
    with of_files(home), making_place_there(workplace, founding.secret_store, place, tell) as (secrets, there):
        return found(founding, workplace.settings, secrets, there, tell)


@contextmanager
def making_place_there(
    workplace: Workplace, store: SecretStore, place: Place, tell: Callable[[str], None]
) -> Iterator[tuple[Secrets, Place]]:
    """A database on a shared server, tried and empty, and this computer's secrets.

    What the block leaves behind where it is broken off is cleared away the next time. Raises UserError.
    """
    folder = workplace.settings.folder()
    refuse_set_up(workplace.settings)
    secrets = workplace.secrets(store)
    # Names the database in which it is under way, so that only one of this computer's own is ever cleared.
    marker = folder / FOUNDING_THERE
    tell(LOOKING)
    if marker.exists() and marker.read_bytes() == place.database.encode():
        _clear(place)
        (folder / HEADS_FILE).unlink(missing_ok=True)
    try_place(place)
    place = replace(place, ca=keep_ca(workplace.settings, read_authority(place.ca) if place.ca else b""))
    write_private(marker, place.database.encode())
    yield secrets, place
    marker.unlink(missing_ok=True)


def _clear(place: Place) -> None:
    server = _opened(place)
    try:
        trial.clear(server)
    finally:
        server.close()


def needs_password(uri: str) -> bool:
    """Whether an administrator's address names a user without a password."""
    user = uri.partition("://")[2].partition("/")[0].rpartition("@")[0]
    return bool(user) and ":" not in user


def make_place(uri: str, name: str, password: str, settings: Settings, ca: str = "") -> tuple[str, str]:
    """A database for a practice with its owner, on a server one looks after: (database, the owner's password).

    password: of the user that the address names, where it isn't in it. ca: the file of the clinic's own authority.
    Raises UserError.
    """
    if not uri.startswith(trial.SCHEMES):
        raise UserError("This is not an address.", "It begins with mongodb:// or mongodb+srv://.")
    if trial.kind_of(uri) is Kind.ATLAS:
        raise UserError(
            "This is a cluster on MongoDB Atlas.",
            "Its users and roles are made through Atlas itself: hmsdesk provision --atlas PROJECT",
        )
    if needs_password(uri):
        scheme, _, rest = uri.partition("://")
        user, _, hosts = rest.partition("@")
        uri = f"{scheme}://{user}:{quote_plus(password)}@{hosts}"
    database = database_name(name)
    return database, trial.make_owner(uri, database, settings.server_timeout_s, checked_authority(ca))


@dataclass(frozen=True)
class AtlasPlace:
    """What the set-up asks for, for a practice on Atlas."""

    address: str
    database: str
    owner_password: str = field(repr=False)


def make_atlas_place(
    access: AtlasAccess, name: str, cluster: str, allowed: Sequence[str], tell: Callable[[str], None]
) -> AtlasPlace:
    """Roles and the owner of a new practice in a project of Atlas. Raises UserError, Unreachable.

    cluster: which of the project's, where it has several. allowed: addresses to add to the project's access list.
    """
    database = database_name(name)
    entries = [atlas.Entry(address, _COMMENT) for address in allowed]
    opening = atlas.plan(access.project, database, (), (), entries)
    with atlas_users.opened(access) as project:
        address = _address_of(project.clusters(), cluster)
        project.apply(opening)
    # Named before anything is made, so that what a failure leaves behind can be found.
    tell(f"Making the roles and the owner of {database}")
    users = atlas_users.AtlasUsers(access, database, tell)
    try:
        users.put_roles(server_roles())
        return AtlasPlace(address, database, users.create({OWNER: OWNER})[OWNER])
    finally:
        users.close()


def _address_of(clusters: dict[str, str], wanted: str) -> str:
    named = {name: address for name, address in clusters.items() if wanted in ("", name)}
    if not named:
        raise UserError("This project has no such cluster.", "Make one on Atlas first, or name another with --cluster.")
    if len(named) > 1:
        raise UserError("This project has several clusters.", f"Name one with --cluster: {', '.join(sorted(named))}.")
    (address,) = named.values()
    if not address:
        raise UserError("Atlas is still building the cluster.", "Wait until it is there, then do the same again.")
    return address


def atlas_requests(project: str, name: str, allowed: Sequence[str] = ()) -> list[str]:
    """What would be sent to Atlas for a new practice, to be read; without passwords. Raises UserError."""
    users = [
        atlas.DatabaseUser(OWNER, "", None),
        *(atlas.DatabaseUser(user_name(role.value, 1), "", role.value) for role in Role),
    ]
    entries = [atlas.Entry(address, _COMMENT) for address in allowed]
    return [request.printed() for request in atlas.plan(project, database_name(name), server_roles(), users, entries)]
