"""The rows of a list: what is fetched when, and what the table sees meanwhile."""

import threading

import pytest
from bson import Decimal128, ObjectId
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from hmsdesk.errors import Unreachable
from hmsdesk.models.departments import Department
from hmsdesk.views.kit import page_model, tasks
from hmsdesk.views.kit.page_model import EDGE, ROW, UNKNOWN, PageModel
from tests.views.keeper import EGYPT, Keeper, Session, Treatment
from tests.waiting import PATIENCE_S

SESSION = Session()


def departments(number):
    return [{"name": f"Department {n:05}", "code": f"D{n}"} for n in range(number)]


@pytest.fixture
def listed(qtbot):
    def build(keeper):
        model = PageModel(keeper.record, lambda query: keeper.page(SESSION, query), EGYPT)
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
        built.append(model)
        return model

    built = []
    yield build
    tasks.stop()


def settle(qtbot):
    qtbot.waitUntil(lambda: not tasks.busy())


def asked(qtbot, model, **question):
    model.ask(**question)
    settle(qtbot)


def names(model):
    return [row["name"] for row in model.rows]


def lines(model):
    return [model.index(n, 0).data() for n in range(model.rowCount())]


def test_the_columns_are_those_declared_with_a_width(listed):
    model = listed(Keeper(Department))
    headers = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert headers == ["Name", "Name in Arabic", "Code", "Specialty", "Floor or wing", "Phone"]


def test_values_are_shown_as_the_field_shows_them(qtbot, listed):
    keeper = Keeper(Treatment, [{"name": "Dressing", "price": "1350", "minutes": 30, "department": ObjectId()}])
    row = next(iter(keeper.rows.values()))
    row["department:title"] = "Surgery"
    model = listed(keeper)
    asked(qtbot, model)
    assert [model.index(0, n).data() for n in range(4)] == ["Dressing", "1,350.00", "30 min", "Surgery"]
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Price (EGP)"
    assert model.index(0, 0).data(ROW)["price"]["value"] == Decimal128("1350.00")


def test_an_absent_value_is_a_dash(qtbot, listed):
    model = listed(Keeper(Treatment, [{"name": "Dressing"}]))
    asked(qtbot, model)
    assert [model.index(0, n).data() for n in range(4)] == ["Dressing", "–", "–", "–"]


def test_a_subtitle_without_a_column_of_its_own_follows_the_title(listed):
    assert [column.second for column in listed(Keeper(Treatment)).columns] == ["name_ar", None, None, None]
    assert {column.second for column in listed(Keeper(Department)).columns} == {None}


def test_a_question_shows_its_first_page_and_says_where_it_landed(qtbot, listed):
    model = listed(Keeper(Department, departments(120)))
    with qtbot.waitSignal(model.landed) as landed:
        model.ask()
    assert landed.args == [0]
    assert names(model) == [f"Department {n:05}" for n in range(50)]
    assert lines(model)[50:] == [None] * EDGE


def test_the_list_grows_before_its_end_is_seen_and_the_placeholders_go(qtbot, listed):
    model = listed(Keeper(Department, departments(70)))
    asked(qtbot, model)
    model.near(0, 15)
    assert not tasks.busy()
    model.near(10, 25)
    settle(qtbot)
    assert lines(model) == [f"Department {n:05}" for n in range(70)]
    assert model.complete()


def test_the_end_comes_first_when_asked_for_and_the_list_grows_upwards(qtbot, listed):
    model = listed(Keeper(Department, departments(120)))
    asked(qtbot, model)
    with qtbot.waitSignal(model.landed) as landed:
        model.to_end()
    assert model.row_at(landed.args[0])["name"] == "Department 00119"
    assert lines(model)[:EDGE] == [None] * EDGE
    kept = QPersistentModelIndex(model.index(landed.args[0], 0))
    model.near(EDGE, EDGE + 15)
    settle(qtbot)
    assert names(model)[0] == "Department 00020"
    assert kept.data() == "Department 00119"
    model.near(0, 15)
    settle(qtbot)
    assert lines(model) == [f"Department {n:05}" for n in range(120)]


def test_home_goes_back_to_the_first_row(qtbot, listed):
    model = listed(Keeper(Department, departments(200)))
    asked(qtbot, model)
    model.to_end()
    settle(qtbot)
    with qtbot.waitSignal(model.landed) as landed:
        model.to_start()
    assert model.row_at(landed.args[0])["name"] == "Department 00000"


