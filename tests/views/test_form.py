"""The generated form: nothing that was typed is lost, whatever happens."""

import threading

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QWidget,
)

from hmsdesk.errors import InvalidInput, NotAllowed, Unreachable
from hmsdesk.models.declaration import UNREADABLE
from hmsdesk.models.departments import Department
from hmsdesk.models.patients import Patient
from hmsdesk.models.schedules import Schedule
from hmsdesk.views.kit import drafting as drafting_module
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.contract import NO_LOOKUP
from hmsdesk.views.kit.drafting import Drafting
from hmsdesk.views.kit.field_row import NOT_READ, FieldRow
from hmsdesk.views.kit.form import Form
from hmsdesk.views.kit.form_fields import FormFields
from hmsdesk.views.kit.form_page import FormPage
from tests.views.keeper import EGYPT, Keeper, Session, Treatment

# Popups on the platform without a screen.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CARDIOLOGY = {"name": "Cardiology", "code": "CARD", "floor": "2", "phone": "0100 555 0112"}
CTRL = Qt.KeyboardModifier.ControlModifier


class Drafts:
    """Keeps a draft as a file would."""

    def __init__(self):
        self.kept = None
        self.dropped = 0
        self.full = False

    def keep(self, values):
        if self.full:
            raise OSError("No space left")
        self.kept = dict(values)

    def drop(self):
        self.kept = None
        self.dropped += 1

    def drafting(self, typed_at=None):
        return Drafting(self.keep, self.drop, self.kept, typed_at)


@pytest.fixture
def opened(qtbot):
    def build(keeper, row=None, session=None, drafting=None):
        window = QWidget()
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(700, 800)
        form = Form(keeper, session or Session(), row, NO_LOOKUP, drafting)
        form.setParent(window)
        form.setGeometry(window.rect())
        window.show()
        window.activateWindow()
        form.setFocus()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
        return form

    windows = []
    yield build
    tasks.stop()


def settle(qtbot):
    qtbot.waitUntil(lambda: not tasks.busy())


def type_into(form, name, text):
    editor = form.fields.rows[name].editor
    editor.setFocus()
    editor.line.selectAll()
    QTest.keyClicks(editor.line, text)


def button(form, name):
    return next(b for b in form.findChildren(QAbstractButton, name) if not b.isHidden())


def typed(form, name):
    return form.fields.rows[name].editor.raw()


def problem(form, name):
    return form.fields.rows[name].problem


def notice(form):
    return form.notice.words.text() if form.notice.isVisible() else ""


def to_correct(form):
    return form.findChild(QLabel, "toCorrect").text()


def one(keeper):
    return dict(next(iter(keeper.rows.values())))


def answer(form, name):
    dialog = form.window().findChild(QDialog)
    button(dialog, name).click()


def save_with_keys(form):
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, CTRL)


def test_a_form_shows_what_is_declared_under_its_headings(opened):
    form = opened(Keeper(Department))
    texts = [label.text() for label in form.findChildren(QLabel) if label.text()]
    assert texts.index("Where it is") > texts.index("Specialty")
    assert {"Add department", "Name *", "Code *", "Short, as on doors and labels: CARD", "For patients"} <= set(texts)
    assert "active" not in form.fields.rows, "a new one is in use"


def test_a_new_record_is_typed_and_saved_by_the_keyboard_alone(qtbot, opened):
    keeper = Keeper(Department)
    form = opened(keeper)
    for text in ("Cardiology", "", "card"):
        QTest.keyClicks(QApplication.focusWidget(), text)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    with qtbot.waitSignal(form.saved) as saved:
        save_with_keys(form)
    assert saved.args[0]["code"] == "CARD"
    assert keeper.calls[0][:2] == ("create", {"name": "Cardiology", "code": "CARD"})


def test_enter_on_a_button_presses_it(qtbot, opened):
    form = opened(Keeper(Department))
    button(form, "formCancel").setFocus()
    with qtbot.waitSignal(form.closed):
        QTest.keyClick(button(form, "formCancel"), Qt.Key.Key_Return)


