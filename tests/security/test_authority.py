"""What may be chosen as the certificate of a clinic's own authority."""

import shutil

import pytest

from hmsdesk.errors import InvalidInput
from hmsdesk.security.authority import read_authority
from tests.certificates import make_authority, make_certificate

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("authority")
    make_authority(made)
    make_certificate(made)
    return made


def problem(file):
    with pytest.raises(InvalidInput) as refused:
        read_authority(file)
    return refused.value.fields["ca"]


def test_only_the_certificates_of_a_file_are_taken(folder, tmp_path):
    pem = (folder / "ca.pem").read_bytes()
    file = tmp_path / "ca.pem"
    file.write_bytes("عيادة النيل\n".encode() + pem + b"remarks\n" + pem)
    assert read_authority(file) == (pem.strip() + b"\n") * 2


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_refused(tmp_path, content):
    file = tmp_path / "ca.pem"
    file.write_bytes(content)
    assert problem(file).startswith("This is no certificate.")


def test_an_authority_s_private_key_goes_nowhere(folder, tmp_path):
    file = tmp_path / "both.pem"
    file.write_bytes((folder / "ca.pem").read_bytes() + (folder / "ca.key").read_bytes())
    assert "private key" in problem(file)


def test_a_server_s_certificate_is_no_authority_s(folder):
    assert problem(folder / "server.crt").startswith("This is a server's own certificate.")


def test_a_file_that_is_gone_a_folder_and_one_that_is_too_large_are_refused(tmp_path):
    assert problem(tmp_path / "nowhere") == "There is no such file."
    assert problem(tmp_path).startswith("This is a folder.")
    large = tmp_path / "large"
    large.write_bytes(b" " * 100_000)
    assert problem(large) == "This file is too large for a certificate."
