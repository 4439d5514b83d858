"""One line of the form: what is measured, the value, whether it is normal, and what it was before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout

from hmsdesk.models.declaration import Problem
from hmsdesk.models.observations import flag_of
from hmsdesk.models.row import Row
from hmsdesk.models.vital_ranges import Norms
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.chart import Sparkline
from hmsdesk.views.kit.editor import Editor, FieldState
from hmsdesk.views.kit.field_row import FieldRow
from hmsdesk.views.kit.line_editors import LineEditor
from hmsdesk.views.kit.vital_words import VitalWords
from hmsdesk.views.kit.words import GivingLabel, Label

LABEL, LINE, EDITOR, FLAG = 124, 88, 148, 40
# As many of the last values as tell a direction.
TREND = 8


@dataclass(frozen=True)
class Known:
    """What a value is judged by. earlier: what was measured before, the oldest first. ask: what must be confirmed of
    values, by name."""

    norms: Norms
    earlier: Sequence[Row]
    ask: Callable[[Row], dict[str, str]]


class Confirm(QCheckBox):
    """Whether a value is right. Who types a number here means the value: it goes there, in place of what stands."""

    retyped = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if text and text.isprintable() and not text.isspace():
            self.retyped.emit(text)
        else:
            super().keyPressEvent(event)


class SideRow(FieldRow):
    """A field with its label beside it: many short ones stand under each other and are read down the column."""

    def _lay_out(self) -> None:
        self._label.setFixedWidth(LABEL)
        self._label.setFont(theme.font())
        self._line = QHBoxLayout()
        self._line.setSpacing(theme.SPACE_8)
        self._line.addWidget(self._label)
        self._line.addWidget(self.editor, 1)
        self._underneath = QVBoxLayout()
        self._underneath.setSpacing(0)
        self._underneath.addWidget(self._below)
        below = QHBoxLayout()
        below.addSpacing(LABEL + theme.SPACE_8)
        below.addLayout(self._underneath, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._line)
        column.addLayout(below)


class MeasureRow(SideRow):
    """Asks about what is unusual: it is kept only once it was measured again, or confirmed."""

    confirmed = Signal()

    def _lay_out(self) -> None:
        super()._lay_out()
        self.warning = ""
        self._words: VitalWords | None = None
        self._known: Known | None = None
        self._before: tuple[Decimal, str] | None = None
        self._line.setStretchFactor(self.editor, 0)
        self.editor.setFixedWidth(EDITOR)
        if isinstance(self.editor, LineEditor):
            self.editor.line.setFixedWidth(LINE)
        self.flag = Label(bold=True)
        self.flag.setObjectName(f"flag-{self.name}")
        self.flag.setFixedWidth(FLAG)
        self.flag.set_tone("danger")
        self.last = GivingLabel(muted=True, size="small")
        self.last.setObjectName(f"last-{self.name}")
        self.trend = Sparkline()
        self._line.addWidget(self.flag)
        self._line.addWidget(self.trend)
        self._line.addWidget(self.last, 1)
        self.confirm = Confirm("It is right")
        self.confirm.setObjectName(f"confirm-{self.name}")
        self.confirm.setAccessibleName(f"{self.editor.label}: it is right")
        self.confirm.hide()
        self.confirm.toggled.connect(lambda _: self._say_below())
        self.confirm.toggled.connect(lambda _: self.confirmed.emit())
        self.confirm.retyped.connect(self._on_retyped)
        self._underneath.addWidget(self.confirm, 0, Qt.AlignmentFlag.AlignLeading)

    def know(self, words: VitalWords, known: Known) -> None:
        """Say what it was before, and judge from here on what is typed."""
        self._words, self._known = words, known
        rows = [row for row in known.earlier if row.get(self.name) is not None]
        numbers = [number for row in rows if (number := words.number(self.name, row[self.name])) is not None]
        if numbers:
            self._before = numbers[-1], words.day(rows[-1]["at"])
            said = ", ".join(f"{number:f}" for number in numbers[-TREND:])
            self.trend.show_values(
                [float(number) for number in numbers[-TREND:]], f"{self.editor.label} before: {said}"
            )
        self._say_last(None)

    # What is to be thought of the value

    def settle(self) -> None:
        """Judge what stands in the field: whether it is normal, and whether it must be asked about."""
        value = self._value()
        if self._known is None:
            return
        asked = self._known.ask({self.name: value}) if value is not None else {}
        self.warning = asked.get(self.name, "")
        self.flag.setText(flag_of(self.name, value, self._known.norms))
        if not self.warning:
            self.confirm.setChecked(False)
        self.confirm.setVisible(bool(self.warning))
        self._say_last(value)
        self._say_below()

    def _on_retyped(self, text: str) -> None:
        assert isinstance(self.editor, LineEditor)
        line = self.editor.line
        line.setFocus()
        line.selectAll()
        line.insert(text)
        line.textEdited.emit(line.text())

    def is_asked(self) -> bool:
        """Whether it must be confirmed."""
        return bool(self.warning)

    def is_open(self) -> bool:
        """Whether it is asked about and not answered."""
        return self.is_asked() and not self.confirm.isChecked()

    def _value(self) -> Any:
        try:
            return self.clean()
        except Problem:
            return None

    def _say_last(self, value: Any) -> None:
        if self._before is None or self._words is None:
            self.last.setText("Not measured before")
            return
        before, day = self._before
        number = self._words.number(self.name, value)
        change = "" if number is None or number == before else f", {number - before:+f}".replace("-", "\N{MINUS SIGN}")
        # Figures keep their order among Arabic words.
        self.last.setText(f"Last \u2066{before:f}\u2069 {_on(day)}\u2068{change}\u2069")

    def _say_below(self) -> None:
        super()._say_below()
        if not self.problem and self.__dict__.get("warning"):
            self._below.setText(self.warning)
            self._below.set_tone("warning")
            self._below.show()
            self.editor.setAccessibleDescription(self.warning)
            self._mark("invalid" if self.is_open() else "plain")

    def _mark(self, state: FieldState) -> None:
        self.editor.set_state(state)

    def check(self) -> Any:
        value = super().check()
        self.settle()
        return value

    def show_row(self, row: Any) -> None:
        super().show_row(row)
        self.settle()

    def show_default(self) -> None:
        super().show_default()
        self.settle()

    def restore(self, values: Any) -> None:
        super().restore(values)
        self.settle()

    def _on_edited(self) -> None:
        # Another value is another question.
        self.warning = ""
        self.flag.clear()
        self.confirm.setChecked(False)
        self.confirm.hide()
        super()._on_edited()
        self._say_below()

    def _on_left(self) -> None:
        super()._on_left()
        self.settle()


def _on(day: str) -> str:
    return day if day == "today" else f"on {day}"


class ConfirmedEditor(Editor):
    """Which values were confirmed. It is not seen itself: the boxes below the values are."""

    def __init__(self, name: str, field: Any, around: Any) -> None:
        super().__init__(name, field, around)
        self._names: list[str] = []

    def raw(self) -> list[str]:
        return self._names

    def raw_of(self, value: Any) -> list[str]:
        return sorted(value or [])

    def set_raw(self, raw: Any) -> None:
        self._names = sorted(raw or [])

    def set_state(self, state: FieldState) -> None:
        """The boxes show it."""
