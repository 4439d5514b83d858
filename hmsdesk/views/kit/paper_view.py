"""A paper as it will be printed: its pages on white, in both themes, with the size to choose."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, cast

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.habits import PAPER, habits
from hmsdesk.views.kit.segments import Segment, SegmentedControl
from hmsdesk.views.kit.words import Label

PaperSize = Literal["A5", "A4"]
_SIZES = (Segment("A5", "A5"), Segment("A4", "A4"))
SHARPEST = 3.0
# A page is never made narrower than this share of the room for the sake of being seen whole.
NARROWEST = 0.85


class Pages:
    """A PDF that is open."""

    def __init__(self, pdf: bytes) -> None:
        # Only who looks at a paper pays for what shows it.
        from PySide6.QtPdf import QPdfDocument

        self._buffer = QBuffer()
        self._buffer.setData(QByteArray(pdf))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self._document = QPdfDocument()
        self._document.load(self._buffer)

    def __len__(self) -> int:
        return self._document.pageCount()

    def height_for(self, page: int, width: int) -> int:
        """How high a page of this width is."""
        size = self._document.pagePointSize(page)
        return round(width * size.height() / size.width())

    def shapes(self) -> list[QSizeF]:
        """How large each page is, in points."""
        return [self._document.pagePointSize(page) for page in range(len(self))]

    def image(self, page: int, size: QSize) -> QImage:
        """A page on white, so large."""
        image = QImage(size, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.drawImage(0, 0, self._document.render(page, size))
        painter.end()
        return image

    def close(self) -> None:
        """Let go of it."""
        self._document.close()


class Sheets(QWidget):
    """The pages below one another, as wide as there is room, or narrower where one is then seen whole.

    They are drawn off the window's thread: what was drawn before stands there, stretched, until it is done.
    """

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.room = QSize(1, 1)
        self._pdf = b""
        self._shapes: list[QSizeF] = []
        self._images: list[QImage] = []
        self._drawing = tasks.Latest(self)

    def show_pdf(self, pdf: bytes, most: int | None = None) -> int:
        """Show a PDF in place of the one before; the number of its pages. most: no more of them are drawn."""
        pages = Pages(pdf)
        number, self._pdf, self._shapes = len(pages), pdf, pages.shapes()[:most]
        pages.close()
        self.fit()
        return number

    def clear(self) -> None:
        """Show no paper."""
        self._drawing.drop()
        self._pdf, self._shapes, self._images = b"", [], []
        self.fit()

    def fit(self) -> None:
        """Make the pages as large as there is room now."""
        self.setMinimumHeight(max(self._height(), 1))
        self.update()
        # Before it has its place there is no room.
        if self._shapes and self._width() > 0:
            ratio = min(self.devicePixelRatioF(), SHARPEST)
            sizes = [QSize(self._width(), height) * ratio for height in self._heights()]
            self._drawing.ask(partial(_drawn, self._pdf, sizes), self._on_drawn)

    def _on_drawn(self, images: list[QImage]) -> None:
        self._images = images
        self.update()
        self.drawn.emit()

    def _height_for(self, page: int, width: int) -> int:
        shape = self._shapes[page]
        return round(width * shape.height() / shape.width())

    def _width(self) -> int:
        room = self.room.width() - theme.SPACE_16
        if not self._shapes:
            return room
        whole = (self.room.height() - 2 * theme.SPACE_8) * room // max(self._height_for(0, room), 1)
        return max(min(room, whole), round(room * NARROWEST))

    def _heights(self) -> list[int]:
        return [self._height_for(n, self._width()) for n in range(len(self._shapes))]

    def _height(self) -> int:
        return theme.SPACE_8 + sum(height + theme.SPACE_8 for height in self._heights())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(event.rect(), theme.color("surface_sunken"))
        top, width = theme.SPACE_8, self._width()
        left = (self.width() - width) // 2
        for page, height in enumerate(self._heights()):
            sheet = QRect(left, top, width, height)
            painter.fillRect(sheet, Qt.GlobalColor.white)
            if page < len(self._images):
                painter.drawImage(sheet, self._images[page])
            painter.setPen(theme.color("line_strong"))
            painter.drawRect(left, top, width - 1, height - 1)
            top += height + theme.SPACE_8


def _drawn(pdf: bytes, sizes: list[QSize]) -> list[QImage]:
    """The pages of a paper, each so large. Takes 0.1 s and more: not for the window's thread."""
    pages = Pages(pdf)
    images = [pages.image(page, size) for page, size in enumerate(sizes)]
    pages.close()
    return images


