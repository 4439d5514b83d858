"""Letting somebody in who comes without a booking: found or registered, booked and checked in with one press."""

import itertools

import pytest
import time_machine
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from hmsdesk.controllers.appointments import APPOINTMENTS
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.walk_in import who_sees
from hmsdesk.errors import Unreachable
from hmsdesk.models.appointments import CANCELLED, CHECKED_IN
from hmsdesk.models.booking import wall
from hmsdesk.navigation import subject_of
from hmsdesk.security.permissions import Role
from hmsdesk.views.appointments import make_page
from hmsdesk.views.appointments.who_sees import DoctorButton
from tests.factories import operation
from tests.views.desk import Desk, book, doctor_of, far_day, patient_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

_days = itertools.count(40)


@pytest.fixture(scope="module")
def reception(clinic):
    return clinic.session(Role.RECEPTIONIST)


@pytest.fixture(scope="module")
def sara(clinic):
    return doctor_of(clinic, "Dr Sara El-Masry")


@pytest.fixture(scope="module")
def karim(clinic):
    return doctor_of(clinic, "Dr Karim Nabil")


@pytest.fixture(scope="module")
def mona(reception):
    return patient_of(reception, "Mona Omar Gaber", birth_date="1959", phone="0100 555 0112")


@pytest.fixture(scope="module")
def huda(reception):
    return patient_of(reception, "Huda Samir Taha", birth_date="1971")


@pytest.fixture
def day(reception):
    return far_day(reception, next(_days))


@pytest.fixture
def opened(qtbot, reception, sara, karim, mona, huda, day):
    """The page at 10:07, when Dr Sara is busy until eleven."""
    rows = [book(reception, huda, sara, day, clock) for clock in ("10:00", "10:20", "10:40")]
    with time_machine.travel(wall(day, "10:07", reception.locale), tick=True):
        APPOINTMENTS.set_status(reception, rows[0], CHECKED_IN, operation())
        desk = Desk(qtbot, reception)
        page = desk.show(make_page(desk.context, "walk-in"))
        desk.until(lambda: len(buttons(page)) == 2)
        yield desk, page


def buttons(page):
    return page.doctors.findChildren(DoctorButton)


def check_in(desk, page):
    page.findChild(QAbstractButton, "walkInCheckIn").click()
    desk.settle()


def fill_new(page, **typed):
    page.form.which.choose("new")
    for name, value in typed.items():
        page.form.new[name].editor.set_raw(value)


def ways(page):
    return {one.text(): one for one in page.refused.findChildren(QAbstractButton, "way") if one.isVisible()}


def test_the_doctor_who_is_free_soonest_comes_first_and_is_chosen(opened, karim):
    _, page = opened
    assert [one.accessibleName() for one in buttons(page)] == [
        "Dr Karim Nabil, Free now, Nobody waits",
        "Dr Sara El-Masry, Between others: this time is taken already., 1 waiting",
    ]
    assert page.doctors.chosen() == karim["_id"]


def test_tab_comes_to_the_doctors_before_the_form_s_end(opened):
    _, page = opened
    fill_new(page, name="Somebody New")
    page.form.new["phone"].editor.setFocus()

    def tab():
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        return QApplication.focusWidget()

    assert tab() is buttons(page)[0]
    QTest.keyClick(buttons(page)[0], Qt.Key.Key_Down)
    assert buttons(page)[1].hasFocus()
    assert tab().objectName() == "walkInCancel"
    assert tab().objectName() == "walkInCheckIn"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    assert buttons(page)[1].hasFocus()
    QTest.keyClick(buttons(page)[1], Qt.Key.Key_Return)
    assert QApplication.focusWidget().objectName() == "walkInCheckIn"


def test_people_of_one_name_are_told_apart_by_their_phone_too(opened, mona):
    _, page = opened
    found = page.form.patient.editor.picker.finder._lookup("patients", "mona omar")
    (words,) = [one.subtitle for one in found if one.record == mona["_id"]]
    assert words.startswith(mona["identifier"])
    assert "0100 555 0112" in words


