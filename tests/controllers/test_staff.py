"""Staff, services, weeks and clinic days: references that fit, titles that follow, words that name the thing."""

import pytest
from bson import ObjectId

from hmsdesk.controllers.clinic_days import CLINIC_DAYS
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.registry import look_up
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.staff import STAFF, doctors
from hmsdesk.controllers.stock.lots import LOTS
from hmsdesk.errors import InvalidInput, NotAllowed
from hmsdesk.security.permissions import Role
from tests.factories import operation, typed


@pytest.fixture(scope="module")
def boss(clinic):
    return clinic.administrator


def hire(session, name, profession="doctor", **values):
    facts = {"department": None, "name_ar": None, "email": None} | values
    return STAFF.create(session, typed("staff", name=name, profession=profession, **facts), operation())


def give_week(session, doctor):
    return SCHEDULES.create(session, typed("schedules", practitioner=doctor["_id"]), operation())


def refusal(keeper, session, values):
    with pytest.raises(InvalidInput) as refused:
        keeper.create(session, values, operation())
    return refused.value.fields


class TestReferences:
    def test_only_doctors_in_use_are_offered_a_week(self, boss):
        hire(boss, "Dr Offered")
        hire(boss, "Nurse Notoffered", "nurse")
        retired = hire(boss, "Dr Retired")
        STAFF.change(boss, retired["_id"], 1, {"active": False}, operation())
        names = {title for _, title, _ in look_up(boss, "doctors", "")}
        assert "Dr Offered" in names
        assert not {"Nurse Notoffered", "Dr Retired"} & names
        assert look_up(boss, "doctors", "notoffered") == []

    def test_nobody_else_can_be_given_one(self, boss):
        nurse = hire(boss, "Nurse Busy", "nurse")
        retired = hire(boss, "Dr Gone")
        STAFF.change(boss, retired["_id"], 1, {"active": False}, operation())
        for chosen in (nurse["_id"], retired["_id"], ObjectId()):
            assert set(refusal(SCHEDULES, boss, typed("schedules", practitioner=chosen))) == {"practitioner"}

    def test_a_reference_to_nothing_is_refused_everywhere(self, boss):
        gone = ObjectId()
        assert set(refusal(STAFF, boss, typed("staff", department=gone))) == {"department"}
        assert set(refusal(SERVICES, boss, typed("services", department=gone))) == {"department"}
        assert set(refusal(CLINIC_DAYS, boss, typed("clinic_days", practitioner=gone))) == {"practitioner"}

    def test_what_was_chosen_before_may_stay_when_it_is_retired(self, boss):
        doctor = hire(boss, "Dr Stays")
        week = give_week(boss, doctor)
        STAFF.change(boss, doctor["_id"], 1, {"active": False}, operation())
        changed = SCHEDULES.change(boss, week["_id"], 1, {"slot_minutes": 30}, operation())
        assert changed["slot_minutes"] == 30


class TestTitles:
    def test_weeks_are_listed_and_searched_by_the_doctor(self, boss):
        for name in ("Dr Zaki Ordered", "Dr Adel Ordered"):
            give_week(boss, hire(boss, name))
        rows = SCHEDULES.page(boss, Query(text="ordered")).rows
        assert [row["practitioner:title"] for row in rows] == ["Dr Adel Ordered", "Dr Zaki Ordered"]
        assert SCHEDULES.count(boss, Query(text="zaki")).number == 1

    def test_a_new_name_is_followed(self, boss):
        doctor = hire(boss, "Dr Maiden Name")
        week = give_week(boss, doctor)
        STAFF.change(boss, doctor["_id"], 1, {"name": "Dr Married Name"}, operation())
        assert [row["_id"] for row in SCHEDULES.page(boss, Query(text="married")).rows] == [week["_id"]]
        assert SCHEDULES.page(boss, Query(text="maiden")).rows == []

    def test_two_doctors_of_one_name_each_have_a_week(self, boss):
        for _ in range(2):
            give_week(boss, hire(boss, "Dr Same Name"))
        assert SCHEDULES.count(boss, Query(text="same name")).number == 2

    def test_lots_follow_their_medicine(self, clinic):
        pharmacist = clinic.session(Role.PHARMACIST)
        medicine = MEDICINES.create(pharmacist, typed("medicines", name="Oldname 5 mg"), operation())
        lot = LOTS.create(pharmacist, typed("stock_lots", medicine=medicine["_id"]), operation())
        MEDICINES.change(pharmacist, medicine["_id"], 1, {"name": "Newname 5 mg"}, operation())
        found = LOTS.page(pharmacist, Query(text="newn", order="medicine")).rows
        assert [row["_id"] for row in found] == [lot["_id"]]


class TestUniqueness:
    def test_the_thing_is_named(self, boss):
        department = DEPARTMENTS.create(boss, typed("departments"), operation())
        same = typed("departments", name=department["name"])
        assert refusal(DEPARTMENTS, boss, same) == {"name": "Another department has this name."}
        same = typed("services", code="TWICE")
        SERVICES.create(boss, same, operation())
        assert refusal(SERVICES, boss, typed("services", code="twice")) == {"code": "Another service has this code."}

    def test_a_licence_belongs_to_one(self, boss):
        hire(boss, "Dr First", licence="L-1")
        told = refusal(STAFF, boss, typed("staff", licence="l-1", department=None))
        assert told == {"licence": "Another member of staff has this licence number."}

    def test_a_doctor_has_one_week(self, boss):
        doctor = hire(boss, "Dr Once")
        give_week(boss, doctor)
        told = refusal(SCHEDULES, boss, typed("schedules", practitioner=doctor["_id"]))
        assert told == {"practitioner": "Another schedule has this doctor."}

    def test_a_change_is_told_alike(self, boss):
        hire(boss, "Dr Second", licence="L-2")
        other = hire(boss, "Dr Third", licence="L-3")
        with pytest.raises(InvalidInput, match="Another member of staff"):
            STAFF.change(boss, other["_id"], 1, {"licence": "L-2"}, operation())


def test_doctors_are_those_who_work_here(boss):
    doctor = hire(boss, "Dr Works")
    assert doctor["_id"] in {row["_id"] for row in doctors(boss)}
    STAFF.change(boss, doctor["_id"], 1, {"active": False}, operation())
    assert doctor["_id"] not in {row["_id"] for row in doctors(boss)}


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.RECEPTIONIST, Role.PHARMACIST])
def test_only_the_administrator_changes_the_clinic(clinic, boss, role):
    session = clinic.session(role)
    department = DEPARTMENTS.create(boss, typed("departments"), operation())
    for keeper in (STAFF, SERVICES, SCHEDULES, CLINIC_DAYS):
        with pytest.raises(NotAllowed):
            keeper.create(session, typed(keeper.resource), operation())
    with pytest.raises(NotAllowed):
        DEPARTMENTS.change(session, department["_id"], 1, {"floor": "9"}, operation())
