"""Looking whether a backup can be read: its file, what opens it, and what is in it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.backing_up import opened_backup, verified_backup
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.manifests import Manifest
from hmsdesk.models.text import so_many
from hmsdesk.models.times import day_and_time
from hmsdesk.settings import leads_to_file, typed_path
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.choosing import BACKUPS, file_button
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.progress import Progress
from hmsdesk.views.kit.questions import Question, Questions

WIDTH = 520
TEXT = "The file is read from its beginning to its end and compared with what it says of itself. Nothing is changed."


def file_problem(typed: str) -> str:
    """What is wrong with a file, as a sentence."""
    return "" if leads_to_file(typed_path(typed)) else "There is no such file."


class CheckFile(Dialog):
    """Asks for the file and what opens it, and says what came of it beneath."""

    def __init__(self, parent: QWidget, context: Context) -> None:
        super().__init__(parent, "Check a backup", TEXT, WIDTH)
        self.setObjectName("checkFile")
        self._context = context
        fields = {
            "file": Question("File", file_problem),
            "passphrase": Question("Passphrase, or the recovery code of its time", password=True),
        }
        self.questions = Questions(fields, width=self.width() - 2 * theme.SPACE_16)
        self.questions.checked.connect(self.fit_soon)
        self.column.addWidget(self.questions)
        self.bar = Progress("Check a backup")
        self.bar.hide()
        self.column.addWidget(self.bar)
        self.verdict = Notice()
        self.verdict.setObjectName("checkVerdict")
        self.verdict.setContentsMargins(0, 0, 0, 0)
        self.verdict.hide()
        self.column.addWidget(self.verdict)
        self.column.addSpacing(theme.SPACE_8)
        choose = file_button(self.questions.rows["file"], "Backup to check", BACKUPS)
        self._check = primary("Check")
        self.add_answers(self._check, self._on_check, choose)
        self.finished.connect(lambda _: self.bar.stop())

    def _on_check(self) -> None:
        if self.questions.check():
            values = self.questions.values()
            self._set_working(True)
            file, words = typed_path(values["file"]), values["passphrase"]
            watch = self.bar.watch
            tasks.run(
                self,
                lambda: verified_backup(file, opened_backup(file, words), watch),
                self._on_checked,
                self._on_failed,
                long=True,
            )
        self.fit_soon()

    def _set_working(self, working: bool) -> None:
        self._check.setEnabled(not working)
        self.bar.begin()
        self.bar.setVisible(working)
        self.verdict.hide()
        self.fit_soon()

    def _on_checked(self, manifest: Manifest) -> None:
        at = day_and_time(manifest.taken_at, self._context.session.locale)
        words = f"It is whole: {manifest.practice}, as it was {at}. {so_many(manifest.count, 'record')}."
        self._say("good", words, "shield-check-outline")

    def _on_failed(self, problem: Exception) -> None:
        self._set_working(False)
        if isinstance(problem, InvalidInput):
            self.questions.set_problems(problem.fields)
        elif isinstance(problem, UserError):
            self._say("danger", str(problem), "shield-alert-outline")

    def _say(self, tone: str, words: str, icon: str) -> None:
        self._set_working(False)
        self.verdict.say(tone, words, icon=icon)  # type: ignore[arg-type]
        self.verdict.show()
        self.fit_soon()
