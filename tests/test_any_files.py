"""Damaged files, altered codes, and whatever is set or typed as an address: told in words, or harmless.

What stands in the data folder may be cut short, written over, or of another program. The person is told which file it
is and what to do; what can be made anew is made anew.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from hmsdesk.commands import cli
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.enrolment import PASS_MARK, join
from hmsdesk.controllers.founding import database_name
from hmsdesk.controllers.provisioning import checked_access, checked_authority, checked_place, make_place
from hmsdesk.controllers.readmission import ENROLMENT_ENTRY, PRACTICE_ENTRY, READMISSION_FILE, readmit
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database.audit import HEADS_FILE, Heads
from hmsdesk.database.embedded import EmbeddedServer
from hmsdesk.errors import UserError
from hmsdesk.models.documents import LONGEST_NAME, name_to_save, tidy_name
from hmsdesk.models.prescription_code import NotACode, decode, encode, read_content
from hmsdesk.models.text import has_hostile_characters
from hmsdesk.printing.scan import codes_in
from hmsdesk.security.credentials import seal_with_code
from hmsdesk.security.permissions import Role
from hmsdesk.security.secrets import SECRETS_FILE, FileSecrets
from hmsdesk.settings import COMPUTER, PROFILE_FILE, ChoicesFile, SecretStore, Settings
from tests.typing_anything import ANY_CHARACTER, ANY_TEXT, HOSTILE_TEXTS

SHORT = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(SHORT, max_examples=20_000)
# A short round each time, a long one with the nightly tests.
ROUNDS = pytest.mark.parametrize(
    "profile", [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.nightly)]
)

# Files

DAMAGE: dict[str, bytes] = {
    "empty": b"",
    "of another program": bytes(range(256)),
    "in another encoding": '{"kind": "embedded"}'.encode("utf-16"),
    "no text": b"\xff\xfe\x00",
    "a list": b"[]",
    "nothing": b"null",
    "a number": b"5",
    "pairs": b'[["a", "b"]]',
    "something else": b'{"a": 1}',
    "operators": b'{"kind": {"$gt": ""}, "practice": {"$ne": null}, "host": [], "kept": "x", "initiated": 7}',
    "without an end": b"[" * 100_000,
    "huge": b"x" * 5_000_000,
    "numbers without end": b'{"chain": "000000000000000000000000", "seq": 1e999, "hash": "00"}',
    "zeros": bytes(4096),
}
A_FOLDER, A_LOOP = "a folder in its place", "a link to itself"
DAMAGES = [*DAMAGE, A_FOLDER, A_LOOP]


def damage(file: Path, how: str) -> None:
    """Put something else in a file's place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if how == A_FOLDER:
        file.mkdir()
    elif how == A_LOOP:
        file.symlink_to(file)
    else:
        file.write_bytes(DAMAGE[how])


def refusal(act: Callable[[], Any]) -> str:
    """What a person is told, if anything."""
    told: UserError | None = None
    try:
        act()
    except UserError as problem:
        told = problem
    assert told is None or told.title.endswith(".")
    return str(told or "")


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_profile_is_named_and_nothing_is_set_up_over_it(tmp_path, how):
    damage(tmp_path / PROFILE_FILE, how)
    told = refusal(Workplace(Settings(home=tmp_path)).profile)
    assert "settings are damaged" in told
    assert PROFILE_FILE in told


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_keys_are_named(tmp_path, how):
    file = tmp_path / SECRETS_FILE
    damage(file, how)
    secrets = FileSecrets(file)
    told = [refusal(lambda name=name: secrets.get(name)) for name in ("practice", "a", "kind")]
    assert all(SECRETS_FILE in one for one in told if one)
    assert told[0] or how in ("something else", "operators", "pairs", "numbers without end")


@pytest.mark.parametrize("how", DAMAGES)
def test_what_the_computer_remembers_of_its_server_is_made_anew_or_named(tmp_path, how):
    file = tmp_path / "server.json"
    damage(file, how)
    told = refusal(EmbeddedServer(Settings(home=tmp_path)).status)
    assert not told or str(tmp_path) in told


@pytest.mark.parametrize("how", DAMAGES)
def test_choices_that_can_not_be_read_were_never_made(tmp_path, how):
    damage(tmp_path / "choices" / f"{COMPUTER}.json", how)
    assert ChoicesFile(tmp_path, COMPUTER).read("prescriptions") == {}


