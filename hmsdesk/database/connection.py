"""A connection to the practice's database as one database user, and what its failures mean to a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymongo
from bson.codec_options import CodecOptions, DatetimeConversion, TypeRegistry
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)
from pymongo.uri_parser import parse_uri

from hmsdesk.database.field_cipher import FieldCipher, Opening, drivers_errors
from hmsdesk.database.tls_failures import of_tls
from hmsdesk.errors import InvalidInput, NotAllowed, Unreachable, UserError
from hmsdesk.models.row import Row
from hmsdesk.security.keyrings import VAULT, Keyring
from hmsdesk.security.roles import ATLAS_DATABASE, atlas_user_name
from hmsdesk.settings import Kind

# What somebody writes past the program may hold dates that Python has none for, and bytes that are no text. They must
# not keep anybody from reading what stands beside them. A signed entry that is read otherwise shows as altered.
_READING: dict[str, Any] = {
    "tz_aware": True,
    "datetime_conversion": DatetimeConversion.DATETIME_CLAMP,
    "unicode_decode_error_handler": "replace",
}
CODEC: CodecOptions[Row] = CodecOptions(**_READING)
# Documents as they lie in the database: nothing in them is decrypted.
RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument, **_READING)

_FAREWELL_S = 0.5
_IS_THERE_ALREADY = 11000
# A server that was cut off, whose connections stand, is given up after both together: what is under way is then sent to
# the next primary, and nobody waits for the whole time-out. A greeting over a slow line takes less.
_GREETING_MS = 3000
_BEAT_MS = 1000
_UNAUTHORIZED = 13
_AUTHENTICATION_FAILED = 18
_USER_NOT_FOUND = 11
_REAUTHENTICATION_REQUIRED = 391
_REFUSED_BY_VALIDATOR = 121
_NO_SPACE = 14031
_BAD_VALUE = 2
_TIME_IS_OVER = 50
# How Atlas answers a wrong or dropped user on the clusters that it shares out; elsewhere as any server.
_ATLAS_ERROR = 8000
# Of a server that was just started: it can't check yet what a client says of the cluster's time.
_KEY_NOT_FOUND = 211
_SIGNED_OUT_CODES = (_AUTHENTICATION_FAILED, _USER_NOT_FOUND, _REAUTHENTICATION_REQUIRED)


class CredentialRefused(UserError):
    """The server doesn't know this database user (any more): renewed or revoked. Door.recheck tells which."""


class Closed(UserError):
    """This program itself has ended the connection: the person is signed out, or the window is locked."""

    def __init__(self) -> None:
        super().__init__("You are signed out.", "Sign in again, then repeat what you were doing.")


class Busy(UserError):
    """Others were changing the same records all the time. Nothing is half done; the operation may be sent again."""

    def __init__(self) -> None:
        super().__init__(
            "The same is just being saved by somebody else.", "Nothing of yours is half done. Try again in a moment."
        )


