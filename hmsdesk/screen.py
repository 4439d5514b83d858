"""Whether there is a screen to show windows on."""

from __future__ import annotations

import os
import sys

from hmsdesk.errors import UserError


def require_screen() -> None:
    """Raises UserError where no window can be shown: Qt itself would end the process without a word that helps."""
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise UserError(
            "There is no screen here.",
            "Run it on a desktop, or start a screen first, as `make run` does: xvfb-run hmsdesk tour DIR",
        )
