"""What a new practice may begin with."""

from hmsdesk.controllers import starter
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.staff import STAFF
from hmsdesk.security.permissions import Role
from tests.conftest import OWNER_EMAIL


def names(keeping, session) -> set[str]:
    return {row["name"] for row in keeping.page(session, Query(limit=100)).rows}


def test_what_was_ticked_is_there_and_nothing_else(new_clinic) -> None:
    session = new_clinic().administrator
    start = starter.Start(
        departments=["CARD", "PAED"],
        services={"CONS": "410", "DRESS": "0"},
        days=("mon", "tue"),
        opens="10:00",
        closes="14:00",
        doctors=["Dr Sara El-Masry", "Dr Karim Nabil"],
    )
    starter.begin(session, start)
    assert names(DEPARTMENTS, session) == {"Cardiology", "Paediatrics"}
    assert names(SERVICES, session) == {"Consultation", "Dressing"}
    assert names(STAFF, session) == {"Dr Sara El-Masry", "Dr Karim Nabil"}
    weeks = SCHEDULES.page(session, Query(limit=100)).rows
    assert [[(h["weekday"], h["starts"], h["ends"]) for h in row["hours"]] for row in weeks] == [
        [("mon", "10:00", "14:00"), ("tue", "10:00", "14:00")]
    ] * 2
    price = next(r for r in SERVICES.page(session, Query()).rows if r["code"] == "CONS")["price"]
    assert (str(price["value"]), price["currency"]) == ("410.00", "EGP")


def test_sending_it_again_adds_nothing(new_clinic) -> None:
    session = new_clinic().administrator
    start = starter.Start(departments=["CARD"], services={"CONS": "1"}, days=("mon",), doctors=["Dr Sara El-Masry"])
    starter.begin(session, start)
    starter.begin(session, start)
    assert DEPARTMENTS.count(session, Query()).number == 1
    assert SERVICES.count(session, Query()).number == 1
    assert STAFF.count(session, Query()).number == 1
    assert SCHEDULES.count(session, Query()).number == 1


def test_the_only_doctor_is_the_member_of_staff_their_account_belongs_to(new_clinic) -> None:
    session = new_clinic(solo=True).administrator
    assert session.identity.role is Role.SOLO
    starter.begin(session, starter.Start(days=("sun",), doctors=[session.identity.name]))
    doctor = STAFF.get(session, session.identity.person)
    assert (doctor["profession"], doctor["email"]) == ("doctor", OWNER_EMAIL)
    assert SCHEDULES.count(session, Query()).number == 1


def test_one_alone_who_began_with_nothing_is_entered_as_the_doctor_they_are(new_clinic) -> None:
    session = new_clinic(solo=True).administrator
    for _ in range(2):
        starter.enter_one_alone(session)
    (doctor,) = STAFF.page(session, Query()).rows
    assert (doctor["_id"], doctor["name"], doctor["profession"]) == (
        session.identity.person,
        session.identity.name,
        "doctor",
    )


def test_nothing_ticked_is_nothing_done(new_clinic) -> None:
    session = new_clinic().administrator
    starter.begin(session, starter.Start())
    assert DEPARTMENTS.count(session, Query()).number == 0


def test_the_week_begins_when_the_country_begins_it() -> None:
    assert starter.usual_days("EG")[0] == "sun"
    assert starter.usual_days("DE")[0] == "mon"