class Server:
    """The practice's database, reached as one database user. Threads may share it; close() ends it."""

    def __init__(
        self,
        address: str,
        database: str,
        kind: Kind,
        timeout_s: float,
        user: str = "",
        password: str = "",
        *,
        ca: Path | None = None,
        keys: Keyring | None = None,
    ) -> None:
        """ca: the file of the only authority whose certificates are believed; without, those the system knows.

        keys: to the encrypted fields that this database user may read.
        """
        self.address = address
        self.user = user
        self.ca = ca
        self.timeout_s = timeout_s
        self._closed = False
        self.was_refused = False
        """Whether the server did not know its user once. What is signed in again is another connection."""
        self._orphans: list[Any] = []
        self.client: MongoClient[Row] = MongoClient(
            address,
            **encryption(address, ca),
            **_credential(kind, database, user, password),
            appname="HMSDesk",
            # Transactions take what the client says, not the database.
            w="majority",
            readConcernLevel="majority",
            serverSelectionTimeoutMS=int(timeout_s * 1000),
            connectTimeoutMS=min(_GREETING_MS, int(timeout_s * 1000)),
            heartbeatFrequencyMS=_BEAT_MS,
            connect=False,
            **_READING,
        )
        self.cipher: FieldCipher | None = None
        opening, later = (TypeRegistry([Opening(lambda: self.cipher, later=later)]) for later in (False, True))
        self.database: Database[Row] = self.client.get_database(database, CODEC.with_options(type_registry=opening))
        # For rows of which most is never looked at.
        self.decrypting_later = CODEC.with_options(type_registry=later)
        self.take_keys(keys)

    def take_keys(self, keys: Keyring | None) -> None:
        """Encrypt and decrypt with these keys from now on."""
        self.cipher = None if keys is None else FieldCipher(keys, self._vault)

    def _vault(self) -> list[bytes]:
        with pymongo.timeout(self.timeout_s):
            return [key.raw for key in raw(self.database, VAULT).find()]

    @contextmanager
    def asked(self) -> Iterator[Database[Row]]:
        """The database, for one question: bounded in time, failures told in a person's words."""
        self._check_open()
        with translated(), self.noting_refusals(), pymongo.timeout(self.timeout_s):
            yield self.database

    @contextmanager
    def transacting(self) -> Iterator[ClientSession]:
        """A client session for one transaction, bounded in time. Failures stay the driver's. Raises Closed."""
        self._check_open()
        with self.noting_refusals(), pymongo.timeout(self.timeout_s), self.client.start_session() as wire:
            self._end_orphans()
            try:
                yield wire
            except PyMongoError as error:
                if error.timeout or isinstance(error, ConnectionFailure):
                    self._orphans.append(wire.session_id)
                raise

    def clock_offset(self) -> timedelta:
        """How far the server's clock is ahead of this computer's. Raises Unreachable."""
        with self.asked() as database:
            answer = database.command("hello", codec_options=CODEC)
        there: datetime = answer["localTime"]
        return there - datetime.now(UTC)

    def close(self) -> None:
        """End all its connections. A second time does nothing."""
        if not self._closed:
            self._closed = True
            if self.cipher is not None:
                self.cipher.forget()
            self.cipher = None
            # The driver takes leave of the server, which may be gone.
            with pymongo.timeout(_FAREWELL_S):
                self.client.close()

    @contextmanager
    def noting_refusals(self) -> Iterator[None]:
        """Remember if the server refuses the user. Failures stay the driver's."""
        try:
            with drivers_errors():
                yield
        except PyMongoError as error:
            self.was_refused |= is_refused(error)
            raise

    def _end_orphans(self) -> None:
        """End transactions whose connection broke: the server would keep what they hold from others for a minute."""
        if self._orphans:
            self.client.admin.command("killSessions", self._orphans)
            self._orphans.clear()

    def _check_open(self) -> None:
        # The driver itself would wait for a server until the time is over.
        if self._closed:
            raise Closed


def raw(database: Database[Row], collection: str) -> Any:
    """A collection whose documents come as they lie in the database."""
    return database.get_collection(collection, codec_options=RAW)


def _credential(kind: Kind, database: str, user: str, password: str) -> dict[str, Any]:
    if not user:
        return {}
    name, source = login(kind, database, user)
    # Named, so that no server can ask for a weaker one. Which ones Atlas has is Atlas's to say.
    scram = {} if kind is Kind.ATLAS else {"authMechanism": "SCRAM-SHA-256"}
    return {"username": name, "password": password, "authSource": source, **scram}


def login(kind: Kind, database: str, user: str) -> tuple[str, str]:
    """A practice's database user as its server knows it: the name, and the database that keeps it."""
    return (atlas_user_name(database, user), ATLAS_DATABASE) if kind is Kind.ATLAS else (user, database)


def encryption(address: str, ca: Path | None) -> dict[str, Any]:
    """TLS whatever the address says, unless every server is on this machine and nothing goes over a wire."""
    if ca is not None:
        return {"tls": True, "tlsCAFile": str(ca)}
    if address.startswith("mongodb://") and all(_is_here(host) for host, _ in parse_uri(address)["nodelist"]):
        return {}
    return {"tls": True}


