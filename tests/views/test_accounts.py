"""The page of accounts: what an owner does there, and what others see of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import pytest
from bson import Binary
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel, QLineEdit, QWidget

from hmsdesk.controllers import encrypting, renewal
from hmsdesk.controllers.account_list import ACCOUNTS
from hmsdesk.controllers.letterhead import letterhead
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.readmission import READMISSION_FILE
from hmsdesk.controllers.sign_in import NewPasswordNeeded
from hmsdesk.controllers.staff import STAFF
from hmsdesk.errors import UserError
from hmsdesk.models.patients import Patient
from hmsdesk.models.row import Row
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import Role
from hmsdesk.security.roles import OWNER
from hmsdesk.settings import Kind
from hmsdesk.views.accounts import make_page
from hmsdesk.views.accounts.actions import AccountActions
from hmsdesk.views.accounts.atlas_key import BOTH, AskAtlasKey
from hmsdesk.views.accounts.create import HAS_ONE, CreateAccount
from hmsdesk.views.accounts.keys import AHEAD, BEHIND, CLEAR
from hmsdesk.views.accounts.letterhead import ChangeLetterhead
from hmsdesk.views.accounts.rename import ALONG, NOT_ALONG, ChangeName
from hmsdesk.views.accounts.roles import NONE, NOT_FOR_OWNERS, ChooseRoles
from hmsdesk.views.kit.asking import Ask
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.keys import keys_in
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.owner_work import OwnerWork
from hmsdesk.views.kit.recovery_code import NO_KEYS
from hmsdesk.views.kit.recovery_dialog import RecoveryDialog
from hmsdesk.views.kit.shown_once import ShownOnce
from tests.conftest import PASSWORD, Clinic
from tests.factories import document
from tests.views.hands_of_owner import (
    again,
    choose,
    handed_over,
    open_page,
    plain,
    press,
    select,
    shown,
    texts,
    type_back,
)
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
NONE_HELD = Qt.KeyboardModifier.NoModifier
OTHERS = (Role.NURSE, Role.PHARMACIST, Role.LABORATORY, Role.RECEPTIONIST)


@pytest.fixture(scope="module", autouse=True)
def everybody(clinic: Clinic) -> None:
    """Their connections last as long as the practice."""
    for role in OTHERS:
        clinic.session(role)


@pytest.fixture
def opened(clinic: Clinic, qtbot) -> Callable[..., ListPage]:
    """Opens the page in the name of the first owner, or of another session."""
    return lambda session=None: open_page(make_page, clinic.door, session or clinic.administrator, qtbot)


def member(clinic: Clinic, name: str, profession: str = "doctor", **more: str) -> dict:
    return STAFF.create(clinic.administrator, {"name": name, "profession": profession, **more}, uuid4().hex)


def test_an_account_is_made_for_a_member_of_staff(clinic: Clinic, opened, qtbot) -> None:
    row = member(clinic, "Dr Karim Nabil", email="karim@nileclinic.example")
    page = opened()
    press(page, "createAccountButton")
    dialog = shown(CreateAccount, qtbot)
    person = dialog.questions.rows["person"].editor.picker
    qtbot.keyClicks(person, "karim")
    qtbot.waitUntil(person.popup.isVisible)
    qtbot.keyClick(person.popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.questions.raw("email") == "karim@nileclinic.example")
    assert dialog.questions.raw("name") == "Dr Karim Nabil"
    assert dialog.roles.ticked() == [Role.DOCTOR]
    press(dialog, "dialogYes")
    again(qtbot)
    password = handed_over(qtbot)
    with pytest.raises(NewPasswordNeeded) as needed:
        clinic.door.sign_in("karim@nileclinic.example", password)
    assert needed.value.opened.account["_id"] == row["_id"]


def test_an_account_is_made_for_somebody_else(clinic: Clinic, opened, qtbot) -> None:
    page = opened()
    press(page, "createAccountButton")
    dialog = shown(CreateAccount, qtbot)
    qtbot.mouseClick(dialog.findChild(QWidget, "segment-other"), Qt.MouseButton.LeftButton)
    press(dialog, "dialogYes")
    assert dialog.questions.rows["name"].problem == "Name is needed."
    assert NONE in texts(dialog)
    qtbot.keyClicks(dialog.findChild(QLineEdit, "name"), "Tarek Said")
    qtbot.keyClicks(dialog.findChild(QLineEdit, "email"), clinic.administrator.identity.email)
    press(dialog, f"role-{Role.REPRESENTATIVE.value}")
    press(dialog, "dialogYes")
    again(qtbot)
    qtbot.waitUntil(lambda: dialog.questions.rows["email"].problem != "")
    assert dialog.questions.raw("name") == "Tarek Said"
    dialog.questions.rows["email"].editor.set_raw("tarek@pharma.example")
    press(dialog, "dialogYes")
    again(qtbot)
    assert handed_over(qtbot)
    qtbot.waitUntil(lambda: any(row["name"] == "Tarek Said" for row in page.pages.rows))


def test_enter_in_a_field_makes_the_account_and_escape_asks_before_it_is_thrown_away(opened, qtbot) -> None:
    page = opened()
    press(page, "createAccountButton")
    dialog = shown(CreateAccount, qtbot)
    qtbot.mouseClick(dialog.findChild(QWidget, "segment-other"), Qt.MouseButton.LeftButton)
    qtbot.keyClicks(dialog.findChild(QLineEdit, "name"), "Yara Hassan")
    press(dialog, f"role-{Role.RECEPTIONIST.value}")
    email = dialog.findChild(QLineEdit, "email")
    qtbot.keyClicks(email, "yara@nileclinic.example")
    for key, modifier in ((Qt.Key.Key_Return, NONE_HELD), (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)):
        qtbot.keyClick(email, key, modifier)
        shown(OwnerWork, qtbot).reject()
        assert dialog.isVisible()
    qtbot.keyClick(email, Qt.Key.Key_Escape)
    asked = next(one for one in dialog.findChildren(Dialog) if one.isVisible())
    press(asked, "dialogNo")
    assert dialog.isVisible()
    assert dialog.questions.raw("name") == "Yara Hassan"
    qtbot.keyClick(email, Qt.Key.Key_Escape)
    gone = []
    dialog.rejected.connect(lambda: gone.append(True))
    press(next(one for one in dialog.findChildren(Dialog) if one.isVisible()), "dialogYes")
    assert gone


def test_who_owns_the_practice_stays_able_to_reach_the_accounts(opened, qtbot) -> None:
    page = opened()
    press(page, "createAccountButton")
    dialog = shown(CreateAccount, qtbot)
    qtbot.mouseClick(dialog.findChild(QWidget, "segment-other"), Qt.MouseButton.LeftButton)
    dialog.questions.show_values({"name": "Partner", "email": "another.partner@nileclinic.example"})
    press(dialog, f"role-{Role.RECEPTIONIST.value}")
    press(dialog, "isOwner")
    press(dialog, "dialogYes")
    assert NOT_FOR_OWNERS in texts(dialog)
    press(dialog, f"role-{Role.ADMINISTRATOR.value}")
    press(dialog, "dialogYes")
    work = shown(OwnerWork, qtbot)
    assert any("is an owner of the practice" in text for text in texts(work))
    work.reject()
    dialog.done(0)
    select(page, "Sara El-Masry", qtbot)
    press(page.detail, "changeRoles")
    own = shown(ChooseRoles, qtbot)
    press(own, f"role-{Role.RECEPTIONIST.value}")
    press(own, f"role-{Role.ADMINISTRATOR.value}")
    press(own, "dialogYes")
    assert NOT_FOR_OWNERS in texts(own)
    assert own.isVisible()


def test_an_account_becomes_that_of_a_member_of_staff_who_has_none(clinic: Clinic, opened, qtbot) -> None:
    doctor, taken = member(clinic, "Dr Hoda Salem"), member(clinic, "Dr Rana Kamel")
    with clinic.owning() as owner:
        owner.create({"name": "Dr Rana", "email": "rana@nileclinic.example", "person": taken["_id"]}, [Role.DOCTOR])
        owner.create_active({"name": "Hoda Salem", "email": "hoda@nileclinic.example"}, [Role.DOCTOR], PASSWORD)
    page = opened()
    select(page, "Dr Rana", qtbot)
    assert page.detail.findChild(QAbstractButton, "tieToStaff") is None
    select(page, "Hoda Salem", qtbot)
    press(page.detail, "tieToStaff")
    dialog = shown(Ask, qtbot)
    row = dialog.questions.rows["staff"]
    row.editor.picker.choose(taken["_id"], "Dr Rana Kamel")
    press(dialog, "dialogYes")
    qtbot.waitUntil(lambda: row.problem == HAS_ONE)
    row.editor.picker.choose(doctor["_id"], "Dr Hoda Salem")
    press(dialog, "dialogYes")
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    assert "Hoda Salem is Dr Hoda Salem among the staff now" in texts(page.context.toasts.shown()[0])
    select(page, "Hoda Salem", qtbot)
    qtbot.waitUntil(lambda: "Dr Hoda Salem" in texts(page.detail))
    session = clinic.door.sign_in("hoda@nileclinic.example", PASSWORD)
    assert session.identity.member == doctor["_id"]
    session.close()


def test_a_second_account_for_the_same_person_is_refused_at_once(clinic: Clinic, opened, qtbot) -> None:
    row = member(clinic, "Amal Fawzy", "nurse", email="amal@nileclinic.example")
    with clinic.owning() as owner:
        owner.create({"name": "Amal Fawzy", "email": "amal@nileclinic.example", "person": row["_id"]}, [Role.NURSE])
    page = opened()
    press(page, "createAccountButton")
    dialog = shown(CreateAccount, qtbot)
    editor = dialog.questions.rows["person"].editor
    editor.picker.choose(row["_id"], "Amal Fawzy")
    editor.edited.emit()
    qtbot.waitUntil(lambda: dialog.questions.rows["person"].problem == HAS_ONE)
    press(dialog, "dialogYes")
    assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, OwnerWork) and one.isVisible()]


def test_a_wrong_password_is_refused_and_typed_again(clinic: Clinic, opened, qtbot) -> None:
    page = opened()
    select(page, "Nurse of the tests", qtbot)
    press(page.detail, "resetPassword")
    dialog = again(qtbot, "not the password")
    note = dialog.findChild(QLabel, "dialogNote")
    qtbot.waitUntil(lambda: note.text() != "")
    assert dialog.isVisible()
    again(qtbot)
    password = handed_over(qtbot)
    with pytest.raises(NewPasswordNeeded):
        clinic.door.sign_in(clinic.email(Role.NURSE), password)


def test_disabling_offers_the_renewal_of_the_role(clinic: Clinic, opened, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(renewal, "time", SimpleNamespace(sleep=lambda _: None))
    page = opened()
    select(page, "Pharmacist of the tests", qtbot)
    page.detail.findChild(QAbstractButton, "disableAccount").setFocus()
    press(page.detail, "disableAccount")
    dialog = shown(OwnerWork, qtbot)
    option = dialog.findChild(QCheckBox, "ownerOption")
    assert (option.text(), option.isChecked()) == ("Renew the credential of pharmacist", True)
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    with pytest.raises(UserError, match="disabled"):
        clinic.door.sign_in(clinic.email(Role.PHARMACIST), PASSWORD)
    with clinic.owning() as owner:
        assert owner.users.users_of(Role.PHARMACIST.value) == ["pharmacist.2"]
    qtbot.waitUntil(lambda: page.detail.findChild(QAbstractButton, "enableAccount") is not None)
    qtbot.waitUntil(lambda: page.window().focusWidget() is page.detail.findChild(QAbstractButton, "enableAccount"))
    press(page.detail, "enableAccount")
    again(qtbot)
    qtbot.waitUntil(lambda: page.detail.findChild(QAbstractButton, "disableAccount") is not None)
    clinic.door.sign_in(clinic.email(Role.PHARMACIST), PASSWORD).close()


def test_disabling_an_owner_offers_the_renewal_of_the_owner_credential(clinic: Clinic, opened, qtbot) -> None:
    with clinic.owning() as owner:
        owner.create_active(
            {"name": "Partner Owner", "email": "partner@nileclinic.example"}, [Role.DOCTOR], PASSWORD, owner=True
        )
        former = owner.bundle.user
    page = opened()
    select(page, "Partner Owner", qtbot)
    press(page.detail, "disableAccount")
    work = shown(OwnerWork, qtbot)
    options = {box.text(): box for box in work.findChildren(QCheckBox, "ownerOption")}
    assert list(options) == ["Renew the owner credential, too", "Renew the credential of doctor"]
    options["Renew the credential of doctor"].setChecked(False)
    again(qtbot)
    dialog = shown(RecoveryDialog, qtbot)
    code = plain(dialog.findChild(QLabel, "recoveryCode").text())
    press(dialog, "dialogYes")
    type_back(dialog.code, code, qtbot)
    press(dialog, "dialogYes")
    clinic.reopen()
    with clinic.owning() as owner:
        assert owner.users.users_of(OWNER) == [owner.bundle.user] != [former]


def test_name_and_e_mail_are_changed_and_the_staff_record_goes_along(clinic: Clinic, opened, qtbot) -> None:
    row = member(clinic, "Heba Sami", "nurse", email="heba@nileclinic.example")
    with clinic.owning() as owner:
        owner.create_active(
            {"name": "Heba Sami", "email": "heba@nileclinic.example", "person": row["_id"]}, [Role.NURSE], PASSWORD
        )
    page = opened()
    went = []
    object.__setattr__(page.context, "navigate", lambda *place: went.append(place))
    select(page, "Heba Sami", qtbot)
    press(page.detail, "changeName")
    dialog = shown(ChangeName, qtbot)
    assert (dialog.questions.raw("name"), dialog.questions.raw("email")) == ("Heba Sami", "heba@nileclinic.example")
    editors = {name: dialog.findChild(QLineEdit, name) for name in ("name", "email")}
    editors["email"].setText("heba at home")
    press(dialog, "dialogYes")
    assert dialog.questions.rows["email"].problem
    editors["name"].setText("Heba Sami Aziz")
    editors["email"].setText(clinic.administrator.identity.email)
    press(dialog, "dialogYes")
    again(qtbot)
    qtbot.waitUntil(lambda: dialog.questions.rows["email"].problem == "Another account has this e-mail.")
    assert dialog.questions.raw("name") == "Heba Sami Aziz"
    editors["email"].setText("heba.aziz@nileclinic.example")
    press(dialog, "dialogYes")
    option = shown(OwnerWork, qtbot).findChild(QCheckBox, "ownerOption")
    assert (option.text(), option.isChecked()) == (ALONG, True)
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    assert "Heba Sami Aziz has another name and e-mail" in texts(page.context.toasts.shown()[0])
    press(page.context.toasts.shown()[0], "toastAction")
    assert went == [("staff", str(row["_id"]))]
    clinic.door.sign_in("heba.aziz@nileclinic.example", PASSWORD).close()
    qtbot.waitUntil(lambda: any(one["name"] == "Heba Sami Aziz" for one in page.pages.rows))
    changed = STAFF.get(clinic.administrator, row["_id"])
    assert (changed["name"], changed["email"]) == ("Heba Sami Aziz", "heba.aziz@nileclinic.example")


def begin_renaming(clinic: Clinic, page, qtbot, name: str, staff_name: str = "") -> dict:
    """Change the name of a member of staff's account up to the owner's password; their staff record."""
    email = f"{name.partition(' ')[0].lower()}@nileclinic.example"
    row = member(clinic, staff_name or name, "nurse", email=email)
    with clinic.owning() as owner:
        values = {"name": name, "email": email, "person": row["_id"]}
        owner.create_active(values, [Role.NURSE], PASSWORD)
    page.refresh()
    select(page, name, qtbot)
    press(page.detail, "changeName")
    dialog = shown(ChangeName, qtbot)
    dialog.findChild(QLineEdit, "name").setText(f"{name} Aziz")
    press(dialog, "dialogYes")
    return row


def test_a_staff_record_that_was_otherwise_already_is_left_alone(clinic: Clinic, opened, qtbot) -> None:
    page = opened()
    row = begin_renaming(clinic, page, qtbot, "Nadia Amin", "Dr Nadia Amin")
    assert shown(OwnerWork, qtbot).findChild(QCheckBox, "ownerOption") is None
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    assert "Nadia Amin is Nadia Amin Aziz now" in texts(page.context.toasts.shown()[0])
    assert STAFF.get(clinic.administrator, row["_id"])["name"] == "Dr Nadia Amin"


def test_a_staff_record_that_somebody_changed_meanwhile_is_told_of(clinic: Clinic, opened, qtbot) -> None:
    page = opened()
    row = begin_renaming(clinic, page, qtbot, "Rania Adel")
    assert shown(OwnerWork, qtbot).findChild(QCheckBox, "ownerOption").isChecked()
    STAFF.change(clinic.administrator, row["_id"], row["version"], {"phone": "0100 555 0177"}, uuid4().hex)
    again(qtbot)
    qtbot.waitUntil(lambda: any(NOT_ALONG in texts(one) for one in page.context.toasts.shown()))
    kept = STAFF.get(clinic.administrator, row["_id"])
    assert (kept["name"], kept["phone"]) == ("Rania Adel", "+201005550177")


def test_another_name_is_thrown_away_only_if_that_is_wanted(clinic: Clinic, opened, qtbot) -> None:
    page = opened()
    select(page, "Receptionist of the tests", qtbot)
    press(page.detail, "changeName")
    dialog = shown(ChangeName, qtbot)
    name = dialog.findChild(QLineEdit, "name")
    name.setText("Mona Adel Sabry")
    qtbot.keyClick(name, Qt.Key.Key_Escape)
    press(next(one for one in dialog.findChildren(Dialog) if one.isVisible()), "dialogNo")
    assert (dialog.isVisible(), name.text()) == (True, "Mona Adel Sabry")
    name.setText("Receptionist of the tests")
    qtbot.keyClick(name, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not any(isinstance(one, ChangeName) for one in QApplication.topLevelWidgets()))


def test_a_name_that_stays_asks_for_no_password(clinic: Clinic, opened, qtbot) -> None:
    page = opened()
    select(page, "Receptionist of the tests", qtbot)
    press(page.detail, "changeName")
    dialog = shown(ChangeName, qtbot)
    press(dialog, "dialogYes")
    qtbot.waitUntil(lambda: not any(isinstance(one, ChangeName) for one in QApplication.topLevelWidgets()))
    assert not any(isinstance(one, OwnerWork) and one.isVisible() for one in QApplication.topLevelWidgets())


def test_the_name_of_a_disabled_account_and_one_s_own_can_be_changed(clinic: Clinic, opened, qtbot) -> None:
    with clinic.owning() as owner:
        owner.create_active({"name": "Gone Away", "email": "gone@nileclinic.example"}, [Role.NURSE], PASSWORD)
        person = owner.database.accounts.find_one({"email": "gone@nileclinic.example"})["_id"]
        owner.set_state(person, State.DISABLED)
    page, own = opened(), clinic.administrator.identity.name
    for name, other in (("Gone Away", "Gone Further"), (own, "Laila Mansour"), ("Laila Mansour", own)):
        select(page, name, qtbot)
        press(page.detail, "changeName")
        dialog = shown(ChangeName, qtbot)
        dialog.findChild(QLineEdit, "name").setText(other)
        press(dialog, "dialogYes")
        again(qtbot)
        qtbot.waitUntil(lambda other=other: any(row["name"] == other for row in page.pages.rows))
        clinic.door.recheck(clinic.administrator)


def test_roles_are_changed_and_renewal_is_offered_for_those_taken_away(clinic: Clinic, opened, qtbot) -> None:
    page = opened()
    select(page, "Laboratory technician of the tests", qtbot)
    press(page.detail, "changeRoles")
    dialog = shown(ChooseRoles, qtbot)
    assert dialog.ticks.ticked() == [Role.LABORATORY]
    press(dialog, "role-laboratory")
    press(dialog, "dialogYes")
    assert NONE in texts(dialog)
    press(dialog, "role-nurse")
    press(dialog, "dialogYes")
    work = shown(OwnerWork, qtbot)
    option = work.findChild(QCheckBox, "ownerOption")
    assert option.text() == "Renew the credential of laboratory technician"
    option.setChecked(False)
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    rows = ACCOUNTS.page(clinic.administrator, Query(text="laboratory technician of")).rows
    assert [row["roles"] for row in rows] == [["nurse"]]


def test_who_gets_a_further_role_still_begins_as_what_they_were(clinic: Clinic, opened, qtbot) -> None:
    with clinic.owning() as owner:
        owner.create_active({"name": "Mona Adel", "email": "mona@nileclinic.example"}, [Role.RECEPTIONIST], PASSWORD)
    page = opened()
    select(page, "Mona Adel", qtbot)
    press(page.detail, "changeRoles")
    dialog = shown(ChooseRoles, qtbot)
    press(dialog, "role-nurse")
    press(dialog, "dialogYes")
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    # One begins as the first of them.
    rows = ACCOUNTS.page(clinic.administrator, Query(text="mona adel")).rows
    assert [row["roles"] for row in rows] == [["receptionist", "nurse"]]


def test_nobody_disables_or_resets_their_own_account(opened, qtbot) -> None:
    page = opened()
    select(page, "Sara El-Masry", qtbot)
    names = {button.objectName() for button in page.detail.findChildren(QAbstractButton)}
    assert "changeRoles" in names
    assert not names & {"disableAccount", "resetPassword"}


def test_enter_that_opens_nothing_here_is_not_among_the_keys(opened) -> None:
    words = [one.words for one in keys_in(opened())]
    assert "Move in the list" in words
    assert "Open what is chosen" not in words


def test_a_new_recovery_code_is_asked_back(clinic: Clinic, opened, qtbot, tmp_path) -> None:
    page = opened()
    choose(page, "newRecoveryCode")
    again(qtbot)
    dialog = shown(RecoveryDialog, qtbot)
    shown_code = dialog.findChild(QLabel, "recoveryCode")
    code, high = plain(shown_code.text()), shown_code.height()
    dialog.code.save_to(tmp_path / "recovery code.pdf")
    qtbot.waitUntil(lambda: any("Saved as" in text for text in texts(dialog)))
    # What is said below takes no room from the code.
    qtbot.waitUntil(lambda: dialog.height() >= dialog.column.heightForWidth(dialog.width()))
    assert shown_code.height() == high
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    press(dialog, "dialogYes")
    press(dialog, "dialogYes")
    assert dialog.isVisible()
    type_back(dialog.code, code, qtbot)
    press(dialog, "dialogYes")
    assert clinic.recovery_code != code


def test_a_new_code_that_brings_no_keys_back_says_so(clinic: Clinic, opened, qtbot) -> None:
    page = opened()
    kept = clinic.settings.folder() / READMISSION_FILE
    kept.unlink(missing_ok=True)
    kept.mkdir()
    choose(page, "newRecoveryCode")
    again(qtbot)
    dialog = shown(RecoveryDialog, qtbot)
    assert NO_KEYS in texts(dialog)
    kept.rmdir()
    code = plain(dialog.findChild(QLabel, "recoveryCode").text())
    press(dialog, "dialogYes")
    type_back(dialog.code, code, qtbot)
    press(dialog, "dialogYes")
    choose(page, "newRecoveryCode")
    again(qtbot)
    dialog = shown(RecoveryDialog, qtbot)
    assert NO_KEYS not in texts(dialog)
    code = plain(dialog.findChild(QLabel, "recoveryCode").text())
    press(dialog, "dialogYes")
    type_back(dialog.code, code, qtbot)
    press(dialog, "dialogYes")


def test_the_owner_credential_is_renewed_and_its_code_asked_back(clinic: Clinic, opened, qtbot) -> None:
    page = opened()
    with clinic.owning() as owner:
        former = owner.bundle.user
    choose(page, "renewOwnership")
    work = shown(OwnerWork, qtbot)
    said: list[str] = []
    work._told.connect(said.append)
    again(qtbot)
    dialog = shown(RecoveryDialog, qtbot)
    code = plain(dialog.findChild(QLabel, "recoveryCode").text())
    assert said == [
        "Making a new owner of the database",
        "Handing it to the practice's owners",
        "Dropping the former one",
    ]
    press(dialog, "dialogYes")
    type_back(dialog.code, code, qtbot)
    press(dialog, "dialogYes")
    assert page.context.toasts.shown() == []
    clinic.reopen()
    with clinic.owning() as owner:
        assert owner.users.users_of(OWNER) == [owner.bundle.user] != [former]


def test_on_atlas_both_parts_of_another_key_are_asked_for_or_neither(opened, qtbot, monkeypatch) -> None:
    page = opened()
    on_atlas = replace(page.context.door.profile, kind=Kind.ATLAS)
    monkeypatch.setattr(page.context.door, "profile", on_atlas)
    choose(page, "renewOwnership")
    dialog = shown(AskAtlasKey, qtbot)
    dialog.questions.rows["key"].editor.set_raw("abcdefgh")
    press(dialog, "dialogYes")
    assert dialog.questions.rows["secret"].problem == BOTH
    dialog.questions.rows["secret"].editor.set_raw("secret")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        press(dialog, "dialogYes")
    assert chosen.args == ["abcdefgh", "secret"]
    shown(OwnerWork, qtbot).reject()


def test_a_practice_that_is_behind_is_said_and_brought_up_to_date(clinic: Clinic, opened, qtbot) -> None:
    with clinic.past_the_program() as database:
        before = database.practice.find_one()
        database.practice.update_one({}, {"$unset": {"provisioned": ""}})
        database.departments.drop_indexes()
    page = opened()
    qtbot.waitUntil(lambda: BEHIND in texts(page))
    press(page, "noticeAction")
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    qtbot.waitUntil(lambda: not page.findChild(Notice).isVisible())
    with clinic.past_the_program() as database:
        assert len(database.departments.index_information()) > 1
        assert database.practice.find_one()["provisioned"] == before["provisioned"]


def test_a_practice_that_is_ahead_is_said_and_left_alone(clinic: Clinic, opened, qtbot) -> None:
    with clinic.past_the_program() as database:
        before = database.practice.find_one()["provisioned"]
        newer = {"provisioned": {"version": "99.0.0", "declared": "otherwise"}}
        database.practice.update_one({}, {"$set": newer})
    page = opened()
    qtbot.waitUntil(lambda: AHEAD in texts(page))
    assert page.findChild(QAbstractButton, "noticeAction") is None
    with clinic.past_the_program() as database:
        database.practice.update_one({}, {"$set": {"provisioned": before}})


def test_a_credential_is_renewed(clinic: Clinic, opened, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(renewal, "time", SimpleNamespace(sleep=lambda _: None))
    page = opened()
    with clinic.owning() as owner:
        before = owner.users.users_of(Role.DOCTOR.value)
    choose(page, "renewCredentials")
    dialog = shown(ChooseRoles, qtbot)
    press(dialog, "role-doctor")
    press(dialog, "dialogYes")
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    with clinic.owning() as owner:
        assert owner.users.users_of(Role.DOCTOR.value) != before


def test_the_temporary_password_can_be_copied(opened, clinic: Clinic, qtbot) -> None:
    page = opened()
    select(page, "Receptionist of the tests", qtbot)
    press(page.detail, "resetPassword")
    again(qtbot)
    dialog = shown(ShownOnce, qtbot)
    press(dialog, "shownOnceCopy")
    assert QGuiApplication.clipboard().text() == dialog.findChild(QLabel, "shownOnceSecret").text().strip(
        "\u2066\u2069"
    )
    press(dialog, "dialogYes")
    assert QGuiApplication.clipboard().text() == ""


def test_who_is_no_owner_sees_the_list_and_whom_to_ask(opened, clinic: Clinic, qtbot) -> None:
    with clinic.owning() as owner:
        owner.create_active(
            {"name": "Second administrator", "email": "second@nileclinic.example"}, [Role.ADMINISTRATOR], PASSWORD
        )
    session = clinic.door.sign_in("second@nileclinic.example", PASSWORD)
    page = opened(session)
    notice = page.findChild(QWidget, "ownersNotice")
    qtbot.waitUntil(lambda: "Ask Sara El-Masry." in notice.text())
    assert page.findChild(AccountActions) is None
    select(page, "Sara El-Masry", qtbot)
    assert page.detail.findChildren(QAbstractButton) == []
    session.close()


def test_an_owner_changes_what_stands_on_all_papers(opened, clinic: Clinic, qtbot) -> None:
    page = opened()
    choose(page, "changeLetterhead")
    dialog = shown(ChangeLetterhead, qtbot)
    before = letterhead(clinic.administrator)
    assert dialog.questions.raw("name") == before.name
    dialog.questions.show_values({"address": "7 Sudan Street, Giza"})
    press(dialog, "dialogYes")
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    after = letterhead(clinic.administrator)
    assert (after.name, after.address) == (before.name, "7 Sudan Street, Giza")


def test_keys_of_encrypted_fields_are_replaced(new_clinic, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(renewal, "time", SimpleNamespace(sleep=lambda _: None))
    clinic = new_clinic()
    page = open_page(make_page, clinic.door, clinic.administrator, qtbot)
    choose(page, "rotateKeys")
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    with clinic.owning() as owner:
        assert {keys.writing for keys in owner.keyring().collections.values()} == {2}


def test_what_lies_in_the_clear_is_said_and_encrypted_stopped_and_gone_on_with(
    clinic: Clinic, opened, qtbot, monkeypatch
) -> None:
    with clinic.past_the_program() as database:
        done = database.practice.find_one()["encrypted"]
        database.practice.update_one({}, {"$unset": {"encrypted.patients": ""}})
        clear = Patient.validator(in_the_clear=True)
        database.command("collMod", "patients", validator=clear)
        database.patients.insert_many([in_the_clear(document(Patient), policy=f"MI-{number}") for number in range(150)])
    page = opened()
    qtbot.waitUntil(lambda: CLEAR.format("patients") in texts(page))
    press(page, "noticeAction")
    dialog = shown(OwnerWork, qtbot)
    reached, let_on = threading.Event(), threading.Event()
    add = encrypting._Counting.add

    def slowly(counting: object, number: int) -> None:
        reached.set()
        let_on.wait(PATIENCE_S)
        add(counting, number)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(encrypting._Counting, "add", slowly)
        again(qtbot)
        qtbot.waitUntil(reached.is_set)
        press(dialog, "dialogNo")
        let_on.set()
        qtbot.waitUntil(lambda: "You stopped it." in " ".join(texts(dialog)))
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    qtbot.waitUntil(lambda: not page.findChild(Notice).isVisible())
    with clinic.past_the_program() as database:
        assert database.patients.count_documents({"policy": {"$type": "string"}}) == 0
        assert database.practice.find_one()["encrypted"] == done
        database.patients.delete_many({"policy": {"$exists": True}})


def in_the_clear(row: Row, **values: str) -> Row:
    """A row as an older program stored it."""
    return {name: value for name, value in row.items() if not isinstance(value, Binary)} | values
