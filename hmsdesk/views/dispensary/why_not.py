"""Why an opened prescription can't be handed out as it stands, in a few words beside the button."""

from __future__ import annotations

from hmsdesk.views.dispensary.lines import LinesTable

ANOTHER_IS_TYPED = "Enter opens what is typed above, Esc clears it"
TOO_MUCH = "More is asked for than can go out"
NOTHING_CHOSEN = "Choose how much to hand out"
IN_ITS_PLACE = "Choose under Lot what is given in its place"
NOTHING_IN_STOCK = "Nothing of it is in stock. Receive it under Deliveries, or set it aside."


def why_not(lines: LinesTable, another: bool) -> str:
    """Empty where it can be handed out. another: the number or name of another one is being typed."""
    if another:
        return ANOTHER_IS_TYPED
    if lines.is_wrong():
        return TOO_MUCH
    if any(lines.quantities().values()):
        return ""
    left = [row.line for row in lines.rows if not row.is_done()]
    if any(line.stock for line in left):
        return NOTHING_CHOSEN
    return IN_ITS_PLACE if any(line.others for line in left) else NOTHING_IN_STOCK
