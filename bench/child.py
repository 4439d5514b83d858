"""Windows in processes of their own, which tell by lines of JSON what they came to. Run by bench.start."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hmsdesk.app import Program

# How long after the first page was seen a program counts as idle: what it prepares ahead is done by then.
SETTLED_MS = 8000
SIZE = (1366, 768)


def tell(**figures: object) -> None:
    """Tell whoever started this process."""
    print(json.dumps(figures), flush=True)


def painted() -> None:
    """The first window has been painted; the clock is the same in all processes of a machine."""
    tell(at=time.monotonic(), cpu=time.process_time())
    # Nothing has been begun that would have to be ended.
    os._exit(0)


def bare(then: Callable[[], None] = painted) -> None:
    """A window of PySide with nothing in it."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QWidget

    class Window(QWidget):
        seen = False

        def paintEvent(self, event: Any) -> None:  # noqa: N802
            super().paintEvent(event)
            if not self.seen:
                self.seen = True
                QTimer.singleShot(0, then)

    application = QApplication(sys.argv[:1])
    window = Window()
    window.resize(*SIZE)
    window.show()
    application.exec()


def program(then: Callable[[], None] = painted, prepare: Callable[[], None] = lambda: None) -> None:
    """The program, as `hmsdesk` starts it. prepare: what is changed of it, before anything is imported by this."""
    from hmsdesk import __main__, opening

    import_as_is = opening.import_as_is

    def imported() -> None:
        import_as_is()
        from hmsdesk.window import Window

        made = Window.__init__

        def init(window: Window) -> None:
            made(window)
            window.painted.connect(then)

        Window.__init__ = init  # type: ignore[method-assign]
        prepare()

    opening.import_as_is = imported
    sys.argv = ["hmsdesk"]
    __main__.main()


def idle_bare() -> None:
    """What an empty window takes once nothing happens any more."""
    from PySide6.QtCore import QTimer

    bare(lambda: QTimer.singleShot(SETTLED_MS, weighed))


def idle_program(email: str, password: str) -> None:
    """What the program takes once somebody is signed in and nothing happens any more."""

    def settled(one: Program) -> None:
        from PySide6.QtCore import QTimer

        QTimer.singleShot(SETTLED_MS, lambda: (weighed(leave=False), one.window.close()))

    signed_in(email, password, settled)


def signed_in(email: str, password: str, then: Callable[[Program], None]) -> None:
    """The program with somebody in it; `then` is called with it once their first page is shown."""

    def prepare() -> None:
        from hmsdesk.app import Program

        run, entered = Program.begin, Program._on_entered

        def begin(one: Program) -> None:
            run(one)
            asking = one.entrance.connected.connect(
                lambda _: (one.entrance.disconnect(asking), one.entrance.sign_in.submitted.emit(email, password))
            )

        def inside(one: Program, session: Any) -> None:
            entered(one, session)
            then(one)

        Program.begin, Program._on_entered = begin, inside  # type: ignore[method-assign]

    program(lambda: None, prepare)


def weighed(*, leave: bool = True) -> None:
    """Tell the memory that is this process's alone (USS), and with its share of what others use too (PSS); MB."""
    sizes = {
        line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6
        for line in Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()[1:]
    }
    tell(uss=sizes["Private_Clean"] + sizes["Private_Dirty"], pss=sizes["Pss"], rss=sizes["Rss"])
    if leave:
        os._exit(0)
