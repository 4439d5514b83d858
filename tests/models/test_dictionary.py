"""docs/data-dictionary.md says what is declared."""

import os
import subprocess
import sys
from pathlib import Path

from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.dictionary import dictionary
from hmsdesk.models.registry import RECORDS

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "data-dictionary.md"


def test_the_page_is_up_to_date():
    """Otherwise: .venv/bin/python -m hmsdesk.models.dictionary > docs/data-dictionary.md"""
    assert PAGE.read_text("utf-8") == dictionary()


def test_every_field_of_every_record_is_in_it():
    page = dictionary()
    assert [record.collection() for record in RECORDS if f"## {record.collection()}\n" not in page] == []
    assert [name for record in RECORDS for name in declared_fields(record) if f"| `{name}`" not in page] == []


def test_the_command_writes_it_whatever_the_machines_language():
    command = [sys.executable, "-m", "hmsdesk.models.dictionary"]
    written = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, env={**os.environ, "LC_ALL": "C"})
    assert written.stdout.decode("utf-8").replace("\r\n", "\n") == dictionary()
