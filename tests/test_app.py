"""The program around its pages: its start, its first window, its log, and what it does about a bug."""

import logging
import os
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit

from hmsdesk import app, navigation
from hmsdesk.app import Program
from hmsdesk.desk import views_of
from hmsdesk.errors import UserError
from hmsdesk.logs import log_to
from hmsdesk.models.registry import RECORDS
from hmsdesk.navigation import first_module
from hmsdesk.needed_soon import WITHOUT_QT_OF
from hmsdesk.security.permissions import Role
from hmsdesk.settings import PROFILE_FILE, Kind, Profile, SecretStore, Settings, write_profile
from hmsdesk.views import home
from hmsdesk.views.kit import tasks
from hmsdesk.window import FIRST_SIZE, PLACE_FILE, TITLE_BAR, Window
from tests.waiting import PATIENCE_S

PROFILE = Profile(
    kind=Kind.EMBEDDED,
    practice="Nile Family Clinic",
    database="hmsdesk_nile",
    workstation="Reception desk 1",
    workstation_id="w1",
    patient_prefix="BK",
    fingerprint="00",
    secret_store=SecretStore.FILE,
)
# What a record may say, and a log may not.
SAID = "Mohamed Ali has diabetes"
# Prints what is loaded when the window has been painted, and what was read of its own source; and ends.
AT_FIRST_PAINT = """
import linecache, sys
import hmsdesk.__main__, hmsdesk.opening
hmsdesk.opening.import_as_is()
from hmsdesk.window import Window
from PySide6.QtCore import QTimer
LATER = ("pymongo", "mongoengine", "reportlab", "pydantic", "typer", "ctypes", "html.entities", "hmsdesk.controllers")
def paint(self, event):
    print([name for name in LATER if name in sys.modules])
    print([name for name in linecache.cache if "hmsdesk" in name])
    sys.stdout.flush()
    QTimer.singleShot(0, self.close)
Window.paintEvent = paint
sys.argv = ["hmsdesk"]
hmsdesk.__main__.main()
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "data", argon2_mib=64)


@pytest.fixture
def program(qapp, settings, monkeypatch):
    """A program that has not begun yet."""
    assert isinstance(qapp, QApplication)
    monkeypatch.setattr(tasks, "report", tasks.report)
    made = Program(qapp, settings)
    yield made
    made.window.close()
    made.window.deleteLater()


class TestTheWindow:
    """What no platform without a screen shows by itself."""

    def test_on_a_large_screen_it_is_as_large_as_it_likes(self, qtbot):
        window = Window()
        qtbot.addWidget(window)
        window.fit(QSize(1920, 1040))
        assert not window.isMaximized()
        assert window.size() == FIRST_SIZE

    @pytest.mark.parametrize("room", [QSize(1366, 768), QSize(1366, 728), QSize(1280, 1024)])
    def test_on_a_screen_no_larger_it_takes_all_of_it(self, qtbot, room):
        window = Window()
        qtbot.addWidget(window)
        window.fit(room)
        assert window.isMaximized()
        assert window.normalGeometry().height() + TITLE_BAR <= room.height()

    def test_it_stands_where_it_was_left(self, qtbot, tmp_path):
        first, second = Window(), Window()
        for window in (first, second):
            qtbot.addWidget(window)
        first.setGeometry(40, 60, 700, 500)
        first.keep_place(tmp_path)
        assert stat.S_IMODE((tmp_path / PLACE_FILE).stat().st_mode) == 0o600
        second.return_to(tmp_path)
        assert second.geometry() == first.geometry()

    def test_a_damaged_note_of_its_place_is_passed_over(self, qtbot, tmp_path):
        (tmp_path / PLACE_FILE).write_bytes(b"nonsense")
        window = Window()
        qtbot.addWidget(window)
        window.return_to(tmp_path)
        assert window.isMaximized(), "the platform's screen is 800 pixels wide"


def words(program):
    return "\n".join(label.text() for label in program.window.findChildren(QLabel) if label.isVisible())


def test_the_window_is_painted_before_anything_of_a_server_is_imported_and_no_source_is_read(settings):
    write_profile(settings.folder(), PROFILE)
    environment = os.environ | {"HMSDESK_HOME": str(settings.home), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", AT_FIRST_PAINT],
        check=False,
        env=environment,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout.splitlines()[:2] == ["[]", "[]"], done.stderr


# Prints which of Qt's classes are made by what workers import ahead of a role's pages; what packages, and what of the
# program that knows nothing of Qt, the window's thread is left to import; and what is left of the first page after it.
AHEAD = """
import sys
from importlib import import_module
import hmsdesk.opening
hmsdesk.opening.import_as_is()
hmsdesk.opening.import_little()
import hmsdesk.app
import hmsdesk.needed_soon as needed
from hmsdesk.database.libmongocrypt import import_library
from PySide6.QtCore import QObject
from hmsdesk.security.permissions import Role
role = Role[sys.argv[1]]

