"""A file that belongs to a patient (FHIR DocumentReference). Its bytes lie in the bucket clinical_files."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pymongo import IndexModel

from hmsdesk.models.fields import InUseField, ReferenceField, TextField, WholeNumberField
from hmsdesk.models.record import Listing, Order, Record
from hmsdesk.models.text import has_hostile_characters, so_many, tidy

BUCKET = "clinical_files"
MOST_MEBIBYTES = 25
MOST_BYTES = MOST_MEBIBYTES * 2**20
LONGEST_NAME = 120
PDF, PNG, JPEG, GIF, WEBP, TEXT = "application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"
KINDS = {PDF: "PDF", PNG: "Image", JPEG: "Image", GIF: "Image", WEBP: "Image", TEXT: "Text"}
ENDINGS = {PDF: ".pdf", PNG: ".png", JPEG: ".jpg", GIF: ".gif", WEBP: ".webp", TEXT: ".txt"}
# How a file of a kind begins. What a file is called says nothing about what it is.
_BEGINNINGS = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG), (b"GIF8", GIF))


class Document(Record):
    """A file of a patient: a letter, a result, a picture."""

    meta: ClassVar[dict[str, Any]] = {"collection": "documents"}

    patient = ReferenceField(verbose_name="Patient", refers_to="patients", required=True)
    encounter = ReferenceField(verbose_name="Visit", refers_to="encounters")
    name = TextField(verbose_name="Name", required=True, max_length=LONGEST_NAME, width=0)
    kind = TextField(verbose_name="Kind", required=True, max_length=40, width=110)
    size = WholeNumberField(
        verbose_name="Size", min_value=1, max_value=MOST_BYTES, unit="bytes", required=True, width=110
    )
    sha256 = TextField(verbose_name="Check sum", required=True, max_length=64)
    active = InUseField("Remove from the chart", ("In the chart", "Removed"))

    LISTING: ClassVar[Listing] = Listing(
        noun="document",
        plural="documents",
        adding="",
        title="name",
        search=("name",),
        orders=(Order("created_at", "Added"), Order("name", "Name")),
        narrowed=("active",),
        indexes=(IndexModel([("patient", 1), ("created_at", -1), ("_id", -1), ("active", 1)], name="patient"),),
    )
    # file: the id of the bytes in the bucket.
    SYSTEM: ClassVar[dict[str, Any]] = {"file": {"bsonType": "objectId"}}


def kind_of(content: bytes) -> str | None:
    """What a file is, by its own first bytes; None for what can't be shown here."""
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if b"\x00" in content else TEXT


def tidy_name(name: str) -> str:
    """A file's name as it is kept and shown: no folders, nothing that hides or reverses, not too long."""
    bare = re.split(r"[/\\]", name)[-1]
    shown = tidy("".join(c for c in bare if not has_hostile_characters(c)))
    stem, dot, ending = shown.rpartition(".")
    if dot and stem and len(ending) <= 8:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return shown[:LONGEST_NAME] or "Unnamed"


def name_to_save(name: str, kind: str) -> str:
    """What a document is called on a disk: it ends as what it is, so that opening it starts no program."""
    ending = ENDINGS.get(kind, ".bin")
    safe = re.sub(r'[<>:"|?*\x00-\x1f]', "_", tidy_name(name)).strip(". ") or "document"
    also = (".jpeg",) if kind == JPEG else (".csv", ".md", ".log") if kind == TEXT else ()
    return safe if safe.lower().endswith((ending, *also)) else f"{safe}{ending}"


def size_words(size: int) -> str:
    """A size as people say it: 340 KB, 2.4 MB."""
    if size < 1024:
        return so_many(size, "byte")
    return f"{round(size / 1024):,} KB" if size < 2**20 else f"{size / 2**20:.1f} MB"
