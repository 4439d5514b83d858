"""Backups that a workstation makes by itself: with what it was given for it, when they are due, and how many stay."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pymongo.errors import OperationFailure

from hmsdesk.controllers.backing_up import lock_of, opened_backup, verified_backup
from hmsdesk.controllers.backups import BACKUPS, OLD_AFTER, is_overdue, last_backup
from hmsdesk.controllers.daily_backups import (
    BACKUP_ENTRY,
    LAST_TRY_FILE,
    PLAN_FILE,
    Keep,
    LastTry,
    Plan,
    back_up_daily,
    back_up_if_due,
    end,
    is_due,
    last_try,
    let_go,
    plan_of,
    set_up,
    superfluous,
)
from hmsdesk.controllers.enrolment import revoke
from hmsdesk.controllers.listing import Query
from hmsdesk.errors import NotAllowed, UserError
from hmsdesk.models.backups import ENDING
from hmsdesk.models.watch import Watch
from hmsdesk.security import permissions
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import BACKUP
from tests.backing_up import PASSPHRASE
from tests.database.test_wall import READ, what_the_server_says

CREATE = permissions.CREATE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("daily")


@pytest.fixture(scope="module")
def set_up_here(clinic, folder):
    """The practice's computer makes daily backups."""
    set_up(clinic.owner, Plan(folder=folder, hour=13, lock=lock_of(clinic.owner, PASSPHRASE)))
    return clinic


def credential(clinic):
    return Credential.from_bytes(clinic.secrets.get(BACKUP_ENTRY))


def names(folder):
    return sorted(file.name for file in folder.iterdir())


class TestTheWorkstation:
    def test_makes_one_with_nobody_signed_in_that_its_owner_opens(self, set_up_here, folder):
        manifest = back_up_daily(set_up_here.door)
        (file,) = folder.iterdir()
        assert file.name.startswith(set_up_here.database)
        assert verified_backup(file, opened_backup(file, PASSPHRASE)) == manifest
        assert verified_backup(file, opened_backup(file, set_up_here.recovery_code)) == manifest
        assert manifest.collections["accounts"].count

    def test_leaves_word_of_it_for_the_administrator(self, set_up_here, folder):
        row = BACKUPS.page(set_up_here.administrator, Query()).rows[0]
        (file,) = folder.iterdir()
        assert (row["name"], row["kind"], row["size"]) == (file.name, "daily", file.stat().st_size)
        assert row["workstation:title"] == set_up_here.profile.workstation
        assert last_backup(set_up_here.administrator) == row["at"]
        assert last_try(set_up_here.settings).problem == ""

    def test_has_a_user_that_reads_everything_and_writes_but_that_word(self, set_up_here):
        with set_up_here.bare(credential(set_up_here)) as client:
            database = client[set_up_here.database]
            said = {name: what_the_server_says(database[name]) for name in permissions.collections()}
            assert said.pop("backups") == {READ, CREATE}
            assert set(map(frozenset, said.values())) == {frozenset({READ})}
            with pytest.raises(OperationFailure):
                database.list_collection_names()

    def test_keeps_nothing_that_opens_one(self, set_up_here, folder):
        content = b"".join(file.read_bytes() for file in set_up_here.settings.home.iterdir() if file.is_file())
        assert PASSPHRASE.encode() not in content
        assert set_up_here.owner.practice_keys.to_bytes()[:32] not in content
        for name in (PLAN_FILE, LAST_TRY_FILE):
            assert (set_up_here.settings.home / name).stat().st_mode & 0o777 == 0o600

    def test_is_named_on_the_page_of_workstations_and_in_the_trail(self, set_up_here):
        with set_up_here.administrator.reading("workstations") as workstations:
            assert workstations.find_one({"backs_up": True})["name"] == set_up_here.profile.workstation
        assert set_up_here.owner.database.audit.find_one({"action": "set up daily backup"})

    def test_says_what_is_wrong_and_keeps_it(self, set_up_here, folder):
        moved = folder.rename(folder.with_name("away"))
        try:
            with pytest.raises(UserError, match="folder for backups is not there"):
                back_up_daily(set_up_here.door)
            tried = last_try(set_up_here.settings)
            assert "not there" in tried.problem
        finally:
            moved.rename(folder)
        now = set_up_here.administrator.locale.local(datetime.now(UTC))
        assert not is_due(set_up_here.settings, now)
        assert is_due(set_up_here.settings, now + timedelta(minutes=61))

    def test_that_was_stopped_is_not_a_failure(self, set_up_here, folder):
        before, tried = names(folder), last_try(set_up_here.settings)
        # Its name says the second it was made in, as that of the one before does.
        time.sleep(1)
        with pytest.raises(UserError, match="was not made"):
            back_up_daily(set_up_here.door, Watch(stopped=lambda: True))
        assert (names(folder), last_try(set_up_here.settings)) == (before, tried)

    def test_makes_one_at_a_time_however_many_windows_ask(self, set_up_here, folder, monkeypatch):
        (set_up_here.settings.home / LAST_TRY_FILE).unlink(missing_ok=True)
        tried = []

        def asked_meanwhile(door, watch):
            tried.append(back_up_if_due(door, datetime.now(UTC)))

        monkeypatch.setattr("hmsdesk.controllers.daily_backups.back_up_daily", asked_meanwhile)
        back_up_if_due(set_up_here.door, datetime.now(UTC))
        assert tried == [None]


