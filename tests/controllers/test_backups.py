"""A practice's backup: written while people work, read through, refused, and brought back somewhere else."""

import errno
import json
import os
import threading
from base64 import b64decode
from contextlib import closing
from datetime import timedelta
from functools import partial
from hashlib import sha256
from time import monotonic, sleep, time
from uuid import uuid4

import bson
import pytest
from bson import json_util
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.encryption_options import AutoEncryptionOpts
from pymongo.write_concern import WriteConcern

from hmsdesk.controllers.accounts import owning
from hmsdesk.controllers.backing_up import (
    back_up,
    export,
    lock_of,
    look_at_name,
    opened_backup,
    read_key,
    verified_backup,
    write_key,
)
from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.controllers.enrolment import invite, join
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.recovery import recover
from hmsdesk.controllers.restoring import COMPARING, Telling
from hmsdesk.controllers.sign_in import NewPasswordNeeded
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.database import backup as backups
from hmsdesk.database import provision
from hmsdesk.database.backup import PART_ENDING
from hmsdesk.database.connection import CredentialRefused
from hmsdesk.database.snapshot import kept_collections
from hmsdesk.errors import InvalidInput, Stopped, UserError
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.backup_keys import new_backup_key
from hmsdesk.security.credentials import new_code
from hmsdesk.security.permissions import Role
from hmsdesk.security.sealed_file import Damaged
from hmsdesk.security.secrets import open_secrets
from hmsdesk.settings import PROFILE_FILE, SecretStore, Settings
from tests.backing_up import PASSPHRASE, Elsewhere, backed_up
from tests.billing import Billing
from tests.conftest import OWNER_EMAIL, PASSWORD, REMEMBERED_S, root
from tests.factories import operation
from tests.prescribing import Prescribing

NATIONAL_ID = "28506150123456"
OTHER = "tin violet harbour sixty"
_TOO_LONG_S = 3


@pytest.fixture(scope="module")
def billing(clinic):
    return Billing(clinic)


@pytest.fixture(scope="module")
def worked(clinic, billing):
    """A practice in which everybody has done something, and one person has not chosen a password yet."""
    prescribing = Prescribing(clinic)
    medicine = prescribing.medicine()
    prescribing.lot(medicine, 20)
    facts = {"name": "Hoda Mansour", "gender": "female", "national_id": NATIONAL_ID}
    PATIENTS.create(clinic.session(Role.RECEPTIONIST), facts, operation())
    billing.paid(billing.issued("350", "120"), "470")
    clinic.new = clinic.hire(Role.NURSE, temporary=True)
    clinic.chosen = clinic.hire(Role.NURSE, temporary=True)
    with pytest.raises(NewPasswordNeeded) as needed:
        clinic.door.sign_in(clinic.chosen.email, clinic.chosen.password)
    clinic.door.choose_password(needed.value.opened, OTHER).close()
    DEPARTMENTS.create(clinic.administrator, {"name": "Cardiology", "code": "CAR"}, operation())
    return clinic


@pytest.fixture(scope="module")
def backup(worked, tmp_path_factory):
    return backed_up(worked, tmp_path_factory.mktemp("backups") / "practice.hmsbackup")


@pytest.fixture(scope="module")
def elsewhere(server_address, tmp_path_factory):
    place = Elsewhere(server_address, tmp_path_factory.mktemp("elsewhere"))
    yield place
    place.leave()


@pytest.fixture
def empty(server_address, tmp_path):
    place = Elsewhere(server_address, tmp_path / "empty")
    yield place
    place.leave()


@pytest.fixture(scope="module")
def restored(worked, backup, elsewhere):
    """What came of it, and the practice as both places hold it."""
    return elsewhere.restore(backup)


def nothing_was_made(place):
    with place.past_the_program() as database:
        return database.list_collection_names() == [] and not (place.settings.home / PROFILE_FILE).exists()


