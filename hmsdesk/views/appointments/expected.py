"""What is said of somebody who is let in without a booking and has one, or is here already."""

from __future__ import annotations

from hmsdesk.models.appointments import CHECKED_IN, IN_CONSULTATION, WITH_NURSE
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.models.times import clock

HERE = (CHECKED_IN, WITH_NURSE, IN_CONSULTATION)


def here_words(row: Row, locale: Locale) -> str:
    """Since when, and for whom: Waiting for Dr Omar Shaker since 13:45."""
    doctor = row.get("practitioner:title", "")
    doing = f"With {doctor}" if row["status"] == IN_CONSULTATION else f"Waiting for {doctor}"
    return f"{doing} since {clock(row['stamps'][-1]['at'], locale)}" if row.get("stamps") else doing


def expected_words(row: Row, locale: Locale) -> str:
    """The booking: 13:40, Dr Omar Shaker."""
    return f"{clock(row['start'], locale)}, {row.get('practitioner:title', '')}"
