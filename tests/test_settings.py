"""What this workstation was told by its environment."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from hmsdesk.settings import Settings


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
