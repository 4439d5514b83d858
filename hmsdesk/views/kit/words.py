"""Words on a page. What people typed is always shown as it is: never as rich text."""

import re

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from hmsdesk.views.kit import theme
from hmsdesk.views.kit.direction import placed

_TITLES = {"Dr", "Prof", "د"}
LINE_INDENT = 22
_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_ARABIC_WORDS = rf"[{_RIGHT_TO_LEFT}]+(?:[\s\d'’.-]+[{_RIGHT_TO_LEFT}]+)*"
# Controls other than a line's end, embeddings and overrides, halves of characters.
_TURNING = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]"
_MOST_LINES = 8
_SIDES = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignRight


def paint_line(painter: QPainter, rect: QRect, text: str, direction: Qt.LayoutDirection) -> None:
    """One line of words at the start of a rectangle, cut off with … where it is too long.

    The rectangle follows the window's direction, the words keep their own: an Arabic name in an English window
    stands at the left, and "47 min" stays "47 min" in an Arabic one.
    """
    # Bearings may make words a pixel wider than their advance: elide only what really is too long.
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width() + 2)
    painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    at_left = direction == Qt.LayoutDirection.LeftToRight
    side = Qt.AlignmentFlag.AlignLeft if at_left else Qt.AlignmentFlag.AlignRight
    flags = Qt.AlignmentFlag.AlignAbsolute | side | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(rect, int(flags) | int(Qt.TextFlag.TextDontClip), shown)


def sentence(text: str) -> str:
    """The program's words with what people typed among them: an Arabic name doesn't turn the order of the others.

    Nor does anything else in it; what turns, hides or is half a character stands there as what nobody can read.
    """
    return re.sub(_ARABIC_WORDS, "\u2068\\g<0>\u2069", re.sub(_TURNING, "\ufffd", text))


def brief(text: str, most: int) -> str:
    """At most so many letters, and not many lines: words without an end would push the buttons below off the screen."""
    kept = "\n".join(text.split("\n", _MOST_LINES)[:_MOST_LINES])[:most].rstrip()
    if kept == text.rstrip():
        return text
    unclosed = sum(kept.count(one) for one in "\u2066\u2067\u2068") - kept.count("\u2069")
    return kept + "\u2069" * max(0, unclosed) + "…"


def tip(text: str) -> str:
    """A text for pointing at something, in lines as it has them. Qt takes what looks like markup there for markup."""
    if not text:
        return ""
    # It brings two thousand names of letters, which the first window doesn't need.
    from html import escape

    return f"<qt>{'<br>'.join(escape(line) for line in text.splitlines())}</qt>"


def initials(name: str) -> str:
    """The first letters of the first and the last name, without a title."""
    names = [part for part in name.split() if part.rstrip(".") not in _TITLES]
    return "".join(part[0] for part in names[:1] + names[1:][-1:]).upper()


class Label(QLabel):
    """Plain text in one of the three sizes; what it says can't become markup."""

    def __init__(
        self, text: str = "", muted: bool = False, bold: bool = False, size: theme.TextSize = "body", wrap: bool = False
    ) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(size, bold))
        self.setWordWrap(wrap)
        self._alignment = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        self.setAlignment(self._alignment)
        if muted:
            self.set_tone("muted")

    def set_tone(self, tone: str) -> None:
        """Colour the words: muted, accent, good, warning, danger; empty for the usual colour."""
        if tone == self.property("tone"):
            return
        self.setProperty("tone", tone)
        # One that wasn't shown yet is polished when it is.
        if self.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
            self.style().polish(self)

    def setAlignment(self, alignment: Qt.AlignmentFlag) -> None:
        # QLabel alone takes the side from the words' script, so that an Arabic name would leave its column.
        self._alignment = alignment
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft and alignment & _SIDES:
            alignment ^= _SIDES
        super().setAlignment(alignment | Qt.AlignmentFlag.AlignAbsolute)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.setAlignment(self._alignment)


class GivingLabel(Label):
    """One line that gives way where there is too little room: it is cut off with … rather than pushing others out."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.setFont(self.font())
        paint_line(painter, self.rect(), self.text(), self.layoutDirection())


class IconLine(QWidget):
    """A small line with an icon before it, in one colour; wrapped, or only as wide as its words."""

    def __init__(self, text: str, icon: str, tone: str = "muted", wrap: bool = True) -> None:
        super().__init__()
        if not wrap:
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._icon = icon
        self._tone = tone
        self._label = Label(text, size="small", wrap=wrap)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addSpacing(LINE_INDENT)
        row.addWidget(self._label, 1)
        self.set(text, tone)

    def set(self, text: str, tone: str) -> None:
        """Say something else."""
        self._tone = tone
        self._label.setText(text)
        self._label.set_tone(tone)
        self.update()

    def set_icon(self, icon: str) -> None:
        """Put another icon before it."""
        self._icon = icon
        self.update()

    def text(self) -> str:
        """What it says."""
        return self._label.text()

    def paintEvent(self, event: object) -> None:
        box = placed(self, QRect(0, 1, theme.ICON_BUTTON, theme.ICON_BUTTON))
        token = "text_muted" if self._tone == "muted" else self._tone
        if self.text():
            theme.paint_icon(QPainter(self), box, self._icon, token)
