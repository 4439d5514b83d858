"""The colours of the program, by what they are for, in light and in dark."""

from typing import NamedTuple


class Tokens(NamedTuple):
    """Every colour there is, by what it is for. A widget names a token, never a colour."""

    surface: str
    surface_raised: str
    surface_sunken: str
    neutral_soft: str
    hover: str
    line: str
    line_strong: str
    text: str
    text_muted: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    good: str
    good_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    info: str
    info_soft: str
    busy: str
    busy_soft: str
    hatch: str
    brand: str
    on_brand: str
    on_brand_muted: str
    brand_line: str


LIGHT = Tokens(
    surface="#F1F5F6",
    surface_raised="#FFFFFF",
    surface_sunken="#E6ECEE",
    neutral_soft="#E6ECEE",
    hover="#F0F5F6",
    line="#D2DBDE",
    line_strong="#76878E",
    text="#15232A",
    text_muted="#4C5D65",
    accent="#0A6A72",
    accent_hover="#08575E",
    accent_soft="#DAEEEF",
    on_accent="#FFFFFF",
    good="#1B6B3C",
    good_soft="#DFF2E5",
    warning="#855000",
    warning_soft="#FCEED2",
    danger="#B3261E",
    danger_soft="#FCE5E3",
    info="#1C5AA6",
    info_soft="#E2EDFA",
    busy="#6440A0",
    busy_soft="#EEE7F9",
    hatch="#D9E0E3",
    brand="#08484E",
    on_brand="#FFFFFF",
    on_brand_muted="#BFE0E2",
    brand_line="#2C8A91",
)

DARK = Tokens(
    surface="#11181B",
    surface_raised="#1A2327",
    surface_sunken="#0B1012",
    neutral_soft="#263238",
    hover="#202B30",
    line="#2F3C42",
    line_strong="#71838B",
    text="#E5ECEE",
    text_muted="#A1B1B8",
    accent="#4FBDC3",
    accent_hover="#6CCBD0",
    accent_soft="#163A3E",
    on_accent="#04262A",
    good="#6FC78E",
    good_soft="#17331F",
    warning="#E9B253",
    warning_soft="#38290C",
    danger="#FF8E84",
    danger_soft="#431D1B",
    info="#86B8F3",
    info_soft="#172F4B",
    busy="#BFA3F2",
    busy_soft="#2E2348",
    hatch="#2A363B",
    brand="#0B3034",
    on_brand="#E5ECEE",
    on_brand_muted="#A1B1B8",
    brand_line="#2C8A91",
)
