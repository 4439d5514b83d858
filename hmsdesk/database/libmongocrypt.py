"""libmongocrypt by way of pymongocrypt, without what that would import in vain."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import bson

from hmsdesk.absent import absent

if TYPE_CHECKING:
    from pymongocrypt.synchronous.explicit_encrypter import ExplicitEncrypter

_importing = threading.Lock()


def import_library() -> None:
    """Import it: 40 ms, of which loading the shared library is one piece; later calls do nothing.

    It asks for httpx, and with it for rich, click and pygments, to sign in at key services in the cloud. There are none
    here; without these the import takes half as long, and the program 15 MB less.
    """
    with _importing:
        if "pymongocrypt.synchronous.explicit_encrypter" in sys.modules:
            return
        with absent("httpx"):
            import pymongocrypt.synchronous.explicit_encrypter  # noqa: F401


def encrypter(
    providers: Mapping[str, Any],
    fetch: Callable[[bytes], Iterator[bytes]],
    keep: Callable[[bytes], None] = lambda _: None,
) -> ExplicitEncrypter:
    """Encrypts and decrypts. providers: master keys. fetch: data keys, as it asks for them. keep: takes a new one."""
    import_library()
    from pymongocrypt.options import MongoCryptOptions
    from pymongocrypt.synchronous.explicit_encrypter import ExplicitEncrypter
    from pymongocrypt.synchronous.state_machine import MongoCryptCallback

    class Callback(MongoCryptCallback):  # type: ignore[misc]
        """Where data keys come from. Whatever else libmongocrypt could ask for is for other kinds of encryption."""

        def fetch_keys(self, asked: bytes) -> Iterator[bytes]:
            return fetch(asked)

        def insert_data_key(self, key: bytes) -> None:
            keep(key)

        def bson_encode(self, doc: Mapping[str, Any]) -> bytes:
            return bson.encode(doc)

        def kms_request(self, _context: Any) -> None:
            raise NotImplementedError

        def collection_info(self, _database: str, _asked: bytes) -> None:
            raise NotImplementedError

        def mark_command(self, _database: str, _command: bytes) -> None:
            raise NotImplementedError

        def close(self) -> None:
            """There is nothing to be closed."""

    return ExplicitEncrypter(Callback(), MongoCryptOptions(dict(providers), key_expiration_ms=0))
