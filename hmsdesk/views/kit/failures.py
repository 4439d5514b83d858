"""What is said of a failure that a page shows itself. What isn't known is reported as a bug besides (see tasks)."""

from __future__ import annotations

from hmsdesk.errors import UserError

RETRY_S = 12
NOT_SHOWN = UserError("The program could not show this.", "Your data is safe.")


def in_words(problem: Exception, otherwise: UserError = NOT_SHOWN) -> UserError:
    """The failure as a person is told it; `otherwise` where it is a bug."""
    return problem if isinstance(problem, UserError) else otherwise
