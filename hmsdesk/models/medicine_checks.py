"""Three checks of what is prescribed: allergies, double therapy, interactions. Pure: nothing is read here.

Each has honest states. That nothing is known is another state than that nothing was found: whatever wasn't understood,
isn't listed or isn't recorded is named, and the check as a whole is then not checked, unless it found a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, product
from typing import Any

from hmsdesk.models.medicine_knowledge import (
    CONFLICT,
    REMARK,
    Composition,
    Ingredient,
    Knowledge,
    Rule,
    rule_between,
)
from hmsdesk.models.text import fold

# What is given there acts there; elsewhere in the body there is little of it.
LOCAL_ROUTES = frozenset({"topical", "eye", "ear", "nose", "inhaled"})
LESS = "Given there, little of it is taken up."
NO_MEDICINE = "No medicine yet"
NOT_RECORDED = "The patient's allergies are not recorded"
HIDDEN = "Allergies are not shown here"


class Check(StrEnum):
    """What is looked for."""

    ALLERGY = "allergy"
    DOUBLE = "double therapy"
    INTERACTION = "interaction"


class State(StrEnum):
    """How a check came out, the gravest first."""

    CONFLICT = "conflict"
    NOT_CHECKED = "not checked"
    REMARK = "remark"
    NONE_FOUND = "none found"


@dataclass(frozen=True)
class Medication:
    """A medicine the patient is to get or gets. source: where a running one is from; renewed: it is nearly used up."""

    name: str
    ingredient: str
    route: str
    source: str = ""
    renewed: bool = False


@dataclass(frozen=True)
class KnownAllergy:
    """What the patient must not get. told: the whole of it as a sentence."""

    substance: str
    told: str


@dataclass(frozen=True)
class Finding:
    """Something that was found about one line. about: what it conflicts with, in words that stay the same."""

    check: Check
    weight: str
    about: str
    title: str
    explained: str
    advice: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What a reason to prescribe it all the same is about."""
        return self.check.value, fold(self.about)


