"""Python's collector of reference cycles, kept on the window's thread.

It runs on whichever thread happens to allocate. A widget or timer in a cycle would then be destroyed off the window's
thread, which Qt doesn't survive.
"""

import gc
import linecache

from PySide6.QtCore import QObject, QTimerEvent

INTERVAL_MS = 1000


class _Collector(QObject):
    def __init__(self) -> None:
        super().__init__()
        gc.disable()
        # Until now nothing was looked through: the first time it would be all that was imported and made.
        gc.freeze()
        self.startTimer(INTERVAL_MS)

    def timerEvent(self, event: QTimerEvent) -> None:
        due = [
            n for n, (have, limit) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)) if have > limit
        ]
        if due:
            gc.collect(due[-1])


def spare() -> None:
    """What was imported until now stays, and needn't be looked through at each collection.

    A collection of everything would stop the window's thread for as long as a page takes to be made.
    """
    gc.freeze()
    # Whatever was looked up in a source, it isn't looked up again soon.
    linecache.clearcache()


_collectors: list[_Collector] = []


def collect_here() -> None:
    """From now on collect only here, by a timer; called on the window's thread.

    There is no way back: connections have threads of their own, and one may outlast the last window.
    """
    if not _collectors:
        _collectors.append(_Collector())
