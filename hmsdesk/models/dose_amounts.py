"""How much of a medicine at a time: so many of what is counted or measured, and parts of one; English and Arabic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bson import Decimal128

# As it is kept: whole ones as whole numbers, others exactly as they were written.
Dose = int | Decimal | Decimal128

_NUMBERS = dict(enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1))
# Of one alone, behind whole ones, and in Arabic.
_PARTS = {
    Decimal("0.25"): ("a quarter of", "a quarter", "ربع"),
    Decimal("0.5"): ("half", "a half", "نصف"),
    Decimal("0.75"): ("three quarters of", "three quarter", "ثلاثة أرباع"),
}


def exactly(dose: Dose) -> Decimal:
    """A dose as a number to reckon with."""
    return dose.to_decimal() if isinstance(dose, Decimal128) else Decimal(dose)


def figure(dose: Dose) -> str:
    """2.5; 10: without zeros behind the point."""
    return f"{exactly(dose).normalize():f}"


@dataclass(frozen=True)
class Counted:
    """A thing that is counted. arabic: one, two, a few (3 to 10), more. most: a larger dose is a slip.

    least: the smallest part of one that can be taken.
    """

    one: str
    several: str
    arabic: tuple[str, str, str, str]
    most: int = 20
    least: str = "1"

    def english(self, dose: Dose) -> str:
        """Two tablets; half a tablet; 15 ml."""
        whole, part = divmod(exactly(dose), 1)
        number = _NUMBERS.get(int(whole), int(whole))
        if not part:
            return f"{number} {self.one if whole == 1 else self.several}"
        if part not in _PARTS:
            return f"{figure(dose)} {self.several}"
        alone, behind, _ = _PARTS[part]
        article = "an" if self.one[0] in "aeiou" else "a"
        return f"{number} and {behind} {self.several}" if whole else f"{alone} {article} {self.one}"

    def in_arabic(self, dose: Dose) -> str:
        """The number and its noun, each in the form that the other asks for."""
        whole, part = divmod(exactly(dose), 1)
        if not part:
            return self._whole_in_arabic(int(whole))
        if part not in _PARTS:
            return f"{figure(dose)} {self.arabic[3]}"
        noun, words = self.arabic[0].split()[0], _PARTS[part][2]
        if not whole:
            return f"{words} {noun}"
        return f"{noun if whole == 1 else self._whole_in_arabic(int(whole))} و{words}"

    def _whole_in_arabic(self, number: int) -> str:
        one, two, few, many = self.arabic
        if number in (1, 2):
            return one if number == 1 else two
        return f"{number} {few if 3 <= number % 100 <= 10 else many}"

    def steps(self) -> str:
        """What parts can be taken of it, as a sentence."""
        parts = {"1": f"Whole {self.several} only.", "0.5": f"Whole {self.several} or halves."}
        return parts.get(self.least, f"Whole {self.several}, halves or quarters.")


@dataclass(frozen=True)
class Measured(Counted):
    """What is measured rather than counted stays a figure: 2.5 ml."""

    def english(self, dose: Dose) -> str:
        """One unit; 15 ml."""
        return f"{figure(dose)} {self.one if exactly(dose) == 1 else self.several}"

    def in_arabic(self, dose: Dose) -> str:
        """15 ml; half a unit is 0.5 of one."""
        number = exactly(dose)
        return f"{figure(dose)} {self.arabic[3]}" if number % 1 else self._whole_in_arabic(int(number))

    def steps(self) -> str:
        """How finely it can be measured."""
        return f"In steps of {self.least} {self.one}."
