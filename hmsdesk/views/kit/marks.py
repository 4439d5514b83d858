"""Where a search found what: the beginnings of words that match, in either script."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from hmsdesk.models.text import fold

Letter = tuple[str, int]
"""A folded letter, and where in the text it comes from."""


def matches(text: str, sought: Sequence[str]) -> list[tuple[int, int]]:
    """Start and end of each beginning of a word that one of the sought words matches; these are folded already."""
    found = []
    for word in _words(text):
        folded = "".join(letter for letter, _ in word)
        longest = max((len(one) for one in sought if folded.startswith(one)), default=0)
        if longest:
            found.append((word[0][1], _end(text, word[longest - 1][1])))
    return found


def _words(text: str) -> list[list[Letter]]:
    # A number in groups of digits is found as one word.
    digits_only = not any(c.isalpha() for c in text)
    words: list[list[Letter]] = [[]]
    for place, character in enumerate(text):
        letters = [(letter, place) for letter in fold(character) if letter.isalnum()]
        if letters:
            words[-1].extend(letters)
        elif not _joins(character) and not digits_only:
            words.append([])
    return [word for word in words if word]


def _joins(character: str) -> bool:
    """Whether it stands inside a word without being a letter of it: vowel marks, the lengthening stroke."""
    return bool(unicodedata.combining(character)) or fold(character) == ""


def _end(text: str, last: int) -> int:
    end = last + 1
    while end < len(text) and _joins(text[end]):
        end += 1
    return end
