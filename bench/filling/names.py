"""Names as a big practice has them: a few are everywhere, thousands are rare, each in both scripts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

from hmsdesk.controllers.demo.names import FAMILIES, MEN, WOMEN

Name = tuple[str, str]
# As often as Zipf's law has it, the r-th is met 1 / (r + _FLAT) times as often as the first would be.
_FLAT = 3
_FIRSTS, _FAMILIES = 1200, 6000
_SYLLABLES: tuple[Name, ...] = (
    ("ba", "با"), ("ri", "ري"), ("mo", "مو"), ("sa", "سا"), ("di", "دي"), ("na", "نا"), ("ho", "هو"), ("ka", "كا"),
    ("li", "لي"), ("ta", "تا"), ("fu", "فو"), ("gha", "غا"), ("shi", "شي"), ("za", "زا"), ("ya", "يا"), ("wi", "وي"),
    ("bdel", "بدل"), ("rou", "رو"), ("kha", "خا"), ("ni", "ني"), ("qa", "قا"), ("thu", "ثو"), ("ja", "جا"),
)  # fmt: skip
_ENDS: tuple[Name, ...] = (
    ("d", "د"),
    ("n", "ن"),
    ("r", "ر"),
    ("m", "م"),
    ("wy", "وي"),
    ("h", "ه"),
    ("s", "س"),
    ("b", "ب"),
)


def person(chance: random.Random) -> tuple[str, str, str]:
    """A full name in Latin and in Arabic letters, and whether it is a man's or a woman's."""
    gender = chance.choice(("male", "female"))
    parts = [_drawn(chance, gender), _drawn(chance, "male"), _drawn(chance, "family")]
    if chance.random() < 0.3:
        parts.insert(2, _drawn(chance, "male"))
    return " ".join(part[0] for part in parts), " ".join(part[1] for part in parts), gender


def all_of(kind: str) -> Sequence[Name]:
    """The names of a kind, "male", "female" or "family", the commonest first."""
    return _weighted(kind)[0]


def _drawn(chance: random.Random, kind: str) -> Name:
    names, weights = _weighted(kind)
    return chance.choices(names, cum_weights=weights)[0]


@cache
def _weighted(kind: str) -> tuple[Sequence[Name], Sequence[float]]:
    known = {"male": MEN, "female": WOMEN, "family": FAMILIES}[kind]
    names = [*known, *_invented(kind, (_FAMILIES if kind == "family" else _FIRSTS) - len(known))]
    return names, list(accumulate(1 / (rank + _FLAT) for rank in range(len(names))))


def _invented(kind: str, number: int) -> list[Name]:
    chance = random.Random(kind)
    made: dict[str, str] = {}
    while len(made) < number:
        parts = [*chance.choices(_SYLLABLES, k=chance.randrange(2, 4)), chance.choice(_ENDS)]
        made["".join(part[0] for part in parts).capitalize()] = "".join(part[1] for part in parts)
    return list(made.items())
