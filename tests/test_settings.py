"""What this workstation was told by its environment."""

from __future__ import annotations

import json
import os
from pathlib import Path

import platformdirs
import pytest

from hmsdesk.errors import UserError
from hmsdesk.settings import (
    PROFILE_FILE,
    Kind,
    Profile,
    SecretStore,
    Settings,
    leads_to_file,
    leads_to_folder,
    read_profile,
    typed_path,
    write_profile,
)

NOBODY = 65534


def test_a_folder_that_is_named_with_nothing_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMSDESK_HOME", "")
    monkeypatch.setenv("HMSDESK_MONGOD", "")
    settings = Settings()
    assert settings.home == platformdirs.user_data_path("HMSDesk", appauthor=False)
    assert settings.mongod is None


def test_a_folder_is_meant_from_where_the_program_was_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HMSDESK_HOME", "practice")
    monkeypatch.setenv("HMSDESK_MONGOD", "bin/mongod")
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    monkeypatch.chdir(tmp_path.parent)
    assert (settings.home, settings.mongod) == (tmp_path / "practice", tmp_path / "bin" / "mongod")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_folder_is_told_from_one_that_can_not_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Root may go anywhere, so what the system would answer another user is said here.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UserError, match="The data folder can't be used"):
        Settings(home=tmp_path).folder()
    os.chown(tmp_path, NOBODY, NOBODY)
    with pytest.raises(UserError, match="Another user's practice is kept here"):
        Settings(home=tmp_path).folder()
    file = tmp_path / "file"
    file.touch()
    os.chown(file, NOBODY, NOBODY)
    with pytest.raises(UserError, match="The data folder can't be used"):
        Settings(home=file).folder()


PROFILE = Profile(
    kind=Kind.EMBEDDED,
    practice="عيادة النيل",
    database="hmsdesk_nile",
    workstation="Reception desk 1",
    workstation_id="w1",
    patient_prefix="BK",
    fingerprint="00",
    secret_store=SecretStore.FILE,
)


def test_a_profile_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_profile(tmp_path) is None
    write_profile(tmp_path, PROFILE)
    assert read_profile(tmp_path) == PROFILE


def test_a_newer_programs_profile_is_read_for_what_is_known_of_it(tmp_path: Path) -> None:
    (tmp_path / PROFILE_FILE).write_text(json.dumps(json.loads(PROFILE.written()) | {"colour": "green"}))
    assert read_profile(tmp_path) == PROFILE


@pytest.mark.parametrize(
    "change",
    [{"kind": "borrowed"}, {"practice": 7}, {"secret_store": None}, {"fingerprint": None}, {"workstation": ["w"]}],
)
def test_a_damaged_profile_is_not_taken_for_one(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / PROFILE_FILE).write_text(json.dumps(json.loads(PROFILE.written()) | change))
    with pytest.raises(ValueError, match="damaged"):
        read_profile(tmp_path)


@pytest.mark.parametrize("written", ["", "{not json", "[]", "null", "{}", '{"kind": "embedded"}', '"embedded"'])
def test_what_is_no_profile_is_not_taken_for_one(tmp_path: Path, written: str) -> None:
    (tmp_path / PROFILE_FILE).write_text(written)
    with pytest.raises(ValueError, match="damaged"):
        read_profile(tmp_path)


@pytest.mark.parametrize("typed", ["~nobody whom anybody knows/x", "x" * 5000, "\0", "\ud800", "", "~"])
def test_a_path_may_be_typed_that_the_system_takes_for_none(typed):
    path = typed_path(typed)
    assert (leads_to_folder(path), leads_to_file(path)) == (typed in ("", "~"), False)
