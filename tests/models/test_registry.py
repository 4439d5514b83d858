"""The contract that every record keeps: declared once, and what is read off it holds on the real server."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Decimal128, ObjectId
from pymongo.errors import WriteError

from hmsdesk.controllers.keeping import Keeping
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.fields import (
    ChoiceField,
    DateField,
    MoneyField,
    PartsField,
    PhoneField,
    ReferenceField,
    TextField,
    WholeNumberField,
    WordsField,
    YesNoField,
)
from hmsdesk.models.measures import GlucoseField, MeasureField
from hmsdesk.models.patients import identifier
from hmsdesk.models.registry import CHOICES, RECORDS, record_of
from hmsdesk.models.times import MomentField, TimeField
from hmsdesk.models.workstations import PrefixField
from hmsdesk.security.permissions import HISTORIES, TABLE
from tests.factories import TYPED, document

NAMES = [record.collection() for record in RECORDS]
FIELDS = [(record, name) for record in RECORDS for name in declared_fields(record)]
ORDERS = [(record.collection(), order.field) for record in RECORDS for order in record.LISTING.orders]
SEARCHED = [(name, order) for name, order in ORDERS if record_of(name).LISTING.search]


def fields_of(kind: type) -> list[tuple[Any, str]]:
    return [(record, name) for record, name in FIELDS if isinstance(declared_fields(record)[name], kind)]


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


# What the server holds


@pytest.mark.parametrize("record", RECORDS, ids=named)
def test_the_server_keeps_what_the_program_makes(empty, record):
    empty(record.collection(), document(record))


@pytest.mark.parametrize("record", RECORDS, ids=named)
def test_the_server_has_the_declared_validator_and_indexes(database, record):
    kept = next(iter(database.list_collections(filter={"name": record.collection()})))["options"]
    assert kept["validator"] == {"$jsonSchema": record.schema()}
    assert kept.get("validationAction", "error") == "error"
    indexes = {tuple(index["key"]) for index in database[record.collection()].index_information().values()}
    declared = {tuple(tuple(key) for key in model.document["key"].items()) for model in record.indexes()}
    assert declared <= {tuple((name, int(way)) for name, way in keys) for keys in indexes}


WRONG: dict[type, list[tuple[str, Any]]] = {
    TextField: [("another type", 5), ("an operator", {"$gt": ""}), ("a list", ["x"])],
    PrefixField: [("one letter", "B"), ("a digit", "B1"), ("small letters", "bk")],
    ChoiceField: [("none of the choices", "anything"), ("another type", 5)],
    WholeNumberField: [("a fraction", 1.5), ("text", "20"), ("too many", 10**9), ("too few", -(10**9))],
    YesNoField: [("text", "yes"), ("a number", 1)],
    DateField: [("words", "12 Mar 1968"), ("a month too many", "1968-13-01"), ("a day too many", "1968-01-32")],
    TimeField: [("an hour too many", "24:00"), ("a minute too many", "09:60"), ("seconds", "09:00:00")],
    MomentField: [("text", "2026-11-17")],
    MoneyField: [
        ("a float", {"value": 350.0, "currency": "EGP"}),
        ("below zero", {"value": Decimal128("-1"), "currency": "EGP"}),
        ("no currency", {"value": Decimal128("1")}),
        ("no such currency", {"value": Decimal128("1"), "currency": "pounds"}),
    ],
    MeasureField: [
        ("a float", 36.8),
        ("too much", Decimal128("10000")),
        ("too little", Decimal128("0.1")),
        ("too many digits behind the point", Decimal128("36.8512")),
    ],
    GlucoseField: [
        ("a float", {"value": 104.0, "unit": "mg/dL"}),
        ("no unit", {"value": Decimal128("104")}),
        ("another unit", {"value": Decimal128("1.04"), "unit": "g/L"}),
    ],
    ReferenceField: [("text", "000000000000000000000000")],
    PhoneField: [("as it is typed", "0100 555 0112"), ("letters", "+20100555x")],
    PartsField: [("no list", {"a": 1}), ("parts of another kind", [{"$where": "1"}]), ("too many", [{}] * 101)],
    WordsField: [("no list", "receptionist"), ("no words", [5])],
}
BROKEN = [
    (record, name, rule, wrong)
    for record, name in FIELDS
    for kind, values in WRONG.items()
    if isinstance(declared_fields(record)[name], kind)
    for rule, wrong in values
]


@pytest.mark.parametrize(("record", "name", "rule", "wrong"), BROKEN, ids=named)
def test_the_server_refuses_a_value_that_passes_the_program_by(database, record, name, rule, wrong):
    with pytest.raises(WriteError, match="failed validation"):
        database[record.collection()].insert_one(document(record) | {name: wrong})


LIMITED = [
    (record, name)
    for record, name in FIELDS
    if isinstance(declared_fields(record)[name], TextField)
    and not isinstance(declared_fields(record)[name], PhoneField)
]


@pytest.mark.parametrize(("record", "name"), LIMITED, ids=named)
def test_the_server_refuses_what_is_too_long(database, record, name):
    longest = declared_fields(record)[name].max_length
    with pytest.raises(WriteError, match="failed validation"):
        database[record.collection()].insert_one(document(record) | {name: "x" * (longest + 1)})


REQUIRED = [(record, name) for record, name in FIELDS if declared_fields(record)[name].required]


@pytest.mark.parametrize(("record", "name"), REQUIRED, ids=named)
def test_the_server_refuses_a_record_without_what_is_required(database, record, name):
    row = document(record)
    del row[name]
    with pytest.raises(WriteError, match="failed validation"):
        database[record.collection()].insert_one(row)


@pytest.mark.parametrize("name", ["version", "created_at", "created_by", "find"])
@pytest.mark.parametrize("record", RECORDS, ids=named)
def test_the_server_refuses_a_record_without_its_stamps(database, record, name):
    row = document(record)
    del row[name]
    with pytest.raises(WriteError, match="failed validation"):
        database[record.collection()].insert_one(row)


@pytest.mark.parametrize("record", RECORDS, ids=named)
def test_the_server_refuses_fields_that_are_not_declared(database, record):
    with pytest.raises(WriteError, match="failed validation"):
        database[record.collection()].insert_one(document(record) | {"salary": 1})


@pytest.mark.parametrize("record", RECORDS, ids=named)
def test_the_server_refuses_such_changes_too(database, empty, record):
    row = document(record)
    empty(record.collection(), row)
    with pytest.raises(WriteError, match="failed validation"):
        database[record.collection()].update_one({"_id": row["_id"]}, {"$set": {"salary": 1}})


# These are the program's alone; docs/security.md says that it is so.
PROGRAM_ONLY = {
    "a day that the month doesn't have": ("clinic_days", {"day": "2026-02-30"}),
    "a date of birth in the future": ("patients", {"birth_date": "2199-01-01"}),
    "a reference to nothing": ("schedules", {"practitioner": ObjectId()}),
    "hours that end before they begin": (
        "schedules",
        {"hours": [{"weekday": "sun", "starts": "15:00", "ends": "09:00", "purpose": "patients"}]},
    ),
    "allergies together with none known": ("patient_health", {"no_known_allergies": True}),
    "a diastolic pressure above the systolic": ("observations", {"diastolic": 140}),
    "an address that is no e-mail address": ("patients", {"email": "nowhere"}),
    "a telephone number that nobody has": ("patients", {"phone": "+999999999"}),
    "characters that hide": ("patients", {"alerts": "\u202edeficrem"}),
}


@pytest.mark.parametrize("rule", PROGRAM_ONLY)
def test_which_rules_only_the_program_holds(empty, rule):
    """Whoever teaches the server one of these moves it out of the list."""
    name, wrong = PROGRAM_ONLY[rule]
    empty(name, document(record_of(name)) | wrong)


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
