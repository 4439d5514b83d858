"""Every form is filled in from its first field to its last with one key, and back, in the real frame."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QWidget

from hmsdesk import navigation
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.sign_in import WrongPassword
from hmsdesk.controllers.staff import STAFF
from hmsdesk.errors import InvalidInput
from hmsdesk.security.permissions import Role
from hmsdesk.views.choose_password import ChoosePassword
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.frame import Frame
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.questions import Question, Questions
from hmsdesk.views.kit.segments import SegmentedControl
from tests.factories import operation, typed
from tests.views.windows import shown

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NEW, OPENED = "new", "{}"
MODULES = [
    (Role.ADMINISTRATOR, "departments"),
    (Role.ADMINISTRATOR, "services"),
    (Role.ADMINISTRATOR, "staff"),
    (Role.ADMINISTRATOR, "schedules"),
    (Role.ADMINISTRATOR, "clinic_days"),
    (Role.PHARMACIST, "medicines"),
    (Role.PHARMACIST, "stock_lots"),
]
FORMS = [
    *[(role, module, place) for role, module in MODULES for place in (NEW, OPENED)],
    (Role.RECEPTIONIST, "patients", NEW),
    (Role.RECEPTIONIST, "patients", "{}/edit"),
    (Role.DOCTOR, "patients", "{}/health"),
]
PAGES = [
    (Role.RECEPTIONIST, "appointments", "book/{}"),
    (Role.DOCTOR, "appointments", ""),
    (Role.RECEPTIONIST, "home", ""),
    (Role.DOCTOR, "home", ""),
    (Role.PHARMACIST, "home", ""),
    (Role.ADMINISTRATOR, "home", ""),
    (Role.DOCTOR, "patients", "{}"),
    (Role.DOCTOR, "prescribe", "{}"),
    (Role.DOCTOR, "vitals", "{}"),
]
MOST_STOPS = 60
WEAK = InvalidInput({"new_password": "This would be guessed soon."})
BOOKING = ("appointments", "book")
WALK_IN = ("appointments", "walk-in")


class NoDrafts:
    """Nothing was left unsaved."""

    def read(self, place):
        return None

    def keep(self, place, values):
        pass

    def drop(self, place):
        pass


@pytest.fixture(scope="module", autouse=True)
def sessions(clinic):
    """Connections have threads, which are begun before each test counts them."""
    return {
        role: clinic.session(role) for role in (Role.RECEPTIONIST, Role.ADMINISTRATOR, Role.PHARMACIST, Role.DOCTOR)
    }


@pytest.fixture
def opened(qtbot, clinic, sessions):
    """The frame, gone to a page by way of another, as a person goes."""

    def opened(role, module, record="new"):
        frame = Frame(navigation.groups_for(role), lambda *place: navigation.make_page(context, role, *place))
        context = Context(
            session=sessions[role],
            door=clinic.door,
            drafts=NoDrafts(),
            live=Live(),
            toasts=frame.toasts,
            navigate=frame.navigate,
            close_page=frame.close_page,
            list_behind=lambda: ("", ""),
        )
        qtbot.addWidget(frame)
        frame.resize(1366, 768)
        frame.show()
        frame.activateWindow()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is frame)
        for place in ((navigation.first_module(role), ""), (module, record)):
            frame.navigate(*place)
            qtbot.waitUntil(lambda: not tasks.busy())
        return frame

    return opened


def press(key):
    back = Qt.KeyboardModifier.ShiftModifier if key == Qt.Key.Key_Backtab else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(QApplication.focusWidget(), key, back)
    return QApplication.focusWidget()


def row_at(form, widget):
    return next((name for name, row in form.fields.rows.items() if row.isAncestorOf(widget)), None)


def names_in_sight(form):
    """The fields from top to bottom."""
    rows = form.fields.rows
    return sorted(rows, key=lambda name: rows[name].mapTo(form.fields, QPoint()).y())


def takes_enter(widget):
    """Enter is a new line there, or presses it."""
    return isinstance(widget, QPlainTextEdit | QAbstractButton)


def rows_passed(form, key):
    """The fields one comes through, until the keyboard has left them, where it is then, and by which key."""
    widget, passed, pressed = QApplication.focusWidget(), [], key
    while (name := row_at(form, widget)) is not None:
        passed.append(name)
        assert len(passed) < MOST_STOPS
        pressed = Qt.Key.Key_Tab if key == Qt.Key.Key_Return and takes_enter(widget) else key
        widget = press(pressed)
    return list(dict.fromkeys(passed)), widget, pressed


@pytest.fixture(scope="module")
def records(sessions):
    """One record of each module."""
    made = {}
    refers = {"staff": ("department", "departments"), "schedules": ("practitioner", "staff")}
    refers["stock_lots"] = ("medicine", "medicines")
    for role, module in [*MODULES, (Role.RECEPTIONIST, "patients")]:
        values = typed(module)
        if module in refers:
            field, other = refers[module]
            values[field] = made[other]
        made[module] = KEEPERS[module].create(sessions[role], values, operation())["_id"]
    return made


@pytest.mark.parametrize(("role", "module", "place"), FORMS)
class TestForms:
    @pytest.fixture
    def form(self, opened, records, role, module, place):
        return opened(role, module, place.format(records[module])).page().form

    @pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Return])
    def test_one_key_goes_through_it_and_then_on_to_its_buttons(self, form, key):
        for _ in range(2):
            form.fields.rows[names_in_sight(form)[0]].editor.setFocus()
            # A list begins with what lies in it, and its button is its last stop.
            passed, after, pressed = rows_passed(form, key)
            assert passed == names_in_sight(form)
            # Enter never leads to giving up.
            if pressed == Qt.Key.Key_Tab:
                assert after.objectName() == "formCancel"
                after = press(Qt.Key.Key_Tab)
            assert after.objectName() == "formSave"

    def test_back_from_its_buttons_the_same_way(self, form):
        button = form.findChild(QAbstractButton, "formCancel")
        for _ in range(2):
            button.setFocus()
            press(Qt.Key.Key_Backtab)
            passed, after, _ = rows_passed(form, Qt.Key.Key_Backtab)
            assert passed == names_in_sight(form)[::-1]
            assert not form.isAncestorOf(after)
            assert form.window().page().isAncestorOf(after)


def test_what_tab_comes_to_is_in_sight(opened):
    frame = opened(Role.RECEPTIONIST, "patients")
    form, first = frame.page().form, QApplication.focusWidget()
    form.fields.rows[names_in_sight(form)[-1]].editor.setFocus()
    QApplication.processEvents()
    assert first.visibleRegion().isEmpty()
    for _ in range(MOST_STOPS):
        widget = press(Qt.Key.Key_Tab)
        QApplication.processEvents()
        assert not widget.visibleRegion().isEmpty(), widget
        if widget is first:
            return
    raise AssertionError("not reached")


def test_tab_comes_to_what_is_chosen_and_the_arrows_choose(opened):
    form = opened(Role.RECEPTIONIST, "patients").page().form
    editor = form.fields.rows["birth_estimated"].editor
    form.fields.rows["birth_date"].editor.setFocus()
    control = press(Qt.Key.Key_Tab)
    assert isinstance(control, SegmentedControl)
    assert (control.accessibleName(), control.accessibleDescription()) == (editor.label, "No")
    assert editor.raw() is False
    press(Qt.Key.Key_Left)
    assert editor.raw() is True
    assert control.accessibleDescription() == "Yes"
    assert row_at(form, press(Qt.Key.Key_Tab)) not in (None, "birth_estimated", "birth_date")


def context_of(session, went):
    return Context(
        session=session,
        door=None,
        drafts=None,
        live=Live(),
        toasts=None,
        navigate=lambda *place: went.append(place),
        close_page=None,
        list_behind=None,
    )


ADDING = {
    Role.RECEPTIONIST: {
        "register": ("patients", "new"),
        "new patient": ("patients", "new"),
        "book": BOOKING,
        "walk": WALK_IN,
    },
    Role.DOCTOR: {"register": ("patients", "new"), "BOOK app": BOOKING, "walk-in": WALK_IN, "add department": None},
    Role.PHARMACIST: {
        "receive": ("deliveries", "new"),
        "enter": ("stock_lots", "new"),
        "new lot": ("stock_lots", "new"),
        "book": None,
    },
    Role.ADMINISTRATOR: {
        "add department": ("departments", "new"),
        "new schedule": ("schedules", "new"),
        "create account": ("accounts", ""),
        "register": None,
        "walk": None,
    },
}


@pytest.mark.parametrize("role", ADDING)
def test_the_palette_finds_what_a_role_may_add(opened, sessions, role):
    went = []
    for typed_words, place in ADDING[role].items():
        found = navigation.find_adding(context_of(sessions[role], went), typed_words)
        assert len(found) == (place is not None), typed_words
        if found:
            found[0].action()
            assert went[-1] == place


def test_the_palette_finds_medicines_and_prescriptions_for_who_dispenses(practice, sessions):
    went = []
    row = practice.stocked()
    sources = {one.heading: one for one in navigation.palette_sources(context_of(practice.pharmacist, went))}
    (found,) = sources["Prescriptions"].find(row["number"][-6:])
    found.action()
    assert went[-1] == ("dispensary", str(row["_id"]))
    medicine = row["lines"][0]
    (found,) = sources["Medicines"].find(medicine["name"])
    found.action()
    assert went[-1] == ("medicines", str(medicine["medicine"]))
    reception = navigation.palette_sources(context_of(sessions[Role.RECEPTIONIST], went))
    assert not {"Prescriptions", "Medicines"} & {one.heading for one in reception}


def test_the_palette_finds_who_works_here_what_is_offered_and_what_is_the_practice_s_own(sessions):
    went = []
    context = context_of(sessions[Role.ADMINISTRATOR], went)
    department = DEPARTMENTS.create(context.session, typed("departments", name="Dermatology"), operation())
    values = {"name": "Dr Yasmin Zaki", "profession": "doctor", "department": department["_id"]}
    doctor = STAFF.create(context.session, values, operation())
    sources = {one.heading: one for one in navigation.palette_sources(context)}
    (found,) = sources["Staff"].find("yasmin")
    assert found.subtitle == "Doctor, Dermatology"
    found.action()
    assert went[-1] == ("staff", str(doctor["_id"]))
    offered = SERVICES.create(context.session, {"name": "Plaster", "code": "PLAST", "price": "90"}, operation())
    (found,) = sources["Services"].find("plaster")
    found.action()
    assert went[-1] == ("services", str(offered["_id"]))
    for words in ("address", "recovery code", "letterhead"):
        assert "Accounts" in [entry.title for entry in sources["Pages"].find(words)]
    reception = navigation.palette_sources(context_of(sessions[Role.RECEPTIONIST], went))
    assert not {"Staff", "Services"} & {one.heading for one in reception}


@pytest.mark.parametrize("role", ADDING)
def test_each_of_them_leads_to_a_page(opened, sessions, role):
    went = []
    for entry in navigation.find_adding(context_of(sessions[role], went), ""):
        entry.action()
        assert opened(role, *went[-1]).page() is not None


@pytest.fixture(scope="module")
def patient(sessions):
    return PATIENTS.create(sessions[Role.RECEPTIONIST], typed("patients", name="Somebody else"), operation())


def test_what_was_not_saved_is_offered_with_whom_it_is_about(sessions, patient):
    doctor, name = sessions[Role.DOCTOR], patient["name"]
    places = [f"prescribe/{patient['_id']}", f"patients/{patient['_id']}/edit", f"patients/{patient['_id']}/health"]
    places.append(f"vitals/{patient['_id']}")
    assert [navigation.subject_of(doctor, place, {}) for place in places] == [name] * 4
    assert navigation.subject_of(doctor, "patients/new", {"name": "Half a na"}) == "Half a na"
    assert navigation.subject_of(doctor, "appointments/book", {}) == ""
    # Another role of the same person doesn't get to know more than it may.
    assert navigation.subject_of(sessions[Role.ADMINISTRATOR], places[0], {}) == ""


def test_what_is_added_to_a_list_is_in_sight_as_a_whole(opened, patient, qtbot):
    frame = opened(Role.DOCTOR, "patients", f"{patient['_id']}/health")
    frame.window().resize(1366, 768)
    allergies = frame.page().form.fields.rows["allergies"].editor
    for number in (1, 2, 3):
        allergies.add.click()
        added = allergies.parts[-1]
        qtbot.waitUntil(lambda added=added: added.visibleRegion().boundingRect() == added.rect())
        assert len(allergies.parts) == number
        assert added.isAncestorOf(QApplication.focusWidget())


@pytest.mark.parametrize(("role", "module", "record"), PAGES)
def test_tab_leaves_a_page_only_at_its_end(opened, patient, role, module, record):
    frame = opened(role, module, record.format(patient["_id"]))
    page, first = frame.page(), press(Qt.Key.Key_Tab)
    inside = [first]
    for _ in range(MOST_STOPS):
        inside.append(press(Qt.Key.Key_Tab))
        if inside[-1] is first:
            break
    assert inside[-1] is first
    is_in = [page.isAncestorOf(one) for one in inside]
    # Out once, and in once.
    assert sum(one != other for one, other in pairwise(is_in)) == 2
    back = [press(Qt.Key.Key_Backtab) for _ in inside[:-1]]
    assert back == inside[-2::-1]


def changing(qtbot):
    """Somebody's own password, as it is changed."""
    window = shown(qtbot, QWidget())
    dialog = ChoosePassword(window, "Change your password", "", ask_old=True)
    dialog.open()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def asking(qtbot):
    """A new password, as the first run and the recovery ask for it."""
    names = ("Password until now", "Password", "Password again")
    questions = Questions({name: Question(name, password=True) for name in names})
    shown(qtbot, questions)
    return questions


