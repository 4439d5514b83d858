"""What is prescribed is checked as the server knows the patient at the moment of signing, and kept with a reason."""

from datetime import timedelta

import pytest
import time_machine

from hmsdesk.controllers.dispensary.opening import look_again
from hmsdesk.controllers.patients import HEALTH
from hmsdesk.controllers.prescription_cancellations import CANCELLATIONS
from hmsdesk.controllers.prescription_checks import alternatives, look
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Authenticity
from hmsdesk.errors import InvalidInput
from hmsdesk.models.medicine_checks import NOT_RECORDED, Check, State
from hmsdesk.models.prescription_code import content_of, read_content
from hmsdesk.security.permissions import Role
from tests.factories import operation
from tests.prescribing import line

WHY = "Desensitised in hospital in October"


@pytest.fixture
def patient(practice):
    """Somebody of whom no allergies are recorded."""
    return practice.new_patient("Karima Salem")


@pytest.fixture
def amoxicillin(practice):
    return practice.medicine("Amoxicillin 500 mg capsule", "capsule", "amoxicillin")


def record(practice, patient, substance, by=None, **more):
    current = HEALTH.get(practice.doctor, patient["_id"])
    known = [*current.get("allergies", []), {"substance": substance, **more}]
    HEALTH.change(by or practice.doctor, patient["_id"], current["version"], {"allergies": known}, operation())


def none_known(practice, patient):
    HEALTH.change(practice.doctor, patient["_id"], 1, {"no_known_allergies": True}, operation())


def kept(line_number, check, about, reason=WHY):
    return {"line": line_number, "check": check, "about": about, "reason": reason}


def refused(practice, *lines, patient, overrides=()):
    with pytest.raises(InvalidInput) as refusal:
        practice.sign(*lines, patient=patient, overrides=overrides)
    return refusal.value.fields


class TestSigning:
    def test_a_conflict_without_a_reason_is_refused_at_its_line(self, practice, patient, amoxicillin):
        record(practice, patient, "Penicillin")
        fields = refused(practice, line(practice.medicine()), line(amoxicillin), patient=patient)
        assert set(fields) == {"lines.1.overrides"}
        assert "amoxicillin is a penicillin" in fields["lines.1.overrides"]

    def test_an_allergy_that_a_nurse_records_meanwhile_is_caught(self, practice, patient, amoxicillin):
        none_known(practice, patient)
        seen = look(practice.doctor, patient, [line(amoxicillin)])
        assert seen.outcomes[Check.ALLERGY].state is State.NONE_FOUND
        nurse = practice.clinic.session(Role.NURSE)
        current = HEALTH.get(nurse, patient["_id"])
        changes = {"no_known_allergies": False, "allergies": [{"substance": "Penicillin"}]}
        HEALTH.change(nurse, patient["_id"], current["version"], changes, operation())
        assert set(refused(practice, line(amoxicillin), patient=patient)) == {"lines.0.overrides"}

    def test_with_a_reason_it_is_signed_and_the_reason_with_it(self, practice, patient, amoxicillin):
        record(practice, patient, "Penicillin")
        row = practice.sign(line(amoxicillin), patient=patient, overrides=(kept(1, "allergy", "penicillin"),))
        (one,) = row["overrides"]
        assert one == {"line": 1, "check": "allergy", "about": "Penicillin", "reason": WHY,
                       "found": "Allergy: amoxicillin is a penicillin"}  # fmt: skip
        assert practice.opened(row).prescription["overrides"] == [one]

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
    def test_a_reason_that_is_none_is_refused(self, practice, patient, amoxicillin, reason):
        record(practice, patient, "Penicillin")
        overrides = (kept(1, "allergy", "Penicillin", reason),)
        assert set(refused(practice, line(amoxicillin), patient=patient, overrides=overrides)) == {"lines.0.overrides"}

    def test_a_reason_for_one_allergy_is_none_for_another(self, practice, patient, amoxicillin):
        record(practice, patient, "Penicillin")
        record(practice, patient, "Ampicillin")
        overrides = (kept(1, "allergy", "Penicillin"),)
        assert refused(practice, line(amoxicillin), patient=patient, overrides=overrides)

    def test_a_reason_for_one_line_is_none_for_another(self, practice, patient, amoxicillin):
        record(practice, patient, "Penicillin")
        overrides = (kept(1, "allergy", "Penicillin"),)
        fields = refused(practice, line(practice.medicine()), line(amoxicillin), patient=patient, overrides=overrides)
        assert set(fields) == {"lines.1.overrides"}

    def test_a_reason_for_what_is_not_found_is_not_kept(self, practice, patient):
        row = practice.sign(line(practice.medicine()), patient=patient, overrides=(kept(1, "allergy", "Penicillin"),))
        assert "overrides" not in row

    def test_the_trail_says_override_and_nothing_of_the_patient_s_health(self, practice, patient, amoxicillin):
        record(practice, patient, "Penicillin")
        row = practice.sign(line(amoxicillin), patient=patient, overrides=(kept(1, "allergy", "Penicillin"),))
        with practice.past_the_program() as database:
            entry = database.audit.find_one({"record": row["_id"], "action": "sign prescription"})
        assert entry["reason"] == f"{row['number']} of {patient['identifier']}, override"

    def test_two_of_one_class_and_what_runs_already_are_refused(self, practice, patient):
        ibuprofen, naproxen = (practice.medicine(name, ingredient=name) for name in ("ibuprofen", "naproxen"))
        fields = refused(practice, line(ibuprofen), line(naproxen), patient=patient)
        assert set(fields) == {"lines.1.overrides"}
        first = practice.sign(line(ibuprofen, days=30), patient=patient)
        fields = refused(practice, line(naproxen), patient=patient)
        assert "both anti-inflammatory" in fields["lines.0.overrides"]
        CANCELLATIONS.cancel(practice.doctor, first["_id"], "Stomach pain", operation())
        assert practice.sign(line(naproxen), patient=patient)

    def test_an_interaction_is_refused_and_kept_with_a_reason(self, practice, patient):
        warfarin, ibuprofen = (practice.medicine(name, ingredient=name) for name in ("warfarin", "ibuprofen"))
        lines = (line(warfarin), line(ibuprofen))
        assert "ibuprofen with warfarin" in refused(practice, *lines, patient=patient)["lines.1.overrides"]
        row = practice.sign(*lines, patient=patient, overrides=(kept(2, "interaction", warfarin["name"]),))
        assert row["overrides"][0]["check"] == "interaction"


