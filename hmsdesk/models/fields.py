"""The kinds of field a record is declared with.

Each knows how to take in what a person typed (`clean`), how to show it (`show`) and what the server must
refuse (`json_schema`). Declared beside MongoEngine's own arguments (required, choices, default):

verbose_name: the label. help_text: the line that explains it. group: the heading it stands under in a form.
width: the width of its list column in px (0 stretches; absent: no column). unique: refused when another record has it.
issued: made by the program, shown but never typed. filter: offered as a filter chip.
fixed: typed when it is added, and only shown after that.
encrypted: how it is encrypted, as a whole. It is neither listed nor searched by, but for equality if DETERMINISTIC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from bson import Decimal128, ObjectId
from mongoengine.base import BaseField
from mongoengine.fields import (
    BooleanField,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)

from hmsdesk.models import amounts, dates, server_rules
from hmsdesk.models.declaration import Kept, Problem, clean_values, declared_fields, object_schema
from hmsdesk.models.locale import Locale
from hmsdesk.models.money import digits, rounded, worded
from hmsdesk.models.text import (
    IN_A_LINE,
    IN_LINES,
    has_hostile_characters,
    number_words,
    so_many,
    tidy,
)

HOSTILE = "This holds hidden control characters. Please type it again."


class TextField(Kept, StringField):
    """Words. max_length is in characters; multiline keeps line breaks."""

    def __init__(self, max_length: int = 120, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        super().__init__(max_length=max_length, **kwargs)

    def clean(self, raw: object, locale: Locale) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, str):
            raise Problem("This must be text.")
        if has_hostile_characters(raw):
            raise Problem(HOSTILE)
        text = self._short(tidy(raw, multiline=self.multiline))
        return self._short(self.form(text)) if text else None

    def _short(self, text: str) -> str:
        if len(text) > self.max_length:
            raise Problem(f"At most {self.max_length:,} characters; this has {len(text):,}.")
        return text

    def form(self, text: str) -> str:
        """The text in the form this kind of field keeps; kinds of text refine it. Raises Problem."""
        return text

    def json_schema(self) -> dict[str, Any]:
        pattern = IN_LINES if self.multiline else IN_A_LINE
        return {"bsonType": "string", "maxLength": self.max_length, "pattern": pattern}


class CodeField(TextField):
    """A short code in capital letters and digits, such as CARD."""

    def form(self, text: str) -> str:
        code = text.upper()
        if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]*", code):
            raise Problem("Only letters, digits and hyphens, without spaces.")
        return code

    def json_schema(self) -> dict[str, Any]:
        return super().json_schema() | {"pattern": r"^[A-Z0-9][A-Z0-9-]*\z"}


class SeriesField(TextField):
    """The number of a paper, INV-26-00669: found by 669 too, as nobody types the zeros before it."""

    def search_text(self, value: Any) -> str:
        return number_words(str(value))


class ChoiceField(Kept, StringField):
    """One of a few words. choices: pairs of the code that is stored and the word that is shown."""

    def __init__(self, choices: tuple[tuple[str, str], ...], **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)

    def clean(self, raw: object, locale: Locale) -> str | None:
        if raw is None or raw == "":
            return None
        if not isinstance(raw, str) or raw not in dict(self.choices):
            raise Problem("Choose one of: " + ", ".join(word for _, word in self.choices) + ".")
        return raw

    def show(self, value: Any, locale: Locale) -> str:
        return dict(self.choices).get(value, "") if value else ""

    def json_schema(self) -> dict[str, Any]:
        return {"enum": [code for code, _ in self.choices]}

    def search_text(self, value: Any) -> str:
        return str(dict(self.choices).get(value, ""))


class WholeNumberField(Kept, IntField):
    """A whole number. min_value and max_value are included; unit is shown behind it."""

    numeric = True

    def __init__(
        self, min_value: int = 0, max_value: int = 1_000_000, unit: str = "", step: int = 1, **kwargs: Any
    ) -> None:
        """step: what it is a multiple of."""
        self.unit = unit
        self.step = step
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def clean(self, raw: object, locale: Locale) -> int | None:
        if raw is None or raw == "":
            return None
        number = self._whole(raw)
        if not self.min_value <= number <= self.max_value:
            raise Problem(f"A whole number from {self.min_value:,} to {self.max_value:,}.")
        if number % self.step:
            raise Problem(f"A multiple of {self.step} {self.unit}".rstrip() + ".")
        return number

    @staticmethod
    def _whole(raw: object) -> int:
        if isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and re.fullmatch(r"\s*-?\d{1,15}\s*", raw):
            # Some characters are space to an expression, and none to a number.
            return int(raw.strip())
        raise Problem("A whole number, in digits.")

    def show(self, value: Any, locale: Locale) -> str:
        return "" if value is None else f"{value:,}" + (f" {self.unit}" if self.unit else "")

    def json_schema(self) -> dict[str, Any]:
        limits = {"bsonType": ["int", "long"], "minimum": self.min_value, "maximum": self.max_value}
        return limits | ({"multipleOf": self.step} if self.step > 1 else {})


class YesNoField(Kept, BooleanField):
    """Yes or no, in the words that fit. words: for true, for false."""

    def __init__(self, words: tuple[str, str] = ("Yes", "No"), **kwargs: Any) -> None:
        self.words = words
        super().__init__(**kwargs)

    def clean(self, raw: object, locale: Locale) -> bool | None:
        if raw is None or isinstance(raw, bool):
            return raw
        raise Problem("Yes or no.")

    def show(self, value: Any, locale: Locale) -> str:
        return "" if value is None else self.words[0 if value else 1]

    def json_schema(self) -> dict[str, Any]:
        return {"bsonType": "bool"}


class InUseField(YesNoField):
    """Whether a record is in use; what isn't stays where it is referred to. ending: the verb for taking it out."""

    def __init__(self, ending: str = "Take out of use", words: tuple[str, str] = ("In use", "Not in use")) -> None:
        self.ending = ending
        super().__init__(words, verbose_name="Status", default=True, filter=True)


