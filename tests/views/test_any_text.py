"""Whatever text there is stands in every window as plain text, and what is pasted into a form is kept or refused there.

Records are called as if they were rich text, and each role's pages are walked through. Then anything is pasted into
every field of every form and page that has some, and what can be saved is saved.
"""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid

from hmsdesk import navigation
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit.buttons import Button
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.form import Form
from hmsdesk.views.kit.no_such_page import NoSuchPage
from tests.typing_anything import HARM
from tests.views.walking import HEIGHT, ROLES, WIDTH, places_of, settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

PASTED = {
    "rich text": f"{HARM}<a href='file:///'>q</a>&lt;i&gt;",
    "ten thousand letters": "W" * 10_000,
    "reversed": "\u202ecimedra\u202c",
    "half a character": "a\ud800b",
    "NUL": "a\0b",
    "an operator": '{"$gt": ""}',
    "emoji": "👩\u200d⚕️ ﷺ",
}


def taken_for_markup(frame: QWidget) -> list[str]:
    """Every text of the window that Qt would show as something else than it says."""
    found = []
    for widget in (frame, *frame.findChildren(QWidget)):
        said = {"tooltip": widget.toolTip(), "status": widget.statusTip(), "help": widget.whatsThis()}
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText:
            said["label"] = widget.text()
        if isinstance(widget, QTextEdit) and widget.acceptRichText():
            said["rich"] = "<b>zz"
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            said |= tips_of(widget)
        name = widget.objectName() or type(widget).__name__
        found += [f"{kind} of {name}: {text[:90]}" for kind, text in said.items() if "<b>zz" in text]
    return found


def tips_of(view: QAbstractItemView) -> dict[str, str]:
    """What is told where one points at the first rows of a list."""
    model, role, top = view.model(), Qt.ItemDataRole.ToolTipRole, QModelIndex()
    # A list says of itself that it has no columns of its own.
    wide = 1 if isinstance(model, QAbstractListModel) else model.columnCount(top)
    indexes = (model.index(row, column) for row in range(min(model.rowCount(top), 20)) for column in range(wide))
    tips = {f"cell {index.row()}, {index.column()}": index.data(role) for index in indexes}
    return {where: tip for where, tip in tips.items() if isinstance(tip, str)}


@pytest.mark.parametrize("role", ROLES)
def test_no_page_takes_what_somebody_is_called_for_markup(qtbot, world, frame_of, role):
    frame = frame_of(role)
    for place in places_of(role, world.called):
        frame.navigate(*place)
        settle(qtbot)
        assert taken_for_markup(frame) == [], place
        assert frame.minimumSizeHint().width() <= WIDTH, place


def test_no_page_of_one_alone_takes_it_for_markup_either(qtbot, alone, frame_of):
    frame = frame_of(Role.SOLO, alone.session)
    for place in [*places_of(Role.SOLO, alone.called), ("visit", str(alone.visit))]:
        frame.navigate(*place)
        settle(qtbot)
        assert taken_for_markup(frame) == [], place
        assert frame.minimumSizeHint().width() <= WIDTH, place


# Where one works without a form: what is pasted there, and then all that leads on is pressed.
WORK = [
    (Role.RECEPTIONIST, "appointments", "book/{called}"),
    (Role.RECEPTIONIST, "appointments", "walk-in"),
    (Role.RECEPTIONIST, "cash_desk", "{called}"),
    (Role.RECEPTIONIST, "waiting_list", "new"),
    (Role.DOCTOR, "visit", "patient/{called}"),
    (Role.DOCTOR, "prescribe", "{called}"),
    (Role.NURSE, "vitals", "{called}"),
    (Role.PHARMACIST, "dispensary", ""),
    (Role.SOLO, "appointments", "book/{called}"),
    (Role.SOLO, "prescribe", "{called}/{visit}"),
    (Role.SOLO, "visit", "{visit}"),
]


def try_pasting(qtbot, frame, module, place, texts):
    for text in texts:
        # Each begins with an empty page.
        frame.navigate("home", "")
        frame.close_page(module, place)
        settle(qtbot)
        frame.navigate(module, place)
        settle(qtbot)
        for field in editable(frame.page()):
            if isValid(field) and field.isVisible():
                paste(field, text)
        settle(qtbot)
        for button in frame.page().findChildren(Button):
            if isValid(button) and button.kind == "primary" and button.isVisible() and button.isEnabled():
                button.click()
                settle(qtbot)
        assert taken_for_markup(frame) == [], text[:40]
        assert frame.minimumSizeHint().width() <= WIDTH, text[:40]
        for dialog in frame.findChildren(Dialog):
            if isValid(dialog) and dialog.isVisible():
                assert dialog.height() <= HEIGHT
                assert all(one.textFormat() == Qt.TextFormat.PlainText for one in dialog.findChildren(QLabel))
                dialog.reject()
        settle(qtbot)


@pytest.mark.parametrize(("role", "module", "place"), WORK)
def test_what_is_pasted_where_one_works_breaks_nothing(qtbot, world, alone, frame_of, role, module, place):
    frame, where = of_role(frame_of, world, alone, role, place)
    try_pasting(qtbot, frame, module, where, [PASTED["rich text"]])


