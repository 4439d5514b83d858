"""The page of workstations: inviting a computer, and shutting one out."""

from __future__ import annotations

from pathlib import Path

import pytest
from bson import ObjectId
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton

from hmsdesk.controllers.enrolment import invite, join, revoke
from hmsdesk.controllers.sign_in import Door
from hmsdesk.database.connection import CredentialRefused
from hmsdesk.entrance import Entrance
from hmsdesk.errors import NotAllowed
from hmsdesk.security.permissions import Role
from hmsdesk.security.secrets import open_secrets
from hmsdesk.settings import Kind, SecretStore, Settings
from hmsdesk.views.kit.clinic_picker import ClinicPicker
from hmsdesk.views.kit.owner_work import OwnerWork
from hmsdesk.views.workstations import ALONE, OWNERS_ONLY, Invite, make_page
from tests.conftest import OWNER_EMAIL, PASSWORD, Clinic
from tests.views.hands_of_owner import again, handed_over, open_page, press, select, shown, texts

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def shared(practices):
    """A practice that other computers can reach."""
    with practices.one(kind=Kind.SELF_MANAGED) as one:
        one.session(Role.NURSE)
        yield one


def fill(dialog: Invite, name: str, prefix: str, folder: Path) -> None:
    for field, typed in (("name", name), ("prefix", prefix), ("folder", str(folder))):
        editor = dialog.questions.rows[field].editor
        editor.set_raw(typed)
        editor.edited.emit()


def invited(page, name: str, prefix: str, folder: Path, qtbot) -> str:
    """Invite a computer; its one-time code."""
    press(page, "inviteButton")
    fill(shown(Invite, qtbot), name, prefix, folder)
    press(shown(Invite, qtbot), "dialogYes")
    again(qtbot)
    return handed_over(qtbot)


def test_a_computer_is_invited_joins_and_is_shut_out(shared: Clinic, tmp_path: Path, qtbot) -> None:
    page = open_page(make_page, shared.door, shared.administrator, qtbot)
    code = invited(page, "Dispensary", "bb", tmp_path, qtbot)
    settings = Settings(home=tmp_path / "second", argon2_mib=64)
    secrets = open_secrets(SecretStore.FILE, settings.folder())
    profile = join(settings, secrets, SecretStore.FILE, tmp_path / "BB-Dispensary.hmsdesk-pass", code)
    assert (profile.workstation, profile.patient_prefix) == ("Dispensary", "BB")
    second = Door(settings, profile, secrets, shared.address)
    second.sign_in(OWNER_EMAIL, PASSWORD).close()
    select(page, "Dispensary", qtbot)
    press(page.detail, "revoke")
    again(qtbot)
    qtbot.waitUntil(lambda: bool(page.context.toasts.shown()))
    qtbot.waitUntil(lambda: page.detail.findChild(QAbstractButton, "revoke") is None)
    with pytest.raises((CredentialRefused, NotAllowed)):
        second.sign_in(OWNER_EMAIL, PASSWORD)
    second.close()


def test_a_computer_that_is_shut_out_is_told_so_where_one_signs_in(shared: Clinic, tmp_path: Path, qtbot) -> None:
    file, code = invite(shared.owner, {"name": "Ward", "prefix": "WW"}, tmp_path)
    settings = Settings(home=tmp_path / "ward", argon2_mib=64)
    secrets = open_secrets(SecretStore.FILE, settings.folder())
    profile = join(settings, secrets, SecretStore.FILE, file, code)
    revoke(shared.owner, ObjectId(profile.workstation_id))
    entrance = Entrance(settings)
    qtbot.addWidget(entrance.sign_in)
    entrance.sign_in.show()
    entrance.show_practice()
    entrance.open()
    picker = entrance.sign_in.findChild(ClinicPicker)
    qtbot.waitUntil(lambda: "Not enrolled" in picker.accessibleName())
    assert any("no longer enrolled" in text for text in texts(entrance.sign_in))
    qtbot.waitUntil(lambda: entrance.is_connected)
    entrance.ask(OWNER_EMAIL)
    entrance.sign_in.submitted.emit(OWNER_EMAIL, PASSWORD)
    assert not any("no longer enrolled" in text for text in texts(entrance.sign_in))
    qtbot.waitUntil(lambda: any("no longer enrolled" in text for text in texts(entrance.sign_in)))
    assert "Not known to the server, Not enrolled" in picker.accessibleName()
    entrance.close()


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(shared: Clinic, tmp_path: Path, qtbot) -> None:
    page = open_page(make_page, shared.door, shared.administrator, qtbot)
    press(page, "inviteButton")
    dialog = shown(Invite, qtbot)
    fill(dialog, "", "B1", tmp_path / "nowhere")
    press(dialog, "dialogYes")
    problems = {name: row.problem for name, row in dialog.questions.rows.items()}
    assert problems == {
        "name": "Name of the computer is needed.",
        "prefix": "Exactly two letters from A to Z.",
        "folder": "There is no such folder.",
    }
    fill(dialog, "Reception desk 1", "AA", tmp_path)
    press(dialog, "dialogYes")
    rows = dialog.questions.rows
    qtbot.waitUntil(lambda: any(row.problem for row in rows.values()))
    assert not [asked for asked in QApplication.topLevelWidgets() if isinstance(asked, OwnerWork) and asked.isVisible()]
    assert not list(tmp_path.iterdir())
    assert dialog.questions.raw("name") == "Reception desk 1"
    dialog.reject()


def test_this_computer_cannot_be_shut_out_from_itself(shared: Clinic, qtbot) -> None:
    page = open_page(make_page, shared.door, shared.administrator, qtbot)
    select(page, "Reception desk 1", qtbot)
    assert page.detail.findChildren(QAbstractButton) == []


def test_a_practice_on_one_computer_says_why_none_can_be_invited(clinic: Clinic, qtbot) -> None:
    page = open_page(make_page, clinic.door, clinic.administrator, qtbot)
    assert not page.findChild(QPushButton, "inviteButton").isEnabled()
    assert ALONE in texts(page)


def test_who_is_no_owner_only_sees_the_list(shared: Clinic, qtbot) -> None:
    page = open_page(make_page, shared.door, shared.session(Role.NURSE), qtbot)
    assert page.findChild(QPushButton, "inviteButton") is None
    assert OWNERS_ONLY in [label.text() for label in page.findChildren(QLabel)]
