"""One person at one window, in a process of its own: does what the director asks for, and says how it went.

An empty line says that the window is there. The director's words come as lines of JSON: {"step": name, "known": what
was found out so far, "picture": a file}. The answer is a line of JSON: {"known": what was found out, "seconds": ...}
or {"failed": why, "seconds": ...}.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from hmsdesk.app import Program
from hmsdesk.settings import Settings
from hmsdesk.tour.parts import PARTS
from hmsdesk.tour.stage import Hands
from hmsdesk.views.kit import theme


class Player(QObject):
    """Reads the director's words on a thread, and plays them on the window's."""

    asked = Signal(str)

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program
        self._hands = Hands(program.window)
        self.asked.connect(self._play)
        # A window that appears takes the keyboard from the others.
        program.window.painted.connect(self._begin)

    def _begin(self) -> None:
        print(flush=True)  # noqa: T201
        threading.Thread(target=self._read, name="director", daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self.asked.emit(line)
        self.asked.emit("")

    def _play(self, line: str) -> None:
        if not line:
            self._program.window.close()
            return
        said = json.loads(line)
        began = time.monotonic()
        answer: dict[str, Any]
        try:
            self._hands.come_forward()
            answer = {"known": PARTS[said["step"]](self._hands, said["known"])}
            self._hands.see_that_it_fits()
        except Exception as problem:  # noqa: BLE001 (whatever went wrong is the step's result)
            answer = {"failed": "".join(traceback.format_exception_only(problem)).strip()}
        if said["picture"]:
            self._hands.picture(Path(said["picture"]))
        print(json.dumps(answer | {"seconds": round(time.monotonic() - began, 2)}), flush=True)  # noqa: T201


def main() -> int:
    """Open the real window, and play until the director has nothing more to say."""
    # What isn't Qt's own can't be played.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("HMSDesk")
    theme.apply(application, dark="--dark" in sys.argv)
    program = Program(application, Settings())
    player = Player(program)
    program.begin()
    code = application.exec()
    del player
    return code


if __name__ == "__main__":
    sys.exit(main())