class DateField(Kept, StringField):
    """A civil date as ISO 8601 text; day comes first where it is typed with numbers.

    partial: a year or a year and month are taken too, as FHIR's `date` type has it.
    month_end: a month and year mean the last day of that month, as on packs: in GS1's expiration date, AI (17), a day
    that is absent (00) is the last one. Not together with partial.
    past: not later than today. earliest: the first year taken. today: what a new record begins with.
    """

    def __init__(
        self,
        partial: bool = False,
        past: bool = False,
        month_end: bool = False,
        earliest: int = dates.EARLIEST,
        *,
        today: bool = False,
        **kwargs: Any,
    ) -> None:
        self.today = today
        self.partial = partial
        self.month_end = month_end
        self.past = past
        self.earliest = earliest
        super().__init__(**kwargs)

    def clean(self, raw: object, locale: Locale) -> str | None:
        if isinstance(raw, date):
            raw = raw.isoformat()
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if not isinstance(raw, str):
            raise Problem("This must be a date.")
        text = dates.read(raw.strip(), partial=self.partial, earliest=self.earliest, month_end=self.month_end)
        if self.past and text > locale.today().isoformat()[: len(text)]:
            raise Problem("This date lies in the future.")
        return text

    def show(self, value: Any, locale: Locale) -> str:
        return dates.worded(value) if value else ""

    def json_schema(self) -> dict[str, Any]:
        return {"bsonType": "string", "pattern": dates.pattern(self.earliest, partial=self.partial)}

    def held(self, path: str) -> list[dict[str, Any]]:
        return [server_rules.not_after_today(path)] if self.past else []


MOST_MONEY = Decimal("9999999.99")


class MoneyField(Kept, BaseField):
    """An amount in the practice's currency, kept as FHIR's Money: {value: Decimal128, currency}. Never a float."""

    numeric = True

    def clean(self, raw: object, locale: Locale) -> dict[str, object] | None:
        if raw is None or raw == "":
            return None
        currency = locale.currency
        if isinstance(raw, Mapping):
            currency, raw = _currency(raw), raw.get("value")
        amount = amounts.parsed(raw, digits(currency))
        if amount < 0:
            raise Problem("The amount can't be below zero.")
        if amount > MOST_MONEY:
            raise Problem("The amount is too large.")
        return {"value": Decimal128(rounded(amount, currency)), "currency": currency}

    def validate(self, value: Any) -> None:
        if not isinstance(value, Mapping) or not isinstance(value.get("value"), Decimal128):
            self.error("money is a value and a currency")

    def show(self, value: Any, locale: Locale) -> str:
        return "" if not value else worded(value["value"].to_decimal(), value["currency"])

    def json_schema(self) -> dict[str, Any]:
        return {
            "bsonType": "object",
            "required": ["value", "currency"],
            "properties": {
                "value": {
                    "bsonType": "decimal",
                    "minimum": 0,
                    "maximum": Decimal128(MOST_MONEY),
                    "multipleOf": Decimal128("0.001"),
                },
                "currency": {"bsonType": "string", "pattern": r"^[A-Z]{3}\z"},
            },
            "additionalProperties": False,
        }


