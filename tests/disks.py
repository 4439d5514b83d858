"""Disks of a test's own: one that is soon full, and one that may not be written. Only root can make them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.waiting import until


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A disk in memory, in a folder that no test run removes by itself."""
    with _mounted("-t", "tmpfs", *options, "hmsdesk-test", str(folder)):
        yield folder


@contextmanager
def not_writable(folder: Path) -> Iterator[None]:
    """For so long nothing can be written there any more. What is open for writing stays so."""
    # The disk itself can't be made so as long as a file on it is open; another view of it can, and stands over it.
    with _mounted("--bind", str(folder), str(folder)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield


@contextmanager
def _mounted(*arguments: str) -> Iterator[None]:
    if subprocess.run(["mount", *arguments], check=False).returncode:
        pytest.skip("this user may not mount a disk")
    try:
        yield
    finally:
        unmount = ["umount", arguments[-1]]
        assert until(lambda: subprocess.run(unmount, check=False).returncode == 0), "the disk is still in use"


def fill(folder: Path) -> Path:
    """Leave nothing of a disk. What fills it: there is room again without it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as content:
        for size in (2**20, 4096):
            with suppress(OSError):
                while content.write(bytes(size)) == size:
                    pass
    return filler
