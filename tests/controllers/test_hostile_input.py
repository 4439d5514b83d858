"""Whatever reaches a controller is refused at its field in words and leaves nothing; or it is right, and is text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from bson import Decimal128, ObjectId

from hmsdesk.controllers.appointments import APPOINTMENTS, BookAppointment
from hmsdesk.controllers.cash_desk import add_services
from hmsdesk.controllers.diaries import nearest
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.note_templates import NOTE_TEMPLATES, for_section
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS, GiveBack, TakePayment
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.registry import KEEPERS, look_up
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.starter import add_week, week
from hmsdesk.controllers.trail import TRAIL
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.errors import NotFound, UserError
from hmsdesk.models.declaration import typed_fields
from hmsdesk.models.patients import VISIT_DAYS
from hmsdesk.models.record import DAYS
from hmsdesk.models.schedules import WEEKDAYS
from hmsdesk.security.permissions import Role
from tests.billing import Billing
from tests.consulting import Consulting
from tests.factories import operation, typed
from tests.prescribing import line

TEXTS = [
    "", "   ", "x" * 10_000, "\u202ecimedra\u202c", "a\x00b", "\ud800", "👩\u200d⚕️ ❤️", "<script>alert(1)</script>",
    '{"$gt": ""}', "$where", "find.name", "=1+1", "'; drop table patients; --", "0", "-1", "1e9", "𝟘", "٣", "NaN",
    "0001-01-01", "9999-12-31", "31/12/9999", "1 Jan 0001",
]  # fmt: skip
OF_OTHER_KINDS: list[Any] = [
    {"$gt": ""}, [{"$ne": None}], {}, [[]], [{}], [None], 5, -1, 10**30, 1.5, float("nan"), True, b"\0", object(),
    ObjectId(), Decimal128("NaN"), date.min, date.max, datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    datetime.min.replace(tzinfo=UTC),
]  # fmt: skip
WRITERS = {
    "departments": Role.ADMINISTRATOR,
    "services": Role.ADMINISTRATOR,
    "staff": Role.ADMINISTRATOR,
    "schedules": Role.ADMINISTRATOR,
    "clinic_days": Role.ADMINISTRATOR,
    "patients": Role.RECEPTIONIST,
    "medicines": Role.PHARMACIST,
    "stock_lots": Role.PHARMACIST,
}
MADE = [(collection, name) for collection in WRITERS for name in typed_fields(KEEPERS[collection].record)]


@pytest.fixture(scope="module")
def billing(clinic):
    return Billing(clinic)


@pytest.fixture(scope="module")
def doctor(clinic):
    row = STAFF.create(clinic.administrator, {"name": "Dr Hany Fouad", "profession": "doctor"}, operation())
    add_week(clinic.administrator, row, week([day for day, _ in WEEKDAYS], "00:00", "23:55"))
    return row["_id"]


def right(practice, collection) -> dict[str, Any]:
    """Values of a record that may be made: what it refers to is there."""
    administrator = practice.clinic.administrator
    if collection == "schedules":
        row = STAFF.create(administrator, {"name": "Dr Amal Fawzy", "profession": "doctor"}, operation())
        return typed(collection, practitioner=row["_id"])
    if collection == "stock_lots":
        return typed(collection, medicine=practice.medicine()["_id"])
    return typed(collection, department=None)


@pytest.fixture(scope="module")
def entries(clinic):
    """How many entries the trail has: nothing is stored without one."""
    with clinic.past_the_program() as database:
        # As the server counts as it goes: it has not to look at thousands of them, thousands of times.
        yield database.audit.estimated_document_count


def refused(act, field: str) -> bool:
    """Whether it is refused, which must be said at its field in a sentence."""
    told = {}
    try:
        act()
    except UserError as problem:
        told = problem.fields or {"": str(problem)}
    assert not told or field in told, told
    assert all(words.endswith((".", "?")) for words in told.values()), told
    return bool(told)


@pytest.mark.parametrize(("collection", "name"), MADE)
def test_a_value_is_refused_at_its_field_or_is_kept_as_it_is_shown(practice, entries, collection, name):
    session, keeper = practice.clinic.session(WRITERS[collection]), KEEPERS[collection]
    field = typed_fields(keeper.record)[name]
    row = keeper.create(session, right(practice, collection), operation())
    for wrong in [*TEXTS, *OF_OTHER_KINDS]:
        current, values = keeper.get(session, row["_id"]), right(practice, collection) | {name: wrong}
        before = entries()
        create = partial(keeper.create, session, values, operation())
        change = partial(keeper.change, session, row["_id"], current["version"], {name: wrong}, operation())
        made, changed = not refused(create, name), not refused(change, name)
        assert entries() - before == _entries_of(collection, made) + changed
        kept = keeper.get(session, row["_id"])
        assert isinstance(field.show(kept.get(name), session.locale), str)


def _entries_of(collection: str, made: bool) -> int:
    # A patient is registered with an empty clinical record, a lot with its movement.
    return made * (2 if collection in ("patients", "stock_lots") else 1)


@pytest.mark.parametrize("collection", [name for name in KEEPERS if name != "practice"])
def test_whatever_is_sought_is_text(clinic, collection):
    keeper = KEEPERS[collection]
    session = clinic.session(next(role for role in Role if clinic.session(role).may(collection, "read")))
    for typed_text in TEXTS:
        for query in (Query(text=typed_text), Query(prefix=typed_text), Query(order=typed_text)):
            assert keeper.page(session, query).rows is not None
            assert keeper.count(session, query).number >= 0


_SOMEBODY = ObjectId("7" * 24)
NO_ROWS: list[Any] = [
    {"_id": None, "find": None}, {"_id": _SOMEBODY}, {"find": {"name": "a"}}, {"_id": "\ud800", "find": {"name": "a"}},
    {"_id": _SOMEBODY, "find": {"name": {"$gt": ""}}}, {"_id": {"$gt": ""}, "find": {"name": "a"}},
    {"_id": _SOMEBODY, "find": []}, {"_id": re.compile("."), "find": {"name": "a"}},
    {"_id": 10**30, "find": {"name": 1.5}},
]  # fmt: skip


@pytest.mark.parametrize("start", NO_ROWS, ids=str)
def test_a_page_that_is_to_begin_beside_no_row_is_refused(clinic, start):
    with pytest.raises(NotFound, match="can't go on from here"):
        KEEPERS["departments"].page(clinic.administrator, Query(start=start))
    with pytest.raises(NotFound, match="can't go on from here"):
        ENCOUNTERS.page(clinic.session(Role.DOCTOR), Query(start=start, filters={"diagnosis": "gout"}))


def test_an_operator_in_a_filter_is_a_value(clinic):
    session = clinic.administrator
    KEEPERS["departments"].create(session, typed("departments"), operation())
    with clinic.past_the_program() as database:
        assert database.departments.count_documents({"name": {"$gt": ""}})
    assert KEEPERS["departments"].page(session, Query(filters={"name": {"$gt": ""}})).rows == []
    assert KEEPERS["departments"].count(session, Query(filters={"name": {"$ne": 1}})).number == 0
    assert TRAIL.page(session, Query(filters={"action": {"$ne": ""}})).rows == []


@pytest.mark.parametrize("days", [*TEXTS[2:], *OF_OTHER_KINDS, ("2026-01-02", "2026-01-01"), ("2026-01-01",)])
def test_days_that_are_none_are_told(clinic, days):
    for keeper, session, name in (
        (TRAIL, clinic.administrator, DAYS),
        (PATIENTS, clinic.session(Role.DOCTOR), VISIT_DAYS),
    ):
        query = Query(filters={name: days})
        if days:
            assert refused(partial(keeper.page, session, query), name)
            assert refused(partial(keeper.count, session, query), name)


@pytest.mark.parametrize("text", TEXTS)
def test_a_picker_and_the_search_for_duplicates_take_any_text(clinic, text):
    look_up(clinic.session(Role.RECEPTIONIST), "doctors", text)
    for name in ("name", "name_ar"):
        refused(partial(PATIENTS.duplicates, clinic.session(Role.RECEPTIONIST), typed("patients") | {name: text}), name)


OF_A_BOOKING = ("patient", "practitioner", "start", "purpose", "reason", "override")


@pytest.mark.parametrize("name", OF_A_BOOKING)
def test_a_booking_is_refused_at_its_field(practice, entries, doctor, name):
    reception = practice.clinic.session(Role.RECEPTIONIST)
    # The first hours of a day in Cairo, so that it is long enough for all that is let through.
    day = timedelta(days=1 + OF_A_BOOKING.index(name))
    start = datetime.now(UTC).replace(hour=22, minute=0, second=0, microsecond=0) + day
    asked = {"patient": practice.patient["_id"], "practitioner": doctor, "start": start}
    for wrong in [*TEXTS, *OF_OTHER_KINDS]:
        before = entries()
        # A doctor nobody knows has no time to be booked.
        told_at = "start" if name == "practitioner" and isinstance(wrong, ObjectId) else name
        book = partial(APPOINTMENTS.book, reception, BookAppointment(**asked | {name: wrong}), operation())
        if refused(book, told_at):
            assert entries() == before
        else:
            asked["start"] += timedelta(minutes=20)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_too_far_away_is_told(practice, doctor, day):
    reception = practice.clinic.session(Role.RECEPTIONIST)
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert refused(lambda: APPOINTMENTS.day(reception, day), "day")
    assert refused(lambda: APPOINTMENTS.doctor_day(reception, doctor, day), "day")
    assert refused(lambda: nearest(reception, doctor, moment), "start")


@pytest.mark.parametrize(
    "name", ["diagnosis", "advice", "medicine", "dose", "route", "frequency", "days", "quantity", "instructions"]
)
def test_a_prescription_is_refused_at_its_field(practice, entries, name):
    of_line = name not in ("diagnosis", "advice")
    for wrong in [*TEXTS, *OF_OTHER_KINDS]:
        # One of its own each time: the same again would be double therapy.
        asked = line(practice.medicine())
        before = entries()
        values = {"lines": (asked | {name: wrong},)} if of_line else {"lines": (asked,), name: wrong}
        prescribed = Prescribe(patient=practice.patient["_id"], **values)
        sign = partial(PRESCRIPTIONS.sign, practice.doctor, prescribed, operation())
        signed = not refused(sign, f"lines.0.{name}" if of_line else name)
        assert entries() - before == signed


@pytest.mark.parametrize("wrong", [{"$gt": ""}, {"$where": "sleep(9)"}, {"$no_such_operator": 1}, [{}], "x", None])
def test_an_operator_is_nobody(practice, entries, wrong):
    prescribed = Prescribe(wrong, (line(practice.medicine()),))
    before = entries()
    assert refused(lambda: PRESCRIPTIONS.sign(practice.doctor, prescribed, operation()), "patient")
    reception, patient = practice.clinic.session(Role.RECEPTIONIST), practice.patient["_id"]
    assert refused(lambda: walk_in(reception, patient, wrong, operation()), "practitioner")
    assert entries() == before


@pytest.mark.parametrize("at", ["", "2026-11-17", {"$gt": ""}, date.max])
def test_a_moment_of_measuring_that_is_none_is_refused(practice, at):
    nurse = practice.clinic.session(Role.NURSE)
    patient = practice.patient["_id"]
    assert refused(lambda: OBSERVATIONS.record_vitals(nurse, patient, {"pain": "3"}, operation(), at=at), "at")


@pytest.mark.parametrize("overrides", [5, "   ", ["x"], [None], [{"line": {}, "check": [], "about": {"$gt": ""}}]])
def test_reasons_that_are_none_settle_nothing(practice, overrides):
    asked = Prescribe(practice.patient["_id"], (line(practice.medicine()),), overrides=overrides)
    assert "overrides" not in PRESCRIPTIONS.sign(practice.doctor, asked, operation())


@pytest.mark.parametrize("method", ["", None, "   ", "barter", {"$gt": ""}])
def test_money_comes_and_goes_in_some_way(billing, method):
    bill = billing.issued("350")
    assert refused(lambda: PAYMENTS.take(billing.cashier, bill, TakePayment(method, "100"), operation()), "method")
    billing.paid(bill, "350")
    refund = GiveBack(method, "100", "Not done")
    assert refused(lambda: PAYMENTS.give_back(billing.cashier, billing.now(bill), refund, operation()), "method")


@pytest.mark.parametrize("number", ["", None, "many", 0, -1, 10**30, True, {"$gt": 0}])
def test_services_are_charged_a_number_of_times(billing, entries, number):
    patient, service = billing.patient()["_id"], Consulting(billing.clinic).service("ECG", "120")["_id"]
    before = entries()
    assert refused(lambda: add_services(billing.cashier, patient, {service: number}, operation()), "quantity")
    assert entries() == before


def test_a_prescription_in_no_visit_is_signed_without_one(practice):
    asked = Prescribe(practice.patient["_id"], (line(practice.medicine()),), encounter="")
    assert "encounter" not in PRESCRIPTIONS.sign(practice.doctor, asked, operation())


@pytest.mark.parametrize("section", ["\ud800", {"$ne": None}, [], ""])
def test_a_part_of_the_note_that_there_is_not_has_no_templates_of_its_own(practice, section):
    values = {"name": "Sore throat", "section": "plan", "text": "Rest."}
    NOTE_TEMPLATES.create(practice.doctor, values | {"name": operation()}, operation())
    assert for_section(practice.doctor, "plan")
    assert for_section(practice.doctor, section) == []
