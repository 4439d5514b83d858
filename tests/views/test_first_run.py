"""The first run: a practice is founded in real windows on a real server, joined, and recovered."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLabel, QLineEdit, QPushButton, QWidget

from hmsdesk.controllers import restoring
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.enrolment import FOREIGN, invite
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.provisioning import make_place
from hmsdesk.controllers.schedules import SCHEDULES
from hmsdesk.controllers.services import SERVICES
from hmsdesk.controllers.sign_in import WrongPassword
from hmsdesk.controllers.staff import STAFF
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.errors import UserError
from hmsdesk.models.locale import Locale
from hmsdesk.security.permissions import Role
from hmsdesk.settings import Kind, Settings, read_profile
from hmsdesk.views.first_run import FirstRun, choices
from hmsdesk.views.first_run.choices import ALONE, JOIN, RESTORE, SHARED, SOLO
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.recover import Recover
from tests.backing_up import PASSPHRASE, backed_up
from tests.conftest import OWNER_EMAIL, PASSWORD
from tests.views.hands_of_owner import plain, press, texts, type_back

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

EMAIL = "sara@nileclinic.example"
PRACTICE_FIELDS = ("name", "name_ar", "country", "phone", "address", "address_ar")


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    opened = Workplace(Settings(home=tmp_path / "home", argon2_mib=64))
    yield opened
    tasks.stop()
    opened.close()


@pytest.fixture
def wizard(workplace: Workplace, qtbot, monkeypatch) -> FirstRun:
    monkeypatch.setattr(choices, "has_keyring", lambda: False)
    opened = FirstRun(workplace)
    opened.resize(1366, 768)
    qtbot.addWidget(opened)
    with qtbot.waitExposed(opened):
        opened.show()
    opened.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is opened)
    return opened


def go_on(wizard: FirstRun) -> None:
    press(wizard, "wizardNext")


def put(wizard: FirstRun, **typed: str) -> None:
    """Type into the fields of the step that is shown."""
    for name, text in typed.items():
        editor = wizard.step().questions.rows[name].editor
        editor.set_raw(text)
        editor.edited.emit()


def at(wizard: FirstRun, name: str, qtbot) -> None:
    qtbot.waitUntil(lambda: wizard.step().name == name)


def problem(wizard: FirstRun, field: str) -> str:
    return wizard.step().questions.rows[field].problem


def answer_practice(wizard: FirstRun, *, solo: bool = False) -> None:
    """From the step about the practice to the one about secrets."""
    put(wizard, name="Nile Family Clinic", name_ar="عيادة النيل للأسرة", phone="02 3555 0140")
    go_on(wizard)
    if solo:
        wizard.workstation.cards.choose(SOLO)
    go_on(wizard)
    put(
        wizard,
        owner_name="Sara El-Masry",
        owner_email=EMAIL,
        owner_password=PASSWORD,
        owner_password_again=PASSWORD,
    )
    go_on(wizard)


def set_up(wizard: FirstRun, qtbot) -> None:
    """Go on from the step about secrets, once it is known whether there is a keyring."""
    at(wizard, "secrets", qtbot)
    qtbot.waitUntil(wizard.secrets.is_ready)
    go_on(wizard)


def confirm_code(wizard: FirstRun, qtbot) -> str:
    at(wizard, "recovery", qtbot)
    code = plain(wizard.findChild(QLabel, "recoveryCode").text())
    go_on(wizard)
    go_on(wizard)
    assert wizard.step().name == "recovery", "nothing was typed back yet"
    type_back(wizard.step().code, code, qtbot)
    go_on(wizard)
    return code


@pytest.fixture(scope="module")
def backup(clinic, tmp_path_factory) -> Path:
    """Of another computer's practice."""
    return backed_up(clinic, tmp_path_factory.mktemp("backups") / "practice.hmsbackup")


