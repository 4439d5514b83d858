"""What a backup says of itself at its end, and how one compares with what is in a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Compared:
    """One collection as a backup has it, and as it was found in a database."""

    collection: str
    said: Amount
    found: Amount

    @property
    def same(self) -> bool:
        """Whether they are the same to the last byte."""
        return self.said == self.found


@dataclass(frozen=True)
class Watch:
    """Who waits. progress: is told how many of about how many are done. stopped: whether it is unwanted by now."""

    progress: Callable[[int, int], object] = lambda _done, _of: None
    stopped: Callable[[], bool] = lambda: False


UNWATCHED = Watch()
