"""A paper as it will be printed: its pages on white, in both themes, with the size to choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, cast

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from hmsdesk.views.kit import theme
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
    """The pages below one another, as wide as there is room, or narrower where one is then seen whole."""

    def __init__(self) -> None:
        super().__init__()
        self.room = QSize(1, 1)
        self._pages: Pages | None = None
        self._images: dict[int, QImage] = {}

    def show_pdf(self, pdf: bytes) -> int:
        """Show a PDF in place of the one before; the number of its pages."""
        if self._pages is not None:
            self._pages.close()
        self._pages = Pages(pdf)
        self.fit()
        return len(self._pages)

    def clear(self) -> None:
        """Show no paper."""
        if self._pages is not None:
            self._pages.close()
        self._pages = None
        self.fit()

    def fit(self) -> None:
        """Make the pages as large as there is room now."""
        self._images.clear()
        self.setMinimumHeight(max(self._height(), 1))
        self.update()

    def _width(self) -> int:
        room = self.room.width() - theme.SPACE_16
        if self._pages is None or len(self._pages) == 0:
            return room
        whole = (self.room.height() - 2 * theme.SPACE_8) * room // max(self._pages.height_for(0, room), 1)
        return max(min(room, whole), round(room * NARROWEST))

    def _heights(self) -> list[int]:
        pages = self._pages
        return [pages.height_for(n, self._width()) for n in range(len(pages))] if pages is not None else []

    def _height(self) -> int:
        return theme.SPACE_8 + sum(height + theme.SPACE_8 for height in self._heights())

    def _image(self, page: int, size: QSize) -> QImage:
        ratio = min(self.devicePixelRatioF(), SHARPEST)
        if page not in self._images:
            assert self._pages is not None
            self._images[page] = self._pages.image(page, size * ratio)
            self._images[page].setDevicePixelRatio(ratio)
        return self._images[page]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("surface_sunken"))
        top, width = theme.SPACE_8, self._width()
        left = (self.width() - width) // 2
        for page, height in enumerate(self._heights()):
            painter.drawImage(left, top, self._image(page, QSize(width, height)))
            painter.setPen(theme.color("line_strong"))
            painter.drawRect(left, top, width - 1, height - 1)
            top += height + theme.SPACE_8


class _Scroll(QScrollArea):
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
    last: ClassVar[str] = ""
    """The size that was chosen last."""

    def __init__(self, title: str, size: str = "A5", sizes: Sequence[Segment] = _SIZES) -> None:
        """size: the practice's usual one; what was chosen since the program began comes first.

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
        current = (PaperView.last if self._remembers else "") or size
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
        self._scroll = _Scroll(self._sheets)
        self._scroll.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self._problem)
        column.addWidget(self._scroll, 1)

    def _on_chosen(self, size: str) -> None:
        if self._remembers:
            PaperView.last = size

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
