"""The certificate of a clinic's own authority, by which its workstations know its servers."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from hmsdesk.errors import InvalidInput

# Some twenty certificates.
_MOST_BYTES = 64 * 1024
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def read_authority(file: Path) -> bytes:
    """The authority's certificates in PEM form, and nothing else of the file. Raises InvalidInput beside `ca`."""
    content = _content(file)
    if b"PRIVATE KEY-----" in content:
        raise _wrong("This file holds a private key, which nobody else may have. Choose the certificate alone.")
    pem = b"\n".join(_CERTIFICATE.findall(content)) + b"\n"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=pem.decode("ascii"))
    except (ssl.SSLError, ValueError):
        raise _wrong("This is no certificate. A file in PEM form has a line that says BEGIN CERTIFICATE.") from None
    if not context.cert_store_stats()["x509_ca"]:
        raise _wrong("This is a server's own certificate. Choose that of the authority that signed it: ca.pem.")
    return pem


def _content(file: Path) -> bytes:
    try:
        if file.is_dir():
            raise _wrong("This is a folder. Choose the file in it that holds the certificate: ca.pem.")
        if not file.is_file():
            raise _wrong("There is no such file.")
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except OSError:
        raise _wrong("This file can't be read.") from None
    if len(content) > _MOST_BYTES:
        raise _wrong("This file is too large for a certificate.")
    return content


def _wrong(message: str) -> InvalidInput:
    return InvalidInput({"ca": message}, "The certificate can't be used.")
