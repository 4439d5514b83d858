"""What was written for a patient and not signed: without a signature the dispensary knows nothing of it."""

from __future__ import annotations

from bson import ObjectId

from hmsdesk.views.kit.context import Context


def unsigned_medicines(context: Context, patient: ObjectId) -> list[str]:
    """The medicines of the draft that this person began for a patient on this computer; empty where there is none.

    A file is opened for it: not to be asked at every keystroke.
    """
    # A module and what it is about are in a place: the page of a visit and that of the chart write on the same draft.
    kept = context.drafts.peek(f"prescribe/{patient}")
    return [str(line["name"]) for line in kept.values.get("lines", []) if line.get("name")] if kept else []
