"""The reception's day, and the cash desk's: everybody who is here, and what is to be done about it."""

from __future__ import annotations

from hmsdesk.views.home.page import FlowHome


class ReceptionHome(FlowHome):
    """All lanes of all doctors."""
