"""Registering a patient warns once when somebody very like them is registered already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hmsdesk.controllers.patients import Duplicate, Patients
from hmsdesk.errors import UserError
from hmsdesk.models.patients import Patient
from hmsdesk.models.record import Row

_LIKENESS = ("name", "name_ar", "birth_date", "phone")


class Registering(Patients):
    """The keeper behind the form of a new patient. The same values sent again are a decision, and go through."""

    def __init__(self) -> None:
        super().__init__(Patient)
        self._warned_of: tuple[Any, ...] | None = None

    def create(self, session: Any, values: Mapping[str, object], operation: str) -> Row:
        """Register, unless a possible duplicate hasn't been looked at yet."""
        likeness = tuple(values.get(name) for name in _LIKENESS)
        if likeness != self._warned_of:
            found = self.duplicates(session, values)
            self._warned_of = likeness
            if found:
                raise UserError("This patient may be registered already.", _worded(found))
        return super().create(session, values, operation)


def _worded(found: Sequence[Duplicate]) -> str:
    told = "; ".join(f"{one.patient['name']}, {one.patient['identifier']}: {one.why}" for one in found[:3])
    return f"{told}. If this is somebody else, save again to register them all the same."