@pytest.mark.parametrize("how", [how for how in DAMAGES if how != A_FOLDER])
def test_choices_are_kept_anew(tmp_path, how):
    damage(tmp_path / "choices" / f"{COMPUTER}.json", how)
    ChoicesFile(tmp_path, COMPUTER).keep("prescriptions", {"paper": "A4"})
    assert ChoicesFile(tmp_path, COMPUTER).read("prescriptions") == {"paper": "A4"}


@pytest.mark.parametrize("how", list(DAMAGE))
def test_lines_of_heads_that_can_not_be_read_are_passed_over(tmp_path, how):
    heads, chain = Heads(tmp_path), ObjectId()
    damage(tmp_path / HEADS_FILE, how)
    assert set(heads.read()) <= {ObjectId("0" * 24)}
    heads.keep({"chain": chain, "seq": 3, "hash": b"\x01" * 32})
    assert heads.read()[chain] == (3, b"\x01" * 32)
    heads.compact()
    assert heads.read()[chain] == (3, b"\x01" * 32)


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_draft_is_not_offered_and_stands_in_nobody_s_way(clinic, tmp_path, how):
    session = clinic.session(Role.RECEPTIONIST)
    drafts = Drafts(tmp_path, session)
    damage(tmp_path / "drafts" / str(session.identity.person) / "patients-new.draft", how)
    assert drafts.read("patients/new") is None
    assert drafts.all() == []
    drafts.keep("patients/new", {"name": "Mona"})
    kept = drafts.read("patients/new")
    assert kept is not None
    assert kept.values == {"name": "Mona"}
    drafts.close()


@SHORT
@given(place=ANY_TEXT, values=st.dictionaries(st.sampled_from(["name", "note"]), ANY_TEXT, max_size=2))
def test_whatever_was_typed_is_kept_as_a_draft(clinic, tmp_path_factory, place, values):
    """A place is the program's own word for a form; what is typed into it is anything."""
    drafts = Drafts(tmp_path_factory.mktemp("drafts"), clinic.session(Role.RECEPTIONIST))
    try:
        drafts.keep("patients/new", values)
        kept = drafts.read("patients/new")
        assert kept is not None
        assert kept.values == {name: text.encode("utf-8", "replace").decode() for name, text in values.items()}
    finally:
        drafts.close()


@pytest.mark.parametrize("how", DAMAGES)
def test_keys_kept_for_a_recovery_code_that_are_damaged_do_not_open(tmp_path, how):
    damage(tmp_path / READMISSION_FILE, how)
    assert refusal(lambda: readmit(tmp_path, FileSecrets(tmp_path / SECRETS_FILE), "A" * 20))


@pytest.mark.parametrize("code", ["", "x" * 10_000, "\ud800", "\u202eABC", "AAAA-BBBB"])
@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_pass_is_told_and_enrols_nobody(tmp_path, how, code):
    file = tmp_path / "desk.hmspass"
    damage(file, how)
    secrets = FileSecrets(tmp_path / SECRETS_FILE)
    assert refusal(lambda: join(Settings(home=tmp_path), secrets, SecretStore.FILE, file, code))
    assert not (tmp_path / PROFILE_FILE).exists()


CODE_OF_PASS = "ABCDE-FGHJK-MNPQR-STVWX-YZ234-5"
# Made by nobody's program: it leads to no server that there is.
IN_A_PASS: dict[str, Any] = {
    "kind": "self-managed", "practice": "Nile Family Clinic", "database": "hmsdesk_nile",
    "address": "mongodb://127.0.0.1:1/", "fingerprint": "0" * 64, "workstation_id": "0" * 24, "workstation": "Desk 2",
    "patient_prefix": "BK", "user": "workstation", "password": "x" * 20, "practice_secret": "AAAA", "ca": "",
    "expires_at": "2199-01-01T00:00:00Z",
}  # fmt: skip
IN_PLACE_OF_A_VALUE: dict[str, Any] = {
    "nothing": None, "a number": 5, "a huge number": 10**400, "no number": float("nan"), "yes": True, "a list": ["x"],
    "nested": json.loads("[" * 150 + "]" * 150), "an operator": {"$gt": ""}, "html": "<img src='file:///etc/passwd'>",
    "NUL": "a\0b",
    "half a character": "\ud800", "reversed": "\u202ecimedra", "long": "x" * 300_000, "empty": "", "a path": "../../x",
    "another time": "2199-01-01T00:00:00", "no time": "0001-01-01T00:00:00Z", "a kind": "embedded",
    "another server": "mongodb://u:p" + "@h/?tls=false", "no address": "mongodb://[::1", "a file": "mongodb://h/?tlsCAFile=/etc/passwd",
    "no base64": "====",
}  # fmt: skip


