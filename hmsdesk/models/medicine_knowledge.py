"""What is known of medicines: ingredients, the classes they belong to, and what is told apart by other names.

The tables lie in resources/medicines, each with its source; here they are only read and asked, without I/O. What a
name isn't in the tables for is never taken for anything: it comes back as not understood.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from hmsdesk.models.text import fold

TABLES = ("ingredients", "classes", "cross", "interactions", "salts")
CONFLICT, REMARK = "conflict", "remark"
# Less alike than this, in hundredths, and it may be anything.
_ALIKE = 80
_SHORTEST = 4
_JOINTS = re.compile(r"\s*(?:[+/,;&]|\b(?:and|with|plus|or)\b|(?<=\s)و(?=\s))\s*")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_UNIT = r"(?:\s*(?:mg|g|mcg|micrograms?|ug|ml|iu|units?|%|mmol|dose)(?![^\W\d_]))"
_AMOUNT = rf"(?:\d[\d.,]*{_UNIT}?)"
_STRENGTH = re.compile(rf"(?<![^\s/+,;&]){_AMOUNT}(?:\s*/\s*(?:{_AMOUNT}|{_UNIT}))*(?![^\s/+,;&])")
# What people write around the name of what they must not get.
_AROUND = frozenset(
    {"allergy", "allergic", "to", "the", "all", "any", "drug", "drugs", "medicine", "medicines", "medication"}
    | {"antibiotic", "antibiotics", "family", "group", "class", "type", "tablets", "injection", "injections"}
    | {"حساسيه", "من", "الي", "دواء", "ادويه", "مضاد"}
)


@dataclass(frozen=True)
class DrugClass:
    """A class of ingredients. one, several: as they stand in a sentence ("a penicillin", "penicillins").

    shared_allergy: who is allergic to one of them is taken to be allergic to all. double: two are double therapy.
    area: what they are mostly given for, empty where nothing is proposed in their place.
    """

    code: str
    one: str
    several: str
    shared_allergy: bool
    double: bool
    area: str


@dataclass(frozen=True)
class Ingredient:
    """One active substance, by its international name."""

    name: str
    classes: tuple[str, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """What rules may call it: its name and its classes."""
        return frozenset((self.name, *self.classes))


@dataclass(frozen=True)
class Rule:
    """What happens between two ingredients or classes; weight: CONFLICT asks for a decision, REMARK is only said."""

    first: str
    second: str
    weight: str
    effect: str
    advice: str
    source: str


@dataclass(frozen=True)
class Composition:
    """What a medicine's ingredients were understood as, and the parts that weren't."""

    known: tuple[Ingredient, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Understood:
    """What a recorded allergy means. likely: what it may mean, where it is spelt like nothing that is known."""

    ingredients: tuple[Ingredient, ...]
    classes: tuple[str, ...]
    unknown: tuple[str, ...]
    likely: tuple[str, ...] = ()


# So many texts: a catalogue has some thousands of compositions, a clinic's patients some hundreds of allergies.
_remembered = lru_cache(maxsize=4096)


@dataclass(frozen=True, eq=False)
class Knowledge:
    """The tables, ready to be asked; what was asked once is remembered, as there is one of it.

    names, words: folded name -> ingredient, folded word -> codes of classes.
    """

    classes: Mapping[str, DrugClass]
    names: Mapping[str, Ingredient]
    words: Mapping[str, tuple[str, ...]]
    crosses: Mapping[tuple[str, str], Rule]
    interactions: Mapping[frozenset[str], Rule]
    salts: frozenset[str]
    number_of_ingredients: int = field(default=0)

    @_remembered
    def composition(self, text: str) -> Composition:
        """What a medicine is made of: "Amoxicillin (as trihydrate) 500 mg + clavulanic acid"."""
        whole = self._ingredient(fold(text))
        parts = [fold(text)] if whole else _parts(text)
        found = [(part, self._ingredient(part)) for part in parts]
        known = dict.fromkeys(ingredient for _, ingredient in found if ingredient)
        return Composition(tuple(known), tuple(part for part, ingredient in found if ingredient is None))

    @_remembered
    def understood(self, substance: str) -> Understood:
        """What somebody wrote down as an allergy: "Penicillin", "sulfa drugs", "حساسية من البنسلين"."""
        ingredients: dict[Ingredient, None] = {}
        codes: dict[str, None] = {}
        unknown = []
        whole = fold(substance)
        for part in [whole] if self._allergen(whole) else _parts(substance):
            meant = self._allergen(part)
            if meant is None:
                unknown.append(part)
            else:
                ingredients |= dict.fromkeys(meant[0])
                codes |= dict.fromkeys(meant[1])
        likely = tuple(dict.fromkeys(word for part in unknown for word in self._likely(part)))
        return Understood(tuple(ingredients), tuple(codes), tuple(unknown), likely)

    def members(self, area: str) -> list[str]:
        """The names, as they may stand in a catalogue, of ingredients mostly given for the same."""
        codes = {code for code, one in self.classes.items() if area and one.area == area}
        return [name for name, ingredient in self.names.items() if codes & set(ingredient.classes)]

    def _ingredient(self, folded: str) -> Ingredient | None:
        for form in _forms(folded, self.salts):
            if form in self.names:
                return self.names[form]
        return None

    def _allergen(self, folded: str) -> tuple[tuple[Ingredient, ...], tuple[str, ...]] | None:
        bare = " ".join(word for word in folded.split() if word not in _AROUND)
        for said in (folded, bare):
            if said in self.words:
                return (), self.words[said]
            ingredient = self._ingredient(said) if said else None
            if ingredient:
                return (ingredient,), ()
        return None

    def _likely(self, folded: str) -> list[str]:
        """Known words among those written, or one that is spelt much like the whole."""
        among = [word for word in folded.split() if self._allergen(word) is not None]
        if among or len(folded) < _SHORTEST:
            return among
        from rapidfuzz import fuzz, process

        choices = [word for word in (*self.words, *self.names) if len(word) >= _SHORTEST]
        spelt = (folded, *(word for word in folded.split() if len(word) > _SHORTEST))
        found = (process.extractOne(one, choices, scorer=fuzz.ratio, score_cutoff=_ALIKE) for one in spelt)
        return [match[0] for match in found if match][:1]


def _parts(text: str) -> list[str]:
    """The parts of a combination, folded."""
    bare = _STRENGTH.sub(" ", _BRACKETS.sub(" ", fold(text)))
    return [part for part in (" ".join(part.split()) for part in _JOINTS.split(bare)) if part] or [fold(text).strip()]


def _forms(folded: str, salts: frozenset[str]) -> Iterable[str]:
    """A name as it stands, without its strength, and without its salt."""
    plain = " ".join(_BRACKETS.sub(" ", folded).split())
    strengthless = " ".join(_STRENGTH.sub(" ", plain).split())
    yield from dict.fromkeys((folded.strip(), plain, strengthless))
    yield " ".join(word for word in strengthless.split() if word not in salts)


def read_tables(tables: Mapping[str, str]) -> Knowledge:
    """The knowledge in the texts of the files, by their names in TABLES. Raises KeyError where a file isn't whole."""
    rows = {name: list(csv.DictReader(tables[name].splitlines())) for name in TABLES}
    classes = {row["code"]: _drug_class(row) for row in rows["classes"]}
    words: dict[str, tuple[str, ...]] = {}
    for row in rows["classes"]:
        for word in _list(row["words"]):
            words[fold(word)] = (*words.get(fold(word), ()), row["code"])
    ingredients = [Ingredient(row["ingredient"], tuple(_list(row["classes"]))) for row in rows["ingredients"]]
    names = {
        fold(name): ingredient
        for ingredient, row in zip(ingredients, rows["ingredients"], strict=True)
        for name in (row["ingredient"], *_list(row["synonyms"]))
    }
    crosses = {(row["recorded"], row["prescribed"]): _cross(row) for row in rows["cross"]}
    rules = [Rule(**row) for row in rows["interactions"]]
    interactions = {frozenset((rule.first, rule.second)): rule for rule in rules}
    salts = frozenset(fold(row["word"]) for row in rows["salts"])
    return Knowledge(classes, names, words, crosses, interactions, salts, len(ingredients))


def _drug_class(row: Mapping[str, str]) -> DrugClass:
    shared, double = row["allergy"] == "class", row["double"] == "yes"
    return DrugClass(row["code"], row["one"], row["several"], shared, double, row["area"])


def _cross(row: Mapping[str, str]) -> Rule:
    return Rule(row["recorded"], row["prescribed"], row["weight"], row["words"], "", row["source"])


def _list(text: str) -> list[str]:
    return [part for part in text.split("|") if part]


def rule_between(knowledge: Knowledge, one: Ingredient, other: Ingredient) -> Rule | None:
    """The gravest listed interaction of two ingredients."""
    if one == other:
        return None
    pairs = (frozenset(pair) for pair in product(sorted(one.kinds), sorted(other.kinds)))
    found = [knowledge.interactions[pair] for pair in pairs if pair in knowledge.interactions]
    return min(found, key=lambda rule: rule.weight != CONFLICT, default=None)
