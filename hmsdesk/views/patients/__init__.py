"""Patients: the list, registering one, and the chart with its two forms.

Not here: booking, prescribing and handing out, which are asked for by navigation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from bson import ObjectId
from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.patients import HEALTH, PATIENTS
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import CREATE
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.contract import Keeper
from hmsdesk.views.kit.form_page import FormPage
from hmsdesk.views.kit.list_page import ListPage
from hmsdesk.views.kit.page import BackButton
from hmsdesk.views.kit.patient_banner import PatientBanner
from hmsdesk.views.kit.records import NEW, drafting, list_page, lookup
from hmsdesk.views.patients.chart import EDIT, HEALTH_PART, MODULE, ChartPage
from hmsdesk.views.patients.history import HISTORY, HistoryPage
from hmsdesk.views.patients.registering import RegisterPage

# What a part of the chart is kept by, and called.
_PARTS: Mapping[str, tuple[Keeper, str]] = {
    EDIT: (PATIENTS, "Details"),
    HEALTH_PART: (HEALTH, "Allergies and problems"),
}


def make_page(context: Context, record: str) -> QWidget:
    """The list; or with NEW, an id, or an id and a part of the chart: registering, the chart, that part's form."""
    patient, _, part = record.partition("/")
    if not patient:
        return _list_page(context)
    if patient == NEW:
        return _register_page(context, record)
    if part == HISTORY:
        return HistoryPage(context, ObjectId(patient))
    if part in _PARTS:
        return _form(context, record, *_PARTS[part], ObjectId(patient))
    return ChartPage(context, ObjectId(patient))


def _list_page(context: Context) -> ListPage:
    page = list_page(context, MODULE, PATIENTS, opens="Open chart")

    def offered(row: Row) -> Sequence[QWidget]:
        if row.get("active") is False or not context.session.may("appointments", CREATE):
            return []
        book = normal("Book", "", "Ctrl+B")
        book.setObjectName("patientBook")
        book.clicked.connect(lambda _: context.navigate("appointments", f"book/{row['_id']}"))
        return [book]

    page.detail.offer(offered)
    return page


def _register_page(context: Context, place: str) -> FormPage:
    page = RegisterPage(context.session, lookup(context), drafting(context, f"{MODULE}/{place}"))
    page.chart_asked.connect(partial(context.navigate, MODULE))
    page.saved.connect(partial(_on_saved, context, place))
    page.closed.connect(partial(_leave, context, place, ""))
    return page


def _form(context: Context, place: str, keeper: Keeper, title: str, record: ObjectId) -> FormPage:
    drafts = drafting(context, f"{MODULE}/{place}")
    page = FormPage(keeper, context.session, record, lookup(context), drafts, title=title)
    page.saved.connect(partial(_on_saved, context, place))
    # From a visit or a prescription one comes to the allergies as well, and goes on there.
    for back in page.findChildren(BackButton):
        back.lead_to("Back")
    page.closed.connect(partial(context.close_page, MODULE, place))
    context.live.follow(page, {keeper.record.collection()}, page.record_changed, record)
    page.show_above(PatientBanner(context, record))
    return page


def _on_saved(context: Context, place: str, row: Row) -> None:
    if place == NEW:
        context.toasts.show(f"{row['name']} is registered", f"Patient ID {row['identifier']}")
        _leave(context, place, str(row["_id"]))
    else:
        context.toasts.show("The chart is saved")
        context.close_page(MODULE, place)


def _leave(context: Context, place: str, patient: str) -> None:
    context.navigate(MODULE, patient)
    context.close_page(MODULE, place)
