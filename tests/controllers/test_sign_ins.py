"""The tries to sign in, as an administrator reads them, and where there were much too many."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from bson.datetime_ms import DatetimeMS
from pymongo.errors import OperationFailure

from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.sign_in import WrongPassword
from hmsdesk.controllers.sign_ins import (
    MANY_FAILURES,
    NOT_HERE,
    SIGN_INS,
    TOLD_FOR,
    UNKNOWN_EMAIL,
    WITHIN,
    many_failures,
    narrowed,
    place_of,
)
from hmsdesk.errors import InvalidInput, NotAllowed
from hmsdesk.models.record import DAYS
from hmsdesk.models.sign_ins import FAILED, SUCCEEDED, UNKNOWN
from hmsdesk.security.permissions import Role
from hmsdesk.security.throttle import _pause
from tests.conftest import PASSWORD, Clinic, Hired

NEWEST_FIRST = {"order": "at", "descending": True}
WRONG = "not this one at all"


@pytest.fixture
def nobody_tried(clinic: Clinic) -> None:
    with clinic.past_the_program() as database:
        database.sign_in_attempts.delete_many({})


@pytest.fixture
def leave(clinic: Clinic, nobody_tried: None) -> Callable[..., None]:
    """Leaves word of tries, as a workstation does, with the workstation's own database user."""

    def leave(account: ObjectId | None, *ago: timedelta, succeeded: bool = False, **other: object) -> None:
        now = datetime.now(UTC)
        said = {"account": account, "workstation": clinic.profile.workstation_id, "succeeded": succeeded} | other
        with clinic.door.server.asked() as database:
            database.sign_in_attempts.insert_many([{"at": now - one} | said for one in ago])

    return leave


def everything(session, **asked) -> list[dict]:
    """All rows, page by page."""
    rows, start = [], None
    while True:
        page = SIGN_INS.page(session, Query(**NEWEST_FIRST | asked, limit=3, start=start))
        rows += page.rows
        if not page.more:
            return rows
        start = page.rows[-1]


def fail(clinic: Clinic, email: str) -> None:
    with pytest.raises(WrongPassword):
        clinic.door.sign_in(email, WRONG)


def minutes(*numbers: float) -> list[timedelta]:
    return [timedelta(minutes=number) for number in numbers]


class TestTheList:
    def test_says_who_where_and_whether_they_got_in(self, clinic: Clinic, nobody_tried: None) -> None:
        somebody = clinic.hire(Role.NURSE)
        fail(clinic, somebody.email)
        fail(clinic, "nobody@nileclinic.example")
        clinic.door.sign_in(somebody.email, PASSWORD).close()
        said = [
            (row["account:title"], row["workstation:title"], row["outcome"]) for row in everything(clinic.administrator)
        ]
        here = clinic.profile.workstation
        assert said == [
            (somebody.name, here, SUCCEEDED),
            (UNKNOWN_EMAIL, here, UNKNOWN),
            (somebody.name, here, FAILED),
        ]

    def test_is_paged_on_the_server_and_holds_every_try_once_the_newest_first(self, clinic: Clinic, leave) -> None:
        person = clinic.hire(Role.NURSE).person
        leave(person, *minutes(*range(8)))
        # Of the same moment.
        leave(None, *minutes(*[3] * 5))
        rows = everything(clinic.administrator)
        assert len(rows) == len({row["_id"] for row in rows}) == 13
        assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
        assert SIGN_INS.count(clinic.administrator, Query()).number == 13
        before = SIGN_INS.page(clinic.administrator, Query(**NEWEST_FIRST, start=rows[9], backwards=True, limit=4))
        assert [row["_id"] for row in before.rows] == [row["_id"] for row in rows[5:9]]

    def test_is_narrowed_down_by_outcome_person_workstation_and_day(self, clinic: Clinic, leave) -> None:
        session, person, elsewhere = clinic.administrator, clinic.hire(Role.NURSE).person, ObjectId()
        leave(person, *minutes(1, 2))
        leave(person, *minutes(3), succeeded=True)
        leave(None, *minutes(4))
        leave(ObjectId(), timedelta(days=40), workstation=str(elsewhere))

        def found(**filters: object) -> int:
            number = SIGN_INS.count(session, Query(filters=filters)).number
            assert len(everything(session, filters=filters)) == number
            return number

        assert found(outcome=SUCCEEDED) == 1
        assert found(outcome=FAILED) == 4
        assert found(outcome=UNKNOWN) == 1
        assert found(account=person) == 3
        assert found(account=person, outcome=FAILED) == 2
        assert found(account=person, outcome=UNKNOWN) == 0
        assert found(workstation=elsewhere) == 1
        assert found(workstation=elsewhere, account=person) == 0
        long_ago = session.locale.today() - timedelta(days=40)
        assert found(**{DAYS: (str(long_ago - timedelta(days=1)), str(long_ago + timedelta(days=1)))}) == 1
        with pytest.raises(InvalidInput):
            SIGN_INS.page(session, Query(filters={DAYS: ("2026-02-30", "2026-03-01")}))

    @pytest.mark.parametrize(
        "narrowed_by", [{}, {"outcome": FAILED}, {"account": ObjectId()}, {"workstation": ObjectId()}]
    )
    def test_is_read_by_an_index_in_its_order(self, clinic: Clinic, narrowed_by: dict) -> None:
        query = Query(**NEWEST_FIRST, filters=narrowed_by)
        where = {"$and": SIGN_INS._matches(query)} if narrowed_by else {}
        with clinic.past_the_program() as database:
            found = database.sign_in_attempts.find(where, hint=SIGN_INS._hint(query, "at")).sort(
                [("at", -1), ("_id", -1)]
            )
            plan = str(found.explain()["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in plan
        assert "'SORT'" not in plan

    def test_shows_whatever_a_workstation_may_have_written(self, clinic: Clinic, leave) -> None:
        leave(ObjectId(), *minutes(1), workstation="<b>anything</b>")
        far = {"at": DatetimeMS(2**60), "account": None, "workstation": "here", "succeeded": False}
        with pytest.raises(OperationFailure):
            leave(None, *minutes(2), at=far["at"])
        # An older practice's server did not refuse it.
        with clinic.past_the_program() as database:
            database.sign_in_attempts.insert_one(far, bypass_document_validation=True)
        rows = everything(clinic.administrator)
        assert {row["account:title"] for row in rows} == {NOT_HERE, UNKNOWN_EMAIL}
        assert "<b>anything</b>" in {row["workstation:title"] for row in rows}
        assert many_failures(clinic.administrator) == []

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.RECEPTIONIST, Role.NURSE])
    def test_is_an_administrators_only(self, clinic: Clinic, role: Role) -> None:
        for ask in (SIGN_INS.page, SIGN_INS.count):
            with pytest.raises(NotAllowed):
                ask(clinic.session(role), Query())
        with pytest.raises(NotAllowed):
            many_failures(clinic.session(role))


