"""The appointments of days, as lists and calendars show them: with names, patients' facts, and ghosts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta

from bson import ObjectId

from hmsdesk.controllers.diaries import require_near
from hmsdesk.controllers.keeping import Keeping
from hmsdesk.database.questions import Question
from hmsdesk.database.session import Session
from hmsdesk.models.appointments import FREEING, PENDING, RESCHEDULED
from hmsdesk.models.booking import Span, whole_day
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row

# What a day's list shows of each patient besides the name.
PATIENT_FACTS = ("identifier", "name_ar", "birth_date", "gender", "phone", "phone_of", "alerts")

_MOST_A_DAY = 1000
_DAY = timedelta(days=1)


class Days(Keeping):
    """Reading appointments by the day."""

    def day(self, session: Session, day: date, practitioner: ObjectId | None = None) -> list[Row]:
        """The appointments of a day on the practice's wall; see `between`."""
        return self.between(session, day, day, [practitioner] if practitioner else None)

    def between(
        self, session: Session, first: date, last: date, practitioners: Collection[ObjectId] | None = None
    ) -> list[Row]:
        """The appointments from one day to another on the practice's wall, in order, with names and `patient:` facts.

        Where one was booked before it was moved to another day or doctor, a ghost stands in its place: a copy with the
        old start, practitioner and minutes, `status` RESCHEDULED, `ghost` True, `appointment` (the record's id),
        `now_at` and `now_with` (where it is now). practitioners: None for all.
        Raises InvalidInput for a day too far away, NotAllowed, Unreachable.
        """
        require_near(first)
        require_near(last)
        begins, ends = whole_day(first, session.locale).start, whole_day(last, session.locale).end
        here = _place(begins, ends, practitioners)
        where = {"$or": [here, {"moved": {"$elemMatch": here}}]}
        most = _MOST_A_DAY * ((last - first).days + 1)
        with session.reading(self.resource) as collection:
            found = list(collection.find(where).sort([("start", 1), ("_id", 1)]).limit(most))
        self.complete(session, found)
        span = Span(begins, ends)
        ghosts = [
            ghost for row in found for ghost in _ghosts(row, session.locale) if _is_in(ghost, span, practitioners)
        ]
        self.add_titles(session, ghosts)
        rows = [row for row in found if _is_in(row, span, practitioners)]
        return sorted([*rows, *ghosts], key=lambda row: (row["start"], str(row["_id"])))

    def counts_between(
        self, session: Session, first: date, last: date, practitioners: Collection[ObjectId] | None = None
    ) -> dict[tuple[date, ObjectId], Counter[str]]:
        """How many appointments of each status a doctor has on each day, counted by the server.

        Raises InvalidInput for a day too far away, NotAllowed, Unreachable.
        """
        require_near(first)
        require_near(last)
        days = [first + _DAY * n for n in range((last - first).days + 1)]
        begins = [whole_day(day, session.locale).start for day in days]
        # Days by the practice's own boundaries: the server's calendar may know older rules of summer time.
        passed = {"$filter": {"input": begins, "cond": {"$lte": ["$$this", "$start"]}}}
        key = {"day": {"$size": passed}, "practitioner": "$practitioner", "status": "$status"}
        where = _place(begins[0], whole_day(last, session.locale).end, practitioners)
        counted: dict[tuple[date, ObjectId], Counter[str]] = defaultdict(Counter)
        with session.reading(self.resource) as collection:
            for row in collection.aggregate([{"$match": where}, {"$group": {"_id": key, "number": {"$sum": 1}}}]):
                place = days[row["_id"]["day"] - 1], row["_id"]["practitioner"]
                counted[place][row["_id"]["status"]] = row["number"]
        return dict(counted)

    def pending_after(self, session: Session, day: date, practitioner: ObjectId | None = None) -> list[Row]:
        """What is still to be approved on the days after one, however far ahead, in order, with the names. What nobody
        approved before its day passed is no matter any more: whether the patient came is seen on that day's list.

        practitioner: only this doctor's. Raises NotAllowed, Unreachable.
        """
        where: Row = {"status": PENDING, "start": {"$gte": whole_day(day, session.locale).end}}
        if practitioner is not None:
            where["practitioner"] = practitioner
        with session.reading(self.resource) as collection:
            found = collection.find(where).sort([("start", 1), ("_id", 1)])
            rows = list(found.limit(_MOST_A_DAY))
        self.add_titles(session, rows)
        return rows

    def held(self, session: Session, patient: ObjectId, day: date, besides: ObjectId | None = None) -> list[Row]:
        """What a patient has with any doctor from a day on and hasn't given back, in order, with the doctors' names.

        besides: an appointment that doesn't count. Raises InvalidInput for a day too far away, NotAllowed, Unreachable.
        """
        rows = session.answers({self.resource: self.holding(session, patient, day, besides)})[self.resource]
        self.add_titles(session, rows)
        return rows

    def holding(self, session: Session, patient: ObjectId, day: date, besides: ObjectId | None = None) -> Question:
        """What `held` asks for, without the doctors' names. Raises InvalidInput for a day too far away."""
        require_near(day)
        begins = whole_day(day, session.locale).start
        kept = {"$nin": list(FREEING)}
        where = {"patient": patient, "start": {"$gte": begins}, "status": kept, "_id": {"$ne": besides}}
        return Question(self.resource, where, (), (("start", 1), ("_id", 1)), _MOST_A_DAY)

    def complete(self, session: Session, rows: list[Row]) -> None:
        """Names, and what tells patients apart. Raises NotAllowed, Unreachable."""
        self.add_titles(session, rows)
        add_patient_facts(session, rows)


def _place(begins: datetime, ends: datetime, practitioners: Collection[ObjectId] | None) -> Row:
    among = {} if practitioners is None else {"practitioner": {"$in": list(practitioners)}}
    return {"start": {"$gte": begins, "$lt": ends}, **among}


def _is_in(row: Row, span: Span, practitioners: Collection[ObjectId] | None) -> bool:
    return span.holds(row["start"], 0) and (practitioners is None or row["practitioner"] in practitioners)


def _ghosts(row: Row, locale: Locale) -> Iterator[Row]:
    """What stands where an appointment was: once for each day and doctor that it isn't at any more."""
    now_at = (locale.local(row["start"]).date(), row["practitioner"])
    left = {(locale.local(was["start"]).date(), was["practitioner"]): was for was in row.get("moved", [])}
    for number, (place, was) in enumerate(left.items()):
        if place != now_at:
            yield {
                **row,
                "_id": f"{row['_id']}|{number}",
                "appointment": row["_id"],
                "ghost": True,
                "status": RESCHEDULED,
                "start": was["start"],
                "minutes": was["minutes"],
                "practitioner": was["practitioner"],
                "now_at": row["start"],
                "now_with": row["practitioner"],
                "now_with:title": row.get("practitioner:title", ""),
            }


def add_patient_facts(session: Session, rows: list[Row], facts: Sequence[str] = PATIENT_FACTS) -> None:
    """What is known of each row's patient, as `patient:fact`. Raises NotAllowed, Unreachable."""
    with session.reading("patients") as patients:
        ids = list({row["patient"] for row in rows})
        known = {row["_id"]: row for row in patients.find({"_id": {"$in": ids}}, facts)} if ids else {}
    for row in rows:
        patient = known.get(row["patient"], {})
        row |= {f"patient:{name}": patient[name] for name in facts if name in patient}
