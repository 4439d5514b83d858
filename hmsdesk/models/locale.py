"""Where a practice is: what a phone number, a price and 'today' mean there."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hmsdesk.models.clock import Clock


@dataclass(frozen=True)
class Locale:
    """country: ISO 3166 alpha-2. currency: ISO 4217. timezone: IANA name of the practice's wall clock.

    clock: what time it is; the same one for all who look at it during a session.
    """

    country: str
    currency: str
    timezone: str
    clock: Clock = field(default_factory=Clock, compare=False, repr=False)

    def today(self) -> date:
        """The day it is now on the practice's wall."""
        return self.local(self.clock.now()).date()

    def local(self, moment: datetime) -> datetime:
        """A moment (aware, or naive UTC as the server keeps it) on the practice's wall clock."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        wall = ZoneInfo(self.timezone)
        try:
            return aware.astimezone(wall)
        except OverflowError:
            # At the very ends of the calendar, where only somebody writing past the program gets.
            return aware.replace(tzinfo=wall)
