"""Tries a server that somebody named, and says what is wrong: the way there, its certificate, password or kind."""

from __future__ import annotations

import re
from pathlib import Path

import pymongo
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    InvalidName,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)
from pymongo.uri_parser import parse_uri, split_hosts

from hmsdesk.database.connection import CredentialRefused, Server, is_refused
from hmsdesk.database.mongod import OLDEST_VERSION
from hmsdesk.database.provision import create_owner
from hmsdesk.database.tls_failures import of_tls
from hmsdesk.errors import InvalidInput, NotAllowed, UserError
from hmsdesk.models.row import Row
from hmsdesk.security.roles import OWNER, atlas_user_roles
from hmsdesk.settings import Kind

SCHEMES = ("mongodb://", "mongodb+srv://")
_ATLAS_HOSTS = (".mongodb.net", ".mongodb-dev.net", ".mongodbgov.net")
_OWNING_ROLES = {"dbOwner", "root"}
_ATLAS_OWNER_ROLES = {role["roleName"] for role in atlas_user_roles("", None)}
_FORM = "It looks like mongodb://db1.clinic.lan,db2.clinic.lan,db3.clinic.lan/?replicaSet=clinic"


def checked_address(address: str) -> str:
    """An address as workstations may keep it: of the right form, and without a user or a password.

    Raises InvalidInput.
    """
    address = address.strip()
    if not address.startswith(SCHEMES):
        raise _wrong_address(f"The address begins with mongodb:// or mongodb+srv://. {_FORM}")
    if names_user(address):
        raise _wrong_address("Leave out the user and the password before the @: they don't belong into an address.")
    _parse(address)
    if _weakenings(address):
        raise _wrong_address(
            f"Leave out {_weakenings(address)}: everything goes encrypted, and a certificate of the clinic's own is "
            "chosen below."
        )
    return address


def kind_of(address: str) -> Kind:
    """How the server behind an address is run, by its name."""
    return Kind.ATLAS if any(host.endswith(_ATLAS_HOSTS) for host in hosts_of(address)) else Kind.SELF_MANAGED


def hosts_of(address: str) -> list[str]:
    """What an address's servers are called; nothing of a user or a password in it. None where it can't be read."""
    hosts = re.split(r"[/?]", address.partition("://")[2])[0].rpartition("@")[2]
    try:
        return [host for host, _ in split_hosts(hosts)]
    except (PyMongoError, ValueError):
        return []


def examine(server: Server, kind: Kind) -> str:
    """The server's version, if a practice can be founded on it as this user. Raises UserError saying why not."""
    try:
        with pymongo.timeout(server.timeout_s):
            hello = server.client.admin.command("hello")
            _check_kind(hello)
            version = str(server.client.admin.command("buildInfo")["version"])
            _check_version(version)
            _check_owner(server, kind)
            _check_guarded(server)
            _check_empty(server)
    except PyMongoError as error:
        raise failure(error) from None
    return version


def failure(error: PyMongoError) -> UserError:
    """What a failure to reach a server means, and what to do about it."""
    if isinstance(error, InvalidURI | InvalidName):
        return _wrong_address(f"This address can't be read. {_FORM}")
    if isinstance(error, OperationFailure):
        return _refused(error)
    if isinstance(error, ConfigurationError):
        return _misconfigured(str(error))
    if isinstance(error, ConnectionFailure) or error.timeout:
        return of_tls(error) or _unreached(str(error))
    return UserError("The server's answer was not understood.", "It may be no MongoDB server.")


def _weakenings(address: str) -> str:
    """What an address must not say of the encryption. A file's path holds on one computer only."""
    said = [option for option in re.split(r"[?&;]", address)[1:] if option.lower() not in ("tls=true", "ssl=true")]
    return ", ".join(name for option in said if (name := option.partition("=")[0]).lower().startswith(("tls", "ssl")))


def _parse(address: str) -> None:
    try:
        if address.startswith("mongodb://"):
            parse_uri(address, validate=False, warn=False)
        elif not re.fullmatch(r"mongodb\+srv://[\w.-]+(/.*)?", address):
            raise InvalidURI
    except (PyMongoError, ValueError):
        raise _wrong_address(f"This address can't be read. {_FORM}") from None


def _wrong_address(message: str) -> InvalidInput:
    return InvalidInput({"address": message}, "The address needs correcting.")


def _check_kind(hello: Row) -> None:
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise UserError(
            "This server is not part of a replica set.",
            "HMSDesk writes in transactions, which need one; a replica set may have a single member. The "
            "administrators' guide says how to make one.",
        )


def _check_version(version: str) -> None:
    if int(version.partition(".")[0]) < OLDEST_VERSION:
        raise UserError(
            "This server is too old.", f"It runs MongoDB {version}; HMSDesk needs {OLDEST_VERSION}.0 or newer."
        )


def _check_owner(server: Server, kind: Kind) -> None:
    status = server.client.admin.command("connectionStatus")["authInfo"]
    roles = {role["role"] for role in status["authenticatedUserRoles"] if role["db"] in (server.database.name, "admin")}
    owns = roles >= _ATLAS_OWNER_ROLES if kind is Kind.ATLAS else roles & _OWNING_ROLES
    if not owns:
        raise UserError(
            "This user does not own the database.",
            "Type the database and the password that `hmsdesk provision` printed.",
        )