class TestBackup:
    """A practice is brought back from it."""

    def to_backup(self, wizard: FirstRun) -> None:
        wizard.what.cards.choose(RESTORE)
        go_on(wizard)
        assert wizard.step().name == "backup"

    def test_is_brought_back_and_its_people_sign_in(self, wizard, workplace, backup, clinic, qtbot) -> None:
        self.to_backup(wizard)
        put(wizard, file=str(backup), passphrase="not this one at all")
        go_on(wizard)
        put(wizard, workstation="Desk of the new house")
        go_on(wizard)
        set_up(wizard, qtbot)
        at(wizard, "backup", qtbot)
        assert "does not open the backup" in problem(wizard, "passphrase")
        assert not (workplace.settings.home / "db").exists()
        put(wizard, passphrase=PASSPHRASE)
        go_on(wizard)
        go_on(wizard)
        set_up(wizard, qtbot)
        at(wizard, "recovery", qtbot)
        assert not wizard.may_close()
        QApplication.activeModalWidget().reject()
        confirm_code(wizard, qtbot)
        at(wizard, "report", qtbot)
        said = texts(wizard.step())
        assert any("each the same to the last byte" in text for text in said)
        assert any(f"join anew, with a pass from an owner: {clinic.profile.workstation}." in text for text in said)
        with qtbot.waitSignal(wizard.finished) as finished:
            go_on(wizard)
        assert finished.args == [""]
        assert read_profile(workplace.settings.home).workstation == "Desk of the new house"
        workplace.door().sign_in(OWNER_EMAIL, PASSWORD).close()

    def test_is_refused_beside_its_field_where_it_is_none(self, wizard, tmp_path: Path, backup) -> None:
        self.to_backup(wizard)
        (tmp_path / "other").write_bytes(b"something else")
        put(wizard, file=str(tmp_path / "other"), passphrase=PASSPHRASE)
        go_on(wizard)
        assert "not a backup of HMSDesk" in problem(wizard, "file")
        put(wizard, file=str(backup), passphrase="")
        go_on(wizard)
        assert "is needed" in problem(wizard, "passphrase")

    def test_is_asked_for_its_server_where_it_goes_to_a_shared_one(self, wizard, backup) -> None:
        self.to_backup(wizard)
        put(wizard, file=str(backup), passphrase=PASSPHRASE)
        go_on(wizard)
        wizard.where.cards.choose(SHARED)
        assert wizard.step().name == "where"
        go_on(wizard)
        assert wizard.step().name == "server"
        wizard.go_back()
        wizard.where.cards.choose(ALONE)
        go_on(wizard)
        assert wizard.step().name == "secrets"
        assert wizard.findChild(QPushButton, "wizardNext").text() == "Bring it back"

    def test_is_stopped_and_begun_again(self, wizard, workplace, backup, qtbot, monkeypatch) -> None:
        reading, go = threading.Event(), threading.Event()
        real = restoring.load_backup

        def load(*arguments) -> None:
            reading.set()
            go.wait(30)
            real(*arguments)

        monkeypatch.setattr(restoring, "load_backup", load)
        self.to_backup(wizard)
        put(wizard, file=str(backup), passphrase=PASSPHRASE)
        go_on(wizard)
        go_on(wizard)
        set_up(wizard, qtbot)
        qtbot.waitUntil(reading.is_set)
        qtbot.waitUntil(wizard.step().stop.isEnabled)
        wizard.step().stop.click()
        go.set()
        at(wizard, "secrets", qtbot)
        assert any("You stopped it." in text for text in texts(wizard))
        assert read_profile(workplace.settings.home) is None
        assert wizard.backup.answer("passphrase") == PASSPHRASE


def test_enter_goes_on_from_the_very_first_page(wizard: FirstRun) -> None:
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert wizard.step().name == "practice"