class TestAFile:
    def test_holds_every_collection_but_the_news(self, worked, backup):
        manifest = verified_backup(backup, opened_backup(backup, PASSPHRASE))
        assert list(manifest.collections) == kept_collections()
        assert "changes" not in manifest.collections
        with worked.past_the_program() as database:
            for name in ("patients", "payments", "stock_lots", "accounts", "seals", "slot_claims", "counters"):
                assert manifest.collections[name].count == database[name].count_documents({}), name

    def test_is_its_user_s_alone_and_nothing_lies_beside_it(self, backup):
        assert backup.stat().st_mode & 0o777 == 0o600
        assert [file.name for file in backup.parent.iterdir()] == [backup.name]

    def test_shows_no_record_and_no_key(self, worked, backup):
        content = backup.read_bytes()
        for secret in (b"Mohamed", b"Cardiology", PASSPHRASE.encode(), worked.owner.bundle.practice_secret):
            assert secret not in content

    def test_is_noted_in_the_trail_with_its_name(self, worked, backup):
        entry = worked.owner.database.audit.find_one({"action": "back up"})
        assert entry["reason"] == backup.name

    def test_never_takes_the_place_of_another(self, worked, backup):
        before = backup.read_bytes()
        with pytest.raises(UserError, match="of this name already"):
            backed_up(worked, backup)
        assert backup.read_bytes() == before

    def test_is_not_made_under_a_passphrase_that_is_guessed(self, worked, tmp_path):
        for weak in ("12345678", "Nile Family Clinic", "short"):
            with pytest.raises(InvalidInput) as refused:
                lock_of(worked.owner, weak)
            assert set(refused.value.fields) == {"passphrase"}

    def test_that_was_stopped_leaves_nothing(self, worked, tmp_path):
        stops = iter([False, False, False, True])
        with pytest.raises(Stopped):
            backed_up(worked, tmp_path / "stopped", watch=Watch(stopped=lambda: next(stops)))
        assert list(tmp_path.iterdir()) == []

    def test_that_finds_no_room_says_so_and_leaves_nothing(self, worked, tmp_path, monkeypatch):
        full = tmp_path / "full"
        full.mkdir()
        real = backups.SealedWriter.add

        def add(writer, part):
            real(writer, part)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(backups.SealedWriter, "add", add)
        with pytest.raises(UserError, match="no room left"):
            backed_up(worked, full / "backup")
        assert list(full.iterdir()) == []

    def test_goes_where_one_may_write(self, worked, tmp_path):
        with pytest.raises(UserError, match="can't be written there"):
            backed_up(worked, tmp_path / "no such folder" / "backup")

    def test_clears_away_what_a_program_left_that_was_killed_days_ago(self, worked, tmp_path):
        left, fresh = (tmp_path / f"backup.{number}{PART_ENDING}" for number in ("0123abcd", "4567abcd"))
        for part in (left, fresh):
            part.write_bytes(b"half a backup")
        long_ago = time() - timedelta(days=2).total_seconds()
        os.utime(left, (long_ago, long_ago))
        backed_up(worked, tmp_path / "backup")
        assert {file.name for file in tmp_path.iterdir()} == {"backup", fresh.name}

    def test_is_not_begun_while_another_of_the_same_name_is_written(self, worked, tmp_path):
        file, others = tmp_path / "backup", iter([True])

        def meanwhile(_done, _of):
            if next(others, False):
                for begin in (look_at_name, partial(backed_up, worked)):
                    with pytest.raises(UserError, match="being written to this name"):
                        begin(file)
                assert len(list(tmp_path.iterdir())) == 1
                look_at_name(tmp_path / "another")

        backed_up(worked, file, watch=Watch(meanwhile))
        assert next(others, None) is None
        assert verified_backup(file, opened_backup(file, PASSPHRASE)).count
        assert list(tmp_path.iterdir()) == [file]

    @pytest.mark.parametrize("two_names", [True, False], ids=["a disk", "a stick that gives no file two names"])
    def test_spoils_no_other_of_the_same_name_that_is_there_meanwhile(
        self, worked, backup, tmp_path, monkeypatch, two_names
    ):
        file = tmp_path / "backup"

        def meanwhile(_done, _of):
            file.write_bytes(backup.read_bytes())

        def refuse(*_):
            raise OSError(errno.EPERM, "Operation not permitted")

        if not two_names:
            monkeypatch.setattr(os, "link", refuse)
        with pytest.raises(UserError, match="of this name already"):
            backed_up(worked, file, watch=Watch(meanwhile))
        assert verified_backup(file, opened_backup(file, PASSPHRASE)).count
        assert list(tmp_path.iterdir()) == [file]


