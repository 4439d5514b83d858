"""The hours of a week: each on one line, and the next day begins as the last one was."""

import pytest
from bson import ObjectId
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from hmsdesk.models.locale import Locale
from hmsdesk.models.schedules import Hours, Schedule
from hmsdesk.views.kit.contract import NO_LOOKUP
from hmsdesk.views.kit.editor import Surroundings
from hmsdesk.views.kit.editors import editor_for
from hmsdesk.views.kit.form import Form
from tests.factories import EGYPT
from tests.views.keeper import Keeper, Session
from tests.views.windows import RTL, shown


@pytest.fixture
def form(qtbot):
    return Form(Keeper(Schedule), Session())


@pytest.fixture
def hours(qtbot, form):
    window = shown(qtbot, form)
    window.resize(660, 700)
    form.fields.rows["hours"].editor.window_of_test = window
    editor = form.fields.rows["hours"].editor
    for part in list(editor.parts):
        part.cross.click()
    return editor


def add(editor):
    editor.findChild(QAbstractButton, "add-hours").click()
    return editor.parts[-1]


def field(hours, place, name):
    return next(row.editor for row in hours.parts[place].rows if row.name == name)


def labels(part):
    found = part.findChildren(QLabel)
    return [label.text() for label in found if label.isVisibleTo(part) and label.text()]


def test_a_span_stands_on_one_line(qtbot, hours):
    part = add(hours)
    qtbot.waitUntil(lambda: part.height() > 0 and part.rows[-1].x() > 0)
    assert len({row.y() for row in part.rows}) == 1
    assert part.cross.x() + part.cross.width() <= part.width()


def test_only_the_first_carries_the_labels(hours):
    add(hours)
    second = add(hours)
    assert labels(hours.parts[0]) == ["Day *", "From *", "To *", "For *"]
    assert labels(second) == []
    hours.parts[0].cross.click()
    assert labels(second) == ["Day *", "From *", "To *", "For *"]


def test_a_further_span_is_the_next_day_with_the_same_hours(hours):
    add(hours).restore({"weekday": "sun", "starts": "9", "ends": "15:00", "purpose": "patients"})
    assert add(hours).raw() == {"weekday": "mon", "starts": "9", "ends": "15:00", "purpose": "patients"}
    assert add(hours).raw()["weekday"] == "tue"


def test_what_was_added_so_is_kept(hours):
    add(hours).restore({"weekday": "sat", "starts": "9", "ends": "12", "purpose": "patients"})
    add(hours)
    cleaned = hours.field.clean(hours.raw(), hours.around.locale)
    assert [(one["weekday"], one["starts"], one["ends"]) for one in cleaned] == [
        ("sat", "09:00", "12:00"),
        ("sun", "09:00", "12:00"),
    ]


@pytest.mark.parametrize(
    ("spans", "wrong", "told"),
    [
        ([("sun", "9", "12"), ("mon", "15", "9")], (1, "ends"), "Monday: 15:00 to 09:00 ends before it begins."),
        ([("mon", "9", "12"), ("sun", "9:03", "12")], (1, "starts"), "Sunday: times in steps of 5 minutes."),
        ([("mon", "9", "12"), ("mon", "8", "10")], (0, "starts"), "Monday: two spans overlap at 09:00."),
        ([("mon", "9", "12"), ("sun", "9", "noon")], (1, "ends"), "Entry 2: "),
    ],
)
def test_who_saves_a_wrong_span_is_led_to_its_very_field(hours, form, qtbot, spans, wrong, told):
    for day, starts, ends in spans:
        add(hours).restore({"weekday": day, "starts": starts, "ends": ends, "purpose": "patients"})
    form.fields.rows["practitioner"].editor.set_raw(ObjectId())
    form.save()
    place, name = wrong
    editor = field(hours, place, name)
    qtbot.waitUntil(lambda: editor.line is QApplication.focusWidget())
    assert told in form.fields.rows["hours"].problem
    assert editor.line.state == "invalid"


def test_what_was_wrong_among_the_spans_is_at_rest_once_any_of_them_is_corrected(hours, form):
    add(hours).restore({"weekday": "mon", "starts": "15", "ends": "9", "purpose": "patients"})
    form.fields.rows["practitioner"].editor.set_raw(ObjectId())
    form.save()
    assert field(hours, 0, "ends").line.state == "invalid"
    line = field(hours, 0, "starts").line
    line.selectAll()
    QTest.keyClicks(line, "8")
    assert field(hours, 0, "ends").line.state == "plain"
    assert not form.fields.rows["hours"].problem


def test_the_days_begin_as_the_week_does_where_the_practice_is(qtbot):
    def offered(locale):
        around = Surroundings(locale, NO_LOOKUP, editor_for)
        combo = editor_for("weekday", Hours.weekday, around).combo
        return [combo.itemText(n) for n in range(1, combo.count())]

    assert [*offered(EGYPT)[:2], offered(EGYPT)[-1]] == ["Saturday", "Sunday", "Friday"]
    assert offered(Locale("DE", "EUR", "Europe/Berlin"))[0] == "Monday"
    assert offered(Locale("US", "USD", "America/New_York"))[0] == "Sunday"
    assert len(set(offered(EGYPT))) == 7


def test_it_is_mirrored_in_an_arabic_window(qtbot):
    form = Form(Keeper(Schedule), Session())
    shown(qtbot, form, direction=RTL).resize(660, 700)
    part = add(form.fields.rows["hours"].editor)
    qtbot.waitUntil(lambda: part.rows[0].x() > part.rows[-1].x())