def _is_here(host: str) -> bool:
    return host.endswith(".sock") or host in ("localhost", "127.0.0.1", "::1")


@contextmanager
def translated() -> Iterator[None]:
    """The one translator from the driver's errors to what a person is told."""
    try:
        yield
    except PyMongoError as error:
        # What the server says of a failure may hold the record itself, which no log or report must show.
        raise translation(error) from None


def translation(error: PyMongoError) -> Exception:
    """What a failure means to a person. What no person can mend stays the driver's, without the values it names."""
    if isinstance(error, DuplicateKeyError):
        return _duplicate(error)
    if isinstance(error, InvalidOperation) and "after close" in str(error):
        return Closed()
    if is_contention(error):
        return Busy()
    silent = ConnectionFailure | ExecutionTimeout | WTimeoutError | WaitQueueTimeoutError
    not_ready = isinstance(error, OperationFailure) and error.code == _KEY_NOT_FOUND
    if error.timeout or not_ready or isinstance(error, silent):
        words = "The clinic's server does not answer.", "Nothing you entered is lost. Please try again."
        return of_tls(error) or Unreachable(*words)
    return _refusal(error) if isinstance(error, OperationFailure) else error


def first_refusal(error: BulkWriteError) -> OperationFailure:
    """What one insert would have raised, without the values that were to be written."""
    refused = next(iter(error.details.get("writeErrors") or []), None)
    if refused is None:
        return error
    said = {name: refused[name] for name in ("code", "errmsg", "keyPattern", "keyValue") if name in refused}
    kind = DuplicateKeyError if refused["code"] == _IS_THERE_ALREADY else OperationFailure
    return kind(refused["errmsg"], refused["code"], said)


def is_contention(error: PyMongoError) -> bool:
    """Whether a transaction failed because of others. The time-out that ends it at last carries its last failure."""
    last = error.__cause__ if isinstance(error.__cause__, PyMongoError) else error
    if not isinstance(last, OperationFailure) or last.code == _TIME_IS_OVER:
        return False
    return last.has_error_label("TransientTransactionError")


def is_refused(error: PyMongoError) -> bool:
    """Whether the server no longer knows the database user, be it on a connection that was signed in before."""
    if not isinstance(error, OperationFailure):
        return False
    # The same code as for what a role may not do; only the words tell them apart.
    dropped = error.code == _UNAUTHORIZED and "requires authentication" in str(error)
    refused_by_atlas = error.code == _ATLAS_ERROR and "auth" in str(error)
    return dropped or refused_by_atlas or error.code in _SIGNED_OUT_CODES


def _refusal(error: OperationFailure) -> Exception:
    if is_refused(error):
        return CredentialRefused(
            "The server did not let this program in.",
            "What you entered is kept. Try again in a moment; if it goes on, tell an owner of the practice.",
        )
    if error.code == _UNAUTHORIZED:
        return NotAllowed("Your role may not do this.", "The server refused it. Ask an administrator if you need it.")
    if error.code == _REFUSED_BY_VALIDATOR:
        return UserError("The server refused this record.", "It does not have the form this practice keeps.")
    if error.code == _BAD_VALUE and "hint" in str(error):
        # Lists name the index they are read by; one that this program declares isn't there yet.
        return UserError(
            "This practice was set up by an older program.", "An owner brings it up to date on the page of accounts."
        )
    if error.code == _NO_SPACE:
        return UserError("The server's disk is full.", "Free some space there, then try again. Nothing was half saved.")
    return OperationFailure(f"the server answered {error.code} {(error.details or {}).get('codeName', '')}", error.code)


def _duplicate(error: DuplicateKeyError) -> Exception:
    index = str((error.details or {}).get("errmsg", "")).partition("index: ")[2].partition(" dup key")[0]
    name = index.removeprefix("unique ")
    if name == index:
        return DuplicateKeyError(f"a second one in the index {index}", error.code)
    return InvalidInput({name: "Another record has this already."})
