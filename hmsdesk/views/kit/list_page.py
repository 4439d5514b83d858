"""The page of a list, generated from a record's declaration: search, filters, table, and the selected row beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

from bson import ObjectId
from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from hmsdesk.controllers.listing import Count, Query
from hmsdesk.errors import Unreachable, UserError
from hmsdesk.models.declaration import declared_fields
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import EXPORT
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.around import Around, around
from hmsdesk.views.kit.buttons import Button, normal, primary
from hmsdesk.views.kit.contract import NO_LOOKUP, Keeper, Lookup, Session
from hmsdesk.views.kit.detail import DetailPane
from hmsdesk.views.kit.export import CsvExport, Rows
from hmsdesk.views.kit.filter_bar import FilterBar
from hmsdesk.views.kit.keys import on_key
from hmsdesk.views.kit.list_area import ListArea, in_all
from hmsdesk.views.kit.page import Page
from hmsdesk.views.kit.page_model import PageModel
from hmsdesk.views.kit.toast import Toasts
from hmsdesk.views.kit.words import Label


class ListPage(Page):
    """Lists the records of one keeper. What is opened or added is another page's business."""

    open_asked = Signal(dict)
    add_asked = Signal()
    in_use_set = Signal(dict)
    """A row was taken out of use, or back into it; as it is now."""

    def __init__(
        self,
        keeper: Keeper,
        session: Session,
        toasts: Toasts,
        lookup: Lookup = NO_LOOKUP,
        opens: str | None = None,
    ) -> None:
        """opens: the word for opening a row; unless given, Edit for whoever may change it and nothing for others."""
        super().__init__()
        self._keeper = keeper
        self._session = session
        self._toasts = toasts
        self._listing = keeper.record.LISTING
        self._resource = keeper.record.collection()
        self._counting = tasks.Latest(self)
        self._adding_up = tasks.Latest(self)
        self._seeking = tasks.Latest(self)
        self.pages = PageModel(keeper.record, partial(keeper.page, session), session.locale, self)
        may_ask = [one for one in self._listing.aspects if session.may(one.resource, "read")]
        self.filters = FilterBar(keeper.record, lookup, session.locale, may_ask)
        self.area = ListArea(self.pages)
        self.table = self.area.table
        may_change = session.may(self._resource, "update")
        self._opens = opens if opens is not None else "Edit" if may_change else ""
        self.area.set_opens(bool(self._opens))
        self.detail = DetailPane(keeper.record, session.locale, may_change, self._opens)
        self._lay_out()
        self._connect()
        self.begin_at(self.filters.search)
        self._ask()

    def _lay_out(self) -> None:
        self._column.addLayout(self._header())
        if self._session.may(self._resource, EXPORT):
            export = normal("Export CSV", "tray-arrow-down")
            export.setObjectName("export")
            export.clicked.connect(self._on_export)
            self.filters.add_action(export)
        self._column.addWidget(self.filters)
        self._column.addSpacing(theme.SPACE_8)
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.SPACE_16)
        self._row.addWidget(self.area, 1)
        self._row.addWidget(self.detail)
        self._column.addLayout(self._row, 1)

    def _header(self) -> QHBoxLayout:
        self._head = row = QHBoxLayout()
        row.setSpacing(theme.SPACE_8)
        title = Label(self._listing.heading or self._listing.plural.capitalize(), bold=True, size="title")
        title.setFixedHeight(theme.PAGE_HEADER)
        row.addWidget(title)
        row.addStretch()
        if self._listing.adding and self._session.may(self._resource, "create"):
            add = primary(f"{self._listing.adding} {self._listing.noun}", "plus", "Ctrl+N")
            add.setObjectName("add")
            add.clicked.connect(self.add_asked)
            row.addWidget(add)
            self._give_way(add)
        return row

    def add_to_head(self, widget: QWidget) -> None:
        """Put a further action beside the page's title."""
        self._head.addWidget(widget)

    def add_notice(self, widget: QWidget) -> None:
        """Put something to be known between the title and the list; hidden, it takes no room."""
        widget.setContentsMargins(0, 0, 0, theme.SPACE_12)
        self._column.insertWidget(1, widget)

    def _give_way(self, add: Button) -> None:
        """A page has one primary action: while the list is empty that is the list's own. The key stays."""
        self.area.offer_first((f"{self._listing.adding} the first {self._listing.noun}", self.add_asked.emit))
        words = f"{self._listing.adding} {self._listing.noun}"
        key = on_key(self, "Ctrl+N", words, self.add_asked, enabled=False)
        self.area.state_shown.connect(key.setEnabled)
        self.area.state_shown.connect(add.setHidden)

    def _connect(self) -> None:
        self.filters.changed.connect(self._ask)
        self.filters.search.list_key.connect(self._on_list_key)
        self.table.header.sort_asked.connect(self._on_sort_asked)
        self.table.selected.connect(self.detail.follow)
        self.table.missed.connect(self._seek)
        if self._opens:
            self.table.opened.connect(self.open_asked)
        self.detail.open_asked.connect(self.open_asked)
        self.detail.in_use_asked.connect(self._on_in_use_asked)

    def refresh(self) -> None:
        """Something was changed: fetch what is in view again."""
        self.pages.refresh()
        self._count()
        self._add_up()

    def go_to(self, record: ObjectId) -> None:
        """Make a record that was saved the current one, wherever in the list it is, if the list is to show it."""
        self.table.seek(record)
        self.refresh()

    def _seek(self, record: ObjectId) -> None:
        query = self.pages.query

        def go(found: Around | None) -> None:
            if found is not None and self.pages.query is query:
                self.pages.take(found.rows, found.before, found.after, record)

        # Where one stands is as good as any: it was said that it is saved.
        self._seeking.ask(partial(around, self._keeper, self._session, query, record), go, lambda _: None)

    # Questions

    def _ask(self) -> None:
        bar = self.filters
        self.table.header.set_order(bar.order, bar.descending)
        self.pages.ask(bar.text, bar.filters, bar.order, bar.descending)
        self.area.set_question(bar.order_label(), bar.is_narrowed())
        self._count()
        self._add_up(anew=True)

    def _count(self) -> None:
        query, narrowed = self.pages.query, self.filters.is_narrowed()
        count: Callable[[Query], Count] = partial(self._keeper.count, self._session)

        def work() -> tuple[Count, Count]:
            found = count(query)
            return found, count(Query(order=query.order)) if narrowed else found

        # The list itself says what is wrong.
        self._counting.ask(work, lambda counts: self.area.set_counts(*counts), lambda _: None)

    def _add_up(self, *, anew: bool = False) -> None:
        """What all there ever was comes to helps nobody, and costs the server most: only what was asked for does."""
        asked = self._listing.sums if self.filters.is_narrowed() else None
        if asked is None:
            self._adding_up.drop()
            self.area.set_sums("")
            return
        if anew:
            # What the rows before came to must not stand below these.
            self.area.set_sums(f"{asked.heading}: …")
        sums = partial(self._keeper.sums, self._session, self.pages.query)
        # The list itself says what is wrong.
        self._adding_up.ask(
            sums,
            lambda found: self.area.set_sums(in_all(asked.heading, found)),
            lambda _: self.area.set_sums(f"{asked.heading}: could not be added up"),
        )

    def _on_sort_asked(self, order: str) -> None:
        turned = order == self.filters.order and not self.filters.descending
        self.filters.set_order(order, turned)
        self._ask()

    def _on_list_key(self, event: QKeyEvent) -> None:
        self.table.keyPressEvent(event)

    # Out of use, and back

    def _on_in_use_asked(self, row: Row, in_use: bool) -> None:
        self._set_in_use(row, in_use, uuid4().hex)

    def _set_in_use(self, row: Row, in_use: bool, operation: str) -> None:
        tasks.run(
            self,
            lambda: self._keeper.change(self._session, row["_id"], row["version"], {"active": in_use}, operation),
            self._on_used,
            lambda problem: self._on_failed(problem, partial(self._set_in_use, row, in_use, operation)),
        )

    def _on_used(self, row: Row) -> None:
        in_use = row.get("active") is not False
        _, not_used = declared_fields(self._keeper.record)["active"].words
        done = "restored" if in_use else not_used.lower()
        undo = ("Undo", partial(self._on_in_use_asked, row, not in_use))
        self._toasts.show(f"{self._keeper.record.title_of(row)} is {done}", action=undo)
        self.refresh()
        self.in_use_set.emit(row)

    def _on_failed(self, problem: Exception, again: Callable[[], None]) -> None:
        if isinstance(problem, UserError):
            # The same operation: if it did get through, trying again changes nothing more.
            self._toasts.show_problem(problem, again)
        if not isinstance(problem, Unreachable):
            self.refresh()

    # Export

    def _on_export(self) -> None:
        # The next day's does not lie down on this one.
        day = self._session.locale.today().isoformat()
        suggested = str(Path.home() / f"{self._listing.plural} {day}.csv")
        path, _ = QFileDialog.getSaveFileName(self, f"Export {self._listing.plural}", suggested, "CSV (*.csv)")
        if path:
            self.export_to(Path(path))

    def export_to(self, path: Path) -> CsvExport:
        """Write all rows of the list as it is asked for now to a CSV file."""
        fetch = partial(self._keeper.page, self._session)
        note = partial(self._keeper.note_export, self._session)
        return CsvExport(self, self._toasts, self.pages, Rows(fetch, note), path)
