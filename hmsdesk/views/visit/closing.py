"""Before a visit is closed: what will be charged, and when the patient is to come again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.words import Label
from hmsdesk.views.visit.services import ServicesEditor

WIDTH = 560
BY_ONESELF = "Nothing is charged. What a visit usually costs is entered under Clinic, Staff."
BY_OTHERS = "Nothing is charged. An administrator enters what a visit usually costs under Clinic, Staff."
MEANS = "Its note can only be added to afterwards. Until the day ends you can open it again."


class ClosingDialog(Dialog):
    """Stays open until the visit is closed, or the person thinks better of it."""

    close_asked = Signal()
    prescribe_asked = Signal()

    def __init__(self, parent: QWidget, session: Any, visit: Row, follow_up: str, unsigned: Sequence[str] = ()) -> None:
        """unsigned: the medicines that were written and not signed."""
        super().__init__(parent, f"Close the visit of {visit.get('patient:title', '')}?", MEANS, WIDTH)
        self.setObjectName("closingDialog")
        self.services = ServicesEditor(session, visit.get("services", []))
        self.services.edited.connect(self._on_edited)
        self._note = Label(size="small", wrap=True)
        self._note.setObjectName("dialogNote")
        self._note.set_tone("danger")
        self._note.hide()
        self.column.addWidget(self.services)
        charged = bool(self.services.lines)
        self._nothing = Label(BY_ONESELF if session.may("staff", "update") else BY_OTHERS, size="small", wrap=True)
        self._nothing.setObjectName("closingNothing")
        self._nothing.set_tone("warning")
        self._nothing.setVisible(not charged)
        self.column.addWidget(self._nothing)
        if follow_up:
            self.column.addSpacing(theme.SPACE_8)
            self.column.addWidget(Label(follow_up, muted=True, wrap=True))
        if unsigned:
            self.column.addSpacing(theme.SPACE_8)
            self.column.addWidget(self._not_signed(unsigned))
        self.column.addWidget(self._note)
        self.column.addSpacing(theme.SPACE_8)
        self._no = normal("Go on writing")
        self._no.setObjectName("dialogNo")
        self._no.clicked.connect(self.reject)
        self._word = "Close without it" if unsigned else "Close visit"
        # Its key would be pressed out of habit before what isn't signed was read.
        self.yes = normal(self._word, "check") if unsigned else primary(self._word, "check", "Ctrl+Enter")
        self.yes.setObjectName("dialogYes")
        self.yes.clicked.connect(lambda _: self._on_yes())
        self._sign = primary("To the prescription", "pencil-outline")
        self._sign.setObjectName("closingPrescribe")
        self._sign.clicked.connect(self._on_sign)
        self._sign.setVisible(bool(unsigned))
        self.add_row(self._no, self.yes, self._sign)
        # A visit for nothing is seldom meant: what was done is asked for first.
        (self._sign if unsigned else self.yes if charged else self.services.picker).setFocus()

    def _not_signed(self, unsigned: Sequence[str]) -> Label:
        words = f"Written and not signed: {', '.join(unsigned)}. The dispensary does not see it."
        label = Label(words, wrap=True)
        label.setObjectName("closingUnsigned")
        label.set_tone("danger")
        return label

    def _on_sign(self) -> None:
        self.reject()
        self.prescribe_asked.emit()

    def refuse(self, words: str) -> None:
        """It was not closed."""
        self._hold(False)
        self.yes.set_text(self._word)
        self._note.setText(words)
        self._note.show()
        self.fit_soon()

    def _on_edited(self) -> None:
        self._note.hide()
        self._nothing.setVisible(not self.services.lines)
        self.fit_soon()

    def _on_yes(self) -> None:
        if self.yes.is_working:
            return
        if self.services.complain():
            self.fit_soon()
            return
        self._hold(True)
        self.yes.set_working("Closing…")
        self.close_asked.emit()

    def _hold(self, held: bool) -> None:
        self.services.setEnabled(not held)
        self._no.setEnabled(not held)
        self._sign.setEnabled(not held)
