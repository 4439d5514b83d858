"""What is sealed as a whole: the owner credential, and what a new workstation is given."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from hmsdesk.security.credentials import Keys
from hmsdesk.security.sealable import Base64, Sealable
from hmsdesk.settings import Kind

_LONGEST_NAME = 200
# What MongoDB takes for one.
_DATABASE = r"""^[^/\\. "$*<>:|?\x00-\x1f]{1,63}$"""


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

    kind: Kind
    practice: str = Field(max_length=_LONGEST_NAME)
    database: str = Field(pattern=_DATABASE)
    address: str
    fingerprint: str
    workstation_id: str = Field(pattern="^[0-9a-f]{24}$")
    workstation: str = Field(max_length=_LONGEST_NAME)
    patient_prefix: str = Field(pattern="^[A-Z]{2}$")
    user: str
    password: str = Field(repr=False)
    practice_secret: Base64 = Field(repr=False)
    ca: str = ""
    expires_at: AwareDatetime
