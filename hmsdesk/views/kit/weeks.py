"""The day a week begins with, which differs from country to country."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale

from hmsdesk.models.locale import Locale


def first_weekday(locale: Locale) -> int:
    """The day a week begins with where the practice is; Monday is 0."""
    here = QLocale(QLocale.Language.AnyLanguage, QLocale.codeToTerritory(locale.country))
    return here.firstDayOfWeek().value - 1


def in_order(days: Sequence[tuple[str, str]], locale: Locale) -> list[tuple[str, str]]:
    """The seven days, given from Monday on, as a week has them where the practice is."""
    first = first_weekday(locale)
    return [*days[first:], *days[:first]]
