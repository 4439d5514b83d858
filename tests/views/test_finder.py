"""What is looked for while one types, where answers come late."""

import threading

import pytest
from bson import ObjectId
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hmsdesk.views.kit.contract import Found
from hmsdesk.views.kit.pickers import ReferencePicker

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

METFORMIN, METOPROLOL = Found(ObjectId(), "Metformin"), Found(ObjectId(), "Metoprolol")


def test_enter_waits_for_what_was_typed_last_where_an_older_answer_comes_before(qtbot):
    began, comes = threading.Event(), threading.Event()

    def lookup(_collection, text):
        if text == "met":
            began.set()
            comes.wait(60)
            return [METFORMIN, METOPROLOL]
        return [METFORMIN]

    picker = ReferencePicker(lookup, "medicines", "Medicine")
    qtbot.addWidget(picker)
    picker.show()
    picker.activateWindow()
    picker.setFocus()
    qtbot.waitUntil(picker.hasFocus)
    QTest.keyClicks(picker, "met")
    qtbot.waitUntil(began.is_set)
    QTest.keyClick(picker, "f")
    QTest.keyClick(picker, Qt.Key.Key_Return)
    comes.set()
    qtbot.waitUntil(lambda: picker.chosen == METFORMIN.record)
    assert picker.text() == METFORMIN.title
