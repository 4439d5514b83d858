"""Opens the window, soon: what its first paint doesn't need is imported after it."""

from __future__ import annotations

import builtins
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, cast

from hmsdesk.errors import UserError
from hmsdesk.screen import require_screen
from hmsdesk.settings import Settings

_FOR_STUBS = ("shibokensupport/signature/lib/pyi_generator.py", "shibokensupport/signature/lib/enum_sig.py")


def open_window() -> int:
    """Open the window and stay until it is closed; the exit code. Raises UserError where there is no screen."""
    require_screen()
    # Nothing of what is made until the first paint is garbage. From then on the window's thread collects.
    gc.disable()
    import_as_is()
    import_little()
    from hmsdesk.app import run

    return run(Settings())


def import_as_is() -> None:
    """Keep PySide from reading the source of every module that is imported after it.

    It looks for its own name there, for modules that switch its snake_case on, which none does here. Python would keep
    all those lines (25 MB), and reading them takes as long as half of the imports.
    """
    with _compiling_little():
        import shiboken6  # noqa: F401 - it brings what is changed here

    feature: Any = sys.modules.get("shibokensupport.feature")
    if feature is not None:
        feature._mod_uses_pyside = lambda _: False


@contextmanager
def _compiling_little() -> Iterator[None]:
    """Have what shiboken6 writes type stubs with stay empty: it compiles that anew at each start, and nobody asks."""
    compiled = builtins.compile

    def compile_little(source: Any, filename: Any, *others: Any, **named: Any) -> Any:
        return compiled("" if filename in _FOR_STUBS else source, filename, *others, **named)

    builtins.compile = cast(Any, compile_little)
    try:
        yield
    finally:
        builtins.compile = compiled


def import_little() -> None:
    """Keep PyMongo from importing 10 MB of cryptography in vain.

    It does so on the way to PyOpenSSL, where some other package brought it, finds no PyOpenSSL and takes Python's own
    TLS, as it does now at once.
    """
    sys.modules.setdefault("pymongo.pyopenssl_context", cast(ModuleType, None))


def in_words(problem: UserError | OSError) -> str:
    """A failure as a terminal tells it."""
    # Whoever opens the window doesn't wait for it.
    from hmsdesk.models.text import for_terminal

    if isinstance(problem, UserError):
        return for_terminal(f"{problem.title}\n{problem.message}".strip())
    return for_terminal(f"{problem.strerror or 'The system refused it'}: {problem.filename or ''}".strip(": "))
