"""One editor for each kind of field: what was typed, how it is checked, and how it is shown when it was right."""

import pytest
from bson import Decimal128, ObjectId
from mongoengine import EmbeddedDocument
from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QTextLayout, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCalendarWidget,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.controllers.medicine_tables import knowledge
from hmsdesk.errors import Unreachable
from hmsdesk.models.emails import EmailAddressField
from hmsdesk.models.fields import (
    ChoiceField,
    CodeField,
    DateField,
    MoneyField,
    PartsField,
    ReferenceField,
    TextField,
    WholeNumberField,
    WordsField,
    YesNoField,
)
from hmsdesk.models.medicines import IngredientField
from hmsdesk.models.patient_health import SubstanceField
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.times import TimeField
from hmsdesk.views.kit import baseline, tasks
from hmsdesk.views.kit.buttons import IconButton
from hmsdesk.views.kit.contract import NO_LOOKUP, Found
from hmsdesk.views.kit.editor import Surroundings
from hmsdesk.views.kit.editors import editor_for
from hmsdesk.views.kit.field_row import FieldRow
from hmsdesk.views.kit.form_fields import lead_to
from hmsdesk.views.kit.form_foot import FormFoot
from hmsdesk.views.kit.substance_editor import proposals
from tests.views.keeper import EGYPT

# Popups on the platform without a screen.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

SURGERY, CARDIOLOGY = ObjectId(), ObjectId()


class Contact(EmbeddedDocument):
    name = TextField(verbose_name="Name", required=True)
    phone = PhoneField(verbose_name="Phone")


@pytest.fixture
def shown(qtbot):
    def build(field, lookup=NO_LOOKUP, value=None, name="thing"):
        window = QWidget()
        windows.append(window)
        qtbot.addWidget(window)
        column = QVBoxLayout(window)
        row = FieldRow(editor_for(name, field, Surroundings(EGYPT, lookup, editor_for)))
        column.addWidget(row)
        column.addWidget(QLineEdit(objectName="next"))
        row.show_row({} if value is None else {name: value})
        window.show()
        window.activateWindow()
        row.editor.setFocus()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is window and window.focusWidget().hasFocus())
        return row

    windows = []
    yield build
    tasks.stop()


def type_and_leave(row, text):
    QTest.keyClicks(row.editor.focusProxy(), text)
    leave(row)


def leave(row):
    row.window().findChild(QLineEdit, "next").setFocus(Qt.FocusReason.TabFocusReason)


def paste(widget, text):
    # The text alone: a QMimeData made here would be destroyed by Qt when Python is gone already.
    QGuiApplication.clipboard().setText(text)
    widget.paste()


def settle(qtbot):
    qtbot.waitUntil(lambda: not tasks.busy())


@pytest.mark.parametrize(
    ("field", "typed", "value", "tidied"),
    [
        (TextField(verbose_name="Name"), "  Sara   Ali ", "Sara Ali", "Sara Ali"),
        (CodeField(verbose_name="Code"), "card", "CARD", "CARD"),
        (EmailAddressField(verbose_name="E-mail"), "Mona@EXAMPLE.com", "Mona@example.com", "Mona@example.com"),
        (PhoneField(verbose_name="Phone"), "01005550112", "+201005550112", "0100 555 0112"),
        (WholeNumberField(verbose_name="Beds", unit="beds"), "012", 12, "12"),
        (
            MoneyField(verbose_name="Price"),
            "1,350.5",
            {"value": Decimal128("1350.50"), "currency": "EGP"},
            "1350.50",
        ),
        (DateField(verbose_name="Born", partial=True), "12/3/1968", "1968-03-12", "12 Mar 1968"),
        (DateField(verbose_name="Born", partial=True), "1968", "1968", "1968"),
        (DateField(verbose_name="Expires", month_end=True), "06/2027", "2027-06-30", "30 Jun 2027"),
        (TimeField(verbose_name="From"), "9", "09:00", "09:00"),
    ],
)
def test_what_is_typed_is_cleaned_by_the_field_and_shown_tidily_when_it_is_left(shown, field, typed, value, tidied):
    row = shown(field)
    type_and_leave(row, typed)
    assert row.problem == ""
    assert row.clean() == value
    assert row.editor.raw() == tidied
    assert row.editor.line.state == "good"
    assert row.clean() == value, "its own form is taken as well"


