"""The page of sign-ins: the newest first, narrowed down, and kept up to date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from PySide6.QtWidgets import QPushButton

from hmsdesk.controllers.sign_in import WrongPassword
from hmsdesk.controllers.sign_ins import UNKNOWN_EMAIL, many_failures, place_of
from hmsdesk.models.record import DAYS
from hmsdesk.models.sign_ins import FAILED
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.chips import STATUSES
from hmsdesk.views.sign_ins import make_page
from tests.conftest import Clinic
from tests.views.hands_of_owner import open_page, texts
from tests.views.windows import colours

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
WRONG = "not this one at all"


@pytest.fixture(scope="module", autouse=True)
def tried(clinic: Clinic) -> None:
    clinic.session(Role.NURSE)
    for email in (clinic.email(Role.NURSE), "nobody@nileclinic.example"):
        with pytest.raises(WrongPassword):
            clinic.door.sign_in(email, WRONG)


@pytest.fixture
def page(clinic: Clinic, qtbot):
    opened = open_page(make_page, clinic.door, clinic.administrator, qtbot)
    qtbot.waitUntil(lambda: not tasks.busy())
    return opened


def column(page, name: str) -> list[str]:
    number = next(n for n, one in enumerate(page.pages.columns) if one.name == name)
    return [page.pages.columns[number].text(row) for row in page.pages.rows]


def fail_often(clinic: Clinic, account: ObjectId | None) -> None:
    said = {"account": account, "workstation": clinic.profile.workstation_id, "succeeded": False}
    now = datetime.now(UTC)
    with clinic.door.server.asked() as database:
        database.sign_in_attempts.insert_many([{"at": now - timedelta(minutes=one)} | said for one in range(12)])


def test_the_newest_comes_first_with_who_where_and_how_it_went(clinic: Clinic, page) -> None:
    times = [row["at"] for row in page.pages.rows]
    assert times == sorted(times, reverse=True)
    assert column(page, "account")[:3] == [UNKNOWN_EMAIL, "Nurse of the tests", "Nurse of the tests"]
    assert column(page, "outcome")[:3] == ["Failed, unknown e-mail", "Failed", "Signed in"]
    assert set(column(page, "workstation")) == {clinic.profile.workstation}


def test_what_failed_stands_out(page) -> None:
    outcome = next(one for one in page.pages.columns if one.name == "outcome")
    chips = {outcome.text(row): STATUSES.get(outcome.status(row)) for row in page.pages.rows}
    assert chips.pop("Signed in") is None
    # A chip that says what the cell says stands in its place.
    assert {words: chip.word for words, chip in chips.items()} == {words: words for words in chips}
    assert len(chips) == 2
    danger = theme.color("danger_soft").name().upper()
    assert danger in colours(page.table)


def test_nothing_can_be_added_searched_opened_or_exported(page) -> None:
    for name in ("add", "detailOpen", "export"):
        assert page.findChild(QPushButton, name) is None
    assert not page.filters.search.isVisible()
    assert set(page.filters.chips) == {"account", "workstation", "outcome", DAYS}


def test_the_pane_says_it_in_words(clinic: Clinic, page, qtbot) -> None:
    page.table.selectRow(column(page, "account").index(UNKNOWN_EMAIL))
    qtbot.waitUntil(lambda: "Failed, unknown e-mail" in texts(page.detail))
    assert clinic.profile.workstation in texts(page.detail)


def test_it_is_narrowed_down(page, qtbot) -> None:
    page.filters.set_filter("outcome", FAILED, "Failed")
    qtbot.waitUntil(lambda: set(column(page, "outcome")) == {"Failed", "Failed, unknown e-mail"})
    long_ago = "2020-01-01"
    page.filters.set_filter(DAYS, (long_ago, long_ago), "long ago")
    qtbot.waitUntil(lambda: "No sign-in matches" in texts(page))


def test_what_happens_meanwhile_is_shown_by_and_by(clinic: Clinic, page, qtbot) -> None:
    before = len(page.pages.rows)
    with pytest.raises(WrongPassword):
        clinic.door.sign_in(clinic.email(Role.NURSE), WRONG)
    page._clock.timeout.emit()
    qtbot.waitUntil(lambda: len(page.pages.rows) == before + 1)


def test_from_the_home_it_is_opened_narrowed_down_to_what_needs_attention(clinic: Clinic, page, qtbot) -> None:
    fail_often(clinic, clinic.person(Role.NURSE))
    fail_often(clinic, None)
    for one in many_failures(clinic.administrator):
        opened = make_page(page.context, place_of(one))
        qtbot.addWidget(opened)
        who = "Nurse of the tests" if one.account else UNKNOWN_EMAIL
        qtbot.waitUntil(
            lambda opened=opened, who=who: set(column(opened, "account")) == {who} and len(opened.filters.filters) == 2
        )
        words = {name: chip.text() for name, chip in opened.filters.chips.items()}
        assert one.name in words["account" if one.account else "workstation"]
