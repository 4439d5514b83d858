"""Whether the trail holds: asked for, counted while it goes on, and told in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPlainTextEdit

from hmsdesk.controllers.trail import Verified, verify_as_owner, verify_as_reader
from hmsdesk.errors import UserError
from hmsdesk.models.text import so_many
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog, PasswordAgain
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.toast import Toast
from hmsdesk.views.kit.words import Label

WIDTH = 640
HOLDS = "The trail holds: nothing was altered, left out or added past the program."
FINDINGS_HEIGHT = 240


class _Stopped(Exception):
    """Nobody waits for the answer any more."""


class Verifying(QObject):
    """The action of the page, for owners and for others who may read the trail."""

    _counted = Signal(int)

    def __init__(self, context: Context, page: ListPage) -> None:
        super().__init__(page)
        self._context = context
        self._page = page
        self._toast: Toast | None = None
        self._task: tasks.Task | None = None
        self._counted.connect(self._on_counted)
        self.button = primary("Verify", "shield-check-outline")
        self.button.setObjectName("verify")
        self.button.clicked.connect(self._on_verify)
        page.add_to_head(self.button)

    def _on_verify(self) -> None:
        if self._context.session.identity.owner:
            self._ask_password()
        else:
            door, session = self._context.door, self._context.session
            self._begin(lambda: verify_as_reader(door, session, self._tell), self._on_failed)

    def _ask_password(self) -> None:
        dialog = PasswordAgain(
            self._page,
            "Verify the trail?",
            "Every entry is checked, and every record against its last entry. That needs the owner's credential: type "
            "your password again.",
            "Verify",
        )

        def on_submitted(password: str) -> None:
            door, session = self._context.door, self._context.session
            self._begin(lambda: Verified(verify_as_owner(door, session, password, self._tell)), on_failed)

        def on_failed(problem: Exception) -> None:
            self._rest()
            if isinstance(problem, UserError):
                dialog.refuse(" ".join(problem.fields.values()) or str(problem))

        self._counted.connect(dialog.accept)
        dialog.submitted.connect(on_submitted)
        dialog.open()

    def _begin(self, work: Callable[[], Verified], failed: Callable[[Exception], None]) -> None:
        self.button.setEnabled(False)
        # What was stopped has nobody to tell.
        self._task = tasks.run(self, lambda: _stopped_quietly(work), self._on_verified, failed, long=True)

    def _tell(self, entries: int) -> None:
        """On the worker's thread."""
        if tasks.cancelled():
            raise _Stopped
        self._counted.emit(entries)

    def _on_counted(self, entries: int) -> None:
        if self._task is None:
            return
        if self._toast is None:
            toasts = self._context.toasts
            self._toast = toasts.show_progress("Verifying the trail", "shield-check-outline", self.cancel)
        number = so_many(entries, "entry", "entries")
        words = f"Verifying the trail: {number}" if entries else "Verifying the trail"
        self._toast.set_progress(0, 0, words)

    def cancel(self) -> None:
        """Verify no further."""
        if self._task is not None:
            self._task.cancel()
        self._rest()

    def _rest(self) -> None:
        self._task = None
        self.button.setEnabled(True)
        if self._toast is not None:
            self._toast.leave()
            self._toast = None

    def _on_failed(self, problem: Exception) -> None:
        self._rest()
        if isinstance(problem, UserError):
            self._context.toasts.show_problem(problem)

    def _on_verified(self, verified: Verified | None) -> None:
        self._counted.emit(0)
        self._rest()
        if verified is not None:
            self._page.refresh()
            VerificationReport(self._page, verified).open()


def _stopped_quietly(work: Callable[[], Verified]) -> Verified | None:
    try:
        return work()
    except _Stopped:
        return None


class VerificationReport(Dialog):
    """What was found, and what wasn't looked at."""

    def __init__(self, parent: Any, verified: Verified) -> None:
        report = verified.report
        entries, sessions = so_many(report.entries, "entry", "entries"), so_many(report.chains, "session")
        counted = f"Checked: {entries} in {sessions}. Compared with them: {so_many(report.records, 'record')}."
        super().__init__(parent, "Verification of the trail", counted, WIDTH)
        self.setObjectName("verificationReport")
        self._add_verdict(len(report.findings))
        if report.findings:
            self._add_findings("\n".join(f"{one.where}: {one.what}" for one in report.findings))
        if verified.left_out:
            words = f"Not compared with the trail, as your role may not read them: {', '.join(verified.left_out)}."
            left_out = Label(f"{words} An owner can verify everything.", muted=True, size="small", wrap=True)
            left_out.setObjectName("leftOut")
            self.column.addSpacing(theme.SPACE_8)
            self.column.addWidget(left_out)
        self.column.addSpacing(theme.SPACE_12)
        close = primary("Close") if not report.findings else normal("Close")
        close.setObjectName("dialogYes")
        close.clicked.connect(self.accept)
        self.add_row(close)
        close.setFocus()

    def _add_verdict(self, findings: int) -> None:
        verdict = Notice()
        verdict.setObjectName("verdict")
        verdict.setContentsMargins(0, 0, 0, 0)
        if findings:
            things = "One thing is" if findings == 1 else f"{findings:,} things are"
            words = f"{things} not as the program left it. Keep this report, and tell whoever looks after the server."
            verdict.say("danger", words, icon="shield-alert-outline")
        else:
            verdict.say("good", HOLDS, icon="shield-check-outline")
        self.column.addWidget(verdict)

    def _add_findings(self, text: str) -> None:
        page = QPlainTextEdit(text, readOnly=True)
        page.setObjectName("findings")
        page.setAccessibleName("What was found")
        page.setFixedHeight(FINDINGS_HEIGHT)
        self.column.addSpacing(theme.SPACE_8)
        self.column.addWidget(page)
