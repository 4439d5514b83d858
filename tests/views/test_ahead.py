"""What is needed soon: imported in steps, and waited for by whoever comes sooner."""

import sys

import pytest
from PySide6.QtCore import QObject

from hmsdesk.views.kit.ahead import Ahead


@pytest.fixture
def modules():
    """Small ones that nothing else needs."""
    names = ("colorsys", "nturl2path")
    for name in names:
        sys.modules.pop(name, None)
    return names


@pytest.fixture
def owner(qapp):
    owner = QObject()
    yield owner
    owner.deleteLater()


def test_whoever_comes_sooner_waits_for_all_of_it_and_others_don_t(owner, modules, qtbot):
    ahead, seen = Ahead(owner, modules), []
    ahead.then(lambda: seen.append([name in sys.modules for name in modules]))
    assert seen == []
    qtbot.waitUntil(lambda: bool(seen))
    ahead.then(lambda: seen.append("at once"))
    assert seen == [[True, True], "at once"]


def test_what_was_stopped_imports_nothing_more_and_lets_nobody_in(owner, modules, qtbot):
    ahead, seen = Ahead(owner, modules), []
    ahead.then(lambda: seen.append("in"))
    ahead.stop()
    qtbot.wait(100)
    assert seen == []
    assert not any(name in sys.modules for name in modules)


@pytest.mark.parametrize("place", [0, 1])
def test_a_module_that_is_missing_is_told_and_keeps_nobody_out(owner, modules, qtbot, place):
    names, seen = [*modules], []
    names.insert(place * len(names), "there.is.no.such.module")
    with qtbot.captureExceptions() as problems:
        Ahead(owner, names).then(lambda: seen.append([name in sys.modules for name in modules]))
        qtbot.waitUntil(lambda: bool(seen))
    assert seen == [[True, True]]
    assert [kind for kind, _, _ in problems] == [ModuleNotFoundError]