def _currency(money: Mapping[str, Any]) -> str:
    currency = money.get("currency")
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        raise Problem("The currency is not known.")
    return currency


class ReferenceField(Kept, ObjectIdField):
    """The id of a record in another collection.

    refers_to: that collection's name. among: the name of a narrower choice there (models.registry), if there is one.
    """

    def __init__(self, refers_to: str, among: str = "", **kwargs: Any) -> None:
        self.refers_to = refers_to
        self.among = among or refers_to
        super().__init__(**kwargs)

    def clean(self, raw: object, locale: Locale) -> ObjectId | None:
        if raw is None or raw == "":
            return None
        if not isinstance(raw, str | ObjectId) or not ObjectId.is_valid(raw):
            raise Problem("Choose one from the list.")
        return ObjectId(raw)

    def json_schema(self) -> dict[str, Any]:
        return {"bsonType": "objectId"}


class Fault(NamedTuple):
    """What is wrong with one part among the others: its place from 0 on, its field, and the sentence that says it."""

    place: int
    field: str
    told: str


class PartsField(Kept, EmbeddedDocumentListField):
    """Several parts of one kind, each with fields of its own.

    part: the embedded document's class; it may have `told(part)`, one part as it is read.
    in_line: in a form the fields of a part stand side by side. adding: the words for adding a part.
    following: what a further part begins with, after the last one.
    fault: what the record's rules find wrong with cleaned parts taken together.
    """

    several = True

    def __init__(
        self,
        part: type,
        max_parts: int = 20,
        in_line: bool = False,
        adding: str = "",
        following: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
        fault: Callable[[Sequence[Mapping[str, Any]]], Fault | None] | None = None,
        **kwargs: Any,
    ) -> None:
        self.part = part
        self.max_parts = max_parts
        self.in_line = in_line
        self.adding = adding
        self.following = following
        self.fault = fault
        super().__init__(document_type=part, **kwargs)

    def clean(self, raw: object, locale: Locale) -> list[dict[str, object]] | None:
        if not raw:
            return None
        if not isinstance(raw, list):
            raise Problem("This must be a list.")
        if len(raw) > self.max_parts:
            raise Problem(f"At most {so_many(self.max_parts, 'entry', 'entries')}.")
        return [self._part(n, values, locale) for n, values in enumerate(raw, start=1)]

    def _part(self, n: int, values: object, locale: Locale) -> dict[str, object]:
        if not isinstance(values, Mapping):
            raise Problem(f"Entry {n}: this can't be read.")
        cleaned, problems = clean_values(self.part, values, locale)
        if problems:
            raise Problem(f"Entry {n}: " + " ".join(problems.values()))
        return cleaned

    def json_schema(self) -> dict[str, Any]:
        limits = {"bsonType": "array", "minItems": int(self.required), "maxItems": self.max_parts}
        return limits | {"items": object_schema(self.part)}

    def held(self, path: str) -> list[dict[str, Any]]:
        parts = declared_fields(self.part).items()
        return [rule for name, field in parts for rule in field.held(f"{path}.{name}")]


class WordsField(Kept, ListField):
    """A short list of texts."""

    def __init__(self, max_length: int = 60, max_words: int = 40, text: TextField | None = None, **kwargs: Any) -> None:
        self.max_words = max_words
        self.text = text or TextField(max_length=max_length)
        super().__init__(field=self.text, **kwargs)

    def clean(self, raw: object, locale: Locale) -> list[str] | None:
        if not raw:
            return None
        if not isinstance(raw, list):
            raise Problem("This must be a list.")
        if len(raw) > self.max_words:
            raise Problem(f"At most {so_many(self.max_words, 'entry', 'entries')}.")
        cleaned = (self.text.clean(word, locale) for word in raw)
        return list(dict.fromkeys(word for word in cleaned if word)) or None

    def show(self, value: Any, locale: Locale) -> str:
        return ", ".join(value or [])

    def json_schema(self) -> dict[str, Any]:
        limits = {"bsonType": "array", "minItems": int(self.required), "maxItems": self.max_words, "uniqueItems": True}
        return limits | {"items": self.text.json_schema()}

    def search_text(self, value: Any) -> str:
        return " ".join(self.text.search_text(word) for word in value)
