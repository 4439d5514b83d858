"""All that a person is ever told about a failure."""

from collections.abc import Mapping
from typing import Any


class UserError(Exception):
    """A failure that is expected in normal use, in the clinic's own words.

    title: one short line, what happened. message: what it means and what to do.
    fields: field name -> message, for what belongs beside a field.
    """

    def __init__(self, title: str, message: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(title, message)
        self.title = title
        self.message = message
        self.fields = dict(fields or {})

    def __str__(self) -> str:
        return f"{self.title} {self.message}".strip()


class InvalidInput(UserError):
    """Something typed can't be stored as it is; `fields` says what and why."""

    def __init__(self, fields: Mapping[str, str], title: str = "Some fields need correcting.") -> None:
        super().__init__(title, " ".join(fields.values()), fields)


class NotAllowed(UserError):
    """The signed-in role may not do this; refused by the program or by the server."""


class NotFound(UserError):
    """The record isn't there, or not for this role."""


class Conflict(UserError):
    """Somebody else changed the record meanwhile. `current` is the record as it stands now."""

    def __init__(self, title: str, message: str, current: Mapping[str, Any]) -> None:
        super().__init__(title, message)
        self.current = dict(current)


class Unreachable(UserError):
    """The server doesn't answer. Nothing is half done; the same operation may be sent again."""


class Stopped(UserError):
    """Nobody wants it any more."""

    def __init__(self, unfinished: str) -> None:
        """unfinished: what was not done: The backup was not made."""
        super().__init__(unfinished, "You stopped it.")
