"""The bell of the bar at the top: how much happened that one hasn't read."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.bar_button import BarButton
from hmsdesk.views.kit.buttons import paint_box
from hmsdesk.views.kit.direction import placed

SIDE = 40
BADGE = 16
# More is nobody's to count.
MOST = 99


class Bell(BarButton):
    """Shows a number on the bell, and no number where all is read."""

    def __init__(self) -> None:
        super().__init__("Notifications")
        self.setObjectName("bell")
        self.setFixedSize(SIDE, SIDE)
        self.unread = 0
        self.set_unread(0)

    def set_unread(self, unread: int) -> None:
        """How many there are to read."""
        self.unread = unread
        self.setAccessibleDescription(f"{unread} to read" if unread else "All read")
        self.setToolTip(f"Notifications: {self.accessibleDescription().lower()} (F8)")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def _paint_badge(self, painter: QPainter) -> None:
        words = str(self.unread) if self.unread <= MOST else f"{MOST}+"
        painter.setFont(theme.font("small", bold=True))
        width = max(BADGE, painter.fontMetrics().horizontalAdvance(words) + 8)
        badge = placed(self, QRect(20, 4, width, BADGE))
        painter.setBrush(theme.color("danger"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(badge, BADGE / 2, BADGE / 2)
        painter.setPen(theme.color("surface_raised"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, words)

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        paint_box(painter, self.rect(), "hover" if self.underMouse() else "", "accent" if self.hasFocus() else "", 2)
        icon = QRect((SIDE - theme.ICON) // 2, (SIDE - theme.ICON) // 2, theme.ICON, theme.ICON)
        theme.paint_icon(painter, icon, "bell-outline", "text")
        if self.unread:
            self._paint_badge(painter)