def test_a_practice_is_founded_on_this_computer(wizard: FirstRun, workplace: Workplace, qtbot, tmp_path: Path) -> None:
    go_on(wizard)
    answer_practice(wizard)
    set_up(wizard, qtbot)
    assert not wizard.findChild(QPushButton, "wizardBack").isVisible()
    at(wizard, "recovery", qtbot)
    page = tmp_path / "code.pdf"
    wizard.step().code.save_to(page)
    qtbot.waitUntil(page.exists)
    assert page.read_bytes().startswith(b"%PDF")
    assert page.stat().st_mode & 0o077 == 0
    code = confirm_code(wizard, qtbot)
    at(wizard, "starter", qtbot)
    for tick in ("tick-CARD", "tick-PAED"):
        wizard.findChild(QCheckBox, tick).setChecked(True)
    wizard.findChild(QCheckBox, "tick-ECG").setChecked(False)
    put(wizard, doctors="Dr Karim Nabil, Dr Layla Mahmoud")
    with qtbot.waitSignal(wizard.finished) as finished:
        go_on(wizard)
    assert finished.args == [EMAIL]
    door = workplace.door()
    session = door.sign_in(EMAIL, PASSWORD)
    assert session.identity.role is Role.ADMINISTRATOR
    codes = {row["code"] for row in DEPARTMENTS.page(session, Query()).rows}
    assert codes == {"FAM", "CARD", "PAED"}
    assert "ECG" not in {row["code"] for row in SERVICES.page(session, Query()).rows}
    assert STAFF.count(session, Query()).number == SCHEDULES.count(session, Query()).number == 2
    session.close()
    recover_the_owner(workplace, door, code, qtbot)


def test_while_the_code_is_shown_closing_the_window_asks_first(wizard: FirstRun, qtbot) -> None:
    assert wizard.may_close()
    go_on(wizard)
    answer_practice(wizard)
    set_up(wizard, qtbot)
    at(wizard, "recovery", qtbot)
    assert not wizard.may_close()
    asked = next(one for one in wizard.findChildren(Dialog) if one.isVisible())
    press(asked, "dialogNo")
    assert not wizard.may_close()
    asked = next(one for one in wizard.findChildren(Dialog) if one.isVisible())
    press(asked, "dialogYes")
    assert wizard.may_close()


def test_what_to_begin_with_isn_t_closed_over_without_asking_either(wizard: FirstRun, qtbot) -> None:
    go_on(wizard)
    answer_practice(wizard, solo=True)
    set_up(wizard, qtbot)
    confirm_code(wizard, qtbot)
    at(wizard, "starter", qtbot)
    assert not wizard.may_close()


def test_enter_goes_through_the_fields_as_they_stand(wizard: FirstRun) -> None:
    go_on(wizard)
    names = list(wizard.practice.questions.rows)
    assert names.index("phone") < next(n for n, name in enumerate(names) if name not in PRACTICE_FIELDS)
    assert names[-2:] == ["address", "address_ar"]