@dataclass(frozen=True)
class Outcome:
    """What a check came to. unchecked: each thing that it could not look at, as a sentence without a full stop."""

    state: State
    found: int = 0
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What was found about each line, in their order, and how each check came out.

    running, allergies: how many were looked at.
    """

    lines: tuple[tuple[Finding, ...], ...]
    outcomes: dict[Check, Outcome]
    running: int = 0
    allergies: int = 0

    def conflicts(self, line: int) -> list[Finding]:
        """What must be decided about a line, counted from 0."""
        return [finding for finding in self.lines[line] if finding.weight == CONFLICT]

    def unsigned_allergies(self, overrides: Iterable[Mapping[str, Any]]) -> list[tuple[int, Finding]]:
        """The lines (counted from 1) an allergy speaks against, without a reason signed for it."""
        return [(n, one) for n, one in self._unsigned(Check.ALLERGY, overrides) if one.weight == CONFLICT]

    def unsigned_interactions(self, overrides: Iterable[Mapping[str, Any]]) -> list[tuple[int, Finding]]:
        """The lines (counted from 1) with an interaction to be known, or without a reason signed for it."""
        return self._unsigned(Check.INTERACTION, overrides)

    def _unsigned(self, check: Check, overrides: Iterable[Mapping[str, Any]]) -> list[tuple[int, Finding]]:
        kept = {(one["line"], one["check"], fold(one["about"])) for one in overrides}
        return [
            (n, finding)
            for n, found in enumerate(self.lines, start=1)
            for finding in found
            if finding.check is check and (n, *finding.key) not in kept
        ]


def check(
    knowledge: Knowledge,
    lines: Sequence[Medication],
    running: Sequence[Medication],
    allergies: Sequence[KnownAllergy] | None,
    no_allergies: str = "",
    unread: Sequence[str] = (),
) -> Report:
    """Check the lines against the patient's allergies, one another, and what the patient takes already.

    allergies: None where they aren't known; `no_allergies` then says why. An empty list is that none are known.
    unread: what the patient may take that could not be looked at, each as a sentence without a full stop.
    """
    made = [knowledge.composition(line.ingredient) for line in lines]
    taken = [knowledge.composition(one.ingredient) for one in running]
    found = [
        [
            *_allergies(knowledge, made[n], allergies or ()),
            *_pairs(knowledge, line, made[n], lines[:n], made[:n]),
            *_pairs(knowledge, line, made[n], running, taken),
        ]
        for n, line in enumerate(lines)
    ]
    not_listed = list(chain(_not_listed(lines, made), _not_listed(running, taken), unread))
    unchecked = {
        Check.ALLERGY: [*_not_listed(lines, made), *_not_understood(knowledge, allergies, no_allergies)],
        Check.DOUBLE: not_listed,
        Check.INTERACTION: not_listed,
    }
    outcomes = {one: _outcome(one, found, unchecked[one] if lines else [NO_MEDICINE]) for one in Check}
    return Report(tuple(tuple(one) for one in found), outcomes, len(running), len(allergies or ()))


def _outcome(check: Check, found: Iterable[Iterable[Finding]], unchecked: Sequence[str]) -> Outcome:
    mine = [finding for finding in chain.from_iterable(found) if finding.check is check]
    grave = sum(finding.weight == CONFLICT for finding in mine)
    reasons = tuple(dict.fromkeys(unchecked))
    if grave:
        return Outcome(State.CONFLICT, grave, reasons)
    if reasons:
        return Outcome(State.NOT_CHECKED, len(mine), reasons)
    return Outcome(State.REMARK if mine else State.NONE_FOUND, len(mine))


def _not_listed(medications: Sequence[Medication], made: Sequence[Composition]) -> list[str]:
    return [
        f"{one.name}: {' and '.join(parts.unknown)} is not in the list"
        for one, parts in zip(medications, made, strict=True)
        if parts.unknown
    ]


def _not_understood(knowledge: Knowledge, allergies: Sequence[KnownAllergy] | None, why: str) -> list[str]:
    if allergies is None:
        return [why or NOT_RECORDED]
    return [f"“{one.substance}” is not understood" for one in allergies if knowledge.understood(one.substance).unknown]


# ---------------------------------------------------------------- allergies


def _allergies(knowledge: Knowledge, made: Composition, allergies: Sequence[KnownAllergy]) -> list[Finding]:
    """At most one finding for each allergy: the nearest relation, the gravest weight."""
    found = []
    for allergy in allergies:
        meant = knowledge.understood(allergy.substance)
        sure = _concerned(knowledge, made, meant.ingredients, meant.classes)
        if sure:
            weight, why, note = sure
            title = f"Allergy: {why}" if weight == CONFLICT else f"Allergy to {allergy.substance}: {why}"
            explained = f"{allergy.told} {note}".strip()
            found.append(Finding(Check.ALLERGY, weight, allergy.substance, title, explained))
            continue
        for word in meant.likely:
            likely = knowledge.understood(word)
            maybe = _concerned(knowledge, made, likely.ingredients, likely.classes)
            if maybe and maybe[0] == CONFLICT:
                title = f"Possible allergy: {maybe[1]}"
                explained = f"{allergy.told} “{allergy.substance}” may mean {word}."
                found.append(Finding(Check.ALLERGY, CONFLICT, allergy.substance, title, explained))
                break
    return found


def _concerned(
    knowledge: Knowledge, made: Composition, ingredients: Sequence[Ingredient], classes: Sequence[str]
) -> tuple[str, str, str] | None:
    """How a medicine is concerned by an allergy: weight, why, what else is to be known."""
    for mine in made.known:
        if mine in ingredients:
            return CONFLICT, f"this is {mine.name}", ""
    for mine in made.known:
        for code in mine.classes:
            if code in classes:
                return CONFLICT, f"{mine.name} is {knowledge.classes[code].one}", ""
            if knowledge.classes[code].shared_allergy:
                for other in ingredients:
                    if code in other.classes:
                        return CONFLICT, f"{mine.name} is {knowledge.classes[code].one} like {other.name}", ""
    recorded = [*classes, *chain.from_iterable(one.classes for one in ingredients)]
    crossing = [
        (rule, mine)
        for mine in made.known
        for pair in product(recorded, mine.classes)
        if (rule := knowledge.crosses.get(pair))
    ]
    if not crossing:
        return None
    rule, mine = min(crossing, key=lambda one: one[0].weight != CONFLICT)
    return rule.weight, f"{mine.name} is {knowledge.classes[rule.second].one}", f"{rule.effect}."


# ---------------------------------------------------------------- pairs


def _pairs(
    knowledge: Knowledge,
    line: Medication,
    made: Composition,
    others: Sequence[Medication],
    other_made: Sequence[Composition],
) -> list[Finding]:
    found = []
    for other, parts in zip(others, other_made, strict=True):
        found += [
            finding
            for finding in (
                _double(knowledge, line, made, other, parts),
                _interaction(knowledge, line, made, other, parts),
            )
            if finding
        ]
    return found


def _double(
    knowledge: Knowledge, line: Medication, made: Composition, other: Medication, parts: Composition
) -> Finding | None:
    if not _meet(line, other):
        return None
    same = [one.name for one in made.known if one in parts.known] + [
        one for one in made.unknown if one in parts.unknown
    ]
    shared = [
        (mine.name, theirs.name, knowledge.classes[code].several)
        for mine, theirs in product(made.known, parts.known)
        for code in mine.classes
        if mine != theirs and code in theirs.classes and knowledge.classes[code].double
    ]
    if not same and not shared:
        return None
    where = f"{other.name}{f', {other.source}' if other.source else ' is on this prescription too'}."
    if same:
        finding = Finding(Check.DOUBLE, CONFLICT, other.name, f"Double therapy: {same[0]} twice", where)
        if other.renewed:
            return replace(finding, weight=REMARK, title=f"Renews {same[0]}")
        return finding
    mine, theirs, several = shared[0]
    title = f"Double therapy: {mine} and {theirs} are both {several}"
    return Finding(Check.DOUBLE, CONFLICT, other.name, title, where)


def _meet(one: Medication, other: Medication) -> bool:
    """Whether the same body gets both: by the same local route, or neither by a local one."""
    return one.route == other.route or not {one.route, other.route} & LOCAL_ROUTES


def _interaction(
    knowledge: Knowledge, line: Medication, made: Composition, other: Medication, parts: Composition
) -> Finding | None:
    rules = [
        (rule, mine, theirs)
        for mine, theirs in product(made.known, parts.known)
        if (rule := rule_between(knowledge, mine, theirs))
    ]
    if not rules:
        return None
    rule, mine, theirs = min(rules, key=lambda one: one[0].weight != CONFLICT)
    local = bool({line.route, other.route} & LOCAL_ROUTES)
    weight = REMARK if local else rule.weight
    where = f" ({other.name}, {other.source})" if other.source else ""
    title = f"Interaction: {mine.name} with {theirs.name}{where}"
    return Finding(Check.INTERACTION, weight, other.name, title, _effect(rule, local), f"{rule.advice}.")


def _effect(rule: Rule, local: bool) -> str:
    return f"{rule.effect}. {LESS}" if local else f"{rule.effect}."
