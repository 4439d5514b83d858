"""Whatever is typed, pasted, scanned or handed over is stored as the plain text it is, or refused in a sentence.

Hypothesis draws it from the declared fields themselves. Nothing else may come of it: no other failure, nothing half
written, no operator that the server takes for one. A short round here; a long one with the nightly tests.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import hmsdesk.controllers
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.trail import TRAIL
from hmsdesk.database.audit import Heads
from hmsdesk.errors import UserError
from hmsdesk.models.declaration import declared_fields, typed_fields
from hmsdesk.models.preferences import THE_ONE
from hmsdesk.models.text import has_hostile_characters
from hmsdesk.security.permissions import CREATE, READ, TABLE, UPDATE, Role
from tests import deeds_of_care, deeds_of_the_desk
from tests.deeds import DEEDS, Deed, World
from tests.factories import code, operation
from tests.factories import typed as right_values
from tests.races.soundness import unsound
from tests.typing_anything import ANY_TEXT, ANYTHING, bare, typed, values_of

assert deeds_of_care
assert deeds_of_the_desk
SHORT = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
LONG = settings(SHORT, max_examples=400, derandomize=False)
ROUNDS = pytest.mark.parametrize(
    "profile", [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.nightly)]
)
# What is written although nothing is changed: that a chart or a list was opened, and who tried to sign in.
OF_READING = {"audit", "changes", "sign_in_attempts"}
# The server says so of what the program should have refused in words.
LET_THROUGH = "The server refused this record."


@pytest.fixture(scope="module")
def world(clinic):
    """Whatever was typed, the practice is sound when all is over."""
    yield World(clinic)
    with clinic.past_the_program() as database:
        found = unsound(database, Heads(clinic.settings.folder()).read())
    # What is charged to have something to bill is for nothing that was done.
    assert [one for one in found if not one.endswith("is for something that is not there")] == []


@pytest.fixture(scope="module")
def written(clinic):
    with clinic.past_the_program() as database:
        yield Written(database)


class Written:
    """Tells which collections of the practice were written to since it was last asked: the server's own log says so."""

    def __init__(self, database: Any) -> None:
        self._name = database.name
        self._log = database.client.local["oplog.rs"]
        self._seen = self._last()

    def _last(self) -> Any:
        return next(self._log.find({}, ["ts"]).sort("$natural", -1).limit(1))["ts"]

    def __call__(self) -> set[str]:
        since, self._seen = self._seen, self._last()
        entries = self._log.find({"ts": {"$gt": since, "$lte": self._seen}}, ["ns", "o.applyOps.ns"])
        names = {name for entry in entries for name in (entry["ns"], *_within(entry))}
        return {name.partition(".")[2] for name in names if name.partition(".")[0] == self._name}


def _within(entry: dict[str, Any]) -> list[str]:
    """What one transaction wrote to."""
    return [one["ns"] for one in entry.get("o", {}).get("applyOps", [])]


def refusal(act: Callable[[], Any]) -> UserError | None:
    """What a person is told, if it is refused; which is in sentences."""
    told: UserError | None = None
    try:
        act()
    except UserError as problem:
        told = problem
    if told is not None:
        assert told.title != LET_THROUGH
        assert told.title.endswith((".", "?", ":")), told.title
        assert all(words.endswith((".", "?")) for words in told.fields.values()), told.fields
        assert not has_hostile_characters(bare(f"{told.title} {told.message}")), told
    return told


# What is done


class Doing:
    """One deed, begun anew once it was done."""

    def __init__(self, deed: Deed, world: World) -> None:
        self.deed, self.world = deed, world
        self.right = deed.right(world)
        self.does = deed.begin(world)

    def again(self) -> None:
        self.__init__(self.deed, self.world)  # type: ignore[misc]


