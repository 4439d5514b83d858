"""Given otherwise than prescribed, charged for, taken back and refused: on the real server."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from hmsdesk.controllers.dispensary.hand_outs import history
from hmsdesk.controllers.dispensary.handing_out import Given, dispense, to_invoice
from hmsdesk.controllers.dispensary.opening import Verdict
from hmsdesk.controllers.dispensary.queue import queue
from hmsdesk.controllers.dispensary.refusing import refuse, take_back
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.patients import HEALTH
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed, UserError
from hmsdesk.models.dispensations import HANDED_OUT, REFUSED, TAKEN_BACK
from hmsdesk.models.preferences import THE_ONE
from hmsdesk.security.permissions import Role
from tests.controllers.test_dispensary import dispensations
from tests.factories import code, operation
from tests.prescribing import line


def product(practice, ingredient, **more):
    values = {"name": f"Product {code()}", "ingredient": ingredient, "unit": "tablet", "strength": "500 mg"}
    return MEDICINES.create(practice.pharmacist, values | {"form": "tablet"} | more, operation())


@pytest.fixture
def alike(practice):
    """Two products of one kind, both in stock, and a prescription of the first."""
    ingredient = f"ingredient x{code()}"
    prescribed, other = product(practice, ingredient), product(practice, ingredient, strength="500mg")
    lots = practice.lot(prescribed, 20), practice.lot(other, 100)
    return prescribed, other, *lots, practice.sign(line(prescribed, 30))


def charges(practice, about):
    with practice.past_the_program() as database:
        return list(database.charges.find({"about": about["_id"]}).sort("created_at", 1))


def uninvoiced(practice, about):
    with practice.past_the_program() as database:
        ids = [row["_id"] for row in database.charges.find({"about": about["_id"]})]
        return database.uninvoiced.count_documents({"_id": {"$in": ids}})


class TestAnotherProduct:
    def test_of_the_same_kind_is_offered_and_given_with_a_reason(self, practice, alike):
        prescribed, other, own, lot, row = alike
        (opened,) = practice.opened(row).lines
        assert [one.medicine for one in opened.others] == [other["_id"]]
        given = {1: Given("Out of stock", medicine=other["_id"])}
        done = dispense(practice.pharmacist, practice.opened(row), {1: 30}, operation(), given)
        (part,) = done["lines"]
        assert (part["medicine"], part["name"], part["lot"]) == (other["_id"], other["name"], lot["_id"])
        assert part["why"] == "Out of stock"
        assert (practice.quantity(own), practice.quantity(lot)) == (20, 70)
        assert practice.opened(row).verdict is Verdict.DISPENSED
        assert prescribed["name"] in row["lines"][0]["name"]

    @pytest.mark.parametrize(
        "differing",
        [{"strength": "850 mg"}, {"form": "slow tablet"}, {"unit": "capsule"}, {"strength": ""}, {"form": None}],
    )
    def test_of_another_kind_is_not_given(self, practice, alike, differing):
        prescribed, *_, row = alike
        other = product(practice, prescribed["ingredient"], **differing)
        practice.lot(other, 100)
        assert other["_id"] not in [one.medicine for one in practice.opened(row).lines[0].others]
        given = {1: Given("Out of stock", medicine=other["_id"])}
        with pytest.raises(InvalidInput) as refused:
            dispense(practice.pharmacist, practice.opened(row), {1: 30}, operation(), given)
        assert set(refused.value.fields) == {"line.1"}

    @pytest.mark.parametrize("why", ["", "  "])
    def test_needs_a_reason(self, practice, alike, why):
        _, other, *_, row = alike
        given = {1: Given(why, medicine=other["_id"])}
        with pytest.raises(InvalidInput) as refused:
            dispense(practice.pharmacist, practice.opened(row), {1: 30}, operation(), given)
        assert "Say why" in refused.value.fields["line.1"]

    def test_out_of_use_is_not_offered(self, practice, alike):
        _, other, *_, row = alike
        MEDICINES.change(practice.pharmacist, other["_id"], 1, {"active": False}, operation())
        assert practice.opened(row).lines[0].others == ()


class TestALaterLot:
    def test_is_given_with_a_reason_and_the_earliest_goes_on_from_there(self, practice):
        medicine = practice.medicine()
        early, late = practice.lot(medicine, 10, 50), practice.lot(medicine, 8, 300)
        row = practice.sign(line(medicine, 12))
        given = {1: Given("The patient travels for a year", lot=late["_id"])}
        done = dispense(practice.pharmacist, practice.opened(row), {1: 12}, operation(), given)
        assert [(part["lot"], part["quantity"]) for part in done["lines"]] == [(late["_id"], 8), (early["_id"], 4)]

    def test_that_has_expired_is_refused(self, practice):
        medicine = practice.medicine()
        practice.lot(medicine, 10, 50)
        over = practice.lot(medicine, 10, 5)
        practice.expire(over)
        row = practice.sign(line(medicine, 5))
        given = {1: Given("It is still good", lot=over["_id"])}
        with pytest.raises(InvalidInput) as refused:
            dispense(practice.pharmacist, practice.opened(row), {1: 5}, operation(), given)
        assert "expired" in refused.value.fields["line.1"]
        assert practice.quantity(over) == 10


class TestCharging:
    @pytest.fixture
    def priced(self, practice):
        def make(*prices):
            lines = []
            for price in prices:
                medicine = practice.medicine()
                if price:
                    MEDICINES.change(practice.pharmacist, medicine["_id"], 1, {"price": price}, operation())
                practice.lot(medicine, 6)
                practice.lot(medicine, 100, 400)
                lines.append(line(medicine, 10))
            return practice.sign(*lines)

        return make

    def test_it_is_one_line_that_names_no_medicine(self, practice, priced):
        row = priced("1.50", "0.25", None)
        quantities = {1: 10, 2: 4, 3: 10}
        assert to_invoice(practice.opened(row), quantities, {}) == (Decimal("16.00"), 1)
        done = dispense(practice.pharmacist, practice.opened(row), quantities, operation())
        (charge,) = charges(practice, done)
        assert charge["amount"]["value"].to_decimal() == Decimal("16.00")
        assert charge["label"].startswith("Medicines, dispensed ")
        assert charge["patient"] == row["patient"]
        assert uninvoiced(practice, done) == 1

    def test_a_practice_may_have_them_named(self, practice, priced):
        row = priced("1.50", "0.25")
        administrator = practice.clinic.administrator

        def decide(itemised):
            version = PREFERENCES.current(administrator)["version"]
            PREFERENCES.change(administrator, THE_ONE, version, {"itemised_bills": itemised}, operation())

        decide(True)
        try:
            done = dispense(practice.pharmacist, practice.opened(row), {1: 10, 2: 4}, operation())
        finally:
            decide(False)
        made = charges(practice, done)
        named = {one["label"]: (one["quantity"], one["amount"]["value"].to_decimal()) for one in made}
        first, second = (one["name"] for one in row["lines"])
        assert named == {first: (10, Decimal("15.00")), second: (4, Decimal("1.00"))}

    def test_what_has_no_price_is_not_charged(self, practice, priced):
        done = dispense(practice.pharmacist, practice.opened(row := priced(None)), {1: 10}, operation())
        assert charges(practice, done) == []
        assert practice.opened(row).verdict is Verdict.DISPENSED

    def test_a_repeated_hand_out_is_charged_once(self, practice, priced):
        row, sent = priced("2"), operation()
        seen = practice.opened(row)
        for _ in range(2):
            done = dispense(practice.pharmacist, seen, {1: 10}, sent)
        assert len(charges(practice, done)) == 1


class TestTakingBack:
    def test_medicines_debt_and_charge_are_as_before(self, practice):
        medicine = practice.medicine()
        MEDICINES.change(practice.pharmacist, medicine["_id"], 1, {"price": "2"}, operation())
        lots = practice.lot(medicine, 6), practice.lot(medicine, 100, 400)
        row = practice.sign(line(medicine, 10))
        done = dispense(practice.pharmacist, practice.opened(row), {1: 10}, operation())
        assert [practice.quantity(lot) for lot in lots] == [0, 96]
        back = take_back(practice.pharmacist, done["_id"], "Wrong patient", operation())
        assert [practice.quantity(lot) for lot in lots] == [6, 100]
        assert (back["kind"], back["takes_back"], back["turn"]) == (TAKEN_BACK, done["_id"], 2)
        assert [one["kind"] for one in charges(practice, done)] == ["charged", "taken back"]
        assert uninvoiced(practice, done) == 0
        opened = practice.opened(row)
        assert (opened.verdict, opened.lines[0].owed) == (Verdict.GENUINE, 10)
        assert row["_id"] in [one["_id"] for one in queue(practice.pharmacist).waiting]
        dispense(practice.pharmacist, opened, {1: 10}, operation())
        assert [one["kind"] for one in dispensations(practice, row)] == [HANDED_OUT, TAKEN_BACK, HANDED_OUT]

    def test_it_is_taken_back_once(self, practice):
        row, sent = practice.stocked(), operation()
        done = dispense(practice.pharmacist, practice.opened(row), {1: 60}, operation())
        for _ in range(2):
            take_back(practice.pharmacist, done["_id"], "Wrong patient", sent)
        with pytest.raises(Conflict, match="taken back already"):
            take_back(practice.pharmacist, done["_id"], "Wrong patient", operation())
        assert practice.opened(row).lines[0].stock == 100

    def test_on_another_day_it_is_too_late(self, practice):
        row = practice.stocked()
        done = dispense(practice.pharmacist, practice.opened(row), {1: 60}, operation())
        tomorrow = practice.pharmacist.locale.today() + timedelta(days=1)
        with time_machine.travel(tomorrow, tick=True), pytest.raises(UserError, match="too late"):
            take_back(practice.pharmacist, done["_id"], "Wrong patient", operation())

    def test_what_is_on_a_bill_is_not_taken_back(self, practice):
        medicine = practice.medicine()
        MEDICINES.change(practice.pharmacist, medicine["_id"], 1, {"price": "2"}, operation())
        lot = practice.lot(medicine, 10)
        row = practice.sign(line(medicine, 10))
        done = dispense(practice.pharmacist, practice.opened(row), {1: 10}, operation())
        with practice.past_the_program() as database:
            database.uninvoiced.delete_many({"_id": {"$in": [one["_id"] for one in charges(practice, done)]}})
        with pytest.raises(UserError, match="on a bill"):
            take_back(practice.pharmacist, done["_id"], "Wrong patient", operation())
        assert practice.quantity(lot) == 0

    def test_it_needs_a_reason(self, practice):
        row = practice.stocked()
        done = dispense(practice.pharmacist, practice.opened(row), {1: 60}, operation())
        with pytest.raises(InvalidInput) as refused:
            take_back(practice.pharmacist, done["_id"], " ", operation())
        assert set(refused.value.fields) == {"reason"}
        assert practice.opened(row).lines[0].stock == 40

    def test_of_a_cancelled_prescription_as_well(self, practice):
        row = practice.stocked()
        done = dispense(practice.pharmacist, practice.opened(row), {1: 20}, operation())
        CANCELLATIONS.cancel(practice.doctor, row["_id"], "Allergic", operation())
        take_back(practice.pharmacist, done["_id"], "Not given", operation())
        opened = practice.opened(row)
        assert (opened.verdict, opened.lines[0].stock) == (Verdict.CANCELLED, 100)

    def test_by_the_dispensary_alone(self, practice):
        row = practice.stocked()
        done = dispense(practice.pharmacist, practice.opened(row), {1: 60}, operation())
        with pytest.raises(NotAllowed):
            take_back(practice.doctor, done["_id"], "Wrong patient", operation())


class TestRefusing:
    def test_nothing_more_is_handed_out_and_the_doctor_reads_why(self, practice):
        row = practice.stocked()
        seen = practice.opened(row)
        refuse(practice.pharmacist, seen, "The dose is for an adult.", operation())
        opened = practice.opened(row)
        assert opened.verdict is Verdict.REFUSED
        assert "The dose is for an adult." in opened.explained
        assert row["_id"] not in [one["_id"] for one in queue(practice.pharmacist).waiting]
        with pytest.raises(UserError):
            dispense(practice.pharmacist, opened, {1: 60}, operation())
        (told,) = history(practice.doctor, row["_id"])
        assert (told["kind"], told["reason"]) == (REFUSED, "The dose is for an adult.")
        assert told["created_by:title"]
        assert PRESCRIPTIONS.get(practice.doctor, row["_id"])["refused"] == "The dose is for an adult."

    def test_it_can_be_taken_back(self, practice):
        row = practice.stocked()
        refused = refuse(practice.pharmacist, practice.opened(row), "The dose is for an adult.", operation())
        with time_machine.travel(practice.pharmacist.locale.today() + timedelta(days=3), tick=True):
            take_back(practice.pharmacist, refused["_id"], "The doctor explained it", operation())
        assert practice.opened(row).verdict is Verdict.GENUINE
        assert "refused" not in PRESCRIPTIONS.get(practice.doctor, row["_id"])

    def test_the_rest_may_be_refused_and_cancelled(self, practice):
        row = practice.stocked()
        dispense(practice.pharmacist, practice.opened(row), {1: 20}, operation())
        refuse(practice.pharmacist, practice.opened(row), "It is not tolerated.", operation())
        assert row["_id"] not in [one.prescription["_id"] for one in queue(practice.pharmacist).owed]
        CANCELLATIONS.cancel(practice.doctor, row["_id"], "Not tolerated", operation())
        assert practice.opened(row).verdict is Verdict.CANCELLED

    def test_sent_twice_it_is_refused_once(self, practice):
        row, sent = practice.stocked(), operation()
        seen = practice.opened(row)
        for _ in range(2):
            refuse(practice.pharmacist, seen, "The dose is for an adult.", sent)
        assert len(dispensations(practice, row)) == 1

    def test_what_was_handed_out_meanwhile_is_told(self, practice):
        row = practice.stocked()
        seen = practice.opened(row)
        dispense(practice.pharmacist, practice.opened(row), {1: 20}, operation())
        with pytest.raises(Conflict):
            refuse(practice.pharmacist, seen, "The dose is for an adult.", operation())

    def test_it_needs_a_reason(self, practice):
        row = practice.stocked()
        with pytest.raises(InvalidInput) as refused:
            refuse(practice.pharmacist, practice.opened(row), "", operation())
        assert set(refused.value.fields) == {"reason"}

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE])
    def test_by_the_dispensary_alone(self, practice, role):
        with pytest.raises(NotAllowed):
            refuse(practice.clinic.session(role), practice.opened(practice.stocked()), "No", operation())


def test_what_the_patient_was_told_is_kept_for_doctors(practice):
    row = practice.stocked()
    dispense(practice.pharmacist, practice.opened(row), {1: 60}, operation(), told="Take it with food.")
    (kept,) = history(practice.doctor, row["_id"])
    assert kept["told"] == "Take it with food."


def test_what_the_patient_got_before_is_shown(practice):
    patient = practice.new_patient("Huda Nabil Amer")
    medicines = [practice.medicine() for _ in range(3)]
    for one in medicines:
        practice.lot(one, 100)
    first, second, third = (practice.sign(line(one, 10), patient=patient) for one in medicines)
    dispense(practice.pharmacist, practice.opened(first), {1: 10}, operation())
    mistaken = dispense(practice.pharmacist, practice.opened(second), {1: 10}, operation())
    take_back(practice.pharmacist, mistaken["_id"], "Wrong patient", operation())
    assert [one["prescription"] for one in practice.opened(third).earlier] == [first["_id"]]


class TestAnAllergy:
    @pytest.fixture
    def against(self, practice):
        """A prescription that an allergy recorded after it was signed speaks against."""
        medicine = practice.medicine("Amoxicillin", "capsule", "amoxicillin")
        practice.lot(medicine, 20)
        patient = practice.new_patient("Nadia Zaki")
        row = practice.sign(line(medicine, 10), patient=patient)
        HEALTH.change(practice.doctor, patient["_id"], 1, {"allergies": [{"substance": "Penicillin"}]}, operation())
        return row

    def test_recorded_since_it_was_signed_needs_a_reason(self, practice, against):
        opened = practice.opened(against)
        assert list(opened.allergies_against) == [1]
        for why in ("", "  "):
            with pytest.raises(UserError, match="penicillin"):
                dispense(practice.pharmacist, opened, {1: 10}, operation(), despite=why)
        assert dispensations(practice, against) == []
        done = dispense(practice.pharmacist, opened, {1: 10}, operation(), despite="The doctor was asked")
        assert done["despite"] == "The doctor was asked"

    def test_recorded_after_the_pharmacist_looked_is_not_overlooked(self, practice):
        medicine = practice.medicine("Amoxicillin", "capsule", "amoxicillin")
        practice.lot(medicine, 20)
        patient = practice.new_patient("Mona Zaki")
        row = practice.sign(line(medicine, 10), patient=patient)
        seen = practice.opened(row)
        HEALTH.change(practice.doctor, patient["_id"], 1, {"allergies": [{"substance": "Penicillin"}]}, operation())
        with pytest.raises(UserError, match="penicillin"):
            dispense(practice.pharmacist, seen, {1: 10}, operation())

    def test_the_other_lines_need_none(self, practice):
        penicillin, other = practice.medicine("Amoxicillin", "capsule", "amoxicillin"), practice.medicine()
        for medicine in (penicillin, other):
            practice.lot(medicine, 20)
        patient = practice.new_patient("Salma Zaki")
        row = practice.sign(line(penicillin, 10), line(other, 10), patient=patient)
        HEALTH.change(practice.doctor, patient["_id"], 1, {"allergies": [{"substance": "Penicillin"}]}, operation())
        done = dispense(practice.pharmacist, practice.opened(row), {2: 10}, operation(), despite="Not asked for")
        assert "despite" not in done

    def test_that_the_doctor_signed_a_reason_for_needs_none(self, practice):
        medicine = practice.medicine("Amoxicillin", "capsule", "amoxicillin")
        practice.lot(medicine, 20)
        why = {"line": 1, "check": "allergy", "about": "Penicillin", "reason": "Desensitised in October"}
        row = practice.sign(line(medicine, 10), overrides=(why,))
        assert dispense(practice.pharmacist, practice.opened(row), {1: 10}, operation())["lines"]
