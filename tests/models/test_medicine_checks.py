"""Allergies, double therapy and interactions: what is found, and that what isn't known never looks like nothing."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hmsdesk.controllers.medicine_tables import knowledge
from hmsdesk.models.medicine_checks import (
    HIDDEN,
    NOT_RECORDED,
    Check,
    KnownAllergy,
    Medication,
    State,
    check,
)
from hmsdesk.models.medicine_knowledge import CONFLICT, REMARK

KNOWN = knowledge()
INGREDIENTS = sorted({one.name for one in KNOWN.names.values()})
MEDICINES = some.sampled_from([*INGREDIENTS, "something", "unobtainium", "ibuprofen + unobtainium"])
ROUTES = some.sampled_from(["oral", "topical", "eye", "inhaled", "injected"])
MEDICATIONS = some.builds(lambda name, route: Medication(name, name, route), MEDICINES, ROUTES)
SUBSTANCES = some.sampled_from(["Penicillin", "sulfa", "aspirin", "penicilin", "latex", "cefalexin", "statins", "?"])
ALLERGIES = some.lists(SUBSTANCES.map(lambda one: KnownAllergy(one, f"Allergic to {one}.")), max_size=4)


def oral(*names, **more):
    return [Medication(name, name, "oral", **more) for name in names]


def report(lines, running=(), allergies=()):
    known = None if allergies is None else [KnownAllergy(one, f"Rash from {one}.") for one in allergies]
    return check(KNOWN, lines, running, known)


def only(lines, running=(), allergies=(), of=Check.ALLERGY):
    """The findings of one check about the last line."""
    return [one for one in report(lines, running, allergies).lines[-1] if one.check is of]


class TestAllergies:
    @pytest.mark.parametrize(
        ("substance", "medicine", "title"),
        [
            ("Penicillin", "amoxicillin", "Allergy: amoxicillin is a penicillin"),
            ("Amoxicillin", "ampicillin", "Allergy: ampicillin is a penicillin like amoxicillin"),
            ("Ibuprofen", "ibuprofen", "Allergy: this is ibuprofen"),
            ("Diclofenac", "naproxen", "Allergy: naproxen is an anti-inflammatory painkiller (NSAID) like diclofenac"),
            ("Sulfa", "co-trimoxazole", "Allergy: co-trimoxazole is a sulfonamide antibacterial"),
            ("Statins", "rosuvastatin", "Allergy: rosuvastatin is a statin"),
            ("Penicillin", "cefalexin", "Allergy: cefalexin is a cephalosporin"),
            ("Cefalexin", "amoxicillin", "Allergy: amoxicillin is a penicillin"),
        ],
    )  # fmt: skip
    def test_a_conflict_says_why(self, substance, medicine, title):
        (found,) = only(oral(medicine), allergies=[substance])
        assert (found.weight, found.title, found.about) == (CONFLICT, title, substance)
        assert f"Rash from {substance}." in found.explained

    def test_a_part_of_a_combination_conflicts_too(self):
        assert only(oral("amoxicillin + clavulanic acid"), allergies=["Penicillin"])

    def test_a_local_route_makes_no_difference_to_an_allergy(self):
        assert only([Medication("cream", "sulfadiazine", "topical")], allergies=["Sulfa"])

    def test_an_allergy_to_one_statin_is_none_to_the_others(self):
        assert (
            report(oral("rosuvastatin"), allergies=["Atorvastatin"]).outcomes[Check.ALLERGY].state is State.NONE_FOUND
        )

    def test_what_is_unlikely_is_remarked(self):
        (found,) = only(oral("furosemide"), allergies=["Sulfa"])
        assert found.weight == REMARK
        assert report(oral("furosemide"), allergies=["Sulfa"]).outcomes[Check.ALLERGY].state is State.REMARK

    def test_a_misspelt_allergy_is_a_possible_conflict_and_clears_nothing(self):
        (found,) = only(oral("amoxicillin"), allergies=["Penicilin"])
        assert found.title == "Possible allergy: amoxicillin is a penicillin"
        assert "may mean penicillin" in found.explained
        assert report(oral("metformin"), allergies=["Penicilin"]).outcomes[Check.ALLERGY].state is State.NOT_CHECKED

    def test_none_known_is_another_thing_than_not_recorded(self):
        assert report(oral("amoxicillin"), allergies=[]).outcomes[Check.ALLERGY].state is State.NONE_FOUND
        unknown = report(oral("amoxicillin"), allergies=None).outcomes[Check.ALLERGY]
        assert (unknown.state, unknown.unchecked) == (State.NOT_CHECKED, (NOT_RECORDED,))
        hidden = check(KNOWN, oral("amoxicillin"), [], None, HIDDEN).outcomes[Check.ALLERGY]
        assert (hidden.state, hidden.unchecked) == (State.NOT_CHECKED, (HIDDEN,))

    @pytest.mark.parametrize("substance", ["Latex", "Peanuts", "something red"])
    def test_an_entry_that_is_not_understood_is_named(self, substance):
        outcome = report(oral("metformin"), allergies=[substance]).outcomes[Check.ALLERGY]
        assert outcome.state is State.NOT_CHECKED
        assert substance in outcome.unchecked[0]

    def test_a_medicine_that_is_not_listed_is_named(self):
        outcome = report(oral("unobtainium"), allergies=["Penicillin"]).outcomes[Check.ALLERGY]
        assert outcome.unchecked == ("unobtainium: unobtainium is not in the list",)


class TestDoubleTherapy:
    def test_two_of_a_class_on_one_prescription(self):
        (found,) = only(oral("ibuprofen", "naproxen"), of=Check.DOUBLE)
        assert "are both anti-inflammatory painkillers" in found.title
        assert found.explained == "ibuprofen is on this prescription too."

    def test_the_same_twice(self):
        (found,) = only(oral("Metformin hydrochloride", "metformin"), of=Check.DOUBLE)
        assert found.title == "Double therapy: metformin twice"

    def test_what_runs_already_and_where_it_is_from(self):
        running = oral("atorvastatin", source="RX-26-7KQ3M9 until 12 Dec 2026")
        (found,) = only(oral("simvastatin"), running, of=Check.DOUBLE)
        assert found.explained == "atorvastatin, RX-26-7KQ3M9 until 12 Dec 2026."

    def test_what_is_nearly_used_up_is_renewed(self):
        running = oral("metformin", source="RX-26-7KQ3M9 until 12 Dec 2026", renewed=True)
        (found,) = only(oral("metformin"), running, of=Check.DOUBLE)
        assert (found.weight, found.title) == (REMARK, "Renews metformin")

    def test_another_of_the_class_is_no_renewal(self):
        assert only(oral("simvastatin"), oral("atorvastatin", renewed=True), of=Check.DOUBLE)[0].weight == CONFLICT

    @pytest.mark.parametrize(
        ("route", "other", "meets"),
        [
            ("topical", "oral", False),
            ("inhaled", "inhaled", True),
            ("injected", "oral", True),
            ("eye", "ear", False),
        ],
    )
    def test_a_local_route_meets_only_itself(self, route, other, meets):
        lines = [Medication("a", "dexamethasone", route), Medication("b", "dexamethasone", other)]
        assert bool(only(lines, of=Check.DOUBLE)) is meets

    def test_what_is_not_listed_is_double_when_it_is_the_same(self):
        assert only(oral("unobtainium", "Unobtainium"), of=Check.DOUBLE)

    def test_two_antiplatelets_are_meant(self):
        assert only(oral("acetylsalicylic acid", "clopidogrel"), of=Check.DOUBLE) == []


class TestInteractions:
    def test_a_grave_one_says_what_happens_and_what_to_do(self):
        (found,) = only(oral("warfarin", "ibuprofen"), of=Check.INTERACTION)
        assert found.weight == CONFLICT
        assert found.title == "Interaction: ibuprofen with warfarin"
        assert found.explained.startswith("Bleeding is likelier")
        assert found.advice.startswith("Choose paracetamol")

    def test_with_what_runs_already(self):
        running = oral("warfarin", source="RX-26-7KQ3M9 until 12 Dec 2026")
        (found,) = only(oral("ibuprofen"), running, of=Check.INTERACTION)
        assert "RX-26-7KQ3M9" in found.title

    def test_given_locally_it_is_only_remarked(self):
        lines = [*oral("warfarin"), Medication("gel", "ibuprofen", "topical")]
        (found,) = only(lines, of=Check.INTERACTION)
        assert found.weight == REMARK
        assert "little of it is taken up" in found.explained

    def test_none_listed(self):
        assert report(oral("metformin", "paracetamol")).outcomes[Check.INTERACTION].state is State.NONE_FOUND

    def test_a_running_medicine_that_is_not_listed_leaves_it_not_checked(self):
        outcomes = report(oral("metformin"), oral("unobtainium")).outcomes
        assert outcomes[Check.INTERACTION].state is State.NOT_CHECKED
        assert outcomes[Check.ALLERGY].state is State.NONE_FOUND


def test_without_a_medicine_nothing_is_checked():
    assert {one.state for one in report([]).outcomes.values()} == {State.NOT_CHECKED}


def told(made):
    """What was found, whichever of two lines it is told at."""
    return {
        (one.check, one.weight, frozenset((line, one.about)) if one.check is not Check.ALLERGY else (line, one.about))
        for line, found in made
        for one in found
    }


class TestWhateverIsPrescribed:
    @given(some.lists(MEDICATIONS, max_size=6), some.randoms(), ALLERGIES)
    def test_the_order_of_the_lines_does_not_matter(self, lines, chance, allergies):
        turned = list(lines)
        chance.shuffle(turned)
        one, other = (check(KNOWN, given, [], allergies) for given in (lines, turned))
        assert one.outcomes.keys() == other.outcomes.keys()
        assert {c: o.state for c, o in one.outcomes.items()} == {c: o.state for c, o in other.outcomes.items()}
        names = ([line.name for line in given] for given in (lines, turned))
        first, second = (
            told(zip(named, made.lines, strict=True)) for named, made in zip(names, (one, other), strict=True)
        )
        assert first == second

    @given(some.lists(MEDICATIONS, max_size=5), MEDICATIONS, some.lists(MEDICATIONS, max_size=3), ALLERGIES)
    def test_a_line_that_is_added_never_removes_a_finding(self, lines, added, running, allergies):
        before = check(KNOWN, lines, running, allergies)
        after = check(KNOWN, [*lines, added], running, allergies)
        assert after.lines[: len(lines)] == before.lines

    @given(some.lists(MEDICATIONS, min_size=1, max_size=5), some.lists(MEDICATIONS, max_size=3), ALLERGIES)
    def test_what_is_not_known_is_never_none_found(self, lines, running, allergies):
        made = check(KNOWN, lines, running, allergies)
        unlisted = any(KNOWN.composition(one.ingredient).unknown for one in lines)
        running_unlisted = any(KNOWN.composition(one.ingredient).unknown for one in running)
        unread = any(KNOWN.understood(one.substance).unknown for one in allergies)
        honest = (State.CONFLICT, State.NOT_CHECKED)
        if unlisted or unread:
            assert made.outcomes[Check.ALLERGY].state in honest
        if unlisted or running_unlisted:
            assert made.outcomes[Check.DOUBLE].state in honest
            assert made.outcomes[Check.INTERACTION].state in honest
        assert check(KNOWN, lines, running, None).outcomes[Check.ALLERGY].state is State.NOT_CHECKED

    @given(some.lists(MEDICATIONS, min_size=2, max_size=5))
    def test_no_pair_is_told_twice(self, lines):
        named = [Medication(f"{n}", line.ingredient, line.route) for n, line in enumerate(lines)]
        made = check(KNOWN, named, [], [])
        pairs = [
            (one.check, frozenset((name.name, one.about)))
            for name, found in zip(named, made.lines, strict=True)
            for one in found
        ]
        assert len(pairs) == len(set(pairs)) <= 2 * len(list(combinations(named, 2)))
