"""Registering, finding and warning of duplicates, and what clinical roles find besides."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from hmsdesk.controllers import clinical_search
from hmsdesk.controllers.listing import NEVER, Query
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.errors import InvalidInput, NotAllowed
from hmsdesk.models.patient_health import visit_marks
from hmsdesk.models.patients import CONDITION, VISIT_DAYS, Patient, tidy_identifier
from hmsdesk.security.permissions import Role
from tests.factories import operation, typed

FIRST_DAY = date(2026, 1, 1)


def letters(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in f"{number:03}")


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module")
def doctor(clinic):
    return clinic.session(Role.DOCTOR)


def register(session, **values):
    return PATIENTS.create(session, typed("patients", **values), operation())


def ids(page):
    return [row["_id"] for row in page.rows]


class TestRegistering:
    def test_a_patient_gets_an_id_and_an_empty_clinical_record(self, clinic, reception, doctor):
        row = register(reception)
        assert tidy_identifier(row["identifier"]) == row["identifier"]
        assert row["identifier"].startswith(reception.identity.patient_prefix)
        health = HEALTH.get(doctor, row["_id"])
        assert (health["patient"], health["version"]) == (row["name"], 1)

    def test_it_is_found_by_all_that_its_declaration_derives(self, reception):
        row = PATIENTS.create(reception, typed("patients"), operation())
        found = Patient.derived(row)
        assert {name: row["find"][name] for name in found} == found

    def test_an_operation_sent_twice_registers_once(self, reception):
        sent = operation()
        first = PATIENTS.create(reception, typed("patients"), sent)
        assert PATIENTS.create(reception, typed("patients"), sent)["identifier"] == first["identifier"]

    def test_who_may_not_register_is_refused(self, clinic):
        for role in (Role.PHARMACIST, Role.ADMINISTRATOR):
            with pytest.raises(NotAllowed):
                register(clinic.session(role))

    def test_eight_windows_of_one_workstation_never_issue_an_id_twice(self, clinic):
        sessions = [clinic.sign_in(Role.RECEPTIONIST) for _ in range(8)]

        def many(session):
            return [register(session, name=f"Racer {n}")["identifier"] for n in range(6)]

        with ThreadPoolExecutor(8) as pool:
            issued = [one for some in pool.map(many, sessions) for one in some]
        assert len(set(issued)) == len(issued) == 48
        assert all(tidy_identifier(one) == one for one in issued)

    @pytest.mark.parametrize(
        "values",
        [
            {"name": "Newborn of Mona Adel", "name_ar": None, "birth_date": None, "phone": None, "gender": "unknown"},
            {"birth_date": "1968", "birth_estimated": True},
            {"phone_of": "mother"},
        ],
    )
    def test_what_is_not_known_may_stay_so(self, reception, values):
        assert register(reception, **values)["identifier"]


@pytest.fixture(scope="module")
def zeinab(reception):
    return register(reception, name="Zeinab Kamal Fathy", name_ar="زينب كمال فتحي", phone="0122 345 6789")


class TestFinding:
    @pytest.mark.parametrize(
        "sought",
        [
            "zei",
            "kam zei",
            "FATHY zeinab",
            "زينب",
            "كمال زي",
            "0122 345 6789",
            "+201223456789",
            "00201223456789",
            "122 345 6789",
            "345 6789",
            "٠١٢٢ ٣٤٥ ٦٧٨٩",
            "0122 34",
            "01223",
        ],
    )
    def test_by_parts_of_the_name_in_any_order_and_by_phone(self, reception, zeinab, sought):
        assert zeinab["_id"] in ids(PATIENTS.page(reception, Query(text=sought)))

    def test_the_beginning_of_a_patient_id_finds_no_phone_number_with_its_digits(self, reception):
        wanted = register(reception, name="Zuhra Last In The List")
        begun = wanted["identifier"].rpartition("-")[0]
        digits = begun.partition("-")[2]
        register(reception, name="Aaliya First In The List", phone=f"0100{digits.zfill(4)[-4:]}123")
        found = [row["_id"] for row in PATIENTS.page(reception, Query(text=begun)).rows]
        assert found[:1] == [wanted["_id"]]
        assert all(row["identifier"].startswith(begun) for row in PATIENTS.page(reception, Query(text=begun)).rows)

    def test_a_name_of_two_letters_and_a_phone_number_find_somebody_together(self, reception):
        wanted = register(reception, name="Al Sayed Hamdy", phone="0100 778 4321")
        assert ids(PATIENTS.page(reception, Query(text="al 0100 778"))) == [wanted["_id"]]

    @pytest.mark.parametrize("way", [str, str.lower, lambda one: one.replace("-", ""), lambda one: f" {one} "])
    def test_a_whole_id_finds_exactly_that_patient(self, reception, zeinab, way):
        query = Query(text=way(zeinab["identifier"]))
        assert ids(PATIENTS.page(reception, query)) == [zeinab["_id"]]
        assert PATIENTS.count(reception, query).number == 1

    def test_a_whole_id_and_a_filter_are_both_asked(self, reception, zeinab):
        query = Query(text=zeinab["identifier"], filters={"gender": "female"})
        assert ids(PATIENTS.page(reception, query)) == []

    def test_an_id_with_a_slip_finds_nobody_else(self, reception, zeinab):
        issued = zeinab["identifier"]
        slip = issued[:-1] + ("X" if issued[-1] != "X" else "Y")
        assert ids(PATIENTS.page(reception, Query(text=slip))) == []

    def test_a_changed_name_is_found_at_once_by_clinical_roles_too(self, doctor, reception, zeinab):
        row = register(reception, name="Before Change")
        HEALTH.change(doctor, row["_id"], 1, {"conditions": [{"name": "Gout"}]}, operation())
        PATIENTS.change(doctor, row["_id"], 1, {"name": "After Change"}, operation())
        found = PATIENTS.page(doctor, Query(text="after", filters={CONDITION: "gout"}))
        assert [one["name"] for one in found.rows] == ["After Change"]

    def test_nothing_happened_before_the_birth(self, doctor, reception):
        row = register(reception, birth_date="2026-03-19")

        def say(since, **more):
            entries = {"allergies": [{"substance": "Penicillin", "since": since}]}
            return HEALTH.change(doctor, row["_id"], 1, entries | more, operation())

        for since in ("2020", "2026-02", "2026-03-18"):
            with pytest.raises(InvalidInput) as refused:
                say(since, conditions=[{"name": "Jaundice", "since": "2019"}])
            said = "Entry 1: This is before the birth, 19 Mar 2026."
            assert refused.value.fields == {"allergies": said, "conditions": said}
        assert say("2026")["allergies"][0]["since"] == "2026"

    def test_of_a_guessed_birth_nobody_can_say(self, doctor, reception):
        row = register(reception, birth_date="1960", birth_estimated=True)
        entries = {"allergies": [{"substance": "Penicillin", "since": "1959"}]}
        assert HEALTH.change(doctor, row["_id"], 1, entries, operation())["version"] == 2

    def test_the_latest_registered_come_last(self, reception):
        rows = PATIENTS.page(reception, Query(order="created_at", limit=500)).rows
        moments = [row["created_at"] for row in rows]
        assert moments == sorted(moments)


@pytest.fixture(scope="module")
def seen(clinic, reception, doctor):
    """Sixty patients with problems, each seen on one day, three days apart."""
    rows = []
    for n in range(60):
        row = register(reception, name=f"Seen {letters(n)}", gender="male" if n % 2 else "female")
        problem = "Type 2 diabetes" if n % 3 else "Bronchial asthma"
        HEALTH.change(doctor, row["_id"], 1, {"conditions": [{"name": problem}]}, operation())
        rows.append(row)
    with clinic.past_the_program() as database:
        for n, row in enumerate(rows):
            marks = visit_marks(FIRST_DAY + timedelta(days=3 * n))
            database.patient_health.update_one({"_id": row["_id"]}, {"$set": {"find.visit_days": marks}})
    return rows


def numbers(rows, which):
    return [row["_id"] for n, row in enumerate(rows) if which(n)]


FOUND: list[tuple[dict[str, Any], Any]] = [
    ({CONDITION: "diab"}, lambda n: n % 3),
    ({CONDITION: "diabe"}, lambda n: n % 3),
    ({CONDITION: "2 diabetes type"}, lambda n: n % 3),
    ({CONDITION: "asth"}, lambda n: not n % 3),
    ({CONDITION: "diabetes, asthma"}, lambda n: True),
    ({CONDITION: "diabetes، gout"}, lambda n: n % 3),
    ({CONDITION: "gout"}, lambda n: False),
    ({CONDITION: ".*"}, lambda n: False),
    ({VISIT_DAYS: "2026-01-04"}, lambda n: n == 1),
    ({VISIT_DAYS: ("2026-01-04", "2026-01-04")}, lambda n: n == 1),
    ({VISIT_DAYS: ("2026-01-02", "2026-03-31")}, lambda n: 1 <= n <= 29),
    ({VISIT_DAYS: ("2020-01-01", "2030-12-31")}, lambda n: True),
    ({VISIT_DAYS: ("2027-01-01", "2030-12-31")}, lambda n: False),
    ({CONDITION: "asthma", VISIT_DAYS: ("2026-01-02", "2026-03-31")}, lambda n: 1 <= n <= 29 and not n % 3),
    ({CONDITION: "asthma", "gender": "male"}, lambda n: not n % 3 and n % 2),
    ({VISIT_DAYS: ("2026-01-02", "2026-03-31"), "gender": "female"}, lambda n: 1 <= n <= 29 and not n % 2),
]


@pytest.mark.parametrize(("filters", "which"), FOUND, ids=lambda value: str(value) if isinstance(value, dict) else "")
class TestClinicalFilters:
    @pytest.mark.parametrize("order", ["name", "created_at"])
    @pytest.mark.parametrize("backwards", [False, True])
    def test_pages_follow_one_another_without_gap_or_repetition(self, seen, doctor, filters, which, order, backwards):
        rows, start = [], None
        while True:
            query = Query("seen", filters, order=order, backwards=backwards, start=start, limit=7)
            page = PATIENTS.page(doctor, query)
            rows += page.rows[::-1] if backwards else page.rows
            if not page.more:
                break
            start = rows[-1]
        expected = numbers(seen, which)
        found = [row["_id"] for row in rows]
        assert found == (expected[::-1] if backwards else expected)

    def test_they_are_counted(self, seen, doctor, filters, which):
        assert PATIENTS.count(doctor, Query("seen", filters)).number == len(numbers(seen, which))

    def test_the_server_sorts_nothing_itself(self, clinic, seen, filters, which):
        for order in ("name", "created_at"):
            query = Query(filters=filters, order=order)
            path, direction = PATIENTS._order(query)
            steps = [
                {"$match": {"$and": clinical_search.matches(query)}},
                {"$sort": {path: direction, "_id": direction}},
                {"$limit": 51},
            ]
            asked = {"aggregate": "patient_health", "pipeline": steps, "cursor": {}}
            with clinic.past_the_program() as database:
                plan = database.command("explain", {**asked, **clinical_search._hint(query, path)})
            told = str(plan["queryPlanner"]["winningPlan"])
            assert "COLLSCAN" not in told
            # What can't be found isn't looked for.
            assert "'SORT'" not in told or clinical_search.matches(query) == [NEVER]


class TestWhoMayFilter:
    @pytest.mark.parametrize("filters", [{CONDITION: "diab"}, {VISIT_DAYS: "2026-01-04"}])
    def test_reception_learns_nothing_of_health(self, clinic, seen, reception, filters):
        for asked in (PATIENTS.page, PATIENTS.count):
            with pytest.raises(NotAllowed):
                asked(reception, Query(filters=filters))

    @pytest.mark.parametrize(
        "days", ["soon", ("2026-02-01", "2026-01-01"), ("1000-01-01", "2026-01-01"), 5, {"$gt": ""}]
    )
    def test_days_that_are_none_are_refused(self, seen, doctor, days):
        with pytest.raises(InvalidInput):
            PATIENTS.page(doctor, Query(filters={VISIT_DAYS: days}))

    def test_a_typed_letter_jumps_among_those_found(self, seen, doctor):
        first = PATIENTS.page(doctor, Query(filters={CONDITION: "diab"}, prefix="seen abb")).rows[0]
        assert first["name"] == "Seen abb"


@pytest.fixture(scope="module")
def wafaa(reception):
    return register(
        reception,
        name="Wafaa Hussein Shokry",
        name_ar="وفاء حسين شكري",
        birth_date="1971-07-04",
        phone="0111 222 3344",
        gender="female",
    )


class TestDuplicates:
    def why(self, session, wafaa, **values):
        usual = {"name": "Somebody Else Entirely", "name_ar": None, "birth_date": None, "phone": None}
        found = PATIENTS.duplicates(session, typed("patients", **usual | values))
        return {one.patient["_id"]: one.why for one in found}.get(wafaa["_id"], "")

    @pytest.mark.parametrize(
        ("values", "why"),
        [
            ({"phone": "+20 111 222 3344"}, "same phone number"),
            ({"name": "Wafaa Hussein Shokry"}, "similar name"),
            ({"name": "wafa hussien shoukry", "birth_date": "4/7/1971"}, "similar name and the same date of birth"),
            ({"name": "Shokry Wafaa Hussein"}, "similar name"),
            ({"name": "وفاء حسين شكري"}, "similar name"),
            ({"name": "W. Shokry", "name_ar": "شكري وفاء حسين"}, "similar name"),
            ({"name": "Wafaa Hussein Shokry", "birth_date": "1971"}, "similar name"),
            ({"name": "Wafaa Hussein Shokry", "birth_date": "1970", "birth_estimated": True}, "similar name"),
            ({"name": "Wafaa Hussein Shokry", "phone": "01112223344"}, "same phone number, similar name"),
            (
                {"name": "Wafaa Hussein Shokry", "phone": "01112223344", "phone_of": "aunt"},
                "same phone number, similar name",
            ),
        ],
    )
    def test_somebody_alike_is_shown_with_the_reason(self, reception, wafaa, values, why):
        assert self.why(reception, wafaa, **values) == why

    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"birth_date": "4/7/1971"},
            {"name": "Wafaa Hussein Shokry", "birth_date": "1/1/1999"},
            {"phone": "0111 222 3344", "phone_of": "mother"},
            {"name": "Hussein"},
        ],
    )
    def test_somebody_else_is_not(self, reception, wafaa, values):
        assert self.why(reception, wafaa, **values) == ""

    def test_a_relatives_phone_warns_of_nobody_but_the_same(self, reception):
        register(reception, name="Lamis Nabil", phone="0155 777 8899", phone_of="mother", birth_date="2019")
        found = PATIENTS.duplicates(
            reception, typed("patients", name="Ramez Nabil", name_ar=None, phone="0155 777 8899")
        )
        assert [one.patient["name"] for one in found if "phone" in one.why] == []

    def test_the_likeliest_is_first_and_few_are_shown(self, reception):
        for n in range(8):
            register(reception, name=f"Anwar Wagdy{'y' * (n % 2)}", phone=None, name_ar=None)
        found = PATIENTS.duplicates(reception, typed("patients", name="Anwar Wagdy", name_ar=None, phone=None))
        assert len(found) == 5
        assert found[0].patient["name"] == "Anwar Wagdy"


class TestHistory:
    def test_looking_at_it_is_in_the_trail(self, clinic, reception, doctor):
        row = register(reception)
        PATIENTS.change(reception, row["_id"], 1, {"address": "1 Nile St"}, operation())
        versions = PATIENTS.history(reception, row["_id"])
        assert [one.get("address") for one in versions] == ["1 Nile St", row["address"]]
        HEALTH.history(doctor, row["_id"])
        with clinic.past_the_program() as database:
            told = list(database.audit.find({"record": row["_id"], "action": "open history"}))
        assert sorted(one["collection"] for one in told) == ["patient_health", "patients"]

    def test_it_comes_a_page_at_a_time(self, reception):
        row = register(reception)
        for n in range(1, 7):
            PATIENTS.change(reception, row["_id"], n, {"address": f"{n} Nile St"}, operation())
        first = PATIENTS.history(reception, row["_id"], limit=3)
        rest = PATIENTS.history(reception, row["_id"], before=first[-1]["version"], limit=10)
        assert [one["version"] for one in first + rest] == [7, 6, 5, 4, 3, 2, 1]
        assert all(one["created_by:title"] for one in first + rest)

    def test_reception_sees_none_of_health(self, reception):
        row = register(reception)
        with pytest.raises(NotAllowed):
            HEALTH.history(reception, row["_id"])


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(clinic, reception):
    before = PATIENTS.count(reception, Query()).number
    wrong = typed("patients", phone="0100 555 011", email="x", birth_date="30 Feb 2020", name="a\u202eb")
    with pytest.raises(InvalidInput) as refused:
        PATIENTS.create(reception, wrong, operation())
    assert set(refused.value.fields) == {"phone", "email", "birth_date", "name"}
    assert not [said for said in refused.value.fields.values() if re.search("Error|None|regex", said)]
    assert PATIENTS.count(reception, Query()).number == before
