"""Whatever is typed after a command is done, or refused in a sentence with the exit code for it: never a traceback.

The commands and what each takes are read off the program's own table, so that a new one is tried by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hmsdesk.commands import cli
from hmsdesk.controllers.backing_up import write_key
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.errors import UserError
from hmsdesk.models.text import has_hostile_characters
from hmsdesk.security.backup_keys import new_backup_key
from tests.backing_up import PASSPHRASE, backed_up
from tests.conftest import OWNER_EMAIL, PASSWORD
from tests.typing_anything import bare

DONE, FAILED, WRONG_CALL = 0, 1, 2
# No operating system passes NUL on in an argument. The first ones are tried each time.
ARGUMENTS = (
    "", "x" * 10_000, "\udcff", "\x1b[31m\u202ecimedra", "-1", "/",
    "   ", "👩\u200d⚕️" * 60, "a\nb", '{"$gt": ""}', "0", "9" * 400, "1e9", "NaN", "-", "--", ".", "~", "/dev/null",
    "/dev/full", "/proc/self/mem", "nowhere/at/all", "=1+1", "عيادة",
)  # fmt: skip
OFTEN = 6
# No more than a screen is said of it.
MOST_SAID = 2_000
NOWHERE = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50"
PROJECT = "0" * 24


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command there is."""
    for name, one in group.commands.items():
        yield from commands(one, (*path, name)) if hasattr(one, "commands") else [((*path, name), one)]


ALL = dict(commands(typer.main.get_command(cli)))
TAKERS = [
    (" ".join(path), one.name)
    for path, command in ALL.items()
    for one in command.params
    if one.name != "help" and not getattr(one, "is_flag", False)
]
# What a command needs besides, so that it comes to look at what is tried.
BESIDE: dict[tuple[str, str], list[str]] = {
    ("provision", "name"): ["--uri", NOWHERE.replace("127", "u@127")],
    ("provision", "ca"): ["--uri", NOWHERE],
    ("provision", "atlas"): ["--dry-run"],
    ("provision", "cluster"): ["--atlas", PROJECT],
    ("provision", "allow"): ["--atlas", PROJECT, "--dry-run"],
    ("backup", "file"): ["--as", OWNER_EMAIL],
    ("backup", "key"): ["--as", OWNER_EMAIL],
    ("restore", "address"): ["--private-file", "--database", "hmsdesk_nile"],
    ("restore", "database"): ["--private-file", "--address", NOWHERE],
    ("restore", "ca"): ["--private-file", "--address", NOWHERE, "--database", "hmsdesk_nile"],
    ("restore", "workstation"): ["--private-file"],
    ("restore", "prefix"): ["--private-file"],
}
# These take a file that is there; what others take is made by them.
READ_ONLY = ("restore", "backup-check", "backup-export")
IN_AN_EMPTY_FOLDER = ("demo", "restore", "tour")


@pytest.fixture(scope="module")
def kept(clinic, tmp_path_factory):
    """A backup of the practice, and a key for one."""
    folder = tmp_path_factory.mktemp("kept")
    write_key(folder / "key", new_backup_key())
    return backed_up(clinic, folder / "backup")


@pytest.fixture
def run(clinic, kept, tmp_path, monkeypatch, tried_shortly) -> Callable[..., Any]:
    """A command in this process, where a practice is or in an empty folder. No server is started for it."""

    def refuse(_: Workplace) -> str:
        raise UserError("No server is started here.")

    monkeypatch.setattr(Workplace, "start_embedded", refuse)
    monkeypatch.setattr(Workplace, "address", lambda _, profile: clinic.address)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "HOME": str(tmp_path / "nobody"),
        "HMSDESK_PASSWORD": PASSWORD,
        "HMSDESK_SERVER_PASSWORD": PASSWORD,
        "HMSDESK_BACKUP_PASSPHRASE": PASSPHRASE,
        "HMSDESK_ATLAS_KEY": f"public:{PASSWORD}",
        "HMSDESK_ATLAS_ADDRESS": "http://127.0.0.1:1",
        "HMSDESK_ARGON2_MIB": "64",
    }.items():
        monkeypatch.setenv(name, value)

    def call(words: list[str]) -> Any:
        # Nobody answers where a place is to be made, and a practice's server may take its time.
        monkeypatch.setenv("HMSDESK_SERVER_TIMEOUT_S", "0.1" if words[0] == "provision" else "60")
        home = tmp_path / "home" if words[0] in IN_AN_EMPTY_FOLDER else clinic.settings.home
        monkeypatch.setenv("HMSDESK_HOME", str(home))
        return CliRunner().invoke(cli, words)

    return call


