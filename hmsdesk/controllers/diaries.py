"""Doctors' time as the server has it: what is open, what is claimed, and the free starts nearest to a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bson import ObjectId
from pymongo.read_concern import ReadConcern

from hmsdesk.controllers.clinic_days import CLINIC_DAYS, between
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.staff import STAFF, doctors
from hmsdesk.database.questions import Answers, Question
from hmsdesk.database.session import Session
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.appointments import Appointment
from hmsdesk.models.booking import Broken, Diary, Slot, whole_day
from hmsdesk.models.dates import EARLIEST, LATEST
from hmsdesk.models.declaration import checked
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.models.schedules import FOR_PATIENTS, LONGEST_MINUTES

CLAIMS = "slot_claims"

Suits = Callable[[ObjectId, datetime], bool]
"""Whether a doctor's start is one to offer."""

_NEAREST = 3
_DAYS_AHEAD = 21
_DAY = timedelta(days=1)
_LATEST = ReadConcern("local")
_LONGEST = timedelta(minutes=LONGEST_MINUTES)
# A claim begins with its doctor's id.
_DOCTOR = len(str(ObjectId()))


@dataclass(frozen=True)
class Offer:
    """A free start that may be booked instead. start: UTC. doctor: the name."""

    start: datetime
    practitioner: ObjectId
    doctor: str


class Refusal(UserError):
    """A booking that a rule forbids; `nearest` are free starts that it would allow, the asked doctor's and colleagues'.

    overridable: whether somebody who may, and says why, can book it all the same.
    """

    def __init__(self, broken: Broken, nearest: list[Offer]) -> None:
        super().__init__(broken.sentence, broken.reason, {"start": broken.sentence})
        self.rule = broken.rule
        self.overridable = broken.overridable
        self.nearest = nearest


@dataclass(frozen=True)
class DoctorDay:
    """What can be booked with one doctor on one day. closed: why not at all, if so."""

    schedule: Row | None
    slots: list[Slot]
    closed: str
    diary: Diary
    purpose: str

    def hindrance(self, start: datetime, now: datetime) -> str:
        """Why a start of this day can't be booked, as far as was known when it was asked for; empty where it can."""
        broken = self.diary.broken(start, self.purpose, now)
        return f"{broken.sentence} {broken.reason}".strip() if broken else ""


def require_near(day: date) -> None:
    """Raises InvalidInput for a day so far away that it must be a slip."""
    if not isinstance(day, date):
        raise InvalidInput({"day": "This is not a day."})
    if not EARLIEST <= day.year <= LATEST:
        raise InvalidInput({"day": f"The year must be from {EARLIEST} to {LATEST}."})


def diaries(
    session: Session, practitioners: Collection[ObjectId], first: date, last: date, besides: ObjectId | None = None
) -> dict[ObjectId, Diary]:
    """What decides about some doctors' time from one day to another, in two round trips however many they are.

    besides: an appointment whose own claims don't count, as it is about to give them back.
    Raises InvalidInput for a day too far away, NotAllowed, Unreachable.
    """
    claimed: list[Row] = []
    if practitioners:
        asked = claims(session.locale, practitioners, first, last, besides)
        with session.reading(CLAIMS) as collection:
            # What was taken in this very moment counts, though not all servers have it yet: whoever was refused for it
            # is offered something else.
            latest = collection.with_options(read_concern=_LATEST)
            # Of many doctors and days these are too many for one answer.
            claimed = list(latest.find(asked.where, asked.fields))
    return set_out(session, practitioners, session.answers(hours(practitioners, first, last)), claimed)


def opening(session: Session, practitioners: Collection[ObjectId], first: date, last: date) -> dict[ObjectId, Diary]:
    """When some doctors receive from one day to another; of what is booked it knows nothing, so that months are cheap.

    Raises InvalidInput for a day too far away, NotAllowed, Unreachable.
    """
    return set_out(session, practitioners, session.answers(hours(practitioners, first, last)), ())


def hours(practitioners: Collection[ObjectId], first: date, last: date) -> dict[str, Question]:
    """What says when some doctors receive. Raises InvalidInput for a day too far away."""
    for day in (first, last):
        require_near(day)
    doctors = list(practitioners)
    here = {"_id": {"$in": doctors}, "active": {"$ne": False}}
    concerning = {"practitioner": {"$in": [None, *doctors]}}
    return {
        SCHEDULES.resource: Question(SCHEDULES.resource, {"practitioner": {"$in": doctors}}),
        STAFF.resource: Question(STAFF.resource, here, (STAFF.record.LISTING.title,)),
        CLINIC_DAYS.resource: Question(CLINIC_DAYS.resource, between(first, last) | concerning),
    }