class TestTheSignedContent:
    @pytest.fixture
    def signed(self, practice, patient, amoxicillin):
        record(practice, patient, "Penicillin")
        lines = (line(amoxicillin, substitution=False), line(practice.medicine()))
        return practice.sign(*lines, patient=patient, overrides=(kept(1, "allergy", "Penicillin"),))

    def authenticity(self, practice, row, patient):
        current = PRESCRIPTIONS.get(practice.pharmacist, row["_id"])
        return PRESCRIPTIONS.check_record(practice.pharmacist, current, patient).authenticity

    def test_covers_substitution_and_overrides(self, practice, patient, signed):
        said = read_content(signed["content"])
        assert said.substitution == "01"
        assert len(said.overrides) == 32
        assert self.authenticity(practice, signed, patient) is Authenticity.GENUINE

    @pytest.mark.parametrize(
        "changes",
        [
            {"overrides.0.reason": "Something else"},
            {"overrides.0.line": 2},
            {"overrides": []},
            {"lines.0.substitution": True},
            {"lines.1.substitution": False},
        ],
        ids=str,
    )
    def test_shows_every_change_of_them(self, practice, patient, signed, changes):
        practice.tamper("prescriptions", signed["_id"], changes)
        assert self.authenticity(practice, signed, patient) is Authenticity.ALTERED

    def test_what_was_signed_before_there_were_checks_stays_genuine(self, practice, patient):
        row = practice.sign(line(practice.medicine()), patient=patient)
        lines = [{name: value for name, value in one.items() if name != "substitution"} for one in row["lines"]]
        content = content_of(row | {"lines": lines}, patient)
        assert read_content(content).substitution == ""
        signature = practice.doctor.keys.signing_key.sign(content).signature
        practice.tamper("prescriptions", row["_id"], {"lines": lines, "content": content, "signature": signature})
        assert self.authenticity(practice, row, patient) is Authenticity.GENUINE
        practice.tamper("prescriptions", row["_id"], {"lines.0.substitution": True})
        assert self.authenticity(practice, row, patient) is Authenticity.ALTERED