@pytest.mark.parametrize("name", DEEDS)
@ROUNDS
def test_what_is_done_with_anything_is_right_or_refused_in_words(world, written, name, profile):
    """Some of what is typed for a deed is anything."""
    deed = DEEDS[name]
    doing = Doing(deed, world)
    assert refusal(lambda: doing.does(**doing.right)) is None or deed.reads
    doing.again()
    spoilt = st.sets(st.sampled_from(sorted(deed.may_be)), min_size=1, max_size=2)
    typed_values = spoilt.flatmap(lambda names: st.fixed_dictionaries({name: deed.may_be[name] for name in names}))

    @profile
    @given(typed_values)
    def every(values: dict[str, Any]) -> None:
        written()
        refused = refusal(lambda: doing.does(**(doing.right | values)))
        if refused is not None:
            told_at = {name.partition(".")[0] for name in refused.fields}
            assert told_at <= {*deed.may_be, *deed.also}, refused.fields
        if refused is not None or deed.reads:
            assert written() <= (OF_READING if deed.reads else set())
        else:
            doing.again()

    every()


# What is kept

MAKERS = {
    name: next(role for role in grants if CREATE in grants[role])
    for name, grants in TABLE.items()
    if name in KEEPERS and any(CREATE in actions and UPDATE in actions for actions in grants.values())
}
# They are made by deeds of their own, never as a form is saved.
ONLY_CHANGED = ("patient_health", "preferences", "observations")
NOT_BY_FORM = ("appointments", "encounters", "encounter_notes", "invoices", "documents")
FORMS = [name for name in MAKERS if name not in NOT_BY_FORM] + ["deliveries"]


def right_of(world: World, collection: str) -> dict[str, Any]:
    """Values of a record that may be made: what it refers to is there."""
    there = {"medicine": world.practice.medicine()["_id"]} if collection in ("stock_lots", "deliveries") else {}
    values = right_values(collection)
    if collection == "schedules":
        doctor = {"name": f"Dr {code()}", "profession": "doctor"}
        there = {"practitioner": STAFF.create(world.administrator, doctor, operation())["_id"]}
    if collection == "waiting_list":
        there = {"patient": world.billing.patient()["_id"], "practitioner": world.receiving}
    if collection == "deliveries":
        return values | {"lots": [part | there for part in values["lots"]]}
    return {name: value for name, value in (values | there).items() if name != "department"}


def there(world: World, collection: str) -> dict[str, Any]:
    """A record to be changed. A patient's chart is there since they were registered."""
    if collection == "patient_health":
        return world.billing.patient()
    if collection == "preferences":
        return {"_id": THE_ONE}
    if collection == "observations":
        measured = right_values(collection, patient=world.billing.patient()["_id"])
        patient = measured.pop("patient")
        return OBSERVATIONS.record_vitals(world.nurse, patient, measured, operation())
    session = world.clinic.session(MAKERS.get(collection, Role.PHARMACIST))
    return KEEPERS[collection].create(session, right_of(world, collection), operation())


@pytest.mark.parametrize("collection", FORMS)
@ROUNDS
def test_a_form_is_kept_as_it_was_typed_or_refused_at_its_fields(world, written, collection, profile):
    """A form is filled in with anything: as a new record, and over one that is there."""
    keeper, session = KEEPERS[collection], world.clinic.session(MAKERS.get(collection, Role.PHARMACIST))
    changes, creates = session.may(collection, UPDATE), collection not in ONLY_CHANGED
    fields = values_of(keeper.record)
    row = there(world, collection)
    spoilt = st.sets(st.sampled_from(sorted(fields)), min_size=1, max_size=3)
    values = spoilt.flatmap(lambda names: st.fixed_dictionaries({name: fields[name] for name in names}))

    @profile
    @given(values, st.booleans())
    def every(values: dict[str, Any], new: bool) -> None:
        made: list[Any] = []
        if creates and (new or not changes):
            whole = right_of(world, collection) | values
            written()
            refused = refusal(lambda: made.append(keeper.create(session, whole, operation())))
        else:
            version = keeper.get(session, row["_id"])["version"]
            written()
            refused = refusal(lambda: made.append(keeper.change(session, row["_id"], version, values, operation())))
        if refused is None:
            kept = keeper.get(session, made[0]["_id"])
            kept_as_typed(keeper.record, kept, values, session.locale)
            return
        assert {name.partition(".")[0] for name in refused.fields} <= set(fields), refused.fields
        assert written() == set()

    every()