def calls(path: str, taker: str, text: str, kept: Path) -> list[str]:
    """A command with `text` for one thing it takes, and with what is right for all that it can't do without."""
    command, words = ALL[tuple(path.split())], path.split()
    words += BESIDE.get((path, taker), [])
    options = [one for one in command.params if one.name == taker and one.param_type_name == "option"]
    words += [word for one in options for word in (one.opts[0], text)]
    for one in command.params:
        if one.param_type_name == "argument":
            there = kept if path in READ_ONLY and one.name == "file" else Path("made")
            words.append(text if one.name == taker else str(there))
    return words


def assert_told(answer: Any, call: list[str]) -> None:
    """It was done, or refused in words with the exit code for it."""
    said = f"{call[:3]}: {answer.output[:400]!r} {answer.exception!r}"
    assert answer.exception is None or isinstance(answer.exception, SystemExit), said
    assert answer.exit_code in (DONE, FAILED, WRONG_CALL), said
    assert PASSWORD not in answer.output, said
    assert PASSPHRASE not in answer.output, said
    assert not has_hostile_characters(bare(answer.output)), said
    if answer.exit_code == FAILED:
        assert len(answer.output) <= MOST_SAID, said
        # What the system says of a file is said with its name.
        assert any(line.endswith((".", "?")) or ": /" in line for line in answer.stderr.splitlines()), said
    if answer.exit_code == WRONG_CALL:
        assert "Usage" in answer.stderr, said


@pytest.mark.parametrize(("path", "taker"), TAKERS)
@pytest.mark.parametrize("number", [OFTEN, pytest.param(len(ARGUMENTS), marks=pytest.mark.nightly)])
def test_a_command_takes_any_argument_or_says_what_is_wrong(run, kept, path, taker, number):
    for text in ARGUMENTS[:number]:
        call = calls(path, taker, text, kept)
        assert_told(run(call), call)


@pytest.mark.parametrize("path", [" ".join(path) for path in ALL])
def test_what_a_command_does_not_take_is_a_wrong_call(run, path):
    for text in ("--nonsense", "--nonsense=x", "-z"):
        answer = run([*path.split(), text])
        assert answer.exit_code == WRONG_CALL
        assert_told(answer, [path, text])


@pytest.mark.parametrize("text", [text for text in ARGUMENTS if text not in ("", "--")])
def test_what_is_no_command_is_a_wrong_call(run, text):
    answer = run([text])
    assert answer.exit_code == WRONG_CALL
    assert_told(answer, [text])


@pytest.mark.parametrize("call", [["uri", "--as", "\udcff"], ["backup-check", "\udcff\u202e"], ["\udcff"]])
def test_a_process_says_the_same_of_what_is_no_text(tmp_path, call):
    """Whatever bytes the system passes on."""
    environment = {**os.environ, "HMSDESK_HOME": str(tmp_path / "home"), "HMSDESK_PASSWORD": PASSWORD}
    words = [os.fsencode(word) for word in (sys.executable, "-m", "hmsdesk", *call)]
    answer = subprocess.run(
        words, cwd=Path(__file__).parent.parent, env=environment, input=b"", capture_output=True, check=False
    )
    assert answer.returncode in (FAILED, WRONG_CALL)
    assert b"Traceback" not in answer.stderr
    assert answer.stderr.decode().strip().endswith((".", "╯"))