@pytest.fixture
def join_with(tmp_path):
    """Joins with a file; what a person is told. Nothing may have been kept of it."""
    settings = Settings(home=tmp_path / "home", server_timeout_s=0.02)
    secrets = FileSecrets(settings.folder() / SECRETS_FILE)

    def join_with(content: bytes | Path, code: str = CODE_OF_PASS) -> str:
        file = content if isinstance(content, Path) else tmp_path / "desk.hmsdesk-pass"
        if isinstance(content, bytes):
            file.write_bytes(content)
        told = refusal(lambda: join(settings, secrets, SecretStore.FILE, file, code))
        assert {one.name for one in settings.home.iterdir()} <= {SECRETS_FILE}
        assert [secrets.get(name) for name in (ENROLMENT_ENTRY, PRACTICE_ENTRY)] == [None, None]
        return told

    return join_with


def sealed_pass(content: bytes) -> bytes:
    return PASS_MARK + seal_with_code(content, CODE_OF_PASS)


@pytest.mark.parametrize("how", DAMAGE)
def test_a_pass_with_something_else_in_it_enrols_nobody(join_with, how):
    assert "does not open this pass" in join_with(PASS_MARK + DAMAGE[how]) or how == "huge"
    assert join_with(sealed_pass(DAMAGE[how]))
    assert join_with(seal_with_code(DAMAGE[how], CODE_OF_PASS))


