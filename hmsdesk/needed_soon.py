"""What is imported before it is asked for: what first pages need while the password is typed, the rest behind them.

What knows nothing of Qt is named first; a worker imports it. What makes widgets follows in steps of the window's
thread, each of which brings a part: all at once they would hold up what is typed.
"""

from __future__ import annotations

from hmsdesk.views import home

# For the first page of whatever role.
QUIET = (
    "html",
    "hmsdesk.controllers.registry",
    "hmsdesk.controllers.meant",
    "hmsdesk.controllers.choices",
    "hmsdesk.controllers.news",
    "hmsdesk.controllers.standing",
    "hmsdesk.controllers.starter",
    "hmsdesk.controllers.drafts",
    "hmsdesk.controllers.notices",
    "hmsdesk.controllers.flow",
    "hmsdesk.controllers.backups",
    "hmsdesk.controllers.sign_ins",
    "hmsdesk.controllers.stranded",
    "hmsdesk.controllers.dispensary.queue",
    "hmsdesk.controllers.dispensary.today",
    "hmsdesk.controllers.stock.adjusting",
    "hmsdesk.controllers.overview",
)

STEPS = (
    "hmsdesk.views.kit.palette",
    "hmsdesk.views.kit.rail",
    "hmsdesk.navigation",
    "hmsdesk.views.kit.line_editors",
    "hmsdesk.views.kit.table",
    "hmsdesk.views.kit.pickers",
    "hmsdesk.views.kit.editors",
    "hmsdesk.views.kit.form",
    "hmsdesk.views.kit.list_page",
    "hmsdesk.views.kit.frame",
    "hmsdesk.views.kit.code_watch",
    "hmsdesk.views.notices",
    "hmsdesk.desk",
    "hmsdesk.views.home.entries",
    *home.MODULES,
)

# For the other pages, by the view that needs it: only what takes a moment.
QUIET_OF = {
    "hmsdesk.views.appointments": ("hmsdesk.controllers.walk_in",),
    "hmsdesk.views.dispensary": ("hmsdesk.controllers.dispensary.finding", "hmsdesk.controllers.dispensary.labels"),
    "hmsdesk.views.patients": ("hmsdesk.controllers.timeline",),
    "hmsdesk.views.cash_desk": ("hmsdesk.controllers.cash_desk", "hmsdesk.controllers.cash_paper"),
    "hmsdesk.views.invoices": ("hmsdesk.controllers.cash_paper",),
    "hmsdesk.views.visit": ("hmsdesk.controllers.consulting_room", "hmsdesk.controllers.diagnosis_codes"),
    "hmsdesk.views.prescriptions": ("hmsdesk.controllers.prescription_paper",),
    "hmsdesk.views.accounts": ("hmsdesk.controllers.ownership", "hmsdesk.controllers.encrypting"),
    "hmsdesk.views.backups": ("hmsdesk.controllers.daily_backups",),
}

# What most roles' pages share.
STEPS_BEHIND = ("hmsdesk.views.kit.banner", "hmsdesk.views.kit.chart", "hmsdesk.views.kit.paper_out")
