"""The page of backups: making one, what this computer does each day, looking at a file; and the warning on the home."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractButton

from hmsdesk.app import Program
from hmsdesk.controllers.backing_up import opened_backup, verified_backup
from hmsdesk.controllers.daily_backups import BACKUP_ENTRY, plan_of
from hmsdesk.database import backup as backups
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings
from hmsdesk.views.backups import NOT_DAILY, OWNERS_ONLY, make_page
from hmsdesk.views.backups.asked import NOT_THE_SAME
from hmsdesk.views.backups.checking import CheckFile
from hmsdesk.views.backups.daily import DailyDialog
from hmsdesk.views.backups.making import MakeBackup
from hmsdesk.views.home import make_page as make_home
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.daily_backups import DailyBackups
from tests.backing_up import PASSPHRASE, backed_up
from tests.conftest import Clinic
from tests.views.desk import Desk
from tests.views.hands_of_owner import again, open_page, press, shown, texts

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def one(clinic: Clinic, tmp_path_factory) -> Path:
    """A backup that was made before, so that the page has a row."""
    return backed_up(clinic, tmp_path_factory.mktemp("made") / "before.hmsbackup")


@pytest.fixture
def page(clinic: Clinic, one: Path, qtbot):
    opened = open_page(make_page, clinic.door, clinic.administrator, qtbot)
    qtbot.waitUntil(lambda: not tasks.busy())
    return opened


def fill(dialog, **typed: str) -> None:
    for name, text in typed.items():
        editor = dialog.questions.rows[name].editor
        editor.set_raw(text)
        editor.edited.emit()


def making(page, folder: Path, qtbot, **typed: str) -> MakeBackup:
    press(page, "backUpNow")
    dialog = shown(MakeBackup, qtbot)
    fill(dialog, **({"folder": str(folder), "passphrase": PASSPHRASE, "again": PASSPHRASE} | typed))
    press(dialog, "dialogYes")
    return dialog


def test_a_backup_is_made_and_stands_on_the_list(page, tmp_path: Path, qtbot) -> None:
    making(page, tmp_path, qtbot)
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    (file,) = tmp_path.iterdir()
    assert verified_backup(file, opened_backup(file, PASSPHRASE)).count
    qtbot.waitUntil(lambda: file.name in [row["name"] for row in page.pages.rows])


def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(page, tmp_path: Path, qtbot) -> None:
    (tmp_path / "taken").write_bytes(b"")
    dialog = making(page, tmp_path, qtbot, again="something else", name="new")
    assert NOT_THE_SAME in texts(dialog)
    fill(dialog, passphrase="12345678", again="12345678", name="taken", folder=str(tmp_path))
    press(dialog, "dialogYes")
    said = " ".join(texts(dialog))
    assert "There is something of this name already." in said
    assert "words that don't belong together" in said
    assert dialog.questions.raw("name") == "taken"
    fill(dialog, folder=str(tmp_path / "nowhere"), name="../other")
    press(dialog, "dialogYes")
    said = " ".join(texts(dialog))
    assert "There is no such folder." in said
    assert "A name without a folder." in said
    for folder, name in (("~nobody whom anybody knows", "new"), ("x" * 5000, "new"), (str(tmp_path), "x" * 300)):
        fill(dialog, folder=folder, name=name)
        press(dialog, "dialogYes")
        said = " ".join(texts(dialog))
        assert ("no such folder" in said) == (name == "new")
        assert ("can't be written there" in said) == (name != "new")
    dialog.reject()
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_a_backup_that_is_stopped_leaves_no_file(page, tmp_path: Path, qtbot, monkeypatch) -> None:
    reading, go_on = threading.Event(), threading.Event()
    real = backups.SealedWriter.add

    def add(writer, part) -> None:
        reading.set()
        go_on.wait(30)
        real(writer, part)

    monkeypatch.setattr(backups.SealedWriter, "add", add)
    dialog = making(page, tmp_path, qtbot)
    work = again(qtbot)
    qtbot.waitUntil(reading.is_set)
    press(work, "dialogNo")
    assert work.isVisible(), "it is still ending"
    go_on.set()
    qtbot.waitUntil(lambda: any("You stopped it." in text for text in texts(work)))
    assert list(tmp_path.iterdir()) == []
    press(work, "dialogNo")
    dialog.reject()


def test_daily_backups_are_set_up_made_and_ended(clinic: Clinic, page, tmp_path: Path, qtbot) -> None:
    assert page.daily.text() == NOT_DAILY
    press(page, "dailyBackups")
    dialog = shown(DailyDialog, qtbot)
    fill(dialog, folder=str(tmp_path), hour="25")
    dialog.questions.rows["hour"]._on_left()
    qtbot.wait(100)
    assert dialog.height() == dialog.column.heightForWidth(dialog.width()), "as high as what it says now"
    fill(dialog, passphrase=PASSPHRASE, again=PASSPHRASE)
    press(dialog, "dialogYes")
    assert any("from 0 to 23" in text for text in texts(dialog))
    fill(dialog, hour="0", days="3", weeks="0")
    for name in ("hour", "weeks"):
        dialog.questions.rows[name]._on_left()
        assert dialog.questions.raw(name) == "0", "as it was typed"
    press(dialog, "dialogYes")
    again(qtbot)
    qtbot.waitUntil(lambda: plan_of(clinic.settings) is not None)
    plan = plan_of(clinic.settings)
    assert (plan.folder, plan.hour, plan.keep.model_dump()) == (tmp_path, 0, {"days": 3, "weeks": 0, "months": 12})
    qtbot.waitUntil(lambda: str(tmp_path) in page.daily.text())
    clock = DailyBackups(page, clinic)
    clock.look()
    clock.look()
    qtbot.waitUntil(lambda: not tasks.busy())
    (file,) = tmp_path.iterdir()
    page.look_again()
    qtbot.waitUntil(lambda: "The last time:" in page.daily.text())
    qtbot.waitUntil(lambda: file.name in [row["name"] for row in page.pages.rows])
    clock.look()
    qtbot.waitUntil(lambda: not tasks.busy())
    assert [one.name for one in tmp_path.iterdir()] == [file.name], "it isn't due again"
    press(page, "dailyBackups")
    dialog = shown(DailyDialog, qtbot)
    qtbot.waitUntil(dialog.findChild(QAbstractButton, "endDaily").isVisible)
    assert dialog.questions.raw("folder") == str(tmp_path)
    press(dialog, "endDaily")
    again(qtbot)
    qtbot.waitUntil(lambda: clinic.secrets.get(BACKUP_ENTRY) is None)
    qtbot.waitUntil(lambda: page.daily.text() == NOT_DAILY)


def test_nothing_is_made_before_the_practice_is_reached(qtbot) -> None:
    parent = QObject()
    DailyBackups(parent, SimpleNamespace(door=None)).look()
    assert not tasks.busy()


def test_a_file_is_checked_by_who_has_what_opens_it(page, one: Path, tmp_path: Path, qtbot) -> None:
    press(page, "checkBackup")
    dialog = shown(CheckFile, qtbot)
    fill(dialog, file=str(one), passphrase="not this one at all")
    press(dialog, "dialogYes")
    qtbot.waitUntil(lambda: any("does not open the backup" in text for text in texts(dialog)))
    fill(dialog, passphrase=PASSPHRASE)
    press(dialog, "dialogYes")
    qtbot.waitUntil(lambda: "It is whole: Nile Family Clinic" in dialog.verdict.words.text())
    cut = tmp_path / "cut"
    cut.write_bytes(one.read_bytes()[:-10])
    fill(dialog, file=str(cut))
    press(dialog, "dialogYes")
    qtbot.waitUntil(lambda: "Its end is missing" in dialog.verdict.words.text())
    dialog.reject()


def test_who_is_no_owner_reads_of_them_and_makes_none(clinic: Clinic, one: Path, qtbot) -> None:
    hired = clinic.hire(Role.ADMINISTRATOR)
    with closing(clinic.door.sign_in(hired.email, hired.password)) as session:
        page = open_page(make_page, clinic.door, session, qtbot)
        assert OWNERS_ONLY in texts(page)
        assert page.findChild(QAbstractButton, "backUpNow") is None
        assert page.findChild(QAbstractButton, "checkBackup") is not None
        qtbot.waitUntil(lambda: not tasks.busy())


@pytest.mark.parametrize("solo", [False, True])
def test_the_home_tells_that_the_last_one_is_old(new_clinic, qtbot, solo: bool) -> None:
    practice = new_clinic(solo=solo)
    with practice.past_the_program() as database:
        row = {"kind": "daily", "workstation": database.workstations.find_one()["_id"], "records": 1, "size": 1}
        database.backups.insert_one(row | {"at": datetime.now(UTC) - timedelta(days=9), "name": "old"})
    desk = Desk(qtbot, practice.administrator, practice.door)
    page = desk.show(make_home(desk.context, ""))
    desk.until(lambda: page.findChild(QAbstractButton, "do-backup") is not None)
    page.findChild(QAbstractButton, "do-backup").click()
    assert desk.went == [("backups", "")]
    with practice.past_the_program() as database:
        database.backups.insert_one(row | {"at": datetime.now(UTC) - timedelta(hours=9), "name": "new"})
    page = desk.show(make_home(desk.context, ""))
    desk.settle()
    assert page.findChild(QAbstractButton, "do-backup") is None


def test_a_window_that_is_closed_looks_for_no_backup_any_more(qapp, tmp_path):
    program = Program(qapp, Settings(home=tmp_path))
    program._begin_watching()
    assert program._backups._clock.isActive()
    program.window.close()
    assert not program._backups._clock.isActive()
    program.window.deleteLater()
