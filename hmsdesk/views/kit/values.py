"""A row's values as a person reads them, for tables, panes and files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from hmsdesk.models.declaration import declared_fields, default_of
from hmsdesk.models.emails import EmailAddressField
from hmsdesk.models.fields import CodeField, DateField, MoneyField, PartsField, ReferenceField, YesNoField
from hmsdesk.models.locale import Locale
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.record import Cell, Record
from hmsdesk.models.row import Row

ABSENT = "–"


def label_of(name: str, field: Any) -> str:
    """What a field is called."""
    return str(getattr(field, "verbose_name", None) or name)


def shown(name: str, field: Any, row: Row, locale: Locale) -> str:
    """The value of a field as it is read; empty when there is none. A reference shows the title it came with."""
    if isinstance(field, ReferenceField):
        return str(row.get(f"{name}:title") or "")
    if isinstance(field, PartsField):
        told = getattr(field.part, "told", None) or partial(_part, field, locale=locale)
        return "\n".join(told(part) for part in row.get(name) or [])
    return str(field.show(row.get(name), locale))


def remarked(name: str, field: Any, row: Row, locale: Locale) -> str:
    """The value with what is worth saying behind it."""
    text = shown(name, field, row, locale)
    remark = field.remark(row[name], locale) if text else ""
    return f"{text} ({remark})" if remark else text


def says_nothing(name: str, field: Any, row: Row) -> bool:
    """Whether a value is only what is usual: a No where nobody said otherwise."""
    return isinstance(field, YesNoField) and row.get(name) == default_of(field)


def _part(field: PartsField, part: Row, locale: Locale) -> str:
    texts = (shown(name, one, part, locale) for name, one in declared_fields(field.part).items())
    return ", ".join(text for text in texts if text)


def reads_left_to_right(field: Any) -> bool:
    """Whether the value keeps its direction among Arabic words: codes, numbers, phones and addresses."""
    return field.numeric or isinstance(field, CodeField | PhoneField | EmailAddressField | DateField)


def isolated(field: Any, text: str) -> str:
    """The text for a label, so that its direction is its own: codes and phones are never reversed."""
    return f"\u2066{text}\u2069" if reads_left_to_right(field) else text


@dataclass(frozen=True)
class Column:
    """One column of a list. second: a field shown muted after this one, and its label. cell: what is shown instead."""

    name: str
    field: Any
    locale: Locale
    second: str | None = None
    second_label: str = ""
    cell: Cell | None = None

    @property
    def label(self) -> str:
        """The words in the header; an amount's currency stands there."""
        label = self.cell.label if self.cell else label_of(self.name, self.field)
        return f"{label} ({self.locale.currency})" if isinstance(self.field, MoneyField) else label

    @property
    def width(self) -> int:
        """In pixels; 0 stretches."""
        return int(self.field.width)

    def text(self, row: Row) -> str:
        """What stands in the cell, on one line."""
        if self.cell:
            return self.cell.words(row, self.locale) or ABSENT
        text = " ".join(shown(self.name, self.field, row, self.locale).split())
        if isinstance(self.field, MoneyField):
            text = text.removeprefix(f"{self.locale.currency} ")
        return text or ABSENT

    def status(self, row: Row) -> str:
        """The name of the status whose chip stands behind the words; empty for none."""
        return self.cell.status(row) if self.cell else ""

    def second_text(self, row: Row) -> str:
        """What stands muted after it: the name in the other script."""
        return " ".join(str(row.get(self.second) or "").split()) if self.second else ""


def title_field(record: type[Record]) -> str:
    """The field that names a record; it may do so by what it refers to."""
    return record.LISTING.title.partition(":")[0]


def columns(record: type[Record], locale: Locale) -> list[Column]:
    """The columns of a record's list; the subtitle follows the title unless it has a column of its own."""
    fields = declared_fields(record)
    listing = record.LISTING
    # What it refers to may name it too, and has a column of its own.
    named = fields.get(listing.subtitle or "")
    subtitle = listing.subtitle if named is not None and named.width is None else None
    second = label_of(subtitle, fields[subtitle]) if subtitle else ""
    shown_after = {title_field(record): (subtitle, second)}
    made = []
    for name, field in fields.items():
        if field.width is not None:
            after, label = shown_after.get(name, (None, ""))
            made.append(Column(name, field, locale, after, label, listing.cells.get(name)))
    return made


def file_columns(record: type[Record], locale: Locale) -> list[Column]:
    """The columns of a file of a record's list: those on the screen, and what there was no room for."""
    fields = declared_fields(record)
    return [*columns(record, locale), *(Column(name, fields[name], locale) for name in record.LISTING.file)]