class TestTheOwner:
    def test_sets_it_up_anew_and_the_former_user_is_good_for_nothing(self, set_up_here, folder, tmp_path):
        former = credential(set_up_here)
        set_up(set_up_here.owner, Plan(folder=tmp_path, hour=2, lock=lock_of(set_up_here.owner, PASSPHRASE + " two")))
        assert credential(set_up_here).password != former.password
        with pytest.raises(OperationFailure), set_up_here.bare(former) as client:
            client[set_up_here.database].practice.find_one()
        back_up_daily(set_up_here.door)
        (file,) = tmp_path.iterdir()
        assert opened_backup(file, PASSPHRASE + " two")
        set_up(set_up_here.owner, Plan(folder=folder, hour=13, lock=lock_of(set_up_here.owner, PASSPHRASE)))

    def test_ends_it_or_shuts_the_computer_out(self, new_clinic, tmp_path):
        clinic = new_clinic()
        owner, workstations = clinic.owner, clinic.owner.database.workstations
        plan = Plan(folder=tmp_path, hour=13, lock=lock_of(owner, PASSPHRASE))
        set_up(owner, plan)
        former = credential(clinic)
        end(owner)
        assert owner.users.users_of(BACKUP) == []
        assert (plan_of(clinic.settings), clinic.secrets.get(BACKUP_ENTRY)) == (None, None)
        assert workstations.find_one({"backs_up": True}) is None
        with pytest.raises(UserError, match="No daily backup is set up"):
            back_up_daily(clinic.door)
        with pytest.raises(OperationFailure), clinic.bare(former) as client:
            client[clinic.database].practice.find_one()
        set_up(owner, plan)
        revoke(owner, workstations.find_one()["_id"])
        assert owner.users.users_of(BACKUP) == []
        assert "backs_up" not in workstations.find_one()

    def test_is_told_where_the_practice_is_behind_the_program(self, clinic, folder, monkeypatch):
        monkeypatch.setattr("hmsdesk.database.provision.declared", lambda: "otherwise")
        with pytest.raises(UserError, match="brought up to date first"):
            set_up(clinic.owner, Plan(folder=folder, hour=13, lock=lock_of(clinic.owner, PASSPHRASE)))


