"""Against thousands of patients: which questions the program asks, and what the server reads to answer each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import uuid4

import pytest
from bson import ObjectId
from pymongo.database import Database

from bench.filling.plan import patient_id
from bench.practice import Practice, access, fill
from hmsdesk.controllers import charts, timeline
from hmsdesk.controllers.listing import PAGE_SIZE, Query
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Authenticity
from hmsdesk.controllers.references import called
from hmsdesk.database import audit, provision
from hmsdesk.models.invoices import Invoice
from hmsdesk.models.patients import Patient
from tests.speed import doing, inventory, lists
from tests.speed.asked import ASKED, Cost, Question, Row, cost
from tests.speed.exceptions import EXCEPTIONS, MOST_IN_SMALL, SMALL, bound
from tests.waiting import PATIENCE_S

NUMBER = 3000
# Of each kind of question so many are explained, which look for different things.
_EXPLAINED = 3
# So many letters a name has that begins as many others do, and so many do.
_LONG, _MANY = 8, 50
_HANDED_OUT_TODAY = 20


@dataclass(frozen=True)
class Walked:
    """What was called, and the questions that were asked, each with what it cost and might cost."""

    called: set[object]
    costs: list[tuple[Question, Cost, int]]
    small: dict[str, int]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """A practice of its own, filled past the program."""
    one = Practice(tmp_path_factory.mktemp("practice"), PATIENCE_S)
    try:
        fill(one, NUMBER, processes=1)
        _hand_out_today(one)
        yield one
    finally:
        one.close()


def _hand_out_today(made: Practice) -> None:
    """Move some hand-outs to this moment: early on a day that follows a day off there are hardly any of late."""
    database = access(made).open()
    try:
        newest = database.dispensations.find({}, ["_id"]).sort("created_at", -1).limit(_HANDED_OUT_TODAY)
        moved = {"_id": {"$in": [one["_id"] for one in newest]}}
        database.dispensations.update_many(moved, {"$set": {"created_at": made.pharmacist.now()}})
    finally:
        database.client.close()


@pytest.fixture(scope="module")
def walked(made: Practice) -> Walked:
    """Everything is read once, and each kind of question explained."""
    with ASKED.noting():
        lists.read(made)
        with inventory.calls() as called:
            doing.read(made)
    alike: dict[str, dict[str, Question]] = defaultdict(dict)
    for question in ASKED.questions:
        alike[question.shape].setdefault(repr(question.command), question)
    database = access(made).open()
    try:
        asked = [one for kind in alike.values() for one in list(kind.values())[:_EXPLAINED]]
        costs = [(one, cost(database, one)) for one in asked]
        return Walked(
            {*called},
            [(one, spent, _most(database, one, spent)) for one, spent in costs],
            {name: database[name].estimated_document_count() for name in SMALL},
        )
    finally:
        database.client.close()


def _most(database: Database[Row], asked: Question, spent: Cost) -> int:
    usual = 3 * max(spent.returned, 1)
    return usual if spent.examined <= usual else bound(database, asked, spent.returned)


def test_every_public_function_that_reads_is_driven_here(walked: Walked) -> None:
    missing = {name for name, code in inventory.readers().items() if code not in walked.called}
    assert missing == set(inventory.ELSEWHERE)


def test_no_question_reads_a_collection_from_end_to_end(walked: Walked) -> None:
    scanned = {f"{asked.where}: {asked.shape}" for asked, spent, _ in walked.costs if spent.scanned}
    assert not {one for one in scanned if one.split(":")[0] not in SMALL}


def test_what_is_read_is_at_most_three_times_what_is_answered(walked: Walked) -> None:
    dear = [(asked, spent, most) for asked, spent, most in walked.costs if asked.where not in SMALL]
    assert len(dear) > 500
    assert not [
        f"{spent.examined} read for {spent.returned}, at most {most}: {asked.command}"
        for asked, spent, most in dear
        if spent.examined > most
    ]


def test_a_clinic_has_some_dozens_of_what_is_read_whole(walked: Walked) -> None:
    assert max(walked.small.values()) < MOST_IN_SMALL


def test_each_exception_is_still_needed(walked: Walked) -> None:
    needed = {
        one.reason
        for asked, spent, _ in walked.costs
        for one in EXCEPTIONS
        if spent.examined > 3 * max(spent.returned, 1) and one.fits(asked)
    }
    assert needed == {one.reason for one in EXCEPTIONS}


@pytest.mark.parametrize("beside", ["", " m"])
def test_of_names_that_begin_alike_only_those_that_are_asked_for_are_read(made: Practice, beside: str) -> None:
    """As Abdelghaffar among all who are called Abdel."""
    kept = made.receptionist.server.database.patients.find({}, ["find.words"])
    words = (word for row in kept for word in row["find"]["words"])
    called_so = Counter(word for word in words if word.isalpha() and len(word) >= _LONG)
    alike: Counter[str] = Counter()
    for word, number in called_so.items():
        alike[word[:4]] += number
    beginning, many = alike.most_common(1)[0]
    rare = min((word for word in called_so if word.startswith(beginning)), key=called_so.__getitem__)
    assert many > _MANY
    assert _patients_read(made, rare + beside) <= called_so[rare]


def test_where_two_words_together_leave_many_the_rarer_one_is_looked_up(made: Practice) -> None:
    for name in (*["Zubayrahman Ali"] * (PAGE_SIZE + 1), "Zubayghaffar Ali"):
        PATIENTS.create(made.receptionist, {"name": name, "gender": "male"}, uuid4().hex)
    assert _patients_read(made, "zubayghaffar ali") == 1
    assert _patients_read(made, "ali zubayrahman") <= 2 * PAGE_SIZE


def _patients_read(made: Practice, typed: str) -> int:
    with ASKED.noting():
        PATIENTS.page(made.receptionist, Query(text=typed))
    database = access(made).open()
    try:
        return max(cost(database, one).examined for one in ASKED.questions if one.where == "patients")
    finally:
        database.client.close()


def test_a_chart_of_a_thousand_visits_asks_no_more_than_one_of_a_few(made: Practice) -> None:
    few: Counter[tuple[str, str]] = Counter()
    for patient in _who_came_seldom(made):
        few |= _asked_for_chart(made, patient)
    assert not _asked_for_chart(made, made.frequent) - few
    assert "getMore" not in ASKED.sent


def _asked_for_chart(made: Practice, patient: ObjectId) -> Counter[tuple[str, str]]:
    with ASKED.noting():
        charts.look_again(made.doctor, patient)
        timeline.page(made.doctor, patient)
    return Counter((one.name, one.where) for one in ASKED.questions)


def _who_came_seldom(made: Practice) -> list[ObjectId]:
    """Patients with few records; among so many there are some of each kind."""
    database = made.doctor.server.database
    numbers = (patient_id(number) for number in range(1, 500))
    some = (one for one in numbers if 2 < database.appointments.count_documents({"patient": one}) < 10)
    return list(islice(some, 12))


def test_what_is_loaded_is_as_the_program_keeps_it(made: Practice) -> None:
    """The server's rules hold for it, and what is derived is what the declarations derive."""
    database = access(made).open()
    try:
        rules = provision.validators()
        # What the trail's rule says of the moment was true then.
        for name, rule in ((name, rule) for name, rule in rules.items() if name != audit.COLLECTION):
            assert database[name].count_documents({"$nor": [rule]}) == 0, name
        for patient in database.patients.find().limit(200):
            derived = Patient.derived(patient)
            assert {name: patient["find"][name] for name in derived} == derived
        bills = list(database.invoices.find().limit(200))
        for bill in bills:
            patient = database.patients.find_one({"_id": bill["patient"]}) or {}
            assert bill["find"] == Invoice.derived(bill | called("patient", Patient, patient))
        for written in database.prescriptions.find({"patient": made.frequent}).limit(20):
            patient = database.patients.find_one({"_id": written["patient"]}) or {}
            checked = PRESCRIPTIONS.check_record(made.doctor, written, patient)
            assert checked.authenticity is Authenticity.GENUINE
    finally:
        database.client.close()
