"""Menus and choices whose words keep their own order in a window of the other direction.

Qt gives them the window's: from right to left "3 times a day" would read "times a day 3", and "Choose…" "…Choose".
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStyleOptionMenuItem,
    QStyleOptionViewItem,
)


def in_order(words: str) -> str:
    """Words, dates and figures as they are read by themselves, wherever they stand."""
    return f"\u2068{words}\u2069" if words else ""


class Menu(QMenu):
    """A menu; its keys stay at its other side."""

    def initStyleOption(self, option: QStyleOptionMenuItem, action: QAction) -> None:
        super().initStyleOption(option, action)
        words, tab, key = str(option.text).partition("\t")
        option.text = in_order(words) + tab + key


class Combo(QComboBox):
    """One of several words, and the list of them."""

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(_Words(self))

    def setView(self, view: QAbstractItemView) -> None:
        # Qt gives another list its own way of painting.
        super().setView(view)
        self.setItemDelegate(_Words(self))

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        super().initStyleOption(option)
        option.currentText = in_order(str(option.currentText))


class _Words(QStyledItemDelegate):
    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.text = in_order(str(option.text))
