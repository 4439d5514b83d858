"""The steps once all is answered: the practice is founded, and its recovery code is shown and asked back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout

from hmsdesk.views.first_run.step import Step
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.progress import Progress
from hmsdesk.views.kit.recovery_code import RecoveryCode
from hmsdesk.views.kit.words import IconLine, Label


class FoundingStep(Step):
    """Says what is being done; there is nothing to fill in."""

    may_go_back = False

    def __init__(self, doings: Sequence[str], title: str = "Setting up", text: str = "") -> None:
        """text: how long it takes."""
        super().__init__("founding", title, text)
        self.bar = Progress(title)
        self.body.addWidget(self.bar)
        self._lines = {doing: IconLine(doing, "circle-outline") for doing in doings}
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_8)
        for line in self._lines.values():
            column.addWidget(line)
        self.body.addLayout(column)
        self._meanwhile = Label(muted=True, size="small", wrap=True)
        self._meanwhile.setObjectName("foundingMeanwhile")
        self.body.addWidget(self._meanwhile)

    def begin(self) -> None:
        self.setFocus()
        for doing, line in self._lines.items():
            line.set_icon("circle-outline")
            line.set(doing, "muted")

    def is_ready(self) -> bool:
        return False

    def show_doing(self, doing: str) -> None:
        """What is being done now; what stands before it is done. What isn't on the list is a part of it."""
        self._meanwhile.setText("" if doing in self._lines else f"{doing}…")
        if doing not in self._lines:
            return
        behind = True
        for name, line in self._lines.items():
            if name == doing:
                behind = False
                line.set_icon("circle-slice-8")
                line.set(f"{name}…", "accent")
            elif behind:
                line.set_icon("check")
                line.set(name, "good")


class RecoveryStep(Step):
    """The recovery code; one goes on only when a part of it was typed back."""

    may_go_back = False

    def __init__(self, practice: str, code: str) -> None:
        super().__init__("recovery", "The recovery code", "The practice is set up. This is the last thing to keep.")
        self.code = RecoveryCode(practice, code)
        self.word = self.code.word
        self.code.asking_changed.connect(self._on_asking_changed)
        self.body.addWidget(self.code)

    def begin(self) -> None:
        self.setFocus()

    def check(self) -> bool:
        if not self.code.asking:
            self.code.begin_asking()
            return False
        return self.code.check()

    def _on_asking_changed(self) -> None:
        self.word = self.code.word
        self.ready_changed.emit()

    def go_on(self) -> bool:
        return self.code.asking and self.code.go_on()
