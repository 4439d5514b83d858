"""Whatever a code says, however it comes in: typed, pasted, scanned past the field, or from a picture."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import qrcode
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.errors import UserError
from hmsdesk.models.prescription_code import PREFIX, encode
from hmsdesk.models.row import Row
from hmsdesk.views.dispensary import make_page
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.code_watch import CodeWatch
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.toast import Toasts
from tests.prescribing import line
from tests.typing_anything import HARM, HOSTILE_TEXTS
from tests.views.test_any_words import TURNING, WIDTH
from tests.views.windows import shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NAMES = (
    HARM,
    "\u202ecimedra\u202c",
    "\ud800",
    "a\x00b\x1b[31m",
    "W" * 900,
    "W " * 450,
    "👩\u200d⚕️" * 40,
    "\n" * 60,
    "",
)


def made_up(row: Row, name: str) -> str:
    """A code of the right form, with a name for every text in it, under a number that is there."""
    medicine = [name, name, 1, "oral", "od", 1, 1, name]
    said = [row["number"], 1, "2026-12-17", str(row["practitioner"]), name, name, name, [medicine], name, "", name]
    return encode(json.dumps(said).encode(), bytes(64))


@pytest.fixture
def desk(practice, qtbot, monkeypatch):
    """The dispensary's desk, and what the program itself would call a bug there."""
    bugs: list[Exception] = []
    monkeypatch.setattr(tasks, "report", lambda one: bugs.append(one) if not isinstance(one, UserError) else None)
    host = QWidget()
    qtbot.addWidget(host)
    context = SimpleNamespace(
        session=practice.pharmacist, door=None, drafts=None, live=Live(), toasts=Toasts(host), navigate=lambda *_: None,
        close_page=lambda *_: None, list_behind=lambda: ("", ""), kept={},
    )  # fmt: skip
    page = make_page(context, "")
    page.host = host
    page.resize(1100, 700)
    shown(qtbot, page)
    yield page
    assert bugs == []


@pytest.fixture(scope="module")
def codes(practice) -> list[str]:
    row = practice.sign(line(practice.medicine()))
    whole = PRESCRIPTIONS.code(row)
    return [
        *(made_up(row, name) for name in NAMES),
        PREFIX,
        PREFIX * 50,
        PREFIX + "01" * 2000,
        PREFIX + "\u202e" + whole[5:],
        whole[:-1],
        whole + whole,
        whole.lower(),
        encode(b"[" * 60_000, bytes(64)),
        encode(b"\xff", bytes(64)),
    ]


def press(where: QWidget, text: str) -> None:
    """As a scanner types, whatever the letter, and Enter."""
    for letter in text.replace("\n", "")[:600]:
        # Qt is handed whole characters by every system.
        if not "\ud800" <= letter <= "\udfff":
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(where, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter))
    QTest.keyClick(where, Qt.Key.Key_Return)


def typed(page: Any, text: str) -> None:
    page.scan.setFocus()
    page.scan.selectAll()
    press(page.scan, text)


def pasted(page: Any, text: str) -> None:
    QApplication.clipboard().setText(text)
    page.scan.setFocus()
    page.scan.selectAll()
    page.scan.paste()
    QTest.keyClick(page.scan, Qt.Key.Key_Return)


def scanned_elsewhere(page: Any, text: str) -> None:
    """Into another field: whoever watches for codes takes it out of there."""
    watch = CodeWatch(page.window())
    watch.scanned.connect(page._on_scanned)
    page.queue.setFocus()
    press(QApplication.focusWidget() or page.window(), text)
    watch.deleteLater()


def of_a_picture(page: Any, text: str) -> None:
    file = page.folder / "code.png"
    out = io.BytesIO()
    qrcode.make(text.encode("utf-8", "replace")[:1500] or b" ").save(out)
    file.write_bytes(out.getvalue())
    page.scan_picture(file)


WAYS: dict[str, Callable[[Any, str], None]] = {
    one.__name__.replace("_", " "): one for one in (typed, pasted, scanned_elsewhere, of_a_picture)
}


def assert_plain(page: QWidget) -> None:
    """Nothing that was in the code is markup, turns words round, or makes the page wider than the screen."""
    for label in [*page.findChildren(QLabel), *page.host.findChildren(QLabel)]:
        if label.textFormat() != Qt.TextFormat.PlainText:
            assert "<b>zz" not in label.text()
        assert not set(label.text()) & set(TURNING), label.objectName()
    assert page.minimumSizeHint().width() <= WIDTH


def try_codes(qtbot, page, way, texts) -> None:
    for text in texts:
        WAYS[way](page, text)
        qtbot.waitUntil(lambda: not tasks.busy())
        assert_plain(page)


@pytest.mark.parametrize("way", WAYS)
def test_whatever_a_code_says_is_told_and_breaks_nothing(qtbot, desk, codes, tmp_path, way):
    desk.folder = tmp_path
    try_codes(qtbot, desk, way, codes)


@pytest.mark.nightly
@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_in_place_of_a_code_breaks_nothing(qtbot, desk, codes, tmp_path, way):
    desk.folder = tmp_path
    try_codes(qtbot, desk, way, [*HOSTILE_TEXTS, *(PREFIX + text for text in HOSTILE_TEXTS)])
