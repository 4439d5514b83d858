"""The program's entry: the window, or one of the operator's commands."""

from __future__ import annotations

import os
import signal
import sys
from typing import TextIO

# Until a command begins, there is nothing to clear up or to say: Ctrl-C just ends it. Who was told to ignore it does.
INTERRUPTED = signal.getsignal(signal.SIGINT)
if INTERRUPTED is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from hmsdesk.errors import UserError  # noqa: E402
from hmsdesk.opening import in_words, open_window  # noqa: E402

_TERMINALS = [stream for stream in (sys.stdout, sys.stderr) if stream is not None and stream.isatty()]
# Windows has no terminal that hangs up.
_ENDING = [signal.SIGTERM, *([signal.SIGHUP] if sys.platform != "win32" else [])]


def main() -> None:
    """The program's entry."""
    # A service or a script without a locale must still be able to say names in Arabic.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    if sys.argv[1:]:
        run_command()
    signal.signal(signal.SIGINT, INTERRUPTED)
    try:
        sys.exit(open_window())
    except (UserError, OSError) as problem:
        sys.exit(in_words(problem))


def run_command() -> None:
    """Do what the arguments say, and end the process."""
    # Whoever opens the window doesn't wait for what reads arguments.
    import logging

    from hmsdesk.commands import cli

    # What a command is asked for is all it says; a window keeps a log of its own.
    logging.getLogger().addHandler(logging.NullHandler())
    for number in _ENDING:
        # Who was begun to outlive its terminal does.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end_as_told)
    signal.signal(signal.SIGINT, INTERRUPTED)
    try:
        cli()
    except RuntimeError as problem:
        # A class that is being made as it comes wraps it (Error calling __set_name__).
        if isinstance(problem.__cause__, KeyboardInterrupt):
            sys.exit(128 + signal.SIGINT)
        if isinstance(problem.__cause__, SystemExit):
            raise problem.__cause__ from None
        raise


def _leave(streams: list[TextIO]) -> None:
    """What is still said reaches nobody; where it couldn't be written, Python would end with a code of its own."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nothing, stream.fileno())


def end_as_told(number: int, _frame: object) -> None:
    """A shutdown, a scheduler or a closed terminal ends a command as Ctrl-C does: what is begun is cleared up first."""
    # Told once more, by the same or another, it goes on with that.
    for each in _ENDING:
        signal.signal(each, lambda *_: None)
    if number != signal.SIGTERM:
        _leave(_TERMINALS)
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
