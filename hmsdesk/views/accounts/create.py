"""The dialog in which an account is made: for a member of staff, or for somebody else."""

from __future__ import annotations

from bson import ObjectId
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from hmsdesk.controllers.account_list import HAS_ONE, check_has_none
from hmsdesk.controllers.staff import STAFF
from hmsdesk.errors import InvalidInput
from hmsdesk.models.accounts import Account
from hmsdesk.models.fields import ReferenceField
from hmsdesk.models.row import Row
from hmsdesk.security.permissions import Role
from hmsdesk.views.accounts.roles import RoleTicks, choices_for
from hmsdesk.views.kit import tasks, theme
from hmsdesk.views.kit.buttons import primary
from hmsdesk.views.kit.context import Context
from hmsdesk.views.kit.dialogs import Dialog, confirm
from hmsdesk.views.kit.owner_work import OPTION_INDENT
from hmsdesk.views.kit.questions import Questions
from hmsdesk.views.kit.records import lookup
from hmsdesk.views.kit.segments import Segment, SegmentedControl
from hmsdesk.views.kit.words import Label

WIDTH = 512
STAFF_KIND, OTHER_KIND = "staff", "other"
TEXT = "The person gets a temporary password from you, and chooses their own at the first sign-in."
# What a profession usually signs in as.
USUAL_ROLES = {role.value: role for role in (Role.DOCTOR, Role.NURSE, Role.RECEPTIONIST, Role.PHARMACIST)}


class CreateAccount(Dialog):
    """Asks who, and as what. Stays open until the account is made: nothing typed is lost."""

    filled_in = Signal(object, object, bool)
    """name, e-mail and person; the roles; whether an owner."""

    def __init__(self, parent: QWidget, context: Context) -> None:
        super().__init__(parent, "Create an account", TEXT, WIDTH)
        self.setObjectName("createAccount")
        self._context = context
        # Members of staff who were found to have an account.
        self._taken: set[ObjectId] = set()
        segments = [Segment(STAFF_KIND, "A member of staff"), Segment(OTHER_KIND, "Somebody else")]
        self._kind = SegmentedControl("For whom", segments, STAFF_KIND)
        self._kind.chosen.connect(self._on_kind)
        self.column.addWidget(self._kind)
        self.column.addSpacing(theme.SPACE_8)
        fields = {
            "person": ReferenceField(verbose_name="Member of staff", refers_to="staff", required=True),
            "name": Account.name,
            "email": Account.email,
        }
        self.questions = Questions(fields, lookup=lookup(context), width=WIDTH - 2 * theme.SPACE_16)
        self.questions.edited.connect(self._on_edited)
        self.questions.rows["person"].checked.connect(self._on_person_checked)
        self.questions.checked.connect(self.fit_soon)
        self.column.addWidget(self.questions)
        self.column.addSpacing(theme.SPACE_12)
        self.column.addWidget(Label("Signs in as *", muted=True, size="small"))
        self.roles = RoleTicks(choices_for(context.session.identity.role), ())
        self.column.addWidget(self.roles)
        self.column.addSpacing(theme.SPACE_8)
        self._owner = QCheckBox("Is an owner of the practice, too")
        self._owner.setObjectName("isOwner")
        self.column.addWidget(self._owner)
        explained = Label("Owners make accounts, reset passwords and enrol computers.", muted=True, size="small")
        explained.setContentsMargins(OPTION_INDENT, 0, 0, 0)
        self.column.addWidget(explained)
        self.column.addSpacing(theme.SPACE_8)
        self.add_answers(primary("Create account"), self._on_create)
        self.questions.rows["person"].editor.setFocus()

    def reject(self) -> None:
        """What was typed is thrown away only if that is wanted."""
        if any(self.questions.raw(name) for name in ("person", "name", "email")):
            words = ("Throw away what you typed?", "The account is not made yet.", "Throw it away")
            confirm(self, *words, lambda: self.done(0), keep="Keep typing", dangerous=True)
        else:
            super().reject()

    def refuse(self, problem: InvalidInput) -> None:
        """Say beside the fields what the practice found wrong."""
        rest = self.questions.set_problems(problem.fields)
        self.roles.say(rest)
        self.fit_soon()

    def _on_kind(self, kind: str) -> None:
        self.questions.rows["person"].setVisible(kind == STAFF_KIND)
        first = "person" if kind == STAFF_KIND else "name"
        self.questions.rows[first].editor.setFocus()
        self.fit_soon()

    def _on_edited(self, name: str) -> None:
        person = self.questions.raw("person")
        if name == "person" and isinstance(person, ObjectId):
            tasks.run(self, lambda: self._found(person), self._on_found)

    def _found(self, person: ObjectId) -> tuple[Row, bool]:
        """The member of staff, and whether they have an account."""
        session = self._context.session
        row = STAFF.get(session, person)
        try:
            check_has_none(session, person)
        except InvalidInput:
            return row, True
        return row, False

    def _on_found(self, found: tuple[Row, bool]) -> None:
        row, has_one = found
        if has_one:
            self._taken.add(row["_id"])
        self._on_person_checked()
        # What was typed meanwhile gives way only to what is known.
        known = {"name": row["name"], "email": row.get("email") or self.questions.raw("email")}
        self.questions.show_values(known)
        self.roles.tick_only([USUAL_ROLES[row["profession"]]] if row["profession"] in USUAL_ROLES else [])
        self.fit_soon()

    def _on_person_checked(self) -> None:
        """The field itself doesn't know of accounts."""
        person = self.questions.rows["person"]
        if person.editor.raw() in self._taken and not person.problem:
            person.set_problem(HAS_ONE)

    def _on_create(self) -> None:
        right = self.questions.check()
        if self.roles.check(owner=self._owner.isChecked()) and right:
            self.filled_in.emit(self.questions.values(), self.roles.ticked(), self._owner.isChecked())
        self.fit_soon()