class TestOpening:
    def test_takes_the_recovery_code_of_its_time_in_place_of_the_passphrase(self, worked, backup):
        opened = opened_backup(backup, worked.recovery_code)
        assert opened.bundle.practice_keys == worked.owner.bundle.practice_keys

    def test_gives_no_database_user(self, backup):
        bundle = opened_backup(backup, PASSPHRASE).bundle
        assert (bundle.user, bundle.password, bundle.atlas) == ("", "", None)

    @pytest.mark.parametrize("words", ["", OTHER, PASSPHRASE.upper(), "\ud800", "x" * 10_000])
    def test_is_refused_to_other_words(self, backup, words):
        with pytest.raises(InvalidInput) as refused:
            opened_backup(backup, words)
        assert set(refused.value.fields) == {"passphrase"}

    def test_is_refused_to_the_recovery_code_of_another_practice(self, backup):
        with pytest.raises(InvalidInput) as refused:
            opened_backup(backup, new_code())
        assert set(refused.value.fields) == {"passphrase"}

    def test_is_done_by_a_key_where_it_was_made_with_one(self, worked, tmp_path):
        key = new_backup_key()
        write_key(tmp_path / "key", key)
        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
        file = backed_up(worked, tmp_path / "backup", key=read_key(tmp_path / "key"))
        assert verified_backup(file, opened_backup(file, key=key)).count
        assert opened_backup(file, worked.recovery_code).file_key == opened_backup(file, key=key).file_key
        with pytest.raises(InvalidInput) as refused:
            opened_backup(file, key=new_backup_key())
        assert "key" in refused.value.fields
        with pytest.raises(InvalidInput, match="made with a key"):
            opened_backup(file, PASSPHRASE)

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"HMSDesk-backup-key:", b"x" * 100_000])
    def test_by_something_that_is_no_key_is_refused(self, backup, tmp_path, content):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(InvalidInput) as refused:
            opened_backup(backup, key=read_key(tmp_path / "key") or "nothing")
        assert "key" in refused.value.fields


class TestRefusedBeforeAnythingIsTouched:
    def test_is_a_file_whose_end_is_missing(self, backup, empty, tmp_path):
        cut = tmp_path / "cut"
        cut.write_bytes(backup.read_bytes()[:-1])
        with pytest.raises(Damaged, match="end is missing"):
            empty.restore(cut)
        assert nothing_was_made(empty)

    @pytest.mark.parametrize("place", [0.3, 0.6, 0.999])
    def test_is_a_file_that_was_altered(self, backup, empty, tmp_path, place):
        content = bytearray(backup.read_bytes())
        content[int(len(content) * place)] ^= 1
        altered = tmp_path / "altered"
        altered.write_bytes(content)
        with pytest.raises(Damaged):
            empty.restore(altered)
        assert nothing_was_made(empty)

    def test_is_a_wrong_passphrase_and_another_kind_of_file(self, backup, empty, tmp_path):
        with pytest.raises(InvalidInput):
            empty.restore(backup, OTHER)
        (tmp_path / "foreign").write_bytes(b"HMSDesk pass\n")
        with pytest.raises(UserError, match="not a backup"):
            empty.restore(tmp_path / "foreign")
        with pytest.raises(UserError, match="can't be read"):
            empty.restore(tmp_path / "not there")
        assert nothing_was_made(empty)

    def test_is_the_backup_of_a_newer_program(self, worked, empty, tmp_path, monkeypatch):
        monkeypatch.setattr(backups, "__version__", "99.1")
        file = backed_up(worked, tmp_path / "newer")
        with pytest.raises(UserError, match="newer program"):
            empty.restore(file)
        assert nothing_was_made(empty)

    def test_is_a_file_whose_contents_are_not_what_it_says(self, worked, empty, tmp_path, monkeypatch):
        monkeypatch.setattr(backups.Tally, "add", lambda *_: 1)
        file = backed_up(worked, tmp_path / "lying")
        monkeypatch.undo()
        with pytest.raises(Damaged):
            empty.restore(file)
        assert nothing_was_made(empty)

    def test_is_a_name_that_another_computer_has(self, worked, backup, empty):
        taken = {"workstation": worked.profile.workstation.upper(), "prefix": worked.profile.patient_prefix.lower()}
        with pytest.raises(InvalidInput) as refused:
            empty.restore(backup, **taken)
        assert set(refused.value.fields) == {"workstation", "prefix"}
        assert nothing_was_made(empty)

    def test_is_a_database_that_holds_a_practice(self, backup, restored, elsewhere, server_address, tmp_path):
        other = Elsewhere(server_address, tmp_path / "other")
        other.place = elsewhere.place
        with pytest.raises(UserError):
            other.restore(backup)
        assert elsewhere.door().practice()["name"] == "Nile Family Clinic"
        other.leave()

    def test_is_a_data_folder_that_knows_a_practice(self, backup, restored, elsewhere):
        with pytest.raises(UserError, match="a practice in this data folder"):
            elsewhere.restore(backup)


