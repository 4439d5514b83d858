"""Windows for tests, and a look at what was painted."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

LTR, RTL = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft


def shown(qtbot, *widgets: QWidget, direction: Qt.LayoutDirection = LTR) -> QWidget:
    """A window with the widgets in a row."""
    window = QWidget()
    window.setLayoutDirection(direction)
    row = QHBoxLayout(window)
    for widget in widgets:
        row.addWidget(widget)
    # Nobody else holds the window.
    widgets[0].window_of_test = window
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window


def double_click(widget: QWidget, at: QPoint | None = None) -> None:
    """Two clicks in the time of a double one; at: by default the middle. Qt's own never lets go of the button."""
    place = at or widget.rect().center()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=place)


def colours(widget: QWidget) -> set[str]:
    """Every colour a widget painted."""
    image = widget.grab().toImage()
    return {image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(image.height())}


def ink(image: QImage, colour: str) -> list[int]:
    """The columns in which a colour stands."""
    wanted = QColor(colour)
    rows, columns = range(image.height()), range(image.width())
    return [x for x in columns if any(image.pixelColor(x, y) == wanted for y in rows)]
