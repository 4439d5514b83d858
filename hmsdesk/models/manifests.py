"""What a backup says of itself at its end."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class Amount(BaseModel):
    """How much of one collection there is. sha256: over its records as they are stored, in the order of their ids."""

    count: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What is in a backup.

    taken_at: the one moment that all of it shows, by the server's clock. version, declared: of the program that wrote
    it, and what it provisions (`provision.declared`).
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    practice: str
    database: str
    taken_at: datetime
    version: str
    declared: str
    collections: dict[str, Amount]

    @property
    def count(self) -> int:
        """How many records."""
        return sum(amount.count for amount in self.collections.values())

    @property
    def bytes(self) -> int:
        """How many bytes the records take, before they are compressed."""
        return sum(amount.bytes for amount in self.collections.values())
