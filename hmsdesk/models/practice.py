"""The practice's public facts: its names, where it is, and the key that everything in it is certified with."""

from __future__ import annotations

from typing import Any, ClassVar

from hmsdesk.models.fields import ChoiceField, TextField
from hmsdesk.models.locale import Locale
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.record import Listing, Order, Record

# ISO 3166 country, its usual ISO 4217 currency and IANA time zone, for the countries a practice can be founded in.
COUNTRIES: dict[str, tuple[str, str, str]] = {
    "EG": ("Egypt", "EGP", "Africa/Cairo"),
    "SA": ("Saudi Arabia", "SAR", "Asia/Riyadh"),
    "AE": ("United Arab Emirates", "AED", "Asia/Dubai"),
    "JO": ("Jordan", "JOD", "Asia/Amman"),
    "LB": ("Lebanon", "LBP", "Asia/Beirut"),
    "MA": ("Morocco", "MAD", "Africa/Casablanca"),
    "DE": ("Germany", "EUR", "Europe/Berlin"),
    "FR": ("France", "EUR", "Europe/Paris"),
    "ES": ("Spain", "EUR", "Europe/Madrid"),
    "GB": ("United Kingdom", "GBP", "Europe/London"),
    "US": ("United States", "USD", "America/New_York"),
    "IN": ("India", "INR", "Asia/Kolkata"),
}


class Practice(Record):
    """The one record of its collection."""

    meta: ClassVar[dict[str, Any]] = {"collection": "practice"}

    name = TextField(verbose_name="Name of the practice", required=True, max_length=80)
    name_ar = TextField(verbose_name="Name in Arabic", max_length=80)
    address = TextField(verbose_name="Address", max_length=160)
    address_ar = TextField(verbose_name="Address in Arabic", max_length=160)
    phone = PhoneField(verbose_name="Phone")
    country = ChoiceField(
        verbose_name="Country", required=True, choices=tuple((code, facts[0]) for code, facts in COUNTRIES.items())
    )
    currency = TextField(verbose_name="Currency", required=True, max_length=3)
    timezone = TextField(verbose_name="Time zone", required=True, max_length=64)

    LISTING: ClassVar[Listing] = Listing(
        noun="practice", plural="practices", title="name", search=("name",), orders=(Order("name", "Name"),)
    )
    # keyring: the master keys of what is encrypted, sealed to the practice. encrypted: the collections, each with its
    # fields, in which nothing is in the clear any more.
    SYSTEM: ClassVar[dict[str, Any]] = {
        "keyring": {"bsonType": "binData"},
        "encrypted": {"bsonType": "object"},
        "public_key": {"bsonType": "binData"},
        "recovery": {"bsonType": "binData"},
        "credentials": {"bsonType": "array", "maxItems": 100, "items": {"bsonType": "object"}},
        "provisioned": {"bsonType": "object"},
    }


def locale_of(practice: dict[str, Any]) -> Locale:
    """What a phone number, a price and 'today' mean in this practice."""
    return Locale(practice["country"], practice["currency"], practice["timezone"])
