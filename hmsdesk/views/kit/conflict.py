"""Two people changed the same record: value by value, yours and theirs, to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.locale import Locale
from hmsdesk.models.record import Record
from hmsdesk.models.row import Row
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal, paint_box, primary
from hmsdesk.views.kit.lines import Separator
from hmsdesk.views.kit.own_order import in_order
from hmsdesk.views.kit.values import ABSENT, isolated, label_of, shown
from hmsdesk.views.kit.words import Label

CARD = 200
HEADING = 20
WRAPPED = Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere | Qt.AlignmentFlag.AlignLeading
MINE, THEIRS = "Yours", "Theirs"


def who_changed(row: Row) -> str:
    """Who made the latest change, as far as it is known."""
    return str(row.get("updated_by:title") or "Somebody else")


def differing(record: type[Record], one: Row, other: Row) -> list[str]:
    """The fields whose values differ."""
    return [name for name in declared_fields(record) if one.get(name) != other.get(name)]


class Card(QRadioButton):
    """One of two values to choose from, shown in full."""

    def __init__(self, heading: str, value: str) -> None:
        super().__init__()
        self._heading = heading
        self._value = value
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def _value_room(self, width: int) -> QRect:
        room = QRect(0, 0, width - 2 * theme.SPACE_12, 100_000)
        return QFontMetrics(theme.font()).boundingRect(room, WRAPPED, self._value)

    def _paint_words(self, painter: QPainter, box: QRect) -> None:
        painter.setLayoutDirection(self.layoutDirection())
        painter.setFont(theme.font("small", bold=self.isChecked()))
        painter.setPen(theme.color("accent" if self.isChecked() else "text_muted"))
        painter.drawText(box, WRAPPED, in_order(self._heading))
        painter.setFont(theme.font())
        painter.setPen(theme.color("text"))
        painter.drawText(box.adjusted(0, HEADING, 0, 0), WRAPPED, in_order(self._value))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, arg__1: int) -> int:
        return self._value_room(arg__1).height() + HEADING + 2 * theme.SPACE_8

    def sizeHint(self) -> QSize:
        return QSize(CARD, self.heightForWidth(CARD))

    def minimumSizeHint(self) -> QSize:
        return QSize(CARD // 2, self.heightForWidth(CARD))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        painter = QPainter(self)
        strong = self.isChecked() or self.hasFocus()
        ground = "accent_soft" if self.isChecked() else "hover" if self.underMouse() else "surface_raised"
        paint_box(painter, self.rect(), ground, "accent" if strong else "line_strong", 2 if strong else 1)
        box = self.rect().adjusted(theme.SPACE_12, theme.SPACE_8, -theme.SPACE_12, -theme.SPACE_8)
        self._paint_words(painter, box)


class Comparison(QWidget):
    """Shows what differs. Both values of a field can be read in full; nothing is chosen beforehand."""

    decided = Signal(list)
    """The fields in which theirs is kept."""
    put_off = Signal()

    def __init__(
        self,
        record: type[Record],
        locale: Locale,
        mine: Row,
        theirs: Row,
        both: Iterable[str],
        alone: Sequence[str],
    ) -> None:
        """both: the fields to choose in; alone: those that only they changed."""
        super().__init__()
        self._fields = declared_fields(record)
        self._locale = locale
        self._groups: dict[str, QButtonGroup] = {}
        self._left = Label(muted=True)
        self._left.setObjectName("toChoose")
        self._go_on = primary("Save what is chosen")
        self._go_on.setObjectName("conflictSave")
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.SPACE_16,) * 4)
        column.setSpacing(theme.SPACE_12)
        who = f"{who_changed(theirs)} changed this {record.LISTING.noun} meanwhile"
        column.addWidget(Label(who, bold=True, wrap=True))
        hint = "Choose for each field which value to keep. Nothing is saved until you go on."
        column.addWidget(Label(hint, muted=True, wrap=True))
        for name in both:
            column.addWidget(Separator())
            column.addLayout(self._choice(name, mine, theirs))
        self._add_taken_over(column, theirs, alone)
        column.addLayout(self._foot())
        column.addStretch()
        cards = [card for group in self._groups.values() for card in group.buttons()]
        self.setFocusProxy(cards[0] if cards else self._go_on)
        self._on_chosen()

    def _choice(self, name: str, mine: Row, theirs: Row) -> QVBoxLayout:
        label = label_of(name, self._fields[name])
        column = QVBoxLayout()
        column.addWidget(Label(label, muted=True, size="small"))
        column.setSpacing(theme.SPACE_4)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        group = self._groups[name] = QButtonGroup(self)
        for place, (whose, record) in enumerate(((MINE, mine), (THEIRS, theirs))):
            card = Card(whose, isolated(self._fields[name], self._shown(name, record)))
            card.setObjectName(f"{whose.lower()}-{name}")
            card.setAccessibleName(f"{label}, {whose.lower()}: {self._shown(name, record)}")
            group.addButton(card, place)
            row.addWidget(card, 1)
        group.idToggled.connect(lambda _id, _checked: self._on_chosen())
        column.addLayout(row)
        return column

    def _shown(self, name: str, row: Row) -> str:
        return shown(name, self._fields[name], row, self._locale) or ABSENT

    def _add_taken_over(self, column: QVBoxLayout, theirs: Row, alone: Sequence[str]) -> None:
        """What only they changed is no question: both changes are kept."""
        if alone:
            column.addWidget(Separator())
            column.addWidget(Label("Changed by them alone, and kept", muted=True, size="small"))
        for name in alone:
            label = label_of(name, self._fields[name])
            column.addWidget(Label(f"{label}: {isolated(self._fields[name], self._shown(name, theirs))}", wrap=True))

    def _foot(self) -> QHBoxLayout:
        back = normal("Back to the form")
        back.setObjectName("conflictBack")
        back.clicked.connect(self.put_off)
        self._go_on.clicked.connect(lambda _: self.decided.emit(self._theirs()))
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._left)
        row.addStretch()
        row.addWidget(back)
        row.addWidget(self._go_on)
        return row

    def _theirs(self) -> list[str]:
        return [name for name, group in self._groups.items() if group.checkedId() == 1]

    def _on_chosen(self) -> None:
        open_ones = sum(group.checkedId() < 0 for group in self._groups.values())
        self._go_on.setEnabled(not open_ones)
        noun = "value" if open_ones == 1 else "values"
        self._left.setText(f"{open_ones} {noun} to choose" if open_ones else "")
