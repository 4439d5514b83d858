"""What goes into a seal as a whole."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer


def _as_text(content: bytes) -> str:
    return b64encode(content).decode()


def _as_bytes(content: bytes | str) -> bytes:
    return b64decode(content) if isinstance(content, str) else content


Base64 = Annotated[bytes, BeforeValidator(_as_bytes), PlainSerializer(_as_text)]
"""Bytes, which JSON has only as text."""


class Sealable(BaseModel):
    """Goes into a seal as JSON."""

    # What doesn't fit may be a secret all the same, and must not stand in a failure's message.
    model_config = ConfigDict(hide_input_in_errors=True)

    def to_bytes(self) -> bytes:
        """What is sealed."""
        return self.model_dump_json().encode()
