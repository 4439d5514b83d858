"""Whatever text there is stands in every window as plain text, and what is pasted into a form is kept or refused there.

Records are called as if they were rich text, and each role's pages are walked through. Then anything is pasted into
every field of every form and page that has some, and what can be saved is saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QAbstractListModel, QCoreApplication, QEvent, QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid

from hmsdesk import navigation
from hmsdesk.controllers import starter
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.buttons import Button
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.form import Form
from hmsdesk.views.kit.frame import Frame
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.no_such_page import NoSuchPage
from tests.deeds import World
from tests.factories import code, operation
from tests.factories import typed as right_values
from tests.prescribing import line
from tests.typing_anything import HARM

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

# A tag that Qt knows, with a picture it would load.
# Who does everything alone has the same pages.
ROLES = [role for role in Role if role not in (*navigation.WAITING, Role.SOLO)]
PASTED = {
    "rich text": f"{HARM}<a href='file:///'>q</a>&lt;i&gt;",
    "ten thousand letters": "W" * 10_000,
    "reversed": "\u202ecimedra\u202c",
    "half a character": "a\ud800b",
    "NUL": "a\0b",
    "an operator": '{"$gt": ""}',
    "emoji": "👩\u200d⚕️ ﷺ",
}
WIDTH, HEIGHT = 1366, 768


@pytest.fixture(scope="module")
def world(clinic):
    """A practice in which everything that may be called anything is called like markup."""
    world = World(clinic)
    administrator, pharmacist = world.administrator, world.pharmacist
    for collection in ("departments", "services", "staff", "clinic_days"):
        field = "reason" if collection == "clinic_days" else "name"
        values = right_values(collection, department=None) | {field: f"{HARM} {code()}"}
        KEEPERS[collection].create(administrator, values, operation())
    medicine = right_values("medicines") | {"name": f"{HARM} {code()}", "ingredient": HARM}
    made = KEEPERS["medicines"].create(pharmacist, medicine, operation())
    lot = right_values("stock_lots", medicine=made["_id"])
    KEEPERS["stock_lots"].create(pharmacist, lot, operation())
    named = {"name": HARM, "name_ar": HARM, "address": HARM, "alerts": HARM, "phone_of": HARM, "insurer": HARM}
    patient = world.consulting.patient(HARM)
    patient = KEEPERS["patients"].change(world.reception, patient["_id"], 1, named, operation())
    known = {"allergies": [{"substance": HARM, "reaction": HARM}], "conditions": [{"name": HARM}], "history": HARM}
    KEEPERS["patient_health"].change(world.doctor, patient["_id"], 1, known, operation())
    world.called = patient["_id"]
    world.practice.sign(line(made, instructions=HARM), patient=patient)
    world.consulting.appointment(patient)
    world.billing.issued("350", patient=patient)
    world.billing.charged(patient, "120", label=HARM)
    return world


@pytest.fixture(scope="module")
def alone(practices):
    """One doctor who does everything, and a patient, a medicine and a service that are called like markup."""
    with practices.one(solo=True) as clinic:
        session = clinic.administrator
        week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        starter.begin(session, starter.Start(services={"CONS": "80"}, days=week, doctors=[session.identity.name]))
        KEEPERS["services"].create(session, right_values("services", department=None) | {"name": HARM}, operation())
        medicine = right_values("medicines") | {"name": HARM, "ingredient": HARM}
        made = KEEPERS["medicines"].create(session, medicine, operation())
        KEEPERS["stock_lots"].create(session, right_values("stock_lots", medicine=made["_id"]), operation())
        patient = KEEPERS["patients"].create(session, right_values("patients") | {"name": HARM}, operation())
        known = {"allergies": [{"substance": HARM, "reaction": HARM}], "conditions": [{"name": HARM}]}
        KEEPERS["patient_health"].change(session, patient["_id"], 1, known, operation())
        walk_in(session, patient["_id"], session.identity.person, operation())
        visit = ENCOUNTERS.begin_for(session, patient["_id"], operation())
        asked = Prescribe(patient["_id"], (line(made, instructions=HARM),), encounter=visit["_id"])
        PRESCRIPTIONS.sign(session, asked, operation())
        yield SimpleNamespace(session=session, called=patient["_id"], visit=visit["_id"])


@pytest.fixture
def bugs(monkeypatch) -> Iterator[list[Exception]]:
    """What the program itself would call a bug; what is expected is said."""
    found: list[Exception] = []
    monkeypatch.setattr(tasks, "report", lambda one: found.append(one) if not isinstance(one, UserError) else None)
    yield found
    assert found == []


@pytest.fixture
def frame_of(qtbot, world, bugs, tmp_path):
    """The window of a role, as one who signed in has it."""
    opened: list[Frame] = []

    def make(role: Role, alone: Session | None = None) -> Frame:
        session = alone or (world.clinic.session(role) if role is not Role.DOCTOR else world.doctor)
        frame = Frame(navigation.groups_for(role), lambda *place: navigation.make_page(context, role, *place))
        context = Context(
            session=session,
            door=world.clinic.door,
            drafts=Drafts(tmp_path, session),
            live=Live(),
            toasts=frame.toasts,
            navigate=frame.navigate,
            close_page=frame.close_page,
            list_behind=lambda: ("", ""),
        )
        qtbot.addWidget(frame)
        frame.resize(WIDTH, HEIGHT)
        frame.show()
        frame.activateWindow()
        opened.append(frame)
        return frame

    yield make
    for frame in opened:
        frame.close()
        frame.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settle(qtbot: Any) -> None:
    qtbot.waitUntil(lambda: not tasks.busy())
    QApplication.processEvents()


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


# These are about somebody.
ABOUT = ("prescribe", "vitals")


def places_of(role: Role, patient: Any) -> list[tuple[str, str]]:
    """Every page that the role has, and what there is to see of a patient who is called like markup."""
    mine = [one.name for one in navigation.MODULES if one.is_for(role)]
    lists = [(name, str(patient) if name in ABOUT else "") for name in mine]
    return [*lists, *[("patients", str(patient))] * ("patients" in mine)]


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
