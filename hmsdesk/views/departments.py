"""Departments, as the generated page shows them."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmsdesk.controllers.departments import DEPARTMENTS
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.list_page import ListPage


class DepartmentsPage(QWidget):
    """Lists, adds and changes departments."""

    def __init__(self, context: Context, record: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(ListPage(DEPARTMENTS, context.session, context.toasts))
