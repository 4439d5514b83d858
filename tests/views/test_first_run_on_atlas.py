"""The first run on MongoDB Atlas: the same wizard, in front of a project that makes users on a real server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hmsdesk.controllers.provisioning import checked_access, make_atlas_place
from hmsdesk.controllers.workplace import Workplace
from hmsdesk.database import trial
from hmsdesk.integrations import atlas
from hmsdesk.integrations.atlas_users import WAITING
from hmsdesk.settings import Kind, read_profile
from hmsdesk.views.first_run.choices import SHARED
from tests.conftest import PASSWORD, root
from tests.integrations.atlas_cluster import Cluster
from tests.integrations.atlas_stand_in import PRIVATE_KEY, PROJECT, PUBLIC_KEY, stand_in
from tests.views import test_first_run as first_run
from tests.views.hands_of_owner import press, texts
from tests.views.test_first_run import EMAIL, answer_practice, choose, confirm_code, go_on, problem, put, set_up

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

workplace, wizard = first_run.workplace, first_run.wizard


def test_a_practice_is_founded_on_atlas(
    workplace: Workplace, server_address: str, qtbot, monkeypatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(trial, "kind_of", lambda address: Kind.ATLAS if address else Kind.SELF_MANAGED)
    monkeypatch.setattr(atlas, "_POLL_S", 0.2)
    with root(server_address) as client, stand_in(Cluster(client, server_address)) as project:
        workplace.settings = replace(workplace.settings, atlas_address=project.address)
        access = checked_access(PROJECT, PUBLIC_KEY, PRIVATE_KEY, workplace.settings)
        place = make_atlas_place(access, "Nile", "", (), lambda _: None)
        wizard = request.getfixturevalue("wizard")
        choose(wizard, SHARED)
        assert not wizard.server.questions.rows["project"].isVisible()
        put(wizard, address=place.address, database=place.database, owner_password=place.owner_password)
        assert wizard.server.questions.rows["project"].isVisible()
        assert not wizard.server.questions.rows["ca"].isVisible()
        put(wizard, project="Nile", key=PUBLIC_KEY, secret="wrong")
        press(wizard, "tryServer")
        assert "24 digits" in problem(wizard, "project")
        put(wizard, project=PROJECT)
        press(wizard, "tryServer")
        qtbot.waitUntil(lambda: "Atlas does not accept this API key." in " ".join(texts(wizard)))
        put(wizard, secret=PRIVATE_KEY)
        press(wizard, "tryServer")
        qtbot.waitUntil(lambda: "The practice can be founded there." in " ".join(texts(wizard)))
        go_on(wizard)
        answer_practice(wizard)
        set_up(wizard, qtbot)
        qtbot.waitUntil(lambda: f"{WAITING}…" in texts(wizard))
        confirm_code(wizard, qtbot)
        with qtbot.waitSignal(wizard.finished):
            press(wizard, "wizardSkip")
        assert read_profile(workplace.settings.home).kind is Kind.ATLAS
        workplace.door().sign_in(EMAIL, PASSWORD).close()
        project.forget()