def test_a_pass_that_was_cut_short_or_altered_anywhere_enrols_nobody(join_with):
    whole = sealed_pass(json.dumps(IN_A_PASS).encode())
    assert "does not answer" in join_with(whole), "it is right, but for where it leads"
    for at in range(0, len(whole), 7):
        assert "pass" in join_with(whole[:at])
        assert "pass" in join_with(whole[at + 1 :])
        assert "pass" in join_with(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert "pass" in join_with(whole[:at] + b"\0" + whole[at:])


@pytest.mark.parametrize("name", [*IN_A_PASS, "salary"])
def test_a_pass_that_says_what_none_says_enrols_nobody(join_with, name):
    """It opens with its code, as one made by another program may."""
    # To look for a server takes a while: only where what is wrong is used for that.
    asked = name in ("kind", "database", "address", "user", "password", "ca")
    said = IN_A_PASS if asked else IN_A_PASS | {"address": "mongodb://127.0.0.1:99999/"}
    for wrong in IN_PLACE_OF_A_VALUE.values():
        assert join_with(sealed_pass(json.dumps(said | {name: wrong}).encode()))
    assert join_with(sealed_pass(json.dumps({key: one for key, one in said.items() if key != name}).encode()))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pass_that_is_a_pipe_or_a_device_is_not_waited_for(join_with, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for file in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null"), tmp_path):
        assert "not a pass" in join_with(file)


def test_a_pass_that_is_huge_is_not_read(join_with, tmp_path):
    file = tmp_path / "huge"
    file.write_bytes(PASS_MARK)
    os.truncate(file, 2**40)
    assert "not a pass" in join_with(file)


@pytest.mark.parametrize("how", DAMAGES)
def test_a_file_that_is_no_authority_is_refused(tmp_path, how):
    damage(tmp_path / "ca.pem", how)
    assert refusal(lambda: checked_authority(str(tmp_path / "ca.pem")))


@pytest.mark.parametrize(
    "typed", [text for text in HOSTILE_TEXTS if text.strip()] + ["~nobody/ca.pem", "~who is that/ca.pem", "/", ".", "~"]
)
def test_a_path_that_leads_nowhere_is_refused(typed):
    assert refusal(lambda: checked_authority(typed))


# Codes and pictures

CODE = encode(
    b'["RX-26-7KQ3M9",1,"2026-12-17","%s","BK-1","M","",[["M","tablet",1,"oral","od",1,1]],"0"]' % (b"0" * 24,),
    bytes(64),
)


def altered(whole: Any, letters: Any) -> st.SearchStrategy[Any]:
    """Cut short at either end, and with something else in the middle."""
    at = st.integers(0, len(whole))
    return st.builds(lambda a, b, more: whole[:a] + more + whole[b:], at, at, letters)


@ROUNDS
def test_a_code_that_was_altered_is_none_or_says_what_it_said(profile):
    @profile
    @given(st.one_of(altered(CODE, st.text(max_size=4)), st.text(ANY_CHARACTER).map("HMS1:".__add__), ANY_TEXT))
    @example("HMS1:" + "0" * 4395)
    @example("HMS1:" + "0" * 100_000)
    def every(text: str) -> None:
        try:
            content, signature = decode(text)
        except NotACode:
            return
        # Its check sum is right: it is what was encoded, however it was typed.
        assert encode(content, signature) == text.strip().upper()

    @profile
    @given(st.one_of(st.binary(), altered(decode(CODE)[0], st.binary(max_size=6))))
    @example(b"[" * 100_000)
    @example(b'["RX",1e400,"","%s","","","",[],"0"]' % (b"0" * 24))
    @example(b'["RX",1,"","%s","","","",[["","","sNaN","","",1,1]],"0"]' % (b"0" * 24))
    @example(b'["RX",1,"","%s","","","",[["","",1e400,"","",1,1]],"0"]' % (b"0" * 24))
    def every_content(content: bytes) -> None:
        try:
            read_content(content)
        except NotACode:
            return

    every()
    every_content()


def pictures() -> dict[str, bytes]:
    """A small picture in each format."""
    made = {}
    for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "PPM", "TGA"):
        out = io.BytesIO()
        Image.linear_gradient("L").resize((32, 32)).convert("RGB").save(out, form)
        made[form] = out.getvalue()
    return made


PICTURES = pictures()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", PICTURES)
@ROUNDS
def test_a_picture_that_was_cut_short_or_altered_is_read_or_refused(form, profile):
    @profile
    @given(altered(PICTURES[form], st.binary(max_size=8)))
    def every(picture: bytes) -> None:
        refusal(lambda: codes_in(picture))

    every()


NAMES = (
    "../../etc/passwd", "..\\..\\boot.ini", "report\u202efdp.exe", "a\x00.pdf", ".", "..", "", "CON", "\ud800.pdf",
    "x" * 10_000 + ".pdf", "a/b", ".bashrc", "ي" * 300, "a\nb.pdf", "\u2066x\u2069.pdf",
)  # fmt: skip


@SHORT
@given(
    st.one_of(st.sampled_from(NAMES), ANY_TEXT), st.sampled_from(["application/pdf", "image/png", "text/plain", "x/y"])
)
def test_a_file_s_name_leads_nowhere_and_hides_nothing(name, kind):
    shown, saved = tidy_name(name), name_to_save(name, kind)
    for one in (shown, saved):
        assert not has_hostile_characters(one)
        assert not set(one) & set("/\\\x00")
        assert one
        assert len(one) <= LONGEST_NAME + 10
    assert saved not in (".", "..")
    assert not saved.startswith(".")
    saved.encode()


# Addresses

ADDRESSES = [
    *HOSTILE_TEXTS[::3], "mongodb://", "mongodb+srv://", "mongodb+srv://a b", "mongodb:///x", "mongodb://[::1", "mongodb://[::1]:99999",
    "mongodb://[::1]:1/?replicaSet=x", "mongodb://%zz", "mongodb://%2Ftmp%2Fno.sock/", "mongodb:///tmp/no.sock", "mongodb://h:abc",
    "mongodb://h:-1", "mongodb://h,,h", "mongodb://,", "mongodb://127.0.0.1:1/?w=NaN&wtimeoutMS=-1", "mongodb://h/?tls=false",
    "mongodb://h/?ssl=false", "mongodb://h/?tlsCAFile=/etc/passwd", "mongodb://h/?authSource=$external&authMechanism=GSSAPI",
    "mongodb://h/?authMechanism=MONGODB-AWS", "mongodb://h/?serverSelectionTimeoutMS=99999999999999999999",
    "mongodb://h/?compressors=zlib&zlibCompressionLevel=99", "mongodb://h/?readPreferenceTags=a:b,c", "mongodb://h/?x=\ud800",
    "mongodb://" + "h" * 10_000, "mongodb://" + ",".join(["h"] * 3_000), "mongodb://\u202eh", "mongodb://h\x00", "mongodb://h/$where",
    "mongodb://user:" "secret@h/", "mongodb://h/?proxyHost=evil", "mongodb+srv://u:" "p@h.example/", "MONGODB://h", "http://h",
    "mongodb://h?", "mongodb://h/?a", "mongodb://h/?a=b;c=d&e=f", "mongodb://1.2.3.4.5", "mongodb://::1/", "mongodb://٣",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: repr(address)[:40])
def test_an_address_is_of_the_right_form_or_refused_beside_its_field(address):
    told, place = None, None
    try:
        place = checked_place(address, "hmsdesk_nile", "password")
    except UserError as problem:
        told = problem
    if told is not None:
        assert set(told.fields) == {"address"}
        assert "secret" not in str(told)
    if place is not None:
        assert place.address.startswith(("mongodb://", "mongodb+srv://"))
        assert "@" not in place.address.partition("?")[0]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: repr(address)[:40])
