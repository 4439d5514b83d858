"""What tests of an owner's pages do with them: find the open dialog, press its buttons, type the password again."""

from __future__ import annotations

from types import SimpleNamespace

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.owner_work import OwnerWork
from hmsdesk.views.kit.shown_once import ShownOnce
from hmsdesk.views.kit.toast import Toasts
from tests.conftest import PASSWORD


def open_page(make_page, door, session, qtbot) -> ListPage:
    """A page in a window of its own, with its first rows."""
    host = QWidget()
    host.resize(1206, 716)
    context = Context(
        session=session,
        door=door,
        drafts=SimpleNamespace(),
        live=Live(),
        toasts=Toasts(host),
        navigate=lambda *_: None,
        close_page=lambda *_: None,
        list_behind=lambda: ("", ""),
    )
    page = make_page(context, "")
    page.setParent(host)
    page.resize(host.size())
    page.host, page.context = host, context
    qtbot.addWidget(host)
    with qtbot.waitExposed(host):
        host.show()
    host.activateWindow()
    qtbot.waitUntil(lambda: bool(page.pages.rows))
    return page


def shown(kind: type, qtbot) -> QWidget:
    """The open dialog of a kind."""

    def find() -> list[QWidget]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]

    qtbot.waitUntil(lambda: len(find()) == 1)
    return find()[0]


def press(widget: QWidget, name: str) -> None:
    """Press a button or tick a box. (The middle of a wide box is beyond its words.)"""
    button = widget.findChild(QAbstractButton, name)
    assert button is not None, name
    assert button.isEnabled(), name
    button.click()


def again(qtbot, password: str = PASSWORD) -> OwnerWork:
    """Type the owner's password into the dialog that asks for it."""
    dialog = shown(OwnerWork, qtbot)
    dialog.findChild(QLineEdit, "dialogPassword").setText(password)
    press(dialog, "dialogYes")
    return dialog


def choose(page: QWidget, name: str) -> None:
    """Choose from the menu of the practice's keys."""
    action = page.findChild(QAction, name)
    assert action is not None, name
    action.trigger()


def handed_over(qtbot) -> str:
    """What is shown once, after it was handed over."""
    dialog = shown(ShownOnce, qtbot)
    secret = plain(dialog.findChild(QLabel, "shownOnceSecret").text())
    press(dialog, "dialogYes")
    return secret


def select(page: ListPage, name: str, qtbot) -> None:
    """Go to the row of that name, and wait for the pane beside it."""

    def line() -> int:
        return next((n for n, row in enumerate(page.pages.rows) if row["name"] == name), -1)

    qtbot.waitUntil(lambda: line() >= 0)
    page.table.selectRow(line())
    qtbot.waitUntil(lambda: texts(page.detail)[:1] == [name])


def texts(widget: QWidget) -> list[str]:
    """Every visible label."""
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def plain(text: str) -> str:
    """Without the marks of direction."""
    return text.strip("\u2066\u2069")


def type_back(code, shown_code: str, qtbot) -> None:
    """Type into a RecoveryCode what it asks for."""
    places = ("first", "second", "third", "fourth", "fifth", "sixth")
    for row in code._questions.rows.values():
        place = places.index(row.editor.label.split()[1])
        row.editor.line.clear()
        qtbot.keyClicks(row.editor.line, shown_code.split("-")[place].lower())
