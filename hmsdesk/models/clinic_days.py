"""Days that aren't as the week has them: the clinic or one doctor is closed, or opens exceptionally."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from pymongo import IndexModel

from hmsdesk.models.fields import ChoiceField, InUseField, ReferenceField, TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.near_days import NearDateField
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.server_rules import Rule, absent, is_, ordered, present, where
from hmsdesk.models.times import TimeField

CLOSED, OPEN = "closed", "open"
LONGEST = timedelta(days=366)
KINDS = ((CLOSED, "Closed"), (OPEN, "Opened exceptionally"))


class ClinicDay(Record):
    """A holiday, a leave or another closed day, or one that opens exceptionally. Without a doctor it holds for all."""

    meta: ClassVar[dict[str, Any]] = {"collection": "clinic_days"}

    day = NearDateField(ahead=True, verbose_name="Date", required=True, width=120)
    until = NearDateField(
        ahead=True, verbose_name="Until", width=120, help_text="The last day, where it is more than one: a leave"
    )
    kind = ChoiceField(verbose_name="What", choices=KINDS, required=True, default=CLOSED, width=170, filter=True)
    practitioner = ReferenceField(
        verbose_name="Doctor",
        refers_to="staff",
        among="doctors",
        width=200,
        filter=True,
        help_text="Leave it empty for the whole clinic",
    )
    reason = TextField(
        verbose_name="Reason",
        required=True,
        max_length=120,
        width=0,
        help_text="Said to whoever tries to book on this day",
    )
    starts = TimeField(verbose_name="Open from", group="Hours, where it opens exceptionally")
    ends = TimeField(verbose_name="Open until", group="Hours, where it opens exceptionally")
    active = InUseField("Take back", ("Holds", "Taken back"))

    LISTING: ClassVar[Listing] = Listing(
        noun="clinic day",
        plural="clinic days",
        title="reason",
        search=("reason",),
        orders=(Order("day", "Date"),),
        indexes=(IndexModel([("day", 1), ("practitioner", 1)], name="day"),),
    )

    HELD: ClassVar[tuple[Rule, ...]] = (
        ordered("day", "until"),
        where(is_("kind", CLOSED), absent("starts"), absent("ends")),
        where(is_("kind", OPEN), present("starts"), present("ends"), ordered("starts", "ends", apart=True)),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """The last day isn't before the first. One that opens exceptionally needs its hours, which end after they
        begin."""
        last = values.get("until") or values["day"]
        if last < values["day"]:
            return {"until": "The last day is before the first."}
        if date.fromisoformat(last) - date.fromisoformat(values["day"]) > LONGEST:
            return {"until": "More than a year is too long. Please check the last day."}
        if values["kind"] == CLOSED:
            given = [name for name in ("starts", "ends") if values.get(name)]
            return dict.fromkeys(given, "A closed day has no hours. Choose that it opens, or empty this.")
        missing = {name: "Needed for a day that opens." for name in ("starts", "ends") if not values.get(name)}
        if not missing and values["ends"] <= values["starts"]:
            return {"ends": "It must close after it opens."}
        return missing


def holds_on(exception: Mapping[str, Any], day: date) -> bool:
    """Whether a clinic day is this one, or goes on over it."""
    first = str(exception["day"])
    return first <= day.isoformat() <= str(exception.get("until") or first)
