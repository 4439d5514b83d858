"""The patient banner: who this is and what may harm them, the same on every page about a patient, in two heights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmsdesk.models.allergies import AllergyState
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import IconButton, paint_box
from hmsdesk.views.kit.chips import ALLERGY_ICON, STATUSES, Status
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label, initials, paint_line, tip

HIDDEN_WORDS = "Health alerts: ask the nurse"
ALLERGY_WIDTH = {False: 282, True: 370}
# In a narrow window it gives way, and its words with it, before anything else is pushed out.
ALLERGY_LEAST = {False: 170, True: 200}
IDENTITY_LEAST, IDENTITY_MOST = 216, 316
ABSENT = "–"
FULL_LINES = 2
ALERTS_SHOWN = 2
SEPARATOR = (" · ", "text_muted")
NAME_GAP = 10


@dataclass(frozen=True)
class Allergy:
    """What the patient can't take, and what it did."""

    substance: str
    reaction: str = ""

    def words(self) -> str:
        """As it stands in the banner."""
        return f"{self.substance}: {self.reaction}" if self.reaction else self.substance


@dataclass(frozen=True)
class PatientSummary:
    """What the banner shows, in words; HIDDEN: this role doesn't read what concerns health.

    visit: since when and with whom, if one is open; knows_visits: whether the role may know of that.
    balance: what is to be paid; empty where the role may not know it. owes: whether that is more than nothing.
    """

    name: str
    patient_id: str
    age: str
    sex: str
    born: str
    other_name: str = ""
    extras: tuple[str, ...] = ()
    allergy_state: AllergyState = AllergyState.NOT_RECORDED
    allergies: tuple[Allergy, ...] = ()
    alerts: tuple[Status, ...] = ()
    visit: tuple[str, str] | None = None
    knows_visits: bool = True
    balance: str = ""
    owes: bool = False


class _Painted(QWidget):
    """A section that paints its words itself, because they must be cut off rather than push others out."""

    def __init__(self, patient: PatientSummary, compact: bool) -> None:
        super().__init__()
        self.patient = patient
        self.compact = compact

    def write(self, painter: QPainter, at: tuple[int, int, int], runs: Sequence[tuple[str, str]]) -> int:
        """Words in several colours after one another, in the painter's font; returns where they end."""
        x, top, height = at
        for words, token in runs:
            width = min(painter.fontMetrics().horizontalAdvance(words) + 1, self.width() - x - theme.SPACE_4)
            painter.setPen(theme.color(token))
            paint_line(painter, placed(self, QRect(x, top, width, height)), words, self.layoutDirection())
            x += width
        return x


