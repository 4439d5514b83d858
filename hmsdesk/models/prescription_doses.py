"""How a dose is measured and said: one tablet by mouth, two puffs, a thin layer; in English and in Arabic.

What a dose is measured in isn't always what is handed out: a bottle is handed out, millilitres of it are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from hmsdesk.models.dose_amounts import Counted, Dose, Measured, exactly
from hmsdesk.models.text import is_arabic

# How often, in the words of the paper: code -> (English, Arabic, doses a day; the most of them where it is taken only
# if needed: FHIR Dosage.asNeeded with maxDosePerPeriod, so that nobody is left without a limit).
FREQUENCIES: dict[str, tuple[str, str, Fraction | int]] = {
    "once": ("once a day", "مرة يوميًا", 1),
    "twice": ("twice a day", "مرتين يوميًا", 2),
    "three": ("three times a day", "ثلاث مرات يوميًا", 3),
    "four": ("four times a day", "أربع مرات يوميًا", 4),
    "every-6-h": ("every six hours", "كل ست ساعات", 4),
    "every-8-h": ("every eight hours", "كل ثماني ساعات", 3),
    "every-12-h": ("every twelve hours", "كل اثنتي عشرة ساعة", 2),
    "night": ("once a day, at night", "مرة يوميًا، ليلًا", 1),
    "morning": ("once a day, in the morning", "مرة يوميًا، في الصباح", 1),
    "every-2-d": ("every other day", "يومًا بعد يوم", Fraction(1, 2)),
    "weekly": ("once a week", "مرة أسبوعيًا", Fraction(1, 7)),
    "single": ("once only", "مرة واحدة فقط", 0),
    "needed-1": ("if needed, at most once a day", "عند اللزوم، مرة واحدة يوميًا على الأكثر", 1),
    "needed-2": ("if needed, at most twice a day", "عند اللزوم، مرتين يوميًا على الأكثر", 2),
    "needed-3": ("if needed, at most three times a day", "عند اللزوم، ثلاث مرات يوميًا على الأكثر", 3),
    "needed-4": ("if needed, at most four times a day", "عند اللزوم، أربع مرات يوميًا على الأكثر", 4),
    "needed-6": ("if needed, at most six times a day", "عند اللزوم، ست مرات يوميًا على الأكثر", 6),
    "needed-night": ("at night if needed, at most once a night", "ليلًا عند اللزوم، مرة واحدة كل ليلة على الأكثر", 1),
}
WEEKLY, SINGLE, _IF_NEEDED = "weekly", "single", "needed-"

ROUTES: dict[str, tuple[str, str]] = {
    "oral": ("by mouth", "بالفم"),
    "topical": ("on the skin", "على الجلد"),
    "inhaled": ("by inhaling", "بالاستنشاق"),
    "eye": ("into the eye", "في العين"),
    "ear": ("into the ear", "في الأذن"),
    "nose": ("into the nose", "في الأنف"),
    "injected": ("by injection", "بالحقن"),
    "rectal": ("rectally", "عن طريق الشرج"),
}


TABLET = Counted("tablet", "tablets", ("قرص واحد", "قرصان", "أقراص", "قرصًا"), least="0.25")
CAPSULE = Counted("capsule", "capsules", ("كبسولة واحدة", "كبسولتان", "كبسولات", "كبسولة"))
SACHET = Counted("sachet", "sachets", ("كيس واحد", "كيسان", "أكياس", "كيسًا"), least="0.5")
AMPOULE = Counted("ampoule", "ampoules", ("أمبول واحد", "أمبولان", "أمبولات", "أمبولًا"), least="0.25")
SUPPOSITORY = Counted("suppository", "suppositories", ("لبوسة واحدة", "لبوستان", "لبوسات", "لبوسة"), 4, "0.5")
PUFF = Counted("puff", "puffs", ("بخة واحدة", "بختان", "بخات", "بخة"))
DROP = Counted("drop", "drops", ("قطرة واحدة", "قطرتان", "قطرات", "قطرة"))
MILLILITRE = Measured("ml", "ml", ("1 مل", "2 مل", "مل", "مل"), most=100, least="0.05")
UNIT = Measured("unit", "units", ("وحدة واحدة", "وحدتان", "وحدات", "وحدة"), most=100, least="0.5")


BOTTLE = Counted("bottle", "bottles", ("زجاجة واحدة", "زجاجتان", "زجاجات", "زجاجة"))
TUBE = Counted("tube", "tubes", ("أنبوبة واحدة", "أنبوبتان", "أنابيب", "أنبوبة"))
INHALER = Counted("inhaler", "inhalers", ("بخاخ واحد", "بخاخان", "بخاخات", "بخاخًا"))
PEN = Counted("pen", "pens", ("قلم واحد", "قلمان", "أقلام", "قلمًا"))
# What is handed out, by the unit it is counted in.
HANDED_OUT = {
    "tablet": TABLET,
    "capsule": CAPSULE,
    "sachet": SACHET,
    "ampoule": AMPOULE,
    "suppository": SUPPOSITORY,
    "bottle": BOTTLE,
    "tube": TUBE,
    "inhaler": INHALER,
    "pen": PEN,
}
# What is left in one of these, once it is opened or cut, spoils before the next dose and is thrown away.
_OPENED_FOR_ONE_DOSE = {"sachet", "ampoule", "suppository"}


@dataclass(frozen=True)
class Dosing:
    """How one kind of medicine is given by one route.

    verb and where go around the dose: Take … by mouth. measure: None where no number is said (a thin layer: `amount`).
    handed_out: what is taken is what is handed out, so that the quantity can be reckoned.
    """

    verb: str
    measure: Counted | None
    where: str
    where_ar: str
    handed_out: bool = False
    amount: str = "a thin layer"
    amount_ar: str = "طبقة رقيقة"

    @property
    def most(self) -> int:
        """The largest dose that is no slip."""
        return self.measure.most if self.measure else 1

    def amount_of(self, dose: Dose) -> str:
        """One tablet; a thin layer."""
        return self.measure.english(dose) if self.measure else self.amount

    def english(self, dose: Dose) -> str:
        """Take one tablet by mouth."""
        return f"{self.verb} {self.amount_of(dose)} {self.where}".rstrip()

    def arabic(self, dose: Dose) -> str:
        """The same, said as a sentence without a verb, as is usual on labels."""
        amount = self.measure.in_arabic(dose) if self.measure else self.amount_ar
        return f"{amount} {self.where_ar}"


def _oral(measure: Counted, handed_out: bool = True) -> Dosing:
    return Dosing("Take", measure, "by mouth", ROUTES["oral"][1], handed_out)


def _injected(measure: Counted, handed_out: bool = False) -> Dosing:
    return Dosing("Inject", measure, "", ROUTES["injected"][1], handed_out)


def _into(part: str, measure: Counted | None = DROP) -> Dosing:
    return Dosing("Put", measure, f"into the {part}", ROUTES[part][1], amount="a thin strip", amount_ar="شريط رقيق")


_ON_SKIN = Dosing("Apply", None, "to the skin", ROUTES["topical"][1])
_RECTAL = "عن طريق الشرج"

# What a medicine is counted in -> the routes it can be given by, the usual one first.
DOSINGS: dict[str, dict[str, Dosing]] = {
    "tablet": {"oral": _oral(TABLET)},
    "capsule": {"oral": _oral(CAPSULE)},
    "sachet": {"oral": _oral(SACHET)},
    "bottle": {
        "oral": _oral(MILLILITRE, handed_out=False),
        "eye": _into("eye"),
        "ear": _into("ear"),
        "nose": _into("nose"),
        "topical": _ON_SKIN,
        "inhaled": Dosing("Inhale", MILLILITRE, "through the nebuliser", "بجهاز الاستنشاق"),
        "injected": _injected(MILLILITRE),
    },
    "tube": {
        "topical": _ON_SKIN,
        "eye": _into("eye", None),
        "nose": _into("nose", None),
        "rectal": Dosing("Apply", None, "rectally", _RECTAL),
    },
    "inhaler": {
        "inhaled": Dosing("Inhale", PUFF, "", ROUTES["inhaled"][1]),
        "nose": Dosing("Spray", PUFF, "into the nose", ROUTES["nose"][1]),
    },
    "ampoule": {
        "injected": _injected(AMPOULE, handed_out=True),
        "oral": _oral(AMPOULE),
        "inhaled": Dosing("Inhale", AMPOULE, "through the nebuliser", "بجهاز الاستنشاق", handed_out=True),
    },
    "pen": {"injected": _injected(UNIT)},
    "suppository": {"rectal": Dosing("Insert", SUPPOSITORY, "rectally", _RECTAL, handed_out=True)},
}

# What a package alone doesn't say: a syrup is drunk, though other bottles are put into the eye. The usual one first.
_ROUTES_OF_FORM = {
    "syrup": ("oral",),
    "injection": ("injected",),
    "drops": ("eye", "ear", "nose", "oral"),
}
# Drops are named after where they are put.
_NAMED = {"nasal": "nose", "nose": "nose", "ear": "ear", "otic": "ear", "oral": "oral"}


def dosings(unit: str, form: str = "", name: str = "") -> dict[str, Dosing]:
    """The routes a medicine of this unit can be given by, the usual one first. form, name: the medicine's, if known."""
    all_of_it = DOSINGS.get(unit, {})
    fitting = {route: all_of_it[route] for route in _ROUTES_OF_FORM.get(form, ()) if route in all_of_it}
    if form == "drops":
        said = next((_NAMED[word] for word in name.casefold().split() if word in _NAMED), "")
        fitting = dict(sorted(fitting.items(), key=lambda one: one[0] != said))
    return fitting or all_of_it


