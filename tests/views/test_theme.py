"""The token table and what is made of it."""

import pytest
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QImage, QPalette
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from shiboken6 import isValid

from hmsdesk.views.kit import chips, glyphs, style_sheet, theme, toast

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

THEMES = {"light": theme.LIGHT, "dark": theme.DARK}
SURFACES = ("surface", "surface_raised", "surface_sunken", "neutral_soft", "hover")
SOFTS = ("accent_soft", "good_soft", "warning_soft", "danger_soft", "info_soft", "busy_soft")
STATUSES = ("good", "warning", "danger", "info", "busy")

READABLE = [
    *[(words, ground) for words in ("text", "text_muted") for ground in SURFACES + SOFTS],
    *[("accent", ground) for ground in ("surface", "surface_raised", "hover", "accent_soft")],
    *[(status, ground) for status in STATUSES for ground in (f"{status}_soft", "surface_raised", "surface")],
    ("surface_raised", "danger"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_brand", "brand"),
    ("on_brand_muted", "brand"),
]


def _luminance(colour: str) -> float:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue, _ = QColor(colour).getRgbF()
    return 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue)


def contrast(one: str, other: str) -> float:
    """The ratio that WCAG 2 defines."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_it_is_defined() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("words", "ground"), READABLE)
def test_words_can_be_read(name: str, words: str, ground: str) -> None:
    tokens = THEMES[name]._asdict()
    assert contrast(tokens[words], tokens[ground]) >= 4.5


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["surface", "surface_raised", "surface_sunken"])
def test_borders_of_controls_can_be_seen(name: str, ground: str) -> None:
    tokens = THEMES[name]._asdict()
    assert contrast(tokens["line_strong"], tokens[ground]) >= 3


@pytest.mark.parametrize("name", THEMES)
def test_every_token_is_a_colour(name: str) -> None:
    for token, value in THEMES[name]._asdict().items():
        assert len(value) == 7
        assert QColor(value).isValid(), token


@pytest.fixture
def light_again(qapp: QApplication):
    yield
    theme.apply(qapp, dark=False)


def test_switching_changes_palette_sheet_and_tells(qapp: QApplication, qtbot, light_again: None) -> None:
    with qtbot.waitSignal(theme.changed):
        theme.apply(qapp, dark=True)
    assert theme.is_dark()
    assert theme.tokens() is theme.DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == theme.DARK.surface
    assert theme.DARK.line_strong in qapp.styleSheet()
    assert theme.LIGHT.surface not in qapp.styleSheet()


def test_a_selection_of_text_is_painted_in_the_accent(qapp: QApplication) -> None:
    palette = qapp.palette()
    assert palette.color(QPalette.ColorRole.Highlight).name().upper() == theme.LIGHT.accent
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert disabled.name().upper() == theme.LIGHT.text_muted


def test_fonts_are_measured_in_pixels() -> None:
    assert [theme.font(size).pixelSize() for size in ("small", "body", "title")] == [12, 13, 20]
    assert theme.font(bold=True).weight() == 700
    assert theme.font().families()[0] == "Noto Sans"


def test_the_faces_measure_as_the_pictures_do(qapp: QApplication) -> None:
    """Columns and panes were laid out with these widths; another face would cut words off."""
    assert QFontMetrics(theme.font("small")).horizontalAdvance("Connected") == 61


def _colours_of(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> set[str]:
    image = icon.pixmap(48, 48, mode).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = (image.pixelColor(x, y) for x in range(48) for y in range(48))
    return {one.name().upper() for one in pixels if one.alpha() == 255}


def test_an_icon_follows_the_theme(qapp: QApplication, light_again: None) -> None:
    icon = theme.icon("check-circle-outline", "accent")
    assert _colours_of(icon) == {theme.LIGHT.accent}
    theme.apply(qapp, dark=True)
    assert _colours_of(icon) == {theme.DARK.accent}


def test_a_disabled_icon_is_muted(qapp: QApplication) -> None:
    assert _colours_of(theme.icon("check", "accent"), QIcon.Mode.Disabled) == {theme.LIGHT.text_muted}


def test_an_icon_is_as_large_as_it_was_asked_for(qapp: QApplication) -> None:
    assert theme.icon("bell-outline").pixmap(18, 18).width() == 18
    assert glyphs.pixmap("bell-outline", "#000000", 18, 2.0).width() == 36


def test_every_icon_of_the_tables_exists() -> None:
    named = [one.icon for one in chips.STATUSES.values()]
    named += [chips.ALLERGY_ICON, *toast.ICONS.values(), *style_sheet._IMAGES]
    named += [chips.waiting(50, 20, 40).icon, chips.short_by(1).icon]
    for name in named:
        assert not glyphs.outline(name).isEmpty(), name


def test_an_unknown_icon_is_a_bug() -> None:
    with pytest.raises(KeyError):
        glyphs.outline("no-such-icon")


def test_a_field_is_as_high_as_the_pictures_say(qtbot) -> None:
    field = QLineEdit()
    tall = QLineEdit()
    tall.setProperty("tall", True)
    for one in (field, tall):
        qtbot.addWidget(one)
        one.show()
    assert field.sizeHint().height() == theme.CONTROL
    assert tall.sizeHint().height() == theme.CONTROL_TALL


def test_the_signal_outlives_a_widget_that_listened(qapp: QApplication, light_again: None) -> None:
    widget = QWidget()
    theme.changed.connect(widget.update)
    widget.deleteLater()
    qapp.sendPostedEvents(widget, 52)  # QEvent.Type.DeferredDelete
    assert not isValid(widget)
    theme.apply(qapp, dark=True)
