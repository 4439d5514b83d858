"""What it means that a server's certificate isn't believed, or that a server doesn't speak TLS."""

from __future__ import annotations

from pymongo.errors import PyMongoError

from hmsdesk.errors import Unreachable

_ANOTHER_NAME = ("hostname mismatch", "ip address mismatch", "doesn't match")
_TIME = ("certificate has expired", "certificate is not yet valid")
# What a server without TLS does with its greeting: it hangs up, or answers something else.
_NO_TLS = ("(eof)", "eof occurred", "wrong_version_number", "wrong version number", "connection reset")


def of_tls(error: PyMongoError) -> Unreachable | None:
    """What a person is told of a failed encryption; None where the failure is another one."""
    # What follows describes every server, with the same words again.
    words = str(error).partition("Topology Description")[0].lower()
    if any(sign in words for sign in _ANOTHER_NAME):
        return Unreachable(
            "The server's certificate is for another name.",
            "Nothing was sent. The address must have the name that stands in the certificate, or the server needs a "
            "certificate for the name in the address.",
        )
    if any(sign in words for sign in _TIME):
        return Unreachable(
            "The server's certificate is not valid today.",
            "It has expired, or begins later, or the authority that made it has expired: "
            "whoever looks after the server has to renew it. Or this computer's date is wrong; check it first.",
        )
    if "certificate verify failed" in words:
        return Unreachable(
            "The server's certificate is not trusted.",
            "Nothing was sent: it may be another server. Tell whoever looks after it. Where the clinic has a "
            "certificate of its own (ca.pem), this computer needs it; the administrators' guide says how.",
        )
    if "ssl handshake failed" in words and any(sign in words for sign in _NO_TLS):
        return Unreachable(
            "The server does not speak TLS.",
            "Nothing is sent over a network unencrypted. Whoever looks after the server has to turn TLS on.",
        )
    return None
