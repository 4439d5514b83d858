"""What is encrypted: read through the program by who may read it, and by nobody else, wherever it lies."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import bson
import pytest
from bson.binary import Binary
from pymongo.errors import AutoReconnect, InvalidOperation

from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.encounter_notes import ADDENDA, NOTES
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.encrypting import rotate
from hmsdesk.controllers.field_keys import first_keys
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms
from hmsdesk.controllers.listing import Query
from hmsdesk.controllers.observations import OBSERVATIONS
from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.controllers.trail import verify_as_owner
from hmsdesk.controllers.upkeep import bring_up_to_date
from hmsdesk.controllers.waiting_list import WAITING_LIST
from hmsdesk.database.connection import Closed
from hmsdesk.database.field_cipher import ENCRYPTED, FieldCipher, new_data_key
from hmsdesk.database.unit_of_work import write
from hmsdesk.errors import NotAllowed, Unreachable, UserError
from hmsdesk.models.declaration import UNREADABLE
from hmsdesk.models.patients import Patient
from hmsdesk.models.registry import encrypted
from hmsdesk.security import permissions
from hmsdesk.security.keyrings import VAULT, Keyring
from hmsdesk.security.permissions import READ, Role
from tests.billing import Billing
from tests.bookings import at, book, doctor_of
from tests.conftest import PASSWORD
from tests.consulting import Consulting
from tests.factories import operation

# No compression makes it shorter: in the server's files it would stand as it is.
SECRET = "qv7XkRz2mWp9LtYc4HsB"
CLEAR = "Jn5DfGw8xTbV3QzKa6Ru"
NATIONAL_ID = "29001011234567"


@pytest.fixture(scope="module")
def consulting(clinic):
    return Consulting(clinic)


@pytest.fixture(scope="module")
def written(clinic, consulting) -> dict[str, Any]:
    """Every encrypted field there is, filled in through the program, and changed so that earlier versions are kept."""
    reception, doctor = consulting.reception, consulting.doctor
    billing = Billing(clinic)
    insured = {"insurer": "Misr Insurance", "policy": f"P {SECRET}"}
    known = {"name": f"Marker {CLEAR}", "gender": "female", "national_id": NATIONAL_ID, **insured}
    patient = PATIENTS.create(reception, known, operation())
    patient = PATIENTS.change(reception, patient["_id"], 1, {"alerts": "Wheelchair"}, operation())
    health = HEALTH.change(doctor, patient["_id"], 1, {"history": f"First {SECRET}"}, operation())
    HEALTH.change(doctor, patient["_id"], health["version"], {"history": f"Then {SECRET}"}, operation())
    vitals = {"heart_rate": 72, "note": f"Lying {SECRET}"}
    measured = OBSERVATIONS.record_vitals(consulting.nurse, patient["_id"], vitals, operation())
    OBSERVATIONS.change(consulting.nurse, measured["_id"], 1, {"note": f"Sitting {SECRET}"}, operation())
    day = reception.locale.today().replace(day=1).replace(year=reception.locale.today().year + 1)
    booked = book(reception, patient, doctor_of(clinic), at(reception, day, "09:00"), reason=f"Comes for {SECRET}")
    waits = {"patient": patient["_id"], "note": f"Calls about {SECRET}"}
    waiting = WAITING_LIST.create(reception, waits, operation())
    visit = consulting.begun(patient)
    note = {"reason": f"Why {SECRET}", "findings": f"Found {SECRET}", "treatments": [f"Did {SECRET}", "ECG"]}
    kept = NOTES.change(doctor, visit["_id"], NOTES.read(doctor, visit["_id"])["version"], note, operation())
    ENCOUNTERS.close(doctor, visit["_id"], kept["version"], {"plan": f"Plan {SECRET}"}, operation())
    added = ADDENDA.add(doctor, visit["_id"], f"Forgot {SECRET}", operation())
    made = billing.charged(patient, "350")
    terms = {one["_id"]: LineTerms(50) for one in made}
    bill = INVOICES.issue(billing.cashier, IssueInvoice(patient["_id"], terms, "Misr", f"P {SECRET}"), operation())
    return {
        "patients": patient["_id"],
        "patient_health": patient["_id"],
        "observations": measured["_id"],
        "appointments": booked["_id"],
        "waiting_list": waiting["_id"],
        "encounter_notes": visit["_id"],
        "addenda": added["_id"],
        "invoices": bill["_id"],
    }


@pytest.fixture
def patient(clinic, consulting):
    return PATIENTS.create(
        consulting.reception,
        {"name": "Nabila Fahmy", "gender": "female", "insurer": "Misr", "policy": "MI-77"},
        operation(),
    )


@pytest.fixture(scope="module")
def known(consulting):
    values = {"name": "Hoda Mansour", "gender": "female", "national_id": "2 850 615 01 23456"}
    return PATIENTS.create(consulting.reception, values, operation())


@pytest.fixture(scope="module")
def two():
    """A cipher with the first key, and one that has a second, too, and writes with it."""
    keyring, vault = first_keys(Keyring())
    more, generation = keyring.with_new("patients")
    vault.append(new_data_key(more, "patients", generation))

    def fetch():
        return [bson.encode(key) for key in vault]

    return FieldCipher(keyring, fetch), FieldCipher(more.writing_newest("patients"), fetch)


def raw(clinic, collection, record) -> dict[str, Any]:
    with clinic.past_the_program() as database:
        return database[collection].find_one({"_id": record})


class TestWhereItLies:
    def test_every_encrypted_field_was_filled_in(self, clinic, written):
        filled = {(name, field) for name, record in written.items() for field in raw(clinic, name, record)}
        assert {(name, field) for name, fields in encrypted().items() for field in fields} <= filled

    def test_nothing_in_the_whole_database_shows_it(self, clinic, written):
        with clinic.past_the_program() as database:
            documents = {
                name: b"".join(bson.encode(row) for row in database[name].find())
                for name in database.list_collection_names()
                if not name.startswith("system.")
            }
        assert [name for name, kept in documents.items() if CLEAR.encode() in kept]
        assert "patients_history" in documents
        for secret in (SECRET, SECRET.lower(), NATIONAL_ID):
            assert [name for name, kept in documents.items() if secret.encode() in kept] == []

    def test_nor_do_the_server_s_own_files(self, clinic, written):
        with clinic.past_the_program() as database:
            database.client.admin.command("fsync")
            options = database.client.admin.command("getCmdLineOpts")["parsed"]
        files = {}
        for file in Path(options["storage"]["dbPath"]).rglob("*"):
            # Those of practices that other tests take away go while one looks.
            with suppress(FileNotFoundError, IsADirectoryError):
                files[file.name] = file.read_bytes()
        assert [name for name, content in files.items() if CLEAR.encode() in content]
        for secret in (SECRET, NATIONAL_ID):
            assert [name for name, content in files.items() if secret.encode() in content] == []

    def test_nor_does_the_data_folder_with_its_drafts(self, clinic, written, consulting):
        drafts = Drafts(clinic.settings.folder(), consulting.doctor)
        drafts.keep("patients/1", {"policy": SECRET})
        kept = [file.read_bytes() for file in clinic.settings.home.rglob("*") if file.is_file()]
        drafts.drop("patients/1")
        drafts.close()
        assert not [content for content in kept if SECRET.encode() in content]

    @pytest.mark.parametrize("role", Role)
    def test_a_role_s_database_user_alone_sees_bytes(self, clinic, written, role):
        seen = 0
        with clinic.bare(clinic.credentials()[role]) as client:
            for name, record in written.items():
                if not permissions.may(role, name, READ):
                    continue
                row = client[clinic.database][name].find_one({"_id": record})
                for field in encrypted()[name]:
                    seen += 1
                    assert isinstance(row[field], Binary)
                    assert row[field].subtype == ENCRYPTED
        assert seen or not permissions.may(role, "patients", READ)

    @pytest.mark.parametrize("role", Role)
    def test_a_role_is_given_the_keys_of_what_it_may_read(self, clinic, role):
        keys = clinic.credentials()[role].keys
        assert set(keys.collections) == {name for name in encrypted() if permissions.may(role, name, READ)}

    def test_master_keys_are_nowhere_but_in_what_is_sealed(self, clinic, written):
        masters = [one["key"] for one in clinic.owner.keyring().providers().values()]
        with clinic.past_the_program() as database:
            names = [name for name in database.list_collection_names() if not name.startswith("system.")]
            kept = b"".join(bson.encode(row) for name in names for row in database[name].find())
        assert masters
        assert not [master for master in masters if master in kept or master.hex().encode() in kept]

    def test_the_server_refuses_what_is_not_encrypted(self, clinic, written):
        for name, fields in encrypted().items():
            for field in fields:
                with clinic.past_the_program() as database, pytest.raises(Exception, match="failed validation"):
                    database[name].update_one({"_id": written[name]}, {"$set": {field: "in the clear"}})


class TestReading:
    def test_who_may_read_it_reads_it_as_if_nothing_were_encrypted(self, consulting, written):
        doctor = consulting.doctor
        assert PATIENTS.get(doctor, written["patients"])["national_id"] == NATIONAL_ID
        assert HEALTH.get(doctor, written["patients"])["history"] == f"Then {SECRET}"
        note = NOTES.read(doctor, written["encounter_notes"])
        assert (note["reason"], note["plan"]) == (f"Why {SECRET}", f"Plan {SECRET}")
        assert note["treatments"] == [f"Did {SECRET}", "ECG"]
        assert ADDENDA.of(doctor, written["encounter_notes"])[0]["text"] == f"Forgot {SECRET}"
        assert INVOICES.get(doctor, written["invoices"])["policy"] == f"P {SECRET}"

    def test_what_a_write_gives_back_is_readable(self, consulting, patient):
        changed = PATIENTS.change(consulting.reception, patient["_id"], 1, {"policy": "MI-78"}, operation())
        assert (patient["policy"], changed["policy"]) == ("MI-77", "MI-78")

    def test_earlier_versions_are_readable(self, consulting, written):
        versions = HEALTH.history(consulting.doctor, written["patients"])
        assert [row.get("history") for row in versions[:2]] == [f"Then {SECRET}", f"First {SECRET}"]

    def test_an_emptied_field_is_gone(self, clinic, consulting, patient):
        PATIENTS.change(consulting.reception, patient["_id"], 1, {"policy": None}, operation())
        assert "policy" not in raw(clinic, "patients", patient["_id"])

    def test_what_a_page_of_patients_doesn_t_show_is_not_decrypted(self, consulting, patient, monkeypatch):
        PATIENTS.get(consulting.reception, patient["_id"])
        opened: list[Any] = []
        really = FieldCipher.opened
        monkeypatch.setattr(FieldCipher, "opened", lambda cipher, value: opened.append(1) or really(cipher, value))
        rows = PATIENTS.page(consulting.reception, Query()).rows
        row = next(row for row in rows if row["_id"] == patient["_id"])
        assert opened == []
        assert (Patient.policy.show(row["policy"], consulting.reception.locale), row["policy"]) == ("MI-77", "MI-77")
        assert "MI-77" not in repr(row)
        assert len(opened) == 1
        with pytest.raises(bson.errors.InvalidDocument):
            bson.encode(row)

    def test_threads_share_a_connection(self, consulting, written):
        with ThreadPoolExecutor(8) as pool:
            read = list(pool.map(lambda _: NOTES.read(consulting.doctor, written["encounter_notes"]), range(80)))
        assert {row["reason"] for row in read} == {f"Why {SECRET}"}

    def test_the_trail_holds_and_speaks_of_what_is_stored(self, clinic, written):
        report = verify_as_owner(clinic.door, clinic.administrator, PASSWORD)
        # The appointment was put there past the program by the tests.
        assert [one.where for one in report.findings if not one.where.startswith("appointments")] == []

    @pytest.mark.parametrize(
        ("broken", "told"),
        [
            (AutoReconnect("connection reset"), Unreachable),
            (InvalidOperation("Cannot use MongoClient after close"), Closed),
        ],
    )
    def test_a_server_lost_while_a_key_is_fetched_is_told_as_such(self, clinic, consulting, patient, broken, told):
        """The driver decodes the answer just then, and makes an error of its own of whatever happens."""
        session = clinic.sign_in(Role.RECEPTIONIST)
        seen = PATIENTS.get(session, patient["_id"])

        def lose():
            raise broken

        # As a minute later, when the library has forgotten the keys.
        session.server.cipher = FieldCipher(session.server.cipher.keyring, lose)
        with pytest.raises(told):
            PATIENTS.get(session, patient["_id"])
        with pytest.raises(told):
            PATIENTS.change(session, patient["_id"], seen["version"], {"alerts": "Wheelchair"}, operation())
        assert PATIENTS.get(consulting.reception, patient["_id"])["version"] == seen["version"]
        session.close()

    def test_nothing_is_decrypted_once_the_session_is_closed(self, clinic, written):
        session = clinic.sign_in(Role.NURSE)
        PATIENTS.get(session, written["patients"])
        (row,) = PATIENTS.page(session, Query(text=CLEAR)).rows
        cipher = session.server.cipher
        session.close()
        assert session.server.cipher is None
        assert cipher.keyring == Keyring()
        assert str(row["national_id"]) == UNREADABLE


class TestWhatCannotBeRead:
    @pytest.fixture
    def altered(self, clinic, patient):
        """A patient whose policy number somebody altered past the program."""
        sealed = raw(clinic, "patients", patient["_id"])["policy"]
        wrong = Binary(sealed[:-1] + bytes([sealed[-1] ^ 1]), ENCRYPTED)
        with clinic.past_the_program() as database:
            database.patients.update_one({"_id": patient["_id"]}, {"$set": {"policy": wrong}})
        return patient

    def test_words_stand_in_its_place_and_it_is_logged(self, consulting, altered, caplog):
        with caplog.at_level(logging.WARNING, "hmsdesk"):
            shown = PATIENTS.page(consulting.reception, Query(text="nabila")).rows
        row = next(row for row in shown if row["_id"] == altered["_id"])
        assert (row["name"], row["policy"]) == ("Nabila Fahmy", UNREADABLE)
        assert PATIENTS.get(consulting.reception, altered["_id"])["policy"] == UNREADABLE

    def test_saving_the_rest_does_not_write_the_words(self, clinic, consulting, altered):
        before = raw(clinic, "patients", altered["_id"])["policy"]
        both = {"policy": UNREADABLE, "alerts": "Interpreter"}
        changed = PATIENTS.change(consulting.reception, altered["_id"], 1, both, operation())
        kept = raw(clinic, "patients", altered["_id"])
        assert (kept["policy"], kept["alerts"]) == (before, "Interpreter")
        assert changed["policy"] == UNREADABLE

    def test_another_value_takes_its_place(self, consulting, altered):
        changed = PATIENTS.change(consulting.reception, altered["_id"], 1, {"policy": "MI-79"}, operation())
        assert changed["policy"] == "MI-79"

    def test_the_words_are_not_saved_as_somebody_s_own(self, consulting, patient):
        with pytest.raises(UserError, match="can't be read here"):
            PATIENTS.change(consulting.reception, patient["_id"], 1, {"policy": UNREADABLE}, operation())

    def test_a_list_of_texts_stays_a_list(self, clinic, consulting, written):
        sealed = raw(clinic, "encounter_notes", written["encounter_notes"])["treatments"]
        wrong = Binary(sealed[:-1] + bytes([sealed[-1] ^ 1]), ENCRYPTED)
        with clinic.past_the_program() as database:
            database.encounter_notes.update_one({"_id": written["encounter_notes"]}, {"$set": {"treatments": wrong}})
        shown = NOTES.read(consulting.doctor, written["encounter_notes"])["treatments"]
        with clinic.past_the_program() as database:
            database.encounter_notes.update_one({"_id": written["encounter_notes"]}, {"$set": {"treatments": sealed}})
        assert shown == [UNREADABLE]

    @pytest.mark.parametrize("junk", [b"", b"\x01", b"\x02" + bytes(80), b"\x07" * 60])
    def test_no_junk_breaks_the_reading(self, consulting, junk):
        cipher = consulting.doctor.server.cipher
        assert cipher.opened(Binary(junk, ENCRYPTED)) in (UNREADABLE, [UNREADABLE])

    @pytest.mark.parametrize("value", [7, {"$gt": ""}, ["a", 7], b"bytes"])
    def test_what_is_no_text_is_not_handed_on(self, clinic, consulting, value):
        """Who has the key may encrypt anything past the program."""
        cipher = consulting.doctor.server.cipher
        algorithm = encrypted()["patients"]["policy"]
        assert cipher.opened(cipher._encrypt("patients", 1, algorithm, value)) in (UNREADABLE, [UNREADABLE])

    def test_without_keys_there_are_words(self, clinic, written):
        credential = clinic.credentials()[Role.DOCTOR]
        server = clinic.door.connect(credential.user, credential.password)
        with server.asked() as database:
            row = database.encounter_notes.find_one({"_id": written["encounter_notes"]})
        server.close()
        assert (row["reason"], row["treatments"]) == (UNREADABLE, [UNREADABLE])

    def test_who_lacks_the_key_encrypts_nothing(self, consulting):
        with pytest.raises(NotAllowed, match="may not"):
            write(
                consulting.reception,
                operation(),
                lambda work: work.insert("patient_health", {"history": "Written by reception", "find": {}}),
            )

    def test_an_operator_on_an_encrypted_field_is_a_slip_of_the_programmer(self, consulting, patient):
        with pytest.raises(ValueError, match="encrypted"):
            write(
                consulting.reception,
                operation(),
                lambda work: work.commute("patients", patient["_id"], {"$set": {"policy": "in the clear"}}),
            )


class TestWhatWasPutInAnothersPlace:
    """The encryption doesn't tie a value to its record. What does is the trail."""

    @pytest.fixture
    def swapped(self, new_clinic):
        """Two patients whose national IDs somebody exchanged who may write in the database past the program."""
        clinic = new_clinic()
        session = clinic.session(Role.RECEPTIONIST)
        numbers = {"Aliaa Samir": "29001011234567", "Farida Nabil": "29202021234567"}
        made = [
            PATIENTS.create(session, {"name": name, "gender": "female", "national_id": number}, operation())["_id"]
            for name, number in numbers.items()
        ]
        kept = [raw(clinic, "patients", one)["national_id"] for one in made]
        with clinic.past_the_program() as database:
            for one, value in zip(made, reversed(kept), strict=True):
                database.patients.update_one({"_id": one}, {"$set": {"national_id": value}})
        assert [PATIENTS.get(session, one)["national_id"] for one in made] == [*reversed(numbers.values())]
        return clinic, made

    def found(self, clinic):
        return [
            f"{one.where}: {one.what}" for one in verify_as_owner(clinic.door, clinic.administrator, PASSWORD).findings
        ]

    def test_is_read_as_if_it_belonged_there_and_a_verification_names_both_records(self, swapped):
        clinic, made = swapped
        assert self.found(clinic) == [
            f"patients {one}: The record was altered past the program." for one in sorted(made)
        ]

    def test_new_keys_do_not_make_it_good(self, swapped):
        clinic, made = swapped
        with clinic.owning() as owner:
            rotate(owner, change_over_s=0)
            bring_up_to_date(owner)
        assert self.found(clinic) == [
            f"patients {one}: The record was altered past the program." for one in sorted(made)
        ]

    def test_nor_does_saving_another_field(self, swapped):
        """What was there before that is kept as it was, and compared with its entry."""
        clinic, (one, other) = swapped
        PATIENTS.change(clinic.session(Role.RECEPTIONIST), one, 1, {"alerts": "Deaf"}, operation())
        assert set(self.found(clinic)) == {
            f"patients {one}: Its version 1 was altered past the program.",
            f"patients {other}: The record was altered past the program.",
        }


