"""What every kind of field has in common, and what is read off a record's declared fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from hmsdesk.errors import InvalidInput
from hmsdesk.models.locale import Locale

# What stands in place of a value that was encrypted and can't be read: its key is missing, or it was altered.
UNREADABLE = "Can't be read here"


class Problem(ValueError):
    """What is wrong with one value, as a sentence for the person who typed it."""


class Encryption(StrEnum):
    """How a field's value is encrypted before it leaves the program, by MongoDB's own names of the algorithms.

    Random gives other bytes each time. Deterministic gives the same for the same value, so that equal ones are found:
    whoever has the database then sees which are equal, too.
    """

    RANDOM = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
    DETERMINISTIC = "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic"


class Kept:
    """What every kind of field has in common."""

    numeric = False
    several = False
    """Whether its name speaks of several: lots."""

    def __init__(
        self,
        *,
        help_text: str = "",
        group: str = "",
        width: int | None = None,
        issued: bool = False,
        fixed: bool = False,
        filter: bool = False,  # noqa: A002 (it reads as what it is in a declaration)
        encrypted: Encryption | None = None,
        **kwargs: Any,
    ) -> None:
        self.help_text = help_text
        self.group = group
        self.width = width
        self.issued = issued
        self.fixed = fixed
        self.filter = filter
        self.encrypted = encrypted
        super().__init__(**kwargs)

    def clean(self, raw: object, locale: Locale) -> Any:
        """The value to store for what was typed; a stored value comes back unchanged. Raises Problem."""
        raise NotImplementedError

    def missing(self, label: str) -> str:
        """What is said where it was left empty. label: what it is called there."""
        return f"{label} {'are' if self.several else 'is'} needed."

    def show(self, value: Any, locale: Locale) -> str:
        """The stored value as a person reads it."""
        return "" if value is None else str(value)

    def remark(self, value: Any, locale: Locale) -> str:
        """What is worth saying behind the value where there is room: an age behind a date of birth."""
        return ""

    def json_schema(self) -> dict[str, Any]:
        """What the server must refuse, as far as JSON Schema can say it."""
        raise NotImplementedError

    def held(self, path: str) -> list[dict[str, Any]]:
        """What the server must hold beyond that: expressions that are true of the value, or of all, at `path`."""
        return []

    def search_text(self, value: Any) -> str:
        """What a search finds the value by."""
        return str(value)


def declared_fields(declared: type) -> dict[str, Any]:
    """The fields of a record, by name, in the order they are declared."""
    return dict(_declared(declared))


@cache
def _declared(declared: type) -> dict[str, Any]:
    """A declaration doesn't change, and is asked for with every record."""
    fields = {name: getattr(declared, name) for name in declared._fields_ordered}  # type: ignore[attr-defined]
    return {name: field for name, field in fields.items() if isinstance(field, Kept)}


def typed_fields(declared: type) -> Mapping[str, Any]:
    """The fields a person fills in: all but those that the program issues."""
    return _typed(declared)


@cache
def _typed(declared: type) -> Mapping[str, Any]:
    return {name: field for name, field in declared_fields(declared).items() if not field.issued}


def clean_values(
    declared: type, values: Mapping[str, object], locale: Locale, *, only: Callable[[str], bool] = lambda _: True
) -> tuple[dict[str, object], dict[str, str]]:
    """What was typed, as it will be stored, and what is wrong with it: (values but empty ones, field -> sentence)."""
    cleaned: dict[str, object] = {}
    problems: dict[str, str] = {}
    typed = typed_fields(declared)
    for name, field in typed.items():
        if not only(name):
            continue
        if field.encrypted and is_unreadable(values.get(name)):
            # It stands for what is kept, which stays as it is.
            cleaned[name] = values[name]
            continue
        try:
            value = field.clean(values.get(name, default_of(field)), locale)
        except Problem as problem:
            problems[name] = str(problem)
            continue
        if value is None and field.required:
            problems[name] = field.missing(field.verbose_name or name)
        elif value is not None:
            cleaned[name] = value
    problems |= {name: "There is no such field." for name in values if name not in typed}
    return cleaned, problems


def checked(name: str, field: Any, raw: object, locale: Locale) -> Any:
    """What was typed for one field, as it is kept; None for nothing. Raises InvalidInput at `name`."""
    try:
        return field.clean(raw, locale)
    except Problem as problem:
        raise InvalidInput({name: str(problem)}) from None


def encrypted_fields(declared: type) -> dict[str, Encryption]:
    """The fields of a record that are encrypted as a whole, and how."""
    return {name: field.encrypted for name, field in declared_fields(declared).items() if field.encrypted}


def is_unreadable(value: object) -> bool:
    """Whether it stands for a value that can't be read; one of several words does for all of them."""
    return value in (UNREADABLE, [UNREADABLE])


def default_of(field: Any) -> object:
    """What a field holds until somebody fills it in."""
    return field.default() if callable(field.default) else field.default


def object_schema(declared: type, *, in_the_clear: bool = False) -> dict[str, Any]:
    """The JSON Schema of a record or part: only declared fields, each as its kind says.

    in_the_clear: takes fields that are to be encrypted as they are, too.
    """
    fields = declared_fields(declared)
    schema: dict[str, Any] = {
        "bsonType": "object",
        "properties": {name: _stored_schema(field, in_the_clear) for name, field in fields.items()},
        "additionalProperties": False,
    }
    required = [name for name, field in fields.items() if field.required]
    return schema | ({"required": required} if required else {})


def _stored_schema(field: Any, in_the_clear: bool) -> dict[str, Any]:
    """What the server refuses other values than. Of encrypted ones it sees what they are, and not how long."""
    plain: dict[str, Any] = field.json_schema()
    if field.encrypted is None:
        return plain
    sealed = {"encrypt": {"bsonType": plain["bsonType"], "algorithm": field.encrypted.value}}
    return {"anyOf": [plain, sealed]} if in_the_clear else sealed
