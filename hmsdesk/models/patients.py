"""A patient's demographics (FHIR Patient). What is clinical lies apart, in patient_health."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from mongoengine import EmbeddedDocument
from pymongo import IndexModel
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_2

from hmsdesk.models import sounds, text
from hmsdesk.models.dates import worded
from hmsdesk.models.declaration import Encryption, Problem
from hmsdesk.models.emails import EmailAddressField
from hmsdesk.models.fields import (
    ChoiceField,
    DateField,
    InUseField,
    PartsField,
    TextField,
    WholeNumberField,
    YesNoField,
)
from hmsdesk.models.locale import Locale
from hmsdesk.models.phones import PhoneField
from hmsdesk.models.record import Aspect, Cell, Listing, Order, Record
from hmsdesk.models.row import Row
from hmsdesk.models.server_rules import Rule, more_than, needs, present, where

# FHIR AdministrativeGender
UNKNOWN = "unknown"
GENDERS = (("male", "Male"), ("female", "Female"), ("other", "Other"), (UNKNOWN, "Not known"))
_UNSPEAKABLE = "IO*"
LEAST_NATIONAL_ID, MOST_NATIONAL_ID = 5, 20
# What stands between the groups of a national ID.
_ODD_IN_ID = re.compile(r"[^A-Z0-9 ./-]")
_APART = re.compile(r"[A-Z][^A-Z0-9]*\s[^A-Z0-9]*[0-9]")

# Where the first letters of two words of a name stand together.
PAIRED = "find.pairs"
# Filters of the list by what only clinical roles may know.
CONDITION, VISIT_DAYS = "condition", "visit_days"


class EmergencyContact(EmbeddedDocument):
    """Whom to call (FHIR Patient.contact)."""

    name = TextField(verbose_name="Name", required=True, max_length=120)
    relationship = TextField(verbose_name="Relationship", max_length=40)
    phone = PhoneField(verbose_name="Phone", required=True)


class NationalIdField(TextField):
    """The number of an identity card or passport (FHIR Identifier.type NI): letters and digits, as nobody agrees on
    what stands between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MOST_NATIONAL_ID, **kwargs)

    def form(self, text: str) -> str:
        tidied = tidy_national_id(text)
        if tidied is None:
            raise Problem(f"{LEAST_NATIONAL_ID} to {MOST_NATIONAL_ID} letters and digits, as on the card.")
        return tidied


class BirthDateField(DateField):
    """A date of birth, or as much of it as is known; the age stands behind it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(partial=True, past=True, **kwargs)

    def remark(self, value: Any, locale: Locale) -> str:
        return age(value, locale.today())


def sex(row: Mapping[str, Any]) -> str:
    """Male, as it stands in a sentence: male; sex not known."""
    word = dict(GENDERS).get(row.get("gender", ""), "").lower()
    return f"sex {word}" if row.get("gender") == UNKNOWN else word


def born(row: Mapping[str, Any]) -> str:
    """12 Mar 1968; about 1968, where it is a guess; empty if it isn't known."""
    words = worded(row["birth_date"]) if row.get("birth_date") else ""
    return f"about {words}" if words and row.get("birth_estimated") else words


def about(row: Mapping[str, Any], locale: Locale) -> str:
    """58 years, male; an age that isn't known is left out."""
    return ", ".join(part for part in (age(row.get("birth_date"), locale.today()), sex(row)) if part)


def identified(row: Mapping[str, Any], _locale: Locale) -> str:
    """BK-0391-1, born 7 Nov 2006: what tells two of the same name apart."""
    parts = (f"\u2066{row['identifier']}\u2069", f"born {born(row)}" if born(row) else "")
    return ", ".join(part for part in parts if part)


def age_and_sex(row: Mapping[str, Any], locale: Locale) -> str:
    """The same for a narrow column: 58, M; a sex that isn't known is left out too."""
    words = age(row.get("birth_date"), locale.today()).removesuffix("years").removesuffix("year").strip()
    letter = {"male": "M", "female": "F", "other": "other"}.get(row.get("gender", ""), "")
    return ", ".join(part for part in (words, letter) if part)