class TestRestored:
    def test_has_a_trail_that_holds(self, restored, elsewhere):
        assert restored.report.findings == []
        door = elsewhere.door()
        with closing(door.sign_in(OWNER_EMAIL, PASSWORD)) as session:
            assert verify_as_owner(door, session, PASSWORD).findings == []

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.DOCTOR, Role.RECEPTIONIST, Role.PHARMACIST])
    def test_lets_the_same_people_in_with_the_same_passwords(self, worked, restored, elsewhere, role):
        before = worked.session(role)
        with closing(elsewhere.sign_in(worked, role)) as session:
            assert session.identity.person == before.identity.person
            assert session.server.user != before.server.user

    def test_lets_who_may_read_what_is_encrypted_in_fields(self, worked, restored, elsewhere):
        with closing(elsewhere.sign_in(worked, Role.RECEPTIONIST)) as session, session.reading("patients") as patients:
            assert patients.find_one({"name": "Hoda Mansour"})["national_id"] == NATIONAL_ID

    def test_lets_work_go_on(self, worked, restored, elsewhere):
        with closing(elsewhere.sign_in(worked, Role.RECEPTIONIST)) as session:
            made = PATIENTS.create(session, {"name": "Nadia Fathy", "gender": "female"}, operation())
            assert made["identifier"].startswith(restored.profile.patient_prefix)
            assert restored.profile.patient_prefix != worked.profile.patient_prefix

    def test_takes_a_temporary_password_and_one_that_followed_it(self, worked, restored, elsewhere):
        with pytest.raises(NewPasswordNeeded) as needed:
            elsewhere.door().sign_in(worked.new.email, worked.new.password)
        elsewhere.door().choose_password(needed.value.opened, OTHER).close()
        elsewhere.door().sign_in(worked.chosen.email, OTHER).close()

    def test_lets_its_owner_own_it(self, worked, restored, elsewhere, tmp_path):
        door = elsewhere.door()
        with closing(door.sign_in(OWNER_EMAIL, PASSWORD)) as session, owning(door, session, PASSWORD) as owner:
            assert owner.users.users_of("owner") == [owner.bundle.user]
            file, code = invite(owner, {"name": "Another desk", "prefix": "ZZ"}, tmp_path)
            settings = Settings(home=tmp_path / "second", argon2_mib=64)
            second = open_secrets(SecretStore.FILE, settings.folder())
            assert join(settings, second, SecretStore.FILE, file, code).fingerprint == worked.profile.fingerprint

    def test_knows_nothing_of_the_ways_in_from_before(self, worked, restored, elsewhere):
        door = elsewhere.door()
        before = {one.password for one in worked.credentials().values()} | {worked.enrolment().password}
        with pytest.raises(InvalidInput):
            recover(door, worked.recovery_code, OWNER_EMAIL, OTHER)
        for credential in worked.credentials().values():
            with pytest.raises(CredentialRefused), closing(door.connect(credential.user, credential.password)) as used:
                used.clock_offset()
        with closing(door.sign_in(OWNER_EMAIL, PASSWORD)) as session, owning(door, session, PASSWORD) as owner:
            now = {owner._credential(role)[1].password for role in Role}
        assert not before & now

    def test_shuts_out_the_computers_from_before_and_says_which(self, worked, restored, elsewhere):
        assert restored.shut_out == [worked.profile.workstation]
        with elsewhere.past_the_program() as database:
            states = {row["name"]: row["state"] for row in database.workstations.find()}
        assert states[worked.profile.workstation] == "revoked"
        assert states[restored.profile.workstation] == "enrolled"

    def test_is_signed_by_an_account_that_nobody_signs_in_to(self, restored, elsewhere):
        with elsewhere.past_the_program() as database:
            entry = database.audit.find_one({"action": "restore", "collection": None})
            account = database.accounts.find_one({"_id": entry["person"]})
            assert (account["state"], account["credentials"]) == ("disabled", [])
            assert database.seals.find_one({"person": entry["person"]}) is None

    def test_leaves_the_practice_it_came_from_alone(self, worked, restored):
        worked.door.recheck(worked.session(Role.DOCTOR))
        assert worked.door.practice()["recovery"]


