"""A record as it stood at different times, and what each change changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.record import Record
from hmsdesk.models.row import Row


@dataclass(frozen=True)
class Version:
    """One change: the record after it, and before it (None: it was made then). changed: the fields that differ."""

    row: Row
    before: Row | None
    changed: tuple[str, ...]

    @property
    def at(self) -> datetime | None:
        """When it became like this."""
        moment: datetime | None = self.row.get("created_at" if self.before is None else "updated_at")
        return moment

    @property
    def by(self) -> str:
        """Who made it like this, as far as it is known."""
        return str(self.row.get("created_by:title" if self.before is None else "updated_by:title") or "")


def versions(record: type[Record], rows: Sequence[Row], more: bool) -> list[Version]:
    """The changes between rows, the newest first. more: the last row isn't the first there was, and only compared.

    A change of nothing that is declared, such as of what the record is found by, is left out.
    """
    made = [Version(row, before, _changed(record, before, row)) for row, before in pairwise(rows)]
    kept = [one for one in made if one.changed]
    if rows and not more:
        kept.append(Version(rows[-1], None, _changed(record, {}, rows[-1])))
    return kept


def _changed(record: type[Record], before: Row, after: Row) -> tuple[str, ...]:
    return tuple(name for name in declared_fields(record) if before.get(name) != after.get(name))