@pytest.mark.nightly
@pytest.mark.parametrize(("role", "module", "place"), WORK)
def test_whatever_is_pasted_where_one_works_breaks_nothing(qtbot, world, alone, frame_of, role, module, place):
    frame, where = of_role(frame_of, world, alone, role, place)
    try_pasting(qtbot, frame, module, where, [*PASTED.values(), "", "-1", "9" * 400, "NaN", "0001-01-01", "31/12/9999"])


def of_role(frame_of, world, alone, role, place):
    """A window of the role, and a place in it about who is called like markup."""
    by_oneself = role is Role.SOLO
    called = alone.called if by_oneself else world.called
    return frame_of(role, alone.session if by_oneself else None), place.format(called=called, visit=alone.visit)


NO_RECORDS = [
    "",
    "x",
    "0" * 24,
    "new/x",
    "/",
    "//",
    "../../x",
    "a" * 10_000,
    "\ud800",
    "a\0b",
    HARM,
    "{}",
    "book/x/y/z",
    "1/2",
]


@pytest.mark.nightly
@pytest.mark.parametrize("role", ROLES)
def test_a_page_that_is_asked_for_with_no_record_says_so(qtbot, world, frame_of, role):
    """Also with what is a record's id, and behind it something that is not."""
    frame = frame_of(role)
    for module in [one.name for one in navigation.MODULES if one.is_for(role)]:
        for record in [*NO_RECORDS, f"{world.called}/x", f"{world.called}/repeat/x", f"patient/{world.called}x"]:
            frame.navigate(module, record)
            settle(qtbot)
            if isinstance(frame.page(), NoSuchPage):
                frame.page().findChild(QWidget, "noSuchPageBack").click()
                assert frame.place() != (module, record)


def test_whoever_prescribes_for_nobody_is_led_back(qtbot, frame_of):
    frame = frame_of(Role.DOCTOR)
    frame.navigate("patients", "")
    for place in (("prescribe", ""), ("prescribe", "x"), ("vitals", ""), ("visit", "x"), ("patients", "x")):
        frame.navigate(*place)
        assert frame.page().findChild(QLabel, "stateTitle").text() == "There is no such page."
        frame.page().findChild(QWidget, "noSuchPageBack").click()
        assert frame.place() == ("patients", "")
    settle(qtbot)


FORMS = [
    (Role.ADMINISTRATOR, "departments", "new"),
    (Role.ADMINISTRATOR, "services", "new"),
    (Role.ADMINISTRATOR, "staff", "new"),
    (Role.ADMINISTRATOR, "schedules", "new"),
    (Role.ADMINISTRATOR, "clinic_days", "new"),
    (Role.PHARMACIST, "medicines", "new"),
    (Role.PHARMACIST, "stock_lots", "new"),
    (Role.PHARMACIST, "deliveries", "new"),
    (Role.RECEPTIONIST, "patients", "new"),
    (Role.DOCTOR, "note_templates", "new"),
]


def editable(page: QWidget) -> list[Any]:
    """What one can type into, and sees."""
    found = [*page.findChildren(QLineEdit), *page.findChildren(QPlainTextEdit)]
    return [one for one in found if one.isVisible() and one.isEnabled() and not one.isReadOnly()]


def text_of(field: Any) -> str:
    return str(field.text() if isinstance(field, QLineEdit) else field.toPlainText())


def paste(field: Any, text: str) -> str:
    """Paste over what stands there, as Ctrl+V does; what stands there then."""
    QApplication.clipboard().setText(text)
    field.setFocus()
    field.selectAll()
    field.paste()
    return text_of(field)


@pytest.mark.parametrize(("role", "module", "place"), FORMS)
def test_what_is_pasted_into_a_form_is_kept_or_refused_beside_its_field(qtbot, frame_of, role, module, place):
    frame = frame_of(role)
    for what, text in PASTED.items():
        frame.navigate(module, "")
        settle(qtbot)
        frame.navigate(module, place)
        settle(qtbot)
        form = frame.findChild(Form)
        stands = {field: paste(field, text) for field in editable(form)}
        assert stands
        settle(qtbot)
        form.save()
        settle(qtbot)
        assert taken_for_markup(frame) == [], what
        assert frame.minimumSizeHint().width() <= WIDTH, what
        if isValid(form) and form.isVisible() and form.is_edited():
            # It was refused: a sentence stands at a field, and what was typed is there.
            changed = [
                field for field, typed in stands.items() if "".join(text_of(field).split()) != "".join(typed.split())
            ]
            assert changed == [], what
            assert any(row.problem for row in form.fields.rows.values()), what
            form.leave()
            settle(qtbot)


@pytest.mark.nightly
@pytest.mark.parametrize("role", ROLES)
def test_what_is_pasted_into_any_other_field_breaks_nothing(qtbot, world, frame_of, role):
    """Searches, filters and questions of the pages that have no form."""
    frame = frame_of(role)
    for place in places_of(role, world.called):
        frame.navigate(*place)
        settle(qtbot)
        for field in editable(frame)[:3]:
            for text in PASTED.values():
                if isValid(field):
                    paste(field, text)
            settle(qtbot)
        assert taken_for_markup(frame) == [], place
