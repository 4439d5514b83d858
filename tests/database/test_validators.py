"""What the server refuses from whoever gets a role's credential and writes past the program.

Each rule of each field is broken once, by a bare client of every role that may write such a record. Rules between
fields are in two tables: those that the server holds, and those that only the program does.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId
from pymongo.errors import DuplicateKeyError, WriteError

from hmsdesk.database.provision import validators
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.fields import MoneyField, PartsField, SeriesField, TextField, WordsField
from hmsdesk.models.record import Record
from hmsdesk.models.registry import RECORDS, record_of
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import LARGEST_BYTES
from hmsdesk.security.permissions import CREATE, HISTORIES, TABLE, UPDATE, Role
from tests.factories import MOMENT, document
from tests.field_values import breaches, looks_encrypted, right

REFUSED = 121
LETTERS = string.ascii_lowercase
# An id that is an operator or a list: refused before any validator is asked.
NO_ID = (52, 53)
# Whose records nobody writes but an owner.
OWNERS = "an owner"
RULES = {record.collection(): record for record in RECORDS}


def writers(collection: str, action: str) -> list[Any]:
    """Who may write a record at all."""
    return [role for role, actions in TABLE[collection].items() if action in actions]


MAKERS = [(name, role) for name in RULES for role in writers(name, CREATE) or [OWNERS]]
CHANGERS = [(name, role) for name in RULES for role in writers(name, UPDATE)]


@pytest.fixture(scope="module")
def bare(clinic):
    """Role -> the practice's database for a plain client with that role's credential, and for an owner."""
    with ExitStack() as clients, clinic.past_the_program() as everything:
        opened = {
            role: clients.enter_context(clinic.bare(credential)) for role, credential in clinic.credentials().items()
        }
        yield {role: client[clinic.database] for role, client in opened.items()} | {OWNERS: everything}


@pytest.fixture
def kept(bare):
    """Keeps documents for one test."""
    made: list[tuple[str, Any]] = []

    def keep(name: str, row: Row) -> Row:
        made.append((name, row["_id"]))
        bare[OWNERS][name].insert_one(row)
        return row

    yield keep
    for name, record in made:
        bare[OWNERS][name].delete_one({"_id": record})


def full(record: type[Record]) -> Row:
    """What is kept of a record, with what is right in every field that it leaves out, as far as they go together."""
    row = document(record)
    apart = APART.get(record.collection(), ())
    return row | {name: right(field) for name, field in declared_fields(record).items() if name not in {*row, *apart}}


# What a record doesn't have beside what its factory gives it.
APART = {
    "clinic_days": ("until", "starts", "ends"),
    "waiting_list": ("department",),
    "patient_health": ("no_known_allergies",),
    "observations": ("error_reason",),
}


def broken(record: type[Record]) -> Iterator[tuple[str, Row]]:
    """Each rule of a record's form, and a document that breaks it."""
    row = full(record)
    for name, field in declared_fields(record).items():
        for rule, wrong in breaches(field):
            yield f"{name}: {rule}", row | {name: wrong}
    for name in record.schema()["required"]:
        yield f"without {name}", {other: value for other, value in row.items() if other != name}
    yield "what is not declared", row | {"salary": 1}
    yield "an id of another kind", row | {"_id": "1"}
    yield "the version before the first", row | {"version": 0}
    yield "a version that is no number", row | {"version": "1"}
    yield "made at no moment", row | {"created_at": "2026-11-17"}
    yield "made by nobody", row | {"created_by": None}
    yield "nothing to find it by", row | {"find": None}
    yield from not_to_be_found(row)
    yield from beyond_years(record.schema(), row)
    money = [name for name, field in declared_fields(record).items() if isinstance(field, MoneyField)]
    for name in money[1:]:
        yield f"{name}: in another currency", row | {name: {"value": Decimal128("1.00"), "currency": "USD"}}


def not_to_be_found(row: Row) -> Iterator[tuple[str, Row]]:
    """What no declaration derives from anything."""
    for what, wrong in {
        "a word without an end": ["x" * 80_001],
        "words without an end": ["x"] * 50_001,
        "an order without an end": "x" * 80_001,
        "more than there is room for": ["x" * 70_000] * 20,
        "an operator": {"$gt": ""},
        "lists in a list": [["x"]],
        "what is no text": [1],
        "no whole number": 1.5,
        "nothing": None,
    }.items():
        yield f"found by {what}", row | {"find": row["find"] | {"words": wrong}}


