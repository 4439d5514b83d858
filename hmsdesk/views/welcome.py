"""What somebody sees first whose own work this program has no page for: what there is instead, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.security.permissions import Role
from hmsdesk.views.kit import theme
from hmsdesk.views.kit.buttons import normal
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.page import Page
from hmsdesk.views.kit.parts import Panel
from hmsdesk.views.kit.words import IconLine, Label

WIDEST = 640


@dataclass(frozen=True)
class Known:
    """What is said to a role: what is missing and what to do instead, and the pages that are of use meanwhile."""

    missing: str
    meanwhile: str
    pages: tuple[tuple[str, str, str], ...]
    """(module, what is found there, icon)"""


_DEPARTMENTS = ("departments", "Departments and where they are", "sitemap-outline")
_SERVICES = ("services", "What is offered, and what it costs", "format-list-bulleted")
_PATIENTS = ("patients", "Look up a patient", "account-search-outline")

KNOWN = {
    Role.PATIENT: Known(
        "Your appointments, prescriptions and results can't be seen here.",
        "The front desk books, changes and cancels for you, and prints what you need.",
        (_DEPARTMENTS, _SERVICES),
    ),
    Role.REPRESENTATIVE: Known(
        "Visits to doctors can't be asked for here.",
        "The front desk tells you when a doctor receives representatives, and arranges a visit.",
        (_DEPARTMENTS, _SERVICES),
    ),
    Role.LABORATORY: Known(
        "Test orders and results can't be seen here.",
        "Go on with them as you do now. Patients and the clinic can be looked up here.",
        (_PATIENTS, _DEPARTMENTS, _SERVICES),
    ),
}


def make_page(context: Context, _record: str) -> QWidget:
    """The page of whoever is signed in."""
    return WelcomePage(context)


class WelcomePage(Page):
    """Promises nothing, and leads to what there is."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("welcome")
        known = KNOWN[context.session.identity.role]
        title = Label(f"Welcome, {context.session.identity.name}", bold=True, size="title")
        title.setFixedHeight(theme.PAGE_HEADER)
        self._column.addWidget(title)
        panel = Panel()
        panel.setMaximumWidth(WIDEST)
        panel.body.setContentsMargins(*(theme.SPACE_16,) * 4)
        panel.body.setSpacing(theme.SPACE_12)
        panel.body.addWidget(Label(known.missing, bold=True, wrap=True))
        panel.body.addWidget(Label(known.meanwhile, wrap=True))
        panel.body.addSpacing(theme.SPACE_4)
        panel.body.addLayout(self._ways(context, known))
        role = IconLine("What you may see and do is decided by your role.", "shield-account-outline", wrap=False)
        panel.body.addWidget(role)
        panel.body.addStretch()
        self._column.addWidget(panel)
        self._column.addStretch()

    def _ways(self, context: Context, known: Known) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.SPACE_8)
        for module, words, icon in known.pages:
            button = normal(words, icon)
            button.setObjectName(f"welcome-{module}")
            button.clicked.connect(partial(_go, context, module))
            column.addWidget(button)
            if module == known.pages[0][0]:
                self.begin_at(button)
        return column


def _go(context: Context, module: str, *_checked: bool) -> None:
    context.navigate(module, "")