def test_a_practice_s_place_is_made_at_no_such_address(tmp_path, tried_shortly, address):
    asked = Settings(home=tmp_path, server_timeout_s=0.2)
    told = refusal(lambda: make_place(address, "Nile Family Clinic", "hunter2", asked, ""))
    assert told
    assert "hunter2" not in told


@SHORT
@given(ANY_TEXT)
def test_a_practice_of_any_name_has_a_database(name):
    made = database_name(name)
    assert made.isascii()
    assert len(made) <= 38
    assert made.replace("_", "").isalnum()


@SHORT
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_a_key_of_atlas_is_checked_in_words(project, key, secret):
    refusal(lambda: checked_access(project, key, secret, Settings()))


# Settings and data folders, as the commands find them

ARGUMENTS = [text for text in HOSTILE_TEXTS[::2] if "\0" not in text] + [
    "\udcff",
    "-",
    "--",
    "--help=",
    "-1",
    "/dev/null",
]


@pytest.fixture
def command_line(tmp_path, monkeypatch, tried_shortly) -> Callable[[list[str]], Any]:
    """A command in an empty data folder, in this process."""
    for name, value in {
        "HMSDESK_HOME": str(tmp_path / "home"),
        "HMSDESK_PASSWORD": "hunter2",
        "HMSDESK_SERVER_PASSWORD": "hunter2",
        "HMSDESK_ATLAS_KEY": "public:private",
        "HMSDESK_ATLAS_ADDRESS": "http://127.0.0.1:1",
        "HMSDESK_SERVER_TIMEOUT_S": "0.2",
    }.items():
        monkeypatch.setenv(name, value)
    return lambda call: CliRunner().invoke(cli, call)


def _may_be_in_the_environment(text: str) -> bool:
    try:
        return bool(os.fsencode(text)) or not text
    except UnicodeEncodeError:
        return False


@pytest.mark.parametrize(
    "name", ["MONGOD", "ARGON2_MIB", "IDLE_LOCK_S", "SESSION_S", "ATLAS_ADDRESS", "SERVER_TIMEOUT_S", "HOME"]
)
def test_a_setting_takes_any_text_or_says_what_is_wrong(command_line, monkeypatch, name):
    for text in ARGUMENTS:
        if not _may_be_in_the_environment(text):
            continue
        monkeypatch.setenv(f"HMSDESK_{name}", text if name != "HOME" else f"/dev/null/{text[:100]}")
        answer = command_line(["server", "status"])
        assert answer.exception is None or isinstance(answer.exception, SystemExit), (text, answer.exception)


def test_a_damaged_data_folder_is_told_by_every_command(command_line, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    for how in DAMAGES:
        damage(home / PROFILE_FILE, how)
        for call in (["server", "start"], ["uri", "--as", "a@b.example"], ["audit", "verify", "--as", "a@b.example"]):
            answer = command_line(call)
            assert isinstance(answer.exception, SystemExit), (how, call, answer.exception)
            assert PROFILE_FILE in answer.output
        (home / PROFILE_FILE).rmdir() if how == A_FOLDER else (home / PROFILE_FILE).unlink()
