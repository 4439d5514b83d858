"""Visits found by what was diagnosed in them, on the real server: by those who may read that, and by the index."""

import pytest

from hmsdesk.controllers import visit_list
from hmsdesk.controllers.encounter_notes import NOTES
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.listing import Query
from hmsdesk.errors import NotAllowed
from hmsdesk.models.encounters import DIAGNOSIS
from hmsdesk.security.permissions import Role
from tests.consulting import Consulting
from tests.factories import operation

WRITTEN = (
    [{"text": "Type 2 diabetes mellitus", "code": "E11.9", "rank": "main", "certainty": "confirmed"}],
    [{"text": "Asthma", "code": "J45.909", "rank": "main", "certainty": "provisional"}],
    [{"text": "Worn out by work", "rank": "main", "certainty": "confirmed"}],
)


@pytest.fixture(scope="module")
def room(clinic):
    return Consulting(clinic)


@pytest.fixture(scope="module")
def visits(room):
    """Nine closed visits, each third with the same diagnosis, the oldest first; of two patients turn by turn."""
    patients = [room.patient("Adel Kamal Sedky"), room.patient("Zahra Nagy Wahba")]
    found = []
    for number in range(9):
        visit = room.begun(patients[number % 2])
        values = {"reason": "Comes again", "diagnoses": WRITTEN[number % 3]}
        found.append(ENCOUNTERS.close(room.doctor, visit["_id"], 1, values, operation())["_id"])
    return found


def listed(session, typed, **more):
    page = ENCOUNTERS.page(session, Query(filters={DIAGNOSIS: typed}, descending=True, **more))
    return [row["_id"] for row in page.rows]


@pytest.mark.parametrize(
    ("typed", "which"),
    [
        ("diabetes", 0),
        ("mell type", 0),
        ("E11.9", 0),
        ("e11", 0),
        ("E119", 0),
        ("j45.9", 1),
        ("asthma", 1),
        ("worn out", 2),
    ],
)
def test_visits_are_found_by_words_and_codes_of_their_diagnoses_the_newest_first(room, visits, typed, which):
    assert listed(room.doctor, typed) == visits[which::3][::-1]
    assert ENCOUNTERS.count(room.doctor, Query(filters={DIAGNOSIS: typed})).number == 3


@pytest.mark.parametrize("typed", ["E10.9", "diabetes asthma", "comes again", "$regex", "…", "E11.91"])
def test_what_was_not_diagnosed_finds_nothing(room, visits, typed):
    assert listed(room.doctor, typed) == []
    assert ENCOUNTERS.count(room.doctor, Query(filters={DIAGNOSIS: typed})).number == 0


def test_several_diagnoses_with_commas_find_any_of_them(room, visits):
    assert listed(room.nurse, "asthma, e11") == [one for one in visits[::-1] if visits.index(one) % 3 != 2]


@pytest.mark.parametrize("backwards", [False, True])
def test_they_are_turned_over_page_by_page(room, visits, backwards):
    found, start = [], None
    while True:
        query = Query(filters={DIAGNOSIS: "diab, asthma"}, start=start, limit=2, backwards=backwards)
        page = ENCOUNTERS.page(room.doctor, query)
        found += page.rows[::-1] if backwards else page.rows
        if not page.more:
            break
        start = found[-1]
    expected = [one for number, one in enumerate(visits) if number % 3 != 2]
    assert [row["_id"] for row in found] == (expected[::-1] if backwards else expected)
    assert found[0]["patient:title"] in ("Adel Kamal Sedky", "Zahra Nagy Wahba")


def test_the_patients_name_and_the_other_filters_narrow_them_down_further(room, visits):
    assert listed(room.doctor, "diab", text="zahra") == [visits[3]]
    assert ENCOUNTERS.count(room.doctor, Query(text="zahra", filters={DIAGNOSIS: "diab"})).number == 1
    for filters in ({"status": "in-progress"}, {"practitioner": visits[0]}):
        query = Query(filters={DIAGNOSIS: "diab", **filters})
        assert (ENCOUNTERS.page(room.doctor, query).rows, ENCOUNTERS.count(room.doctor, query).number) == ([], 0)


def test_a_diagnosis_that_was_corrected_finds_the_visit_from_then_on(room):
    visit = room.begun()
    for version, text in enumerate(("Gout", "Pseudogout"), start=1):
        diagnoses = [{"text": text, "rank": "main", "certainty": "confirmed"}]
        NOTES.change(room.doctor, visit["_id"], version, {"diagnoses": diagnoses}, operation())
    assert (listed(room.doctor, "gout"), listed(room.doctor, "pseudo")) == ([], [visit["_id"]])


def test_a_diagnosis_that_was_ruled_out_finds_no_visit(room):
    visit = room.begun()
    asked = [("Sarcoidosis", "refuted"), ("Tuberculosis", "provisional")]
    diagnoses = [{"text": text, "rank": "other", "certainty": certainty} for text, certainty in asked]
    NOTES.change(room.doctor, visit["_id"], 1, {"diagnoses": diagnoses}, operation())
    assert (listed(room.doctor, "sarcoid"), listed(room.doctor, "tubercul")) == ([], [visit["_id"]])


def test_a_visit_begun_after_all_is_listed_by_when_it_was_begun_then(room):
    visit = room.begun()
    ENCOUNTERS.discard(room.doctor, visit["_id"], operation())
    other = room.begun()
    ENCOUNTERS.begin(room.doctor, visit["_id"], operation())
    for one in (visit, other):
        note = NOTES.get(room.doctor, one["_id"])
        diagnoses = [{"text": "Vertigo", "rank": "main", "certainty": "confirmed"}]
        NOTES.change(room.doctor, one["_id"], note["version"], {"diagnoses": diagnoses}, operation())
    assert listed(room.doctor, "vertigo") == [visit["_id"], other["_id"]]


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMINISTRATOR, Role.PHARMACIST])
def test_whoever_may_not_read_notes_finds_nobody_by_a_diagnosis(clinic, visits, role):
    for asked in (ENCOUNTERS.page, ENCOUNTERS.count):
        with pytest.raises(NotAllowed):
            asked(clinic.session(role), Query(filters={DIAGNOSIS: "diab"}))


@pytest.mark.parametrize("typed", ["diab", "diab, asthma", "e119"])
def test_the_server_reads_an_index_and_sorts_nothing_itself(clinic, visits, typed):
    where = {"$and": visit_list._diagnosed(Query(filters={DIAGNOSIS: typed}))}
    steps = [{"$match": where}, {"$sort": {"find.started_at": -1, "_id": -1}}, {"$limit": 51}]
    asked = {"aggregate": NOTES.resource, "pipeline": steps, "cursor": {}, "hint": visit_list._INDEX}
    with clinic.past_the_program() as database:
        plan = str(database.command("explain", asked)["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in plan
    assert "'SORT'" not in plan
