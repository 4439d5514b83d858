"""How the demo's rows are kept, beside what each says."""

from __future__ import annotations

from hmsdesk.models.record import Record
from hmsdesk.models.row import Row

_made: dict[str, Row] = {}


def unsearched(record: type[Record]) -> Row:
    """The derived fields of a record that no text is searched in: the same for each, and so made once."""
    name = record.collection()
    if name not in _made:
        _made[name] = {"find": record.derived({})}
    return _made[name]