@pytest.mark.parametrize(
    ("field", "value", "typed"),
    [
        (PhoneField(), "+201005550112", "0100 555 0112"),
        (WholeNumberField(unit="min"), 1200, "1200"),
        (MoneyField(), {"value": Decimal128("1350.50"), "currency": "EGP"}, "1350.50"),
        (DateField(), "1968-03-12", "12 Mar 1968"),
        (TextField(multiline=True), "One\nTwo", "One\nTwo"),
        (ChoiceField(choices=(("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"))), "c", "c"),
        (YesNoField(default=True), False, False),
        (WordsField(), ["one", "two"], ["one", "two"]),
    ],
)
def test_a_stored_value_is_shown_as_one_would_type_it_and_is_not_an_edit(shown, field, value, typed):
    row = shown(field, value=value)
    assert row.editor.raw() == typed
    assert not row.is_edited()
    assert row.clean() == value


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        (DateField(verbose_name="Born"), "31 Feb 2019", "February 2019 has 28 days. Which day was it?"),
        (PhoneField(verbose_name="Phone"), "0100", "A digit is missing: the number is too short."),
        (CodeField(verbose_name="Code"), "A B", "Only letters, digits and hyphens, without spaces."),
        (WholeNumberField(verbose_name="Beds"), "many", "A whole number, in digits."),
        (MoneyField(verbose_name="Price"), "1.234", "At most two digits behind the point."),
        (TextField(verbose_name="Name", max_length=5), "Mohamed", "At most 5 characters; this has 7."),
    ],
)
def test_what_is_wrong_is_said_when_the_field_is_left_and_taken_back_when_it_is_mended(shown, field, typed, problem):
    row = shown(field)
    QTest.keyClicks(row.editor.focusProxy(), typed)
    assert row.problem == "", "nobody is interrupted while typing"
    leave(row)
    assert row.problem == problem
    assert row.findChild(QWidget, "below-thing").text() == problem
    assert row.editor.line.state == "invalid"
    assert row.editor.raw() == typed, "what was typed stays"
    row.editor.line.selectAll()
    QTest.keyClick(row.editor.line, Qt.Key.Key_Delete)
    assert row.problem == ""
    assert row.editor.line.state == "plain"


def test_what_stands_below_a_field_stays_where_it_is_when_a_mistake_is_mended(shown):
    row = shown(TextField(verbose_name="Name", max_length=5))
    before = row.sizeHint().height()
    row.set_problem("Too long.")
    told = row.sizeHint().height()
    assert told > before
    row.set_problem("")
    assert row.sizeHint().height() == told
    row.show_default()
    assert row.sizeHint().height() == before


def test_who_only_passes_through_a_required_field_is_not_told(shown):
    row = shown(TextField(verbose_name="Name", required=True))
    leave(row)
    assert row.problem == ""
    row.editor.setFocus()
    QTest.keyClicks(row.editor.line, "x")
    QTest.keyClick(row.editor.line, Qt.Key.Key_Backspace)
    leave(row)
    assert row.problem == "Name is needed."


def test_nothing_that_is_pasted_is_cut_off_in_silence(shown):
    row = shown(TextField(verbose_name="Name", max_length=80))
    paste(row.editor.line, "x" * 40_000)
    leave(row)
    assert len(row.editor.raw()) == 40_000
    assert row.problem == "At most 80 characters; this has 40,000."


@pytest.mark.parametrize("text", ["\u202egnp.exe", "a\x00b"])
def test_hostile_characters_are_refused_and_stay_where_they_are(shown, text):
    row = shown(TextField(verbose_name="Name"))
    row.editor.line.setText(text)
    row.editor.line.textEdited.emit(text)
    leave(row)
    assert row.problem == "This holds hidden control characters. Please type it again."


