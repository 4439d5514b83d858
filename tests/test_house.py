"""The house rules that no tool checks by itself. Who may import whom is import-linter's, in pyproject.toml."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from hmsdesk.controllers.demo import PEOPLE

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "hmsdesk"
MODULES = sorted(PROGRAM.rglob("*.py"))
LONGEST_FILE = 400
NAMES_THAT_SAY_NOTHING = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}

NEVER_IN_THE_REPOSITORY = {
    "the host of a package registry or mirror": re.compile(
        r"\b(pypi\.org|pythonhosted\.org|(deb|security|archive|snapshot|ftp)\.debian\.org|(archive|security|ports)\.ubuntu\.com"
        r"|registry\.npmjs\.org|registry\.yarnpkg\.com|(fastdl|repo|downloads)\.mongodb\.(org|com)|conda\.anaconda\.org)\b"
    ),
    "a path of somebody's machine": re.compile(
        r"(?<![\w.~}$*/-])/(work|root|home/\w+|Users/\w+)(?![\w-])|\b[A-Z]:\\+Users\\"
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of an outside service": re.compile(
        r"\b(AKIA[0-9A-Z]{16}|gh[opsru]_\w{36}|[rs]k_(live|test)_\w{16,}|sk-\w{32,}|xox[abprs]-\w{10,}|eyJ[\w-]{16,}\.eyJ[\w-]{16,})"
    ),
    "a password in a connection string": re.compile(r"\bmongodb(\+srv)?://[^\s:/@{<$]+:[^\s:/@{<$]+@"),
}


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    # Continuous integration often runs as another user than the checkout's.
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name]


def texts() -> Iterator[tuple[Path, str]]:
    for file in tracked_files():
        if not file.is_file() or file == Path(__file__):
            continue
        try:
            yield file.relative_to(ROOT), file.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def test_nothing_of_a_machine_or_a_secret_is_in_the_repository() -> None:
    found = [
        f"{file}:{number}: {what}"
        for file, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        for what, pattern in NEVER_IN_THE_REPOSITORY.items()
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "index-url = https://pypi.org/simple",
        'DATA = "/root/practice"',
        "cd /home/anna/clinic",
        r"C:\Users\anna",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "sk_live_" + "a1B2" * 6,
        "mongodb+srv://doctor:pa55word@cluster/practice",
    ],
)
def test_what_may_not_be_in_the_repository_is_recognised(line: str) -> None:
    assert any(pattern.search(line) for pattern in NEVER_IN_THE_REPOSITORY.values())


@pytest.mark.parametrize(
    "line", ["$root/.venv", "docs/work/plan", "mongodb://{user}:{password}@{host}", "/workstation"]
)
def test_what_only_looks_like_it_is_let_through(line: str) -> None:
    assert not any(pattern.search(line) for pattern in NEVER_IN_THE_REPOSITORY.values())


SEVERAL = (
    "seconds|minutes|hours|days|weeks|months|years|records|entries|chains|sessions|rows|lines|things|medicines|lots|bytes"
    "|pages|windows|bookings|appointments|visits|patients|doctors|prescriptions|computers|accounts|people|tries|files|bills|steps"
)
# What is told of several whatever the number; a fixed number, in capital letters, is known to be several.
ONLY_SEVERAL = re.compile(rf"\{{(?![A-Z_]+\}})[^{{}}]*\}} (?:(?!if )[a-z]+ )?({SEVERAL})\b")
SAYS_ONE_TOO = re.compile(r"== 1|> 1|\bfew\b")


def test_what_is_one_is_not_told_as_several() -> None:
    """so_many of models/text says it."""
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in MODULES
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
        if ONLY_SEVERAL.search(line) and not SAYS_ONE_TOO.search(line)
    ]
    assert found == []


def test_every_room_says_what_belongs_there() -> None:
    rooms = [file for file in MODULES if file.name == "__init__.py"]
    assert rooms
    assert [
        str(room.relative_to(ROOT)) for room in rooms if not ast.get_docstring(ast.parse(room.read_text("utf-8")))
    ] == []


def test_every_folder_of_modules_is_a_room() -> None:
    assert [str(file.relative_to(ROOT)) for file in MODULES if not file.with_name("__init__.py").exists()] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {file.relative_to(ROOT): {file.stem, file.parent.name} for file in MODULES}
    assert [str(file) for file, words in names.items() if words & NAMES_THAT_SAY_NOTHING] == []


def test_files_stay_short_enough_to_be_read() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in MODULES}
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_the_lock_holds_every_dependency_with_hashes() -> None:
    """Otherwise: make lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [Requirement(text) for text in project["project"]["dependencies"] + project["dependency-groups"]["dev"]]
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = [entry for entry in re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE) if "==" in entry]
    locked = [(pin[1], Version(pin[2])) for entry in entries if (pin := re.match(r"([\w.-]+)==(\S+)", entry))]
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert [
        str(need)
        for need in wanted
        if not any(name == need.name and version in need.specifier for name, version in locked)
    ] == []


def test_every_dependency_has_its_reason():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [*declared["project"]["dependencies"], *declared["dependency-groups"]["dev"]]
    names = {re.sub(r"-(essentials|addons)$", "", Requirement(one).name.lower()) for one in asked}
    reasons = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("## Why each library")[2].lower()
    assert {name for name in names if not re.search(rf"[| ]{re.escape(name)}[ ,|]", reasons)} == set()


def test_every_control_of_the_hazard_table_has_its_test():
    named = re.findall(r"`(tests/[^`:]+)(?:::(\w+))?`", (ROOT / "docs" / "safety.md").read_text("utf-8"))
    assert len(named) > 30
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists()
        or (name and not re.search(rf"(def|class) {name}\b", (ROOT / file).read_text("utf-8")))
    ]
    assert missing == []


def test_the_readme_names_every_account_of_the_demo_practice():
    named = re.findall(r"[\w.]+@[\w.]+\.example", (ROOT / "README.md").read_text("utf-8"))
    assert sorted(named) == sorted(email for _, _, email in PEOPLE)


def test_every_key_is_declared_with_its_words():
    """F1 lists what is declared through kit/keys; a bare QShortcut would be in no list."""
    bare = [path for path in (ROOT / "hmsdesk").rglob("*.py") if "QShortcut(" in path.read_text("utf-8")]
    assert [path.name for path in bare] == ["keys.py"]


def test_a_dialog_stands_over_what_asks_and_is_put_away_with_it_when_the_program_is_locked():
    """Over the window itself it would also lie over the sign-in window, whoever stands before that."""
    over_the_window = re.compile(r"(\bAsk|Dialog|List|\bconfirm|\bask_\w+)\([\w.]*\bwindow\(\)")
    found = [path.name for path in MODULES if over_the_window.search(path.read_text("utf-8"))]
    assert found == []
