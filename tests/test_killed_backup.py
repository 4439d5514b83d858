"""A backup or a restore whose process is killed: no file that only looks like one, no half practice, and done again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hmsdesk.controllers import demo
from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.backing_up import back_up, lock_of
from hmsdesk.controllers.demo import PASSWORD, email_of
from hmsdesk.controllers.restoring import COMPARING, HANDING_OUT, LOADING, READING, VERIFYING
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.backup import PART_ENDING
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings
from tests.backing_up import PASSPHRASE
from tests.waiting import PATIENCE_S, until

ROOT = Path(__file__).parent.parent
ADMINISTRATOR = email_of(Role.ADMINISTRATOR)
TOLD = {"HMSDESK_ARGON2_MIB": "64", "HMSDESK_PASSWORD": PASSWORD, "HMSDESK_BACKUP_PASSPHRASE": PASSPHRASE}


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A small demo practice."""
    folder = Path(tempfile.mkdtemp(prefix="hms-"))
    with closing(Workplace(Settings(home=folder, argon2_mib=64))) as place:
        demo.make(place, demo.Size(40, 1, 5, 2))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def backup(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("made") / "backup"
    with closing(Workplace(Settings(home=home, argon2_mib=64))) as place:
        door = place.door()
        with closing(door.sign_in(ADMINISTRATOR, PASSWORD)) as session, owning(door, session, PASSWORD) as owner:
            back_up(owner, file, lock_of(owner, PASSPHRASE))
    return file


def begun(home: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "hmsdesk", *arguments]
    told = {**os.environ, "HMSDESK_HOME": str(home), **TOLD}
    return subprocess.Popen(command, cwd=ROOT, env=told, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def done(home: Path, *arguments: str) -> str:
    process = begun(home, *arguments)
    said, problem = process.communicate(timeout=4 * PATIENCE_S)
    assert process.returncode == 0, problem
    return said


@pytest.mark.nightly
@pytest.mark.parametrize("doing", [READING, LOADING, COMPARING, HANDING_OUT, VERIFYING])
def test_a_restore_that_is_killed_leaves_no_practice_and_is_begun_again(backup: Path, doing: str) -> None:
    elsewhere = Path(tempfile.mkdtemp(prefix="hms-"))
    try:
        process = begun(elsewhere, "restore", str(backup), "--private-file")
        assert process.stderr is not None
        assert any(line.startswith(doing) for line in process.stderr)
        process.kill()
        process.communicate()
        assert not (elsewhere / "workstation.json").exists()
        assert "The trail holds." in done(elsewhere, "restore", str(backup), "--private-file")
        assert "The trail holds." in done(elsewhere, "audit", "verify", "--as", ADMINISTRATOR)
        assert not EmbeddedServer(Settings(home=elsewhere)).status().running
    finally:
        shutil.rmtree(elsewhere)


@pytest.mark.nightly
def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    process = begun(home, "backup", str(file), "--as", ADMINISTRATOR)
    assert until(lambda: process.poll() is not None or any(tmp_path.iterdir()))
    process.kill()
    process.communicate()
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(PART_ENDING)
    done(home, "backup", str(file), "--as", ADMINISTRATOR)
    assert set(tmp_path.iterdir()) == {left, file}
    assert not EmbeddedServer(Settings(home=home)).status().running
