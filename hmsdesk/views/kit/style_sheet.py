"""The one style sheet, written from the tokens: what a palette alone can't make of Fusion."""

from __future__ import annotations

from pathlib import Path
from string import Template

from PySide6.QtCore import QTemporaryDir

from hmsdesk.views.kit import glyphs
from hmsdesk.views.kit.tokens import Tokens

# A style sheet takes images only from files.
_images = QTemporaryDir()

_SHEET = Template("""
QToolTip { background: $surface_raised; color: $text; border: 1px solid $line_strong; padding: 4px 8px; }

QLineEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox {
    background: $surface_raised; color: $text; border: 1px solid $line_strong; border-radius: 6px;
    selection-background-color: $accent; selection-color: $on_accent; placeholder-text-color: $text_muted;
}
QLineEdit, QAbstractSpinBox, QComboBox { padding: 0 8px; min-height: 30px; }
QLineEdit[tall="true"] { min-height: 34px; }
QPlainTextEdit { padding: 4px; }
QLineEdit:focus, QPlainTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QComboBox:on {
    border: 2px solid $accent;
}
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"],
QAbstractSpinBox[invalid="true"], QComboBox[invalid="true"] { border: 2px solid $danger; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QComboBox:on,
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"], QComboBox[invalid="true"] { padding: 0 7px; }
QLineEdit[icons="true"] { padding: 0 4px; }
QLineEdit[icons="true"]:focus, QLineEdit[icons="true"][invalid="true"] { padding: 0 3px; }
QPlainTextEdit:focus, QPlainTextEdit[invalid="true"] { padding: 3px; }
QLineEdit:disabled, QLineEdit:read-only, QPlainTextEdit:disabled, QPlainTextEdit:read-only,
QAbstractSpinBox:disabled, QComboBox:disabled {
    background: $neutral_soft; color: $text_muted; border-color: $neutral_soft;
}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { border: none; padding: 0; min-height: 0; background: transparent; }
QComboBox::drop-down {
    border: none; width: 28px; subcontrol-position: center right; subcontrol-origin: padding;
}
QComboBox::down-arrow { image: url($images/chevron-down.png); width: 16px; height: 16px; }
QComboBox { combobox-popup: 0; }
QComboBox QAbstractItemView { border: 1px solid $line_strong; padding: 4px; }
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 8px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: 24px; background: transparent; }
QAbstractSpinBox::up-arrow { image: url($images/chevron-up.png); width: 14px; height: 14px; }
QAbstractSpinBox::down-arrow { image: url($images/chevron-down.png); width: 14px; height: 14px; }

QCheckBox, QRadioButton { spacing: 8px; min-height: 24px; border: 2px solid transparent; border-radius: 6px; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QCheckBox:disabled, QRadioButton:disabled { color: $text_muted; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 14px; height: 14px; border: 1px solid $line_strong; background: $surface_raised;
}
QCheckBox::indicator { border-radius: 3px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked { background: $accent; border-color: $accent; }
QCheckBox::indicator:checked { image: url($images/check-bold.png); }
QCheckBox::indicator:indeterminate { image: url($images/minus.png); background: $accent; border-color: $accent; }
QRadioButton::indicator:checked { image: url($images/circle-medium.png); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { background: $neutral_soft; }
QCheckBox::indicator:checked:disabled, QRadioButton::indicator:checked:disabled {
    background: $line_strong; border-color: $line_strong;
}

.QPushButton {
    background: $surface_raised; color: $text; border: 1px solid $line_strong; border-radius: 6px;
    padding: 0 12px; min-height: 30px;
}
.QPushButton:hover { background: $hover; }
.QPushButton:focus { border: 2px solid $accent; padding: 0 11px; }
.QPushButton:disabled { background: $neutral_soft; color: $text_muted; border-color: $neutral_soft; }
QToolButton { background: transparent; border: 2px solid transparent; border-radius: 6px; padding: 2px; }
QToolButton:hover, QToolButton:pressed { background: $hover; }
QToolButton:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; width: 0; }

QMenu { background: $surface_raised; color: $text; border: 1px solid $line_strong; border-radius: 6px; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; min-height: 18px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $text_muted; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }

QAbstractItemView { background: $surface_raised; color: $text; border: none; outline: none; }
QListView#proposals { border: 1px solid $line_strong; }
QListView#proposals::item { min-height: 28px; padding: 0 8px; }
QAbstractItemView::item:selected { background: $accent_soft; color: $text; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section {
    background: $surface; color: $text_muted; border: none; border-bottom: 1px solid $line;
    padding: 0 12px; min-height: 31px; font-size: 12px;
}

QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $line_strong; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $text_muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; background: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea { background: transparent; border: none; }

QProgressBar { background: $neutral_soft; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }

QFrame#panel { background: $surface_raised; border: 1px solid $line; border-radius: 6px; }
QFrame#stateFoot { border: none; border-top: 1px solid $line; }
QFrame#panelTitle { border: none; border-bottom: 1px solid $line; background: transparent; }
QFrame#topBar { background: $surface_raised; border: none; border-bottom: 1px solid $line; }
QFrame#separator { background: $line; border: none; }
QLabel { background: transparent; border: none; }
QLabel[tone="muted"] { color: $text_muted; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="danger"] { color: $danger; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="good"] { color: $good; }
QLabel[tone="on-brand"] { color: $on_brand; }
QLabel[tone="on-brand-muted"] { color: $on_brand_muted; }
QFrame#refusal { background: $danger_soft; border: none; border-radius: 6px; }
QLabel[keycap="true"] {
    background: $surface; color: $text_muted; border: 1px solid $line; border-radius: 4px; padding: 1px 5px;
}
QDialog { background: $surface_raised; }
QDialog#palette { background: $surface_raised; }
QFrame#paletteCard { background: $surface_raised; border: 1px solid $line_strong; border-radius: 6px; }
""")

_IMAGES = {
    "chevron-down": "text",
    "chevron-up": "text",
    "check-bold": "on_accent",
    "minus": "on_accent",
    "circle-medium": "on_accent",
}


def written(t: Tokens) -> str:
    """The whole style sheet in the colours of a theme."""
    return _SHEET.substitute(t._asdict(), images=_folder_of(t).as_posix())


def draw_images(t: Tokens) -> None:
    """Draw what the style sheet shows in boxes and arrows. It looks for them when it first paints one."""
    folder = _folder_of(t)
    if not folder.exists():
        folder.mkdir()
        for name, token in _IMAGES.items():
            glyphs.pixmap(name, getattr(t, token), 16, 1.0).save(str(folder / f"{name}.png"))
            glyphs.pixmap(name, getattr(t, token), 16, 2.0).save(str(folder / f"{name}@2x.png"))


def _folder_of(t: Tokens) -> Path:
    return Path(_images.path()) / t.surface.lstrip("#")