_DAYS = ("يوم واحد", "يومين", "أيام", "يومًا")
_WEEKS = ("أسبوع واحد", "أسبوعين", "أسابيع", "أسبوعًا")


def quantity_for(unit: str, route: str, dose: Dose, frequency: str, days: int) -> int:
    """How much is needed for the whole time: at least one dose; one package of what is not taken by the piece."""
    if not DOSINGS[unit][route].handed_out:
        return 1
    # The first day is one on which it is taken: every other day of five is three times.
    times = max(1, ceil(FREQUENCIES[frequency][2] * days))
    # Half a tablet is kept for the next time; half an ampoule is not, so that each dose opens one.
    return ceil(exactly(dose)) * times if unit in _OPENED_FOR_ONE_DOSE else ceil(exactly(dose) * times)


def quantity_remark(line: Mapping[str, Any]) -> str:
    """Where the quantity isn't what dose and days come to: a sentence that warns, and forbids nothing."""
    needed = quantity_for(line["unit"], line["route"], line["dose"], line["frequency"], line["days"])
    if line["quantity"] == needed or not DOSINGS[line["unit"]][line["route"]].handed_out:
        return ""
    if line["quantity"] < needed and line["frequency"].startswith(_IF_NEEDED):
        # That somebody needs it as often as they may, every day, is not to be expected.
        return ""
    which = "more" if line["quantity"] > needed else "less"
    return f"{line['quantity']} is {which} than dose and days come to: {needed}."


