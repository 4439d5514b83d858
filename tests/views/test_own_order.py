"""In a window from right to left the words of menus and choices are read as anywhere else."""

import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QListView, QMenu, QWidget

from hmsdesk.views.kit.conflict import Card
from hmsdesk.views.kit.own_order import Combo, Menu
from tests.views.windows import LTR, RTL

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
ISOLATED = "\u2068{}\u2069"


@pytest.fixture(autouse=True)
def mirrored(qapp):
    QApplication.setLayoutDirection(RTL)
    yield
    QApplication.setLayoutDirection(LTR)


def picture(widget: QWidget):
    return widget.grab().toImage()


@pytest.fixture
def combo(qtbot):
    def make(kind, *words):
        one = kind()
        one.setLayoutDirection(RTL)
        one.addItems(words)
        one.resize(240, 32)
        qtbot.addWidget(one)
        return one

    return make


@pytest.mark.parametrize("words", ["3 times a day", "Choose…", "Sun, 24 Nov: 3 free", "أقراص 5 mg"])
def test_a_choice_keeps_the_order_of_its_words(combo, words):
    assert picture(combo(Combo, words)) == picture(combo(QComboBox, ISOLATED.format(words)))
    assert combo(Combo, words).currentText() == words


def test_as_qt_paints_it_it_reads_otherwise(combo):
    assert picture(combo(Combo, "3 times a day")) != picture(combo(QComboBox, "3 times a day"))


def test_what_is_chosen_from_keeps_it_too(combo):
    pictures = []
    for kind, words in ((Combo, "{}"), (Combo, ISOLATED), (QComboBox, "{}")):
        one = combo(kind, *(words.format(word) for word in ("3 times a day", "Choose…")))
        one.setView(QListView())
        one.showPopup()
        pictures.append(picture(one.view()))
        one.hidePopup()
    assert pictures[0] == pictures[1]
    assert pictures[0] != pictures[2]


def test_a_menu_keeps_it_and_its_keys(qtbot):
    pictures = []
    for kind, words in ((Menu, "{}"), (QMenu, ISOLATED), (QMenu, "{}")):
        menu = kind()
        menu.setLayoutDirection(RTL)
        for word, key in (("Change password…", ""), ("3 times a day", ""), ("Open chart", "\tCtrl+O")):
            menu.addAction(words.format(word) + key)
        qtbot.addWidget(menu)
        menu.resize(menu.sizeHint())
        pictures.append(picture(menu))
    assert pictures[0] == pictures[1]
    assert pictures[0] != pictures[2]
    assert menu.actions()[0].text() == "Change password…"


@pytest.mark.parametrize("words", ["3 times a day", "It can be changed later."])
def test_a_value_that_is_chosen_in_a_conflict_keeps_it(qtbot, words):
    pictures = []
    for text in (words, ISOLATED.format(words)):
        card = Card("Yours", text)
        card.resize(300, 90)
        qtbot.addWidget(card)
        pictures.append(picture(card))
    assert pictures[0] == pictures[1]


def test_every_menu_and_choice_is_of_that_kind():
    bare = re.compile(r"(?<![\w(])(QMenu|QComboBox)\(")
    views = Path(__file__).parents[2] / "hmsdesk" / "views"
    assert [path.name for path in views.rglob("*.py") if bare.search(path.read_text("utf-8"))] == []