def _check_guarded(server: Server) -> None:
    """Whether the server asks who one is at all."""
    nobody = Server(server.address, server.database.name, Kind.SELF_MANAGED, server.timeout_s, ca=server.ca)
    try:
        nobody.database.list_collection_names()
    except OperationFailure:
        return
    finally:
        nobody.close()
    raise UserError(
        "This server lets in everybody.",
        "It asks for no password. Whoever looks after it has to turn authorization on before it may hold records.",
    )


def _check_empty(server: Server) -> None:
    if "practice" in server.database.list_collection_names() and server.database.practice.find_one({}, ["_id"]):
        raise UserError(
            "This database holds a practice already.",
            "To work in it, join it with a pass. For a new practice run `hmsdesk provision` again.",
        )


def _refused(error: OperationFailure) -> UserError:
    if is_refused(error):
        return InvalidInput(
            {"owner_password": "The server doesn't know this database with this password."},
            "The server answers, but the password is not right.",
        )
    return UserError("The server refused to be asked.", "This user may not do what founding a practice needs.")


def _misconfigured(words: str) -> UserError:
    if "wire version" in words:
        return UserError("This server is too old.", f"HMSDesk needs MongoDB {OLDEST_VERSION}.0 or newer.")
    if "DNS" in words or "resolve" in words:
        return _wrong_address("No such name is known to the network. Check each letter, or ask who looks after it.")
    return _wrong_address("The address asks for something this program can't do. Check the part after the ?.")


def _unreached(words: str) -> UserError:
    lowered = words.lower()
    if "no primary" in lowered or "primary()" in lowered or "replica set name" in lowered:
        return UserError(
            "The servers answer, but have no primary.",
            "Check the name of the replica set in the address, and that more than half of its servers run.",
        )
    if "name or service not known" in lowered or "getaddrinfo" in lowered or "nodename" in lowered:
        return _wrong_address("No such name is known to the network. Check each letter.")
    if "connection closed" in lowered:
        return UserError(
            "The server ends the connection at once.",
            "It may take encrypted connections only. Choose the clinic's own certificate, or add tls=true to the "
            "address.",
        )
    if "refused" in lowered:
        return UserError(
            "Nothing answers at this address.", "The machine is there, but no server listens on this port."
        )
    return UserError(
        "The server can't be reached.", "Check that it runs, that this computer is on its network, and the port."
    )


def make_owner(uri: str, database: str, timeout_s: float, ca: Path | None) -> str:
    """A practice's owner in its own database, by somebody who may make one; the owner's password. Raises UserError.

    uri: with the user and the password of whoever looks after the server.
    """
    try:
        server = Server(uri, database, Kind.SELF_MANAGED, timeout_s, ca=ca)
    except (PyMongoError, ValueError, OSError) as error:
        raise _of_making(error) from None
    try:
        with pymongo.timeout(timeout_s):
            _check_kind(server.client.admin.command("hello"))
            _check_version(str(server.client.admin.command("buildInfo")["version"]))
            return create_owner(server.client, database)
    except NotAllowed:
        raise UserError(
            "This user may not make a practice's place.", "It takes the right to make users, as the role root has it."
        ) from None
    except CredentialRefused:
        raise _unknown_administrator(uri) from None
    except PyMongoError as error:
        raise _unknown_administrator(uri) if is_refused(error) else failure(error) from None
    finally:
        server.close()


def _unknown_administrator(uri: str) -> UserError:
    if names_user(uri):
        return UserError(
            "The server answers, but doesn't know this user with this password.",
            "Check both. They are those of whoever looks after the server, as made there; not a practice's owner's.",
        )
    return UserError(
        "The address names no user.",
        "Put who looks after the server before its name, as in mongodb://administrator@db1.clinic.lan/; the password "
        "is asked for.",
    )


def names_user(uri: str) -> bool:
    """Whether an address names a user."""
    return "@" in uri.partition("://")[2].partition("/")[0]


def opened(kind: Kind, address: str, database: str, owner_password: str, timeout_s: float, ca: Path | None) -> Server:
    """A server as the practice's owner; nothing is sent yet. Raises UserError where the address makes that impossible.

    Close it afterwards.
    """
    try:
        return Server(address, database, kind, timeout_s, OWNER, owner_password, ca=ca)
    except (PyMongoError, ValueError, OSError) as error:
        raise _of_making(error) from None


def clear(server: Server) -> None:
    """Remove everything from the database of a founding that was broken off. Raises UserError."""
    try:
        with pymongo.timeout(server.timeout_s):
            server.client.drop_database(server.database.name)
    except PyMongoError as error:
        raise failure(error) from None


def _of_making(error: Exception) -> UserError:
    if isinstance(error, OSError):
        return _wrong_address("The certificate's file that the address names can't be read on this computer.")
    if isinstance(error, PyMongoError):
        return failure(error)
    return _wrong_address(f"This address can't be read. {_FORM}")
