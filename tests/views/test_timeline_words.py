"""How the entries of a timeline are told: every kind, in the clinic's words, and leading to pages that there are."""

import pytest

from hmsdesk.controllers.timeline import KINDS, Entry
from hmsdesk.navigation import MODULES
from hmsdesk.views.kit.vital_words import VitalWords
from hmsdesk.views.patients.timeline_words import told
from tests.factories import EGYPT, MOMENT, document_of

WORDS = VitalWords("1968-03-12", EGYPT)


def entry(kind, **more):
    return Entry(kind, MOMENT, document_of(kind) | {"practitioner:title": "Dr Sara El-Masry"} | more)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.resource)
def test_every_kind_is_told_and_leads_somewhere_that_is(kind):
    said = told(entry(kind.resource), WORDS)
    assert said.first
    assert said.second.startswith("10:20")
    assert said.spoken().startswith(said.first)
    assert not said.struck
    assert said.place is None or said.place[0] in {module.name for module in MODULES}


@pytest.mark.parametrize(
    ("kind", "more", "chip"),
    [
        ("prescriptions", {"cancelled": {"reason": "Another patient's"}}, "Cancelled"),
        ("appointments", {"status": "cancelled"}, "Cancelled"),
        ("invoices", {"state": "void"}, "Void"),
        ("observations", {"status": "entered-in-error", "error_reason": "Another patient's"}, None),
    ],
)
def test_what_is_no_longer_valid_is_struck_through(kind, more, chip):
    said = told(entry(kind, **more), WORDS)
    assert said.struck
    assert (said.status.word if said.status else None) == chip


@pytest.mark.parametrize(("handed", "chip"), [({}, "Set aside"), ({"handed_out": "in part"}, None)])
def test_what_the_patient_has_a_part_of_does_not_stand_as_set_aside(handed, chip):
    said = told(entry("prescriptions", set_aside="Sent elsewhere", **handed), WORDS)
    assert (said.status.word if said.status else None) == chip


def test_what_was_entered_in_error_says_why_and_not_what():
    wrong = entry("observations", status="entered-in-error", error_reason="Another patient's")
    said = told(wrong, WORDS)
    assert "Another patient's" in said.second
    assert "128/82" not in said.second


def test_vital_signs_tell_the_pressure_and_then_what_is_abnormal():
    said = told(entry("observations", heart_rate=120), WORDS)
    assert said.second.split(" · ")[1] == "128/82, 120 /min"
    assert said.status.word == "Pulse high"


def test_of_several_abnormal_values_it_is_told_how_many_and_what_was_noted():
    said = told(entry("observations", heart_rate=130, oxygen=84, note="pale, drowsy"), WORDS)
    assert said.status.word == "2 abnormal"
    assert said.second.split(" · ")[2] == "pale, drowsy"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Amlodipine 5 mg tablet", "Amlodipine"),
        ("Oral rehydration salts sachet", "Oral rehydration salts sachet"),
        ("5-FU cream", "5-FU cream"),
    ],
)
def test_a_medicine_is_called_by_its_whole_name_without_the_strength(name, said):
    assert told(entry("prescriptions", lines=[{"name": name}]), WORDS).second == f"10:20 · {said}"


def test_a_visit_says_what_it_was_about():
    said = told(entry("encounters", diagnosis="Type 2 diabetes", reason="Thirst"), WORDS)
    assert said.second == "10:20 · Dr Sara El-Masry · Type 2 diabetes"
