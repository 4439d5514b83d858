"""That the last backup is too old, as a thing to do."""

from datetime import datetime
from functools import partial

from hmsdesk.models.times import day_and_time
from hmsdesk.views.home.todo import Errand
from hmsdesk.views.kit.context import Context


def backup_errand(context: Context, last: datetime | None) -> Errand:
    """One line. last: as when the practice is in the last backup; None where there is none."""
    words = f"is of {day_and_time(last, context.session.locale)}." if last else "was never made."
    name = "The last backup" if last else "A backup"
    act = partial(context.navigate, "backups", "")
    return Errand("backup", "database-alert-outline", "danger", name, words, "Open backups", act)
