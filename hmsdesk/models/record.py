"""What every record has in common, and what is read off its declaration.

A record is declared once, as a MongoEngine document. It never opens a connection nor runs a query:
MongoEngine declares and converts, controllers read and write through database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Literal

from bson import ObjectId
from mongoengine import Document
from mongoengine.fields import DateTimeField, DictField, IntField, ObjectIdField
from pymongo import ASCENDING, IndexModel

from hmsdesk.errors import InvalidInput
from hmsdesk.models import server_rules, text
from hmsdesk.models.declaration import clean_values, declared_fields, object_schema
from hmsdesk.models.fields import MoneyField, PartsField, ReferenceField, SeriesField, TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import Rule

# Where the first letters of a record's words stand.
SEARCHED = "find.edges"
# A letter may be folded into eighteen, and a patient may come every day of a long life.
_LONGEST_FOUND, _MOST_FOUND = 80_000, 50_000
_ORDERED_BY = {"bsonType": ["int", "long", "date"]}


@dataclass(frozen=True)
class Order:
    """An order a list can be put into: by `field`, then by id.

    Text is ordered by its folded form, a reference by the title of what it refers to. descending: a list that is put
    into it at first begins at its end, as with what is newest.
    """

    field: str
    label: str
    descending: bool = False


@dataclass(frozen=True)
class Cell:
    """What a list shows in the column of a field, where that isn't the field's own label and words.

    status: the name of a status (views.kit.chips) that stands as a chip behind the words; empty for none.
    number: the same as a number, for a file, of what is calculated with; None of a row that has none.
    """

    label: str
    words: Callable[[Mapping[str, Any], Locale], str]
    status: Callable[[Mapping[str, Any]], str] = lambda _: ""
    number: Callable[[Mapping[str, Any]], Decimal | None] | None = None


@dataclass(frozen=True)
class Aspect:
    """A filter of a list by what lies in another collection: by typed words, by days, or by one of its records.

    resource: that collection; only who may read it is offered the filter.
    """

    name: str
    label: str
    kind: Literal["words", "days", "record"]
    resource: str
    help_text: str = ""


# The aspect of records that bear a moment: a first and a last day, as ISO dates.
DAYS = "days"


def days_of(resource: str) -> Aspect:
    """The filter of a list by the days of the practice."""
    return Aspect(DAYS, "Day", "days", resource, "From midnight to midnight on the practice's clock.")


# The aspect of records by who made them.
AUTHOR = "created_by"


def made_by(label: str) -> Aspect:
    """The filter of a list by who made its records."""
    return Aspect(AUTHOR, label, "record", "accounts")


@dataclass(frozen=True)
class Sums:
    """What all rows that a search or filter finds come to, said below the list.

    fields: of money. The server adds them up for all rows that have the same in `by`; what comes out looks like one
    row of the list, of which `told` says how much there is under each label. So that much may depend on `by`, and must
    be the same whether it is told of a sum of rows or of each of them.
    """

    by: str
    fields: tuple[str, ...]
    told: tuple[tuple[str, Callable[[Mapping[str, Any]], Decimal]], ...]
    heading: str = "Together"


@dataclass(frozen=True)
class Listing:
    """How a record is listed: what names it, what it is searched by, and the orders offered, the usual one first.

    heading: what the page is called, where that isn't the plural.
    adding: the verb for making one ("Register"); empty for what nobody makes by hand. saved: what is then said of it.
    cells: by the name of the column's field.
    apart: what tells one from another of the same name where one is chosen, as a birth date, or what it costs.
    file: the fields that a file of the list has beyond the columns on the screen.
    sums: what the rows come to; None where nobody adds them up.
    narrowed: of a list that grows without end, the fields it is filtered by, those first that leave the fewest rows:
    for each, its rows lie together in every order. A list of what a clinic has some dozens of needs none.
    within: the moment that the aspect DAYS is about.
    """

    title: str
    search: tuple[str, ...]
    orders: tuple[Order, ...]
    noun: str
    plural: str
    heading: str = ""
    subtitle: str | None = None
    adding: str = "Add"
    saved: str = "is saved"
    cells: Mapping[str, Cell] = field(default_factory=dict)
    apart: Callable[[Mapping[str, Any], Locale], str] | None = None
    file: tuple[str, ...] = ()
    aspects: tuple[Aspect, ...] = ()
    sums: Sums | None = None
    narrowed: tuple[str, ...] = ()
    within: str = ""
    indexes: tuple[IndexModel, ...] = field(default=())


class Record(Document):
    """A record of any kind: an id made by the program, a version that each change raises, and who made it when."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    id = ObjectIdField(primary_key=True, default=ObjectId)
    version = IntField(default=1)
    created_at = DateTimeField()
    created_by = ObjectIdField()
    updated_at = DateTimeField()
    updated_by = ObjectIdField()
    find = DictField(help_text="folded words and orders, derived from the other fields")

    LISTING: ClassVar[Listing]
    # What of `rules` the server holds, too.
    HELD: ClassVar[tuple[Rule, ...]] = ()
    # JSON Schemas of what the program itself keeps in the record, beside the declared fields.
    SYSTEM: ClassVar[dict[str, Any]] = {}

    @classmethod
    def collection(cls) -> str:
        """The name of the collection it is kept in, which is also its name in the permission table."""
        return str(cls._meta["collection"])

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """What is wrong between fields that are each right alone: field -> sentence."""
        return {}

    @classmethod
    def build(cls, values: Mapping[str, object], locale: Locale, known: Mapping[str, Any] | None = None) -> Row:
        """What was typed, as the whole record's fields will be stored. Raises InvalidInput.

        known: what it is found by besides, as `derived` takes it: the titles of what it refers to.
        """
        cleaned, problems = clean_values(cls, values, locale)
        if problems:
            raise InvalidInput(problems)
        return cls.composed(cleaned, locale, known)

    @classmethod
    def composed(cls, cleaned: Row, locale: Locale, known: Mapping[str, Any] | None = None) -> Row:
        """As `build`, of values that are each as they will be stored."""
        problems = cls.rules(cleaned, locale)
        if problems:
            raise InvalidInput(problems)
        return cleaned | {"find": cls.derived({**cleaned, **(known or {})})}

    @classmethod
    def derived(cls, values: Mapping[str, Any]) -> Row:
        """What lists search and sort by: folded words, their first letters, and each order's folded text.

        References take part with their titles, which are handed over as `field:title`, and are found by the name in
        the other script too, handed over as `field:other`.
        """
        fields, titles = declared_fields(cls), cls.titled()
        words = {name: str(values.get(f"{name}:title", "")) for name in titles}
        others = " ".join(str(values.get(f"{name}:other", "")) for name in titles if name in cls.LISTING.search)
        words |= {
            name: fields[name].search_text(values[name])
            for name in cls.LISTING.search
            if name not in titles and values.get(name)
        }
        found = text.words(" ".join([*(words.get(name, "") for name in cls.LISTING.search), others]))
        ordered = {name: words[name] if name in titles else str(values.get(name, "")) for name in cls.folded()}
        orders = {name: text.fold(one) for name, one in ordered.items()}
        return {"words": found, "edges": text.edges(found)} | orders

    @classmethod
    def sought(cls, typed: str) -> list[str]:
        """The words a list is to be searched for."""
        fields = declared_fields(cls)
        numbered = any(isinstance(fields.get(name), SeriesField) for name in cls.LISTING.search)
        return (text.number_sought(typed) if numbered else []) or text.sought(typed)

    @classmethod
    def folded(cls) -> list[str]:
        """The fields that are ordered or kept unique by their folded text."""
        fields = declared_fields(cls)
        named = [order.field for order in cls.LISTING.orders] + [name for name, f in fields.items() if f.unique]
        titles = cls.titled()
        return [name for name in dict.fromkeys(named) if name in titles or isinstance(fields.get(name), TextField)]

    @classmethod
    def titled(cls) -> list[str]:
        """The references that a list is searched or ordered by: a copy of their titles is kept in `find`."""
        fields = declared_fields(cls)
        named = [*cls.LISTING.search, *(order.field for order in cls.LISTING.orders)]
        return [name for name in dict.fromkeys(named) if isinstance(fields.get(name), ReferenceField)]

    @classmethod
    def path(cls, name: str) -> str:
        """Where the server finds what a field is ordered by."""
        return f"find.{name}" if name in cls.folded() else name

    @classmethod
    def other_name(cls) -> str:
        """The field of its own that stands after the title, as the name in the other script; empty for none."""
        subtitle = cls.LISTING.subtitle or ""
        return subtitle if subtitle in declared_fields(cls) else ""

    @classmethod
    def title_of(cls, row: Mapping[str, Any]) -> str:
        """How a person names this record."""
        return str(row.get(cls.LISTING.title, ""))

    @classmethod
    def indexes(cls) -> list[IndexModel]:
        """Every index the record's lists, searches and unique fields need."""
        by = ("", SEARCHED, *cls.LISTING.narrowed)
        walked = [IndexModel(cls.walked(cls.path(o.field), one)) for o in cls.LISTING.orders for one in by]
        return walked + [cls._unique(name) for name in cls.uniques()] + list(cls.LISTING.indexes)

    @classmethod
    def walked(cls, path: str, by: str) -> list[tuple[str, int]]:
        """The keys of the index in which a list is walked in an order.

        by: what all its rows have in common, SEARCHED or one of those it is narrowed by; empty for the whole list. By
        what else it may be narrowed stands at the end, so that no row is fetched only to be left out.
        """
        rest = [name for name in cls.LISTING.narrowed if by and name != by]
        moment = cls.LISTING.within if cls.LISTING.within != path else ""
        return [(name, ASCENDING) for name in (by, path, "_id", *rest, moment) if name]

    @classmethod
    def uniques(cls) -> list[str]:
        """The fields whose value no two records share."""
        return [name for name, declared in declared_fields(cls).items() if declared.unique]

    @classmethod
    def _unique(cls, name: str) -> IndexModel:
        path = name if name in cls.titled() else cls.path(name)
        return IndexModel(
            [(path, ASCENDING)], name=f"unique {name}", unique=True, partialFilterExpression={name: {"$exists": True}}
        )

    @classmethod
    def _find_schema(cls) -> dict[str, Any]:
        """A list goes on from its last row by what it is ordered by, so no record is without."""
        one = {"bsonType": "string", "maxLength": _LONGEST_FOUND}
        several = {"bsonType": "array", "maxItems": _MOST_FOUND, "items": one}
        schema = {"bsonType": "object", "additionalProperties": {"anyOf": [one, several, _ORDERED_BY]}}
        orders = dict.fromkeys(cls.folded(), one)
        return schema | ({"properties": orders, "required": list(orders)} if orders else {})

    @classmethod
    def validator(cls, *, in_the_clear: bool = False) -> Row:
        """What the server refuses every other document by: the form of its fields, and rules between them.

        in_the_clear: as long as there are values that are still to be encrypted.
        """
        schema = cls.schema(in_the_clear=in_the_clear)
        rules = [rule for name, field in declared_fields(cls).items() for rule in field.held(name)]
        held = {"$and": [*server_rules.bounds(schema), *rules, *cls._one_currency(), *cls.HELD]}
        return {"$jsonSchema": schema, "$expr": held}

    @classmethod
    def _one_currency(cls) -> list[Rule]:
        fields = declared_fields(cls)
        money = [name for name, field in fields.items() if isinstance(field, MoneyField)]
        lists = {name: field.part for name, field in fields.items() if isinstance(field, PartsField)}
        in_parts = [
            f"{name}.{inner}"
            for name, part in lists.items()
            for inner, field in declared_fields(part).items()
            if isinstance(field, MoneyField)
        ]
        return [server_rules.one_currency(money, in_parts)] if len(money) + len(in_parts) > 1 else []

    @classmethod
    def schema(cls, *, in_the_clear: bool = False) -> dict[str, Any]:
        """The JSON Schema of a document: declared fields and the record's own, nothing else."""
        schema = object_schema(cls, in_the_clear=in_the_clear)
        schema["properties"] |= {
            "_id": {"bsonType": "objectId"},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
            "created_at": {"bsonType": "date"},
            "created_by": {"bsonType": "objectId"},
            "updated_at": {"bsonType": "date"},
            "updated_by": {"bsonType": "objectId"},
            "find": cls._find_schema(),
            **cls.SYSTEM,
        }
        schema["required"] = [*schema.get("required", []), "version", "created_at", "created_by", "find"]
        return schema