@pytest.mark.parametrize(
    ("typed", "field"), [("Zahra Mohamed", "name"), ("زهراء محمد", "name_ar"), ("0100 123 4567", "phone")]
)
def test_what_was_typed_to_find_somebody_is_known_of_who_is_new(opened, typed, field):
    _, page = opened
    page.form.patient.editor.set_raw(typed)
    page.form.which.choose("new")
    page.form.which.chosen.emit("new")
    assert page.form.new[field].editor.raw() == typed


def test_somebody_registered_is_checked_in_with_one_press_and_it_can_be_undone(opened, reception, karim, mona, day):
    desk, page = opened
    page.form.show_patient(mona, "")
    check_in(desk, page)
    (row,) = APPOINTMENTS.day(reception, day, karim["_id"])
    assert (row["status"], row["patient"], row["start"]) == (
        CHECKED_IN,
        mona["_id"],
        wall(day, "10:00", reception.locale),
    )
    assert desk.told() == [f"{mona['name']} is checked in"]
    assert desk.closed == [("appointments", "walk-in")]
    desk.press_toast()
    desk.settle()
    assert APPOINTMENTS.get(reception, row["_id"])["status"] == CANCELLED
    assert desk.told()[-1] == f"{mona['name']} is not checked in"


def test_sent_before_the_doctors_are_known_the_keyboard_goes_to_them(qtbot, monkeypatch, reception, karim, mona):
    desk = Desk(qtbot, reception)
    page = desk.show(make_page(desk.context, "walk-in"))
    known = list(who_sees(reception))
    monkeypatch.setattr(page.doctors, "chosen", lambda: None)
    page.form.show_patient(mona, "")
    page.check_in()
    monkeypatch.undo()
    page._show_doctors(known)
    assert desk.told() == []
    assert page.doctors.isAncestorOf(QApplication.focusWidget())


def test_what_was_wrong_when_it_was_sent_early_keeps_the_keyboard(qtbot, monkeypatch, reception, karim):
    desk = Desk(qtbot, reception)
    page = desk.show(make_page(desk.context, "walk-in"))
    known = list(who_sees(reception))
    monkeypatch.setattr(page.doctors, "chosen", lambda: None)
    page.form.which.choose("new")
    page.check_in()
    monkeypatch.undo()
    page._show_doctors(known)
    assert page.form.new["name"].isAncestorOf(QApplication.focusWidget())


def test_who_types_on_after_sending_early_is_not_interrupted_by_the_doctors(qtbot, monkeypatch, reception, karim, mona):
    desk = Desk(qtbot, reception)
    page = desk.show(make_page(desk.context, "walk-in"))
    known = list(who_sees(reception))
    monkeypatch.setattr(page.doctors, "chosen", lambda: None)
    page.form.which.choose("new")
    fill_new(page, name="Samir Fikry Wahba", gender="male")
    page.check_in()
    monkeypatch.undo()
    phone = page.form.new["phone"]
    phone.editor.setFocus()
    QTest.keyClicks(QApplication.focusWidget(), "0100")
    page._show_doctors(known)
    assert phone.isAncestorOf(QApplication.focusWidget())


def test_with_a_doctor_who_has_no_time_between_the_others(opened, reception, sara, mona, day):
    desk, page = opened
    page.form.show_patient(mona, "")
    buttons(page)[1].click()
    check_in(desk, page)
    row = next(one for one in APPOINTMENTS.day(reception, day, sara["_id"]) if one.get("walk_in"))
    assert (row["start"], row["override"]["reason"]) == (wall(day, "10:05", reception.locale), "Walk-in")


def test_somebody_new_is_registered_with_it(opened, reception, karim, day):
    desk, page = opened
    fill_new(page, name="Samir Fikry Wahba", gender="male", birth_date="1974", phone="0100 555 0777")
    check_in(desk, page)
    (row,) = APPOINTMENTS.day(reception, day, karim["_id"])
    patient = PATIENTS.get(reception, row["patient"])
    assert (patient["name"], patient["birth_date"], patient["gender"]) == ("Samir Fikry Wahba", "1974", "male")


