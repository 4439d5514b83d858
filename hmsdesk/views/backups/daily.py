"""What this computer does each day: set up, changed or ended by an owner."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.accounts import Owner
from hmsdesk.controllers.backing_up import lock_of
from hmsdesk.controllers.daily_backups import Keep, Plan, end, plan_of, set_up
from hmsdesk.models.fields import WholeNumberField
from hmsdesk.settings import typed_path
from hmsdesk.views.backups.asked import folder_problem, passphrase_questions, same_twice
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import danger, primary
from hmsdesk.views.kit.choosing import folder_button
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.owner_work import AGAIN, OwnerWork
from hmsdesk.views.kit.questions import Question, Questions

WIDTH = 520
TEXT = (
    "This computer writes a backup each day while HMSDesk runs, also with nobody signed in. It can't read what it "
    "wrote: that takes the passphrase."
)
NEW = "Those that were made so far keep the passphrase of their time."
_HOUR, _DAYS = WholeNumberField(max_value=23), WholeNumberField(min_value=1, max_value=366)
_WEEKS, _MONTHS = WholeNumberField(max_value=520), WholeNumberField(max_value=120)


class DailyDialog(Dialog):
    """Asks where, when, how many are kept and under which passphrase."""

    def __init__(self, parent: QWidget, context: Context, changed: Callable[[], object]) -> None:
        super().__init__(parent, "Daily backups on this computer", f"{TEXT} {NEW}", WIDTH)
        self.setObjectName("dailyDialog")
        self._context, self._changed = context, changed
        fields = {
            "folder": Question("Folder", folder_problem, help_text="Best on another drive, or another machine's."),
            "hour": Question("From hour", like=_HOUR, help_text="0 to 23"),
            "days": Question("Keep days", like=_DAYS),
            "weeks": Question("Weeks", like=_WEEKS),
            "months": Question("Months", like=_MONTHS),
            **passphrase_questions(lambda: context.door.profile.practice),
        }
        lines = ("folder", ("hour", "days", "weeks", "months"), "passphrase", "again")
        self.questions = Questions(fields, lines, width=self.width() - 2 * theme.SPACE_16)
        self._show(Path.home(), 13, Keep())
        self.questions.checked.connect(self.fit_soon)
        self.column.addWidget(self.questions)
        self.column.addSpacing(theme.SPACE_8)
        choose = folder_button(self.questions.rows["folder"], "Folder for daily backups")
        self._end = danger("End them…")
        self._end.setObjectName("endDaily")
        self._end.clicked.connect(lambda _: self._on_end())
        self._end.hide()
        self.add_answers(primary("Go on"), self._on_go_on, self._end, choose)
        tasks.run(self, partial(plan_of, context.door.settings), self._on_plan, lambda _: None)

    def _show(self, folder: Path, hour: int, keep: Keep) -> None:
        values = {"folder": str(folder), "hour": str(hour)}
        self.questions.show_values(values | {name: str(number) for name, number in keep.model_dump().items()})

    def _on_plan(self, plan: Plan | None) -> None:
        if plan is not None:
            self._end.show()
            self._show(plan.folder, plan.hour, plan.keep)
            self.fit_soon()

    def _on_go_on(self) -> None:
        if self.questions.check() and same_twice(self.questions):
            self._set_up(self.questions.values())
        self.fit_soon()

    def _set_up(self, values: dict[str, object]) -> None:
        folder = typed_path(str(values["folder"])).absolute()
        keep = Keep.model_validate({name: values[name] for name in ("days", "weeks", "months")})

        def work(owner: Owner) -> None:
            lock = lock_of(owner, str(values["passphrase"]))
            set_up(owner, Plan(folder=folder, hour=int(str(values["hour"])), keep=keep, lock=lock))

        text = f"It gets a database user of its own that reads everything and changes nothing. {AGAIN}"
        self._do(
            work, OwnerWork(self, "Let this computer make daily backups?", text, "Set up"), "Daily backups are set up"
        )

    def _on_end(self) -> None:
        text = f"Its database user for backups is dropped. The files stay where they are. {AGAIN}"
        self._do(end, OwnerWork(self, "End daily backups here?", text, "End"), "Daily backups are ended")

    def _do(self, work: Callable[[Owner], None], asking: OwnerWork, said: str) -> None:
        def done(_: None) -> None:
            self.accept()
            self._context.toasts.show(said, "The first one is made within some minutes." if work is not end else "")
            self._changed()

        asking.do(self._context, work, done)
