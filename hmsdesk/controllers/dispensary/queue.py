"""The queue of the dispensary: who waits for medicines, to whom some are still owed, and what was set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId

from hmsdesk.controllers.dispensary.hand_outs import DISPENSATIONS, done_for
from hmsdesk.controllers.preferences import PREFERENCES
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.controllers.stock.lots import in_stock
from hmsdesk.database.session import Session
from hmsdesk.models.booking import wall_or_later
from hmsdesk.models.dispensations import HANDED_OUT, SET_ASIDE, TAKEN_BACK, standing
from hmsdesk.models.patients import identified
from hmsdesk.models.prescriptions import VALID_DAYS
from hmsdesk.models.row import Row
from hmsdesk.models.text import fold
from hmsdesk.security.permissions import READ

# Nobody stands at the window for longer: what is older opens by its code or number.
_WAITS = timedelta(days=2)
_MOST = 200


@dataclass(frozen=True)
class Owed:
    """A prescription of which a part was handed out. left: (name, how much) of what is owed, what is here first.

    came_in: all that is owed of a medicine is here, and not promised to somebody who waits longer. some: a part of it.
    """

    prescription: Row
    left: tuple[tuple[str, int], ...]
    came_in: bool
    some: bool


@dataclass(frozen=True)
class Queue:
    """waiting: the longest first, each since its `since`. aside: what nobody waits for now, the last one first.

    long, too_long: minutes, as the practice has decided. now: the server's time.
    """

    waiting: tuple[Row, ...]
    owed: tuple[Owed, ...]
    aside: tuple[Row, ...]
    dispensed_today: int
    long: int
    too_long: int
    now: datetime


def queue(session: Session) -> Queue:
    """Who waits, and what is owed. Raises NotAllowed, Unreachable."""
    session.require(DISPENSATIONS.resource, READ)
    decided = PREFERENCES.current(session)
    waiting, owed, aside = _waiting(session), _owed(session), _aside(session)
    say_who(session, _namesakes([*waiting, *(one.prescription for one in owed), *aside]))
    return Queue(
        waiting=tuple(waiting),
        owed=tuple(owed),
        aside=tuple(aside),
        dispensed_today=_dispensed_today(session),
        long=decided["waiting_long"],
        too_long=decided["waiting_too_long"],
        now=session.now(),
    )


def say_who(session: Session, rows: list[Row]) -> None:
    """Put on each prescription, as `patient:who`, what tells its patient from another of the same name.

    Raises NotAllowed, Unreachable.
    """
    with session.reading("patients") as patients:
        among = {"_id": {"$in": list({row["patient"] for row in rows})}}
        found = patients.find(among, ["identifier", "birth_date", "birth_estimated"])
        known = {one["_id"]: identified(one, session.locale) for one in found}
    for row in rows:
        row["patient:who"] = known.get(row["patient"], "")


def _namesakes(rows: list[Row]) -> list[Row]:
    """Those whose patient is called as another one among them."""
    called: dict[str, set[ObjectId]] = {}
    for row in rows:
        called.setdefault(_name(row), set()).add(row["patient"])
    return [row for row in rows if len(called[_name(row)]) > 1]


def _name(row: Row) -> str:
    return fold(str(row.get("patient:title") or ""))


def _waiting(session: Session) -> list[Row]:
    """What was signed, or taken back, lately and nothing is done for, each with its `since`; the longest first."""
    since, today = session.now() - _WAITS, session.locale.today().isoformat()
    with session.reading(DISPENSATIONS.resource) as dispensations:
        anew = dispensations.distinct("prescription", {"kind": TAKEN_BACK, "created_at": {"$gte": since}})
    lately = {"$or": [{"issued_at": {"$gte": since}}, {"_id": {"$in": anew}, "valid_until": {"$gte": today}}]}
    with session.reading("prescriptions") as prescriptions:
        found = prescriptions.find(lately).sort([("issued_at", -1), ("_id", -1)])
        rows = list(found.limit(_MOST))
    done = done_for(session, [row["_id"] for row in rows])
    fresh = [row for row in rows if not (now := standing(done[row["_id"]])).hand_outs and now.is_owed(row)]
    PRESCRIPTIONS.add_titles(session, fresh)
    for row in fresh:
        # What comes back waits anew.
        back = [one["created_at"] for one in done[row["_id"]] if one["kind"] == TAKEN_BACK]
        row["since"] = max([row["issued_at"], *back])
    return sorted((row for row in reversed(fresh) if "cancelled" not in row), key=lambda row: row["since"])


def owed_of(session: Session) -> dict[ObjectId, int]:
    """Medicine -> how much of it is owed to patients altogether. Raises NotAllowed, Unreachable."""
    sums: dict[ObjectId, int] = {}
    for _, short in _short(session):
        for line, number in short:
            sums[line["medicine"]] = sums.get(line["medicine"], 0) + number
    return sums


def _owed(session: Session) -> list[Owed]:
    rows = _short(session)
    lots = in_stock(session, list({line["medicine"] for row, _ in rows for line in row["lines"]}))
    there = {medicine: sum(lot["quantity"] for lot in found) for medicine, found in lots.items()}
    made = [_promised(row, short, there) for row, short in rows]
    # What came in can be fetched.
    return sorted(made, key=lambda one: (not one.came_in, one.prescription["issued_at"]))


def _short(session: Session) -> list[tuple[Row, list[tuple[Row, int]]]]:
    """The prescriptions something is owed of, and how much of which line; whoever waits longest first."""
    rows = _in_part(session)
    done = done_for(session, [row["_id"] for row in rows])
    found = []
    # The last pack is one person's: whoever waits longest.
    for row in sorted(rows, key=lambda row: done[row["_id"]][0]["created_at"]):
        now = standing(done[row["_id"]])
        # What was taken back altogether waits anew, and isn't owed.
        if now.hand_outs and now.is_owed(row):
            handed = now.handed_out
            short = [
                (line, line["quantity"] - handed.get(n, 0))
                for n, line in enumerate(row["lines"], start=1)
                if line["quantity"] > handed.get(n, 0)
            ]
            found.append((row, short))
    return found


def _promised(row: Row, short: list[tuple[Row, int]], there: dict[ObjectId, int]) -> Owed:
    """What is owed of a prescription; what of it is here is taken away from what is there for those after it."""
    here: list[tuple[str, int]] = []
    missing: list[tuple[str, int]] = []
    some = False
    for line, number in short:
        taken = min(number, there[line["medicine"]])
        there[line["medicine"]] -= taken
        some = some or taken > 0
        (here if taken == number else missing).append((line["name"], number))
    return Owed(row, tuple(here + missing), came_in=bool(here), some=some)


def _in_part(session: Session) -> list[Row]:
    """The valid prescriptions whose last hand-out left something owed."""
    today = session.locale.today()
    since = session.now() - timedelta(days=VALID_DAYS + 1)
    newest: list[Row] = [
        {"$match": {"created_at": {"$gte": since}}},
        {"$sort": {"prescription": 1, "turn": -1}},
        {"$group": {"_id": "$prescription", "owed": {"$first": "$owed"}}},
        {"$match": {"owed": True}},
        {"$limit": _MOST},
    ]
    with session.reading(DISPENSATIONS.resource) as dispensations:
        ids: list[ObjectId] = [row["_id"] for row in dispensations.aggregate(newest)]
    with session.reading("prescriptions") as prescriptions:
        rows = list(prescriptions.find({"_id": {"$in": ids}, "valid_until": {"$gte": today.isoformat()}}))
    PRESCRIPTIONS.add_titles(session, rows)
    return [row for row in rows if "cancelled" not in row]


def _aside(session: Session) -> list[Row]:
    """The valid prescriptions that were set aside, each with the reason as `set_aside`; the last one first."""
    since = session.now() - timedelta(days=VALID_DAYS + 1)
    with session.reading(DISPENSATIONS.resource) as dispensations:
        lately = dispensations.find({"kind": SET_ASIDE, "created_at": {"$gte": since}})
        ids = list(dict.fromkeys(row["prescription"] for row in lately.sort("created_at", -1).limit(_MOST)))
    valid = {"$gte": session.locale.today().isoformat()}
    with session.reading("prescriptions") as prescriptions:
        rows = list(prescriptions.find({"_id": {"$in": ids}, "valid_until": valid}))
    PRESCRIPTIONS.add_titles(session, rows)
    rows.sort(key=lambda row: ids.index(row["_id"]))
    return [row for row in rows if "set_aside" in row and "cancelled" not in row]


def _dispensed_today(session: Session) -> int:
    """How many hand-outs there were today, less those taken back."""
    midnight = wall_or_later(session.locale.today(), "00:00", session.locale)
    with session.reading(DISPENSATIONS.resource) as dispensations:
        rows = list(dispensations.find({"created_at": {"$gte": midnight}}, ["kind", "takes_back"]))
    undone = {row.get("takes_back") for row in rows if row["kind"] == TAKEN_BACK}
    return sum(row["kind"] == HANDED_OUT and row["_id"] not in undone for row in rows)
