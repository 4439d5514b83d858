"""What somebody sees first whose own work isn't part of this version yet."""

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel

from hmsdesk import navigation
from hmsdesk.security.permissions import ROLE_WORDS, STAFF_ROLES, Role
from hmsdesk.views.kit import theme
from hmsdesk.views.welcome import KNOWN, make_page
from tests.views.windows import shown


@pytest.fixture
def opened(qtbot, qapp):
    theme.apply(qapp, dark=False)

    def open_page(role):
        went = []
        identity = SimpleNamespace(role=role, name="Nadia Kamel")
        context = SimpleNamespace(
            session=SimpleNamespace(identity=identity), navigate=lambda *place: went.append(place)
        )
        page = make_page(context, "")
        shown(qtbot, page)
        return page, went

    return open_page


@pytest.mark.parametrize("role", navigation.WAITING, ids=ROLE_WORDS.get)
def test_it_is_honest_and_leads_to_pages_that_the_role_has(opened, role):
    assert navigation.first_module(role) == "welcome"
    page, went = opened(role)
    texts = [label.text() for label in page.findChildren(QLabel)]
    assert "Welcome, Nadia Kamel" in texts
    assert KNOWN[role].missing in texts
    for button in page.findChildren(QAbstractButton):
        button.click()
    assert went == [(module, "") for module, _, _ in KNOWN[role].pages]
    assert all(navigation.word_of(module, role) for module, _ in went)


def test_the_keyboard_is_at_the_first_way_on(opened):
    page, _ = opened(Role.LABORATORY)
    page.setFocus()
    assert page.findChild(QAbstractButton, "welcome-patients").hasFocus()


@pytest.mark.parametrize("role", [*(role for role in STAFF_ROLES if role not in navigation.WAITING), Role.SOLO])
def test_whoever_has_work_here_begins_with_it(role):
    assert navigation.first_module(role) != "welcome"
    assert not navigation.word_of("welcome", role)
