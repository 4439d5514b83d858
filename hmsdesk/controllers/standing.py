"""Whether a practice is as this program declares it."""

from __future__ import annotations

from enum import Enum

from hmsdesk import __version__
from hmsdesk.controllers.sign_in import Door
from hmsdesk.database import provision
from hmsdesk.errors import UserError
from hmsdesk.models.row import Row


class Standing(Enum):
    """How a practice compares with what this program declares."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"


def stamp() -> Row:
    """What the practice's record keeps of the program that provisioned it last."""
    return {"version": __version__, "declared": provision.declared()}


def standing(door: Door) -> Standing:
    """Whether the practice was provisioned by a program that declares the same. Raises UserError, Unreachable.

    It reads the practice's record alone. What was altered past the program since doesn't show here.
    """
    return _standing(door.practice())


def _standing(practice: Row) -> Standing:
    kept = practice.get("provisioned") or {}
    if kept.get("declared") == provision.declared():
        return Standing.CURRENT
    return Standing.AHEAD if is_newer(str(kept.get("version", ""))) else Standing.BEHIND


def refuse_ahead(practice: Row) -> None:
    """Raises UserError where a newer program provisioned the practice. practice: its record."""
    if _standing(practice) is Standing.AHEAD:
        raise UserError("A newer program keeps this practice.", "Update HMSDesk on this computer first.")


def is_newer(version: str) -> bool:
    """Whether a program of this version is newer than this one."""
    return _numbers(version) > _numbers(__version__)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]
