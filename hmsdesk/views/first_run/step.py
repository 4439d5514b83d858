"""One question of the first run, and the list of questions on the painted side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.errors import UserError
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.questions import Questions
from hmsdesk.views.kit.words import Label, paint_line

WIDTH = 480
STEP_LINE = 26
NOT_DONE = UserError("This did not work.", "Something in the program went wrong. What you typed is kept.")


class Step(QWidget):
    """A title, a sentence, and below them `body` to be filled. What is typed stays while one goes back and forth."""

    word = "Next"
    may_go_back = True
    may_skip = False
    ready_changed = Signal()
    """Whether one may go on has changed."""

    def __init__(self, name: str, title: str, text: str) -> None:
        super().__init__()
        self.setObjectName(f"step-{name}")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.name = name
        self.title = title
        self.questions: Questions | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, theme.SPACE_8)
        column.setSpacing(theme.SPACE_4)
        heading = Label(title, bold=True, size="title", wrap=True)
        heading.setObjectName("stepTitle")
        column.addWidget(heading)
        column.addWidget(Label(text, muted=True, wrap=True))
        column.addSpacing(theme.SPACE_12)
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.SPACE_12)
        column.addLayout(self.body)
        column.addStretch()

    def ask(self, questions: Questions) -> Questions:
        """The fields of this step."""
        self.questions = questions
        self.body.addWidget(questions)
        return questions

    def begin(self) -> None:
        """The step is shown: the first thing to fill in gets the focus."""
        if self.questions is not None:
            next(iter(self.questions.rows.values())).editor.setFocus()

    def is_ready(self) -> bool:
        """Whether one may go on at all."""
        return True

    def check(self) -> bool:
        """Whether what was filled in is right; what isn't is said beside its field."""
        return self.questions is None or self.questions.check()

    def go_on(self) -> bool:
        """Enter: to the next field; False from the last one."""
        return self.questions is not None and self.questions.go_on()

    def set_problems(self, problems: Mapping[str, str]) -> str:
        """Say what the practice found wrong; the rest, about other steps' fields, is returned."""
        return self.questions.set_problems(problems) if self.questions is not None else " ".join(problems.values())


class StepList(QWidget):
    """The way through the wizard, on the painted side: what is behind, where one is, what comes."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("stepList")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._titles: list[str] = []
        self._here = 0

    def show_way(self, titles: Sequence[str], here: int) -> None:
        """The titles of all steps, and at which one is."""
        self._titles, self._here = list(titles), here
        if titles:
            self.setAccessibleName(f"Step {here + 1} of {len(titles)}: {titles[here]}")
        self.updateGeometry()
        self.update()

    def _paint_step(self, painter: QPainter, number: int) -> None:
        top = number * STEP_LINE
        mark = placed(self, QRect(0, top, theme.ICON_BUTTON, STEP_LINE))
        words = placed(self, QRect(STEP_LINE, top, self.width() - STEP_LINE, STEP_LINE))
        here = number == self._here
        behind = number < self._here
        icon = "check-circle-outline" if behind else "circle-slice-8" if here else "circle-outline"
        token = "on_brand" if here else "on_brand_muted"
        theme.paint_icon(painter, mark, icon, token)
        painter.setFont(theme.font("small", bold=here))
        painter.setPen(theme.color(token))
        paint_line(painter, words, self._titles[number], self.layoutDirection())

    def sizeHint(self) -> QSize:
        return QSize(200, len(self._titles) * STEP_LINE)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        for number in range(len(self._titles)):
            self._paint_step(painter, number)
