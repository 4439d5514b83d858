"""The steps that ask which way to go: what to set up, who works here, and where this computer's secrets lie."""

from __future__ import annotations

from hmsdesk.models.workstations import Workstation
from hmsdesk.security.secrets import has_keyring
from hmsdesk.settings import SecretStore
from hmsdesk.views.first_run.step import WIDTH, Step
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.choice_cards import Choice, ChoiceCards
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.questions import Question, Questions

ALONE, SHARED, JOIN, RESTORE = "alone", "shared", "join", "restore"
SOLO, CLINIC = "solo", "clinic"
SUGGESTED = {SOLO: "Consulting room", CLINIC: "Reception desk 1"}


class WhatStep(Step):
    """What is to be set up."""

    def __init__(self) -> None:
        super().__init__("what", "Welcome to HMSDesk", "What would you like to set up on this computer?")
        choices = (
            Choice(
                ALONE,
                "A practice on this computer alone",
                "Everything is kept here, and nothing else is needed. Other computers can't reach it.",
                "laptop",
            ),
            Choice(
                SHARED,
                "A practice on a shared server",
                "For several computers. Somebody who looks after the server has run “hmsdesk provision”.",
                "server-network",
            ),
            Choice(
                JOIN,
                "Join a practice with a pass",
                "An owner of the practice gave you a file and a one-time code for this computer.",
                "ticket-confirmation-outline",
            ),
            Choice(
                RESTORE,
                "Bring a practice back from a backup",
                "You have its file, and its passphrase or the recovery code. Its people sign in as before.",
                "backup-restore",
            ),
        )
        self.cards = ChoiceCards("What to set up", choices, ALONE, WIDTH)
        self.cards.chosen.connect(lambda _: self.ready_changed.emit())
        self.body.addWidget(self.cards)

    def begin(self) -> None:
        self.cards.setFocus()

    def kind(self) -> str:
        """ALONE, SHARED, JOIN or RESTORE."""
        return self.cards.current()


class WorkstationStep(Step):
    """One doctor who does everything or a clinic with roles, and what this computer is called."""

    def __init__(self) -> None:
        super().__init__("workstation", "Who works here", "This decides what a person may see and do.")
        choices = (
            Choice(
                CLINIC,
                "A clinic with roles",
                "Reception, doctors, nurses, dispensary: each sees and does what the work needs. You begin as "
                "administrator.",
                "account-group-outline",
            ),
            Choice(
                SOLO,
                "One doctor who does everything",
                "You book, examine, prescribe and dispense yourself. Others can be given an account later.",
                "doctor",
            ),
        )
        self.cards = ChoiceCards("Who works here", choices, CLINIC, WIDTH)
        self.cards.chosen.connect(self._on_chosen)
        self.body.addWidget(self.cards)
        example = "As in AA-4821-7. Each computer has its own."
        fields = {
            "workstation": Question("Name of this computer", like=Workstation.name),
            "prefix": Question("Two letters for its patient IDs", help_text=example, like=Workstation.prefix),
        }
        questions = self.ask(Questions(fields, [("workstation", "prefix")]))
        questions.show_values({"workstation": SUGGESTED[CLINIC], "prefix": "AA"})

    def begin(self) -> None:
        self.cards.setFocus()

    def is_solo(self) -> bool:
        """Whether one doctor does everything."""
        return self.cards.current() == SOLO

    def _on_chosen(self, key: str) -> None:
        """What was suggested follows; what was typed stays."""
        assert self.questions is not None
        if self.questions.raw("workstation") in SUGGESTED.values():
            self.questions.show_values({"workstation": SUGGESTED[key]})


class SecretsStep(Step):
    """Where this computer keeps the practice's keys."""

    word = "Set up"

    def __init__(self) -> None:
        super().__init__(
            "secrets",
            "Where this computer keeps its keys",
            "Two secrets let this computer reach the practice. They don't hide its records from whoever takes the "
            "disk that those lie on: encrypt that disk, too.",
        )
        choices = (
            Choice(
                SecretStore.KEYRING.value,
                "The system's keyring",
                "Locked with your account on this computer. This is the safe place.",
                "key-chain-variant",
            ),
            Choice(
                SecretStore.FILE.value,
                "A private file",
                "Only your account can read it, but it isn't locked: whoever can read this disk has the keys. Encrypt "
                "the disk if you choose this.",
                "file-key-outline",
            ),
        )
        self.cards = ChoiceCards("Where the keys lie", choices, SecretStore.KEYRING.value, WIDTH)
        self.body.addWidget(self.cards)
        self.notice = Notice()
        self.notice.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(self.notice)
        self._known = False

    def begin(self) -> None:
        self.cards.setFocus()
        if not self._known:
            self.notice.say("info", "Looking for the keyring…")
            tasks.run(self, has_keyring, self._on_known)

    def is_ready(self) -> bool:
        return self._known

    def store(self) -> SecretStore:
        """What was chosen."""
        return SecretStore(self.cards.current())

    def _on_known(self, answers: bool) -> None:
        self._known = True
        self.notice.hide()
        self.ready_changed.emit()
        if not answers:
            self.cards.choose(SecretStore.FILE.value)
            self.cards.set_possible(SecretStore.KEYRING.value, False)
            self.cards.setFocus()
            self.notice.say(
                "warning",
                "No keyring answers on this computer, so only the file is left. To use a keyring, start one (on Linux "
                "GNOME Keyring or KWallet) and open HMSDesk again; nothing is set up yet.",
                icon="alert-outline",
            )
