"""The one way to write a file that a person has asked for."""

from pathlib import Path

from hmsdesk.errors import UserError
from hmsdesk.settings import write_private


def write_file(path: Path, content: bytes) -> None:
    """Write it whole or not at all; only this user may read it. Raises UserError."""
    try:
        write_private(path, content)
    except OSError as error:
        why = error.strerror or "The disk refused it"
        raise UserError("The file could not be saved.", f"{why}. Choose another folder.") from None
