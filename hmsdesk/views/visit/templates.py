"""The practice's texts: put into the part of the note one is writing in, or made of what is selected there."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from PySide6.QtWidgets import QWidget

from hmsdesk.controllers.note_templates import NOTE_TEMPLATES, for_section
from hmsdesk.errors import UserError
from hmsdesk.models.note_templates import filled
from hmsdesk.models.row import Row
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog
from hmsdesk.views.kit.direction import open_menu
from hmsdesk.views.kit.editor import LineField
from hmsdesk.views.kit.failures import in_words
from hmsdesk.views.kit.own_order import Menu
from hmsdesk.views.kit.words import Label
from hmsdesk.views.visit.note import NoteForm, SectionEditor

MODULE = "note_templates"
TITLE = 48


class Templates:
    """The menu of a note."""

    def __init__(self, context: Context, form: NoteForm, patient: Row, beside: QWidget) -> None:
        self._context = context
        self._form = form
        self._patient = patient
        self._beside = beside
        self._latest = tasks.Latest(form)
        # The button takes the focus: where one was writing is remembered.
        self._section = form.fields.section("reason")

    def open(self) -> None:
        """Offer the texts for the part one is writing in."""
        self._section = self._form.fields.section_with_focus() or self._form.last_section()
        session = self._context.session
        self._latest.ask(partial(for_section, session, self._section.name), self._show, self._on_failed)

    def _show(self, rows: list[Row]) -> None:
        menu = Menu(self._form)
        menu.setObjectName("templateMenu")
        # Where it goes is said in words: what had the focus may be no part that takes them.
        menu.addAction(f"Into {self._section.label.lower()}").setEnabled(False)
        menu.addSeparator()
        for row in rows:
            name = row["name"] if len(row["name"]) <= TITLE else f"{row['name'][: TITLE - 1]}…"
            menu.addAction(name.replace("&", "&&")).triggered.connect(partial(self._insert, row))
        if not rows:
            menu.addAction("No texts for this part yet").setEnabled(False)
        menu.addSeparator()
        keep = menu.addAction(theme.icon("content-save-outline"), "Make a template of what is selected…")
        keep.setEnabled(bool(self._section.selected().strip()) and self._may_write())
        keep.triggered.connect(lambda _: self._keep(self._section))
        manage = menu.addAction(theme.icon("text-box-outline"), "All templates")
        manage.setEnabled(self._may_write())
        manage.triggered.connect(lambda _: self._context.navigate(MODULE, ""))
        open_menu(menu, self._beside)

    def _may_write(self) -> bool:
        return self._context.session.may(NOTE_TEMPLATES.resource, "create")

    def _insert(self, row: Row, *_checked: bool) -> None:
        session = self._context.session
        words = filled(row["text"], self._patient, session.identity.name, session.now(), session.locale)
        self._section.put_in(words)
        self._section.setFocus()

    def _keep(self, section: SectionEditor) -> None:
        dialog = KeepTemplate(self._form, self._context, section.name, section.selected())
        dialog.open()

    def _on_failed(self, problem: Exception) -> None:
        if isinstance(problem, UserError):
            self._context.toasts.show_problem(problem)


class KeepTemplate(Dialog):
    """Asks for the name of a new template."""

    def __init__(self, parent: QWidget, context: Context, section: str, text: str) -> None:
        super().__init__(parent, "Make a template of what is selected", text[:300])
        self.setObjectName("keepTemplate")
        self._context = context
        self._values = {"section": section, "text": text}
        self._operation = uuid4().hex
        self.name = LineField("Name of the template")
        self.name.setObjectName("templateName")
        self._note = Label(size="small", wrap=True)
        self._note.set_tone("danger")
        self._note.hide()
        self.column.addWidget(Label("Name", muted=True, size="small"))
        self.column.addWidget(self.name)
        self.column.addWidget(self._note)
        self.column.addSpacing(theme.SPACE_8)
        self._yes = primary("Keep template")
        self.add_answers(self._yes, self._on_yes)
        self.name.setFocus()

    def _on_yes(self) -> None:
        if self._yes.is_working:
            return
        self._yes.set_working("Keeping…")
        values = self._values | {"name": self.name.text()}
        keep = partial(NOTE_TEMPLATES.create, self._context.session, values, self._operation)
        tasks.run(self, keep, self._on_kept, self._on_failed)

    def _on_kept(self, row: Row) -> None:
        self._context.toasts.show(f"The template {row['name']} is kept")
        self.accept()

    def _on_failed(self, problem: Exception) -> None:
        self._yes.set_text("Keep template")
        known = in_words(problem)
        self.name.set_state("invalid" if known.fields else "plain")
        self._note.setText(" ".join(known.fields.values()) or str(known))
        self._note.show()
        self.fit_soon()
