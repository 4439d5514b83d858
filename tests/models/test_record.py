"""What is read off a record's declaration."""

from typing import Any, ClassVar

import pytest
from bson import ObjectId

from hmsdesk.errors import InvalidInput
from hmsdesk.models.clinic_days import ClinicDay
from hmsdesk.models.departments import Department
from hmsdesk.models.fields import ReferenceField, TextField
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.schedules import Schedule
from hmsdesk.models.staff import StaffMember
from hmsdesk.models.versions import versions
from tests.factories import EGYPT, typed


class Visit(Record):
    """A record that is listed by what it refers to."""

    meta: ClassVar[dict[str, Any]] = {"collection": "visits"}

    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True, unique=True)
    reason = TextField(verbose_name="Reason")

    LISTING: ClassVar[Listing] = Listing(
        noun="visit",
        plural="visits",
        title="reason",
        search=("patient", "reason"),
        orders=(Order("patient", "Patient"), Order("reason", "Reason")),
    )


def keys(record):
    return {tuple(model.document["key"]) for model in record.indexes()}


def test_what_was_typed_is_built_into_what_is_kept():
    row = Department.build({"name": "  Cardiology ", "code": "card"}, EGYPT)
    assert (row["name"], row["code"]) == ("Cardiology", "CARD")
    assert row["find"]["name"] == "cardiology"
    assert "floor" not in row


def test_every_mistake_is_told_at_once_at_its_field():
    with pytest.raises(InvalidInput) as refused:
        Department.build({"name": "", "code": "a b", "phone": "12", "colour": "red"}, EGYPT)
    assert set(refused.value.fields) == {"name", "code", "phone", "colour"}
    assert refused.value.fields["name"] == "Name is needed."


def test_what_the_program_issues_is_not_taken_from_outside():
    with pytest.raises(InvalidInput) as refused:
        StaffMember.build(typed("staff", version=5, created_by=ObjectId()), EGYPT)
    assert set(refused.value.fields) == {"version", "created_by"}


def test_each_order_and_search_has_its_index():
    assert {("find.name", "_id"), ("find.edges", "find.name", "_id"), ("find.code", "_id")} <= keys(Department)
    assert {("day", "_id"), ("find.edges", "day", "_id")} <= keys(ClinicDay)


def test_a_reference_is_searched_and_ordered_by_its_title():
    found = Visit.derived({"patient": ObjectId(), "patient:title": "Mona Adel", "reason": "Cough"})
    assert found["words"] == ["mona", "adel", "cough"]
    assert found["patient"] == "mona adel"
    assert Visit.path("patient") == "find.patient"
    assert ("find.edges", "find.patient", "_id") in keys(Visit)


def test_a_reference_is_unique_by_what_it_refers_to_and_not_by_its_title():
    assert ("patient",) in keys(Visit)
    assert ("practitioner",) in keys(Schedule)


def test_the_schema_has_no_room_for_anything_else():
    schema = Department.schema()
    assert schema["additionalProperties"] is False
    assert {"name", "code", "version", "created_at", "created_by", "find"} <= set(schema["required"])


def row(version, **values):
    return {"version": version, **values}


class TestVersions:
    def test_each_change_says_what_it_changed(self):
        rows = [row(3, name="A", floor="3"), row(2, name="A", floor="2"), row(1, name="A")]
        found = versions(Department, rows, more=False)
        assert [(one.row["version"], one.changed) for one in found] == [
            (3, ("floor",)),
            (2, ("floor",)),
            (1, ("name",)),
        ]
        assert found[-1].before is None

    def test_a_change_of_nothing_that_is_declared_is_left_out(self):
        rows = [row(2, name="A", find={"name": "a"}), row(1, name="A", find={})]
        assert [one.row["version"] for one in versions(Department, rows, more=False)] == [1]

    def test_the_last_of_a_page_is_only_compared(self):
        rows = [row(9, name="C"), row(8, name="B"), row(7, name="A")]
        assert [one.row["version"] for one in versions(Department, rows, more=True)] == [9, 8]

    def test_who_and_when(self):
        made = row(1, name="A", **{"created_at": 1, "created_by:title": "Mona"})
        changed = made | row(2, name="B", **{"updated_at": 2, "updated_by:title": "Hany"})
        found = versions(Department, [changed, made], more=False)
        assert [(one.at, one.by) for one in found] == [(2, "Hany"), (1, "Mona")]
