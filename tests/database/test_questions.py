"""Several questions asked in one round trip."""

import pytest

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.database.questions import Question
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import NotAllowed
from hmsdesk.security.permissions import Role
from tests.factories import code, operation, typed


@pytest.fixture
def three(clinic):
    mark = code()
    names = [f"{mark} {letter}" for letter in "bca"]
    return [DEPARTMENTS.create(clinic.administrator, typed("departments", name=name), operation()) for name in names]


def asked(three):
    among = {"_id": {"$in": [row["_id"] for row in three]}}
    return {
        "first two": Question("departments", among, ("name",), (("name", 1),), 2),
        "whole": Question("departments", {"_id": three[0]["_id"]}),
        "nothing": Question("staff", {"_id": three[0]["_id"]}),
    }


def test_each_is_answered_as_a_question_of_its_own(clinic, three):
    found = clinic.administrator.answers(asked(three))
    assert found["first two"] == [{"_id": row["_id"], "name": row["name"]} for row in (three[2], three[0])]
    assert found["whole"] == [three[0]]
    assert found["nothing"] == []


def test_one_may_hang_on_the_answer_to_another(clinic, three):
    alike = Question("departments", {"active": True}, ("name",), (("name", 1),), joined=("first two.name", "name"))
    never = Question("departments", {}, joined=("nothing.floor", "floor"))
    found = clinic.administrator.answers(asked(three) | {"alike": alike, "never": never})
    assert found["alike"] == found["first two"]
    assert found["never"] == []


def test_within_a_transaction_they_see_what_it_has_written(clinic, three):
    def work(work):
        work.change("departments", three[0], {"active": False})
        return work.answers(asked(three))

    found = write(clinic.administrator, operation(), work)
    assert found["whole"][0]["active"] is False


def test_what_a_role_may_not_read_is_not_asked(clinic, three):
    reception = clinic.session(Role.RECEPTIONIST)
    with pytest.raises(NotAllowed):
        reception.answers(asked(three) | {"health": Question("patient_health", {})})
    assert reception.answers({}) == {}
