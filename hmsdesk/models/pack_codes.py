"""The barcodes on packs: GS1's trade item numbers, alone or within what a pack's square code says."""

from __future__ import annotations

# EAN-13 and UPC-A.
_LENGTHS = (12, 13)
# Square codes put the item number behind this, and the expiry and the lot behind that.
_ITEM, _ITEM_DIGITS = "01", 14
# What some scanners say first: which kind of code it was.
_KINDS = ("]d2", "]C1", "]E0", "]Q3")


def is_pack_code(scanned: str) -> bool:
    """Whether this is the barcode of some pack, by its length and its check digit (GS1 General Specifications 7.9)."""
    text = scanned.strip()
    for kind in _KINDS:
        text = text.removeprefix(kind)
    if text.startswith(_ITEM) and len(text) >= len(_ITEM) + _ITEM_DIGITS:
        return _is_item(text[len(_ITEM) :][:_ITEM_DIGITS])
    return len(text) in _LENGTHS and _is_item(text)


def _is_item(digits: str) -> bool:
    """The last digit brings the sum of all, every second one from the end counted threefold, to full tens."""
    if not (digits.isascii() and digits.isdigit()):
        return False
    weighed = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(reversed(digits)))
    return weighed % 10 == 0
