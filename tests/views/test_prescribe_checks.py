"""What the checks find opens inside the line, and nothing is signed before it is resolved, on the real server."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.patients import HEALTH
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.errors import Unreachable
from hmsdesk.models.medicine_checks import Check
from hmsdesk.views.kit.habits import habits
from hmsdesk.views.kit.live import Live
from hmsdesk.views.kit.toast import Toasts
from hmsdesk.views.prescribe import checking, make_page
from tests.factories import operation
from tests.prescribing import line
from tests.views.windows import shown

# Said by the platform the tests run on.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

WHY = "Desensitised in hospital in October"


@pytest.fixture(scope="module")
def medicines(practice):
    names = {"Amoxicillin 500 mg capsule": "amoxicillin", "Azithromycin 500 mg tablet": "azithromycin"}
    names |= {"Warfarin 5 mg tablet": "warfarin", "Ibuprofen 400 mg tablet": "ibuprofen"}
    names |= {"Metformin 850 mg tablet": "metformin"}
    return {
        ingredient: practice.medicine(name, "capsule" if "capsule" in name else "tablet", ingredient)
        for name, ingredient in names.items()
    }


@pytest.fixture
def patient(practice):
    made = practice.new_patient("Karima Salem")
    HEALTH.change(practice.doctor, made["_id"], 1, {"no_known_allergies": True}, operation())
    return made


@pytest.fixture
def open_page(practice, patient, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(habits, "_known", {})

    def make(rest="", session=None, size=(1366, 768)):
        host, gone = QWidget(), []
        qtbot.addWidget(host)
        context = SimpleNamespace(
            session=session or practice.doctor, door=None, drafts=Drafts(tmp_path, practice.doctor), live=Live(),
            toasts=Toasts(host), navigate=lambda *to: gone.append(to), close_page=lambda *_: None,
            list_behind=lambda: ("", ""),
        )  # fmt: skip
        page = make_page(context, f"{patient['_id']}{rest}")
        page.host, page.context, page.gone = host, context, gone
        page.resize(*size)
        page.window_of_test = shown(qtbot, page)
        page.window_of_test.resize(*size)
        qtbot.waitUntil(lambda: page.editor is not None and page.editor.isVisible())
        return page

    return make


@pytest.fixture
def page(open_page):
    return open_page()


def allergic_to(practice, patient, substance, by=None, **more):
    current = HEALTH.get(by or practice.doctor, patient["_id"])
    known = [*current.get("allergies", []), {"substance": substance, **more}]
    changes = {"no_known_allergies": False, "allergies": known}
    HEALTH.change(by or practice.doctor, patient["_id"], current["version"], changes, operation())


def write(page, *medicines):
    rows = [
        {"medicine": one["_id"], "name": one["name"], "unit": one["unit"], "route": "oral", "frequency": "twice",
         "days": "7", "dose": "1", "quantity": "14"}
        for one in medicines
    ]  # fmt: skip
    page.editor.lines.show_raw(rows)
    page.editor._on_edited()


def cell(page, check):
    return page.editor.checks.cells[check]


def box(page, n=0):
    return page.editor.lines.editors[n].findings.boxes[0]


def found(page, n=0):
    return bool(page.editor.lines.editors[n].findings.boxes)


def head(page, name):
    return page.editor.head.findChild(QWidget, name)


def words_of(widget):
    return " ".join(label.text() for label in widget.findChildren(QLabel))


class TestTheBar:
    def test_before_anything_is_written_nothing_looks_checked(self, page):
        assert {one.tone for one in page.editor.checks.cells.values()} == {"neutral"}
        assert cell(page, Check.ALLERGY).title.text() == "Allergies: not checked"

    def test_what_was_looked_at_and_not_found_is_said_in_green(self, page, medicines, qtbot):
        write(page, medicines["metformin"])
        qtbot.waitUntil(lambda: cell(page, Check.ALLERGY).tone == "good")
        assert cell(page, Check.ALLERGY).title.text() == "No allergy conflict"
        assert cell(page, Check.ALLERGY).below.text() == "1 line, allergies: none known"
        assert cell(page, Check.DOUBLE).below.text() == "1 line and 0 current medicines"

    def test_what_is_not_listed_is_never_green(self, practice, page, qtbot):
        write(page, practice.medicine())
        qtbot.waitUntil(lambda: cell(page, Check.ALLERGY).tone == "warning")
        for one in page.editor.checks.cells.values():
            assert one.title.text().endswith("not checked")
            assert "is not in the list" in one.below.text()

    def test_while_it_asks_and_when_it_gets_no_answer_nothing_is_green(self, page, medicines, qtbot, monkeypatch):
        def lost(*_):
            raise Unreachable("The server does not answer.")

        monkeypatch.setattr(checking, "look", lost)
        write(page, medicines["metformin"])
        assert cell(page, Check.ALLERGY).title.text() == "Checking…"
        qtbot.waitUntil(lambda: cell(page, Check.ALLERGY).tone == "warning")
        assert cell(page, Check.INTERACTION).below.text() == "The server does not answer."

    def test_the_coverage_stands_below(self, page):
        assert "Not checked: excipients" in words_of(page.editor.checks)


class TestAConflict:
    @pytest.fixture
    def conflict(self, practice, patient, page, medicines, qtbot):
        allergic_to(practice, patient, "Penicillin", reaction="anaphylaxis", since="2019")
        write(page, medicines["amoxicillin"])
        qtbot.waitUntil(lambda: found(page))
        return page

    def test_opens_inside_its_line_and_says_what_since_when_and_who(self, conflict):
        words = words_of(box(conflict))
        assert "Allergy: amoxicillin is a penicillin" in words
        assert "Karima Salem had anaphylaxis from Penicillin in 2019 (recorded by Dr Sara El-Masry)." in words
        assert cell(conflict, Check.ALLERGY).title.text() == "1 allergy conflict"

    def test_keeps_sign_shut_and_beside_it_stands_why(self, conflict):
        assert not head(conflict, "sign").isEnabled()
        assert head(conflict, "whyNotYet").text() == "Resolve 1 allergy conflict first"
        conflict.editor.sign()
        assert box(conflict).field.hasFocus()
        assert conflict.editor._sent is None

    def test_is_resolved_by_a_reason_which_is_signed(self, practice, patient, conflict, qtbot):
        field = box(conflict).field
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert "Say why" in words_of(box(conflict))
        QTest.keyClicks(field, "ok.")
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert "Say it in a few words" in words_of(box(conflict))
        field.clear()
        QTest.keyClicks(field, WHY)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert head(conflict, "sign").isEnabled()
        assert cell(conflict, Check.ALLERGY).title.text() == "1 allergy conflict, kept"
        assert cell(conflict, Check.ALLERGY).tone == "warning"
        assert conflict.editor.lines.findChild(QWidget, "addLine").hasFocus(), "where it was typed is gone"
        conflict.editor.sign()
        qtbot.waitUntil(lambda: conflict.editor._signed is not None)
        assert conflict.editor._signed["overrides"][0]["reason"] == WHY

    def test_once_it_is_signed_it_is_not_found_to_repeat_itself(self, page, medicines, qtbot):
        write(page, medicines["metformin"])
        qtbot.waitUntil(lambda: cell(page, Check.DOUBLE).tone == "good")
        page.editor.sign()
        page.context.live.changed.emit(SimpleNamespace(collection="prescriptions", record=None))
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        page.context.live.changed.emit(SimpleNamespace(collection="prescriptions", record=None))
        qtbot.wait(500)
        assert cell(page, Check.DOUBLE).title.text() == "No double therapy"
        assert not found(page)

    def test_is_told_by_the_number_that_its_line_bears(self, practice, patient, page, medicines, qtbot):
        allergic_to(practice, patient, "Penicillin")
        write(page, {"_id": None, "name": "not chosen yet", "unit": ""}, medicines["amoxicillin"])
        qtbot.waitUntil(lambda: found(page, 1))
        assert cell(page, Check.ALLERGY).below.text() == f"{medicines['amoxicillin']['name']}, line 2"

    def test_can_be_decided_anew(self, conflict):
        box(conflict).field.setText(WHY)
        box(conflict)._on_keep()
        box(conflict).findChild(QWidget, "changeReason").click()
        assert box(conflict).field is not None
        assert not head(conflict, "sign").isEnabled()

    def test_is_resolved_by_taking_the_medicine_away(self, conflict):
        box(conflict).findChild(QWidget, "removeFound").click()
        assert conflict.editor.lines.editors[0].is_empty()
        assert head(conflict, "whyNotYet").text() == "Add a medicine first"

    def test_is_resolved_by_another_class_from_the_catalogue(self, conflict, medicines, qtbot):
        qtbot.waitUntil(lambda: box(conflict).findChild(QWidget, "replace") is not None)
        menu = box(conflict).findChild(QWidget, "replace").menu_of_choices
        entry = next(one for one in menu.actions() if one.text() == medicines["azithromycin"]["name"])
        entry.trigger()
        editor = conflict.editor.lines.editors[0]
        assert editor.medicine.chosen == medicines["azithromycin"]["_id"]
        assert editor.frequency.raw() == "", "how often is another question for another medicine"
        qtbot.waitUntil(lambda: cell(conflict, Check.ALLERGY).tone == "good")
        assert not found(conflict)

    def test_another_medicine_typed_in_its_place_takes_the_reason_with_it(self, conflict, medicines, qtbot):
        box(conflict).field.setText(WHY)
        box(conflict)._on_keep()
        editor = conflict.editor.lines.editors[0]
        editor.medicine.choose(medicines["metformin"]["_id"], "Metformin")
        editor._on_medicine()
        assert editor.findings.reasons() == []
        assert not found(conflict)

    def test_a_reason_survives_the_end_of_the_program(self, conflict, open_page, qtbot):
        box(conflict).field.setText(WHY)
        box(conflict)._on_keep()
        conflict.editor._copy.keep()
        conflict.context.drafts.close()
        again = open_page()
        qtbot.waitUntil(lambda: found(again))
        assert f"Kept: {WHY}" in words_of(box(again))

    def test_what_is_being_typed_stays_when_news_come(self, conflict, qtbot):
        box(conflict).field.setText("Because")
        conflict.context.live.changed.emit(SimpleNamespace(collection="patient_health", record=None))
        qtbot.waitUntil(lambda: not conflict.editor.checks._pause.isActive())
        qtbot.wait(300)
        assert box(conflict).field.text() == "Because"


class TestWhatChangesElsewhere:
    def test_an_allergy_that_is_recorded_now_opens_its_conflict(self, practice, patient, page, medicines, qtbot):
        write(page, medicines["amoxicillin"])
        qtbot.waitUntil(lambda: cell(page, Check.ALLERGY).tone == "good")
        allergic_to(practice, patient, "Penicillin")
        page.context.live.changed.emit(SimpleNamespace(collection="patient_health", record=patient["_id"]))
        qtbot.waitUntil(lambda: found(page))
        assert not head(page, "sign").isEnabled()

    def test_one_whose_news_got_lost_is_caught_when_it_is_signed(self, practice, patient, page, medicines, qtbot):
        write(page, medicines["amoxicillin"])
        qtbot.waitUntil(lambda: cell(page, Check.ALLERGY).tone == "good")
        allergic_to(practice, patient, "Penicillin")
        page.editor.sign()
        qtbot.waitUntil(lambda: found(page))
        assert page.editor._signed is None
        assert PRESCRIPTIONS.of_patient(practice.doctor, patient["_id"]) == []


def test_an_interaction_and_a_double_therapy_open_in_the_later_line(page, medicines, qtbot):
    write(page, medicines["warfarin"], medicines["ibuprofen"], medicines["ibuprofen"])
    qtbot.waitUntil(lambda: found(page, 2))
    assert not found(page, 0)
    assert "Bleeding is likelier" in words_of(box(page, 1))
    assert cell(page, Check.INTERACTION).title.text() == "2 interactions"
    assert head(page, "whyNotYet").text() == "Resolve 3 conflicts first"


class TestRepeating:
    def test_the_lines_of_an_earlier_one_are_proposed_and_checked(self, practice, patient, medicines, open_page, qtbot):
        row = practice.sign(line(medicines["metformin"], days=30), patient=patient)
        page = open_page(f"/repeat/{row['_id']}")
        qtbot.waitUntil(lambda: not page.editor.lines.editors[0].is_empty())
        editor = page.editor.lines.editors[0]
        assert (editor.medicine.chosen, editor.days.text()) == (medicines["metformin"]["_id"], "30")
        qtbot.waitUntil(lambda: found(page))
        assert "metformin twice" in words_of(box(page))
        assert page.editor.notes["diagnosis"].line.text() == row["diagnosis"]

    def test_the_diagnosis_that_is_written_already_stays(self, practice, patient, page, medicines, qtbot):
        row = practice.sign(line(medicines["metformin"]), patient=patient)
        page.editor.notes["diagnosis"].line.setText("Prediabetes")
        page.editor.repeat.take(row["_id"])
        qtbot.waitUntil(lambda: not page.editor.lines.editors[0].is_empty())
        assert page.editor.notes["diagnosis"].line.text() == "Prediabetes"

    def test_what_is_no_longer_in_use_says_so(self, practice, patient, page, medicines, qtbot):
        old = practice.medicine("Old syrup", "bottle", "metformin")
        row = practice.sign(line(old, 1, dose=5), patient=patient)
        from hmsdesk.controllers.medicines import MEDICINES

        MEDICINES.change(practice.pharmacist, old["_id"], 1, {"active": False}, operation())
        page.editor.repeat.take(row["_id"])
        qtbot.waitUntil(lambda: not page.editor.lines.editors[0].is_empty())
        assert "no longer in use" in page.editor.lines.editors[0]._words.text()
        assert not head(page, "sign").isEnabled()

    def test_the_menu_names_what_was_prescribed(self, practice, patient, page, medicines, qtbot):
        practice.sign(line(medicines["metformin"]), patient=patient)
        page.editor.repeat.click()
        qtbot.waitUntil(page.editor.repeat.menu_of_earlier.isVisible)
        (entry,) = page.editor.repeat.menu_of_earlier.actions()
        assert "Metformin" in entry.text()
        page.editor.repeat.menu_of_earlier.close()
        entry.trigger()
        qtbot.waitUntil(lambda: not page.editor.lines.editors[0].is_empty())


class TestALine:
    def test_substitution_begins_as_the_practice_has_it_and_is_signed(self, page, medicines, qtbot):
        editor = page.editor.lines.editors[0]
        assert editor.substitution.isChecked()
        write(page, medicines["metformin"])
        page.editor.lines.editors[0].substitution.click()
        page.editor.sign()
        qtbot.waitUntil(lambda: page.editor._signed is not None)
        assert page.editor._signed["lines"][0]["substitution"] is False

    def test_a_quantity_that_does_not_fit_is_remarked_and_not_refused(self, page, medicines, qtbot):
        write(page, medicines["metformin"])
        editor = page.editor.lines.editors[0]
        editor.quantity.setFocus()
        editor.quantity.selectAll()
        QTest.keyClicks(editor.quantity, "20")
        assert "20 is more than dose and days come to: 14." in editor._words.text()
        assert head(page, "sign").isEnabled()


class TestASmallScreen:
    """1024 by 768, of which the rail takes 160."""

    def test_nothing_is_wider_than_it_and_the_medicine_can_be_read(self, open_page, medicines, qtbot):
        page = open_page(size=(864, 700))
        write(page, medicines["amoxicillin"])
        qtbot.waitUntil(lambda: cell(page, Check.ALLERGY).tone == "good")
        assert page.minimumSizeHint().width() <= 864
        assert page.editor.lines.editors[0].medicine.width() >= 200
        assert not page.editor.preview.isVisible()

    def test_the_page_takes_turns_with_the_lines(self, open_page):
        page = open_page(size=(864, 700))
        head(page, "showPage").click()
        assert page.editor.preview.isVisible()
        assert not page.editor.lines.isVisible()
        head(page, "showPage").click()
        assert page.editor.lines.isVisible()

    def test_a_wide_one_has_both(self, open_page):
        page = open_page()
        assert page.editor.preview.isVisible()
        assert not head(page, "showPage").isVisible()


def test_where_no_medicine_is_found_it_says_what_to_do(page, qtbot):
    picker = page.editor.lines.editors[0].medicine
    picker.setFocus()
    QTest.keyClicks(picker, "zzzz")
    qtbot.waitUntil(picker.popup.isVisible)
    model = picker.popup.model()
    assert model.index(0, 0).data() == "Nothing found for “zzzz”"
    assert "ingredient" in model.index(1, 0).data()


def test_of_a_line_with_much_to_say_the_medicine_and_the_gravest_are_in_sight(
    practice, patient, open_page, medicines, qtbot
):
    allergic_to(practice, patient, "Penicillin", reaction="anaphylaxis", since="2019")
    page = open_page(size=(1366, 430))
    lines = page.editor.lines
    lines.add_raw([])
    write(page, medicines["metformin"], medicines["amoxicillin"])
    qtbot.waitUntil(lambda: found(page, 1))
    port = lines._scroll.viewport()

    def top():
        return lines.editors[1].mapTo(port, lines.editors[1].rect().topLeft()).y()

    assert lines.editors[1].height() > port.height()
    qtbot.waitUntil(lambda: 0 <= top() < port.height() // 2)
