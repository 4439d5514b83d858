"""Registering a patient warns once when somebody very like them is registered already, and shows who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.controllers.duplicates import Duplicate
from hmsdesk.controllers.patients import Patients
from hmsdesk.errors import UserError
from hmsdesk.models.locale import Locale
from hmsdesk.models.patients import UNKNOWN, Patient, age_and_sex, born
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.contract import Lookup, Session
from hmsdesk.views.kit.drafting import Drafting
from hmsdesk.views.kit.form_page import FormPage
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.warned import Warned
from hmsdesk.views.kit.words import Label

_LIKENESS = ("name", "name_ar", "birth_date", "birth_estimated", "phone", "phone_of")
_WARNING = UserError(
    "This patient may be registered already.",
    "Look at those shown beside the form. If it is somebody else, save again.",
)


class Messenger(QObject):
    """Carries who was found from the thread that asks the server to the window's."""

    found = Signal(list)


class Registering(Patients):
    """The keeper behind the form of a new patient. The same values sent again are a decision, and go through."""

    def __init__(self, messenger: Messenger) -> None:
        super().__init__(Patient)
        self._messenger = messenger
        self._warned = Warned()

    def create(self, session: Any, values: Mapping[str, object], operation: str) -> Row:
        """Register, unless a possible duplicate hasn't been looked at yet."""
        likeness = tuple(values.get(name) for name in _LIKENESS)
        if not self._warned.is_decided(likeness):
            found = self.duplicates(session, values, operation)
            self._messenger.found.emit(found)
            if found:
                self._warned.warn(likeness)
                raise UserError(_WARNING.title, _WARNING.message)
            self._warned.found_nothing(likeness)
        return super().create(session, values, operation)


class RegisterPage(FormPage):
    """The form of a new patient, and beside it those who may be the same."""

    chart_asked = Signal(str)

    def __init__(self, session: Session, lookup: Lookup, drafting: Drafting) -> None:
        messenger = Messenger()
        self._looked_for: Mapping[str, object] = {}
        self._registering: Any = Registering(messenger)
        super().__init__(self._registering, session, None, lookup, drafting)
        self._locale = session.locale
        self._looking = tasks.Latest(self)
        messenger.setParent(self)
        messenger.found.connect(self._on_found, Qt.ConnectionType.QueuedConnection)

    def _show_form(self, row: Row | None) -> None:
        super()._show_form(row)
        assert self.form is not None
        for name in _LIKENESS:
            self.form.fields.rows[name].editor.left.connect(self._look)

    def _look(self) -> None:
        """Who it may be is shown as soon as it can be known, before the rest is typed."""
        if self.form is None:
            return
        typed = {name: self.form.fields.rows[name].editor.raw() for name in _LIKENESS}
        # By the sex nobody is found, but it is needed.
        typed |= {"gender": self.form.fields.rows["gender"].editor.raw() or UNKNOWN}
        if typed != self._looked_for and any(typed[name] for name in ("name", "name_ar", "phone")):
            self._looked_for = typed
            # What can't be read yet is said at its field; what the server is silent about, when it is saved.
            look = partial(self._registering.duplicates, self._session, typed, self.form.operation)
            self._looking.ask(look, self._on_found, lambda _: None)

    def _on_found(self, found: Sequence[Duplicate]) -> None:
        if not found:
            self.show_beside(None)
            return
        pane = DuplicatesPane(found, self._locale)
        pane.chart_asked.connect(self.chart_asked)
        self.show_beside(pane)


class DuplicatesPane(QFrame):
    """The patients who may be the one being registered: who they are, why, and the way to their charts."""

    chart_asked = Signal(str)

    def __init__(self, found: Sequence[Duplicate], locale: Locale) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName("Possible duplicates")
        page = QWidget()
        inside = QVBoxLayout(page)
        inside.setContentsMargins(*(theme.SPACE_16,) * 4)
        inside.setSpacing(theme.SPACE_12)
        inside.addWidget(Label("Is it one of these?", bold=True))
        for one in found:
            inside.addWidget(Separator())
            inside.addLayout(self._card(one, locale))
        inside.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(Scroll(page))

    def _card(self, one: Duplicate, locale: Locale) -> QVBoxLayout:
        patient = one.patient
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_4)
        column.addWidget(
            Label(" · ".join(filter(None, (patient["name"], patient.get("name_ar")))), bold=True, wrap=True)
        )
        facts = (patient["identifier"], age_and_sex(patient, locale), _born(patient), _phone(patient, locale))
        column.addWidget(Label(" · ".join(filter(None, facts)), wrap=True))
        why = Label(one.why[:1].upper() + one.why[1:], size="small", wrap=True)
        why.set_tone("warning")
        column.addWidget(why)
        column.addLayout(self._opening(patient))
        return column

    def _opening(self, patient: Row) -> QHBoxLayout:
        button = normal("Open chart").set_compact()
        button.setObjectName(f"duplicate-{patient['identifier']}")
        button.setAccessibleName(f"Open the chart of {patient['name']}, {patient['identifier']}")
        button.clicked.connect(lambda _: self.chart_asked.emit(str(patient["_id"])))
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch()
        return row


def _born(patient: Row) -> str:
    words = born(patient)
    return f"born {words}" if words else ""


def _phone(patient: Row, locale: Locale) -> str:
    words: str = Patient.phone.show(patient.get("phone"), locale)
    return f"\u2066{words}\u2069" if words else ""