def beyond_years(schema: Row, row: Row) -> Iterator[tuple[str, Row]]:
    """Each moment of a document, long before and long after anybody. Those in lists are broken by themselves."""
    for name, said in schema["properties"].items():
        if "date" in said.get("bsonType", ()):
            for year in (1, 1899, 2201, 9999):
                yield f"{name}: in the year {year}", row | {name: datetime(year, 6, 1, tzinfo=UTC)}


def is_refused(write: Any, *arguments: Any) -> bool:
    """Whether a validator refuses it."""
    try:
        write(*arguments)
    except DuplicateKeyError:
        # Its form is right: the server looks at that first.
        return False
    except WriteError as error:
        if error.code not in (REFUSED, *NO_ID):
            raise
        return True
    return False


WORDY = {
    "letters that are folded into many": "㌖ﷺ" * 2_000,
    "two letters a word": " ".join(f"{a}{b}" for a in LETTERS for b in LETTERS),
    "many words in Arabic": " ".join(f"م{a}{b}" for a in "ابتجدرسع" for b in "فقكلمنهي") * 40,
    "one long word": "W" * 4_000,
}


def wordy(field: Any, text: str) -> Any:
    """As long a value of a field as is taken, of this text; None where it has none of its own."""
    if isinstance(field, PartsField):
        parts = declared_fields(field.part)
        whole = {name: value for name, one in parts.items() if (value := wordy(one, text)) is not None}
        return [whole] * field.max_parts
    if isinstance(field, WordsField):
        return [text[: field.text.max_length]] * field.max_words
    if type(field) is TextField or type(field) is SeriesField:
        return text[: field.max_length]
    return None


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("what", WORDY)
def test_whatever_is_derived_of_the_longest_that_is_typed_is_taken(kept, name, what):
    record, text = RULES[name], WORDY[what]
    row = full(record)
    values = {field: value for field, one in declared_fields(record).items() if (value := wordy(one, text)) is not None}
    titles = {f"{field}:{title}": text[:254] for field in record.titled() for title in ("title", "other")}
    kept(name, row | {"find": row["find"] | record.derived(row | values | titles)})


@pytest.mark.parametrize("name", RULES)
def test_who_may_make_a_record_can_make_none_of_another_form(bare, kept, name):
    record, (role, *_) = RULES[name], writers(name, CREATE) or [OWNERS]
    collection = bare[role][name]
    kept(name, full(record))
    assert [rule for rule, row in broken(record) if not is_refused(collection.insert_one, row)] == []


@pytest.mark.parametrize(("name", "role"), MAKERS)
def test_the_form_is_the_same_for_everybody(bare, name, role):
    row, collection = full(RULES[name]), bare[role][name]
    wrong = {field: row | {field: {"$gt": ""}} for field in declared_fields(RULES[name])}
    assert [field for field, broken in wrong.items() if not is_refused(collection.insert_one, broken)] == []


@pytest.mark.parametrize(("name", "role"), CHANGERS)
def test_who_may_change_a_record_can_bring_it_into_no_other_form(bare, kept, name, role):
    record, collection = RULES[name], bare[role][name]
    row = kept(name, full(record))
    # One rule of each field is enough: a change is held against the same ones.
    last = {field: [*breaches(declared)][-1] for field, declared in declared_fields(record).items()}
    changes = [(f"{field}: {rule}", {"$set": {field: wrong}}) for field, (rule, wrong) in last.items()]
    changes += [(f"without {field}", {"$unset": {field: ""}}) for field in record.schema()["required"]]
    changes += [("what is not declared", {"$set": {"salary": 1}})]
    taken = [rule for rule, change in changes if not is_refused(collection.update_one, {"_id": row["_id"]}, change)]
    assert taken == []


# Between fields


def egp(amount: str) -> Row:
    """So many pounds, as they are kept."""
    return {"value": Decimal128(amount), "currency": "EGP"}


