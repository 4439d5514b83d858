"""E-mail addresses as people type them."""

from __future__ import annotations

from typing import Any

from hmsdesk.models.declaration import Problem
from hmsdesk.models.fields import TextField
from hmsdesk.models.text import UNSEEN


class EmailAddressField(TextField):
    """One e-mail address; the domain in lower case, as RFC 5321 lets it be compared."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def form(self, text: str) -> str:
        # An address is seldom typed.
        from email_validator import EmailNotValidError, validate_email

        try:
            return validate_email(text, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError:
            raise Problem("This is not an e-mail address. It looks like name@example.com.") from None

    def json_schema(self) -> dict[str, Any]:
        # One @ with something on both sides: whether it is an address, only the program knows.
        return super().json_schema() | {"pattern": rf"^[^{UNSEEN}\s@]+@[^{UNSEEN}\s@]+\z"}
