"""Where a workstation keeps its secrets."""

import os
import stat

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringLocked

from hmsdesk.errors import UserError
from hmsdesk.security.secrets import SECRETS_FILE, FileSecrets, KeyringSecrets, has_keyring, open_secrets
from hmsdesk.settings import SecretStore

SECRET = bytes(range(256))


class PlainFile(KeyringBackend):
    """A keyring of somebody's own, as keyrings.alt has them."""

    kept: dict[tuple[str, str], str]

    # So that the library never chooses it by itself.
    viable = False
    priority = 9

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


class OperatingSystems(PlainFile):
    """Stands where one of the operating systems' keyrings would."""


OperatingSystems.__module__ = "keyring.backends.SecretService"


class Locked(OperatingSystems):
    """The person didn't unlock it."""

    def get_password(self, service, username):
        raise KeyringLocked("dismissed")


Locked.__module__ = "keyring.backends.SecretService"


def chain(*backends):
    class Chain(ChainerBackend):
        viable = False

    Chain.backends = list(backends)
    return Chain()


@pytest.fixture
def using():
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


class TestAWeakKeyring:
    @pytest.mark.parametrize(
        "weak",
        [
            NoKeyring(),
            NullKeyring(),
            PlainFile(),
            Locked(),
            chain(),
            chain(PlainFile(), OperatingSystems()),
            chain(NullKeyring(), OperatingSystems()),
        ],
        ids=["none", "null", "plain", "locked", "empty chain", "plain first", "null first"],
    )
    def test_is_none(self, using, weak, tmp_path):
        using(weak)
        assert not has_keyring()
        with pytest.raises(UserError, match="no keyring"):
            open_secrets(SecretStore.KEYRING, tmp_path)

    def test_is_never_written_to_behind_a_strong_one(self, using, tmp_path):
        strong, plain = OperatingSystems(), PlainFile()
        using(chain(strong, plain))
        assert has_keyring()
        open_secrets(SecretStore.KEYRING, tmp_path).set("practice", SECRET)
        assert len(strong.kept) == 1
        assert plain.kept == {}

    def test_that_took_a_strong_one_s_place_meanwhile_is_not_written_to(self, using, tmp_path):
        using(OperatingSystems())
        kept = open_secrets(SecretStore.KEYRING, tmp_path)
        plain = PlainFile()
        using(plain)
        with pytest.raises(UserError, match="no keyring"):
            kept.set("practice", SECRET)
        assert plain.kept == {}

    def test_that_was_locked_meanwhile_is_told(self, using, tmp_path):
        using(Locked())
        with pytest.raises(UserError, match="does not answer"):
            KeyringSecrets(tmp_path).get("practice")

    def test_is_no_matter_to_who_chose_a_file(self, using, tmp_path):
        using(NoKeyring())
        assert isinstance(open_secrets(SecretStore.FILE, tmp_path), FileSecrets)


@pytest.fixture(params=["file", "keyring"])
def kept(request, tmp_path):
    """The secrets of a data folder, opened anew each time."""
    if request.param == "file":
        return lambda folder=tmp_path: FileSecrets(folder / SECRETS_FILE)
    if not has_keyring():
        pytest.skip("no keyring of the operating system answers here: tests/run.sh starts one")
    return lambda folder=tmp_path: KeyringSecrets(folder)


class TestSecrets:
    def test_are_there_for_the_next_program(self, kept):
        kept().set("practice", SECRET)
        assert kept().get("practice") == SECRET
        kept().set("practice", b"")
        assert kept().get("practice") == b""
        kept().delete("practice")
        assert kept().get("practice") is None

    def test_are_each_their_own(self, kept):
        kept().set("practice", b"one")
        kept().set("enrolment", b"two")
        kept().delete("practice")
        assert (kept().get("practice"), kept().get("enrolment")) == (None, b"two")
        kept().delete("enrolment")

    def test_that_are_not_there_may_be_forgotten(self, kept):
        kept().delete("practice")
        assert kept().get("practice") is None

    def test_belong_to_one_data_folder(self, kept, tmp_path):
        other = tmp_path / "other"
        other.mkdir()
        kept().set("practice", SECRET)
        assert kept(other).get("practice") is None
        kept().delete("practice")

    def test_of_a_folder_reached_another_way_are_the_same(self, kept, tmp_path):
        link = tmp_path / "link"
        link.symlink_to(tmp_path)
        kept().set("practice", SECRET)
        assert kept(link).get("practice") == SECRET
        kept().delete("practice")


class TestTheFile:
    @pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
    def test_is_its_user_s_alone_even_where_others_are_let_in(self, tmp_path):
        before = os.umask(0)
        try:
            FileSecrets(tmp_path / SECRETS_FILE).set("practice", SECRET)
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / SECRETS_FILE).stat().st_mode) == 0o600

    @pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"7"])
    def test_that_is_damaged_is_told(self, tmp_path, content):
        (tmp_path / SECRETS_FILE).write_bytes(content)
        with pytest.raises(UserError, match="damaged"):
            FileSecrets(tmp_path / SECRETS_FILE).get("practice")

    def test_is_the_only_one_left_behind(self, tmp_path):
        for n in range(3):
            FileSecrets(tmp_path / SECRETS_FILE).set(f"secret {n}", SECRET)
        assert [file.name for file in tmp_path.iterdir()] == [SECRETS_FILE]
