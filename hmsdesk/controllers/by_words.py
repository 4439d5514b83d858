"""Narrowing a list down by words of something in its records: problems, diagnoses, medicines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hmsdesk.controllers.listing import NEVER
from hmsdesk.models import text
from hmsdesk.models.row import Row


def any_of(typed: str, edges: str, whole: str, words_of: Callable[[str], list[str]] = text.words) -> list[Row]:
    """What a record must have: any of several, with commas between them; each by the first letters of its words.

    edges, whole: where the words' first letters and the words stand. words_of: makes words of what was typed as they
    were made of what is kept.
    """
    wanted = [words for one in re.split("[,;،؛]", typed) if (words := sorted(words_of(one), key=len, reverse=True))]
    if not wanted:
        return [NEVER]
    first = sorted({text.longest_edge(words[0]) for words in wanted})
    each = [{"$and": [clause for word in words for clause in _begins(word, edges, whole)]} for words in wanted]
    # The first is for the index, in the order of the list; the second says all that was typed.
    return [{edges: {"$in": first}}, each[0] if len(each) == 1 else {"$or": each}]


def _begins(word: str, edges: str, whole: str) -> Iterator[Row]:
    edge = text.longest_edge(word)
    # The words hold letters and digits only, so they mean themselves in an expression.
    yield {edges: edge} if edge == word else {whole: {"$regex": f"^{word}"}}