def test_several_lines_keep_their_breaks_and_tab_goes_on(shown):
    row = shown(TextField(verbose_name="Notes", multiline=True))
    QTest.keyClicks(row.editor.text, "One")
    QTest.keyClick(row.editor.text, Qt.Key.Key_Return)
    QTest.keyClicks(row.editor.text, "Two")
    QTest.keyClick(row.editor.text, Qt.Key.Key_Tab)
    assert row.clean() == "One\nTwo"
    assert not row.editor.text.hasFocus()


def test_three_words_stand_side_by_side_and_four_in_a_list(shown):
    three = ChoiceField(choices=(("a", "A"), ("b", "B"), ("c", "C")), required=True)
    assert shown(three).editor.findChildren(QAbstractButton)
    four = ChoiceField(choices=(("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")), required=True)
    assert shown(four).editor.combo.count() == 5


def test_a_choice_is_made_with_the_keyboard(shown):
    row = shown(ChoiceField(verbose_name="Kind", choices=(("a", "Apple"), ("b", "Bean")), required=True))
    assert row.editor.raw() is None
    control = QApplication.focusWidget()
    QTest.keyClick(control, Qt.Key.Key_Space)
    assert row.clean() == "a"
    assert control.accessibleDescription() == "Apple"
    QTest.keyClick(control, Qt.Key.Key_Right)
    assert row.clean() == "b"
    assert row.is_edited()


def test_a_choice_that_may_be_left_out_can_be_taken_back(shown):
    row = shown(ChoiceField(verbose_name="Kind", choices=(("a", "Apple"), ("b", "Bean"))), value="a")
    row.editor.combo.setCurrentIndex(0)
    row.editor.combo.activated.emit(0)
    assert row.clean() is None


def test_rolling_the_wheel_over_a_list_of_words_changes_nothing(shown):
    row = shown(ChoiceField(choices=(("a", "Apple"), ("b", "Bean"))), value="a")
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(row.editor.combo, event)
    assert row.editor.raw() == "a"


def test_yes_or_no_can_stay_open_only_where_it_has_no_default(shown):
    decided = shown(YesNoField(default=True)).editor
    assert [button.text() for button in decided.findChildren(QAbstractButton)] == ["Yes", "No"]
    row = shown(YesNoField())
    assert [button.text() for button in row.editor.findChildren(QAbstractButton)] == ["Yes", "No", "Not recorded"]
    assert row.clean() is None