def below(kind):
    return {kind}.union(*map(below, kind.__subclasses__()))

def brought(modules):
    before = set(sys.modules)
    for module in modules:
        import_module(module)
    return set(sys.modules) - before

made = below(QObject)
quiet = brought(needed.WITHOUT_QT)
made = below(QObject) - made
import_library()
widgets = brought(needed.WIDGETS)
import hmsdesk.desk
import hmsdesk.views.home
loaded = set(sys.modules)
if role in hmsdesk.views.home._HOMES:
    hmsdesk.views.home.home_of(role)
rest = set(sys.modules) - loaded
views = hmsdesk.desk.views_of(role)
before = below(QObject)
quiet |= brought(name for view in views for name in needed.WITHOUT_QT_OF.get(view, ()))
made |= below(QObject) - before
widgets |= brought((*needed.SHARED_WIDGETS, *views))
OWN = (*sys.stdlib_module_names, "hmsdesk", "PySide6", "shiboken6", "shibokensupport")
print(sorted(one.__name__ for one in made), sorted(name for name in quiet if name.startswith("PySide6")))
print(sorted(name for name in widgets if name.split(".")[0] not in OWN), sorted(rest))
"""


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMINISTRATOR, Role.DOCTOR, Role.PHARMACIST, Role.SOLO])
def test_a_worker_imports_nothing_of_qt_ahead_and_the_window_no_packages(role):
    done = subprocess.run(
        [sys.executable, "-c", AHEAD, role.name],
        check=False,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout.splitlines() == ["[] []", "[] []"], done.stderr


def test_what_is_imported_ahead_is_named_by_views_that_there_are():
    assert set(WITHOUT_QT_OF) <= {view for role in Role for view in views_of(role)}


# Prints what is loaded once a role's pages can be gone to, of what few people need on any day.
ALL_PAGES = """
import sys
from importlib import import_module
import hmsdesk.opening
hmsdesk.opening.import_as_is()
hmsdesk.opening.import_little()
import hmsdesk.desk
from hmsdesk.security.permissions import Role
for module in hmsdesk.desk.views_of(Role.RECEPTIONIST):
    import_module(module)
PRINTING = ("reportlab", "qrcode", "PySide6.QtPdf", "PySide6.QtPrintSupport")
SELDOM = ("zxcvbn", "keyring", "cryptography", "rapidfuzz", *PRINTING)
assert "hmsdesk.views.cash_desk" in sys.modules
assert "hmsdesk.views.accounts" not in sys.modules
print([name for name in SELDOM if name in sys.modules])
"""


def test_the_pages_of_a_role_are_imported_ahead_without_what_is_seldom_needed():
    done = subprocess.run(
        [sys.executable, "-c", ALL_PAGES],
        check=False,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize("role", Role)
def test_what_a_role_begins_with_is_imported_as_far_as_there_is_something(role):
    begins = first_module(role)
    assert begins != "home" or callable(home.home_of(role))


def test_a_new_data_folder_is_asked_what_it_needs_to_know(qtbot, program):
    program.begin()
    qtbot.waitUntil(lambda: type(program.window.currentWidget()).__name__ == "FirstRun")


def test_a_known_practice_is_named_at_once_and_what_is_missing_is_said(qtbot, program, settings):
    write_profile(settings.folder(), PROFILE)
    program.begin()
    assert "Nile Family Clinic" in words(program)
    assert "Reception desk 1" in words(program)
    qtbot.waitUntil(lambda: "keys are missing" in words(program))


def test_damaged_settings_are_said_in_words(qtbot, program, settings):
    (settings.folder() / PROFILE_FILE).write_text("{not json")
    program.begin()
    qtbot.waitUntil(lambda: "settings are damaged" in words(program))


def test_a_data_folder_that_cannot_be_used_is_said_in_the_window(qtbot, program, settings):
    settings.home.write_text("a file in its place")
    program.begin()
    qtbot.waitUntil(lambda: "The data folder can't be used." in words(program))
    assert str(settings.home) in words(program)


# The window's own thread is asked whether it is shown, and is closed.
WITHOUT_A_FOLDER = """
import sys
import hmsdesk.__main__
from hmsdesk.app import Program
from hmsdesk.desk import views_of
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel
def begin(self, begun=Program.begin):
    begun(self)
    looking = QTimer(self, interval=50)
    looking.timeout.connect(lambda: look(self))
    looking.start()