def test_somebody_very_like_a_registered_patient_is_asked_about_first(opened, reception, karim, mona, day):
    desk, page = opened
    fill_new(page, name="Mona Omar Gaber", gender="female", birth_date="1959")
    check_in(desk, page)
    assert APPOINTMENTS.day(reception, day, karim["_id"]) == []
    assert page.refused.findChild(QLabel, "refusedTitle").text() == "This patient may be registered already."
    (one,) = [button for words, button in ways(page).items() if mona["identifier"] in words]
    one.click()
    check_in(desk, page)
    (row,) = APPOINTMENTS.day(reception, day, karim["_id"])
    assert row["patient"] == mona["_id"]


def test_who_is_found_nowhere_is_registered_with_what_was_typed(opened):
    desk, page = opened
    picker = page.form.patient.editor.picker
    picker.setFocus()
    QTest.keyClicks(picker, "Zzyzx Qq")
    desk.until(picker.popup.isVisible)
    QTest.keyClick(picker.popup, Qt.Key.Key_Return)
    assert page.form.is_new()
    assert page.form.new["name"].editor.raw() == "Zzyzx Qq"


def test_a_double_press_walks_through_no_warning(opened, reception, karim, mona, day):
    desk, page = opened
    fill_new(page, name="Mona Omar Gaber", gender="female", birth_date="1959")
    check_in(desk, page)
    check_in(desk, page)
    assert APPOINTMENTS.day(reception, day, karim["_id"]) == []
    assert page.refused.isVisible()


def test_who_has_a_booking_is_offered_to_be_checked_in_for_that(opened, reception, karim, mona, day):
    desk, page = opened
    booked = book(reception, mona, karim, day, "10:40")
    page.form.show_patient(mona, "")
    check_in(desk, page)
    assert page.refused.findChild(QLabel, "refusedTitle").text() == "This patient has a booking today."
    ways(page)["Check in for 10:40, Dr Karim Nabil"].click()
    desk.settle()
    (row,) = APPOINTMENTS.day(reception, day, karim["_id"])
    assert (row["_id"], row["status"]) == (booked["_id"], CHECKED_IN)
    assert desk.told() == [f"{mona['name']} is checked in"]


def test_who_waits_already_is_not_let_in_besides_in_a_hurry(opened, reception, sara, karim, huda, day):
    desk, page = opened
    page.form.show_patient(huda, "")
    check_in(desk, page)
    assert page.refused.findChild(QLabel, "refusedTitle").text() == "This patient is here already."
    assert "Waiting for Dr Sara El-Masry since 10:0" in page.refused.findChild(QLabel, "refusedText").text()
    assert APPOINTMENTS.day(reception, day, karim["_id"]) == []


@pytest.mark.usefixtures("read_at_once")
def test_a_further_visit_of_who_is_here_is_a_decision(opened, reception, karim, huda, day):
    desk, page = opened
    page.form.show_patient(huda, "")
    check_in(desk, page)
    check_in(desk, page)
    assert len(APPOINTMENTS.day(reception, day, karim["_id"])) == 1


def test_a_long_warning_makes_no_window_wider_and_esc_leaves_from_there(opened):
    desk, page = opened
    page.refused.say("This patient may be registered already.", "", [("Newborn of somebody " * 12, lambda: None)])
    page.refused.focus_first()
    assert page.minimumSizeHint().width() < 800
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert desk.closed == [("appointments", "walk-in")]


@pytest.mark.usefixtures("read_at_once")
def test_that_it_is_somebody_else_is_a_decision(opened, reception, karim, mona, day):
    desk, page = opened
    fill_new(page, name="Mona Omar Gaber", gender="female", birth_date="1959")
    check_in(desk, page)
    check_in(desk, page)
    (row,) = APPOINTMENTS.day(reception, day, karim["_id"])
    assert row["patient"] != mona["_id"]


def test_what_is_missing_is_said_at_its_field_and_nothing_is_sent(opened, reception, karim, day):
    desk, page = opened
    check_in(desk, page)
    assert page.form.patient.problem
    fill_new(page, name="Samir Fikry Wahba", birth_date="tomorrow")
    check_in(desk, page)
    assert page.form.new["birth_date"].problem
    assert APPOINTMENTS.day(reception, day, karim["_id"]) == []


def test_a_lost_answer_is_asked_for_again_with_the_same_operation(lost_walk_in, reception, karim, mona, day):
    desk, page = lost_walk_in
    ways(page)["Try again"].click()
    desk.settle()
    assert len(APPOINTMENTS.day(reception, day, karim["_id"])) == 1
    assert desk.told() == [f"{mona['name']} is checked in"]


