"""What this workstation was told by its environment."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from hmsdesk.errors import UserError
from hmsdesk.settings import Settings

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
