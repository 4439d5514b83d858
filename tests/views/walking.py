"""Walks through the pages of each role, in a practice in which everything that may be called anything is called markup.

The fixtures are every view's: conftest takes them from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from hmsdesk import navigation
from hmsdesk.controllers import starter
from hmsdesk.controllers.drafts import Drafts
from hmsdesk.controllers.encounters import ENCOUNTERS
from hmsdesk.controllers.prescriptions import PRESCRIPTIONS, Prescribe
from hmsdesk.controllers.registry import KEEPERS
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.database.session import Session
from hmsdesk.errors import UserError
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.frame import Frame
from hmsdesk.views.kit.live import Live
from tests.deeds import World
from tests.factories import code, operation
from tests.factories import typed as right_values
from tests.prescribing import line
from tests.typing_anything import HARM

# Who does everything alone has the same pages.
ROLES = [role for role in Role if role not in (*navigation.WAITING, Role.SOLO)]
WIDTH, HEIGHT = 1366, 768


@pytest.fixture(scope="module")
def world(clinic):
    """A practice in which everything that may be called anything is called like markup."""
    world = World(clinic)
    administrator, pharmacist = world.administrator, world.pharmacist
    for collection in ("departments", "services", "staff", "clinic_days"):
        field = "reason" if collection == "clinic_days" else "name"
        values = right_values(collection, department=None) | {field: f"{HARM} {code()}"}
        KEEPERS[collection].create(administrator, values, operation())
    medicine = right_values("medicines") | {"name": f"{HARM} {code()}", "ingredient": HARM}
    made = KEEPERS["medicines"].create(pharmacist, medicine, operation())
    lot = right_values("stock_lots", medicine=made["_id"])
    KEEPERS["stock_lots"].create(pharmacist, lot, operation())
    named = {"name": HARM, "name_ar": HARM, "address": HARM, "alerts": HARM, "phone_of": HARM, "insurer": HARM}
    patient = world.consulting.patient(HARM)
    patient = KEEPERS["patients"].change(world.reception, patient["_id"], 1, named, operation())
    known = {"allergies": [{"substance": HARM, "reaction": HARM}], "conditions": [{"name": HARM}], "history": HARM}
    KEEPERS["patient_health"].change(world.doctor, patient["_id"], 1, known, operation())
    world.called = patient["_id"]
    world.practice.sign(line(made, instructions=HARM), patient=patient)
    world.consulting.appointment(patient)
    world.billing.issued("350", patient=patient)
    world.billing.charged(patient, "120", label=HARM)
    return world


@pytest.fixture(scope="module")
def alone(practices):
    """One doctor who does everything, and a patient, a medicine and a service that are called like markup."""
    with practices.one(solo=True) as clinic:
        session = clinic.administrator
        week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        starter.begin(session, starter.Start(services={"CONS": "80"}, days=week, doctors=[session.identity.name]))
        KEEPERS["services"].create(session, right_values("services", department=None) | {"name": HARM}, operation())
        medicine = right_values("medicines") | {"name": HARM, "ingredient": HARM}
        made = KEEPERS["medicines"].create(session, medicine, operation())
        KEEPERS["stock_lots"].create(session, right_values("stock_lots", medicine=made["_id"]), operation())
        patient = KEEPERS["patients"].create(session, right_values("patients") | {"name": HARM}, operation())
        known = {"allergies": [{"substance": HARM, "reaction": HARM}], "conditions": [{"name": HARM}]}
        KEEPERS["patient_health"].change(session, patient["_id"], 1, known, operation())
        walk_in(session, patient["_id"], session.identity.person, operation())
        visit = ENCOUNTERS.begin_for(session, patient["_id"], operation())
        asked = Prescribe(patient["_id"], (line(made, instructions=HARM),), encounter=visit["_id"])
        PRESCRIPTIONS.sign(session, asked, operation())
        yield SimpleNamespace(session=session, called=patient["_id"], visit=visit["_id"])


@pytest.fixture
def bugs(monkeypatch) -> Iterator[list[Exception]]:
    """What the program itself would call a bug; what is expected is said."""
    found: list[Exception] = []
    monkeypatch.setattr(tasks, "report", lambda one: found.append(one) if not isinstance(one, UserError) else None)
    yield found
    assert found == []


@pytest.fixture
def frame_of(qtbot, world, bugs, tmp_path):
    """The window of a role, as one who signed in has it."""
    opened: list[Frame] = []

    def make(role: Role, alone: Session | None = None) -> Frame:
        session = alone or (world.clinic.session(role) if role is not Role.DOCTOR else world.doctor)
        frame = Frame(navigation.groups_for(role), lambda *place: navigation.make_page(context, role, *place))
        context = Context(
            session=session,
            door=world.clinic.door,
            drafts=Drafts(tmp_path, session),
            live=Live(),
            toasts=frame.toasts,
            navigate=frame.navigate,
            close_page=frame.close_page,
            list_behind=lambda: ("", ""),
        )
        qtbot.addWidget(frame)
        frame.resize(WIDTH, HEIGHT)
        frame.show()
        frame.activateWindow()
        opened.append(frame)
        return frame

    yield make
    for frame in opened:
        frame.close()
        frame.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settle(qtbot: Any) -> None:
    qtbot.waitUntil(lambda: not tasks.busy())
    QApplication.processEvents()


# These are about somebody.
ABOUT = ("prescribe", "vitals")


def places_of(role: Role, patient: Any) -> list[tuple[str, str]]:
    """Every page that the role has, and what there is to see of a patient who is called like markup."""
    mine = [one.name for one in navigation.MODULES if one.is_for(role)]
    lists = [(name, str(patient) if name in ABOUT else "") for name in mine]
    return [*lists, *[("patients", str(patient))] * ("patients" in mine)]
