"""Two windows in two processes on one practice: each sees what the other does, and neither loses what was typed."""

from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListView

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.security.permissions import Role
from hmsdesk.views.kit import tasks
from tests.journeys.conftest import ADMINISTRATOR, email_of


@pytest.fixture
def ward(practice):
    """A department of the test's own."""
    name = uuid4().hex[:6]
    values = {"name": f"A {name}", "code": name.upper()}
    return DEPARTMENTS.create(practice.session, values, uuid4().hex)


def test_what_one_saves_shows_in_the_others_list(window, elsewhere, practice):
    other, here = elsewhere(), window()
    name = f"A {uuid4().hex[:6]}"
    other.begin("sign_in", ADMINISTRATOR)
    here.sign_in(email_of(Role.NURSE))
    here.go("departments")
    other.finish()
    other.do("go", "departments", "new")
    other.do("type_in", "name", name)
    other.do("type_in", "code", name[2:])
    here.wait(lambda: len(here.titles()) >= 5, "the list")
    assert name not in here.titles()
    other.do("click", "formSave")
    here.wait(lambda: name in here.titles(), "what the other saved")


def test_two_changes_of_one_value_are_compared_and_one_is_chosen(window, elsewhere, practice, ward):
    other, here = elsewhere(), window()
    other.begin("sign_in", ADMINISTRATOR)
    here.sign_in(ADMINISTRATOR)
    for at in (here.go, lambda *place: (other.finish(), other.do("go", *place))):
        at("departments", str(ward["_id"]))
    here.type_in("floor", "Two")
    here.type_in("specialty", "Hearts")
    other.do("type_in", "floor", "Three")
    other.do("type_in", "phone", "0100 555 0199")
    other.do("click", "formSave")
    here.wait(lambda: here.sees("changed") and here.sees("What you typed is kept."), "the news")
    assert (here.typed("floor"), here.typed("specialty")) == ("Two", "Hearts")

    here.click("formSave")
    here.wait(lambda: here.sees("Theirs") or here.sees("theirs: Three"), "the comparison")
    assert here.sees("yours: Two")
    here.click("yours-floor")
    here.click("conflictSave")
    here.wait(lambda: here.desk().frame.place().record_id == "", "saved")
    kept = DEPARTMENTS.get(practice.session, ward["_id"])
    assert (kept["floor"], kept["specialty"], kept["version"]) == ("Two", "Hearts", 3)
    assert kept["phone"]


def found_in(hands):
    """What the palette shows."""
    model = hands.find("paletteList", QListView).model()
    return " ".join(str(model.index(row, 0).data()) for row in range(model.rowCount()))


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_draft_outlives_a_killed_program(window, elsewhere, practice):
    email, person = practice.hire(Role.ADMINISTRATOR)
    other = elsewhere()
    other.do("sign_in", email)
    other.do("go", "departments", "new")
    other.do("type_in", "name", "Burns unit")
    folder = practice.settings.home / "drafts" / str(person)
    here = window()
    here.wait(lambda: list(folder.glob("*.draft")), "the draft")
    other.kill()
    assert all(b"Burns" not in file.read_bytes() for file in folder.iterdir())

    here.sign_in(email)
    here.wait(lambda: here.sees("Departments: something is not saved yet"), "the offer")
    assert here.sees("Burns unit · Typed at")
    here.desk().frame.top.search_requested.emit("burns")
    here.wait(lambda: "Departments: Burns unit" in found_in(here), "found by the palette")
    here.press("paletteField", Qt.Key.Key_Escape)
    here.take_up("Departments: something is not saved yet")
    assert not here.desk().frame.toasts.shown()
    assert here.typed("name") == "Burns unit"
    here.wait(lambda: here.sees("Restored what was typed"), "the words over the form")
    here.type_in("code", "BURN")
    here.click("formSave")
    here.wait(lambda: "Burns unit" in here.titles(), "saved")
    assert not list(folder.glob("*.draft"))


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_what_is_open_in_another_window_of_the_same_person_is_not_offered(window, elsewhere, practice):
    email, person = practice.hire(Role.ADMINISTRATOR)
    other = elsewhere()
    other.do("sign_in", email)
    other.do("go", "departments", "new")
    other.do("type_in", "name", "Sleep unit")
    folder = practice.settings.home / "drafts" / str(person)
    here = window()
    here.wait(lambda: list(folder.glob("*.draft")), "the draft")
    here.sign_in(email)
    here.wait(lambda: not tasks.busy(), "what is offered")
    assert not here.sees("is not saved yet")
    here.desk().frame.top.search_requested.emit("sleep")
    here.wait(lambda: not tasks.busy(), "what is found")
    assert "Sleep unit" not in found_in(here)
    here.press("paletteField", Qt.Key.Key_Escape)
    here.go("departments", "new")
    assert here.typed("name") == ""
    here.type_in("name", "Dream unit")
    here.wait(lambda: len(list(folder.glob("*.draft"))) == 2, "a draft of its own")

    # Locked, it is waited for; signed out, it is left.
    other.do("lock")
    assert [draft.values["name"] for draft in here.desk().context.drafts.all()] == ["Dream unit"]
    other.kill()
    here.program.sign_out()
    here.sign_in(email)
    here.take_up("Departments: something is not saved yet")
    assert here.typed("name") == "Dream unit"
    here.click("noticeAction")
    assert [draft.values["name"] for draft in here.desk().context.drafts.all()] == ["Sleep unit"]