def test_a_typed_letter_jumps_and_both_sides_grow(qtbot, listed):
    keeper = Keeper(Department, [{"name": f"{c}{n:03}", "code": f"{c}{n}"} for c in "ABC" for n in range(100)])
    model = listed(keeper)
    asked(qtbot, model)
    with qtbot.waitSignal(model.landed) as landed:
        model.jump("b")
    assert model.row_at(landed.args[0])["name"] == "B000"
    model.near(landed.args[0], landed.args[0] + 10)
    settle(qtbot)
    assert names(model)[:60] == [f"A{n:03}" for n in range(50, 100)] + [f"B{n:03}" for n in range(10)]


def test_a_letter_whose_row_is_already_there_needs_no_question(qtbot, listed):
    keeper = Keeper(Department, [{"name": name, "code": f"D{len(name)}"} for name in ("Émile", "Alphas", "Zeta")])
    model = listed(keeper)
    asked(qtbot, model)
    with qtbot.waitSignal(model.landed) as landed:
        model.jump("E")
    assert model.row_at(landed.args[0])["name"] == "Émile"
    assert len(keeper.asked) == 1


def test_a_letter_beyond_the_last_row_goes_to_the_end(qtbot, listed):
    model = listed(Keeper(Department, departments(120)))
    asked(qtbot, model)
    with qtbot.waitSignal(model.landed) as landed:
        model.jump("z")
    assert model.row_at(landed.args[0])["name"] == "Department 00119"


def test_a_letter_typed_into_an_empty_list_leaves_it_said_to_be_empty(qtbot, listed):
    model = listed(Keeper(Department))
    asked(qtbot, model)
    assert model.complete()
    with qtbot.assertNotEmitted(model.state_changed, wait=50):
        model.jump("p")
    assert model.complete()


def test_the_order_can_be_turned_round(qtbot, listed):
    model = listed(Keeper(Department, departments(60)))
    asked(qtbot, model, descending=True)
    model.near(20, 40)
    settle(qtbot)
    assert names(model) == [f"Department {n:05}" for n in reversed(range(60))]


def test_a_late_answer_to_an_old_question_is_dropped(qtbot, listed):
    keeper = Keeper(Department, [*departments(10), {"name": "Cardiology", "code": "CARD"}])
    slow, fast = threading.Event(), keeper.page
    keeper.page = lambda session, query: (None if query.text else slow.wait(PATIENCE_S), fast(session, query))[1]
    model = listed(keeper)
    model.ask()
    model.ask(text="card")
    qtbot.waitUntil(lambda: names(model) == ["Cardiology"])
    slow.set()
    settle(qtbot)
    assert names(model) == ["Cardiology"]


def test_old_rows_stay_while_the_answer_is_quick_and_give_way_to_placeholders_when_it_is_not(qtbot, listed):
    keeper = Keeper(Department, departments(10))
    model = listed(keeper)
    asked(qtbot, model)
    keeper.gate.clear()
    model.ask(text="department")
    assert len(names(model)) == 10
    assert model.loading
    assert not model.slow
    qtbot.waitUntil(lambda: model.slow)
    assert lines(model) == [None] * UNKNOWN
    assert not model.flags(model.index(0, 0)) & Qt.ItemFlag.ItemIsSelectable
    keeper.gate.set()
    settle(qtbot)
    assert len(lines(model)) == 10


def test_only_some_thousands_of_rows_are_kept(qtbot, listed, monkeypatch):
    monkeypatch.setattr(page_model, "MOST_ROWS", 200)
    model = listed(Keeper(Department, departments(1000)))
    asked(qtbot, model)
    for _ in range(8):
        model.near(model.rowCount() - 20, model.rowCount() - 1)
        settle(qtbot)
    assert names(model) == [f"Department {n:05}" for n in range(250, 450)]
    assert lines(model)[:EDGE] == [None] * EDGE
    for _ in range(8):
        model.near(0, 10)
        settle(qtbot)
    assert names(model) == [f"Department {n:05}" for n in range(200)]
    assert lines(model)[-EDGE:] == [None] * EDGE


