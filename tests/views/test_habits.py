"""What was chosen at a computer is known there the next time, whoever signs in."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from hmsdesk.settings import COMPUTER, ChoicesFile
from hmsdesk.views.kit import habits as place
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.habits import DARK, MIRRORED, PAPER, Habits, choose_direction, choose_look, look_as_before
from hmsdesk.views.kit.paper_view import PaperView


@pytest.fixture
def habits(monkeypatch, tmp_path, qapp):
    """As the program begins on a computer; afterwards everything looks as before."""
    made = Habits()
    made.keep_in(ChoicesFile(tmp_path, COMPUTER))
    for module in ("hmsdesk.views.kit.habits.habits", "hmsdesk.views.kit.paper_view.habits"):
        monkeypatch.setattr(module, made)
    yield made
    theme.apply(qapp, dark=False)
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_light_and_direction_are_as_they_were_chosen_the_last_time(habits, monkeypatch, tmp_path, qapp):
    choose_look(True)
    choose_direction(Qt.LayoutDirection.RightToLeft)
    theme.apply(qapp, dark=False)
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    begun = Habits()
    begun.keep_in(ChoicesFile(tmp_path, COMPUTER))
    monkeypatch.setattr(place, "habits", begun)
    application = QApplication.instance()
    look_as_before(application)
    assert theme.is_dark()
    assert QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft


def test_the_size_of_the_paper_is_the_one_that_was_chosen_last(habits, qtbot):
    first = PaperView("Page", "A5")
    qtbot.addWidget(first)
    first._on_chosen("A4")
    again = PaperView("Page", "A5")
    qtbot.addWidget(again)
    assert again.paper_size == "A4"


def test_two_windows_do_not_undo_one_another(habits, tmp_path):
    other = Habits()
    other.keep_in(ChoicesFile(tmp_path, COMPUTER))
    other.set(PAPER, "A4")
    habits.set(DARK, True)
    assert ChoicesFile(tmp_path, COMPUTER).read("this computer") == {PAPER: "A4", DARK: True}


def test_what_was_written_by_somebody_else_is_not_believed(habits, tmp_path):
    ChoicesFile(tmp_path, COMPUTER).keep("this computer", {PAPER: 5, DARK: "yes", MIRRORED: None})
    habits.keep_in(ChoicesFile(tmp_path, COMPUTER))
    assert habits.get(PAPER) == ""
    assert habits.get(DARK, False) is False
    assert habits.get(MIRRORED, False) is False
