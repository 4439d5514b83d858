"""An entry of the trail as people read it. Its form on the server, and its signature, are database.audit's."""

from __future__ import annotations

from typing import Any, ClassVar

from hmsdesk.models.appointments import STATUSES
from hmsdesk.models.fields import ChoiceField, ReferenceField, TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.observations import VITALS_RECORDED
from hmsdesk.models.record import Listing, Order, Record, days_of
from hmsdesk.models.times import MomentField
from hmsdesk.security.permissions import ROLE_WORDS

# What the program does, in the clinic's words; everything else is shown as it was written.
ACTIONS = (
    ("sign in", "Signed in"),
    ("open chart", "Opened a chart"),
    ("open prescription", "Opened a prescription"),
    ("open history", "Opened a history"),
    ("export", "Exported"),
    ("register", "Registered"),
    ("create", "Added"),
    ("update", "Changed"),
    ("book", "Booked"),
    ("sign prescription", "Prescribed"),
    ("dispense", "Dispensed"),
    ("refuse prescription", "Refused a prescription"),
    ("set prescription aside", "Set a prescription aside"),
    ("take hand-out back", "Took a hand-out back"),
    ("receive", "Received stock"),
    ("take delivery back", "Took a delivery back"),
    ("adjust stock", "Adjusted stock"),
    ("count stock", "Counted stock"),
    ("approve invoice", "Approved an invoice"),
    ("void invoice", "Made an invoice void"),
    ("move share", "Moved the insurance's share to the patient"),
    ("take payment", "Took a payment"),
    ("refund", "Gave money back"),
    ("correct payment", "Corrected a payment"),
    ("reverse refund", "Reversed a refund"),
    ("open drawer", "Opened the drawer"),
    ("correct opening", "Corrected an opening"),
    ("close drawer", "Closed the drawer"),
    ("choose password", "Chose a password"),
    ("change password", "Changed password"),
    ("reset password", "Reset password"),
    ("reinstate", "Recovered account"),
    ("change roles", "Changed roles"),
    ("rename", "Changed account"),
    ("disabled", "Disabled account"),
    ("active", "Enabled account"),
    ("renew credential", "Renewed credential"),
    ("new recovery code", "Recovery code"),
    ("revoke", "Revoked"),
    ("hand out connection string", "Gave a connection"),
    ("found practice", "Founded practice"),
    ("back up", "Made a backup"),
    ("restore", "Restored from a backup"),
    ("set up daily backup", "Set up daily backups"),
    ("end daily backup", "Ended daily backups"),
    ("verify trail", "Verified the trail"),
)
# What is looked for less, in the same words.
_OTHER_WORDS = {code: f"Set to {word.lower()}" for code, word in STATUSES} | {
    "visit": "Noted a visit",
    "open visit": "Opened a visit",
    "begin visit": "Began a visit",
    "close visit": "Closed a visit",
    "reopen visit": "Reopened a visit",
    "discard visit": "Took back a visit begun by mistake",
    VITALS_RECORDED: "Recorded vital signs",
    "entered in error": "Marked as an error",
    "add document": "Added a document",
    "open document": "Opened a document",
    "cancel prescription": "Cancelled a prescription",
    "print prescription": "Printed a prescription",
    "move": "Moved",
    "move back": "Moved back",
    "put on list": "Put on the list",
    "bring up to date": "Brought up to date",
    "renew owner credential": "Renewed the owner credential",
    "charge": "Charged",
    "take charge back": "Took a charge back",
    "copy name": "Copied a name",
    "encrypt": "Encrypted",
    "make keys": "Made keys",
    "remove keys": "Removed keys",
    "follow title": "Followed a new name",
}


class ActionField(ChoiceField):
    """What was done. A word nobody knows is shown as it is: the trail is never tidied."""

    def show(self, value: Any, locale: Locale) -> str:
        return dict(self.choices).get(value) or str(value or "").capitalize()


class TrailEntry(Record):
    """Who did what, when and where."""

    meta: ClassVar[dict[str, Any]] = {"collection": "audit"}

    at = MomentField(verbose_name="Time", width=134)
    person = ReferenceField(verbose_name="Person", refers_to="accounts", width=142, filter=True)
    role = ChoiceField(
        verbose_name="Role", choices=tuple((role.value, word) for role, word in ROLE_WORDS.items()), width=104
    )
    workstation = TextField(verbose_name="Workstation", width=120)
    action = ActionField(verbose_name="Action", choices=(*ACTIONS, *_OTHER_WORDS.items()), width=152, filter=True)
    what = TextField(verbose_name="What", width=0)
    reason = TextField(verbose_name="Reason", max_length=500)
    record = TextField(verbose_name="Record", group="In the chain")
    place = TextField(verbose_name="Entry", group="In the chain")

    LISTING: ClassVar[Listing] = Listing(
        noun="trail entry",
        plural="trail entries",
        heading="Trail",
        adding="",
        title="person:title",
        search=(),
        orders=(Order("at", "Time", descending=True),),
        aspects=(days_of("audit"),),
    )
