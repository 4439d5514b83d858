"""A backup of everything, against reading the same documents and letting them go."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

from bench.measure import Figure
from bench.practice import Practice
from hmsdesk.controllers import demo
from hmsdesk.controllers.accounts import owner_bundle
from hmsdesk.database.backup import check_backup, header_of, write_backup
from hmsdesk.database.snapshot import kept_collections
from hmsdesk.security.backup_keys import lock_with_key, new_backup_key, open_with_key

ROUNDS, BOUND = 3, 6.0


def run(made: Practice) -> Iterator[Figure]:
    """One line; the detail says how many MB of records go into the file in a second, and how large it becomes."""
    bundle = owner_bundle(made.door.open_again(made.administrator, demo.PASSWORD))
    key = new_backup_key()
    lock, practice = lock_with_key(bundle, key), made.door.practice()
    times: dict[str, list[float]] = {"program": [], "bare": [], "check": []}
    size = kept = 0
    with closing(made.door.connect(bundle.user, bundle.password)) as server, tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            began = perf_counter()
            for name in kept_collections():
                for _ in server.database[name].find_raw_batches(sort=[("_id", 1)], batch_size=5000):
                    pass
            times["bare"].append(perf_counter() - began)
            file = Path(folder) / str(number)
            began = perf_counter()
            kept = write_backup(server, practice, lock, file).bytes
            times["program"].append(perf_counter() - began)
            size = file.stat().st_size
            began = perf_counter()
            check_backup(file, open_with_key(header_of(file), key).file_key)
            times["check"].append(perf_counter() - began)
            file.unlink()
    mine, bare, check = (sorted(times[who])[ROUNDS // 2] for who in ("program", "bare", "check"))
    detail = (
        f"{kept / 1e6:,.0f} MB in {mine:.1f} s ({kept / 1e6 / mine:.0f} MB/s) against {bare:.1f} s; "
        f"file {size / 1e6:,.0f} MB, checked in {check:.1f} s"
    )
    yield Figure("backup", mine / bare, "x bare", BOUND, detail)