class _Identity(_Painted):
    def __init__(self, patient: PatientSummary, compact: bool) -> None:
        super().__init__(patient, compact)
        self.setObjectName("bannerIdentity")
        words = [patient.name, patient.other_name, patient.age, patient.sex, f"born {patient.born}"]
        told = ", ".join(one for one in [*words, patient.patient_id, *patient.extras] if one)
        self.setAccessibleName(told)
        # A tooltip that looked like markup would be taken for it.
        self.setToolTip(tip(told))
        self.setMinimumWidth(self._least())

    def _least(self) -> int:
        """As much as name, patient ID, age, sex and date of birth need, if that can be."""
        metrics = QFontMetrics(theme.font("small" if self.compact else "body"))
        who = metrics.horizontalAdvance("".join(words for words, _ in self._who()))
        name = QFontMetrics(theme.font(bold=True)).horizontalAdvance(self.patient.name)
        who = max(who, name + self._kept_for_id() + theme.SPACE_4 if self.compact else name)
        return max(IDENTITY_LEAST, min((60 if self.compact else 86) + who + theme.SPACE_12, IDENTITY_MOST))

    def _kept_for_id(self) -> int:
        """The ID is never cut off: two people may share all the rest."""
        return QFontMetrics(theme.font("small")).horizontalAdvance(self.patient.patient_id) + 2 * NAME_GAP

    def _paint_initials(self, painter: QPainter, box: QRect) -> None:
        paint_box(painter, box, "accent_soft", "")
        painter.setFont(theme.font(bold=True))
        painter.setPen(theme.color("accent"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, initials(self.patient.name))

    def _name_size(self, room: int) -> theme.TextSize:
        wide = QFontMetrics(theme.font("title", bold=True)).horizontalAdvance(self.patient.name)
        return "body" if self.compact or wide > room else "title"

    def _paint_name(self, painter: QPainter, x: int, top: int, height: int, kept: int = 0) -> tuple[int, str]:
        """The name, and behind it the other script's; where they end, and the other one if it found no room.

        kept: what is left free behind them, px.
        """
        room = self.width() - x - theme.SPACE_12 - kept
        painter.setFont(theme.font(self._name_size(room), bold=True))
        name = painter.fontMetrics().elidedText(self.patient.name, Qt.TextElideMode.ElideRight, room)
        end = self.write(painter, (x, top, height), [(name, "text")]) + NAME_GAP
        painter.setFont(theme.font())
        other, room = self.patient.other_name, self.width() - end - kept
        if painter.fontMetrics().horizontalAdvance(other) >= room:
            return end, other
        return self.write(painter, (end, top, height), [(other, "text_muted")]) + NAME_GAP if other else end, ""

    def _who(self) -> list[tuple[str, str]]:
        patient = self.patient
        age = (f"{patient.age}, {patient.sex}", "text")
        # One run, so that the word stays before the day where the page is mirrored.
        return [age, SEPARATOR, (f"born {patient.born}", "text")]

    def _paint_full(self, painter: QPainter) -> None:
        x = 86
        _, other = self._paint_name(painter, x, 9, 30)
        painter.setFont(theme.font())
        self.write(painter, (x, 40, 18), self._who())
        painter.setFont(theme.font("small"))
        runs = [(self.patient.patient_id, "text")]
        for extra in (other, *self.patient.extras) if other else self.patient.extras:
            runs += [SEPARATOR, (extra, "text_muted")]
        self.write(painter, (x, 57, 17), runs)

    def _paint_compact(self, painter: QPainter) -> None:
        x = 60
        end, other = self._paint_name(painter, x, 9, 19, self._kept_for_id())
        painter.setFont(theme.font("small"))
        self.write(painter, (end, 9, 18), [(self.patient.patient_id, "text")])
        below = [SEPARATOR, (other, "text_muted")] if other else []
        self.write(painter, (x, 28, 17), [*self._who(), *below])

    def sizeHint(self) -> QSize:
        # It takes all the room there is; where there is too little the allergies give way first.
        return QSize(self._least(), theme.BANNER_COMPACT - 2 if self.compact else theme.BANNER_FULL - 2)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side, edge = (40, 8) if self.compact else (64, 10)
        self._paint_initials(painter, placed(self, QRect(edge, (self.height() - side) // 2, side, side)))
        if self.compact:
            self._paint_compact(painter)
        else:
            self._paint_full(painter)


class _Allergies(_Painted):
    """The only large red area there is, so that it is seen first."""

    def __init__(self, patient: PatientSummary, compact: bool, edit: QWidget | None = None) -> None:
        super().__init__(patient, compact)
        self.setObjectName("bannerAllergies")
        self._edit = edit
        if edit is not None:
            row = QHBoxLayout(self)
            row.setContentsMargins(0, theme.SPACE_4, theme.SPACE_4, 0)
            row.addStretch()
            row.addWidget(edit, 0, Qt.AlignmentFlag.AlignTop)
        told = "Allergies: " + "; ".join(one.words() for one in patient.allergies)
        self.setAccessibleName(told)
        self.setToolTip(tip(told))
        self.setMinimumWidth(ALLERGY_LEAST[compact])
        self.setMaximumWidth(ALLERGY_WIDTH[compact])

    def lines(self) -> list[str]:
        """Each allergy with its reaction where that fits, one alone on two lines; else their names, and how many more
        there are."""
        allergies = self.patient.allergies
        if self.compact:
            whole = " · ".join(one.words() for one in allergies)
            return [whole] if self._fits(whole) else self._packed(1)
        each = [one.words() for one in allergies]
        if len(each) <= FULL_LINES and all(self._fits(one) for one in each):
            return each
        alone = [allergies[0].substance, allergies[0].reaction] if len(allergies) == 1 else [""]
        return [self._line([part], 1, last=True) for part in alone] if all(alone) else self._packed(FULL_LINES)

    def _packed(self, room: int) -> list[str]:
        """As many names as fit into the lines there are; the rest is counted, never left out silently."""
        names = [one.substance for one in self.patient.allergies]
        lines: list[str] = []
        while names and len(lines) < room:
            last = len(lines) == room - 1
            taken = max(1, self._how_many(names, last))
            lines.append(self._line(names, taken, last))
            names = names[taken:]
        return lines

    def _how_many(self, names: Sequence[str], last: bool) -> int:
        fitting = (n for n in range(len(names), 0, -1) if self._fits(", ".join(names[:n]) + _tail(names, n, last)))
        return next(fitting, 0)

    def _line(self, names: Sequence[str], taken: int, last: bool) -> str:
        """One line; a single name that is too long for it is cut off, what follows it is not."""
        tail = _tail(names, taken, last)
        metrics = self._metrics()
        room = self._room() - metrics.horizontalAdvance(tail)
        return metrics.elidedText(", ".join(names[:taken]), Qt.TextElideMode.ElideRight, room) + tail

    def _fits(self, words: str) -> bool:
        return self._metrics().horizontalAdvance(words) <= self._room()

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(theme.font("small" if self.compact else "body"))

    def _room(self) -> int:
        kept = theme.SPACE_12 if self._edit is None else theme.CONTROL_COMPACT + theme.SPACE_8
        return self.width() - 40 - kept

    def sizeHint(self) -> QSize:
        return QSize(ALLERGY_WIDTH[self.compact], theme.BANNER_COMPACT - 2)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("danger_soft"))
        icon_top = (self.height() - theme.ICON) // 2 if self.compact else 10
        theme.paint_icon(painter, placed(self, QRect(13, icon_top, theme.ICON, theme.ICON)), ALLERGY_ICON, "danger")
        top = 9 if self.compact else 10
        painter.setFont(theme.font(bold=True))
        self.write(painter, (40, top, 18), [("Allergies", "danger")])
        painter.setFont(theme.font("small" if self.compact else "body"))
        for n, line in enumerate(self.lines(), start=1):
            self.write(painter, (40, top + 18 * n, 18), [(line, "danger")])


def _tail(names: Sequence[str], taken: int, last: bool) -> str:
    if taken == len(names):
        return ""
    return f" and {len(names) - taken} more" if last else ","


class _Section(QWidget):
    """A heading over some words or chips, with a line before it."""

    def __init__(self, name: str, heading: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_4)
        self.column.setSpacing(2)
        if heading:
            self.column.addWidget(Label(heading, muted=True, size="small"))
        else:
            self.column.addStretch()

    def add(self, widget: QWidget) -> None:
        """The one thing below the heading."""
        self.column.addWidget(widget)
        self.column.addStretch()

    def paintEvent(self, event: object) -> None:
        QPainter(self).fillRect(placed(self, QRect(0, 0, 1, self.height())), theme.color("line"))


class Banner(QFrame):
    """Who this is. What stands in it never changes its order.

    edit_allergies: leads to where they are edited; None where the signed-in role may not.
    """

    def __init__(self, compact: bool = False, edit_allergies: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._edit_allergies = edit_allergies
        self._shown: PatientSummary | None = None
        self.setObjectName("panel")
        self.setAccessibleName("Patient")
        self._compact = compact
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 1, 1, 1)
        self._row.setSpacing(0)
        self.setFixedHeight(theme.BANNER_COMPACT if compact else theme.BANNER_FULL)

    def show_patient(self, patient: PatientSummary) -> None:
        """Show one patient in place of whoever was shown. Nothing moves where there is nothing new to say."""
        if patient == self._shown:
            return
        self._shown = patient
        while item := self._row.takeAt(0):
            widget = item.widget()
            if widget:
                widget.hide()
                widget.deleteLater()
        self._row.addWidget(_Identity(patient, self._compact), 1)
        self._row.addWidget(self._allergies(patient))
        hidden = patient.allergy_state is AllergyState.HIDDEN
        # What somebody needs is no secret of the healers: whoever is at the desk has typed it.
        if patient.alerts or not hidden:
            self._row.addWidget(self._alerts(patient, "Needs" if hidden else "Alerts"))
        if patient.knows_visits:
            title, more = patient.visit or (ABSENT, "")
            self._row.addWidget(self._section("bannerVisit", "Open visit", [title, more]))
        if patient.balance:
            box = _Section("bannerBalance", "Balance due")
            box.add(Label(patient.balance, muted=not patient.owes, bold=patient.owes))
            self._row.addWidget(box)

    def _allergies(self, patient: PatientSummary) -> QWidget:
        if patient.allergy_state is AllergyState.RECORDED:
            return _Allergies(patient, self._compact, self._edit_button())
        if patient.allergy_state is AllergyState.HIDDEN:
            box = _Section("bannerAllergies", "Allergies, alerts")
            box.add(Label(HIDDEN_WORDS, muted=True))
        else:
            box = _Section("bannerAllergies", "Allergies")
            row = QHBoxLayout()
            row.setSpacing(theme.SPACE_4)
            row.addWidget(Chip.of(STATUSES[f"allergies-{patient.allergy_state}"]))
            if edit := self._edit_button():
                row.addWidget(edit)
            box.column.addLayout(row)
            box.column.addStretch()
        return box

    def _edit_button(self) -> IconButton | None:
        edit = self._edit_allergies
        if edit is None:
            return None
        button = IconButton()
        button.setObjectName("bannerEditAllergies")
        button.setAccessibleName("Edit allergies")
        button.setToolTip("Edit allergies")
        button.setIcon(theme.icon("pencil-outline", "text_muted"))
        button.setFixedSize(theme.CONTROL_COMPACT, theme.CONTROL_COMPACT)
        button.clicked.connect(lambda _: edit())
        return button

    def _alerts(self, patient: PatientSummary, heading: str) -> QWidget:
        box = _Section("bannerAlerts", "" if self._compact and patient.alerts else heading)
        row = QHBoxLayout() if self._compact else QVBoxLayout()
        row.setSpacing(theme.SPACE_4)
        for chip in _alert_chips(patient.alerts):
            row.addWidget(chip)
        if not patient.alerts:
            row.addWidget(Label(ABSENT, muted=True))
        box.column.addLayout(row)
        box.column.addStretch()
        return box

    def _section(self, name: str, heading: str, lines: Sequence[str]) -> QWidget:
        box = _Section(name, heading)
        for n, line in enumerate(lines[:1] if self._compact else lines):
            box.column.addWidget(
                Label(line, muted=line == ABSENT, bold=n == 0 and line != ABSENT and not self._compact)
            )
        box.column.addStretch()
        return box


def _alert_chips(alerts: Sequence[Status]) -> list[Chip]:
    if len(alerts) <= ALERTS_SHOWN:
        return [Chip.of(one) for one in alerts]
    rest = alerts[ALERTS_SHOWN - 1 :]
    more = Chip(f"{len(rest)} more", "alert-outline", "warning")
    more.setToolTip(tip(", ".join(one.word for one in rest)))
    return [*(Chip.of(one) for one in alerts[: ALERTS_SHOWN - 1]), more]