@pytest.mark.parametrize("window", [changing, asking])
def test_tab_goes_from_a_password_to_its_repetition_and_a_space_shows_neither(qtbot, window):
    fields = window(qtbot).findChildren(QLineEdit)
    assert len(fields) == 3
    fields[0].setFocus()
    for field in fields:
        assert QApplication.focusWidget() is field
        QTest.keyClicks(field, "two words")
        press(Qt.Key.Key_Tab)
    assert [field.text() for field in fields] == ["two words"] * 3
    assert {field.echoMode() for field in fields} == {QLineEdit.EchoMode.Password}
    press(Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is fields[-1]
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_E, Qt.KeyboardModifier.AltModifier)
    assert [field.echoMode() == QLineEdit.EchoMode.Normal for field in fields] == [False, False, True]


@pytest.mark.parametrize(("problem", "at"), [(WrongPassword("This is not your password."), 0), (WEAK, 1)])
def test_after_a_refusal_the_keyboard_is_at_the_password_that_was_wrong(qtbot, problem, at):
    dialog = changing(qtbot)
    fields = dialog.findChildren(QLineEdit)
    for field in fields:
        field.setText("two words")
    press(Qt.Key.Key_Return)
    dialog.refuse(problem)
    assert QApplication.focusWidget() is fields[at]
    assert fields[at].selectedText()
    assert dialog.findChild(QWidget, "choosePasswordNote").text() == next(iter(problem.fields.values()))
