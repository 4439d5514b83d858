"""Reads the codes in a picture, such as a photo or a scan of a prescription."""

from __future__ import annotations

import io
import struct
import zlib

import zxingcpp
from PIL import Image, UnidentifiedImageError

from hmsdesk.errors import UserError

_MOST_PIXELS = 60_000_000
# What the library raises for files that were cut short or altered, the last ones where its formats' readers trip.
_DAMAGED = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError, LookupError,
    TypeError, ArithmeticError, MemoryError, struct.error, zlib.error,
)  # fmt: skip


def codes_in(picture: bytes) -> list[str]:
    """The texts of the QR codes in a picture file. Raises UserError for what is no picture."""
    try:
        image = Image.open(io.BytesIO(picture))
        if image.width * image.height > _MOST_PIXELS:
            raise UserError("This picture is too large.", "Take one of the code alone.")
        bare = image.convert("L")
    except _DAMAGED:
        raise UserError("This file is not a picture.", "Choose a photo or scan of the page: PNG or JPEG.") from None
    found = zxingcpp.read_barcodes(bare, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for code in found if code.valid]
