"""What a prescription takes over from the visit it is written in."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId


@dataclass(frozen=True)
class OfVisit:
    """The visit a prescription is written in, and what was diagnosed there."""

    encounter: ObjectId
    diagnosis: str