def recover_the_owner(workplace: Workplace, door, code: str, qtbot) -> None:
    """'Forgot your password?' in the same practice."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    dialog = Recover(window, "Nile Family Clinic", lambda _: door, EMAIL)
    dialog.open()
    assert dialog.questions.raw("email") == EMAIL, "it was typed where one signs in"
    assert "owner" in " ".join(texts(dialog))
    press(dialog, "dialogYes")
    another = "blue kettle walks sideways"
    typed = {"code": "AAAAA-AAAAA", "email": EMAIL, "password": another, "again": another}
    for name, text in typed.items():
        dialog.questions.rows[name].editor.set_raw(text)
    press(dialog, "dialogYes")
    qtbot.waitUntil(lambda: dialog.questions.rows["code"].problem != "")
    assert dialog.questions.raw("password") == another
    dialog.questions.rows["code"].editor.set_raw(code.lower())
    press(dialog, "dialogYes")
    qtbot.waitUntil(lambda: dialog.findChild(QLabel, "recoveryCode") is not None)
    new = plain(dialog.findChild(QLabel, "recoveryCode").text())
    assert new != code
    dialog.reject()
    assert dialog.isVisible(), "the new code would be lost"
    press(dialog, "dialogYes")
    type_back(dialog._code, new, qtbot)
    with qtbot.waitSignal(dialog.recovered) as recovered:
        press(dialog, "dialogYes")
    assert recovered.args == [EMAIL]
    door.sign_in(EMAIL, another).close()
    with pytest.raises(WrongPassword):
        door.sign_in(EMAIL, PASSWORD)


def test_a_country_with_several_clocks_has_one_chosen(wizard: FirstRun) -> None:
    def clock() -> str:
        return next(text for text in texts(wizard) if text.startswith("Prices are in"))

    go_on(wizard)
    rows = wizard.practice.questions.rows
    assert not rows["timezone_US"].isVisible(), "Egypt has one"
    put(wizard, name="Bay Clinic")
    assert "timezone" not in wizard.practice.values()
    put(wizard, country="US")
    assert rows["timezone_US"].isVisible()
    assert not rows["timezone_ES"].isVisible()
    assert clock() == "Prices are in USD; the clock is that of America/New_York.", "the usual one, unless one chooses"
    put(wizard, timezone_US="America/Los_Angeles")
    assert clock() == "Prices are in USD; the clock is that of America/Los_Angeles."
    assert wizard.practice.place() == Locale("US", "USD", "America/Los_Angeles")
    go_on(wizard)
    assert wizard.step().name == "workstation"
    assert wizard.practice.values() == {
        "name": "Bay Clinic",
        "country": "US",
        "timezone": "America/Los_Angeles",
    }
    press(wizard, "wizardBack")
    put(wizard, country="EG")
    assert wizard.practice.place().timezone == "Africa/Cairo", "not that of another country"
    assert "timezone" not in wizard.practice.values()


def test_a_practice_is_founded_with_the_clock_that_was_chosen(wizard: FirstRun, workplace: Workplace, qtbot) -> None:
    go_on(wizard)
    put(wizard, name="Desert Clinic", country="US", timezone_US="America/Phoenix")
    go_on(wizard)
    wizard.workstation.cards.choose(SOLO)
    go_on(wizard)
    owner = {"owner_name": "Sara El-Masry", "owner_email": EMAIL}
    put(wizard, **owner, owner_password=PASSWORD, owner_password_again=PASSWORD)
    go_on(wizard)
    set_up(wizard, qtbot)
    confirm_code(wizard, qtbot)
    with qtbot.waitSignal(wizard.finished):
        press(wizard, "wizardSkip")
    session = workplace.door().sign_in(EMAIL, PASSWORD)
    assert session.locale == Locale("US", "USD", "America/Phoenix")
    session.close()


def test_the_only_doctor_may_begin_with_nothing(wizard: FirstRun, workplace: Workplace, qtbot) -> None:
    go_on(wizard)
    answer_practice(wizard, solo=True)
    set_up(wizard, qtbot)
    confirm_code(wizard, qtbot)
    assert "doctors" not in wizard.step().questions.rows
    with qtbot.waitSignal(wizard.finished):
        press(wizard, "wizardSkip")
    session = workplace.door().sign_in(EMAIL, PASSWORD)
    assert session.identity.role is Role.SOLO
    assert session.identity.workstation_name == "Consulting room"
    session.close()


def test_what_is_wrong_stands_beside_its_field_and_stays_typed(wizard: FirstRun, qtbot) -> None:
    go_on(wizard)
    put(wizard, name="", phone="02 35")
    go_on(wizard)
    assert problem(wizard, "name") == "Name of the practice is needed."
    assert problem(wizard, "phone")
    put(wizard, name="<b>Nile</b>", phone="")
    assert "Prices are in EGP" in " ".join(texts(wizard))
    put(wizard, country="DE")
    assert "Prices are in EUR; the clock is that of Europe/Berlin." in texts(wizard)
    assert "<b>Nile</b>" in texts(wizard), "the name stands on the painted side, as it was typed"
    go_on(wizard)
    put(wizard, prefix="A1")
    go_on(wizard)
    assert problem(wizard, "prefix") == "Exactly two letters from A to Z."
    put(wizard, prefix="bk")
    go_on(wizard)
    put(wizard, owner_name="Sara El-Masry", owner_email="sara@nile", owner_password="sara1234")
    assert "common password" in " ".join(texts(wizard)), "weakness is said at once"
    put(wizard, owner_password_again="sara12345")
    go_on(wizard)
    assert problem(wizard, "owner_email")
    assert problem(wizard, "owner_password")
    assert problem(wizard, "owner_password_again") == "The two are not the same."
    put(wizard, owner_email=EMAIL, owner_password=PASSWORD, owner_password_again=PASSWORD)
    assert "This password is good." in texts(wizard)
    press(wizard, "wizardBack")
    press(wizard, "wizardBack")
    assert wizard.step().questions.raw("name") == "<b>Nile</b>"
    go_on(wizard)
    go_on(wizard)
    assert wizard.owner.answer("owner_email") == EMAIL
    go_on(wizard)
    qtbot.waitUntil(wizard.secrets.is_ready)
    founding = wizard.founding()
    assert (founding.patient_prefix, founding.practice["country"]) == ("BK", "DE")


def test_it_is_led_by_the_keyboard(wizard: FirstRun, qtbot) -> None:
    qtbot.waitUntil(lambda: wizard.focusWidget() is not None)
    qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Down)
    assert wizard.what.kind() == SHARED
    qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Up)
    qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Return)
    assert wizard.step() is wizard.practice
    for _ in range(5):
        qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Return)
    assert wizard.step() is wizard.practice, "Enter goes from field to field"
    qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Return)
    assert wizard.focusWidget() is wizard.practice.findChild(QLineEdit, "name"), "the first to be corrected"
    qtbot.keyClicks(wizard.focusWidget(), "Nile")
    qtbot.keyClick(wizard, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert wizard.step() is wizard.what


def test_in_a_low_window_the_wizard_scrolls_to_the_field_one_is_led_to(wizard: FirstRun, qtbot) -> None:
    go_on(wizard)
    put(wizard, name="Nile Family Clinic")
    go_on(wizard)
    go_on(wizard)
    wizard.resize(900, 340)
    put(wizard, owner_name="Sara El-Masry", owner_email=EMAIL, owner_password=PASSWORD, owner_password_again="another")
    qtbot.waitUntil(lambda: not in_view(wizard, "owner_password_again"))
    go_on(wizard)
    qtbot.waitUntil(lambda: in_view(wizard, "owner_password_again"))
    put(wizard, owner_name="")
    go_on(wizard)
    qtbot.waitUntil(lambda: in_view(wizard, "owner_name"))
    for _ in range(3):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: in_view(wizard, "owner_password_again"))


def in_view(wizard: FirstRun, field: str) -> bool:
    row, view = wizard.step().questions.rows[field], wizard.step().parentWidget()
    return view.rect().contains(QRect(row.mapTo(view, QPoint()), row.size()))


def test_where_no_keyring_answers_the_file_is_explained(wizard: FirstRun, qtbot) -> None:
    go_on(wizard)
    answer_practice(wizard)
    qtbot.waitUntil(wizard.secrets.is_ready)
    assert not wizard.findChild(QWidget, "choice-keyring").isVisible()
    assert "No keyring answers on this computer" in " ".join(texts(wizard))


def test_a_founding_that_fails_comes_back_with_everything_typed(
    wizard: FirstRun, workplace: Workplace, qtbot, monkeypatch
) -> None:
    def refuse(*_) -> None:
        raise UserError("The disk is full.", "Free some space.")

    monkeypatch.setattr(workplace, "found", refuse)
    go_on(wizard)
    answer_practice(wizard)
    set_up(wizard, qtbot)
    qtbot.waitUntil(lambda: "The disk is full." in texts(wizard))
    assert wizard.step() is wizard.secrets
    assert wizard.founding().owner_password == PASSWORD


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def choose(wizard: FirstRun, kind: str) -> None:
    wizard.what.cards.choose(kind)
    go_on(wizard)


def test_a_wrong_server_is_told_before_anything_is_founded(
    wizard: FirstRun, server_address: str, qtbot, tmp_path: Path
) -> None:
    choose(wizard, SHARED)
    put(wizard, address=f"mongodb://me:{PASSWORD}@db1/", database="hmsdesk nile", owner_password="x")
    go_on(wizard)
    assert "Leave out the user and the password" in problem(wizard, "address")
    put(wizard, address=f"mongodb://127.0.0.1:{closed_port()}/", database="hmsdesk_nile_1", ca=str(tmp_path))
    press(wizard, "tryServer")
    assert problem(wizard, "ca").startswith("This is a folder.")
    put(wizard, ca="")
    press(wizard, "tryServer")
    qtbot.waitUntil(lambda: "Nothing answers at this address." in " ".join(texts(wizard)))
    put(wizard, address=server_address)
    press(wizard, "tryServer")
    qtbot.waitUntil(lambda: problem(wizard, "owner_password") != "")


def test_a_practice_is_founded_on_a_shared_server_which_a_second_computer_joins(
    wizard: FirstRun, workplace: Workplace, server_address: str, qtbot, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(choices, "has_keyring", lambda: False)
    database, password = make_place(as_root(server_address), "Nile", "", workplace.settings)
    choose(wizard, SHARED)
    put(wizard, address=server_address, database=database, owner_password=password)
    press(wizard, "tryServer")
    qtbot.waitUntil(lambda: "The practice can be founded there." in " ".join(texts(wizard)))
    go_on(wizard)
    answer_practice(wizard)
    set_up(wizard, qtbot)
    confirm_code(wizard, qtbot)
    with qtbot.waitSignal(wizard.finished) as finished:
        press(wizard, "wizardSkip")
    assert finished.args == [EMAIL]
    assert read_profile(workplace.settings.home).kind is Kind.SELF_MANAGED
    second_computer_joins(workplace, qtbot, tmp_path, monkeypatch)
    again = FirstRun(Workplace(Settings(home=tmp_path / "third", argon2_mib=64)))
    qtbot.addWidget(again)
    choose(again, SHARED)
    put(again, address=server_address, database=database, owner_password=password)
    again.show()
    press(again, "tryServer")
    qtbot.waitUntil(lambda: "This database holds a practice already." in " ".join(texts(again)))


def as_root(address: str) -> str:
    """The tests' server as somebody who looks after it."""
    scheme, _, rest = address.partition("://")
    hosts, _, options = rest.partition("/")
    return f"{scheme}://tests:tests@{hosts}/{options}&authSource=admin"


