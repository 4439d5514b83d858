"""Keeping departments, as any plain record is kept."""

from uuid import uuid4

import pytest

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed
from hmsdesk.security.permissions import Role
from tests.factories import operation


def kept(row):
    """What is stored of a row: without the titles that reading adds."""
    return {name: value for name, value in row.items() if ":" not in name}


def code() -> str:
    return uuid4().hex[:8].upper()


@pytest.fixture
def heart(clinic):
    return DEPARTMENTS.create(clinic.administrator, {"name": f"Cardiology {code()}", "code": code()}, operation())


def test_what_was_typed_is_kept(clinic, heart):
    read = DEPARTMENTS.get(clinic.administrator, heart["_id"])
    assert kept(read) == heart
    assert read["version"] == 1
    assert read["created_by"] == clinic.administrator.identity.person
    assert read["created_by:title"] == clinic.administrator.identity.name


def test_an_operation_sent_twice_is_done_once(clinic):
    sent = operation()
    values = {"name": f"Radiology {code()}", "code": code()}
    first = DEPARTMENTS.create(clinic.administrator, values, sent)
    second = DEPARTMENTS.create(clinic.administrator, values, sent)
    assert first == kept(second)
    assert DEPARTMENTS.count(clinic.administrator, Query(text=values["name"])).number == 1


def test_a_change_sent_twice_is_done_once(clinic, heart):
    sent = operation()
    for _ in range(2):
        changed = DEPARTMENTS.change(clinic.administrator, heart["_id"], 1, {"floor": "2"}, sent)
        assert (changed["version"], changed["floor"]) == (2, "2")


def test_the_loser_of_two_changes_is_told_what_stands_now(clinic, heart):
    DEPARTMENTS.change(clinic.administrator, heart["_id"], 1, {"floor": "2"}, operation())
    with pytest.raises(Conflict) as refused:
        DEPARTMENTS.change(clinic.administrator, heart["_id"], 1, {"floor": "3"}, operation())
    assert refused.value.current["floor"] == "2"
    assert DEPARTMENTS.get(clinic.administrator, heart["_id"])["floor"] == "2"


def test_emptying_a_field_takes_it_away(clinic, heart):
    DEPARTMENTS.change(clinic.administrator, heart["_id"], 1, {"floor": "2"}, operation())
    changed = DEPARTMENTS.change(clinic.administrator, heart["_id"], 2, {"floor": ""}, operation())
    assert "floor" not in changed


def test_every_version_is_kept(clinic, heart):
    DEPARTMENTS.change(clinic.administrator, heart["_id"], 1, {"floor": "2"}, operation())
    DEPARTMENTS.change(clinic.administrator, heart["_id"], 2, {"floor": "3"}, operation())
    versions = DEPARTMENTS.history(clinic.administrator, heart["_id"])
    assert [(row["version"], row.get("floor")) for row in versions] == [(3, "3"), (2, "2"), (1, None)]
    with clinic.administrator.server.asked() as database:
        stored = database.departments_history.find_one({"record": heart["_id"], "version": 1})
    assert stored["row"] == heart


def test_a_name_is_taken_whatever_its_capitals(clinic, heart):
    with pytest.raises(InvalidInput) as refused:
        DEPARTMENTS.create(clinic.administrator, {"name": heart["name"].upper(), "code": code()}, operation())
    assert "name" in refused.value.fields


def test_wrong_input_is_told_at_its_field_and_nothing_is_kept(clinic):
    before = DEPARTMENTS.count(clinic.administrator, Query()).number
    with pytest.raises(InvalidInput) as refused:
        DEPARTMENTS.create(clinic.administrator, {"name": "", "code": "a b", "phone": "12"}, operation())
    assert set(refused.value.fields) == {"name", "code", "phone"}
    assert DEPARTMENTS.count(clinic.administrator, Query()).number == before


def test_others_read_but_do_not_change(clinic, heart):
    doctor = clinic.session(Role.DOCTOR)
    assert DEPARTMENTS.get(doctor, heart["_id"])["name"] == heart["name"]
    with pytest.raises(NotAllowed):
        DEPARTMENTS.change(doctor, heart["_id"], 1, {"floor": "9"}, operation())


@pytest.fixture(scope="module")
def many(clinic):
    session = clinic.administrator
    names = [f"Ward {n:03}" for n in range(130)] + ["Éclair Ärzte", "قسم الأطفال", "Ward $where"]
    for n, name in enumerate(names):
        DEPARTMENTS.create(session, {"name": name, "code": f"W{n}"}, operation())
    return session


def walk(session, **query):
    """Every row of a list, page by page."""
    rows, start = [], None
    while True:
        page = DEPARTMENTS.page(session, Query(start=start, **query))
        rows += page.rows[::-1] if query.get("backwards") else page.rows
        if not page.more:
            return rows
        start = rows[-1]


class TestListing:
    def test_pages_follow_one_another_without_gap_or_repetition(self, many):
        rows = walk(many, text="ward", limit=20)
        assert [row["name"] for row in rows] == ["Ward $where", *(f"Ward {n:03}" for n in range(130))]
        assert len({row["_id"] for row in rows}) == 131

    def test_backwards_is_the_same_list_from_its_end(self, many):
        forwards = walk(many, text="ward", limit=17)
        backwards = walk(many, text="ward", limit=13, backwards=True)
        assert [row["_id"] for row in backwards] == [row["_id"] for row in forwards][::-1]

    def test_descending_turns_the_list_round(self, many):
        ascending = walk(many, text="ward")
        descending = walk(many, text="ward", descending=True)
        assert [row["_id"] for row in descending] == [row["_id"] for row in ascending][::-1]

    def test_a_typed_letter_jumps(self, many):
        first = DEPARTMENTS.page(many, Query(prefix="ward 1")).rows[0]
        assert first["name"] == "Ward 100"

    @pytest.mark.parametrize("typed", ["eclair", "ECLAIR arz", "ärzte", "arz ecl"])
    def test_accents_capitals_and_order_do_not_matter(self, many, typed):
        assert [row["name"] for row in DEPARTMENTS.page(many, Query(text=typed)).rows] == ["Éclair Ärzte"]

    @pytest.mark.parametrize("typed", ["الاطفال", "قسم", "الأطفا"])
    def test_arabic_is_found_whatever_its_letter_forms(self, many, typed):
        assert "قسم الأطفال" in [row["name"] for row in DEPARTMENTS.page(many, Query(text=typed)).rows]

    def test_operators_in_a_search_are_text(self, many):
        assert [row["name"] for row in DEPARTMENTS.page(many, Query(text="$where")).rows] == ["Ward $where"]
        assert DEPARTMENTS.page(many, Query(text="$*.{")).rows == []

    def test_counts_are_exact_below_the_cap(self, many):
        assert DEPARTMENTS.count(many, Query(text="ward")).number == 131

    def test_filters_narrow(self, many):
        assert walk(many, text="ward", filters={"active": False}) == []
        assert len(walk(many, text="ward", filters={"active": True})) == 131

    def test_searches_use_the_index_of_their_order(self, many):
        query = Query(text="ward 05")
        with many.reading("departments") as departments:
            where = {"$and": DEPARTMENTS._matches(query)}
            plan = departments.find(where, hint=DEPARTMENTS._hint(query, "find.name")).sort("find.name").explain()
        assert plan["executionStats"]["totalDocsExamined"] <= 131
