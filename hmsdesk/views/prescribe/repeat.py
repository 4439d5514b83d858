"""Beginning with what the patient was prescribed before."""

from __future__ import annotations

from functools import partial

from bson import ObjectId
from PySide6.QtCore import Signal

from hmsdesk.controllers.prescriptions import PRESCRIPTIONS
from hmsdesk.models.dates import worded
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import Button
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.direction import below
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.own_order import Menu

# Leads to the editor with the lines of an earlier prescription: PATIENT/REPEAT…
REPEAT = "repeat/"
SHOWN = 8
LONGEST = 70


class RepeatButton(Button):
    """Asks for the patient's latest prescriptions, and shows them in a menu."""

    chosen = Signal(object)
    """The lines and the diagnosis of the one that was chosen, as the editor takes them in."""

    def __init__(self, context: Context, patient: ObjectId) -> None:
        super().__init__("Repeat an earlier one", "quiet", "history")
        self.setObjectName("repeatEarlier")
        self._context = context
        self._patient = patient
        self._asking = tasks.Latest(self)
        self.menu_of_earlier = Menu(self)
        self.clicked.connect(lambda _: self._ask())

    def take(self, prescription: ObjectId) -> None:
        """Fetch one."""
        work = partial(PRESCRIPTIONS.repeated, self._context.session, prescription)
        self._asking.ask(work, self.chosen.emit, self._on_failed)

    def _ask(self) -> None:
        work = partial(PRESCRIPTIONS.of_patient, self._context.session, self._patient)
        self._asking.ask(work, self._show, self._on_failed)

    def _show(self, rows: list[Row]) -> None:
        menu = self.menu_of_earlier
        menu.clear()
        for row in rows[:SHOWN]:
            day = worded(self._context.session.locale.local(row["issued_at"]))
            names = ", ".join(line["name"] for line in row["lines"])
            words = f"{day}   {names if len(names) <= LONGEST else names[: LONGEST - 1] + '…'}"
            words += "   (cancelled)" if row.get("cancelled") else ""
            # An ampersand would be taken for a key.
            entry = menu.addAction(theme.icon("pill", "text"), words.replace("&", "&&"))
            entry.setObjectName(f"repeat-{row['number']}")
            entry.triggered.connect(lambda _=False, row=row: self.take(row["_id"]))
        if not rows:
            menu.addAction("Nothing was prescribed before").setEnabled(False)
        menu.popup(below(self, menu.sizeHint().width()))

    def _on_failed(self, problem: Exception) -> None:
        self._context.toasts.show_problem(in_words(problem))