def used_up(line: Mapping[str, Any], given: int, begun: date) -> date:
    """The last day on which something is taken of what is given for a line: its share of the line's days."""
    days = 1 if line["frequency"] == SINGLE else ceil(Decimal(line["days"] * given) / line["quantity"])
    return begun + timedelta(days=max(days, 1) - 1)


def taken_since(line: Mapping[str, Any], handed: Iterable[tuple[date, int]], today: date) -> tuple[date, int]:
    """Since when what is given for a line is taken without a gap, and how much of it was given until now.

    handed: when how much was, the first first.
    """
    begun, given = today, 0
    for day, number in (*handed, (today, 0)):
        if not given or used_up(line, given, begun) < day:
            begun, given = day, 0
        given += number
    return begun, given


def problems_of(line: Mapping[str, Any], form: str = "") -> dict[str, str]:
    """What is wrong between the parts of a line that are each right alone: field -> sentence. form: the medicine's."""
    fitting = dosings(line["unit"], form)
    dosing = fitting.get(line["route"])
    if dosing is None:
        routes = " or ".join(ROUTES[route][0] for route in fitting)
        return {"route": f"This medicine is given {routes}."}
    dose = exactly(line["dose"])
    if dose > dosing.most:
        return {"dose": f"At most {dosing.amount_of(dosing.most)} at a time."}
    if dosing.measure is not None and dose % Decimal(dosing.measure.least):
        return {"dose": dosing.measure.steps()}
    return {}


def dose_words(line: Mapping[str, Any]) -> tuple[str, str]:
    """The dose as the paper says it, in English and in Arabic; instructions stand in the one they are written in."""
    dosing = DOSINGS[line["unit"]][line["route"]]
    often, often_ar, _ = FREQUENCIES[line["frequency"]]
    how_long, how_long_ar = _how_long(line["frequency"], line["days"])
    english = f"{dosing.english(line['dose'])} {often}{how_long}."
    arabic = f"{dosing.arabic(line['dose'])} {often_ar}{how_long_ar}."
    more = _sentence(line.get("instructions") or "")
    if is_arabic(more):
        return english, f"{arabic} {more}"
    return f"{english} {more}".rstrip(), arabic


def _how_long(frequency: str, days: int) -> tuple[str, str]:
    """For so many days, or weeks where that is what one counts; nothing for what is taken once only."""
    if frequency == SINGLE:
        return "", ""
    weeks, rest = divmod(days, 7)
    if frequency == WEEKLY and not rest:
        return f", for {weeks} week{'s' * (weeks > 1)}", f"، لمدة {_arabic(weeks, _WEEKS)}"
    return f", for {days} day{'s' * (days > 1)}", f"، لمدة {_arabic(days, _DAYS)}"


def _arabic(number: int, forms: tuple[str, str, str, str]) -> str:
    return Counted("", "", forms).in_arabic(number)


def _sentence(words: str) -> str:
    return words if not words or words[-1] in ".!؟?" else f"{words}."
