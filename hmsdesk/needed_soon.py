"""What is imported before it is asked for: what first pages need while the password is typed, the rest behind them.

A worker imports what knows nothing of Qt. What makes widgets follows in steps of the window's thread, each of which
brings a part: all at once they would hold up what is typed.
"""

from importlib import import_module

# For the first page of whatever role.
WITHOUT_QT = (
    "html",
    "hmsdesk.controllers.workplace",
    "hmsdesk.controllers.sign_in",
    "hmsdesk.controllers.readmission",
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

WIDGETS = (
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
    "hmsdesk.views.home.reception",
    "hmsdesk.views.home.doctor",
    "hmsdesk.views.home.nurse",
    "hmsdesk.views.home.pharmacist",
    "hmsdesk.views.home.administrator",
    "hmsdesk.views.home.solo",
)

# For the other pages, by the view that needs it: only what takes a moment.
WITHOUT_QT_OF = {
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
SHARED_WIDGETS = ("hmsdesk.views.kit.banner", "hmsdesk.views.kit.chart", "hmsdesk.views.kit.paper_out")


def import_without_qt(modules: tuple[str, ...] = WITHOUT_QT) -> None:
    """On a worker. No two at once: packages that import themselves in a circle may be begun from one end alone."""
    for module in modules:
        import_module(module)
