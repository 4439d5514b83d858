"""A scanned page becomes a prescription with a verdict, and medicines leave the earliest lots, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from bson import ObjectId
from nacl.signing import SigningKey

from hmsdesk.controllers.charts import open_chart
from hmsdesk.controllers.consulting_room import look_again as look_into
from hmsdesk.controllers.dispensary.finding import open_or_find
from hmsdesk.controllers.dispensary.hand_outs import history
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.opening import Verdict, look_again, open_code, open_prescription
from hmsdesk.controllers.dispensary.queue import owed_of, queue
from hmsdesk.controllers.dispensary.refusing import bring_back, refuse, set_aside, take_back
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.medicines import MEDICINES
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.database.connection import Busy
from hmsdesk.errors import Conflict, InvalidInput, NotAllowed, NotFound, UserError
from hmsdesk.models.dispensations import HANDED_OUT, SET_ASIDE, TAKEN_BACK
from hmsdesk.models.prescription_code import content_of, encode
from hmsdesk.models.prescriptions import Prescription
from hmsdesk.models.stock import DISPENSED, RECEIVED
from hmsdesk.security.permissions import Role
from tests.factories import operation
from tests.prescribing import line


@pytest.fixture
def signed(practice):
    return practice.stocked()


def code(row):
    return PRESCRIPTIONS.code(row)


def dispensations(practice, prescription):
    with practice.pharmacist.reading("dispensations") as collection:
        return list(collection.find({"prescription": prescription["_id"]}).sort("turn", 1))


def assert_ledger_adds_up(practice, *lots):
    """Every lot holds the sum of its movements, which never went below zero."""
    with practice.pharmacist.reading("stock_movements") as movements:
        for lot in lots:
            entries = list(movements.find({"lot": lot["_id"]}))
            assert sum(entry["change"] for entry in entries) == practice.quantity(lot) >= 0
            assert min(entry["after"] for entry in entries) >= 0
            kinds = [entry["kind"] for entry in entries]
            assert kinds.count(RECEIVED) == 1
            assert set(kinds) <= {RECEIVED, DISPENSED}


class TestFindingByName:
    def test_what_is_still_owed_comes_before_what_is_newer_and_handed_out(self, practice):
        patient = practice.new_patient("Huda Samir Mansour")
        first = practice.stocked(patient=patient)
        for _ in range(2):
            later = practice.stocked(patient=patient)
            refuse(practice.pharmacist, look_again(practice.pharmacist, later["_id"]), "Given elsewhere", operation())
        found = open_or_find(practice.pharmacist, "huda samir")
        assert [one.state for one in found] == ["", "refused", "refused"]
        assert found[0].prescription["_id"] == first["_id"]

    def test_who_it_is_stands_with_each_that_is_found(self, practice):
        patient = practice.new_patient("Soraya Fahmy Guindi")
        practice.stocked(patient=patient)
        (found,) = open_or_find(practice.pharmacist, "soraya fahmy")
        assert found.prescription["patient:who"] == f"\u2066{patient['identifier']}\u2069, born 12 Mar 1968"

    def test_a_birth_date_that_is_a_guess_is_called_one(self, practice):
        patient = practice.new_patient("Guessed Birth Mansi")
        with practice.past_the_program() as database:
            database.patients.update_one({"_id": patient["_id"]}, {"$set": {"birth_estimated": True}})
        practice.stocked(patient=patient)
        (found,) = open_or_find(practice.pharmacist, "guessed birth")
        assert "born about 12 Mar 1968" in found.prescription["patient:who"]

    def test_twins_of_one_name_are_told_apart_in_the_queue(self, practice):
        twins = [practice.new_patient("Newborn of Heba El-Sharkawy") for _ in range(2)]
        signed = [practice.stocked(patient=twin) for twin in twins]
        alone = practice.stocked(patient=practice.new_patient("Nobody Elses Name"))
        waiting = {row["_id"]: row for row in queue(practice.pharmacist).waiting}
        said = [waiting[row["_id"]]["patient:who"] for row in signed]
        assert all(twin["identifier"] in words for twin, words in zip(twins, said, strict=True))
        assert "patient:who" not in waiting[alone["_id"]]

    def test_a_name_nobody_has_is_not_called_a_number(self, practice):
        with pytest.raises(NotFound, match="Nobody of this name"):
            open_or_find(practice.pharmacist, "qqqqzzz")

    def test_a_code_scanned_with_the_keyboard_set_to_arabic_says_so(self, practice):
        with pytest.raises(NotFound) as told:
            open_or_find(practice.pharmacist, "قء-26-0ث7ىئ6")
        assert "keyboard is set to Arabic" in told.value.message


class TestTheVerdict:
    def test_a_genuine_page_opens_its_prescription(self, practice, signed):
        opened = open_code(practice.pharmacist, code(signed))
        assert opened.verdict is Verdict.GENUINE
        assert (opened.prescription["_id"], opened.patient["_id"]) == (signed["_id"], signed["patient"])
        assert "Dr Sara El-Masry" in opened.explained
        assert opened.health["allergies"][0]["substance"] == "Penicillin"
        (only,) = opened.lines
        assert (only.prescribed, only.owed, only.stock) == (60, 60, 100)

    @pytest.mark.parametrize("change", [str, str.lower, lambda text: f"  {text}\r\n"])
    def test_its_code_and_its_number_open_the_same(self, practice, signed, change):
        assert open_code(practice.pharmacist, change(code(signed))).prescription["_id"] == signed["_id"]
        number = change(signed["number"]).replace("-", " ")
        assert open_code(practice.pharmacist, number).prescription["_id"] == signed["_id"]

    @pytest.mark.parametrize("scanned", ["", "hello", "RX-26-000000", "\0", "\ud800", '{"$gt": ""}', "9" * 100_000])
    def test_what_is_no_prescription_is_told(self, practice, scanned):
        with pytest.raises(NotFound, match="No prescription has this number"):
            open_code(practice.pharmacist, scanned)

    @pytest.mark.parametrize("scanned", ["6221025000125", "]d2010622102500012517271231101234"])
    def test_the_barcode_of_a_pack_is_told_apart(self, practice, scanned):
        with pytest.raises(NotFound, match="This is no prescription's code, but a pack's"):
            open_or_find(practice.pharmacist, scanned)

    def test_a_code_that_was_cut_short_is_told_apart(self, practice, signed):
        with pytest.raises(NotFound, match="cut short or changed: do not hand"):
            open_code(practice.pharmacist, code(signed)[:-1])

    def test_an_altered_page_is_forged_and_shows_nothing_else(self, practice, signed):
        lines = [signed["lines"][0] | {"quantity": 600}]
        content = content_of(signed | {"lines": lines}, practice.patient)
        opened = open_code(practice.pharmacist, encode(content, signed["signature"]))
        assert opened.verdict is Verdict.FORGED
        assert (opened.prescription, opened.patient, opened.lines) == (None, None, ())

    def test_a_page_signed_by_another_key_is_forged(self, practice, signed):
        signature = SigningKey.generate().sign(signed["content"]).signature
        assert open_code(practice.pharmacist, encode(signed["content"], signature)).verdict is Verdict.FORGED

    def test_a_signer_nobody_knows_is_told(self, practice, signed):
        content = content_of(signed | {"signer": ObjectId()}, practice.patient)
        signature = SigningKey.generate().sign(content).signature
        assert open_code(practice.pharmacist, encode(content, signature)).verdict is Verdict.UNKNOWN_SIGNER

    def test_a_genuine_page_that_is_not_in_the_records_is_told(self, practice, signed):
        content = content_of(signed | {"number": "RX-26-ABCDEF"}, practice.patient)
        signature = practice.doctor.keys.signing_key.sign(content).signature
        opened = open_code(practice.pharmacist, encode(content, signature))
        assert opened.verdict is Verdict.NOT_HERE
        assert "RX-26-ABCDEF" in opened.explained

    def test_two_pages_with_one_number_are_not_both_believed(self, practice, signed):
        lines = [signed["lines"][0] | {"quantity": 90}]
        content = content_of(signed | {"lines": lines}, practice.patient)
        signature = practice.doctor.keys.signing_key.sign(content).signature
        assert open_code(practice.pharmacist, encode(content, signature)).verdict is Verdict.FORGED

    def test_one_that_is_over_is_told(self, practice, signed):
        day = practice.pharmacist.locale.today()
        with time_machine.travel(day + timedelta(days=30), tick=True):
            assert practice.opened(signed).verdict is Verdict.GENUINE
        with time_machine.travel(day + timedelta(days=31), tick=True):
            opened = practice.opened(signed)
        assert opened.verdict is Verdict.EXPIRED
        assert opened.lines[0].owed == 60

    def test_one_that_was_dispensed_is_told(self, practice, signed):
        dispense(practice.pharmacist, practice.opened(signed), {1: 60}, operation())
        opened = open_code(practice.pharmacist, code(signed))
        assert opened.verdict is Verdict.DISPENSED
        assert [one["turn"] for one in opened.handed_out] == [1]

    def test_opening_is_in_the_trail_and_looking_again_is_not(self, practice, signed):
        def entries():
            with practice.past_the_program() as database:
                return database.audit.count_documents({"action": "open chart", "record": signed["patient"]})

        before = entries()
        open_prescription(practice.pharmacist, signed["_id"])
        look_again(practice.pharmacist, signed["_id"])
        assert entries() == before + 1


class TestARecordChangedPastTheProgram:
    def refused(self, practice, signed, changes):
        seen = practice.opened(signed)
        practice.tamper("prescriptions", signed["_id"], changes)
        assert open_code(practice.pharmacist, code(signed)).verdict is Verdict.FORGED
        for opened in (seen, practice.opened(signed)):
            with pytest.raises(UserError, match="Altered or forged"):
                dispense(practice.pharmacist, opened, {1: 60}, operation())
        assert dispensations(practice, signed) == []

    @pytest.mark.parametrize(
        "changes", [{"lines.0.quantity": 600}, {"lines.0.name": "Morphine"}, {"valid_until": "2099-12-31"}]
    )
    def test_is_forged(self, practice, signed, changes):
        self.refused(practice, signed, changes)

    def test_another_medicine_under_the_signed_name_is_not_dispensed(self, practice, signed):
        morphine = practice.medicine("Morphine 10 mg tablet")
        lot = practice.lot(morphine, 100)
        self.refused(practice, signed, {"lines.0.medicine": morphine["_id"]})
        assert practice.quantity(lot) == 100

    @pytest.mark.parametrize("find", [{"number": "another"}, {"number": ""}])
    def test_a_copy_of_a_genuine_one_is_not_dispensed_a_second_time(self, practice, signed, find):
        dispense(practice.pharmacist, practice.opened(signed), {1: 60}, operation())
        with practice.clinic.bare(practice.clinic.credentials()[Role.DOCTOR]) as hostile:
            prescriptions = hostile[practice.clinic.database].prescriptions
            row = prescriptions.find_one({"_id": signed["_id"]})
            copy = prescriptions.insert_one(row | {"_id": ObjectId(), "find": find}).inserted_id
        opened = look_again(practice.pharmacist, copy)
        assert opened.verdict is Verdict.FORGED
        with pytest.raises(UserError, match="Altered or forged"):
            dispense(practice.pharmacist, opened, {1: 60}, operation())

    def test_another_patient_gets_nothing(self, practice, signed):
        other = practice.new_patient("Somebody Else")
        self.refused(practice, signed, {"patient": other["_id"]})


class TestAMedicineThatChangedInTheCatalogue:
    def test_its_new_name_is_told(self, practice, signed):
        medicine = signed["lines"][0]["medicine"]
        MEDICINES.change(practice.pharmacist, medicine, 1, {"name": f"Renamed {medicine}"}, operation())
        (only,) = practice.opened(signed).lines
        assert (only.name, only.called_now) == (signed["lines"][0]["name"], f"Renamed {medicine}")
        assert only.stock == 100

    def test_what_is_counted_in_something_else_now_is_not_handed_out(self, practice, signed):
        MEDICINES.change(practice.pharmacist, signed["lines"][0]["medicine"], 1, {"unit": "bottle"}, operation())
        assert practice.opened(signed).lines[0].stock == 0
        with pytest.raises(InvalidInput):
            dispense(practice.pharmacist, practice.opened(signed), {1: 60}, operation())


class TestDispensing:
    def test_the_earliest_lot_goes_first_and_an_expired_one_never(self, practice):
        medicine = practice.medicine()
        late, early = practice.lot(medicine, 100, 400), practice.lot(medicine, 14, 70)
        expired = practice.lot(medicine, 50, 5)
        practice.expire(expired)
        row = practice.sign(line(medicine, 30))
        assert [lot["_id"] for lot in practice.opened(row).lines[0].lots] == [early["_id"], late["_id"]]
        done = dispense(practice.pharmacist, practice.opened(row), {1: 30}, operation())
        assert [(part["lot"], part["quantity"]) for part in done["lines"]] == [(early["_id"], 14), (late["_id"], 16)]
        assert [practice.quantity(lot) for lot in (early, late, expired)] == [0, 84, 50]
        assert_ledger_adds_up(practice, early, late, expired)

    def test_in_part_and_then_the_rest(self, practice, signed):
        dispense(practice.pharmacist, practice.opened(signed), {1: 14}, operation())
        opened = practice.opened(signed)
        assert (opened.verdict, opened.lines[0].owed) == (Verdict.GENUINE, 46)
        dispense(practice.pharmacist, practice.opened(signed), {1: 46}, operation())
        assert practice.opened(signed).verdict is Verdict.DISPENSED
        assert [one["turn"] for one in dispensations(practice, signed)] == [1, 2]

    def test_two_lines_share_a_lot(self, practice):
        medicine = practice.medicine()
        lot = practice.lot(medicine, 50)
        twice = {"line": 2, "check": "double therapy", "about": medicine["name"], "reason": "Morning and night"}
        row = practice.sign(line(medicine, 30), line(medicine, 30), overrides=(twice,))
        with pytest.raises(InvalidInput) as refused:
            dispense(practice.pharmacist, practice.opened(row), {1: 30, 2: 30}, operation())
        assert set(refused.value.fields) == {"line.2"}
        assert "20" in refused.value.fields["line.2"]
        dispense(practice.pharmacist, practice.opened(row), {1: 30, 2: 20}, operation())
        assert practice.quantity(lot) == 0
        assert_ledger_adds_up(practice, lot)

    @pytest.mark.parametrize(
        ("quantities", "field"),
        [
            ({1: 61}, "line.1"),
            ({1: -1}, "line.1"),
            ({1: 0}, "lines"),
            ({}, "lines"),
            ({7: 5}, "lines"),
        ],
    )
    def test_what_cannot_be_is_told_at_its_line_and_nothing_leaves(self, practice, signed, quantities, field):
        with pytest.raises(InvalidInput) as refused:
            dispense(practice.pharmacist, practice.opened(signed), quantities, operation())
        assert set(refused.value.fields) == {field}
        assert practice.opened(signed).lines[0].stock == 100

    def test_all_lines_or_none(self, practice):
        stocked, empty = practice.medicine(), practice.medicine()
        lot = practice.lot(stocked, 100)
        row = practice.sign(line(stocked, 10), line(empty, 10))
        with pytest.raises(InvalidInput) as refused:
            dispense(practice.pharmacist, practice.opened(row), {1: 10, 2: 10}, operation())
        assert set(refused.value.fields) == {"line.2"}
        assert practice.quantity(lot) == 100

    def test_an_expired_prescription_is_not_dispensed(self, practice, signed):
        day = practice.pharmacist.locale.today() + timedelta(days=31)
        seen = practice.opened(signed)
        with time_machine.travel(day, tick=True), pytest.raises(UserError, match="No longer valid"):
            dispense(practice.pharmacist, seen, {1: 60}, operation())

    def test_the_same_operation_twice_dispenses_once(self, practice, signed):
        sent, seen = operation(), practice.opened(signed)
        first = dispense(practice.pharmacist, seen, {1: 60}, sent)
        assert dispense(practice.pharmacist, seen, {1: 60}, sent) == first
        assert len(dispensations(practice, signed)) == 1

    def test_the_same_part_twice_by_one_operation_leaves_once(self, practice, signed):
        sent, seen = operation(), practice.opened(signed)
        for _ in range(2):
            dispense(practice.pharmacist, seen, {1: 20}, sent)
        assert practice.opened(signed).lines[0].owed == 40

    def test_what_somebody_else_handed_out_meanwhile_is_told(self, practice, signed):
        seen = practice.opened(signed)
        dispense(practice.pharmacist, seen, {1: 20}, operation())
        with pytest.raises(Conflict):
            dispense(practice.pharmacist, seen, {1: 20}, operation())
        assert practice.opened(signed).lines[0].owed == 40

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE, Role.ADMINISTRATOR, Role.RECEPTIONIST])
    def test_by_the_dispensary_alone(self, practice, signed, role):
        seen = practice.opened(signed)
        with pytest.raises(NotAllowed):
            dispense(practice.clinic.session(role), seen, {1: 60}, operation())


def persistently(work):
    """As people do who are asked to try again: others were quicker, so somebody always gets on."""
    while True:
        try:
            return work()
        except UserError as problem:
            if not (isinstance(problem, Busy) or "too fast" in problem.title):
                raise


class TestManyAtOnce:
    def together(self, works):
        """Everything begins in the same moment; what each returned or raised."""
        start = Barrier(len(works))

        def one(work):
            start.wait()
            try:
                return work()
            except UserError as problem:
                return problem

        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(one, works))

    def test_two_pharmacists_at_one_prescription_dispense_it_once(self, practice):
        other = practice.clinic.sign_in(Role.PHARMACIST)
        for _ in range(3):
            row = practice.stocked(owed=60, stock=200)
            seen = practice.opened(row)
            answers = self.together(
                [
                    lambda who=who, seen=seen: dispense(who, seen, {1: 20}, operation())
                    for who in (practice.pharmacist, other)
                ]
            )
            assert [type(answer) for answer in answers if isinstance(answer, UserError)] == [Conflict]
            assert practice.opened(row).lines[0].stock == 180
            assert len(dispensations(practice, row)) == 1

    def test_of_a_hand_out_and_a_refusal_one_is_first(self, practice):
        other = practice.clinic.sign_in(Role.PHARMACIST)
        for _ in range(3):
            row = practice.stocked(owed=60, stock=200)
            seen = practice.opened(row)
            answers = self.together(
                [
                    lambda seen=seen: dispense(practice.pharmacist, seen, {1: 20}, operation()),
                    lambda seen=seen: refuse(other, seen, "Not tolerated", operation()),
                ]
            )
            assert [type(answer) for answer in answers if isinstance(answer, UserError)] == [Conflict]
            (done,) = dispensations(practice, row)
            assert practice.opened(row).lines[0].stock == (180 if done["kind"] == HANDED_OUT else 200)

    def test_a_hand_out_is_taken_back_once_by_two(self, practice):
        other = practice.clinic.sign_in(Role.PHARMACIST)
        row = practice.stocked(owed=60, stock=200)
        done = dispense(practice.pharmacist, practice.opened(row), {1: 60}, operation())
        answers = self.together(
            [
                lambda who=who: take_back(who, done["_id"], "By mistake", operation())
                for who in (practice.pharmacist, other)
            ]
        )
        assert [type(answer) for answer in answers if isinstance(answer, UserError)] == [Conflict]
        assert practice.opened(row).lines[0].stock == 200

    def test_a_double_click_dispenses_once(self, practice, signed):
        sent, seen = operation(), practice.opened(signed)
        answers = self.together([lambda: dispense(practice.pharmacist, seen, {1: 60}, sent)] * 4)
        assert len({answer["_id"] for answer in answers}) == 1
        assert practice.opened(signed).lines[0].stock == 40

    def test_stock_never_goes_below_zero_and_the_ledger_adds_up(self, practice):
        medicine = practice.medicine()
        lots = [practice.lot(medicine, quantity, days) for quantity, days in ((10, 20), (7, 30), (25, 40))]
        people = [practice.new_patient(f"Patient {n}") for n in range(8)]
        opened = [practice.opened(practice.sign(line(medicine, 6), patient=one)) for one in people]
        sessions = [practice.clinic.sign_in(Role.PHARMACIST) for _ in range(8)]
        answers = self.together(
            [
                lambda who=who, seen=seen: persistently(lambda: dispense(who, seen, {1: 6}, operation()))
                for who, seen in zip(sessions, opened, strict=True)
            ]
        )
        done = [answer for answer in answers if not isinstance(answer, UserError)]
        # Seven times six fit into 42; who came last is told that there is nothing left.
        assert len(done) == 7
        assert sum(practice.quantity(lot) for lot in lots) == 42 - 7 * 6
        assert_ledger_adds_up(practice, *lots)
        (late,) = [answer for answer in answers if isinstance(answer, UserError)]
        assert isinstance(late, InvalidInput)
        assert set(late.fields) == {"line.1"}


def waiting(practice):
    return [row["_id"] for row in queue(practice.pharmacist).waiting]


def owed(practice):
    return {one.prescription["_id"]: one for one in queue(practice.pharmacist).owed}


def aside(practice):
    return {row["_id"]: row["set_aside"] for row in queue(practice.pharmacist).aside}


class TestSettingAside:
    WHY = "Not in stock, sent elsewhere"

    def test_it_leaves_the_queue_and_is_listed_with_its_reason(self, practice):
        row = practice.sign(line(practice.medicine(), 10))
        set_aside(practice.pharmacist, practice.opened(row), self.WHY, operation())
        assert row["_id"] not in waiting(practice)
        assert aside(practice)[row["_id"]] == self.WHY

    def test_it_opens_as_before_and_handing_out_ends_it(self, practice, signed):
        set_aside(practice.pharmacist, practice.opened(signed), self.WHY, operation())
        opened = open_code(practice.pharmacist, code(signed))
        assert (opened.verdict, opened.aside["reason"]) == (Verdict.GENUINE, self.WHY)
        assert f"{self.WHY}. Signed by" in opened.explained
        dispense(practice.pharmacist, opened, {1: 20}, operation())
        assert signed["_id"] in owed(practice)
        assert signed["_id"] not in aside(practice)
        assert practice.opened(signed).aside is None

    def test_the_rest_of_it_is_owed_no_more_until_it_is_back(self, practice, signed):
        dispense(practice.pharmacist, practice.opened(signed), {1: 20}, operation())
        medicine = signed["lines"][0]["medicine"]
        before = owed_of(practice.pharmacist)[medicine]
        row = set_aside(practice.pharmacist, practice.opened(signed), self.WHY, operation())
        assert signed["_id"] not in {*owed(practice), *waiting(practice)}
        assert owed_of(practice.pharmacist).get(medicine, 0) == before - 40
        bring_back(practice.pharmacist, row["_id"], operation())
        assert signed["_id"] in owed(practice)
        assert signed["_id"] not in aside(practice)

    def test_brought_back_days_later_it_waits_again(self, practice, signed):
        row = set_aside(practice.pharmacist, practice.opened(signed), self.WHY, operation())
        with time_machine.travel(practice.pharmacist.now() + timedelta(days=5), tick=True):
            assert signed["_id"] in aside(practice)
            bring_back(practice.pharmacist, row["_id"], operation())
            assert signed["_id"] in waiting(practice)
            waits = queue(practice.pharmacist).waiting[-1]
            assert waits["_id"] == signed["_id"]
            assert practice.pharmacist.now() - waits["since"] < timedelta(hours=1)

    def test_brought_back_twice_it_waits_all_the_same(self, practice, signed):
        row = set_aside(practice.pharmacist, practice.opened(signed), self.WHY, operation())
        with ThreadPoolExecutor(4) as pool:
            back = list(pool.map(lambda _: bring_back(practice.pharmacist, row["_id"], operation()), range(4)))
        assert len({one["_id"] for one in back}) == 1
        assert [one["kind"] for one in dispensations(practice, signed)] == [SET_ASIDE, TAKEN_BACK]

    def test_what_was_handed_out_since_is_not_brought_back(self, practice, signed):
        row = set_aside(practice.pharmacist, practice.opened(signed), self.WHY, operation())
        dispense(practice.pharmacist, practice.opened(signed), {1: 20}, operation())
        with pytest.raises(Conflict, match="not set aside any more"):
            bring_back(practice.pharmacist, row["_id"], operation())

    def test_what_was_handed_out_in_spite_of_it_and_taken_back_waits(self, practice, signed):
        set_aside(practice.pharmacist, practice.opened(signed), self.WHY, operation())
        done = dispense(practice.pharmacist, practice.opened(signed), {1: 20}, operation())
        take_back(practice.pharmacist, done["_id"], "Wrong patient", operation())
        assert signed["_id"] not in aside(practice)
        assert signed["_id"] in waiting(practice)

    def test_a_hand_out_taken_back_after_it_leaves_it_aside(self, practice, signed):
        done = dispense(practice.pharmacist, practice.opened(signed), {1: 20}, operation())
        set_aside(practice.pharmacist, practice.opened(signed), self.WHY, operation())
        take_back(practice.pharmacist, done["_id"], "The patient does not want it", operation())
        assert signed["_id"] in aside(practice)
        assert signed["_id"] not in {*owed(practice), *waiting(practice)}

    def test_what_is_refused_or_cancelled_after_it_is_listed_no_more(self, practice):
        refused, cancelled = practice.stocked(), practice.stocked()
        for row in (refused, cancelled):
            set_aside(practice.pharmacist, practice.opened(row), self.WHY, operation())
        refuse(practice.pharmacist, practice.opened(refused), "Too strong", operation())
        CANCELLATIONS.cancel(practice.doctor, cancelled["_id"], "Not needed", operation())
        assert not {refused["_id"], cancelled["_id"]} & aside(practice).keys()

    def test_the_doctor_reads_why_where_the_patient_takes_it(self, practice):
        patient = practice.new_patient("Aside Osman")
        row = practice.sign(line(practice.medicine(), 60), patient=patient)
        set_aside(practice.pharmacist, practice.opened(row), self.WHY, operation())
        (told,) = history(practice.doctor, row["_id"])
        assert (told["kind"], told["reason"]) == (SET_ASIDE, self.WHY)
        assert PRESCRIPTIONS.get(practice.doctor, row["_id"])["set_aside"] == self.WHY
        (taken,) = open_chart(practice.doctor, patient["_id"]).medication
        assert (taken.withheld, taken.is_refused) == (self.WHY, False)

    def test_the_rest_of_what_the_patient_holds_a_part_of_is_told_as_dispensed_in_part(self, practice, signed):
        patient = practice.new_patient("Part Osman")
        medicine = practice.medicine()
        practice.lot(medicine, 20)
        row = practice.sign(line(medicine, 60), patient=patient)
        dispense(practice.pharmacist, practice.opened(row), {1: 20}, operation())
        set_aside(practice.pharmacist, practice.opened(row), self.WHY, operation())
        visit = ENCOUNTERS.begin_for(practice.doctor, patient["_id"], operation())
        room = look_into(practice.doctor, visit["_id"])
        chart = open_chart(practice.doctor, patient["_id"])
        assert [taken.withheld for taken in (*room.medication, *chart.medication)] == ["", ""]
        listed = PRESCRIPTIONS.page(practice.doctor, Query(text=row["number"])).rows
        state = Prescription.LISTING.cells["valid_until"].words
        assert [state(one, practice.doctor.locale) for one in listed] == ["In part"]

    def test_it_needs_a_reason_is_done_once_and_by_the_dispensary_alone(self, practice, signed):
        seen, sent = practice.opened(signed), operation()
        with pytest.raises(InvalidInput):
            set_aside(practice.pharmacist, seen, " ", operation())
        with pytest.raises(NotAllowed):
            set_aside(practice.doctor, seen, self.WHY, operation())
        for _ in range(2):
            set_aside(practice.pharmacist, seen, self.WHY, sent)
        assert [row["kind"] for row in dispensations(practice, signed)] == [SET_ASIDE]
        with pytest.raises(Conflict):
            set_aside(practice.pharmacist, seen, self.WHY, operation())


class TestTheQueue:
    def test_who_waits_the_longest_is_first_and_what_is_owed_stands_apart(self, practice):
        medicine = practice.medicine()
        practice.lot(medicine, 100)
        first, second, done = (
            practice.sign(line(medicine, 10), patient=practice.new_patient(f"Patient {n}")) for n in range(3)
        )
        dispense(practice.pharmacist, practice.opened(done), {1: 10}, operation())
        dispense(practice.pharmacist, practice.opened(second), {1: 4}, operation())
        assert first["_id"] in waiting(practice)
        assert second["_id"] not in waiting(practice)
        assert done["_id"] not in {*waiting(practice), *owed(practice)}
        assert owed(practice)[second["_id"]].left == ((medicine["name"], 6),)
        moments = [row["since"] for row in queue(practice.pharmacist).waiting]
        assert moments == sorted(moments)

    def test_what_is_owed_says_when_it_came_in(self, practice):
        medicine = practice.medicine()
        practice.lot(medicine, 14)
        row = practice.sign(line(medicine, 30))
        dispense(practice.pharmacist, practice.opened(row), {1: 14}, operation())
        assert not owed(practice)[row["_id"]].came_in
        practice.lot(medicine, 15)
        assert not owed(practice)[row["_id"]].came_in
        practice.lot(medicine, 1)
        assert owed(practice)[row["_id"]].came_in
        dispense(practice.pharmacist, practice.opened(row), {1: 16}, operation())
        assert row["_id"] not in owed(practice)

    def test_one_of_two_owed_medicines_that_came_in_is_told_of_and_named_first(self, practice):
        medicines = practice.medicine(), practice.medicine()
        for medicine in medicines:
            practice.lot(medicine, 10)
        row = practice.sign(line(medicines[0], 30), line(medicines[1], 30))
        dispense(practice.pharmacist, practice.opened(row), {1: 10, 2: 10}, operation())
        practice.lot(medicines[0], 5)
        found = owed(practice)[row["_id"]]
        assert (found.came_in, found.some) == (False, True)
        practice.lot(medicines[1], 20)
        found = owed(practice)[row["_id"]]
        assert (found.came_in, [name for name, _ in found.left]) == (True, [m["name"] for m in medicines[::-1]])

    def test_the_last_of_it_is_told_to_whoever_waits_longest(self, practice):
        medicine = practice.medicine()
        practice.lot(medicine, 20)
        rows = [practice.sign(line(medicine, 30), patient=practice.new_patient(f"Patient {n}")) for n in range(2)]
        for row in rows:
            dispense(practice.pharmacist, practice.opened(row), {1: 10}, operation())
        practice.lot(medicine, 20)
        assert [owed(practice)[row["_id"]].came_in for row in rows] == [True, False]
        practice.lot(medicine, 20)
        assert [owed(practice)[row["_id"]].came_in for row in rows] == [True, True]

    def test_what_was_signed_days_ago_waits_for_its_code(self, practice, signed):
        with time_machine.travel(practice.pharmacist.locale.today() + timedelta(days=5), tick=True):
            assert signed["_id"] not in waiting(practice)
            assert open_code(practice.pharmacist, code(signed)).verdict is Verdict.GENUINE

    def test_what_was_handed_out_today_is_counted(self, practice, signed):
        before = queue(practice.pharmacist).dispensed_today
        done = dispense(practice.pharmacist, practice.opened(signed), {1: 60}, operation())
        assert queue(practice.pharmacist).dispensed_today == before + 1
        take_back(practice.pharmacist, done["_id"], "Wrong patient", operation())
        assert queue(practice.pharmacist).dispensed_today == before

    def test_it_knows_when_waiting_is_long(self, practice):
        now = queue(practice.pharmacist)
        assert (now.long, now.too_long) == (20, 40)

    def test_it_names_patient_and_doctor(self, practice, signed):
        row = next(row for row in queue(practice.pharmacist).waiting if row["_id"] == signed["_id"])
        assert (row["patient:title"], row["practitioner:title"]) == ("Mohamed Ali Hassan", "Dr Sara El-Masry")

    def test_it_is_the_dispensarys(self, practice):
        with pytest.raises(NotAllowed):
            queue(practice.clinic.session(Role.RECEPTIONIST))