def claims(
    locale: Locale, practitioners: Collection[ObjectId], first: date, last: date, besides: ObjectId | None
) -> Question:
    """What is claimed of some doctors' time on some days, and of what goes on after the last one's midnight.

    besides: an appointment whose own claims don't count. Raises InvalidInput for a day too far away.
    """
    for day in (first, last):
        require_near(day)
    begins, ends = whole_day(first, locale).start, whole_day(last, locale).end + _LONGEST
    # Cells are named in UTC and seats by the practice's day, which stand behind all cells of a day of that name.
    after = max(f"{ends:%Y-%m-%dT%H:%M}", f"{last}~")
    spans = [{"_id": {"$gte": f"{one}|{begins:%Y-%m-%dT%H:%M}", "$lt": f"{one}|{after}"}} for one in practitioners]
    others: Row = {"appointment": {"$ne": besides}} if besides else {}
    return Question(CLAIMS, {"$or": spans, **others}, ("_id",))


def set_out(
    session: Session, practitioners: Collection[ObjectId], found: Answers, claimed: Iterable[Row]
) -> dict[ObjectId, Diary]:
    """The diaries that the answers to `hours` make, and to `claims`."""
    schedule_of: dict[ObjectId, Row] = {row["practitioner"]: row for row in found[SCHEDULES.resource]}
    working = {row["_id"] for row in found[STAFF.resource]}
    taken: dict[str, set[str]] = {str(doctor): set() for doctor in practitioners}
    for row in claimed:
        name = row["_id"]
        taken[name[:_DOCTOR]].add(name)
    return {
        doctor: Diary(
            doctor,
            session.locale,
            schedule_of.get(doctor) if doctor in working else None,
            [one for one in found[CLINIC_DAYS.resource] if one.get("practitioner") in (None, doctor)],
            taken[str(doctor)],
        )
        for doctor in practitioners
    }


def nearest(
    session: Session,
    practitioner: ObjectId,
    start: datetime,
    purpose: str = FOR_PATIENTS,
    besides: ObjectId | None = None,
    suits: Suits | None = None,
) -> list[Offer]:
    """Free starts nearest to a time: the doctor's of its day; where those are few, colleagues' of the department too,
    and the doctor's next ones. suits: whether who is to come can, then.

    Raises InvalidInput for a time too far away, NotAllowed, Unreachable.
    """
    if checked("start", Appointment.start, start, session.locale) is None:
        raise InvalidInput({"start": "Choose a time first."})
    require_near(start)
    day = max(session.locale.local(start).date(), session.locale.local(session.now()).date())
    last = day + timedelta(days=_DAYS_AHEAD - 1)
    names = _same_department(session, practitioner)
    own = diaries(session, [practitioner], day, last, besides)[practitioner]
    asked = _Asked(start, purpose, session.now(), suits)
    mine = list(_free_of(own, day, last, asked))
    that_day = [one for one in mine if session.locale.local(one).date() == day]
    later = mine[len(that_day) :]
    found = [Offer(one, practitioner, names.get(practitioner, "")) for one in that_day]
    room = _NEAREST - len(found) - (1 if later else 0)
    if room > 0 and len(names) > 1:
        found += _with_colleagues(session, names, practitioner, day, asked)[:room]
    found += [Offer(one, practitioner, names.get(practitioner, "")) for one in later[: _NEAREST - len(found)]]
    return sorted(found, key=lambda offer: offer.start)


@dataclass(frozen=True)
class _Asked:
    """What free starts are looked for: near which, for what, and not before now."""

    start: datetime
    purpose: str
    now: datetime
    suits: Suits | None

    def of(self, diary: Diary, day: date) -> list[datetime]:
        """A doctor's free starts of a day that are to be offered, the nearest first."""
        slots = (slot.start for slot in diary.slots(day, self.purpose, self.now) if slot.free)
        free = [one for one in slots if self.suits is None or self.suits(diary.practitioner, one)]
        return sorted(free, key=lambda one: abs(one - self.start))


def _free_of(diary: Diary, first: date, last: date, asked: _Asked) -> Iterator[datetime]:
    """Free starts of one doctor, those of the first day that has some nearest to a time first, enough to offer."""
    found, day = 0, first
    while found < _NEAREST and day <= last:
        near = asked.of(diary, day)[: _NEAREST - found]
        yield from near
        found += len(near)
        day += _DAY


def _with_colleagues(
    session: Session,
    names: dict[ObjectId, str],
    besides: ObjectId,
    day: date,
    asked: _Asked,
) -> list[Offer]:
    """What others have free on a day, nearest to a time first."""
    others = [doctor for doctor in names if doctor != besides]
    free = (
        Offer(one, doctor, names[doctor])
        for doctor, diary in diaries(session, others, day, day).items()
        for one in _free_of(diary, day, day, asked)
    )
    return sorted(free, key=lambda offer: (abs(offer.start - asked.start), offer.doctor))


def _same_department(session: Session, practitioner: ObjectId) -> dict[ObjectId, str]:
    """The names of a doctor and of those of the same department."""
    rows = doctors(session)
    own = next((row.get("department") for row in rows if row["_id"] == practitioner), None)
    return {
        row["_id"]: row["name"] for row in rows if row["_id"] == practitioner or (own and row.get("department") == own)
    }
