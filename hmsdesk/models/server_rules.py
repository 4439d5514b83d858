"""The rules between fields that the server holds, too: MongoDB expressions that must be true of every document.

They are only about values of the right type: of any other the schema says so. No expression may fail on these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hmsdesk.models.dates import EARLIEST, LATEST

Rule = dict[str, Any]

# More than anything that the program keeps in one document: files lie in chunks of a quarter of it.
LARGEST_BYTES = 1024 * 1024
_FIRST, _AFTER_LAST = datetime(EARLIEST, 1, 1, tzinfo=UTC), datetime(LATEST + 1, 1, 1, tzinfo=UTC)
# Whoever is furthest ahead has the next day already, and no clock is always right.
_AHEAD = timedelta(days=2)


def present(name: str) -> Rule:
    """A field has a value."""
    return {"$gt": [f"${name}", None]}


def absent(name: str) -> Rule:
    """A field has none."""
    return {"$lte": [f"${name}", None]}


def either(*rules: Rule) -> Rule:
    """At least one of them holds."""
    return {"$or": list(rules)}


def needs(name: str, other: str) -> Rule:
    """Where one field has a value, another has one."""
    return either(absent(name), present(other))


def is_(name: str, *values: object) -> Rule:
    """A field has one of these values."""
    return {"$in": [f"${name}", list(values)]}


def where(condition: Rule, *rules: Rule) -> Rule:
    """What holds where something else does."""
    return either({"$not": condition}, {"$and": list(rules)})


def ordered(first: str, last: str, *, apart: bool = False) -> Rule:
    """Two fields, if both have a value, are in this order. apart: they differ."""
    return either(absent(first), absent(last), {"$lt" if apart else "$lte": [f"${first}", f"${last}"]})


def more_than(name: str, number: int) -> Rule:
    """A number, or an amount of money, is above another."""
    return {"$gt": [f"${name}", number]}


def each(name: str, rule: Rule) -> Rule:
    """Of every part of a list; `$$this` is the part."""
    parts = {"$map": {"input": f"${name}", "in": rule}}
    return {"$cond": [{"$isArray": f"${name}"}, {"$allElementsTrue": [parts]}, True]}


def at_most(name: str, number: int, having: Rule) -> Rule:
    """So many parts of a list are like this; `$$this` is the part."""
    found = {"$filter": {"input": f"${name}", "cond": having}}
    return {"$cond": [{"$isArray": f"${name}"}, {"$lte": [{"$size": found}, number]}, True]}


def differing(name: str, *by: str) -> Rule:
    """No two parts of a list have the same in all of these."""
    told = {"$map": {"input": f"${name}", "in": [f"$$this.{one}" for one in by]}}
    alike = {"$eq": [{"$size": {"$setUnion": [told]}}, {"$size": f"${name}"}]}
    return {"$cond": [{"$isArray": f"${name}"}, alike, True]}


def comes_to(parts: Sequence[str], whole: str, *, at_most: bool = False) -> Rule:
    """Amounts together are another. at_most: or less."""
    amounts = [f"${name}.value" for name in parts]
    compared = {"$lte" if at_most else "$eq": [{"$add": amounts}, f"${whole}.value"]}
    return {"$cond": [{"$and": [{"$isNumber": amount} for amount in amounts]}, compared, True]}


def one_currency(money: Sequence[str], in_parts: Sequence[str]) -> Rule:
    """All amounts of a document are in one. in_parts: where each is in a part of a list."""
    lists = [{"$cond": [{"$isArray": f"${path}.currency"}, f"${path}.currency", []]} for path in in_parts]
    said = {"$setUnion": [[f"${name}.currency" for name in money], *lists]}
    return {"$lte": [{"$size": {"$setDifference": [said, [None]]}}, 1]}


def bounds(schema: Mapping[str, Any], also: Sequence[str] = ()) -> list[Rule]:
    """What holds of every document: it isn't huge, and each moment in it is in a year that people write.

    also: where there are moments that the schema says nothing about.
    """
    small = {"$lte": [{"$bsonSize": "$$ROOT"}, LARGEST_BYTES]}
    return [small, *(in_a_year_people_write(path) for path in (*moments(schema), *also))]


def moments(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Where a schema has moments, also in the parts of lists."""
    kinds = schema.get("bsonType", ())
    if "date" in ([kinds] if isinstance(kinds, str) else kinds):
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from moments(inner, f"{path}.{name}" if path else name)
    if "items" in schema:
        yield from moments(schema["items"], path)


def in_a_year_people_write(path: str) -> Rule:
    """A moment, or all at a path."""
    earliest = {"$ifNull": [{"$min": f"${path}"}, _FIRST]}
    return {"$and": [{"$gte": [earliest, _FIRST]}, {"$lt": [{"$max": f"${path}"}, _AFTER_LAST]}]}


def not_after_today(path: str) -> Rule:
    """A day, or all at a path, isn't in the future by the server's clock."""
    latest = {"$add": ["$$NOW", int(_AHEAD.total_seconds() * 1000)]}
    return {"$lte": [{"$max": f"${path}"}, {"$dateToString": {"date": latest, "format": "%Y-%m-%d"}}]}