# Beside the form of each field; None takes a field away.
SERVER_HOLDS: dict[str, list[tuple[str, Row]]] = {
    "schedules": [
        ("hours that end before they begin", {"hours": [{"weekday": "sun", "starts": "15:00", "ends": "09:00"}]})
    ],
    "clinic_days": [
        ("a last day before the first", {"until": "2026-10-05"}),
        ("a closed day with hours", {"starts": "09:00", "ends": "12:00"}),
        ("an opened day without hours", {"kind": "open"}),
        ("an opened day that ends before it begins", {"kind": "open", "starts": "12:00", "ends": "09:00"}),
    ],
    "patients": [
        ("whose phone, without a number", {"phone_of": "mother", "phone": None}),
        ("a policy of no insurer", {"insurer": None, "insurance_percent": 0}),
        ("a share that nobody pays", {"insurer": None, "policy": None}),
    ],
    "patient_health": [("allergies together with none known", {"no_known_allergies": True})],
    "waiting_list": [
        ("a last day before the first", {"latest": "2026-11-16"}),
        ("a doctor and a department", {"department": ObjectId()}),
    ],
    "encounter_notes": [
        (
            "two main diagnoses",
            {"diagnoses": [{"text": one, "rank": "main", "certainty": "confirmed"} for one in ("Gout", "Flu")]},
        ),
        ("a visit found in a year without people", {"find": {"started_at": datetime(9999, 1, 1, tzinfo=UTC)}}),
    ],
    "observations": [
        ("nothing measured", dict.fromkeys(("systolic", "diastolic", "heart_rate", "temperature"))),
        ("a diastolic pressure alone", {"systolic": None}),
        ("a diastolic pressure above the systolic", {"diastolic": 140}),
    ],
    "deliveries": [("the same lot twice", {"lots": "twice"})],
    "dispensations": [
        ("nothing handed out", {"lines": None}),
        ("a refusal without a reason", {"kind": "refused", "reason": None}),
    ],
    "invoices": [
        ("a share of no insurance", {"insurer": None}),
        ("a sum that its parts don't come to", {"due": egp("1")}),
        ("more paid than is due", {"paid": egp("140.01")}),
        ("more given back than is due", {"credited": egp("140.01")}),
        ("more paid by the insurance than its share", {"insurance_paid": egp("210.01")}),
    ],
    "payments": [
        ("a payment of nothing", {"amount": egp("0")}),
        ("a card without its slip", {"reference": None}),
        ("money given back without a reason", {"kind": "refund", "reason": None}),
    ],
    "closings": [
        ("a correction without a reason", {"kind": "corrected", "reason": None, "missing": None}),
        ("a difference without a reason", {"reason": None}),
    ],
    "preferences": [("too long before long", {"waiting_too_long": 20})],
}
# Past the program these are taken. Whoever teaches the server one moves it into the table above; docs/security.md says
# that it is so.
PROGRAM_ONLY: dict[str, list[tuple[str, Row]]] = {
    "schedules": [
        ("a reference to nothing", {"practitioner": ObjectId()}),
        ("hours that overlap", {"hours": ["09:00-12:00", "11:00-13:00"]}),
        ("hours that begin between two cells", {"hours": ["09:01-12:00"]}),
    ],
    "clinic_days": [("a leave of more than a year", {"until": "2030-01-01"})],
    "patients": [
        ("what is encrypted under no key", {"policy": looks_encrypted(2)}),
        ("an address that no mail reaches", {"email": "nobody@nowhere"}),
        ("a telephone number that nobody has", {"phone": "+999999999"}),
        ("letters of two scripts that look alike", {"name": "Мohamed"}),
    ],
    "observations": [("a body that can't be", {"weight": Decimal128("0.3"), "height": 260})],
    "note_templates": [("a placeholder for nothing", {"text": "{salary}"})],
    "deliveries": [("a lot that has expired", {"lots": "expired"})],
    "prescriptions": [("a dose that is a slip", {"lines": "a hundred tablets"})],
    "encounters": [("a visit that ends before it begins", {"ended_at": MOMENT.replace(year=2025)})],
}
EXPLAINED: dict[Any, Any] = {
    "twice": lambda row: [row["lots"][0]] * 2,
    "expired": lambda row: [row["lots"][0] | {"expires": "2001-01-31"}],
    "a hundred tablets": lambda row: [row["lines"][0] | {"dose": 100}],
}