def test_a_date_is_picked_from_a_calendar_that_opens_at_the_typed_date(qtbot, shown):
    row = shown(DateField(verbose_name="Born", past=True))
    QTest.keyClicks(row.editor.line, "12 Mar 1968")
    QTest.keyClick(row.editor.line, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    calendar = row.editor.findChild(QCalendarWidget)
    assert calendar.selectedDate() == QDate(1968, 3, 12)
    assert calendar.firstDayOfWeek() is Qt.DayOfWeek.Saturday, "as in the country of the practice"
    today = EGYPT.today()
    assert calendar.maximumDate() == QDate(today.year, today.month, today.day)
    calendar.clicked.emit(QDate(1970, 1, 2))
    assert row.editor.raw() == "2 Jan 1970"
    assert row.clean() == "1970-01-02"


def lookup(collection, text):
    assert collection == "departments"
    everything = [Found(SURGERY, "Surgery", "الجراحة"), Found(CARDIOLOGY, "Cardiology")]
    return [found for found in everything if found.title.lower().startswith(text.lower())]


def test_a_reference_is_found_while_typing_and_chosen(qtbot, shown):
    row = shown(ReferenceField("departments", verbose_name="Department"), lookup)
    picker = row.editor.picker
    QTest.keyClicks(picker, "su")
    qtbot.waitUntil(picker.popup.isVisible)
    QTest.keyClick(picker.popup, Qt.Key.Key_Return)
    assert picker.text() == "Surgery"
    leave(row)
    assert row.clean() == SURGERY


def test_a_reference_typed_in_full_needs_no_choosing(qtbot, shown):
    row = shown(ReferenceField("departments", verbose_name="Department"), lookup)
    QTest.keyClicks(row.editor.picker, "cardiology")
    qtbot.waitUntil(row.editor.picker.popup.isVisible)
    row.editor.picker.popup.hide()
    leave(row)
    assert row.clean() == CARDIOLOGY


def of_the_name(*subtitles):
    """A search that finds somebody of the same name for each subtitle, and one of a longer name."""
    found = [Found(ObjectId(), "Mohamed Ali", subtitle) for subtitle in subtitles]
    return [*found, Found(ObjectId(), "Mohamed Ali Hassan", "1990")]


@pytest.mark.parametrize(
    ("found", "typed", "taken"),
    [
        (of_the_name("1961", "1984"), "mohamed ali", False),
        (of_the_name("1961"), "mohamed", False),
        (of_the_name("1961"), "mohamed ali", True),
        (of_the_name()[:1], "moh", True),
    ],
)
def test_enter_takes_what_nobody_has_seen_only_where_there_is_no_doubt(qtbot, shown, found, typed, taken):
    row = shown(ReferenceField("departments", verbose_name="Department"), lambda *_: found)
    picker = row.editor.picker
    QTest.keyClicks(picker, typed)
    QTest.keyClick(picker, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(picker.chosen) if taken else picker.popup.isVisible())
    assert picker.chosen == (found[0].record if taken else None)
    if not taken:
        QTest.keyClick(picker.popup, Qt.Key.Key_Return)
        assert picker.chosen == found[0].record


def test_a_reference_that_was_only_typed_is_refused_and_stays(qtbot, shown):
    row = shown(ReferenceField("departments", verbose_name="Department"), lookup)
    QTest.keyClicks(row.editor.picker, "nowhere")
    qtbot.waitUntil(row.editor.picker.popup.isVisible)
    assert row.editor.picker.popup.model().index(0, 0).data() == "Nothing found for “nowhere”"
    row.editor.picker.popup.hide()
    leave(row)
    assert row.problem == "Choose one from the list."
    assert row.editor.picker.text() == "nowhere"


def test_a_search_that_fails_says_so_in_the_list(qtbot, shown):
    def unreachable(collection, text):
        raise Unreachable("The server does not answer.")

    row = shown(ReferenceField("departments", verbose_name="Department"), unreachable)
    QTest.keyClicks(row.editor.picker, "su")
    qtbot.waitUntil(row.editor.picker.popup.isVisible)
    assert row.editor.picker.popup.model().index(0, 0).data() == "The server does not answer."


def test_typing_over_a_chosen_reference_unchooses_it(qtbot, shown):
    row = shown(ReferenceField("departments", verbose_name="Department"), lookup)
    row.show_row({"thing": SURGERY, "thing:title": "Surgery"})
    assert row.clean() == SURGERY
    row.editor.picker.clear()
    QTest.keyClicks(row.editor.picker, "c")
    assert row.editor.raw() == "c"
    row.editor.picker.clear()
    row.editor.picker.textEdited.emit("")
    assert row.clean() is None
    settle(qtbot)


def test_what_is_typed_into_a_field_with_a_chosen_one_is_another_one(qtbot, shown):
    row = shown(ReferenceField("departments", verbose_name="Department"), lookup)
    picker = row.editor.picker
    row.show_row({"thing": SURGERY, "thing:title": "Surgery"})
    picker.clearFocus()
    row.setFocus()
    picker.setFocus()
    QTest.keyClicks(picker, "car")
    assert picker.text() == "car"
    settle(qtbot)


def test_words_become_tags_with_enter_and_comma_and_what_is_left_over_counts_too(qtbot, shown):
    row = shown(WordsField(verbose_name="Tags"))
    QTest.keyClicks(row.editor.line, "one")
    QTest.keyClick(row.editor.line, Qt.Key.Key_Return)
    QTest.keyClicks(row.editor.line, "two,three")
    assert row.clean() == ["one", "two", "three"]
    leave(row)
    assert row.editor.line.text() == ""
    tags = lambda: [button for button in row.editor.findChildren(QPushButton) if button.isVisible()]  # noqa: E731
    qtbot.waitUntil(lambda: [tag.text() for tag in tags()] == ["one", "two", "three"])
    QTest.keyClick(tags()[1], Qt.Key.Key_Delete)
    assert row.clean() == ["one", "three"]


def test_tab_passes_by_the_words_so_that_what_is_typed_next_takes_none_away(qtbot, shown):
    row = shown(WordsField(verbose_name="Tags"))
    row.editor.set_raw(["one", "two"])
    row.editor.line.setFocus()
    for _ in range(2):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert row.clean() == ["one", "two"]


def test_the_arrows_and_backspace_lead_back_to_the_words(qtbot, shown):
    row = shown(WordsField(verbose_name="Tags"))
    row.editor.set_raw(["one", "two", "three"])
    row.editor.line.setFocus()
    for key in (Qt.Key.Key_Backspace, Qt.Key.Key_Left, Qt.Key.Key_Delete):
        QTest.keyClick(QApplication.focusWidget(), key)
    assert row.clean() == ["one", "three"]
    assert QApplication.focusWidget() is row.editor.line
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        QTest.keyClick(QApplication.focusWidget(), key)
    assert QApplication.focusWidget() is row.editor.line


def add_part(row, name, phone=""):
    row.editor.add.click()
    part = row.editor.parts[-1]
    for one, text in zip(part.rows, (name, phone), strict=True):
        one.editor.setFocus()
        QTest.keyClicks(one.editor.line, text)
    return part


def test_parts_are_forms_within_the_form(shown):
    row = shown(PartsField(Contact, verbose_name="Contacts"))
    add_part(row, "Heba Ali", "01015550172")
    assert row.clean() == [{"name": "Heba Ali", "phone": "+201015550172"}]
    part = add_part(row, "Omar", "0101")
    part.rows[0].editor.line.setFocus()
    assert part.rows[1].problem == "A digit is missing: the number is too short."
    leave(row)
    assert row.problem.startswith("Entry 2:")


def test_who_is_led_to_the_parts_to_correct_one_comes_to_what_is_wrong(shown):
    row = shown(PartsField(Contact, verbose_name="Contacts"))
    part = add_part(row, "Omar", "0101")
    row.check()
    lead_to(row)
    assert QApplication.focusWidget() is part.rows[1].editor.line


def test_what_medicines_cannot_be_checked_against_is_remarked_on_and_kept(shown):
    row = shown(SubstanceField(verbose_name="To what"))
    QTest.keyClicks(row.editor.line, "penicilin")
    leave(row)
    assert row.editor.remark.text().endswith("Is penicillin meant?")
    assert (row.clean(), row.problem) == ("penicilin", "")
    row.editor.line.setFocus()
    row.editor.line.selectAll()
    QTest.keyClicks(row.editor.line, "Penicillin")
    leave(row)
    assert not row.editor.remark.isVisible()
    assert "Penicillins" in proposals(knowledge())


def test_what_is_proposed_does_not_stay_open_over_what_saving_asks_next(shown, qtbot):
    row = shown(SubstanceField(verbose_name="To what"))
    foot = FormFoot()
    qtbot.addWidget(foot)
    QTest.keyClicks(row.editor.line, "Penicillin")
    popup = row.editor.line.popup
    qtbot.waitUntil(popup.isVisible)
    with qtbot.waitSignal(foot.save_asked):
        foot.findChild(QAbstractButton, "formSave").click()
    assert not popup.isVisible()


def test_an_ingredient_that_the_checks_do_not_know_is_remarked_on_where_the_medicine_is_added(shown):
    row = shown(IngredientField(verbose_name="Active ingredient"))
    for typed, remark in (
        ("paracetomol", "is checked against nothing. Is paracetamol meant?"),
        ("amoxicillin + clavulanic acid", ""),
        ("herbs of the mountain", "is checked against nothing."),
    ):
        row.editor.line.selectAll()
        row.editor.line.setFocus()
        QTest.keyClicks(row.editor.line, typed)
        leave(row)
        assert row.editor.remark.text().endswith(remark)
        assert row.editor.remark.isVisible() == bool(remark)
        assert (row.clean(), row.problem) == (typed, "")
    assert "ibuprofen" in row.editor.proposed(knowledge())


def rows_of(popup):
    return [popup.model().index(row, 0).data() for row in range(popup.model().rowCount())]


@pytest.mark.parametrize("waits", [True, False])
def test_enter_takes_the_first_that_is_proposed_also_before_it_is_shown(shown, qtbot, waits):
    line = shown(IngredientField(verbose_name="Active ingredient")).editor.line
    QTest.keyClicks(line, "amox")
    if waits:
        qtbot.waitUntil(line.popup.isVisible)
    QTest.keyClick(line.popup if waits else line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: line.text() == "amoxicillin")
    assert not line.popup.isVisible()
    with qtbot.waitSignal(line.returnPressed):
        QTest.keyClick(line, Qt.Key.Key_Return)


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("typed", ["Cod", "Lat"])
def test_what_somebody_is_allergic_to_is_a_proposal_only_where_that_was_chosen(shown, qtbot, typed, waits):
    line = shown(SubstanceField(verbose_name="To what")).editor.line
    QTest.keyClicks(line, typed)
    if not waits:
        QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(line.popup.isVisible)
    assert line.text() == typed
    proposed = rows_of(line.popup)[0]
    QTest.keyClick(line.popup, Qt.Key.Key_Return)
    assert (line.text(), line.popup.isVisible()) == (typed, False)
    QTest.keyClick(line, Qt.Key.Key_Down)
    qtbot.waitUntil(line.popup.isVisible)
    for pressed in (Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(line.popup, pressed)
    assert line.text() == proposed


def test_what_was_typed_is_kept_by_choosing_it(shown, qtbot):
    line = shown(IngredientField(verbose_name="Active ingredient")).editor.line
    QTest.keyClicks(line, "amox")
    qtbot.waitUntil(line.popup.isVisible)
    assert rows_of(line.popup) == ["amoxicillin", "Keep “amox” as it is"]
    for pressed in (Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(line.popup, pressed)
    assert (line.text(), line.popup.isVisible()) == ("amox", False)


def test_what_is_known_by_itself_is_not_put_into_other_words_by_enter(shown, qtbot):
    line = shown(SubstanceField(verbose_name="To what")).editor.line
    QTest.keyClicks(line, "penicillin")
    qtbot.waitUntil(line.popup.isVisible)
    assert "Penicillins" in rows_of(line.popup)
    QTest.keyClick(line.popup, Qt.Key.Key_Return)
    assert (line.text(), line.popup.isVisible()) == ("penicillin", False)


def test_where_nothing_is_proposed_enter_leads_on(shown, qtbot):
    line = shown(SubstanceField(verbose_name="To what")).editor.line
    QTest.keyClicks(line, "house dust")
    with qtbot.waitSignal(line.returnPressed):
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert (line.text(), line.popup.isVisible()) == ("house dust", False)


def test_enter_presses_a_button_that_is_an_icon(qtbot):
    pressed = []
    button = IconButton()
    qtbot.addWidget(button)
    button.clicked.connect(lambda _: pressed.append(1))
    button.show()
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert pressed == [1]


def test_tab_goes_through_the_parts_in_their_order_and_then_on(shown):
    row = shown(PartsField(Contact, verbose_name="Contacts"), value=[{"name": "Heba"}, {"name": "Omar"}])
    row.editor.add.click()
    QApplication.processEvents()
    row.editor.parts[0].rows[0].editor.line.setFocus()
    stops = [QApplication.focusWidget()]
    while stops[-1].objectName() != "next":
        QTest.keyClick(stops[-1], Qt.Key.Key_Tab)
        stops.append(QApplication.focusWidget())
    lines = [stop for stop in stops if stop in [one.editor.line for part in row.editor.parts for one in part.rows]]
    assert lines == [one.editor.line for part in row.editor.parts for one in part.rows]
    after = stops[stops.index(row.editor.add) :]
    assert not set(lines) & set(after)
    assert after[1].objectName() == "next"


def test_a_part_that_was_taken_away_can_be_put_back(shown):
    row = shown(PartsField(Contact, verbose_name="Contacts"), value=[{"name": "Heba"}, {"name": "Omar"}])
    assert not row.is_edited()
    row.editor.parts[0].taken_away.emit()
    assert row.clean() == [{"name": "Omar"}]
    back = next(b for b in row.editor.findChildren(QAbstractButton) if b.text() == "Put back what was taken away")
    back.click()
    assert [part["name"] for part in row.clean()] == ["Omar", "Heba"]


def test_a_draft_brings_back_what_was_typed_whatever_it_was(shown):
    fields = {
        "text": TextField(verbose_name="Text"),
        "date": DateField(verbose_name="Date"),
        "yes": YesNoField(),
        "words": WordsField(),
        "parts": PartsField(Contact),
        "department": ReferenceField("departments"),
    }
    typed = {
        "text": "half a na",
        "date": "31 Feb",
        "yes": True,
        "words": ["one"],
        "parts": [{"name": "Heba", "phone": "01"}],
        "department": SURGERY,
        "department:title": "Surgery",
    }
    kept = {}
    for name, field in fields.items():
        row = shown(field, name=name)
        row.restore(typed)
        assert row.is_edited()
        kept |= row.editor.draft()
    assert kept == typed


def test_every_editor_can_be_read_without_being_changed(shown):
    row = shown(TextField(verbose_name="Name"), value="Sara")
    row.editor.set_read_only()
    QTest.keyClicks(row.editor.line, "x")
    assert row.editor.raw() == "Sara"


def test_nothing_moves_when_a_field_is_entered_or_found_wrong(shown):
    row = shown(PhoneField(verbose_name="Phone"))
    before = row.editor.height()
    type_and_leave(row, "0100")
    assert row.problem
    QApplication.processEvents()
    assert row.editor.height() == before


def test_arabic_stands_on_the_same_line_as_latin(shown):
    line = shown(TextField(verbose_name="Name")).editor.line
    line.setText("Sara")
    assert line.textMargins().top() == 0
    line.setText("سارة")
    arabic = line.textMargins().top()
    line.setText("Sara سارة")
    assert line.textMargins().top() == arabic
    line.setText("Sara " * 2000 + "سارة")
    assert line.textMargins().top() == arabic


def test_each_key_in_a_very_long_text_lays_out_its_letters_once(shown, monkeypatch):
    laid_out = []

    def noting(text, font):
        laid_out.append(text)
        return QTextLayout(text, font)

    monkeypatch.setattr(baseline, "QTextLayout", noting)
    line = shown(TextField(verbose_name="Name")).editor.line
    line.setText("محمد Ali " * 1250)
    QTest.keyClicks(line, "Ali")
    assert sorted(laid_out[-1]) == sorted(set(line.text()))


@pytest.mark.parametrize(
    "field",
    [
        TextField(verbose_name="Thing"),
        TextField(verbose_name="Thing", multiline=True),
        DateField(verbose_name="Thing"),
        ChoiceField(verbose_name="Thing", choices=(("a", "A"),)),
        YesNoField(verbose_name="Thing"),
        ReferenceField("departments", verbose_name="Thing"),
        WordsField(verbose_name="Thing"),
        PartsField(Contact, verbose_name="Thing"),
    ],
)
def test_every_editor_has_a_name_for_a_screen_reader(shown, field):
    row = shown(field)
    focusable = [w for w in row.editor.findChildren(QWidget) if w.focusPolicy() and w.isVisible()]
    assert focusable
    assert [type(w).__name__ for w in focusable if not w.accessibleName()] == []


class TestTypingInAChoice:
    """Doctors all begin with Dr: any of their names is typed."""

    @pytest.fixture
    def field(self):
        names = (("k", "Dr Karim Nabil"), ("s", "Dr Salma Adly"), ("a", "Dr Sara El-Masry"), ("o", "Dr Omar Shaker"))
        return ChoiceField(verbose_name="Doctor", choices=names, required=True)

    @pytest.mark.parametrize(
        ("typed", "chosen"), [("sara", "a"), ("dr s", "s"), ("masry", "a"), ("s", "s"), ("ss", "a"), ("sss", "o")]
    )
    def test_what_has_a_word_that_begins_so_is_chosen(self, shown, field, typed, chosen):
        row = shown(field)
        QTest.keyClicks(row.editor.combo, typed)
        assert row.editor.raw() == chosen
        assert not row.editor.combo.view().isVisible()

    def test_what_nobody_is_called_changes_nothing(self, shown, field):
        row = shown(field, value="k")
        QTest.keyClicks(row.editor.combo, "x")
        assert row.editor.raw() == "k"
