"""A practice's place on a server that is shared: making it, trying it, and founding the practice in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote_plus

from hmsdesk.controllers.founding import Founded, Founding, Place, database_name, found
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database import provision, trial
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.integrations import atlas
from hmsdesk.security.authority import read_authority
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import server_roles, user_name
from hmsdesk.settings import PROFILE_FILE, Kind, Settings, keep_ca, write_private

# Names the database in which a founding is under way, so that only one of this computer's own is ever cleared.
_FOUNDING = "founding-there"
_TRIAL_S = 8.0
LOOKING = "Looking at the server"


def checked_address(address: str) -> str:
    """An address as workstations keep it, without a user or a password. Raises InvalidInput."""
    return trial.checked_address(address)


def checked_authority(file: str) -> Path | None:
    """The file of the clinic's own authority, as it was typed; None for none. Raises InvalidInput beside `ca`."""
    if not file.strip():
        return None
    path = Path(file.strip()).expanduser()
    read_authority(path)
    return path


def checked_place(address: str, database: str, owner_password: str, ca: str = "") -> Place:
    """Where a practice is to be founded, as it was typed. Raises InvalidInput, beside the fields."""
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
    return Place(Kind.SELF_MANAGED, address, database.strip(), owner_password, authority)


def try_place(place: Place) -> str:
    """The server's version, if the practice can be founded there. Raises UserError saying what is wrong."""
    server = trial.opened(place.address, place.database, place.owner_password, _TRIAL_S, place.ca)
    try:
        return trial.examine(server)
    finally:
        server.close()


def found_there(
    workplace: Workplace, founding: Founding, place: Place, tell: Callable[[str], None] = lambda _: None
) -> Founded:
    """Found a practice on a shared server. What an earlier try of this computer left half done is cleared first.

    Raises InvalidInput, UserError, Unreachable.
    """
    folder = workplace.settings.folder()
    if (folder / PROFILE_FILE).exists():
        raise UserError("There is a practice in this data folder already.", "Sign in to it, or use another folder.")
    secrets = workplace.secrets(founding.secret_store)
    marker = folder / _FOUNDING
    tell(LOOKING)
    if marker.exists() and marker.read_text("utf-8") == place.database:
        _clear(place)
    try_place(place)
    place = replace(place, ca=keep_ca(workplace.settings, read_authority(place.ca) if place.ca else b""))
    write_private(marker, place.database.encode())
    founded = found(founding, workplace.settings, secrets, place, tell)
    marker.unlink()
    return founded


def _clear(place: Place) -> None:
    server = trial.opened(place.address, place.database, place.owner_password, _TRIAL_S, place.ca)
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
            "Its users and roles are made through Atlas itself: hmsdesk provision --atlas PROJECT --dry-run",
        )
    if needs_password(uri):
        scheme, _, rest = uri.partition("://")
        user, _, hosts = rest.partition("@")
        uri = f"{scheme}://{user}:{quote_plus(password)}@{hosts}"
    database = database_name(name)
    return database, trial.make_owner(uri, database, settings.server_timeout_s, checked_authority(ca))


def atlas_requests(project: str, name: str) -> list[str]:
    """What would be sent to Atlas for a new practice, to be read; without passwords. Raises UserError."""
    users = [
        atlas.DatabaseUser(provision.OWNER_USER, "", None),
        *(atlas.DatabaseUser(user_name(role.value, 1), "", role.value) for role in Role),
    ]
    return [request.printed() for request in atlas.plan(project, database_name(name), server_roles(), users)]
