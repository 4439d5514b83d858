"""How each kind of entry of the timeline is told, and where it leads."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from hmsdesk.controllers.timeline import Entry
from hmsdesk.models.fields import MoneyField
from hmsdesk.models.invoices import PAID, PART_PAID, REFUNDED, VOID
from hmsdesk.models.invoices import STATES as BILL_STATES
from hmsdesk.models.observations import IN_ERROR
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS
from hmsdesk.models.times import clock
from hmsdesk.views.kit.appointment_words import status_of
from hmsdesk.views.kit.chips import STATUSES, Status
from hmsdesk.views.kit.vital_words import CHARTS, VitalWords

Place = tuple[str, str]


@dataclass(frozen=True)
class Told:
    """What is painted: an icon, a bold line, a muted one, and a chip. place: where Enter leads, if anywhere.

    struck: it is no longer valid.
    """

    icon: str
    first: str
    second: str
    status: Status | None = None
    place: Place | None = None
    struck: bool = False

    def spoken(self) -> str:
        """The same for a screen reader."""
        return ", ".join(filter(None, (self.first, self.second, self.status.word if self.status else "")))


OPEN_VISIT = Status("Open", "busy", "play-outline")
BILLS = {
    PAID: Status("Paid", "good", "check"),
    PART_PAID: Status("Part-paid", "warning", "wallet-outline"),
    VOID: Status("Void", "neutral", "cancel"),
    REFUNDED: Status("Refunded", "busy", "undo"),
}
ICONS = {"High": "chevron-up", "Low": "chevron-down"}


def told(entry: Entry, words: VitalWords) -> Told:
    """An entry in words."""
    return _TOLD[entry.kind](entry.row, _Telling(words, clock(entry.at, words.locale)))


@dataclass(frozen=True)
class _Telling:
    words: VitalWords
    time: str

    def line(self, *parts: object) -> str:
        """10:24 · and what follows; what isn't known is left out."""
        return " · ".join(filter(None, (self.time, *(" ".join(str(part or "").split()) for part in parts))))


def _visit(row: Row, telling: _Telling) -> Told:
    about = row.get("diagnosis") or row.get("reason", "")
    is_open = row["status"] != "finished"
    title = "Visit opened" if is_open else "Visit"
    place = ("visit", str(row["_id"]))
    return Told(
        "stethoscope", title, telling.line(row.get("practitioner:title"), about), OPEN_VISIT if is_open else None, place
    )


def _appointment(row: Row, telling: _Telling) -> Told:
    status = status_of(row)
    second = telling.line(row.get("practitioner:title"), row.get("reason"))
    title = "Appointment" if row["purpose"] == FOR_PATIENTS else "Representative's visit"
    day = telling.words.locale.local(row["start"]).date()
    place = ("calendar", f"{day.isoformat()}/{row['_id']}")
    return Told("calendar-blank-outline", title, second, status, place, struck=status.struck)


def _vitals(row: Row, telling: _Telling) -> Told:
    place = ("vitals", f"{row['patient']}/{row['_id']}")
    if row["status"] == IN_ERROR:
        why = f"Entered in error: {row.get('error_reason', '')}"
        return Told("pulse", "Vital signs", telling.line(why), struck=True)
    second = telling.line(telling.words.told(row), row.get("note"), row.get("created_by:title"))
    return Told("pulse", "Vital signs", second, _abnormal(row, telling.words), place)


def _abnormal(row: Row, words: VitalWords) -> Status | None:
    """Which value is high or low; of several, how many."""
    flags = {chart.tiny or chart.short: flag for chart in CHARTS if (flag := words.flag(chart, row))}
    if len(flags) > 1:
        return Status(f"{len(flags)} abnormal", "danger", "alert-outline")
    return next((Status(f"{name} {flag.lower()}", "danger", ICONS[flag]) for name, flag in flags.items()), None)


def _prescription(row: Row, telling: _Telling) -> Told:
    became = (("cancelled", "cancelled"), ("refused", "refused"), ("set_aside", "set-aside"))
    # Of what was set aside the patient may have a part.
    said = row if not row.get("handed_out") else row | {"set_aside": None}
    status = next((STATUSES[name] for field, name in became if said.get(field)), None)
    medicines = ", ".join(_medicine(one["name"]) for one in row["lines"])
    place = ("prescriptions", row["number"])
    return Told("pill", f"Prescription {row['number']}", telling.line(medicines), status, place, "cancelled" in row)


def _medicine(name: str) -> str:
    """Amlodipine, of Amlodipine 5 mg tablet; Oral rehydration salts sachet, which has no strength, as it is."""
    before = itertools.takewhile(lambda word: not any(sign.isdigit() for sign in word), name.split())
    return " ".join(before) or name


_DISPENSED = {
    "handed out": "Dispensed",
    "refused": "Not dispensed",
    "set aside": "Not dispensed, set aside",
    "taken back": "Hand-out taken back",
}


def _hand_out(row: Row, telling: _Telling) -> Told:
    title = _DISPENSED[row["kind"]]
    # What came from two lots is one medicine.
    what = ", ".join(dict.fromkeys(_medicine(one["name"]) for one in row.get("lines", []))) or row.get("reason", "")
    return Told("package-variant-closed", title, telling.line(what, row.get("created_by:title")))


def _addendum(row: Row, telling: _Telling) -> Told:
    place = ("visit", str(row["encounter"]))
    return Told("note-plus-outline", "Addendum", telling.line(row["text"], row.get("created_by:title")), None, place)


def _document(row: Row, telling: _Telling) -> Told:
    return Told("file-document-outline", row["name"], telling.line("Document", row.get("created_by:title")))


def _invoice(row: Row, telling: _Telling) -> Told:
    status = BILLS.get(row["state"]) or Status(dict(BILL_STATES)[row["state"]], "info", "receipt-text-outline")
    amount = MoneyField().show(row["due"], telling.words.locale)
    place = ("cash_desk", f"invoice/{row['_id']}")
    return Told(
        "receipt-text-outline", f"Invoice {row['number']}", telling.line(amount), status, place, row["state"] == VOID
    )


_TOLD: dict[str, Callable[[Row, _Telling], Told]] = {
    "encounters": _visit,
    "appointments": _appointment,
    "observations": _vitals,
    "prescriptions": _prescription,
    "dispensations": _hand_out,
    "addenda": _addendum,
    "documents": _document,
    "invoices": _invoice,
}