class TestLooking:
    def test_it_says_what_since_when_and_who_recorded_it(self, practice, patient, amoxicillin):
        record(practice, patient, "Latex", by=practice.clinic.session(Role.NURSE))
        record(practice, patient, "Penicillin", by=practice.doctor, reaction="anaphylaxis", since="2019")
        record(practice, patient, "Cats", by=practice.clinic.session(Role.NURSE))
        (found,) = look(practice.doctor, patient, [line(amoxicillin)]).lines[0]
        assert found.explained == (
            "Karima Salem had anaphylaxis from Penicillin in 2019 (recorded by Dr Sara El-Masry)."
        )

    def test_nothing_recorded_is_not_checked(self, practice, patient, amoxicillin):
        outcome = look(practice.doctor, patient, [line(amoxicillin)]).outcomes[Check.ALLERGY]
        assert (outcome.state, outcome.unchecked) == (State.NOT_CHECKED, (NOT_RECORDED,))
        none_known(practice, patient)
        outcome = look(practice.doctor, patient, [line(amoxicillin)]).outcomes[Check.ALLERGY]
        assert outcome.state is State.NONE_FOUND

    def test_what_is_used_up_or_cancelled_runs_no_more(self, practice, patient):
        ibuprofen = practice.medicine("Ibuprofen", ingredient="ibuprofen")
        row = practice.sign(line(ibuprofen, days=30), patient=patient)
        lines = [line(ibuprofen)]
        assert look(practice.doctor, patient, lines).lines[0][0].title == "Double therapy: ibuprofen twice"
        assert look(practice.doctor, patient, lines, but=row["_id"]).lines[0] == ()
        with time_machine.travel(row["issued_at"] + timedelta(days=25), tick=True):
            assert look(practice.doctor, patient, lines).lines[0][0].title == "Renews ibuprofen"
        with time_machine.travel(row["issued_at"] + timedelta(days=31), tick=True):
            assert look(practice.doctor, patient, lines).lines[0] == ()

    def test_what_runs_by_two_prescriptions_is_warned_of_once_with_the_one_that_lasts(self, practice, patient):
        furosemide = practice.medicine("Furosemide", ingredient="furosemide")
        practice.sign(line(furosemide, days=25), patient=patient)
        ibuprofen = practice.medicine("Ibuprofen", ingredient="ibuprofen")
        why = {"line": 1, "check": Check.DOUBLE.value, "about": furosemide["name"], "reason": "The box was lost"}
        lasting = practice.sign(line(furosemide, days=30), patient=patient, overrides=(why,))
        report = look(practice.doctor, patient, [line(ibuprofen)])
        assert report.running == 1
        assert len(report.lines[0]) == 1
        assert lasting["number"] in report.lines[0][0].title

    def test_a_short_course_is_given_twice_until_more_than_half_of_it_is_over(self, practice, patient):
        ibuprofen = practice.medicine("Ibuprofen", ingredient="ibuprofen")
        row = practice.sign(line(ibuprofen, days=7), patient=patient)
        for day, title in (
            (0, "Double therapy: ibuprofen twice"),
            (3, "Double therapy: ibuprofen twice"),
            (4, "Renews ibuprofen"),
        ):
            with time_machine.travel(row["issued_at"] + timedelta(days=day), tick=True):
                assert look(practice.doctor, patient, [line(ibuprofen)]).lines[0][0].title == title

    def test_an_earlier_one_that_was_spoilt_past_the_program_is_named_and_stops_nothing(self, practice, patient):
        spoilt = practice.sign(line(practice.medicine("Ibuprofen", ingredient="ibuprofen")), patient=patient)
        practice.tamper("prescriptions", spoilt["_id"], {"lines": [5]})
        row = line(practice.medicine("Naproxen", ingredient="naproxen"))
        outcome = look(practice.doctor, patient, [row]).outcomes[Check.DOUBLE]
        assert outcome.state is State.NOT_CHECKED
        assert "not as it was signed" in outcome.unchecked[0]
        assert practice.sign(row, patient=patient)

    def test_proposals_are_of_another_class_in_use_and_without_conflict(self, practice, patient, amoxicillin):
        record(practice, patient, "Penicillin")
        record(practice, patient, "Doxycycline")
        fit = practice.medicine("Azithromycin 500 mg tablet", ingredient="azithromycin")
        unfit = [
            practice.medicine(name, ingredient=name)
            for name in ("cefalexin", "doxycycline", "flucloxacillin", "warfarin")
        ]
        offered = [row["_id"] for row in alternatives(practice.doctor, patient, [line(amoxicillin)], 0)]
        assert fit["_id"] in offered
        assert not {row["_id"] for row in unfit} & set(offered)

    def test_in_place_of_a_capsule_a_capsule_is_proposed_before_a_syrup(self, practice, patient, amoxicillin):
        record(practice, patient, "Penicillin")
        syrup = practice.medicine("A first syrup", "bottle", ingredient="clarithromycin")
        same = practice.medicine("Clarithromycin 250 mg", amoxicillin["unit"], ingredient="clarithromycin")
        offered = [row["_id"] for row in alternatives(practice.doctor, patient, [line(amoxicillin)], 0)]
        assert offered.index(same["_id"]) < (offered.index(syrup["_id"]) if syrup["_id"] in offered else len(offered))

    def test_for_what_is_not_listed_nothing_is_proposed(self, practice, patient):
        assert alternatives(practice.doctor, patient, [line(practice.medicine())], 0) == []


def test_the_dispensary_checks_again(practice, patient, amoxicillin):
    none_known(practice, patient)
    row = practice.sign(line(amoxicillin), patient=patient)
    current = HEALTH.get(practice.doctor, patient["_id"])
    changes = {"no_known_allergies": False, "allergies": [{"substance": "Penicillin"}]}
    HEALTH.change(practice.doctor, patient["_id"], current["version"], changes, operation())
    report = look_again(practice.pharmacist, row["_id"]).report
    assert report.outcomes[Check.ALLERGY].state is State.CONFLICT
    assert report.outcomes[Check.DOUBLE].state is State.NONE_FOUND