class SheetsScroll(QScrollArea):
    """Tells the sheets how much room there is, with or without a scroll bar."""

    def __init__(self, sheets: Sheets) -> None:
        super().__init__(widgetResizable=True)
        self._sheets = sheets
        self.setObjectName("paper")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(sheets)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = QSize(self.width() - self.verticalScrollBar().sizeHint().width(), self.height())
        if room != self._sheets.room:
            self._sheets.room = room
            self._sheets.fit()


class PaperView(QFrame):
    """A panel with the paper in it. What is done with it stands in its title, added by whoever shows it."""

    size_chosen = Signal(str)

    def __init__(self, title: str, size: str = "A5", sizes: Sequence[Segment] = _SIZES) -> None:
        """size: the practice's usual one; what was chosen last on this computer comes first.

        sizes: those to choose from. Of others than the usual ones none is remembered.
        """
        super().__init__()
        self.setObjectName("panel")
        self.pdf = b""
        self._counted = Label(muted=True)
        self._counted.setObjectName("paperPages")
        self._problem = Label(size="small", wrap=True)
        self._problem.setObjectName("paperProblem")
        self._problem.set_tone("danger")
        self._problem.setContentsMargins(theme.SPACE_12, theme.SPACE_8, theme.SPACE_12, theme.SPACE_8)
        self._problem.hide()
        self._remembers = sizes is _SIZES
        known = habits.get(PAPER) if self._remembers else ""
        current = known if known in {one.key for one in sizes} else size
        self._sizes = SegmentedControl("Size of the paper", list(sizes), current, theme.CONTROL_COMPACT)
        self._sizes.chosen.connect(self._on_chosen)
        self._sizes.chosen.connect(self.size_chosen)
        self._sheets = Sheets()
        self._lay_out(title)

    def _lay_out(self, title: str) -> None:
        bar = QFrame()
        bar.setObjectName("panelTitle")
        bar.setFixedHeight(theme.PANEL_TITLE)
        self.bar = QHBoxLayout(bar)
        self.bar.setContentsMargins(theme.SPACE_12, 0, theme.SPACE_8, 0)
        self.bar.setSpacing(theme.SPACE_8)
        self.bar.addWidget(Label(title, bold=True))
        self.bar.addWidget(self._counted)
        self.bar.addStretch()
        self.bar.addWidget(self._sizes)
        self._scroll = SheetsScroll(self._sheets)
        self._scroll.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self._problem)
        column.addWidget(self._scroll, 1)

    def _on_chosen(self, size: str) -> None:
        if self._remembers:
            habits.set(PAPER, size)

    @property
    def paper_size(self) -> PaperSize:
        """The size that is chosen."""
        return cast(PaperSize, self.chosen)

    @property
    def chosen(self) -> str:
        """The name of the size that is chosen."""
        return self._sizes.current()

    def show_pdf(self, pdf: bytes) -> None:
        """Show a paper in place of the one before."""
        self.pdf = pdf
        self._problem.hide()
        pages = self._sheets.show_pdf(pdf)
        self._counted.setText(f"page 1 of {pages}" if pages == 1 else f"{pages} pages")
        self._scroll.setAccessibleDescription(self._counted.text())

    def clear(self, words: str) -> None:
        """Show no paper, and say why."""
        self.pdf = b""
        self._problem.hide()
        self._sheets.clear()
        self._counted.setText(words)

    def say(self, problem: str) -> None:
        """Say why the paper can't be shown as it would be now; the one before stays."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
