"""Finding a diagnosis while one types: the slowest of the texts, from two letters on, as soon as it is searched."""

from __future__ import annotations

from bench.measure import Figure, median_of
from bench.practice import Practice
from hmsdesk.controllers import diagnosis_codes

KEYSTROKE_MS = 30
ROUNDS = 9
TYPED = ("un", "ot", "di", "in", "of", "oth", "fract", "flu", "high blood", "type 2 diabetes", "e11", "sinusitis acute")


def run(_: Practice) -> list[Figure]:
    """No bare counterpart: a keystroke is to be answered before the next one."""
    index = diagnosis_codes.index()
    slowest, typed = max((median_of(lambda _, text=text: index.find(text), ROUNDS), text) for text in TYPED)
    said = f"“{typed}” among {len(index.codes):,} codes"
    return [Figure("diagnosis, a keystroke", slowest, "ms", KEYSTROKE_MS, said)]
