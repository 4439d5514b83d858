"""Making a backup by hand: where to, under which passphrase, and then it is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.backing_up import back_up, lock_of, look_at_name
from hmsdesk.errors import UserError
from hmsdesk.models.backups import ENDING
from hmsdesk.models.manifests import Manifest
from hmsdesk.models.text import so_many
from hmsdesk.settings import leads_to_folder, typed_path
from hmsdesk.views.backups.asked import folder_problem, passphrase_questions, same_twice
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.choosing import folder_button
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.long_owner_work import LongOwnerWork
from hmsdesk.views.kit.owner_work import AGAIN
from hmsdesk.views.kit.questions import Question, Questions

WIDTH = 520
TEXT = "Everything the practice keeps, as it is at one moment, in one sealed file. Everybody may go on working."


class MakeBackup(Dialog):
    """Asks, and does it; what was typed stays until it is made."""

    def __init__(self, parent: QWidget, context: Context, made: Callable[[], object]) -> None:
        super().__init__(parent, "Back up now", TEXT, WIDTH)
        self.setObjectName("makeBackup")
        self._context, self._made = context, made
        fields = {
            "folder": Question("Folder", folder_problem, help_text="Best on a drive that is taken away afterwards."),
            "name": Question("Name of the file", self._name_problem),
            **passphrase_questions(lambda: context.door.profile.practice),
        }
        self.questions = Questions(fields, width=self.width() - 2 * theme.SPACE_16)
        today = context.session.locale.local(context.session.now())
        name = f"{context.door.profile.database}-{today:%Y-%m-%d}{ENDING}"
        self.questions.show_values({"folder": str(Path.home()), "name": name})
        self.questions.checked.connect(self.fit_soon)
        self.column.addWidget(self.questions)
        self.column.addSpacing(theme.SPACE_8)
        choose = folder_button(self.questions.rows["folder"], "Folder for the backup")
        self.add_answers(primary("Go on"), self._on_go_on, choose)

    def _name_problem(self, name: str) -> str:
        if Path(name).name != name or name in (".", ".."):
            return "A name without a folder."
        folder = typed_path(str(self.questions.raw("folder")))
        if not leads_to_folder(folder):
            # That is said beside the folder.
            return ""
        try:
            look_at_name(folder / name)
        except UserError as problem:
            return problem.title
        return ""

    def _on_go_on(self) -> None:
        if self.questions.check() and same_twice(self.questions):
            values = self.questions.values()
            self._make(typed_path(values["folder"]) / values["name"], values["passphrase"])
        self.fit_soon()

    def _make(self, file: Path, passphrase: str) -> None:
        work = LongOwnerWork(self, "Back up now?", f"It is written to {file}, and read back. {AGAIN}", "Back up")

        def make(owner: Owner) -> Manifest:
            return back_up(owner, file, lock_of(owner, passphrase), work.watch)

        def done(manifest: Manifest) -> None:
            self.accept()
            records = so_many(manifest.count, "record is", "records are")
            words = f"{records} in {file.name}. Take it to a place of its own."
            self._context.toasts.show("The backup is made", words)
            self._made()

        work.do(self._context, make, done)
