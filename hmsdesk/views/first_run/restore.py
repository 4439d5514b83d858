"""The steps that bring a practice back: the backup and what opens it, where to, what this computer is called there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout

from hmsdesk.controllers.backing_up import look_at, read_key
from hmsdesk.controllers.founding import PROVISIONING, STARTING
from hmsdesk.controllers.provisioning import LOOKING
from hmsdesk.controllers.restoring import (
    COMPARING,
    HANDING_OUT,
    LOADING,
    READING,
    VERIFYING,
    Restored,
    Restoring,
)
from hmsdesk.errors import UserError
from hmsdesk.models.text import so_many
from hmsdesk.models.workstations import Workstation
from hmsdesk.settings import SecretStore, typed_path
from hmsdesk.views.first_run.choices import ALONE, SHARED
from hmsdesk.views.first_run.founding import FoundingStep, RecoveryStep
from hmsdesk.views.first_run.step import WIDTH, Step
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.choice_cards import Choice, ChoiceCards
from hmsdesk.views.kit.choosing import BACKUPS, KEYS, file_button
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.questions import Question, Questions
from hmsdesk.views.kit.words import Label

TAKES = "This takes as long as the practice is large: seconds for a small one, minutes for a big one."


class BackupStep(Step):
    """The file, and what opens it."""

    def __init__(self) -> None:
        super().__init__("backup", "The backup", "It is read from its beginning to its end before anything is made.")
        fields = {
            "file": Question("File of the backup", _file_problem),
            "passphrase": Question(
                "Passphrase, or the recovery code of its time",
                required=False,
                password=True,
                help_text="As it was chosen when the backup was made, or daily backups were set up",
            ),
            "key": Question("Or the file of its key", required=False, help_text="Where it was made with a key"),
        }
        questions = self.ask(Questions(fields))
        row = QHBoxLayout()
        for name, title, kinds in (("file", "Choose the backup", BACKUPS), ("key", "Choose its key", KEYS)):
            row.addWidget(file_button(questions.rows[name], title, kinds, f"{title}…"))
        row.addStretch()
        self.body.addLayout(row)

    def answer(self, name: str) -> str:
        """What was typed."""
        assert self.questions is not None
        return str(self.questions.raw(name) or "")

    def file(self) -> Path:
        """The file that was chosen."""
        return typed_path(self.answer("file").strip()).absolute()

    def key(self) -> str:
        """The text of the key's file, where one was chosen. Raises InvalidInput."""
        typed = self.answer("key").strip()
        return read_key(typed_path(typed)) if typed else ""

    def check(self) -> bool:
        if not super().check():
            return False
        if self.answer("passphrase") or self.answer("key").strip():
            return True
        self.set_problems({"passphrase": "Its passphrase, its recovery code, or the file of its key is needed."})
        return False


def _file_problem(typed: str) -> str:
    try:
        look_at(typed_path(typed))
    except UserError as problem:
        return str(problem)
    return ""


class WhereStep(Step):
    """Onto this computer or a shared server, and what this computer is called from then on."""

    def __init__(self) -> None:
        super().__init__(
            "where", "Where to", "The practice is brought back into an empty place. Nothing is overwritten."
        )
        choices = (
            Choice(
                ALONE, "Onto this computer alone", "Its server runs here. Other computers can't reach it.", "laptop"
            ),
            Choice(
                SHARED,
                "Onto a shared server",
                "Somebody who looks after the server has run “hmsdesk provision”. Other computers join anew.",
                "server-network",
            ),
        )
        self.cards = ChoiceCards("Where to", choices, ALONE, WIDTH)
        self.cards.chosen.connect(lambda _: self.ready_changed.emit())
        self.body.addWidget(self.cards)
        fields = {
            "workstation": Question("Name of this computer", like=Workstation.name),
            "prefix": Question(
                "Two letters (optional)",
                required=False,
                help_text="For its patient IDs; else two that are free",
                like=Workstation.prefix,
            ),
        }
        self.ask(Questions(fields, [("workstation", "prefix")])).show_values({"workstation": "Restored computer"})

    def begin(self) -> None:
        self.cards.setFocus()

    def is_shared(self) -> bool:
        """Whether onto a shared server."""
        return self.cards.current() == SHARED

    def answer(self, name: str) -> str:
        """What was typed."""
        assert self.questions is not None
        return str(self.questions.values().get(name) or "")


class RestoringStep(FoundingStep):
    """Says what is being done and how far it is, and can be stopped."""

    def __init__(self, shared: bool) -> None:
        first = LOOKING if shared else STARTING
        doings = [READING, first, LOADING, COMPARING, PROVISIONING, HANDING_OUT, VERIFYING]
        super().__init__(doings, "Bringing the practice back", TAKES)
        self.watch = self.bar.watch
        self.stop = normal("Stop")
        self.stop.setObjectName("stopRestore")
        self.stop.clicked.connect(lambda _: self._on_stop())
        row = QHBoxLayout()
        row.addWidget(self.stop)
        row.addStretch()
        self.body.addLayout(row)

    def show_doing(self, doing: str) -> None:
        self.bar.setRange(0, 0)
        # From here on it is done in a moment, or in the server's own time.
        self.stop.setEnabled(doing in (READING, LOADING, COMPARING) and not self.bar.is_stopped())
        super().show_doing(doing)

    def _on_stop(self) -> None:
        self.bar.stop()
        self.stop.setEnabled(False)
        self.stop.set_text("Stopping…")


class NewCodeStep(RecoveryStep):
    """The new recovery code of a practice that was brought back."""

    def __init__(self, restored: Restored) -> None:
        super().__init__(restored.manifest.practice, restored.recovery_code)
        self.restored = restored


class ReportStep(Step):
    """What was compared, and what is to be done now."""

    word = "Sign in"
    may_go_back = False

    def __init__(self, restored: Restored) -> None:
        manifest, report = restored.manifest, restored.report
        text = f"{manifest.practice}, as it was on {manifest.taken_at:%Y-%m-%d} at {manifest.taken_at:%H:%M} UTC."
        super().__init__("report", "What was restored", text)
        same = Notice()
        same.setContentsMargins(0, 0, 0, 0)
        here = so_many(manifest.count, "record is", "records are")
        same.say("good", f"{here} here, each the same to the last byte.", icon="check")
        self.body.addWidget(same)
        trail = Notice()
        trail.setObjectName("restoredTrail")
        trail.setContentsMargins(0, 0, 0, 0)
        if report.holds:
            entries = so_many(report.entries, "entry", "entries")
            trail.say("good", f"The trail holds: {entries}.", icon="shield-check-outline")
        else:
            things = so_many(len(report.findings), "thing is", "things are")
            words = f"The trail: {things} not as the program left it. Verify it, and see."
            trail.say("danger", words, icon="shield-alert-outline")
        self.body.addWidget(trail)
        names = ", ".join(restored.shut_out)
        told = ["Everybody signs in with the e-mail and the password of that time."]
        told += [f"These computers have to join anew, with a pass from an owner: {names}."] if names else []
        for words in told:
            self.body.addWidget(Label(words, wrap=True))
        self.body.addSpacing(theme.SPACE_8)

    def begin(self) -> None:
        self.setFocus()


def asked_for(backup: BackupStep, where: WhereStep, store: SecretStore) -> Restoring:
    """What was answered. Raises InvalidInput."""
    names = {name: where.answer(name) for name in ("workstation", "prefix")}
    return Restoring(file=backup.file(), secret_store=store, **names)
