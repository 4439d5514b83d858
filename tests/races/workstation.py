"""What one workstation's program does in a race: a person signs in, and does one thing by the program's controllers.

What was looked at before is kept by operation, as a window does: who sends an operation again looks at nothing anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bson import ObjectId

from hmsdesk.controllers.accounts import Owner, owning
from hmsdesk.controllers.appointments import APPOINTMENTS, BookAppointment
from hmsdesk.controllers.diaries import Refusal
from hmsdesk.controllers.dispensary.handing_out import dispense
from hmsdesk.controllers.dispensary.opening import look_again
from hmsdesk.controllers.invoices import INVOICES, IssueInvoice, LineTerms, waiting_charges
from hmsdesk.controllers.opened import Opened
from hmsdesk.controllers.patients import PATIENTS
from hmsdesk.controllers.payments import PAYMENTS, TakePayment
from hmsdesk.controllers.sign_in import Door
from hmsdesk.controllers.stock.deliveries import DELIVERIES
from hmsdesk.controllers.walk_in import walk_in
from hmsdesk.database.connection import Busy
from hmsdesk.database.session import Session
from hmsdesk.errors import Conflict, Unreachable, UserError
from hmsdesk.models.appointments import APPROVED, COMPLETED, IN_CONSULTATION
from hmsdesk.models.row import Row
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import Role
from hmsdesk.security.secrets import open_secrets
from hmsdesk.settings import Profile, Settings
from tests.races.unrest import Shared, Unrest


@dataclass(frozen=True)
class Answer:
    """What came of it. told: the kind of error in a word, empty where it was done; unsure: it may be sent again.

    value: what was made. Of a refusal: rule and nearest, where a booking was refused, current, where somebody else
    was faster.
    """

    value: Any = None
    told: str = ""
    words: str = ""
    unsure: bool = False
    rule: str = ""
    nearest: tuple[datetime, ...] = ()
    current: Row = field(default_factory=dict)
    bug: str = ""

    @property
    def done(self) -> bool:
        """Whether it was acknowledged."""
        return not self.told


class Workstation:
    """A computer with one window for each role."""

    _owner: Owner

    def __init__(self) -> None:
        self._sessions: dict[Role, Session] = {}
        self._seen: dict[tuple[str, ObjectId], Any] = {}
        self._owning = ExitStack()

    def answer(self, deed: str, values: dict[str, Any]) -> Answer:
        """Do what is named; whatever is raised is told."""
        try:
            return Answer(getattr(self, deed)(**values))
        except UserError as problem:
            offers = problem.nearest if isinstance(problem, Refusal) else []
            return Answer(
                told=type(problem).__name__,
                words=str(problem),
                unsure=isinstance(problem, Unreachable | Busy),
                rule=problem.rule.name if isinstance(problem, Refusal) else "",
                nearest=tuple(offer.start for offer in offers),
                current=problem.current if isinstance(problem, Conflict) else {},
            )
        except Exception as bug:  # noqa: BLE001  (the test fails by it, in its own process)
            return Answer(told=type(bug).__name__, words=str(bug), bug=repr(bug))

    def sign_in(
        self, folder: Path, profile: Profile, address: str, opened: Opened, role: Role, timeout_s: float
    ) -> ObjectId:
        """Enter the practice as somebody whose password was typed already; the chain that this begins.

        folder: this workstation's own data folder.
        """
        settings = Settings(home=folder, argon2_mib=64, server_timeout_s=timeout_s)
        door = Door(settings, profile, open_secrets(profile.secret_store, folder), address)
        try:
            session = door.enter(opened, role)
        finally:
            door.close()
        former = self._sessions.pop(role, None)
        if former is not None:
            former.close()
        self._sessions[role] = session
        return session.chain.id

    def own(self, folder: Path, profile: Profile, address: str, email: str, password: str) -> bool:
        """Open the practice as one of its owners, until they have done something."""
        door = Door(Settings(home=folder, argon2_mib=64), profile, open_secrets(profile.secret_store, folder), address)
        session = door.sign_in(email, password)
        self._owning.callback(door.close)
        self._owning.callback(session.close)
        self._owner = self._owning.enter_context(owning(door, session, password))
        return True

    def shut_out(self, person: ObjectId, how: str) -> bool:
        """Another owner: disable their account, or reset their password."""
        with self._owning:
            if how == "disable":
                self._owner.set_state(person, State.DISABLED)
            else:
                self._owner.reset(person)
        return True

    def be_patient(self, timeout_s: float) -> None:
        """Wait so long for the server from now on."""
        for session in self._sessions.values():
            session.server.timeout_s = timeout_s

    def register(self, operation: str, name: str) -> Row:
        """A new patient."""
        return PATIENTS.create(self._sessions[Role.RECEPTIONIST], {"name": name, "gender": "female"}, operation)

    def book(self, operation: str, patient: ObjectId, practitioner: ObjectId, start: datetime) -> ObjectId:
        """A doctor's time."""
        wanted = BookAppointment(patient=patient, practitioner=practitioner, start=start)
        booked: ObjectId = APPOINTMENTS.book(self._sessions[Role.RECEPTIONIST], wanted, operation)["_id"]
        return booked

    def bring_back(self, operation: str, appointment: Row) -> Row:
        """What was cancelled."""
        return APPOINTMENTS.set_status(self._sessions[Role.RECEPTIONIST], appointment, APPROVED, operation)

    def move_back(self, operation: str, appointment: Row) -> Row:
        """What was moved, to where it was."""
        left = appointment["moved"][-1]
        session = self._sessions[Role.RECEPTIONIST]
        return APPOINTMENTS.move(session, appointment, left["start"], left["practitioner"], operation)

    def see_to(self, operation: str, patient: ObjectId, practitioner: ObjectId) -> ObjectId:
        """Somebody without a booking, from the door to the paid bill; the payment."""
        session = self._sessions[Role.RECEPTIONIST]
        row = walk_in(session, patient, practitioner, f"{operation}-door")
        for status in (IN_CONSULTATION, COMPLETED):
            row = APPOINTMENTS.set_status(session, row, status, f"{operation}-{status}")
        lines = {one["_id"]: LineTerms() for one in waiting_charges(session, patient)}
        bill = INVOICES.issue(session, IssueInvoice(patient, lines), f"{operation}-bill")
        return self.pay(operation, bill["_id"], str(bill["due"]["value"]))

    def hand_out(self, operation: str, prescription: ObjectId) -> ObjectId:
        """One of the prescription's only line."""
        session = self._sessions[Role.PHARMACIST]
        seen = self._looked_at(operation, prescription, lambda: look_again(session, prescription))
        done: ObjectId = dispense(session, seen, {1: 1}, operation)["_id"]
        return done

    def receive(self, operation: str, delivery: Row) -> ObjectId:
        """What a supplier brought."""
        received: ObjectId = DELIVERIES.create(self._sessions[Role.PHARMACIST], delivery, operation)["_id"]
        return received

    def pay(self, operation: str, invoice: ObjectId, amount: str) -> ObjectId:
        """So much of a bill as it was looked at."""
        session = self._sessions[Role.RECEPTIONIST]
        seen = self._looked_at(operation, invoice, lambda: INVOICES.get(session, invoice))
        paid: ObjectId = PAYMENTS.take(session, seen, TakePayment("cash", amount), operation)["_id"]
        return paid

    def pay_in_the_end(self, operation: str, invoice: ObjectId, amount: str) -> ObjectId:
        """The same, again after each look at what others paid, until it is taken or refused."""
        return self._until_nobody_was_faster(lambda n: self.pay(f"{operation}-{n}", invoice, amount))

    def look_at(self, operation: str, patient: ObjectId) -> int:
        """A patient's record, before something is changed in it."""
        session = self._sessions[Role.RECEPTIONIST]
        seen: Row = self._looked_at(operation, patient, lambda: PATIENTS.get(session, patient))
        version: int = seen["version"]
        return version

    def write_down(self, operation: str, patient: ObjectId, field: str, value: str) -> int:
        """Something in a patient's record as it was looked at; the version it has then."""
        session = self._sessions[Role.RECEPTIONIST]
        seen = self._looked_at(operation, patient, lambda: PATIENTS.get(session, patient))
        version: int = PATIENTS.change(session, patient, seen["version"], {field: value}, operation)["version"]
        return version

    def add_to(self, operation: str, patient: ObjectId, field: str, word: str) -> str:
        """A word to what stands in a field, again after each look at what others wrote, until it stands there."""
        session = self._sessions[Role.RECEPTIONIST]

        def attempt(n: int) -> int:
            sent = f"{operation}-{n}"
            seen = self._looked_at(sent, patient, lambda: PATIENTS.get(session, patient))
            return self.write_down(sent, patient, field, f"{seen.get(field, '')} {word}".strip())

        self._until_nobody_was_faster(attempt)
        return word

    def do_anything(self, shared: Shared, seed: int, times: int) -> Counter[tuple[str, bool]]:
        """Whatever comes to somebody's mind."""
        sessions = self._sessions[Role.RECEPTIONIST], self._sessions[Role.PHARMACIST]
        return Unrest(*sessions, shared, seed).do(times)

    def _looked_at(self, operation: str, record: ObjectId, look: Callable[[], Any]) -> Any:
        if (operation, record) not in self._seen:
            self._seen[operation, record] = look()
        return self._seen[operation, record]

    @staticmethod
    def _until_nobody_was_faster(attempt: Callable[[int], Any]) -> Any:
        n = 0
        while True:
            try:
                return attempt(n)
            except Conflict:
                n += 1