def changed(name: str, changes: Row) -> Row:
    """A record's document with what a table says of it."""
    row = document(record_of(name))
    for field, value in changes.items():
        if isinstance(value, str) and value in EXPLAINED:
            row[field] = EXPLAINED[value](row)
        elif field == "hours":
            row[field] = [_hours(one) for one in value]
        else:
            row[field] = value
    return {field: value for field, value in row.items() if value is not None}


def _hours(said: Any) -> Row:
    if isinstance(said, str):
        starts, _, ends = said.partition("-")
        said = {"weekday": "sun", "starts": starts, "ends": ends}
    return said | {"purpose": "patients"}


HELD = [(name, rule, changes) for name, rules in SERVER_HOLDS.items() for rule, changes in rules]
NOT_HELD = [(name, rule, changes) for name, rules in PROGRAM_ONLY.items() for rule, changes in rules]


@pytest.mark.parametrize(("name", "rule", "changes"), HELD, ids=lambda value: value if isinstance(value, str) else "")
def test_the_server_holds_what_must_be_true_between_fields(bare, name, rule, changes):
    row = changed(name, changes)
    if rule == "nothing measured":
        row = {field: value for field, value in row.items() if field not in _MEASURED}
    for role in writers(name, CREATE):
        with pytest.raises(WriteError) as refused:
            bare[role][name].insert_one(row)
        assert refused.value.code == REFUSED
        details = refused.value.details["errInfo"]["details"]
        # Nothing else is wrong with it.
        assert "$jsonSchema" not in str(details), details
        assert "$expr" in str(details)


_MEASURED = (
    "systolic", "diastolic", "heart_rate", "temperature", "respiratory_rate",
    "oxygen", "weight", "height", "glucose", "pain",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rule", "changes"), NOT_HELD, ids=lambda value: value if isinstance(value, str) else ""
)
def test_which_rules_only_the_program_holds(kept, name, rule, changes):
    kept(name, changed(name, changes))


def test_every_rule_that_a_record_declares_for_the_server_is_in_the_table():
    declared = {record.collection(): len(record.HELD) for record in RECORDS if record.HELD}
    assert {name: len(rules) for name, rules in SERVER_HOLDS.items()}.keys() == declared.keys()
    assert [name for name, number in declared.items() if len(SERVER_HOLDS[name]) < number] == []


# What the program keeps beside records

ID = ObjectId()
OTHERS: dict[str, Row] = {
    "seals": {"_id": "x", "version": 1, "person": ID, "sealed": b"1", "signature": b"1", "created_at": MOMENT},
    "successions": {"_id": "x", "box": b"1", "sign": b"1", "signature": b"1"},
    "slot_claims": {"_id": "x", "appointment": ID},
    "prescription_turns": {"_id": "x"},
    "prescription_prints": {"_id": "x", "prescription": ID, "at": MOMENT},
    "uninvoiced": {"_id": ID, "patient": ID, "at": MOMENT},
    "backups": {"_id": ID, "at": MOMENT, "kind": "daily", "workstation": ID, "name": "x", "records": 1, "size": 1},
    "notice_marks": {"_id": ID, "until": MOMENT, "read": [ID]},
    "counters": {"_id": "x", "last": 1, "held": 1},
    "key_vault": {
        "_id": b"1",
        "keyAltNames": ["patients.9"],
        "keyMaterial": b"1",
        "creationDate": MOMENT,
        "updateDate": MOMENT,
        "status": 0,
        "masterKey": {},
    },
    "clinical_files.files": {"_id": ID, "length": 1, "chunkSize": 1, "uploadDate": MOMENT, "metadata": {}},
    "clinical_files.chunks": {"_id": ID, "files_id": ID, "n": 0, "data": b"1"},
    **{name: {"_id": ID, "record": ID, "version": 1, "row": {}} for name in HISTORIES.values()},
}
# These are there as soon as somebody has signed in.
WRITTEN = ("audit", "changes", "sign_in_attempts")
_OF_ANOTHER_TYPE: tuple[Any, ...] = (True, 1.5, float("nan"), Decimal128("Infinity"), {"$gt": ""}, [[]], None)