def look(self):
    if any("can't be used" in label.text() for label in self.window.findChildren(QLabel) if label.isVisible()):
        print("said", flush=True)
        # Beside a thread that computes the window waits so long for each of Qt's calls; Python's usual is 0.005.
        print(sys.getswitchinterval() < 0.001, flush=True)
        self.window.close()
Program.begin = begin
sys.argv = ["hmsdesk"]
hmsdesk.__main__.main()
"""


def test_the_program_opens_its_window_though_there_is_no_data_folder(tmp_path):
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_FOLDER],
        check=False,
        env=os.environ | {"HMSDESK_HOME": str(tmp_path / "file"), "QT_QPA_PLATFORM": "offscreen"},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout) == (0, "said\nTrue\n"), done.stderr


def test_a_bug_is_shown_and_logged_without_its_words(qtbot, program, monkeypatch, caplog):
    monkeypatch.setattr(app, "_log", logging.getLogger("log of this test"))
    program.window.show()
    try:
        raise ValueError(SAID)
    except ValueError as problem:
        program.report(problem)
    report = next(one for one in program.window.findChildren(QPlainTextEdit) if one.objectName() == "bugReport")
    assert "ValueError" in report.toPlainText()
    assert SAID not in report.toPlainText()
    assert "ValueError" in caplog.text
    assert "test_app.py" in caplog.text
    assert SAID not in caplog.text
    report.window().close()


def test_what_is_expected_is_said_where_one_looks(program):
    program.begin()
    program.window.show_only(program.entrance.sign_in)
    program.report(UserError("The disk is full.", "Free some space."))
    assert "The disk is full." in words(program)


def test_a_thread_that_ends_by_a_bug_is_logged(program, monkeypatch, caplog):
    monkeypatch.setattr(app, "_log", logging.getLogger("log of this test"))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    app._report_unexpected(program)

    def fail():
        raise ValueError(SAID)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "ValueError" in caplog.text
    assert SAID not in caplog.text


def test_the_log_is_this_users_alone(tmp_path):
    root, before = logging.getLogger(), logging.getLogger().level
    log_to(tmp_path)
    handler = root.handlers[-1]
    try:
        logging.getLogger("hmsdesk").warning("something happened")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()
    (file,) = (tmp_path / "log").iterdir()
    assert "something happened" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_where_a_crash_was_is_noted_for_this_user_alone(tmp_path):
    crashing = f"""
import faulthandler
from pathlib import Path
from hmsdesk.logs import note_crashes_in
def handing_out():
    faulthandler._sigsegv()
note_crashes_in(Path({str(tmp_path)!r}))
handing_out()
"""
    ended = subprocess.run([sys.executable, "-c", crashing], capture_output=True, check=False)
    assert ended.returncode != 0
    (file,) = (tmp_path / "log").iterdir()
    assert "in handing_out" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_log_that_the_disk_refuses_says_nothing_on_the_terminal(tmp_path, capsys):
    root, before = logging.getLogger(), logging.getLogger().level
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "hmsdesk.log").symlink_to("/dev/full")
    log_to(tmp_path)
    handler = root.handlers[-1]
    try:
        logging.getLogger("hmsdesk").warning("something happened")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        with suppress(OSError):
            handler.close()
    assert capsys.readouterr().err == ""


# Records without a page of their own: shown on a patient's or a lot's page; the practice in the frame and on papers.
SHOWN_ELSEWHERE = {
    "patient_health",
    "encounters",
    "addenda",
    "documents",
    "practice",
    "charges",
    "prescription_cancellations",
}


def test_every_record_has_a_page():
    """Whoever makes a page for one of the others takes it out of the list."""
    paged = {module.resource for module in navigation.MODULES}
    assert {record.collection() for record in RECORDS} - paged == SHOWN_ELSEWHERE


@pytest.mark.parametrize("module", navigation.MODULES, ids=lambda module: module.name)
def test_every_module_has_a_view(module):
    assert callable(import_module(f"hmsdesk.views.{module.view}").make_page)


def test_work_that_is_under_way_is_done_before_the_program_ends(program):
    done = []

    def work():
        time.sleep(app._TASKS_S + 0.5)
        done.append(1)

    tasks.run(program, work, lambda _: None)
    program.window.show()
    program.window.close()
    assert done == [1]
    assert not program.is_held_up
