"""What a patient is taking now, as far as it was prescribed here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row

# No line is prescribed for longer.
LONGEST_DAYS = 365


@dataclass(frozen=True)
class Taken:
    """A line of a prescription that still runs. last: its last day, if it is taken as it was prescribed."""

    line: Row
    prescription: Row
    last: date

    @property
    def withheld(self) -> str:
        """Why the dispensary hands none of it out; empty where it does. It may have been bought elsewhere."""
        return str(self.prescription.get("refused") or self.prescription.get("set_aside") or "")

    @property
    def is_refused(self) -> bool:
        """Whether it is withheld because the dispensary refused it, and not only set aside."""
        return bool(self.prescription.get("refused"))

    def told(self, words: str) -> str:
        """How it is taken, as `words` say, and why it isn't handed out here; of what was refused only that."""
        if not self.withheld:
            return words
        why = f"Not dispensed here: {self.withheld}"
        # What was set aside is bought elsewhere, and taken.
        return why if self.is_refused else f"{words} · {why}"

    def days_left(self, today: date) -> int:
        """How many days there is still some of it, today included."""
        return (self.last - today).days + 1


def running(prescriptions: Iterable[Row], locale: Locale) -> list[Taken]:
    """The lines whose time isn't over, by name; of one medicine that which lasts longest."""
    today, lasting = locale.today(), dict[object, Taken]()
    for prescription in prescriptions:
        began = locale.local(prescription["issued_at"]).date()
        for line in prescription["lines"]:
            one = Taken(line, prescription, began + timedelta(days=line["days"] - 1))
            known = lasting.get(line["medicine"])
            if one.last >= today and (known is None or known.last < one.last):
                lasting[line["medicine"]] = one
    return sorted(lasting.values(), key=lambda one: (str(one.line["name"]), one.last))
