"""The data dictionary, read off the declarations: python -m hmsdesk.models.dictionary > docs/data-dictionary.md"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import getdoc
from typing import Any

from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.emails import EmailAddressField
from hmsdesk.models.fields import (
    ChoiceField,
    CodeField,
    DateField,
    MoneyField,
    PartsField,
    ReferenceField,
    TextField,
    WholeNumberField,
    WordsField,
    YesNoField,
)
from hmsdesk.models.measures import DoseField, GlucoseField, LengthField, MeasureField
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.record import Record
from hmsdesk.models.registry import CHOICES, RECORDS
from hmsdesk.models.times import MomentField, TimeField
from hmsdesk.security.permissions import EVERYONE, HISTORIES, ROLE_WORDS, allowed

_INTRODUCTION = """\
# Data dictionary

Every record the program keeps, as it is declared in `hmsdesk/models`. This page is generated from the declarations:

    .venv/bin/python -m hmsdesk.models.dictionary > docs/data-dictionary.md

Besides the fields listed, every record has `_id`, `version` (raised by each change), `created_at`, `created_by`,
`updated_at`, `updated_by`, and `find` (folded words and orders that lists search and sort by, derived from the other
fields). A * marks what is required. The server refuses documents of another form; which rules only the program holds
is listed in `tests/database/test_validators.py`, in which every rule of every field is broken once past the program.
"""

# The most particular kind first.
_KINDS: tuple[tuple[type, str], ...] = (
    (CodeField, "code"),
    (EmailAddressField, "e-mail address"),
    (PhoneField, "telephone number, E.164"),
    (TextField, "text"),
    (ChoiceField, "choice"),
    (WholeNumberField, "whole number"),
    (DoseField, "whole number, or decimal number: Decimal128"),
    (LengthField, "whole number, or decimal number: Decimal128"),
    (MeasureField, "decimal number: Decimal128"),
    (GlucoseField, "glucose: {value: Decimal128, unit}"),
    (YesNoField, "yes or no"),
    (DateField, "date, ISO 8601"),
    (TimeField, "time of day, 09:00"),
    (MomentField, "moment, UTC"),
    (MoneyField, "money: {value: Decimal128, currency}"),
    (ReferenceField, "reference"),
    (PartsField, "list of parts"),
    (WordsField, "list of texts"),
)


def dictionary() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *(line for record in RECORDS for line in _record(record))]) + "\n"


def _record(record: type[Record]) -> Iterator[str]:
    name = record.collection()
    yield f"## {name}\n"
    yield f"{_sentence(record)}\n"
    yield _who(name)
    if name in HISTORIES:
        yield f"Earlier versions are kept in `{HISTORIES[name]}`."
    orders = ", ".join(order.label.lower() for order in record.LISTING.orders)
    sought = ", ".join(record.LISTING.search)
    yield f"Listed by {orders}" + (f"; searched by {sought}.\n" if sought else ".\n")
    yield from _table(record)
    for field in declared_fields(record).values():
        if isinstance(field, PartsField):
            yield f"### {name}.{field.name}\n"
            yield f"{_sentence(field.part)}\n"
            yield from _table(field.part)


def _sentence(declared: type) -> str:
    return " ".join((getdoc(declared) or "").split())


def _who(collection: str) -> str:
    actions: dict[str, list[str]] = {}
    for role in EVERYONE:
        for action in sorted(allowed(role, collection)):
            actions.setdefault(action, []).append(ROLE_WORDS[role].lower())
    told = (f"{action}: {', '.join(roles)}" for action, roles in sorted(actions.items()))
    return f"Who may, on the server: {'; '.join(told) or 'nobody'}."


def _table(declared: type) -> Iterator[str]:
    yield "| field | label | kind | limits | meaning |"
    yield "|---|---|---|---|---|"
    for name, field in declared_fields(declared).items():
        star = " *" if field.required else ""
        cells = (
            f"`{name}`{star}",
            str(field.verbose_name or name),
            _kind(field),
            _limits(field),
            field.help_text or "",
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _kind(field: Any) -> str:
    return next(words for kind, words in _KINDS if isinstance(field, kind))


def _limits(field: Any) -> str:
    found = [words for words in (_extent(field), _values(field)) if words]
    if field.unique:
        found.append("unique")
    if field.issued:
        found.append("issued by the program")
    if field.encrypted:
        found.append(f"encrypted ({field.encrypted.name.lower()})")
    return "; ".join(found)


def _extent(field: Any) -> str:
    if isinstance(field, TextField) and not isinstance(field, PhoneField):
        return f"at most {field.max_length} characters"
    if isinstance(field, WholeNumberField | MeasureField):
        return f"{field.min_value} to {field.max_value}" + (f" {field.unit}" if field.unit else "")
    if isinstance(field, DateField):
        said = {
            "may be partial": field.partial,
            "a month alone is its last day": field.month_end,
            "not in the future": field.past,
        }
        return "; ".join(words for words, holds in said.items() if holds)
    if isinstance(field, PartsField):
        return f"at most {field.max_parts}"
    return f"at most {field.max_words}" if isinstance(field, WordsField) else ""


def _values(field: Any) -> str:
    if isinstance(field, ChoiceField):
        return ", ".join(f"{code}" if code == word else f"{code} ({word})" for code, word in field.choices)
    if not isinstance(field, ReferenceField):
        return ""
    narrower = CHOICES.get(field.among)
    having = ", ".join(f"{name} {value}" for name, value in narrower[1].items()) if narrower else ""
    return f"of {field.refers_to}" + (f" with {having}" if having else "")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(dictionary())
