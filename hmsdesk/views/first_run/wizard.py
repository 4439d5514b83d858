"""The wizard: the way from one step to the next, and what is done at its end."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from hmsdesk.controllers import enrolment, starter
from hmsdesk.controllers.backing_up import opened_backup
from hmsdesk.controllers.founding import KEEPING, MAKING, PROVISIONING, STARTING, Founded, Founding, check
from hmsdesk.controllers.provisioning import LOOKING, found_there
from hmsdesk.controllers.restoring import Restored, Telling, restore
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.settings import Profile
from hmsdesk.views.first_run.choices import ALONE, JOIN, RESTORE, SHARED, SecretsStep, WhatStep, WorkstationStep
from hmsdesk.views.first_run.founding import FoundingStep, RecoveryStep
from hmsdesk.views.first_run.practice import OwnerStep, PracticeStep
from hmsdesk.views.first_run.restore import (
    BackupStep,
    NewCodeStep,
    ReportStep,
    RestoringStep,
    WhereStep,
    asked_for,
)
from hmsdesk.views.first_run.server import PassStep, ServerStep
from hmsdesk.views.first_run.starter import StarterStep
from hmsdesk.views.first_run.step import NOT_DONE, WIDTH, Step, StepList
from hmsdesk.views.first_run.words import AFTERWARDS, ATLAS_TAKES, CLOSING, SIDES, USUALLY_TAKES, WORDS
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import normal, primary, quiet
from hmsdesk.views.kit.clinic_picker import Clinic
from hmsdesk.views.kit.dialogs import confirm
from hmsdesk.views.kit.doorway import Doorway
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.refusal import Refusal
from hmsdesk.views.kit.scroll import Scroll

TOP_SHARE = 0.125
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FirstRun(Doorway):
    """Asks what a new data folder needs to know. `finished` tells the first owner's e-mail, or none after joining."""

    finished = Signal(str)
    _told = Signal(str)

    def __init__(self, workplace: Workplace) -> None:
        super().__init__("firstRun", TOP_SHARE)
        self._workplace = workplace
        self._busy = False
        self._given_up = False
        self._places: dict[Step, _Place] = {}
        self._way: list[Step] = []
        self._here = 0
        self._make_steps()
        self._build()
        self._told.connect(self._on_told)
        self._choose_way()

    # How it looks

    def _make_steps(self) -> None:
        self.what = WhatStep()
        self.server = ServerStep(self._workplace.settings)
        self.practice = PracticeStep()
        self.workstation = WorkstationStep()
        self.owner = OwnerStep(lambda: list(self.practice.values().values()))
        self.passing = PassStep()
        self.backup = BackupStep()
        self.where = WhereStep()
        self.secrets = SecretsStep()
        self._founding = FoundingStep((), text=USUALLY_TAKES)
        self.what.ready_changed.connect(self._choose_way)
        self.where.ready_changed.connect(self._choose_place)
        self.secrets.ready_changed.connect(self._show_foot)
        self.practice.named.connect(self._on_named)

    def _build(self) -> None:
        self._stack = QStackedWidget()
        self._refusal = Refusal()
        self._back = normal("Back")
        self._back.setObjectName("wizardBack")
        self._back.clicked.connect(self.go_back)
        self._skip = quiet("Begin with nothing")
        self._skip.setObjectName("wizardSkip")
        self._skip.clicked.connect(self._end)
        self._next = primary("Next")
        self._next.setObjectName("wizardNext")
        self._next.clicked.connect(self.go_on)
        form = QWidget()
        form.setFixedWidth(WIDTH + theme.SPACE_16)
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_12)
        column.addWidget(self._stack, 1)
        refusal = QHBoxLayout()
        refusal.addWidget(self._refusal)
        refusal.addSpacing(theme.SPACE_16)
        column.addLayout(refusal)
        column.addLayout(self._foot())
        self.set_form(form, fills=True)
        self._list = StepList()
        self.side.add_to_foot(self._list)
        on_key(self, "Alt+Left", "Back", self.go_back)

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, theme.SPACE_8)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(self._back)
        row.addStretch()
        row.addWidget(self._skip)
        row.addWidget(self._next)
        # Where the scroll bar of a long step stands.
        row.addSpacing(theme.SPACE_16)
        return row

    def _choose_way(self) -> None:
        """The steps that follow from what is to be set up."""
        ways: dict[str, list[Step]] = {
            ALONE: [self.practice, self.workstation, self.owner, self.secrets],
            SHARED: [self.server, self.practice, self.workstation, self.owner, self.secrets],
            JOIN: [self.passing, self.secrets],
            RESTORE: [self.backup, self.where, *([self.server] if self.where.is_shared() else []), self.secrets],
        }
        self._way = [self.what, *ways[self.what.kind()]]
        self.secrets.word = WORDS[self.what.kind()]
        self._on_named(*self.practice.shown())
        self._show(self.what)

    def _choose_place(self) -> None:
        """Where a practice is brought back to decides whether a server is asked for; one stays at that question."""
        self._choose_way()
        self._show(self.where)

    def _show(self, step: Step) -> None:
        if step not in self._places:
            self._places[step] = _Place(step)
            self._stack.addWidget(self._places[step])
        self._stack.setCurrentWidget(self._places[step])
        self._refusal.hide()
        if step in self._way:
            self._here = self._way.index(step)
        self._show_foot()
        step.begin()

    def _show_foot(self) -> None:
        step = self.step()
        titles = [*(one.title for one in self._way), *AFTERWARDS[self.what.kind()]]
        self._list.show_way(titles, self._number(titles))
        self._back.setVisible(step is not self.what and step.may_go_back)
        self._skip.setVisible(step.may_skip)
        self._next.setVisible(step.is_ready())
        self._next.set_text(step.word)
        for button in (self._back, self._skip, self._next):
            button.setEnabled(not self._busy)

    def _number(self, titles: list[str]) -> int:
        title = self.step().title
        return titles.index(title) if title in titles else self._here

    def step(self) -> Step:
        """The step that is shown."""
        place = self._stack.currentWidget()
        assert isinstance(place, _Place)
        return place.step

    def _on_named(self, name: str, name_ar: str, address: str) -> None:
        kind = self.what.kind()
        named = Clinic(name or SIDES[kind], name_ar, address)
        self.side.show_clinic(Clinic(SIDES[kind]) if kind in (JOIN, RESTORE) else named)

    # The way

    def go_on(self) -> None:
        """To the next step, if this one is right."""
        step = self.step()
        if self._busy or not step.is_ready() or not step.check():
            self._show_foot()
            return
        if isinstance(step, NewCodeStep):
            self._show(ReportStep(step.restored))
        elif isinstance(step, ReportStep):
            self.finished.emit("")
        elif isinstance(step, RecoveryStep):
            self._offer_starter()
        elif isinstance(step, StarterStep):
            self._begin_with(step)
        elif step is not self._way[-1]:
            self._show(self._way[self._here + 1])
        else:
            {JOIN: self._join, RESTORE: self._restore}.get(self.what.kind(), self._found)()

    def go_back(self) -> None:
        """To the step before; nothing that was typed is lost."""
        if not self._busy and self.step().may_go_back and self._here > 0:
            self._show(self._way[self._here - 1])

    # Founding

    def founding(self) -> Founding:
        """What was answered."""
        workstation = self.workstation.questions
        assert workstation is not None
        station = workstation.values()
        return Founding(
            practice=self.practice.values(),
            owner_name=self.owner.answer("owner_name"),
            owner_email=self.owner.answer("owner_email"),
            owner_password=self.owner.answer("owner_password"),
            solo=self.workstation.is_solo(),
            workstation=station["workstation"],
            patient_prefix=station["prefix"],
            secret_store=self.secrets.store(),
        )

    def _found(self) -> None:
        founding = self.founding()
        problems = check(founding)
        if problems:
            self._on_failed(InvalidInput(problems))
            return
        shared = self.what.kind() == SHARED
        place = self.server.place() if shared else None
        doings = [LOOKING if shared else STARTING, PROVISIONING, MAKING, KEEPING]
        tell = tasks.telling(self._told)

        def work() -> Founded:
            if place is not None:
                return found_there(self._workplace, founding, place, tell)
            return self._workplace.found(founding, tell)

        patience = ATLAS_TAKES if place is not None and place.atlas is not None else USUALLY_TAKES
        self._wait(FoundingStep(doings, text=patience), work, self._on_founded)

    def _on_told(self, doing: str) -> None:
        self._founding.show_doing(doing)

    def _wait(self, step: FoundingStep, work: Callable[[], object], done: Callable[..., None]) -> None:
        self._founding = step
        self._busy = True
        self._show(step)
        tasks.run(self, work, done, self._on_failed, long=True)

    def _on_founded(self, founded: Founded) -> None:
        self._busy = False
        step = RecoveryStep(founded.profile.practice, founded.recovery_code)
        step.ready_changed.connect(self._show_foot)
        self._show(step)

    def _on_failed(self, problem: Exception) -> None:
        """Back to where it can be put right; everything typed is still there."""
        self._busy = False
        known = in_words(problem, NOT_DONE)
        wrong = next((step for step in self._way if _has_fields(step, known)), None)
        self._show(wrong or self._way[-1])
        if wrong is not None:
            wrong.set_problems(known.fields)
        self._refusal.say(known)

    # Joining

    def _join(self) -> None:
        file, code, store = self.passing.file(), self.passing.code(), self.secrets.store()

        def work() -> Profile:
            settings = self._workplace.settings
            return enrolment.join(settings, self._workplace.secrets(store), store, file, code)

        step = FoundingStep((), "Joining", USUALLY_TAKES)
        self._wait(step, work, self._on_joined)

    def _on_joined(self, profile: Profile) -> None:
        self._busy = False
        self.finished.emit("")

    # Bringing a practice back

    def _restore(self) -> None:
        shared = self.where.is_shared()
        place = self.server.place() if shared else None
        step = RestoringStep(shared)
        telling = Telling(tasks.telling(self._told), step.watch)
        try:
            asked, key = asked_for(self.backup, self.where, self.secrets.store()), self.backup.key()
        except InvalidInput as problem:
            self._on_failed(problem)
            return
        words = self.backup.answer("passphrase")

        def work() -> Restored:
            opened = opened_backup(asked.file, words, key)
            return restore(self._workplace, asked, opened, place, telling)

        self._wait(step, work, self._on_restored)

    def _on_restored(self, restored: Restored) -> None:
        self._busy = False
        step = NewCodeStep(restored)
        step.ready_changed.connect(self._show_foot)
        self._show(step)

    # What to begin with

    def _offer_starter(self) -> None:
        name = self.owner.answer("owner_name") if self.workstation.is_solo() else ""
        self._show(StarterStep(self.practice.place(), name))

    def _begin_with(self, step: StarterStep) -> None:
        start, email, password = step.start(), self.owner.answer("owner_email"), self.owner.answer("owner_password")

        def work() -> None:
            door = self._workplace.door()
            session = door.sign_in(email, password)
            try:
                starter.begin(session, start)
            finally:
                session.close()

        def failed(problem: Exception) -> None:
            self._busy = False
            self._show_foot()
            self._refusal.say(in_words(problem, NOT_DONE))

        self._busy = True
        self._show_foot()
        self._next.set_text("Adding…")
        tasks.run(self, work, lambda _: self._end(), failed, long=True)

    def may_close(self) -> bool:
        """Whether the window may be closed now. While it shows what is asked only once, it asks first."""
        words = CLOSING.get(type(self.step()))
        if self._given_up or self._busy or words is None:
            return True
        confirm(self, *words, self._give_up, keep="Stay", dangerous=True)
        return False

    def _give_up(self) -> None:
        self._given_up = True
        self.window().close()

    def _end(self) -> None:
        self._busy = False
        self.finished.emit(self.owner.answer("owner_email"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # A window that is new has its focus nowhere.
        self.step().begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.window().focusWidget()
        if event.key() not in ENTER:
            super().keyPressEvent(event)
        elif isinstance(focused, QAbstractButton) and not focused.isCheckable():
            focused.click()
        elif isinstance(focused, QCheckBox) or not self.step().go_on():
            self.go_on()


class _Place(Scroll):
    """Where a step lies; it scrolls where the window is low."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.step = step
        step.setMaximumWidth(WIDTH)
        self.viewport().setAutoFillBackground(False)


def _has_fields(step: Step, problem: UserError) -> bool:
    return step.questions is not None and any(name in step.questions.rows for name in problem.fields)
