"""Certificates as docs/administrators.md makes them: an authority of one's own, and servers' that it signed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.plain_server import free_ports, wait_for
from tests.waiting import PATIENCE_S

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_HERE = "DNS:localhost,IP:127.0.0.1"


def make_authority(folder: Path, days: int = 3650) -> Path:
    """A certificate authority of one's own: ca.key and ca.pem, which is returned."""
    _openssl(
        folder,
        *("req", "-x509", "-new", *_EC, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650"),
        *("-subj", "/CN=Nile Family Clinic"),
    )
    if days < 0:
        # Only what is there already can be given an end that is over.
        made = ("-in", "ca.pem", "-signkey", "ca.key", "-days", str(days), "-out", "over.pem")
        _openssl(folder, "x509", *made)
        (folder / "over.pem").replace(folder / "ca.pem")
    return folder / "ca.pem"


def make_certificate(folder: Path, name: str = "server", names: str = _HERE, days: int = 800) -> Path:
    """The key and certificate of a server, from the authority in the same folder: {name}.pem."""
    _openssl(
        folder,
        *("req", "-new", *_EC, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=server"),
        *("-addext", f"subjectAltName={names}"),
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-copy_extensions", "copy", "-days", str(days), "-out", f"{name}.crt"),
    )
    file = folder / f"{name}.pem"
    file.write_bytes((folder / f"{name}.key").read_bytes() + (folder / f"{name}.crt").read_bytes())
    return file


@contextmanager
def greeting(certificate: Path) -> Iterator[int]:
    """The port of something that shows a certificate and says no more: mongod starts with no expired one."""
    port = free_ports(1)[0]
    shown = subprocess.Popen(
        ["openssl", "s_server", "-accept", str(port), "-cert", str(certificate), "-quiet"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield port
    finally:
        shown.kill()
        shown.wait(timeout=PATIENCE_S)


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=PATIENCE_S)
