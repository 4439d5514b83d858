"""What a prescription's code says: its signed content, readable without the server.

The code is HMS1: and, in base45 (RFC 9285, so that QR codes carry it in their compact alphanumeric mode and keyboard
scanners type it on any layout's capitals), the 64 bytes of the signature, the deflated content, and a CRC-32 of both,
which tells a misread code from a forged one. The content is compact JSON; what isn't needed to hand out the right
medicines to the right person is not in it. The medicines' names are read by people; which records they are is held by
a short hash, so that none can be put in another's place. Since the program checks what is prescribed, the content goes
on with which lines may be substituted and a hash of the reasons that conflicts were kept for; what was signed before is
read and verified as it is.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from bson import ObjectId
from bson.errors import InvalidId

from hmsdesk.models.dose_amounts import Dose, figure

PREFIX = "HMS1:"
_SIGNATURE_BYTES = 64
_CHECKSUM_BYTES = 4
# Deflated without the header and checksum of zlib's own.
_RAW = -15
_MOST_BYTES = 8192
# A QR code holds 4,296 such characters.
_LONGEST_CODE = 4400
_HASH_LETTERS = 32
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


class NotACode(ValueError):
    """This is no prescription code, or one that was cut short or changed beyond reading."""


@dataclass(frozen=True)
class CodedLine:
    """One medicine as it was signed."""

    name: str
    unit: str
    dose: int | Decimal
    route: str
    frequency: str
    days: int
    quantity: int
    instructions: str


@dataclass(frozen=True)
class Content:
    """A prescription as it was signed."""

    number: str
    issued_at: datetime
    valid_until: str
    signer: ObjectId
    patient: str
    patient_name: str
    birth_date: str
    lines: tuple[CodedLine, ...]
    medicines: str
    substitution: str = ""
    overrides: str = ""


def content_of(prescription: Mapping[str, Any], patient: Mapping[str, Any]) -> bytes:
    """The bytes that are signed, for a prescription's record and the patient it is for."""
    lines = [
        [line["name"], line["unit"], _said(line["dose"])]
        + [line[name] for name in ("route", "frequency", "days", "quantity")]
        + ([line["instructions"]] if line.get("instructions") else [])
        for line in prescription["lines"]
    ]
    said = [
        prescription["number"],
        int(prescription["issued_at"].timestamp()),
        prescription["valid_until"],
        str(prescription["signer"]),
        patient["identifier"],
        patient["name"],
        patient.get("birth_date", ""),
        lines,
        _hash_of(line["medicine"] for line in prescription["lines"]),
    ]
    if any("substitution" in line for line in prescription["lines"]) or prescription.get("overrides"):
        said += [_substitution(prescription["lines"]), _hash_of_overrides(prescription.get("overrides") or ())]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _said(dose: Dose) -> int | str:
    """A part of one as text: a number with a point is read back as something else than was written."""
    return dose if isinstance(dose, int) else figure(dose)


def _hash_of(medicines: Iterable[ObjectId]) -> str:
    """Which medicines' records were prescribed, in order: 128 bits, for their ids would be too long for a code."""
    return sha256(b"".join(medicine.binary for medicine in medicines)).hexdigest()[:_HASH_LETTERS]


def _substitution(lines: Iterable[Mapping[str, Any]]) -> str:
    """A digit for each line: 1 where an equal product may be handed out, 0 where not, - where it was not asked."""
    return "".join("-" if "substitution" not in line else str(int(line["substitution"])) for line in lines)


def _hash_of_overrides(overrides: Iterable[Mapping[str, Any]]) -> str:
    """The reasons that conflicts were kept for; empty where there are none."""
    said = [[one["line"], one["check"], one["about"], one["found"], one["reason"]] for one in overrides]
    whole = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return sha256(whole).hexdigest()[:_HASH_LETTERS] if said else ""


def read_content(content: bytes) -> Content:
    """What signed bytes say. Raises NotACode."""
    try:
        number, issued, until, signer, patient, name, born, lines, medicines, *more = json.loads(content)
        substitution, overrides = more or ("", "")
        return Content(
            number=str(number),
            issued_at=datetime.fromtimestamp(issued, UTC),
            valid_until=str(until),
            signer=ObjectId(str(signer)),
            patient=str(patient),
            patient_name=str(name),
            birth_date=str(born),
            lines=tuple(_line(line) for line in lines),
            medicines=str(medicines),
            substitution=str(substitution),
            overrides=str(overrides),
        )
    except (ValueError, TypeError, InvalidOperation, InvalidId, OverflowError, OSError, RecursionError):
        raise NotACode from None


def _line(said: list[Any]) -> CodedLine:
    name, unit, dose, route, frequency, days, quantity, *more = said
    instructions = str(more[0]) if more else ""
    much = Decimal(dose) if isinstance(dose, str) else int(dose)
    return CodedLine(str(name), str(unit), much, str(route), str(frequency), int(days), int(quantity), instructions)


def encode(content: bytes, signature: bytes) -> str:
    """The text of the code."""
    deflating = zlib.compressobj(9, wbits=_RAW)
    packed = signature + deflating.compress(content) + deflating.flush()
    return PREFIX + base45(packed + _checksum(packed))


def decode(text: str) -> tuple[bytes, bytes]:
    """The content and the signature of a scanned code. Raises NotACode."""
    tidy = text.strip().upper()
    if not tidy.startswith(PREFIX) or len(tidy) > _LONGEST_CODE:
        raise NotACode
    whole = from_base45(tidy.removeprefix(PREFIX))
    packed, checksum = whole[:-_CHECKSUM_BYTES], whole[-_CHECKSUM_BYTES:]
    if len(packed) <= _SIGNATURE_BYTES or _checksum(packed) != checksum:
        raise NotACode
    return _inflated(packed[_SIGNATURE_BYTES:]), packed[:_SIGNATURE_BYTES]


def _checksum(packed: bytes) -> bytes:
    return zlib.crc32(packed).to_bytes(_CHECKSUM_BYTES, "big")


def _inflated(deflated: bytes) -> bytes:
    inflating = zlib.decompressobj(wbits=_RAW)
    try:
        content = inflating.decompress(deflated, _MOST_BYTES)
    except zlib.error:
        raise NotACode from None
    if not inflating.eof or inflating.unused_data:
        raise NotACode
    return content


def base45(content: bytes) -> str:
    """Bytes as base45 text (RFC 9285)."""
    text = []
    for start in range(0, len(content), 2):
        pair = content[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            text.append(_ALPHABET[digit])
    return "".join(text)


def from_base45(text: str) -> bytes:
    """The bytes of base45 text. Raises NotACode."""
    content = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        if len(group) == 1:
            raise NotACode
        try:
            number = sum(_ALPHABET.index(letter) * 45**place for place, letter in enumerate(group))
            content += number.to_bytes(len(group) - 1, "big")
        except (ValueError, OverflowError):
            raise NotACode from None
    return bytes(content)
