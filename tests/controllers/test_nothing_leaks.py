"""Passwords, keys, codes and credentials stand in no log, no file, no argument of a process and no shown object."""

import base64
import logging
import traceback
from uuid import uuid4

import psutil
import pytest

from hmsdesk.controllers.backing_up import back_up, lock_of, opened_backup
from hmsdesk.controllers.daily_backups import BACKUP_ENTRY, Plan, back_up_daily, plan_of, set_up
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.enrolment import invite, join
from hmsdesk.controllers.operators import connection_string
from hmsdesk.controllers.readmission import ENROLMENT_ENTRY, PRACTICE_ENTRY
from hmsdesk.controllers.recovery import recover
from hmsdesk.controllers.sign_in import NewPasswordNeeded
from hmsdesk.errors import UserError
from hmsdesk.security.backup_keys import new_backup_key, private_half
from hmsdesk.security.bundles import EnrolmentPass, OwnerBundle
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.permissions import Role
from hmsdesk.security.secrets import SECRETS_FILE, open_secrets
from hmsdesk.settings import Kind, SecretStore, Settings
from tests.conftest import OWNER_EMAIL, PASSWORD, Clinic

OWN, WRONG, OPENING = "tin violet harbour sixty", "orange monkey dishwasher", "eleven odd kites inland"


class Life:
    """A practice that did everything once, and all secrets that were made on the way."""

    def __init__(self, address, folder):
        self.folder, self.second_folder = folder / "first", folder / "second"
        self.failures = []
        self.clinic = clinic = Clinic(address, self.folder, kind=Kind.SELF_MANAGED)
        self.typed = [PASSWORD, OWN, WRONG, clinic.recovery_code]
        self.handed_out = []
        self._accounts(clinic)
        self._workstation(clinic)
        self.sealed = [clinic.owner.bundle.password, *(one.password for one in clinic.credentials().values())]
        self.keys = [clinic.owner.bundle.practice_keys, clinic.administrator.keys.to_bytes()]
        self.shown = [clinic.owner.bundle, clinic.enrolment(), clinic.door, clinic.door.server.client, clinic.owner]
        self.shown += [clinic.administrator, clinic.administrator.keys, clinic.administrator.chain, clinic.profile]
        self._backups(clinic)
        self.typed.append(recover(clinic.door, clinic.recovery_code, OWNER_EMAIL, OWN).recovery_code)

    def _accounts(self, clinic):
        new = clinic.hire(Role.NURSE, temporary=True)
        self.typed.append(new.password)
        for attempt in (
            lambda: clinic.door.sign_in(new.email, WRONG),
            lambda: clinic.owner.create_active({"name": "Amal", "email": new.email}, [Role.NURSE], OWN),
            lambda: recover(clinic.door, "00000-00000", OWNER_EMAIL, OWN),
            lambda: DEPARTMENTS.create(clinic.session(Role.DOCTOR), {}, uuid4().hex),
        ):
            with pytest.raises(UserError) as failed:
                attempt()
            self.failures.append(failed.value)
        with pytest.raises(NewPasswordNeeded) as needed:
            clinic.door.sign_in(new.email, new.password)
        self.failures.append(needed.value)
        session = clinic.door.choose_password(needed.value.opened, OWN)
        clinic.door.change_password(session, OWN, PASSWORD)
        clinic.owner.renew(Role.NURSE, change_over_s=0)
        clinic.door.recheck(session)
        session.close()
        self.handed_out.append(connection_string(clinic.door, new.email, PASSWORD))

    def _workstation(self, clinic):
        folder = clinic.settings.folder()
        file, code = invite(clinic.owner, {"name": "Desk 2", "prefix": "BB"}, folder)
        self.typed.append(code)
        secrets = open_secrets(SecretStore.FILE, self.second_folder.parent)
        settings = Settings(home=self.second_folder, argon2_mib=64)
        settings.folder()
        join(settings, secrets, SecretStore.FILE, file, code)
        self.kept = [clinic.secrets.get(PRACTICE_ENTRY), secrets.get(PRACTICE_ENTRY)]
        passwords = [Credential.from_bytes(one.get(ENROLMENT_ENTRY)) for one in (clinic.secrets, secrets)]
        self.kept += [one.password.encode() for one in passwords]

    def _backups(self, clinic):
        folder, key = clinic.settings.folder(), new_backup_key()
        self.typed += [OPENING, key]
        self.kept.append(bytes(private_half(key)))
        locks = lock_of(clinic.owner, OPENING), lock_of(clinic.owner, key=key)
        for number, lock in enumerate(locks):
            back_up(clinic.owner, folder / f"{number}.hmsbackup", lock)
        set_up(clinic.owner, Plan(folder=folder, hour=1, lock=locks[0]))
        back_up_daily(clinic.door)
        self.kept.append(Credential.from_bytes(clinic.secrets.get(BACKUP_ENTRY)).password.encode())
        opened = opened_backup(folder / "0.hmsbackup", OPENING)
        self.kept += [opened.file_key, opened.bundle.practice_secret]
        self.shown += [opened, *locks, plan_of(clinic.settings)]
        with pytest.raises(UserError) as failed:
            opened_backup(folder / "0.hmsbackup", WRONG)
        self.failures.append(failed.value)

    def everything(self):
        """Each secret in the forms that it might stand somewhere."""
        texts = [one.encode() for one in [*self.typed, *self.sealed]]
        halves = [half for keys in self.keys for half in (keys[:32], keys[32:])]
        plain = [*texts, *halves, *self.kept]
        return {form for one in plain for form in forms(one)}


