"""The bar at the top of the window, the same on all pages: search, clinic, connection, person."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.bar_button import BarButton
from hmsdesk.views.kit.bell import Bell
from hmsdesk.views.kit.brand import Mark
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.chips import STATUSES
from hmsdesk.views.kit.direction import below, placed
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.parts import Chip
from hmsdesk.views.kit.words import Label, initials, paint_line

SEARCH_WIDTH = 392
AVATAR = 32
PERSON_WORDS = 150


class SearchButton(BarButton):
    """Looks like a field and opens the palette; typing while it has the focus opens it too."""

    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__("Search")
        self.setObjectName("search")
        self.setFixedHeight(theme.CONTROL)
        self.setMaximumWidth(SEARCH_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setAccessibleDescription("Ctrl+K")

    def _paint_key(self, painter: QPainter) -> int:
        painter.setFont(theme.font("small"))
        width = painter.fontMetrics().horizontalAdvance("Ctrl+K") + 10
        cap = placed(self, QRect(self.width() - theme.SPACE_8 - width, 7, width, 18))
        paint_box(painter, cap, "surface", "line")
        painter.setPen(theme.color("text_muted"))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, "Ctrl+K")
        return width + 2 * theme.SPACE_8

    def sizeHint(self) -> QSize:
        return QSize(SEARCH_WIDTH, theme.CONTROL)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, theme.CONTROL)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().isprintable() and event.text().strip():
            self.typed.emit(event.text())
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        focused = self.hasFocus()
        paint_box(painter, self.rect(), "surface_raised", "accent" if focused else "line_strong", 2 if focused else 1)
        theme.paint_icon(painter, placed(self, QRect(9, 0, theme.ICON_BUTTON, self.height())), "magnify", "text_muted")
        end = self._paint_key(painter)
        painter.setFont(theme.font())
        painter.setPen(theme.color("text_muted"))
        room = self.width() - 33 - end
        words = placed(self, QRect(33, 0, room, self.height()))
        paint_line(painter, words, self.accessibleName(), self.layoutDirection())


class PersonButton(BarButton):
    """Who is signed in, with a menu of what concerns the person."""

    def __init__(self) -> None:
        super().__init__("Signed in")
        self.setObjectName("person")
        self.menu = Menu(self)
        self._person = ""
        self._role = ""
        self.setFixedHeight(40)
        self.clicked.connect(self._on_clicked)

    def set_person(self, name: str, role: str) -> None:
        """Show whose work this is."""
        self._person, self._role = name, role
        self.setAccessibleName(f"{name}, {role}")
        self.updateGeometry()
        self.update()

    def _words_width(self) -> int:
        name = QFontMetrics(theme.font(bold=True)).horizontalAdvance(self._person)
        role = QFontMetrics(theme.font("small")).horizontalAdvance(self._role)
        return min(max(name, role), PERSON_WORDS) + 2

    def _on_clicked(self) -> None:
        self.menu.setMinimumWidth(self.width())
        width = max(self.width(), self.menu.sizeHint().width())
        self.menu.popup(below(self, width, at_end=True))

    def _paint_avatar(self, painter: QPainter) -> None:
        circle = placed(self, QRect(4, 4, AVATAR, AVATAR))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_soft"))
        painter.drawEllipse(circle)
        painter.setPen(theme.color("accent"))
        painter.setFont(theme.font("small", bold=True))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, initials(self._person))

    def _paint_line(self, painter: QPainter, top: int, height: int, text: str) -> None:
        words = placed(self, QRect(44, top, self._words_width(), height))
        paint_line(painter, words, text, self.layoutDirection())

    def sizeHint(self) -> QSize:
        return QSize(44 + self._words_width() + theme.SPACE_8 + theme.ICON_BUTTON, 40)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), "hover" if self.underMouse() else "", "accent" if self.hasFocus() else "", 2)
        self._paint_avatar(painter)
        painter.setFont(theme.font(bold=True))
        painter.setPen(theme.color("text"))
        self._paint_line(painter, 2, 19, self._person)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_muted"))
        self._paint_line(painter, 20, 16, self._role)
        chevron = QRect(self.width() - theme.ICON_BUTTON - 2, 0, theme.ICON_BUTTON, self.height())
        theme.paint_icon(painter, placed(self, chevron), "chevron-down", "text_muted")


class TopBar(QFrame):
    """Brand, search, clinic over workstation, connection, bell, person."""

    search_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setFixedHeight(theme.TOP_BAR)
        self.search = SearchButton()
        self.search.clicked.connect(lambda: self.search_requested.emit(""))
        self.search.typed.connect(self.search_requested)
        self._clinic = Label(bold=True)
        self._clinic.setObjectName("clinic")
        self._workstation = Label(muted=True, size="small")
        self._workstation.setObjectName("workstation")
        self._answers = self._hears = True
        self._connection = Chip.of(STATUSES["connected"])
        self._connection.setObjectName("connection")
        self.bell = Bell()
        self.person = PersonButton()
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        # Margins aren't mirrored, spacings are.
        row.setContentsMargins(10, 0, 10, 0)
        row.setSpacing(0)
        row.addSpacing(theme.SPACE_4)
        row.addWidget(self._brand())
        # The field takes the room first, as far as it may grow.
        row.addWidget(self.search, 100)
        row.addStretch(1)
        row.addSpacing(theme.SPACE_12)
        row.addLayout(self._place())
        for widget in (_separator(), self._connection, _separator()):
            row.addSpacing(theme.SPACE_12)
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(theme.SPACE_4)
        row.addWidget(self.bell)
        row.addWidget(self.person)

    def _brand(self) -> QWidget:
        box = QWidget()
        # So that the search field begins where the page does.
        box.setFixedWidth(theme.RAIL + theme.SPACE_16 - 14)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_8)
        row.addWidget(Mark(24, "accent", "on_accent"))
        row.addWidget(Label("HMSDesk", bold=True))
        row.addStretch()
        return box

    def _place(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addStretch()
        for label in (self._clinic, self._workstation):
            label.setAlignment(Qt.AlignmentFlag.AlignTrailing)
            column.addWidget(label)
        column.addStretch()
        return column

    def set_place(self, clinic: str, workstation: str) -> None:
        """Which clinic this is, and which of its workstations."""
        self._clinic.setText(clinic)
        self._workstation.setText(workstation)

    def set_answers(self, answers: bool) -> None:
        """Whether the server answers."""
        self._answers = answers
        self._show_connection()

    def set_hears(self, hears: bool) -> None:
        """Whether others' news are heard; without, nobody is told that all is well."""
        self._hears = hears
        self._show_connection()

    def _show_connection(self) -> None:
        status = STATUSES["connected" if self._answers and self._hears else "reconnecting"]
        self._connection.set(status.word, status.icon, status.tone)


def _separator() -> QFrame:
    line = QFrame()
    line.setObjectName("separator")
    line.setFixedSize(1, 24)
    return line
