"""make bench: one table, each line a ratio or a bound measured in this run; build/bench.json has the same."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

from bench import backup, calendar, chart, diagnoses, live, papers, search, start, window, writes
from bench.measure import Figure
from bench.practice import practice

BENCHES = {
    module.__name__.removeprefix("bench."): module
    for module in (search, chart, writes, live, papers, calendar, diagnoses, start, window, backup)
}
OUT = Path("build/bench.json")


def main() -> int:
    """Measure everything, or what is named; the exit code is 0 whatever holds, and 1 where something couldn't be
    measured: the rest is, all the same.
    """
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="bench", help=f"of {', '.join(BENCHES)}; all unless named")
    chosen = parser.parse_args().benches or [*BENCHES]
    if unknown := set(chosen) - set(BENCHES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    patients = int(os.environ.get("PATIENTS", "100000"))
    print(f"{patients:,} patients", flush=True)
    figures: list[Figure] = []
    broken = []
    with practice(patients) as made:
        for name in chosen:
            try:
                for figure in BENCHES[name].run(made):
                    figures.append(figure)
                    print(figure.line, flush=True)
            except Exception:  # noqa: BLE001 - whatever broke, the rest is measured
                traceback.print_exc()
                broken.append(name)
            OUT.parent.mkdir(exist_ok=True)
            rows = [asdict(figure) | {"holds": figure.holds} for figure in figures]
            OUT.write_text(json.dumps(rows, indent=2), "utf-8")
    if broken:
        print(f"couldn't be measured: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