def reached_at(row: Mapping[str, Any], locale: Locale) -> str:
    """0100 555 0112 (mother): a patient's number, and whose it is where that is somebody else; empty for none."""
    number = Patient.phone.show(row.get("phone"), locale)
    whose = f" ({row['phone_of']})" if row.get("phone_of") else ""
    return f"\u2066{number}\u2069{whose}" if number else ""


class Patient(Record):
    """Who the patient is and how to reach them. The identifier is issued by the program and never changes."""

    meta: ClassVar[dict[str, Any]] = {"collection": "patients"}

    identifier = TextField(verbose_name="Patient ID", issued=True, max_length=12, width=110)
    name = TextField(
        verbose_name="Full name",
        required=True,
        max_length=120,
        width=0,
        help_text="As on the identity card. A newborn without a name: Newborn of, and the mother's name",
    )
    name_ar = TextField(verbose_name="Name in Arabic", max_length=120)
    national_id = NationalIdField(verbose_name="National ID", encrypted=Encryption.DETERMINISTIC)
    gender = ChoiceField(verbose_name="Sex", choices=GENDERS, required=True, width=96, filter=True)
    birth_date = BirthDateField(
        verbose_name="Date of birth",
        width=116,
        help_text="Only the year or the month is enough. Leave it empty if it isn't known",
    )
    birth_estimated = YesNoField(verbose_name="Estimated", default=False, help_text="The date of birth is a guess")
    phone = PhoneField(verbose_name="Mobile phone", width=136, group="How to reach")
    phone_of = TextField(
        verbose_name="Whose phone it is", max_length=60, group="How to reach", help_text="If it is a relative's: mother"
    )
    email = EmailAddressField(verbose_name="E-mail", group="How to reach")
    address = TextField(verbose_name="Address", max_length=200, group="How to reach")
    emergency_contacts = PartsField(
        EmergencyContact,
        verbose_name="Emergency contacts",
        max_parts=5,
        group="In an emergency",
        adding="Add a contact",
    )
    alerts = TextField(
        verbose_name="Needs",
        max_length=120,
        group="In an emergency",
        help_text="What everybody who meets the patient must know: wheelchair, interpreter",
    )
    insurer = TextField(verbose_name="Insurer", max_length=80, group="Insurance")
    policy = TextField(verbose_name="Policy number", max_length=40, group="Insurance", encrypted=Encryption.RANDOM)
    insurance_percent = WholeNumberField(
        verbose_name="Insurance pays",
        min_value=0,
        max_value=100,
        unit="%",
        group="Insurance",
        help_text="Of all but medicines. The cash desk can change it on a bill",
    )
    active = InUseField("Archive", ("Current", "Archived"))

    LISTING: ClassVar[Listing] = Listing(
        noun="patient",
        adding="Register",
        plural="patients",
        title="name",
        subtitle="name_ar",
        apart=identified,
        search=("name", "name_ar", "phone"),
        orders=(Order("name", "Name"), Order("created_at", "Registered")),
        cells={"gender": Cell("Age, sex", age_and_sex)},
        aspects=(
            Aspect(
                CONDITION,
                "Problem",
                "words",
                "patient_health",
                "The first letters are enough. Several with commas: any of them",
            ),
            Aspect(VISIT_DAYS, "Visit", "days", "patient_health", "A day, or the first and the last"),
        ),
        narrowed=("gender", "active"),
        indexes=(
            IndexModel([("identifier", 1)], name="unique identifier", unique=True),
            IndexModel([("find.prefix", 1), ("find.serial", 1)], name="serial"),
            IndexModel([("find.sounds", 1), ("find.name", 1), ("_id", 1)], name="sounds"),
            IndexModel([("phone", 1)], name="phone"),
            IndexModel([("national_id", 1)], name="national ID", sparse=True),
            IndexModel([("birth_date", 1)], name="birth_date"),
        ),
    )

    @classmethod
    def indexes(cls) -> list[IndexModel]:
        """Besides, each order of those who are called two things."""
        return super().indexes() + [IndexModel(cls.walked(cls.path(one.field), PAIRED)) for one in cls.LISTING.orders]

    @classmethod
    def derived(cls, values: Mapping[str, Any]) -> Row:
        """The patient is found by the parts of the ID as well, by two words together, and by how the names sound."""
        found = super().derived(values)
        found |= {"sounds": sounds.keys(values.get("name") or "", values.get("name_ar") or "")}
        return cls.found_by_id(found, values.get("identifier", ""))

    @staticmethod
    def found_by_id(found: Mapping[str, Any], issued: str) -> Row:
        """What is derived from all but the ID, and from the ID."""
        parts = text.words(issued)
        words, edges = found["words"] + parts, sorted({*found["edges"], *text.edges(parts)})
        return {**found, "words": words, "edges": edges, "pairs": text.pairs(words)}

    HELD: ClassVar[tuple[Rule, ...]] = (
        needs("phone_of", "phone"),
        needs("policy", "insurer"),
        where(more_than("insurance_percent", 0), present("insurer")),
    )

    @classmethod
    def rules(cls, values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
        """A relative's name beside no phone is a slip, and so is a share that nobody pays."""
        problems = {}
        if values.get("phone_of") and not values.get("phone"):
            problems["phone"] = "Whose phone is given, but not its number."
        if (values.get("policy") or values.get("insurance_percent")) and not values.get("insurer"):
            problems["insurer"] = "Which insurance is it?"
        return problems


def identifier(prefix: str, serial: int) -> str | None:
    """The short ID of the serial-th patient of a workstation, BK-4821-7; None for a serial to be skipped.

    The last character is a check character after ISO/IEC 7064, MOD 37-2: every single wrong character and every two
    neighbours that were swapped are found (MOD 37,36 misses some swaps). Serials whose check character looks like a
    digit or is no letter are not used.
    """
    check: str = mod_37_2.calc_check_digit(f"{prefix}{serial:04}")
    return None if check in _UNSPEAKABLE else f"{prefix}-{serial:04}-{check}"


def tidy_identifier(typed: str) -> str | None:
    """A patient ID however it was typed; None if it is none, or has a slip in it."""
    bare = "".join(c for c in text.fold(typed).upper() if c.isascii() and c.isalnum())
    if len(bare) < 7 or not bare[:2].isalpha() or not bare[2:-1].isdigit():
        return None
    try:
        mod_37_2.validate(bare)
    except ValidationError:
        return None
    return f"{bare[:2]}-{bare[2:-1]}-{bare[-1]}"


def tidy_national_id(typed: str) -> str | None:
    """A national ID however it was typed: capital letters and digits, Arabic ones as Latin ones; None if it is none.

    What everybody has of one is a digit at least; words alone are a name.
    """
    folded = text.fold(typed).upper()
    bare = "".join(c for c in folded if c.isalnum())
    fits = LEAST_NATIONAL_ID <= len(bare) <= MOST_NATIONAL_ID and bare.isascii() and any(c.isdigit() for c in bare)
    return bare if fits and not _ODD_IN_ID.search(folded) else None


def begun_identifier(typed: str) -> str | None:
    """The beginning of a patient ID, where its check letter wasn't typed; None for anything else.

    Letters and digits with a blank between them may be a short name and a phone number: a search takes them as words.
    """
    folded = text.fold(typed).upper()
    if _APART.search(folded):
        return None
    bare = "".join(c for c in folded if c.isascii() and c.isalnum())
    return f"{bare[:2]}-{bare[2:]}" if re.fullmatch(r"[A-Z]{2}[0-9]{3,}", bare) else None


def age(birth_date: str | None, today: date) -> str:
    """How old somebody is: in years, below 2 years in months, below 2 months in days; empty if it isn't known."""
    if not birth_date:
        return ""
    parts = [int(part) for part in birth_date.split("-")]
    try:
        born = date(*[*parts, 1, 1][:3])
    except ValueError:
        # The server takes a 31 February from who writes past the program.
        return ""
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if len(parts) == 1:
        return text.so_many(today.year - parts[0], "year")
    if months >= 24:
        return text.so_many(months // 12, "year")
    if len(parts) == 2 or months >= 2:
        return text.so_many(max(months, 0), "month")
    return text.so_many(max((today - born).days, 0), "day")
