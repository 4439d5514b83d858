"""The practice's backups: those that were made, making one now, what this computer does each day, looking at a file."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.backups import BACKUPS
from hmsdesk.controllers.daily_backups import LastTry, Plan, last_try, plan_of
from hmsdesk.models.times import day_and_time
from hmsdesk.settings import Settings
from hmsdesk.views.backups.checking import CheckFile
from hmsdesk.views.backups.daily import DailyDialog
from hmsdesk.views.backups.making import MakeBackup
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.buttons import normal, primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.records import lookup
from hmsdesk.views.kit.words import IconLine

LOOK_MS = 30_000
OWNERS_ONLY = "Only an owner of the practice makes backups and sets up daily ones. Everybody here may check a file."
NOT_DAILY = "This computer makes no backups by itself."


class BackupsPage(ListPage):
    """A backup changes no record that news would tell of, so the page looks by itself while it is seen."""

    def __init__(self, context: Context) -> None:
        super().__init__(BACKUPS, context.session, context.toasts, lookup(context), opens="")
        self._context = context
        self.filters.search.hide()
        self.begin_at(self.table)
        self.daily = IconLine(NOT_DAILY, "information-outline")
        self.daily.setObjectName("dailyState")
        self._add_actions(context.session.identity.owner)
        self.add_notice(self.daily)
        self._clock = QTimer(self, interval=LOOK_MS)
        self._clock.timeout.connect(self._look)
        self._clock.start()

    def _add_actions(self, owner: bool) -> None:
        check = normal("Check a file…", "file-check-outline")
        check.setObjectName("checkBackup")
        check.clicked.connect(lambda _: CheckFile(self, self._context).open())
        self.add_to_head(check)
        if not owner:
            self.add_notice(IconLine(OWNERS_ONLY, "shield-account-outline"))
            return
        daily = normal("Daily backups…", "calendar-clock-outline")
        daily.setObjectName("dailyBackups")
        daily.clicked.connect(lambda _: DailyDialog(self, self._context, self.look_again).open())
        make = primary("Back up now…", "database-arrow-down-outline", "Ctrl+N")
        make.setObjectName("backUpNow")
        make.clicked.connect(lambda _: MakeBackup(self, self._context, self.look_again).open())
        self.add_to_head(daily)
        self.add_to_head(make)

    def look_again(self) -> None:
        """What was made meanwhile, and how this computer stands."""
        self.refresh()
        settings = self._context.door.settings
        tasks.run(self, partial(_standing, settings), self._show_daily)

    def _look(self) -> None:
        if self.isVisible():
            self.look_again()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look_again()

    def _show_daily(self, found: tuple[Plan | None, LastTry | None]) -> None:
        plan, tried = found
        if plan is None:
            self.daily.set(NOT_DAILY, "muted")
            return
        words = (
            f"This computer makes a backup each day from {plan.hour:02}:00 on, in {plan.folder}, while HMSDesk runs."
        )
        if tried is not None:
            at = day_and_time(tried.at, self._context.session.locale)
            words += f" The last time, {at}, it failed. {tried.problem}" if tried.problem else f" The last time: {at}."
        self.daily.set(words, "danger" if tried is not None and tried.problem else "muted")


def _standing(settings: Settings) -> tuple[Plan | None, LastTry | None]:
    return plan_of(settings), last_try(settings)


def make_page(context: Context, _record: str) -> QWidget:
    """The only page there is."""
    return BackupsPage(context)
