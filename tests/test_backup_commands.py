"""Backups at the command line: what is no file or no passphrase gets a sentence, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hmsdesk.commands import cli
from hmsdesk.controllers import demo
from hmsdesk.controllers.demo import PASSWORD, email_of
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Settings
from tests.backing_up import PASSPHRASE
from tests.disks import fill, mounted, not_writable

ADMINISTRATOR = email_of(Role.ADMINISTRATOR)
VARIABLE = "HMSDESK_BACKUP_PASSPHRASE"
FAILED, WRONG_CALL = 1, 2
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data folder with a practice, whose server runs meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="hms-"))
    workplace = Workplace(Settings(home=folder, argon2_mib=64))
    try:
        demo.make(workplace, demo.Size(patients=4, ahead=1, behind=0, doctors=1))
        yield folder
    finally:
        workplace.close()
        shutil.rmtree(folder)


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command in this process. typed: at its questions."""

    def invoked(*call: str, passphrase: str = PASSPHRASE, typed: str = "", folder: Path = home) -> Any:
        told = {"HMSDESK_HOME": str(folder), "HMSDESK_PASSWORD": PASSWORD, VARIABLE: passphrase}
        for name, value in (told | {"HMSDESK_ARGON2_MIB": "64"}).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(cli, call, input=typed)

    return invoked