def test_letting_go_of_rows_drops_the_page_that_would_have_joined_them(qtbot, listed, monkeypatch):
    monkeypatch.setattr(page_model, "MOST_ROWS", 100)
    keeper = Keeper(Department, departments(300))
    model = listed(keeper)
    asked(qtbot, model)
    model.jump("department 00100")
    settle(qtbot)
    model.near(20, 45)
    settle(qtbot)
    model.near(20, 80)
    settle(qtbot)
    found = names(model)
    first = int(found[0].split()[1])
    assert found == [f"Department {n:05}" for n in range(first, first + len(found))]


def test_a_failure_says_so_and_can_be_tried_again(qtbot, listed):
    keeper = Keeper(Department, departments(10))
    model = listed(keeper)
    keeper.fail_with = Unreachable("The server does not answer.")
    asked(qtbot, model)
    assert isinstance(model.problem, Unreachable)
    assert model.rowCount() == 0
    keeper.fail_with = None
    model.retry()
    settle(qtbot)
    assert model.problem is None
    assert len(names(model)) == 10


def test_a_failure_while_growing_keeps_the_rows_and_can_be_tried_again(qtbot, listed):
    keeper = Keeper(Department, departments(120))
    model = listed(keeper)
    asked(qtbot, model)
    keeper.fail_with = Unreachable("The server does not answer.")
    model.near(30, 49)
    settle(qtbot)
    assert isinstance(model.problem, Unreachable)
    assert len(names(model)) == 50
    keeper.fail_with = None
    asked_before = len(keeper.asked)
    model.near(30, 49)
    settle(qtbot)
    assert len(keeper.asked) == asked_before, "it waits to be told"
    model.retry()
    settle(qtbot)
    assert len(names(model)) == 100


def test_changes_elsewhere_are_taken_over_in_place(qtbot, listed):
    keeper = Keeper(Department, departments(120))
    model = listed(keeper)
    asked(qtbot, model)
    model.near(0, 15)
    kept = QPersistentModelIndex(model.index(7, 0))
    first, *_, changed = list(keeper.rows)[:10]
    keeper.alter(changed, name="Department 00009 renamed")
    keeper.remove(first)
    keeper.create(SESSION, {"name": "Department 00005 b", "code": "NEW"}, "one")
    model.refresh()
    settle(qtbot)
    assert names(model)[:10] == [
        *(f"Department {n:05}" for n in range(1, 6)),
        "Department 00005 b",
        *(f"Department {n:05}" for n in range(6, 9)),
        "Department 00009 renamed",
    ]
    assert kept.data() == "Department 00007"


def test_changes_while_rows_are_on_their_way_are_fetched_once_more(qtbot, listed):
    keeper = Keeper(Department, departments(10))
    model = listed(keeper)
    asked(qtbot, model)
    before = len(keeper.asked)
    keeper.gate.clear()
    model.refresh()
    model.refresh()
    model.refresh()
    keeper.gate.set()
    settle(qtbot)
    assert len(keeper.asked) == before + 2


def test_a_refresh_in_the_middle_fetches_what_is_in_view(qtbot, listed):
    keeper = Keeper(Department, departments(1000))
    model = listed(keeper)
    asked(qtbot, model)
    for _ in range(10):
        model.near(model.rowCount() - 40, model.rowCount() - 20)
        settle(qtbot)
    in_view = model.line_of(list(keeper.rows)[400])
    model.near(in_view, in_view + 15)
    settle(qtbot)
    shown = keeper.alter(list(keeper.rows)[410], name="Department 00410 renamed")
    model.refresh()
    qtbot.waitUntil(lambda: "Department 00410 renamed" in names(model))
    settle(qtbot)
    assert model.row_at(model.line_of(shown["_id"]))["version"] == 2
    assert names(model)[0] == "Department 00300"
    assert lines(model)[:EDGE] == [None] * EDGE


def test_a_failed_refresh_keeps_the_rows(qtbot, listed):
    keeper = Keeper(Department, departments(10))
    model = listed(keeper)
    asked(qtbot, model)
    keeper.fail_with = Unreachable("The server does not answer.")
    model.refresh()
    qtbot.waitUntil(lambda: model.problem is not None)
    assert len(names(model)) == 10


def test_a_row_created_elsewhere_appears_in_an_empty_list(qtbot, listed):
    keeper = Keeper(Department)
    model = listed(keeper)
    asked(qtbot, model)
    assert model.complete()
    keeper.create(SESSION, {"name": "Cardiology", "code": "CARD"}, "one")
    model.refresh()
    qtbot.waitUntil(lambda: names(model) == ["Cardiology"])
