"""The steps that lead to another computer's practice: a shared server, or a pass."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout

from hmsdesk.controllers.enrolment import FOREIGN, is_pass
from hmsdesk.controllers.founding import Place
from hmsdesk.controllers.provisioning import (
    checked_access,
    checked_address,
    checked_authority,
    checked_place,
    is_on_atlas,
    try_place,
)
from hmsdesk.errors import InvalidInput
from hmsdesk.settings import Settings, leads_to_file, typed_path
from hmsdesk.views.first_run.step import NOT_DONE, Step
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.choosing import file_button
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.notice import Notice
from hmsdesk.views.kit.questions import Question, Questions

OF_ATLAS = ("project", "key", "secret")
CERTIFICATE, CERTIFICATES = "Choose the clinic's own certificate", "Certificates (*.pem *.crt *.cer);;All (*)"
PASSES = "Passes (*.hmsdesk-pass);;All (*)"


class ServerStep(Step):
    """Where the practice's place is, and that it can be reached."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            "server",
            "The shared server",
            "Type what “hmsdesk provision” printed. Everything goes there encrypted.",
        )
        self._settings = settings
        self._trying = False
        self.notice = Notice()
        self.notice.setContentsMargins(0, 0, 0, 0)
        self._try = normal("Try the connection", "lan-connect")
        self._try.setObjectName("tryServer")
        self._try.clicked.connect(lambda _: self._on_try())
        questions = self.ask(self._asked())
        questions.edited.connect(self._on_edited)
        self._choose = file_button(questions.rows["ca"], CERTIFICATE, CERTIFICATES, "Choose the certificate…")
        self._choose.setObjectName("chooseCertificate")
        self._lay_out()
        self._show_fields()

    @staticmethod
    def _asked() -> Questions:
        fields = {
            "address": Question(
                "Address",
                _address_problem,
                help_text="As in mongodb://db1.clinic.lan,db2.clinic.lan/?replicaSet=clinic, without user and password",
            ),
            "database": Question("Database"),
            "owner_password": Question("The owner's password", password=True),
            "ca": Question(
                "The clinic's own certificate (optional)",
                _authority_problem,
                required=False,
                help_text="The file ca.pem, where the clinic makes its servers' certificates itself",
            ),
            "project": Question("Project ID on Atlas", help_text="24 digits and letters, from the project's settings"),
            "key": Question("Public key", help_text="Of an API key to the project; or a service account's client ID"),
            "secret": Question("Private key", password=True, help_text="Or the service account's secret"),
        }
        return Questions(fields)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._choose)
        row.addWidget(self._try)
        row.addStretch()
        self.body.addLayout(row)
        self.body.addWidget(self.notice)

    def check(self) -> bool:
        if not super().check():
            return False
        try:
            self.place()
        except InvalidInput as invalid:
            self.set_problems(invalid.fields)
            return False
        return True

    def place(self) -> Place:
        """The place as it was typed. Raises InvalidInput."""
        address, database, owner_password = (self._typed(name) for name in ("address", "database", "owner_password"))
        if not is_on_atlas(address):
            return checked_place(address, database, owner_password, self._typed("ca"))
        project, key, secret = (self._typed(name) for name in OF_ATLAS)
        access = checked_access(project, key, secret, self._settings)
        return checked_place(address, database, owner_password, access=access)

    def _typed(self, name: str) -> str:
        assert self.questions is not None
        return str(self.questions.raw(name))

    def _on_edited(self, name: str) -> None:
        self.notice.hide()
        if name == "address":
            self._show_fields()

    def _show_fields(self) -> None:
        """On Atlas, users are made through its Administration API, which wants a key; its certificates are known."""
        assert self.questions is not None
        asked = is_on_atlas(self._typed("address"))
        for name in OF_ATLAS:
            self.questions.rows[name].setVisible(asked)
        for widget in (self.questions.rows["ca"], self._choose):
            widget.setVisible(not asked)

    def _on_try(self) -> None:
        if self._trying or not self.check():
            return
        place = self.place()
        self._trying = True
        self.notice.hide()
        self._try.set_text("Trying…")
        tasks.run(self, lambda: try_place(place), self._on_tried, self._on_failed, long=True)

    def _on_tried(self, version: str) -> None:
        self._rest()
        self.notice.say("good", f"The server answers: MongoDB {version}. The practice can be founded there.")

    def _on_failed(self, problem: Exception) -> None:
        self._rest()
        if isinstance(problem, InvalidInput):
            self.set_problems(problem.fields)
        self.notice.say("danger", str(in_words(problem, NOT_DONE)))

    def _rest(self) -> None:
        self._trying = False
        self._try.set_text("Try the connection")


def _address_problem(address: str) -> str:
    try:
        checked_address(address)
    except InvalidInput as invalid:
        return invalid.fields["address"]
    return ""


def _authority_problem(file: str) -> str:
    try:
        checked_authority(file)
    except InvalidInput as invalid:
        return invalid.fields["ca"]
    return ""


class PassStep(Step):
    """The pass and its code."""

    def __init__(self) -> None:
        super().__init__(
            "pass",
            "Your pass",
            "The file ends in .hmsdesk-pass. Its one-time code came to you by another way.",
        )
        fields = {
            "file": Question("File of the pass", _file_problem),
            "code": Question("One-time code", help_text="Capitals or not, with or without the hyphens"),
        }
        questions = self.ask(Questions(fields))
        choose = file_button(
            questions.rows["file"], "Choose the pass", PASSES, then=questions.rows["code"].editor.setFocus
        )
        choose.setObjectName("choosePass")
        row = QHBoxLayout()
        row.setContentsMargins(0, theme.SPACE_4, 0, 0)
        row.addWidget(choose)
        row.addStretch()
        self.body.addLayout(row)

    def file(self) -> Path:
        """The file that was chosen."""
        assert self.questions is not None
        return typed_path(str(self.questions.raw("file")).strip())

    def code(self) -> str:
        """The code that was typed."""
        assert self.questions is not None
        return str(self.questions.raw("code"))


def _file_problem(name: str) -> str:
    file = typed_path(name)
    try:
        if not leads_to_file(file):
            return "There is no such file. Choose it with the button below."
        return "" if is_pass(file) else FOREIGN
    except OSError:
        return "This file can't be read."
