"""Files of a patient: byte for byte what was added, within limits, and harmless whatever they are called."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from gridfs import GridFSBucket
from hypothesis import given
from hypothesis import strategies as st

from hmsdesk.controllers.documents import DOCUMENTS, NewFile
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.database import files
from hmsdesk.database.files import CHUNK
from hmsdesk.errors import NotAllowed, Stopped, UserError
from hmsdesk.models.documents import MOST_BYTES, PDF, PNG, TEXT, name_to_save, tidy_name
from hmsdesk.models.text import has_hostile_characters
from hmsdesk.models.watch import UNWATCHED, Watch
from hmsdesk.security.permissions import Role
from tests.factories import operation, typed

PAPER = b"%PDF-1.7\n" + random.Random(4).randbytes(3 * CHUNK + 17)


@pytest.fixture(scope="module")
def doctor(clinic):
    return clinic.session(Role.DOCTOR)


@pytest.fixture(scope="module")
def patient(clinic):
    return PATIENTS.create(clinic.session(Role.RECEPTIONIST), typed("patients"), operation())["_id"]


def add(session, patient, content=PAPER, name="ECG.pdf", **more):
    return DOCUMENTS.add(session, NewFile(patient, name, content), operation(), **more)


@pytest.mark.parametrize("size", [1, CHUNK - 9, CHUNK, CHUNK + 1, 4_300_000])
def test_a_file_comes_back_byte_for_byte(doctor, patient, size):
    content = (b"%PDF-1.7\n" + random.Random(size).randbytes(size))[:size] if size > 9 else b"x"
    row = add(doctor, patient, content)
    assert DOCUMENTS.content(doctor, row) == content


def test_a_nurse_adds_and_reads_files_too(clinic, patient):
    nurse = clinic.session(Role.NURSE)
    assert DOCUMENTS.content(nurse, add(nurse, patient)) == PAPER


def test_any_other_program_finds_the_file_where_gridfs_keeps_it(clinic, doctor, patient):
    row = add(doctor, patient)
    with clinic.past_the_program() as database:
        assert GridFSBucket(database, "clinical_files").open_download_stream(row["file"]).read() == PAPER


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PHARMACIST, Role.ADMINISTRATOR])
def test_nobody_else_adds_or_reads_one(clinic, doctor, patient, role):
    row = add(doctor, patient)
    with pytest.raises(NotAllowed):
        DOCUMENTS.content(clinic.session(role), row)
    with pytest.raises(NotAllowed):
        add(clinic.session(role), patient)


def test_adding_twice_by_the_same_operation_links_one_file(doctor, patient):
    same = operation()
    first, second = (DOCUMENTS.add(doctor, NewFile(patient, "Letter.pdf", PAPER), same) for _ in range(2))
    assert first["_id"] == second["_id"]
    assert first["file"] == second["file"]


def test_a_file_that_was_altered_past_the_program_is_not_shown(clinic, doctor, patient):
    row = add(doctor, patient)
    with clinic.past_the_program() as database:
        chunk = database["clinical_files.chunks"].find_one({"files_id": row["file"], "n": 1})
        changed = bytes([chunk["data"][0] ^ 1]) + chunk["data"][1:]
        database["clinical_files.chunks"].update_one({"_id": chunk["_id"]}, {"$set": {"data": changed}})
    with pytest.raises(UserError, match="not as it was added"):
        DOCUMENTS.content(doctor, row)


def test_a_file_of_which_a_part_is_gone_is_not_shown(clinic, doctor, patient):
    row = add(doctor, patient)
    with clinic.past_the_program() as database:
        database["clinical_files.chunks"].delete_one({"files_id": row["file"], "n": 3})
    with pytest.raises(UserError, match="not as it was added"):
        DOCUMENTS.content(doctor, row)


def test_looking_at_a_file_is_in_the_trail(clinic, doctor, patient):
    row = add(doctor, patient)
    DOCUMENTS.content(doctor, row)
    with clinic.past_the_program() as database:
        assert database.audit.count_documents({"record": row["_id"], "action": "open document"}) == 1


def test_progress_is_told_and_adding_can_be_stopped(clinic, doctor, patient):
    told = []
    add(doctor, patient, watch=Watch(progress=lambda done, of: told.append((done, of))))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1] == (len(PAPER), len(PAPER))
    known = len(DOCUMENTS.of_patient(doctor, patient))
    stopping = Watch(stopped=iter([False, True]).__next__)
    with pytest.raises(Stopped):
        add(doctor, patient, watch=stopping)
    assert len(DOCUMENTS.of_patient(doctor, patient)) == known


def test_what_is_too_large_or_empty_is_refused_in_words(doctor, patient):
    with pytest.raises(UserError) as large:
        add(doctor, patient, b"%PDF-" + bytes(MOST_BYTES), "Scan.pdf")
    assert str(large.value) == "Scan.pdf is too large. It has 25.0 MB; at most 25 MB are taken."
    with pytest.raises(UserError, match=r"Scan\.pdf is empty"):
        add(doctor, patient, b"", "Scan.pdf")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00", "invoice.pdf"),
        (b"\x7fELF\x02\x01\x01\x00", "result.png"),
        (b"PK\x03\x04\x14\x00\x00\x00\xff", "photo.jpg"),
        (bytes(range(256)), "notes.txt"),
    ],
)
def test_a_program_is_not_taken_for_what_its_name_says(doctor, patient, content, name):
    with pytest.raises(UserError, match="can't be added"):
        add(doctor, patient, content, name)


@pytest.mark.parametrize(
    ("content", "kind"), [(PAPER, PDF), (b"\x89PNG\r\n\x1a\n...", PNG), ("Größe, بول".encode(), TEXT)]
)
def test_what_a_file_is_is_read_off_its_content(doctor, patient, content, kind):
    assert add(doctor, patient, content, "anything.exe")["kind"] == kind


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        (r"D:\scans\x\scan.pdf", "scan.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\x00\x07", "Unnamed"),
        ("<b>result</b>.pdf", "b>.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_hostile_name_is_kept_as_plain_words(doctor, patient, name, shown):
    assert add(doctor, patient, name=name)["name"] == shown


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_can_be_shown_and_saved(name):
    shown, saved = tidy_name(name), name_to_save(name, PDF)
    assert shown
    assert len(shown) <= 120
    assert not has_hostile_characters(shown)
    assert saved.endswith(".pdf") or saved.lower().endswith(".pdf")
    assert "/" not in saved
    assert "\\" not in saved
    assert not saved.startswith(".")


def test_a_file_is_saved_with_the_ending_of_what_it_is():
    assert name_to_save("holiday.exe", PDF) == "holiday.exe.pdf"
    assert name_to_save("table.csv", TEXT) == "table.csv"


def test_what_is_taken_out_of_the_chart_is_still_kept(doctor, patient):
    row = add(doctor, patient, name="Wrong patient.pdf")
    DOCUMENTS.change(doctor, row["_id"], row["version"], {"active": False}, operation())
    assert row["_id"] not in [one["_id"] for one in DOCUMENTS.of_patient(doctor, patient)]
    assert DOCUMENTS.content(doctor, DOCUMENTS.get(doctor, row["_id"])) == PAPER


def test_what_was_never_linked_is_swept_after_a_day_and_nothing_else(clinic, doctor, patient):
    row = add(doctor, patient)
    orphan = files.store(doctor, PAPER, UNWATCHED)
    with pytest.raises(Stopped):
        files.store(doctor, PAPER, Watch(stopped=iter([False, True, True]).__next__))
    later = datetime.now(UTC) + timedelta(days=1, seconds=2)
    with clinic.past_the_program() as database:
        files.sweep(database, datetime.now(UTC))
        assert database["clinical_files.files"].count_documents({"_id": orphan}) == 1
        assert files.sweep(database, later) >= 2
        assert database["clinical_files.files"].count_documents({"_id": orphan}) == 0
        left = {chunk["files_id"] for chunk in database["clinical_files.chunks"].find({}, ["files_id"])}
        linked = {one["file"] for one in database.documents.find({}, ["file"])}
    assert left == linked
    assert DOCUMENTS.content(doctor, row) == PAPER


def test_a_visit_that_is_not_there_gets_no_file(doctor, patient):
    with pytest.raises(UserError):
        DOCUMENTS.add(doctor, NewFile(patient, "a.pdf", PAPER, ObjectId()), operation())
