"""What is sealed as a whole: the owner credential, a role's credential, and what a new workstation is given."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from hmsdesk.security.credentials import Keys


def _as_text(content: bytes) -> str:
    return b64encode(content).decode()


def _as_bytes(content: bytes | str) -> bytes:
    return b64decode(content) if isinstance(content, str) else content


Base64 = Annotated[bytes, BeforeValidator(_as_bytes), PlainSerializer(_as_text)]
"""Bytes, which JSON has only as text."""


class Sealable(BaseModel):
    """Goes into a seal as JSON."""

    # What doesn't fit may be a secret all the same, and must not stand in a failure's message.
    model_config = ConfigDict(hide_input_in_errors=True)

    def to_bytes(self) -> bytes:
        """What is sealed."""
        return self.model_dump_json().encode()


class Credential(Sealable):
    """A database user of a role."""

    user: str
    password: str = Field(repr=False)


class AtlasAccess(Sealable):
    """How an owner's program makes database users on MongoDB Atlas: the project, and a key to its Administration API.

    key and secret: of an API key (public, private), or a service account's client ID and secret. address: the API's.
    """

    project: str
    key: str
    secret: str = Field(repr=False)
    address: str


class OwnerBundle(Sealable):
    """Everything that owning a practice means: its database, its key and its secret; on Atlas, the API's key too."""

    user: str
    password: str = Field(repr=False)
    practice_keys: Base64 = Field(repr=False)
    practice_secret: Base64 = Field(repr=False)
    atlas: AtlasAccess | None = None

    def keys(self) -> Keys:
        """The practice's keys."""
        return Keys.from_bytes(self.practice_keys)


class WorkstationSecrets(Sealable):
    """What a workstation keeps in its keyring."""

    enrolment: Base64 = Field(repr=False)
    practice: Base64 = Field(repr=False)


class EnrolmentPass(Sealable):
    """What a new workstation needs to know; carried as a file that only its one-time code opens.

    ca: the certificate of the clinic's own authority in PEM form; empty where it has none.
    """

    kind: str
    practice: str
    database: str
    address: str
    fingerprint: str
    workstation_id: str
    workstation: str
    patient_prefix: str
    user: str
    password: str = Field(repr=False)
    practice_secret: Base64 = Field(repr=False)
    ca: str = ""
    expires_at: datetime
