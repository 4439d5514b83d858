"""A second window in a process of its own. Takes lines of JSON, [method, arguments...], and answers each.

Methods are those of Hands, and `arm` of Dying. It is started with the data folder in HMSDESK_HOME; it answers
{"value": ...} or {"failed": ...}, and ends with stdin.
"""

from __future__ import annotations

import json
import sys
import threading
from importlib.abc import MetaPathFinder

from pymongo import monitoring
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from hmsdesk.app import Program, concluded
from hmsdesk.settings import Settings
from hmsdesk.views.kit import theme
from tests.journeys.dying import Dying
from tests.journeys.hands import Hands


class OnTheWindowsThread(MetaPathFinder):
    """Refuses to import on another thread what makes classes of Qt's: they may end the program."""

    def find_spec(self, name: str, *_: object) -> None:
        ours = name.startswith(("hmsdesk.views", "hmsdesk.desk", "hmsdesk.navigation", "PySide6"))
        if ours and threading.current_thread() is not threading.main_thread():
            raise ImportError(f"{name} on {threading.current_thread().name}")


class Driver(QObject):
    """Reads what to do on a thread, and does it on the window's."""

    asked = Signal(str)

    def __init__(self, hands: Hands, dying: Dying) -> None:
        super().__init__()
        self._hands = hands
        self._dying = dying
        self.asked.connect(self._do)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self.asked.emit(line)
        self.asked.emit("")

    def _do(self, line: str) -> None:
        if not line:
            self._hands.program.window.close()
            return
        method, *arguments = json.loads(line)
        doer = self._dying if method == "arm" else self._hands
        try:
            answer = {"value": getattr(doer, method)(*arguments)}
        except Exception as problem:  # noqa: BLE001 - the test that asked is told
            answer = {"failed": repr(problem)}
        print(json.dumps(answer), flush=True)


def main() -> int:
    sys.meta_path.insert(0, OnTheWindowsThread())
    dying = Dying()
    monitoring.register(dying)
    application = QApplication(sys.argv[:1])
    theme.apply(application, dark=False)
    program = Program(application, Settings())
    driver = Driver(Hands(program), dying)
    program.begin()
    code = application.exec()
    del driver
    return concluded(program, code)


if __name__ == "__main__":
    sys.exit(main())
