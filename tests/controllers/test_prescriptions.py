"""What a doctor signs is believed, and nothing else is."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from bson import Decimal128, ObjectId
from nacl.signing import SigningKey

from hmsdesk.controllers import prescription_paper
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.prescription_paper import draft, page
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Authenticity, Prescribe
from hmsdesk.controllers.staff import STAFF
from hmsdesk.errors import InvalidInput, NotAllowed, NotFound, UserError
from hmsdesk.models.patients import age
from hmsdesk.models.prescription_code import content_of, decode
from hmsdesk.models.prescriptions import MEDICINE, tidy_number
from hmsdesk.security.certificates import believed, certified
from hmsdesk.security.credentials import Keys
from hmsdesk.security.permissions import Role
from tests.conftest import PASSWORD
from tests.factories import operation
from tests.prescribing import line


@pytest.fixture
def signed(practice):
    return practice.stocked()


def authenticity(practice, row):
    patient = PATIENTS.get(practice.pharmacist, row["patient"])
    return PRESCRIPTIONS.check_record(practice.pharmacist, row, patient).authenticity


def test_a_signed_prescription_says_what_was_prescribed(practice):
    medicine = practice.medicine()
    row = practice.sign(line(medicine, instructions="  With   food "))
    told = {"name": medicine["name"], "unit": "tablet", "instructions": "With food", "substitution": True}
    assert row["lines"] == [line(medicine) | told]
    assert (row["practitioner"], row["signer"]) == (practice.doctor.identity.person,) * 2
    assert row["patient:title"] == practice.patient["name"]
    assert tidy_number(row["number"]) == row["number"]


def test_what_signing_answers_is_what_is_kept(practice, signed):
    assert PRESCRIPTIONS.get(practice.doctor, signed["_id"]) == signed


def test_a_signature_is_genuine_to_everyone_who_reads_it(practice, signed):
    for role in (Role.PHARMACIST, Role.NURSE, Role.DOCTOR):
        checked = PRESCRIPTIONS.check(practice.clinic.session(role), signed["content"], signed["signature"])
        assert (checked.authenticity, checked.signer) == (Authenticity.GENUINE, "Dr Sara El-Masry")


def test_what_somebody_signs_whose_account_was_tied_to_the_staff_later_is_theirs_and_genuine(practice):
    clinic = practice.clinic
    staff = STAFF.create(clinic.administrator, {"name": "Dr Hoda Salem", "profession": "doctor"}, operation())
    hired = clinic.hire(Role.DOCTOR)
    clinic.owner.tie(hired.person, staff["_id"])
    doctor = clinic.door.sign_in(hired.email, PASSWORD)
    row = practice.sign(line(practice.medicine()), by=doctor)
    doctor.close()
    assert (row["practitioner"], row["signer"]) == (staff["_id"], hired.person)
    assert authenticity(practice, row) is Authenticity.GENUINE
    other = practice.doctor.identity.person
    assert authenticity(practice, row | {"practitioner": other}) is Authenticity.ALTERED


def test_a_part_of_one_is_signed_and_stays_genuine(practice):
    row = practice.sign(line(practice.medicine(), dose="0.5", quantity=30))
    again = PRESCRIPTIONS.get(practice.pharmacist, row["_id"])
    assert again["lines"][0]["dose"] == Decimal128("0.5")
    assert authenticity(practice, again) is Authenticity.GENUINE


def test_an_operation_sent_twice_signs_once(practice):
    prescribed, sent = Prescribe(patient=practice.patient["_id"], lines=(line(practice.medicine()),)), operation()
    first = PRESCRIPTIONS.sign(practice.doctor, prescribed, sent)
    assert PRESCRIPTIONS.sign(practice.doctor, prescribed, sent) == first


def test_a_number_that_is_taken_is_drawn_again(practice, signed, monkeypatch):
    from hmsdesk.controllers import prescriptions

    given = iter([signed["number"], signed["number"], "RX-26-ZZZZZZ"])
    monkeypatch.setattr(prescriptions, "number_for", lambda operation, year, draw: next(given))
    assert practice.stocked()["number"] == "RX-26-ZZZZZZ"


class TestWhatCannotBeSigned:
    def refused(self, practice, *lines, **more):
        with pytest.raises(InvalidInput) as refusal:
            PRESCRIPTIONS.sign(
                practice.doctor, Prescribe(patient=practice.patient["_id"], lines=lines, **more), operation()
            )
        return refusal.value.fields

    def test_each_wrong_value_is_told_at_its_field(self, practice):
        medicine = practice.medicine()
        fields = self.refused(
            practice,
            line(medicine),
            line(medicine, 0, dose="0", days="400", frequency="hourly"),
            line(medicine, 5, route="eye"),
            {"medicine": None},
            {},
        )
        assert set(fields) == {
            "lines.1.dose",
            "lines.1.days",
            "lines.1.frequency",
            "lines.1.quantity",
            "lines.2.route",
            "lines.3.medicine",
            "lines.4.medicine",
        }

    @pytest.mark.parametrize("medicine", [ObjectId(), "metformin", {"$gt": ""}, 5])
    def test_a_medicine_that_is_none(self, practice, medicine):
        assert set(self.refused(practice, line({"_id": medicine}))) == {"lines.0.medicine"}

    def test_a_retired_medicine(self, practice):
        medicine = practice.medicine()
        MEDICINES.change(practice.pharmacist, medicine["_id"], 1, {"active": False}, operation())
        assert "no longer in use" in self.refused(practice, line(medicine))["lines.0.medicine"]

    def test_nothing_at_all(self, practice):
        assert set(self.refused(practice)) == {"lines"}

    def test_more_than_a_page_holds(self, practice):
        medicine = practice.medicine()
        assert set(self.refused(practice, *[line(medicine)] * 21)) == {"lines"}

    def test_hidden_characters_and_long_words(self, practice):
        fields = self.refused(practice, line(practice.medicine()), diagnosis="x" * 121, advice="\u202egnorw")
        assert set(fields) == {"diagnosis", "advice"}

    def test_names_and_units_that_are_sent_along_are_not_believed(self, practice):
        medicine = practice.medicine()
        row = practice.sign(line(medicine, name="Morphine 10 mg", unit="ampoule"))
        assert (row["lines"][0]["name"], row["lines"][0]["unit"]) == (medicine["name"], "tablet")

    def test_a_patient_who_is_not_there(self, practice):
        with pytest.raises(NotFound):
            practice.sign(line(practice.medicine()), patient={"_id": ObjectId()})

    def test_by_whom_is_no_doctor(self, practice):
        with pytest.raises(NotAllowed):
            practice.sign(line(practice.medicine()), by=practice.pharmacist)
        with pytest.raises(UserError, match="not entered as a doctor"):
            practice.sign(line(practice.medicine()), by=practice.clinic.session(Role.DOCTOR))


class TestWhatIsNotBelieved:
    def test_another_content_under_the_same_signature(self, practice, signed):
        altered = signed["content"].replace(b",60]", b",90]")
        assert altered != signed["content"]
        checked = PRESCRIPTIONS.check(practice.pharmacist, altered, signed["signature"])
        assert checked.authenticity is Authenticity.ALTERED

    def test_another_doctors_signature(self, practice, signed):
        other = practice.new_doctor("Dr Karim Nabil")
        signature = other.keys.signing_key.sign(signed["content"]).signature
        checked = PRESCRIPTIONS.check(practice.pharmacist, signed["content"], signature)
        assert checked.authenticity is Authenticity.ALTERED

    def test_a_signature_by_a_key_that_was_slipped_in(self, practice, signed):
        slipped = SigningKey.generate()
        with practice.past_the_program() as database:
            account = database.accounts.find_one({"_id": signed["signer"]})
            forged = account["certificate"] | {"past": [bytes(slipped.verify_key)]}
            database.accounts.update_one({"_id": account["_id"]}, {"$set": {"certificate": forged}})
            try:
                signature = slipped.sign(signed["content"]).signature
                checked = PRESCRIPTIONS.check(practice.pharmacist, signed["content"], signature)
            finally:
                database.accounts.replace_one({"_id": account["_id"]}, account)
        assert checked.authenticity is Authenticity.UNKNOWN_SIGNER

    def test_a_signature_by_a_key_that_another_practice_s_key_certifies(self, practice, signed):
        """Whoever may write everything puts a key of their own in the practice's place, too."""
        own, key = Keys.generate(), practice.clinic.door.practice()["public_key"]
        with practice.past_the_program() as database:
            account = database.accounts.find_one({"_id": signed["signer"]})
            forged = replace(believed(key, account), keys=own.public)
            database.accounts.update_one({"_id": account["_id"]}, {"$set": certified(own, forged)})
            database.practice.update_one({}, {"$set": {"public_key": own.public.sign}})
            try:
                signature = own.signing_key.sign(signed["content"]).signature
                checked = PRESCRIPTIONS.check(practice.pharmacist, signed["content"], signature)
            finally:
                database.accounts.replace_one({"_id": account["_id"]}, account)
                database.practice.update_one({}, {"$set": {"public_key": key}})
        assert checked.authenticity is Authenticity.UNKNOWN_SIGNER

    def test_somebody_the_practice_does_not_know(self, practice, signed):
        content = content_of(signed | {"signer": ObjectId()}, practice.patient)
        signature = SigningKey.generate().sign(content).signature
        assert PRESCRIPTIONS.check(practice.pharmacist, content, signature).authenticity is Authenticity.UNKNOWN_SIGNER

    def test_somebody_who_may_not_prescribe(self, practice, signed):
        nurse = practice.clinic.session(Role.NURSE)
        content = content_of(signed | {"signer": nurse.identity.person}, practice.patient)
        signature = nurse.keys.signing_key.sign(content).signature
        assert PRESCRIPTIONS.check(practice.pharmacist, content, signature).authenticity is Authenticity.UNKNOWN_SIGNER

    @pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 9000])
    def test_what_is_no_content(self, practice, signed, content):
        checked = PRESCRIPTIONS.check(practice.pharmacist, content, signed["signature"])
        assert checked.authenticity is Authenticity.ALTERED

    @pytest.mark.parametrize("signature", [b"", b"x", b"\0" * 64, b"\0" * 65])
    def test_what_is_no_signature(self, practice, signed, signature):
        checked = PRESCRIPTIONS.check(practice.pharmacist, signed["content"], signature)
        assert checked.authenticity is Authenticity.ALTERED