def second_computer_joins(workplace: Workplace, qtbot, tmp_path: Path, monkeypatch) -> None:
    from hmsdesk.controllers.accounts import owning

    door = workplace.door()
    session = door.sign_in(EMAIL, PASSWORD)
    with owning(door, session, PASSWORD) as owner:
        file, code = invite(owner, {"name": "Dispensary", "prefix": "BB"}, tmp_path)
    session.close()
    second = Workplace(Settings(home=tmp_path / "second", argon2_mib=64))
    wizard = FirstRun(second)
    qtbot.addWidget(wizard)
    wizard.show()
    choose(wizard, JOIN)
    put(wizard, file=str(tmp_path / "nowhere"), code=code)
    go_on(wizard)
    assert problem(wizard, "file") == "There is no such file. Choose it with the button below."

    def choose_pass(path: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
        press(wizard, "choosePass")

    empty = tmp_path / "empty.hmsdesk-pass"
    empty.write_bytes(b"")
    choose_pass(empty)
    assert problem(wizard, "file") == FOREIGN, "said as it is chosen"
    choose_pass(file)
    assert wizard.passing.questions.rows["code"].editor.isAncestorOf(wizard.focusWidget())
    assert problem(wizard, "file") == ""
    put(wizard, code="AAAAA")
    go_on(wizard)
    set_up(wizard, qtbot)
    qtbot.waitUntil(lambda: "The code does not open this pass." in " ".join(texts(wizard)))
    press(wizard, "wizardBack")
    put(wizard, code=code.lower())
    go_on(wizard)
    with qtbot.waitSignal(wizard.finished) as finished:
        set_up(wizard, qtbot)
    assert finished.args == [""]
    assert read_profile(second.settings.home).workstation == "Dispensary"
    joined = second.door()
    joined.sign_in(EMAIL, PASSWORD).close()
    second.close()


def test_the_steps_are_those_of_what_is_set_up(wizard: FirstRun) -> None:
    steps = {kind: [] for kind in (ALONE, SHARED, JOIN)}
    for kind, names in steps.items():
        wizard.what.cards.choose(kind)
        names += [step.name for step in wizard._way]
    assert steps[JOIN] == ["what", "pass", "secrets"]
    assert set(steps[SHARED]) - set(steps[ALONE]) == {"server"}
