"""The first run: a practice is founded on this computer or a shared server, or this computer joins one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.controllers.workplace import Workplace
from hmsdesk.views.kit.words import Label


class FirstRun(QWidget):
    """Asks what a new data folder needs to know; `finished` tells the profile that came of it."""

    finished = Signal(object)

    def __init__(self, workplace: Workplace) -> None:
        super().__init__()
        self._workplace = workplace
        QVBoxLayout(self).addWidget(Label("Welcome to HMSDesk", bold=True, size="title"))