@pytest.fixture(scope="module")
def backup(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "practice.hmsbackup"
    told = {"HMSDESK_HOME": str(home), "HMSDESK_PASSWORD": PASSWORD, VARIABLE: PASSPHRASE, "HMSDESK_ARGON2_MIB": "64"}
    made = CliRunner().invoke(cli, ["backup", str(file), "--as", ADMINISTRATOR], env=told)
    assert made.exit_code == 0, made.output
    return file


def refused(answer: Any, *sentences: str) -> None:
    """With one of the sentences, or as a wrong call, of which the program says what is wrong with it."""
    assert answer.exit_code in (FAILED, WRONG_CALL), answer.output
    assert isinstance(answer.exception, SystemExit), answer.exception
    assert "Traceback" not in answer.output
    said = ("Invalid value for",) if answer.exit_code == WRONG_CALL else sentences
    assert any(one in answer.output for one in said), answer.output


PLACES: dict[str, Callable[[Path], str]] = {
    "a folder": lambda folder: _made(folder / "folder", Path.mkdir),
    "a pipe": lambda folder: _made(folder / "pipe", os.mkfifo),
    "a device": lambda _: "/dev/full",
    "below a file": lambda folder: _made(folder / "file", Path.touch) + "/backup",
    "a name without end": lambda folder: str(folder / ("x" * 5000)),
    "half a character": lambda folder: str(folder / "\ud800"),
    "nothing": lambda _: "",
}
NO_PLACE = ("of this name already", "can't be written there")
NO_BACKUP = ("can't be read",)
NO_KEY = ("can't be read as a key",)


def _made(path: Path, how: Callable[[Path], object]) -> str:
    how(path)
    return str(path)


def below(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


@pytest.mark.parametrize("place", PLACES)
def test_no_backup_is_written_to_what_is_no_new_file(run: Run, tmp_path: Path, place: str) -> None:
    named = PLACES[place](tmp_path)
    before = below(tmp_path)
    refused(run("backup", named, "--as", ADMINISTRATOR), *NO_PLACE)
    assert below(tmp_path) == before


@pytest.mark.parametrize("command", ["restore", "backup-check", "backup-export"])
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_is_no_backup(run: Run, tmp_path: Path, place: str, command: str) -> None:
    named = PLACES[place](tmp_path)
    before = below(tmp_path)
    more = [str(tmp_path / "out")] if command == "backup-export" else []
    refused(run(command, named, *more, folder=tmp_path / "home"), *NO_BACKUP)
    assert below(tmp_path) == before


@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_is_no_key(run: Run, backup: Path, tmp_path: Path, place: str) -> None:
    named = PLACES[place](tmp_path)
    before = below(tmp_path)
    refused(run("backup-check", str(backup), "--key", named), *NO_KEY)
    refused(
        run("backup", str(tmp_path / "new"), "--key", named, "--as", ADMINISTRATOR),
        "can't be read as a key",
        "holds no key",
    )
    refused(run("backup-key", named), *NO_PLACE)
    assert below(tmp_path) == before


@pytest.mark.parametrize("content", ["", " \n", "no key"])
def test_a_file_that_holds_no_key_makes_no_backup_with_a_passphrase(
    run: Run, backup: Path, tmp_path: Path, content: str
) -> None:
    key = tmp_path / "key"
    key.write_text(content)
    refused(run("backup", str(tmp_path / "new"), "--key", str(key), "--as", ADMINISTRATOR), "holds no key")
    refused(run("backup-check", str(backup), "--key", str(key)), "holds no key")
    assert below(tmp_path) == {str(key)}


def test_what_is_written_in_the_clear_goes_to_no_folder_that_was_not_there(
    run: Run, backup: Path, tmp_path: Path
) -> None:
    mistyped = tmp_path / "mistyped"
    refused(run("backup-export", str(backup), str(mistyped / "out")), f"{mistyped} is no folder.")
    refused(run("backup-export", str(backup), str(tmp_path)), "There is something of this name already.")
    assert below(tmp_path) == set()


def test_where_no_key_can_be_kept_it_is_said_of_the_key(run: Run, tmp_path: Path) -> None:
    missing = run("backup-key", str(tmp_path / "missing" / "key"))
    refused(missing, f"The key can't be written there.\n{tmp_path / 'missing'} is no folder.")


def test_a_disk_that_takes_no_key_is_told_in_words(run: Run) -> None:
    folder = Path(tempfile.mkdtemp(prefix="hms-"))
    with mounted(folder, "-o", "size=64k"):
        filler = fill(folder)
        refused(run("backup-key", str(folder / "key")), f"There is no room left for the key.\nThe disk of {folder} is")
        filler.unlink()
        with not_writable(folder):
            said = f"The key can't be written there.\n{folder}: Read-only file system."
            refused(run("backup-key", str(folder / "key")), said)
        assert list(folder.iterdir()) == []
    folder.rmdir()


REFUSED: dict[str, tuple[str, str, str]] = {
    "none": ("", "", "Passphrase for the backup is missing.\nPut it into HMSDESK_BACKUP_PASSPHRASE"),
    "an empty one": ("", "\n\n", "Passphrase for the backup is missing."),
    "a short one": ("short", "", "At least 8 characters."),
    "ten thousand letters": (PASSPHRASE * 400, "", "At most 200 characters."),
    "two that differ": ("", f"{PASSPHRASE}\nanother one\n", "do not match"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_no_passphrase_makes_no_backup(run: Run, tmp_path: Path, how: str) -> None:
    passphrase, typed, said = REFUSED[how]
    refused(run("backup", str(tmp_path / "b"), "--as", ADMINISTRATOR, passphrase=passphrase, typed=typed), said)
    assert below(tmp_path) == set()


@pytest.mark.parametrize("odd", ["\udcff", "\0", "\u202e", "\U0001f600", "é"])
def test_a_passphrase_of_any_letters_opens_what_it_closed(run: Run, tmp_path: Path, odd: str) -> None:
    file, words = str(tmp_path / "b"), f"{PASSPHRASE} {odd}"
    typed = f"{words}\n{words}\n" if odd == "\0" else ""
    made = run("backup", file, "--as", ADMINISTRATOR, passphrase="" if typed else words, typed=typed)
    assert made.exit_code == 0, (made.output, made.exception)
    checked = run("backup-check", file, passphrase="" if typed else words, typed=f"{words}\n" if typed else "")
    assert checked.exit_code == 0, (checked.output, checked.exception)
    refused(run("backup-check", file), "was not opened")


WRONG: dict[str, tuple[str, str]] = {
    "none": ("", ""),
    "another": (f"{PASSPHRASE} once", ""),
    "ten thousand letters": ("x" * 10_000, ""),
    "half a character": ("\udcff", ""),
    "NUL": ("", f"{PASSPHRASE}\0\n"),
}


@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("command", ["restore", "backup-check", "backup-export"])
def test_a_wrong_passphrase_opens_nothing(run: Run, backup: Path, tmp_path: Path, how: str, command: str) -> None:
    passphrase, typed = WRONG[how]
    more = {"backup-export": [str(tmp_path / "out")], "restore": ["--private-file"]}.get(command, [])
    answer = run(command, str(backup), *more, passphrase=passphrase, typed=typed, folder=tmp_path / "home")
    refused(answer, "was not opened", "of the backup is missing")
    assert below(tmp_path) <= {str(tmp_path / "home")}


def test_a_practice_is_never_restored_over_another(run: Run, home: Path, backup: Path) -> None:
    before = below(home)
    refused(run("restore", str(backup), "--private-file"), "There is a practice in this data folder already.")
    assert {one for one in below(home) ^ before if "/db/" not in one} == set()
