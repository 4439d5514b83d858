"""The one way to write a file that a person has asked for."""

import errno
from pathlib import Path

from hmsdesk.errors import UserError
from hmsdesk.settings import write_private

NOT_ALLOWED = "You are not allowed to write there. Choose another folder."
# The system's own words are in the system's language.
WHY = {
    errno.ENOSPC: "The disk is full. Make room there, or choose another one.",
    errno.EDQUOT: "Your share of the disk is used up. Make room there, or choose another one.",
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
    errno.EROFS: "Nothing can be written to this disk. Choose another one.",
    errno.ENOENT: "The folder is not there any more. Choose another one.",
    errno.ENOTDIR: "The folder is not there any more. Choose another one.",
    errno.EISDIR: "There is a folder of this name. Choose another name.",
    errno.ENAMETOOLONG: "The name is too long. Choose a shorter one.",
}
OTHERWISE = "The disk refused it. Choose another folder."


def write_file(path: Path, content: bytes) -> None:
    """Write it whole or not at all; only this user may read it. Raises UserError."""
    try:
        write_private(path, content)
    except OSError as error:
        raise UserError("The file could not be saved.", WHY.get(error.errno or 0, OTHERWISE)) from None