class TestNationalId:
    def test_it_is_kept_without_what_stands_between(self, known):
        assert known["national_id"] == "28506150123456"

    @pytest.mark.parametrize("typed", ["28506150123456", "2-850-615-01-23456", "٢٨٥٠٦١٥٠١٢٣٤٥٦"])
    def test_it_finds_its_patient_however_it_is_typed(self, consulting, known, typed):
        query = Query(text=typed)
        assert [row["_id"] for row in PATIENTS.page(consulting.reception, query).rows] == [known["_id"]]
        assert PATIENTS.count(consulting.reception, query).number == 1

    def test_its_beginning_finds_nobody(self, consulting, known):
        assert PATIENTS.page(consulting.reception, Query(text="2850615012345")).rows == []

    def test_filters_hold(self, consulting, known):
        query = Query(text="28506150123456", filters={"gender": "male"})
        assert PATIENTS.page(consulting.reception, query).rows == []
        assert PATIENTS.count(consulting.reception, query).number == 0

    def test_who_is_found_by_the_words_too_is_shown_once(self, consulting):
        values = {"name": "Passport A7654321", "gender": "male", "national_id": "A7654321"}
        both = PATIENTS.create(consulting.reception, values, operation())
        query = Query(text="a7654321")
        assert [row["_id"] for row in PATIENTS.page(consulting.reception, query).rows] == [both["_id"]]
        assert PATIENTS.count(consulting.reception, query).number == 1

    def test_it_counts_for_duplicates_before_anything_else(self, consulting, known):
        values = {"name": "Somebody Else", "gender": "female", "national_id": "28506150123456"}
        found = PATIENTS.duplicates(consulting.reception, values)
        assert [(one.patient["_id"], one.why) for one in found][:1] == [(known["_id"], "same national ID")]

    @pytest.mark.parametrize("typed", ["1234", "no digits", "1" * 21, "12345_6", "12345ж"])
    def test_what_is_none_is_refused_at_its_field(self, consulting, typed):
        with pytest.raises(UserError) as refused:
            PATIENTS.create(consulting.reception, {"name": "A B", "gender": "male", "national_id": typed}, operation())
        assert set(refused.value.fields) == {"national_id"}


