"""What the window is opened with."""

from __future__ import annotations

import subprocess
import sys

_ASKED = """
from hmsdesk import opening
opening.import_as_is()
import sys
from PySide6.QtCore import QPoint
print(hasattr(sys.modules["shibokensupport.signature.lib.pyi_generator"], "Formatter"))
print(compile("1 + 1", "x", "eval").co_filename)
try:
    QPoint("wrong")
except TypeError as problem:
    print("(xpos: int, ypos: int" in str(problem))
"""


def test_pyside_comes_without_what_writes_stubs_and_still_tells_what_is_wrong():
    done = subprocess.run([sys.executable, "-c", _ASKED], capture_output=True, text=True, check=True)
    made, filename, told = done.stdout.splitlines()
    assert made == "False"
    assert filename == "x"
    assert told == "True", done.stdout