def kept_as_typed(record: Any, kept: dict[str, Any], values: dict[str, Any], locale: Any) -> None:
    """What is kept is what the field makes of what was typed, stays that, and is shown as plain text."""
    for name, value in values.items():
        field = declared_fields(record)[name]
        assert kept.get(name) == field.clean(value, locale), name
    for name, field in declared_fields(record).items():
        if name in kept:
            if not field.issued and not field.several:
                assert field.clean(kept[name], locale) == kept[name], name
            shown = field.show(kept[name], locale)
            assert not has_hostile_characters(bare(shown)), shown
    assert isinstance(record.title_of(kept), str)


# What is looked for


def questions(record: Any) -> st.SearchStrategy[Query]:
    """Any question of a list: whatever is sought, filtered by, ordered by and jumped to."""
    fields = typed_fields(record)
    names = [*fields, *(aspect.name for aspect in record.LISTING.aspects), "created_by", "$where", "_id", "find.words"]
    filters = st.dictionaries(
        st.sampled_from(names),
        st.one_of(ANYTHING, *(typed(field) for field in list(fields.values())[:4])),
        max_size=2,
    )
    orders = st.one_of(st.sampled_from(["", *(order.field for order in record.LISTING.orders)]), ANY_TEXT)
    return st.builds(
        Query,
        start=st.none() | beginnings(record),
        text=ANY_TEXT,
        filters=filters,
        order=orders,
        descending=st.booleans(),
        backwards=st.booleans(),
        prefix=ANY_TEXT,
    )


