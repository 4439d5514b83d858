"""An entry of the waiting list in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from hmsdesk.controllers.diaries import Offer
from hmsdesk.models.dates import day_and_month
from hmsdesk.models.locale import Locale
from hmsdesk.models.waiting_list import ANY_TIME, BOOKED, OFFERED, PARTS_OF_DAY, TAKEN_OFF, URGENT, WAITING
from hmsdesk.views.kit.appointment_words import near_time
from hmsdesk.views.kit.chips import Status

STATUSES = {
    WAITING: Status("Waiting", "neutral", "clock-outline"),
    OFFERED: Status("Offered", "info", "phone-outline"),
    BOOKED: Status("Booked", "good", "calendar-check-outline"),
    TAKEN_OFF: Status("Taken off", "neutral", "close-circle-outline"),
}
URGENT_CHIP = Status("Urgent", "danger", "alert-outline")
NOTHING_FITS = "Nothing that suits is free in the next two weeks."


def status_of(entry: Mapping[str, Any]) -> Status:
    """How an entry stands; while it only waits, that it is urgent is more important."""
    if entry["status"] == WAITING and entry["priority"] == URGENT:
        return URGENT_CHIP
    return STATUSES[entry["status"]]


def with_whom(entry: Mapping[str, Any]) -> str:
    """Dr Sara El-Masry; any doctor of Cardiology; any doctor."""
    if entry.get("practitioner"):
        return str(entry.get("practitioner:title") or "")
    if entry.get("department"):
        return f"Any doctor, {entry.get('department:title') or ''}"
    return "Any doctor"


def when_suits(entry: Mapping[str, Any]) -> str:
    """From 17 Nov, until 30 Nov, mornings."""
    first, last, part = entry.get("earliest"), entry.get("latest"), entry["part_of_day"]
    words = [f"from {_day(first)}" if first else "", f"until {_day(last)}" if last else ""]
    words.append(f"{dict(PARTS_OF_DAY)[part].lower()}s" if part != ANY_TIME else "")
    said = ", ".join(filter(None, words))
    return said[:1].upper() + said[1:] if said else "Any time"


def waits_since(entry: Mapping[str, Any], now: datetime, locale: Locale) -> str:
    """Today, 1 day, 12 days."""
    days = (locale.local(now).date() - locale.local(entry["created_at"]).date()).days
    return "Today" if days < 1 else f"{days} {'day' if days == 1 else 'days'}"


def fit_words(offer: Offer, locale: Locale) -> str:
    """Today, 11:40 with Dr Karim Nabil."""
    return f"{near_time(offer.start, locale)} with {offer.doctor}"


def _day(kept: str) -> str:
    return day_and_month(date.fromisoformat(kept))
