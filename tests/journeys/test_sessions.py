"""Locking, changing person, signing out, and what an owner does to an account whose program runs."""

import itertools
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from hmsdesk.controllers import renewal
from hmsdesk.controllers.demo import PASSWORD
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.database.connection import Closed
from hmsdesk.desk import ACCOUNT_CHANGED
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit.dialogs import confirm
from tests.journeys.conftest import ADMINISTRATOR, email_of
from tests.waiting import until


def begin_department(hands, name):
    hands.go("departments", "new")
    hands.type_in("name", name)


def clock_of(hands):
    """The clock by which a window locks, to be moved by hand: seconds."""
    idle, now = hands.program._idle, [0.0]
    idle._clock = lambda: now[0]

    def pass_time(seconds):
        now[0] += seconds

    return pass_time


def password_field(hands):
    return hands.program.window.findChild(QLineEdit, "signInPassword")


class TestTheDoor:
    def test_the_first_window_is_ready_to_type_into(self, window):
        hands = window()
        assert hands.find("signInEmail").hasFocus()
        assert hands.sees("Nile Family Clinic")

    def test_after_signing_in_the_keyboard_is_at_the_page(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        page = hands.program.desk.frame.page()
        hands.wait(lambda: page.isAncestorOf(QApplication.focusWidget() or QWidget()), "the focus on the page")

    def test_a_wrong_password_is_told_and_can_be_typed_over_at_the_door_and_at_a_lock(self, window, practice):
        email, _ = practice.hire(Role.NURSE)
        hands = window()
        for _ in range(2):
            hands.try_to_sign_in(email, "not this one at all")
            hands.wait(lambda: hands.sees("E-mail or password is not right."), "the refusal")
            assert not hands.is_in()
            hands.sign_in(email)
            hands.lock()
            assert not hands.sees("E-mail or password is")

    def test_a_temporary_password_is_replaced_before_anything_else(self, window, practice):
        email, person = practice.hire(Role.NURSE)
        temporary = practice.owner.reset(person)
        hands = window()
        hands.try_to_sign_in(email, temporary)
        hands.fill("newPassword", "seven other lentil cups")
        hands.fill("newPasswordAgain", "seven other lentil cups")
        hands.click("choosePasswordUse")
        hands.wait(hands.is_in, "in")
        hands.lock()
        hands.sign_in(email, "seven other lentil cups")

    def test_who_is_let_in_as_the_window_closes_leaves_no_connection_behind(self, window, monkeypatch):
        let_in = []
        sign_in = Door.sign_in
        monkeypatch.setattr(Door, "sign_in", lambda *asked: let_in.append(sign_in(*asked)) or let_in[-1])
        hands = window()
        hands.try_to_sign_in(ADMINISTRATOR, PASSWORD)
        assert until(lambda: let_in)
        hands.close()
        with pytest.raises(Closed):
            let_in[0].server.clock_offset()


class TestALock:
    def test_keeps_the_pages_as_they_were_for_the_same_person(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        begin_department(hands, "Ward of the lock")
        form, before = hands.form(), hands.desk()
        hands.lock()
        assert not hands.sees("Ward of the lock")
        assert hands.find("signInEmail").text() == ADMINISTRATOR
        assert password_field(hands).text() == ""
        hands.sign_in(ADMINISTRATOR)
        assert hands.desk() is before
        assert hands.form() is form
        assert hands.typed("name") == "Ward of the lock"
        hands.type_in("code", "LOCK")
        hands.click("formSave")
        hands.wait(lambda: "Ward of the lock" in hands.titles(), "saved after the lock")

    def test_forgets_the_keys_at_once_and_closes_what_stands_over_the_pages(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        session = hands.desk().session
        server = session.server
        dialog = confirm(hands.desk().frame.top.person, "Sure?", "", "Yes", lambda: None)
        hands.wait(dialog.isVisible, "the question")
        hands.program.lock()
        assert not dialog.isVisible()
        with pytest.raises(Closed):
            session.keys  # noqa: B018 - asking is what must fail
        hands.wait(lambda: server._closed, "the connection ended")
        assert hands.desk()._watchers == []

    def test_a_question_is_put_away_and_stands_there_as_it_was_for_the_same_person(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        hands.go("accounts")
        hands.click("createAccountButton")
        hands.fill("name", "Dr Half Typed")
        dialog = hands.find("name").window()
        hands.press("name", Qt.Key.Key_Escape)
        sure = hands.find("dialogYes").window()
        hands.lock_in(sure.focusWidget())
        assert not hands.sees("Dr Half Typed")
        assert not sure.isVisible()
        hands.sign_in(ADMINISTRATOR)
        hands.wait(lambda: QApplication.activeWindow() is sure, "the last question on top")
        QTest.keyClick(sure, Qt.Key.Key_Escape)
        assert dialog.isVisible()
        assert hands.find("name").text() == "Dr Half Typed"

    def test_a_password_typed_into_a_question_is_forgotten(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        hands.desk()._change_password()
        hands.fill("oldPassword", PASSWORD)
        hands.lock_in(hands.find("oldPassword"))
        hands.sign_in(ADMINISTRATOR)
        assert hands.find("oldPassword").text() == ""

    @pytest.mark.qt_log_ignore("This plugin does not support")
    def test_is_asked_for_from_a_list_over_the_page_too(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        hands.desk()._open_palette("")
        hands.lock_in(hands.find("paletteField"))
        hands.sign_in(ADMINISTRATOR)
        assert not hands.sees("Enter open")

    def test_what_is_to_be_shown_meanwhile_waits_behind_it(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        hands.lock()
        dialog = confirm(hands.desk().frame.page(), "The temporary password", "", "Noted", lambda: None)
        assert not dialog.isVisible()
        hands.sign_in(ADMINISTRATOR)
        assert dialog.isVisible()

    def test_what_was_answered_meanwhile_does_not_come_back(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        dialog = confirm(hands.desk().frame.page(), "Sure?", "", "Yes", lambda: None)
        hands.lock_in(dialog)
        dialog.accept()
        hands.sign_in(ADMINISTRATOR)
        assert not hands.sees("Sure?")

    def test_comes_by_itself_once_nobody_types(self, window):
        hands = window(idle_lock_s=60)
        pass_time = clock_of(hands)
        hands.sign_in(ADMINISTRATOR)
        begin_department(hands, "A")
        for _ in range(3):
            pass_time(59)
            hands.program._idle._look()
            hands.press_in_window(Qt.Key.Key_A)
        assert hands.is_in()
        pass_time(61)
        hands.wait(hands.program.is_locked, "locked")
        assert hands.sees("Locked after 1 minute without work. What is open waits for Laila Hassan.")
        hands.sign_in(ADMINISTRATOR)
        assert hands.sees("What you typed here is not saved yet.")
        hands.type_in("name", "")
        hands.press("formCancel", Qt.Key.Key_Space)


class TestAnotherPerson:
    def test_gets_a_window_of_their_own_and_the_first_finds_the_draft_again(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        begin_department(hands, "Half a ward")
        hands.lock()
        assert hands.sees("Locked. What is open waits for Laila Hassan.")
        hands.sign_in(email_of(Role.NURSE))
        assert hands.sees("Amal Fawzy")
        assert not hands.sees("Half a ward")
        assert not hands.sees("is not saved yet")
        assert hands.desk().frame.place().record_id == ""
        hands.lock()
        hands.sign_in(ADMINISTRATOR)
        hands.take_up("Departments: something is not saved yet")
        assert hands.typed("name") == "Half a ward"
        hands.click("noticeAction")
        assert hands.typed("name") == ""

    def test_cannot_open_the_firsts_draft(self, window, practice):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        begin_department(hands, "Sealed ward")
        hands.program.sign_out()
        hands.sign_in(email_of(Role.NURSE))
        drafts = Drafts(practice.settings.home, hands.desk().session)
        drafts._folder = practice.settings.home / "drafts" / str(practice.session.identity.person)
        assert list(drafts._folder.glob("*.draft"))
        assert drafts.all() == []
        left = Drafts(practice.settings.home, practice.session)
        assert left.read("departments/new").values["name"] == "Sealed ward"
        left.drop("departments/new")
        left.close()


class TestSigningOut:
    def test_leaves_nothing_behind(self, window):
        hands = window()
        hands.sign_in(email_of(Role.DOCTOR))
        hands.program.sign_out()
        assert hands.program.desk is None
        assert hands.find("signInEmail").text() == ""
        assert password_field(hands).text() == ""
        hands.sign_in(email_of(Role.NURSE))
        assert hands.sees("Amal Fawzy")

    def test_comes_by_itself_after_the_longest_session(self, window):
        hands = window(session_s=3600)
        pass_time = clock_of(hands)
        hands.sign_in(email_of(Role.DOCTOR))
        pass_time(3601)
        hands.wait(lambda: hands.sees("A session ends after some hours."), "signed out")
        assert hands.program.desk is None


class TestWhatAnOwnerDoes:
    def test_disabling_an_account_signs_its_program_out_with_the_reason(self, window, practice):
        email, person = practice.hire(Role.RECEPTIONIST)
        hands = window()
        hands.sign_in(email)
        practice.owner.set_state(person, State.DISABLED)
        hands.wait(lambda: hands.sees("You were signed out."), "signed out")
        assert hands.sees("This account was disabled. Ask the practice's owner about it.")
        assert hands.program.desk is None
        hands.try_to_sign_in(email)
        hands.wait(lambda: hands.sees("This account is disabled."), "refused")

    def test_who_is_typing_then_learns_why_and_their_words_are_not_taken_for_an_e_mail(self, window, practice):
        email, person = practice.hire(Role.DOCTOR)
        hands = window()
        hands.sign_in(email)
        hands.activate()
        hands.go("patients", "new")
        hands.type_in("name", "Mona")
        practice.owner.set_state(person, State.DISABLED)
        for key in itertools.cycle((Qt.Key.Key_A, Qt.Key.Key_B)):
            hands.press_in_window(key)
            QTest.qWait(20)
            if hands.program.desk is None:
                break
        for key in (Qt.Key.Key_A, Qt.Key.Key_B, Qt.Key.Key_Tab, Qt.Key.Key_A):
            hands.press_in_window(key)
        assert hands.find("signInEmail").text() == password_field(hands).text() == ""
        hands.wait(hands.find("signInEmail").hasFocus, "the keyboard at the e-mail")
        hands.press_in_window(Qt.Key.Key_A)
        assert hands.find("signInEmail").text() == "a"
        assert hands.sees("This account was disabled. Ask the practice's owner about it.")

    def test_a_reset_password_signs_its_program_out(self, window, practice):
        email, person = practice.hire(Role.RECEPTIONIST)
        hands = window()
        hands.sign_in(email)
        practice.owner.reset(person)
        hands.wait(lambda: hands.sees("The password of this account was reset."), "signed out")

    def test_another_name_and_e_mail_are_told_and_the_program_goes_on(self, window, practice):
        email, person = practice.hire(Role.RECEPTIONIST)
        hands = window()
        hands.sign_in(email)
        practice.owner.rename(person, "Mona Adel Sabry", f"new.{email}")
        hands.wait(lambda: hands.sees(ACCOUNT_CHANGED), "the message")
        assert hands.sees(
            f"Your name is Mona Adel Sabry now. Sign in with the e-mail new.{email} from now on; your password stays."
        )
        assert hands.find("person").accessibleName() == "Mona Adel Sabry, Receptionist"
        hands.lock()
        assert hands.sees("Locked. What is open waits for Mona Adel Sabry.")
        assert hands.find("signInEmail").text() == f"new.{email}"
        hands.sign_in(f"new.{email}")

    def test_a_lock_in_the_moment_before_a_page_is_shown_has_the_keyboard(self, window):
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        hands.desk().frame.navigate("departments", "new")
        page = hands.desk().frame.page()
        hands.program.lock()
        hands.wait(lambda: password_field(hands).hasFocus(), "the focus on the password")
        hands.wait(lambda: page.parentWidget() is not None, "the page behind the lock")
        QTest.keyClicks(QApplication.focusWidget(), "secret")
        assert password_field(hands).text() == "secret"
        password_field(hands).clear()
        hands.sign_in(ADMINISTRATOR)
        assert hands.desk().frame.page() is page
        hands.wait(lambda: page.isVisible() and page.isAncestorOf(QApplication.focusWidget()), "the focus on the page")
        assert all(field.text() != "secret" for field in page.findChildren(QLineEdit))

    def test_another_name_during_a_lock_is_told_on_return_to_the_same_pages(self, window, practice):
        email, person = practice.hire(Role.RECEPTIONIST)
        hands = window()
        hands.sign_in(email)
        before = hands.desk()
        hands.lock()
        practice.owner.rename(person, "Mona Adel Sabry", f"new.{email}")
        # What stands there lets them in once more; then they are told.
        assert hands.find("signInEmail").text() == email
        hands.sign_in(email)
        assert hands.desk() is before
        hands.wait(lambda: hands.sees(f"Sign in with the e-mail new.{email} from now on"), "the new e-mail")
        hands.lock()
        assert hands.find("signInEmail").text() == f"new.{email}"
        hands.sign_in(f"new.{email}")
        assert hands.desk() is before
        hands.wait(lambda: hands.sees(ACCOUNT_CHANGED), "the message")
        assert hands.find("person").accessibleName() == "Mona Adel Sabry, Receptionist"

    def test_another_name_an_owner_took_themself_during_a_lock_is_shown_and_not_told(self, window, practice):
        me = practice.session.identity
        hands = window()
        hands.sign_in(me.email)
        hands.lock()
        practice.owner.rename(me.person, "Laila Mansour", me.email)
        try:
            hands.sign_in(me.email)
            assert hands.find("person").accessibleName() == "Laila Mansour, Administrator"
            assert not hands.sees(ACCOUNT_CHANGED)
        finally:
            practice.owner.rename(me.person, me.name, me.email)

    def test_a_further_role_is_told_and_in_the_menu_at_once(self, window, practice):
        email, person = practice.hire(Role.RECEPTIONIST)
        hands = window()
        hands.sign_in(email)
        practice.owner.set_roles(person, [Role.RECEPTIONIST, Role.NURSE])
        hands.wait(lambda: hands.sees(ACCOUNT_CHANGED), "the message")
        assert hands.sees("You may work as nurse, too: change in the menu under your name.")
        entries = [action.text() for action in hands.desk().frame.top.person.menu.actions()]
        assert entries.count("Work as nurse") == entries.count("Sign out") == 1

    def test_a_role_that_was_taken_is_named_where_it_signs_out_and_after_a_lock(self, window, practice):
        email, person = practice.hire(Role.RECEPTIONIST)
        hands = window()
        hands.sign_in(email)
        practice.owner.set_roles(person, [Role.NURSE])
        hands.wait(lambda: hands.sees("you may not work as receptionist any more."), "signed out")
        assert hands.sees("You can sign in as nurse.")
        hands.sign_in(email)
        assert not hands.sees(ACCOUNT_CHANGED)
        hands.lock()
        practice.owner.set_roles(person, [Role.RECEPTIONIST])
        hands.sign_in(email)
        hands.wait(lambda: hands.sees(ACCOUNT_CHANGED), "the message")
        assert hands.sees("you work as receptionist now, and may not work as nurse any more.")

    def test_renewing_the_roles_credential_is_not_noticed(self, window, practice, monkeypatch):
        email, _ = practice.hire(Role.NURSE)
        hands = window()
        hands.sign_in(email)
        session = hands.desk().session
        former = session.server.user
        changing_over = SimpleNamespace(
            sleep=lambda _: hands.wait(lambda: session.server.user != former, "the new credential")
        )
        monkeypatch.setattr(renewal, "time", changing_over)
        practice.owner.renew(Role.NURSE)
        hands.go("departments")
        hands.wait(hands.titles, "the list")
        assert hands.chip() == "Connected"
        assert hands.desk().frame.toasts.shown() == []
        assert practice.owner.database.command("usersInfo", former)["users"] == []


class TestSeveralRoles:
    def test_another_role_is_taken_on_with_the_password_and_kept_over_a_lock(self, window, practice):
        email, person = practice.hire(Role.NURSE)
        practice.owner.set_roles(person, [Role.NURSE, Role.DOCTOR])
        hands = window()
        hands.sign_in(email)
        assert hands.program.desk.session.identity.role is Role.NURSE
        menu = hands.program.desk.frame.top.person.menu
        next(action for action in menu.actions() if action.text() == "Work as doctor").trigger()
        assert not hands.is_in()
        hands.sign_in(email)
        assert hands.program.desk.session.identity.role is Role.DOCTOR
        hands.lock()
        hands.sign_in(email)
        assert hands.program.desk.session.identity.role is Role.DOCTOR


class TestAPracticeBehindTheProgram:
    def test_is_told_to_an_owner_who_signs_in_and_mended_from_there(self, window, practice):
        practice.owner.database.practice.update_one({}, {"$unset": {"provisioned": ""}})
        hands = window()
        hands.sign_in(ADMINISTRATOR)
        hands.take_up("The practice is not up to date")
        hands.click("noticeAction")
        hands.fill("dialogPassword", PASSWORD)
        hands.press("dialogPassword", Qt.Key.Key_Return)
        hands.wait(lambda: hands.sees("The practice is up to date"), "the work's end")
        assert not hands.sees("was set up by an older program")
        assert practice.owner.database.practice.find_one()["provisioned"]

    def test_is_none_of_others_business(self, window, practice):
        practice.owner.database.practice.update_one({}, {"$unset": {"provisioned": ""}})
        hands = window()
        hands.sign_in(practice.hire(Role.NURSE)[0])
        QTest.qWait(500)
        assert not hands.sees("not up to date")
        bring_up_to_date(practice.owner)