def lose(really, *, done):
    """A step whose answer is lost, whether it was taken or not."""

    def lost(*arguments):
        if done:
            really(*arguments)
        raise Unreachable("The server doesn't answer.")

    return lost


@pytest.mark.usefixtures("read_at_once")
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("press", ["Try again", "Check in"])
def test_a_booking_s_check_in_that_failed_is_tried_again_and_books_no_further_visit(
    opened, reception, karim, mona, day, monkeypatch, done, press
):
    desk, page = opened
    booked = book(reception, mona, karim, day, "10:40")
    page.form.show_patient(mona, "")
    check_in(desk, page)
    with monkeypatch.context() as patched:
        patched.setattr(APPOINTMENTS, "set_status", lose(APPOINTMENTS.set_status, done=done))
        ways(page)["Check in for 10:40, Dr Karim Nabil"].click()
        desk.settle()
    if press == "Try again":
        ways(page)["Try again"].click()
        desk.settle()
        assert desk.told() == [f"{mona['name']} is checked in"]
    else:
        check_in(desk, page)
        assert page.refused.isVisible()
        assert desk.told() == []
    (row,) = APPOINTMENTS.day(reception, day, karim["_id"])
    assert row["_id"] == booked["_id"]
    assert (row["status"] == CHECKED_IN) == (done or press == "Try again")


@pytest.fixture
def lost_walk_in(opened, mona, monkeypatch):
    """Mona is checked in to Dr Karim, but the answer is lost."""
    from hmsdesk.views.appointments import walk_in as module

    desk, page = opened
    page.form.show_patient(mona, "")
    with monkeypatch.context() as patched:
        patched.setattr(module, "walk_in", lose(module.walk_in, done=True))
        check_in(desk, page)
    return desk, page


def test_after_a_lost_answer_somebody_else_s_booking_is_really_checked_in(lost_walk_in, reception, karim, day):
    desk, page = lost_walk_in
    nadia = patient_of(reception, "Nadia Fathy Rizk")
    booked = book(reception, nadia, karim, day, "11:40")
    page.form.show_patient(nadia, "")
    check_in(desk, page)
    ways(page)["Check in for 11:40, Dr Karim Nabil"].click()
    desk.settle()
    assert APPOINTMENTS.get(reception, booked["_id"])["status"] == CHECKED_IN
    assert desk.told() == [f"{nadia['name']} is checked in"]


def test_after_a_lost_answer_somebody_else_is_really_checked_in(lost_walk_in, reception, karim, day):
    desk, page = lost_walk_in
    samia = patient_of(reception, "Samia Lotfy Hanna")
    page.form.show_patient(samia, "")
    check_in(desk, page)
    rows = APPOINTMENTS.day(reception, day, karim["_id"])
    assert [row["status"] for row in rows if row["patient"] == samia["_id"]] == [CHECKED_IN]


@pytest.mark.usefixtures("read_at_once")
def test_after_a_lost_answer_another_doctor_is_no_second_visit_unless_it_is_meant(
    lost_walk_in, reception, sara, karim, mona, day
):
    desk, page = lost_walk_in
    buttons(page)[1].click()
    assert page.doctors.chosen() == sara["_id"]
    check_in(desk, page)
    assert page.refused.findChild(QLabel, "refusedTitle").text() == "This patient is here already."

    def seen_by():
        held = APPOINTMENTS.held(reception, mona["_id"], day)
        return [row["practitioner"] for row in held if reception.locale.local(row["start"]).date() == day]

    assert seen_by() == [karim["_id"]]
    check_in(desk, page)
    assert sorted(seen_by()) == sorted([karim["_id"], sara["_id"]])


@pytest.mark.usefixtures("read_at_once")
def test_after_a_lost_answer_somebody_new_is_not_registered_again_as_they_are_corrected(opened, reception, monkeypatch):
    from hmsdesk.views.appointments import walk_in as module

    desk, page = opened
    fill_new(page, name="Wadie Boulos Kamel", gender="female")
    with monkeypatch.context() as patched:
        patched.setattr(module, "walk_in", lose(module.walk_in, done=True))
        check_in(desk, page)
    fill_new(page, gender="male")
    check_in(desk, page)
    assert page.refused.findChild(QLabel, "refusedTitle").text() == "This patient may be registered already."