@pytest.mark.parametrize("older", [True, False])
def test_what_an_older_program_backed_up_is_found_as_this_one_finds_it(worked, empty, tmp_path, monkeypatch, older):
    told: list[str] = []
    with monkeypatch.context() as then:
        if older:
            then.setattr(provision, "DERIVATION", 0)
            with owning(worked.door, worked.administrator, PASSWORD) as owner:
                bring_up_to_date(owner)
        file = backed_up(worked, tmp_path / "backup")
    if older:
        with owning(worked.door, worked.administrator, PASSWORD) as owner:
            bring_up_to_date(owner)
    assert empty.restore(file, telling=Telling(told.append)).report.findings == []
    assert any(one.startswith("Deriving anew") for one in told) == older


def test_what_the_server_does_not_keep_to_the_last_byte_is_not_restored(backup, empty):
    def alter(doing):
        if doing == COMPARING:
            with empty.past_the_program() as database:
                assert database.patients.update_one({}, {"$inc": {"version": 1}}).modified_count == 1

    with pytest.raises(UserError, match="did not keep what the backup holds"):
        empty.restore(backup, telling=Telling(alter))
    assert not (empty.settings.home / PROFILE_FILE).exists()
    assert empty.restore(backup).manifest.count > 50


def test_a_restore_that_was_broken_off_leaves_no_practice_and_is_begun_again(worked, backup, empty):
    told = []
    telling = Telling(told.append, Watch(stopped=lambda: COMPARING in told))
    with pytest.raises(Stopped):
        empty.restore(backup, telling=telling)
    assert not (empty.settings.home / PROFILE_FILE).exists()
    with empty.past_the_program() as database:
        assert database.patients.count_documents({})
    again = empty.restore(backup)
    assert again.report.findings == []
    # The code that is shown is the practice's from now on.
    recover(empty.door(), again.recovery_code, OWNER_EMAIL, OTHER)
    empty.door().sign_in(OWNER_EMAIL, OTHER).close()


def test_that_takes_longer_than_the_server_remembers_says_so_and_leaves_nothing(worked, server_address, tmp_path):
    """As on a shared server that is slow, of which nobody knows for how long it remembers.

    What it remembers isn't shortened for it: others on the tests' server read of one moment meanwhile.
    """
    began = []

    def long(_done, _of):
        if began:
            return
        began.append(monotonic())
        with root(server_address) as admin:
            moments = admin.elsewhere.moments.with_options(write_concern=WriteConcern("majority"))
            while monotonic() - began[0] < REMEMBERED_S + _TOO_LONG_S:
                # Each write is a moment that the next one makes the last.
                moments.insert_one({})
                sleep(0.1)

    try:
        with pytest.raises(UserError, match="too slow for a backup of one moment") as told:
            backed_up(worked, tmp_path / "slow", watch=Watch(long))
        assert "minSnapshotHistoryWindowInSeconds" in told.value.message
        assert list(tmp_path.iterdir()) == []
    finally:
        with root(server_address) as admin:
            admin.drop_database("elsewhere")


def test_what_is_written_meanwhile_is_all_there_or_not_at_all(worked, billing, tmp_path):
    """Bills are issued and paid while the backup reads: in it, each payment has its bill, and they agree."""
    stop, made = threading.Event(), []

    def work():
        while not stop.is_set():
            made.append(billing.paid(billing.issued("100", "20"), "120"))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        files = [backed_up(worked, tmp_path / str(number)) for number in range(3)]
    finally:
        stop.set()
        worker.join()
    assert len(made) > 3
    for file in files:
        rows = contents(file)
        paid = {}
        for payment in rows["payments"]:
            paid[payment["invoice"]] = paid.get(payment["invoice"], 0) + payment["amount"]["value"].to_decimal()
        bills = {row["_id"]: row for row in rows["invoices"]}
        assert paid.keys() <= bills.keys()
        for invoice, amount in paid.items():
            assert bills[invoice]["paid"]["value"].to_decimal() == amount
        entries = {entry["record"] for entry in rows["audit"]}
        assert {row["_id"] for row in rows["payments"]} <= entries
        assert rows["counters"]


