"""An account that its password has opened, and what its keys open in turn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hmsdesk.errors import UserError
from hmsdesk.models.row import Row
from hmsdesk.security.certificates import Certificate
from hmsdesk.security.credentials import CannotOpen, Keys, seal_to
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.permissions import Role


@dataclass(frozen=True)
class Opened:
    """An account whose keys a password has opened. The documents are as they were then. seal: where its keys lay."""

    account: Row
    certificate: Certificate
    keys: Keys = field(repr=False)
    succession: Row | None = None
    seal: str = ""

    def credential(self, role: Role) -> Credential:
        """The newest credential of a role that the account's keys open. Raises UserError where there is none."""
        resealed = (self.succession or {}).get("resealed", {}).get("credentials", [])
        sealed = [kept for kept in [*self.account.get("credentials", []), *resealed] if kept["role"] == role.value]
        for kept in sorted(sealed, key=lambda kept: kept["generation"], reverse=True):
            try:
                return Credential.from_bytes(self.keys.open(kept["sealed"]))
            except CannotOpen:
                continue
        raise UserError("This account has no way into the server.", "Ask the practice's owner to reset it.")

    def resealed(self, keys: Keys) -> Row:
        """Everything sealed to the temporary keys, sealed to the keys that follow them."""

        def anew(sealed: bytes) -> bytes:
            return seal_to(keys.public.box, self.keys.open(sealed))

        credentials = [kept | {"sealed": anew(kept["sealed"])} for kept in self.account["credentials"]]
        owner = self.account.get("owner_seal")
        return {"credentials": credentials} | ({"owner_seal": anew(owner)} if owner else {})

    def succeeded(self, keys: Keys, succession: Row) -> Opened:
        """The same account with the keys that follow its temporary ones."""
        certificate = replace(self.certificate, keys=keys.public, temporary=False)
        return Opened(self.account, certificate, keys, succession)
