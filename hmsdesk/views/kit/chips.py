"""How each status looks, everywhere: its tone, its icon and its word."""

from typing import Literal, NamedTuple

from hmsdesk.models.allergies import ALLERGY_WORDS, AllergyState

Tone = Literal["neutral", "accent", "good", "warning", "danger", "info", "busy"]

WORDS: dict[Tone, str] = {
    "neutral": "text_muted",
    "accent": "accent",
    "good": "good",
    "warning": "warning",
    "danger": "danger",
    "info": "info",
    "busy": "busy",
}
SOFT: dict[Tone, str] = {tone: f"{tone}_soft" for tone in WORDS}


class Status(NamedTuple):
    """One row of the table. `struck`: the name beside it is struck through. `dashed`: it isn't there any more."""

    word: str
    tone: Tone
    icon: str
    struck: bool = False
    dashed: bool = False


STATUSES: dict[str, Status] = {
    "pending": Status("Pending", "warning", "timer-sand"),
    "approved": Status("Approved", "info", "calendar-check-outline"),
    "checked-in": Status("Checked in", "accent", "check"),
    "with-nurse": Status("Vitals", "accent", "pulse"),
    "vitals-done": Status("Vitals done", "accent", "clipboard-pulse-outline"),
    "in-consultation": Status("In consultation", "busy", "stethoscope"),
    "completed": Status("Completed", "neutral", "check-circle-outline"),
    "cancelled": Status("Cancelled", "neutral", "close-circle-outline", struck=True),
    "no-show": Status("No-show", "danger", "cancel"),
    "rescheduled": Status("Rescheduled", "neutral", "swap-horizontal", dashed=True),
    "to-bill": Status("To bill", "neutral", "pencil-outline"),
    "open": Status("Open", "info", "receipt-text-outline"),
    "part-paid": Status("Part-paid", "warning", "wallet-outline"),
    "paid": Status("Paid", "good", "check"),
    "overdue": Status("Overdue", "danger", "alert-outline"),
    "void": Status("Void", "neutral", "cancel"),
    "refunded": Status("Refunded", "busy", "undo"),
    "ready": Status("Ready", "good", "check"),
    "in-full": Status("In full", "good", "check"),
    "refused": Status("Refused", "danger", "hand-back-right-outline"),
    "set-aside": Status("Set aside", "neutral", "pause-circle-outline"),
    "taken-back": Status("Taken back", "neutral", "undo"),
    "expired": Status("Expired", "danger", "alert-outline"),
    "expires-soon": Status("Expires soon", "warning", "clock-outline"),
    "low-stock": Status("Low", "warning", "alert-outline"),
    "out-of-stock": Status("Out", "danger", "close-circle-outline"),
    "sign-in-failed": Status("Failed", "danger", "alert-outline"),
    "sign-in-unknown": Status("Failed, unknown e-mail", "danger", "alert-outline"),
    "connected": Status("Connected", "good", "check-circle-outline"),
    "reconnecting": Status("Reconnecting", "warning", "refresh"),
    "offline": Status("Offline", "danger", "cloud-off-outline"),
    "allergies-none-known": Status(ALLERGY_WORDS[AllergyState.NONE_KNOWN], "neutral", "check"),
    "allergies-not-recorded": Status(ALLERGY_WORDS[AllergyState.NOT_RECORDED], "warning", "help-circle-outline"),
}

ALLERGY_ICON = "alert-octagon-outline"


def waiting(minutes: int, long: int, too_long: int) -> Status:
    """The chip of somebody who waits; the limits are the practice's, per status."""
    word = in_minutes(minutes)
    if minutes >= too_long:
        return Status(word, "danger", "alert-outline")
    return Status(word, "warning" if minutes >= long else "neutral", "clock-outline")


def in_minutes(minutes: int) -> str:
    """How long: 47 min, 107 min; from two hours on nobody counts minutes."""
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def short_by(missing: int) -> Status:
    """The chip of a line that can't be handed out in full."""
    return Status(f"Short by {missing:,}", "warning", "alert-outline")
