"""An account: who may sign in, as what. Written with the owner credential only."""

from typing import Any, ClassVar

from mongoengine.fields import BinaryField, DictField, ListField

from hmsdesk.models.emails import EmailAddressField
from hmsdesk.models.fields import ChoiceField, ReferenceField, TextField, WordsField, YesNoField
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.security.certificates import State
from hmsdesk.security.permissions import ROLE_WORDS

STATES = (
    (State.ACTIVE.value, "Active"),
    (State.TEMPORARY.value, "Temporary password"),
    (State.DISABLED.value, "Disabled"),
)


class RolesField(WordsField):
    """The roles a person may sign in as, by their codes."""

    def json_schema(self) -> dict[str, Any]:
        return super().json_schema() | {"items": {"enum": [role.value for role in ROLE_WORDS]}}

    def show(self, value: Any, locale: Any) -> str:
        words = {role.value: word for role, word in ROLE_WORDS.items()}
        return ", ".join(words.get(code, code) for code in value or [])


class Account(Record):
    """A person's way in. The certificate is the truth (security.certificates); the fields beside it are for lists."""

    meta: ClassVar[dict[str, Any]] = {"collection": "accounts"}

    name = TextField(verbose_name="Name", required=True, max_length=120, width=0)
    email = EmailAddressField(verbose_name="E-mail", required=True, unique=True, width=252)
    roles = RolesField(verbose_name="Roles", required=True, width=160)
    state = ChoiceField(verbose_name="Status", choices=STATES, required=True, width=152, filter=True)
    staff = ReferenceField(verbose_name="Member of staff", refers_to="staff", unique=True)
    owner = YesNoField(verbose_name="Owner", default=False, width=72, filter=True)

    certificate = DictField()
    signature = BinaryField()
    credentials = ListField(DictField())
    owner_seal = BinaryField()

    LISTING: ClassVar[Listing] = Listing(
        noun="account",
        adding="Create",
        plural="accounts",
        title="name",
        subtitle="email",
        search=("name", "email", "roles"),
        orders=(Order("name", "Name"), Order("email", "E-mail")),
    )
    SYSTEM: ClassVar[dict[str, Any]] = {
        "certificate": {"bsonType": "object"},
        "signature": {"bsonType": "binData"},
        "credentials": {"bsonType": "array", "maxItems": 100, "items": {"bsonType": "object"}},
        "owner_seal": {"bsonType": "binData"},
    }