def forms(secret):
    return secret, secret.hex().encode(), base64.b64encode(secret), repr(secret)[2:-1].encode()


@pytest.fixture(scope="module")
def log():
    """What every logger said, the driver's own too."""
    lines = []

    class Listening(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler, top = Listening(), logging.getLogger()
    before = top.level
    top.addHandler(handler)
    top.setLevel(logging.DEBUG)
    yield lines
    top.removeHandler(handler)
    top.setLevel(before)


@pytest.fixture(scope="module")
def life(server_address, tmp_path_factory, log):
    lived = Life(server_address, tmp_path_factory.mktemp("life"))
    yield lived
    lived.clinic.leave()
    lived.clinic.take_away()


def found_in(life, content):
    return [secret for secret in life.everything() if secret in content]


def test_the_secrets_are_found_where_they_may_stand(life):
    """What is sought is what there is: the private file of secrets, and a connection string that was asked for."""
    assert found_in(life, (life.folder / SECRETS_FILE).read_bytes())
    assert found_in(life, life.handed_out[0].encode())


def test_no_log_holds_one(life, log):
    assert len(log) > 1000
    assert found_in(life, "\n".join(log).encode()) == []


def test_no_file_but_the_one_that_was_chosen_for_them_holds_one(life):
    files = [file for folder in (life.folder, life.second_folder) for file in folder.rglob("*") if file.is_file()]
    assert {file.name for file in files} >= {
        "workstation.json",
        "heads.jsonl",
        "throttle.json",
        "BB-Desk-2.hmsdesk-pass",
        "daily-backup.json",
        "0.hmsbackup",
    }
    holding = [file for file in files if file.name != SECRETS_FILE and found_in(life, file.read_bytes())]
    assert holding == []
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_no_process_was_started_with_one(life):
    for process in psutil.process_iter(["cmdline", "environ"]):
        arguments = "\0".join(process.info["cmdline"] or []).encode()
        environment = "\0".join((process.info["environ"] or {}).values()).encode()
        assert found_in(life, arguments) == []
        assert found_in(life, environment) == []


def test_no_failure_tells_one(life):
    assert len(life.failures) == 6
    for failure in life.failures:
        assert found_in(life, "".join(traceback.format_exception(failure)).encode()) == []
        assert found_in(life, repr((failure, failure.args, vars(failure))).encode()) == []


def test_no_object_shows_one(life):
    for one in life.shown:
        assert found_in(life, f"{one!r} {one}".encode()) == []


@pytest.mark.parametrize(
    "read", [Credential.from_bytes, OwnerBundle.model_validate_json, EnrolmentPass.model_validate_json]
)
def test_no_damaged_bundle_tells_what_was_in_it(read):
    with pytest.raises((ValueError, KeyError)) as failed:
        read(b'{"password": "purple monkey dishwasher", "practice_secret": 7}')
    assert "purple monkey" not in str(failed.value)
