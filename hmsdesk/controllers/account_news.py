"""What an account's certificate, as it is now, means to a session that runs: it goes on, goes on changed, or ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hmsdesk.database.connection import CredentialRefused
from hmsdesk.database.directory import Known
from hmsdesk.database.session import Identity, Session
from hmsdesk.errors import UserError
from hmsdesk.security.certificates import Certificate
from hmsdesk.security.permissions import ROLE_WORDS, Role
from hmsdesk.settings import Profile

_OUT = "You were signed out."


class SignedOut(UserError):
    """The session may not go on: its account was disabled or changed, or its workstation revoked."""


class RoleShutOut(CredentialRefused):
    """The server doesn't know a role's database user as the program does: somebody changed it past the program."""

    def __init__(self, role: Role) -> None:
        super().__init__(
            f"The server does not let you in as {_word(role)}.",
            "This role's way into the server was changed outside HMSDesk. What you typed is kept. Tell an owner: once "
            "they have renewed the role's credential (Accounts, The practice), open windows go on by themselves.",
        )


@dataclass(frozen=True)
class Changed:
    """Who somebody was to the program, and who they are since an owner changed their account; maybe they themselves."""

    before: Identity
    after: Identity
    by_oneself: bool = False

    def __bool__(self) -> bool:
        return self.before != self.after

    def words(self) -> str:
        """What is otherwise now, in sentences for the person; "" where nothing is."""
        before, after = self.before, self.after
        said = [f"Your name is {after.name} now."] if after.name != before.name else []
        if after.email != before.email:
            said.append(f"Sign in with the e-mail {after.email} from now on; your password stays.")
        if after.staff != before.staff:
            said.append("You are known as a member of staff now: what is yours shows on pages you open from now on.")
        more = [role for role in after.roles if role not in before.roles]
        if more:
            said.append(f"You may work as {_listed(more)}, too: change in the menu under your name.")
        fewer = [role for role in before.roles if role not in after.roles]
        if fewer:
            said.append(f"You may not work as {_listed(fewer)} any more.")
        return " ".join(said)


def identity_of(certificate: Certificate, role: Role, profile: Profile) -> Identity:
    """Who a certificate names, working as a role at a workstation."""
    return Identity(
        person=certificate.person,
        name=certificate.name,
        email=certificate.email,
        role=role,
        roles=certificate.roles,
        owner=certificate.owner,
        workstation=profile.workstation_id,
        workstation_name=profile.workstation,
        patient_prefix=profile.patient_prefix,
        staff=certificate.staff,
    )


def check_goes_on(session: Session, certificate: Certificate) -> None:
    """Whether a session may go on under its account's certificate. Raises SignedOut, with the reason in words."""
    identity = session.identity
    if certificate.disabled:
        raise SignedOut(_OUT, "This account was disabled. Ask the practice's owner about it.")
    if identity.role not in certificate.roles:
        taken = f"An owner changed what this account may do: you may not work as {_word(identity.role)} any more."
        raise SignedOut(_OUT, f"{taken} You can sign in as {_listed(certificate.roles)}.")
    if certificate.owner != identity.owner:
        raise SignedOut(_OUT, "An owner changed what this account may do. Sign in again.")
    if certificate.keys != session.keys.public:
        raise SignedOut(_OUT, "The password of this account was reset. An owner has a temporary one for you.")


def carried_over(session: Session, known: Known) -> Changed:
    """Take into a session that goes on what its account is called, signs in with and may do now."""
    certificate = known.certificate
    before = session.identity
    session.identity = replace(
        before,
        name=certificate.name,
        email=certificate.email,
        roles=certificate.roles,
        owner=certificate.owner,
        staff=certificate.staff,
    )
    return Changed(before, session.identity, known.account.get("updated_by") == before.person)


def role_was_taken(former: Identity, now: Identity) -> str:
    """What somebody is told who comes back in another role, as the former one was taken meanwhile; "" otherwise."""
    if former.person != now.person or former.role in now.roles:
        return ""
    return (
        f"An owner changed what this account may do: you work as {_word(now.role)} now, and may not work as "
        f"{_word(former.role)} any more."
    )


def _word(role: Role) -> str:
    return ROLE_WORDS[role].lower()


def _listed(roles: Sequence[Role]) -> str:
    words = [_word(role) for role in roles]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
