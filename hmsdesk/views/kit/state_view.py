"""What stands where a list would be: while it loads, when it is empty, when it couldn't be loaded."""

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import Button, primary
from hmsdesk.views.kit.direction import placed
from hmsdesk.views.kit.failures import RETRY_S, in_words
from hmsdesk.views.kit.words import Label

PATIENCE_MS = 300
# Shares of the width, as rows of different names would take.
BARS = ((0.28, 0.36, 0.15), (0.22, 0.29, 0.15), (0.30, 0.33, 0.13), (0.25, 0.23, 0.15), (0.20, 0.35, 0.14))
TEXT_WIDTH = 264
COLUMNS = (0.0, 0.38, 0.78)

Action = tuple[str, Callable[[], object]]


class _Placeholders(QWidget):
    """Bars in place of text, under a thin line that runs while the server is asked."""

    def __init__(self) -> None:
        super().__init__()
        self._step = 0
        self._clock = QTimer(self, interval=40)
        self._clock.timeout.connect(self._on_tick)

    def _on_tick(self) -> None:
        self._step = (self._step + 2) % 140
        self.update(0, 0, self.width(), 2)

    def _paint_line(self, painter: QPainter) -> None:
        painter.fillRect(0, 0, self.width(), 2, theme.color("line"))
        start = (self._step - 40) * self.width() // 100
        painter.fillRect(start, 0, self.width() * 40 // 100, 2, theme.color("accent"))

    def _paint_row(self, painter: QPainter, top: int, widths: tuple[float, ...]) -> None:
        room = self.width() - 2 * theme.SPACE_16
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("neutral_soft"))
        for start, width in zip(COLUMNS, widths, strict=True):
            left, high = theme.SPACE_16 + round(start * room), top + (theme.ROW - 10) // 2
            painter.drawRoundedRect(placed(self, QRect(left, high, round(width * room), 10)), 5, 5)
        painter.fillRect(0, top + theme.ROW - 1, self.width(), 1, theme.color("line"))

    def showEvent(self, event: object) -> None:
        self._clock.start()

    def hideEvent(self, event: object) -> None:
        self._clock.stop()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for n in range((self.height() - 2) // theme.ROW):
            self._paint_row(painter, 2 + n * theme.ROW, BARS[n % len(BARS)])
        self._paint_line(painter)


class _Disc(QWidget):
    """The large icon of an empty or failed list."""

    def __init__(self) -> None:
        super().__init__()
        self.icon_name = ""
        self.failed = False
        self.setFixedSize(48, 48)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("danger_soft" if self.failed else "neutral_soft"))
        painter.drawEllipse(self.rect())
        theme.paint_icon(painter, QRect(13, 13, 22, 22), self.icon_name, "danger" if self.failed else "text_muted")


class StateView(QWidget):
    """Stands in for a list: loading, empty, or failed with the way on."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("stateView")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(QWidget())
        self._pages.addWidget(self._loading_page())
        self._pages.addWidget(self._message_page())
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_over)
        self._countdown = QTimer(self, interval=1000)
        self._countdown.timeout.connect(self._on_second)
        self._seconds = 0
        self._retry: Callable[[], object] | None = None

    def _loading_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(_Placeholders(), 1)
        foot = QFrame()
        foot.setObjectName("stateFoot")
        foot.setFixedHeight(theme.PANEL_TITLE)
        row = QHBoxLayout(foot)
        row.setContentsMargins(theme.SPACE_16, 0, theme.SPACE_16, 0)
        row.addWidget(Label("Asking the server…", muted=True, size="small"), 1)
        column.addWidget(foot)
        return page

    def _message_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(theme.SPACE_4)
        self._disc = _Disc()
        self._title = Label(bold=True)
        self._title.setObjectName("stateTitle")
        self._text = Label(muted=True, wrap=True)
        self._text.setObjectName("stateText")
        self._text.setFixedWidth(TEXT_WIDTH)
        self._next_try = Label(muted=True, size="small")
        self._next_try.setObjectName("stateNextTry")
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.SPACE_8)
        column.addStretch(2)
        column.addWidget(self._disc, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(theme.SPACE_8)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(theme.SPACE_12)
        column.addLayout(self._buttons)
        column.addSpacing(theme.SPACE_8)
        column.addWidget(self._next_try, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        return page

    def show_loading(self) -> None:
        """Bars in place of text, but only once the answer has taken 300 ms."""
        self._rest()
        self._pages.setCurrentIndex(0)
        self._patience.start()

    def show_empty(self, icon: str, title: str, text: str, action: Action | None = None) -> None:
        """Nothing is there: what the list is for, and the one thing to do."""
        self._show_message(icon, title, text, failed=False)
        if action:
            self._add_button(primary(action[0], "plus"), action[1])
        self._close_buttons()

    def show_error(
        self,
        title: str,
        text: str,
        retry: Callable[[], object] | None = None,
        retry_in: int = 0,
    ) -> None:
        """It couldn't be loaded: what happened, try again, and in how many seconds that happens by itself."""
        self._show_message("cloud-off-outline", title, text, failed=True)
        if retry:
            self._add_button(primary("Try again", "refresh"), retry).setObjectName("stateRetry")
        self._close_buttons()
        if retry and retry_in:
            self._retry, self._seconds = retry, retry_in
            self._countdown.start()
            self._say_seconds()

    def show_problem(self, problem: Exception, retry: Callable[[], object], title: str = "") -> None:
        """Say why it can't be shown, and try again, in a while by itself. title: in place of the failure's own."""
        known = in_words(problem)
        self.show_error(title or known.title, str(known) if title else known.message, retry, retry_in=RETRY_S)

    def _show_message(self, icon: str, title: str, text: str, failed: bool) -> None:
        self._rest()
        self._disc.icon_name, self._disc.failed = icon, failed
        self._disc.update()
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        # A wrapped label beside stretches is otherwise given one line only.
        self._text.setFixedHeight(max(0, self._text.heightForWidth(TEXT_WIDTH)))
        _empty(self._buttons)
        self._buttons.addStretch()
        self._pages.setCurrentIndex(2)

    def _add_button(self, button: Button, action: Callable[[], object]) -> Button:
        button.setObjectName("stateAction")
        button.clicked.connect(lambda _: action())
        self._buttons.addWidget(button)
        return button

    def _close_buttons(self) -> None:
        self._buttons.addStretch()

    def _rest(self) -> None:
        self._patience.stop()
        self._countdown.stop()
        self._next_try.clear()

    def _on_patience_over(self) -> None:
        self._pages.setCurrentIndex(1)

    def _on_second(self) -> None:
        self._seconds -= 1
        self._say_seconds()
        if self._seconds <= 0 and self._retry:
            self._rest()
            self._retry()

    def _say_seconds(self) -> None:
        self._next_try.setText(f"Next try by itself in {self._seconds} s")

    def hideEvent(self, event: object) -> None:
        self._rest()


def _empty(row: QHBoxLayout) -> None:
    while row.count():
        item = row.takeAt(0)
        widget = item.widget() if item else None
        if widget:
            widget.hide()
            widget.deleteLater()
