"""What commands have in common: how failures and progress are told, where the practice comes from, what is asked."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import wraps
from getpass import GetPassWarning
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

import typer

from hmsdesk.errors import Unreachable, UserError
from hmsdesk.models.text import for_terminal
from hmsdesk.opening import in_words
from hmsdesk.settings import Settings

if TYPE_CHECKING:
    from hmsdesk.controllers.accounts import Owner
    from hmsdesk.controllers.workplace import Workplace
    from hmsdesk.models.watch import Watch

P = ParamSpec("P")
T = TypeVar("T")

ATLAS_VARIABLE = "HMSDESK_ATLAS_KEY"
# Of the person whose account it is, and of a user of the database: neither ever stands for the other.
PASSWORD_VARIABLE = "HMSDESK_PASSWORD"  # noqa: S105 (the variable's name)
SERVER_PASSWORD_VARIABLE = "HMSDESK_SERVER_PASSWORD"  # noqa: S105 (the variable's name)
_ITS_PASSWORD = f"Its password: from {PASSWORD_VARIABLE}, else asked for."
As = Annotated[str, typer.Option("--as", metavar="EMAIL", help=f"Whose account. {_ITS_PASSWORD}")]
AsOwner = Annotated[
    str, typer.Option("--as", metavar="EMAIL", help=f"An owner's account; else asked for. {_ITS_PASSWORD}")
]


def told(command: Callable[P, T]) -> Callable[P, T]:
    """A command whose expected failures are told as sentences, not as exceptions."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except (UserError, OSError) as error:
            typer.echo(in_words(error), err=True)
        raise typer.Exit(1)

    return wrapper


@contextmanager
def if_ended(says: Callable[[], str]) -> Iterator[None]:
    """Who ends what takes long, by Ctrl-C or a shutdown, is told what there is now and what to do."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        # A closed terminal takes no more words.
        with suppress(OSError):
            # Not behind the line that says how far it is.
            typer.echo(("\n" if sys.stderr.isatty() else "") + for_terminal(says()), err=True)
        raise


@contextmanager
def workplace() -> Iterator[Workplace]:
    """This data folder's workplace, closed at the end."""
    # The window is painted before what a server needs is imported.
    from hmsdesk.controllers.workplace import Workplace

    opened = Workplace(Settings())
    try:
        yield opened
    except Unreachable:
        # What ended this computer's own server keeps it from starting again, and says more than that it is silent.
        if opened.embedded is not None:
            opened.start_embedded()
        raise
    finally:
        opened.close()


def ask_hidden(what: str, variable: str, *, twice: bool = False) -> str:
    """From the environment, or asked for without showing it. Raises UserError where nobody is there to answer."""
    if found := os.environ.get(variable):
        return found
    with warnings.catch_warnings():
        # What comes through a pipe is seen by nobody.
        warnings.simplefilter("ignore", GetPassWarning)
        try:
            return str(typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True))
        except typer.Abort:
            if sys.stdin.isatty():
                raise
            raise UserError(f"{what} is missing.", f"Put it into {variable}, or type it at a terminal.") from None


def ask_password() -> str:
    """The password of the person whose account it is."""
    return ask_hidden("Password", PASSWORD_VARIABLE)


def ask_server_password(whose: str) -> str:
    """The password of a user of the database, who is no person's account."""
    return ask_hidden(whose, SERVER_PASSWORD_VARIABLE)


def ask_owner(email: str) -> tuple[str, str]:
    """An owner's e-mail, as given or asked for, and the password."""
    email = email or typer.prompt("An owner's e-mail", err=True)
    return email, ask_password()


@contextmanager
def as_owner(email: str) -> Iterator[Owner]:
    """The practice, opened by an owner who is asked for the password."""
    from hmsdesk.controllers.accounts import owning

    with workplace() as place:
        door = place.door()
        email, password = ask_owner(email)
        with closing(door.sign_in(email, password)) as session, owning(door, session, password, say_doing) as owner:
            yield owner


def say_doing(doing: str) -> None:
    """What is being done, beside what a script reads."""
    typer.echo(f"{doing}…", err=True)


def watching(what: str) -> Watch:
    """Tells how far it is on a terminal; in a script's output it would only be in the way."""
    from hmsdesk.models.watch import Watch

    if not sys.stderr.isatty():
        return Watch()

    def progress(done: int, of: int) -> None:
        end = "\n" if done >= of else ""
        sys.stderr.write(f"\r{what}: {done:,} of {of:,} {end}")
        sys.stderr.flush()

    return Watch(progress)


def ask_atlas_key() -> tuple[str, str]:
    """Both parts of a key to Atlas's Administration API: from the environment, or asked for."""
    key, _, secret = os.environ.get(ATLAS_VARIABLE, "").partition(":")
    key = key or typer.prompt("Public key, or client ID of a service account", err=True)
    return key, secret or typer.prompt("Private key, or its secret", hide_input=True, err=True)