class TestARecordChangedPastTheProgram:
    @pytest.fixture
    def other_medicine(self, practice):
        return practice.medicine("Morphine 10 mg tablet")

    @pytest.mark.parametrize(
        "changes",
        [
            {"lines.0.quantity": 600},
            {"lines.0.name": "Morphine 10 mg tablet"},
            {"lines.0.medicine": ObjectId()},
            {"lines.0.instructions": "All at once"},
            {"lines": []},
            {"number": "RX-26-000000"},
            {"valid_until": "2099-12-31"},
            {"signer": ObjectId()},
            {"practitioner": ObjectId()},
            {"content": b"{}"},
            {"signature": b"\0" * 64},
            {"lines.0": 5},
            {"lines": None},
            {"issued_at": "now"},
        ],
    )
    def test_is_not_as_it_was_signed(self, practice, signed, changes):
        practice.tamper("prescriptions", signed["_id"], changes)
        assert authenticity(practice, PRESCRIPTIONS.get(practice.pharmacist, signed["_id"])) is not Authenticity.GENUINE

    def test_another_patient_is_not_the_one_signed_for(self, practice, signed):
        other = practice.new_patient("Mohamed Ali Hassan")
        practice.tamper("prescriptions", signed["_id"], {"patient": other["_id"]})
        assert authenticity(practice, PRESCRIPTIONS.get(practice.pharmacist, signed["_id"])) is Authenticity.ALTERED

    def test_another_medicine_of_the_same_name_is_not_the_one_signed(self, practice, signed, other_medicine):
        practice.tamper("prescriptions", signed["_id"], {"lines.0.medicine": other_medicine["_id"]})
        assert authenticity(practice, PRESCRIPTIONS.get(practice.pharmacist, signed["_id"])) is Authenticity.ALTERED

    def test_it_is_not_opened_to_be_printed(self, practice, signed):
        practice.tamper("prescriptions", signed["_id"], {"lines.0.quantity": 600})
        with pytest.raises(UserError, match="not as it was signed"):
            PRESCRIPTIONS.open(practice.doctor, signed["_id"])


