"""What suppliers brought: the list, and the form in which a whole delivery is received."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from hmsdesk.controllers.stock.deliveries import DELIVERIES, suppliers
from hmsdesk.models.text import fold
from hmsdesk.views.kit import tasks
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.records import NEW, form_page, list_page


def make_page(context: Context, record: str) -> QWidget:
    """The list, the newest first, or the form of a new one."""
    if not record:
        page = list_page(context, "deliveries", DELIVERIES)
        page.filters.set_order("created_at", descending=True)
        page.filters.changed.emit()
        return page
    form = form_page(context, "deliveries", DELIVERIES, record)
    if record == NEW and form.form is not None:
        (line,) = form.form.fields.rows["supplier"].findChildren(QLineEdit)
        tasks.run(form, lambda: suppliers(context.session), lambda known: _complete(line, known), lambda _: None)
    return form


def _complete(line: QLineEdit, known: Sequence[str]) -> None:
    """Let a supplier who came before be typed by its first letters."""
    completer = QCompleter(list(known), line)
    completer.setCompletionMode(QCompleter.CompletionMode.InlineCompletion)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    line.setCompleter(completer)
    written = {fold(name): name for name in known}

    def as_before() -> None:
        if (name := written.get(fold(line.text().strip()))) is not None:
            line.setText(name)

    line.editingFinished.connect(as_before)