class TestDue:
    @pytest.fixture
    def settings(self, tmp_path, set_up_here):
        settings = replace(set_up_here.settings, home=tmp_path)
        (tmp_path / PLAN_FILE).write_bytes((set_up_here.settings.home / PLAN_FILE).read_bytes())
        return settings

    def tried(self, settings, at, problem=""):
        (settings.home / LAST_TRY_FILE).write_text(LastTry(at=at, problem=problem).model_dump_json())

    def test_is_the_first_one_at_once(self, settings):
        assert is_due(settings, datetime(2026, 3, 2, 9, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("last", "now", "due"),
        [
            ((2, 13, 1), (2, 23, 0), False),
            ((2, 13, 1), (3, 12, 59), False),
            ((2, 13, 1), (3, 13, 0), True),
            ((1, 20, 0), (2, 9, 0), False),
            ((1, 9, 0), (2, 9, 0), True),
        ],
    )
    def test_is_the_next_one_from_the_hour_on(self, settings, last, now, due):
        self.tried(settings, datetime(2026, 3, *last, tzinfo=UTC))
        assert is_due(settings, datetime(2026, 3, *now, tzinfo=UTC)) is due

    def test_is_none_where_nothing_was_set_up_or_the_plan_is_damaged(self, settings):
        (settings.home / PLAN_FILE).write_text("{not json")
        assert not is_due(settings, datetime(2026, 3, 2, 9, tzinfo=UTC))
        with pytest.raises(UserError, match="damaged"):
            plan_of(settings)
        (settings.home / PLAN_FILE).unlink()
        assert not is_due(settings, datetime(2026, 3, 2, 9, tzinfo=UTC))


class TestRetention:
    def daily(self, days):
        """One each day until the last day of 2026, and a second one on that day."""
        made = [datetime(2026, 12, 31, 13, tzinfo=UTC) - timedelta(days=day) for day in range(days)]
        return {f"{at:%Y-%m-%d-%H}": at for at in [*made, datetime(2026, 12, 31, 9, tzinfo=UTC)]}

    def test_keeps_the_last_of_each_of_so_many_days_weeks_and_months(self):
        made = self.daily(800)
        kept = sorted(set(made) - set(superfluous(made, Keep(days=7, weeks=4, months=12))), reverse=True)
        days = [f"2026-12-{day}-13" for day in (31, 30, 29, 28, 27, 26, 25)]
        # Weeks end on Sunday: the 27th is among the days already.
        weeks = ["2026-12-20-13", "2026-12-13-13"]
        months = [
            f"2026-{month:02}-{day}-13" for month, day in [(11, 30), (10, 31), (9, 30), (8, 31), (7, 31), (6, 30)]
        ]
        months += [f"2026-{month:02}-{day}-13" for month, day in [(5, 31), (4, 30), (3, 31), (2, 28), (1, 31)]]
        assert kept == [*days, *weeks, *months]

    def test_never_takes_the_last_one_away(self):
        made = self.daily(1)
        assert superfluous(made, Keep(days=1, weeks=0, months=0)) == ["2026-12-31-09"]

    def test_touches_nothing_but_this_practice_s_daily_backups(self, tmp_path):
        mine = [f"hmsdesk_nile-2026-12-{day}-130000{ENDING}" for day in (29, 30, 31)]
        others = ["holiday.jpg", f"hmsdesk_nile{ENDING}", f"hmsdesk_nile_2-2026-12-29-130000{ENDING}"]
        others += [f"hmsdesk_nile-2026-12-29-130000{ENDING}.part", f"hmsdesk_nile-2026-02-31-130000{ENDING}"]
        for name in [*mine, *others]:
            (tmp_path / name).write_bytes(b"")
        assert let_go(tmp_path, "hmsdesk_nile", Keep(days=1, weeks=0, months=0)) == [mine[1], mine[0]]
        assert names(tmp_path) == sorted([mine[2], *others])


class TestOverdue:
    NOW = datetime(2026, 3, 10, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("last", "founded", "overdue"),
        [(None, 0, False), (None, 5, True), (0, 100, False), (5, 100, True), (5, 5, True)],
    )
    def test_is_what_is_older_than_some_days(self, last, founded, overdue):
        ago = [None if days is None else self.NOW - timedelta(days=days) for days in (last, founded)]
        assert is_overdue(*ago, self.NOW) is overdue

    def test_is_not_kept_away_by_one_that_says_it_is_of_tomorrow(self, clinic):
        with clinic.past_the_program() as database:
            row = {"kind": "daily", "workstation": database.workstations.find_one()["_id"], "records": 1, "size": 1}
            later = database.backups.insert_one(
                row | {"at": datetime.now(UTC) + 10 * OLD_AFTER, "name": "tomorrow"}
            ).inserted_id
            try:
                last = last_backup(clinic.administrator)
            finally:
                database.backups.delete_one({"_id": later})
        assert last is None or last < datetime.now(UTC)

    @pytest.mark.parametrize("role", [Role.DOCTOR, Role.RECEPTIONIST])
    def test_is_told_to_nobody_else(self, clinic, role):
        with pytest.raises(NotAllowed):
            last_backup(clinic.session(role))