def test_a_corrected_name_does_not_make_a_prescription_false(practice):
    patient = practice.new_patient("Mohammed Aly Hasan")
    medicine = practice.medicine()
    row = practice.sign(line(medicine), patient=patient)
    receptionist = practice.clinic.session(Role.RECEPTIONIST)
    PATIENTS.change(receptionist, patient["_id"], 1, {"name": "Mohamed Ali Hassan"}, operation())
    assert authenticity(practice, row) is Authenticity.GENUINE


def test_opening_one_leaves_a_trace(practice, signed):
    PRESCRIPTIONS.open(practice.pharmacist, signed["_id"])
    with practice.past_the_program() as database:
        entry = database.audit.find_one({"action": "open prescription", "record": signed["_id"]})
    assert entry["person"] == practice.pharmacist.identity.person


def test_a_patients_prescriptions_are_listed_newest_first(practice):
    patient = practice.new_patient("Salma Hassan")
    rows = [practice.sign(line(practice.medicine(), days=5), patient=patient) for _ in range(3)]
    listed = PRESCRIPTIONS.of_patient(practice.doctor, patient["_id"])
    assert {row["_id"] for row in listed} == {row["_id"] for row in rows}
    assert [row["issued_at"] for row in listed] == sorted((row["issued_at"] for row in rows), reverse=True)


