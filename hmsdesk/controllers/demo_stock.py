"""What the demo's medicines cost, when they are ordered anew, and what patients are told of them; all invented."""

from __future__ import annotations

# ingredient: strength, form, price of one, reorder level, what is said when it is handed out
FACTS: dict[str, tuple[str, str, str, int, tuple[str, ...]]] = {
    "metformin": ("850 mg", "tablet", "0.75", 200, ("Take it with food",)),
    "amlodipine": ("5 mg", "tablet", "1.20", 60, ("Stand up slowly", "Ankles may swell")),
    "paracetamol": ("500 mg", "tablet", "0.40", 300, ("No more than 8 tablets a day",)),
    "azithromycin": ("500 mg", "tablet", "12.50", 24, ("Finish the whole course",)),
    "amoxicillin": ("500 mg", "capsule", "1.80", 120, ("Finish the whole course",)),
    "omeprazole": ("20 mg", "capsule", "1.50", 60, ("Take it half an hour before eating",)),
    "atorvastatin": ("20 mg", "tablet", "2.10", 90, ("Report muscle pain",)),
    "ibuprofen": ("400 mg", "tablet", "0.90", 100, ("Take it with food",)),
    "salbutamol": ("100 micrograms", "inhaler", "48.00", 12, ("Shake it first",)),
    "cetirizine": ("10 mg", "tablet", "0.85", 60, ("It may make drowsy",)),
    "insulin glargine": ("100 units/ml", "pen", "185.00", 10, ("Keep it in the fridge",)),
    "oral rehydration salts": ("20.5 g", "powder", "3.50", 40, ("Use it up within a day",)),
}
# Another product of a kind: name, name in Arabic, ingredient, lot, days until it expires, how many, price of one
OTHER_PRODUCTS = (("Norvasc 5 mg tablet", "نورفاسك 5 مجم أقراص", "amlodipine", "NV2201", 260, 60, "4.60"),)
# What has expired on the shelf, or soon will: ingredient, lot, days, how many
OLD_LOTS = (("ibuprofen", "IB7702", 13, 22), ("cetirizine", "CT4390", 41, 30))


def facts_of(ingredient: str) -> dict[str, object]:
    """What a medicine of the demo is entered with besides its name."""
    strength, form, price, level, advice = FACTS[ingredient]
    known = {"strength": strength, "form": form, "price": price, "reorder_level": level}
    return known | {"advice": list(advice)}
