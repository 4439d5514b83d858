"""Finding a diagnosis by what is typed: ICD-10 codes and words, from the data file of the package simple-icd-10-cm.

Only that package's data is read, not its program: importing it would take two seconds and 185 MB. The index is made
once, at the first question, on the thread that asks. Codes that need a seventh character stand without it.
"""

from __future__ import annotations

import re
import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from hmsdesk.models.diagnosis_words import SHORT_FORMS
from hmsdesk.models.text import fold, words

MOST_FOUND = 30
_PACKAGE = "simple_icd_10_cm"
_WORD = re.compile(r"[^\W_]+")
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Code:
    """One code of the classification. is_leaf: no finer one is below it."""

    code: str
    title: str
    is_leaf: bool


class Index:
    """The codes by the folded words of their titles and inclusion terms; words are looked up by how they begin."""

    def __init__(self, codes: list[tuple[Code, list[str]]]) -> None:
        # What isn't refined further comes first, of it what is said without more detail (that is what a clinic mostly
        # writes), short titles before long ones, "without bleeding" before "with bleeding"; what only those have who
        # are pregnant or newborn after what everybody can have, causes of injury last.
        codes = sorted(codes, key=lambda one: _rank(one[0]))
        self.codes = [code for code, _ in codes]
        self._by_code = {_bare(code.code): place for place, code in enumerate(self.codes)}
        self._bare_codes = sorted(self._by_code)
        # Their folded words, each between spaces: those of the title, and all that they are found by.
        self._titles, self._said = [], []
        found: dict[str, array[int]] = {}
        for place, (code, terms) in enumerate(codes):
            own = _words(code.title)
            self._titles.append(f" {' '.join(own)} ")
            every = {*own, *_words(" ".join(terms))}
            self._said.append(f" {' '.join(every)} ")
            for word in every:
                found.setdefault(word, array("i")).append(place)
        self._words = sorted(found)
        self._places = [found[word] for word in self._words]

    def find(self, typed: str, most: int = MOST_FOUND) -> list[Code]:
        """The codes that begin so, or that hold words which begin so, in any order; the likeliest first."""
        bare = _bare(typed)
        if len(bare) >= 2 and bare[0].isalpha() and bare[1].isdigit():
            return [self.codes[self._by_code[one]] for one in self._begins(bare)][:most]
        wanted = words(typed)
        if not wanted:
            return []
        first = [self._by_code[_bare(code)] for code in self._meant(fold(typed).strip())]
        rest = self._having(wanted).difference(first)
        # What is meant literally comes before what only begins so.
        literal = nsmallest(most, self._saying(rest, wanted))
        others = nsmallest(most, rest.difference(literal)) if len(literal) < most else []
        return [self.codes[place] for place in (*first, *literal, *others)][:most]

    def _begins(self, bare: str) -> list[str]:
        start = bisect_left(self._bare_codes, bare)
        end = bisect_left(self._bare_codes, bare + "~")
        return self._bare_codes[start:end]

    @staticmethod
    def _meant(typed: str) -> tuple[str, ...]:
        """What a short form or an everyday word means, whole or as far as it is typed."""
        if typed in SHORT_FORMS:
            return SHORT_FORMS[typed]
        begun = [codes for form, codes in SHORT_FORMS.items() if len(typed) >= 3 and form.startswith(typed)]
        return tuple(dict.fromkeys(code for codes in begun for code in codes))

    def _having(self, wanted: list[str]) -> set[int]:
        """The places of codes that have a word beginning with each of these: the longest is looked up, the others are
        looked for in what it finds."""
        longest, *others = sorted(wanted, key=len, reverse=True)
        start, end = bisect_left(self._words, longest), bisect_left(self._words, longest + "\U0010ffff")
        having = set[int]().union(*self._places[start:end])
        for word in others:
            having = {place for place in having if f" {word}" in self._said[place]}
        return having

    def _saying(self, places: set[int], wanted: list[str]) -> list[int]:
        """Those of the places whose titles have all of these as whole words."""
        titles, left = self._titles, list(places)
        for whole in (f" {word} " for word in wanted):
            left = [place for place in left if whole in titles[place]]
        return left


def find(typed: str, most: int = MOST_FOUND) -> list[Code]:
    """What a typed text finds. The first call makes the index, which takes about a second: off the window's thread."""
    return index().find(typed, most)


def index() -> Index:
    """The one index, made when it is first asked for; who asks meanwhile waits for it."""
    with _loading:
        return _index()


@cache
def _index() -> Index:
    return Index(list(_read(_file())))


def _file() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(_PACKAGE)
    return next(Path(spec.origin).parent.joinpath("data").glob("*tabular*.xml"))


def _read(file: Path) -> Iterator[tuple[Code, list[str]]]:
    """Every code with its inclusion terms. The file comes with the program and is trusted."""
    has_finer: list[bool] = []
    for event, element in ElementTree.iterparse(file, ("start", "end")):  # noqa: S314
        if element.tag != "diag":
            continue
        if event == "start":
            has_finer.append(False)
            continue
        finer = has_finer.pop()
        if has_finer:
            has_finer[-1] = True
        code, title = element.findtext("name") or "", element.findtext("desc") or ""
        terms = [note.text or "" for note in element.findall("inclusionTerm/note")]
        yield Code(code, title, not finer), terms
        element.clear()


def _rank(code: Code) -> tuple[int, bool, bool, int, bool, str]:
    title = code.title.lower()
    chapter = 2 if code.code[0] in "VWXYZ" else 1 if code.code[0] in "OP" else 0
    length = len(title.replace(" without ", " with "))
    return chapter, not code.is_leaf, "unspecified" not in title, length, " without " not in title, code.code


def _words(text: str) -> list[str]:
    """The words of a text, as `words` gives them; most of the file is plain enough for the short way."""
    return _WORD.findall(text.lower()) if text.isascii() else words(text)


def _bare(code: str) -> str:
    return fold(code).replace(".", "").replace(" ", "").upper()