class TestManyFailures:
    @pytest.fixture
    def somebody(self, clinic: Clinic) -> Hired:
        return clinic.hire(Role.NURSE)

    def test_are_told_with_whose_account_how_many_and_when(self, clinic: Clinic, leave, somebody: Hired) -> None:
        leave(somebody.person, *minutes(*range(MANY_FAILURES + 2)))
        (one,) = many_failures(clinic.administrator)
        assert (one.name, one.number, one.account) == (somebody.name, MANY_FAILURES + 2, somebody.person)
        assert timedelta() <= datetime.now(UTC) - one.last < timedelta(minutes=1)

    def test_of_fewer_nothing_is_told(self, clinic: Clinic, leave, somebody: Hired) -> None:
        leave(somebody.person, *minutes(*range(MANY_FAILURES - 1)))
        leave(somebody.person, *minutes(*range(MANY_FAILURES)), succeeded=True)
        assert many_failures(clinic.administrator) == []

    def test_of_as_many_spread_over_more_time_nothing_is_told(self, clinic: Clinic, leave, somebody: Hired) -> None:
        apart = WITHIN / (MANY_FAILURES - 2)
        leave(somebody.person, *(apart * number for number in range(MANY_FAILURES)))
        assert many_failures(clinic.administrator) == []

    def test_are_told_the_morning_after_but_not_for_ever(self, clinic: Clinic, leave, somebody: Hired) -> None:
        night, long_ago = timedelta(hours=9), TOLD_FOR + timedelta(hours=1)
        leave(somebody.person, *(night + one for one in minutes(*range(MANY_FAILURES))))
        leave(clinic.person(Role.DOCTOR), *(long_ago + one for one in minutes(*range(MANY_FAILURES))))
        assert [one.account for one in many_failures(clinic.administrator)] == [somebody.person]

    def test_with_unknown_e_mails_are_told_by_their_workstation(self, clinic: Clinic, leave) -> None:
        leave(None, *minutes(*range(MANY_FAILURES)))
        leave(None, *minutes(*range(MANY_FAILURES - 1)), workstation=str(ObjectId()))
        (one,) = many_failures(clinic.administrator)
        assert (one.name, one.account) == (clinic.profile.workstation, None)
        assert str(one.workstation) == clinic.profile.workstation_id

    def test_lead_to_a_list_that_holds_them_alone(self, clinic: Clinic, leave, somebody: Hired) -> None:
        leave(somebody.person, *minutes(*range(MANY_FAILURES)))
        leave(None, *minutes(*range(MANY_FAILURES + 1)))
        leave(somebody.person, *minutes(5), succeeded=True)
        session = clinic.administrator
        lists = []
        for one in many_failures(session):
            found = narrowed(session, place_of(one))
            assert all(words for _, _, words in found)
            filters = {name: value for name, value, _ in found}
            assert set(filters) == {"outcome", "account" if one.account else "workstation"}
            lists.append(SIGN_INS.count(session, Query(filters=filters)).number)
        assert sorted(lists) == [MANY_FAILURES, MANY_FAILURES + 1]

    def test_of_somebody_who_keeps_trying_at_one_computer_come_to_be_told(
        self, clinic: Clinic, somebody: Hired
    ) -> None:
        """The pauses of the throttle leave room for as many within the hour."""

        waited = sum(_pause(count) for count in range(MANY_FAILURES))
        assert timedelta(minutes=4) < timedelta(seconds=waited) < WITHIN / 2
