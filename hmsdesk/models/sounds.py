"""How a name sounds, roughly: the same for all the spellings of it that one meets at a desk.

What differs between spellings are doubled letters, sounds that English has several letters for, and vowels. Of these
only the first one is kept, as dark (o, u) or bright (a, e, i): Mohammed and Muhamad are mohmd, Mahmoud is mahmd;
Yousef and Yusuf yosf, Hegazi and Higazy haks. In Arabic letters, which have no short vowels, محمد is mhmd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hmsdesk.models import text

# Before the sound of a name's first word, and behind any that is whole.
_FIRST, _END = "^", "$"
# How many first letters of a sound can be looked up by equality.
_EDGES = (2, 3, 4)

_LATIN = tuple(
    (re.compile(spelled), sound)
    for spelled, sound in (
        ("gu(?=[ei])", "k"),
        ("sch|sh|ch", "x"),
        ("th|dh|z", "s"),
        # Egypt's g is j elsewhere.
        ("[kg]h|[cqgj]", "k"),
        ("ph|v", "f"),
        ("p", "b"),
        ("(?<=.)h$", ""),
        # Fawzy and Fouzy.
        ("[ae][wu](?=[^aeiouwy])", "o"),
    )
)
_ARABIC = str.maketrans(
    dict.fromkeys("ثسصذزظ", "s")
    | dict.fromkeys("جخغقكگ", "k")
    | dict.fromkeys("ضد", "d")
    | dict.fromkeys("طت", "t")
    | dict.fromkeys("حه", "h")
    | dict.fromkeys("شچ", "x")
    | dict.fromkeys("اعء", "a")
    | dict.fromkeys("فڤ", "f")
    | dict.fromkeys("بپ", "b")
    | {"ل": "l", "م": "m", "ن": "n", "ر": "r", "و": "w", "ي": "y"}
)
_VOWELS = re.compile("[aeiouwy]")
_TWICE = re.compile(r"(.)\1+")


def sound(word: str) -> str:
    """The sound of one folded word; empty for what has none, as a number or a single letter."""
    heard = _arabic(word) if text.is_arabic(word) else _latin(word)
    return heard if len(heard) > 1 and heard.isascii() and heard.isalpha() else ""


def keys(*names: str) -> list[str]:
    """By what a search looks up names that sound alike: the beginnings of each word's sound, and all of it; those of
    a name's first word once more, marked."""
    found: set[str] = set()
    for name in names:
        for place, heard in enumerate(sound(word) for word in text.words(name)):
            marks = ("", _FIRST) if place == 0 else ("",)
            found |= {mark + key for mark in marks for key in _keys(heard)}
    return sorted(found)


def questions(words: list[str]) -> Iterator[list[dict[str, object]]]:
    """What is asked of a record for names that sound like words, the likeliest first; nothing where none has a sound.

    The first word may be the name's first or any, and the last one may not be typed to its end yet.
    """
    heard = [sound(word) for word in words]
    if not any(heard):
        return
    # The index is entered by the longest sound, which the fewest have.
    order = sorted(range(len(words)), key=lambda n: -len(heard[n]))
    for ended in (True, False) if heard[-1] else (True,):
        for mark in (_FIRST, ""):
            marks = [mark, *[""] * (len(words) - 1)]
            asked = [_asked(*one) for one in zip(words, heard, marks, strict=True)]
            if not ended:
                asked[-1] = _begun(heard[-1], marks[-1])
            yield [asked[n] for n in order]


def _asked(word: str, heard: str, mark: str) -> dict[str, object]:
    # What has no sound, as the first letter of a word that is being typed, is looked for as it is written.
    return {"find.sounds": mark + heard + _END} if heard else {"find.edges": text.longest_edge(word)}


def _begun(heard: str, mark: str) -> dict[str, object]:
    if len(heard) <= _EDGES[-1]:
        return {"find.sounds": mark + heard}
    return {"find.sounds": {"$regex": f"^{re.escape(mark)}{heard}"}}


def _keys(heard: str) -> list[str]:
    return [*(heard[:n] for n in _EDGES if n <= len(heard)), heard + _END] if heard else []


def _arabic(word: str) -> str:
    written = word.removesuffix("ه").translate(_ARABIC)
    return _TWICE.sub(r"\1", written[:1] + _VOWELS.sub("", written[1:]))


def _latin(word: str) -> str:
    for spelled, heard in _LATIN:
        word = spelled.sub(heard, word)
    vowel = next((one for one in word if one in "aeiou"), "")
    shade = "o" if vowel in ("o", "u") else "a" if vowel else ""
    begins = shade if word[:1] in "aeiou" else word[:1] + shade
    return _TWICE.sub(r"\1", begins + _VOWELS.sub("", word[1:]))
