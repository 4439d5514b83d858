"""Text as people type it: made safe to store, and folded so that it can be found again."""

import re
import unicodedata
from itertools import combinations

# Invisible characters that reverse, hide or break the text around them.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# Halves of characters: the server takes none, not even in a question.
_HALVES = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u2060\ufeff\u00ad]")
# What a kept text has none of, as the server says it: its expressions are PCRE's, in which \z is the very end, where $
# would let a line's end through.
UNSEEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{ad}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}\x{2066}-\x{2069}"
    r"\x{fdd0}-\x{fdef}\x{feff}\x{fffe}\x{ffff}"
)
IN_A_LINE = rf"^[^{UNSEEN}\t\n]+\z"
IN_LINES = rf"^[^{UNSEEN}\t]+\z"
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_DIGITS = {ord(c): str(n) for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for n, c in enumerate(digits)}
_ARABIC_FORMS = _DIGITS | str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": None}
)
_WORD = re.compile(r"[^\W_]+")
_PAPER_NUMBER = re.compile(r"([a-z]{3}-\d\d)-(\d+)")
_DIGIT_GROUPS = re.compile(r"\+?[\d\s().-]+")
_LONGEST_LINE, _LINE_BEGINS, _LINE_ENDS = 500, 300, 150
# Fewer digits in groups may be another number, such as a part of a patient ID.
_PHONE_DIGITS = 7

# How many first letters or digits can be looked up by equality: phone numbers share theirs, and so do names such as
# Abdelrahman and Abdelghaffar.
EDGES = (1, 2, 3, 4, 6, 8, 10)
# How many first letters of two words are looked up together.
PAIR_EDGES = (2, 3, 4)


def has_hostile_characters(text: str) -> bool:
    """Whether the text holds control characters, direction overrides or halves of characters."""
    return bool(_HOSTILE.search(text))


def western_digits(text: str) -> str:
    """The text with Arabic and Persian digits as 0 to 9."""
    return text.translate(_DIGITS)


def tidy(text: str, *, multiline: bool = False) -> str:
    """The text in one normal form (NFC), without invisible characters and superfluous space."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    if multiline:
        lines = (" ".join(line.split()) for line in text.splitlines())
        return "\n".join(lines).strip()
    return " ".join(text.split())


def fold(text: str) -> str:
    """The text as it is compared: without capitals, accents, vowel marks and the variants of Arabic letters."""
    if text.isascii():
        # All that is done below leaves it as it is, but for capitals.
        return text.lower()
    folded = _HALVES.sub("", text).translate(_ARABIC_FORMS)
    # Some letters only show their capital form once they are taken apart.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", folded).casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare.translate(_ARABIC_FORMS))


def so_many(number: int, one: str, several: str = "") -> str:
    """A number of things in words: 1 day, 2 days. several: where it isn't one with an s."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def is_arabic(text: str) -> bool:
    """Whether some of it is in Arabic letters."""
    return any("\u0600" <= letter <= "\u06ff" and not letter.isdigit() for letter in text)


def words(text: str) -> list[str]:
    """The folded words of a text, each once, in the order they come."""
    return list(dict.fromkeys(_WORD.findall(fold(text))))


def sought(typed: str) -> list[str]:
    """The words of what was typed into a search; a phone number's digits are one word, however they are grouped."""
    bare = fold(without_directions(typed)).strip()
    digits = re.sub(r"\D", "", bare)
    spaced = bare.startswith("0") and not re.search(r"[^\d\s]", bare)
    if not _DIGIT_GROUPS.fullmatch(bare) or not (bare.startswith("+") or spaced or len(digits) >= _PHONE_DIGITS):
        return words(bare)
    whole = digits.removeprefix("00") if len(digits) >= _PHONE_DIGITS else digits
    return [whole] if whole else []


def number_words(number: str) -> str:
    """What the number of a paper is found by: its parts, its end without zeros, and all of it as one word."""
    series, _, last = number.rpartition("-")
    if not last.isdecimal():
        return number
    short, one = last.lstrip("0"), series.replace("-", "")
    return f"{number} {short} {one}{last} {one}{short}"


def number_sought(typed: str) -> list[str]:
    """The words of a paper's number, INV-26-00669: what it ends in, and all of it in one; empty if it is none.

    In one, for a receipt's number stands beside a bill's, and either's parts together would be a number, too.
    """
    found = _PAPER_NUMBER.fullmatch(fold(without_directions(typed)).strip())
    return [found[2], found[0].replace("-", "")] if found else []


def without_directions(text: str) -> str:
    """The text without the marks of direction that numbers copied from messages come wrapped in."""
    return _DIRECTIONS.sub("", text)


def for_terminal(text: str) -> str:
    """The text as a terminal may be told it: nothing in it colours, moves or turns round, and no line is endless."""
    shown = _HOSTILE.sub("\ufffd", without_directions(text))
    return "\n".join(_cut(line) for line in shown.splitlines())


def _cut(line: str) -> str:
    """What is said before something endless, and after it, can still be read."""
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LINE_BEGINS]}…{line[-_LINE_ENDS:]}"


def edges(all_words: list[str]) -> list[str]:
    """The beginnings of each word that a search while typing looks up by equality."""
    return sorted({word[:n] for word in all_words for n in _edge_lengths(word)})


def longest_edge(word: str) -> str:
    """The longest beginning of a typed word that `edges` keeps."""
    return word[: max(_edge_lengths(word))]


def pairs(all_words: list[str]) -> list[str]:
    """The beginnings of each two words together, by which those are found who are called both.

    Equally many letters of each, of one script. Digits and single letters are in none.
    """
    return sorted(
        {pair for one, other in combinations(all_words, 2) for n in PAIR_EDGES if (pair := _pair(one, other, n))}
    )


def longest_pair(typed: list[str]) -> str:
    """The longest pair of two typed words that `pairs` keeps; empty where there is none.

    Two of which one begins with the other may be meant for one word.
    """
    possible = (
        pair
        for n in reversed(PAIR_EDGES)
        for one, other in combinations(typed, 2)
        if not one.startswith(other) and not other.startswith(one) and (pair := _pair(one, other, n))
    )
    return next(possible, "")


def _pair(one: str, other: str, letters: int) -> str:
    # Only what is looked up counts: of a word that is still being typed nobody knows what follows.
    one, other = one[:letters], other[:letters]
    fits = min(len(one), len(other)) == letters and (one + other).isalpha() and is_arabic(one) == is_arabic(other)
    return " ".join(sorted((one, other))) if fits else ""


def _edge_lengths(word: str) -> list[int]:
    return [n for n in EDGES if n <= len(word)]