def test_a_control_enter_among_several_lines_saves_too(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    text = form.fields.rows["description"].editor.text
    text.setFocus()
    QTest.keyClicks(text, "Hearts")
    QTest.keyClick(text, Qt.Key.Key_Return, CTRL)
    settle(qtbot)
    assert one(keeper)["description"] == "Hearts"


def test_only_what_was_changed_is_sent(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    form.fields.rows["phone"].editor.line.setText("")
    form.save()
    settle(qtbot)
    assert keeper.calls[0][:2] == ("change", {"floor": "3", "phone": None})
    assert "phone" not in one(keeper)


def test_nothing_is_sent_where_nothing_was_changed(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    with qtbot.waitSignal(form.saved):
        form.save()
    assert keeper.calls == []


def test_what_is_wrong_is_counted_and_led_to(opened):
    keeper = Keeper(Department)
    form = opened(keeper)
    type_into(form, "phone", "0100")
    form.save()
    assert to_correct(form) == "3 fields to correct"
    assert problem(form, "name") == "Name is needed."
    assert QApplication.focusWidget() is form.fields.rows["name"].editor.line
    type_into(form, "name", "Cardiology")
    type_into(form, "code", "CARD")
    assert to_correct(form) == "1 field to correct"
    assert keeper.calls == []


def in_view(form, name):
    row, view = form.fields.rows[name], form.fields.parentWidget()
    return view.rect().contains(QRect(row.mapTo(view, QPoint()), row.size()))


def test_what_is_wrong_is_scrolled_to(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    form.resize(form.width(), 300)
    form.fields.rows["phone"].editor.line.setText("0100")
    qtbot.waitUntil(lambda: not in_view(form, "phone"))
    form.save()
    qtbot.waitUntil(lambda: in_view(form, "phone"))
    assert QApplication.focusWidget() is form.fields.rows["phone"].editor.line
    type_into(form, "phone", "0100 555 0112")
    form.fields.rows["name"].editor.line.setText("")
    form.save()
    qtbot.waitUntil(lambda: in_view(form, "name"))


@pytest.mark.parametrize("high", [330, 347, 361, 378])
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Tab])
def test_what_the_keyboard_comes_to_is_seen_with_its_label_and_what_is_said_below_it(qtbot, opened, key, high):
    form = opened(Keeper(Schedule))
    form.resize(640, high)
    come_to = []
    for _ in range(12):
        QTest.keyClick(QApplication.focusWidget(), key)
        QTest.qWait(1)
        if (row := row_around(QApplication.focusWidget())) is not None:
            come_to.append(row)
            assert row.visibleRegion().boundingRect() == row.rect(), row.name
    assert len(set(come_to)) > 5


def row_around(widget):
    while widget is not None and not isinstance(widget, FieldRow):
        widget = widget.parentWidget()
    return widget


def test_what_is_clicked_stays_under_the_mouse(qtbot, opened):
    form = opened(Keeper(Treatment))
    form.resize(640, 300)
    row = form.fields.rows["minutes"]
    form._scroll.verticalScrollBar().setValue(row.y() + row.editor.y() + 20 - form._scroll.viewport().height())
    where = form._scroll.verticalScrollBar().value()
    at = row.editor.line.mapTo(form.window(), QPoint(8, 4))
    QTest.mousePress(form.window().windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.qWait(1)
    assert row.editor.line.hasFocus()
    assert form._scroll.verticalScrollBar().value() == where
    QTest.mouseRelease(form.window().windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def test_what_the_server_refuses_is_scrolled_to(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    form.resize(form.width(), 300)
    type_into(form, "name", "Heart centre")
    keeper.fail_with = InvalidInput({"phone": "Another one has this already."})
    form.save()
    settle(qtbot)
    qtbot.waitUntil(lambda: in_view(form, "phone"))


def test_a_rule_between_fields_is_said_before_anything_is_sent(opened, monkeypatch):
    monkeypatch.setattr(Department, "rules", classmethod(lambda cls, values, locale: {"floor": "Not that one."}))
    keeper = Keeper(Department)
    form = opened(keeper)
    type_into(form, "name", "Cardiology")
    type_into(form, "code", "CARD")
    form.save()
    assert problem(form, "floor") == "Not that one."
    assert keeper.calls == []


def test_what_the_server_refuses_is_said_beside_its_field_and_stays(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper)
    type_into(form, "name", "Cardiology")
    type_into(form, "code", "HEART")
    form.save()
    settle(qtbot)
    assert problem(form, "name") == "Another one has this already."
    assert typed(form, "code") == "HEART"
    type_into(form, "name", "Heart")
    form.save()
    settle(qtbot)
    assert len(keeper.rows) == 2


def test_what_is_refused_about_a_field_that_is_not_here_is_said_above(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    keeper.fail_with = InvalidInput({"identifier": "This can't be changed."})
    type_into(form, "floor", "3")
    form.save()
    settle(qtbot)
    assert notice(form) == "This can't be changed."


def test_a_refusal_of_the_role_is_said_and_what_was_typed_stays(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    keeper.fail_with = NotAllowed("Your role may not do this.")
    type_into(form, "floor", "3")
    form.save()
    settle(qtbot)
    assert notice(form) == "Your role may not do this."
    assert typed(form, "floor") == "3"


def test_a_bug_is_reported_and_what_was_typed_stays(qtbot, opened, monkeypatch):
    reported = []
    monkeypatch.setattr(tasks, "report", reported.append)
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    keeper.fail_with = ZeroDivisionError()
    type_into(form, "floor", "3")
    form.save()
    settle(qtbot)
    assert reported == [keeper.fail_with]
    assert "What you typed is kept." in notice(form)
    assert button(form, "formSave").isEnabled()


def test_nothing_can_be_saved_twice_while_it_is_being_saved(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    keeper.gate.clear()
    form.save()
    assert button(form, "formSave").is_working
    assert button(form, "formSave").text() == "Saving…"
    save_with_keys(form)
    form.leave()
    form.save()
    assert form.window().findChild(QDialog) is None
    keeper.gate.set()
    settle(qtbot)
    assert len(keeper.calls) == 1


def test_the_focus_stays_while_it_is_saved_and_what_is_typed_meanwhile_is_kept(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    kept = []
    form = opened(keeper, one(keeper), drafting=Drafting(kept.append, lambda: None))
    type_into(form, "floor", "3")
    line = QApplication.focusWidget()
    keeper.gate.clear()
    save_with_keys(form)
    QTest.keyClicks(QApplication.focusWidget(), "4")
    assert QApplication.focusWidget() is line
    keeper.gate.set()
    settle(qtbot)
    assert QApplication.focusWidget() is line
    assert (typed(form, "floor"), one(keeper)["floor"]) == ("34", "3")
    assert notice(form) == "Saved. What you typed since then isn't saved yet."
    assert (kept[-1]["floor"], kept[-1]["version"]) == ("34", 2)
    with qtbot.waitSignal(form.saved):
        save_with_keys(form)
    assert one(keeper)["floor"] == "34"


def test_the_focus_stays_when_it_could_not_be_saved(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    line = QApplication.focusWidget()
    keeper.fail_with = Unreachable("The server does not answer.")
    save_with_keys(form)
    settle(qtbot)
    assert QApplication.focusWidget() is line
    button(form, "formSave").setFocus()
    button(form, "formSave").click()
    settle(qtbot)
    assert QApplication.focusWidget() is button(form, "formSave")


def test_a_new_record_restored_with_what_was_typed_while_it_was_made_is_not_made_twice(qtbot, opened):
    keeper = Keeper(Department)
    kept = []
    form = opened(keeper, drafting=Drafting(kept.append, lambda: None))
    type_into(form, "name", "Cardiology")
    type_into(form, "code", "CARD")
    keeper.gate.clear()
    form.save()
    type_into(form, "floor", "3")
    keeper.gate.set()
    settle(qtbot)
    restored = opened(keeper, drafting=Drafting(kept.append, lambda: None, kept[-1]))
    restored.save()
    settle(qtbot)
    assert [(row["code"], row["floor"]) for row in keeper.rows.values()] == [("CARD", "3")]


def test_a_server_that_lets_one_wait_is_told_of_soon(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    keeper.gate.clear()
    form.save()
    qtbot.waitUntil(lambda: button(form, "formSave").text() == "Waiting for the server…")
    keeper.gate.set()
    settle(qtbot)
    assert button(form, "formSave").text() == "Save"
    type_into(form, "floor", "4")
    form.save()
    settle(qtbot)
    qtbot.wait(1600)
    assert button(form, "formSave").text() == "Save"


def test_an_unreachable_server_keeps_everything_and_the_same_operation_is_tried_again(qtbot, opened):
    keeper = Keeper(Department)
    form = opened(keeper)
    type_into(form, "name", "Cardiology")
    type_into(form, "code", "CARD")
    keeper.fail_with = Unreachable("The server does not answer.", "What you typed is kept.")
    form.save()
    settle(qtbot)
    assert notice(form) == "The server does not answer. What you typed is kept."
    assert typed(form, "name") == "Cardiology"
    keeper.fail_with = None
    button(form, "noticeAction").click()
    settle(qtbot)
    assert len(keeper.rows) == 1
    assert keeper.calls[0][2] == keeper.calls[1][2]
    assert notice(form) == ""


def lost_answers(keeper):
    """Let the next call be done, but its answer be lost on the way."""
    real = keeper.create

    def create(session, values, operation):
        keeper.create = real
        real(session, values, operation)
        raise Unreachable("The server does not answer.")

    keeper.create = create


def test_what_was_typed_after_a_lost_answer_is_saved_as_a_change(qtbot, opened):
    keeper = Keeper(Department)
    form = opened(keeper)
    type_into(form, "name", "Cardiology")
    type_into(form, "code", "CARD")
    lost_answers(keeper)
    form.save()
    settle(qtbot)
    type_into(form, "floor", "3")
    with qtbot.waitSignal(form.saved) as saved:
        form.save()
    assert saved.args[0]["floor"] == "3"
    assert [call[:2] for call in keeper.calls] == [
        ("create", {"name": "Cardiology", "code": "CARD"}),
        ("create", {"name": "Cardiology", "code": "CARD"}),
        ("change", {"floor": "3"}),
    ]
    assert len(keeper.rows) == 1
    assert len({call[2] for call in keeper.calls}) == 2


def test_a_draft_that_was_saved_before_the_program_ended_makes_no_second_record(qtbot, opened):
    keeper, drafts = Keeper(Department), Drafts()
    form = opened(keeper, drafting=drafts.drafting())
    type_into(form, "name", "Cardiology")
    type_into(form, "code", "CARD")
    lost_answers(keeper)
    form.save()
    settle(qtbot)
    again = opened(keeper, drafting=drafts.drafting())
    type_into(again, "floor", "3")
    with qtbot.waitSignal(again.saved):
        again.save()
    assert len(keeper.rows) == 1
    assert one(keeper)["floor"] == "3"


# Others change it as well


def test_a_conflict_shows_both_values_and_goes_on_with_what_is_chosen(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    type_into(form, "specialty", "Hearts")
    keeper.alter(one(keeper)["_id"], floor="4", specialty="Vessels", name="Heart centre")
    form.save()
    settle(qtbot)
    texts = [label.text() for label in form.findChildren(QLabel) if label.isVisible()]
    assert "Dr Karim Nabil changed this department meanwhile" in texts
    assert "Name: Heart centre" in texts
    cards = {card.accessibleName() for card in form.findChildren(QRadioButton)}
    assert cards == {
        "Floor or wing, yours: 3",
        "Floor or wing, theirs: 4",
        "Specialty, yours: Hearts",
        "Specialty, theirs: Vessels",
    }
    go_on = button(form, "conflictSave")
    button(form, "yours-floor").click()
    assert not go_on.isEnabled()
    assert form.findChild(QLabel, "toChoose").text() == "1 value to choose"
    button(form, "theirs-specialty").click()
    with qtbot.waitSignal(form.saved):
        go_on.click()
    row = one(keeper)
    assert (row["floor"], row["specialty"], row["name"], row["version"]) == ("3", "Vessels", "Heart centre", 3)


def test_only_what_they_alone_changed_is_said_to_be_kept(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    type_into(form, "phone", "0100 555 0199")
    type_into(form, "specialty", "Hearts")
    keeper.alter(one(keeper)["_id"], floor="4", name="Heart centre", specialty="Hearts")
    form.save()
    settle(qtbot)
    texts = [label.text() for label in form.findChildren(QLabel) if label.isVisible()]
    kept = texts[texts.index("Changed by them alone, and kept") + 1 :]
    assert [text for text in kept if ":" in text] == ["Name: Heart centre"]
    button(form, "yours-floor").click()
    with qtbot.waitSignal(form.saved):
        button(form, "conflictSave").click()
    assert one(keeper)["phone"].endswith("1005550199")


def test_nothing_is_said_to_be_kept_where_they_alone_changed_nothing(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    type_into(form, "specialty", "Hearts")
    keeper.alter(one(keeper)["_id"], floor="4")
    form.save()
    settle(qtbot)
    assert "Changed by them alone, and kept" not in [label.text() for label in form.findChildren(QLabel)]


def test_where_all_of_theirs_is_kept_nothing_is_sent(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    keeper.alter(one(keeper)["_id"], floor="4")
    form.save()
    settle(qtbot)
    calls = len(keeper.calls)
    button(form, "theirs-floor").click()
    with qtbot.waitSignal(form.saved):
        button(form, "conflictSave").click()
    assert len(keeper.calls) == calls
    assert one(keeper)["floor"] == "4"


def test_a_conflict_can_be_put_off_and_what_was_typed_is_still_there(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    keeper.alter(one(keeper)["_id"], floor="4")
    form.save()
    settle(qtbot)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert typed(form, "floor") == "3"
    assert button(form, "formSave").isVisible()
    assert form.window().findChild(QDialog) is None
    assert "changed Floor" in form.notice.words.text()
    button(form, "noticeAction").click()
    assert button(form, "theirs-floor").isVisible()
    button(form, "conflictBack").click()
    assert "What you typed is kept." in form.notice.words.text()


def test_a_live_change_never_overwrites_what_was_typed(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    form.record_changed(keeper.alter(one(keeper)["_id"], floor="4", phone="0100 555 0199"))
    assert notice(form).startswith("Dr Karim Nabil changed Floor or wing and Phone at ")
    assert notice(form).endswith("What you typed is kept.")
    assert typed(form, "floor") == "3"
    button(form, "noticeAction").click()
    button(form, "theirs-floor").click()
    button(form, "conflictSave").click()
    settle(qtbot)
    assert one(keeper)["floor"] == "4"


def test_a_live_change_shows_at_once_where_nothing_was_typed(opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    form.record_changed(keeper.alter(one(keeper)["_id"], floor="4"))
    assert typed(form, "floor") == "4"
    assert "Dr Karim Nabil changed Floor or wing" in notice(form)
    assert not form.is_edited()


def test_ones_own_change_is_no_news(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    form.save()
    settle(qtbot)
    form.record_changed(one(keeper))
    assert notice(form) == ""


def test_news_that_overtake_the_answer_to_ones_own_save_are_no_news(qtbot, opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    type_into(form, "floor", "3")
    keeper.gate.clear()
    form.save()
    form.record_changed(one(keeper) | {"floor": "3", "version": 2})
    assert notice(form) == ""
    keeper.gate.set()
    settle(qtbot)
    assert one(keeper)["version"] == 2


# Leaving


def test_escape_asks_before_it_throws_anything_away(qtbot, opened):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    form = opened(keeper, one(keeper), drafting=drafts.drafting())
    type_into(form, "floor", "3")
    closed = []
    form.closed.connect(lambda: closed.append(1))
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    answer(form, "dialogNo")
    assert not closed
    assert typed(form, "floor") == "3"
    qtbot.waitUntil(lambda: form.window().findChild(QDialog) is None)
    form.leave()
    answer(form, "dialogYes")
    assert closed
    assert drafts.kept is None


def test_escape_closes_at_once_where_nothing_was_typed(qtbot, opened):
    form = opened(Keeper(Department))
    with qtbot.waitSignal(form.closed):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)


def test_typing_and_taking_it_back_is_no_edit(opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper))
    told = []
    form.modified.connect(told.append)
    type_into(form, "floor", "3")
    type_into(form, "floor", "2")
    assert not form.is_edited()
    assert told[-1] is False


# Drafts


def test_what_was_typed_is_kept_a_moment_after_typing_and_only_that(qtbot, opened, monkeypatch):
    monkeypatch.setattr(drafting_module, "DRAFT_MS", 50)
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    form = opened(keeper, one(keeper), drafting=drafts.drafting())
    type_into(form, "floor", "3")
    assert drafts.kept is None
    qtbot.waitUntil(lambda: drafts.kept is not None)
    assert {key: value for key, value in drafts.kept.items() if key != "operation"} == {"floor": "3", "version": 1}
    type_into(form, "floor", "2")
    qtbot.waitUntil(lambda: drafts.kept is None)


def test_a_page_that_is_left_keeps_its_draft_at_once(opened):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    form = opened(keeper, one(keeper), drafting=drafts.drafting())
    type_into(form, "floor", "3")
    form.window().hide()
    assert drafts.kept["floor"] == "3"


def test_a_draft_is_offered_again_and_can_be_discarded(qtbot, opened):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    drafts.kept = {"floor": "half a flo", "phone": "01", "version": 1, "operation": "abc"}
    now = EGYPT.local(one(keeper)["created_at"])
    form = opened(keeper, one(keeper), drafting=drafts.drafting(one(keeper)["created_at"]))
    assert notice(form) == f"Restored what was typed at {now:%H:%M}."
    assert typed(form, "phone") == "01"
    assert form.is_edited()
    button(form, "noticeAction").click()
    assert typed(form, "floor") == "2"
    assert drafts.kept is None
    assert notice(form) == "What you typed is thrown away."
    assert not form.is_edited()


def test_after_throwing_away_the_keyboard_is_in_the_form_and_not_in_what_comes_next_in_the_window(opened):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    drafts.kept = {"floor": "3", "version": 1, "operation": "abc"}
    form = opened(keeper, one(keeper), drafting=drafts.drafting())
    search = QLineEdit(form.window())
    search.show()
    pressed = button(form, "noticeAction")
    pressed.setFocus()
    pressed.click()
    assert next(iter(form.fields.rows.values())).isAncestorOf(form.window().focusWidget())


def test_what_was_thrown_away_can_be_had_back_with_all_that_belongs_to_it(qtbot, opened):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    kept = {"floor": "3", "phone": "01", "version": 1, "operation": "abc"}
    drafts.kept = dict(kept)
    form = opened(keeper, one(keeper), drafting=drafts.drafting())
    button(form, "noticeAction").click()
    with qtbot.waitSignal(form.modified, check_params_cb=bool):
        button(form, "noticeAction").click()
    assert (typed(form, "floor"), typed(form, "phone")) == ("3", "01")
    assert drafts.kept == kept
    assert notice(form) == ""
    assert form.is_edited()


def test_what_was_thrown_away_is_not_offered_over_what_is_typed_since(opened):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    drafts.kept = {"floor": "3", "version": 1, "operation": "abc"}
    form = opened(keeper, one(keeper), drafting=drafts.drafting())
    button(form, "noticeAction").click()
    type_into(form, "floor", "5")
    assert notice(form) == ""
    assert typed(form, "floor") == "5"


def test_a_draft_of_an_older_version_ends_in_a_choice_not_in_overwriting(qtbot, opened):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    drafts.kept = {"floor": "3", "version": 1, "operation": "abc"}
    keeper.alter(one(keeper)["_id"], floor="4")
    form = opened(keeper, one(keeper), drafting=drafts.drafting())
    form.save()
    settle(qtbot)
    button(form, "yours-floor").click()
    button(form, "conflictSave").click()
    settle(qtbot)
    assert one(keeper)["floor"] == "3"


def test_saving_drops_the_draft(qtbot, opened):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    form = opened(keeper, one(keeper), drafting=drafts.drafting())
    type_into(form, "floor", "3")
    keeper.gate.clear()
    form.save()
    assert drafts.kept["floor"] == "3", "until it is certain that it was saved"
    keeper.gate.set()
    settle(qtbot)
    assert drafts.kept is None


def test_a_draft_that_cannot_be_kept_is_said(opened):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    drafts.full = True
    form = opened(keeper, one(keeper), drafting=drafts.drafting())
    type_into(form, "floor", "3")
    form.save()
    assert "can't keep a copy" in notice(form)


# Who may only look


def test_who_may_not_change_it_may_read_it(opened):
    keeper = Keeper(Department, [CARDIOLOGY])
    form = opened(keeper, one(keeper), Session(allowed=("read",)))
    assert form.findChild(QAbstractButton, "formSave").isHidden()
    assert button(form, "formCancel").text() == "Close"
    QTest.keyClicks(form.fields.rows["floor"].editor.line, "3")
    assert typed(form, "floor") == "2"


# The page around it


@pytest.fixture
def paged(qtbot):
    def build(keeper, record=None, drafting=None, session=None):
        window = QWidget()
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(900, 800)
        page = FormPage(keeper, session or Session(), record, NO_LOOKUP, drafting)
        page.setParent(window)
        page.setGeometry(window.rect())
        window.show()
        window.activateWindow()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
        return page

    windows = []
    yield build
    tasks.stop()


class Windows(QObject):
    """Notes every window that is shown."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


def test_the_page_fetches_the_record_as_it_stands_now(qtbot, paged):
    keeper = Keeper(Department, [CARDIOLOGY])
    page = paged(keeper, one(keeper)["_id"])
    settle(qtbot)
    assert typed(page.form, "name") == "Cardiology"
    assert QApplication.focusWidget() is page.form.fields.rows["name"].editor.line


def test_no_window_flashes_up_while_a_form_is_made(qtbot, qapp, paged):
    keeper = Keeper(Schedule)
    windows = Windows()
    qapp.installEventFilter(windows)
    page = paged(keeper)
    settle(qtbot)
    qapp.removeEventFilter(windows)
    assert windows.shown == [page.window()]


def test_a_record_that_cannot_be_fetched_is_tried_again(qtbot, paged):
    keeper = Keeper(Department, [CARDIOLOGY])
    keeper.fail_with = Unreachable("The server does not answer.")
    page = paged(keeper, one(keeper)["_id"])
    settle(qtbot)
    keeper.fail_with = None
    button(page, "stateRetry").click()
    settle(qtbot)
    assert typed(page.form, "name") == "Cardiology"


def left_behind(page):
    """What the page shows of what was typed in another role, opened by its button."""
    button(page.findChild(QWidget, "leftBehind"), "noticeAction").click()
    return page.findChild(QPlainTextEdit, "leftBehindWords").toPlainText()


READS = Session(allowed=("read",))


def test_what_was_typed_in_another_role_is_shown_apart_where_it_can_only_be_read(qtbot, paged):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    # A floor too long to be taken, and a code that is stored like this.
    drafts.kept = {"floor": "3" * 200, "code": "CARD", "name": "<b>Heart</b>", "version": 1, "operation": "abc"}
    page = paged(keeper, one(keeper)["_id"], drafts.drafting(), READS)
    settle(qtbot)
    assert typed(page.form, "floor") == "2"
    assert left_behind(page) == f"Name: <b>Heart</b>\nFloor or wing: {'3' * 200}"
    assert drafts.kept is not None


@pytest.mark.parametrize("record", [None, "refused"])
def test_what_was_typed_in_another_role_is_shown_where_nothing_else_can_be(qtbot, paged, record):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    drafts.kept = {"name": "Dermatology", "version": 0, "operation": "abc"}
    keeper.fail_with = NotAllowed("You may not read this.")
    page = paged(keeper, one(keeper)["_id"] if record else None, drafts.drafting(), READS)
    settle(qtbot)
    assert left_behind(page) == "Name: Dermatology"


def test_a_draft_of_what_is_stored_meanwhile_goes_where_it_can_only_be_read(qtbot, paged):
    keeper, drafts = Keeper(Department, [CARDIOLOGY]), Drafts()
    drafts.kept = {"floor": "2", "version": 1, "operation": "abc"}
    page = paged(keeper, one(keeper)["_id"], drafts.drafting(), READS)
    settle(qtbot)
    assert page.findChild(QWidget, "leftBehind").isHidden()
    assert drafts.kept is None


def test_the_page_is_marked_while_something_is_unsaved(qtbot, paged):
    keeper = Keeper(Department, [CARDIOLOGY])
    page = paged(keeper, one(keeper)["_id"])
    settle(qtbot)
    type_into(page.form, "floor", "3")
    assert page.isWindowModified()
    page.form.save()
    settle(qtbot)
    assert not page.isWindowModified()


def test_news_of_the_open_record_reach_the_form(qtbot, paged):
    keeper = Keeper(Department, [CARDIOLOGY])
    page = paged(keeper, one(keeper)["_id"])
    settle(qtbot)
    type_into(page.form, "floor", "3")
    keeper.alter(one(keeper)["_id"], floor="4")
    page.record_changed()
    settle(qtbot)
    assert "What you typed is kept." in notice(page.form)


def test_the_way_back_asks_as_well(qtbot, paged):
    keeper = Keeper(Department, [CARDIOLOGY])
    page = paged(keeper, one(keeper)["_id"])
    settle(qtbot)
    type_into(page.form, "floor", "3")
    button(page, "formBack").click()
    answer(page.form, "dialogYes")
    assert typed(page.form, "floor") == "2"


def test_a_page_can_be_closed_while_it_saves(qtbot, paged):
    keeper = Keeper(Treatment)
    page = paged(keeper)
    type_into(page.form, "name", "Dressing")
    keeper.gate.clear()
    page.form.save()
    page.deleteLater()
    QTest.qWait(20)
    threading.Timer(0.05, keeper.gate.set).start()
    qtbot.waitUntil(lambda: len(keeper.rows) == 1)
    settle(qtbot)


NABILA = {"name": "Nabila Fahmy", "gender": "female", "insurer": "Misr", "national_id": UNREADABLE}


class TestWhatCannotBeRead:
    """Its key is missing, or somebody altered it past the program."""

    @pytest.fixture
    def fields(self, qtbot):
        made = FormFields(Patient, EGYPT, NO_LOOKUP, ())
        qtbot.addWidget(made)
        made.show_row(NABILA)
        return made

    def below(self, fields):
        return fields.findChild(QLabel, "below-national_id").text()

    def test_says_what_to_do_and_keeps_nobody_from_saving_the_rest(self, fields):
        assert self.below(fields) == NOT_READ
        fields.rows["insurer"].restore({"insurer": "Allianz"})
        assert fields.check()
        assert fields.changes(NABILA) == {"insurer": "Allianz"}

    def test_is_replaced_by_what_is_typed_which_must_be_right(self, fields, qtbot):
        line = fields.rows["national_id"].findChild(QLineEdit)
        line.selectAll()
        QTest.keyClicks(line, "no number")
        assert self.below(fields) != NOT_READ
        assert not fields.check()
        line.selectAll()
        QTest.keyClicks(line, "2 900 101 1234567")
        assert fields.check()
        assert fields.changes(NABILA) == {"national_id": "29001011234567"}