@pytest.mark.parametrize("size", ["A5", "A4"])
def test_the_page_and_its_draft_are_pdfs(practice, signed, size):
    assert page(practice.pharmacist, signed, size, copy="Copy").startswith(b"%PDF")
    lines = [{**line(practice.medicine()), "name": "Metformin", "unit": "tablet"}]
    notes = {"diagnosis": "Diabetes", "advice": "Drink water"}
    written = {"lines": lines, "overrides": [], "waits": [1]}
    assert draft(practice.doctor, practice.patient["_id"], written, notes, size).startswith(b"%PDF")
    assert draft(practice.doctor, practice.patient["_id"], {"lines": []}, {}, size).startswith(b"%PDF")


def test_a_copy_says_the_age_at_signing(practice, signed, monkeypatch):
    printed = []
    monkeypatch.setattr(prescription_paper, "render", lambda paper, _: printed.append(paper.patient.age) or b"")
    page(practice.doctor, signed, "A5")
    with time_machine.travel(signed["issued_at"] + timedelta(days=3 * 366), tick=True):
        page(practice.doctor, signed, "A5", copy="Copy")
    assert printed[0] == printed[1] == age("1968-03-12", practice.doctor.locale.local(signed["issued_at"]).date())


def test_the_code_holds_what_was_signed(practice, signed):
    assert decode(PRESCRIPTIONS.code(signed)) == (signed["content"], signed["signature"])


def test_what_was_signed_stays_genuine_after_a_change_of_password(practice):
    doctor = practice.new_doctor("Dr Layla Mahmoud")
    row = practice.sign(line(practice.medicine()), by=doctor)
    practice.clinic.door.change_password(doctor, PASSWORD, f"four brave lemon tarts {uuid4().hex[:4]}")
    assert authenticity(practice, row) is Authenticity.GENUINE


@pytest.fixture(scope="module")
def found(practice):
    """Three prescriptions: a brand of metformin, amlodipine, and both."""
    tablet = {"unit": "tablet", "form": "tablet"}
    metformin = {"name": "Zuckofin 850", "name_ar": "زوكوفين", "ingredient": "metformin"}
    amlodipine = {"name": "Druckopin 5", "ingredient": "amlodipine"}
    one, two = (MEDICINES.create(practice.pharmacist, tablet | it, operation()) for it in (metformin, amlodipine))
    patients = [practice.new_patient(f"Searched {name}") for name in ("Amina", "Basma", "Camilia")]
    lines = ((line(one),), (line(two),), (line(two), line(one)))
    return [practice.sign(*these, patient=patient)["_id"] for these, patient in zip(lines, patients, strict=True)]


class TestFindingByMedicine:
    def listed(self, session, typed, **more):
        query = Query(filters={MEDICINE: typed}, descending=True, **more)
        rows = [row["_id"] for row in PRESCRIPTIONS.page(session, query).rows]
        assert PRESCRIPTIONS.count(session, query).number == len(rows) == len(set(rows))
        return set(rows)

    @pytest.mark.parametrize(
        ("typed", "which"),
        [
            ("zuckofin", (2, 0)),
            ("850 zucko", (2, 0)),
            ("metf", (2, 0)),
            ("زوكو", (2, 0)),
            ("druckopin", (2, 1)),
            ("zuckofin, druckopin", (2, 1, 0)),
            ("zuckofin druckopin", (2,)),
            ("penicillin", ()),
        ],
    )
    def test_prescriptions_are_found_by_names_and_ingredients(self, practice, found, typed, which):
        for role in (Role.DOCTOR, Role.NURSE, Role.PHARMACIST):
            session = practice.clinic.session(role)
            assert self.listed(session, typed, text="searched") == {found[place] for place in which}

    def test_a_patients_name_and_the_order_go_together_with_it(self, practice, found):
        assert self.listed(practice.doctor, "zucko", text="searched camilia") == {found[2]}
        assert self.listed(practice.doctor, "zucko", order="number") == {found[0], found[2]}

    def test_reception_learns_of_no_medicine(self, practice, found):
        with pytest.raises(NotAllowed):
            PRESCRIPTIONS.page(practice.clinic.session(Role.RECEPTIONIST), Query(filters={MEDICINE: "zucko"}))

    @pytest.mark.parametrize("order", ["issued_at", "number"])
    def test_the_server_reads_an_index_and_sorts_nothing_itself(self, practice, found, order):
        query = Query(filters={MEDICINE: "zucko, drucko"}, order=order)
        path, _ = PRESCRIPTIONS._order(query)
        asked = {"find": "prescriptions", "filter": {"$and": PRESCRIPTIONS._matches(query)}}
        asked |= {"sort": {path: -1, "_id": -1}, "hint": dict(PRESCRIPTIONS._hint(query, path))}
        with practice.past_the_program() as database:
            plan = str(database.command("explain", asked)["queryPlanner"]["winningPlan"])
        assert "COLLSCAN" not in plan
        assert "'SORT'" not in plan
