"""What is sealed as a whole: the owner credential, a role's credential, and what a new workstation is given."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from hmsdesk.security.credentials import Keys


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


class OwnerBundle(Sealable):
    """Everything that owning a practice means: its database, its key and its secret."""

    user: str
    password: str = Field(repr=False)
    practice_keys: bytes = Field(repr=False)
    practice_secret: bytes = Field(repr=False)

    @field_serializer("practice_keys", "practice_secret")
    def _as_text(self, content: bytes) -> str:
        return b64encode(content).decode()

    @field_validator("practice_keys", "practice_secret", mode="before")
    @classmethod
    def _as_bytes(cls, content: bytes | str) -> bytes:
        return b64decode(content) if isinstance(content, str) else content

    def keys(self) -> Keys:
        """The practice's keys."""
        return Keys.from_bytes(self.practice_keys)


class WorkstationSecrets(Sealable):
    """What a workstation keeps in its keyring."""

    enrolment: bytes = Field(repr=False)
    practice: bytes = Field(repr=False)

    @field_serializer("enrolment", "practice")
    def _as_text(self, content: bytes) -> str:
        return b64encode(content).decode()

    @field_validator("enrolment", "practice", mode="before")
    @classmethod
    def _as_bytes(cls, content: bytes | str) -> bytes:
        return b64decode(content) if isinstance(content, str) else content


class EnrolmentPass(Sealable):
    """What a new workstation needs to know; carried as a file that only its one-time code opens."""

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
    practice_secret: str = Field(repr=False, description="base64")
    expires_at: datetime
