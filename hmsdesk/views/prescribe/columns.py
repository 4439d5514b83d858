"""The columns of a prescription's lines, and their short words: how wide they are, and what they are called."""

from __future__ import annotations

# Widths, the same as those of the headings above the lines.
NUMBER, DOSE, ROUTE, FREQUENCY, DAYS, QUANTITY, REMOVE = 20, 108, 120, 154, 44, 52, 28
DOSE_FIELD = 44
# What would not be known from the sentence alone.
NUMBERS = {"dose": "Dose", "days": "Days", "quantity": "Quantity"}
# As short as the column is narrow; what is printed stands below.
OFTEN = {
    "three": "3 times a day",
    "four": "4 times a day",
    "every-6-h": "Every 6 hours",
    "every-8-h": "Every 8 hours",
    "every-12-h": "Every 12 hours",
    "night": "At night",
    "morning": "Mornings",
    **{f"needed-{most}": f"Needed, ≤ {most}/day" for most in (1, 2, 3, 4, 6)},
    "needed-night": "Night, if needed",
}
BY = {"nose": "In the nose"}


def told_of(name: str, problem: str) -> str:
    """What is wrong with a field of a line, which is named where the sentence doesn't do that itself."""
    label = NUMBERS.get(name, "")
    return problem if not label or problem.startswith(label) else f"{label}: {problem[:1].lower()}{problem[1:]}"
