"""Asks what speaks against the lines of a prescription, anew whenever they or what is known of the patient changes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.medicine_tables import coverage
from hmsdesk.controllers.prescription_checks import alternatives, look
from hmsdesk.models.medicine_checks import Check, Report
from hmsdesk.models.medicine_knowledge import CONFLICT
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.prescribe.check_bar import CheckBar
from hmsdesk.views.prescribe.lines import Lines

PAUSE_MS = 250
# A change of any of these may change what is found.
CONCERNED = frozenset({"patient_health", "prescriptions", "prescription_cancellations", "medicines"})


class Checking(CheckBar):
    """The bar of the checks, and what it knows opened inside the lines."""

    def __init__(self, context: Context, patient: Row, lines: Lines, holder: QWidget) -> None:
        """holder: as long as it is looked at, news are followed."""
        super().__init__(coverage())
        self._session = context.session
        self._patient = patient
        self._lines = lines
        self._report: Report | None = None
        self._asked: list[Row] = []
        self._stopped = False
        self._asking = tasks.Latest(self)
        self._offering = tasks.Latest(self)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.check)
        context.live.follow(holder, CONCERNED, self._on_news)

    def check_soon(self) -> None:
        """The lines changed, perhaps in something that matters: ask as soon as typing pauses."""
        if self._lines.to_check() != self._asked:
            self._report = None
            self.say_checking() if self._lines.to_check() else self.say_nothing_yet()
            self._pause.start()

    def check(self) -> None:
        """Ask now, and go on asking if it had stopped."""
        self._stopped = False
        self._pause.stop()
        self._asked = asked = self._lines.to_check()
        if asked:
            ask = partial(look, self._session, self._patient, asked)
            self._asking.ask(ask, partial(self._on_report, asked), self._on_failed)
        else:
            self._asking.drop()
            self._report = None
            self.say_nothing_yet()

    def stop(self) -> None:
        """It is on its way or signed: what is shown is what it is signed with. From now on it runs itself."""
        self._stopped = True
        self._pause.stop()
        self._asking.drop()
        self._offering.drop()

    def _on_news(self) -> None:
        if not self._stopped:
            self.check()

    def say(self) -> None:
        """Say how it stands, with the reasons that were given."""
        report = self._report
        if report is None:
            return
        names: dict[Check, list[str]] = {check: [] for check in Check}
        kept = dict.fromkeys(Check, 0)
        for found, editor in zip(report.lines, self._lines.chosen(), strict=True):
            for finding in found:
                names[finding.check].append(f"{editor.medicine.text()}, line {self._lines.number_of(editor)}")
            open_ones = editor.findings.unresolved()
            for finding in editor.findings.conflicts():
                kept[finding.check] += finding not in open_ones
        self.show_report(report, names, kept)

    def _on_report(self, asked: list[Row], report: Report) -> None:
        if asked != self._lines.to_check():
            return
        self._report = report
        self._lines.show_report(report)
        self.say()
        self._lines.reasoned.emit()
        self._offer(asked, report)

    def _on_failed(self, problem: Exception) -> None:
        self._report, self._asked = None, []
        self.say_failed(str(in_words(problem).title))

    def _offer(self, asked: list[Row], report: Report) -> None:
        """Find what could be prescribed in place of what conflicts."""
        wrong = [n for n, found in enumerate(report.lines) if any(one.weight == CONFLICT for one in found)]
        if not wrong:
            return
        session, patient = self._session, self._patient

        def work() -> dict[int, list[Row]]:
            return {n: alternatives(session, patient, asked, n) for n in wrong}

        self._offering.ask(work, partial(self._on_offered, asked), lambda _: None)

    def _on_offered(self, asked: Sequence[Row], offered: dict[int, list[Row]]) -> None:
        if asked == self._lines.to_check():
            for n, editor in enumerate(self._lines.chosen()):
                editor.findings.offer(offered.get(n, []))
