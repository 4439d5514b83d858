"""What goes with a hand-out: labels, what the patient is told, and what is to be paid for it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmsdesk.controllers.dispensary.opening import Product
from hmsdesk.models.dispensations import Dispensation
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import worded
from hmsdesk.models.preferences import LANGUAGES
from hmsdesk.models.prescription_code import PREFIX
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button
from hmsdesk.views.kit.editor import keep_height
from hmsdesk.views.kit.flow import FlowLayout
from hmsdesk.views.kit.habits import habits
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.own_order import Combo
from hmsdesk.views.kit.words import Label

LABELS = "print labels"


class Beneath(QWidget):
    """Stands below the lines as long as something may be handed out."""

    scanning = Signal(str)
    """A code is being scanned into what the patient is told: where it begins."""

    def __init__(self, locale: Locale) -> None:
        super().__init__()
        self._locale = locale
        self._offered: tuple[str, ...] = ()
        self.labels = QCheckBox("Print labels")
        self.labels.setObjectName("printLabels")
        # A computer without a label printer isn't asked for one each time.
        self.labels.setChecked(habits.get(LABELS, True))
        self.labels.clicked.connect(lambda wanted: habits.set(LABELS, wanted))
        self.language = Combo()
        self.language.setObjectName("labelLanguage")
        self.language.setAccessibleName("Label language")
        for code, word in LANGUAGES:
            self.language.addItem(word, code)
        keep_height(self.language, "QComboBox")
        self._to_pay = Label(bold=True)
        self._to_pay.setObjectName("toInvoice")
        self._unpriced = Label(muted=True, size="small")
        self.told = QLineEdit()
        self.told.setObjectName("told")
        self.told.setAccessibleName("What the patient is told")
        self.told.setPlaceholderText("What the patient is told")
        self.told.setMaxLength(Dispensation.told.max_length)
        keep_height(self.told, "QLineEdit")
        self.told.textEdited.connect(self._on_edited)
        self.phrases = QWidget()
        self._flow = FlowLayout()
        self.phrases.setLayout(self._flow)
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        row.setSpacing(theme.SPACE_12)
        row.addWidget(self.labels)
        row.addWidget(self.language)
        row.addStretch()
        row.addWidget(self._unpriced)
        row.addWidget(Label("To the invoice", muted=True))
        row.addWidget(self._to_pay)
        column.addLayout(row)
        inside = QVBoxLayout()
        inside.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_12, theme.SPACE_8)
        inside.setSpacing(theme.SPACE_4)
        inside.addWidget(self.told)
        inside.addWidget(self.phrases)
        column.addLayout(inside)
        column.addWidget(Separator())

    def clear(self) -> None:
        """Another hand-out begins: nothing has been said to the patient yet."""
        self.told.clear()

    def say_labels(self, number: int) -> None:
        """How many there will be."""
        self.labels.setText(f"Print {number} label{'s' * (number != 1)}" if number else "Print labels")

    def say_to_pay(self, amount: Decimal, unpriced: int) -> None:
        """What is charged for, and how many medicines have no price."""
        self._to_pay.setText(worded(amount, self._locale.currency))
        self._unpriced.setText(f"{unpriced} without a price" if unpriced else "")

    def offer(self, products: Sequence[Product]) -> None:
        """The ready phrases of what is given."""
        phrases = tuple(dict.fromkeys(phrase for product in products for phrase in product.advice))
        if phrases == self._offered:
            return
        self._offered = phrases
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for phrase in phrases:
            button = Button(phrase, icon="plus").set_compact()
            button.setObjectName("phrase")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, phrase=phrase: self._add(phrase))
            self._flow.addWidget(button)
        self.phrases.setVisible(bool(phrases))

    def _on_edited(self, text: str) -> None:
        at = text.upper().find(PREFIX)
        if at >= 0:
            self.told.setText(text[:at] + text[at + len(PREFIX) :])
            self.scanning.emit(PREFIX)

    def _add(self, phrase: str) -> None:
        said = self.told.text().strip()
        if phrase not in said:
            joined = f"{said.rstrip('.')}. {phrase}" if said else phrase
            self.told.setText(joined[: self.told.maxLength()])
