"""The administrator's day: its figures, what needs attention, and the health of the system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from hmsdesk.controllers.flow import FOLLOWED, is_here, since, waits
from hmsdesk.controllers.overview import Overview, overview
from hmsdesk.controllers.standing import Standing
from hmsdesk.models.appointments import (
    CANCELLED,
    COMPLETED,
    NO_SHOW,
    RESCHEDULED,
)
from hmsdesk.models.clinic_days import CLOSED
from hmsdesk.models.dates import worded
from hmsdesk.models.money import in_column
from hmsdesk.models.row import Row
from hmsdesk.models.times import day_and_time
from hmsdesk.views.home.backup import backup_errand
from hmsdesk.views.home.beginnings import beginning_errand
from hmsdesk.views.home.bookings import Bookings, doctor_of
from hmsdesk.views.home.entries import Patience
from hmsdesk.views.home.failures import failures_errand
from hmsdesk.views.home.figures import Figure, Figures
from hmsdesk.views.home.stranded import stranded_errand
from hmsdesk.views.home.todo import Errand, ToDo
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.appointment_words import long_day
from hmsdesk.views.kit.buttons import Button, link, quiet
from hmsdesk.views.kit.chips import Tone, in_minutes
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.page import Page
from hmsdesk.views.kit.parts import Chip, Panel
from hmsdesk.views.kit.state_view import StateView
from hmsdesk.views.kit.words import Label

REPAINT_MS = 60_000
FOLLOWED_TOO = {"accounts", "seals", "workstations", "staff", "services", "schedules", "clinic_days"}
MOST_NAMED = 3
VERIFIED_LATELY = timedelta(days=31)
LABELS = 168


class AdministratorHome(Page):
    """Only what is known for certain."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("home")
        self._context, self._session = context, context.session
        self._asking = tasks.Latest(self)
        self.overview: Overview | None = None
        self.figures = Figures()
        self.alerts = ToDo("Needs attention", "Nothing needs attention.", most=6)
        self.health = Panel("Health of the system")
        self.bookings = Bookings(Patience(self._session.now), self._to_table())
        self.state = StateView()
        self._stack = QStackedWidget()
        self._date = Label(muted=True)
        self._date.setObjectName("homeDate")
        self._facts = QGridLayout()
        self._clock = QTimer(self, interval=REPAINT_MS)
        self._clock.timeout.connect(self.refresh)
        self._lay_out()
        self.bookings.list.opened.connect(lambda entry: context.navigate("patients", str(entry.row["patient"])))
        self.begin_at(self.bookings.list)
        self._clock.start()
        context.live.follow(self, {*FOLLOWED, *FOLLOWED_TOO}, self.refresh)
        self.state.show_loading()
        self.refresh()

    def _to_table(self) -> Button:
        table = quiet("Table").set_compact()
        table.setObjectName("homeTable")
        table.trailing_icon = theme.forward_icon()
        table.clicked.connect(lambda _: self._context.navigate("appointments", ""))
        return table

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        title = Label("Today", bold=True, size="title")
        title.setFixedHeight(theme.PAGE_HEADER)
        head.addWidget(title)
        head.addSpacing(theme.SPACE_12)
        head.addWidget(self._date)
        head.addStretch()
        self._column.addLayout(head)
        shown = QWidget()
        row = QHBoxLayout(shown)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_16)
        left = QVBoxLayout()
        left.setSpacing(theme.SPACE_12)
        left.addWidget(self.figures)
        left.addWidget(self.alerts)
        left.addWidget(self.health)
        left.addStretch()
        self._facts.setVerticalSpacing(theme.SPACE_8)
        self._facts.setHorizontalSpacing(theme.SPACE_8)
        self._facts.setColumnMinimumWidth(0, LABELS)
        self._facts.setColumnStretch(1, 1)
        self.health.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.health.body.addLayout(self._facts)
        row.addLayout(left, 1)
        row.addWidget(self.bookings)
        self._stack.addWidget(self.state)
        self._stack.addWidget(shown)
        self._column.addWidget(self._stack, 1)

    # Asking and showing

    def refresh(self) -> None:
        """Ask how the practice stands."""
        ask = partial(overview, self._session, self._context.door)
        self._asking.ask(ask, self._on_overview, self._on_failed)

    def _on_failed(self, problem: Exception) -> None:
        if self.overview is None:
            self.state.show_problem(problem, self.refresh, "The day could not be loaded")

    def _on_overview(self, found: Overview) -> None:
        self.overview = found
        self._date.setText(long_day(found.flow.day))
        self.figures.show_figures(list(self._counted(found)))
        self.alerts.show_errands(list(self._alerts(found)))
        self._show_health(found)
        self.bookings.show_rows(found.flow.rows, self._session.now(), self._session.locale, lambda _: "", doctor_of)
        self._stack.setCurrentIndex(1)

    def _counted(self, found: Overview) -> Iterator[Figure]:
        flow = found.flow

        def number(*statuses: str) -> int:
            return sum(row["status"] in statuses for row in flow.rows)

        waited = [self._minutes(row) for row in flow.rows if waits(row)]
        longest = max(waited, default=0)
        tone = "danger" if longest >= flow.too_long else "warning" if longest >= flow.long else ""
        yield Figure("booked", "Bookings", str(len(flow.rows) - number(CANCELLED, NO_SHOW, RESCHEDULED)))
        yield Figure("here", "In the clinic", str(sum(map(is_here, flow.rows))))
        yield Figure("waiting", "Waiting now", str(len(waited)))
        yield Figure("longest", "Longest wait", in_minutes(longest) if waited else "–", tone if waited else "")
        yield Figure("seen", "Seen", str(number(COMPLETED)))
        yield Figure("missed", "No-shows", str(number(NO_SHOW)))
        yield Figure("taken", f"Taken ({self._session.locale.currency})", in_column(found.taken).partition(".")[0])

    def _minutes(self, row: Row) -> int:
        return max(0, int((self._session.now() - since(row)).total_seconds() // 60))

    def _alerts(self, found: Overview) -> Iterator[Errand]:
        go = self._context.navigate
        if found.standing is Standing.BEHIND:
            words = "is set up as an older program did it. An owner brings it up to date."
            yield self._alert("standing", "update", "warning", "The practice", words, ("Open accounts", "accounts"))
        if found.standing is Standing.AHEAD:
            words = "was set up by a newer program. Update HMSDesk on this computer."
            yield self._alert("standing", "update", "warning", "The practice", words, ("Open accounts", "accounts"))
        yield from (beginning_errand(self._context, missing) for missing in found.missing)
        yield from (stranded_errand(self._context, one) for one in found.stranded)
        if found.left:
            words = f"no longer {_verb('works', found.left)} here, but may still sign in."
            yield self._alert(
                "left", "account-off-outline", "danger", _named(found.left), words, ("Open accounts", "accounts")
            )
        if found.backup_is_overdue(self._session.now()):
            yield backup_errand(self._context, found.backed_up)
        yield from (failures_errand(self._context, one) for one in found.failures[:MOST_NAMED])
        for doctor in found.without_hours[:MOST_NAMED]:
            act = partial(go, "schedules", "new")
            words = "has no hours yet and can't be booked."
            icon = "calendar-clock-outline"
            yield Errand(f"hours-{doctor['_id']}", icon, "warning", doctor["name"], words, "Enter hours", act)
        if found.temporary:
            words = f"{_verb('has', found.temporary)} no password of their own yet."
            names = _named(found.temporary)
            yield self._alert(
                "temporary", "account-key-outline", "warning", names, words, ("Open accounts", "accounts")
            )
        for day in found.clinic_days[:MOST_NAMED]:
            icon = "calendar-remove-outline"
            name = " – ".join(worded(day[end]) for end in ("day", "until") if day.get(end))
            words = f"{_day_words(day)} {day['reason']}"
            yield self._alert(f"day-{day['_id']}", icon, "info", name, words, ("Clinic days", "clinic_days"))

    def _alert(self, key: str, icon: str, tone: Tone, name: str, words: str, to: tuple[str, str]) -> Errand:
        action, module = to
        return Errand(key, icon, tone, name, words, action, partial(self._context.navigate, module, ""))

    # The system

    def _show_health(self, found: Overview) -> None:
        while self._facts.count():
            item = self._facts.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.deleteLater()
        for line, (name, text, fine, way) in enumerate(self._health(found)):
            self._facts.setRowMinimumHeight(line, theme.CHIP)
            self._facts.addWidget(Label(name, muted=True), line, 0)
            words = Label(text)
            words.setObjectName(f"health-{line}")
            self._facts.addWidget(words, line, 1)
            if fine is not None:
                chip = Chip("Good", "check", "good") if fine else Chip("Look at it", "alert-outline", "warning")
                self._facts.addWidget(chip, line, 2)
            if way is not None and not fine:
                self._facts.addWidget(self._way(line, name, *way), line, 2 if fine is None else 3)

    def _way(self, line: int, name: str, word: str, module: str) -> QWidget:
        way = link(word)
        way.setObjectName(f"health-way-{line}")
        way.setFixedHeight(theme.CHIP)
        way.setAccessibleName(f"{word}: {name}")
        way.clicked.connect(lambda _: self._context.navigate(module, ""))
        return way

    def _health(self, found: Overview) -> Iterator[tuple[str, str, bool | None, tuple[str, str] | None]]:
        """What is looked at, how it is, whether that is good (None where nobody can say), and where it is mended."""
        yield "Database server", f"MongoDB {found.server_version} answers", True, None
        off = abs(found.clock_difference)
        seconds = int(off.total_seconds())
        apart = f"{seconds} s apart from the server's" if seconds else "The same as the server's"
        yield "This computer's clock", apart, found.clock_is_right, None
        current = found.standing is Standing.CURRENT
        set_up = "As this program needs it" if current else "As an older or newer program needs it"
        yield "Set-up of the practice", set_up, current, ("Open accounts", "accounts")
        yield "Trail", *self._trail(found), ("Verify", "trail")
        yield "Last backup", *self._backup(found), ("Open backups", "backups")
        yield "Accounts", f"{found.accounts} in use", None, None
        yield "Workstations", f"{found.workstations} allowed", None, None
        if found.bytes_kept is not None:
            yield "Database on this computer", _size(found.bytes_kept), None, None

    def _backup(self, found: Overview) -> tuple[str, bool | None]:
        overdue = found.backup_is_overdue(self._session.now())
        if found.backed_up is None:
            return "None was made yet", False if overdue else None
        return f"Of {day_and_time(found.backed_up, self._session.locale)}", not overdue

    def _trail(self, found: Overview) -> tuple[str, bool | None]:
        """In a practice that has just begun nothing is amiss where nobody has verified it."""
        verified = found.verified
        if verified is None:
            is_new = self._session.now() - found.founded_at <= VERIFIED_LATELY
            return "Nobody has verified it yet", None if is_new else False
        lately = self._session.now() - verified.at <= VERIFIED_LATELY
        return (
            f"{verified.found}, verified {day_and_time(verified.at, self._session.locale)}",
            verified.holds and lately,
        )


def _verb(of_one: str, names: Sequence[str]) -> str:
    return of_one if len(names) == 1 else {"has": "have", "works": "work"}[of_one]


def _named(names: Sequence[str]) -> str:
    """Mona Adel, Amal Fawzy and 3 others."""
    more = len(names) - MOST_NAMED
    if more > 0:
        return f"{', '.join(names[:MOST_NAMED])} and {more} {'other' if more == 1 else 'others'}"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _day_words(day: Row) -> str:
    whose = day.get("practitioner:title")
    if day["kind"] == CLOSED:
        return f"{whose} is away:" if whose else "the clinic is closed:"
    whose = whose or "the clinic"
    return f"{whose} is open from {day['starts']} to {day['ends']}:"


def _size(number: int) -> str:
    """340 MB, 1.2 GB."""
    megabytes = number / 1_000_000
    return f"{megabytes:,.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:,.1f} GB"
