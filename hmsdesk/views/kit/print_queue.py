"""Whether a print queue takes anything. Qt sends to one that refuses, and says that it went well."""

from __future__ import annotations

import os
import shutil
import subprocess

from hmsdesk.errors import UserError

PATIENCE_S = 5


def require_accepting(name: str) -> None:
    """Off the window's thread. Raises UserError where CUPS says that a queue refuses what is sent to it."""
    lpstat = shutil.which("lpstat")
    if not name or lpstat is None:
        return
    try:
        done = subprocess.run(
            [lpstat, "-a", name],
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE_S,
            env=os.environ | {"LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    if "not accepting requests" in done.stdout:
        raise UserError(
            f"The printer {name} takes nothing just now.",
            "Its queue is full or closed. Nothing was printed; choose another printer, or save the page.",
        )
