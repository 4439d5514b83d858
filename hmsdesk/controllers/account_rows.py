"""What is written of an account: its record, its seal, and what is sealed to it."""

from __future__ import annotations

from dataclasses import replace

from hmsdesk.models.accounts import Account
from hmsdesk.models.locale import Locale
from hmsdesk.models.row import Row
from hmsdesk.security import seals
from hmsdesk.security.certificates import Certificate, certified
from hmsdesk.security.credentials import Keys, seal_to
from hmsdesk.security.keyrings import Credential
from hmsdesk.security.permissions import Role


def account_row(practice_keys: Keys, certificate: Certificate, locale: Locale) -> Row:
    """An account's record with its certificate, without what is sealed to it. Raises InvalidInput."""
    values = {
        "name": certificate.name,
        "email": certificate.email,
        "roles": [role.value for role in certificate.roles],
        "state": certificate.state.value,
        "owner": certificate.owner,
        "staff": certificate.staff,
    }
    built = Account.build(values, locale)
    cleaned = replace(certificate, name=built["name"], email=built["email"])
    return built | certified(practice_keys, cleaned)


def seal_row(certificate: Certificate, keys: Keys, password: str, practice_secret: bytes) -> Row:
    """The certificate's keys under a first password, signed with them."""
    return seals.seal(certificate, keys, seals.lock(password, practice_secret, certificate.keys.sign, certificate.mib))


def sealed_credential(certificate: Certificate, role: Role, generation: int, credential: Credential) -> Row:
    """A role's credential that only the account's keys open."""
    sealed = seal_to(certificate.keys.box, credential.to_bytes())
    return {"role": role.value, "generation": generation, "sealed": sealed}