def beginnings(record: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Any row for a page to begin beside: by its order's value and id, which may be anything or missing."""
    paths = ["_id", *(record.path(order.field) for order in record.LISTING.orders)]
    values = st.one_of(ANYTHING, st.sampled_from([ObjectId(), "mona", datetime(2026, 11, 17, tzinfo=UTC)]))
    return st.dictionaries(st.sampled_from(paths), values).map(_nested)


def _nested(by_path: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for path, value in by_path.items():
        first, _, rest = path.partition(".")
        row[first] = row.get(first, {}) | {rest: value} if rest else value
    return row


LISTS = {name: keeper for name, keeper in KEEPERS.items() if name != "practice"} | {"audit": TRAIL}


@pytest.mark.parametrize("collection", LISTS)
@ROUNDS
def test_a_list_takes_any_question_for_text_and_values(world, written, collection, profile):
    """A list is asked for anything."""
    keeper = LISTS[collection]
    session = world.clinic.session(next(role for role in Role if world.clinic.session(role).may(collection, READ)))

    @profile
    @given(questions(keeper.record))
    def every(query: Query) -> None:
        written()
        for ask in (keeper.page, keeper.count, keeper.sums):
            refused = refusal(lambda ask=ask: ask(session, query))
            assert refused is None or set(refused.fields) <= set(query.filters), refused.fields
        assert written() == set()

    every()


# What there is

# What somebody types comes in under these names.
TYPED = {
    "typed", "text", "query", "values", "changes", "reason", "scanned", "picture", "written", "prescribed", "taken",
    "refund", "asked", "booking", "count", "opened_with", "doing", "found", "new", "services", "quantities", "name",
    "password", "email", "status", "prices", "start", "day", "first", "last", "code", "address", "notes", "told",
    "content", "section", "hours", "codes", "letter",
}  # fmt: skip
# Where else these are tried with anything, or why they needn't be.
ELSEWHERE = {
    "as forms": """
        keeping.Keeping.create keeping.Keeping.change keeping.Keeping.built patients.Patients.create
        patients.Patients.change patients.Patients.registering patients.Health.change
        preferences.PreferencesKeeping.change observations.Observations.change
        stock.deliveries.Deliveries.create stock.lots.Lots.create stock.lots.Lots.change
        waiting_list.WaitingList.create starter.add_week
    """,
    "as lists": """
        backups.Backups.page backups.Backups.count
        keeping.Keeping.page keeping.Keeping.count keeping.Keeping.sums keeping.Keeping.note_export
        account_list.Accounts.page account_list.Accounts.count dated.Dated.page dated.Dated.count
        dated.Dated.sums medicines.Medicines.page patients.Patients.page patients.Patients.count
        sign_ins.SignIns.page sign_ins.SignIns.count stock.counting.Sheet.page stock.deliveries.Deliveries.page
        stock.ledger.Ledger.page stock.lots.Lots.page trail.Trail.page trail.Trail.count
        visit_list.VisitList.page visit_list.VisitList.count
    """,
    "as parts of what is tried here": """
        waiting_entries.leave_list
        days.Days.holding diaries.claims diaries.hours diaries.set_out prescription_checks.examine
        prescription_checks.further_questions
        account_rows.seal_row appointments.Appointments.require_step appointments.Appointments.step
        booking.Booking.place booking.Place.kept booking.insert_booked booking.overlap by_words.any_of
        clinic_days.between clinical_search.count clinical_search.is_clinical clinical_search.matches
        clinical_search.page
        dated.in_utc days.Days.counts_between days.Days.held days.Days.pending_after diagnosis_codes.Index.find
        diaries.DoctorDay.hindrance diaries.diaries diaries.opening diaries.require_near
        dispensary.handing_out.insert dispensary.handing_out.to_invoice duplicates.duplicates
        encounter_notes.EncounterNotes.to_close invoices.stamp_of listing.asked listing.beside
        prescription_checks.override
        references.called references.titles stock.counting.compare visit_charges.charge_visit
        waiting_entries.announce_freed waiting_entries.mark waiting_entries.stamp sign_in.Door.open
        sign_in.Door.open_again sign_in.Door.choose_password accounts.owning operators.connection_string
        trail.verify_as_owner accounts.Owner.reinstate
    """,
    "nothing is typed": """
        accounts.Owner.credential_of
        backups.is_overdue
        cash_desk.take_off consulting_room.enter dispensary.refusing.bring_back encounters.Encounters.begin
        encounters.Encounters.begin_for encounters.Encounters.discard encounters.Encounters.reopen
        payments.Payments.correct starter.add_departments stock.adjusting.put_back
        waiting_list.WaitingList.take_back walk_in.is_let_in sign_in.Door.connect sign_in.Door.move
        sign_in.Door.note_name
    """,
    "tests/controllers/test_backups.py": """
        restoring.refuse_early restoring.restore
    """,
    "tests/test_any_files.py": """
        drafts.Drafts.keep enrolment.invite enrolment.join readmission.is_kept_for_readmission
        readmission.keep_for_readmission readmission.readmit provisioning.atlas_requests
        provisioning.checked_address provisioning.checked_place provisioning.is_on_atlas
        provisioning.make_atlas_place provisioning.make_place
    """,
}


def takers() -> Iterator[str]:
    """Every public function of the controllers that takes what somebody typed, or writes."""
    for module in pkgutil.walk_packages(hmsdesk.controllers.__path__, "hmsdesk.controllers."):
        if ".demo" in module.name:
            continue
        loaded = importlib.import_module(module.name)
        for name, thing in vars(loaded).items():
            if getattr(thing, "__module__", "") != module.name or name.startswith("_"):
                continue
            functions = {name: thing} if inspect.isfunction(thing) else {}
            if inspect.isclass(thing):
                functions = {f"{name}.{inner}": one for inner, one in vars(thing).items() if inspect.isfunction(one)}
            for called, function in functions.items():
                takes = {*inspect.signature(function).parameters}
                if not called.rpartition(".")[2].startswith("_") and takes & (TYPED | {"operation"}):
                    yield f"{module.name.removeprefix('hmsdesk.controllers.')}.{called}"


def test_nothing_that_takes_what_somebody_typed_is_forgotten():
    known = {*DEEDS, *(name for names in ELSEWHERE.values() for name in names.split())}
    there = {*takers()}
    assert there - known == set()
    assert known - there == set()
