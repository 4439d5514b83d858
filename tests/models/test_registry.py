"""The contract that every record keeps: declared once, and what is read off it holds on the real server."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from bson import decode, encode

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.models.declaration import Encryption, declared_fields, encrypted_fields
from hmsdesk.models.fields import PartsField, ReferenceField, TextField, WordsField
from hmsdesk.models.patients import identifier
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.registry import CHOICES, DERIVATION, RECORDS, encrypted, record_of
from hmsdesk.security import permissions
from hmsdesk.security.permissions import CREATE, HISTORIES, READ, TABLE, UPDATE, Role
from tests.factories import EGYPT, TYPED, document, typed

NAMES = [record.collection() for record in RECORDS]
FIELDS = [(record, name) for record in RECORDS for name in declared_fields(record)]
ORDERS = [(record.collection(), order.field) for record in RECORDS for order in record.LISTING.orders]
SEARCHED = [(name, order) for name, order in ORDERS if record_of(name).LISTING.search]


def fields_of(kind: type) -> list[tuple[Any, str]]:
    return [(record, name) for record, name in FIELDS if isinstance(declared_fields(record)[name], kind)]


REFERENCES = fields_of(ReferenceField)


def named(value: Any) -> str:
    return value.collection() if isinstance(value, type) else str(value)


@pytest.fixture(scope="module")
def database(clinic):
    with clinic.past_the_program() as opened:
        yield opened


@pytest.fixture
def empty(database):
    """Nothing is left of what a test keeps: some records are unique."""
    kept: list[tuple[str, Any]] = []

    def keep(name, row):
        database[name].insert_one(row)
        kept.append((name, row["_id"]))

    yield keep
    for name, record in kept:
        database[name].delete_one({"_id": record})


# What is declared


@pytest.mark.parametrize("name", NAMES)
def test_a_record_has_a_keeper_grants_and_a_factory(name):
    assert isinstance(KEEPERS[name], Keeping)
    assert KEEPERS[name].record is record_of(name)
    assert name in TABLE
    assert name in TYPED


def test_no_collection_is_kept_twice():
    assert len(set(NAMES)) == len(NAMES)
    assert set(KEEPERS) == set(NAMES)
    assert set(HISTORIES) <= set(NAMES)


@pytest.mark.parametrize(("record", "name"), FIELDS, ids=named)
def test_a_field_is_labelled_in_words(record, name):
    label = declared_fields(record)[name].verbose_name
    assert label
    assert label == label.strip()
    assert label[0].isupper()
    assert "_" not in label


@pytest.mark.parametrize(("record", "name"), fields_of(PartsField), ids=named)
def test_parts_are_labelled_too(record, name):
    parts = declared_fields(declared_fields(record)[name].part)
    assert parts
    assert all(part.verbose_name for part in parts.values())


@pytest.mark.parametrize("record", RECORDS, ids=named)
def test_a_listing_names_fields_that_there_are(record):
    listing, fields = record.LISTING, declared_fields(record)
    assert listing.noun
    assert listing.plural
    assert set(listing.search) <= set(fields)
    assert {order.field for order in listing.orders} <= set(fields) | {"created_at"}
    assert set(listing.cells) <= {name for name, field in fields.items() if field.width is not None}
    assert [aspect.resource for aspect in listing.aspects if aspect.resource not in TABLE] == []


@pytest.mark.parametrize(("record", "name"), fields_of(ReferenceField), ids=named)
def test_a_reference_leads_to_a_record(record, name):
    field = declared_fields(record)[name]
    assert field.refers_to in NAMES
    assert field.among == field.refers_to or CHOICES[field.among][0] == field.refers_to


# What is encrypted

ENCRYPTED = [(record, name) for record in RECORDS for name in encrypted_fields(record)]


@pytest.mark.parametrize(("record", "name"), ENCRYPTED, ids=named)
def test_what_is_encrypted_is_not_listed_ordered_searched_or_kept_unique_by(record, name):
    listing, field = record.LISTING, declared_fields(record)[name]
    assert not field.filter
    assert not field.unique
    assert name not in listing.search
    assert name not in [order.field for order in listing.orders]
    assert name not in (listing.sums.fields if listing.sums else ())
    assert isinstance(field, TextField | WordsField)
    if listing.title == name:
        assert not [
            other for other, named in REFERENCES if declared_fields(other)[named].refers_to == record.collection()
        ]


@pytest.mark.parametrize(("record", "name"), ENCRYPTED, ids=named)
def test_what_is_encrypted_leaves_no_copy_in_what_is_searched(record, name):
    typed_values = typed(record.collection()) | {
        name: ["Qwxzjk7"] if isinstance(declared_fields(record)[name], WordsField) else "Qwxzjk7"
    }
    built = record.build(typed_values, EGYPT)
    assert "qwxzjk7" in str(built[name]).lower()
    assert "qwx" not in str(built["find"]).lower()


@pytest.mark.parametrize(("record", "name"), ENCRYPTED, ids=named)
def test_only_equality_is_a_reason_to_encrypt_alike_what_is_alike(record, name):
    alike = encrypted_fields(record)[name] is Encryption.DETERMINISTIC
    assert alike == ((record.collection(), name) == ("patients", "national_id"))


@pytest.mark.parametrize(("record", "name"), FIELDS, ids=named)
def test_parts_are_encrypted_as_a_whole_or_not_at_all(record, name):
    field = declared_fields(record)[name]
    parts = declared_fields(field.part).values() if isinstance(field, PartsField) else ()
    assert not [part for part in parts if part.encrypted]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", encrypted())
def test_who_writes_what_is_encrypted_may_read_it_and_so_has_the_key(name, role):
    """But for the beginning of a clinical record, in which nothing stands yet."""
    writes = permissions.may(role, name, CREATE) or permissions.may(role, name, UPDATE)
    assert not writes or permissions.may(role, name, READ) or (name, role) == ("patient_health", Role.RECEPTIONIST)


# What the server holds


@pytest.mark.parametrize("record", RECORDS, ids=named)
def test_the_server_keeps_what_the_program_makes(empty, record):
    empty(record.collection(), document(record))


@pytest.mark.parametrize("record", RECORDS, ids=named)
def test_the_server_has_the_declared_validator_and_indexes(database, record):
    kept = next(iter(database.list_collections(filter={"name": record.collection()})))["options"]
    assert kept["validator"] == decode(encode(record.validator()))
    assert kept.get("validationAction", "error") == "error"
    indexes = {tuple(index["key"]) for index in database[record.collection()].index_information().values()}
    declared = {tuple(tuple(key) for key in model.document["key"].items()) for model in record.indexes()}
    assert declared <= {tuple((name, int(way)) for name, way in keys) for keys in indexes}


# How the server finds


def plan_of(database, name: str, query: Query) -> list[str]:
    """The stages of the plan for one page."""
    keeper = KEEPERS[name]
    path, direction = keeper._order(query)
    where = {"$and": [*keeper._matches(query), *keeper._onwards(query, path, direction)]}
    cursor = database[name].find(where if where["$and"] else {}, hint=keeper._hint(query, path))
    return stages(
        cursor.sort([(path, direction), ("_id", direction)]).limit(51).explain()["queryPlanner"]["winningPlan"]
    )


def stages(plan: dict[str, Any]) -> list[str]:
    inner = [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", [])
    if "queryPlan" in plan:
        inner.append(plan["queryPlan"])
    return [stage for one in inner for stage in stages(one)] + ([plan["stage"]] if "stage" in plan else [])


def walked_by_an_index(found: list[str]) -> bool:
    return "IXSCAN" in found and not {"COLLSCAN", "SORT"} & set(found)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("name", "order"), ORDERS)
def test_every_order_has_its_index(database, name, order, backwards):
    assert walked_by_an_index(plan_of(database, name, Query(order=order, backwards=backwards)))


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("name", "order"), ORDERS)
def test_every_further_page_has_its_index(database, name, order, backwards):
    start = document(record_of(name))
    if name == "patient_health":
        start["find"] |= {"name": "a"}
    assert walked_by_an_index(plan_of(database, name, Query(order=order, backwards=backwards, start=start)))


@pytest.mark.parametrize("text", ["mo", "mohamed", "mohamed ali", "0100 555 0112"])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("name", "order"), SEARCHED)
def test_every_search_has_its_index_in_every_order(database, name, order, backwards, text):
    query = Query(order=order, backwards=backwards, text=text)
    assert walked_by_an_index(plan_of(database, name, query))


def test_a_whole_patient_id_is_looked_up(database):
    found = plan_of(database, "patients", Query(text=identifier("BK", 2)))
    assert "COLLSCAN" not in found
    assert "IXSCAN" in found


# What a declaration derives from these is what older practices are searched by.
NOW = "a3c2aeadf6f80664cd73800371f173844a32f662d4b656a8d95fb245911d115b"
SAID = "Dr. Mohamed El-Sayed مُحَمَّد السَّيِّد E11.9 0100-123-4567 QX-0042-7"


def derived_from(record: Any) -> Any:
    line = {"name": SAID, "text": SAID, "code": "E11.9", "certainty": "confirmed"}
    values: dict[str, Any] = {"lines": [line], "conditions": [line], "diagnoses": [line], "lines:other": SAID}
    for name, field in declared_fields(record).items():
        if name in values:
            continue
        text = "+201001234567" if isinstance(field, PhoneField) else SAID
        values[name] = [text] if isinstance(field, WordsField) else text
        values |= {f"{name}:title": SAID, f"{name}:other": SAID}
    return record.derived(values)


def test_what_is_derived_otherwise_makes_practices_of_before_be_derived_anew():
    """Whoever changes what is derived raises models.registry.DERIVATION, and writes here what is derived now."""
    found = json.dumps({record.collection(): derived_from(record) for record in RECORDS}, ensure_ascii=False)
    assert (DERIVATION, sha256(found.encode()).hexdigest()) == (2, NOW)
