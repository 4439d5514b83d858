"""What the Atlas Administration API refuses, in the words of whoever sets the practice up.

Statuses and codes: Atlas Administration API Error Codes; schema ApiError (error, errorCode, detail, reason).
"""

from __future__ import annotations

from typing import Any

import httpx

from hmsdesk.errors import Unreachable, UserError

_ROLE = (
    "The API key may not do this in the Atlas project.",
    "On the project's page for access, give it the roles Project Database Access Admin and Project Network Access "
    "Manager, or Project Owner. Check too that this is the right project's ID.",
)
_ADDRESS = (
    "Atlas does not let this computer use the API key.",
    "This computer's public address is not on the API key's own access list. Add it where the key was made (this is "
    "another list than the project's), then do the same again.",
)

# Status, a part of the code, and what is said: the first that fits.
_REFUSALS = (
    (401, "_", *_ROLE),
    (402, "", "The Atlas organization's account is suspended.", "A bill is unpaid. Pay it on Atlas, then try again."),
    (403, "ACCESS_LIST", *_ADDRESS),
    (403, "WHITELIST", *_ADDRESS),
    (
        403,
        "USERS_LIMIT",
        "The Atlas project has as many database users as it may have.",
        "Usually 100. A practice needs one for its owner, one for each role and one for each workstation. Revoke "
        "workstations that are gone, use another project, or ask MongoDB's support for more.",
    ),
    (
        403,
        "ROLES_LIMIT",
        "The Atlas project has as many custom roles as it may have.",
        "Usually 100, and a practice needs ten. Use another project, or raise the limit on Atlas.",
    ),
    (
        403,
        "PERMISSIONS_LIMIT",
        "The project's access list is full.",
        "Remove addresses that are not used any more on Atlas, or name a range instead of single addresses.",
    ),
    (403, "", *_ROLE),
    (404, "GROUP", "There is no such project on Atlas.", "Copy the project's ID from its settings page on Atlas."),
    (
        429,
        "",
        "Atlas was asked too often.",
        "It refuses requests for a while. Wait some minutes, then do the same again: that is harmless.",
    ),
)


def wrong_key() -> UserError:
    """Atlas doesn't know the key at all."""
    return UserError(
        "Atlas does not accept this API key.",
        "Check both of its parts for missing letters, and that it belongs to the organization that holds the project.",
    )


def somebody_else() -> UserError:
    """What answered doesn't speak as the API does: a proxy's page, or the sign-in of a guest network."""
    return UserError(
        "Something on the way answered in place of MongoDB Atlas.",
        "This network may ask for a sign-in of its own, or have a proxy that keeps pages back. Open Atlas in a browser "
        "on this computer to see it, then do the same again: that is harmless.",
    )


def refusal(answer: httpx.Response) -> UserError:
    """What an answer without a status of success means."""
    if not answer.is_error:
        return somebody_else()
    content = told(answer) or {}
    code = str(content.get("errorCode") or "")
    for status, part, title, message in _REFUSALS:
        if status == answer.status_code and part in code:
            return UserError(title, message)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return wrong_key()
    if answer.is_server_error:
        return Unreachable("Atlas has a failure of its own.", "Try again later. Doing the same twice is harmless.")
    said = content.get("detail") or code or f"status {answer.status_code}"
    return UserError("Atlas refused the request.", f"It says: {said}")


def told(answer: httpx.Response) -> dict[str, Any] | None:
    """What an answer says; None where it isn't as the API speaks."""
    try:
        content = answer.json()
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
