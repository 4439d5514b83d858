"""make bench: one table, each line a ratio or a bound measured in this run; build/bench.json has the same."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from bench import backup, calendar, chart, diagnoses, live, papers, search, start, window, write, writes
from bench.practice import practice

BENCHES = (search, chart, write, writes, live, papers, calendar, diagnoses, start, window, backup)
OUT = Path("build/bench.json")


def main() -> int:
    """Measure everything; the exit code is 0 whatever holds, as the table says it."""
    patients = int(os.environ.get("PATIENTS", "100000"))
    print(f"{patients:,} patients", flush=True)
    figures = []
    with practice(patients) as made:
        for bench in BENCHES:
            for figure in bench.run(made):
                figures.append(figure)
                verdict = "holds" if figure.holds else "FAILS"
                said = f"{figure.figure:8.2f} {figure.unit:7} (at most {figure.bound:g})  {verdict}"
                print(f"{figure.name:34}{said}  {figure.detail}", flush=True)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(figure) | {"holds": figure.holds} for figure in figures], indent=2), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