def test_what_others_do_shows_by_itself(opened, reception, karim, mona, huda, day):
    desk, page = opened
    for clock in ("11:00", "11:20"):
        book(reception, huda, karim, day, clock)
    desk.news()
    page.form.show_patient(mona, "")
    check_in(desk, page)
    assert len(APPOINTMENTS.day(reception, day, karim["_id"])) == 3


def test_what_was_typed_of_somebody_new_is_there_again_after_the_program_ended(opened, reception, huda, day):
    desk, page = opened
    fill_new(page, name="Zahra Mohamed Ali", phone="0100 123 4567")
    page.form.edited.emit()
    page.hide()
    (kept,) = desk.context.drafts.all()
    assert subject_of(reception, kept.place, kept.values) == "Zahra Mohamed Ali"
    desk.context.drafts.close()
    again = desk.show(make_page(desk.context, "walk-in"))
    assert again.notice.words.text().startswith("Restored what was typed at ")
    assert again.isWindowModified()
    assert again.form.new["name"].isAncestorOf(QApplication.focusWidget())
    again.form.new["gender"].editor.set_raw("female")
    check_in(desk, again)
    assert let_in(reception, huda, day) == ["Zahra Mohamed Ali"]
    assert desk.context.drafts.all() == []


# Who is registered already would be asked about.
_new = iter(("Ramzy Adel Shukry", "Fawzy Nagi Doss"))


@pytest.fixture
def restored(opened, monkeypatch):
    """Somebody new was let in to Dr Sara, the program ended before it heard of it, and is opened again."""
    from hmsdesk.views.appointments import walk_in as module

    desk, page = opened
    name = next(_new)
    fill_new(page, name=name, gender="male")
    buttons(page)[1].click()
    with monkeypatch.context() as patched:
        patched.setattr(module, "walk_in", lose(module.walk_in, done=True))
        check_in(desk, page)
    page.hide()
    desk.context.drafts.close()
    again = desk.show(make_page(desk.context, "walk-in"))
    desk.until(lambda: len(buttons(again)) == 2)
    return desk, again, name


def let_in(reception, huda, day):
    rows = [row for row in APPOINTMENTS.day(reception, day) if row["status"] == CHECKED_IN]
    return [row["patient:title"] for row in rows if row["patient"] != huda["_id"]]


def test_who_was_let_in_as_the_program_ended_is_not_registered_and_let_in_again(restored, reception, sara, huda, day):
    desk, page, name = restored
    assert page.doctors.chosen() == sara["_id"]
    check_in(desk, page)
    assert desk.told() == [f"{name} is checked in"]
    assert let_in(reception, huda, day) == [name]


def test_whoever_comes_next_is_another_than_who_was_let_in_as_the_program_ended(restored, reception, huda, day):
    desk, page, name = restored
    fill_new(page, name="Basma Hatem Sabry", gender="female")
    check_in(desk, page)
    assert desk.told() == ["Basma Hatem Sabry is checked in"]
    assert sorted(let_in(reception, huda, day)) == sorted(["Basma Hatem Sabry", name])


def test_another_doctor_is_kept_with_what_was_typed(opened, sara):
    desk, page = opened
    fill_new(page, name="Zahra Mohamed Ali")
    page.form.edited.emit()
    page._draft.keep()
    buttons(page)[1].click()
    page.hide()
    desk.context.drafts.close()
    again = desk.show(make_page(desk.context, "walk-in"))
    desk.until(lambda: len(buttons(again)) == 2)
    assert again.doctors.chosen() == sara["_id"]


def test_whoever_starts_afresh_keeps_nothing_of_who_came_before(opened):
    desk, page = opened
    fill_new(page, name="Zahra Mohamed Ali")
    page.form.edited.emit()
    page.hide()
    desk.context.drafts.close()
    again = desk.show(make_page(desk.context, "walk-in"))
    again.notice.findChild(QAbstractButton, "noticeAction").click()
    assert not again.form.is_new()
    assert not again.form.is_edited()
    assert again.form.patient.isAncestorOf(QApplication.focusWidget())
    assert desk.context.drafts.all() == []