class TestKeys:
    """The cipher alone, with keys of the tests' own."""

    def test_a_new_key_is_not_written_with_before_it_is_said(self):
        keyring, _ = first_keys(Keyring())
        more, generation = keyring.with_new("patients")
        assert (generation, more.collections["patients"].writing) == (2, 1)
        assert more.writing_newest("patients").collections["patients"].writing == 2
        assert set(more.writing_newest("patients").without_former("patients").collections["patients"].masters) == {2}

    def test_old_and_new_are_read_side_by_side(self, two):
        first, second = two
        values = [one.sealed("patients", {"policy": "MI-1"})["policy"] for one in two]
        assert [second.opened(value) for value in values] == ["MI-1", "MI-1"]
        assert [first.opened(value) for value in values] == ["MI-1", UNREADABLE]

    def test_equal_values_are_found_under_either_key(self, two):
        kept = [one.sealed("patients", {"national_id": "12345"})["national_id"] for one in two]
        asked = two[1].equals("patients", "national_id", "12345")["$in"]
        assert sorted(asked) == sorted(kept)
        assert two[0].equals("patients", "national_id", "12345") == {"$in": [kept[0]]}

    def test_only_what_must_be_found_is_encrypted_alike(self, two):
        first = two[0]
        twice = [first.sealed("patients", {"policy": "MI-1", "national_id": "12345"}) for _ in range(2)]
        assert twice[0]["national_id"] == twice[1]["national_id"]
        assert twice[0]["policy"] != twice[1]["policy"]

    def test_a_key_that_is_not_there_is_not_asked_for_with_every_value(self, two):
        asked = []
        keyring, _ = first_keys(Keyring())
        cipher = FieldCipher(keyring, lambda: asked.append(1) or [])
        value = two[0].sealed("patients", {"policy": "MI-1"})["policy"]
        assert [cipher.opened(value) for _ in range(20)] == [UNREADABLE] * 20
        assert len(asked) == 1

    def test_once_keys_were_forgotten_there_are_words_and_nothing_is_wrong(self, two, caplog):
        value = two[0].sealed("patients", {"policy": "MI-1"})["policy"]
        two[0].forget()
        assert two[0].opened(value) == UNREADABLE
        assert not caplog.records

    def test_without_its_data_key_nothing_is_saved_in_the_clear(self):
        keyring, _ = first_keys(Keyring())
        with pytest.raises(UserError, match="was not saved"):
            FieldCipher(keyring, list).sealed("patients", {"policy": "MI-1"})

    def test_the_vault_is_in_mongodb_s_own_format(self, clinic):
        with clinic.past_the_program() as database:
            kept = list(database[VAULT].find())
        assert {name for key in kept for name in key["keyAltNames"]} == {f"{name}.1" for name in encrypted()}
        assert {key["masterKey"]["provider"] for key in kept} == {f"local:{name}_1" for name in encrypted()}
        assert all(len(key["keyMaterial"]) == 160 for key in kept)