def broken_form(schema: Row, row: Row) -> Iterator[tuple[str, Row]]:
    """Each rule of a schema, and a document that breaks it."""
    for name, said in schema["properties"].items():
        for wrong in _OF_ANOTHER_TYPE:
            free = said.get("bsonType") in ("object", "bool", "array") or "bsonType" not in said
            if not free and not (wrong is None and "null" in str(said)):
                yield f"{name}: {wrong}", row | {name: wrong}
        if "maxLength" in said:
            yield f"{name}: too long", row | {name: "x" * (said["maxLength"] + 1)}
        if "minimum" in said:
            yield f"{name}: too little", row | {name: said["minimum"] - 1}
        if "enum" in said:
            yield f"{name}: none of the choices", row | {name: "anything"}
    # What has no id is given one.
    for name in {*schema.get("required", ())} - {"_id"}:
        yield f"without {name}", {other: value for other, value in row.items() if other != name}
    yield "what is not declared", row | {"salary": 1}
    yield from beyond_years(schema, row)
    for name, said in schema["properties"].items():
        if said.get("bsonType") in ("binData", "object"):
            huge = bytes(LARGEST_BYTES)
            yield f"{name}: huge", row | {name: {"x": huge} if said["bsonType"] == "object" else huge}


@pytest.mark.parametrize("name", HISTORIES)
def test_an_earlier_version_was_at_no_other_time_than_people_are(bare, name):
    role, collection = writers(name, UPDATE)[0], HISTORIES[name]
    for moment in ("created_at", "updated_at"):
        earlier = OTHERS[collection] | {"row": {moment: datetime(9999, 1, 1, tzinfo=UTC)}}
        assert is_refused(bare[role][collection].insert_one, earlier)


@pytest.mark.parametrize("name", [*OTHERS, *WRITTEN])
def test_what_is_no_record_has_its_form_too(clinic, bare, name):
    clinic.session(Role.DOCTOR)
    row = OTHERS[name] if name in OTHERS else bare[OWNERS][name].find_one() | {"_id": ID}
    schema = validators()[name]["$jsonSchema"]
    made_by = [*(role for role in TABLE.get(name, {}) if CREATE in TABLE[name][role]), OWNERS]
    for role in made_by:
        taken = [rule for rule, wrong in broken_form(schema, row) if not is_refused(bare[role][name].insert_one, wrong)]
        assert taken == []


def endless(schema: Row, path: str) -> Iterator[str]:
    """Every list and text in a form that may be of any length."""
    kinds = schema.get("bsonType", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "array" in kinds and "maxItems" not in schema:
        yield path
    if "string" in kinds and not {"maxLength", "enum", "pattern"} & set(schema):
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from endless(inner, f"{path}.{name}")
    more = schema.get("additionalProperties")
    for inner in more.get("anyOf", [more]) if isinstance(more, dict) else []:
        yield from endless(inner, f"{path}.*")
    if "items" in schema:
        yield from endless(schema["items"], f"{path}[]")


def test_nothing_that_is_kept_may_be_without_an_end():
    assert [one for name, rules in validators().items() for one in endless(rules["$jsonSchema"], name)] == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("appointments", {"claims": ["x"] * 201}),
        ("appointments", {"stamps": [{"status": "approved", "at": datetime(1, 1, 1, tzinfo=UTC), "by": ObjectId()}]}),
        ("invoices", {"stamps": [{"state": "open", "at": datetime(9999, 1, 1, tzinfo=UTC), "by": ObjectId()}]}),
        ("appointments", {"claims": ["x" * 121]}),
        ("appointments", {"stamps": [{"status": "approved", "at": MOMENT, "by": ObjectId()}] * 1001}),
        ("invoices", {"stamps": [{"state": "open", "at": MOMENT, "by": ObjectId(), "note": "x"}]}),
        ("invoices", {"stamps": [{"state": "forgiven", "at": MOMENT, "by": ObjectId()}]}),
        ("invoices", {"stamps": [{"$gt": ""}]}),
    ],
)
def test_what_the_program_keeps_of_a_record_has_its_form_too(bare, name, wrong):
    role = writers(name, CREATE)[0]
    assert is_refused(bare[role][name].insert_one, full(record_of(name)) | wrong)


def test_no_collection_was_left_out(bare):
    there = {name for name in bare[OWNERS].list_collection_names() if not name.startswith("system.")}
    assert there - {*RULES} - {*OTHERS} - {*WRITTEN} == set()
    assert there == {*validators()}