def contents(file):
    """Collection -> its documents, as a backup holds them."""
    rows = {}
    opened = opened_backup(file, PASSPHRASE)
    for name, part in backups.read_backup(file, opened.file_key, UNWATCHED, ""):
        if name:
            rows.setdefault(name, []).extend(bson.decode_all(part))
    return rows


@pytest.fixture(scope="module")
def folder(backup, tmp_path_factory):
    """What was written out of a backup."""
    target = tmp_path_factory.mktemp("written") / "out"
    there = export(backup, opened_backup(backup, PASSPHRASE), target)
    assert there.parent == target
    return there


class TestWrittenOut:
    """In the clear, as mongorestore reads it."""

    def test_comes_back_with_plain_pymongo(self, worked, backup, folder, server_address):
        """What mongorestore does: collections with their options, then documents, then indexes."""
        manifest = verified_backup(backup, opened_backup(backup, PASSPHRASE))
        name = f"hmsdesk_written_{uuid4().hex[:6]}"
        usual = {"validationLevel": "strict", "validationAction": "error"}
        with root(server_address) as client:
            try:
                database = client[name]
                for file in sorted(folder.glob("*.metadata.json")):
                    said = json_util.loads(file.read_text())
                    made = database.create_collection(said["collectionName"], **said["options"])
                    raw = made.with_options(codec_options=CodecOptions(document_class=RawBSONDocument))
                    content = (folder / f"{made.name}.bson").read_bytes()
                    rows = bson.decode_all(content, raw.codec_options)
                    if rows:
                        raw.insert_many(rows, bypass_document_validation=True)
                    database.command("createIndexes", made.name, indexes=said["indexes"])
                    found = b"".join(row.raw for row in raw.find().sort("_id", 1))
                    assert sha256(found).hexdigest() == manifest.collections[made.name].sha256, made.name
                    with worked.past_the_program() as original:
                        assert made.index_information() == original[made.name].index_information()
                        # Bringing a practice up to date says what holds anyway.
                        assert usual | made.options() == usual | original[made.name].options()
                assert set(database.list_collection_names()) == set(manifest.collections)
            finally:
                client.drop_database(name)

    def test_lets_a_driver_read_what_is_encrypted_in_fields_with_the_keys_beside_it(self, folder, server_address):
        said = json.loads((folder.parent / "keys.json").read_text())
        assert NATIONAL_ID.encode() not in (folder / "patients.bson").read_bytes()
        providers = {name: {"key": b64decode(one["key"])} for name, one in said["kms_providers"].items()}
        written = f"hmsdesk_written_{uuid4().hex[:6]}"
        options = AutoEncryptionOpts(providers, f"{written}.key_vault", bypass_auto_encryption=True)
        assert said["key_vault_namespace"] == f"{folder.name}.key_vault"
        with root(server_address) as client:
            try:
                for name in ("key_vault", "patients"):
                    client[written][name].insert_many(bson.decode_all((folder / f"{name}.bson").read_bytes()))
                reading = {"username": "tests", "password": "tests", "auto_encryption_opts": options}
                with MongoClient(server_address, **reading) as driver:
                    row = driver[written].patients.find_one({"name": "Hoda Mansour"})
            finally:
                client.drop_database(written)
        assert row["national_id"] == NATIONAL_ID

    def test_is_its_user_s_alone(self, folder):
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
        assert folder.parent.stat().st_mode & 0o777 == 0o700

    def test_goes_into_a_new_folder_only_and_leaves_none_where_it_was_stopped(self, backup, folder, tmp_path):
        opened = opened_backup(backup, PASSPHRASE)
        with pytest.raises(UserError, match="of this name already"):
            export(backup, opened, folder.parent)
        with pytest.raises(UserError, match="can't be written there"):
            export(backup, opened, folder / "accounts.bson" / "below")
        begun = tmp_path / "stopped"
        with pytest.raises(Stopped, match="not written out"):
            export(backup, opened, begun, Watch(stopped=begun.exists))
        assert list(tmp_path.iterdir()) == []


def test_a_practice_that_a_newer_program_keeps_is_not_backed_up_by_an_older_one(worked, tmp_path, monkeypatch):
    newer = worked.door.practice() | {"provisioned": {"version": "99.1", "declared": "more"}}
    monkeypatch.setattr(worked.owner.door, "practice", lambda: newer)
    with pytest.raises(UserError, match="newer program"):
        back_up(worked.owner, tmp_path / "backup", lock_of(worked.owner, PASSPHRASE))
    assert list(tmp_path.iterdir()) == []
