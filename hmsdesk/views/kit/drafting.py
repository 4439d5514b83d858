"""How what is typed into a form is kept until it is saved, and told of where it was kept before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from hmsdesk.models.locale import Locale
from hmsdesk.models.times import time_or_day
from hmsdesk.views.kit.notice import Action, Notice

DRAFT_MS = 1000
# Kept beside the fields' values: sent again after all, the same operation changes nothing.
OPERATION = "operation"
NOT_KEPT = (
    "This computer can't keep a copy of what you type just now: its disk is full or can't be written. Finish soon."
)


@dataclass(frozen=True)
class Drafting:
    """How what was typed is kept, and what was kept before. keep may raise OSError."""

    keep: Callable[[Mapping[str, object]], None]
    drop: Callable[[], None]
    values: Mapping[str, object] | None = None
    typed_at: datetime | None = None


class CopyWriter(QObject):
    """Keeps a copy of what is typed into a form, and tells where the computer can't: a moment after it was typed, and
    at once when the form goes out of sight. While the disk refuses it, it is tried again.
    """

    def __init__(self, form: QWidget, write: Callable[[], None], notice: Notice) -> None:
        """write: keeps what is typed now, or drops what nobody would miss; may raise OSError."""
        super().__init__(form)
        self._form = form
        self._write = write
        self._notice = notice
        self._is_refused = False
        self._pause = QTimer(self, singleShot=True, interval=DRAFT_MS)
        self._pause.timeout.connect(self.keep)
        form.installEventFilter(self)

    @property
    def is_due(self) -> bool:
        """Whether it is kept in a moment: something was typed since, or the disk refused it."""
        return self._pause.isActive()

    def keep_soon(self) -> None:
        """Something was typed; more may follow at once."""
        self._pause.start()

    def keep(self) -> None:
        """Keep what is typed now."""
        self._pause.stop()
        try:
            self._write()
        except OSError:
            self._on_refused()
        else:
            self._is_refused = False
            self._notice.withdraw(NOT_KEPT)

    def _on_refused(self) -> None:
        # Said once: what is said of something else after it stays.
        if not self._is_refused or self._notice.isHidden():
            self._notice.say("danger", NOT_KEPT)
        self._is_refused = True
        if self._form.isVisible():
            self._pause.start()

    def stop(self) -> None:
        """What was typed is to be kept no more."""
        self._pause.stop()
        self._is_refused = False
        self._notice.withdraw(NOT_KEPT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide and self.is_due:
            self.keep()
        elif event.type() == QEvent.Type.Show and self._is_refused:
            self.keep_soon()
        return super().eventFilter(watched, event)


class DraftWriter(CopyWriter):
    """Keeps a form's draft, until it is saved or given up."""

    def __init__(
        self,
        form: QWidget,
        drafting: Drafting | None,
        typed: Callable[[], Mapping[str, object] | None],
        notice: Notice,
    ) -> None:
        """drafting: None where nothing is kept. typed: what is to be kept; None where nothing would be lost."""
        super().__init__(form, self._write_draft, notice)
        self._drafting = drafting
        self._typed = typed

    @property
    def values(self) -> Mapping[str, object] | None:
        """What was kept before; None where nothing was."""
        return self._drafting.values if self._drafting else None

    def _write_draft(self) -> None:
        if self._drafting is None:
            return
        typed = self._typed()
        if typed is None:
            self._drafting.drop()
        else:
            self._drafting.keep(typed)

    def drop(self) -> None:
        """It was saved, or given up."""
        self.stop()
        if self._drafting is not None:
            self._drafting.drop()

    def say_restored(self, locale: Locale, action: Action) -> None:
        """Tell that what stands in the form was typed before. action: what can be done about it."""
        typed_at = self._drafting.typed_at if self._drafting else None
        when = f" at {time_or_day(typed_at, locale, locale.today())}" if typed_at else ""
        self._notice.say("info", f"Restored what was typed{when}.", action)
