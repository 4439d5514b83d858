"""What stands beside the note: what is known of the patient, the visits before, and the files."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from hmsdesk.controllers.consulting_room import Room
from hmsdesk.models.dates import worded
from hmsdesk.models.encounter_notes import Diagnosis
from hmsdesk.models.locale import Locale
from hmsdesk.models.medication import Taken
from hmsdesk.models.patient_health import CONDITION_STATUSES
from hmsdesk.models.prescription_doses import dose_words
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock, day_and_time
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import quiet
from hmsdesk.views.kit.chips import STATUSES, Status
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.deeds import Deed, EntriesPanel, Entry
from hmsdesk.views.kit.documents import DocumentsPanel
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.parts import Segment, SegmentedControl
from hmsdesk.views.kit.scroll import Scroll
from hmsdesk.views.kit.vital_words import CHARTS, VitalWords

WIDTH, WIDE = 332, 400
OVERVIEW, EARLIER, FILES = "overview", "earlier", "files"
SHORT = 240
TODAY, THAT_DAY, DURING = "today", "that day", "during the visit"
MEASURE_KEY = "Ctrl+M"


class Around(QWidget):
    """Three parts behind one another, of which the first is what one looks at while writing."""

    read_asked = Signal(object, object)
    """An earlier visit and its note are to be read."""
    copy_asked = Signal(object)
    """What an earlier note says is to be taken over."""
    measure_asked = Signal()
    """Vital signs are to be recorded."""

    def __init__(self, context: Context, *, writes: bool) -> None:
        super().__init__()
        self._locale: Locale = context.session.locale
        self._may_write = writes
        self._writes = False
        self.booked = EntriesPanel("Noted when booking")
        self._measures = context.session.may("observations", CREATE)
        self.measure = quiet("Record", "pulse").set_compact()
        self.measure.shortcut_text = MEASURE_KEY
        self.measure.setObjectName("visitVitals")
        self.measure.clicked.connect(self.measure_asked)
        # Also while the files or earlier visits are shown in its place.
        self._measuring = on_key(self, MEASURE_KEY, "Record vital signs", self.measure_asked, enabled=False)
        self.vitals = EntriesPanel("Vital signs today", self.measure)
        self.problems = EntriesPanel("Problems")
        self.medicines = EntriesPanel("Medicines")
        self.earlier = EntriesPanel("Earlier visits")
        self.files = DocumentsPanel(context)
        segments = [Segment(OVERVIEW, "Overview"), Segment(EARLIER, "Earlier"), Segment(FILES, "Files")]
        self.parts = SegmentedControl("Beside the note", segments, OVERVIEW)
        self._pages = QStackedWidget()
        self._places = {
            OVERVIEW: self._pages.addWidget(_column(self.booked, self.vitals, self.problems, self.medicines)),
            EARLIER: self._pages.addWidget(_column(self.earlier)),
            FILES: self._pages.addWidget(_column(self.files)),
        }
        self.parts.chosen.connect(lambda part: self._pages.setCurrentIndex(self._places[part]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_8)
        column.addWidget(self.parts)
        column.addWidget(self._pages, 1)

    def fit(self, wide: bool) -> None:
        """Take more room in a wide window."""
        self.setFixedWidth(WIDE if wide else WIDTH)

    def show_files(self) -> None:
        """Turn to the files."""
        self.parts.choose(FILES)

    def show_room(self, room: Room) -> None:
        """Show what is around a visit."""
        self._writes = self._may_write and room.visit.is_open
        health = room.known.health or {}
        noted = (room.visit.appointment or {}).get("reason")
        self.booked.show_entries([Entry(noted)] if noted else [], "")
        self.booked.set_count("")
        self.booked.setVisible(bool(noted))
        self.problems.show_entries([_problem(one) for one in health.get("conditions", [])], "No problems recorded.")
        nothing = "Nothing that was prescribed here is still being taken."
        self.medicines.show_entries([self._medicine(one) for one in room.medication], nothing)
        words = VitalWords(room.known.patient.get("birth_date"), self._locale)
        when = _days_of(room.visit.encounter, self._locale)
        self.vitals.set_title(f"Vital signs {when}")
        self.vitals.show_entries(list(_vitals(words, room.vitals)), f"Nothing was measured {when}.")
        # When the last of them was measured.
        moment = day_and_time if when == DURING else clock
        self.vitals.set_count(moment(room.vitals[-1]["at"], self._locale) if room.vitals else "")
        self.measure.setVisible(self._measures and room.visit.is_open)
        self._measuring.setEnabled(self._measures and room.visit.is_open)
        self.earlier.show_entries([self._earlier(*pair) for pair in room.earlier], "This is the first visit here.")
        self.files.show_documents(room.known.patient["_id"], room.visit, room.documents)

    def _medicine(self, taken: Taken) -> Entry:
        words = f"{dose_words(taken.line)[0]} · until {worded(taken.last)}"
        status = STATUSES["refused" if taken.is_refused else "set-aside"] if taken.withheld else None
        return Entry(taken.line["name"], taken.told(words), status)

    def _earlier(self, visit: Row, note: Row) -> Entry:
        when = worded(self._locale.local(visit["started_at"]))
        diagnoses = ", ".join(Diagnosis.told(one) for one in note.get("diagnoses", []))
        said = diagnoses or note.get("reason") or note.get("findings") or "Nothing written"
        deeds = [Deed("Read", f"Read the visit of {when}", lambda: self.read_asked.emit(visit, note))]
        if self._writes and note:
            deeds.append(Deed("Copy", f"Copy the visit of {when}", lambda: self.copy_asked.emit(note), "content-copy"))
        return Entry(f"{when} · {visit.get('practitioner:title', '')}", _short(said), deeds=tuple(deeds))


def _days_of(visit: Row, locale: Locale) -> str:
    """Of what day its vital signs are shown; of several where it was closed on a later one than it was begun."""
    if "ended_at" not in visit:
        return TODAY
    began, ended = (locale.local(visit[name]).date() for name in ("started_at", "ended_at"))
    if began != ended:
        return DURING
    return TODAY if ended == locale.today() else THAT_DAY


def _vitals(words: VitalWords, rows: list[Row]) -> Iterator[Entry]:
    """The last value of each kind: what is high or low on a line of its own, all else together."""
    usual = []
    for chart in CHARTS:
        row = next((one for one in reversed(rows) if words.short(chart, one)), None)
        if row is None:
            continue
        flag = words.flag(chart, row)
        if flag:
            yield Entry(f"{chart.title} {words.short(chart, row)}", status=Status(flag, "warning", "alert-outline"))
        else:
            usual.append(f"{chart.short} {words.short(chart, row)}")
    for row in rows:
        if row.get("note"):
            yield Entry(row["note"], f"Noted at {clock(row['at'], words.locale)}")
    if usual:
        yield Entry(" · ".join(usual))


def _problem(one: Row) -> Entry:
    state = dict(CONDITION_STATUSES).get(one.get("status", ""), "")
    since = f"since {worded(one['since'])}" if one.get("since") else ""
    return Entry(one["name"], " · ".join(part for part in (state, since) if part))


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= SHORT else f"{line[: SHORT - 1]}…"


def _column(*panels: QWidget) -> Scroll:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.SPACE_12)
    for panel in panels:
        column.addWidget(panel)
    column.addStretch(1)
    return Scroll(page)
