"""The tabs of a chart: one row each. What the role may not read is absent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.charts import Chart
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.vital_words import VitalWords
from hmsdesk.views.patients.documents_tab import DocumentsTab
from hmsdesk.views.patients.timeline import TimelinePanel
from hmsdesk.views.patients.vitals_tab import VitalsTab

Make = Callable[[Context, Chart, VitalWords], QWidget]


@dataclass(frozen=True)
class Tab:
    """One row. resource: what the role must be allowed to read, whose records are counted behind the title.

    make: the page below it, made at the first visit; it fetches by itself and follows the news.
    """

    title: str
    resource: str
    make: Make


def _listed(title: str, *kinds: str) -> Make:
    """Entries of the timeline, of some kinds only."""
    return lambda context, chart, words: TimelinePanel(context, chart.patient["_id"], words, title, kinds)


def _vitals(context: Context, chart: Chart, words: VitalWords) -> QWidget:
    return VitalsTab(context, chart.patient, words)


TABS: tuple[Tab, ...] = (
    Tab("Visits", "encounters", _listed("Visits and appointments", "encounters", "appointments", "addenda")),
    Tab("Vital signs", "observations", _vitals),
    Tab("Prescriptions", "prescriptions", _listed("Prescriptions and hand-outs", "prescriptions", "dispensations")),
    Tab("Documents", "documents", lambda context, chart, _words: DocumentsTab(context, chart)),
    Tab("Invoices", "invoices", _listed("Invoices", "invoices")),
)
